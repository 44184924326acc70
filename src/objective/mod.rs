//! What training minimises, as functions of log-densities and actions: all `[batch] -> [1]`.

mod reinforce;

pub use reinforce::{advantages, score_function};

use burn::tensor::Tensor;

/// Variational free energy, or reverse Kullback-Leibler divergence up to `ln Z`:
///
/// ```text
/// E_q[ln q(x) + S(x)] = KL(q|p) - ln Z >= -ln Z
/// ```
///
/// on samples `x` of the model.
pub fn reverse_kl(log_q: Tensor<1>, action: Tensor<1>) -> Tensor<1> {
    (log_q + action).mean()
}

/// Negative log-likelihood of configurations of the theory, or forward Kullback-Leibler divergence up to `ln Z`:
///
/// ```text
/// -E_p[ln q(x) + S(x)] = KL(p|q) + ln Z >= ln Z.
/// ```
///
/// The action does not depend on the model; it is there so that the minimum is known.
pub fn forward_kl(log_q: Tensor<1>, action: Tensor<1>) -> Tensor<1> {
    (log_q + action).mean().neg()
}

/// `ln[(e^a + e^b)/2]`, the log-density of an equal mixture of two.
pub fn log_mean_exp_pair(a: Tensor<1>, b: Tensor<1>) -> Tensor<1> {
    let difference = (a.clone() - b.clone()).abs();
    (a + b + difference.clone()).mul_scalar(0.5) + difference.neg().exp().log1p().sub_scalar(std::f64::consts::LN_2)
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    #[test]
    fn the_mixture_is_stable_and_right() {
        let device = Device::flex();
        let a = Tensor::<1>::from_floats([0.0, -3.0, 500.0, -500.0], &device);
        let b = Tensor::<1>::from_floats([0.0, -1.0, -500.0, -501.0], &device);
        let got: Vec<f32> = log_mean_exp_pair(a, b).into_data().try_to_vec().unwrap();
        let two = 2.0_f64.ln();
        let expected = [
            0.0,
            ((-3.0_f64).exp() + (-1.0_f64).exp()).ln() - two,
            500.0 - two,
            -500.0 + (-1.0_f64).exp().ln_1p() - two,
        ];
        for (got, expected) in got.into_iter().zip(expected) {
            assert!((f64::from(got) - expected).abs() < 1e-4, "{got} != {expected}");
        }
    }
}
