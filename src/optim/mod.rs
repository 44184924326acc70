//! The optimisers and the learning-rate schedule.

mod adam;
mod gauss_newton;
mod schedule;

pub use adam::Adam;
pub use gauss_newton::{Damping, Step, System};
pub use schedule::Schedule;
