//! The learned part of a diffusion model: the mean of a configuration, given it with noise.

use burn::tensor::{Device, Tensor, TensorData};

use super::ModeStatistics;
use crate::{
    lattice::Square,
    net::{Layout, Leaves, Stencil, UNet, UNetShape, along_columns, along_rows},
    rng::Rng,
};

crate::choice! {
    /// What the denoiser is before anything is learned.
    pub enum Preconditioning {
        /// Independent sites: the best that can be said of a configuration from its root mean square alone (arXiv:2206.00364).
        Sites = ("sites", "independent sites"),
        /// A free field with the two-point function of the data, and two lumps for the lattice mean from its Binder cumulant: exact for Gaussian theories. What is left to learn is the interaction.
        Modes = ("modes", "free field of the data"),
    }
}

/// `D(y, sigma)`, the mean of `x` given `y = x + sigma z`, in units of the root mean square of the data:
///
/// ```text
/// D = D_0(y, sigma) + sigma^2/(1 + sigma^2) F(y, D_0, sqrt(V) mean(y); ln sigma),     score = (D - y)/sigma^2
/// ```
///
/// where `F` is a [`UNet`] and `D_0` the exact mean for the simple ensemble of [`Preconditioning`]:
/// `y/(1 + sigma^2)` for independent sites; for modes `C/(C + sigma^2) y_k`, and for the lattice mean that of two normal lumps.
/// `ln sigma` enters by random Fourier features. The factor before `F` keeps what is asked of it of order one at both ends:
/// for small noise `F` is the score itself, up to the linear part.
///
/// Shapes: fields `[b, v]`; `sigma` has one entry, or one for each row.
///
/// Source: arXiv:2206.00364, section 5, with its skip connection mode by mode.
#[derive(Debug, Clone)]
pub struct Denoiser {
    preconditioning: Preconditioning,
    net: UNet,
    /// Frequencies of the features of `ln sigma`.
    frequencies: Vec<f64>,
}

/// What a denoiser needs of a lattice.
#[derive(Debug, Clone)]
pub struct Grid {
    lattice: Square,
    stencils: Vec<Stencil>,
    /// Orthonormal Hartley transform along an axis: `[1, side, side]`, its own inverse.
    hartley: Tensor<3>,
    /// Variances of the modes within a lump, rows first.
    variances: Vec<f64>,
    /// `sqrt(V)` times the position of the lumps of the mean.
    lump: f64,
}

impl Grid {
    /// The same inside an autodiff graph, as constants.
    pub fn autodiff(&self) -> Self {
        Self {
            stencils: self.stencils.iter().map(Stencil::autodiff).collect(),
            hartley: self.hartley.clone().autodiff(),
            ..self.clone()
        }
    }

    /// The lattice.
    pub fn lattice(&self) -> Square {
        self.lattice
    }

    /// Fields to their modes `sum_x cas(k x) y(x) / sqrt(V)`, or back: `[b, v] -> [b, v]`. Diagonalises every map that commutes
    /// with translations and reflections.
    pub fn transform(&self, y: Tensor<2>) -> Tensor<2> {
        let y = y.unsqueeze_dim::<3>(2);
        along_columns(&self.hartley, along_rows(&self.hartley, y)).squeeze_dim(2)
    }
}

/// Features of `ln sigma`: sine and cosine of so many frequencies each.
const FREQUENCIES: usize = 8;
/// Width of the normal distribution of the frequencies, in turns per unit of `ln sigma`: the range of `ln sigma` is about 6.
const FREQUENCY_SCALE: f64 = 0.2;

impl Denoiser {
    /// Lays out the network; the frequencies are drawn from `rng`.
    pub fn new(
        layout: &mut Layout,
        preconditioning: Preconditioning,
        channels: usize,
        levels: usize,
        odd: bool,
        rng: &mut Rng,
    ) -> Self {
        let inputs = match preconditioning {
            Preconditioning::Sites => 2,
            Preconditioning::Modes => 3,
        };
        let shape = UNetShape { inputs, channels, levels, odd, features: 2 * FREQUENCIES + 1 };
        let net = UNet::new(layout, shape);
        let frequencies = (0..FREQUENCIES).map(|_| FREQUENCY_SCALE * rng.normal()).collect();
        Self { preconditioning, net, frequencies }
    }

    /// What it needs of a lattice, for data with these statistics.
    pub fn grid(&self, lattice: Square, statistics: &ModeStatistics, device: &Device) -> Grid {
        let side = lattice.side;
        let norm = (side as f64).sqrt().recip();
        let hartley = (0..side * side).map(|i| {
            let angle = 2.0 * std::f64::consts::PI * ((i / side) * (i % side) % side) as f64 / side as f64;
            (norm * (angle.cos() + angle.sin())) as f32
        });
        Grid {
            lattice,
            stencils: self.net.stencils(side, device),
            hartley: Tensor::from_data(TensorData::new(hartley.collect(), [1, side, side]), device),
            variances: statistics.variances(lattice),
            lump: statistics.lump * (lattice.sites() as f64).sqrt(),
        }
    }

    /// `D(y, sigma)`: `[b, v] -> [b, v]`.
    pub fn denoise(&self, leaves: &Leaves<'_>, grid: &Grid, y: Tensor<2>, sigma: &[f64]) -> Tensor<2> {
        let device = y.device();
        let column = |f: &dyn Fn(f64) -> f64| column(sigma, f, &device);
        let scaled = y.clone() * column(&|s| (1.0 + s * s).sqrt().recip());
        let volume = grid.lattice.sites();
        let mean = scaled.clone().mean_dim(1).mul_scalar((volume as f64).sqrt());
        let mean = (mean.clone() / mean.abs().add_scalar(1.0)).expand([y.dims()[0], volume]);
        let base = match self.preconditioning {
            Preconditioning::Sites => y * column(&|s| (1.0 + s * s).recip()),
            Preconditioning::Modes => self.free_field(grid, &y, sigma),
        };
        let channels: Vec<Tensor<3>> = match self.preconditioning {
            Preconditioning::Sites => vec![scaled, mean],
            Preconditioning::Modes => vec![scaled, base.clone(), mean],
        }
        .into_iter()
        .map(|field| field.unsqueeze_dim(2))
        .collect();
        let inputs = Tensor::cat(channels, 2);
        let features = self.features(sigma, &device);
        let learned = self.net.forward(leaves, &grid.stencils, inputs, features);
        base + learned * column(&|s| s * s / (1.0 + s * s))
    }

    /// `C/(C + sigma^2)` in every mode: `[b, v] -> [b, v]`.
    pub fn shrink(&self, grid: &Grid, y: Tensor<2>, sigma: &[f64]) -> Tensor<2> {
        let shrink = shrinkage(grid, sigma, &y.device());
        grid.transform(grid.transform(y) * shrink)
    }

    /// The exact mean for a free field whose lattice mean has two lumps.
    fn free_field(&self, grid: &Grid, y: &Tensor<2>, sigma: &[f64]) -> Tensor<2> {
        let device = y.device();
        let volume = grid.lattice.sites();
        let column = |f: &dyn Fn(f64) -> f64| column(sigma, f, &device);
        let modes = grid.transform(y.clone());
        let within = grid.variances[0];
        let side = (modes.clone().narrow(1, 0, 1) * column(&|s| grid.lump / (within + s * s))).tanh();
        let pulled = side * column(&|s| s * s / (within + s * s) * grid.lump / (volume as f64).sqrt());
        grid.transform(modes * shrinkage(grid, sigma, &device)) + pulled
    }

    fn features(&self, sigma: &[f64], device: &Device) -> Tensor<2> {
        let width = 2 * FREQUENCIES + 1;
        let mut values = Vec::with_capacity(sigma.len() * width);
        for s in sigma {
            let u = s.ln();
            values.push((0.3 * u) as f32);
            for f in &self.frequencies {
                let angle = 2.0 * std::f64::consts::PI * f * u;
                values.extend([angle.sin() as f32, angle.cos() as f32]);
            }
        }
        Tensor::from_data(TensorData::new(values, [sigma.len(), width]), device)
    }
}

/// `C/(C + sigma^2)` of every mode: `[n, v]`.
fn shrinkage(grid: &Grid, sigma: &[f64], device: &Device) -> Tensor<2> {
    let values: Vec<f32> =
        sigma.iter().flat_map(|s| grid.variances.iter().map(move |c| (c / (c + s * s)) as f32)).collect();
    Tensor::from_data(TensorData::new(values, [sigma.len(), grid.lattice.sites()]), device)
}

/// `f(sigma)` of each row: `[n, 1]`.
fn column(sigma: &[f64], f: &dyn Fn(f64) -> f64, device: &Device) -> Tensor<2> {
    let values: Vec<f32> = sigma.iter().map(|&s| f(s) as f32).collect();
    Tensor::from_data(TensorData::new(values, [sigma.len(), 1]), device)
}
