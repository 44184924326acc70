//! Further chains in the background: a walk down in temperature, and lattices of several sizes at criticality.

use super::params::{Params, Scan};
use crate::{
    action::SpinModel,
    exact::ISING_CRITICAL_BETA,
    lattice::Square,
    mcmc::spins::{Recipe, SpinChain},
    net::Autoregressive,
    observable::{Scratch, SpinColumns},
    rng::{Rng, Stream},
    stats::{self, Derived, Estimator, Sampling, Series, gamma_method},
};

/// Inverse temperature of the Kosterlitz-Thouless transition: M. Hasenbusch, J. Phys. A 38 (2005) 5869.
pub const KT_BETA: f64 = 1.1199;

/// The critical inverse temperature of the infinite lattice.
pub fn critical_beta(model: SpinModel) -> f64 {
    match model {
        SpinModel::Xy => KT_BETA,
        SpinModel::Ising => ISING_CRITICAL_BETA,
    }
}

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

    /// `updates` updates of each chain. `network` is asked at every temperature that is done, if it knows temperatures.
    pub fn advance(&mut self, updates: usize, network: Option<(&Autoregressive, &[f32])>) {
        match self {
            Self::Off => {}
            Self::Temperatures(scan) => scan.advance(updates, network),
            Self::Sizes(scan) => scan.advance(updates),
        }
    }
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
    /// Results of the chain, by rising `beta`.
    pub points: Vec<Point>,
    /// Results of the network.
    pub network: Vec<NetworkPoint>,
}

/// Updates at each temperature, and those of them that are not measured.
const UPDATES: usize = 2000;
const THERMALISATION: u64 = 200;
/// Samples of the network at each temperature.
const SAMPLES: usize = 512;

impl TemperatureScan {
    fn new(params: &Params, seed: u64) -> Self {
        let (model, lattice) = (params.model, params.lattice());
        // Equal steps from infinite temperature, as the integral of the energy needs; for XY some cold ones besides.
        let betas: Vec<f64> = match model {
            SpinModel::Xy => (1..=40).map(|i| 0.05 * f64::from(i)).chain([2.5, 1.0 / 0.3, 5.0, 10.0]).collect(),
            SpinModel::Ising => (1..=40).map(|i| 0.02 * f64::from(i)).collect(),
        };
        let recipe = Params { chain: super::params::ChainKind::Mixed, ..params.clone() }.recipe();
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
            points: Vec::new(),
            network: Vec::new(),
        }
    }

    /// Temperatures done, and all.
    pub fn progress(&self) -> (usize, usize) {
        (self.points.len(), self.betas.len())
    }

    fn advance(&mut self, updates: usize, network: Option<(&Autoregressive, &[f32])>) {
        let columns = SpinColumns::new(self.model, self.lattice);
        let (mut spins, mut row) = (Vec::new(), Vec::new());
        for _ in 0..updates {
            let Some(&beta) = self.betas.get(self.points.len()) else { return };
            if self.chain.advance() {
                self.chain.configuration(&mut spins);
                columns.measure(&spins, &mut self.scratch, &mut row);
                self.series.push(&row);
            }
            if self.series.rows() < UPDATES {
                continue;
            }
            self.points.push(point(self.model, self.lattice, beta, &self.series, None, Sampling::Correlated));
            if let Some((density, flat)) = network {
                let asked = self.ask(density, flat, beta);
                self.network.push(asked);
            }
            self.series.clear();
            if let Some(&next) = self.betas.get(self.points.len()) {
                self.chain.set_beta(next, THERMALISATION);
            }
        }
    }

    fn ask(&mut self, density: &Autoregressive, flat: &[f32], beta: f64) -> NetworkPoint {
        let columns = SpinColumns::new(self.model, self.lattice);
        let sites = self.lattice.sites();
        let pass = density.draw(flat, &[beta; SAMPLES], &mut self.sample_rng, false);
        let mut series = Series::unbounded(columns.width());
        let (mut log_w, mut row) = (Vec::with_capacity(SAMPLES), Vec::new());
        for (configuration, log_q) in pass.values.chunks_exact(sites).zip(&pass.log_q) {
            let spins: Vec<f64> = configuration.iter().map(|&v| v.into()).collect();
            columns.measure(&spins, &mut self.scratch, &mut row);
            series.push(&row);
            log_w.push(-beta * row[SpinColumns::ENERGY] * sites as f64 - log_q);
        }
        let weights = stats::normalised_weights(&log_w);
        let (bound, error) = stats::mean_with_error(&log_w);
        let scale = -1.0 / (beta * sites as f64);
        NetworkPoint {
            point: point(self.model, self.lattice, beta, &series, Some(&weights), Sampling::Independent),
            free_energy: (scale * bound, scale.abs() * error),
            ess: stats::effective_sample_size(&log_w),
        }
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

/// Metropolis and Wolff chains on several lattices at the critical temperature of the infinite one.
#[derive(Debug, Clone)]
pub struct SizeScan {
    runs: Vec<SizeRun>,
}

/// A chain of a size.
#[derive(Debug, Clone)]
struct SizeRun {
    kind: usize,
    model: SpinModel,
    side: usize,
    chain: SpinChain,
    /// `m^2`, update by update.
    history: Vec<f64>,
}

/// The sizes.
pub const SIDES: [usize; 4] = [4, 8, 16, 32];
/// The algorithms.
pub const KINDS: [&str; 2] = ["Metropolis", "Wolff"];
/// Updates that are kept; later ones push out the earliest half.
const HISTORY: usize = 1 << 19;

/// An autocorrelation time at a size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slowness {
    /// Index in [`KINDS`].
    pub kind: usize,
    /// Side of the lattice.
    pub side: usize,
    /// `tau_int` of `m^2` in sweeps, and its error.
    pub tau: (f64, f64),
}

impl SizeScan {
    /// Chains at the beginning.
    pub fn new(model: SpinModel, seed: u64) -> Self {
        let recipes = [
            Recipe { metropolis: 1, over_relaxation: 0, wolff: 0 },
            Recipe { metropolis: 0, over_relaxation: 0, wolff: 1 },
        ];
        let mut runs = Vec::new();
        for (kind, recipe) in recipes.into_iter().enumerate() {
            for side in SIDES {
                let lattice = Square { side };
                // Each chain its own stretch of the stream: 2^40 words are more than it will ever take.
                let rng = Rng::at(seed, Stream::Tail, ((runs.len() + 1) as u64) << 40);
                let thermalisation = 50 * side as u64;
                let chain = SpinChain::new(model, lattice, critical_beta(model), recipe, rng, thermalisation, false);
                runs.push(SizeRun { kind, model, side, chain, history: Vec::new() });
            }
        }
        Self { runs }
    }

    /// `updates` updates of every chain.
    pub fn advance(&mut self, updates: usize) {
        let mut spins = Vec::new();
        for run in &mut self.runs {
            for _ in 0..updates {
                if !run.chain.advance() {
                    continue;
                }
                run.chain.configuration(&mut spins);
                run.history.push(run.model.magnetization_squared(&spins));
                if run.history.len() >= HISTORY {
                    run.history.drain(..HISTORY / 2);
                }
            }
        }
    }

    /// The autocorrelation times there are.
    pub fn slowness(&self) -> Vec<Slowness> {
        self.runs
            .iter()
            .filter(|run| run.history.len() >= 500)
            .map(|run| {
                let gamma = gamma_method(&run.history);
                // A cluster update costs the fraction of the lattice that it turns.
                let sweeps = run.chain.sweeps_per_update();
                Slowness { kind: run.kind, side: run.side, tau: (sweeps * gamma.tau_int, sweeps * gamma.tau_int_error) }
            })
            .collect()
    }
}

/// The dynamic exponent `z` of `tau = c L^z` and its error, and `ln c`: weighted least squares on logarithms, from `L = 8` on.
pub fn dynamic_exponent(kind: usize, slowness: &[Slowness]) -> Option<((f64, f64), f64)> {
    let points: Vec<(f64, f64, f64)> = slowness
        .iter()
        .filter(|s| s.kind == kind && s.side >= 8 && s.tau.1 > 0.0)
        .map(|s| ((s.side as f64).ln(), s.tau.0.ln(), (s.tau.0 / s.tau.1).powi(2)))
        .collect();
    if points.len() < 2 {
        return None;
    }
    let sum = |f: &dyn Fn(&(f64, f64, f64)) -> f64| points.iter().map(f).sum::<f64>();
    let (w, x, y) = (sum(&|p| p.2), sum(&|p| p.2 * p.0), sum(&|p| p.2 * p.1));
    let (xx, xy) = (sum(&|p| p.2 * p.0 * p.0), sum(&|p| p.2 * p.0 * p.1));
    let determinant = w * xx - x * x;
    let z = (w * xy - x * y) / determinant;
    Some(((z, (w / determinant).sqrt()), (y - z * x) / w))
}
