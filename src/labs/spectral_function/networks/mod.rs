//! A network fitted to one set of data through the fixed kernel, without any other spectrum to learn from.

mod fit;
mod ladder;
mod objective;
mod published;
mod settings;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::mock;

pub use fit::{FitState, NetworkFit, Saved};
pub use settings::{Link, NetworkKind, NetworkSettings, Optimiser, Regulator, Training};
