//! What is known of the theory of a session without asking the network.

use std::f64::consts::TAU;

use super::reference;
use crate::{
    action::SpinModel,
    exact::{IsingEnumeration, Kaufman, XyTransfer, ising_magnetization, onsager_energy},
    lab::{Reference, ReferenceKind},
};

/// How exact values of the XY model were obtained.
const TRANSFER: &str = "transfer matrix of currents";
/// How those of the Ising model were.
const KAUFMAN: &str = "Kaufman's formula for this torus";
const ENUMERATION: &str = "sum over all configurations";
const INFINITE: &str =
    "a limit, not this torus: energy and spontaneous magnetisation of the infinite lattice (Onsager, Yang)";

/// References of each observable, the best first.
#[derive(Debug, Clone)]
pub struct Exact {
    references: Vec<(&'static str, Reference)>,
    /// `ln Z/N` in the measure of the action, if anything is known of it.
    pub ln_z: Option<Reference>,
}

impl Exact {
    /// Looks up or computes what there is for a lattice: at most a second, usually much less.
    pub fn new(model: SpinModel, side: usize, beta: f64) -> Self {
        let mut known = Self { references: Vec::new(), ln_z: None };
        match model {
            SpinModel::Xy => known.xy(side, beta),
            SpinModel::Ising => known.ising(side, beta),
        }
        if let Some(ln_z) = known.ln_z.clone() {
            let t = 1.0 / beta;
            known.push("free_energy", (-t * ln_z.value, t * ln_z.error), ln_z.kind, ln_z.source);
            if model == SpinModel::Xy {
                let published = -t * (ln_z.value - TAU.ln());
                known.push("free_energy_published", (published, t * ln_z.error), ln_z.kind, ln_z.source);
            }
            if let Some(energy) = known.of("energy").first() {
                let entropy = (beta * energy.value + ln_z.value, (beta * energy.error).hypot(ln_z.error));
                known.push("entropy", entropy, ln_z.kind, ln_z.source);
            }
        }
        known
    }

    /// The references of an observable.
    pub fn of(&self, id: &str) -> Vec<Reference> {
        self.references.iter().filter(|(of, _)| *of == id).map(|(_, reference)| reference.clone()).collect()
    }

    fn push(&mut self, id: &'static str, (value, error): (f64, f64), kind: ReferenceKind, source: &'static str) {
        self.references.push((id, Reference { value, error, kind, source }));
    }

    fn exact(&mut self, source: &'static str, values: &[(&'static str, f64)]) {
        for (id, value) in values {
            self.push(id, (*value, 0.0), ReferenceKind::Exact, source);
        }
    }

    fn xy(&mut self, side: usize, beta: f64) {
        if XyTransfer::is_feasible(side, beta) {
            let exact = XyTransfer::new(side, beta);
            self.exact(
                TRANSFER,
                &[
                    ("energy", exact.energy),
                    ("specific_heat", exact.specific_heat),
                    ("helicity_modulus", exact.helicity_modulus),
                ],
            );
            let value = exact.ln_z_normalised + TAU.ln();
            self.ln_z = Some(Reference { value, error: 0.0, kind: ReferenceKind::Exact, source: TRANSFER });
        } else if let Some((value, error)) = reference::ln_z_normalised(side, beta) {
            let value = value + TAU.ln();
            self.ln_z = Some(Reference { value, error, kind: ReferenceKind::Chain, source: reference::INTEGRATED });
        }
        if let Some((row, source)) = reference::row(side, 1.0 / beta) {
            for id in ["energy", "specific_heat", "helicity_modulus", "vortex_density", "magnetization", "binder"] {
                let value = row.get(id).expect("a column of the table");
                self.push(id, value, ReferenceKind::Chain, source);
            }
            let sites = (side * side) as f64;
            let (m2, error) = row.get("m2").expect("a column of the table");
            self.push("susceptibility", (sites * m2, sites * error), ReferenceKind::Chain, source);
        }
    }

    fn ising(&mut self, side: usize, beta: f64) {
        let kaufman = Kaufman::new(side, beta);
        self.exact(KAUFMAN, &[("energy", kaufman.energy), ("specific_heat", kaufman.specific_heat)]);
        let (value, kind) = (kaufman.ln_z, ReferenceKind::Exact);
        self.ln_z = Some(Reference { value, error: 0.0, kind, source: KAUFMAN });
        if side <= IsingEnumeration::LARGEST {
            let sum = IsingEnumeration::new(side, beta);
            self.exact(
                ENUMERATION,
                &[
                    ("magnetization", sum.magnetization),
                    ("susceptibility", (side * side) as f64 * sum.m2),
                    ("binder", 1.0 - sum.m4 / (3.0 * sum.m2.powi(2))),
                ],
            );
        }
        let limits = [("energy", onsager_energy(beta)), ("magnetization", ising_magnetization(beta))];
        for (id, value) in limits {
            self.push(id, (value, 0.0), ReferenceKind::Continuum, INFINITE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entropy_and_free_energy_fit_together() {
        for (model, side, beta) in [(SpinModel::Xy, 4, 1.0), (SpinModel::Ising, 10, 0.4), (SpinModel::Xy, 8, 1.0)] {
            let known = Exact::new(model, side, beta);
            let value = |id: &str| known.of(id).first().unwrap_or_else(|| panic!("{model:?} {side}: {id}")).value;
            let off = value("energy") - value("entropy") / beta - value("free_energy");
            assert!(off.abs() < 1e-12);
        }
        // The published convention at L = 4, beta = 1, from an independent program.
        let published = Exact::new(SpinModel::Xy, 4, 1.0).of("free_energy_published")[0].value;
        assert!((published + 0.665_467_6).abs() < 1e-6, "{published}");
    }
}
