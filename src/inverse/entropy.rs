//! Maximum entropy and Bayesian reconstruction.

use nalgebra::DVector;

use super::{
    Fit, Rule, Settings, Trial, Whitened,
    dual::{Dual, Potential, Solution},
    rule::Found,
};

/// How far a spectral function is from the default model `m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entropy {
    /// `S = sum dw (rho - m - rho ln(rho / m))`.
    Shannon,
    /// `S = sum dw (1 - rho / m + ln(rho / m))`.
    BurnierRothkopf,
}

/// What is done about the entropy's factor `alpha`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strength {
    /// `chi^2` is the number of points.
    Historic,
    /// The most probable.
    Classic,
    /// All, with their probability.
    Averaged,
}

/// Steps of the average in `ln alpha`: less than the standard deviation `sqrt(2 / effective parameters)` of its probability, so that the
/// sum of a smooth peak is as good as the integral.
const STEP: f64 = 0.3;
/// Probabilities below `exp(-9)` of the largest do not count.
const NEGLIGIBLE: f64 = 9.0;
/// Steps of the average to either side.
const SIDE: usize = 40;

/// Minimises `chi^2 / 2 - alpha S`. The regulator is `alpha`; its probability, in Gaussian approximation around the minimum and with
/// equal weight for equal intervals of `ln alpha`, is
///
/// ```text
/// ln P(alpha) = alpha S - chi^2 / 2 + 1/2 sum_i ln(alpha / (alpha + lambda_i)),   lambda_i: eigenvalues of B diag(h) B^T / dw,
/// ```
///
/// with `h = rho` (Shannon) or `rho^2` (Burnier and Rothkopf). The average is `int dln(alpha) P(alpha) rho_alpha`, with `strength`
/// moving the `alpha` of `rho` (not that of `P`); its regulator is the exponential of the mean of `ln alpha`. A rule other than evidence takes
/// the single `alpha` that it chooses.
///
/// Source: M. Jarrell and J. E. Gubernatis, Phys. Rep. 269, 133 (1996), sections 3.3-3.5; Asakawa, Hatsuda, Nakahara,
/// hep-lat/0011040, section 3; Y. Burnier and A. Rothkopf, arXiv:1307.6106, eq. (3).
pub(super) fn solve(entropy: Entropy, strength: Strength, data: &Whitened, settings: &Settings) -> Option<Fit> {
    let family = Family::new(entropy, data, &settings.default_model)?;
    let usual = if strength == Strength::Historic { Rule::Discrepancy } else { Rule::Evidence };
    let search = settings.search(usual, data);
    let average = strength == Strength::Averaged && matches!(settings.rule, Rule::Usual | Rule::Evidence);
    // The factor belongs to the average, not to the place where it is centred.
    let search = if average { search.of_strength(1.0) } else { search };
    let found = search.down(family.strongest(), |alpha, warm| family.at(alpha, warm.map(|w| w.1)))?;
    if average {
        return family.averaged(data, settings.strength, found);
    }
    Fit::new(data, found.state.rho, found.trial.regulator, found.path)
}

/// Answers of all strengths.
struct Family {
    dual: Dual,
    d_omega: f64,
}

impl Family {
    fn new(entropy: Entropy, data: &Whitened, default_model: &[f64]) -> Option<Self> {
        let model = DVector::from_column_slice(default_model);
        let potential = match entropy {
            Entropy::Shannon => Potential::Shannon(model),
            Entropy::BurnierRothkopf => Potential::BurnierRothkopf(model),
        };
        Some(Self { dual: Dual::new(data, potential)?, d_omega: data.grid.d_omega })
    }

    fn strongest(&self) -> f64 {
        self.dual.strongest() / self.d_omega
    }

    fn at(&self, alpha: f64, warm: Option<&Solution>) -> Option<(Trial, Solution)> {
        let solution = self.dual.solve(alpha * self.d_omega, warm)?;
        let penalty = self.dual.penalty(&solution) * self.d_omega;
        let trial = Trial {
            regulator: alpha,
            chi2: solution.chi2,
            penalty,
            effective: solution.effective(),
            log_evidence: Some(-alpha * penalty - 0.5 * solution.chi2 + solution.log_volume()),
        };
        Some((trial, solution))
    }

    /// The average around the most probable `alpha`.
    fn averaged(&self, data: &Whitened, strength: f64, found: Found<Solution>) -> Option<Fit> {
        let evidence = |trial: &Trial| trial.log_evidence.unwrap_or(f64::MIN);
        let peak = evidence(&found.trial);
        let mut members = vec![(found.trial, found.state.clone())];
        for sign in [1.0, -1.0] {
            let mut near = found.state.clone();
            for n in 1..=SIDE {
                let alpha = found.trial.regulator * (sign * STEP * n as f64).exp();
                let Some((trial, solution)) = self.at(alpha, Some(&near)) else { break };
                if evidence(&trial) < peak - NEGLIGIBLE {
                    break;
                }
                near = solution.clone();
                members.push((trial, solution));
            }
        }
        members.sort_by(|a, b| b.0.regulator.total_cmp(&a.0.regulator));
        // Where no positive function fits, the ladder has ended before the evidence has its maximum.
        let peak = members.iter().map(|m| evidence(&m.0)).fold(peak, f64::max);
        let weights: Vec<f64> = members.iter().map(|m| (evidence(&m.0) - peak).exp()).collect();
        let total: f64 = weights.iter().sum();
        let mut rho = DVector::zeros(data.grid.len());
        let mut log_alpha = 0.0;
        for ((trial, solution), weight) in members.iter().zip(&weights) {
            let alpha = trial.regulator * strength;
            let moved = if strength == 1.0 { None } else { self.near(alpha, solution) };
            log_alpha += weight / total * alpha.ln();
            rho.axpy(weight / total, &moved.as_ref().unwrap_or(solution).rho, 1.0);
        }
        let mut path = found.path;
        path.extend(members.iter().map(|m| m.0).filter(|t| t.regulator != found.trial.regulator));
        path.sort_by(|a, b| b.regulator.total_cmp(&a.regulator));
        Fit::new(data, rho, log_alpha.exp(), path)
    }

    /// The answer at `alpha`, by steps of at most a decade from a solution elsewhere.
    fn near(&self, alpha: f64, from: &Solution) -> Option<Solution> {
        let start = from.c / self.d_omega;
        let steps = (alpha / start).log10().abs().ceil().max(1.0) as i32;
        (1..=steps).try_fold(from.clone(), |near, n| {
            let next = start * (alpha / start).powf(f64::from(n) / f64::from(steps));
            self.at(next, Some(&near)).map(|found| found.1)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inverse::mock;

    /// The gradient of `chi^2 / 2 - alpha S` in the space of frequencies: `B^T (B rho - b) + alpha dw ln(rho / m)`, and for Burnier and
    /// Rothkopf `.. + alpha dw (1/m - 1/rho)`.
    #[test]
    fn the_gradient_of_the_primal_vanishes() {
        for (entropy, noise) in [Entropy::Shannon, Entropy::BurnierRothkopf].into_iter().zip([1e-2, 1e-4]) {
            let data = mock::usual(noise);
            let fit = solve(entropy, Strength::Historic, &data, &mock::settings(Rule::Usual, &data)).unwrap();
            let pull = data.matrix.tr_mul(&(&data.matrix * &fit.rho - &data.data));
            let c = fit.regulator * data.grid.d_omega;
            for (pull_at, rho) in pull.iter().zip(fit.rho.iter()) {
                let (rho, m) = (*rho, 0.1);
                let push = if entropy == Entropy::Shannon { (rho / m).ln() } else { 1.0 / m - 1.0 / rho };
                assert!((pull_at + c * push).abs() < 1e-8 * pull.amax(), "{entropy:?}: {}", pull_at + c * push);
            }
            assert!((fit.chi2 / 25.0 - 1.0).abs() < 2e-3, "{}", fit.chi2);
        }
    }

    #[test]
    fn the_classic_strength_has_the_largest_evidence_of_its_path() {
        let data = mock::usual(1e-3);
        for entropy in [Entropy::Shannon, Entropy::BurnierRothkopf] {
            let fit = solve(entropy, Strength::Classic, &data, &mock::settings(Rule::Usual, &data)).unwrap();
            let chosen = fit.path.iter().find(|t| t.regulator == fit.regulator).unwrap();
            assert!(fit.path.iter().all(|t| t.log_evidence <= chosen.log_evidence));
            assert!(fit.path.last().unwrap().log_evidence < chosen.log_evidence);
        }
    }

    /// An independent sum over a fixed, finer net of strengths.
    #[test]
    fn the_average_is_the_integral() {
        let data = mock::usual(1e-3);
        let settings = mock::settings(Rule::Usual, &data);
        let fit = solve(Entropy::Shannon, Strength::Averaged, &data, &settings).unwrap();
        let family = Family::new(Entropy::Shannon, &data, &settings.default_model).unwrap();
        let (mut sum, mut total, mut near) = (DVector::zeros(500), 0.0, None);
        let reference = fit.path.iter().filter_map(|t| t.log_evidence).fold(f64::MIN, f64::max);
        for n in 0..400 {
            let alpha = 1e4 * fit.regulator * (-0.05 * f64::from(n)).exp();
            let (trial, solution) = family.at(alpha, near.as_ref()).unwrap();
            let weight = (trial.log_evidence.unwrap() - reference).exp();
            sum += &solution.rho * weight;
            total += weight;
            near = Some(solution);
            if alpha < 1e-3 * fit.regulator {
                break;
            }
        }
        assert!((sum / total - &fit.rho).amax() < 2e-3 * fit.rho.amax());
    }

    #[test]
    fn without_information_the_answer_is_the_default_model() {
        let data = mock::usual(1e-3);
        let settings = Settings { strength: 1e9, ..mock::settings(Rule::Usual, &data) };
        for entropy in [Entropy::Shannon, Entropy::BurnierRothkopf] {
            let fit = solve(entropy, Strength::Historic, &data, &settings).unwrap();
            assert!(fit.rho.iter().all(|r| (r / 0.1 - 1.0).abs() < 1e-2), "{entropy:?}");
        }
    }
}
