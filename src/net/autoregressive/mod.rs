//! Autoregressive densities of spin configurations.

#[cfg(test)]
mod tests;

use burn::tensor::{Device, Tensor};

use super::{Conditional, Layout, Leaves, frontier::Frame, frontier::Frontier, masked_conv::MaskedConv};
use crate::{action::wrap, lattice::Square, rng::Rng};

/// Where the numbers of the conditional densities come from.
#[derive(Debug, Clone)]
pub enum Body {
    /// [`Frontier`].
    Frontier(Frontier),
    /// [`MaskedConv`].
    MaskedConv(MaskedConv),
}

/// A density of configurations as a product over sites in raster order,
///
/// ```text
/// q(s) = prod_i q(s_i | s_0, ..., s_{i-1}),
/// ```
///
/// whose every factor is normalised, so that drawing and evaluating are exact. The first spin is uniform, by the symmetry of the
/// theory.
///
/// A configuration is drawn on the host, site by site; what was computed for earlier sites is kept, and each factor costs the
/// same. The network is differentiated elsewhere, in one pass over all sites ([`forward`](Self::forward)): for
/// `L = sum_b A_b ln q(s_b)` only the gradient by the numbers that enter each factor is needed, and that is known here.
///
/// Source: arXiv:1809.10606 (discrete spins), arXiv:2005.04857 (angles).
#[derive(Debug, Clone)]
pub struct Autoregressive {
    lattice: Square,
    conditional: Conditional,
    body: Body,
    layout: Layout,
}

/// Configurations with everything known about their density.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Pass {
    /// Angles on `[-pi, pi)` or Ising spins: `[batch, site]`.
    pub values: Vec<f32>,
    /// `ln q` of each configuration.
    pub log_q: Vec<f64>,
    /// Inputs of the network: `[site, batch, inputs]`; empty if not asked for.
    pub inputs: Vec<f32>,
    /// Gradient of `ln q` by the numbers of each factor: `[site, batch, numbers]`; empty if not asked for.
    pub gradient: Vec<f32>,
}

/// Where the spins of a pass come from.
enum Source<'a> {
    Draw(&'a mut Rng),
    Given(&'a [f32]),
}

impl Autoregressive {
    /// A density whose numbers `body` computes with parameters laid out in `layout`.
    pub fn new(lattice: Square, conditional: Conditional, body: Body, layout: Layout) -> Self {
        Self { lattice, conditional, body, layout }
    }

    /// The layout of the parameters.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The family of its factors.
    pub fn conditional(&self) -> Conditional {
        self.conditional
    }

    /// Inputs of the network at a site.
    pub fn inputs(&self) -> usize {
        match &self.body {
            Body::Frontier(net) => net.features(),
            Body::MaskedConv(_) => 1,
        }
    }

    /// Draws a configuration for each inverse temperature in `betas`.
    pub fn draw(&self, flat: &[f32], betas: &[f64], rng: &mut Rng, for_training: bool) -> Pass {
        self.pass(flat, betas, Source::Draw(rng), for_training)
    }

    /// The density of given configurations, `[batch, site]`.
    pub fn evaluate(&self, flat: &[f32], betas: &[f64], values: &[f32], for_training: bool) -> Pass {
        self.pass(flat, betas, Source::Given(values), for_training)
    }

    fn pass(&self, flat: &[f32], betas: &[f64], mut source: Source<'_>, for_training: bool) -> Pass {
        let (sites, rows) = (self.lattice.sites(), betas.len());
        let (inputs, count) = (self.inputs(), self.conditional.numbers());
        let mut walk = Walk::new(self, rows);
        let mut pass = Pass { values: vec![0.0; rows * sites], log_q: vec![0.0; rows], ..Pass::default() };
        if for_training {
            pass.inputs = vec![0.0; sites * rows * inputs];
            pass.gradient = vec![0.0; sites * rows * count];
        }
        for site in 0..sites {
            walk.look(self, flat, site, betas);
            for row in 0..rows {
                let numbers = &walk.numbers[row * count..(row + 1) * count];
                let Frame { direction, strength } = walk.frames[row];
                let field = betas[row] * strength;
                // Drawn in the frame, stored in single precision outside of it; the density is that of what is stored.
                let stored = match &mut source {
                    Source::Given(values) => values[row * sites + site],
                    Source::Draw(rng) if site == 0 => self.conditional.draw_first(rng) as f32,
                    Source::Draw(rng) => self.turned(self.conditional.draw(numbers, field, rng), direction),
                };
                pass.values[row * sites + site] = stored;
                pass.log_q[row] += if site == 0 {
                    self.conditional.log_prob_first()
                } else {
                    let spin = self.seen(f64::from(stored), direction);
                    let slot = (site * rows + row) * count;
                    let gradient = if for_training { &mut pass.gradient[slot..slot + count] } else { &mut [] };
                    self.conditional.log_prob(numbers, field, spin, gradient)
                };
                walk.set(self, site, row, stored);
            }
            if for_training {
                let stretch = site * rows * inputs..(site + 1) * rows * inputs;
                match &walk.memory {
                    None => pass.inputs[stretch].copy_from_slice(&walk.features),
                    Some(memory) => pass.inputs[stretch].copy_from_slice(memory.input(site)),
                }
            }
        }
        pass
    }

    /// The density of the spin at `site`, given those before it in `values`, at each of `spins`.
    pub fn density(&self, flat: &[f32], beta: f64, values: &[f32], site: usize, spins: &[f64]) -> Vec<f64> {
        let mut walk = Walk::new(self, 1);
        for (earlier, value) in values[..site].iter().enumerate() {
            walk.look(self, flat, earlier, &[beta]);
            walk.set(self, earlier, 0, *value);
        }
        walk.look(self, flat, site, &[beta]);
        let Frame { direction, strength } = walk.frames[0];
        spins
            .iter()
            .map(|spin| {
                let ln_q = if site == 0 {
                    self.conditional.log_prob_first()
                } else {
                    self.conditional.log_prob(&walk.numbers, beta * strength, self.seen(*spin, direction), &mut [])
                };
                ln_q.exp()
            })
            .collect()
    }

    /// The numbers of every factor, in one pass that can be differentiated.
    ///
    /// - `inputs`: `[site, batch, inputs]`; returns `[site, batch, numbers]`
    pub fn forward(&self, leaves: &Leaves<'_>, inputs: Tensor<3>, device: &Device) -> Tensor<3> {
        match &self.body {
            Body::Frontier(net) => net.forward(leaves, inputs, device),
            Body::MaskedConv(net) => net.forward(leaves, inputs, device),
        }
    }

    /// From the frame to the lattice.
    fn turned(&self, spin: f64, direction: [f64; 2]) -> f32 {
        if self.conditional.is_angular() {
            wrap(spin + direction[1].atan2(direction[0])) as f32
        } else {
            (spin * direction[0]) as f32
        }
    }

    /// From the lattice into the frame.
    fn seen(&self, spin: f64, direction: [f64; 2]) -> f64 {
        if self.conditional.is_angular() { wrap(spin - direction[1].atan2(direction[0])) } else { spin * direction[0] }
    }
}

/// The state of a walk over the sites.
struct Walk {
    rows: usize,
    /// Spins as vectors: `[site, row]`.
    spins: Vec<[f64; 2]>,
    frames: Vec<Frame>,
    features: Vec<f32>,
    numbers: Vec<f32>,
    scratch: [Vec<f32>; 2],
    memory: Option<super::masked_conv::Memory>,
}

impl Walk {
    fn new(model: &Autoregressive, rows: usize) -> Self {
        let no_frame = Frame { direction: [1.0, 0.0], strength: 0.0 };
        let memory = match &model.body {
            Body::Frontier(_) => None,
            Body::MaskedConv(net) => Some(net.memory(rows)),
        };
        Self {
            rows,
            spins: vec![[0.0; 2]; model.lattice.sites() * rows],
            frames: vec![no_frame; rows],
            features: vec![0.0; rows * model.inputs()],
            numbers: vec![0.0; rows * model.conditional.numbers()],
            scratch: [Vec::new(), Vec::new()],
            memory,
        }
    }

    /// Computes the numbers of `site` from the spins before it.
    fn look(&mut self, model: &Autoregressive, flat: &[f32], site: usize, betas: &[f64]) {
        match &model.body {
            Body::Frontier(_) if site == 0 => {}
            Body::Frontier(net) => {
                let (rows, all) = (self.rows, &self.spins);
                let lines = self.features.chunks_exact_mut(model.inputs());
                for (row, (line, frame)) in lines.zip(&mut self.frames).enumerate() {
                    let spins = |site: usize| all[site * rows + row];
                    *frame = net.frame(site, spins);
                    net.input(site, *frame, betas[row], spins, line);
                }
                net.evaluate(&model.layout, flat, site, &self.features, &mut self.scratch, &mut self.numbers);
            }
            Body::MaskedConv(net) => {
                let memory = self.memory.as_mut().expect("made with the walk");
                net.evaluate(&model.layout, flat, site, memory, &mut self.numbers);
            }
        }
    }

    /// Tells the sites after it what the spin at `site` is.
    fn set(&mut self, model: &Autoregressive, site: usize, row: usize, value: f32) {
        let value = f64::from(value);
        let angular = model.conditional.is_angular();
        match &mut self.memory {
            None => {
                self.spins[site * self.rows + row] = if angular { [value.cos(), value.sin()] } else { [value, 0.0] }
            }
            Some(memory) => {
                let input = if angular { value / std::f64::consts::TAU + 0.5 } else { value };
                memory.set_input(site, row, input as f32);
            }
        }
    }
}
