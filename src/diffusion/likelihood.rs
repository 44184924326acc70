//! The exact density of what the probability flow produces.

use burn::tensor::{Tensor, TensorData};

use crate::{device::read, error::Error};

/// Runge-Kutta steps of the flow when its density is wanted.
pub const LIKELIHOOD_STEPS: usize = 24;

/// Follows the probability flow `dy/du = y - D(y, e^u)`, `u = ln sigma`, from `u = from` down to `to`, by the classical
/// Runge-Kutta method, with the logarithm of its Jacobian: returns `y(to)` and `int_to^from div(y - D) du`, so that
///
/// ```text
/// ln q(y(to)) = ln p(y(from)) + int_to^from div (y - D) du.
/// ```
///
/// The divergence is exact: `gradient(y, sigma)` gives `D` and its diagonal derivatives `dD_i/dy_i` summed over the sites.
///
/// Shapes: `[b, v]`, and `b` numbers. Source: arXiv:2011.13456, eq. (39).
pub async fn with_log_density(
    mut y: Tensor<2>,
    from: f64,
    to: f64,
    gradient: impl AsyncFn(Tensor<2>, f64) -> Result<(Tensor<2>, Vec<f64>), Error>,
) -> Result<(Tensor<2>, Vec<f64>), Error> {
    let [batch, sites] = y.dims();
    let step = (to - from) / LIKELIHOOD_STEPS as f64;
    let mut integral = vec![0.0; batch];
    for i in 0..LIKELIHOOD_STEPS {
        let u = from + i as f64 * step;
        let mut slope: Option<Tensor<2>> = None;
        let mut last: Option<Tensor<2>> = None;
        for (at, weight) in [(0.0, 1.0), (0.5, 2.0), (0.5, 2.0), (1.0, 1.0)] {
            let point = last.map_or_else(|| y.clone(), |k| y.clone() + k.mul_scalar(at * step));
            let (d, divergence) = gradient(point.clone(), (u + at * step).exp()).await?;
            let k = point - d;
            for (integral, divergence) in integral.iter_mut().zip(divergence) {
                // The integral runs from `to` up to `from`, against the steps.
                *integral -= weight * step / 6.0 * (sites as f64 - divergence);
            }
            let part = k.clone().mul_scalar(weight);
            slope = Some(slope.map_or_else(|| part.clone(), |sum| sum + part.clone()));
            last = Some(k);
        }
        y = y + slope.expect("four stages").mul_scalar(step / 6.0);
    }
    Ok((y, integral))
}

/// `D` and the trace of its derivative, for each row of `y`: every row is repeated once for each site, and one backward pass
/// through the repeated batch gives all diagonal derivatives.
///
/// # Errors
/// [`Error::Device`] if they cannot be read.
pub async fn trace_of_derivative(
    denoiser: &impl Fn(Tensor<2>) -> Tensor<2>,
    y: Tensor<2>,
) -> Result<(Tensor<2>, Vec<f64>), Error> {
    let [batch, sites] = y.dims();
    let device = y.device();
    let repeated = y.unsqueeze_dim::<3>(1).expand([batch, sites, sites]).reshape([batch * sites, sites]);
    let repeated = repeated.autodiff().require_grad();
    let d = denoiser(repeated.clone());
    let mut diagonal = vec![0.0_f32; sites * sites];
    (0..sites).for_each(|i| diagonal[i * sites + i] = 1.0);
    let mask = Tensor::<3>::from_data(TensorData::new(diagonal, [1, sites, sites]), &device);
    let picked = d.clone().reshape([batch, sites, sites]) * mask.clone().autodiff();
    let gradients = picked.sum().backward();
    let gradient = repeated.grad(&gradients).unwrap_or_else(|| Tensor::zeros([batch * sites, sites], &device));
    let trace = (gradient.reshape([batch, sites, sites]) * mask).sum_dim(2).sum_dim(1).reshape([batch]);
    let d = d.without_autodiff().reshape([batch, sites, sites]).narrow(1, 0, 1).reshape([batch, sites]);
    Ok((d, read(trace).await?.into_iter().map(f64::from).collect()))
}
