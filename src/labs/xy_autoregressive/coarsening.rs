//! What becomes of a quench.

use serde::{Deserialize, Serialize};

use super::exact::Exact;
use crate::{
    action::SpinModel,
    lab::{Level, Mark, ReferenceKind, Role, Series as Curve},
    lattice::Square,
    observable::{Scratch, SpinColumns},
};

/// Single configurations of the chain since it was quenched, ever more rarely: as many for each doubling of the time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Coarsening {
    /// Updates since the quench, and when the next configuration is due.
    updates: u64,
    next: u64,
    /// Updates, energy and vortex density.
    points: Vec<(u64, f64, f64)>,
}

impl Coarsening {
    /// Counts an update; whether the configuration after it is wanted.
    pub fn is_due(&mut self) -> bool {
        self.updates += 1;
        self.updates >= self.next
    }

    /// Takes the configuration that is there now.
    pub fn add(&mut self, model: SpinModel, lattice: Square, spins: &[f64], scratch: &mut Scratch) {
        let mut row = Vec::new();
        SpinColumns::new(model, lattice).measure(spins, scratch, &mut row);
        self.points.push((self.updates, row[SpinColumns::ENERGY], row[SpinColumns::VORTEX_DENSITY]));
        self.next = self.updates + 1 + self.updates / 10;
    }

    /// Whether there is something to draw.
    pub fn has_begun(&self) -> bool {
        !self.points.is_empty()
    }

    /// Energy and vortex density against time.
    pub fn curves(&self, model: SpinModel) -> Vec<Curve> {
        let times = || self.points.iter().map(|p| p.0 as f64).collect();
        let of = |name, mark, y| Curve::new(name, Role::Chain, mark, times(), y);
        let energy = of("chain, −e", Mark::Line, self.points.iter().map(|p| -p.1).collect());
        if model == SpinModel::Ising {
            return vec![energy];
        }
        // None left has no place on a logarithmic axis.
        let density = self.points.iter().map(|p| if p.2 > 0.0 { p.2 } else { f64::NAN }).collect();
        vec![energy, of("chain, vortices a plaquette", Mark::Dots, density)]
    }
}

/// Where the energy goes, if it is known.
pub fn equilibrium(exact: &Exact) -> Vec<Level> {
    let known = exact.of("energy").into_iter().find(|r| r.kind != ReferenceKind::Continuum);
    let level = |y: f64| Level { name: format!("−e in equilibrium = {y:.4}"), role: Role::Truth, y };
    known.map(|r| level(-r.value)).into_iter().collect()
}
