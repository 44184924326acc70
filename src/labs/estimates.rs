//! From measurements to estimates with error bars: what every lab of samplers does alike.

use crate::{
    lab::{Estimate, Estimator},
    stats::{self, Derived},
};

/// Where the effective sample size is not known to this fraction, a few samples of enormous weight decide, and their like that
/// were not drawn cannot show in any error bar.
const WILD: f64 = 0.1;

/// Whether an effective sample size, given with its error, is known well enough for weights to be believed.
pub fn weights_are_known((ess, error): (f64, f64)) -> bool {
    error <= WILD * ess
}

/// Fluctuations of less than this fraction are those of the arithmetic.
const ROUNDING: f64 = 1e-12;

/// A set of measurements and how to treat it.
pub struct Source<'a> {
    /// What it is.
    pub estimator: Estimator,
    /// The measurements with their weights.
    pub means: stats::Estimator<'a>,
    /// How many configurations it rests on.
    pub count: usize,
    /// Effective fraction of them, by weights; 1 without.
    pub weight_ess: f64,
    /// Whether their fluctuation tells the error.
    pub knows_its_error: bool,
}

impl Source<'_> {
    /// The estimate of a function of the means, without an error from fewer than `fewest` configurations.
    pub fn estimate(&self, f: &dyn Fn(&[f64]) -> f64, fewest: usize) -> Estimate {
        let result = self.means.derived(f);
        // No fluctuation at all is no knowledge of the error: a chain that never crossed, a model that lost a phase.
        let fluctuates = result.error > ROUNDING * result.value.abs();
        let known = self.knows_its_error && self.count >= fewest && fluctuates;
        let if_known = |value: f64| finite(value).filter(|_| known);
        let independent = self.count as f64 * self.weight_ess;
        Estimate {
            estimator: self.estimator,
            value: finite(result.value),
            error: if_known(result.error),
            tau_int: result.tau_int.and_then(if_known),
            ess: if_known(result.tau_int.map_or(independent, |tau| self.count as f64 / (2.0 * tau.max(0.5)))),
            count: self.count as u32,
        }
    }
}

/// The estimate of a number that is no function of means, given with its error.
pub fn number(estimator: Estimator, (value, error): (f64, f64), count: usize, fewest: usize) -> Estimate {
    Estimate {
        estimator,
        value: finite(value),
        error: finite(error).filter(|&e| e > ROUNDING * value.abs() && count >= fewest),
        tau_int: None,
        ess: None,
        count: count as u32,
    }
}

/// A fraction `p` of `n` trials with its error; the trials of a chain are not quite independent, so this is a lower bound on it.
pub fn fraction(p: f64, n: usize) -> (f64, f64) {
    (p, (p * (1.0 - p) / n.max(1) as f64).sqrt())
}

/// Independent visits to the rarer of two sides that a chain must have made for the errors of what depends on them to be known.
const FEWEST_VISITS: f64 = 10.0;

/// Whether a chain of `count` measurements has sampled both sides, given the fraction of them on one.
pub fn visits_both_sides(side: &Derived, count: usize) -> bool {
    // Without any visit there is no error, and no autocorrelation time.
    match side.tau_int {
        Some(tau) if side.error > 0.0 => {
            let independent = count as f64 / (2.0 * tau.max(0.5));
            independent * side.value.min(1.0 - side.value) >= FEWEST_VISITS
        }
        _ => false,
    }
}

/// A number that is not one is none.
pub fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}
