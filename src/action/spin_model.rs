//! Which spins are on the lattice.

use super::{Ising, Xy};
use crate::{choice, lattice::Square};

choice! {
    /// The theory of the spin lab.
    pub enum SpinModel {
        /// Unit vectors in the plane: vortices, the Kosterlitz-Thouless transition at T = 0.893.
        Xy = ("xy", "XY model"),
        /// Spins up or down: a critical point at T = 2.269.
        Ising = ("ising", "Ising model"),
    }
}

impl SpinModel {
    /// `H / J` of a configuration: angles for XY, plus or minus one for Ising.
    pub fn energy(self, lattice: Square, configuration: &[f64]) -> f64 {
        match self {
            Self::Xy => Xy { lattice, beta: 1.0 }.energy(configuration),
            Self::Ising => Ising { lattice, beta: 1.0 }.energy(configuration),
        }
    }

    /// The mean spin; for Ising its second component is zero.
    pub fn magnetization(self, configuration: &[f64]) -> [f64; 2] {
        let n = configuration.len() as f64;
        let mean = |f: fn(f64) -> f64| configuration.iter().map(|s| f(*s)).sum::<f64>() / n;
        match self {
            Self::Xy => [mean(f64::cos), mean(f64::sin)],
            Self::Ising => [mean(|s| s), 0.0],
        }
    }
}
