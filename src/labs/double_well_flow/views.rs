//! What is drawn.

use super::{DoubleWellFlow, exact::Exact, observables::virial_energy, params::Objective};
use crate::{
    action::DoubleWell,
    exact::TransferMatrix,
    floats::Floats,
    lab::{Level, Mark, Role, Series as Curve, View},
    net::{fourier_basis, fourier_frequencies},
    observable::{PathColumns, cosh_effective_energy, sinh_effective_energy},
    schema::{AxisSpec, ViewKind, ViewSpec},
    stats::{Estimator, Histogram, Sampling, Series, jackknife, normalised_weights},
};

/// The views of the lab.
pub const VIEWS: &[ViewSpec] = &[
    ViewSpec {
        id: "paths",
        title: "Closed paths",
        doc: "Positions along imaginary time. Left: the latest configurations of the chain. Right: fresh samples of the model. The newest is bold.",
        kind: ViewKind::Paths,
        x: AxisSpec::new(r"\tau", "imaginary time", false),
        y: AxisSpec::new("x", "position", false),
    },
    ViewSpec {
        id: "density",
        title: "Density of x and |ψ₀|²",
        doc: "Histogram of all positions on the sampled paths, raw (bars) and reweighted (dots), against the exact density of this lattice (line) and the ground state's in the continuum (dashed).",
        kind: ViewKind::Histogram,
        x: AxisSpec::new("x", "position", false),
        y: AxisSpec::new("P(x)", "density", false),
    },
    ViewSpec {
        id: "loss",
        title: "Loss, and its exact floor",
        doc: "Reverse KL falls towards −ln Z, forward KL towards ln Z; neither can go below, but for noise. The distance to the floor is the divergence between model and theory.",
        kind: ViewKind::Curve,
        x: AxisSpec::new(r"\text{step}", "optimiser step", false),
        y: AxisSpec::new(r"\text{loss}", "loss", false),
    },
    ViewSpec {
        id: "correlator",
        title: "Correlator ⟨x(τ)x(0)⟩",
        doc: "Its decay gives the first gap. On a periodic path it is symmetric about β/2.",
        kind: ViewKind::Curve,
        x: AxisSpec::new(r"\tau", "imaginary time", false),
        y: AxisSpec::new(r"G_2(\tau)", "correlator", true),
    },
    ViewSpec {
        id: "effective_energies",
        title: "Effective energies",
        doc: "Energy differences read off neighbouring distances of ⟨xx⟩ (lower) and ⟨x²x²⟩ (upper); jackknife errors. Lines: the same from the exact correlators; levels: the exact gaps at this spacing.",
        kind: ViewKind::Curve,
        x: AxisSpec::new(r"\tau", "imaginary time", false),
        y: AxisSpec::new(r"\Delta E", "energy difference", false),
    },
    ViewSpec {
        id: "modes",
        title: "Fourier modes",
        doc: "Variance of each Fourier mode of the path, by Matsubara index, against the exact one. The constant mode at 0 tells the wells apart; high modes are nearly free.",
        kind: ViewKind::Curve,
        x: AxisSpec::new("k", "Matsubara index", false),
        y: AxisSpec::new(r"\langle c_k^2\rangle", "variance of the mode", true),
    },
    ViewSpec {
        id: "mode_means",
        title: "Means of the Fourier modes",
        doc: "Zero for every mode by symmetry. A constant mode off zero is a model that prefers one well.",
        kind: ViewKind::Curve,
        x: AxisSpec::new("k", "Matsubara index", false),
        y: AxisSpec::new(r"\langle c_k\rangle", "mean of the mode", false),
    },
    ViewSpec {
        id: "weights",
        title: "Log-weights: S against −ln q",
        doc: "Each dot is a sample. On the line −ln q = S + ln Z all weights are equal; the spread about it is what reweighting has to mend.",
        kind: ViewKind::Scatter,
        x: AxisSpec::new(r"-\ln q", "minus log-density of the model", false),
        y: AxisSpec::new("S", "action", false),
    },
    ViewSpec {
        id: "chain_history",
        title: "Chain history: mean position of the path",
        doc: "The chain's mean position, measurement by measurement: how often it changes wells is what its autocorrelation time measures. Beside it, fresh samples of the model.",
        kind: ViewKind::Scatter,
        x: AxisSpec::new(r"\text{measurement}", "measurement, the last one right", false),
        y: AxisSpec::new(r"\bar x", "mean position", false),
    },
    ViewSpec {
        id: "continuum",
        title: "E₀ towards the continuum",
        doc: "The virial energy against a² at fixed β: exact on lattices of this length (line), in the continuum at zero temperature (level), and the estimates at this spacing.",
        kind: ViewKind::Curve,
        x: AxisSpec::new("a^2", "spacing squared", false),
        y: AxisSpec::new("E_0", "ground-state energy", false),
    },
];

/// Most paths drawn in a pane.
const PATHS: usize = 26;
/// Most dots drawn in a scatter plot.
const DOTS: usize = 1000;

/// The data of the view `id`, which exists.
pub fn draw(lab: &DoubleWellFlow, exact: &Exact, id: &str) -> View {
    let (id, series, levels) = match id {
        "paths" => ("paths", paths(lab), minima(lab)),
        "density" => ("density", density(lab, exact), Vec::new()),
        "loss" => ("loss", Vec::new(), loss_floor(lab, exact)),
        "correlator" => ("correlator", correlator(lab, exact), Vec::new()),
        "effective_energies" => effective_energies(lab, exact),
        "modes" => ("modes", modes(lab, exact), Vec::new()),
        "mode_means" => ("mode_means", mode_means(lab), Vec::new()),
        "weights" => ("weights", weights(lab, exact), Vec::new()),
        "chain_history" => ("chain_history", chain_history(lab), Vec::new()),
        "continuum" => continuum(lab, exact),
        _ => unreachable!("the caller looks the view up first"),
    };
    View { id, series, levels, columns: Vec::new() }
}

/// A closed path is drawn with its first site again at the end.
fn closed(paths: &[f32], sites: usize) -> Floats {
    paths.chunks_exact(sites).flat_map(|path| path.iter().chain(&path[..1]).copied()).collect()
}

fn paths(lab: &DoubleWellFlow) -> Vec<Curve> {
    let theory = lab.theory();
    let n = theory.n_tau;
    let times: Floats = (0..=n).map(|i| theory.spacing * i as f64).collect();
    let last = |flat: &[f32]| closed(&flat[flat.len().saturating_sub(PATHS * n)..], n);
    let chain = lab.recent_paths(PATHS);
    vec![
        Curve::new("chain", Role::Chain, Mark::Paths, times.clone(), last(&chain)),
        Curve::new("model", Role::Model, Mark::Paths, times, last(&lab.pool.paths)),
    ]
}

/// Where the wells are.
fn minima(lab: &DoubleWellFlow) -> Vec<Level> {
    let f = lab.theory().f2.sqrt();
    [("+f", f), ("−f", -f)].map(|(name, y)| Level { name: name.into(), role: Role::Limit, y }).into()
}

fn density(lab: &DoubleWellFlow, exact: &Exact) -> Vec<Curve> {
    let edge = *exact.positions.last().expect("the grid is not empty");
    let mut histogram = Histogram::new(-edge, edge, 60);
    for &x in &lab.pool.paths {
        histogram.add(x.into(), 1.0);
    }
    let weights = normalised_weights(&lab.pool.log_weights());
    let mut corrected = Histogram::new(-edge, edge, 60);
    for (path, &weight) in lab.pool.paths.chunks_exact(lab.theory().n_tau).zip(&weights) {
        for &x in path {
            corrected.add(x.into(), weight);
        }
    }
    let grid: Floats = exact.positions.iter().copied().collect();
    vec![
        Curve::new(
            "model",
            Role::Model,
            Mark::Bars,
            histogram.centers().into_iter().collect(),
            histogram.density().into_iter().collect(),
        ),
        Curve::new(
            "reweighted",
            Role::Corrected,
            Mark::Dots,
            corrected.centers().into_iter().collect(),
            corrected.density().into_iter().collect(),
        ),
        Curve::new(
            "exact, this lattice",
            Role::Truth,
            Mark::Line,
            grid.clone(),
            exact.lattice_density.iter().copied().collect(),
        ),
        Curve::new(
            "|ψ₀|², continuum",
            Role::Limit,
            Mark::Line,
            grid,
            exact.ground_state_density.iter().copied().collect(),
        ),
    ]
}

fn loss_floor(lab: &DoubleWellFlow, exact: &Exact) -> Vec<Level> {
    let (name, y) = match lab.params.objective {
        Objective::ReverseKl | Objective::PathGradient => ("−ln Z", -exact.ln_z),
        Objective::ForwardKl => ("ln Z", exact.ln_z),
    };
    vec![Level { name: format!("{name} = {y:.4} exact"), role: Role::Truth, y }]
}

/// The sources of a correlator plot: chain, and the reweighted model.
fn with_sources<T>(lab: &DoubleWellFlow, mut f: impl FnMut(&'static str, Role, &Estimator<'_>) -> T) -> Vec<T> {
    let mut all = Vec::new();
    if lab.chain_series.len() >= 16 {
        all.push(f("chain", Role::Chain, &Estimator::new(&lab.chain_series, None, Sampling::Correlated)));
    }
    if !lab.pool.is_empty() {
        let weights = normalised_weights(&lab.pool.log_weights());
        all.push(f("model, raw", Role::Model, &Estimator::new(&lab.pool.series, None, Sampling::Independent)));
        all.push(f(
            "model, reweighted",
            Role::Corrected,
            &Estimator::new(&lab.pool.series, Some(&weights), Sampling::Independent),
        ));
    }
    all
}

fn correlator(lab: &DoubleWellFlow, exact: &Exact) -> Vec<Curve> {
    let theory = lab.theory();
    let columns = PathColumns::new(theory.n_tau);
    let times: Floats = (0..columns.g2().len()).map(|k| theory.spacing * k as f64).collect();
    let mut curves = with_sources(lab, |name, role, estimator| {
        let points: Vec<_> = columns.g2().map(|c| estimator.mean(c)).collect();
        Curve {
            error: points.iter().map(|p| p.error).collect(),
            ..Curve::new(name, role, Mark::Dots, times.clone(), points.iter().map(|p| p.value).collect())
        }
    });
    curves.push(Curve::new(
        "exact",
        Role::Truth,
        Mark::Line,
        times,
        exact.means[columns.g2()].iter().copied().collect(),
    ));
    curves
}

/// The effective energies of a row of means: those of `G2`, then those of `G4`.
fn energies(means: &[f64], columns: PathColumns, spacing: f64) -> (Vec<f64>, Vec<f64>) {
    let half = columns.g2().len() - 1;
    let first = (0..half).map(|k| cosh_effective_energy(&means[columns.g2()], k) / spacing).collect();
    let second = (0..half - 1).map(|k| sinh_effective_energy(&means[columns.g4()], k) / spacing).collect();
    (first, second)
}

/// Means of `bins` consecutive blocks of a series.
fn binned(series: &Series, bins: usize) -> Vec<Vec<f64>> {
    let size = series.len() / bins;
    (0..bins)
        .map(|bin| {
            let mut sum = vec![0.0; series.width()];
            for row in bin * size..(bin + 1) * size {
                for (sum, value) in sum.iter_mut().zip(series.row(row)) {
                    *sum += f64::from(*value) / size as f64;
                }
            }
            sum
        })
        .collect()
}

fn effective_energies(lab: &DoubleWellFlow, exact: &Exact) -> (&'static str, Vec<Curve>, Vec<Level>) {
    const BINS: usize = 32;
    let theory = lab.theory();
    let columns = PathColumns::new(theory.n_tau);
    let half = theory.n_tau / 2;
    let times = |count: usize| -> Floats { (0..count).map(|k| theory.spacing * (k as f64 + 0.5)).collect() };
    let mut curves = Vec::new();
    let metropolis = lab.metropolis();
    let sources =
        [("chain", Role::Chain, Some(&lab.chain_series)), ("model, Metropolis", Role::Corrected, metropolis.as_ref())];
    for (name, role, source) in sources {
        let Some(source) = source.filter(|s| s.len() >= 4 * BINS) else { continue };
        let all = jackknife(&binned(source, BINS), |means| {
            let (first, second) = energies(means, columns, theory.spacing);
            [first, second].concat()
        });
        for (which, range) in [("⟨xx⟩", 0..half), ("⟨x²x²⟩", half..2 * half - 1)] {
            let count = range.len();
            let points = &all[range];
            curves.push(Curve {
                error: points.iter().map(|p| p.1).collect(),
                ..Curve::new(
                    format!("{name}, {which}"),
                    role,
                    Mark::Dots,
                    times(count),
                    points.iter().map(|p| p.0).collect(),
                )
            });
        }
    }
    let (first, second) = energies(&exact.means, columns, theory.spacing);
    curves.push(Curve::new("exact, ⟨xx⟩", Role::Truth, Mark::Line, times(half), first.into_iter().collect()));
    curves.push(Curve::new("exact, ⟨x²x²⟩", Role::Truth, Mark::Line, times(half - 1), second.into_iter().collect()));
    let level = |name: &str, y: f64| Level { name: format!("{name} = {y:.4} exact"), role: Role::Truth, y };
    let levels = vec![level("E₁ − E₀", exact.gaps[0]), level("E₂ − E₀", exact.gaps[1])];
    ("effective_energies", curves, levels)
}

/// Mean and mean square of the modes of each Matsubara index, with errors.
struct ModeMoments {
    mean: Vec<(f64, f64)>,
    square: Vec<(f64, f64)>,
}

/// From paths in the order of their making; errors from 32 blocks, so that a chain's autocorrelation counts.
fn mode_moments(paths: &[f32], sites: usize) -> ModeMoments {
    let basis = fourier_basis(sites);
    let frequencies = fourier_frequencies(sites);
    let count = sites / 2 + 1;
    let block = (paths.len() / sites / 32).max(1) * sites;
    let bins: Vec<Vec<f64>> = paths
        .chunks_exact(block)
        .map(|block| {
            let mut sums = vec![0.0; 2 * count];
            for path in block.chunks_exact(sites) {
                for (mode, &k) in basis.chunks_exact(sites).zip(&frequencies) {
                    let c: f64 = mode.iter().zip(path).map(|(f, &x)| f * f64::from(x)).sum();
                    // Sine and cosine of an index count half each.
                    let members = if k == 0 || 2 * k == sites { 1.0 } else { 2.0 };
                    let share = sites as f64 / (block.len() as f64 * members);
                    sums[k] += share * c;
                    sums[count + k] += share * c * c;
                }
            }
            sums
        })
        .collect();
    let mut mean = jackknife(&bins, <[f64]>::to_vec);
    let square = mean.split_off(count);
    ModeMoments { mean, square }
}

fn mode_dots(lab: &DoubleWellFlow, pick: impl Fn(ModeMoments) -> Vec<(f64, f64)>) -> Vec<Curve> {
    let n = lab.theory().n_tau;
    let indices: Floats = (0..=n / 2).map(|k| k as f64).collect();
    let chain = lab.recent_paths(usize::MAX);
    let model = &lab.pool.paths[lab.pool.paths.len().saturating_sub(4096 * n)..];
    [("chain", Role::Chain, chain.as_slice()), ("model, raw", Role::Model, model)]
        .into_iter()
        .filter(|(_, _, paths)| paths.len() >= 64 * n)
        .map(|(name, role, paths)| {
            let points = pick(mode_moments(paths, n));
            Curve {
                error: points.iter().map(|p| p.1).collect(),
                ..Curve::new(name, role, Mark::Dots, indices.clone(), points.iter().map(|p| p.0).collect())
            }
        })
        .collect()
}

fn modes(lab: &DoubleWellFlow, exact: &Exact) -> Vec<Curve> {
    let n = lab.theory().n_tau;
    let g2 = &exact.means[PathColumns::new(n).g2()];
    // The variance of a mode is the Fourier transform of the correlator: sum_n G2(n) cos(2 pi k n/N).
    let variance = |k: usize| -> f64 {
        let angle = |site: usize| std::f64::consts::TAU * (k * site) as f64 / n as f64;
        (0..n).map(|site| g2[site.min(n - site)] * angle(site).cos()).sum()
    };
    let mut curves = mode_dots(lab, |m| m.square);
    let indices: Floats = (0..=n / 2).map(|k| k as f64).collect();
    curves.push(Curve::new("exact", Role::Truth, Mark::Line, indices, (0..=n / 2).map(variance).collect()));
    curves
}

fn mode_means(lab: &DoubleWellFlow) -> Vec<Curve> {
    let n = lab.theory().n_tau;
    let mut curves = mode_dots(lab, |m| m.mean);
    // Sine, cosine of one index are drawn together; all exact means are zero.
    let ends: Floats = [0.0, (n / 2) as f64].into_iter().collect();
    curves.push(Curve::new("exact", Role::Truth, Mark::Line, ends, [0.0_f64, 0.0].into_iter().collect()));
    curves
}

fn weights(lab: &DoubleWellFlow, exact: &Exact) -> Vec<Curve> {
    let from = lab.pool.len().saturating_sub(DOTS);
    let x: Vec<f64> = lab.pool.log_q[from..].iter().map(|q| -q).collect();
    let y = &lab.pool.actions[from..];
    let mut curves =
        vec![Curve::new("model", Role::Model, Mark::Dots, x.iter().copied().collect(), y.iter().copied().collect())];
    let (low, high) = x.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), &v| (l.min(v), h.max(v)));
    if low < high {
        let line = [low, high];
        let exact_line = line.iter().map(|v| v - exact.ln_z).collect();
        curves.push(Curve::new("−ln q = S + ln Z", Role::Truth, Mark::Line, line.into_iter().collect(), exact_line));
    }
    curves
}

fn chain_history(lab: &DoubleWellFlow) -> Vec<Curve> {
    let n = lab.theory().n_tau;
    let means = |paths: &[f32]| -> Vec<f64> {
        paths.chunks_exact(n).map(|p| p.iter().map(|&v| f64::from(v)).sum::<f64>() / n as f64).collect()
    };
    let chain = means(&lab.recent_paths(DOTS));
    let count = chain.len();
    let model = means(&lab.pool.paths[lab.pool.paths.len().saturating_sub(count * n)..]);
    let indices = |len: usize| -> Floats { (0..len).map(|i| i as f64 - len as f64 + 1.0).collect() };
    vec![
        Curve::new("model, independent", Role::Model, Mark::Dots, indices(model.len()), model.into_iter().collect()),
        Curve::new("chain", Role::Chain, Mark::Line, indices(count), chain.into_iter().collect()),
    ]
}

fn continuum(lab: &DoubleWellFlow, exact: &Exact) -> (&'static str, Vec<Curve>, Vec<Level>) {
    let theory = lab.theory();
    let beta = theory.spacing * theory.n_tau as f64;
    let e0 = |means: &[f64]| virial_energy(&theory, means[PathColumns::X2], means[PathColumns::X4]);
    let slices = [8_u32, 10, 12, 16, 20, 24, 32, 48, 64].into_iter().filter(|&n| beta / f64::from(n) <= 1.0);
    let (x, y): (Vec<f64>, Vec<f64>) = slices
        .map(|n| {
            let spacing = beta / f64::from(n);
            let lattice = TransferMatrix::new(&DoubleWell { n_tau: n as usize, spacing, ..theory });
            (spacing * spacing, e0(&[lattice.x2(), lattice.x4()]))
        })
        .unzip();
    let at = [theory.spacing * theory.spacing];
    let mut curves = vec![Curve::new(
        "exact on lattices with this β",
        Role::Truth,
        Mark::Line,
        x.into_iter().collect(),
        y.into_iter().collect(),
    )];
    curves.extend(with_sources(lab, |name, role, estimator| {
        let point = estimator.derived(e0);
        Curve {
            error: [point.error].into_iter().collect(),
            ..Curve::new(name, role, Mark::Dots, at.into_iter().collect(), [point.value].into_iter().collect())
        }
    }));
    let level = exact.levels[0];
    let levels = vec![Level { name: format!("E₀ = {level:.4} continuum"), role: Role::Limit, y: level }];
    ("continuum", curves, levels)
}
