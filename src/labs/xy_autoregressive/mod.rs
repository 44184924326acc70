//! Spins on a square lattice: autoregressive networks, vortices, and critical slowing down.
#![doc = include_str!("lab.md")]

mod coarsening;
mod curves;
mod exact;
mod gestures;
mod observables;
mod params;
mod pool;
mod presets;
mod reference;
mod scan;
mod sizes;
#[cfg(test)]
mod tests;
mod training;
mod views;

use std::{cell::OnceCell, collections::VecDeque};

use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

pub use params::{ChainKind, Family, Network, Objective, Params, Scan, Start, Temperatures};

use self::{
    coarsening::Coarsening,
    exact::Exact,
    observables::{Extra, OBSERVABLES},
    pool::Pool,
    scan::{Asked, Background},
    views::VIEWS,
};
use crate::{
    action::SpinModel,
    device::read,
    error::Error,
    lab::{Estimator as By, Lab, Observable, Plan, Progress, Samples, View},
    labs::estimates::{Source, weights_are_known},
    mcmc::spins::{SpinChain, SpinChainState},
    net::{Autoregressive, Parameters, Pass},
    observable::{Scratch, SpinColumns},
    optim::Adam,
    rng::{Rng, Stream},
    schema::{LabDescription, ParamSet},
    snapshot::Snapshot,
    stats::{self, Estimator, Sampling, Series},
};

/// Key of the lab.
pub const ID: &str = "xy_autoregressive";

/// What the lab declares.
pub fn describe() -> LabDescription {
    LabDescription {
        id: ID,
        title: "Spins and vortices",
        summary: "Autoregressive networks sample the XY and Ising models spin by spin, beside cluster and Metropolis chains and exact answers.",
        formula: r"H=-\sum_{\langle ij\rangle}\cos(\theta_i-\theta_j),\qquad q(\theta)=\prod_i q(\theta_i\,|\,\theta_{<i})",
        formula_with_numbers: r"L=\class{p-lattice_size}{0},\; \beta=1/T=\class{p-beta}{0}",
        story: presets::STORY,
        references: vec![
            (
                "Continuous-mixture autoregressive networks learning the Kosterlitz-Thouless transition, Chin. Phys. Lett. 39, 120502",
                "https://arxiv.org/abs/2005.04857",
            ),
            (
                "Solving statistical mechanics using variational autoregressive networks, Phys. Rev. Lett. 122, 080602",
                "https://arxiv.org/abs/1809.10606",
            ),
            (
                "Collective Monte Carlo updating for spin systems, Phys. Rev. Lett. 62, 361",
                "https://doi.org/10.1103/PhysRevLett.62.361",
            ),
            (
                "Ordering, metastability and phase transitions in two-dimensional systems, J. Phys. C 6, 1181",
                "https://doi.org/10.1088/0022-3719/6/7/010",
            ),
        ],
        data: None,
        params: Params::specs(),
        observables: OBSERVABLES.to_vec(),
        views: VIEWS.to_vec(),
        presets: presets::presets(),
    }
}

/// Chain updates before the first measurement.
const THERMALISATION: u64 = 500;
/// Samples drawn for a picture when the network has changed since the last one.
const PREVIEW: u32 = 256;
/// Configurations of the chain kept for drawing and for maximum likelihood.
const RECENT: usize = 1024;
/// Configurations that are drawn together.
const BLOCK: usize = 64;

/// An open spin lab.
pub struct XyAutoregressive {
    params: Params,
    seed: u64,
    device: Device,
    density: Autoregressive,
    parameters: Parameters,
    /// The parameters on the host, where configurations are drawn, and the step they belong to.
    host: Vec<f32>,
    host_step: u32,
    adam: Adam,
    step: u32,
    /// The step at which the schedule started: zero, or when the task last changed.
    origin: u32,
    prior_rng: Rng,
    data_rng: Rng,
    pending: Vec<f32>,
    /// The state after the last losses that were finite.
    good: (Tensor<1>, Adam, u32),
    chain: SpinChain,
    chain_series: Series,
    scratch: Scratch,
    /// Since the chain was quenched, if it was.
    coarsening: Option<Coarsening>,
    recent: VecDeque<Vec<f32>>,
    sample_rng: Rng,
    /// Samples drawn but not yet asked for.
    block: (Pass, usize),
    pool: Pool,
    pool_step: u32,
    background: Background,
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
    chain: SpinChainState,
    #[serde(default)]
    coarsening: Option<Coarsening>,
    recent: Vec<Vec<f32>>,
}

impl XyAutoregressive {
    fn exact(&self) -> &Exact {
        self.exact.get_or_init(|| Exact::new(self.params.model, self.params.lattice_size, self.params.beta))
    }

    fn columns(&self) -> SpinColumns {
        SpinColumns::new(self.params.model, self.params.lattice())
    }

    /// The latest measured configurations of the chain, oldest first, flat.
    fn recent_configurations(&self, count: usize) -> Vec<f32> {
        let skip = self.recent.len().saturating_sub(count);
        self.recent.iter().skip(skip).flatten().copied().collect()
    }

    fn start_chain(&mut self) -> Result<(), Error> {
        let p = &self.params;
        let hot = p.start == Start::Hot;
        let rng = Rng::new(self.seed, Stream::Proposal);
        self.chain = SpinChain::new(p.model, p.lattice(), p.beta, p.recipe(), rng, THERMALISATION, hot);
        self.chain_series.clear();
        self.recent.clear();
        self.coarsening = None;
        // A quench is to be watched from its beginning; otherwise there shall be something to draw and to learn from.
        if hot {
            self.quench();
            return Ok(());
        }
        Lab::chain(self, THERMALISATION as usize + 1)
    }

    /// The chain has just been put at infinite temperature: lets it cool by local updates, followed from the first on. Vortices move
    /// like random walkers that attract each other: the last pair needs some `L^2` sweeps.
    fn quench(&mut self) {
        self.chain.relax_locally(2 * self.params.lattice().sites() as u64);
        self.coarsening = Some(Coarsening::default());
    }

    /// The network, if it can be asked at any temperature and is at hand.
    fn of_all_temperatures(&self) -> Option<Asked<'_>> {
        let at_hand = self.params.temperatures == Temperatures::Range && !self.host.is_empty();
        at_hand.then_some(Asked { density: &self.density, flat: &self.host, step: self.host_step })
    }

    fn start_pool(&mut self) {
        self.pool = Pool::new(self.params.model, self.params.lattice(), self.params.beta);
        self.pool_step = self.step;
        self.block = (Pass::default(), 0);
        // Every step has its own stretch of the stream, so that the samples of a trained network depend on its seed and step
        // alone; 2^36 words are more than the largest pool takes.
        self.sample_rng = Rng::at(self.seed, Stream::Sample, u64::from(self.step) << 36);
    }

    /// Brings the parameters to the host if they have changed.
    async fn refresh(&mut self) -> Result<(), Error> {
        if self.host_step != self.step || self.host.is_empty() {
            self.host = read(self.parameters.flat()).await?;
            self.host_step = self.step;
        }
        Ok(())
    }

    /// Whether the plan's training is done and its result at hand.
    fn is_trained(&self) -> bool {
        self.host_step == self.step && self.step >= Lab::plan(self).steps
    }

    fn advance_background(&mut self, updates: usize) {
        if self.params.scan == Scan::Off {
            return;
        }
        let trained = self.is_trained();
        let mut background = std::mem::replace(&mut self.background, Background::Off);
        background.advance(updates, self.of_all_temperatures(), trained);
        self.background = background;
    }

    fn draw_block(&mut self) {
        let beta = self.params.network_beta(self.params.beta);
        self.block = (self.density.draw(&self.host, &[beta; BLOCK], &mut self.sample_rng, false), 0);
    }
}

impl Lab for XyAutoregressive {
    type Params = Params;

    fn open(params: &Params, device: &Device, seed: u64) -> Result<Self, Error> {
        params.check()?;
        let density = params.density();
        let layout = density.layout().clone();
        let parameters = Parameters::init(layout, &mut Rng::new(seed, Stream::Init), device);
        let adam = Adam::new(parameters.flat().dims()[0], device);
        let (model, lattice) = (params.model, params.lattice());
        let rng = || Rng::new(seed, Stream::Proposal);
        let mut lab = Self {
            good: (parameters.flat(), adam.clone(), 0),
            params: params.clone(),
            seed,
            device: device.clone(),
            density,
            parameters,
            host: Vec::new(),
            host_step: 0,
            adam,
            step: 0,
            origin: 0,
            prior_rng: Rng::new(seed, Stream::Prior),
            data_rng: Rng::new(seed, Stream::Data),
            pending: Vec::new(),
            chain: SpinChain::new(model, lattice, params.beta, params.recipe(), rng(), 0, false),
            chain_series: Series::new(SpinColumns::new(model, lattice).width()),
            scratch: Scratch::default(),
            coarsening: None,
            recent: VecDeque::new(),
            sample_rng: Rng::new(seed, Stream::Sample),
            block: (Pass::default(), 0),
            pool: Pool::new(model, lattice, params.beta),
            pool_step: 0,
            background: Background::new(params, seed),
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
            // A quenched chain is for watching, at the pace of whoever looks.
            chain_per_sample: u32::from(self.params.start == Start::Cold),
            samples: self.params.samples as u32,
            preview: PREVIEW,
        }
    }

    fn retune(&mut self, params: &Params) -> Result<(), Error> {
        params.check()?;
        let old = std::mem::replace(&mut self.params, params.clone());
        if old.is_other_task(params) {
            // What was learned is a start for the new task; the plan begins anew.
            self.origin = self.step;
        }
        // A scan that is stopped keeps what it has, and goes on from there.
        if params.scan != Scan::Off && !self.background.is(params.scan) {
            self.background = Background::new(params, self.seed);
        }
        if old.is_other_theory(params) {
            self.exact = OnceCell::new();
        }
        // Beside a chain that starts anew the plan's samples are drawn anew, so that it gets as many measurements as they are.
        if old.network_beta(old.beta) != params.network_beta(params.beta) || old.is_other_chain(params) {
            self.start_pool();
        }
        if old.is_other_chain(params) { self.start_chain() } else { Ok(()) }
    }

    async fn train_step(&mut self) -> Result<(), Error> {
        self.refresh().await?;
        // A quenched chain has not measured anything yet.
        while self.params.objective == Objective::ForwardKl && self.recent.is_empty() {
            Lab::chain(self, THERMALISATION as usize)?;
        }
        let (passes, coefficients, loss) = self.batch();
        let gradient = self.gradient(passes, &coefficients);
        let done = f64::from(self.step - self.origin) / self.params.steps as f64;
        let rate = self.params.learning_rate * self.params.schedule.factor(done);
        let flat = self.adam.update(self.parameters.flat(), gradient, rate, self.params.clip);
        self.parameters.set_flat(flat);
        self.pending.push(loss as f32);
        self.step += 1;
        Ok(())
    }

    async fn losses(&mut self) -> Result<Vec<f32>, Error> {
        let losses = std::mem::take(&mut self.pending);
        if losses.is_empty() {
            return Ok(losses);
        }
        // The loss of a step knows the parameters before it: those after the last one are looked at too.
        self.refresh().await?;
        let bad = losses.iter().position(|l| !l.is_finite()).map(|at| (at, losses[at]));
        let bad = bad.or_else(|| self.host.iter().find(|p| !p.is_finite()).map(|p| (losses.len() - 1, *p)));
        if let Some((at, value)) = bad {
            let (flat, adam, step) = self.good.clone();
            let failed = step + at as u32 + 1;
            self.parameters.set_flat(flat);
            self.adam = adam;
            self.step = step;
            self.host.clear();
            return Err(Error::NonFinite {
                quantity: "the loss",
                value: value.into(),
                step: failed.into(),
                param: "learning_rate",
                remedy: "Lower the learning rate or the gradient clipping.",
            });
        }
        self.good = (self.parameters.flat(), self.adam.clone(), self.step);
        Ok(losses)
    }

    fn chain(&mut self, updates: usize) -> Result<(), Error> {
        let columns = self.columns();
        let (mut spins, mut row) = (Vec::new(), Vec::with_capacity(columns.width()));
        for _ in 0..updates {
            let thermal = self.chain.advance();
            let due = self.coarsening.as_mut().is_some_and(Coarsening::is_due);
            if !thermal && !due {
                continue;
            }
            self.chain.configuration(&mut spins);
            if let Some(coarsening) = self.coarsening.as_mut().filter(|_| due) {
                coarsening.add(self.params.model, self.params.lattice(), &spins, &mut self.scratch);
            }
            if !thermal {
                continue;
            }
            columns.measure(&spins, &mut self.scratch, &mut row);
            self.chain_series.push(&row);
            let mut configuration =
                if self.recent.len() < RECENT { Vec::new() } else { self.recent.pop_front().unwrap_or_default() };
            configuration.clear();
            configuration.extend(spins.iter().map(|&v| v as f32));
            self.recent.push_back(configuration);
        }
        self.advance_background(updates);
        Ok(())
    }

    fn background(&mut self, updates: usize) -> Result<Option<Progress>, Error> {
        if updates > 0 {
            self.advance_background(updates);
        }
        let network = self.of_all_temperatures().filter(|_| self.is_trained());
        Ok(self.background.progress(network))
    }

    async fn sample(&mut self, count: usize) -> Result<(), Error> {
        self.refresh().await?;
        if self.pool_step != self.step {
            self.start_pool();
        }
        let sites = self.params.lattice().sites();
        let mut left = count;
        while left > 0 {
            if self.block.1 == self.block.0.log_q.len() {
                self.draw_block();
            }
            let (pass, used) = &mut self.block;
            let end = pass.log_q.len().min(*used + left);
            let (values, log_q) = (&pass.values[*used * sites..end * sites], &pass.log_q[*used..end]);
            self.pool.add(values, log_q, self.step)?;
            left -= end - *used;
            *used = end;
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
        let side = self.params.lattice_size;
        Samples {
            values: &self.pool.values,
            shape: vec![side, side],
            log_q: &self.pool.log_q,
            action: &self.pool.actions,
        }
    }

    fn observables(&mut self) -> Vec<Observable> {
        let mut sources = Vec::new();
        let mut extra = Extra::default();
        let (weights, metropolis);
        if !self.pool.is_empty() {
            extra.log_w = self.pool.log_weights();
            extra.actions = self.pool.actions.clone();
            weights = stats::normalised_weights(&extra.log_w);
            metropolis = self.pool.metropolis(&extra.log_w, self.seed);
            let ess = stats::effective_sample_size_with_error(&extra.log_w);
            let count = self.pool.len();
            extra.weights_are_wild = !weights_are_known(ess);
            extra.ess = Some(ess);
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
            let rate = self.chain.acceptance().or_else(|| self.chain.cluster_fraction());
            extra.chain_acceptance = rate.map(|rate| (rate, measured));
            let means = Estimator::new(&self.chain_series, None, Sampling::Correlated);
            sources.push(Source {
                estimator: By::Chain,
                means,
                count: measured,
                weight_ess: 1.0,
                knows_its_error: true,
            });
        }
        let p = &self.params;
        observables::all(p.model, p.lattice(), p.beta, self.exact(), &sources, &extra)
    }

    async fn view(&mut self, id: &str) -> Result<View, Error> {
        if !VIEWS.iter().any(|v| v.id == id) {
            return Err(Error::unknown("view", id, VIEWS.iter().map(|v| v.id)));
        }
        self.refresh().await?;
        let slowness = match &mut self.background {
            Background::Sizes(scan) if id == "slowing_down" => scan.slowness(),
            _ => Vec::new(),
        };
        Ok(views::draw(self, &slowness, id))
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
            coarsening: self.coarsening.clone(),
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

    fn touch(&mut self, gesture: &str, numbers: &[f64]) -> Result<(), Error> {
        gestures::touch(self, gesture, numbers)
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
        lab.chain = SpinChain::restore(params.model, params.lattice(), params.beta, &state.chain, seed)?;
        lab.chain_series.clear();
        lab.coarsening = state.coarsening;
        let sites = params.lattice().sites();
        if let Some(wrong) = state.recent.iter().find(|c| c.len() != sites || c.iter().any(|v| !v.is_finite())) {
            let reason = format!(
                "its chain has a configuration of {} spins, or one that is not finite; {sites} finite ones are needed",
                wrong.len()
            );
            return Err(Error::Snapshot { reason });
        }
        if !state.recent.is_empty() {
            lab.recent = state.recent.into();
        }
        lab.host.clear();
        lab.good = (lab.parameters.flat(), lab.adam.clone(), lab.step);
        lab.start_pool();
        Ok(lab)
    }
}
