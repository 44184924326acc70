//! How a regulator's strength is chosen, the same for all methods.

use super::{Rule, Trial};

/// The place in `path` (weakest last) that a rule chooses, for `points` data.
///
/// - Discrepancy: the strongest with `chi^2 <= points`; where none has, the one with the smallest `chi^2`.
/// - L-curve: where the curve of `ln penalty` against `ln chi^2` bends most (Hansen, SIAM Rev. 34, 561).
/// - GCV: smallest `chi^2 / (1 - effective / points)^2` (Golub, Heath, Wahba, Technometrics 21, 215).
/// - Evidence: largest [`Trial::log_evidence`].
pub fn choose(path: &[Trial], rule: Rule, points: usize) -> usize {
    let n = points as f64;
    let best = |score: &dyn Fn(usize) -> f64| {
        let scores = (0..path.len()).map(|i| (i, score(i))).filter(|(_, s)| !s.is_nan());
        scores.max_by(|a, b| a.1.total_cmp(&b.1)).map_or(path.len() - 1, |(i, _)| i)
    };
    match rule {
        Rule::Usual | Rule::Discrepancy => {
            path.iter().position(|t| t.chi2 <= n).unwrap_or_else(|| best(&|i| -path[i].chi2))
        }
        Rule::LCurve if path.len() > 2 => best(&|i| bend(path, i)),
        Rule::LCurve => path.len() - 1,
        Rule::Gcv => best(&|i| -(path[i].chi2.ln() - 2.0 * (1.0 - path[i].effective / n).max(1e-6).ln())),
        Rule::Evidence => best(&|i| path[i].log_evidence),
    }
}

/// Curvature of the L-curve at a place by the circle through it and its neighbours; positive at the corner.
fn bend(path: &[Trial], i: usize) -> f64 {
    if i == 0 || i + 1 == path.len() {
        return f64::NEG_INFINITY;
    }
    let at = |t: &Trial| (t.chi2.max(1e-300).ln(), t.penalty.max(1e-300).ln());
    let ((x0, y0), (x1, y1), (x2, y2)) = (at(&path[i - 1]), at(&path[i]), at(&path[i + 1]));
    let cross = (x1 - x0) * (y2 - y1) - (y1 - y0) * (x2 - x1);
    let lengths = (x1 - x0).hypot(y1 - y0) * (x2 - x1).hypot(y2 - y1) * (x2 - x0).hypot(y2 - y0);
    // From strong to weak the curve comes down in chi^2 and goes up in penalty: the corner is a turn to the right.
    if lengths > 1e-12 { -2.0 * cross / lengths } else { f64::NEG_INFINITY }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path() -> Vec<Trial> {
        // An L: chi^2 falls at constant penalty, then the penalty rises at constant chi^2.
        let trial = |k: i32, chi2: f64, penalty: f64| Trial {
            regulator: 10.0_f64.powi(-k),
            chi2,
            penalty,
            effective: f64::from(k),
            log_evidence: -f64::from((k - 2).pow(2)),
        };
        vec![
            trial(0, 1e6, 1.0),
            trial(1, 1e4, 1.1),
            trial(2, 1e2, 1.2),
            trial(3, 9.0, 1.5),
            trial(4, 8.0, 1e2),
            trial(5, 7.0, 1e4),
        ]
    }

    #[test]
    fn each_rule_finds_its_place() {
        assert_eq!(choose(&path(), Rule::Discrepancy, 10), 3);
        assert_eq!(choose(&path(), Rule::Discrepancy, 5), 5);
        assert_eq!(choose(&path(), Rule::LCurve, 10), 3);
        assert_eq!(choose(&path(), Rule::Evidence, 10), 2);
        // 9 / 0.49 < 8 / 0.36 < 7 / 0.25.
        assert_eq!(choose(&path(), Rule::Gcv, 10), 3);
    }
}
