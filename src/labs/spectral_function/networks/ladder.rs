//! How the regulator is lowered until the data are described, and no further.

use serde::{Deserialize, Serialize};

/// `ln 10 / 2`: each rung is the root of ten below the one before.
const RUNG: f64 = 1.151_292_546_497_022_8;
/// How often a rung is stepped on at most on the way down, and where it decides.
const STEPS_DOWN: u32 = 4;
const STEPS_AT_END: u32 = 12;
/// On the way down a step that gains less than this part of the value ends a rung.
const SMALL_GAIN: f64 = 0.02;
/// Near the end it must gain less than this part of the number of points.
const SETTLED: f64 = 0.05;
/// Within this part below the number of points `chi^2` equals it.
const CLOSE: f64 = 0.05;
/// The search ends where the logarithm of the strength is known to this.
const FINEST: f64 = 0.02;
/// Where `chi^2` falls by less than this part a rung, so many rungs in a row, it has come to its least value.
const FLAT: f64 = 0.01;
const FLAT_RUNGS: u32 = 2;
/// But not at the top, where the regulator is so strong that nothing moves yet: `chi^2` must have fallen to this part of its first
/// value, or the strength to that part of its own.
const FALLEN: f64 = 0.9;
const LOW: f64 = 1e-8;
/// Below this part of the first strength nothing is left of the regulator: the model cannot describe the data.
const HOPELESS: f64 = 1e-14;

/// The strength `lambda` and where it goes next.
///
/// It falls from rung to rung until `chi^2` is no more than the number of points; then it goes up and down between the strengths
/// that are known to be too weak and too strong until `chi^2` is within a twentieth below the number of points.
///
/// Noise can be such that no positive spectral function at all has so small a `chi^2`. Then it stops to fall, and what is a little
/// above its least value takes the place of the number of points: the ladder does not go on into the noise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ladder {
    start: f64,
    lambda: f64,
    /// Steps taken at this strength.
    steps: u32,
    /// Logarithms of the strongest `lambda` known to give `chi^2 <= points`, and of that `chi^2 / points`.
    weak: Option<(f64, f64)>,
    /// The same of the weakest known to give more.
    strong: Option<(f64, f64)>,
    /// `chi^2` at the end of the first rung and of the one before, and for how many rungs it has hardly fallen.
    first: Option<f64>,
    before: Option<f64>,
    flat: u32,
    /// What `chi^2` shall be, in units of the number of points: 1, or what can be reached.
    target: f64,
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
        Self {
            start,
            lambda: start,
            steps: 0,
            weak: None,
            strong: None,
            first: None,
            before: None,
            flat: 0,
            target: 1.0,
        }
    }

    pub(super) fn lambda(&self) -> f64 {
        self.lambda
    }

    /// Two rungs up, for other data of the same kind.
    pub(super) fn again(&mut self) {
        *self = Self { start: self.start, ..Self::new((10.0 * self.lambda).min(self.start)) };
    }

    /// The next rung down; whether there is none.
    pub(super) fn lower(&mut self) -> bool {
        self.lambda *= (-RUNG).exp();
        self.steps = 0;
        self.lambda < HOPELESS * self.start
    }

    /// Changes the strength where it is time to; whether the fit is finished.
    pub(super) fn climb(&mut self, rung: Rung, chi2: f64, points: f64) -> bool {
        if !rung.accepted {
            return false;
        }
        self.steps += 1;
        let points = points * self.target;
        let settled = rung.gained < SETTLED * points;
        if settled && chi2 <= points && chi2 >= (1.0 - CLOSE) * points {
            return true;
        }
        let Some((too_weak, _)) = self.weak else {
            if rung.gained >= SMALL_GAIN * rung.value && self.steps < STEPS_DOWN {
                return false;
            }
            let mut excess = (chi2 / points).ln();
            if excess > 0.0 {
                if !self.is_flat(chi2) {
                    return self.lower();
                }
                self.target *= (1.0 + CLOSE) * chi2 / points;
                excess = -(1.0 + CLOSE).ln();
            }
            self.weak = Some((self.lambda.ln(), excess));
            return self.strengthen();
        };
        // A strength is judged by its minimum, not by the way there.
        if !settled && self.steps < STEPS_AT_END {
            return false;
        }
        let here = (self.lambda.ln(), (chi2 / points).ln());
        if chi2 > points {
            self.strong = Some(here);
        } else {
            if here.0 <= too_weak && self.strong.is_some_and(|(strong, _)| strong - too_weak < FINEST) {
                return true;
            }
            self.weak = Some(here);
        }
        self.strengthen()
    }

    /// Whether `chi^2` has come to its least value.
    fn is_flat(&mut self, chi2: f64) -> bool {
        let first = *self.first.get_or_insert(chi2);
        let fallen = chi2 < FALLEN * first || self.lambda < LOW * self.start;
        let hardly = fallen && self.before.is_some_and(|before| before - chi2 < FLAT * before);
        self.flat = if hardly { self.flat + 1 } else { 0 };
        self.before = Some(chi2);
        self.flat >= FLAT_RUNGS
    }

    /// Half a rung up, or between the two strengths that are known.
    fn strengthen(&mut self) -> bool {
        self.steps = 0;
        let (Some((low, low_excess)), strong) = (self.weak, self.strong) else { return false };
        let next = match strong {
            None => low + 0.5 * RUNG,
            // At the jump of chi^2 that some data have, the weaker side.
            Some((high, _)) if high - low < FINEST => low,
            Some((high, high_excess)) => {
                let aim = (1.0 - 0.5 * CLOSE).ln();
                let part = (aim - low_excess) / (high_excess - low_excess);
                low + (high - low) * part.clamp(0.1, 0.9)
            }
        };
        self.lambda = next.exp();
        self.lambda >= 1e3 * self.start
    }
}
