//! Autocorrelation times against the size of the lattice, at criticality.

use crate::{
    action::SpinModel,
    exact::ISING_CRITICAL_BETA,
    lattice::Square,
    mcmc::spins::{Recipe, SpinChain},
    rng::{Rng, Stream},
    stats::gamma_method,
};

/// Inverse temperature of the Kosterlitz-Thouless transition: M. Hasenbusch, J. Phys. A 38 (2005) 5869.
const KT_BETA: f64 = 1.1199;

/// The sizes.
pub const SIDES: [usize; 4] = [4, 8, 16, 32];
/// The algorithms.
pub const KINDS: [&str; 2] = ["Metropolis", "Wolff"];
/// What is followed: a component of the mean spin, its square, the energy.
const FOLLOWED: usize = 3;
/// Values of a trace that are kept.
const HISTORY: usize = 1 << 17;
/// Updates of each chain, after which the exponents are known to a few per cent.
const LONGEST: u64 = 2_000_000;
/// Fewer values tell nothing.
const FEWEST: usize = 1000;

/// Metropolis and Wolff chains on several lattices at the critical temperature of the infinite one.
#[derive(Debug, Clone)]
pub struct SizeScan {
    model: SpinModel,
    runs: Vec<SizeRun>,
}

/// A chain of a size.
#[derive(Debug, Clone)]
struct SizeRun {
    kind: usize,
    side: usize,
    chain: SpinChain,
    traces: [Trace; FOLLOWED],
    updates: u64,
    /// The result after so many updates.
    found: Option<(u64, Slowness)>,
}

/// A number followed through the updates of a chain, in bounded memory. When it is full, every other value goes as long as what is
/// left is close enough together to tell the autocorrelation time, and else the earlier half.
#[derive(Debug, Clone)]
struct Trace {
    values: Vec<f32>,
    /// Updates from one value to the next, now and at most.
    stride: usize,
    largest: usize,
    since: usize,
}

impl Trace {
    fn new(largest: usize) -> Self {
        Self { values: Vec::new(), stride: 1, largest, since: 0 }
    }

    fn push(&mut self, value: f64) {
        self.since += 1;
        if self.since < self.stride {
            return;
        }
        self.since = 0;
        self.values.push(value as f32);
        if self.values.len() < HISTORY {
            return;
        }
        if 2 * self.stride <= self.largest {
            self.stride *= 2;
            self.values = self.values.iter().skip(1).step_by(2).copied().collect();
        } else {
            self.values.drain(..HISTORY / 2);
        }
    }

    /// `tau_int` in updates, and its error.
    fn tau(&self) -> (f64, f64) {
        let values: Vec<f64> = self.values.iter().map(|&v| v.into()).collect();
        let gamma = gamma_method(&values);
        let updates = self.stride as f64;
        (updates * gamma.tau_int, updates * gamma.tau_int_error)
    }
}

/// The autocorrelation time at a size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slowness {
    /// Index in [`KINDS`].
    pub kind: usize,
    /// Side of the lattice.
    pub side: usize,
    /// `tau_int` of the slowest of what is followed, in sweeps, and its error.
    pub tau: (f64, f64),
    /// The same of `m^2`.
    pub tau_m2: (f64, f64),
}

impl SizeScan {
    /// Chains at their beginning.
    pub fn new(model: SpinModel, seed: u64) -> Self {
        let beta = match model {
            SpinModel::Xy => KT_BETA,
            SpinModel::Ising => ISING_CRITICAL_BETA,
        };
        let local = Recipe { metropolis: 1, over_relaxation: 0, wolff: 0 };
        let recipes = [local, Recipe { metropolis: 0, over_relaxation: 0, wolff: 1 }];
        let mut runs = Vec::new();
        for (kind, recipe) in recipes.into_iter().enumerate() {
            for side in SIDES {
                // Each chain its own stretch of the stream: 2^40 words are more than it will ever take.
                let rng = Rng::at(seed, Stream::Tail, ((runs.len() + 1) as u64) << 40);
                let thermalisation = 50 * side as u64;
                // With local updates the mean spin remembers about L^2 sweeps, the others a thirtieth of it.
                let strides =
                    if kind == 0 { [side * side / 8, side * side / 64, side * side / 64] } else { [1; FOLLOWED] };
                runs.push(SizeRun {
                    kind,
                    side,
                    chain: SpinChain::new(model, Square { side }, beta, recipe, rng, thermalisation, false),
                    traces: strides.map(|largest| Trace::new(largest.max(1))),
                    updates: 0,
                    found: None,
                });
            }
        }
        Self { model, runs }
    }

    /// Updates done, and all.
    pub fn progress(&self) -> (u64, u64) {
        (self.runs.iter().map(|run| run.updates).min().unwrap_or(0).min(LONGEST), LONGEST)
    }

    /// `updates` updates of every chain.
    pub fn advance(&mut self, updates: usize) {
        let (done, all) = self.progress();
        let updates = updates.min((all - done) as usize);
        self.runs.iter_mut().for_each(|run| run.advance(self.model, updates));
    }

    /// The autocorrelation times as they are known now; computed anew where the history has grown by a fifth.
    pub fn slowness(&mut self) -> Vec<Slowness> {
        self.runs.iter_mut().filter_map(SizeRun::slowness).collect()
    }
}

impl SizeRun {
    fn advance(&mut self, model: SpinModel, updates: usize) {
        let mut spins = Vec::new();
        for _ in 0..updates {
            if !self.chain.advance() {
                continue;
            }
            self.updates += 1;
            self.chain.configuration(&mut spins);
            let m = model.magnetization(&spins);
            let energy = model.energy(Square { side: self.side }, &spins);
            let row = [m[0], m[0] * m[0] + m[1] * m[1], energy];
            self.traces.iter_mut().zip(row).for_each(|(trace, value)| trace.push(value));
        }
    }

    fn slowness(&mut self) -> Option<Slowness> {
        if self.updates < FEWEST as u64 {
            return None;
        }
        if let Some((at, found)) = self.found
            && self.updates < at + at / 5
        {
            return Some(found);
        }
        // A cluster update costs the fraction of the lattice that it turns.
        let sweeps = self.chain.sweeps_per_update();
        let taus = [0, 1, 2].map(|i| self.traces[i].tau()).map(|(tau, error)| (sweeps * tau, sweeps * error));
        let slowest = taus.into_iter().max_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or(taus[0]);
        let found = Slowness { kind: self.kind, side: self.side, tau: slowest, tau_m2: taus[1] };
        self.found = Some((self.updates, found));
        Some(found)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// `tau_int` of `m^2` in sweeps at the critical point of the Ising model, by an independent program: `L`, then value and error
    /// of Metropolis and of Wolff.
    const TABLE: [(usize, Both); 3] = [
        (8, [(2.866, 0.039), (0.991, 0.014)]),
        (16, [(9.45, 0.227), (1.245, 0.021)]),
        (32, [(36.238, 1.956), (1.377, 0.027)]),
    ];
    type Both = [(f64, f64); 2];

    #[test]
    #[ignore = "two minutes"]
    fn metropolis_slows_down_and_clusters_do_not() {
        let mut scan = SizeScan::new(SpinModel::Ising, 1);
        for run in &mut scan.runs {
            run.advance(SpinModel::Ising, if run.kind == 0 { 3_000_000 } else { 300_000 });
        }
        let slowness = scan.slowness();
        slowness.iter().for_each(|s| println!("{s:?}"));
        // Six times within four standard errors, both programs' together: by chance one seed in 2600 fails.
        for (side, both) in TABLE {
            for (kind, expected) in both.into_iter().enumerate() {
                let got = slowness.iter().find(|s| s.kind == kind && s.side == side).unwrap().tau_m2;
                let error = got.1.hypot(expected.1);
                assert!(
                    (got.0 - expected.0).abs() < 4.0 * error,
                    "{} L = {side}: {got:?}, not {expected:?}",
                    KINDS[kind]
                );
            }
        }
        let z = [0, 1].map(|kind| dynamic_exponent(kind, &slowness).unwrap().0);
        println!("z = {z:?}");
        assert!((1.9..2.4).contains(&z[0].0), "Metropolis: {:?}", z[0]);
        assert!(z[1].0 < 0.5, "Wolff: {:?}", z[1]);
    }

    #[test]
    fn the_exponent_of_a_power_is_found() {
        let of = |side: usize, tau: f64| Slowness { kind: 0, side, tau: (tau, 0.01 * tau), tau_m2: (tau, 0.01) };
        let slowness = SIDES.map(|side| of(side, 0.3 * (side as f64).powf(2.17)));
        let ((z, _), ln_c) = dynamic_exponent(0, &slowness).unwrap();
        assert!((z - 2.17).abs() < 1e-9 && (ln_c - 0.3_f64.ln()).abs() < 1e-9);
        assert!(dynamic_exponent(1, &slowness).is_none());
    }
}
