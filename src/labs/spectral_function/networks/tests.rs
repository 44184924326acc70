//! Laws of the fits, and the table that says how good they are.

use burn::tensor::Device;
use nalgebra::{DMatrix, DVector};

use super::{objective::Objective, *};
use crate::{
    inverse::{Grid, Kernel, Measured, NoiseModel, Peak, Problem, Shape, Whitened},
    labs::testing::now,
    rng::{Rng, Stream},
};

const PEAKS: [Peak; 2] = [Peak { mass: 2.0, width: 0.5, area: 1.0 }, Peak { mass: 5.0, width: 0.5, area: 1.0 }];

/// The talk's mock data: 25 momenta, 500 frequencies.
pub(crate) fn mock(shape: Shape, noise: f64, seed: u64) -> (Whitened, Vec<f64>) {
    let points = (0..25).map(|j| 0.001 + 19.198 * f64::from(j) / 24.0).collect();
    let problem = Problem::new(Kernel::KallenLehmann, 1.0, Grid::new(500, 20.0), points);
    let rho = shape.on(&problem.grid, PEAKS);
    let exact = problem.forward(&DVector::from_vec(rho.clone()));
    let sigmas = NoiseModel::Growing.sigmas(&exact, noise);
    let covariance = DMatrix::from_diagonal(&sigmas.component_mul(&sigmas));
    let data = Measured::new(exact.clone(), covariance).unwrap().noisy(&exact, &mut Rng::new(seed, Stream::Data));
    (data.whiten(&problem), rho)
}

fn mean_square(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>() / a.len() as f64
}

fn trained(data: &Whitened, settings: &NetworkSettings, most: usize) -> NetworkFit {
    let mut fit = now(NetworkFit::new(data, settings, &Device::flex(), 1)).unwrap();
    while !fit.finished() && (fit.steps() as usize) < most {
        now(fit.step()).unwrap();
    }
    fit
}

/// `E` and its derivative by the parameters, in double precision, against differences along random directions.
#[test]
fn the_gradient_of_the_objective_is_that_of_differences() {
    for link in [Link::Exponential, Link::Softplus, Link::Identity] {
        for regulator in [Regulator::SmoothOutput, Regulator::SmoothSpectrum] {
            let (data, _) = mock(Shape::SinglePeak, 1e-2, 1);
            let base = NetworkSettings::new(NetworkKind::List, &data.grid.omega);
            let objective = Objective::new(&data, &NetworkSettings { link, regulator, ..base });
            let mut rng = Rng::new(5, Stream::Data);
            let u = rng.normals(500);
            let lambda = 7.0;
            let point = objective.at(&u, 0.0);
            let gradient = objective.transposed(&point, lambda, &objective.residuals(&point, lambda)) * 2.0;
            for _ in 0..3 {
                let direction = rng.normals(500);
                // Single precision stores the displaced points, so the direction is what it stores.
                let moved = |t: f32| -> Vec<f32> { u.iter().zip(&direction).map(|(u, d)| u + t * d).collect() };
                let (up, down) = (moved(1e-3), moved(-1e-3));
                let value = |u: &[f32]| objective.value(&objective.at(u, 0.0), lambda, 0.0);
                let difference = value(&up) - value(&down);
                let along: f64 =
                    up.iter().zip(&down).zip(gradient.iter()).map(|((a, b), g)| f64::from(a - b) * g).sum();
                assert!(
                    (difference - along).abs() < 1e-3 * along.abs(),
                    "{link:?} {regulator:?}: {difference} {along}"
                );
            }
        }
    }
}

/// `M K M^T` in its fast form against the definition, column by column.
#[test]
fn the_sandwich_is_made_of_the_linear_map() {
    let (data, _) = mock(Shape::SinglePeak, 1e-2, 1);
    for regulator in [Regulator::SmoothOutput, Regulator::SmoothSpectrum, Regulator::Weights] {
        let base = NetworkSettings::new(NetworkKind::List, &data.grid.omega);
        let objective = Objective::new(&data, &NetworkSettings { regulator, ..base });
        let point = objective.at(&Rng::new(5, Stream::Data).normals(500), 0.0);
        let kernel = DMatrix::from_fn(500, 500, |i, j| (-0.01 * (i as f64 - j as f64).powi(2)).exp());
        let whole = objective.sandwich(&point, 3.0, &kernel);
        for row in [0, 24, whole.nrows() - 1] {
            let mut unit = DVector::zeros(whole.nrows());
            unit[row] = 1.0;
            let column = objective.linear(&point, 3.0, &(&kernel * objective.transposed(&point, 3.0, &unit)));
            assert!((whole.column(row) - &column).norm() < 1e-9 * column.norm(), "{regulator:?} {row}");
        }
    }
}

/// At 1e-3 maximum entropy with the same stopping rule has a mean square error of 2.2e-3, median of eight draws.
#[test]
fn both_networks_describe_the_data_and_no_more() {
    for kind in [NetworkKind::List, NetworkKind::Point] {
        for noise in [1e-3, 1e-5] {
            let (data, truth) = mock(Shape::SinglePeak, noise, 1);
            let fit = trained(&data, &NetworkSettings::new(kind, &data.grid.omega), 200);
            let ratio = fit.chi2() / 25.0;
            assert!(fit.finished() && (0.8..=1.3).contains(&ratio), "{kind:?} {noise}: chi^2 / points = {ratio}");
            // chi^2 as the network's single precision leaves it is that of its answer.
            let again = data.chi2(&DVector::from_column_slice(fit.rho()));
            assert!((again - fit.chi2()).abs() < 1e-6 * again);
            assert!(fit.rho().iter().all(|&rho| rho > 0.0));
            let error = mean_square(fit.rho(), &truth);
            assert!(error < 3.3e-3, "{kind:?} {noise}: mean square error {error}");
        }
    }
}

#[test]
fn a_difference_of_peaks_needs_a_link_that_may_be_negative() {
    let (data, truth) = mock(Shape::NotPositive, 1e-3, 1);
    let settings = NetworkSettings {
        link: Link::Identity,
        ..NetworkSettings::new(NetworkKind::List, &data.grid.omega).with_regulator(Regulator::SmoothSpectrum)
    };
    let fit = trained(&data, &settings, 200);
    let ratio = fit.chi2() / 25.0;
    assert!(fit.finished() && (0.8..=1.3).contains(&ratio), "chi^2 / points = {ratio}");
    let size = mean_square(&truth, &[0.0; 500]);
    assert!(mean_square(fit.rho(), &truth) < 0.5 * size);
    assert!(fit.rho().iter().any(|&rho| rho < -0.05), "the negative peak is seen");
}

#[test]
fn a_restored_fit_goes_on_bit_for_bit() {
    let (data, _) = mock(Shape::SinglePeak, 1e-3, 1);
    for optimiser in [Optimiser::GaussNewton, Optimiser::Adam] {
        for kind in [NetworkKind::List, NetworkKind::Point] {
            let settings =
                NetworkSettings { optimiser, width: 8, adam_steps: 4, ..NetworkSettings::new(kind, &data.grid.omega) };
            let mut fit = trained(&data, &settings, 6);
            let saved = fit.saved();
            let state = serde_json::from_str(&serde_json::to_string(&saved.state).unwrap()).unwrap();
            let mut other = now(NetworkFit::new(&data, &settings, &Device::flex(), 9)).unwrap();
            now(other.restore(Saved { state, ..saved })).unwrap();
            for _ in 0..6 {
                now(fit.step()).unwrap();
                now(other.step()).unwrap();
            }
            assert_eq!(fit.rho(), other.rho(), "{optimiser:?} {kind:?}");
            assert_eq!(fit.history(), other.history());
        }
    }
}

#[test]
fn a_replica_is_fitted_from_the_trained_weights() {
    let (data, _) = mock(Shape::SinglePeak, 1e-3, 1);
    let (replica, _) = mock(Shape::SinglePeak, 1e-3, 2);
    let mut fit = trained(&data, &NetworkSettings::new(NetworkKind::List, &data.grid.omega), 200);
    let rho = fit.rho().to_vec();
    now(fit.refit(&replica, 100)).unwrap();
    let ratio = fit.chi2() / 25.0;
    assert!(fit.finished() && (0.8..=1.3).contains(&ratio), "chi^2 / points = {ratio}");
    assert_ne!(rho, fit.rho());
}

/// It knows no noise to stop at: `chi^2` falls far below what the truth has, and the answer is a spike.
#[test]
#[ignore = "half a minute: twenty thousand steps of Adam"]
fn the_published_schedule_fits_the_noise() {
    let (data, truth) = mock(Shape::SinglePeak, 1e-3, 1);
    let settings = NetworkSettings::published(NetworkKind::List, &data.grid.omega);
    let start = std::time::Instant::now();
    let fit = trained(&data, &settings, settings.adam_steps);
    let top = fit.rho().iter().copied().fold(0.0, f64::max);
    let error = mean_square(fit.rho(), &truth);
    for record in fit.history().iter().step_by(1000) {
        println!("{record:?}");
    }
    assert!(fit.chi2() < 25.0 && top > 3.0, "chi^2 {}, peak {top}", fit.chi2());
    println!("chi^2 {:.2}, peak {top:.2}, error {error:.1e}, {:.1} s", fit.chi2(), start.elapsed().as_secs_f64());
    assert!(error > 0.05, "mean square error {error}");
}

#[test]
#[ignore = "minutes; prints the table of the lab's text"]
fn the_table() {
    let pick = |name: &str| std::env::var(name).ok();
    let draws: u64 = pick("DRAWS").map_or(8, |v| v.parse().unwrap());
    for kind in [NetworkKind::List, NetworkKind::Point] {
        for (name, shape) in [("BW1", Shape::SinglePeak), ("BW2", Shape::DoublePeak)] {
            for noise in [1e-3, 1e-4, 1e-5] {
                let (mut errors, mut steps, mut ratios, mut seconds) = (vec![], vec![], vec![], 0.0);
                let mut peak = (0.0, 0.0);
                for seed in 0..draws {
                    let (data, truth) = mock(shape, noise, seed);
                    let start = std::time::Instant::now();
                    let mut settings = NetworkSettings::new(kind, &data.grid.omega);
                    if let Some(link) = pick("LINK") {
                        settings.link = if link == "softplus" { Link::Softplus } else { Link::Exponential };
                    }
                    if let Some(regulator) = pick("REGULATOR") {
                        settings = settings.with_regulator(match regulator.as_str() {
                            "rho" => Regulator::SmoothSpectrum,
                            "weights" => Regulator::Weights,
                            _ => Regulator::SmoothOutput,
                        });
                    }
                    let fit = trained(&data, &settings, 400);
                    seconds += start.elapsed().as_secs_f64();
                    errors.push(mean_square(fit.rho(), &truth));
                    steps.push(f64::from(fit.steps()));
                    ratios.push(fit.chi2() / 25.0);
                    let top =
                        fit.rho().iter().copied().enumerate().fold((0, 0.0), |a, b| if b.1 > a.1 { b } else { a });
                    peak = (data.grid.omega[top.0], top.1);
                }
                let stat = |v: &[f64]| {
                    let mut v = v.to_vec();
                    v.sort_by(f64::total_cmp);
                    (0.5 * (v[(v.len() - 1) / 2] + v[v.len() / 2]), v[0], v[v.len() - 1])
                };
                let (error, low, high) = stat(&errors);
                let (ratio, ratio_low, ratio_high) = stat(&ratios);
                let (step, _, step_high) = stat(&steps);
                println!(
                    "{kind:?} {name} {noise:.0e} | {error:.1e} [{low:.1e},{high:.1e}] | chi2/N {ratio:.2} [{ratio_low:.2},\
                     {ratio_high:.2}] | {:.2} @ {:.2} | {step} (<= {step_high}) steps | {:.2} s",
                    peak.1,
                    peak.0,
                    seconds / draws as f64
                );
            }
        }
    }
}
