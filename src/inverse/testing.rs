//! What the tests of the solvers share: the talk's benchmark (arXiv:2111.14760), 25 momenta and 500 frequencies.

use nalgebra::{DMatrix, DVector};

use super::{Grid, Kernel, Measured, NoiseModel, Peak, Problem, Rule, Settings, Shape, Whitened};
use crate::rng::{Rng, Stream};

pub fn problem() -> Problem {
    let points = (0..25).map(|j| 0.001 + (19.199 - 0.001) * f64::from(j) / 24.0).collect();
    Problem::new(Kernel::KallenLehmann, 1.0, Grid::new(500, 20.0), points)
}

pub fn truth(problem: &Problem, shape: Shape) -> DVector<f64> {
    let peak = |mass| Peak { mass, width: 0.5, area: 1.0 };
    DVector::from_vec(shape.on(&problem.grid, [peak(2.0), peak(5.0)]))
}

/// Data of a truth; the same noise numbers at every level.
pub fn draw(problem: &Problem, truth: &DVector<f64>, noise: f64, draw: u64) -> Whitened {
    let exact = problem.forward(truth);
    let covariance = DMatrix::from_diagonal(&NoiseModel::Growing.sigmas(&exact, noise).map(|s| s * s));
    let law = Measured::new(exact.clone(), covariance).unwrap();
    law.noisy(&exact, &mut Rng::at(1, Stream::Data, draw << 20)).whiten(problem)
}

/// One peak with noise, and the truth.
pub fn scene(noise: f64) -> (Whitened, DVector<f64>) {
    let problem = problem();
    let truth = truth(&problem, Shape::SinglePeak);
    (draw(&problem, &truth, noise, 1), truth)
}

pub fn settings() -> Settings {
    Settings { rule: Rule::Usual, strength: 1.0, default_model: vec![0.1; 500] }
}
