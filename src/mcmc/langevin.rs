//! Langevin dynamics, without and with accept-reject.

use serde::{Deserialize, Serialize};

use crate::{action::Action, rng::Rng};

/// Fictitious time that an update covers, about.
const TIME: f64 = 0.2;
/// Most steps of an update.
const MOST_STEPS: f64 = 1000.0;

/// Stochastic quantization to first order:
///
/// ```text
/// x <- x + h F(x) + sqrt(2 h) eta,    F = -dS/dx
/// ```
///
/// Nothing is accepted or rejected: what it samples differs from `exp(-S)` by an amount proportional to `h`. For a free mode of
/// stiffness `K` the variance is `1/(K (1 - h K/2))`.
///
/// An update is as many steps as make a fictitious time of 0.2, at least one.
///
/// Source: Parisi, Wu, Sci. Sin. 24 (1981) 483; Batrouni et al., Phys. Rev. D 32 (1985) 2736.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Langevin {
    step: f64,
    #[serde(skip)]
    force: Vec<f64>,
}

impl Langevin {
    /// With the step `h`.
    pub fn new(step: f64) -> Self {
        Self { step, force: Vec::new() }
    }

    /// One update.
    pub fn update(&mut self, action: &impl Action, x: &mut [f64], rng: &mut Rng) {
        self.force.resize(x.len(), 0.0);
        let noise = (2.0 * self.step).sqrt();
        for _ in 0..steps(self.step) {
            action.force(x, &mut self.force);
            for (x, f) in x.iter_mut().zip(&self.force) {
                *x += self.step * f + noise * rng.normal();
            }
        }
    }

    /// Whether it can have come from [`new`](Self::new).
    pub(super) fn is_valid(&self) -> bool {
        self.step.is_finite() && self.step > 0.0
    }
}

fn steps(step: f64) -> usize {
    (TIME / step).round().clamp(1.0, MOST_STEPS) as usize
}

/// Metropolis-adjusted Langevin dynamics: the same step as a proposal, accepted with probability
///
/// ```text
/// min(1, exp(S(x) - S(y)) q(x|y)/q(y|x)),    q(y|x) ~ exp(-|y - x - h F(x)|^2 / (4 h))
/// ```
///
/// which makes it exact. The step is tuned to 57 % acceptance while the chain thermalises, and then fixed with the number of
/// steps of an update.
///
/// Source: Roberts, Tweedie, Bernoulli 2 (1996) 341.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mala {
    step: f64,
    #[serde(default)]
    tuned: u64,
    #[serde(skip)]
    scratch: Scratch,
}

#[derive(Debug, Clone, PartialEq, Default)]
struct Scratch {
    proposal: Vec<f64>,
    force: Vec<f64>,
    new_force: Vec<f64>,
}

/// Acceptance aimed at: the optimum in many dimensions (Roberts, Rosenthal, J. R. Stat. Soc. B 60 (1998) 255).
const TARGET: f64 = 0.574;
/// The step stays between these.
const STEPS: (f64, f64) = (1e-5, 1.0);

impl Default for Mala {
    fn default() -> Self {
        Self { step: 0.05, tuned: 0, scratch: Scratch::default() }
    }
}

impl Mala {
    /// One update; the fraction of its steps accepted.
    pub fn update(&mut self, action: &impl Action, x: &mut [f64], rng: &mut Rng) -> f64 {
        let Scratch { proposal, force, new_force } = &mut self.scratch;
        force.resize(x.len(), 0.0);
        new_force.resize(x.len(), 0.0);
        let (h, noise) = (self.step, (2.0 * self.step).sqrt());
        action.force(x, force);
        let mut s = action.action(x);
        let (mut accepted, steps) = (0_u32, steps(h));
        for _ in 0..steps {
            proposal.clear();
            let mut forward = 0.0;
            proposal.extend(x.iter().zip(&*force).map(|(x, f)| {
                let eta = rng.normal();
                forward += 0.5 * eta * eta;
                x + h * f + noise * eta
            }));
            action.force(proposal, new_force);
            let new_s = action.action(proposal);
            let backward: f64 =
                x.iter().zip(&*proposal).zip(&*new_force).map(|((x, y), f)| (x - y - h * f).powi(2)).sum();
            if rng.uniform() < (s - new_s + forward - backward / (4.0 * h)).exp() {
                x.copy_from_slice(proposal);
                std::mem::swap(force, new_force);
                s = new_s;
                accepted += 1;
            }
        }
        f64::from(accepted) / steps as f64
    }

    /// Moves the step towards 57 % acceptance, by less and less.
    pub fn tune(&mut self, accepted: f64) {
        self.tuned += 1;
        let gain = (self.tuned as f64).powf(-0.6);
        self.step = (self.step * (gain * (accepted - TARGET)).exp()).clamp(STEPS.0, STEPS.1);
    }

    /// Whether it can have come from [`default`](Self::default) and [`tune`](Self::tune).
    pub(super) fn is_valid(&self) -> bool {
        (STEPS.0..=STEPS.1).contains(&self.step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{action::Phi4, rng::Stream};

    /// Sites without hopping: independent modes of stiffness `K = 2`, `S = phi^2`.
    const FREE: Phi4 = Phi4 { side: 32, kappa: 0.0, lambda: 0.0 };

    fn variance(mut update: impl FnMut(&mut [f64], &mut Rng), updates: usize) -> f64 {
        let mut rng = Rng::new(4, Stream::Proposal);
        let mut x: Vec<f64> = (0..1024).map(|_| rng.normal() / 2.0_f64.sqrt()).collect();
        let mut sum = 0.0;
        for i in 0..updates + 20 {
            update(&mut x, &mut rng);
            if i >= 20 {
                sum += x.iter().map(|x| x * x).sum::<f64>() / (1024 * updates) as f64;
            }
        }
        sum
    }

    #[test]
    fn the_bias_of_langevin_dynamics_is_the_known_one() {
        // Variance 1/(K (1 - h K/2)) with K = 2. 400 updates of 1024 walks, tau_int of x^2 at most 2 updates: known to 0.5 %.
        for h in [0.05, 0.2, 0.4] {
            let mut langevin = Langevin::new(h);
            let got = variance(|x, rng| langevin.update(&FREE, x, rng), 400);
            let expected = 0.5 / (1.0 - h);
            assert!((got / expected - 1.0).abs() < 0.02, "h = {h}: {got} != {expected}");
        }
    }

    #[test]
    fn accept_reject_takes_the_bias_away() {
        // The sites one by one, so that a large step is accepted. 200 updates of 1024 walks: 1/2 to 0.7 %, and 2 % is three times that.
        let one = Phi4 { side: 1, kappa: 0.0, lambda: 0.0 };
        let mut mala = Mala { step: 0.4, ..Mala::default() };
        let update = |x: &mut [f64], rng: &mut Rng| {
            for site in x.chunks_mut(1) {
                mala.update(&one, site, rng);
            }
        };
        let got = variance(update, 200);
        assert!((got / 0.5 - 1.0).abs() < 0.02, "{got}");
    }
}
