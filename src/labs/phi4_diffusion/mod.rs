//! Scalar field theory in two dimensions: diffusion models of its configurations.
#![doc = include_str!("lab.md")]

mod data;
mod model;
mod observables;
mod params;
mod pool;
mod presets;
mod probe;
mod references;
#[cfg(test)]
mod tests;
mod views;

use std::{cell::OnceCell, collections::VecDeque};

use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

pub use params::{ChainKind, DataSource, NoiseLevels, Objective, Params, Tail};
pub use references::KAPPA_CRITICAL;

use self::{
    data::Data,
    model::{Examples, Model},
    observables::{FEWEST, OBSERVABLES},
    pool::Pool,
    views::VIEWS,
};
use crate::{
    action::{Action as _, Phi4},
    device::read,
    diffusion::ModeStatistics,
    error::Error,
    lab::{Estimator as By, Lab, Observable, Plan, Samples, Series as Curve, View},
    labs::estimates::{Source, fraction, number, visits_both_sides, weights_are_known},
    lattice::Square,
    mcmc::{Chain, ChainState, Hmc, Mala, Updater, Wolff, independence_metropolis},
    observable::FieldColumns,
    optim::Adam,
    rng::{Rng, Stream},
    schema::{LabDescription, ParamSet},
    snapshot::Snapshot,
    stats::{self, Estimator, Sampling, Series},
};

/// Key of the lab.
pub const ID: &str = "phi4_diffusion";

/// What the lab declares.
pub fn describe() -> LabDescription {
    LabDescription {
        id: ID,
        title: "φ⁴ field",
        summary: "A diffusion model learns the ensemble of a scalar field on the lattice; its configurations grow out of noise beside Monte Carlo.",
        formula: r"S[\phi]=\sum_x\left[-2\kappa\sum_{\mu}\phi_x\phi_{x+\hat\mu}+(1-2\lambda)\,\phi_x^{2}+\lambda\,\phi_x^{4}\right]",
        formula_with_numbers: r"L=\class{p-lattice_size}{0},\; \kappa=\class{p-kappa}{0},\; \lambda=\class{p-lambda}{0}",
        story: presets::STORY,
        references: vec![
            ("Diffusion models as stochastic quantization in lattice field theory", "https://arxiv.org/abs/2309.17082"),
            (
                "Score-based generative modeling through stochastic differential equations",
                "https://arxiv.org/abs/2011.13456",
            ),
            ("Elucidating the design space of diffusion-based generative models", "https://arxiv.org/abs/2206.00364"),
            ("Higher-order cumulants in diffusion models", "https://arxiv.org/abs/2410.21212"),
            ("Monte Carlo errors with less errors (Gamma method)", "https://arxiv.org/abs/hep-lat/0306017"),
        ],
        data: Some("configurations [n, L, L] as .npy or .npz, float32 or float64"),
        params: Params::specs(),
        observables: OBSERVABLES.to_vec(),
        views: VIEWS.to_vec(),
        presets: presets::presets(),
    }
}

/// Chain updates before the first measurement: step size or width are tuned in them.
const THERMALISATION: u64 = 300;
/// Cluster updates before those, so that the chain starts in equilibrium whatever its own updates are.
const CLUSTER_THERMALISATION: u64 = 100;
/// Updates that tune the tail.
const TAIL_TUNING: u64 = 200;
/// Sites of the chain's configurations kept for drawing.
const RECENT_SITES: usize = 1 << 18;
/// Sites of samples that are drawn at once.
const CHUNK_SITES: usize = 1 << 16;
/// Sites of samples that are drawn for a picture.
const PREVIEW_SITES: usize = 2048;
/// Pictures of a reverse process that are kept.
const FRAMES: usize = 25;
/// Samples of a single site that are followed from noise.
const WALKERS: usize = 256;
/// Measurements of M kept for histograms.
const HISTORY: usize = 16_384;
/// Test examples for the loss on data that the network has not seen.
const TESTS: usize = 256;
/// Configurations from which the units and the start of the denoiser are taken.
const STATISTICS: usize = 2048;

/// An open phi^4 lab.
pub struct Phi4Diffusion {
    params: Params,
    seed: u64,
    device: Device,
    /// Empty in a restored session until it trains: generated data need not be kept.
    data: Data,
    /// Whether the data, and the statistics of the model with them, are still to be generated: see [`settle`](Self::settle).
    owes_data: bool,
    data_series: Series,
    model: Model,
    adam: Adam,
    step: u32,
    /// The step at which the schedule started: zero, or when theory or data last changed.
    origin: u32,
    batch_rng: Rng,
    pending: Vec<Tensor<1>>,
    /// The state after the last losses that were read and finite.
    good: (Tensor<1>, Tensor<1>, Adam, u32),
    chain: Chain,
    chain_series: Series,
    recent: VecDeque<Vec<f32>>,
    /// M of the chain's latest measurements.
    chain_m: VecDeque<f32>,
    tail: Updater,
    sample_rng: Rng,
    tail_rng: Rng,
    pool: Pool,
    pool_step: u32,
    /// One sample on its way from noise (many of a single site): widths of the noise, and the fields.
    frames: Vec<(f64, Vec<f32>)>,
    /// Langevin walks and what they should do: drawn once for each theory.
    relaxation: OnceCell<Vec<Curve>>,
    /// Loss on the test data, with its standard error, at the step of the pool.
    held_out: Option<(f64, f64)>,
}

/// What a snapshot keeps besides vectors and parameters.
#[derive(Serialize, Deserialize)]
struct State {
    step: u32,
    origin: u32,
    adam_step: u32,
    batch_position: u64,
    chain: ChainState,
    /// Name of the file of training data, whose configurations are then kept too.
    data_file: Option<String>,
    /// How many configurations for training and for testing.
    data_counts: [usize; 2],
    statistics: ModeStatistics,
}

fn measure_all(theory: &Phi4, configurations: &[f32]) -> Series {
    let columns = FieldColumns::new(theory.side);
    let mut series = Series::new(columns.width());
    let mut row = Vec::with_capacity(columns.width());
    for phi in configurations.chunks_exact(theory.sites()) {
        let phi: Vec<f64> = phi.iter().map(|&v| v.into()).collect();
        columns.measure(theory, &phi, &mut row);
        series.push(&row);
    }
    series
}

fn statistics(data: &Data, lattice: Square) -> ModeStatistics {
    let most = data.train.len().min(STATISTICS * lattice.sites());
    ModeStatistics::measure(&data.train[..most], lattice)
}

impl Phi4Diffusion {
    fn theory(&self) -> Phi4 {
        self.params.theory()
    }

    fn training_lattice(&self) -> Square {
        Square { side: self.params.lattice_size }
    }

    /// The latest configurations of the chain, oldest first, flat.
    fn recent_fields(&self, count: usize) -> Vec<f32> {
        let skip = self.recent.len().saturating_sub(count);
        self.recent.iter().skip(skip).flatten().copied().collect()
    }

    fn start_chain(&mut self) -> Result<(), Error> {
        let theory = self.theory();
        let rng = Rng::new(self.seed, Stream::Start);
        let mut cluster =
            Chain::new(Updater::Wolff(Wolff::default()), vec![0.5; theory.sites()], rng, CLUSTER_THERMALISATION);
        for _ in 0..CLUSTER_THERMALISATION {
            cluster.advance(&theory)?;
        }
        let rng = Rng::new(self.seed, Stream::Proposal);
        self.chain = Chain::new(self.params.updater(), cluster.configuration().to_vec(), rng, THERMALISATION);
        self.chain_series.clear();
        self.recent.clear();
        self.chain_m.clear();
        // One measurement, so that there is something to draw before the first step.
        Lab::chain(self, THERMALISATION as usize + 1)
    }

    /// Tunes the updates that follow the reverse process, in equilibrium.
    fn start_tail(&mut self) -> Result<(), Error> {
        let theory = self.theory();
        let updater = match self.params.tail {
            Tail::Hmc => Updater::Hmc(Hmc::new(1.0)),
            Tail::Mala => Updater::Mala(Mala::default()),
        };
        let start = self.chain.configuration().to_vec();
        let mut chain = Chain::new(updater, start, Rng::new(self.seed, Stream::Resample), TAIL_TUNING);
        for _ in 0..TAIL_TUNING {
            chain.advance(&theory)?;
        }
        self.tail = chain.updater().clone();
        Ok(())
    }

    fn start_pool(&mut self) {
        self.pool = Pool::new(self.theory().side);
        self.pool_step = self.step;
        self.frames.clear();
        self.held_out = None;
        // Every step has its own stretch of the stream, so that the samples of a trained model depend on its seed and step
        // alone; 2^36 words are more than the largest pool takes.
        let position = u64::from(self.step) << 36;
        self.sample_rng = Rng::at(self.seed, Stream::Sample, position);
        self.tail_rng = Rng::at(self.seed, Stream::Tail, position);
    }

    /// Generates the data of a new session, which nobody needs who looks at the chain alone.
    fn settle(&mut self) -> Result<(), Error> {
        if self.owes_data {
            self.set_data(Data::generate(&self.params, self.seed)?);
        }
        Ok(())
    }

    fn set_data(&mut self, data: Data) {
        self.owes_data = false;
        self.data_series = measure_all(&self.params.training_theory(), &data.train);
        self.model.set_statistics(statistics(&data, self.training_lattice()));
        self.relaxation = OnceCell::new();
        self.data = data;
        // What was learned is a start; the plan begins anew.
        self.origin = self.step;
        self.start_pool();
    }

    async fn test_loss(&self) -> Result<Option<(f64, f64)>, Error> {
        let lattice = self.training_lattice();
        let count = (self.data.test.len() / lattice.sites()).min(TESTS);
        if count < 2 {
            return Ok(None);
        }
        let scale = self.model.statistics.scale;
        let clean = self.data.test[..count * lattice.sites()].iter().map(|&x| (f64::from(x) / scale) as f32).collect();
        // The same noise every time, so that only the model changes.
        let examples = Examples::new(clean, scale, &self.params, &mut Rng::new(self.seed, Stream::Noise));
        let loss = read(self.model.test(&examples)).await?;
        let loss: Vec<f64> = loss.into_iter().map(f64::from).collect();
        let mean = loss.iter().sum::<f64>() / count as f64;
        // The levels of noise ascend evenly: what changes along them is no error, only what differs between neighbours is.
        let squares = loss.windows(2).map(|pair| 0.5 * (pair[1] - pair[0]).powi(2)).sum::<f64>();
        Ok(Some((mean, (squares / (count - 1) as f64 / count as f64).sqrt())))
    }

    async fn draw(&mut self, rows: usize) -> Result<(Vec<f32>, Vec<f64>), Error> {
        let reverse = self.params.reverse();
        if self.params.likelihood {
            let (phi, log_q) = self.model.sample_with_density(&reverse, rows, &mut self.sample_rng).await?;
            return Ok((read(phi).await?, log_q));
        }
        let process = reverse.process;
        let start = self.model.start(rows, &process, &mut self.sample_rng);
        let (widest, last) = (process.sigma(1.0).ln(), process.sigma(reverse.end).ln());
        let mut seen: Vec<(f64, Tensor<2>)> = Vec::new();
        let wanted = self.frames.is_empty();
        let sites = self.theory().sites();
        // Of a lattice one sample; of a single site a square of them.
        let shown = if sites == 1 { rows.min(WALKERS).isqrt().pow(2) } else { 1 };
        let watch = |sigma: f64, y: &Tensor<2>| {
            let due = widest + (last - widest) * seen.len() as f64 / (FRAMES - 1) as f64;
            if wanted && sigma.ln() <= due + 1e-9 {
                seen.push((sigma, y.clone().narrow(0, 0, shown)));
            }
        };
        let phi = self.model.sample(&reverse, start, &mut self.sample_rng, watch).await?;
        let (widths, fields): (Vec<f64>, Vec<Tensor<2>>) = seen.into_iter().unzip();
        if !fields.is_empty() {
            let scale = self.model.statistics.scale as f32;
            let fields = read(Tensor::cat(fields, 0).mul_scalar(scale)).await?;
            self.frames = widths.into_iter().zip(fields.chunks_exact(shown * sites).map(<[f32]>::to_vec)).collect();
        }
        let phi = read(phi).await?;
        if wanted {
            self.frames.push((0.0, phi[..shown * sites].to_vec()));
        }
        Ok((phi, Vec::new()))
    }

    fn diagnostics(&self, log_w: &[f64], metropolis: Option<f64>) -> observables::Diagnostics {
        let mut all = Vec::new();
        let plain = |estimator, value, count| number(estimator, value, count, FEWEST);
        let part = |estimator, p, count| plain(estimator, fraction(p, count), count);
        let measured = self.chain_series.rows();
        if measured > 0 {
            let tau = Estimator::new(&self.chain_series, None, Sampling::Correlated).mean(FieldColumns::M2).tau_int;
            let tau = tau.unwrap_or(f64::NAN).max(0.5);
            all.push(("ess", plain(By::Chain, (0.5 / tau, f64::NAN), measured)));
            all.push(("acceptance", part(By::Chain, self.chain.acceptance(), measured)));
        }
        let creutz =
            if let Updater::Hmc(hmc) = self.chain.updater() { hmc.creutz_equality() } else { (f64::NAN, f64::NAN) };
        all.push(("creutz", plain(By::Chain, creutz, measured)));
        if let (accepted, tried @ 1..) = self.pool.tail_acceptance {
            all.push(("acceptance", part(By::Tail, accepted / tried as f64, tried)));
        }
        if let Some(p) = metropolis {
            all.push(("acceptance", part(By::Metropolis, p, log_w.len())));
            all.push(("ess", plain(By::Raw, stats::effective_sample_size_with_error(log_w), log_w.len())));
        }
        let chain: Vec<f64> = self.chain_m.iter().map(|&m| f64::from(m).abs()).collect();
        let column = |series: &Series| series.column(FieldColumns::ABS_M).collect::<Vec<_>>();
        let others = [
            (By::Data, column(&self.data_series)),
            (By::Raw, column(&self.pool.raw_series)),
            (By::Tail, column(&self.pool.tail_series)),
        ];
        for (estimator, m) in others {
            // Data on another lattice are not compared; without any a place is kept for what is to come.
            if m.len() < FEWEST
                || chain.len() < FEWEST
                || (estimator == By::Data && self.theory() != self.params.training_theory())
            {
                continue;
            }
            let distance = probe::histogram_distance(&m, &chain, &mut Rng::new(self.seed, Stream::Resample));
            all.push(("histogram_distance", plain(estimator, distance, m.len())));
        }
        if !all.iter().any(|(id, _)| *id == "histogram_distance") {
            all.push(("histogram_distance", plain(By::Raw, (f64::NAN, f64::NAN), self.pool.len())));
        }
        all
    }
}

impl Lab for Phi4Diffusion {
    type Params = Params;

    fn open(params: &Params, device: &Device, seed: u64) -> Result<Self, Error> {
        params.check()?;
        let data = Data::default();
        let statistics = statistics(&data, Square { side: params.lattice_size });
        Ok(Self { owes_data: true, ..Self::with_data(params, data, statistics, device, seed)? })
    }

    fn params(&self) -> &Params {
        &self.params
    }

    fn plan(&self) -> Plan {
        let sites = self.theory().sites();
        Plan {
            steps: self.origin + self.params.steps as u32,
            chain_per_step: self.params.chain_per_step as u32,
            chain_per_sample: self.params.chain_per_step as u32,
            samples: self.params.samples as u32,
            preview: (PREVIEW_SITES / sites).clamp(2, 256) as u32,
        }
    }

    fn retune(&mut self, params: &Params) -> Result<(), Error> {
        params.check()?;
        let other_data =
            self.params.is_other_data(params) && (self.data.file.is_none() || self.params.is_other_theory(params));
        let other_chain = self.params.is_other_chain(params);
        let other_tail = self.params.is_other_theory(params) || self.params.tail != params.tail;
        let other_sampling = self.params.is_other_sampling(params);
        let data = if other_data { Some(Data::generate(params, self.seed)?) } else { None };
        let before = std::mem::replace(&mut self.params, params.clone());
        if other_chain && let Err(diverges) = self.start_chain() {
            self.params = before;
            self.start_chain()?;
            return Err(diverges);
        }
        if let Some(data) = data {
            self.set_data(data);
        } else if other_sampling {
            self.start_pool();
        }
        if other_tail {
            self.start_tail()?;
        }
        Ok(())
    }

    async fn train_step(&mut self) -> Result<(), Error> {
        self.settle()?;
        if self.data.train.is_empty() {
            self.data = Data::generate(&self.params, self.seed)?;
            self.data_series = measure_all(&self.params.training_theory(), &self.data.train);
        }
        let Params { batch, augment, learning_rate, schedule, clip, average, steps, .. } = self.params;
        let scale = self.model.statistics.scale;
        let clean = self.data.batch(batch, scale, augment, self.training_lattice(), &mut self.batch_rng);
        let examples = Examples::new(clean, scale, &self.params, &mut self.batch_rng);
        let done = f64::from(self.step - self.origin) / steps as f64;
        let loss = self.model.train(&mut self.adam, &examples, learning_rate * schedule.factor(done), clip, average);
        self.pending.push(loss);
        self.step += 1;
        Ok(())
    }

    async fn losses(&mut self) -> Result<Vec<f32>, Error> {
        if self.pending.is_empty() {
            return Ok(Vec::new());
        }
        let losses = read(Tensor::<1>::cat(std::mem::take(&mut self.pending), 0)).await?;
        if let Some(at) = losses.iter().position(|l| !l.is_finite()) {
            let (weights, mean_weights, adam, step) = self.good.clone();
            let failed = step + at as u32 + 1;
            self.model.weights.set_flat(weights);
            self.model.mean_weights.set_flat(mean_weights);
            self.adam = adam;
            self.step = step;
            return Err(Error::NonFinite {
                quantity: "the loss",
                value: losses[at].into(),
                step: failed.into(),
                param: "learning_rate",
                remedy: "Lower the learning rate or the gradient clipping.",
            });
        }
        self.remember();
        Ok(losses)
    }

    fn chain(&mut self, updates: usize) -> Result<(), Error> {
        let theory = self.theory();
        let columns = FieldColumns::new(theory.side);
        let mut row = Vec::with_capacity(columns.width());
        let keep = RECENT_SITES / theory.sites();
        for _ in 0..updates {
            if !self.chain.advance(&theory)? {
                continue;
            }
            columns.measure(&theory, self.chain.configuration(), &mut row);
            self.chain_series.push(&row);
            let m = row[FieldColumns::M] as f32;
            if self.chain_m.len() == HISTORY {
                self.chain_m.pop_front();
            }
            self.chain_m.push_back(m);
            let mut field =
                if self.recent.len() < keep { Vec::new() } else { self.recent.pop_front().unwrap_or_default() };
            field.clear();
            field.extend(self.chain.configuration().iter().map(|&v| v as f32));
            self.recent.push_back(field);
        }
        Ok(())
    }

    async fn sample(&mut self, count: usize) -> Result<(), Error> {
        self.settle()?;
        if self.pool_step != self.step {
            self.start_pool();
        }
        if self.held_out.is_none() {
            self.held_out = self.test_loss().await?;
        }
        let theory = self.theory();
        let chunk = (CHUNK_SITES / theory.sites()).max(1);
        // Every site of a sample is a row of the batch that gives the exact divergence.
        let chunk = if self.params.likelihood { (chunk / theory.sites()).max(1) } else { chunk };
        let mut left = count;
        while left > 0 {
            let rows = left.min(chunk);
            let (phi, log_q) = self.draw(rows).await?;
            let tail = (&self.tail, self.params.tail_updates);
            self.pool.add(&theory, &phi, &log_q, tail, &mut self.tail_rng, self.step)?;
            left -= rows;
        }
        Ok(())
    }

    fn step(&self) -> u32 {
        self.step
    }

    fn sample_count(&self) -> usize {
        if self.pool_step == self.step { self.pool.len() } else { 0 }
    }

    fn samples(&self) -> Samples<'_> {
        let side = self.theory().side;
        Samples { values: &self.pool.raw, shape: vec![side, side], log_q: &self.pool.log_q, action: &self.pool.actions }
    }

    fn observables(&mut self) -> Vec<Observable> {
        // What goes wrong here goes wrong again when training asks, which says so.
        let _ = self.settle();
        let theory = self.theory();
        let exact = observables::exact_means(&theory);
        let log_w = self.pool.log_weights();
        let (weights, metropolis);
        let mut sources = Vec::new();
        let mut add = |estimator, series, weights, sampling, count, weight_ess, knows_its_error| {
            let means = Estimator::new(series, weights, sampling);
            sources.push(Source { estimator, means, count, weight_ess, knows_its_error });
        };
        if theory == self.params.training_theory() && !self.data_series.is_empty() {
            let count = self.data_series.rows();
            add(By::Data, &self.data_series, None, Sampling::Correlated, count, 1.0, true);
        }
        let count = self.pool.len();
        if count > 0 {
            add(By::Raw, &self.pool.raw_series, None, Sampling::Independent, count, 1.0, true);
            if !self.pool.tail_series.is_empty() {
                add(By::Tail, &self.pool.tail_series, None, Sampling::Independent, count, 1.0, true);
            }
        }
        let mut acceptance = None;
        if !log_w.is_empty() {
            weights = stats::normalised_weights(&log_w);
            let ess = stats::effective_sample_size_with_error(&log_w);
            let known = weights_are_known(ess);
            let chain = independence_metropolis(&log_w, &mut Rng::new(self.seed, Stream::Accept));
            acceptance = Some(chain.accepted as f64 / count as f64);
            metropolis = chain.in_order(&self.pool.raw_series);
            add(
                By::Reweighted,
                &self.pool.raw_series,
                Some(weights.as_slice()),
                Sampling::Independent,
                count,
                ess.0,
                known,
            );
            add(By::Metropolis, &metropolis, None, Sampling::Correlated, count, 1.0, known);
        }
        let measured = self.chain_series.rows();
        if measured > 0 {
            add(By::Chain, &self.chain_series, None, Sampling::Correlated, measured, 1.0, true);
        }
        let diagnostics = self.diagnostics(&log_w, acceptance);
        let mut all = observables::all(&theory, exact.as_ref(), &sources, &diagnostics);
        let positive = Estimator::new(&self.chain_series, None, Sampling::Correlated).mean(FieldColumns::POSITIVE);
        if !visits_both_sides(&positive, self.chain_series.rows()) {
            // Such a chain does not know how well it knows what depends on the balance of signs.
            let odd = all.iter_mut().filter(|o| o.id == "m" || o.id == "chi2");
            for estimate in odd.flat_map(|o| &mut o.estimates).filter(|e| e.estimator == By::Chain) {
                (estimate.error, estimate.tau_int, estimate.ess) = (None, None, None);
            }
        }
        all
    }

    async fn view(&mut self, id: &str) -> Result<View, Error> {
        if !VIEWS.iter().any(|v| v.id == id) {
            return Err(Error::unknown("view", id, VIEWS.iter().map(|v| v.id)));
        }
        self.settle()?;
        views::draw(self, id).await
    }

    async fn glimpse(&mut self, id: &str) -> Result<View, Error> {
        if id == "fields" { views::draw(self, id).await } else { self.view(id).await }
    }

    fn load_data(&mut self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let data = Data::read(name, bytes, self.training_lattice())?;
        self.set_data(data);
        Ok(())
    }

    async fn save(&self) -> Result<Vec<u8>, Error> {
        let (m, v, adam_step) = self.adam.moments();
        let state = State {
            step: self.step,
            origin: self.origin,
            adam_step,
            batch_position: self.batch_rng.position(),
            chain: self.chain.state(),
            data_file: self.data.file.clone(),
            data_counts: [&self.data.train, &self.data.test].map(|set| set.len() / self.training_lattice().sites()),
            statistics: if self.owes_data {
                statistics(&Data::generate(&self.params, self.seed)?, self.training_lattice())
            } else {
                self.model.statistics.clone()
            },
        };
        let mut snapshot = Snapshot::of(ID, self.seed, &self.params, &state)?;
        let mut vectors = vec![
            ("parameters", self.model.weights.flat()),
            ("parameters.mean", self.model.mean_weights.flat()),
            ("adam.m", m),
            ("adam.v", v),
        ];
        let on_device =
            |values: &[f32]| Tensor::from_data(TensorData::new(values.to_vec(), [values.len()]), &self.device);
        if self.data.file.is_some() {
            // Generated data are generated again; those of a file are kept.
            vectors.push(("data.train", on_device(&self.data.train)));
            vectors.push(("data.test", on_device(&self.data.test)));
        }
        snapshot.gather(vectors).await?;
        snapshot.write()
    }

    fn load(bytes: &[u8], device: &Device) -> Result<Self, Error> {
        let snapshot = Snapshot::read_of(ID, bytes)?;
        let params: Params = snapshot.params()?;
        params.check()?;
        let state: State = snapshot.state()?;
        let seed = snapshot.header.seed;
        let sites = params.training_theory().sites();
        let data = match state.data_file {
            Some(file) => {
                let [train, test] = state.data_counts;
                let train = snapshot.vector("data.train", train * sites)?;
                let test = snapshot.vector("data.test", test * sites)?;
                Data { train, test, file: Some(file), thermalisation: Vec::new() }
            }
            None => Data::default(),
        };
        let mut lab = Self::with_data(&params, data, state.statistics, device, seed)?;
        let count = lab.model.weights.flat().dims()[0];
        let vector = |name| snapshot.tensor(name, count, device);
        lab.model.weights.set_flat(vector("parameters")?);
        lab.model.mean_weights.set_flat(vector("parameters.mean")?);
        lab.adam = Adam::from_moments(vector("adam.m")?, vector("adam.v")?, state.adam_step);
        lab.step = state.step;
        lab.origin = state.origin.min(state.step);
        lab.batch_rng = Rng::at(seed, Stream::Prior, state.batch_position);
        lab.chain = Chain::restore(state.chain, lab.theory().sites(), seed)?;
        lab.chain_series.clear();
        lab.remember();
        lab.start_pool();
        Ok(lab)
    }
}

impl Phi4Diffusion {
    fn with_data(
        params: &Params,
        data: Data,
        statistics: ModeStatistics,
        device: &Device,
        seed: u64,
    ) -> Result<Self, Error> {
        let model = Model::new(params, statistics, device, seed);
        let adam = Adam::new(model.weights.flat().dims()[0], device);
        let theory = params.theory();
        let mut lab = Self {
            good: (model.weights.flat(), model.weights.flat(), adam.clone(), 0),
            params: params.clone(),
            seed,
            device: device.clone(),
            data_series: measure_all(&params.training_theory(), &data.train),
            data,
            owes_data: false,
            model,
            adam,
            step: 0,
            origin: 0,
            batch_rng: Rng::new(seed, Stream::Prior),
            pending: Vec::new(),
            chain: Chain::new(
                params.updater(),
                vec![0.0; theory.sites()],
                Rng::new(seed, Stream::Proposal),
                THERMALISATION,
            ),
            chain_series: Series::new(FieldColumns::new(theory.side).width()),
            recent: VecDeque::new(),
            chain_m: VecDeque::new(),
            tail: params.updater(),
            sample_rng: Rng::new(seed, Stream::Sample),
            tail_rng: Rng::new(seed, Stream::Tail),
            pool: Pool::new(theory.side),
            pool_step: 0,
            frames: Vec::new(),
            held_out: None,
            relaxation: OnceCell::new(),
        };
        lab.start_chain()?;
        lab.start_tail()?;
        lab.start_pool();
        Ok(lab)
    }

    fn remember(&mut self) {
        self.good = (self.model.weights.flat(), self.model.mean_weights.flat(), self.adam.clone(), self.step);
    }
}
