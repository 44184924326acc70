//! Adam on one flat vector of parameters.

use burn::tensor::{Device, Tensor};

/// Adam (arXiv:1412.6980, algorithm 1) with the gradient's norm clipped:
///
/// ```text
/// g <- g min(1, clip/|g|),  m <- b1 m + (1-b1) g,  v <- b2 v + (1-b2) g^2,
/// theta <- theta - rate (m/(1-b1^t)) / (sqrt(v/(1-b2^t)) + eps)
/// ```
///
/// with `b1 = 0.9, b2 = 0.999, eps = 1e-8`. Shapes: all `[P]`. Nothing is read back from the device.
#[derive(Debug, Clone)]
pub struct Adam {
    m: Tensor<1>,
    v: Tensor<1>,
    step: u32,
}

const BETA_1: f64 = 0.9;
const BETA_2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

impl Adam {
    /// Moments at zero, for `count` parameters.
    pub fn new(count: usize, device: &Device) -> Self {
        Self { m: Tensor::zeros([count], device), v: Tensor::zeros([count], device), step: 0 }
    }

    /// From saved moments.
    pub fn from_moments(m: Tensor<1>, v: Tensor<1>, step: u32) -> Self {
        Self { m, v, step }
    }

    /// First and second moments and the number of updates made.
    pub fn moments(&self) -> (Tensor<1>, Tensor<1>, u32) {
        (self.m.clone(), self.v.clone(), self.step)
    }

    /// The parameters after one update. `clip` bounds the norm of the gradient; infinity leaves it alone.
    pub fn update(&mut self, parameters: Tensor<1>, gradient: Tensor<1>, rate: f64, clip: f64) -> Tensor<1> {
        let gradient = if clip.is_finite() {
            let norm = gradient.clone().square().sum().sqrt();
            gradient * norm.add_scalar(1e-12).recip().mul_scalar(clip).clamp_max(1.0)
        } else {
            gradient
        };
        self.step += 1;
        let t = self.step.cast_signed();
        self.m = self.m.clone().mul_scalar(BETA_1) + gradient.clone().mul_scalar(1.0 - BETA_1);
        self.v = self.v.clone().mul_scalar(BETA_2) + gradient.square().mul_scalar(1.0 - BETA_2);
        // Both bias corrections as scalars: rate (m/c1)/(sqrt(v/c2) + eps) = (rate sqrt(c2)/c1) m/(sqrt(v) + eps sqrt(c2)).
        let (c1, c2) = (1.0 - BETA_1.powi(t), (1.0 - BETA_2.powi(t)).sqrt());
        parameters - self.m.clone().mul_scalar(rate * c2 / c1) / self.v.clone().sqrt().add_scalar(EPSILON * c2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_updates_match_the_algorithm_written_out() {
        let device = Device::flex();
        let mut adam = Adam::new(2, &device);
        let mut theta = Tensor::<1>::from_floats([1.0, -2.0], &device);
        let mut expected = [1.0_f64, -2.0];
        let (mut m, mut v) = ([0.0; 2], [0.0; 2]);
        for (t, g) in [[3.0, 4.0], [0.3, -0.1], [-0.2, 0.5]].into_iter().enumerate() {
            let gradient = Tensor::<1>::from_floats([g[0] as f32, g[1] as f32], &device);
            theta = adam.update(theta, gradient, 0.1, 1.0);
            let clip = (1.0 / f64::hypot(g[0], g[1])).min(1.0);
            for i in 0..2 {
                let g = g[i] * clip;
                m[i] = 0.9 * m[i] + 0.1 * g;
                v[i] = 0.999 * v[i] + 0.001 * g * g;
                let t = t as i32 + 1;
                expected[i] -=
                    0.1 * (m[i] / (1.0 - 0.9_f64.powi(t))) / ((v[i] / (1.0 - 0.999_f64.powi(t))).sqrt() + 1e-8);
            }
        }
        let got: Vec<f32> = theta.into_data().try_to_vec().unwrap();
        for (got, expected) in got.into_iter().zip(expected) {
            assert!((f64::from(got) - expected).abs() < 1e-5, "{got} != {expected}");
        }
    }
}
