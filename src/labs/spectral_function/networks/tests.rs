//! Laws of the fits, and the table that says how good they are.

use burn::tensor::Device;
use nalgebra::{DMatrix, DVector};

use super::*;
use crate::{
    inverse::{Grid, Kernel, Measured, NoiseModel, Peak, Problem, Shape, Whitened},
    labs::testing::now,
    rng::{Rng, Stream},
};

const PEAKS: [Peak; 2] = [Peak { mass: 2.0, width: 0.5, area: 1.0 }, Peak { mass: 5.0, width: 0.5, area: 1.0 }];

/// The talk's mock data: 25 momenta, 500 frequencies.
fn mock(shape: Shape, noise: f64, seed: u64) -> (Whitened, Vec<f64>) {
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
                        settings.regulator = match regulator.as_str() {
                            "rho" => Regulator::SmoothSpectrum,
                            "weights" => Regulator::Weights,
                            _ => Regulator::SmoothOutput,
                        };
                    }
                    let fit = trained(&data, &settings, 400);
                    seconds += start.elapsed().as_secs_f64();
                    errors.push(mean_square(fit.rho(), &truth));
                    steps.push(f64::from(fit.steps()));
                    ratios.push(fit.chi2() / 25.0);
                    let top = fit.rho().iter().copied().enumerate().fold((0, 0.0), |a, b| if b.1 > a.1 { b } else { a });
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
