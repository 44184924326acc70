//! Actions: `S[x]` of a theory on its lattice, on the host in double precision.

mod double_well;
mod ising;
mod phi4;
mod spin_model;
mod xy;

pub use double_well::DoubleWell;
pub use ising::Ising;
pub use phi4::Phi4;
pub use spin_model::SpinModel;
pub use xy::{Xy, wrap};

use crate::lattice::Square;

/// A theory whose configurations are `sites` real numbers, with weight `exp(-S)`.
pub trait Action {
    /// Number of real degrees of freedom.
    fn sites(&self) -> usize;
    /// `S(x)`.
    fn action(&self, x: &[f64]) -> f64;
    /// The force `-dS/dx` into `out`.
    fn force(&self, x: &[f64], out: &mut [f64]);
    /// `S(x with x_site = new) - S(x)`, from the neighbourhood of the site.
    fn local_difference(&self, x: &[f64], site: usize, new: f64) -> f64;
    /// For an action `-c sum_<ij> x_i x_j` plus terms even in every `x_i`, `c >= 0`: the lattice of the bonds, each counted once,
    /// and `c`. It is what an embedded cluster algorithm needs.
    fn ferromagnet(&self) -> Option<(Square, f64)> {
        None
    }
}
