//! The exact answers for the parameters of a session.

use crate::{
    action::DoubleWell,
    exact::{Spectrum, TransferMatrix},
    observable::{PathColumns, cosh_effective_energy, sinh_effective_energy},
};

/// How the lattice values were obtained.
pub const LATTICE: &str = "transfer matrix at this N and a";
/// How the continuum values were obtained.
pub const CONTINUUM: &str = "diagonalised Hamiltonian: continuum, zero temperature";

/// Everything known without sampling.
///
/// The means of the primary observables are kept as a row like one that a path gives, so that the exact value of a derived
/// observable comes from the very function that estimates it.
#[derive(Debug, Clone)]
pub struct Exact {
    /// Mean of every column of [`PathColumns`].
    pub means: Vec<f64>,
    /// `ln Z` of the lattice, in the measure of the action.
    pub ln_z: f64,
    /// Exact level differences `E_1 - E_0, E_2 - E_0` of the transfer matrix at this spacing.
    pub gaps: [f64; 2],
    /// Distances at which the effective energies of the two correlators are read.
    pub plateaus: [usize; 2],
    /// Positions at which the densities are tabulated.
    pub positions: Vec<f64>,
    /// Density of one site of the lattice.
    pub lattice_density: Vec<f64>,
    /// `|psi_0|^2` in the continuum.
    pub ground_state_density: Vec<f64>,
    /// Levels `E_0, E_1, E_2` in the continuum.
    pub levels: [f64; 3],
    /// `<x^2>, <x^4>, <|x|>` in the continuum's ground state.
    pub ground_state_moments: [f64; 3],
}

/// How close to the gap an effective energy counts as on the plateau. Nearer distances have smaller errors, and the exact value
/// that estimates are compared with is that of the same distance, so being a little off costs no honesty.
const CLOSE: f64 = 0.03;
/// Where the correlator has fallen below this fraction of its first value there is mostly noise.
const SIGNAL: f64 = 0.1;

impl Exact {
    /// Computes it all: some tens of milliseconds.
    pub fn new(theory: &DoubleWell) -> Self {
        let lattice = TransferMatrix::new(theory);
        let half = theory.n_tau / 2;
        let (g2, g4) = (lattice.g2(), lattice.g4());
        let gaps = [lattice.gap(1), lattice.gap(2)];
        let plateaus = [
            plateau(gaps[0] * theory.spacing, half - 1, |k| g2[k + 1] / g2[0], |k| cosh_effective_energy(&g2, k)),
            plateau(
                gaps[1] * theory.spacing,
                half - 2,
                |k| (g4[k + 1] - g4[k + 2]) / (g4[0] - g4[1]),
                |k| sinh_effective_energy(&g4, k),
            ),
        ];
        let mut means = vec![lattice.x2(), lattice.x4(), lattice.abs_x(), 0.5, lattice.sign_changes()];
        means.extend(&g2);
        means.extend(&g4);
        debug_assert_eq!(means.len(), PathColumns::new(theory.n_tau).width());

        let spectrum = Spectrum::new(theory.mass, theory.lambda, theory.f2);
        let edge = 1.25 * (theory.f2 + 3.0 * (lattice.x4()).sqrt().max(1e-3)).sqrt();
        let positions: Vec<f64> = (0..=160).map(|i| edge * (f64::from(i) / 80.0 - 1.0)).collect();
        Self {
            means,
            ln_z: lattice.ln_z(),
            gaps,
            plateaus,
            lattice_density: lattice.density(&positions),
            ground_state_density: spectrum.density(&positions),
            positions,
            levels: [spectrum.level(0), spectrum.level(1), spectrum.level(2)],
            ground_state_moments: [spectrum.x2(), spectrum.x4(), spectrum.abs_x()],
        }
    }
}

/// The first distance among `0..=last` at which the exact effective energy is on the plateau, or else the one with signal where
/// it comes closest.
fn plateau(gap: f64, last: usize, signal: impl Fn(usize) -> f64, effective: impl Fn(usize) -> f64) -> usize {
    let distance = |k: usize| {
        let off = (effective(k) / gap - 1.0).abs();
        if off.is_nan() { f64::INFINITY } else { off }
    };
    let with_signal = || (0..=last).filter(|&k| k == 0 || signal(k) > SIGNAL);
    with_signal()
        .find(|&k| distance(k) < CLOSE)
        .or_else(|| with_signal().min_by(|&a, &b| distance(a).total_cmp(&distance(b))))
        .expect("distance zero is always a candidate")
}
