//! What is drawn.

use burn::tensor::{Tensor, TensorData};

use super::{Phi4Diffusion, observables, probe, read, references::KAPPA_CRITICAL};
use crate::{
    action::{Action as _, Phi4},
    error::Error,
    exact::OneSite,
    floats::Floats,
    lab::{Level, Mark, Role, Series as Curve, View},
    lattice::Square,
    observable::FieldColumns,
    rng::{Rng, Stream},
    schema::{AxisSpec, ViewKind, ViewSpec},
    stats::{Estimator, Histogram, Sampling, Series, normalised_weights},
};

const fn view(
    id: &'static str,
    title: &'static str,
    kind: ViewKind,
    x: (&'static str, &'static str, bool),
    y: (&'static str, &'static str, bool),
    doc: &'static str,
) -> ViewSpec {
    let (x, y) = (AxisSpec::new(x.0, x.1, x.2), AxisSpec::new(y.0, y.1, y.2));
    ViewSpec { id, title, doc, kind, x, y }
}

const TIME: (&str, &str, bool) = ("t", "time of the noise process", false);
const FIELD: (&str, &str, bool) = (r"\phi", "field", false);

/// The views of the lab.
pub const VIEWS: &[ViewSpec] = &[
    view(
        "fields",
        "Configurations",
        ViewKind::Field,
        ("x_1", "first axis", false),
        ("x_2", "second axis", false),
        "The field on the lattice, one colour for each sign. Left: the latest configurations of the chain. Right: fresh samples of the model, each grown from its own noise.",
    ),
    view(
        "denoising",
        "Out of noise",
        ViewKind::Sequence,
        ("x_1", "first axis", false),
        ("x_2", "second axis", false),
        "One sample on its way from noise, each picture in its own range of colours; beside it Langevin dynamics with the true force from the same noise, on the clock of the noise process, at most one unit of fictitious time between two pictures. The reverse process is Langevin dynamics whose force knows how much noise is left.",
    ),
    view(
        "magnetisation",
        "Histogram of M",
        ViewKind::Histogram,
        ("M", "magnetisation", false),
        ("P(M)", "density", false),
        "Distribution of the lattice mean: samples as they come (bars), after the tail (dots), the chain (line), and the exact one where it is known. Two lumps mean a broken symmetry.",
    ),
    view(
        "field_values",
        "Histogram of the field",
        ViewKind::Histogram,
        FIELD,
        (r"P(\phi)", "density", false),
        "Distribution of the field at a site: samples (bars), after the tail (dots), the chain (line), and the exact one for a single site.",
    ),
    view(
        "correlator",
        "Two-point function",
        ViewKind::Curve,
        ("r", "distance along an axis", false),
        ("C(r)", "correlator", true),
        "The mean of φ(x)φ(x + r) along the axes, with errors. The decay is the inverse correlation length; on a torus it is symmetric about L/2.",
    ),
    view(
        "structure",
        "Structure factor",
        ViewKind::Curve,
        (r"\hat k", "lattice momentum along an axis", false),
        ("S(k)", "structure factor", true),
        "Variance of each Fourier mode along an axis. At zero it is V⟨M²⟩. A diffusion model that keeps some noise has too much of it at large momentum.",
    ),
    view(
        "loss",
        "Loss",
        ViewKind::Curve,
        (r"\text{step}", "optimiser step", false),
        (r"\text{loss}", "loss per site", false),
        "Denoising score matching, per site: what the network cannot know of the noise remains. The level on data it has not seen tells learning from memory; the other is what the best Gaussian model of these data would reach.",
    ),
    view(
        "drift",
        "Learned score and true force",
        ViewKind::Scatter,
        (r"-\partial S/\partial\phi", "true force", false),
        (r"s(\phi,\epsilon)", "learned score at the end time", false),
        "At configurations of the chain, site by site: where the noise goes to zero the score is the force of the action. On the diagonal the model is Langevin dynamics.",
    ),
    view(
        "uniform_drift",
        "Drift of the uniform field",
        ViewKind::Curve,
        FIELD,
        ("s", "drift per site", false),
        "The learned score of a constant field at several times of the noise process, and the true force (line). For a single site the exact scores at those times are drawn too: with much noise the two wells are one.",
    ),
    view(
        "effective_action",
        "Effective action of the uniform field",
        ViewKind::Curve,
        FIELD,
        (r"S_{\text{eff}}/V", "minus the integral of the drift", false),
        "Minus the integral of the learned drift of a constant field from zero: the action that the reverse process sees at several times, and the true one (line).",
    ),
    view(
        "score_modes",
        "Score, mode by mode",
        ViewKind::Curve,
        (r"\hat k^2", "lattice momentum squared", false),
        (r"-\langle s_k\phi_k\rangle/\langle\phi_k^2\rangle", "response of the score", true),
        "How strongly the learned score pulls each mode back, at several times. For the true score it is 1/(S(k) + σ²) in any theory, by partial integration (lines): exact for the free field, otherwise with the chain's structure factor.",
    ),
    view(
        "cumulant2",
        "Second cumulant of the field",
        ViewKind::Curve,
        TIME,
        (r"\kappa_2", "second cumulant", false),
        "Variance of the field along the noise process, measured on the data with noise, and in closed form: α²(κ₂ + σ²).",
    ),
    view(
        "cumulant4",
        "Fourth cumulant of the field",
        ViewKind::Curve,
        TIME,
        (r"\kappa_4", "fourth cumulant", false),
        "The exploding process conserves it, the preserving one lets it decay as α⁴; lines in closed form. That the variance grows and the interaction stays is what makes the end of the process look Gaussian.",
    ),
    view(
        "tail",
        "The bias falls with the tail",
        ViewKind::Curve,
        (r"n_{\text{tail}}", "updates with the true action", false),
        (r"\langle\phi^2\rangle", "mean square field", false),
        "Mean over samples after each update of the tail, with errors: from what the model says to what the theory says. The level is the reference, or else the chain.",
    ),
    view(
        "tail_action",
        "The action along the tail",
        ViewKind::Curve,
        (r"n_{\text{tail}}", "updates with the true action", false),
        ("S/V", "action density", false),
        "The action density after each update of the tail: it shows noise that the reverse process has left at once.",
    ),
    view(
        "thermalisation",
        "Thermalisation of the training data",
        ViewKind::Curve,
        (r"\text{update}", "update of the generating chain", false),
        ("S/V", "action density", false),
        "The generating chain and one from the other side, from their very beginning: where they agree they have forgotten their starts; only then are configurations kept.",
    ),
    view(
        "history",
        "Chain history of M",
        ViewKind::Scatter,
        (r"\text{measurement}", "measurement, the last one right", false),
        ("M", "magnetisation", false),
        "The chain's magnetisation, measurement by measurement, and beside it samples of the model, which do not remember each other.",
    ),
    view(
        "relaxation",
        "Fokker-Planck: relaxation of Langevin dynamics",
        ViewKind::Curve,
        ("M", "magnetisation", false),
        (r"P(M,\tau)", "density", false),
        "Many Langevin walks from one normal start, after several fictitious times τ (dots). For a single site the lines solve the Fokker-Planck equation.",
    ),
    view(
        "phase_diagram",
        "Phase diagram",
        ViewKind::Scatter,
        (r"\lambda", "quartic coupling", false),
        (r"\kappa", "hopping parameter", false),
        "Above the line the symmetry is broken. Dashed: mean field, κ = (1 − 2λ)/4. Points: measured here, where the Binder cumulants of two lattices cross. The bare mass and coupling of the usual continuum form stand with the point of this session.",
    ),
];

/// Most dots drawn in a scatter plot.
const DOTS: usize = 1000;

/// The data of the view `id`, which exists.
pub async fn draw(lab: &Phi4Diffusion, id: &str) -> Result<View, Error> {
    let (id, series, levels) = match id {
        "fields" => ("fields", fields(lab), Vec::new()),
        "denoising" => ("denoising", denoising(lab), Vec::new()),
        "magnetisation" => ("magnetisation", magnetisation(lab), Vec::new()),
        "field_values" => ("field_values", field_values(lab), Vec::new()),
        "correlator" => ("correlator", correlator(lab), Vec::new()),
        "structure" => ("structure", structure(lab), Vec::new()),
        "loss" => ("loss", Vec::new(), loss_levels(lab)),
        "drift" => ("drift", drift(lab).await?, Vec::new()),
        "uniform_drift" => ("uniform_drift", uniform(lab, false).await?, Vec::new()),
        "effective_action" => ("effective_action", uniform(lab, true).await?, Vec::new()),
        "score_modes" => ("score_modes", score_modes(lab).await?, Vec::new()),
        "cumulant2" => ("cumulant2", cumulants(lab, 0), Vec::new()),
        "cumulant4" => ("cumulant4", cumulants(lab, 1), Vec::new()),
        "tail" => ("tail", tail(lab, |r| r.phi2), reference_level(lab, FieldColumns::PHI2, "phi2")),
        "tail_action" => {
            ("tail_action", tail(lab, |r| r.action), reference_level(lab, FieldColumns::ACTION, "action_density"))
        }
        "thermalisation" => ("thermalisation", thermalisation(lab), thermalisation_level(lab)),
        "history" => ("history", history(lab), Vec::new()),
        "relaxation" => ("relaxation", lab.relaxation.get_or_init(|| relaxation(lab)).clone(), Vec::new()),
        "phase_diagram" => ("phase_diagram", phase_diagram(lab), Vec::new()),
        _ => unreachable!("the caller looks the view up first"),
    };
    Ok(View { id, series, levels, columns: Vec::new() })
}

fn with_errors(name: &str, role: Role, x: Floats, points: &[(f64, f64)]) -> Curve {
    let (y, error): (Vec<f64>, Vec<f64>) = points.iter().copied().unzip();
    Curve { error: error.into_iter().collect(), ..Curve::new(name, role, Mark::Dots, x, y.into_iter().collect()) }
}

/// Pictures of the lattice; of a single site a square of independent ones.
fn pictures(name: &str, role: Role, fields: &[f32], side: usize) -> Curve {
    const SQUARE: usize = 16;
    const MOST: usize = 9;
    let (side, count) = if side == 1 { (SQUARE, 1) } else { (side, if side > 16 { 4 } else { MOST }) };
    let coordinates: Floats = (0..side).map(|i| i as f64).collect();
    let whole = fields.len() - fields.len() % (side * side);
    let from = whole.saturating_sub(count * side * side);
    Curve::new(name, role, Mark::Field, coordinates, Floats(fields[from..whole].to_vec()))
}

fn fields(lab: &Phi4Diffusion) -> Vec<Curve> {
    let side = lab.theory().side;
    vec![
        pictures("chain", Role::Chain, &lab.recent_fields(256), side),
        pictures("model", Role::Model, &lab.pool.raw, side),
    ]
}

fn denoising(lab: &Phi4Diffusion) -> Vec<Curve> {
    let (theory, process) = (lab.theory(), lab.params.process());
    let Some((widest, start)) = lab.frames.first() else { return Vec::new() };
    let coordinates: Floats = (0..start.len().isqrt()).map(|i| i as f64).collect();
    let name = |sigma: f64| format!("t = {:.3}", if sigma > 0.0 { process.time(sigma) } else { 0.0 });
    let scale = lab.model.statistics.scale;
    let mut before = *widest;
    let intervals: Vec<f64> = lab
        .frames
        .iter()
        .map(|&(sigma, _)| {
            let interval = 0.5 * (before * before - sigma * sigma) * scale * scale;
            before = sigma;
            interval.clamp(0.0, 1.0)
        })
        .collect();
    let start: Vec<f64> = start.iter().map(|&x| x.into()).collect();
    let walk = probe::langevin_sequence(&theory, &start, &intervals, &mut Rng::new(lab.seed, Stream::Noise));
    let picture = |role, sigma, field: Floats| Curve::new(name(sigma), role, Mark::Field, coordinates.clone(), field);
    let model = lab.frames.iter().map(|(sigma, field)| picture(Role::Model, *sigma, Floats(field.clone())));
    let chain = lab
        .frames
        .iter()
        .zip(walk)
        .map(|((sigma, _), field)| picture(Role::Chain, *sigma, field.into_iter().collect()));
    model.chain(chain).collect()
}

/// Histograms of numbers of the model, of its tail, and of the chain, over the range that the chain and the exact density span.
struct Sets {
    model: Vec<f64>,
    weights: Option<Vec<f64>>,
    tail: Vec<f64>,
    chain: Vec<f64>,
}

fn histograms(sets: &Sets, exact: Option<(Vec<f64>, Vec<f64>)>) -> Vec<Curve> {
    const BINS: usize = 41;
    let largest = |set: &[f64]| set.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    let edge = 1.1 * largest(&sets.chain).max(1e-3);
    let fill = |set: &[f64], weights: Option<&[f64]>| {
        let mut histogram = Histogram::new(-edge, edge, BINS);
        for (i, &x) in set.iter().enumerate() {
            histogram.add(x, weights.map_or(1.0, |w| w[i]));
        }
        histogram
    };
    let drawn = |name: &str, role, mark, histogram: &Histogram| {
        Curve::new(
            name,
            role,
            mark,
            histogram.centers().into_iter().collect(),
            histogram.density().into_iter().collect(),
        )
    };
    let mut curves = vec![drawn("model", Role::Model, Mark::Bars, &fill(&sets.model, None))];
    if let Some(weights) = &sets.weights {
        curves.push(drawn("model, reweighted", Role::Corrected, Mark::Dots, &fill(&sets.model, Some(weights))));
    } else if !sets.tail.is_empty() {
        curves.push(drawn("model + tail", Role::Corrected, Mark::Dots, &fill(&sets.tail, None)));
    }
    curves.push(drawn("chain", Role::Chain, Mark::Line, &fill(&sets.chain, None)));
    if let Some((x, density)) = exact {
        let inside = || x.iter().zip(&density).filter(|(x, _)| x.abs() <= edge);
        curves.push(Curve::new(
            "exact",
            Role::Truth,
            Mark::Line,
            inside().map(|p| *p.0).collect(),
            inside().map(|p| *p.1).collect(),
        ));
    }
    curves
}

fn weights_of(lab: &Phi4Diffusion) -> Option<Vec<f64>> {
    let log_w = lab.pool.log_weights();
    (!log_w.is_empty()).then(|| normalised_weights(&log_w))
}

fn magnetisation(lab: &Phi4Diffusion) -> Vec<Curve> {
    let theory = lab.theory();
    let column = |series: &Series| series.column(FieldColumns::M).collect::<Vec<_>>();
    let sets = Sets {
        model: column(&lab.pool.raw_series),
        weights: weights_of(lab),
        tail: column(&lab.pool.tail_series),
        chain: lab.chain_m.iter().map(|&m| m.into()).collect(),
    };
    let exact = match observables::exact_means(&theory) {
        _ if theory.side == 1 => Some(one_site_density(&theory)),
        Some((means, _)) => Some(normal_density(means[FieldColumns::M2].sqrt())),
        None => None,
    };
    histograms(&sets, exact)
}

fn one_site_density(theory: &Phi4) -> (Vec<f64>, Vec<f64>) {
    let site = OneSite::new(theory);
    (site.grid().to_vec(), site.density().to_vec())
}

fn normal_density(width: f64) -> (Vec<f64>, Vec<f64>) {
    let x: Vec<f64> = (-100..=100).map(|i| 5.0 * width * f64::from(i) / 100.0).collect();
    let density =
        x.iter().map(|x| (-0.5 * (x / width).powi(2)).exp() / (width * (2.0 * std::f64::consts::PI).sqrt())).collect();
    (x, density)
}

fn field_values(lab: &Phi4Diffusion) -> Vec<Curve> {
    const MOST: usize = 1 << 17;
    let theory = lab.theory();
    let latest = |fields: &[f32]| -> Vec<f64> {
        fields[fields.len().saturating_sub(MOST)..].iter().map(|&x| x.into()).collect()
    };
    let weights = weights_of(lab).map(|w| w.iter().flat_map(|&w| std::iter::repeat_n(w, theory.sites())).collect());
    let model =
        if weights.is_some() { lab.pool.raw.iter().map(|&x| x.into()).collect() } else { latest(&lab.pool.raw) };
    let sets = Sets { model, weights, tail: latest(&lab.pool.tail), chain: latest(&lab.recent_fields(usize::MAX)) };
    let exact = match observables::exact_means(&theory) {
        _ if theory.side == 1 => Some(one_site_density(&theory)),
        Some((means, _)) => Some(normal_density(means[FieldColumns::PHI2].sqrt())),
        None => None,
    };
    histograms(&sets, exact)
}

/// What there is to measure on, with its name and how its rows are related.
fn sources(lab: &Phi4Diffusion) -> Vec<(&'static str, Role, &Series, Sampling)> {
    let all = [
        ("chain", Role::Chain, &lab.chain_series, Sampling::Correlated),
        ("model, raw", Role::Model, &lab.pool.raw_series, Sampling::Independent),
        ("model + tail", Role::Corrected, &lab.pool.tail_series, Sampling::Independent),
    ];
    all.into_iter().filter(|(_, _, series, _)| series.len() >= observables::FEWEST).collect()
}

fn of_columns(lab: &Phi4Diffusion, columns: std::ops::Range<usize>, x: &Floats) -> Vec<Curve> {
    let mut curves: Vec<Curve> = sources(lab)
        .into_iter()
        .map(|(name, role, measured, sampling)| {
            let estimator = Estimator::new(measured, None, sampling);
            let points: Vec<_> = columns.clone().map(|c| estimator.mean(c)).map(|d| (d.value, d.error)).collect();
            with_errors(name, role, x.clone(), &points)
        })
        .collect();
    if let Some((means, _)) = observables::exact_means(&lab.theory()) {
        curves.push(Curve::new("exact", Role::Truth, Mark::Line, x.clone(), means[columns].iter().copied().collect()));
    }
    curves
}

fn correlator(lab: &Phi4Diffusion) -> Vec<Curve> {
    let columns = FieldColumns::new(lab.theory().side).correlator();
    let x: Floats = (0..columns.len()).map(|r| r as f64).collect();
    of_columns(lab, columns, &x)
}

fn structure(lab: &Phi4Diffusion) -> Vec<Curve> {
    let lattice = Square { side: lab.theory().side };
    let columns = FieldColumns::new(lattice.side).structure();
    let x: Floats = (0..columns.len()).map(|k| lattice.k_hat_squared(k, 0).sqrt()).collect();
    of_columns(lab, columns, &x)
}

/// What the loss would be for a Gaussian theory with the data's two-point function, averaged over the noise that training
/// draws; and the loss on test data.
fn loss_levels(lab: &Phi4Diffusion) -> Vec<Level> {
    const POINTS: usize = 64;
    let (params, process) = (&lab.params, lab.params.process());
    let lattice = lab.training_lattice();
    let variances = match observables::exact_means(&params.training_theory()) {
        Some(_) if params.lambda == 0.0 => {
            let free = crate::exact::FreeField { side: lattice.side, kappa: params.kappa };
            let scale = lab.model.statistics.scale.powi(2);
            (0..lattice.sites()).map(|k| free.mode_variance(k % lattice.side, k / lattice.side) / scale).collect()
        }
        _ => lab.model.statistics.variances(lattice),
    };
    let (low, high) = (process.sigma(params.end_time).ln(), process.sigma(1.0).ln());
    let floor = (0..POINTS).map(|i| {
        let u = (i as f64 + 0.5) / POINTS as f64;
        let sigma = match params.noise_levels {
            super::NoiseLevels::LogUniform => (low + (high - low) * u).exp(),
            super::NoiseLevels::UniformTime => process.sigma(u),
        };
        variances.iter().map(|c| c / (c + sigma * sigma)).sum::<f64>() / variances.len() as f64
    });
    let floor = floor.sum::<f64>() / POINTS as f64;
    let mut levels = Vec::new();
    let free = params.lambda == 0.0;
    let (name, role) = if free { ("exact floor", Role::Truth) } else { ("best Gaussian model", Role::Limit) };
    // The control variate takes away what this counts.
    if params.objective == super::Objective::Denoising {
        levels.push(Level { name: format!("{name} = {floor:.4}"), role, y: floor });
    }
    if let Some((loss, error)) = lab.held_out {
        levels.push(Level {
            name: format!("on unseen data = {}", crate::stats::with_error(loss, error)),
            role: Role::Limit,
            y: loss,
        });
    }
    levels
}

async fn drift(lab: &Phi4Diffusion) -> Result<Vec<Curve>, Error> {
    let theory = lab.theory();
    let count = DOTS.div_ceil(theory.sites()).min(lab.recent.len());
    let phi = lab.recent_fields(count);
    if phi.is_empty() {
        return Ok(Vec::new());
    }
    let sigma = lab.params.process().sigma(lab.params.end_time);
    let score = read(lab.model.score(&phi, sigma)).await?;
    let mut force = vec![0.0; theory.sites()];
    let forces: Floats = phi
        .chunks_exact(theory.sites())
        .flat_map(|phi| {
            let phi: Vec<f64> = phi.iter().map(|&x| x.into()).collect();
            theory.force(&phi, &mut force);
            force.clone()
        })
        .take(DOTS)
        .collect();
    let scores = Floats(score.into_iter().take(DOTS).collect());
    let (low, high) = forces.0.iter().fold((0.0_f32, 0.0_f32), |(l, h), &f| (l.min(f), h.max(f)));
    let line = Floats(vec![low, high]);
    Ok(vec![
        Curve::new("a site", Role::Model, Mark::Dots, forces, scores),
        Curve::new("score = force", Role::Truth, Mark::Line, line.clone(), line),
    ])
}

/// Widths of the noise at which scores are shown, in units of the data: little, some, much.
fn shown_widths(lab: &Phi4Diffusion) -> [f64; 3] {
    [lab.params.process().sigma(lab.params.end_time), 0.5, 2.0]
}

/// Drift of a constant field, or minus its integral.
async fn uniform(lab: &Phi4Diffusion, integrated: bool) -> Result<Vec<Curve>, Error> {
    const POINTS: usize = 61;
    let theory = lab.theory();
    let process = lab.params.process();
    let edge =
        1.3 * lab.chain_m.iter().fold(0.1_f32, |m, x| m.max(x.abs())).max(0.5 * lab.model.statistics.scale as f32);
    let x: Vec<f64> = (0..POINTS).map(|i| f64::from(edge) * (2.0 * i as f64 / (POINTS - 1) as f64 - 1.0)).collect();
    let grid: Floats = x.iter().copied().collect();
    let shown = |drift: Vec<f64>| -> Floats {
        if integrated { potential(&x, &drift).into_iter().collect() } else { drift.into_iter().collect() }
    };
    let constant: Vec<f32> = x.iter().flat_map(|&x| std::iter::repeat_n(x as f32, theory.sites())).collect();
    let mut curves = Vec::new();
    for sigma in shown_widths(lab) {
        let name = format!("t = {:.3}", process.time(sigma));
        let score = read(lab.model.score(&constant, sigma)).await?;
        let mean = score
            .chunks_exact(theory.sites())
            .map(|s| s.iter().map(|&s| f64::from(s)).sum::<f64>() / theory.sites() as f64);
        curves.push(Curve::new(
            format!("learned, {name}"),
            Role::Model,
            Mark::Line,
            grid.clone(),
            shown(mean.collect()),
        ));
        if theory.side == 1 {
            let (site, width) = (OneSite::new(&theory), sigma * lab.model.statistics.scale);
            let exact = x.iter().map(|&x| site.diffused_score(x, width)).collect();
            curves.push(Curve::new(format!("exact, {name}"), Role::Truth, Mark::Line, grid.clone(), shown(exact)));
        }
    }
    if theory.side > 1 {
        let force = x.iter().map(|&x| {
            let mut force = vec![0.0; theory.sites()];
            theory.force(&vec![x; theory.sites()], &mut force);
            force[0]
        });
        curves.push(Curve::new("force of the action", Role::Truth, Mark::Line, grid, shown(force.collect())));
    }
    Ok(curves)
}

/// Minus the integral from the middle of the grid, by trapezoids.
fn potential(x: &[f64], drift: &[f64]) -> Vec<f64> {
    let mut sum = 0.0;
    let mut all = vec![0.0];
    for i in 1..x.len() {
        sum -= 0.5 * (drift[i] + drift[i - 1]) * (x[i] - x[i - 1]);
        all.push(sum);
    }
    let middle = all[x.len() / 2];
    all.into_iter().map(|s| s - middle).collect()
}

async fn score_modes(lab: &Phi4Diffusion) -> Result<Vec<Curve>, Error> {
    const FIELDS: usize = 256;
    let (theory, process) = (lab.theory(), lab.params.process());
    let lattice = Square { side: theory.side };
    let (side, sites) = (lattice.side, lattice.sites());
    let clean = lab.recent_fields((FIELDS * 64 / sites).clamp(16, FIELDS));
    let count = clean.len() / sites;
    if count == 0 {
        return Ok(Vec::new());
    }
    // Modes of one size of momentum are averaged.
    let mut by_size: Vec<(f64, Vec<usize>)> = Vec::new();
    for k in 0..sites {
        let size = lattice.k_hat_squared(k % side, k / side);
        match by_size.iter_mut().find(|(other, _)| (other - size).abs() < 1e-9) {
            Some((_, modes)) => modes.push(k),
            None => by_size.push((size, vec![k])),
        }
    }
    by_size.sort_by(|a, b| a.0.total_cmp(&b.0));
    let x: Floats = by_size.iter().map(|m| m.0).collect();
    let device = &lab.device;
    let tensor = |values: Vec<f32>| Tensor::<2>::from_data(TensorData::new(values, [count, sites]), device);
    let spectrum = observables::exact_means(&theory).filter(|_| theory.lambda == 0.0);
    let mut rng = Rng::new(lab.seed, Stream::Noise);
    let mut curves = Vec::new();
    for sigma in shown_widths(lab) {
        let width = sigma * lab.model.statistics.scale;
        let noisy: Vec<f32> = clean.iter().map(|&x| x + (width * rng.normal()) as f32).collect();
        let score = lab.model.grid.transform(lab.model.score(&noisy, sigma));
        let modes = lab.model.grid.transform(tensor(noisy));
        let product = read((score * modes.clone()).mean_dim(0)).await?;
        let square = read(modes.square().mean_dim(0)).await?;
        let name = format!("t = {:.3}", process.time(sigma));
        let sum = |values: &[f32], modes: &[usize]| modes.iter().map(|&k| f64::from(values[k])).sum::<f64>();
        let response = by_size.iter().map(|(_, modes)| -sum(&product, modes) / sum(&square, modes)).collect();
        curves.push(Curve::new(format!("learned, {name}"), Role::Model, Mark::Dots, x.clone(), response));
        let (from, role, line): (_, _, Floats) = if spectrum.is_some() {
            let free = crate::exact::FreeField { side, kappa: theory.kappa };
            let exact = by_size.iter().map(|(_, modes)| {
                let k = modes[0];
                1.0 / (free.mode_variance(k % side, k / side) + width * width)
            });
            ("exact", Role::Truth, exact.collect())
        } else {
            let measured = by_size.iter().map(|(_, modes)| modes.len() as f64 / sum(&square, modes));
            ("1/(S(k) + σ²)", Role::Limit, measured.collect())
        };
        curves.push(Curve::new(format!("{from}, {name}"), role, Mark::Line, x.clone(), line));
    }
    Ok(curves)
}

fn cumulants(lab: &Phi4Diffusion, which: usize) -> Vec<Curve> {
    const CONFIGURATIONS: usize = 512;
    const POINTS: usize = 21;
    /// Groups of configurations for the jackknife.
    const GROUPS: usize = 32;
    let process = lab.params.process();
    let sites = lab.training_lattice().sites();
    let values = &lab.data.train[..lab.data.train.len().min(CONFIGURATIONS.max((1 << 14) / sites) * sites)];
    let scale = lab.model.statistics.scale;
    if values.is_empty() {
        return Vec::new();
    }
    let size = (values.len() / sites).div_ceil(GROUPS) * sites;
    let mut rng = Rng::new(lab.seed, Stream::Noise);
    let mut noisy = |t: f64| -> (f64, f64) {
        let (alpha, sigma) = (process.scale(t), process.sigma(t) * scale);
        let groups: Vec<Vec<f64>> = values
            .chunks(size)
            .map(|group| group.iter().map(|&x| alpha * (f64::from(x) + sigma * rng.normal())).collect())
            .collect();
        probe::even_cumulants(&groups)[which]
    };
    let times: Vec<f64> = (0..POINTS).map(|i| 0.6 * i as f64 / (POINTS - 1) as f64).collect();
    let measured: Vec<(f64, f64)> = times.iter().map(|&t| noisy(t)).collect();
    let start = measured[0].0;
    let closed = times.iter().map(|&t| {
        let (alpha, sigma) = (process.scale(t), process.sigma(t) * scale);
        if which == 0 { alpha * alpha * (start + sigma * sigma) } else { alpha.powi(4) * start }
    });
    let x: Floats = times.iter().copied().collect();
    vec![
        with_errors("data with noise", Role::Model, x.clone(), &measured),
        Curve::new("closed form", Role::Truth, Mark::Line, x, closed.collect()),
    ]
}

fn tail(lab: &Phi4Diffusion, pick: impl Fn(&super::pool::Relaxation) -> (f64, f64)) -> Vec<Curve> {
    let n = lab.pool.len() as f64;
    if n < 2.0 {
        return Vec::new();
    }
    let points: Vec<(f64, f64)> = lab
        .pool
        .relaxation
        .iter()
        .map(|r| {
            let (sum, squares) = pick(r);
            let mean = sum / n;
            (mean, ((squares / n - mean * mean).max(0.0) / n).sqrt())
        })
        .collect();
    let x: Floats = (0..points.len()).map(|i| i as f64).collect();
    vec![with_errors("samples", Role::Corrected, x, &points)]
}

/// The reference value of a column, or else the chain's.
fn reference_level(lab: &Phi4Diffusion, column: usize, id: &str) -> Vec<Level> {
    let theory = lab.theory();
    let level = |name: String, role, y| vec![Level { name, role, y }];
    if let Some((means, _)) = observables::exact_means(&theory) {
        return level(format!("exact {:.4}", means[column]), Role::Truth, means[column]);
    }
    if let Some((value, error)) = super::references::reference(&theory, id) {
        return level(format!("reference {}", crate::stats::with_error(value, error)), Role::Truth, value);
    }
    if lab.chain_series.len() < observables::FEWEST {
        return Vec::new();
    }
    let chain = Estimator::new(&lab.chain_series, None, Sampling::Correlated).mean(column);
    level(format!("chain {}", crate::stats::with_error(chain.value, chain.error)), Role::Limit, chain.value)
}

fn thermalisation(lab: &Phi4Diffusion) -> Vec<Curve> {
    lab.data
        .thermalisation
        .iter()
        .enumerate()
        .map(|(i, (name, trace))| {
            let x = (0..trace.len()).map(|i| i as f64).collect();
            let role = if i == 0 { Role::Chain } else { Role::Corrected };
            Curve::new(*name, role, Mark::Line, x, trace.iter().copied().collect())
        })
        .collect()
}

fn thermalisation_level(lab: &Phi4Diffusion) -> Vec<Level> {
    let mut levels = if lab.theory() == lab.params.training_theory() {
        reference_level(lab, FieldColumns::ACTION, "action_density")
    } else {
        Vec::new()
    };
    if let Some(file) = &lab.data.file {
        levels.push(Level { name: format!("data from {file}"), role: Role::Limit, y: 0.0 });
    }
    levels
}

fn history(lab: &Phi4Diffusion) -> Vec<Curve> {
    let skip = lab.chain_m.len().saturating_sub(DOTS);
    let chain: Vec<f32> = lab.chain_m.iter().skip(skip).copied().collect();
    let model: Vec<f64> = lab.pool.raw_series.column(FieldColumns::M).take(DOTS / 2).collect();
    let first = lab.chain_series.rows().saturating_sub(chain.len());
    let at = |from: usize, count: usize| -> Floats { (from..from + count).map(|i| i as f64).collect() };
    let end = first + chain.len();
    vec![
        Curve::new("chain", Role::Chain, Mark::Dots, at(first, chain.len()), Floats(chain)),
        Curve::new("model", Role::Model, Mark::Dots, at(end, model.len()), model.into_iter().collect()),
    ]
}

fn relaxation(lab: &Phi4Diffusion) -> Vec<Curve> {
    const TIMES: [f64; 4] = [0.02, 0.2, 1.0, 5.0];
    const BINS: usize = 31;
    const WALK_SITES: usize = 1 << 14;
    let theory = lab.theory();
    let (sites, scale) = (theory.sites(), lab.model.statistics.scale);
    let mut rng = Rng::new(lab.seed, Stream::Noise);
    let walkers = (WALK_SITES / sites).clamp(64, 4096);
    let width = 0.5 * scale;
    let intervals: Vec<f64> =
        TIMES.iter().scan(0.0, |before, &tau| Some(tau - std::mem::replace(before, tau))).collect();
    let mut means = vec![Vec::with_capacity(walkers); TIMES.len()];
    for _ in 0..walkers {
        let start: Vec<f64> = (0..sites).map(|_| width * rng.normal()).collect();
        for (means, phi) in means.iter_mut().zip(probe::langevin_sequence(&theory, &start, &intervals, &mut rng)) {
            means.push(phi.iter().sum::<f64>() / sites as f64);
        }
    }
    let edge = 1.1 * means.iter().flatten().fold(1e-3_f64, |m, x| m.max(x.abs()));
    let site = (theory.side == 1).then(|| OneSite::new(&theory));
    let initial = site.as_ref().map(|site| {
        let density = |x: &f64| (-0.5 * (x / width).powi(2)).exp() / (width * (2.0 * std::f64::consts::PI).sqrt());
        site.grid().iter().map(density).collect::<Vec<_>>()
    });
    let exact = site.as_ref().zip(initial.as_ref()).map(|(site, initial)| site.fokker_planck(initial, &TIMES));
    let mut curves = Vec::new();
    for (i, (means, tau)) in means.iter().zip(TIMES).enumerate() {
        let mut histogram = Histogram::new(-edge, edge, BINS);
        means.iter().for_each(|&m| histogram.add(m, 1.0));
        let (x, y) = (histogram.centers(), histogram.density());
        curves.push(Curve::new(
            format!("walks, τ = {tau}"),
            Role::Chain,
            Mark::Dots,
            x.into_iter().collect(),
            y.into_iter().collect(),
        ));
        if let (Some(site), Some(densities)) = (&site, &exact) {
            let inside = || site.grid().iter().zip(&densities[i]).filter(|(x, _)| x.abs() <= edge);
            curves.push(Curve::new(
                format!("Fokker-Planck, τ = {tau}"),
                Role::Truth,
                Mark::Line,
                inside().map(|p| *p.0).collect(),
                inside().map(|p| *p.1).collect(),
            ));
        }
    }
    curves
}

fn phase_diagram(lab: &Phi4Diffusion) -> Vec<Curve> {
    let theory = lab.theory();
    let range = (2.0 * theory.lambda).clamp(0.06, 1.0);
    let lambdas: Vec<f64> = (0..=50).map(|i| range * f64::from(i) / 50.0).collect();
    let mean_field = |lambda: f64| Phi4 { lambda, ..theory }.mean_field_kappa_critical();
    let inside: Vec<_> = KAPPA_CRITICAL.iter().filter(|point| point.0 <= range).collect();
    let points: Vec<(f64, f64)> = inside.iter().map(|&&(_, kappa, error)| (kappa, error)).collect();
    let here = format!("here: (a m₀)² = {:.4}, a² λ₀ = {:.4}", theory.bare_mass_squared(), theory.bare_coupling());
    let at = |value: f64| Floats(vec![value as f32]);
    vec![
        Curve::new(
            "mean field",
            Role::Limit,
            Mark::Line,
            lambdas.iter().copied().collect(),
            lambdas.iter().map(|&l| mean_field(l)).collect(),
        ),
        with_errors("measured", Role::Truth, inside.iter().map(|point| point.0).collect(), &points),
        Curve::new(here, Role::Model, Mark::Dots, at(theory.lambda), at(theory.kappa)),
    ]
}
