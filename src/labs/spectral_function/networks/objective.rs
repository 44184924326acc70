//! The function that is minimised, in double precision on the host.
//!
//! Whitened data are 1e5 and more errors large, and `chi^2` is a small difference of them: in single precision nothing would be
//! left of it. The network may be in single precision all the same, because what is rounded there is `u`, hence `rho` by a part
//! in 1e7, far below the errors of any data.

use nalgebra::{DMatrix, DVector};

use super::{NetworkSettings, Regulator};
use crate::inverse::Whitened;

/// `E(u) = |B rho(u) - b|^2 + lambda sum_i (q_{i+1} - q_i)^2 / (w_{i+1} - w_i)` with `q = u` or `rho`.
#[derive(Debug, Clone)]
pub(super) struct Objective {
    pub(super) data: Whitened,
    settings: NetworkSettings,
    /// `(w_{i+1} - w_i)^(-1/2)`.
    root_steps: Vec<f64>,
}

/// A point on the way.
#[derive(Debug, Clone)]
pub(super) struct Point {
    /// The spectral function, `[N]`.
    pub(super) rho: DVector<f64>,
    /// `drho / du`.
    slope: DVector<f64>,
    /// `B rho - b`, `[M]`.
    residual: DVector<f64>,
    /// Its square.
    pub(super) chi2: f64,
    /// `(q_{i+1} - q_i) / (w_{i+1} - w_i)^(1/2)`, `[N - 1]`; empty if no smoothness is asked for.
    rough: DVector<f64>,
    /// `theta^2`.
    pub(super) weights: f64,
}

impl Objective {
    pub(super) fn new(data: &Whitened, settings: &NetworkSettings) -> Self {
        let root_steps = data.grid.omega.windows(2).map(|w| (w[1] - w[0]).powf(-0.5)).collect();
        Self { data: data.clone(), settings: settings.clone(), root_steps }
    }

    fn of_weights(&self) -> bool {
        self.settings.regulator == Regulator::Weights
    }

    /// The point of an output `u` and a squared norm of the weights.
    pub(super) fn at(&self, u: &[f32], weights: f64) -> Point {
        let n = u.len();
        let m = &self.settings.default_model;
        let links: Vec<(f64, f64)> = u.iter().map(|&u| self.settings.link.at(f64::from(u))).collect();
        let rho = DVector::from_fn(n, |i, _| m[i] * links[i].0);
        let slope = DVector::from_fn(n, |i, _| m[i] * links[i].1);
        let residual = &self.data.matrix * &rho - &self.data.data;
        let rough = match self.settings.regulator {
            Regulator::SmoothOutput => self.differences(|i| f64::from(u[i])),
            Regulator::SmoothSpectrum => self.differences(|i| rho[i]),
            Regulator::Weights => DVector::zeros(0),
        };
        Point { chi2: residual.norm_squared(), rho, slope, residual, rough, weights }
    }

    fn differences(&self, q: impl Fn(usize) -> f64) -> DVector<f64> {
        DVector::from_fn(self.root_steps.len(), |i, _| self.root_steps[i] * (q(i + 1) - q(i)))
    }

    /// Strength of the smoothness, and of the weights' squares.
    pub(super) fn strengths(&self, lambda: f64, weight_decay: f64) -> (f64, f64) {
        if self.of_weights() { (0.0, lambda + weight_decay) } else { (lambda, weight_decay) }
    }

    /// `E`, with the weights' part.
    pub(super) fn value(&self, point: &Point, lambda: f64, weight_decay: f64) -> f64 {
        let (smooth, decay) = self.strengths(lambda, weight_decay);
        point.chi2 + smooth * point.rough.norm_squared() + decay * point.weights
    }

    /// `dq / du`.
    fn q_slope(&self, point: &Point, i: usize) -> f64 {
        if self.settings.regulator == Regulator::SmoothSpectrum { point.slope[i] } else { 1.0 }
    }

    /// All residuals `e = [B rho - b, lambda^(1/2) rough]`.
    pub(super) fn residuals(&self, point: &Point, lambda: f64) -> DVector<f64> {
        let root = self.strengths(lambda, 0.0).0.sqrt();
        let rows = point.residual.iter().copied().chain(point.rough.iter().map(|r| root * r));
        DVector::from_iterator(point.residual.len() + point.rough.len(), rows)
    }

    /// `M^T c` with `M = de / du`: `[N]`.
    pub(super) fn transposed(&self, point: &Point, lambda: f64, c: &DVector<f64>) -> DVector<f64> {
        let points = point.residual.len();
        let mut sum = self.data.matrix.tr_mul(&c.rows(0, points)).component_mul(&point.slope);
        let root = self.strengths(lambda, 0.0).0.sqrt();
        for i in 0..point.rough.len() {
            let part = root * self.root_steps[i] * c[points + i];
            sum[i + 1] += part * self.q_slope(point, i + 1);
            sum[i] -= part * self.q_slope(point, i);
        }
        sum
    }

    /// `M x`: `[N] -> [M + N - 1]`.
    pub(super) fn linear(&self, point: &Point, lambda: f64, x: &DVector<f64>) -> DVector<f64> {
        let root = self.strengths(lambda, 0.0).0.sqrt();
        let data = &self.data.matrix * x.component_mul(&point.slope);
        let rough = (0..point.rough.len()).map(|i| {
            root * self.root_steps[i] * (x[i + 1] * self.q_slope(point, i + 1) - x[i] * self.q_slope(point, i))
        });
        DVector::from_iterator(data.len() + point.rough.len(), data.iter().copied().chain(rough))
    }

    /// `M K M^T` for a symmetric `K`, `[N, N]`.
    pub(super) fn sandwich(&self, point: &Point, lambda: f64, kernel: &DMatrix<f64>) -> DMatrix<f64> {
        let (points, rough, n) = (point.residual.len(), point.rough.len(), kernel.nrows());
        let root = self.strengths(lambda, 0.0).0.sqrt();
        let mut data = self.data.matrix.clone();
        for (i, mut column) in data.column_iter_mut().enumerate() {
            column *= point.slope[i];
        }
        // K M^T, `[N, M + N - 1]`: differences of neighbouring columns cost next to nothing.
        let mut right = DMatrix::zeros(n, points + rough);
        right.columns_mut(0, points).copy_from(&(kernel * data.transpose()));
        for i in 0..rough {
            let (up, down) = (
                root * self.root_steps[i] * self.q_slope(point, i + 1),
                root * self.root_steps[i] * self.q_slope(point, i),
            );
            let mut column = right.column_mut(points + i);
            column.axpy(up, &kernel.column(i + 1), 0.0);
            column.axpy(-down, &kernel.column(i), 1.0);
        }
        let mut whole = DMatrix::zeros(points + rough, points + rough);
        whole.rows_mut(0, points).copy_from(&(data * &right));
        for i in 0..rough {
            let (up, down) = (
                root * self.root_steps[i] * self.q_slope(point, i + 1),
                root * self.root_steps[i] * self.q_slope(point, i),
            );
            for k in 0..points + rough {
                whole[(points + i, k)] = up * right[(i + 1, k)] - down * right[(i, k)];
            }
        }
        whole
    }
}
