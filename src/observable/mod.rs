//! What is measured on configurations, and derived from the means of what is measured.

mod effective_energy;
mod field;
mod helicity_modulus;
mod path;
mod spins;
mod vortex_pair;
mod vorticity;

pub use effective_energy::{cosh_effective_energy, sinh_effective_energy};
pub use field::{FieldColumns, binder, chi2, chi2_connected, correlation_length};
pub use helicity_modulus::helicity_modulus;
pub use path::PathColumns;
pub use spins::{Scratch, SpinColumns};
pub use vortex_pair::vortex_pair;
pub use vorticity::vorticity;
