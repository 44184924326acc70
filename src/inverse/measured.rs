//! Data with their covariance, and what all methods work on.

use nalgebra::{Cholesky, DMatrix, DVector, Dyn};

use super::{Grid, Problem};
use crate::rng::Rng;

crate::choice! {
    /// How the error of a mock point follows from its place and value.
    pub enum NoiseModel {
        /// Grows with the momentum: sigma_j = e max(j, 1) D_j for the j-th point (j from 0), as D_j (1 + e p_j n_j / dp) does in the talk's
        /// benchmark. There the first point has next to no error, which no fit could reach: here it has that of the second.
        Growing = ("growing", "growing with the point (the talk's)"),
        /// A fraction of each value: sigma_j = e D_j.
        Relative = ("relative", "a fraction of each value"),
        /// The same for all points: sigma_j = e D_0.
        Equal = ("equal", "the same for all points"),
    }
}

impl NoiseModel {
    /// One standard error of each of the points `d`, with strength `e`.
    pub fn sigmas(self, d: &DVector<f64>, e: f64) -> DVector<f64> {
        let largest = d.amax().max(f64::MIN_POSITIVE);
        let of = |j: usize| match self {
            Self::Growing => e * (j as f64).max(1.0) * d[j].abs(),
            Self::Relative => e * d[j].abs(),
            Self::Equal => e * largest,
        };
        // A point that is zero by chance has an error all the same.
        DVector::from_fn(d.len(), |j, _| of(j).max(1e-12 * largest))
    }
}

/// The covariance `sigma_i sigma_j r^|i-j|` of errors that neighbours share.
pub fn correlation(sigmas: &DVector<f64>, r: f64) -> DMatrix<f64> {
    let n = sigmas.len();
    DMatrix::from_fn(n, n, |i, j| sigmas[i] * sigmas[j] * r.powi((i as i32 - j as i32).abs()))
}

/// Data with errors.
#[derive(Debug, Clone)]
pub struct Measured {
    /// The values, `[M]`.
    pub values: DVector<f64>,
    /// Their covariance's Cholesky factor.
    factor: Cholesky<f64, Dyn>,
}

impl Measured {
    /// Values with a covariance; `None` if that is not positive definite.
    pub fn new(values: DVector<f64>, covariance: DMatrix<f64>) -> Option<Self> {
        Cholesky::new(covariance).map(|factor| Self { values, factor })
    }

    /// One standard error each.
    pub fn sigmas(&self) -> DVector<f64> {
        let l = self.factor.l_dirty();
        DVector::from_fn(self.values.len(), |i, _| (0..=i).map(|k| l[(i, k)].powi(2)).sum::<f64>().sqrt())
    }

    /// The covariance.
    pub fn covariance(&self) -> DMatrix<f64> {
        let lower = self.factor.l();
        &lower * lower.transpose()
    }

    /// The same around other values.
    pub fn around(&self, values: DVector<f64>) -> Self {
        Self { values, factor: self.factor.clone() }
    }

    /// Other data of the same law: noise of this covariance added to `values`.
    pub fn noisy(&self, values: &DVector<f64>, rng: &mut Rng) -> Self {
        let noise = DVector::from_fn(values.len(), |_, _| rng.normal());
        let lower = self.factor.l_dirty();
        let moved =
            DVector::from_fn(values.len(), |i, _| values[i] + (0..=i).map(|k| lower[(i, k)] * noise[k]).sum::<f64>());
        self.around(moved)
    }

    /// In units of the errors, which are then independent.
    pub fn whiten(&self, problem: &Problem) -> Whitened {
        let matrix = self.factor.l().solve_lower_triangular(&problem.matrix).expect("a Cholesky factor is regular");
        Whitened { grid: problem.grid.clone(), matrix, data: self.whitened_values() }
    }

    /// The values alone in these units.
    pub fn whitened_values(&self) -> DVector<f64> {
        self.factor.l().solve_lower_triangular(&self.values).expect("a Cholesky factor is regular")
    }
}

/// `chi^2(rho) = |B rho - b|^2`.
#[derive(Debug, Clone)]
pub struct Whitened {
    /// Frequencies.
    pub grid: Grid,
    /// `B`: `[M, N]`.
    pub matrix: DMatrix<f64>,
    /// `b`: `[M]`.
    pub data: DVector<f64>,
}

impl Whitened {
    /// `chi^2` of a spectral function.
    pub fn chi2(&self, rho: &DVector<f64>) -> f64 {
        (&self.matrix * rho - &self.data).norm_squared()
    }

    /// Number of data points.
    pub fn points(&self) -> usize {
        self.data.len()
    }

    /// The same with other data of the same covariance.
    pub fn with(&self, data: DVector<f64>) -> Self {
        Self { grid: self.grid.clone(), matrix: self.matrix.clone(), data }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        inverse::{Grid, Kernel},
        rng::Stream,
    };

    #[test]
    fn whitened_chi2_is_that_of_the_covariance() {
        let problem = Problem::new(Kernel::Exponential, 1.0, Grid::new(30, 6.0), vec![0.1, 0.4, 0.9, 1.3]);
        let rho = DVector::from_fn(30, |i, _| 0.1 * i as f64);
        let d = problem.forward(&rho);
        let covariance = correlation(&NoiseModel::Relative.sigmas(&d, 0.01), 0.6);
        let exact = Measured::new(d.clone(), covariance.clone()).unwrap();
        let data = exact.noisy(&d, &mut Rng::new(1, Stream::Data));
        let off = &data.values - &d;
        let direct = off.dot(&(covariance.clone().try_inverse().unwrap() * &off));
        assert!((data.whiten(&problem).chi2(&rho) - direct).abs() < 1e-8 * direct);
        for (i, sigma) in data.sigmas().iter().enumerate() {
            assert!((sigma - covariance[(i, i)].sqrt()).abs() < 1e-14);
        }
    }

    /// `chi^2` of the truth is chi-squared distributed with 4 degrees of freedom: mean 4, standard error `sqrt(8/2000)` = 0.063.
    #[test]
    fn noise_has_its_covariance() {
        let problem = Problem::new(Kernel::Exponential, 1.0, Grid::new(30, 6.0), vec![0.1, 0.4, 0.9, 1.3]);
        let rho = DVector::from_fn(30, |i, _| 0.1 * i as f64);
        let d = problem.forward(&rho);
        let exact = Measured::new(d.clone(), correlation(&NoiseModel::Growing.sigmas(&d, 0.01), 0.8)).unwrap();
        let mut rng = Rng::new(2, Stream::Data);
        let mean = (0..2000).map(|_| exact.noisy(&d, &mut rng).whiten(&problem).chi2(&rho)).sum::<f64>() / 2000.0;
        assert!((mean - 4.0).abs() < 4.0 * 0.063, "{mean}");
    }

    #[test]
    fn a_covariance_that_is_none_is_refused() {
        let bad = DMatrix::from_row_slice(2, 2, &[1.0, 2.0, 2.0, 1.0]);
        assert!(Measured::new(DVector::zeros(2), bad).is_none());
    }
}
