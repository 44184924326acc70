//! The observables: declared, estimated, compared.

use super::exact::Exact;
use crate::{
    action::SpinModel,
    lab::{Estimate, Estimator, Observable},
    labs::estimates::{Source, fraction, number},
    lattice::Square,
    observable::SpinColumns,
    schema::ObservableSpec,
    stats,
};

/// What the lab measures.
pub const OBSERVABLES: &[ObservableSpec] = &[
    spec(
        "energy",
        r"e",
        "energy per site",
        "⟨H⟩/N = −(1/N)⟨Σ cos(θᵢ−θⱼ)⟩, or −(1/N)⟨Σ sᵢsⱼ⟩ for Ising; two bonds per site.",
    ),
    spec("specific_heat", "c", "specific heat per site", "β²N(⟨e²⟩−⟨e⟩²), from the fluctuations of the energy."),
    spec(
        "free_energy",
        "F/N",
        "free energy per site",
        "Raw: the network's variational free energy ⟨H + T ln q⟩/N, never below the exact one but for noise. Reweighted: −(T/N) ln of the mean of exp(−βH)/q. Z is in the measure dθ; a published convention divides it by (2π)^N, see the diagnostics.",
    ),
    spec(
        "entropy",
        "S/N",
        "entropy per site",
        "Raw: −⟨ln q⟩/N, the exact entropy of the network. Reweighted: β(e−F/N). Differential entropy of angles: it may be negative; ln 2π = 1.838 is that of free spins. For Ising, ln 2.",
    ),
    spec(
        "magnetization",
        r"\langle|m|\rangle",
        "magnetisation",
        "Mean length of the mean spin. In the XY model it vanishes in infinite volume at every temperature, slowly.",
    ),
    spec(
        "susceptibility",
        r"\chi",
        "susceptibility",
        "N⟨m²⟩; nothing is subtracted, since on a finite lattice ⟨m⟩ = 0 by symmetry.",
    ),
    spec(
        "vortex_density",
        "v",
        "vortex density",
        "Vortices and antivortices per plaquette, from angle differences wrapped to [−π, π). A published convention counts pairs: half of it. Without meaning for Ising spins.",
    ),
    spec(
        "helicity_modulus",
        r"\Upsilon",
        "helicity modulus",
        "Stiffness against a twist, −e/2 − (β/2N)⟨S_x²+S_y²⟩ with S = Σ sin(θᵢ−θⱼ) along a direction, mean of both. Jumps from 2T/π to zero at the transition. A published convention is twice this. Without meaning for Ising spins.",
    ),
    spec(
        "binder",
        "U",
        "Binder cumulant",
        "1 − ⟨m⁴⟩/(2⟨m²⟩²) for XY, with a 3 instead of the 2 for Ising: 0 in disorder, 1/2 or 2/3 in order.",
    ),
    ObservableSpec {
        id: "free_energy_published",
        symbol: r"F/N+T\ln 2\pi",
        label: "free energy, published convention",
        unit: "1",
        doc: "The same free energy with Z in the measure dθ/2π, as in the papers on continuous autoregressive networks. XY only.",
        diagnostic: true,
    },
    ObservableSpec {
        id: "local_variance",
        symbol: r"\mathrm{Var}(\ln q+\beta H)",
        label: "variance of the local free energy",
        unit: "1",
        doc: "Variance of ln q + βH over the network's samples: zero for an exact network. While it is small, ESS is about exp(−variance).",
        diagnostic: true,
    },
    ObservableSpec {
        id: "ess",
        symbol: r"\mathrm{ESS}/n",
        label: "effective sample size",
        unit: "1",
        doc: "(Σw)²/(nΣw²) of the weights w = exp(−βH)/q, per sample: 1 for a perfect network. It sees only where the network has samples. Where it is not known to 10 %, a few samples decide, and the corrected estimates are shown without an error.",
        diagnostic: true,
    },
    ObservableSpec {
        id: "acceptance",
        symbol: r"P_{\mathrm{acc}}",
        label: "acceptance",
        unit: "1",
        doc: "Accepted fraction: of network samples as proposals of independence Metropolis, and of the chain's own proposals; for a chain of clusters the mean fraction of the lattice in one.",
        diagnostic: true,
    },
];

const fn spec(id: &'static str, symbol: &'static str, label: &'static str, doc: &'static str) -> ObservableSpec {
    ObservableSpec { id, symbol, label, unit: "1", doc, diagnostic: false }
}

/// A function of the means of [`SpinColumns`].
pub type OfMeans = Box<dyn Fn(&[f64]) -> f64>;

/// The observable `id` as a function of the means of [`SpinColumns`], if it is one.
pub fn of_means(id: &str, model: SpinModel, lattice: Square, beta: f64) -> Option<OfMeans> {
    let columns = SpinColumns::new(model, lattice);
    let angles_only = model == SpinModel::Xy;
    Some(match id {
        "energy" => Box::new(|m| m[SpinColumns::ENERGY]),
        "specific_heat" => Box::new(move |m| columns.specific_heat(beta, m)),
        "magnetization" => Box::new(|m| m[SpinColumns::MAGNETIZATION]),
        "susceptibility" => Box::new(move |m| columns.susceptibility(m)),
        "binder" => Box::new(move |m| columns.binder(m)),
        "vortex_density" if angles_only => Box::new(|m| m[SpinColumns::VORTEX_DENSITY]),
        "helicity_modulus" if angles_only => Box::new(move |m| columns.helicity_modulus(beta, m)),
        "vortex_density" | "helicity_modulus" => Box::new(|_| f64::NAN),
        _ => return None,
    })
}

/// Numbers that are no functions of means of columns.
#[derive(Debug, Clone, Default)]
pub struct Extra {
    /// `ln w` of the samples in the pool; empty without any.
    pub log_w: Vec<f64>,
    /// `S` of the samples.
    pub actions: Vec<f64>,
    /// ESS per sample with its error.
    pub ess: Option<(f64, f64)>,
    /// Acceptance of independence Metropolis, and out of how many.
    pub metropolis_acceptance: Option<(f64, usize)>,
    /// Acceptance of the chain, and out of how many.
    pub chain_acceptance: Option<(f64, usize)>,
    /// Whether too few samples carry the weight for the corrected estimates to know their error.
    pub weights_are_wild: bool,
}

/// Every observable with every estimate.
pub fn all(
    model: SpinModel,
    lattice: Square,
    beta: f64,
    exact: &Exact,
    sources: &[Source<'_>],
    extra: &Extra,
) -> Vec<Observable> {
    OBSERVABLES
        .iter()
        .map(|spec| {
            let estimates = match of_means(spec.id, model, lattice, beta) {
                _ if model == SpinModel::Ising && OF_ANGLES.contains(&spec.id) => Vec::new(),
                Some(f) => sources.iter().map(|source| source.estimate(&f, FEWEST)).collect(),
                None => others(spec.id, lattice.sites() as f64, beta, extra),
            };
            Observable { id: spec.id, references: exact.of(spec.id), estimates }
        })
        .collect()
}

/// What has no meaning for spins up and down, and no estimates.
const OF_ANGLES: [&str; 3] = ["vortex_density", "helicity_modulus", "free_energy_published"];
/// Fewer configurations than this give no error bar.
const FEWEST: usize = 32;

/// Mean and standard error of a function of a sample's position.
fn mean(values: impl Iterator<Item = f64>) -> (f64, f64) {
    stats::mean_with_error(&values.collect::<Vec<_>>())
}

fn others(id: &str, sites: f64, beta: f64, extra: &Extra) -> Vec<Estimate> {
    let of = |estimator, value, count| number(estimator, value, count, FEWEST);
    let samples = extra.log_w.len();
    let wild = |error: f64| if extra.weights_are_wild { f64::NAN } else { error };
    let pair = |raw: (f64, f64), reweighted: (f64, f64)| {
        vec![of(Estimator::Raw, raw, samples), of(Estimator::Reweighted, (reweighted.0, wild(reweighted.1)), samples)]
    };
    if id == "acceptance" {
        let metropolis = extra.metropolis_acceptance.map(|v| of(Estimator::Metropolis, fraction(v.0, v.1), v.1));
        let chain = extra.chain_acceptance.map(|v| of(Estimator::Chain, fraction(v.0, v.1), v.1));
        return metropolis.into_iter().chain(chain).collect();
    }
    if samples == 0 {
        return Vec::new();
    }
    let scale = -1.0 / (beta * sites);
    let scaled = |(value, error): (f64, f64)| (scale * value, scale.abs() * error);
    let free_energies =
        || [stats::mean_with_error(&extra.log_w), stats::log_mean_exp_with_error(&extra.log_w)].map(scaled);
    match id {
        "free_energy" => {
            let [raw, reweighted] = free_energies();
            pair(raw, reweighted)
        }
        "free_energy_published" => {
            let shift = std::f64::consts::TAU.ln() / beta;
            let [raw, reweighted] = free_energies().map(|(value, error)| (value + shift, error));
            pair(raw, reweighted)
        }
        "entropy" => {
            let raw = mean(extra.log_w.iter().zip(&extra.actions).map(|(w, s)| (w + s) / sites));
            pair(raw, reweighted_entropy(extra, sites))
        }
        "local_variance" => {
            let center = extra.log_w.iter().sum::<f64>() / samples as f64;
            vec![of(Estimator::Raw, mean(extra.log_w.iter().map(|w| (w - center).powi(2))), samples)]
        }
        "ess" => extra.ess.map(|v| of(Estimator::Raw, v, samples)).into_iter().collect(),
        _ => unreachable!("`{id}` is declared but not estimated"),
    }
}

/// `(ln Z + <S>)/N` by weights, with the error of both together: the influence of sample `i` is
/// `(v_i - 1) + v_i (S_i - <S>)`, `v` the weights of mean one.
fn reweighted_entropy(extra: &Extra, sites: f64) -> (f64, f64) {
    let weights = stats::normalised_weights(&extra.log_w);
    let n = weights.len() as f64;
    let action = weights.iter().zip(&extra.actions).map(|(v, s)| v * s).sum::<f64>() / n;
    let ln_z = stats::log_mean_exp_with_error(&extra.log_w).0;
    let squares: f64 = weights.iter().zip(&extra.actions).map(|(v, s)| (v - 1.0 + v * (s - action)).powi(2)).sum();
    ((ln_z + action) / sites, squares.sqrt() / n / sites)
}
