//! Affine coupling flows (RealNVP, arXiv:1605.08803), on any even number of variables.

use burn::tensor::Tensor;

use super::{Layout, Leaves, Mlp};

/// A stack of affine couplings. With the variables split into halves `(a, b)`, a layer does
///
/// ```text
/// b -> b exp(s(a)) + t(a),   ln|det J| = sum_i s_i(a),
/// ```
///
/// and the next one the same to `a`, given the new `b`. `s = 2 tanh(r/2)` keeps a layer within a factor `e^2`. Pairs of layers
/// alternate between two ways to split: even against odd positions, and first against second half. On a path these are the
/// checkerboard and two half-circles; on Fourier modes they part cosines from sines and low from high frequencies.
///
/// Shapes: variables `[batch, variables]`, log-Jacobians `[batch]`.
#[derive(Debug, Clone)]
pub struct CouplingFlow {
    half: usize,
    layers: Vec<Mlp>,
}

/// The two ways to split the variables.
#[derive(Debug, Clone, Copy)]
enum Split {
    Alternating,
    Halves,
}

impl CouplingFlow {
    /// Lays out `layers` couplings whose networks have `hidden` units in each of two hidden layers. It starts as the
    /// identity.
    ///
    /// # Panics
    /// If `variables` is odd or there is no layer.
    pub fn new(layout: &mut Layout, variables: usize, layers: usize, hidden: usize) -> Self {
        assert!(variables.is_multiple_of(2), "a coupling needs two equal halves, not {variables} variables");
        assert!(layers > 0, "a flow needs a layer");
        let half = variables / 2;
        Self { half, layers: (0..layers).map(|_| Mlp::new(layout, half, hidden, variables)).collect() }
    }

    /// From latent to physical variables: `(x, ln|det dx/dz|)`.
    pub fn forward(&self, leaves: &Leaves<'_>, z: Tensor<2>) -> (Tensor<2>, Tensor<1>) {
        let mut x = z;
        let mut sums = Vec::with_capacity(self.layers.len());
        for (split, pair) in self.pairs() {
            let (mut a, mut b) = self.part(x, split);
            for layer in pair {
                let (s, t) = self.scale_and_shift(layer, leaves, a.clone());
                b = b * s.clone().exp() + t;
                sums.push(s.sum_dim(1));
                (a, b) = (b, a);
            }
            // An odd number of layers leaves the halves exchanged.
            x = if pair.len() == 2 { self.join(a, b, split) } else { self.join(b, a, split) };
        }
        (x, total(sums))
    }

    /// From physical to latent variables: `(z, ln|det dz/dx|)`.
    pub fn inverse(&self, leaves: &Leaves<'_>, x: Tensor<2>) -> (Tensor<2>, Tensor<1>) {
        let mut z = x;
        let mut sums = Vec::with_capacity(self.layers.len());
        for (split, pair) in self.pairs().collect::<Vec<_>>().into_iter().rev() {
            let (mut a, mut b) = self.part(z, split);
            if pair.len() == 1 {
                (a, b) = (b, a);
            }
            for layer in pair.iter().rev() {
                (a, b) = (b, a);
                let (s, t) = self.scale_and_shift(layer, leaves, a.clone());
                b = (b - t) * s.clone().neg().exp();
                sums.push(s.sum_dim(1).neg());
            }
            z = self.join(a, b, split);
        }
        (z, total(sums))
    }

    fn pairs(&self) -> impl Iterator<Item = (Split, &[Mlp])> {
        self.layers
            .chunks(2)
            .zip([Split::Alternating, Split::Halves].into_iter().cycle())
            .map(|(pair, split)| (split, pair))
    }

    fn scale_and_shift(&self, layer: &Mlp, leaves: &Leaves<'_>, a: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
        let out = layer.forward(leaves, a);
        let s = out.clone().narrow(1, 0, self.half).mul_scalar(0.5).tanh().mul_scalar(2.0);
        (s, out.narrow(1, self.half, self.half))
    }

    fn part(&self, x: Tensor<2>, split: Split) -> (Tensor<2>, Tensor<2>) {
        match split {
            Split::Halves => (x.clone().narrow(1, 0, self.half), x.narrow(1, self.half, self.half)),
            Split::Alternating => {
                let rows = x.dims()[0];
                let pairs = x.reshape([rows, self.half, 2]);
                let pick = |i| pairs.clone().narrow(2, i, 1).reshape([rows, self.half]);
                (pick(0), pick(1))
            }
        }
    }

    fn join(&self, a: Tensor<2>, b: Tensor<2>, split: Split) -> Tensor<2> {
        match split {
            Split::Halves => Tensor::cat(vec![a, b], 1),
            Split::Alternating => {
                let rows = a.dims()[0];
                let column = |x: Tensor<2>| x.reshape([rows, self.half, 1]);
                Tensor::cat(vec![column(a), column(b)], 2).reshape([rows, 2 * self.half])
            }
        }
    }
}

fn total(sums: Vec<Tensor<2>>) -> Tensor<1> {
    let rows = sums[0].dims()[0];
    Tensor::cat(sums, 1).sum_dim(1).reshape([rows])
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData};
    use nalgebra::DMatrix;

    use super::*;
    use crate::{
        net::Parameters,
        rng::{Rng, Stream},
    };

    fn random_flow(variables: usize, layers: usize) -> (CouplingFlow, Parameters) {
        let mut layout = Layout::default();
        let flow = CouplingFlow::new(&mut layout, variables, layers, 12);
        let mut rng = Rng::new(5, Stream::Init);
        let values = rng.normals(layout.len()).into_iter().map(|z| 0.3 * z).collect();
        (flow, Parameters::from_values(layout, values, &Device::flex()))
    }

    fn batch(rows: usize, columns: usize, rng: &mut Rng) -> Tensor<2> {
        Tensor::from_data(TensorData::new(rng.normals(rows * columns), [rows, columns]), &Device::flex())
    }

    fn host<const D: usize>(x: Tensor<D>) -> Vec<f32> {
        x.into_data().try_to_vec().unwrap()
    }

    #[test]
    fn the_inverse_undoes_the_flow_and_negates_its_log_jacobian() {
        let mut rng = Rng::new(1, Stream::Data);
        for (variables, layers) in [(2, 1), (6, 3), (16, 6), (18, 5)] {
            let (flow, parameters) = random_flow(variables, layers);
            let z = batch(32, variables, &mut rng);
            let (x, forward) = flow.forward(&parameters.fixed(), z.clone());
            let (back, inverse) = flow.inverse(&parameters.fixed(), x);
            for (u, v) in host(back).into_iter().zip(host(z)) {
                assert!((u - v).abs() < 2e-4, "{variables} variables, {layers} layers: {u} != {v}");
            }
            for (u, v) in host(forward).into_iter().zip(host(inverse)) {
                assert!((u + v).abs() < 2e-4, "{variables} variables, {layers} layers: {u} != -{v}");
            }
        }
    }

    #[test]
    fn the_log_jacobian_is_that_of_the_dense_jacobian_matrix() {
        let n = 6;
        let (flow, parameters) = random_flow(n, 4);
        let z = batch(1, n, &mut Rng::new(2, Stream::Data));
        let (_, log_det) = flow.forward(&parameters.fixed(), z.clone());
        // Column j of the Jacobian by central differences, all of them in one batch.
        let step = 1e-2_f32;
        let base = host(z);
        let shifted = (0..2 * n).flat_map(|row| {
            let mut z = base.clone();
            z[row / 2] += if row % 2 == 0 { step } else { -step };
            z
        });
        let shifted = Tensor::from_data(TensorData::new(shifted.collect(), [2 * n, n]), &Device::flex());
        let x = host(flow.forward(&parameters.fixed(), shifted).0);
        let jacobian = DMatrix::from_fn(n, n, |i, j| {
            f64::from(x[2 * j * n + i] - x[(2 * j + 1) * n + i]) / (2.0 * f64::from(step))
        });
        let expected = jacobian.determinant().abs().ln();
        let got = f64::from(host(log_det)[0]);
        assert!((got - expected).abs() < 2e-3, "{got} != {expected}");
    }

    #[test]
    fn it_starts_as_the_identity() {
        for layers in 1..6 {
            let mut layout = Layout::default();
            let flow = CouplingFlow::new(&mut layout, 8, layers, 16);
            let parameters = Parameters::init(layout, &mut Rng::new(3, Stream::Init), &Device::flex());
            let z = batch(4, 8, &mut Rng::new(3, Stream::Data));
            let (x, log_det) = flow.forward(&parameters.fixed(), z.clone());
            assert_eq!(host(x), host(z), "{layers} layers");
            assert!(host(log_det).iter().all(|&l| l == 0.0));
        }
    }
}
