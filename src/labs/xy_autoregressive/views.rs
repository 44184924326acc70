//! What is drawn.

use std::f64::consts::{PI, TAU};

use super::{Objective, Scan, Temperatures, XyAutoregressive, coarsening, curves, sizes::Slowness};
use crate::{
    action::SpinModel,
    floats::Floats,
    lab::{Level, Mark, Role, Series as Curve, View},
    lattice::Square,
    net::von_mises::VonMises,
    observable::{Scratch, SpinColumns, vorticity},
    schema::{AxisSpec, ViewKind, ViewSpec},
    stats::{Estimator, Histogram, Sampling, gamma_method, normalised_weights},
};

const fn view(
    id: &'static str,
    title: &'static str,
    doc: &'static str,
    kind: ViewKind,
    x: AxisSpec,
    y: AxisSpec,
) -> ViewSpec {
    ViewSpec { id, title, doc, kind, x, y }
}

const TEMPERATURE: AxisSpec = AxisSpec::new("T", "temperature", false);

/// The views of the lab.
pub const VIEWS: &[ViewSpec] = &[
    view(
        "spins",
        "Spins",
        "The chain's configuration now, and samples of the network. Angles as arrows and on the colour wheel, vortices + and − on the plaquettes; Ising spins up and down.",
        ViewKind::Spins,
        AxisSpec::new("x", "site along a row", false),
        AxisSpec::new("y", "row", false),
    ),
    view(
        "partial",
        "A sample half written",
        "The latest sample of the network up to the site that is looked at: what the next conditional density is given. Raise the site, or press ▶, to watch it being written.",
        ViewKind::Spins,
        AxisSpec::new("x", "site along a row", false),
        AxisSpec::new("y", "row", false),
    ),
    view(
        "conditional",
        "Conditional density of one spin",
        "The density of the spin at the site that is looked at, given those before it in the latest sample, as the distance from the circle's centre; the arrow is the angle that was drawn. Dashed: what its visited neighbours alone would say, exp(β Σ cos)/Z.",
        ViewKind::Polar,
        AxisSpec::new(r"\theta_i", "angle of the spin", false),
        AxisSpec::new(r"q(\theta_i|\theta_{<i})", "density", false),
    ),
    view(
        "loss",
        "Loss, and its exact floor",
        "Variational free energy βF/N per site, which cannot go below −ln Z/N but for noise; on the chain's configurations the likelihood, with floor ln Z/N. The distance to the floor is the divergence between network and theory.",
        ViewKind::Curve,
        AxisSpec::new(r"\text{step}", "optimiser step", false),
        AxisSpec::new(r"\text{loss}", "loss per site", false),
    ),
    view(
        "weights",
        "Log-weights",
        "Each dot is a sample. On the line −ln q = βH + ln Z all weights are equal; the spread about it is what reweighting has to mend.",
        ViewKind::Scatter,
        AxisSpec::new(r"-\ln q", "minus log-density of the network", false),
        AxisSpec::new(r"\beta H", "action", false),
    ),
    view(
        "weight_histogram",
        "Weights",
        "Histogram of ln w = −βH − ln q, counted from ln of its mean weight. A narrow peak at zero is a good network; a tail to the right is configurations that it hardly ever writes.",
        ViewKind::Histogram,
        AxisSpec::new(r"\ln w", "log-weight", false),
        AxisSpec::new("P", "density", false),
    ),
    view(
        "correlation",
        "Correlation of spins",
        "⟨s(0)·s(r)⟩ along the axes. A power of r below the Kosterlitz–Thouless transition, exponential above.",
        ViewKind::Curve,
        AxisSpec::new("r", "distance along an axis", false),
        AxisSpec::new("G(r)", "correlation", true),
    ),
    view(
        "pairs",
        "Nearest antivortex",
        "Distances on the torus from each vortex to the antivortex that is nearest. At low temperature vortices come in tight pairs; above the transition the distance is set by their density.",
        ViewKind::Histogram,
        AxisSpec::new("d", "distance", false),
        AxisSpec::new("P(d)", "density", false),
    ),
    view(
        "coarsening",
        "After a quench",
        "The chain's vortices and antivortices per plaquette, and minus its energy per site, configuration by configuration against the updates since the last quench. Vortices of both signs attract and annihilate; the fewer are left, the longer they take to meet.",
        ViewKind::Curve,
        AxisSpec::new("t", "updates since the quench", true),
        AxisSpec::new("v,\\,-e", "vortex density; minus the energy per site", true),
    ),
    view(
        "autocorrelation",
        "Autocorrelation of the chain",
        "Normalised autocorrelation of m² and of the energy against updates, with their integrated times. Samples of the network are independent: zero from the first on.",
        ViewKind::Curve,
        AxisSpec::new("t", "chain updates", false),
        AxisSpec::new(r"\rho(t)", "autocorrelation", false),
    ),
    view(
        "slowing_down",
        "Critical slowing down",
        "Integrated autocorrelation time in sweeps at the critical temperature against L, of whichever is slowest: mean spin m, m², or energy e; for Metropolis and Wolff's clusters, with the dynamic exponents fitted from L = 8 on. With Metropolis it is m, which is slower than its square by far. Needs the scan of lattice sizes.",
        ViewKind::Curve,
        AxisSpec::new("L", "lattice size", true),
        AxisSpec::new(
            r"\max(\tau_m,\tau_{m^2},\tau_e)",
            "autocorrelation time in sweeps of the slowest of mean spin, its square and energy",
            true,
        ),
    ),
    view(
        "race",
        "Race: error against seconds",
        "One standard error of the energy against the seconds of computing that went into it: the chain's, and those of drawing the network's independent samples, with and without the time of training. Both fall as one over the square root; who is lower at the same time is ahead.",
        ViewKind::Curve,
        AxisSpec::new("t", "seconds of computing", true),
        AxisSpec::new(r"\sigma_e", "standard error of the energy", true),
    ),
    view(
        "helicity_scan",
        "Helicity modulus against temperature",
        "Where it crosses the dashed line 2T/π the transition of this lattice would be; the crossing tends to T = 0.893 only as 1/ln² L. Chain and network from the scan of temperatures, reference values in ink.",
        ViewKind::Curve,
        TEMPERATURE,
        AxisSpec::new(r"\Upsilon", "helicity modulus", false),
    ),
    view(
        "energy_scan",
        "Energy against temperature",
        "Energy per site: chain and network from the scan of temperatures, exact or reference values in ink.",
        ViewKind::Curve,
        TEMPERATURE,
        AxisSpec::new("e", "energy per site", false),
    ),
    view(
        "specific_heat_scan",
        "Specific heat against temperature",
        "Its peak grows with ln L for Ising; for XY it stays finite and lies above the transition.",
        ViewKind::Curve,
        TEMPERATURE,
        AxisSpec::new("c", "specific heat per site", false),
    ),
    view(
        "vortex_scan",
        "Vortex density against temperature",
        "Vortices and antivortices per plaquette. A third of all plaquettes at infinite temperature; hardly any below the transition.",
        ViewKind::Curve,
        TEMPERATURE,
        AxisSpec::new("v", "vortex density", false),
    ),
    view(
        "free_energy_scan",
        "Free energy against temperature",
        "The chain gives it by integrating its energy from infinite temperature; the network at each temperature alone, as an upper bound.",
        ViewKind::Curve,
        TEMPERATURE,
        AxisSpec::new("F/N", "free energy per site", false),
    ),
];

/// Pictures of the network's samples.
const PICTURES: usize = 4;
/// Most dots drawn in a scatter plot.
const DOTS: usize = 1000;

/// The data of the view `id`, which exists.
pub fn draw(lab: &XyAutoregressive, slowness: &[Slowness], id: &str) -> View {
    let plain = |series| (series, Vec::new());
    let (series, levels) = match id {
        "spins" => plain(spins(lab)),
        "partial" => plain(partial(lab)),
        "conditional" => plain(conditional(lab)),
        "loss" => (Vec::new(), floor(lab)),
        "coarsening" => coarsening(lab),
        // Whoever has a clock draws it: there is none in here.
        "race" => (Vec::new(), Vec::new()),
        "weights" => plain(weights(lab)),
        "weight_histogram" => plain(weight_histogram(lab)),
        "correlation" => plain(correlation(lab)),
        "pairs" => plain(pairs(lab)),
        "autocorrelation" => plain(autocorrelation(lab)),
        "slowing_down" => plain(curves::slowing_down(lab.params.scan == Scan::Sizes, slowness)),
        _ => plain(curves::scan(lab, id.trim_end_matches("_scan"))),
    };
    let id = VIEWS.iter().find(|v| v.id == id).map_or("", |v| v.id);
    View { id, series, levels, columns: Vec::new() }
}

/// Pictures and, for angles, their vortices: `[count, side, side]` each.
fn pictures(lattice: Square, model: SpinModel, name: &str, role: Role, values: Vec<f32>) -> Vec<Curve> {
    let places: Floats = (0..lattice.side).map(|i| i as f64).collect();
    let mark = if model == SpinModel::Xy { Mark::Spins } else { Mark::Field };
    let mut out = Vec::new();
    if model == SpinModel::Xy {
        let mut vortices = Vec::with_capacity(values.len());
        let mut n = Vec::new();
        for configuration in values.chunks_exact(lattice.sites()) {
            let theta: Vec<f64> = configuration.iter().map(|&v| v.into()).collect();
            vorticity(lattice, &theta, &mut n);
            vortices.extend(n.iter().map(|&n| f32::from(n)));
        }
        out.push(Curve::new(name, role, Mark::Vortices, places.clone(), vortices.into()));
    }
    out.insert(0, Curve::new(name, role, mark, places, values.into()));
    out
}

fn spins(lab: &XyAutoregressive) -> Vec<Curve> {
    let (lattice, model) = (lab.params.lattice(), lab.params.model);
    let mut now = Vec::new();
    lab.chain.configuration(&mut now);
    let now = now.into_iter().map(|v| v as f32).collect();
    let samples = &lab.pool.values[lab.pool.values.len().saturating_sub(PICTURES * lattice.sites())..];
    let at = |who: &str, beta: f64| format!("{who}, T = {:.4}", 1.0 / beta);
    let beta = lab.params.beta;
    let mut out = pictures(lattice, model, &at("chain", beta), Role::Chain, now);
    if !samples.is_empty() {
        let name = at("network", lab.params.network_beta(beta));
        out.extend(pictures(lattice, model, &name, Role::Model, samples.to_vec()));
    }
    out
}

/// The site that is looked at, on the lattice.
fn site(lab: &XyAutoregressive) -> usize {
    lab.params.site.min(lab.params.lattice().sites() - 1)
}

fn partial(lab: &XyAutoregressive) -> Vec<Curve> {
    let Some(latest) = lab.pool.latest() else { return Vec::new() };
    let side = lab.params.lattice_size;
    let visited = latest.iter().enumerate().map(|(i, v)| if i < lab.params.site { *v } else { f32::NAN });
    let mark = if lab.params.model == SpinModel::Xy { Mark::Spins } else { Mark::Field };
    let places = (0..side).map(|i| i as f64).collect();
    vec![Curve::new("network, up to the site looked at", Role::Model, mark, places, visited.collect())]
}

fn conditional(lab: &XyAutoregressive) -> Vec<Curve> {
    let Some(latest) = lab.pool.latest() else { return Vec::new() };
    let (site, beta) = (site(lab), lab.params.network_beta(lab.params.beta));
    let visited = lab.params.lattice().neighbours(site).into_iter().filter(|n| *n < site);
    match lab.params.model {
        SpinModel::Xy => {
            let angles: Vec<f64> = (0..=180).map(|i| TAU * f64::from(i) / 180.0 - PI).collect();
            let density = lab.density.density(&lab.host, beta, latest, site, &angles);
            let (mut cos, mut sin) = (0.0, 0.0);
            for n in visited {
                let theta = f64::from(latest[n]);
                cos += theta.cos();
                sin += theta.sin();
            }
            let (strength, direction) = (beta * f64::hypot(cos, sin), f64::atan2(sin, cos));
            let local = VonMises::new(&[0.0; 3], strength);
            let neighbours = angles.iter().map(|a| local.log_prob(a - direction, &mut []).exp());
            let grid: Floats = angles.iter().copied().collect();
            let drawn = f64::from(latest[site]);
            let there = lab.density.density(&lab.host, beta, latest, site, &[drawn]);
            vec![
                Curve::new("network", Role::Model, Mark::Line, grid.clone(), density.into_iter().collect()),
                Curve::new("visited neighbours alone", Role::Limit, Mark::Line, grid, neighbours.collect()),
                Curve::new(
                    "drawn",
                    Role::Model,
                    Mark::Dots,
                    [drawn].into_iter().collect(),
                    there.into_iter().collect(),
                ),
            ]
        }
        SpinModel::Ising => {
            let density = lab.density.density(&lab.host, beta, latest, site, &[-1.0, 1.0]);
            let field: f64 = visited.map(|n| f64::from(latest[n])).sum();
            let up = 1.0 / (1.0 + (-2.0 * beta * field).exp());
            let grid: Floats = [-1.0, 1.0].into_iter().collect();
            let drawn = f64::from(latest[site]);
            let there = density[usize::from(drawn > 0.0)];
            vec![
                Curve::new("network", Role::Model, Mark::Bars, grid.clone(), density.into_iter().collect()),
                Curve::new(
                    "visited neighbours alone",
                    Role::Limit,
                    Mark::Dots,
                    grid,
                    [1.0 - up, up].into_iter().collect(),
                ),
                Curve::new(
                    "drawn",
                    Role::Model,
                    Mark::Dots,
                    [drawn].into_iter().collect(),
                    [there].into_iter().collect(),
                ),
            ]
        }
    }
}

fn floor(lab: &XyAutoregressive) -> Vec<Level> {
    if lab.params.temperatures != Temperatures::One {
        return Vec::new();
    }
    let Some(ln_z) = &lab.exact().ln_z else { return Vec::new() };
    let (name, y) = match lab.params.objective {
        Objective::Reinforce => ("−ln Z/N", -ln_z.value),
        Objective::ForwardKl => ("ln Z/N", ln_z.value),
    };
    let kind = if ln_z.error == 0.0 { "exact" } else { "reference" };
    vec![Level { name: format!("{name} = {y:.4} {kind}"), role: Role::Truth, y }]
}

fn coarsening(lab: &XyAutoregressive) -> (Vec<Curve>, Vec<Level>) {
    match &lab.coarsening {
        Some(quench) if quench.has_begun() => (quench.curves(lab.params.model), coarsening::equilibrium(lab.exact())),
        Some(_) => (vec![Curve::reason("the chain has not moved yet since the quench")], Vec::new()),
        None => (vec![Curve::reason("quench the chain by the button under the picture")], Vec::new()),
    }
}

fn weights(lab: &XyAutoregressive) -> Vec<Curve> {
    let from = lab.pool.len().saturating_sub(DOTS);
    if lab.pool.is_empty() {
        return Vec::new();
    }
    let minus_log_q: Vec<f64> = lab.pool.log_q[from..].iter().map(|q| -q).collect();
    let actions = &lab.pool.actions[from..];
    let mut curves = vec![Curve::new(
        "samples",
        Role::Model,
        Mark::Dots,
        minus_log_q.iter().copied().collect(),
        actions.iter().copied().collect(),
    )];
    if let Some(ln_z) = &lab.exact().ln_z {
        let ln_z = ln_z.value * lab.params.lattice().sites() as f64;
        let low = minus_log_q.iter().copied().fold(f64::INFINITY, f64::min);
        let high = minus_log_q.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let line = [low, high];
        let y = line.iter().map(|v| v - ln_z).collect();
        curves.push(Curve::new("−ln q = βH + ln Z", Role::Truth, Mark::Line, line.into_iter().collect(), y));
    }
    curves
}

fn weight_histogram(lab: &XyAutoregressive) -> Vec<Curve> {
    let weights = normalised_weights(&lab.pool.log_weights());
    if weights.is_empty() {
        return Vec::new();
    }
    let mut histogram = Histogram::new(-4.0, 4.0, 64);
    weights.iter().for_each(|w| histogram.add(w.ln(), 1.0));
    let (x, y) = (histogram.centers(), histogram.density());
    vec![Curve::new("samples", Role::Model, Mark::Bars, x.into_iter().collect(), y.into_iter().collect())]
}

/// The sources of a plot of means: chain, network raw, network reweighted.
pub fn with_sources<T>(lab: &XyAutoregressive, mut f: impl FnMut(&'static str, Role, &Estimator<'_>) -> T) -> Vec<T> {
    let mut all = Vec::new();
    if lab.chain_series.len() >= 16 {
        all.push(f("chain", Role::Chain, &Estimator::new(&lab.chain_series, None, Sampling::Correlated)));
    }
    if !lab.pool.is_empty() {
        let weights = normalised_weights(&lab.pool.log_weights());
        all.push(f("network, raw", Role::Model, &Estimator::new(&lab.pool.series, None, Sampling::Independent)));
        let reweighted = Estimator::new(&lab.pool.series, Some(&weights), Sampling::Independent);
        all.push(f("network, reweighted", Role::Corrected, &reweighted));
    }
    all
}

/// The chain's configuration, while it is not measured: after a quench, or after a hand was on it.
fn now(lab: &XyAutoregressive) -> Option<Vec<f64>> {
    let mut spins = Vec::new();
    lab.chain.configuration(&mut spins);
    (!lab.chain.is_thermal()).then_some(spins)
}

fn correlation(lab: &XyAutoregressive) -> Vec<Curve> {
    let columns = lab.columns().correlation();
    let distances: Floats = (0..columns.len()).map(|r| r as f64).collect();
    let mut curves = Vec::new();
    if let Some(spins) = now(lab) {
        let mut row = Vec::new();
        lab.columns().measure(&spins, &mut Scratch::default(), &mut row);
        // Where it changes sign there is no logarithm.
        let along = row[columns.clone()].iter().map(|g| if *g > 0.0 { *g } else { f64::NAN }).collect();
        curves.push(Curve::new("chain, as it is now", Role::Chain, Mark::Line, distances.clone(), along));
    }
    curves.extend(with_sources(lab, |name, role, estimator| {
        let points: Vec<_> = columns.clone().map(|c| estimator.mean(c)).collect();
        Curve {
            error: points.iter().map(|p| p.error).collect(),
            ..Curve::new(name, role, Mark::Dots, distances.clone(), points.iter().map(|p| p.value).collect())
        }
    }));
    curves
}

/// Distances on the torus from each vortex to the antivortex that is nearest to it.
fn pair_distances(lattice: Square, values: &[f32], histogram: &mut Histogram) {
    let side = lattice.side;
    let apart = |a: usize, b: usize| {
        let along = |a: usize, b: usize| {
            let d = a.abs_diff(b);
            d.min(side - d) as f64
        };
        along(a % side, b % side).hypot(along(a / side, b / side))
    };
    let mut n = Vec::new();
    for configuration in values.chunks_exact(lattice.sites()) {
        let theta: Vec<f64> = configuration.iter().map(|&v| v.into()).collect();
        vorticity(lattice, &theta, &mut n);
        let of = |sign: i8| n.iter().enumerate().filter(move |(_, n)| n.signum() == sign).map(|(i, _)| i);
        for vortex in of(1) {
            if let Some(nearest) = of(-1).map(|other| apart(vortex, other)).min_by(f64::total_cmp) {
                histogram.add(nearest, 1.0);
            }
        }
    }
}

fn pairs(lab: &XyAutoregressive) -> Vec<Curve> {
    if lab.params.model == SpinModel::Ising {
        return vec![Curve::reason("Ising spins have no vortices")];
    }
    let lattice = lab.params.lattice();
    let (chain_name, chain) = match now(lab) {
        Some(spins) => ("chain, as it is now", spins.into_iter().map(|v| v as f32).collect()),
        None => ("chain", lab.recent_configurations(DOTS)),
    };
    let latest = lab.pool.values.len().saturating_sub(DOTS * lattice.sites());
    let sources = [
        ("network", Role::Model, Mark::Bars, &lab.pool.values[latest..]),
        (chain_name, Role::Chain, Mark::Dots, chain.as_slice()),
    ];
    let curves: Vec<Curve> = sources
        .into_iter()
        .filter(|(.., values)| !values.is_empty())
        .map(|(name, role, mark, values)| {
            // Bins of half a spacing: 1, sqrt 2, 2, ... fall into different ones.
            let end = 0.75 * lattice.side as f64 + 1.0;
            let mut histogram = Histogram::new(0.0, end, (2.0 * end).ceil() as usize);
            pair_distances(lattice, values, &mut histogram);
            let (x, y) = (histogram.centers(), histogram.density());
            Curve::new(name, role, mark, x.into_iter().collect(), y.into_iter().collect())
        })
        .filter(|curve| curve.y.0.iter().any(|p| *p > 0.0))
        .collect();
    if curves.is_empty() { vec![Curve::reason("no vortex in any of the latest configurations")] } else { curves }
}

/// Rows that the autocorrelation is taken from at most: the picture is drawn while the chain runs.
const LATEST: usize = 8192;

fn autocorrelation(lab: &XyAutoregressive) -> Vec<Curve> {
    let skip = lab.chain_series.len().saturating_sub(LATEST);
    let per_row = lab.chain_series.rows_per_bin() as f64;
    if lab.chain_series.len() < 64 {
        return vec![Curve::reason("the chain has too few measurements yet")];
    }
    let whole = Estimator::new(&lab.chain_series, None, Sampling::Correlated);
    [("m²", SpinColumns::M2, Mark::Line), ("energy", SpinColumns::ENERGY, Mark::Dots)]
        .into_iter()
        .filter_map(|(name, column, mark)| {
            let values: Vec<f64> = lab.chain_series.column(column).skip(skip).collect();
            // The same as in the table.
            let tau = whole.mean(column).tau_int?;
            let gamma = gamma_method(&values);
            let times = (0..gamma.rho.len()).map(|t| per_row * t as f64).collect();
            Some(Curve::new(
                format!("{name}, τ = {tau:.1} updates"),
                Role::Chain,
                mark,
                times,
                gamma.rho.iter().copied().collect(),
            ))
        })
        .collect()
}
