//! The two-dimensional Ising model.

use crate::lattice::Square;

/// Spins of plus or minus one on a periodic square lattice,
///
/// ```text
/// H = -sum_<ij> s_i s_j,   S = beta H,   J = 1,
/// ```
///
/// with two bonds a site (on a side of 2 every bond counts twice). `Z = sum_s exp(-S)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ising {
    /// The lattice.
    pub lattice: Square,
    /// Inverse temperature.
    pub beta: f64,
}

impl Ising {
    /// `H`, in units of `J`.
    pub fn energy(&self, spins: &[f64]) -> f64 {
        let bonds = |site: usize| {
            let [_, down, _, right] = self.lattice.neighbours(site);
            spins[site] * (spins[right] + spins[down])
        };
        -(0..spins.len()).map(bonds).sum::<f64>()
    }
}
