//! Diffusion models of lattice configurations: the process that adds noise, the denoiser that is learned, and the ways back.
//!
//! Every process here is `x_t = alpha_t (x_0 + sigma_t z)` with normal `z`. What is learned is the mean of `x_0` given
//! `x_0 + sigma z`, as a function of that and of `sigma`; the score and all samplers follow from it, whatever the process.

mod denoiser;
mod gaussian;
mod likelihood;
mod process;
mod sampler;

pub use denoiser::{Denoiser, Grid, Preconditioning};
pub use gaussian::ModeStatistics;
pub use likelihood::{trace_of_derivative, with_log_density};
pub use process::{Process, Sde};
pub use sampler::{Method, Reverse};
