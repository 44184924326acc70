//! The density of one spin, given what the network says about it.

use std::f64::consts::{LN_2, PI, TAU};

use super::{beta, von_mises};
use crate::rng::Rng;

/// A family of densities of one spin. Angles are densities by `dtheta`, Ising spins are probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conditional {
    /// A mixture of von Mises densities with learned weights.
    VonMises {
        /// Components.
        components: usize,
    },
    /// An equal-weight mixture of Beta densities.
    Beta {
        /// Components.
        components: usize,
    },
    /// An Ising spin: `q(s) = 1/(1 + exp(-s z))` with `z = 2 field + number` (arXiv:1809.10606).
    Bernoulli,
}

impl Conditional {
    /// How many numbers it takes from the network.
    pub fn numbers(self) -> usize {
        match self {
            Self::VonMises { components } => von_mises::NUMBERS * components,
            Self::Beta { components } => beta::NUMBERS * components,
            Self::Bernoulli => 1,
        }
    }

    /// Whether spins are angles.
    pub fn is_angular(self) -> bool {
        self != Self::Bernoulli
    }

    /// A first spin, which nothing distinguishes from its rotations: uniform.
    pub fn draw_first(self, rng: &mut Rng) -> f64 {
        if self.is_angular() { TAU * rng.uniform() - PI } else { rng.sign() }
    }

    /// `ln q` of a first spin.
    pub fn log_prob_first(self) -> f64 {
        if self.is_angular() { -TAU.ln() } else { -LN_2 }
    }

    /// Draws a spin. `field` is the known part of the field along the direction from which angles are counted; the Beta mixture
    /// makes no use of it.
    pub fn draw(self, numbers: &[f32], field: f64, rng: &mut Rng) -> f64 {
        match self {
            Self::VonMises { .. } => von_mises::VonMises::new(numbers, field).draw(rng),
            Self::Beta { .. } => beta::Beta::new(numbers).draw(rng),
            Self::Bernoulli => {
                let z = 2.0 * field + f64::from(numbers[0]);
                if rng.uniform() < 1.0 / (1.0 + (-z).exp()) { 1.0 } else { -1.0 }
            }
        }
    }

    /// `ln q(spin)`, and its gradient by the numbers into `gradient`, which is empty if it is not wanted.
    pub fn log_prob(self, numbers: &[f32], field: f64, spin: f64, gradient: &mut [f32]) -> f64 {
        match self {
            Self::VonMises { .. } => von_mises::VonMises::new(numbers, field).log_prob(spin, gradient),
            Self::Beta { .. } => beta::Beta::new(numbers).log_prob(spin, gradient),
            Self::Bernoulli => {
                let z = spin * (2.0 * field + f64::from(numbers[0]));
                if let [gradient] = gradient {
                    *gradient = (spin / (1.0 + z.exp())) as f32;
                }
                z.min(0.0) - (-z.abs()).exp().ln_1p()
            }
        }
    }
}
