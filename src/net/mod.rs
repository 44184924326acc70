//! Networks, as functions of their parameters.
//!
//! A network here is an architecture only: shapes and a forward function. Its numbers live in one flat vector
//! ([`Parameters`]), so that the optimiser, gradient clipping, snapshots and the transfer between devices are each a handful
//! of operations on one tensor instead of one per layer. On WebGPU, where a dispatch costs tens of microseconds, that is
//! most of the optimiser's time.

mod autoregressive;
pub mod beta;
mod conditional;
mod coupling;
pub mod dense;
mod fourier;
mod frontier;
mod masked_conv;
mod mlp;
mod parameters;
mod spectral;
mod stencil;
mod unet;
pub mod von_mises;

pub use autoregressive::{Autoregressive, Body, Pass};
pub use conditional::Conditional;
pub use coupling::CouplingFlow;
pub use fourier::{fourier_basis, fourier_frequencies};
pub use frontier::Frontier;
pub use masked_conv::MaskedConv;
pub use mlp::Mlp;
pub use parameters::{Layout, Leaves, Parameters};
pub use spectral::{Activation, SpectralNet, SpectralPass, Tangent, frequency_features};
pub use stencil::{Stencil, along_columns, along_rows};
pub use unet::{Shape as UNetShape, UNet};
