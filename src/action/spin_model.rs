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

    /// `m^2`, the squared length of the mean spin.
    pub fn magnetization_squared(self, configuration: &[f64]) -> f64 {
        let n = configuration.len() as f64;
        match self {
            Self::Xy => {
                let sum = |f: fn(f64) -> f64| configuration.iter().map(|t| f(*t)).sum::<f64>() / n;
                sum(f64::cos).powi(2) + sum(f64::sin).powi(2)
            }
            Self::Ising => (configuration.iter().sum::<f64>() / n).powi(2),
        }
    }
}
