//! Gradients of expectations by the score function.

use burn::tensor::{Device, Tensor, TensorData};

/// What each of `n` samples `x` of a model adds to the gradient of `E_q[R]`, `R = ln q(x) + S(x)`:
///
/// ```text
/// grad E_q[R] = E_q[(R - b) grad ln q],   A_i = (R_i - b_i)/n,   b_i = mean of R over the other samples,
/// ```
///
/// which is unbiased for every baseline that does not know the sample itself, and without noise once the model is exact and `R`
/// constant. Samples of different temperatures have different `R`: those of `groups` equal stretches are compared among
/// themselves.
///
/// Source: R. J. Williams, Mach. Learn. 8 (1992) 229; for the variational free energy arXiv:1809.10606.
pub fn advantages(rewards: &[f64], groups: usize) -> Vec<f64> {
    let size = rewards.len() / groups;
    debug_assert!(size > 1 && size * groups == rewards.len());
    let n = rewards.len() as f64;
    rewards
        .chunks_exact(size)
        .flat_map(|group| {
            let mean = group.iter().sum::<f64>() / size as f64;
            // R_i minus the mean of the others is (R_i - mean) size/(size - 1).
            let scale = size as f64 / (size as f64 - 1.0) / n;
            group.iter().map(move |r| scale * (r - mean))
        })
        .collect()
}

/// A tensor `[1]` whose gradient by the parameters is that of `sum_b A_b ln q_b`: its value means nothing.
///
/// With the numbers `y` that the network gives to each factor of `q`, the chain rule needs `d ln q/dy` only:
/// `sum_{s,b} A_b (d ln q_b/dy_{s,b}) . y_{s,b}` has the same gradient at the present parameters.
///
/// - `numbers`: `[site, batch, numbers]`; `gradient`: the same, flat; `advantages`: `[batch]`
pub fn score_function(numbers: Tensor<3>, gradient: &[f32], advantages: &[f64], device: &Device) -> Tensor<1> {
    let [sites, rows, count] = numbers.dims();
    debug_assert_eq!(rows, advantages.len());
    let weighted = gradient
        .chunks_exact(count)
        .zip(advantages.iter().cycle())
        .flat_map(|(gradient, a)| gradient.iter().map(|g| g * *a as f32))
        .collect();
    let weighted = Tensor::<3>::from_data(TensorData::new(weighted, [sites, rows, count]), device).autodiff();
    (numbers * weighted).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_reward_has_no_advantage_and_groups_are_apart() {
        assert_eq!(advantages(&[3.0; 4], 1), [0.0; 4]);
        assert_eq!(advantages(&[1.0, 3.0, 10.0, 30.0], 2), [-0.5, 0.5, -5.0, 5.0]);
    }

    #[test]
    fn the_gradient_by_the_numbers_is_the_weighted_score() {
        let device = Device::flex();
        let numbers = Tensor::<3>::ones([2, 2, 1], &device).autodiff().require_grad();
        let loss = score_function(numbers.clone(), &[1.0, 2.0, 3.0, 4.0], &[10.0, -1.0], &device);
        let gradient = numbers.grad(&loss.backward()).expect("the loss depends on them");
        assert_eq!(gradient.into_data().try_to_vec::<f32>().unwrap(), [10.0, -2.0, 30.0, -4.0]);
    }
}
