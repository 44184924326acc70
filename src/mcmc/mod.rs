//! Markov chain Monte Carlo on any [`Action`](crate::action::Action).

mod chain;
mod hmc;
mod independence;
mod metropolis;
pub mod spins;

pub use chain::{Chain, ChainState, Updater};
pub use hmc::Hmc;
pub use independence::{IndependenceChain, independence_metropolis};
pub use metropolis::Metropolis;
