//! The observables: declared, estimated, compared.

use super::references::reference;
use crate::{
    action::{Action as _, Phi4},
    exact::{FreeField, OneSite},
    lab::{Estimate, Observable, Reference, ReferenceKind},
    labs::estimates::{Source, finite},
    observable::{FieldColumns, binder, chi2, chi2_connected, correlation_length},
    schema::ObservableSpec,
};

/// What the lab measures.
pub const OBSERVABLES: &[ObservableSpec] = &[
    spec(
        "m",
        r"\langle M\rangle",
        "magnetisation",
        "Mean over configurations of M, the mean of the field over the lattice. Zero by symmetry; a chain that never changes sign, or samples that prefer one, show it here.",
    ),
    spec(
        "abs_m",
        r"\langle|M|\rangle",
        "absolute magnetisation",
        "Mean over configurations of |M|: the order parameter on a finite lattice.",
    ),
    spec(
        "chi2",
        r"\chi_2",
        "susceptibility",
        "V(⟨M²⟩ − ⟨M⟩²). In the broken phase it is V⟨M²⟩ if both signs are sampled equally, and depends on that balance.",
    ),
    spec(
        "chi2_connected",
        r"\chi_{2}^{c}",
        "connected susceptibility",
        "V(⟨M²⟩ − ⟨|M|⟩²): the fluctuations about one of the two vacua in the broken phase.",
    ),
    spec(
        "binder",
        "U_L",
        "Binder cumulant",
        "1 − ⟨M⁴⟩/(3⟨M²⟩²): zero for a normal distribution of M, 2/3 for two sharp values, 0.611 at the critical point of two-dimensional Ising-like theories.",
    ),
    spec("phi2", r"\langle\phi^2\rangle", "mean square field", "Mean of φ² over sites and configurations."),
    spec("phi4", r"\langle\phi^4\rangle", "fourth moment", "Mean of φ⁴ over sites and configurations."),
    spec(
        "action_density",
        "S/V",
        "action density",
        "Mean of the action per site. For the free field it is exactly 1/2.",
    ),
    spec(
        "correlation_length",
        r"\xi",
        "correlation length",
        "Second-moment correlation length, (S(0)/S(k) − 1)^(1/2) / (2 sin(π/L)) with the structure factor S at zero and at the smallest momentum. In the broken phase S(0) = V⟨M²⟩ is not connected, and it means the size of an ordered region.",
    ),
    diagnostic(
        "histogram_distance",
        r"W_1(|M|)",
        "distance of the histograms of |M|",
        "Area between the distribution functions of |M| and of the chain's |M| (Wasserstein distance), in units of the width of the chain's; the error is that of resampling both. Two finite samples of one law are not at zero: about 1/√n apart.",
    ),
    diagnostic(
        "ess",
        r"\mathrm{ESS}/n",
        "effective samples",
        "For the chain 1/(2τ) of M², the worth of an update in independent configurations. For weights w = exp(−S)/q, (Σw)²/(nΣw²); needs the exact likelihood.",
    ),
    diagnostic(
        "acceptance",
        r"P_{\mathrm{acc}}",
        "acceptance",
        "Accepted fraction of the chain's proposals, of the tail's, and of model samples in independence Metropolis.",
    ),
    diagnostic(
        "creutz",
        r"\langle e^{-\Delta H}\rangle",
        "Creutz equality",
        "Mean of exp(−ΔH) over the trajectories of hybrid Monte Carlo: 1 if the integrator is reversible and preserves volume, and the chain in equilibrium.",
    ),
];

const fn spec(id: &'static str, symbol: &'static str, label: &'static str, doc: &'static str) -> ObservableSpec {
    ObservableSpec { id, symbol, label, unit: "1", doc, diagnostic: false }
}

const fn diagnostic(id: &'static str, symbol: &'static str, label: &'static str, doc: &'static str) -> ObservableSpec {
    ObservableSpec { id, symbol, label, unit: "1", doc, diagnostic: true }
}

/// A function of the means of [`FieldColumns`].
pub type OfMeans = Box<dyn Fn(&[f64]) -> f64>;

/// The function of the means of [`FieldColumns`] that the observable `id` is; `None` for diagnostics.
pub fn derived(id: &str, theory: &Phi4) -> Option<OfMeans> {
    let (side, volume) = (theory.side, theory.sites() as f64);
    let column = |c: usize| -> Option<OfMeans> { Some(Box::new(move |m| m[c])) };
    match id {
        "m" => column(FieldColumns::M),
        "abs_m" => column(FieldColumns::ABS_M),
        "phi2" => column(FieldColumns::PHI2),
        "phi4" => column(FieldColumns::PHI4),
        "action_density" => column(FieldColumns::ACTION),
        "chi2" => Some(Box::new(move |m| chi2(m, volume))),
        "chi2_connected" => Some(Box::new(move |m| chi2_connected(m, volume))),
        "binder" => Some(Box::new(binder)),
        "correlation_length" => Some(Box::new(move |m| correlation_length(m, side))),
        _ => None,
    }
}

/// What is known without sampling: the mean of every column, and how.
pub fn exact_means(theory: &Phi4) -> Option<(Vec<f64>, &'static str)> {
    if theory.side == 1 {
        Some((OneSite::new(theory).means(), "one site: quadrature"))
    } else if theory.lambda == 0.0 {
        Some((FreeField { side: theory.side, kappa: theory.kappa }.means(), "free field: sum over momenta"))
    } else {
        None
    }
}

/// Estimates of diagnostics, by id.
pub type Diagnostics = Vec<(&'static str, Estimate)>;

/// Every observable with every estimate.
pub fn all(
    theory: &Phi4,
    exact: Option<&(Vec<f64>, &'static str)>,
    sources: &[Source<'_>],
    diagnostics: &Diagnostics,
) -> Vec<Observable> {
    OBSERVABLES
        .iter()
        .map(|spec| match derived(spec.id, theory) {
            Some(f) => Observable {
                id: spec.id,
                references: references(spec.id, theory, exact, &f),
                estimates: sources.iter().map(|source| source.estimate(&f, FEWEST)).collect(),
            },
            None => Observable {
                id: spec.id,
                references: match spec.id {
                    "creutz" => {
                        vec![Reference { value: 1.0, error: 0.0, kind: ReferenceKind::Exact, source: "theorem" }]
                    }
                    _ => Vec::new(),
                },
                estimates: diagnostics.iter().filter(|(id, _)| *id == spec.id).map(|(_, estimate)| *estimate).collect(),
            },
        })
        .collect()
}

/// Fewer configurations than this give no error bar.
pub const FEWEST: usize = 16;

fn references(
    id: &str,
    theory: &Phi4,
    exact: Option<&(Vec<f64>, &'static str)>,
    f: &dyn Fn(&[f64]) -> f64,
) -> Vec<Reference> {
    if let Some((means, source)) = exact {
        let value = finite(f(means));
        return value
            .map(|value| Reference { value, error: 0.0, kind: ReferenceKind::Exact, source })
            .into_iter()
            .collect();
    }
    if id == "m" {
        return vec![Reference { value: 0.0, error: 0.0, kind: ReferenceKind::Exact, source: "symmetry" }];
    }
    reference(theory, id)
        .map(|(value, error)| Reference { value, error, kind: ReferenceKind::Chain, source: "long Monte Carlo runs" })
        .into_iter()
        .collect()
}
