//! Least squares through a network: damped Gauss-Newton steps with its tangent kernel.

use nalgebra::{Cholesky, DMatrix, DVector, Dyn};
use serde::{Deserialize, Serialize};

/// Damping of Gauss-Newton steps (Levenberg and Marquardt), raised and lowered by Nielsen's rule.
///
/// For residuals `e(u)` with `M = de/du`, outputs `u(theta)` with `J = du/dtheta` and a weight decay `k`, a step minimises
///
/// ```text
/// |e + M J d|^2 + k |theta + d|^2 + mu |d|^2.
/// ```
///
/// With `Q = M K M^T`, `K = J J^T` the tangent kernel, its answer is
///
/// ```text
/// d = s theta + J^T M^T c,   s = -k / (k + mu),   (Q + k + mu) c = -(e + s M J theta):
/// ```
///
/// a system as large as the residuals, however many parameters there are, and the one product with `J^T` is backpropagation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Damping {
    mu: f64,
    growth: f64,
}

/// The factorised system of a linearisation.
#[derive(Debug, Clone)]
pub struct System {
    factor: Cholesky<f64, Dyn>,
    shrink: f64,
}

/// A step in the space of residuals.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// `c`.
    pub multipliers: DVector<f64>,
    /// `s`.
    pub shrink: f64,
}

impl System {
    /// The step from residuals `e`, with `M J theta`. Solving is cheap beside the factorisation, and a step with the same `M J`
    /// from where the first has led to takes back most of what curvature has done to the residuals.
    pub fn step(&self, e: &DVector<f64>, along: &DVector<f64>) -> Step {
        let multipliers = self.factor.solve(&-(e + along * self.shrink));
        Step { multipliers, shrink: self.shrink }
    }
}

/// Beyond this the steps are too small for single precision.
const STUCK: f64 = 1e15;

impl Default for Damping {
    fn default() -> Self {
        Self { mu: 1.0, growth: 2.0 }
    }
}

impl Damping {
    /// The system of `Q = M K M^T`; `None` if rounding has made it indefinite.
    pub fn system(&self, q: &DMatrix<f64>, decay: f64) -> Option<System> {
        let mut system = q.clone();
        for i in 0..q.nrows() {
            system[(i, i)] += decay + self.mu;
        }
        Some(System { factor: Cholesky::new(system)?, shrink: -decay / (decay + self.mu) })
    }

    /// What was hoped for, `hoped`, and what came, `gained`, of the last step decide about the next; whether it is accepted.
    pub fn judge(&mut self, hoped: f64, gained: f64) -> bool {
        if gained.is_finite() && gained > 0.0 {
            let ratio = gained / hoped.max(f64::MIN_POSITIVE);
            self.mu *= (1.0 - (2.0 * ratio - 1.0).powi(3)).clamp(1.0 / 8.0, 2.0);
            self.mu = self.mu.max(1e-8);
            self.growth = 2.0;
            return true;
        }
        self.mu *= self.growth;
        self.growth *= 2.0;
        false
    }

    /// Whether no step helps any more.
    pub fn is_stuck(&self) -> bool {
        self.mu > STUCK
    }

    /// Forgets what other data have taught.
    pub fn relax(&mut self) {
        self.growth = 2.0;
        self.mu = self.mu.min(Self::default().mu);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// For a linear problem the step is ridge regression: `(J^T M^T M J + k + mu) d = -(J^T M^T e + k theta)`.
    #[test]
    fn a_step_solves_the_normal_equations() {
        let j = DMatrix::from_fn(4, 6, |a, b| ((a * 7 + b * 3) as f64).sin());
        let m = DMatrix::from_fn(3, 4, |a, b| ((a * 5 + b) as f64).cos());
        let theta = DVector::from_fn(6, |i, _| 0.3 * i as f64 - 0.7);
        let e = DVector::from_vec(vec![1.0, -2.0, 0.5]);
        let (decay, damping) = (0.4, Damping { mu: 0.3, growth: 2.0 });
        let mj = &m * &j;
        let step = damping.system(&(&mj * mj.transpose()), decay).unwrap().step(&e, &(&mj * &theta));
        let d = &theta * step.shrink + mj.transpose() * step.multipliers;
        let normal = mj.transpose() * &mj + DMatrix::identity(6, 6) * (decay + 0.3);
        let right = -(mj.transpose() * e + theta * decay);
        assert!((normal * d - right).norm() < 1e-12);
    }
}
