//! Further chains in the background, and the one among them that walks down in temperature.

use super::{
    params::{ChainKind, Params, Scan},
    sizes::SizeScan,
};
use crate::{
    action::SpinModel,
    lab::Progress,
    lattice::Square,
    mcmc::spins::SpinChain,
    net::Autoregressive,
    observable::{Scratch, SpinColumns},
    rng::{Rng, Stream},
    stats::{self, Derived, Estimator, Sampling, Series},
};

/// What runs besides the reference chain.
#[derive(Debug, Clone)]
pub enum Background {
    /// Nothing.
    Off,
    /// A walk down in temperature.
    Temperatures(Box<TemperatureScan>),
    /// Several sizes.
    Sizes(Box<SizeScan>),
}

impl Background {
    /// As the parameters want it, from its beginning.
    pub fn new(params: &Params, seed: u64) -> Self {
        match params.scan {
            Scan::Off => Self::Off,
            Scan::Temperatures => Self::Temperatures(Box::new(TemperatureScan::new(params, seed))),
            Scan::Sizes => Self::Sizes(Box::new(SizeScan::new(params.model, seed))),
        }
    }

    /// Whether it is what `scan` asks for.
    pub fn is(&self, scan: Scan) -> bool {
        matches!(
            (self, scan),
            (Self::Off, Scan::Off) | (Self::Temperatures(_), Scan::Temperatures) | (Self::Sizes(_), Scan::Sizes)
        )
    }

    /// `updates` updates of each chain. `network` is asked at every temperature that is done, and once more when it is `trained`.
    pub fn advance(&mut self, updates: usize, network: Option<Asked<'_>>, trained: bool) {
        match self {
            Self::Off => {}
            Self::Temperatures(scan) => {
                scan.advance(updates);
                if let Some(network) = network {
                    scan.ask(&network, trained);
                }
            }
            Self::Sizes(scan) => scan.advance(updates),
        }
    }

    /// How far it is. A `network` that is trained has to be asked at every temperature.
    pub fn progress(&self, network: Option<Asked<'_>>) -> Option<Progress> {
        match self {
            Self::Off => None,
            Self::Temperatures(scan) => {
                let (done, all) = scan.progress();
                let asked = network.is_none_or(|network| scan.next_to_ask(&network, true).is_none());
                let finished = done == all && asked;
                Some(Progress { done: done as u32, all: all as u32, of: "temperatures", finished })
            }
            Self::Sizes(scan) => {
                let (done, all) = scan.progress();
                let thousands = |updates: u64| (updates / 1000) as u32;
                Some(Progress {
                    done: thousands(done),
                    all: thousands(all),
                    of: "thousand updates",
                    finished: done == all,
                })
            }
        }
    }
}

/// A network that knows temperatures, with its parameters and the step that they belong to.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The network.
    pub density: &'a Autoregressive,
    /// Its parameters.
    pub flat: &'a [f32],
    /// After so many optimiser steps.
    pub step: u32,
}

/// A quantity at a temperature.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Inverse temperature.
    pub beta: f64,
    /// The quantities of [`OF_MEANS`], each with its error.
    pub values: [(f64, f64); 5],
}

/// What is measured at each temperature.
pub const OF_MEANS: [&str; 5] = ["energy", "specific_heat", "helicity_modulus", "vortex_density", "magnetization"];

/// What the network says at a temperature.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NetworkPoint {
    /// The reweighted quantities.
    pub point: Point,
    /// Variational free energy a site.
    pub free_energy: (f64, f64),
    /// Effective sample size, per sample.
    pub ess: f64,
    /// The optimiser step after which it began to be asked.
    step: u32,
}

/// A temperature at which the network is being asked.
#[derive(Debug, Clone)]
struct Asking {
    beta: f64,
    step: u32,
    series: Series,
    log_w: Vec<f64>,
}

/// One chain, cooled from step to step.
#[derive(Debug, Clone)]
pub struct TemperatureScan {
    model: SpinModel,
    lattice: Square,
    betas: Vec<f64>,
    chain: SpinChain,
    series: Series,
    scratch: Scratch,
    sample_rng: Rng,
    /// Where the network was trained; elsewhere it is not asked.
    trained: std::ops::RangeInclusive<f64>,
    /// Results of the chain, by rising `beta`.
    pub points: Vec<Point>,
    /// Results of the network.
    pub network: Vec<NetworkPoint>,
    asking: Option<Asking>,
}

/// Measured updates at each temperature, at those that are too hot to be drawn, and updates before them.
const UPDATES: usize = 2000;
const HOT_UPDATES: usize = 500;
const HOT: f64 = 0.38;
const THERMALISATION: u64 = 200;
/// Samples of the network at each temperature.
const SAMPLES: usize = 512;
/// Of them drawn at a time: with a large network on a large lattice they take long.
const BLOCK: usize = 64;

impl TemperatureScan {
    fn new(params: &Params, seed: u64) -> Self {
        let (model, lattice) = (params.model, params.lattice());
        // Equal steps from infinite temperature, as the integral of the energy needs; for XY some cold ones besides.
        let betas: Vec<f64> = match model {
            SpinModel::Xy => (1..=40).map(|i| 0.05 * f64::from(i)).chain([2.5, 1.0 / 0.3, 5.0, 10.0]).collect(),
            SpinModel::Ising => (1..=40).map(|i| 0.02 * f64::from(i)).collect(),
        };
        let recipe = Params { chain: ChainKind::Mixed, ..params.clone() }.recipe();
        let rng = Rng::new(seed, Stream::Tail);
        let chain = SpinChain::new(model, lattice, betas[0], recipe, rng, THERMALISATION, true);
        Self {
            model,
            lattice,
            betas,
            chain,
            series: Series::new(SpinColumns::new(model, lattice).width()),
            scratch: Scratch::default(),
            sample_rng: Rng::new(seed, Stream::Noise),
            trained: params.beta_low..=params.beta_high,
            points: Vec::new(),
            network: Vec::new(),
            asking: None,
        }
    }

    /// Temperatures done, and all.
    pub fn progress(&self) -> (usize, usize) {
        (self.points.len(), self.betas.len())
    }

    fn advance(&mut self, updates: usize) {
        let columns = SpinColumns::new(self.model, self.lattice);
        let (mut spins, mut row) = (Vec::new(), Vec::new());
        for _ in 0..updates {
            let Some(&beta) = self.betas.get(self.points.len()) else { return };
            if self.chain.advance() {
                self.chain.configuration(&mut spins);
                columns.measure(&spins, &mut self.scratch, &mut row);
                self.series.push(&row);
            }
            if self.series.rows() < if beta < HOT { HOT_UPDATES } else { UPDATES } {
                continue;
            }
            self.points.push(point(self.model, self.lattice, beta, &self.series, None, Sampling::Correlated));
            self.series.clear();
            if let Some(&next) = self.betas.get(self.points.len()) {
                self.chain.set_beta(next, THERMALISATION);
            }
        }
    }

    /// The first temperature of the chain at which the network has not been asked; or, `again`, not as it is now.
    fn next_to_ask(&self, network: &Asked<'_>, again: bool) -> Option<f64> {
        let known = |beta: f64| self.network.iter().any(|n| n.point.beta == beta && (!again || n.step == network.step));
        self.points.iter().map(|p| p.beta).find(|beta| self.trained.contains(beta) && !known(*beta))
    }

    /// Draws a few samples where the network is to be asked.
    fn ask(&mut self, network: &Asked<'_>, again: bool) {
        let columns = SpinColumns::new(self.model, self.lattice);
        let sites = self.lattice.sites();
        let begin =
            |beta| Asking { beta, step: network.step, series: Series::unbounded(columns.width()), log_w: Vec::new() };
        let Some(mut asking) = self.asking.take().or_else(|| self.next_to_ask(network, again).map(begin)) else {
            return;
        };
        let Asking { beta, series, log_w, .. } = &mut asking;
        let beta = *beta;
        let pass = network.density.draw(network.flat, &[beta; BLOCK], &mut self.sample_rng, false);
        let mut row = Vec::new();
        for (configuration, log_q) in pass.values.chunks_exact(sites).zip(&pass.log_q) {
            let spins: Vec<f64> = configuration.iter().map(|&v| v.into()).collect();
            columns.measure(&spins, &mut self.scratch, &mut row);
            series.push(&row);
            log_w.push(-beta * row[SpinColumns::ENERGY] * sites as f64 - log_q);
        }
        if log_w.len() < SAMPLES {
            self.asking = Some(asking);
            return;
        }
        let weights = stats::normalised_weights(log_w);
        let (bound, error) = stats::mean_with_error(log_w);
        let scale = -1.0 / (beta * sites as f64);
        let asked = NetworkPoint {
            point: point(self.model, self.lattice, beta, series, Some(&weights), Sampling::Independent),
            free_energy: (scale * bound, scale.abs() * error),
            ess: stats::effective_sample_size(log_w),
            step: asking.step,
        };
        self.network.retain(|n| n.point.beta != beta);
        self.network.push(asked);
    }

    /// `(beta, F/N, error)` by integrating the energy from infinite temperature, as far as the steps are equal:
    /// `ln Z(b)/N = ln Z(0)/N - int_0^b e`, each step by Hermite's rule with `de/db = -c/b^2`.
    pub fn free_energies(&self) -> Vec<(f64, f64, f64)> {
        let entropy = match self.model {
            SpinModel::Xy => std::f64::consts::TAU.ln(),
            SpinModel::Ising => std::f64::consts::LN_2,
        };
        let step = self.betas[0];
        // At beta = 0: e = 0, and de/db = -N <e^2> = -<(sum of two bonds a site)^2>/N, which is 1 for XY and 2 for Ising.
        let mut last = match (self.model, self.lattice.side) {
            // On a side of 2 each bond counts twice, and its square four times.
            (SpinModel::Xy, 2) => (0.0, -2.0),
            (SpinModel::Ising, 2) => (0.0, -4.0),
            (SpinModel::Xy, _) => (0.0, -1.0),
            (SpinModel::Ising, _) => (0.0, -2.0),
        };
        let (mut ln_z, mut variance) = (entropy, 0.0);
        let mut out = Vec::new();
        for (i, point) in self.points.iter().enumerate() {
            if (point.beta - step * (i + 1) as f64).abs() > 1e-9 {
                break;
            }
            let (energy, error) = point.values[0];
            let slope = -point.values[1].0 / (point.beta * point.beta);
            ln_z -= 0.5 * step * (last.0 + energy) + step * step / 12.0 * (last.1 - slope);
            // Each energy enters two steps; the one at the end only one, which is neglected.
            variance += (step * error).powi(2);
            last = (energy, slope);
            out.push((point.beta, -ln_z / point.beta, variance.sqrt() / point.beta));
        }
        out
    }
}

fn point(
    model: SpinModel,
    lattice: Square,
    beta: f64,
    series: &Series,
    weights: Option<&[f64]>,
    sampling: Sampling,
) -> Point {
    let estimator = Estimator::new(series, weights, sampling);
    let values = OF_MEANS.map(|id| {
        let f = super::observables::of_means(id, model, lattice, beta).expect("functions of means");
        let Derived { value, error, .. } = estimator.derived(f);
        (value, error)
    });
    Point { beta, values }
}
