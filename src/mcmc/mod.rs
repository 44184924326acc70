//! Markov chain Monte Carlo on any [`Action`](crate::action::Action).

mod chain;
mod hmc;
mod independence;
mod langevin;
mod metropolis;
pub mod spins;
mod wolff;

pub use chain::{Chain, ChainState, Updater};
pub use hmc::Hmc;
pub use independence::{IndependenceChain, independence_metropolis};
pub use langevin::{Langevin, Mala};
pub use metropolis::Metropolis;
pub use wolff::Wolff;
