//! Spectral functions from correlators.

pub mod networks;
pub mod supervised;
