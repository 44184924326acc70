//! Masked convolutions in raster order, as published for continuous autoregressive networks.

use burn::tensor::{Device, Int, Tensor, TensorData};

use super::{Layout, Leaves, dense::affine};
use crate::lattice::Square;

/// Numbers for the conditional density of each spin in raster order, by `3 x 3` convolutions that see what comes before.
///
/// ```text
/// z_1(x) = sum over the 4 places before x of W_1 u + b_1              exclusive mask
/// z_l(x) = sum over these and x itself of W_l prelu(z_{l-1}) + b_l    inclusive mask, l = 2, 3, ...
/// ```
///
/// with zeros outside the lattice. The input is `u = theta/2 pi + 1/2`, or the Ising spin. To the right of each row above it has
/// the known blind spot, and it knows neither the torus nor the rotations of all spins.
///
/// What a site adds to each layer is kept, so that a configuration costs `O(N)` to draw.
///
/// - input: `[site, batch, 1]`, numbers: `[site, batch, numbers]`
///
/// Source: arXiv:2005.04857; A. van den Oord et al., arXiv:1606.05328 (masks and the blind spot).
#[derive(Debug, Clone)]
pub struct MaskedConv {
    lattice: Square,
    /// Channels of the input and after each layer.
    channels: Vec<usize>,
    first: usize,
}

/// The places before a site, as (rows up, columns right), and the site itself.
const PLACES: [(usize, isize); 5] = [(1, -1), (1, 0), (1, 1), (0, -1), (0, 0)];

impl MaskedConv {
    /// Lays out `layers` convolutions of `hidden` channels, the last with `numbers`.
    pub fn new(layout: &mut Layout, lattice: Square, hidden: usize, layers: usize, numbers: usize) -> Self {
        let channels: Vec<usize> = (0..=layers)
            .map(|l| {
                if l == 0 {
                    1
                } else if l == layers {
                    numbers
                } else {
                    hidden
                }
            })
            .collect();
        let mut first = 0;
        for (layer, pair) in channels.windows(2).enumerate() {
            let inputs = Self::places(layer).len() * pair[0];
            let index = layout.normal(&[inputs, pair[1]], (inputs as f64).powf(-0.5));
            if layer == 0 {
                first = index;
            }
            layout.zeros(&[1, pair[1]]);
            // What prelu starts with is 1/2 + this.
            layout.zeros(&[1, pair[1]]);
        }
        Self { lattice, channels, first }
    }

    fn places(layer: usize) -> &'static [(usize, isize)] {
        if layer == 0 { &PLACES[..4] } else { &PLACES }
    }

    fn layers(&self) -> usize {
        self.channels.len() - 1
    }

    /// The site at a place seen from `site`, if it is on the lattice.
    fn at(&self, site: usize, (up, right): (usize, isize)) -> Option<usize> {
        let side = self.lattice.side;
        let (row, column) = ((site / side).checked_sub(up)?, (site % side).checked_add_signed(right)?);
        (column < side).then_some(row * side + column)
    }

    /// An empty memory for `rows` configurations.
    pub fn memory(&self, rows: usize) -> Memory {
        let sites = self.lattice.sites();
        let layers = self.channels[..self.layers()].iter().map(|c| vec![0.0; sites * rows * c]).collect();
        Memory { layers, gathered: Vec::new(), rows }
    }

    /// The numbers of all rows at one site, on the host, given those before.
    pub fn evaluate(&self, layout: &Layout, flat: &[f32], site: usize, memory: &mut Memory, out: &mut [f32]) {
        let tensor = |i: usize| &flat[layout.range(self.first + i)];
        let rows = memory.rows;
        for layer in 0..self.layers() {
            let (inputs, outputs) = (self.channels[layer], self.channels[layer + 1]);
            let places = Self::places(layer);
            let width = places.len() * inputs;
            let gathered = &mut memory.gathered;
            gathered.clear();
            gathered.resize(rows * width, 0.0);
            for (slot, place) in places.iter().enumerate() {
                let Some(source) = self.at(site, *place) else { continue };
                let source = &memory.layers[layer][source * rows * inputs..(source + 1) * rows * inputs];
                for (row, source) in gathered.chunks_exact_mut(width).zip(source.chunks_exact(inputs)) {
                    row[slot * inputs..(slot + 1) * inputs].copy_from_slice(source);
                }
            }
            let (w, b) = (tensor(3 * layer), tensor(3 * layer + 1));
            if layer + 1 == self.layers() {
                affine(gathered, w, b, out);
            } else {
                let target = &mut memory.layers[layer + 1][site * rows * outputs..(site + 1) * rows * outputs];
                affine(gathered, w, b, target);
                let slopes = tensor(3 * layer + 2);
                for row in target.chunks_exact_mut(outputs) {
                    row.iter_mut().zip(slopes).for_each(|(z, slope)| *z = z.max(0.0) + (0.5 + slope) * z.min(0.0));
                }
            }
        }
    }

    /// The numbers of all rows at all sites, in one pass.
    pub fn forward(&self, leaves: &Leaves<'_>, x: Tensor<3>, device: &Device) -> Tensor<3> {
        let [sites, rows, _] = x.dims();
        let get = |i: usize| leaves.get::<2>(self.first + i);
        let mut h = x;
        for layer in 0..self.layers() {
            let (inputs, outputs) = (self.channels[layer], self.channels[layer + 1]);
            // Row 0 of the padded tensor is the outside.
            let outside = Tensor::<3>::zeros([1, rows, inputs], device).autodiff();
            let padded = Tensor::cat(vec![outside, h], 0);
            let gathered = Self::places(layer)
                .iter()
                .map(|place| {
                    let indices: Vec<i32> =
                        (0..sites).map(|site| self.at(site, *place).map_or(0, |s| s as i32 + 1)).collect();
                    let indices = Tensor::<1, Int>::from_data(TensorData::new(indices, [sites]), device).autodiff();
                    padded.clone().select(0, indices)
                })
                .collect();
            let gathered = Tensor::cat(gathered, 2).reshape([sites * rows, Self::places(layer).len() * inputs]);
            let z = gathered.matmul(get(3 * layer)) + get(3 * layer + 1);
            let z = if layer + 1 == self.layers() {
                z
            } else {
                let slope = get(3 * layer + 2).add_scalar(0.5);
                z.clone().clamp_min(0.0) + z.clamp_max(0.0) * slope
            };
            h = z.reshape([sites, rows, outputs]);
        }
        h
    }
}

/// What the sites before have added to each layer.
#[derive(Debug, Clone)]
pub struct Memory {
    /// Activations that enter each layer: `[site, row, channel]`.
    layers: Vec<Vec<f32>>,
    gathered: Vec<f32>,
    rows: usize,
}

impl Memory {
    /// Tells the input of a site in one configuration to the sites after it.
    pub fn set_input(&mut self, site: usize, row: usize, value: f32) {
        self.layers[0][site * self.rows + row] = value;
    }

    /// The inputs of a site.
    pub fn input(&self, site: usize) -> &[f32] {
        &self.layers[0][site * self.rows..(site + 1) * self.rows]
    }
}
