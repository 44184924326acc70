//! All methods on the talk's benchmark.

use std::time::Instant;

use super::*;
use crate::{
    inverse::{
        Shape,
        testing::{draw, problem, settings, truth},
    },
    labs::spectral_function::metrics::{kullback_leibler, mean_square_error, peak, slope_at_zero},
};

/// Median mean square errors over 8 draws of the noise by an independent program (Python, double precision; the same kernel, grid,
/// noise and rules, other random numbers): one peak at 1e-3, 1e-4, 1e-5, two peaks at the same.
const REFERENCE: [(Method, [f64; 6]); 9] = [
    (Method::Tsvd, [6.37e-3, 4.15e-3, 2.19e-3, 9.50e-3, 9.14e-3, 5.00e-3]),
    (Method::Tikhonov, [7.18e-3, 4.55e-3, 3.36e-3, 1.02e-2, 8.38e-3, 7.23e-3]),
    (Method::MemHistoric, [2.18e-3, 1.51e-3, 5.31e-4, 7.31e-3, 5.96e-3, 2.62e-3]),
    (Method::MemBryan, [3.36e-3, 1.25e-3, 4.80e-4, 7.49e-3, 2.53e-3, 1.58e-3]),
    (Method::BrHistoric, [3.68e-3, 1.86e-3, 5.44e-4, 1.82e-2, 6.93e-3, 2.08e-3]),
    (Method::BrAveraged, [1.88e-2, 1.58e-2, 3.14e-3, 3.28e-2, 1.67e-2, 2.04e-3]),
    (Method::GaussianProcess, [7.12e-3, 4.47e-3, 3.14e-3, 1.25e-2, 6.26e-3, 3.78e-3]),
    (Method::Sparse, [3.17e-3, 2.12e-3, 1.00e-3, 7.18e-3, 5.43e-3, 1.27e-3]),
    (Method::Rbf, [6.68e-3, 3.03e-3, 4.11e-3, 1.14e-2, 6.85e-3, 7.06e-3]),
];

const CASES: [(Shape, f64); 6] = [
    (Shape::SinglePeak, 1e-3),
    (Shape::SinglePeak, 1e-4),
    (Shape::SinglePeak, 1e-5),
    (Shape::DoublePeak, 1e-3),
    (Shape::DoublePeak, 1e-4),
    (Shape::DoublePeak, 1e-5),
];

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    0.5 * (values[(values.len() - 1) / 2] + values[values.len() / 2])
}

/// Run it by `cargo test --release -- --ignored --nocapture every_method_meets_the_benchmark`.
#[test]
#[ignore = "prints a table; seconds to minutes"]
fn every_method_meets_the_benchmark() {
    let problem = problem();
    let settings = settings();
    let mut off = Vec::new();
    println!(
        "{:18} {:11} {:>6} {:>9} {:>9} {:>9} {:>9} {:>7} {:>7} {:>6} {:>6} {:>7} {:>7}",
        "method", "shape", "noise", "reference", "MSE", "min", "max", "KL", "slope", "peak", "height", "chi2/N", "ms"
    );
    for method in Method::ALL.into_iter().filter(|m| !m.is_network()) {
        let reference = REFERENCE.iter().find(|(one, _)| *one == method).map(|(_, values)| values);
        for (nth, (shape, noise)) in CASES.into_iter().enumerate() {
            let truth = truth(&problem, shape);
            let started = Instant::now();
            let fits: Vec<Fit> = (1..=8)
                .map(|n| solve(method, &draw(&problem, &truth, noise, n), &settings).expect("an answer"))
                .collect();
            let ms = started.elapsed().as_secs_f64() * 1e3 / 8.0;
            let all = |f: &dyn Fn(&Fit) -> f64| fits.iter().map(f).collect::<Vec<_>>();
            let errors = all(&|fit| mean_square_error(fit.rho.as_slice(), truth.as_slice()));
            let mse = middle(errors.clone());
            let wanted = reference.map_or(f64::NAN, |values| values[nth]);
            println!(
                "{:18} {:11} {noise:6.0e} {wanted:9.2e} {mse:9.2e} {:9.2e} {:9.2e} {:7.3} {:7.3} {:6.2} {:6.2} {:7.2} {ms:7.1}",
                format!("{method:?}"),
                format!("{shape:?}"),
                errors.iter().copied().fold(f64::INFINITY, f64::min),
                errors.iter().copied().fold(0.0, f64::max),
                middle(all(&|fit| kullback_leibler(fit.rho.as_slice(), truth.as_slice()))),
                middle(all(&|fit| slope_at_zero(&problem.grid, fit.rho.as_slice()))),
                middle(all(&|fit| peak(&problem.grid, fit.rho.as_slice()).0)),
                middle(all(&|fit| peak(&problem.grid, fit.rho.as_slice()).1)),
                middle(all(&|fit| fit.chi2 / 25.0)),
            );
            if reference.is_some() && !(wanted / 1.5..wanted * 1.5).contains(&mse) {
                off.push(format!("{method:?} {shape:?} {noise:.0e}: {mse:.2e}, not within 1.5 of {wanted:.2e}"));
            }
        }
    }
    assert!(off.is_empty(), "{}", off.join("\n"));
}

/// No kernel, shape, noise or number of points makes a method panic or answer nonsense.
#[test]
fn every_method_answers_every_problem_with_numbers() {
    use crate::{
        inverse::{Grid, Kernel, Measured, NoiseModel, Peak, Problem, correlation},
        rng::{Rng, Stream},
    };
    let peak = |mass| Peak { mass, width: 0.3, area: 0.5 };
    for (kernel, count, noise, shape) in [
        (Kernel::KallenLehmann, 2, 1e-1, Shape::SinglePeak),
        (Kernel::KallenLehmann, 40, 1e-6, Shape::DoublePeak),
        (Kernel::Exponential, 12, 1e-3, Shape::Gaussian),
        (Kernel::Thermal, 16, 1e-3, Shape::Continuum),
        (Kernel::KallenLehmann, 25, 1e-4, Shape::NotPositive),
        (Kernel::Exponential, 60, 1e-6, Shape::Transport),
    ] {
        let points = (1..=count).map(|j| 5.0 * f64::from(j) / f64::from(count)).collect();
        let problem = Problem::new(kernel, 0.1, Grid::new(100, 10.0), points);
        let exact = problem.forward(&DVector::from_vec(shape.on(&problem.grid, [peak(1.5), peak(3.0)])));
        let law = Measured::new(exact.clone(), correlation(&NoiseModel::Relative.sigmas(&exact, noise), 0.3)).unwrap();
        let data = law.noisy(&exact, &mut Rng::new(3, Stream::Data)).whiten(&problem);
        for rule in [Rule::Usual, Rule::Discrepancy, Rule::LCurve, Rule::Gcv, Rule::Evidence] {
            for method in Method::ALL.into_iter().filter(|m| !m.is_network()) {
                for strength in [1.0, 1e-2] {
                    let settings = Settings { rule, strength, default_model: vec![0.1; 100] };
                    let what = format!("{method:?} {kernel:?} {count} {noise} {shape:?} {rule:?} {strength}");
                    let fit = solve(method, &data, &settings).unwrap_or_else(|| panic!("{what}: no answer"));
                    assert!((fit.chi2 - data.chi2(&fit.rho)).abs() <= 1e-6 * (1.0 + fit.chi2), "{what}");
                    assert!(!method.is_positive() || fit.rho.iter().all(|&v| v >= 0.0), "{what}");
                    assert!(fit.regulator.is_finite() && !fit.path.is_empty(), "{what}");
                }
            }
        }
    }
}
