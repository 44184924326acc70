//! One convex dual for all methods whose penalty acts at each frequency on its own.
//!
//! ```text
//! minimise over rho     1/2 |B rho - b|^2 + c sum_i s(rho_i)
//! minimise over y       1/2 c |y|^2 + b . y + sum_i s*(-x_i),     x = B^T y,   c y = B rho - b,
//! ```
//!
//! where `rho(x)` solves `s'(rho) = -x`. In `y` there are as many unknowns as data, whatever the number of frequencies, and the
//! minimum of the first is that of the second exactly: nothing is truncated. Rows are rotated to singular directions; those that
//! rounding alone has made are left out.
//!
//! Source: the Legendre dual of R. K. Bryan's problem, Eur. Biophys. J. 18, 165 (1990); quadratic convergence by damped Newton steps.

use nalgebra::{Cholesky, DMatrix, DVector, Dyn};

use super::{Decomposition, Whitened};

/// The penalty `s` of one frequency, through its dual.
#[derive(Debug, Clone)]
pub(super) enum Potential {
    /// `s = rho ln(rho / m) - rho + m`: Shannon and Jaynes; `rho = m exp(-x)`.
    Shannon(DVector<f64>),
    /// `s = rho / m - 1 - ln(rho / m)`: Burnier and Rothkopf; `rho = 1 / (1/m + x)`.
    BurnierRothkopf(DVector<f64>),
    /// `s = rho^2 / 2w` for `rho >= 0`; `rho = w max(0, -x)`.
    Positive(DVector<f64>),
}

impl Potential {
    /// `rho(x)`; not finite or negative where `x` is outside the domain.
    fn rho(&self, x: &DVector<f64>) -> DVector<f64> {
        match self {
            Self::Shannon(m) => m.zip_map(x, |m, x| m * (-x).exp()),
            Self::BurnierRothkopf(m) => m.zip_map(x, |m, x| 1.0 / (1.0 / m + x)),
            Self::Positive(w) => w.zip_map(x, |w, x| w * (-x).max(0.0)),
        }
    }

    /// `-d rho / dx`, the inverse of `s''`.
    pub fn curvature(&self, rho: &DVector<f64>) -> DVector<f64> {
        match self {
            Self::Shannon(_) => rho.clone(),
            Self::BurnierRothkopf(_) => rho.map(|r| r * r),
            Self::Positive(w) => w.zip_map(rho, |w, r| if r > 0.0 { w } else { 0.0 }),
        }
    }

    /// `sum_i s*(-x_i)` up to a constant; `rho = rho(x)`.
    fn conjugate(&self, x: &DVector<f64>, rho: &DVector<f64>) -> f64 {
        match self {
            Self::Shannon(_) => rho.sum(),
            Self::BurnierRothkopf(_) => rho.iter().map(|r| r.ln()).sum(),
            Self::Positive(_) => -0.5 * rho.dot(x),
        }
    }

    /// `sum_i s(rho_i)`; `x` is that of `rho`, so that nothing cancels and no logarithm is lost where `rho` underflows.
    pub fn penalty(&self, x: &DVector<f64>, rho: &DVector<f64>) -> f64 {
        match self {
            Self::Shannon(m) => (0..x.len()).map(|i| -rho[i] * x[i] - m[i] * (-x[i]).exp_m1()).sum(),
            Self::BurnierRothkopf(m) => {
                (0..x.len()).map(|i| (rho[i] / m[i]) * -(x[i] * m[i]) + (x[i] * m[i]).ln_1p()).sum()
            }
            Self::Positive(w) => (0..x.len()).map(|i| 0.5 * rho[i] * rho[i] / w[i]).sum(),
        }
    }

    /// The longest step along `dx` that stays in the domain and where exponentials do not explode.
    fn longest_step(&self, x: &DVector<f64>, dx: &DVector<f64>) -> f64 {
        match self {
            Self::Shannon(_) => 5.0 / (-dx.min()).max(5.0),
            Self::BurnierRothkopf(m) => {
                let shares = (0..x.len()).filter(|i| dx[*i] < 0.0).map(|i| -0.95 * (1.0 / m[i] + x[i]) / dx[i]);
                shares.fold(1.0, f64::min)
            }
            Self::Positive(_) => 1.0,
        }
    }
}

/// A solved dual problem.
#[derive(Debug, Clone)]
pub(super) struct Solution {
    /// The regulator's factor.
    pub c: f64,
    /// Dual variables in singular directions, `[K]`.
    y: DVector<f64>,
    /// `B^T y`, `[N]`.
    pub x: DVector<f64>,
    /// The spectral function, `[N]`.
    pub rho: DVector<f64>,
    /// `chi^2`.
    pub chi2: f64,
    /// Of `c + B diag(-d rho/dx) B^T`, `[K, K]`.
    hessian: Cholesky<f64, Dyn>,
}

impl Solution {
    /// `tr[H (c + H)^{-1}]` with `H = B diag(-d rho/dx) B^T`: how many parameters the data have determined.
    pub fn effective(&self) -> f64 {
        self.y.len() as f64 - self.c * self.hessian.inverse().trace()
    }

    /// `1/2 ln det[c (c + H)^{-1}]`: the width of the posterior against that of the prior.
    pub fn log_volume(&self) -> f64 {
        0.5 * self.y.len() as f64 * self.c.ln() - self.hessian.l_dirty().diagonal().iter().map(|d| d.ln()).sum::<f64>()
    }
}

/// What all strengths of one problem share.
#[derive(Debug, Clone)]
pub(super) struct Dual {
    potential: Potential,
    /// `B^T U`, `[N, K]`: rows of `B` in singular directions.
    rows: DMatrix<f64>,
    /// `U^T b`, `[K]`.
    data: DVector<f64>,
    /// `|b|^2` outside these directions.
    outside: f64,
}

/// Newton steps before a strength is given up.
const STEPS: usize = 80;
/// Once a step changes `rho` by less than this, the next would change it by about the square.
const CLOSE: f64 = 1e-6;

impl Dual {
    /// `None` if the matrix or the data are not finite, or the potential's parameter not positive.
    pub fn new(data: &Whitened, potential: Potential) -> Option<Self> {
        let (Potential::Shannon(m) | Potential::BurnierRothkopf(m) | Potential::Positive(m)) = &potential;
        let fits = m.len() == data.grid.len() && m.iter().all(|m| *m > 0.0 && m.is_finite());
        if !fits || !data.data.iter().all(|b| b.is_finite()) {
            return None;
        }
        let Decomposition { u, s, v } = Decomposition::new(&data.matrix)?;
        let mut rows = v;
        for (mut column, s) in rows.column_iter_mut().zip(s.iter()) {
            column *= *s;
        }
        let rotated = u.tr_mul(&data.data);
        let outside = (&data.data - &u * &rotated).norm_squared();
        Some(Self { potential, rows, data: rotated, outside })
    }

    /// The penalty of a solution.
    pub fn penalty(&self, solution: &Solution) -> f64 {
        self.potential.penalty(&solution.x, &solution.rho)
    }

    /// A factor so strong that the data hardly move the answer.
    pub fn strongest(&self) -> f64 {
        let start = self.potential.rho(&DVector::zeros(self.rows.nrows()));
        // s*(0) of the quadratic penalty has its kink at zero: what counts is the curvature beside it.
        let curvature = match &self.potential {
            Potential::Positive(w) => w.clone(),
            _ => self.potential.curvature(&start),
        };
        let information: f64 =
            self.rows.column_iter().map(|row| row.zip_fold(&curvature, 0.0, |sum, r, h| sum + r * r * h)).sum();
        let pull = &self.rows * (self.rows.tr_mul(&start) - &self.data);
        let change =
            pull.zip_map(&curvature, |p, h| p.abs() * h).zip_map(&start, |p, r| if r > 0.0 { p / r } else { 0.0 });
        (10.0 * information).max(2.0 * change.max())
    }

    /// The minimum at `c`, by damped Newton steps from a solution nearby, moved along the tangent `dy/dc`. `None` where they do not
    /// converge.
    ///
    /// Gradient `c y + b - B rho`; Hessian `c + B diag(-d rho/dx) B^T`.
    pub fn solve(&self, c: f64, warm: Option<&Solution>) -> Option<Solution> {
        self.newton(c, warm, |_| ())
    }

    /// The same; `watch` is told by how much each step changes the answer.
    fn newton(&self, c: f64, warm: Option<&Solution>, mut watch: impl FnMut(f64)) -> Option<Solution> {
        let mut y = match warm {
            None => DVector::zeros(self.data.len()),
            Some(near) => self.predict(c, near),
        };
        let mut x = &self.rows * &y;
        let mut rho = self.potential.rho(&x);
        let value = |y: &DVector<f64>, x: &DVector<f64>, rho: &DVector<f64>| {
            0.5 * c * y.norm_squared() + self.data.dot(y) + self.potential.conjugate(x, rho)
        };
        let mut current = value(&y, &x, &rho);
        for _ in 0..STEPS {
            let gradient = &y * c + &self.data - self.rows.tr_mul(&rho);
            let curvature = self.potential.curvature(&rho);
            let hessian = self.hessian(c, &curvature)?;
            let step = -hessian.solve(&gradient);
            let dx = &self.rows * &step;
            let change = self.change(&rho, &curvature, &dx);
            if !change.is_finite() {
                return None;
            }
            watch(change);
            let slope = gradient.dot(&step);
            let mut length = self.potential.longest_step(&x, &dx);
            loop {
                let next_y = &y + &step * length;
                let next_x = &x + &dx * length;
                let next_rho = self.potential.rho(&next_x);
                let next = value(&next_y, &next_x, &next_rho);
                // Close to the minimum the difference of two values is rounding, and a full step is right.
                if next <= current + 1e-4 * length * slope || (change < 1e-3 && length == 1.0) {
                    (y, x, rho, current) = (next_y, next_x, next_rho, next);
                    break;
                }
                length *= 0.5;
                if length < 1e-12 {
                    return None;
                }
            }
            if change < CLOSE {
                let hessian = self.hessian(c, &self.potential.curvature(&rho))?;
                let chi2 = (self.rows.tr_mul(&rho) - &self.data).norm_squared() + self.outside;
                return Some(Solution { c, y, x, rho, chi2, hessian });
            }
        }
        None
    }

    /// `y + ln(c'/c) dy/dln c` with `dy/dln c = -c (c + B diag(-d rho/dx) B^T)^{-1} y`, or as much of it as stays in the domain.
    fn predict(&self, c: f64, near: &Solution) -> DVector<f64> {
        let tangent = near.hessian.solve(&near.y) * (-near.c * (c / near.c).ln());
        let length = self.potential.longest_step(&near.x, &(&self.rows * &tangent));
        &near.y + tangent * length
    }

    fn hessian(&self, c: f64, curvature: &DVector<f64>) -> Option<Cholesky<f64, Dyn>> {
        let mut weighted = self.rows.clone();
        let root = curvature.map(f64::sqrt);
        for mut column in weighted.column_iter_mut() {
            column.component_mul_assign(&root);
        }
        let mut hessian = weighted.tr_mul(&weighted);
        for k in 0..hessian.nrows() {
            hessian[(k, k)] += c;
        }
        Cholesky::new(hessian)
    }

    /// How much a full step changes the answer: the largest change of its logarithm, or of its value against the largest where it may be zero.
    fn change(&self, rho: &DVector<f64>, curvature: &DVector<f64>, dx: &DVector<f64>) -> f64 {
        match self.potential {
            Potential::Shannon(_) => dx.amax(),
            Potential::BurnierRothkopf(_) => dx.component_mul(rho).amax(),
            Potential::Positive(_) => dx.component_mul(curvature).amax() / rho.amax().max(f64::MIN_POSITIVE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inverse::mock;

    /// Each step's change is no more than a constant times the square of the one before, once they are small. The digits printed by a
    /// failure show the doubling.
    #[test]
    fn newton_steps_converge_quadratically() {
        let data = mock::usual(1e-3);
        let model = DVector::from_element(500, 0.1);
        for potential in [Potential::Shannon(model.clone()), Potential::BurnierRothkopf(model)] {
            let dual = Dual::new(&data, potential).unwrap();
            let mut changes = Vec::new();
            dual.newton(4.0, None, |change| changes.push(change)).unwrap();
            let small: Vec<f64> = changes.iter().copied().filter(|c| *c < 0.3).collect();
            assert!(small.len() >= 3 && small[small.len() - 1] < 1e-6, "{changes:?}");
            for pair in small.windows(2) {
                assert!(pair[1] < 2.0 * pair[0] * pair[0] + 1e-11, "{changes:?}");
            }
        }
    }

    #[test]
    fn a_warm_start_gives_the_same_answer_in_fewer_steps() {
        let data = mock::usual(1e-4);
        let model = DVector::from_element(500, 0.1);
        for potential in [Potential::Shannon(model.clone()), Potential::BurnierRothkopf(model)] {
            let dual = Dual::new(&data, potential).unwrap();
            let near = dual.solve(100.0, None).unwrap();
            let (mut cold_steps, mut warm_steps) = (0, 0);
            let cold = dual.newton(30.0, None, |_| cold_steps += 1).unwrap();
            let warm = dual.newton(30.0, Some(&near), |_| warm_steps += 1).unwrap();
            assert!((&cold.rho - &warm.rho).amax() < 1e-8 * cold.rho.amax());
            assert!(warm_steps < cold_steps, "{warm_steps} and {cold_steps}");
        }
    }

    #[test]
    fn a_model_that_is_not_positive_is_refused() {
        let data = mock::usual(1e-3);
        assert!(Dual::new(&data, Potential::Shannon(DVector::zeros(500))).is_none());
        assert!(Dual::new(&data, Potential::Shannon(DVector::from_element(499, 0.1))).is_none());
    }
}
