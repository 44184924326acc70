//! Networks whose output is a spectral function, and their tangent kernels.

use burn::tensor::{
    Device, Tensor,
    activation::{elu, relu, tanh},
};

use super::{Layout, Leaves};

crate::choice! {
    /// What stands between the layers of a network.
    pub enum Activation {
        /// x above zero, exp(x) - 1 below: the published choice.
        Elu = ("elu", "ELU"),
        /// Hyperbolic tangent.
        Tanh = ("tanh", "tanh"),
        /// x above zero, zero below.
        Relu = ("relu", "ReLU"),
        /// Nothing: a deep linear network. All it adds to one layer is what it prefers among equally good answers.
        Linear = ("linear", "none (deep linear)"),
    }
}

impl Activation {
    fn apply(self, x: Tensor<2>) -> Tensor<2> {
        match self {
            Self::Elu => elu(x, 1.0),
            Self::Tanh => tanh(x),
            Self::Relu => relu(x),
            Self::Linear => x,
        }
    }

    /// Its derivative at `x`, where its value is `y`.
    fn slope(self, x: Tensor<2>, y: Tensor<2>) -> Tensor<2> {
        match self {
            Self::Elu => x.clamp_max(0.0).exp(),
            Self::Tanh => y.square().neg().add_scalar(1.0),
            Self::Relu => x.sign().clamp_min(0.0),
            Self::Linear => x.ones_like(),
        }
    }
}

/// Which of the two networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// One input that is always 1, all frequencies at once as output; no biases.
    List,
    /// Features of one frequency in, the value there out; with biases.
    Point,
}

/// A multilayer perceptron `u = W_L s(... s(W_1 x))` with `L - 1` hidden layers of equal width.
///
/// - [`list`](Self::list), "NN": `x = 1`, `[1, 1] -> [1, N]`, no biases;
/// - [`point`](Self::point), "NN-P2P": `x` features of a frequency, `[N, F] -> [N, 1]`, with biases.
///
/// Weights start normal with variance `1 / fan_in`, the last layer's a hundredth of that. Source: arXiv:2111.14760, figure 1.
#[derive(Debug, Clone)]
pub struct SpectralNet {
    kind: Kind,
    activation: Activation,
    first: usize,
    layers: usize,
    input: Tensor<2>,
}

/// What one pass through the network leaves behind.
#[derive(Debug, Clone)]
pub struct SpectralPass {
    /// What enters each layer, `[rows, fan_in]`.
    entering: Vec<Tensor<2>>,
    /// What each layer makes of it, before the activation, `[rows, fan_out]`.
    affine: Vec<Tensor<2>>,
    /// `u`, `[N]`.
    pub output: Tensor<1>,
}

/// The derivatives of the output by the parameters, `J`: `[N, P]`, as far as training needs them.
#[derive(Debug, Clone)]
pub struct Tangent {
    /// `J J^T`: `[N, N]`, the neural tangent kernel (arXiv:1806.07572).
    pub kernel: Tensor<2>,
    /// `J theta`: `[N]`.
    pub along_parameters: Tensor<1>,
}

impl SpectralNet {
    /// From a constant to `outputs` values.
    pub fn list(
        layout: &mut Layout,
        [width, hidden]: [usize; 2],
        outputs: usize,
        activation: Activation,
        device: &Device,
    ) -> Self {
        let input = Tensor::ones([1, 1], device);
        Self::new(layout, Kind::List, [width, hidden], outputs, activation, input)
    }

    /// From the rows of `features`, `[N, F]`, to a value each.
    pub fn point(
        layout: &mut Layout,
        [width, hidden]: [usize; 2],
        features: Tensor<2>,
        activation: Activation,
    ) -> Self {
        Self::new(layout, Kind::Point, [width, hidden], 1, activation, features)
    }

    fn new(
        layout: &mut Layout,
        kind: Kind,
        [width, hidden]: [usize; 2],
        outputs: usize,
        activation: Activation,
        input: Tensor<2>,
    ) -> Self {
        let mut fan_in = input.dims()[1];
        let mut first = None;
        for layer in 0..=hidden {
            let last = layer == hidden;
            let fan_out = if last { outputs } else { width };
            let std = (fan_in as f64).powf(-0.5) * if last { 0.1 } else { 1.0 };
            let index = layout.normal(&[fan_in, fan_out], std);
            first.get_or_insert(index);
            if kind == Kind::Point {
                // Different units bend at different places.
                layout.normal(&[1, fan_out], if last { 0.0 } else { 0.5 });
            }
            fan_in = fan_out;
        }
        Self { kind, activation, first: first.unwrap_or(0), layers: hidden + 1, input }
    }

    fn tensors_per_layer(&self) -> usize {
        if self.kind == Kind::Point { 2 } else { 1 }
    }

    /// The index in the layout of the last layer's first tensor.
    pub fn last_layer(&self) -> usize {
        self.first + (self.layers - 1) * self.tensors_per_layer()
    }

    /// Evaluates it; with tracked `leaves` the output can be differentiated.
    pub fn forward(&self, leaves: &Leaves<'_>) -> SpectralPass {
        let tracked = leaves.get::<2>(self.first).is_autodiff();
        let mut h = if tracked { self.input.clone().autodiff() } else { self.input.clone() };
        let (mut entering, mut affine) = (Vec::new(), Vec::new());
        for layer in 0..self.layers {
            let index = self.first + layer * self.tensors_per_layer();
            entering.push(h.clone());
            let mut a = h.matmul(leaves.get(index));
            if self.kind == Kind::Point {
                a = a + leaves.get(index + 1);
            }
            affine.push(a.clone());
            h = if layer + 1 < self.layers { self.activation.apply(a) } else { a };
        }
        let count = h.shape().num_elements();
        SpectralPass { entering, affine, output: h.reshape([count]) }
    }

    /// The tangent kernel at fixed parameters.
    ///
    /// With `D_l = du / da_l`, `[N, fan_out]`, the part of `J` that belongs to layer `l` is an outer product of `D_l` and what
    /// enters the layer, so that `J J^T = sum_l (D_l D_l^T) * (h_{l-1} h_{l-1}^T + bias)` elementwise, and `J theta` is
    /// `sum_l rowsum(D_l * a_l)`.
    pub fn tangent(&self, leaves: &Leaves<'_>, pass: &SpectralPass) -> Tangent {
        let device = pass.output.device();
        let count = pass.output.dims()[0];
        let mut d = match self.kind {
            Kind::List => Tensor::<2>::eye(count, &device),
            Kind::Point => Tensor::<2>::ones([count, 1], &device),
        };
        let mut kernel: Option<Tensor<2>> = None;
        let mut along: Option<Tensor<2>> = None;
        for layer in (0..self.layers).rev() {
            let (h, a) = (pass.entering[layer].clone(), pass.affine[layer].clone());
            let mut inner = h.clone().matmul(h.transpose());
            if self.kind == Kind::Point {
                inner = inner.add_scalar(1.0);
            }
            // The identity times itself is no work worth doing.
            let outer = if self.kind == Kind::List && layer + 1 == self.layers {
                d.clone()
            } else {
                d.clone().matmul(d.clone().transpose())
            };
            let part = outer * inner;
            let row = (d.clone() * a).sum_dim(1);
            kernel = Some(kernel.map_or(part.clone(), |sum| sum + part));
            along = Some(along.map_or(row.clone(), |sum| sum + row));
            if layer > 0 {
                let weights: Tensor<2> = leaves.get(self.first + layer * self.tensors_per_layer());
                let before = pass.affine[layer - 1].clone();
                let slope = self.activation.slope(before, pass.entering[layer].clone());
                d = d.matmul(weights.transpose()) * slope;
            }
        }
        Tangent {
            kernel: kernel.expect("a network has a layer"),
            along_parameters: along.expect("a network has a layer").reshape([count]),
        }
    }
}

/// Features of frequencies for [`SpectralNet::point`]: with `y = asinh(w)` scaled to `[0, 1]`, `cos(pi k y)` and `sin(pi k y)`
/// for `k = 1..=waves`; without waves `y` itself, standardised. `[N, F]`, row by row.
///
/// A network of smooth units learns slow variations long before fast ones; waves as inputs take that away
/// (arXiv:2006.10739).
pub fn frequency_features(omega: &[f64], waves: usize) -> (Vec<f32>, usize) {
    let y: Vec<f64> = omega.iter().map(|w| w.asinh()).collect();
    let (low, high) = (y[0], y[y.len() - 1]);
    let scaled = y.iter().map(|y| (y - low) / (high - low).max(f64::MIN_POSITIVE));
    let row = |y: f64| -> Vec<f32> {
        if waves == 0 {
            return vec![(12f64.sqrt() * (y - 0.5)) as f32];
        }
        (1..=waves)
            .flat_map(|k| {
                let (sin, cos) = (std::f64::consts::PI * k as f64 * y).sin_cos();
                [cos as f32, sin as f32]
            })
            .collect()
    };
    (scaled.flat_map(row).collect(), if waves == 0 { 1 } else { 2 * waves })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        net::Parameters,
        rng::{Rng, Stream},
    };
    use burn::tensor::TensorData;

    fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data().try_to_vec().unwrap()
    }

    fn nets(activation: Activation) -> Vec<(SpectralNet, Parameters)> {
        let device = Device::flex();
        let mut rng = Rng::new(4, Stream::Init);
        let mut lists = Layout::default();
        let list = SpectralNet::list(&mut lists, [5, 3], 7, activation, &device);
        let mut points = Layout::default();
        let (features, width) = frequency_features(&[0.5, 1.0, 2.0, 3.0], 2);
        let features = Tensor::from_data(TensorData::new(features, [4, width]), &device);
        let point = SpectralNet::point(&mut points, [5, 2], features, activation);
        vec![(list, Parameters::init(lists, &mut rng, &device)), (point, Parameters::init(points, &mut rng, &device))]
    }

    /// Autodiff, one output at a time, gives `J`; the kernel and `J theta` in closed form must be its products.
    #[test]
    fn the_tangent_kernel_is_the_jacobian_times_itself() {
        for activation in [Activation::Elu, Activation::Tanh, Activation::Relu, Activation::Linear] {
            for (net, parameters) in nets(activation) {
                let fixed = parameters.fixed();
                let pass = net.forward(&fixed);
                let tangent = net.tangent(&fixed, &pass);
                let n = pass.output.dims()[0];
                let rows: Vec<Tensor<1>> = (0..n)
                    .map(|i| {
                        let leaves = parameters.tracked();
                        let output = net.forward(&leaves).output;
                        leaves.gradient(&output.slice(i..i + 1).backward())
                    })
                    .collect();
                let j: Tensor<2> = Tensor::stack(rows, 0);
                let along = j.clone().matmul(parameters.flat().reshape([-1, 1]));
                let product = j.clone().matmul(j.transpose());
                let close = |a: Vec<f32>, b: Vec<f32>| {
                    let scale = b.iter().fold(0f32, |m, v| m.max(v.abs()));
                    a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-5 * scale)
                };
                assert!(close(values(tangent.kernel), values(product)), "{activation:?}: kernel");
                assert!(close(values(tangent.along_parameters), values(along)), "{activation:?}: J theta");
            }
        }
    }
}
