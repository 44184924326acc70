//! What is measured on configurations, and derived from the means of what is measured.

mod effective_energy;
mod path;

pub use effective_energy::{cosh_effective_energy, sinh_effective_energy};
pub use path::PathColumns;
