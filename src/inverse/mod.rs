//! Inverse problems: a spectral function from a few noisy points of a correlator.
//!
//! `D(x_j) = sum_i K(x_j, w_i) rho(w_i) dw`, and only `D` with its errors is known. The singular values of `K` fall like a cliff, so
//! that many `rho` fit the data equally well: every method adds a prejudice of its own, its regulator.
//!
//! [`Kernel`] and [`Grid`] make the [`Problem`], [`Shape`] a true answer to test with, [`Measured`] the data with their covariance;
//! [`Whitened`] is what all methods work on: matrix and data in units of the errors, which are then independent.

mod backus_gilbert;
#[cfg(test)]
mod benchmark;
mod dual;
mod entropy;
mod gaussian_process;
mod kernel;
mod measured;
mod method;
mod modes;
mod non_negative;
mod rbf;
mod rule;
mod shape;
mod sparse;
mod tikhonov;
mod tsvd;

use self::modes::Modes;
pub use self::{
    kernel::{Grid, Kernel, Problem},
    measured::{Measured, NoiseModel, Whitened, correlation},
    method::{Fit, Method, Rule, Settings, Trial, solve},
    modes::Decomposition,
    non_negative::least_chi2,
    rule::choose,
    shape::{Peak, Shape},
};

#[cfg(test)]
mod mock {
    //! Mock data that the tests of all methods share.

    use nalgebra::{DMatrix, DVector};

    use super::{Grid, Kernel, Measured, NoiseModel, Peak, Problem, Rule, Settings, Shape, Whitened};
    use crate::rng::{Rng, Stream};

    /// The talk's momenta, or Euclidean times up to half the extent 1/T = 25.
    pub fn problem(kernel: Kernel, points: usize, frequencies: usize) -> Problem {
        let step = if kernel == Kernel::KallenLehmann { 19.198 } else { 12.0 } / (points - 1) as f64;
        let points = (0..points).map(|j| 0.001 + step * j as f64).collect();
        Problem::new(kernel, 0.04, Grid::new(frequencies, 20.0), points)
    }

    /// The benchmark's.
    pub const PEAKS: [Peak; 2] = [Peak { mass: 2.0, width: 0.5, area: 1.0 }, Peak { mass: 5.0, width: 0.5, area: 1.0 }];

    /// Noisy data of a shape with these peaks, whitened.
    pub fn data(problem: &Problem, shape: Shape, noise: f64, seed: u64) -> Whitened {
        let d = problem.forward(&DVector::from_vec(shape.on(&problem.grid, PEAKS)));
        let variances = NoiseModel::Growing.sigmas(&d, noise).map(|s| s * s);
        let exact = Measured::new(d.clone(), DMatrix::from_diagonal(&variances)).unwrap();
        exact.noisy(&d, &mut Rng::new(seed, Stream::Data)).whiten(problem)
    }

    /// 25 momenta, 500 frequencies, one peak.
    pub fn usual(noise: f64) -> Whitened {
        data(&problem(Kernel::KallenLehmann, 25, 500), Shape::SinglePeak, noise, 1)
    }

    /// A rule, and the default model 0.1.
    pub fn settings(rule: Rule, data: &Whitened) -> Settings {
        Settings { rule, strength: 1.0, default_model: vec![0.1; data.grid.len()] }
    }
}
