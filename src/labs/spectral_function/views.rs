//! What is drawn.

use nalgebra::DVector;

use super::{SpectralFunction, id_of, label_of, study, tables};
use crate::{
    floats::Floats,
    inverse::{Decomposition, Fit, Method, Settings, solve},
    lab::{Level, Mark, Role, Series, View},
    rng::{Rng, Stream},
    schema::{AxisSpec, ViewKind, ViewSpec},
};

const fn frequency() -> AxisSpec {
    AxisSpec::new(r"\omega", "frequency", false)
}

/// The views of the lab.
pub const VIEWS: &[ViewSpec] = &[
    ViewSpec {
        id: "spectrum",
        title: "Spectral function",
        doc: "The truth, and what each method makes of the data. Bands: the central 68 % of replicas of the data. Draw with the pointer to change the truth.",
        kind: ViewKind::Spectrum,
        x: frequency(),
        y: AxisSpec::new(r"\rho(\omega)", "spectral function", false),
    },
    ViewSpec {
        id: "data",
        title: "Data and fits",
        doc: "The correlator with its errors, and what each reconstruction gives back. All curves lie on the points: the data do not tell them apart.",
        kind: ViewKind::Curve,
        x: AxisSpec::new("x", "momentum or time", false),
        y: AxisSpec::new("D(x)", "correlator", true),
    },
    ViewSpec {
        id: "residuals",
        title: "Residuals in errors",
        doc: "Data minus fit in units of the error of each point (decorrelated, if the errors are correlated). A good fit scatters about zero by about one.",
        kind: ViewKind::Curve,
        x: AxisSpec::new("j", "data point", false),
        y: AxisSpec::new(r"(D_j-(K\rho)_j)/\sigma_j", "residual", false),
    },
    ViewSpec {
        id: "loss",
        title: "Loss of the networks",
        doc: "χ² and penalties of the network in training, one network after another. Steps down are where its smoothness penalty is lowered.",
        kind: ViewKind::Curve,
        x: AxisSpec::new(r"\text{step}", "optimiser step", false),
        y: AxisSpec::new(r"\text{loss}", "loss", true),
    },
    ViewSpec {
        id: "chi2_history",
        title: "χ² per point while networks train",
        doc: "A network has fitted the data when this reaches one (line); below, it learns the noise.",
        kind: ViewKind::Curve,
        x: AxisSpec::new(r"\text{step}", "optimiser step of the network", false),
        y: AxisSpec::new(r"\chi^2/N_p", "chi squared per point", true),
    },
    ViewSpec {
        id: "singular_values",
        title: "Why it is ill-posed: singular values",
        doc: "Singular values of the kernel in units of the errors, largest first, and how strongly the data contain each mode. Below the line at one there is only noise: what the truth has in those modes, no method can know.",
        kind: ViewKind::Curve,
        x: AxisSpec::new("k", "mode", false),
        y: AxisSpec::new(r"s_k,\;|u_k\cdot b|", "singular value, data in the mode", true),
    },
    ViewSpec {
        id: "regulators",
        title: "χ² against the regulator",
        doc: "Each method over the strengths it tried, relative to the one chosen (dot); where modes are cut off, the inverse of their number. To the left the noise is fitted, to the right the data are not.",
        kind: ViewKind::Curve,
        x: AxisSpec::new(r"\alpha/\alpha_{\text{chosen}}", "regulator relative to the chosen one", true),
        y: AxisSpec::new(r"\chi^2/N_p", "chi squared per point", true),
    },
    ViewSpec {
        id: "equally_good",
        title: "Three spectra, one correlator",
        doc: "Spectral functions as different as the data allow: random ones, moved no further than needed until they fit as well as the others do. All are positive, all have χ² = number of points (in the legend).",
        kind: ViewKind::Curve,
        x: frequency(),
        y: AxisSpec::new(r"\rho(\omega)", "spectral function", false),
    },
    ViewSpec {
        id: "resolution",
        title: "Windows on the spectrum",
        doc: "What the linear methods see at the frequency chosen: their answer there is the truth averaged over this window. A width that no peak can be narrower than; where it goes negative, the answer may too.",
        kind: ViewKind::Curve,
        x: AxisSpec::new(r"\omega", "frequency", false),
        y: AxisSpec::new(r"\delta(\omega_0,\omega)", "averaging kernel", false),
    },
    ViewSpec {
        id: "methods",
        title: "All methods, all numbers",
        doc: "Observables of each reconstruction with their spread over replicas, the regulator, and the truth below.",
        kind: ViewKind::Table,
        x: AxisSpec::new(r"\text{observable}", "observable", false),
        y: AxisSpec::new(r"\text{method}", "method", false),
    },
    ViewSpec {
        id: "benchmark",
        title: "Benchmark: table",
        doc: "One and two peaks at three noise levels: median over draws of the noise. Fills while the study runs; the spread between draws is large.",
        kind: ViewKind::Table,
        x: AxisSpec::new(r"\text{measure}", "measure", false),
        y: AxisSpec::new(r"\text{case}", "case", false),
    },
    ViewSpec {
        id: "benchmark_figure",
        title: "Benchmark: error against noise",
        doc: "Median mean square error of each method; bars from the best to the worst draw. Filled: one peak. Fainter: two peaks. Less noise helps, slowly: three decades of noise buy about one decade of error.",
        kind: ViewKind::Curve,
        x: AxisSpec::new(r"\varepsilon", "noise", true),
        y: AxisSpec::new(r"\text{MSE}", "mean square error", true),
    },
    ViewSpec {
        id: "coverage",
        title: "Coverage of the bands",
        doc: "How often one-sigma bands from replicas contain the truth where it is at least a tenth of its peak: 68 % for honest bands. Regularised methods have narrow bands around a biased answer. A Gaussian process has a posterior of its own besides.",
        kind: ViewKind::Table,
        x: AxisSpec::new(r"\text{measure}", "measure", false),
        y: AxisSpec::new(r"\text{method}", "method", false),
    },
    ViewSpec {
        id: "coverage_curve",
        title: "Coverage at each frequency",
        doc: "Share of draws whose one-sigma band from replicas contains the truth, against 68 %. Near a peak's top and flanks regularised methods miss it almost always.",
        kind: ViewKind::Curve,
        x: frequency(),
        y: AxisSpec::new(r"P(\rho\in\text{band})", "coverage", false),
    },
];

/// The data of the view `id`, which exists.
pub fn draw(lab: &SpectralFunction, id: &'static str) -> View {
    let mut view = View { id, series: Vec::new(), levels: Vec::new(), columns: Vec::new() };
    match id {
        "spectrum" => view.series = spectrum(lab),
        "data" => view.series = data(lab),
        "residuals" => (view.series, view.levels) = (residuals(lab), vec![level("0", 0.0)]),
        "loss" => {}
        "chi2_history" => (view.series, view.levels) = (chi2_history(lab), vec![level("noise: 1", 1.0)]),
        "singular_values" => (view.series, view.levels) = (singular_values(lab), vec![level("errors: 1", 1.0)]),
        "regulators" => (view.series, view.levels) = (regulators(lab), vec![level("noise: 1", 1.0)]),
        "equally_good" => view.series = equally_good(lab),
        "resolution" => (view.series, view.levels) = (resolution(lab), vec![level("0", 0.0)]),
        "methods" => (view.series, view.columns) = tables::methods(lab),
        "benchmark" => (view.series, view.columns) = tables::benchmark(lab),
        "benchmark_figure" => view.series = tables::benchmark_figure(lab),
        "coverage" => (view.series, view.columns) = tables::coverage(lab),
        "coverage_curve" => (view.series, view.levels) = (coverage_curve(lab), vec![level("68 %", 0.683)]),
        _ => unreachable!("the caller looks the view up first"),
    }
    view
}

fn level(name: &str, y: f64) -> Level {
    Level { name: name.into(), role: Role::Limit, y }
}

/// A series in a method's name and colour.
pub fn of_method(method: Method, mark: Mark, x: Floats, y: Floats) -> Series {
    Series { method: Some(id_of(method)), ..Series::new(label_of(method), Role::Method, mark, x, y) }
}

fn floats(values: &[f64]) -> Floats {
    values.iter().copied().collect()
}

fn numbers(count: usize) -> Floats {
    (0..count).map(|k| (k + 1) as f64).collect()
}

fn spectrum(lab: &SpectralFunction) -> Vec<Series> {
    let omega = || floats(&lab.grid.omega);
    let mut series = Vec::new();
    if let Some(truth) = &lab.scene.truth {
        series.push(Series::new("truth", Role::Truth, Mark::Line, omega(), floats(truth)));
    }
    let replicas = lab.params.study == super::Study::Replicas;
    for (method, fit, column) in lab.answers() {
        let Some(fit) = fit else { continue };
        let rho = floats(fit.rho.as_slice());
        // Where replicas are not drawn, a method's own band.
        let band = column.band().filter(|_| replicas).or_else(|| fit.band.as_ref().map(|b| b.as_slice().to_vec()));
        if let Some(band) = band {
            let error = floats(&band);
            series.push(Series { error, ..of_method(method, Mark::Band, omega(), rho.clone()) });
        }
        series.push(of_method(method, Mark::Line, omega(), rho));
    }
    series
}

fn data(lab: &SpectralFunction) -> Vec<Series> {
    let scene = &lab.scene;
    let x = || floats(&scene.problem.points);
    let each = lab.answers().filter_map(|(method, fit, _)| {
        Some(of_method(method, Mark::Line, x(), floats(scene.problem.forward(&fit?.rho).as_slice())))
    });
    let points = Series {
        error: floats(scene.measured.sigmas().as_slice()),
        ..Series::new(
            lab.given.as_ref().map_or("data", |given| &given.name),
            Role::Truth,
            Mark::Dots,
            x(),
            floats(scene.measured.values.as_slice()),
        )
    };
    each.chain([points]).collect()
}

fn residuals(lab: &SpectralFunction) -> Vec<Series> {
    let whitened = &lab.scene.whitened;
    let of = |rho: &DVector<f64>| floats((&whitened.data - &whitened.matrix * rho).as_slice());
    let x = || numbers(whitened.points());
    let truth =
        lab.scene.truth.as_ref().map(|truth| {
            Series::new("noise itself", Role::Truth, Mark::Dots, x(), of(&DVector::from_column_slice(truth)))
        });
    let each = lab.answers().filter_map(|(method, fit, _)| Some(of_method(method, Mark::Line, x(), of(&fit?.rho))));
    each.chain(truth).collect()
}

fn chi2_history(lab: &SpectralFunction) -> Vec<Series> {
    let points = lab.scene.problem.points.len() as f64;
    let each = lab.params.methods.0.iter().filter_map(|&method| {
        let history = lab.networks.history(method)?;
        let (x, y): (Vec<f64>, Vec<f64>) = history.iter().map(|&(step, chi2)| (f64::from(step), chi2 / points)).unzip();
        (!x.is_empty()).then(|| of_method(method, Mark::Line, floats(&x), floats(&y)))
    });
    each.collect()
}

fn singular_values(lab: &SpectralFunction) -> Vec<Series> {
    let whitened = &lab.scene.whitened;
    let Some(Decomposition { u, s, v }) = Decomposition::new(&whitened.matrix) else { return Vec::new() };
    let x = || numbers(s.len());
    let each = |f: &dyn Fn(usize) -> f64| (0..s.len()).map(f).collect::<Floats>();
    let mut series = vec![
        Series::new("singular value", Role::Model, Mark::Dots, x(), each(&|k| s[k])),
        Series::new("data", Role::Chain, Mark::Dots, x(), each(&|k| u.column(k).dot(&whitened.data).abs())),
    ];
    if let Some(truth) = &lab.scene.truth {
        let truth = DVector::from_column_slice(truth);
        let seen = each(&|k| s[k] * v.column(k).dot(&truth).abs());
        series.push(Series::new("truth", Role::Truth, Mark::Line, x(), seen));
    }
    series
}

fn regulators(lab: &SpectralFunction) -> Vec<Series> {
    let points = lab.scene.problem.points.len() as f64;
    let mut series = Vec::new();
    for (method, fit, _) in lab.answers() {
        let Some(fit) = fit.filter(|fit| fit.path.len() > 1) else { continue };
        // More modes are a weaker regulator.
        let truncates = matches!(method, Method::Tsvd | Method::Rbf);
        let weight = |regulator: f64| if truncates { regulator.recip() } else { regulator };
        let (x, y): (Vec<f64>, Vec<f64>) =
            fit.path.iter().map(|trial| (weight(trial.regulator) / weight(fit.regulator), trial.chi2 / points)).unzip();
        series.push(of_method(method, Mark::Line, floats(&x), floats(&y)));
        series.push(of_method(method, Mark::Dots, floats(&[1.0]), floats(&[fit.chi2 / points])));
    }
    series
}

/// How wild the random spectra are: standard deviation of the logarithm, and correlation length in frequency.
const WILDNESS: f64 = 2.0;
const LENGTH: f64 = 0.4;

/// MEM with random default models: the nearest spectral function, in the sense of entropy, that fits the data.
fn equally_good(lab: &SpectralFunction) -> Vec<Series> {
    let grid = &lab.grid;
    let omega = || floats(&grid.omega);
    let mut series: Vec<_> = lab
        .scene
        .truth
        .iter()
        .map(|truth| Series::new("truth", Role::Truth, Mark::Line, omega(), floats(truth)))
        .collect();
    let points = lab.scene.problem.points.len() as f64;
    let settings = lab.settings();
    let plain: Option<Fit> = solve(Method::MemHistoric, &lab.scene.whitened, &settings);
    let Some(plain) = plain else { return series };
    let mut rng = Rng::new(lab.seed, Stream::Start);
    for nth in 0..3 {
        let bumps = smooth_noise(grid.len(), LENGTH / grid.d_omega, &mut rng);
        let model = plain.rho.iter().zip(&settings.default_model).zip(bumps);
        // Nowhere so small that the data could not raise it again.
        let default_model = model.map(|((rho, m), g)| rho.max(1e-3 * m) * (WILDNESS * g).exp()).collect();
        let Some(fit) =
            solve(Method::MemHistoric, &lab.scene.whitened, &Settings { default_model, ..settings.clone() })
        else {
            continue;
        };
        let name = format!("spectrum {}, χ²/N = {:.2}", nth + 1, fit.chi2 / points);
        let role = [Role::Chain, Role::Model, Role::Corrected][nth];
        series.push(Series::new(name, role, Mark::Line, omega(), floats(fit.rho.as_slice())));
    }
    series
}

/// White noise seen through a Gaussian window of this many cells: mean 0, variance 1.
fn smooth_noise(count: usize, cells: f64, rng: &mut Rng) -> Vec<f64> {
    let reach = (4.0 * cells).ceil() as usize;
    let window: Vec<f64> =
        (0..=2 * reach).map(|k| (-0.5 * ((k as f64 - reach as f64) / cells).powi(2)).exp()).collect();
    let norm = window.iter().map(|w| w * w).sum::<f64>().sqrt();
    let white: Vec<f64> = (0..count + 2 * reach).map(|_| rng.normal()).collect();
    (0..count).map(|i| window.iter().zip(&white[i..]).map(|(w, z)| w * z).sum::<f64>() / norm).collect()
}

fn resolution(lab: &SpectralFunction) -> Vec<Series> {
    let grid = &lab.grid;
    let at = ((lab.params.probe / grid.d_omega).round() as usize).clamp(1, grid.len()) - 1;
    let each = lab.answers().filter_map(|(method, fit, _)| {
        let window = fit?.linear.as_ref()?.row(at) * &lab.scene.whitened.matrix / grid.d_omega;
        Some(of_method(method, Mark::Line, floats(&grid.omega), window.iter().copied().collect()))
    });
    let mut series: Vec<_> = each.collect();
    let top = series.iter().flat_map(|s| s.y.0.iter().copied()).fold(1.0_f32, f32::max);
    let here = grid.omega[at];
    let needle = Series::new(
        format!("looked at: ω₀ = {here:.2}"),
        Role::Limit,
        Mark::Line,
        floats(&[here, here]),
        floats(&[0.0, f64::from(top)]),
    );
    series.push(needle);
    series
}

fn coverage_curve(lab: &SpectralFunction) -> Vec<Series> {
    let Some(truth) = lab.scene.truth.as_deref().filter(|_| lab.params.study == super::Study::Coverage) else {
        return Vec::new();
    };
    let each = lab.answers().filter_map(|(method, _, column)| {
        let covered = study::coverage(column, truth, study::Band::Replicas)?;
        Some(of_method(method, Mark::Line, floats(&lab.grid.omega), floats(&covered.at)))
    });
    each.collect()
}
