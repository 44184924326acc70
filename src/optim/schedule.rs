//! Learning-rate schedules.

use std::f64::consts::PI;

crate::choice! {
    /// How the learning rate falls over the planned steps.
    pub enum Schedule {
        /// It stays as it is.
        Constant = ("constant", "constant"),
        /// Half a cosine from the full rate down to 2 % of it at the end of the plan.
        Cosine = ("cosine", "cosine"),
    }
}

/// Where the cosine ends: not at zero, so that training that goes on past the plan still moves.
const FLOOR: f64 = 0.02;

impl Schedule {
    /// The factor on the learning rate after the fraction `done` of the plan.
    pub fn factor(self, done: f64) -> f64 {
        match self {
            Self::Constant => 1.0,
            Self::Cosine => FLOOR + (1.0 - FLOOR) * 0.5 * (1.0 + (PI * done.clamp(0.0, 1.0)).cos()),
        }
    }
}
