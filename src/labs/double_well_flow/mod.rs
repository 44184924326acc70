//! A quantum particle in a double well: normalising flows of its closed paths.
#![doc = include_str!("lab.md")]

mod exact;
mod model;
mod observables;
mod params;
mod pool;
mod presets;
#[cfg(test)]
mod tests;
mod views;

use std::{cell::OnceCell, collections::VecDeque};

use burn::tensor::{Device, Tensor, TensorData, Transaction};
use serde::{Deserialize, Serialize};

pub use params::{ChainKind, Model, Objective, Params, Prior};

use self::{
    exact::Exact,
    model::{PathFlow, action},
    observables::{Extra, OBSERVABLES},
    pool::Pool,
    views::VIEWS,
};
use crate::{
    action::DoubleWell,
    device::read,
    error::Error,
    lab::{Estimator as By, Lab, Observable, Plan, Samples, View},
    labs::estimates::{Source, visits_both_sides, weights_are_known},
    mcmc::{Chain, ChainState, Hmc, Metropolis, Updater},
    net::Parameters,
    objective::{forward_kl, reverse_kl},
    observable::PathColumns,
    optim::Adam,
    rng::{Rng, Stream},
    schema::{LabDescription, ParamSet},
    snapshot::Snapshot,
    stats::{self, Estimator, Sampling, Series},
};

/// Key of the lab.
pub const ID: &str = "double_well_flow";

/// What the lab declares.
pub fn describe() -> LabDescription {
    LabDescription {
        id: ID,
        title: "Double well",
        summary: "Normalising flows sample the closed paths of a quantum particle in a double well, beside a Markov chain and the exact answer.",
        formula: r"S[x]=a\sum_{n=0}^{N-1}\left[\frac{m}{2}\left(\frac{x_{n+1}-x_n}{a}\right)^{2}+\lambda\left(x_n^2-f^2\right)^{2}\right]",
        formula_with_numbers: r"a=\class{p-spacing}{0},\; N=\class{p-n_tau}{0},\; m=\class{p-mass}{0},\; \lambda=\class{p-lambda}{0},\; f^2=\class{p-f2}{0}",
        story: presets::STORY,
        references: vec![
            (
                "Fourier-flow model generating Feynman paths, Phys. Rev. D 107, 056001",
                "https://arxiv.org/abs/2211.03470",
            ),
            ("Density estimation using Real NVP", "https://arxiv.org/abs/1605.08803"),
            ("Monte Carlo errors with less errors (Gamma method)", "https://arxiv.org/abs/hep-lat/0306017"),
        ],
        data: None,
        params: Params::specs(),
        observables: OBSERVABLES.to_vec(),
        views: VIEWS.to_vec(),
        presets: presets::presets(),
    }
}

/// Chain updates before the first measurement: step size or width are tuned in them.
const THERMALISATION: u64 = 500;
/// Samples drawn for a picture when the model has changed since the last one.
const PREVIEW: u32 = 512;
/// Configurations of the chain kept for drawing and for maximum likelihood.
const RECENT: usize = 4096;

/// An open double-well lab.
pub struct DoubleWellFlow {
    params: Params,
    seed: u64,
    device: Device,
    flow: PathFlow,
    parameters: Parameters,
    adam: Adam,
    step: u32,
    /// The step at which the schedule started: zero, or when the theory last changed.
    origin: u32,
    prior_rng: Rng,
    data_rng: Rng,
    pending: Vec<Tensor<1>>,
    /// The state after the last losses that were read and finite.
    good: (Tensor<1>, Adam, u32),
    chain: Chain,
    chain_series: Series,
    recent: VecDeque<Vec<f32>>,
    /// Where the pool's samples start in the sample stream: one stream per step, so that what was looked at before does not
    /// matter.
    sample_rng: Rng,
    /// Signs of a symmetrised model's samples.
    sign_rng: Rng,
    pool: Pool,
    pool_step: u32,
    exact: OnceCell<Exact>,
}

/// What a snapshot keeps besides vectors and parameters.
#[derive(Serialize, Deserialize)]
struct State {
    step: u32,
    origin: u32,
    adam_step: u32,
    prior_position: u64,
    data_position: u64,
    chain: ChainState,
    recent: Vec<Vec<f32>>,
}

fn updater(params: &Params) -> Updater {
    match params.chain {
        ChainKind::Hmc => Updater::Hmc(Hmc::new(params.trajectory)),
        ChainKind::Metropolis => Updater::Metropolis(Metropolis::default()),
    }
}

impl DoubleWellFlow {
    fn theory(&self) -> DoubleWell {
        self.params.theory()
    }

    fn exact(&self) -> &Exact {
        self.exact.get_or_init(|| Exact::new(&self.theory()))
    }

    /// The latest configurations of the chain, oldest first, flat.
    fn recent_paths(&self, count: usize) -> Vec<f32> {
        let skip = self.recent.len().saturating_sub(count);
        self.recent.iter().skip(skip).flatten().copied().collect()
    }

    /// The measurements of the model's samples in the order of an independence Metropolis chain.
    fn metropolis(&self) -> Option<Series> {
        (!self.pool.is_empty()).then(|| self.pool.metropolis(&self.pool.log_weights(), self.seed).1)
    }

    /// A chain that starts at rest in a well, thermalised.
    fn start_chain(&mut self) -> Result<(), Error> {
        let start = vec![self.params.f2.sqrt(); self.params.n_tau];
        self.chain = Chain::new(updater(&self.params), start, Rng::new(self.seed, Stream::Proposal), THERMALISATION);
        self.chain_series.clear();
        self.recent.clear();
        // One measurement, so that there is something to draw and to learn from before the first step.
        Lab::chain(self, THERMALISATION as usize + 1)
    }

    fn start_pool(&mut self) {
        self.pool = Pool::new(self.params.n_tau);
        self.pool_step = self.step;
        // Every step has its own stretch of the stream, so that the samples of a trained model depend on its seed and step
        // alone; 2^28 words are more than the largest pool takes.
        let position = u64::from(self.step) << 28;
        self.sample_rng = Rng::at(self.seed, Stream::Sample, position);
        self.sign_rng = Rng::at(self.seed, Stream::Noise, position);
    }

    /// Rows of the chain's recent configurations, drawn with replacement: `[batch, N]`.
    fn chain_batch(&mut self) -> Tensor<2> {
        let (batch, n) = (self.params.batch, self.params.n_tau);
        let mut rows = Vec::with_capacity(batch * n);
        for _ in 0..batch {
            rows.extend_from_slice(&self.recent[self.data_rng.below(self.recent.len())]);
        }
        Tensor::from_data(TensorData::new(rows, [batch, n]), &self.device)
    }

    fn loss(&mut self, leaves: &crate::net::Leaves<'_>, fixed: &crate::net::Leaves<'_>) -> Tensor<1> {
        let theory = self.theory();
        let batch = self.params.batch;
        match self.params.objective {
            Objective::ReverseKl => {
                let c = self.flow.latent(batch, &mut self.prior_rng, &self.device).autodiff();
                let (x, log_q) = self.flow.forward(leaves, c);
                reverse_kl(log_q, action(&theory, x))
            }
            Objective::PathGradient => {
                // ln q(x) at the sampled x with its own parameters held fixed: what is left out has mean zero
                // (arXiv:1703.09194).
                let c = self.flow.latent(batch, &mut self.prior_rng, &self.device).autodiff();
                let (x, _) = self.flow.forward(leaves, c);
                reverse_kl(self.flow.log_prob(fixed, x.clone()), action(&theory, x))
            }
            Objective::ForwardKl => {
                let x = self.chain_batch().autodiff();
                forward_kl(self.flow.log_prob(leaves, x.clone()), action(&theory, x))
            }
        }
    }
}

impl Lab for DoubleWellFlow {
    type Params = Params;

    fn open(params: &Params, device: &Device, seed: u64) -> Result<Self, Error> {
        let (flow, layout) = PathFlow::new(params, device);
        let parameters = Parameters::init(layout, &mut Rng::new(seed, Stream::Init), device);
        let adam = Adam::new(parameters.flat().dims()[0], device);
        let columns = PathColumns::new(params.n_tau);
        let mut lab = Self {
            good: (parameters.flat(), adam.clone(), 0),
            params: params.clone(),
            seed,
            device: device.clone(),
            flow,
            parameters,
            adam,
            step: 0,
            origin: 0,
            prior_rng: Rng::new(seed, Stream::Prior),
            data_rng: Rng::new(seed, Stream::Data),
            pending: Vec::new(),
            chain: Chain::new(
                updater(params),
                vec![0.0; params.n_tau],
                Rng::new(seed, Stream::Proposal),
                THERMALISATION,
            ),
            chain_series: Series::new(columns.width()),
            recent: VecDeque::new(),
            sample_rng: Rng::new(seed, Stream::Sample),
            sign_rng: Rng::new(seed, Stream::Noise),
            pool: Pool::new(params.n_tau),
            pool_step: 0,
            exact: OnceCell::new(),
        };
        lab.start_chain()?;
        Ok(lab)
    }

    fn params(&self) -> &Params {
        &self.params
    }

    fn plan(&self) -> Plan {
        Plan {
            steps: self.origin + self.params.steps as u32,
            chain_per_step: self.params.chain_per_step as u32,
            chain_per_sample: 1,
            samples: self.params.samples as u32,
            preview: PREVIEW,
        }
    }

    fn retune(&mut self, params: &Params) -> Result<(), Error> {
        let other_theory = self.params.is_other_theory(params);
        let other_chain = self.params.is_other_chain(params);
        let other_model = other_theory || self.params.symmetrise != params.symmetrise;
        self.params = params.clone();
        self.flow.retune(params);
        if other_theory {
            // What was learned is a start for the new theory; the plan begins anew.
            self.origin = self.step;
            self.exact = OnceCell::new();
        }
        if other_model {
            self.start_pool();
        }
        if other_chain { self.start_chain() } else { Ok(()) }
    }

    async fn train_step(&mut self) -> Result<(), Error> {
        let parameters = self.parameters.clone();
        let leaves = parameters.tracked();
        let loss = self.loss(&leaves, &parameters.constant());
        let gradient = leaves.gradient(&loss.backward());
        let done = f64::from(self.step - self.origin) / self.params.steps as f64;
        let rate = self.params.learning_rate * self.params.schedule.factor(done);
        let flat = self.adam.update(self.parameters.flat(), gradient, rate, self.params.clip);
        self.parameters.set_flat(flat);
        self.pending.push(loss.without_autodiff());
        self.step += 1;
        Ok(())
    }

    async fn losses(&mut self) -> Result<Vec<f32>, Error> {
        if self.pending.is_empty() {
            return Ok(Vec::new());
        }
        let losses = Tensor::cat(std::mem::take(&mut self.pending), 0);
        let losses = read(losses).await?;
        if let Some(at) = losses.iter().position(|l| !l.is_finite()) {
            let (flat, adam, step) = self.good.clone();
            let failed = step + at as u32 + 1;
            self.parameters.set_flat(flat);
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
        self.good = (self.parameters.flat(), self.adam.clone(), self.step);
        Ok(losses)
    }

    fn chain(&mut self, updates: usize) -> Result<(), Error> {
        let theory = self.theory();
        let columns = PathColumns::new(theory.n_tau);
        let mut row = Vec::with_capacity(columns.width());
        for _ in 0..updates {
            if !self.chain.advance(&theory)? {
                continue;
            }
            columns.measure(self.chain.configuration(), &mut row);
            self.chain_series.push(&row);
            let mut path =
                if self.recent.len() < RECENT { Vec::new() } else { self.recent.pop_front().unwrap_or_default() };
            path.clear();
            path.extend(self.chain.configuration().iter().map(|&v| v as f32));
            self.recent.push_back(path);
        }
        Ok(())
    }

    async fn sample(&mut self, count: usize) -> Result<(), Error> {
        const CHUNK: usize = 1024;
        if self.pool_step != self.step {
            self.start_pool();
        }
        let theory = self.theory();
        let mut left = count;
        while left > 0 {
            let rows = left.min(CHUNK);
            let c = self.flow.latent(rows, &mut self.sample_rng, &self.device);
            let (x, log_q) = self.flow.forward(&self.parameters.fixed(), c);
            let read = Transaction::default().register(x).register(log_q).execute_async().await;
            let read = read.map_err(Error::read_back)?;
            let [x, log_q] = <[TensorData; 2]>::try_from(read).expect("two tensors were registered");
            let mut x = x.try_to_vec::<f32>().map_err(Error::read_back)?;
            let log_q = log_q.try_to_vec::<f32>().map_err(Error::read_back)?;
            if self.flow.symmetrised() {
                for path in x.chunks_exact_mut(theory.n_tau) {
                    let sign = self.sign_rng.sign() as f32;
                    path.iter_mut().for_each(|v| *v *= sign);
                }
            }
            self.pool.add(&theory, &x, &log_q, self.step)?;
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
        Samples {
            values: &self.pool.paths,
            shape: vec![self.params.n_tau],
            log_q: &self.pool.log_q,
            action: &self.pool.actions,
        }
    }

    fn observables(&mut self) -> Vec<Observable> {
        let theory = self.theory();
        let mut sources = Vec::new();
        let mut extra = Extra { samples: self.pool.len(), ..Extra::default() };
        let (log_w, weights, metropolis);
        if !self.pool.is_empty() {
            log_w = self.pool.log_weights();
            weights = stats::normalised_weights(&log_w);
            metropolis = self.pool.metropolis(&log_w, self.seed);
            let ess = stats::effective_sample_size_with_error(&log_w);
            let count = self.pool.len();
            extra.weights_are_wild = !weights_are_known(ess);
            extra.ess = Some(ess);
            extra.ln_z_bound = Some(stats::mean_with_error(&log_w));
            extra.ln_z_reweighted = Some(stats::log_mean_exp_with_error(&log_w));
            extra.metropolis_acceptance = Some((metropolis.0.accepted as f64 / count as f64, count));
            let mut add = |estimator, series, weights, sampling, weight_ess, knows_its_error| {
                let means = Estimator::new(series, weights, sampling);
                sources.push(Source { estimator, means, count, weight_ess, knows_its_error });
            };
            let known = !extra.weights_are_wild;
            add(By::Raw, &self.pool.series, None, Sampling::Independent, 1.0, true);
            add(By::Reweighted, &self.pool.series, Some(weights.as_slice()), Sampling::Independent, ess.0, known);
            add(By::Metropolis, &metropolis.1, None, Sampling::Correlated, 1.0, known);
        }
        let measured = self.chain_series.rows();
        if measured > 0 {
            extra.chain_acceptance = Some((self.chain.acceptance(), measured));
            let means = Estimator::new(&self.chain_series, None, Sampling::Correlated);
            // A chain that has hardly seen one of the wells cannot trust the errors of its other observables either.
            let knows_its_error = visits_both_sides(&means.mean(PathColumns::RIGHT), measured);
            sources.push(Source { estimator: By::Chain, means, count: measured, weight_ess: 1.0, knows_its_error });
        }
        observables::all(&theory, self.exact(), &sources, &extra)
    }

    async fn view(&mut self, id: &str) -> Result<View, Error> {
        if !VIEWS.iter().any(|v| v.id == id) {
            return Err(Error::unknown("view", id, VIEWS.iter().map(|v| v.id)));
        }
        Ok(views::draw(self, self.exact(), id))
    }

    async fn save(&self) -> Result<Vec<u8>, Error> {
        let (m, v, adam_step) = self.adam.moments();
        let state = State {
            step: self.step,
            origin: self.origin,
            adam_step,
            prior_position: self.prior_rng.position(),
            data_position: self.data_rng.position(),
            chain: self.chain.state(),
            recent: if self.params.objective == Objective::ForwardKl {
                self.recent.iter().cloned().collect()
            } else {
                Vec::new()
            },
        };
        let mut snapshot = Snapshot::of(ID, self.seed, &self.params, &state)?;
        snapshot.gather([("parameters", self.parameters.flat()), ("adam.m", m), ("adam.v", v)]).await?;
        snapshot.write()
    }

    fn load(bytes: &[u8], device: &Device) -> Result<Self, Error> {
        let snapshot = Snapshot::read_of(ID, bytes)?;
        let params: Params = snapshot.params()?;
        let state: State = snapshot.state()?;
        let seed = snapshot.header.seed;
        let mut lab = Self::open(&params, device, seed)?;
        let count = lab.parameters.flat().dims()[0];
        lab.parameters.set_flat(snapshot.tensor("parameters", count, device)?);
        let moment = |name| snapshot.tensor(name, count, device);
        lab.adam = Adam::from_moments(moment("adam.m")?, moment("adam.v")?, state.adam_step);
        lab.step = state.step;
        lab.origin = state.origin.min(state.step);
        lab.prior_rng = Rng::at(seed, Stream::Prior, state.prior_position);
        lab.data_rng = Rng::at(seed, Stream::Data, state.data_position);
        lab.chain = Chain::restore(state.chain, params.n_tau, seed)?;
        lab.chain_series.clear();
        if state.recent.iter().any(|path| path.len() != params.n_tau) {
            return Err(Error::Snapshot { reason: "its chain has paths of another length".into() });
        }
        if !state.recent.is_empty() {
            lab.recent = state.recent.into();
        }
        lab.good = (lab.parameters.flat(), lab.adam.clone(), lab.step);
        lab.start_pool();
        Ok(lab)
    }
}
