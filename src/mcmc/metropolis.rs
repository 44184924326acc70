//! Metropolis updates, site by site.

use serde::{Deserialize, Serialize};

use crate::{action::Action, rng::Rng};

/// One update is a sweep: every site in turn proposes `x + width u`, `u` uniform on `[-1, 1)`, accepted with probability
/// `min(1, exp(-dS))`.
///
/// Source: Metropolis et al., J. Chem. Phys. 21 (1953) 1087.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metropolis {
    width: f64,
}

/// Acceptance aimed at while tuning.
const TARGET: f64 = 0.5;

impl Default for Metropolis {
    fn default() -> Self {
        Self { width: 1.0 }
    }
}

impl Metropolis {
    /// Sweeps once; the fraction of proposals accepted.
    pub fn update(&self, action: &impl Action, x: &mut [f64], rng: &mut Rng) -> f64 {
        let mut accepted = 0;
        for site in 0..x.len() {
            let new = x[site] + self.width * (2.0 * rng.uniform() - 1.0);
            let change = action.local_difference(x, site, new);
            if rng.uniform() < (-change).exp() {
                x[site] = new;
                accepted += 1;
            }
        }
        f64::from(accepted) / x.len() as f64
    }

    /// Whether it can have come from [`default`](Self::default) and [`tune`](Self::tune).
    pub(super) fn is_valid(&self) -> bool {
        self.width.is_finite() && self.width > 0.0
    }

    /// Moves the width towards 50 % acceptance.
    pub fn tune(&mut self, accepted: f64) {
        self.width *= (0.2 * (accepted - TARGET)).exp();
    }
}
