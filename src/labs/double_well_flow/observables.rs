//! The observables: declared, estimated, compared.

use super::exact::{CONTINUUM, Exact, LATTICE};
use crate::{
    action::DoubleWell,
    lab::{Estimate, Estimator, Observable, Reference, ReferenceKind},
    labs::estimates::{Source, finite, fraction, number},
    observable::{PathColumns, cosh_effective_energy, sinh_effective_energy},
    schema::ObservableSpec,
};

/// What the lab measures.
pub const OBSERVABLES: &[ObservableSpec] = &[
    spec(
        "x2",
        r"\langle x^2\rangle",
        "mean square position",
        "1",
        "Mean of x² over the slices of a path and over paths.",
    ),
    spec("x4", r"\langle x^4\rangle", "fourth moment", "1", "Mean of x⁴ over the slices of a path and over paths."),
    spec("abs_x", r"\langle |x|\rangle", "mean distance", "1", "Mean of |x| over the slices of a path and over paths."),
    spec(
        "e0",
        "E_0",
        "ground-state energy",
        "1",
        "Virial formula 3λ⟨x⁴⟩ − 4λf²⟨x²⟩ + λf⁴. At finite spacing and temperature it differs from the lowest level; the exact value beside it is that of the same formula on this lattice.",
    ),
    spec(
        "e1_minus_e0",
        "E_1-E_0",
        "first gap",
        "1",
        "Effective energy of ⟨x(τ)x(0)⟩ from the cosh of two neighbouring distances, at the first distance where the exact one is within 3 % of the gap (or closest to it). The exact value is that of the same formula on the exact correlator.",
    ),
    spec(
        "e2_minus_e0",
        "E_2-E_0",
        "second gap",
        "1",
        "Effective energy of ⟨x²(τ)x²(0)⟩ from differences of neighbouring distances, in which every constant drops out. The exact value is that of the same formula on the exact correlator.",
    ),
    spec(
        "ln_z",
        r"\ln Z",
        "logarithm of the partition function",
        "1",
        "Raw: the variational bound −⟨ln q + S⟩, never above ln Z but for noise. Reweighted: ln of the mean of exp(−S)/q. A model that has lost one of two wells is short by ln 2.",
    ),
    spec(
        "right_well_fraction",
        r"P(\bar x>0)",
        "paths in the right well",
        "1",
        "Fraction of paths whose mean position is positive: 1/2 by symmetry.",
    ),
    spec(
        "tunnelling",
        r"n_{\pm}",
        "sign changes per path",
        "1",
        "How often x changes sign around the closed path: each pair is an excursion through the barrier.",
    ),
    ObservableSpec {
        id: "ess",
        symbol: r"\mathrm{ESS}/n",
        label: "effective sample size",
        unit: "1",
        doc: "(Σw)²/(nΣw²) of the weights w = exp(−S)/q, per sample: 1 for a perfect model. It sees only where the model has samples, and so misses a lost well. Where it is not known to 10 %, a few samples decide, and the corrected estimates are shown without an error.",
        diagnostic: true,
    },
    ObservableSpec {
        id: "acceptance",
        symbol: r"P_{\mathrm{acc}}",
        label: "acceptance",
        unit: "1",
        doc: "Accepted fraction of proposals: of model samples in independence Metropolis, and of the chain's own.",
        diagnostic: true,
    },
];

const fn spec(
    id: &'static str,
    symbol: &'static str,
    label: &'static str,
    unit: &'static str,
    doc: &'static str,
) -> ObservableSpec {
    ObservableSpec { id, symbol, label, unit, doc, diagnostic: false }
}

/// The observables that are functions of the means of [`PathColumns`].
const DERIVED: [&str; 8] =
    ["x2", "x4", "abs_x", "e0", "e1_minus_e0", "e2_minus_e0", "right_well_fraction", "tunnelling"];

/// A function of the means of [`PathColumns`].
type OfMeans<'a> = Box<dyn Fn(&[f64]) -> f64 + 'a>;

/// The function of the means that the observable `id` is.
fn derived<'a>(id: &str, theory: &'a DoubleWell, exact: &Exact) -> OfMeans<'a> {
    let columns = PathColumns::new(theory.n_tau);
    let [k2, k4] = exact.plateaus;
    let column = |c: usize| -> OfMeans<'a> { Box::new(move |m| m[c]) };
    match id {
        "x2" => column(PathColumns::X2),
        "x4" => column(PathColumns::X4),
        "abs_x" => column(PathColumns::ABS_X),
        "right_well_fraction" => column(PathColumns::RIGHT),
        "tunnelling" => column(PathColumns::SIGN_CHANGES),
        "e0" => Box::new(|m| virial_energy(theory, m[PathColumns::X2], m[PathColumns::X4])),
        "e1_minus_e0" => Box::new(move |m| cosh_effective_energy(&m[columns.g2()], k2) / theory.spacing),
        "e2_minus_e0" => Box::new(move |m| sinh_effective_energy(&m[columns.g4()], k4) / theory.spacing),
        _ => unreachable!("`{id}` is not derived from path columns"),
    }
}

/// Energy by the virial theorem, `<V> + <x V'>/2 = 3 lambda <x^4> - 4 lambda f2 <x^2> + lambda f2^2`.
pub fn virial_energy(theory: &DoubleWell, x2: f64, x4: f64) -> f64 {
    theory.lambda * (3.0 * x4 - 4.0 * theory.f2 * x2 + theory.f2 * theory.f2)
}

/// Numbers that are no functions of path columns.
#[derive(Debug, Clone, Default)]
pub struct Extra {
    /// Variational bound with its error.
    pub ln_z_bound: Option<(f64, f64)>,
    /// Reweighted `ln Z` with its error.
    pub ln_z_reweighted: Option<(f64, f64)>,
    /// ESS per sample with its error.
    pub ess: Option<(f64, f64)>,
    /// Acceptance of independence Metropolis, and out of how many.
    pub metropolis_acceptance: Option<(f64, usize)>,
    /// Acceptance of the chain, and out of how many.
    pub chain_acceptance: Option<(f64, usize)>,
    /// Whether too few samples carry the weight for the corrected estimates to know their error.
    pub weights_are_wild: bool,
    /// Samples in the pool.
    pub samples: usize,
}

/// Every observable with every estimate.
pub fn all(theory: &DoubleWell, exact: &Exact, sources: &[Source<'_>], extra: &Extra) -> Vec<Observable> {
    OBSERVABLES
        .iter()
        .map(|spec| {
            let (estimates, references) = if DERIVED.contains(&spec.id) {
                let f = derived(spec.id, theory, exact);
                let estimates = sources.iter().map(|source| source.estimate(&f, FEWEST)).collect();
                (estimates, references(spec.id, f(&exact.means), exact))
            } else {
                not_derived(spec.id, exact, extra)
            };
            Observable { id: spec.id, references, estimates }
        })
        .collect()
}

/// Fewer configurations than this give no error bar.
const FEWEST: usize = 32;

fn references(id: &str, lattice: f64, exact: &Exact) -> Vec<Reference> {
    let [e0, e1, e2] = exact.levels;
    let [x2, x4, abs_x] = exact.ground_state_moments;
    let continuum = match id {
        "x2" => Some(x2),
        "x4" => Some(x4),
        "abs_x" => Some(abs_x),
        "e0" => Some(e0),
        "e1_minus_e0" => Some(e1 - e0),
        "e2_minus_e0" => Some(e2 - e0),
        _ => None,
    };
    let of = |kind, source| move |value| Reference { value, error: 0.0, kind, source };
    finite(lattice)
        .map(of(ReferenceKind::Exact, LATTICE))
        .into_iter()
        .chain(continuum.map(of(ReferenceKind::Continuum, CONTINUUM)))
        .collect()
}

fn not_derived(id: &str, exact: &Exact, extra: &Extra) -> (Vec<Estimate>, Vec<Reference>) {
    let of = |estimator, value, count| number(estimator, value, count, FEWEST);
    match id {
        "ln_z" => {
            let raw = extra.ln_z_bound.map(|v| of(Estimator::Raw, v, extra.samples));
            let error = |error: f64| if extra.weights_are_wild { f64::NAN } else { error };
            let reweighted = extra.ln_z_reweighted.map(|v| of(Estimator::Reweighted, (v.0, error(v.1)), extra.samples));
            (raw.into_iter().chain(reweighted).collect(), references(id, exact.ln_z, exact))
        }
        "ess" => (extra.ess.map(|v| of(Estimator::Raw, v, extra.samples)).into_iter().collect(), Vec::new()),
        "acceptance" => {
            let metropolis = extra.metropolis_acceptance.map(|v| of(Estimator::Metropolis, fraction(v.0, v.1), v.1));
            let chain = extra.chain_acceptance.map(|v| of(Estimator::Chain, fraction(v.0, v.1), v.1));
            (metropolis.into_iter().chain(chain).collect(), Vec::new())
        }
        _ => unreachable!("`{id}` is declared but not estimated"),
    }
}
