//! Methods with a positive answer: maximum entropy, Bayesian reconstruction, positive Tikhonov, all by one convex problem in the space
//! of the data.
//!
//! `min_rho |B rho - b|^2 / 2 + a P(rho)` with a convex `P = sum_i p_i(rho_i)` has its minimum where `rho_i` is a function of
//! `x = B^T z / c` alone, with `z = B rho - b` the residual. It is found by Newton's method for the `M` numbers `z`, which minimise
//!
//! ```text
//! phi(z) = |z|^2 / 2 + b . z + c sum_i g_i(x_i),    grad phi = z + b - B rho,    hess phi = 1 + B diag(h) B^T,
//! rho_i = -g_i'(x_i),    h_i = g_i''(x_i) / c
//! ```
//!
//! instead of a search in a space of `N` singular functions (Bryan, Eur. Biophys. J. 18, 165): no truncation, and quadratic
//! convergence.

use nalgebra::{Cholesky, DMatrix, DVector};

use super::{Fit, Rule, Settings, Trial, Whitened, rule::choose};

/// What a spectral function costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entropy {
    /// `-S = dw sum (m - rho + rho ln(rho/m))` of Shannon and Jaynes: `g = m exp(-x)`, `c = a dw` (hep-lat/0011040, eq. 3.13).
    Shannon,
    /// `-S = dw sum (rho/m - 1 - ln(rho/m))` of Burnier and Rothkopf: `g = -ln(1/m + x)`, `c = a dw` (arXiv:1307.6106, eq. 4).
    BurnierRothkopf,
    /// `sum rho^2 / 2w`, `rho >= 0`: `g = w min(x, 0)^2 / 2`, `c = a`.
    Square,
}

impl Entropy {
    /// `(g, rho, -d rho / d x)` at `x`; infinite `g` where there is no answer. `m` is the default model, or `w`.
    fn at(self, x: f64, m: f64) -> (f64, f64, f64) {
        match self {
            Self::Shannon => {
                let rho = m * (-x).exp();
                (rho, rho, rho)
            }
            Self::BurnierRothkopf => {
                let inverse = 1.0 / m + x;
                if inverse > 0.0 {
                    (-inverse.ln(), 1.0 / inverse, inverse.powi(-2))
                } else {
                    (f64::INFINITY, f64::INFINITY, 0.0)
                }
            }
            Self::Square => {
                let down = (-x).max(0.0);
                (0.5 * m * down * down, m * down, if x < 0.0 { m } else { 0.0 })
            }
        }
    }

    /// `P` of one frequency.
    fn penalty(self, rho: f64, m: f64) -> f64 {
        match self {
            Self::Shannon => m - rho + if rho > 0.0 { rho * (rho / m).ln() } else { 0.0 },
            Self::BurnierRothkopf => rho / m - 1.0 - (rho / m).ln(),
            Self::Square => 0.5 * rho * rho / m,
        }
    }
}

/// How the answers at all strengths become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// One strength by this rule.
    By(Rule),
    /// All, weighted by their probability, which is uniform in `ln a` before the data (Bryan).
    Averaged,
}

/// Newton steps at one strength, and the length of the gradient at which they end, relative to where it begins.
const NEWTON: usize = 200;
const CONVERGED: f64 = 1e-11;
/// Largest change of `x` in a step of Shannon's entropy, an exponent.
const LARGEST: f64 = 3.0;
/// Strengths in each decade, far from the data and near them.
const COARSE: f64 = 2.0;
const FINE: f64 = 5.0;
/// From so many times the number of points down, `chi^2` is near.
const NEAR: f64 = 30.0;
/// Decades below the first strength at which the search ends.
const DECADES: f64 = 26.0;
/// Averages leave out what is less probable than this part of the most probable.
const IMPROBABLE: f64 = 1e-4;

/// An answer at one strength.
#[derive(Debug, Clone)]
pub struct Solution {
    /// The residual, which is what is solved for.
    pub z: DVector<f64>,
    /// The spectral function.
    pub rho: DVector<f64>,
    /// Strength, and what came of it.
    pub trial: Trial,
    /// Lengths of the gradient, step by step.
    pub gradients: Vec<f64>,
}

/// The problem of one entropy and one data set.
pub struct Dual<'a> {
    data: &'a Whitened,
    entropy: Entropy,
    model: Vec<f64>,
    /// `B^T`, of which columns are contiguous.
    transposed: DMatrix<f64>,
}

impl<'a> Dual<'a> {
    /// With the default model where the entropy has one.
    pub fn new(data: &'a Whitened, entropy: Entropy, default_model: &[f64]) -> Self {
        let model = if entropy == Entropy::Square { &data.grid.omega } else { default_model };
        Self { data, entropy, model: model.to_vec(), transposed: data.matrix.transpose() }
    }

    fn scale(&self) -> f64 {
        if self.entropy == Entropy::Square { 1.0 } else { self.data.grid.d_omega }
    }

    /// `phi`, `rho` and `h` at `z`.
    fn evaluate(&self, z: &DVector<f64>, c: f64) -> (f64, DVector<f64>, DVector<f64>) {
        let mut x = &self.transposed * z / c;
        let mut rho = x.clone();
        let mut g = 0.0;
        for ((x, rho), &m) in x.iter_mut().zip(rho.iter_mut()).zip(&self.model) {
            let (part, value, slope) = self.entropy.at(*x, m);
            g += part;
            (*rho, *x) = (value, slope / c);
        }
        (0.5 * z.norm_squared() + self.data.data.dot(z) + c * g, rho, x)
    }

    /// Solves at strength `a`, from a guess at `z`; `None` if Newton's method does not get on.
    pub fn solve(&self, a: f64, guess: DVector<f64>) -> Option<Solution> {
        let c = a * self.scale();
        let mut z = guess;
        let (mut phi, mut rho, mut h) = self.evaluate(&z, c);
        if !phi.is_finite() {
            z.fill(0.0);
            (phi, rho, h) = self.evaluate(&z, c);
        }
        let mut gradients = Vec::new();
        let accuracy = CONVERGED * (1.0 + self.data.data.norm());
        let mut factor = None;
        for _ in 0..NEWTON {
            let gradient = &z + &self.data.data - &self.data.matrix * &rho;
            gradients.push(gradient.norm());
            factor = Some(self.hessian(&h)?);
            if gradient.norm() <= accuracy {
                break;
            }
            let step = -factor.as_ref()?.solve(&gradient);
            let slope = gradient.dot(&step);
            let mut length = 1.0_f64;
            if self.entropy == Entropy::Shannon {
                let largest = (&self.transposed * &step / c).amax();
                length = (LARGEST / largest).min(1.0);
            }
            loop {
                let tried = &z + length * &step;
                let (value, new_rho, new_h) = self.evaluate(&tried, c);
                // Near the minimum rounding hides the descent: the gradient decides.
                if value <= phi + 1e-4 * length * slope || (slope.abs() < 1e-9 * (1.0 + phi.abs()) && value.is_finite())
                {
                    (z, phi, rho, h) = (tried, value, new_rho, new_h);
                    break;
                }
                length *= 0.5;
                if length < 1e-14 {
                    return self.solution(a, z, rho, &factor?, gradients);
                }
            }
            if gradients.len() > 3 && -slope < 1e-24 * (1.0 + phi.abs()) {
                break;
            }
        }
        self.solution(a, z, rho, &factor?, gradients)
    }

    fn hessian(&self, h: &DVector<f64>) -> Option<Cholesky<f64, nalgebra::Dyn>> {
        let mut scaled = self.transposed.clone();
        for mut column in scaled.column_iter_mut() {
            column.component_mul_assign(h);
        }
        let m = self.data.points();
        Cholesky::new(DMatrix::identity(m, m) + &self.data.matrix * scaled)
    }

    fn solution(
        &self,
        a: f64,
        z: DVector<f64>,
        rho: DVector<f64>,
        factor: &Cholesky<f64, nalgebra::Dyn>,
        gradients: Vec<f64>,
    ) -> Option<Solution> {
        if rho.iter().any(|v| !v.is_finite()) {
            return None;
        }
        let penalties = rho.iter().zip(&self.model).map(|(&rho, &m)| self.entropy.penalty(rho, m));
        let penalty = penalties.sum::<f64>() * self.scale();
        let chi2 = self.data.chi2(&rho);
        let half_log_det: f64 = factor.l_dirty().diagonal().iter().map(|d| d.ln()).sum();
        let effective = self.data.points() as f64 - factor.inverse().trace();
        let trial = Trial {
            regulator: a,
            chi2,
            penalty: penalty.max(f64::MIN_POSITIVE),
            effective,
            log_evidence: -a * penalty - 0.5 * chi2 - half_log_det,
        };
        Some(Solution { z, rho, trial, gradients })
    }

    /// Answers from strong to weak, until the data are over-fitted and, if it is asked for, improbable.
    fn ladder(&self, whole_peak: bool) -> Vec<Solution> {
        let points = self.data.points() as f64;
        let nothing = DVector::from_column_slice(&self.model);
        let start = match self.entropy {
            // Strong enough that the answer is next to the default model.
            Entropy::Shannon | Entropy::BurnierRothkopf => self.data.chi2(&nothing),
            Entropy::Square => {
                let mut scaled = self.transposed.clone();
                for (mut row, w) in scaled.row_iter_mut().zip(&self.model) {
                    row *= *w;
                }
                (&self.data.matrix * scaled).trace()
            }
        };
        let mut a = start.max(f64::MIN_POSITIVE);
        let end = a * 10.0_f64.powf(-DECADES);
        let mut solutions: Vec<Solution> = Vec::new();
        let mut z = DVector::zeros(self.data.points());
        let mut best = f64::NEG_INFINITY;
        while a > end {
            let Some(solution) = self.solve(a, z.clone()) else { break };
            let Trial { chi2, log_evidence, .. } = solution.trial;
            best = best.max(log_evidence);
            let stalled = solutions.last().is_some_and(|s| s.trial.chi2 > points && chi2 > s.trial.chi2 * (1.0 - 1e-7));
            let over = chi2 <= 0.8 * points && (!whole_peak || log_evidence < best + IMPROBABLE.ln());
            let step = 10.0_f64.powf(-1.0 / if chi2 > NEAR * points { COARSE } else { FINE });
            // At the same x, z follows the strength.
            z = &solution.z * step;
            solutions.push(solution);
            if over || (stalled && solutions.len() > 8 * COARSE as usize) {
                break;
            }
            a *= step;
        }
        solutions
    }

    /// The answer, by a rule or averaged.
    pub fn fit(&self, choice: Choice, strength: f64) -> Option<Fit> {
        let solutions = self.ladder(choice != Choice::By(Rule::Discrepancy));
        let path: Vec<Trial> = solutions.iter().map(|s| s.trial).collect();
        if path.is_empty() {
            return None;
        }
        let points = self.data.points();
        let answer = |rho: DVector<f64>, regulator: f64| Fit {
            chi2: self.data.chi2(&rho),
            rho,
            regulator,
            path: path.clone(),
            band: None,
            linear: None,
        };
        match choice {
            Choice::By(rule) => {
                let at = choose(&path, rule, points);
                let exact = rule == Rule::Discrepancy && at > 0 && path[at].chi2 <= points as f64;
                let chosen =
                    if exact { self.refine(&solutions[at - 1], &solutions[at])? } else { solutions[at].clone() };
                if strength == 1.0 {
                    return Some(answer(chosen.rho, chosen.trial.regulator));
                }
                let moved = self.solve(chosen.trial.regulator * strength, &chosen.z * strength)?;
                Some(answer(moved.rho, moved.trial.regulator))
            }
            Choice::Averaged => {
                let best = path.iter().map(|t| t.log_evidence).fold(f64::NEG_INFINITY, f64::max);
                let (mut rho, mut sum, mut log_a) = (DVector::zeros(self.model.len()), 0.0, 0.0);
                for (i, solution) in solutions.iter().enumerate() {
                    // Uniform in ln a: each stands for half the way to its neighbours.
                    let at = |i: usize| path[i].regulator.ln();
                    let width = 0.5 * (at(i.saturating_sub(1)) - at((i + 1).min(path.len() - 1)));
                    let weight = width * (solution.trial.log_evidence - best).exp();
                    if weight < IMPROBABLE * width {
                        continue;
                    }
                    let a = solution.trial.regulator * strength;
                    let moved = if strength == 1.0 { None } else { self.solve(a, &solution.z * strength) };
                    rho += weight * moved.as_ref().map_or(&solution.rho, |moved| &moved.rho);
                    sum += weight;
                    log_a += weight * a.ln();
                }
                (sum > 0.0).then(|| answer(rho / sum, (log_a / sum).exp()))
            }
        }
    }

    /// Between two strengths, the one at which `chi^2` is the number of points.
    fn refine(&self, strong: &Solution, weak: &Solution) -> Option<Solution> {
        let points = self.data.points() as f64;
        let (mut strong, mut weak) = (strong.clone(), weak.clone());
        for _ in 0..40 {
            // By straight line in the logarithms, kept away from the ends.
            let y = |s: &Solution| (s.trial.chi2.max(1e-300) / points).ln();
            let part = (y(&strong) / (y(&strong) - y(&weak))).clamp(0.05, 0.95);
            let ratio = (weak.trial.regulator / strong.trial.regulator).powf(part);
            let middle = self.solve(strong.trial.regulator * ratio, &strong.z * ratio)?;
            if (middle.trial.chi2 / points - 1.0).abs() < 1e-6 {
                return Some(middle);
            }
            if middle.trial.chi2 > points { strong = middle } else { weak = middle }
        }
        Some(weak)
    }
}

/// A positive method by its entropy; the usual rule of `choice` where the settings say nothing else.
pub fn positive(data: &Whitened, settings: &Settings, entropy: Entropy, choice: Choice) -> Option<Fit> {
    let choice = match (choice, settings.rule) {
        (Choice::By(usual), Rule::Usual) => Choice::By(usual),
        (Choice::By(_), rule) => Choice::By(rule),
        (Choice::Averaged, _) => Choice::Averaged,
    };
    Dual::new(data, entropy, &settings.default_model).fit(choice, settings.strength)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inverse::testing::{scene, settings};

    const ALL: [Entropy; 3] = [Entropy::Shannon, Entropy::BurnierRothkopf, Entropy::Square];

    /// The gradient of the primal vanishes: `B^T (B rho - b) + c p'(rho) = 0`, for the square where `rho > 0`; where it is zero, the
    /// gradient points out of the allowed region (Karush, Kuhn, Tucker).
    #[test]
    fn answers_are_optimal() {
        for noise in [1e-2, 1e-4] {
            let (data, _) = scene(noise);
            for entropy in ALL {
                let settings = settings();
                let fit = positive(&data, &settings, entropy, Choice::By(Rule::Discrepancy)).unwrap();
                assert!((fit.chi2 / 25.0 - 1.0).abs() < 1e-5, "{entropy:?}: {}", fit.chi2);
                let pull = data.matrix.tr_mul(&(&data.matrix * &fit.rho - &data.data));
                let c = fit.regulator * if entropy == Entropy::Square { 1.0 } else { data.grid.d_omega };
                let size = pull.amax().max(c);
                for i in 0..fit.rho.len() {
                    let (rho, m) = (fit.rho[i], settings.default_model[i]);
                    let off = pull[i] / size
                        + c / size
                            * match entropy {
                                Entropy::Shannon => (rho / m).ln(),
                                Entropy::BurnierRothkopf => 1.0 / m - 1.0 / rho,
                                Entropy::Square => rho / data.grid.omega[i],
                            };
                    let outward = entropy == Entropy::Square && rho == 0.0 && off > 0.0;
                    assert!(off.abs() < 1e-8 || outward, "{entropy:?} at {i}: {off}");
                }
            }
        }
    }

    /// Each residual near the end is about the square of the one before: digits double.
    #[test]
    fn newton_converges_quadratically() {
        let (data, _) = scene(1e-3);
        for entropy in [Entropy::Shannon, Entropy::BurnierRothkopf] {
            let dual = Dual::new(&data, entropy, &settings().default_model);
            let cold = dual.solve(30.0, DVector::zeros(25)).unwrap();
            let residuals = &cold.gradients;
            let relative: Vec<f64> = residuals.iter().map(|r| r / data.data.norm()).collect();
            let doubled =
                relative.windows(3).any(|w| w[0] < 1e-2 && w[1] < 1e-4 && w[2] > 0.0 && w[2].ln() / w[1].ln() > 1.6);
            assert!(doubled && *relative.last().unwrap() < 1e-10, "{entropy:?}: {relative:?}");
        }
    }

    #[test]
    fn data_that_no_positive_function_can_give_are_answered_all_the_same() {
        let (mut data, _) = scene(1e-4);
        data.data *= -1.0;
        for entropy in ALL {
            let fit = positive(&data, &settings(), entropy, Choice::By(Rule::Discrepancy)).unwrap();
            assert!(fit.chi2.is_finite() && fit.chi2 > 25.0 && fit.rho.iter().all(|&v| v >= 0.0), "{entropy:?}");
        }
    }
}
