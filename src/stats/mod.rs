//! Error bars: autocorrelation, derived quantities, weights.

mod bootstrap;
mod estimator;
mod format;
mod gamma_method;
mod histogram;
mod jackknife;
mod log_weights;
mod series;

pub use bootstrap::bootstrap;
pub use estimator::{Derived, Estimator, Sampling};
pub use format::with_error;
pub use gamma_method::{GammaEstimate, gamma_method};
pub use histogram::Histogram;
pub use jackknife::jackknife;
pub use log_weights::{
    effective_sample_size, effective_sample_size_with_error, log_mean_exp_with_error, normalised_weights,
};
pub use series::Series;

/// Mean of independent values and its standard error.
pub fn mean_with_error(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}
