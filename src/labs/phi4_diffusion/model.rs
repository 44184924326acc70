//! The denoiser with its weights, and what is done with them: a training step, samples, densities.

use burn::tensor::{Device, Tensor, TensorData};

use super::params::{NoiseLevels, Objective, Params};
use crate::{
    action::Action as _,
    diffusion::{Denoiser, Grid, ModeStatistics, Process, Reverse, trace_of_derivative, with_log_density},
    error::Error,
    lattice::Square,
    net::{Layout, Leaves, Parameters},
    optim::Adam,
    rng::{Rng, Stream},
};

/// The network with the lattices it is used on.
pub struct Model {
    /// The denoiser.
    pub denoiser: Denoiser,
    /// Weights as the optimiser has them.
    pub weights: Parameters,
    /// Their running mean, with which samples are drawn.
    pub mean_weights: Parameters,
    /// Statistics of the training data: units, and where the denoiser starts.
    pub statistics: ModeStatistics,
    training_grid: Grid,
    /// The lattice that is sampled.
    pub grid: Grid,
    device: Device,
}

/// A batch for the objective, on the host.
pub struct Examples {
    /// Configurations in units of the data, `[batch, V]`.
    pub clean: Vec<f32>,
    /// Standard normals, `[batch, V]`.
    pub noise: Vec<f32>,
    /// Width of the noise of each.
    pub sigma: Vec<f64>,
    /// Score of the theory at the clean configurations in units of the data, `[batch, V]`, if it is to help.
    pub force: Option<Vec<f32>>,
}

impl Model {
    /// A network with initial weights.
    pub fn new(params: &Params, statistics: ModeStatistics, device: &Device, seed: u64) -> Self {
        let mut layout = Layout::default();
        let mut rng = Rng::new(seed, Stream::Init);
        let denoiser =
            Denoiser::new(&mut layout, params.preconditioning, params.channels, params.levels, params.odd, &mut rng);
        let weights = Parameters::init(layout, &mut rng, device);
        let grid = |side| denoiser.grid(Square { side }, &statistics, device);
        Self {
            training_grid: grid(params.training_theory().side).autodiff(),
            grid: grid(params.theory().side),
            mean_weights: weights.clone(),
            weights,
            denoiser,
            statistics,
            device: device.clone(),
        }
    }

    /// Other data: other units, another start.
    pub fn set_statistics(&mut self, statistics: ModeStatistics) {
        self.training_grid = self.denoiser.grid(self.training_grid.lattice(), &statistics, &self.device).autodiff();
        self.grid = self.denoiser.grid(self.grid.lattice(), &statistics, &self.device);
        self.statistics = statistics;
    }

    /// Denoising score matching with the weights `sigma^2` (arXiv:2011.13456, eq. (7)), of each example, per site:
    ///
    /// ```text
    /// |sigma s(y, sigma) + z|^2 / V = |D(x + sigma z, sigma) - x|^2 / (V sigma^2)
    /// ```
    ///
    /// The force `F(x)` of the action is a control variate: given `y`, both `F(x)` and `-z/sigma` have the score as their mean
    /// (arXiv:2402.08667), so that `x` may be replaced by
    ///
    /// ```text
    /// x + W (sigma z + sigma^2 F(x)),    W = C/(C + sigma^2) in every mode,
    /// ```
    ///
    /// which has the same mean given `y`, and for a free field no fluctuation about it at all.
    fn objective(&self, leaves: &Leaves<'_>, grid: &Grid, examples: &Examples, device: &Device) -> Tensor<1> {
        let shape = [examples.sigma.len(), grid.lattice().sites()];
        let tensor = |values: &[f32]| Tensor::<2>::from_data(TensorData::new(values.to_vec(), shape), device);
        let widths: Vec<f32> = examples.sigma.iter().map(|&s| s as f32).collect();
        let widths = Tensor::<2>::from_data(TensorData::new(widths, [shape[0], 1]), device);
        let clean = tensor(&examples.clean);
        let noise = tensor(&examples.noise) * widths.clone();
        let noisy = clean.clone() + noise.clone();
        let target = match &examples.force {
            None => clean,
            Some(force) => {
                let vanishing = noise + tensor(force) * widths.clone().square();
                clean + self.denoiser.shrink(grid, vanishing, &examples.sigma)
            }
        };
        let difference = self.denoiser.denoise(leaves, grid, noisy, &examples.sigma) - target;
        (difference / widths).square().mean_dim(1).reshape([shape[0]])
    }

    /// One update of the weights; the loss before it.
    pub fn train(&mut self, adam: &mut Adam, examples: &Examples, rate: f64, clip: f64, average: f64) -> Tensor<1> {
        let weights = self.weights.clone();
        let leaves = weights.tracked();
        let device = self.device.clone().autodiff();
        let loss = self.objective(&leaves, &self.training_grid, examples, &device).mean();
        let gradient = leaves.gradient(&loss.backward());
        let flat = adam.update(self.weights.flat(), gradient, rate, clip);
        self.weights.set_flat(flat.clone());
        // Early on the mean forgets the initial weights faster.
        let steps = f64::from(adam.moments().2);
        let decay = average.min(steps / (10.0 + steps));
        self.mean_weights.set_flat(self.mean_weights.flat().mul_scalar(decay) + flat.mul_scalar(1.0 - decay));
        loss.without_autodiff()
    }

    /// The objective with the mean weights, of each of the given examples: `[batch]`.
    pub fn test(&self, examples: &Examples) -> Tensor<1> {
        let grid = self.denoiser.grid(self.training_grid.lattice(), &self.statistics, &self.device);
        self.objective(&self.mean_weights.fixed(), &grid, examples, &self.device)
    }

    /// `D(y, sigma)` of the mean weights on the sampled lattice.
    pub fn denoise(&self, y: Tensor<2>, sigma: f64) -> Tensor<2> {
        self.denoiser.denoise(&self.mean_weights.fixed(), &self.grid, y, &[sigma])
    }

    /// The score `s = (D - y)/sigma^2` of the field in its own units, at configurations `[n, V]`.
    pub fn score(&self, phi: &[f32], sigma: f64) -> Tensor<2> {
        let scale = self.statistics.scale;
        let sites = self.grid.lattice().sites();
        let y: Vec<f32> = phi.iter().map(|&x| (f64::from(x) / scale) as f32).collect();
        let y = Tensor::<2>::from_data(TensorData::new(y, [phi.len() / sites, sites]), &self.device);
        (self.denoise(y.clone(), sigma) - y).mul_scalar(1.0 / (sigma * sigma * scale))
    }

    /// White noise `[count, V]` of the width with which the reverse process starts. The variance of the configurations
    /// themselves, known mode by mode, is added: the process forgets its start only as far as its noise is much larger.
    pub fn start(&self, count: usize, process: &Process, rng: &mut Rng) -> Tensor<2> {
        let z = rng.normals(count * self.grid.lattice().sites());
        self.fields_of_modes(&z, &self.start_widths(process))
    }

    /// Width of each mode of the noise with which the reverse process starts.
    fn start_widths(&self, process: &Process) -> Vec<f64> {
        let lattice = self.grid.lattice();
        let widest = process.sigma(1.0);
        let mut variances = self.statistics.variances(lattice);
        variances[0] += lattice.sites() as f64 * self.statistics.lump.powi(2);
        variances.iter().map(|c| (c + widest * widest).sqrt()).collect()
    }

    /// Fields with modes `width z`: `[n, V]`.
    fn fields_of_modes(&self, z: &[f32], widths: &[f64]) -> Tensor<2> {
        let sites = widths.len();
        let scaled: Vec<f32> =
            z.chunks_exact(sites).flat_map(|z| z.iter().zip(widths).map(|(z, w)| z * *w as f32)).collect();
        self.grid.transform(Tensor::from_data(TensorData::new(scaled, [z.len() / sites, sites]), &self.device))
    }

    /// Standard normals `[count, V]`.
    pub fn normals(&self, count: usize, rng: &mut Rng) -> Tensor<2> {
        let sites = self.grid.lattice().sites();
        Tensor::from_data(TensorData::new(rng.normals(count * sites), [count, sites]), &self.device)
    }

    /// Configurations in units of the field, by the reverse process; `watch` sees `sigma` and the field before each step.
    ///
    /// # Errors
    /// [`Error::Device`] if the device cannot be read.
    pub async fn sample(
        &self,
        reverse: &Reverse,
        start: Tensor<2>,
        rng: &mut Rng,
        watch: impl FnMut(f64, &Tensor<2>),
    ) -> Result<Tensor<2>, Error> {
        let count = start.dims()[0];
        let noise = || self.normals(count, rng);
        let y = reverse.run(start, |y, sigma| self.denoise(y, sigma), noise, watch).await?;
        Ok(y.mul_scalar(self.statistics.scale))
    }

    /// Configurations with `ln q` of each, by the probability flow down to `sigma(end)`.
    ///
    /// # Errors
    /// [`Error::Device`] if the device cannot be read.
    pub async fn sample_with_density(
        &self,
        reverse: &Reverse,
        count: usize,
        rng: &mut Rng,
    ) -> Result<(Tensor<2>, Vec<f64>), Error> {
        let sites = self.grid.lattice().sites();
        let (from, to) = (reverse.process.sigma(1.0), reverse.process.sigma(reverse.end));
        let z = rng.normals(count * sites);
        let widths = self.start_widths(&reverse.process);
        let log_p = z.chunks_exact(sites).map(|z| {
            let normal =
                |(z, w): (&f32, &f64)| -0.5 * f64::from(*z).powi(2) - 0.5 * (2.0 * std::f64::consts::PI).ln() - w.ln();
            z.iter().zip(&widths).map(normal).sum::<f64>()
        });
        let log_p: Vec<f64> = log_p.collect();
        let start = self.fields_of_modes(&z, &widths);
        let (leaves, grid) = (self.mean_weights.constant(), self.grid.autodiff());
        let (y, change) = with_log_density(start, from.ln(), to.ln(), async |y, sigma| {
            let denoiser = |y: Tensor<2>| self.denoiser.denoise(&leaves, &grid, y, &[sigma]);
            trace_of_derivative(&denoiser, y).await
        })
        .await?;
        // The field is `scale` times y: its density has the factor scale^-V.
        let units = sites as f64 * self.statistics.scale.ln();
        let log_q = log_p.iter().zip(change).map(|(p, c)| p + c - units).collect();
        Ok((y.mul_scalar(self.statistics.scale), log_q))
    }
}

impl Examples {
    /// Adds noise to configurations in units of the data, whose root mean square is `scale`. The levels of noise of a batch are
    /// spread evenly from the lowest to the highest, with one random offset for all of them: each is distributed as it should be,
    /// and their mean fluctuates less than that of independent ones (arXiv:2107.00630, appendix I.1).
    pub fn new(clean: Vec<f32>, scale: f64, params: &Params, rng: &mut Rng) -> Self {
        let theory = params.training_theory();
        let sites = theory.sites();
        let process = params.process();
        let (low, high) = (process.sigma(params.end_time).ln(), process.sigma(1.0).ln());
        let count = clean.len() / sites;
        let offset = rng.uniform();
        let sigma = (0..count)
            .map(|i| (i as f64 + offset) / count as f64)
            .map(|u| match params.noise_levels {
                NoiseLevels::LogUniform => (low + (high - low) * u).exp(),
                NoiseLevels::UniformTime => process.sigma(1e-5 + (1.0 - 1e-5) * u),
            })
            .collect();
        let noise = rng.normals(clean.len());
        let force = (params.objective == Objective::WithForce).then(|| {
            let mut force = vec![0.0; sites];
            let forces = clean.chunks_exact(sites).flat_map(|y| {
                let phi: Vec<f64> = y.iter().map(|&y| scale * f64::from(y)).collect();
                theory.force(&phi, &mut force);
                force.iter().map(|f| (scale * f) as f32).collect::<Vec<_>>()
            });
            forces.collect()
        });
        Self { clean, noise, sigma, force }
    }
}
