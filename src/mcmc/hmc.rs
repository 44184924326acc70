//! Hybrid Monte Carlo.

use serde::{Deserialize, Serialize};

use crate::{action::Action, rng::Rng};

/// Hybrid (Hamiltonian) Monte Carlo with leapfrog trajectories, `H = p^2/2 + S(x)`.
///
/// The length of each trajectory is drawn uniformly from `[1/2, 3/2)` times the given one. A nearly harmonic mode of frequency
/// `omega` only turns by the angle `omega` times the length, so that at a fixed length those with an angle close to a multiple
/// of pi would hardly move, and error bars would not know.
///
/// The step size is tuned while the chain thermalises and then fixed: changing it later would break stationarity.
///
/// Source: Duane, Kennedy, Pendleton, Roweth, Phys. Lett. B 195 (1987) 216; random length: Mackenzie, Phys. Lett. B 226 (1989) 369.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hmc {
    trajectory: f64,
    step: f64,
    /// How often the step size has been tuned.
    #[serde(default)]
    tuned: u64,
    /// Sum of `exp(-dH)` over the trajectories since tuning ended, and their number.
    boltzmann: (f64, f64, u64),
    #[serde(skip)]
    scratch: Scratch,
}

#[derive(Debug, Clone, PartialEq, Default)]
struct Scratch {
    x: Vec<f64>,
    p: Vec<f64>,
    force: Vec<f64>,
}

/// Acceptance aimed at while tuning.
const TARGET: f64 = 0.85;
/// Most leapfrog steps of a trajectory.
const MOST_STEPS: f64 = 1000.0;

impl Hmc {
    /// Trajectories of mean length `trajectory` in molecular-dynamics time; the step size starts at a tenth of it.
    pub fn new(trajectory: f64) -> Self {
        Self { trajectory, step: 0.1 * trajectory, tuned: 0, boltzmann: (0.0, 0.0, 0), scratch: Scratch::default() }
    }

    /// Largest leapfrog step size; that of a trajectory divides its length.
    pub fn step_size(&self) -> f64 {
        self.step
    }

    /// Mean of `exp(-dH)` with its standard error: 1 for a reversible, area-preserving integrator in equilibrium.
    pub fn creutz_equality(&self) -> (f64, f64) {
        let (sum, squares, count) = self.boltzmann;
        let n = count as f64;
        let mean = sum / n;
        (mean, ((squares / n - mean * mean).max(0.0) / n).sqrt())
    }

    /// Whether it can have come from [`new`](Self::new) and [`tune`](Self::tune).
    pub(super) fn is_valid(&self) -> bool {
        [self.trajectory, self.step].iter().all(|length| length.is_finite() && *length > 0.0)
    }

    /// One trajectory; whether its end was accepted.
    pub fn update(&mut self, action: &impl Action, x: &mut [f64], rng: &mut Rng) -> bool {
        let Scratch { x: end, p, force } = &mut self.scratch;
        end.clear();
        end.extend_from_slice(x);
        p.clear();
        p.extend((0..x.len()).map(|_| rng.normal()));
        force.resize(x.len(), 0.0);
        let kinetic = |p: &[f64]| 0.5 * p.iter().map(|p| p * p).sum::<f64>();
        let before = kinetic(p) + action.action(x);
        let length = self.trajectory * (0.5 + rng.uniform());
        let steps = (length / self.step).ceil().clamp(1.0, MOST_STEPS);
        leapfrog(action, end, p, force, length / steps, steps as usize);
        let change = kinetic(p) + action.action(end) - before;
        let boltzmann = (-change).exp();
        if boltzmann.is_finite() {
            self.boltzmann.0 += boltzmann;
            self.boltzmann.1 += boltzmann * boltzmann;
        }
        self.boltzmann.2 += 1;
        // The draw is made in any case, so that the stream does not depend on rounding in `change`.
        let accepted = rng.uniform() < boltzmann;
        if accepted {
            x.copy_from_slice(end);
        }
        accepted
    }

    /// Moves the step size towards 85 % acceptance, by less and less (Robbins, Monro, Ann. Math. Stat. 22 (1951) 400): what is
    /// fixed at the end must not depend on the last few trajectories.
    pub fn tune(&mut self, accepted: bool) {
        self.tuned += 1;
        let gain = 0.5 * (self.tuned as f64).powf(-0.6);
        self.step *= (gain * (f64::from(u8::from(accepted)) - TARGET)).exp();
        self.step = self.step.clamp(self.trajectory / MOST_STEPS, self.trajectory);
        self.boltzmann = (0.0, 0.0, 0);
    }
}

/// `steps` leapfrog steps of size `step`: half a kick, drifts and kicks in turn, half a kick.
fn leapfrog(action: &impl Action, x: &mut [f64], p: &mut [f64], force: &mut [f64], step: f64, steps: usize) {
    let kick = |p: &mut [f64], force: &[f64], by: f64| p.iter_mut().zip(force).for_each(|(p, f)| *p += by * f);
    action.force(x, force);
    kick(p, force, 0.5 * step);
    for i in 1..=steps {
        x.iter_mut().zip(&*p).for_each(|(x, p)| *x += step * p);
        action.force(x, force);
        kick(p, force, if i < steps { step } else { 0.5 * step });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{action::DoubleWell, rng::Stream};

    const THEORY: DoubleWell = DoubleWell { n_tau: 8, spacing: 0.25, mass: 0.5, lambda: 1.0, f2: 1.0 };

    fn start() -> (Vec<f64>, Vec<f64>) {
        let mut rng = Rng::new(1, Stream::Data);
        ((0..8).map(|_| rng.normal()).collect(), (0..8).map(|_| rng.normal()).collect())
    }

    #[test]
    fn leapfrog_is_reversible() {
        let (mut x, mut p) = start();
        let (x0, mut force) = (x.clone(), vec![0.0; 8]);
        leapfrog(&THEORY, &mut x, &mut p, &mut force, 0.05, 20);
        p.iter_mut().for_each(|p| *p = -*p);
        leapfrog(&THEORY, &mut x, &mut p, &mut force, 0.05, 20);
        for (a, b) in x.iter().zip(x0) {
            assert!((a - b).abs() < 1e-10, "{a} != {b}");
        }
    }

    #[test]
    fn the_energy_error_falls_as_the_square_of_the_step() {
        let error = |steps: usize| {
            let (mut x, mut p) = start();
            let energy = |x: &[f64], p: &[f64]| 0.5 * p.iter().map(|p| p * p).sum::<f64>() + THEORY.action(x);
            let before = energy(&x, &p);
            leapfrog(&THEORY, &mut x, &mut p, &mut [0.0; 8], 1.0 / steps as f64, steps);
            (energy(&x, &p) - before).abs()
        };
        let slope = (error(50) / error(400)).ln() / 8.0_f64.ln();
        assert!((slope - 2.0).abs() < 0.1, "order {slope}");
    }
}
