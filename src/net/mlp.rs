//! A multilayer perceptron with two hidden layers.

use burn::tensor::{Tensor, activation::sigmoid};

use super::{Layout, Leaves};

/// `x -> W3 s(W2 s(W1 x + b1) + b2) + b3` with `s = tanh`, shapes `[batch, inputs] -> [batch, outputs]`.
///
/// `W1, W2` start normal with variance `1 / fan_in`; `W3` and the biases start at zero, so that the output does too.
#[derive(Debug, Clone, Copy)]
pub struct Mlp {
    first: usize,
}

impl Mlp {
    /// Lays out the six tensors.
    pub fn new(layout: &mut Layout, inputs: usize, hidden: usize, outputs: usize) -> Self {
        let first = layout.normal(&[inputs, hidden], (inputs as f64).powf(-0.5));
        layout.zeros(&[1, hidden]);
        layout.normal(&[hidden, hidden], (hidden as f64).powf(-0.5));
        layout.zeros(&[1, hidden]);
        layout.zeros(&[hidden, outputs]);
        layout.zeros(&[1, outputs]);
        Self { first }
    }

    /// Evaluates it.
    pub fn forward(&self, leaves: &Leaves<'_>, x: Tensor<2>) -> Tensor<2> {
        let affine = |x: Tensor<2>, i: usize| x.matmul(leaves.get(self.first + i)) + leaves.get(self.first + i + 1);
        let h = squash(affine(x, 0));
        let h = squash(affine(h, 2));
        affine(h, 4)
    }
}

/// `tanh(x)` as `2 sigmoid(2 x) - 1`: on the CPU the sigmoid costs one exponential and has its derivative in one pass, where
/// tanh is a call to the mathematics library that takes a third of a training step.
fn squash(x: Tensor<2>) -> Tensor<2> {
    sigmoid(x.mul_scalar(2.0)).mul_scalar(2.0).sub_scalar(1.0)
}
