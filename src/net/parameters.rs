//! One flat vector of parameters, and its division among layers.

use burn::tensor::{Device, Gradients, Tensor, TensorData};

use crate::rng::Rng;

/// How a weight starts.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Init {
    /// All zero.
    Zero,
    /// Normal with this standard deviation.
    Normal(f32),
}

/// The names, shapes and initial distributions of a network's tensors, in order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Layout {
    entries: Vec<(Vec<usize>, Init)>,
}

impl Layout {
    /// Adds a tensor that starts at zero; returns its index.
    pub fn zeros(&mut self, shape: &[usize]) -> usize {
        self.push(shape, Init::Zero)
    }

    /// Adds a tensor that starts normal with standard deviation `std`; returns its index.
    pub fn normal(&mut self, shape: &[usize], std: f64) -> usize {
        self.push(shape, Init::Normal(std as f32))
    }

    fn push(&mut self, shape: &[usize], init: Init) -> usize {
        self.entries.push((shape.to_vec(), init));
        self.entries.len() - 1
    }

    /// Where tensor number `index` lies in the flat vector.
    pub fn range(&self, index: usize) -> std::ops::Range<usize> {
        let length = |entry: &(Vec<usize>, Init)| entry.0.iter().product::<usize>();
        let start = self.entries[..index].iter().map(length).sum();
        start..start + length(&self.entries[index])
    }

    /// Number of parameters.
    pub fn len(&self) -> usize {
        self.entries.iter().map(|(shape, _)| shape.iter().product::<usize>()).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The parameters of a network: `[P]`, outside any autodiff graph.
#[derive(Debug, Clone)]
pub struct Parameters {
    layout: Layout,
    flat: Tensor<1>,
}

impl Parameters {
    /// Initial parameters, drawn on the host from `rng`.
    pub fn init(layout: Layout, rng: &mut Rng, device: &Device) -> Self {
        let mut values = Vec::with_capacity(layout.len());
        for (shape, init) in &layout.entries {
            let count = shape.iter().product();
            match *init {
                Init::Zero => values.resize(values.len() + count, 0.0),
                Init::Normal(std) => values.extend(rng.normals(count).into_iter().map(|z| z * std)),
            }
        }
        Self::from_values(layout, values, device)
    }

    /// Parameters with given values, in the order of the layout.
    ///
    /// # Panics
    /// If their number is not that of the layout.
    pub fn from_values(layout: Layout, values: Vec<f32>, device: &Device) -> Self {
        let count = layout.len();
        assert_eq!(values.len(), count, "parameters of another layout");
        let flat = Tensor::from_data(TensorData::new(values, [count]), device);
        Self { layout, flat }
    }

    /// The vector.
    pub fn flat(&self) -> Tensor<1> {
        self.flat.clone()
    }

    /// Replaces the vector.
    pub fn set_flat(&mut self, flat: Tensor<1>) {
        self.flat = flat;
    }

    /// The tensors as they are: nothing is recorded for differentiation.
    pub fn fixed(&self) -> Leaves<'_> {
        self.split(|leaf| leaf)
    }

    /// The tensors inside an autodiff graph but constant: gradients flow past them to the inputs.
    pub fn constant(&self) -> Leaves<'_> {
        self.split(Tensor::autodiff)
    }

    /// The tensors as leaves of an autodiff graph, to be differentiated by.
    pub fn tracked(&self) -> Leaves<'_> {
        self.split(|leaf| leaf.autodiff().require_grad())
    }

    fn split(&self, wrap: impl Fn(Tensor<1>) -> Tensor<1>) -> Leaves<'_> {
        let mut start = 0;
        let tensors = self
            .layout
            .entries
            .iter()
            .map(|(shape, _)| {
                let end = start + shape.iter().product::<usize>();
                let leaf = self.flat.clone().slice(start..end);
                start = end;
                wrap(leaf)
            })
            .collect();
        Leaves { layout: &self.layout, tensors }
    }
}

/// The tensors of a network for one pass through it.
#[derive(Debug, Clone)]
pub struct Leaves<'a> {
    layout: &'a Layout,
    tensors: Vec<Tensor<1>>,
}

impl Leaves<'_> {
    /// Tensor number `index` in its own shape.
    pub fn get<const D: usize>(&self, index: usize) -> Tensor<D> {
        let shape: [usize; D] = self.layout.entries[index].0.as_slice().try_into().expect("rank as laid out");
        self.tensors[index].clone().reshape(shape)
    }

    /// The gradient by all parameters as one vector `[P]`; zero where the loss does not depend on one.
    pub fn gradient(&self, gradients: &Gradients) -> Tensor<1> {
        let parts = self.tensors.iter().map(|leaf| {
            leaf.grad(gradients).unwrap_or_else(|| Tensor::zeros(leaf.dims(), &leaf.device().without_autodiff()))
        });
        Tensor::cat(parts.collect(), 0)
    }
}
