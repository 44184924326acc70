//! The optimiser and its learning-rate schedule.

mod adam;
mod schedule;

pub use adam::Adam;
pub use schedule::Schedule;
