//! How the regulator is lowered until the data are described, and no further.

use serde::{Deserialize, Serialize};

/// `ln 10 / 2`: the first factor is the root of ten.
const FACTOR: f64 = 1.151_292_546_497_022_8;
/// Bisection ends at a strength known to this factor's logarithm.
const FINEST: f64 = 0.02;
/// How often a rung is stepped on at most.
const STEPS_PER_RUNG: u32 = 4;
/// A step that gains less than this part of the value ends a rung.
const SMALL_GAIN: f64 = 0.02;
/// Within this part below the number of points `chi^2` equals it.
const CLOSE: f64 = 0.03;
/// Below this part of the first strength nothing is left of the regulator: the model cannot describe the data.
const HOPELESS: f64 = 1e-14;

/// The strength and where it goes next.
///
/// It falls by factors of the root of ten until `chi^2` is no more than the number of points; then bisection finds where the two
/// are equal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ladder {
    start: f64,
    lambda: f64,
    /// Accepted steps at this strength.
    steps: u32,
    /// The last change of `ln lambda` once `chi^2` has been small enough.
    bracket: Option<f64>,
}

/// What a step has come to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rung {
    /// The function minimised.
    pub(super) value: f64,
    /// By how much it fell.
    pub(super) gained: f64,
    /// Whether the step was taken.
    pub(super) accepted: bool,
}

impl Ladder {
    pub(super) fn new(start: f64) -> Self {
        Self { start, lambda: start, steps: 0, bracket: None }
    }

    pub(super) fn lambda(&self) -> f64 {
        self.lambda
    }

    /// A factor of ten up, for other data of the same kind.
    pub(super) fn again(&mut self) {
        self.lambda = (10.0 * self.lambda).min(self.start);
        self.bracket = None;
        self.steps = 0;
    }

    /// The next rung down; whether there is none.
    pub(super) fn lower(&mut self, rung: Rung) -> bool {
        self.lambda *= (-FACTOR).exp();
        self.steps = 0;
        !rung.value.is_finite() || self.lambda < HOPELESS * self.start
    }

    /// Changes the strength where it is time to; whether the fit is finished.
    pub(super) fn climb(&mut self, rung: Rung, chi2: f64, points: f64) -> bool {
        if !rung.accepted {
            return false;
        }
        self.steps += 1;
        let settled = rung.gained < 0.05 * points.min(rung.value);
        if settled && chi2 <= points && chi2 >= (1.0 - CLOSE) * points {
            return true;
        }
        // A bracket is worth only as much as the minima it compares.
        let enough = if self.bracket.is_some() { settled } else { rung.gained < SMALL_GAIN * rung.value };
        if !enough && self.steps < STEPS_PER_RUNG {
            return false;
        }
        self.steps = 0;
        match self.bracket {
            None if chi2 > points => return self.lower(rung),
            None => {
                self.bracket = Some(0.5 * FACTOR);
                self.lambda *= (0.5 * FACTOR).exp();
            }
            Some(last) if last < FINEST => return true,
            Some(last) => {
                let change = 0.5 * last;
                self.bracket = Some(change);
                self.lambda *= if chi2 <= points { change.exp() } else { (-change).exp() };
            }
        }
        false
    }
}
