use std::time::Instant;

use nalgebra::{DMatrix, DVector};

use super::*;
use crate::rng::{Rng, Stream};

#[test]
#[ignore]
fn try_it() {
    let grid = Grid::new(500, 20.0);
    let points: Vec<f64> = (0..25).map(|j| 0.001 + 19.198 / 24.0 * f64::from(j)).collect();
    let problem = Problem::new(Kernel::KallenLehmann, 1.0, grid.clone(), points);
    let first = Peak { mass: 2.0, width: 0.5, area: 1.0 };
    let second = Peak { mass: 5.0, width: 0.5, area: 1.0 };
    let settings = Settings { rule: Rule::Usual, strength: 1.0, default_model: vec![0.1; 500] };
    for (name, shape) in [("BW1", Shape::SinglePeak), ("BW2", Shape::DoublePeak)] {
        let truth = DVector::from_vec(shape.on(&grid, [first, second]));
        let d = problem.forward(&truth);
        for eps in [1e-3, 1e-4, 1e-5] {
            let exact = Measured::new(d.clone(), DMatrix::from_diagonal(&NoiseModel::Growing.sigmas(&d, eps).map(|s| s * s))).unwrap();
            for method in &Method::ALL[..12] {
                let mut mse = vec![];
                let mut chi = vec![];
                let mut reg = vec![];
                let mut time = 0.0;
                let mut n = 0;
                for draw in 0..8 {
                    let data = exact.noisy(&d, &mut Rng::new(draw, Stream::Data)).whiten(&problem);
                    let start = Instant::now();
                    let fit = solve(*method, &data, &settings);
                    time += start.elapsed().as_secs_f64() * 1e3 / 8.0;
                    if let Some(fit) = fit {
                        mse.push((&fit.rho - &truth).norm_squared() / 500.0);
                        chi.push(fit.chi2);
                        reg.push(fit.regulator);
                        n += fit.path.len();
                    }
                }
                let med = |v: &mut Vec<f64>| { v.sort_by(f64::total_cmp); if v.is_empty() { (0., 0., 0.) } else { ((v[(v.len() - 1) / 2] + v[v.len() / 2]) / 2.0, v[0], v[v.len() - 1]) } };
                let m = med(&mut mse);
                let c = med(&mut chi);
                let r = med(&mut reg);
                println!("{name} {eps:7.0e} {:18} {} MSE {:.2e} [{:.1e},{:.1e}] chi2 {:.2} [{:.2},{:.2}] reg {:.1e} [{:.1e},{:.1e}] trials {} {time:.1} ms", format!("{method:?}"), mse.len(), m.0, m.1, m.2, c.0, c.1, c.2, r.0, r.1, r.2, n / 8);
            }
        }
    }
}
