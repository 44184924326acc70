//! Sparse modelling of the singular modes.

use nalgebra::{Cholesky, DMatrix, DVector};

use super::{Decomposition, Fit, Rule, Settings, Trial, Whitened};

/// Minimises `1/2 |S x - U^T b|^2 + lambda |x|_1` with `rho = V x >= 0`, where `B = U S V^T`. `x` is measured in `|b| / s_1` and `S` in
/// `s_1`; the regulator is `lambda` in these units. The evidence is Laplace's approximation on the modes that are not zero.
///
/// The minimum is unique. The papers go to it by the alternating direction method of multipliers, in thousands of steps if errors
/// are small; here a primal-dual interior point gets there in about fifteen.
///
/// Source: Otsuki, Ohzeki, Shinaoka, Yoshimi, arXiv:1702.03056; E. Itou and Y. Nagai, arXiv:2004.02426.
pub(super) fn solve(data: &Whitened, settings: &Settings) -> Option<Fit> {
    let problem = Sparse::new(data)?;
    let found = settings.search(Rule::Discrepancy, data).down(problem.strongest(), |lambda, _| {
        let point = problem.solve(lambda)?;
        Some((problem.trial(lambda, &point), point))
    })?;
    let rho = &found.state.r * (problem.norm / problem.largest);
    Fit::new(data, rho, found.trial.regulator, found.path)
}

/// Steps before a strength is given up.
const STEPS: usize = 60;
/// Residuals and complementarity, where `lambda = 1` and the largest `x` is about 1.
const TOLERANCE: f64 = 1e-9;
/// Modes below this are zero but for the tolerance.
const ZERO: f64 = 1e-6;

/// The scaled problem.
struct Sparse {
    /// `V`: `[N, K]`.
    v: DMatrix<f64>,
    /// `S / s_1`.
    s: DVector<f64>,
    /// `U^T b / |b|`.
    data: DVector<f64>,
    /// `chi^2` outside all modes.
    outside: f64,
    /// `|U^T b|`.
    norm: f64,
    /// `s_1`.
    largest: f64,
}

/// `x = plus - minus`, both positive, with `r = V x`, and the multipliers of the three signs in units of `lambda`.
#[derive(Debug, Clone)]
struct Point {
    plus: DVector<f64>,
    minus: DVector<f64>,
    r: DVector<f64>,
    /// Of `plus >= 0`, `minus >= 0`.
    a: DVector<f64>,
    b: DVector<f64>,
    /// Of `r >= 0`.
    nu: DVector<f64>,
}

impl Point {
    fn x(&self) -> DVector<f64> {
        &self.plus - &self.minus
    }

    /// Mean product of a variable and its multiplier: zero at the minimum.
    fn gap(&self) -> f64 {
        let sum = self.plus.dot(&self.a) + self.minus.dot(&self.b) + self.r.dot(&self.nu);
        sum / (2 * self.plus.len() + self.r.len()) as f64
    }

    fn pairs<'a>(&'a self, step: &'a Self) -> [(&'a DVector<f64>, &'a DVector<f64>); 6] {
        [
            (&self.plus, &step.plus),
            (&self.minus, &step.minus),
            (&self.r, &step.r),
            (&self.a, &step.a),
            (&self.b, &step.b),
            (&self.nu, &step.nu),
        ]
    }

    /// How far one may go along `step` with everything positive, at most 1.
    fn longest(&self, step: &Self) -> f64 {
        let shares = self.pairs(step).into_iter().flat_map(|(v, d)| v.iter().zip(d.iter()));
        shares.filter(|(_, d)| **d < 0.0).map(|(v, d)| -v / d).fold(1.0, f64::min)
    }

    fn moved(&self, step: &Self, length: f64) -> Self {
        let [plus, minus, r, a, b, nu] = self.pairs(step).map(|(v, d)| v + d * length);
        Self { plus, minus, r, a, b, nu }
    }
}

impl Sparse {
    fn new(data: &Whitened) -> Option<Self> {
        let Decomposition { u, s, v } = Decomposition::new(&data.matrix)?;
        let rotated = u.tr_mul(&data.data);
        let (norm, largest) = (rotated.norm(), s[0]);
        let outside = (&data.data - &u * &rotated).norm_squared();
        (norm > 0.0 && norm.is_finite()).then(|| Self {
            v,
            s: s / largest,
            data: rotated / norm,
            outside,
            norm,
            largest,
        })
    }

    /// Everything is zero above two thirds of this.
    fn strongest(&self) -> f64 {
        1.5 * self.s.component_mul(&self.data).amax()
    }

    fn trial(&self, lambda: f64, point: &Point) -> Trial {
        let scale = self.norm * self.norm;
        let x = point.x();
        let chi2 = (self.s.component_mul(&x) - &self.data).norm_squared() * scale + self.outside;
        let penalty: f64 = x.iter().map(|x| x.abs()).sum();
        let active: Vec<usize> = (0..x.len()).filter(|k| x[*k].abs() > ZERO).collect();
        // Of each active mode: its prior's density lambda / 2 against the width sqrt(2 pi) / s of its likelihood.
        let density = 0.5 * lambda * self.norm * std::f64::consts::TAU.sqrt();
        let volume: f64 = active.iter().map(|k| (density / self.s[*k]).ln()).sum();
        Trial {
            regulator: lambda,
            chi2,
            penalty,
            effective: active.len() as f64,
            log_evidence: Some(volume - 0.5 * chi2 - lambda * scale * penalty),
        }
    }

    /// Mehrotra's predictor and corrector. With `g = S (S x - b) / lambda - V^T nu` a minimum has
    ///
    /// ```text
    /// g + 1 = a,   -g + 1 = b,   V x = r,   plus a = minus b = r nu = 0,   all six >= 0.
    /// ```
    ///
    /// Source: S. Mehrotra, SIAM J. Optim. 2, 575 (1992).
    fn solve(&self, lambda: f64) -> Option<Point> {
        let (k, n) = (self.s.len(), self.v.nrows());
        let of = |count: usize, value: f64| DVector::from_element(count, value);
        let mut point =
            Point { plus: of(k, 1.0), minus: of(k, 1.0), r: of(n, 0.1), a: of(k, 1.0), b: of(k, 1.0), nu: of(n, 1.0) };
        // Of `S x - b`, whose terms are about 1.
        let rounding = 10.0 * f64::EPSILON / lambda;
        for _ in 0..STEPS {
            let x = point.x();
            let g = self.s.component_mul(&(self.s.component_mul(&x) - &self.data)) / lambda - self.v.tr_mul(&point.nu);
            let residuals = Residuals {
                plus: g.add_scalar(1.0) - &point.a,
                minus: (-&g).add_scalar(1.0) - &point.b,
                r: &self.v * &x - &point.r,
            };
            let gap = point.gap();
            let off = residuals.plus.amax().max(residuals.minus.amax()).max(residuals.r.amax());
            if gap < TOLERANCE && off < TOLERANCE + rounding {
                return Some(point);
            }
            let system = System::new(self, lambda, &point)?;
            let none = [of(k, 0.0), of(k, 0.0), of(n, 0.0)];
            let predicted = system.step(self, &point, &residuals, &none);
            let reach = point.longest(&predicted);
            let centring = (point.moved(&predicted, reach).gap() / gap).powi(3);
            let target = centring * gap;
            let aims = [
                predicted.plus.zip_map(&predicted.a, |v, d| target - v * d),
                predicted.minus.zip_map(&predicted.b, |v, d| target - v * d),
                predicted.r.zip_map(&predicted.nu, |v, d| target - v * d),
            ];
            let step = system.step(self, &point, &residuals, &aims);
            let reach = point.longest(&step);
            if !reach.is_finite() || reach < 1e-10 {
                return None;
            }
            // Further towards the boundary the closer the end is.
            let share = (1.0 - gap).clamp(0.9, 0.999);
            point = point.moved(&step, if reach < 1.0 { share * reach } else { 1.0 });
        }
        None
    }
}

struct Residuals {
    plus: DVector<f64>,
    minus: DVector<f64>,
    r: DVector<f64>,
}

/// Newton's equations, reduced to the modes: `S^2 / lambda + V^T diag(nu / r) V + 1 / (plus / a + minus / b)`.
struct System {
    factor: Cholesky<f64, nalgebra::Dyn>,
}

impl System {
    fn new(problem: &Sparse, lambda: f64, point: &Point) -> Option<Self> {
        let root = point.nu.zip_map(&point.r, |nu, r| (nu / r).sqrt());
        let mut weighted = problem.v.clone();
        for mut column in weighted.column_iter_mut() {
            column.component_mul_assign(&root);
        }
        let mut matrix = weighted.tr_mul(&weighted);
        for i in 0..problem.s.len() {
            let sign = 1.0 / (point.plus[i] / point.a[i] + point.minus[i] / point.b[i]);
            matrix[(i, i)] += problem.s[i] * problem.s[i] / lambda + sign;
        }
        Some(Self { factor: Cholesky::new(matrix)? })
    }

    /// The step that would bring the products of variables and multipliers to `aims`, to first order.
    fn step(&self, problem: &Sparse, point: &Point, off: &Residuals, aims: &[DVector<f64>; 3]) -> Point {
        let aim_r =
            DVector::from_fn(point.r.len(), |i, _| (aims[2][i] - point.nu[i] * off.r[i]) / point.r[i] - point.nu[i]);
        let pushed = problem.v.tr_mul(&aim_r);
        let right = |off: &DVector<f64>, aim: &DVector<f64>, v: &DVector<f64>, multiplier: &DVector<f64>, sign: f64| {
            DVector::from_fn(v.len(), |i, _| aim[i] / v[i] - multiplier[i] - off[i] + sign * pushed[i])
        };
        let right_plus = right(&off.plus, &aims[0], &point.plus, &point.a, 1.0);
        let right_minus = right(&off.minus, &aims[1], &point.minus, &point.b, -1.0);
        let (first, second) = (point.a.component_div(&point.plus), point.b.component_div(&point.minus));
        let both = &right_plus + &right_minus;
        let share = first.zip_map(&second, |f, s| f / (f + s));
        let dx = self.factor.solve(&(&right_plus - share.component_mul(&both)));
        let plus = DVector::from_fn(dx.len(), |i, _| (second[i] * dx[i] + both[i]) / (first[i] + second[i]));
        let minus = &plus - &dx;
        let vx = &problem.v * &dx;
        let r = &vx + &off.r;
        let nu = DVector::from_fn(r.len(), |i, _| aim_r[i] - point.nu[i] / point.r[i] * vx[i]);
        let multiplier = |aim: &DVector<f64>, v: &DVector<f64>, m: &DVector<f64>, d: &DVector<f64>| {
            DVector::from_fn(v.len(), |i, _| (aim[i] - m[i] * d[i]) / v[i] - m[i])
        };
        let a = multiplier(&aims[0], &point.plus, &point.a, &plus);
        let b = multiplier(&aims[1], &point.minus, &point.b, &minus);
        Point { plus, minus, r, a, b, nu }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inverse::mock;

    /// Karush, Kuhn, Tucker, from the returned spectral function and one multiplier `nu >= 0` of its sign: `S (S x - b) - lambda V^T nu` is
    /// `-lambda sign(x)` on modes that are not zero and between `-lambda` and `lambda` on the others; `nu rho = 0`.
    #[test]
    fn the_answer_is_the_constrained_minimum() {
        for noise in [1e-2, 1e-3, 1e-4] {
            let data = mock::usual(noise);
            let problem = Sparse::new(&data).unwrap();
            let fit = solve(&data, &mock::settings(Rule::Usual, &data)).unwrap();
            let lambda = fit.regulator;
            let point = problem.solve(lambda).unwrap();
            let x = problem.v.tr_mul(&fit.rho) * (problem.largest / problem.norm);
            let off = problem.s.component_mul(&x) - &problem.data;
            let gradient = problem.s.component_mul(&off) / lambda - problem.v.tr_mul(&point.nu);
            let mut zeros = 0;
            for k in 0..x.len() {
                assert!(gradient[k].abs() < 1.0 + 1e-5, "{noise}, mode {k}: {}", gradient[k]);
                // Either the mode is zero or the gradient is at its edge: the product of the two distances vanishes.
                let slack = x[k].abs() * (gradient[k] + x[k].signum()).abs();
                assert!(slack < 1e-6 * x.amax(), "{noise}, mode {k}: {} {}", x[k], gradient[k]);
                zeros += usize::from(x[k].abs() <= ZERO);
            }
            assert!(zeros > 0 && zeros < x.len());
            assert!(fit.rho.min() >= 0.0 && point.nu.min() >= 0.0 && point.r.component_mul(&point.nu).amax() < 1e-5);
            assert!((&problem.v * x - &point.r).amax() < 1e-8);
        }
    }

    #[test]
    fn above_the_strongest_regulator_nothing_is_left() {
        let problem = Sparse::new(&mock::usual(1e-3)).unwrap();
        assert!(problem.solve(problem.strongest()).unwrap().x().amax() < ZERO);
        assert!(problem.solve(problem.strongest() / 3.0).unwrap().x().amax() > 100.0 * ZERO);
    }
}
