//! An autoregressive network that sees the frontier between visited and unvisited sites.

use burn::tensor::{Device, Tensor, TensorData, activation::sigmoid};

use super::{Layout, Leaves, dense::affine};
use crate::lattice::Square;

/// What one spin knows of the visited ones before it is drawn, in the frame of the spins that touch it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Frame {
    /// Direction of the sum `h` of the visited neighbours, a unit vector; angles are counted from it. For Ising spins `[sign, 0]`.
    pub direction: [f64; 2],
    /// `|h|`.
    pub strength: f64,
}

/// Numbers for the conditional density of each spin in raster order.
///
/// With nearest neighbours only, what the visited sites say about the unvisited ones is said by those that touch an unvisited
/// one: the last spin visited in every column, and the first row, which the last one touches around the torus. These `2 L`
/// spins are the input; there is no blind spot, and nothing else could help. They are rotated into the frame of the field of
/// the visited neighbours, so that the density turns with the configuration: exact O(2) symmetry up to reflections. Columns are
/// counted from the spin's own, around the torus.
///
/// ```text
/// z = W f + b + row_y + column_x,            h = z_1 * s(z_2)          gated first layer
/// z = W' h + b',                             h <- h + z_1 * s(z_2)     gated residual blocks
/// numbers = W'' h + b''
/// ```
///
/// with `s` the logistic function. An evaluation costs the same at every site: `O(N)` a configuration at a given width, but for
/// the `4 L` inputs.
///
/// - features: `[site, batch, features]`, numbers: `[site, batch, numbers]`
#[derive(Debug, Clone)]
pub struct Frontier {
    lattice: Square,
    components: usize,
    conditioned: bool,
    hidden: usize,
    numbers: usize,
    blocks: usize,
    first: usize,
}

/// Scalars beside the spins: the strength of the local field, and the temperature.
const SCALARS: usize = 1;

impl Frontier {
    /// Lays out the network. `components` is 2 for angles and 1 for Ising spins; a `conditioned` network is told the temperature.
    pub fn new(
        layout: &mut Layout,
        lattice: Square,
        components: usize,
        conditioned: bool,
        (hidden, blocks, numbers): (usize, usize, usize),
    ) -> Self {
        let mut net = Self { lattice, components, conditioned, hidden, numbers, blocks, first: 0 };
        net.first = layout.normal(&[net.features(), 2 * hidden], (net.features() as f64).powf(-0.5));
        layout.zeros(&[1, 2 * hidden]);
        layout.normal(&[lattice.side, 2 * hidden], 0.3);
        layout.normal(&[lattice.side, 2 * hidden], 0.3);
        for _ in 0..blocks {
            layout.normal(&[hidden, 2 * hidden], (hidden as f64).powf(-0.5));
            layout.zeros(&[1, 2 * hidden]);
        }
        layout.normal(&[hidden, numbers], 0.01);
        // Components of a mixture must differ, or they would stay equal.
        layout.normal(&[1, numbers], 0.2);
        net
    }

    /// Inputs of a site.
    pub fn features(&self) -> usize {
        2 * self.lattice.side * self.components + SCALARS + usize::from(self.conditioned)
    }

    /// The visited neighbours of a site.
    fn visited(&self, site: usize) -> impl Iterator<Item = usize> {
        self.lattice.neighbours(site).into_iter().filter(move |n| *n < site)
    }

    /// The frame of a site that is not the first, for one configuration of `components` numbers a site.
    pub fn frame(&self, site: usize, spins: impl Fn(usize) -> [f64; 2]) -> Frame {
        let mut h = [0.0; 2];
        let mut last = [1.0, 0.0];
        for n in self.visited(site) {
            last = spins(n);
            h = [h[0] + last[0], h[1] + last[1]];
        }
        let strength = h[0].hypot(h[1]);
        // Neighbours that cancel: the direction of one of them serves as well as any.
        let direction = if strength < 1e-9 { last } else { [h[0] / strength, h[1] / strength] };
        Frame { direction, strength }
    }

    /// The inputs of a site.
    pub fn input(&self, site: usize, frame: Frame, beta: f64, spins: impl Fn(usize) -> [f64; 2], out: &mut [f32]) {
        let side = self.lattice.side;
        let (row, column) = (site / side, site % side);
        let [c, s] = frame.direction;
        let mut write = |slot: usize, source: Option<usize>| {
            let [a, b] = source.map_or([0.0; 2], &spins);
            out[slot * self.components] = (a * c + b * s) as f32;
            if self.components == 2 {
                out[slot * 2 + 1] = (b * c - a * s) as f32;
            }
        };
        for d in 0..side {
            let x = (column + d) % side;
            let last = if x < column { Some(row * side + x) } else { row.checked_sub(1).map(|row| row * side + x) };
            write(d, last);
            write(side + d, (row > 0).then_some(x));
        }
        let scalars = &mut out[2 * side * self.components..];
        scalars[0] = (beta * frame.strength) as f32;
        if self.conditioned {
            scalars[1] = (beta - 1.0) as f32;
        }
    }

    /// The numbers of all rows at one site, on the host.
    pub fn evaluate(
        &self,
        layout: &Layout,
        flat: &[f32],
        site: usize,
        x: &[f32],
        scratch: &mut [Vec<f32>; 2],
        out: &mut [f32],
    ) {
        let tensor = |i: usize| &flat[layout.range(self.first + i)];
        let (hidden, wide) = (self.hidden, 2 * self.hidden);
        let rows = x.len() / self.features();
        let [z, h] = scratch;
        z.resize(rows * wide, 0.0);
        h.resize(rows * hidden, 0.0);
        let (y, column) = (site / self.lattice.side, site % self.lattice.side);
        let place = |i: usize, at: usize| &tensor(i)[at * wide..(at + 1) * wide];
        let bias: Vec<f32> = tensor(1)
            .iter()
            .zip(place(2, y))
            .zip(place(3, column))
            .map(|((b, row), column)| b + row + column)
            .collect();
        affine(x, tensor(0), &bias, z);
        h.fill(0.0);
        gate(z, hidden, h);
        for block in 0..self.blocks {
            affine(h, tensor(4 + 2 * block), tensor(5 + 2 * block), z);
            gate(z, hidden, h);
        }
        affine(h, tensor(4 + 2 * self.blocks), tensor(5 + 2 * self.blocks), out);
    }

    /// The numbers of all rows at all sites, in one pass.
    pub fn forward(&self, leaves: &Leaves<'_>, x: Tensor<3>, device: &Device) -> Tensor<3> {
        let [sites, rows, features] = x.dims();
        let (side, hidden, wide) = (self.lattice.side, self.hidden, 2 * self.hidden);
        let places = |of: fn(usize, usize) -> usize| {
            let mut one_hot = vec![0.0_f32; sites * side];
            (0..sites).for_each(|site| one_hot[site * side + of(site, side)] = 1.0);
            Tensor::<2>::from_data(TensorData::new(one_hot, [sites, side]), device).autodiff()
        };
        let get = |i: usize| leaves.get::<2>(self.first + i);
        let bias =
            get(1) + places(|site, side| site / side).matmul(get(2)) + places(|site, side| site % side).matmul(get(3));
        let z = x.reshape([sites * rows, features]).matmul(get(0)).reshape([sites, rows, wide]);
        let z = (z + bias.reshape([sites, 1, wide])).reshape([sites * rows, wide]);
        let gated = |z: Tensor<2>| z.clone().narrow(1, 0, hidden) * sigmoid(z.narrow(1, hidden, hidden));
        let mut h = gated(z);
        for block in 0..self.blocks {
            let z = h.clone().matmul(get(4 + 2 * block)) + get(5 + 2 * block);
            h = h + gated(z);
        }
        let out = h.matmul(get(4 + 2 * self.blocks)) + get(5 + 2 * self.blocks);
        out.reshape([sites, rows, self.numbers])
    }
}

/// `h += z_1 s(z_2)` row by row.
fn gate(z: &[f32], hidden: usize, h: &mut [f32]) {
    for (z, h) in z.chunks_exact(2 * hidden).zip(h.chunks_exact_mut(hidden)) {
        let (value, gate) = z.split_at(hidden);
        for ((h, value), gate) in h.iter_mut().zip(value).zip(gate) {
            *h += value / (1.0 + (-gate).exp());
        }
    }
}
