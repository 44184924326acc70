//! Markov chains of spins: Metropolis, over-relaxation, Wolff's clusters.

mod chain;
mod spin;
#[cfg(test)]
mod tests;
mod updates;

pub use chain::{Recipe, SpinChain, SpinChainState};
pub use spin::Spin;
