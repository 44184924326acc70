//! Neural samplers of lattice field theory, trained where you are and checked against exact answers.
//!
//! The crate is the same natively and in WebAssembly. It knows no page, no clock and no global random state.
//!
//! Start reading at [`lab`], the one abstraction; then a lab, [`labs::double_well_flow`]. The rest is named after the formula:
//!
//! | module | what it holds |
//! |---|---|
//! | [`lattice`], [`action`] | sites and neighbours; `S[x]` and its force |
//! | [`exact`] | answers known without sampling |
//! | [`mcmc`] | Markov chains: HMC, Metropolis, independence Metropolis |
//! | [`prior`], [`net`], [`objective`], [`optim`] | latent density, network, loss, Adam |
//! | [`inverse`] | spectral functions from correlators: kernels, data, solvers |
//! | [`observable`], [`stats`] | what is measured, and its error bar |
//! | [`rng`] | one seed, many streams |
//! | [`schema`], [`protocol`], [`session`], [`snapshot`], [`device`], [`error`], [`floats`] | data, words, driver, files, hardware |
//! | [`mod@bench`] | two fixed training steps, timed |

pub mod action;
pub mod bench;
pub mod device;
pub mod diffusion;
pub mod error;
pub mod exact;
pub mod floats;
pub mod inverse;
pub mod lab;
pub mod labs;
pub mod lattice;
pub mod mcmc;
pub mod net;
pub mod objective;
pub mod observable;
pub mod optim;
pub mod prior;
pub mod protocol;
pub mod rng;
pub mod schema;
pub mod session;
pub mod snapshot;
pub mod stats;
