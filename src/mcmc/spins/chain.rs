//! A chain of spin configurations.

use serde::{Deserialize, Serialize};

use super::{
    spin::Spin,
    updates::{Cluster, metropolis_sweep, over_relaxation_sweep, wolff},
};
use crate::{
    action::{SpinModel, wrap},
    error::Error,
    lattice::Square,
    rng::{Rng, Stream},
};

/// What one update of a chain is made of, in this order. Over-relaxation alone does not change the energy, and does nothing to
/// Ising spins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipe {
    /// Metropolis sweeps.
    pub metropolis: u32,
    /// Over-relaxation sweeps.
    pub over_relaxation: u32,
    /// Wolff clusters.
    pub wolff: u32,
}

/// A configuration.
#[derive(Debug, Clone, PartialEq)]
enum Spins {
    Planar(Vec<[f64; 2]>),
    Signs(Vec<f64>),
}

/// A Markov chain of XY or Ising spins.
#[derive(Debug, Clone)]
pub struct SpinChain {
    lattice: Square,
    beta: f64,
    recipe: Recipe,
    neighbours: Vec<[u32; 4]>,
    spins: Spins,
    /// Largest angle that Metropolis proposes.
    width: f64,
    rng: Rng,
    cluster: Cluster,
    /// Updates left in which the width is tuned and nothing is measured.
    thermalisation: u64,
    /// Updates left that are Metropolis sweeps alone, whatever the recipe.
    local: u64,
    updates: u64,
    /// Sum of Metropolis acceptances since thermalisation, and the number of sweeps.
    accepted: (f64, u64),
    /// Sum of the sizes of clusters since thermalisation, as fractions of the lattice, and their number.
    clusters: (f64, u64),
}

/// A chain as plain data, from which it goes on bit for bit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SpinChainState {
    /// Components of the spins, one after the other.
    components: Vec<f64>,
    recipe: Recipe,
    width: f64,
    position: u64,
    thermalisation: u64,
    #[serde(default)]
    local: u64,
    updates: u64,
    accepted: (f64, u64),
    clusters: (f64, u64),
}

/// One sweep of the only updates that move spins as a dissipative dynamics would.
const LOCAL: Recipe = Recipe { metropolis: 1, over_relaxation: 0, wolff: 0 };

/// Acceptance aimed at while tuning.
const TARGET: f64 = 0.5;

impl SpinChain {
    /// A chain of aligned spins whose first `thermalisation` updates tune it.
    pub fn new(
        model: SpinModel,
        lattice: Square,
        beta: f64,
        recipe: Recipe,
        mut rng: Rng,
        thermalisation: u64,
        hot: bool,
    ) -> Self {
        let sites = lattice.sites();
        let neighbours = (0..sites).map(|site| lattice.neighbours(site).map(|n| n as u32)).collect();
        let spins = match (model, hot) {
            (SpinModel::Xy, false) => Spins::Planar(vec![[1.0, 0.0]; sites]),
            (SpinModel::Ising, false) => Spins::Signs(vec![1.0; sites]),
            (SpinModel::Xy, true) => Spins::Planar((0..sites).map(|_| Spin::random(&mut rng)).collect()),
            (SpinModel::Ising, true) => Spins::Signs((0..sites).map(|_| Spin::random(&mut rng)).collect()),
        };
        Self {
            lattice,
            beta,
            recipe,
            neighbours,
            spins,
            width: 1.0,
            rng,
            cluster: Cluster::default(),
            thermalisation,
            local: 0,
            updates: 0,
            accepted: (0.0, 0),
            clusters: (0.0, 0),
        }
    }

    /// The configuration into `out`: angles on `[-pi, pi]` for XY, plus or minus one for Ising.
    pub fn configuration(&self, out: &mut Vec<f64>) {
        out.clear();
        match &self.spins {
            Spins::Planar(spins) => out.extend(spins.iter().map(|s| s[1].atan2(s[0]))),
            Spins::Signs(spins) => out.extend_from_slice(spins),
        }
    }

    /// Replaces the configuration, as a hand on the lattice does. What was measured before stays; `thermalisation` updates from
    /// now on are not measured.
    ///
    /// # Errors
    /// [`Error::Data`] if it has another number of sites, an angle that is not finite, or an Ising spin that is not `+1` or `-1`;
    /// nothing is changed then.
    pub fn set_configuration(&mut self, values: &[f64], thermalisation: u64) -> Result<(), Error> {
        let refuse = |reason: String| Err(Error::Data { name: "configuration".into(), reason });
        if values.len() != self.lattice.sites() {
            return refuse(format!("{} spins for a lattice of {}", values.len(), self.lattice.sites()));
        }
        match &mut self.spins {
            Spins::Planar(spins) => {
                if let Some(at) = values.iter().position(|v| !v.is_finite()) {
                    return refuse(format!("the angle at site {at} is {}", values[at]));
                }
                spins.iter_mut().zip(values).for_each(|(s, v)| *s = [wrap(*v).cos(), wrap(*v).sin()]);
            }
            Spins::Signs(spins) => {
                if let Some(at) = values.iter().position(|v| v.abs() != 1.0) {
                    return refuse(format!("the spin at site {at} is {}, not 1 or -1", values[at]));
                }
                spins.copy_from_slice(values);
            }
        }
        self.thermalisation = thermalisation;
        Ok(())
    }

    /// Replaces the configuration by one of infinite temperature; `thermalisation` updates from now on are not measured.
    pub fn randomise(&mut self, thermalisation: u64) {
        match &mut self.spins {
            Spins::Planar(spins) => spins.iter_mut().for_each(|s| *s = Spin::random(&mut self.rng)),
            Spins::Signs(spins) => spins.iter_mut().for_each(|s| *s = Spin::random(&mut self.rng)),
        }
        self.thermalisation = thermalisation;
    }

    /// Puts `updates` Metropolis sweeps, which are not measured, before all others: clusters would make away with vortices, and
    /// with whatever else is to be seen moving, at once.
    pub fn relax_locally(&mut self, updates: u64) {
        self.local = updates;
        self.thermalisation += updates;
    }

    /// Goes on at another inverse temperature; `thermalisation` updates from now on are not measured.
    pub fn set_beta(&mut self, beta: f64, thermalisation: u64) {
        self.beta = beta;
        self.thermalisation = thermalisation;
        (self.updates, self.accepted, self.clusters) = (0, (0.0, 0), (0.0, 0));
    }

    /// Whether the next update will be past thermalisation.
    pub fn is_thermal(&self) -> bool {
        self.thermalisation == 0
    }

    /// Mean acceptance of Metropolis since thermalisation; `None` if there were no such steps.
    pub fn acceptance(&self) -> Option<f64> {
        (self.accepted.1 > 0).then(|| self.accepted.0 / self.accepted.1 as f64)
    }

    /// Mean size of a cluster since thermalisation, as a fraction of the lattice; `None` if there were none.
    pub fn cluster_fraction(&self) -> Option<f64> {
        (self.clusters.1 > 0).then(|| self.clusters.0 / self.clusters.1 as f64)
    }

    /// Work of one update, in sweeps over the lattice: a cluster counts with its mean size.
    pub fn sweeps_per_update(&self) -> f64 {
        f64::from(self.recipe.metropolis + self.recipe.over_relaxation)
            + f64::from(self.recipe.wolff) * self.cluster_fraction().unwrap_or(1.0)
    }

    /// One update; whether the configuration is past thermalisation.
    pub fn advance(&mut self) -> bool {
        let recipe = if self.local > 0 { LOCAL } else { self.recipe };
        self.local = self.local.saturating_sub(1);
        let context = (self.neighbours.as_slice(), self.beta, self.width, recipe, &mut self.cluster, &mut self.rng);
        let (acceptance, reflected) = match &mut self.spins {
            Spins::Planar(spins) => update(spins, context),
            Spins::Signs(spins) => update(spins, context),
        };
        if self.thermalisation > 0 {
            self.thermalisation -= 1;
            if recipe.metropolis > 0 {
                let gain = 0.2 * (acceptance / f64::from(recipe.metropolis) - TARGET);
                self.width = (self.width * gain.exp()).clamp(1e-3, std::f64::consts::PI);
            }
            return false;
        }
        self.updates += 1;
        self.accepted.0 += acceptance;
        self.accepted.1 += u64::from(self.recipe.metropolis);
        self.clusters.0 += reflected as f64 / self.lattice.sites() as f64;
        self.clusters.1 += u64::from(self.recipe.wolff);
        true
    }

    /// As plain data.
    pub fn state(&self) -> SpinChainState {
        let components = match &self.spins {
            Spins::Planar(spins) => spins.as_flattened().to_vec(),
            Spins::Signs(spins) => spins.clone(),
        };
        SpinChainState {
            components,
            recipe: self.recipe,
            width: self.width,
            position: self.rng.position(),
            thermalisation: self.thermalisation,
            local: self.local,
            updates: self.updates,
            accepted: self.accepted,
            clusters: self.clusters,
        }
    }

    /// From plain data; `seed` is that of the session.
    ///
    /// # Errors
    /// [`Error::Snapshot`] if the spins are not those of this model on this lattice.
    pub fn restore(
        model: SpinModel,
        lattice: Square,
        beta: f64,
        state: &SpinChainState,
        seed: u64,
    ) -> Result<Self, Error> {
        let rng = Rng::at(seed, Stream::Proposal, state.position);
        let mut chain = Self::new(model, lattice, beta, state.recipe, rng, state.thermalisation, false);
        let sites = lattice.sites();
        let components = match model {
            SpinModel::Xy => 2 * sites,
            SpinModel::Ising => sites,
        };
        let broken = |reason: String| Err(Error::Snapshot { reason });
        if state.components.len() != components {
            return broken(format!(
                "its chain has {} spin components; a lattice of side {} needs {components}",
                state.components.len(),
                lattice.side
            ));
        }
        match &mut chain.spins {
            Spins::Planar(spins) => {
                for (spin, c) in spins.iter_mut().zip(state.components.chunks_exact(2)) {
                    *spin = [c[0], c[1]];
                }
                if spins.iter().any(|s| s.dot(*s).is_nan() || (s.dot(*s) - 1.0).abs() > 1e-6) {
                    return broken("its chain has a spin that is not a unit vector".into());
                }
            }
            Spins::Signs(spins) => {
                spins.copy_from_slice(&state.components);
                if spins.iter().any(|s| s.abs() != 1.0) {
                    return broken("its chain has an Ising spin that is not 1 or -1".into());
                }
            }
        }
        if !(state.width.is_finite() && state.width > 0.0) {
            return broken(format!("its chain has a proposal of width {}", state.width));
        }
        chain.width = state.width;
        chain.local = state.local;
        chain.updates = state.updates;
        chain.accepted = state.accepted;
        chain.clusters = state.clusters;
        Ok(chain)
    }
}

/// What an update needs besides the spins.
type Context<'a> = (&'a [[u32; 4]], f64, f64, Recipe, &'a mut Cluster, &'a mut Rng);

/// Sum of the acceptances of the Metropolis sweeps, and sites reflected in clusters.
fn update<S: Spin>(spins: &mut [S], (neighbours, beta, width, recipe, cluster, rng): Context<'_>) -> (f64, usize) {
    let mut accepted = 0.0;
    for _ in 0..recipe.metropolis {
        accepted += metropolis_sweep(spins, neighbours, beta, width, rng);
    }
    for _ in 0..recipe.over_relaxation {
        over_relaxation_sweep(spins, neighbours);
    }
    let reflected = (0..recipe.wolff).map(|_| wolff(spins, neighbours, beta, cluster, rng)).sum();
    spins.iter_mut().for_each(|s| *s = s.normalised());
    (accepted, reflected)
}
