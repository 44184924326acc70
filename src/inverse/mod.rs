//! Inverse problems: a spectral function from a few noisy points of a correlator.
//!
//! `D(x_j) = sum_i K(x_j, w_i) rho(w_i) dw`, and only `D` with its errors is known. The singular values of `K` fall like a cliff, so
//! that many `rho` fit the data equally well: every method adds a prejudice of its own, its regulator.
//!
//! [`Kernel`] and [`Grid`] make the [`Problem`], [`Shape`] a true answer to test with, [`Measured`] the data with their covariance;
//! [`Whitened`] is what all methods work on: matrix and data in units of the errors, which are then independent.

mod backus_gilbert;
#[cfg(test)]
mod benchmark;
mod dual;
mod entropy;
mod gaussian_process;
mod kernel;
mod measured;
mod method;
mod modes;
mod rbf;
mod rule;
mod shape;
mod sparse;
mod tikhonov;
mod tsvd;

use self::modes::{Decomposition, Modes};
pub use self::{
    kernel::{Grid, Kernel, Problem},
    measured::{Measured, NoiseModel, Whitened, correlation},
    method::{Fit, Method, Rule, Settings, Trial, solve},
    rule::choose,
    shape::{Peak, Shape},
};
