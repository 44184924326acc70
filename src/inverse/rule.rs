//! How strong a regulator should be: four rules, the same for all methods.

use super::{Rule, Trial};

/// More effective parameters than this part of the points, and than a few, fit the noise.
const SOBER: f64 = 0.5;
const FEW: f64 = 4.0;
/// Noise does not lift `chi^2` above so many times the number of points.
const BY_CHANCE: f64 = 2.0;

/// The choice of a rule from trials, strongest first and at least one: its index. `usual` is what [`Rule::Usual`] stands for, and what
/// is done where a method has no probability that [`Rule::Evidence`] could ask for.
///
/// - Discrepancy: the first `chi^2 <= points` with at most half as many effective parameters as points. Of ten draws of the noise one
///   is so large that only a fit of the noise itself gets there, with amplitudes without bound: then GCV, within that half, if it
///   leaves no more than noise can; else the first `chi^2 <= points` at all, else the first within 1 of the smallest.
///   Source: V. A. Morozov, Soviet Math. Dokl. 7, 414 (1966).
/// - L-curve: of `(ln chi^2, ln penalty)`, scaled to a unit square, the trial furthest below the chord from the first determined
///   parameter to a tenth of the points. Source: P. C. Hansen, SIAM Rev. 34, 561 (1992), with the chord for its curvature, which
///   is noise where trials are few.
/// - GCV: smallest `chi^2 / (1 - effective / points)^2`. Source: Golub, Heath, Wahba, Technometrics 21, 215 (1979).
/// - Evidence: its largest.
pub fn choose(rule: Rule, usual: Rule, path: &[Trial], points: usize) -> usize {
    let size = points as f64;
    let smallest_by = |value: &dyn Fn(&Trial) -> f64| {
        let values = path.iter().map(value).enumerate().filter(|(_, v)| v.is_finite());
        values.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(i, _)| i)
    };
    let gcv = |t: &Trial| {
        let free = 1.0 - t.effective / size;
        if free > 1e-6 { t.chi2 / (free * free) } else { f64::NAN }
    };
    let discrepancy = || {
        let sober = |t: &Trial| t.effective <= (SOBER * size).max(FEW);
        let reached = |t: &Trial| t.chi2 <= size;
        let sober_gcv = || {
            let best = smallest_by(&|t| if sober(t) { gcv(t) } else { f64::NAN });
            best.filter(|&i| path[i].chi2 <= BY_CHANCE * size)
        };
        let near_smallest = || {
            let smallest = path.iter().map(|t| t.chi2).fold(f64::INFINITY, f64::min);
            path.iter().position(|t| t.chi2 <= smallest + 1.0)
        };
        let first = path.iter().position(|t| reached(t) && sober(t)).or_else(sober_gcv);
        first.or_else(|| path.iter().position(reached)).or_else(near_smallest).unwrap_or(path.len() - 1)
    };
    let chosen = match resolve(rule, usual, path) {
        Rule::LCurve => corner(path, size),
        Rule::Gcv => smallest_by(&gcv),
        Rule::Evidence => smallest_by(&|t| t.log_evidence.map_or(f64::NAN, |e| -e)),
        Rule::Usual | Rule::Discrepancy => None,
    };
    chosen.unwrap_or_else(discrepancy)
}

/// The rule behind [`Rule::Usual`], and behind evidence where there is none.
fn resolve(rule: Rule, usual: Rule, path: &[Trial]) -> Rule {
    match rule {
        Rule::Usual => usual,
        Rule::Evidence if path.iter().all(|t| t.log_evidence.is_none()) => usual,
        other => other,
    }
}

/// The trial furthest below the chord of the L-curve.
fn corner(path: &[Trial], size: f64) -> Option<usize> {
    let seen = |t: &Trial| t.effective >= 0.5 && t.chi2 >= 0.1 * size && t.penalty > 0.0;
    let curve: Vec<(usize, f64, f64)> =
        path.iter().enumerate().filter(|(_, t)| seen(t)).map(|(i, t)| (i, t.chi2.ln(), t.penalty.ln())).collect();
    let (first, last) = (curve.first()?, curve.last()?);
    let (width, height) = (first.1 - last.1, last.2 - first.2);
    if width <= 0.0 || height <= 0.0 {
        return None;
    }
    let below = |c: &(usize, f64, f64)| (c.1 - last.1) / width + (c.2 - first.2) / height;
    curve.iter().min_by(|a, b| below(a).total_cmp(&below(b))).map(|c| c.0)
}

/// What a search has found.
#[derive(Debug, Clone)]
pub(super) struct Found<S> {
    /// All trials, strongest first.
    pub path: Vec<Trial>,
    /// The chosen one.
    pub trial: Trial,
    /// What its solver left.
    pub state: S,
}

/// What to search for, and where.
#[derive(Debug, Clone, Copy)]
pub(super) struct Search {
    /// How to choose.
    pub rule: Rule,
    /// What [`Rule::Usual`] is.
    pub usual: Rule,
    /// A factor on what is chosen.
    pub strength: f64,
    /// Number of data points.
    pub points: usize,
}

/// Decades that a ladder goes down at most.
const DECADES: f64 = 18.0;
/// Trials in a decade of a ladder.
const PER_DECADE: f64 = 2.0;

impl Search {
    /// The same with another factor.
    pub fn of_strength(self, strength: f64) -> Self {
        Self { strength, ..self }
    }

    /// Among `1..=most` modes, `strength` removing `1.7 log10(strength)` of those chosen: the singular values of these kernels fall
    /// by a decade in 1.7 modes.
    pub fn truncated(self, most: usize, trial: impl Fn(usize) -> Trial) -> Found<usize> {
        let path: Vec<Trial> = (1..=most).map(trial).collect();
        let chosen = choose(self.rule, self.usual, &path, self.points) as i64 + 1;
        let count = (chosen - (1.7 * self.strength.log10()).round() as i64).clamp(1, most as i64) as usize;
        Found { trial: path[count - 1], path, state: count }
    }

    /// Down a ladder of regulators from `top`, each solved from the one before, then between its steps. The ladder ends where the
    /// rule has what it needs, or where a solver gives up. `None` if it gives up at once.
    pub fn down<S: Clone>(
        self,
        top: f64,
        mut solve: impl FnMut(f64, Option<(f64, &S)>) -> Option<(Trial, S)>,
    ) -> Option<Found<S>> {
        let mut tried: Vec<(Trial, S)> = Vec::new();
        for step in 0..=(DECADES * PER_DECADE) as i32 {
            let regulator = top * 10f64.powf(-f64::from(step) / PER_DECADE);
            let Some(next) = solve(regulator, tried.last().map(|(t, s)| (t.regulator, s))) else { break };
            tried.push(next);
            if self.has_enough(&tried) {
                break;
            }
        }
        if tried.is_empty() {
            return None;
        }
        let mut between = |tried: &mut Vec<(Trial, S)>, regulator: f64| {
            // From the next stronger one if there is one.
            let place = tried.iter().take_while(|(t, _)| t.regulator > regulator).count();
            let warm = tried.get(place.saturating_sub(1)).map(|(t, s)| (t.regulator, s));
            let solved = solve(regulator, warm);
            solved.map(|next| tried.insert(place, next)).map(|()| place)
        };
        self.refine(&mut tried, &mut between);
        let mut chosen = self.chosen(&tried);
        if self.strength != 1.0 {
            // Step by step, each from the one before, and as far as the solver gets.
            let from = tried[chosen].0.regulator;
            let steps = (PER_DECADE * self.strength.log10().abs()).ceil();
            for step in 1..=steps as i32 {
                let regulator = from * self.strength.powf(f64::from(step) / steps);
                let Some(place) = between(&mut tried, regulator) else { break };
                chosen = place;
            }
        }
        let (trial, state) = tried[chosen].clone();
        Some(Found { path: tried.into_iter().map(|t| t.0).collect(), trial, state })
    }

    fn chosen<S>(self, tried: &[(Trial, S)]) -> usize {
        let path: Vec<Trial> = tried.iter().map(|t| t.0).collect();
        choose(self.rule, self.usual, &path, self.points)
    }

    fn has_enough<S>(self, tried: &[(Trial, S)]) -> bool {
        let size = self.points as f64;
        let last = tried[tried.len() - 1].0;
        let path: Vec<Trial> = tried.iter().map(|t| t.0).collect();
        // Data that no positive function fits: nothing more is won in three decades.
        let stuck = |steps: usize| path[path.len() - 1 - steps].chi2 - last.chi2 < 0.01 * last.chi2.min(1.0);
        let before = 3 * PER_DECADE as usize;
        if path.len() > before && path[path.len() - 1 - before].effective > 1.0 && stuck(before) {
            return true;
        }
        match resolve(self.rule, self.usual, &path) {
            Rule::Usual | Rule::Discrepancy => last.chi2 <= size,
            Rule::Evidence => {
                let best = path.iter().filter_map(|t| t.log_evidence).fold(f64::MIN, f64::max);
                last.chi2 <= size && last.log_evidence.is_some_and(|e| e < best - 15.0)
            }
            Rule::LCurve | Rule::Gcv => last.chi2 < 0.02 * size,
        }
    }

    /// Between the steps of the ladder: to `chi^2` in a thousandth, or to the vertex of the parabola through the best three.
    fn refine<S>(
        self,
        tried: &mut Vec<(Trial, S)>,
        between: &mut impl FnMut(&mut Vec<(Trial, S)>, f64) -> Option<usize>,
    ) {
        let size = self.points as f64;
        for round in 0..20 {
            let i = self.chosen(tried);
            let path: Vec<Trial> = tried.iter().map(|t| t.0).collect();
            let regulator = match resolve(self.rule, self.usual, &path) {
                Rule::Usual | Rule::Discrepancy => {
                    let (weak, Some(strong)) = (path[i], i.checked_sub(1).map(|s| path[s])) else { return };
                    let close = (weak.chi2 - size).abs() < 1e-3 * size || strong.regulator < 1.0001 * weak.regulator;
                    if weak.chi2 > size || close {
                        return;
                    }
                    let share = (strong.chi2 / size).ln() / (strong.chi2 / weak.chi2.max(1e-3 * size)).ln();
                    // A secant may creep up from one side: every third step is a bisection.
                    let share = if round % 3 == 2 { 0.5 } else { (share + 0.02).clamp(0.05, 0.95) };
                    strong.regulator * (weak.regulator / strong.regulator).powf(share)
                }
                Rule::LCurve => return,
                Rule::Gcv | Rule::Evidence => {
                    if round >= 3 || i == 0 || i + 1 >= path.len() {
                        return;
                    }
                    let target = |t: &Trial| match resolve(self.rule, self.usual, &path) {
                        Rule::Gcv => -t.chi2.ln() + 2.0 * (1.0 - t.effective / size).ln(),
                        _ => t.log_evidence.unwrap_or(f64::NAN),
                    };
                    let at = |t: &Trial| t.regulator.ln();
                    let (a, b, c) = (&path[i - 1], &path[i], &path[i + 1]);
                    let (left, right) = (at(a) - at(b), at(c) - at(b));
                    let (up, down) = ((target(a) - target(b)) / left, (target(c) - target(b)) / right);
                    let (curvature, slope) =
                        ((up - down) / (left - right), (up * -right + down * left) / (left - right));
                    let vertex = -0.5 * slope / curvature;
                    if !vertex.is_finite() || vertex >= left || vertex <= right || vertex.abs() < 0.02 {
                        return;
                    }
                    b.regulator * vertex.exp()
                }
            };
            if between(tried, regulator).is_none() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inverse::{Kernel, Method, Shape, mock, solve};

    fn trial(regulator: f64, chi2: f64, penalty: f64, effective: f64, log_evidence: f64) -> Trial {
        Trial { regulator, chi2, penalty, effective, log_evidence: Some(log_evidence) }
    }

    #[test]
    fn each_rule_takes_the_trial_of_its_definition() {
        let path = [
            trial(1e3, 1e4, 1.0, 1.0, -5000.0),
            trial(1e2, 40.0, 2.0, 3.0, -60.0),
            trial(1e1, 9.0, 3.0, 5.0, -30.0),
            trial(1e0, 8.0, 30.0, 6.0, -28.0),
            trial(1e-1, 7.9, 3e3, 8.0, -90.0),
        ];
        let by = |rule| choose(rule, Rule::Discrepancy, &path, 10);
        assert_eq!(by(Rule::Discrepancy), 2);
        assert_eq!(by(Rule::Usual), 2);
        assert_eq!(by(Rule::LCurve), 2);
        assert_eq!(by(Rule::Evidence), 3);
        // 9 / (1 - 0.5)^2 = 36 is the least: 123, 81.6, 36, 50, 197.
        assert_eq!(by(Rule::Gcv), 2);
        // 40 with 3 parameters is what noise of 25 points can do.
        assert_eq!(choose(Rule::Discrepancy, Rule::Discrepancy, &path[1..2], 25), 0);
        // Nothing sober is anywhere near 8: the first that gets there, and without one the first within 1 of the smallest.
        assert_eq!(choose(Rule::Discrepancy, Rule::Discrepancy, &path, 8), 3);
        assert_eq!(choose(Rule::Discrepancy, Rule::Discrepancy, &path[..2], 8), 1);
        let silent = path.map(|t| Trial { log_evidence: None, ..t });
        assert_eq!(choose(Rule::Evidence, Rule::Discrepancy, &silent, 10), 2);
    }

    /// What all methods promise, on kernels, noises, shapes and sizes: values that are finite, `chi^2` that is that of the values, a
    /// regulator that was tried (but for averages), and no negative value where none is allowed.
    #[test]
    fn every_method_answers_with_a_member_of_its_path() {
        let rules = [Rule::Usual, Rule::Discrepancy, Rule::LCurve, Rule::Gcv, Rule::Evidence];
        let sizes = [(2, 50), (7, 120), (25, 200), (60, 50)];
        for (n, kernel) in [Kernel::KallenLehmann, Kernel::Exponential, Kernel::Thermal].into_iter().enumerate() {
            for (k, noise) in [1e-6, 1e-3, 1e-1].into_iter().enumerate() {
                for (l, shape) in [Shape::DoublePeak, Shape::NotPositive, Shape::Transport].into_iter().enumerate() {
                    let (points, frequencies) = sizes[(n + k + 2 * l) % sizes.len()];
                    let data = mock::data(&mock::problem(kernel, points, frequencies), shape, noise, (n + l) as u64);
                    let rule = rules[(n + 2 * k + l) % rules.len()];
                    for rule in [Rule::Usual, rule] {
                        every_method_answers(&data, rule, &format!("{kernel:?} {points} {noise} {shape:?} {rule:?}"));
                    }
                }
            }
        }
    }

    /// Correlators that no positive spectral function has.
    #[test]
    fn data_without_a_positive_answer_are_no_cause_for_panic() {
        let data = mock::usual(1e-3);
        for wrong in
            [-&data.data, data.data.map_with_location(|i, _, b| if i % 2 == 0 { b } else { -b }), &data.data * 0.0]
        {
            every_method_answers(&data.with(wrong), Rule::Usual, "wrong data");
        }
    }

    fn every_method_answers(data: &crate::inverse::Whitened, rule: Rule, what: &str) {
        let settings = mock::settings(rule, data);
        for method in Method::ALL.into_iter().filter(|m| !m.is_network()) {
            let Some(fit) = solve(method, data, &settings) else {
                // Only data that are zero leave a scale open.
                assert!(data.data.amax() == 0.0, "{method:?}: {what}");
                continue;
            };
            assert!(fit.rho.iter().all(|r| r.is_finite()), "{method:?}: {what}");
            assert!((fit.chi2 - data.chi2(&fit.rho)).abs() <= 1e-9 * (1.0 + fit.chi2), "{method:?}: {what}");
            assert!(!method.is_positive() || fit.rho.min() >= 0.0, "{method:?}: {what}");
            assert!(fit.path.windows(2).all(|t| t[0].regulator != t[1].regulator), "{method:?}: {what}");
            let averaged = matches!(method, Method::MemBryan | Method::BrAveraged);
            if !averaged {
                let chosen = fit.path.iter().find(|t| t.regulator == fit.regulator);
                let chosen = chosen.unwrap_or_else(|| panic!("{method:?}: {what}: {} was not tried", fit.regulator));
                let scale = 1e-6 * data.data.norm_squared() + 1e-3 * fit.chi2;
                assert!((chosen.chi2 - fit.chi2).abs() <= scale, "{method:?}: {what}: {} {}", chosen.chi2, fit.chi2);
            }
        }
    }
}
