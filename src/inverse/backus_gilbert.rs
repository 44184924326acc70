//! Backus and Gilbert's local averages.

use nalgebra::{Cholesky, DMatrix, DVector};

use super::{Decomposition, Fit, Rule, Settings, Trial, Whitened};

/// At each frequency `w_i` the combination `q . b` of the data whose averaging kernel `A(w_n) = sum_j q_j B_jn / dw`, of unit area, is the
/// narrowest for its noise: it minimises
///
/// ```text
/// sum_n dw (w_n - w_i)^2 A(w_n)^2 + lambda |q|^2,     sum_n dw A(w_n) = 1,
/// q = W^{-1} R / (R . W^{-1} R),   W_jk = sum_n (w_n - w_i)^2 B_jn B_kn / dw + lambda delta_jk,   R_j = sum_n B_jn.
/// ```
///
/// The regulator is `lambda`, the same for all frequencies. What it finds is the spectral function seen through its windows, which
/// need not reproduce the data: `chi^2` may stay large, and the rule then takes its smallest value. There is no probability.
///
/// Source: G. Backus and F. Gilbert, Geophys. J. R. Astron. Soc. 16, 169 (1968); Brandt, Francis, Meyer, Robaina, arXiv:1506.05732.
pub(super) fn solve(data: &Whitened, settings: &Settings) -> Option<Fit> {
    let windows = Windows::new(data)?;
    let search = settings.search(Rule::Discrepancy, data);
    let found = search.down(windows.strongest(), |lambda, _| {
        let coefficients = windows.coefficients(lambda)?;
        let rho = coefficients.tr_mul(&windows.data);
        let fitted = &windows.rows * &rho;
        let trial = Trial {
            regulator: lambda,
            chi2: (&fitted - &windows.data).norm_squared() + windows.outside,
            penalty: rho.norm_squared(),
            effective: windows.rows.dot(&coefficients),
            log_evidence: None,
        };
        Some((trial, rho))
    })?;
    let linear = windows.coefficients(found.trial.regulator)?.tr_mul(&windows.u.transpose());
    Fit::new(data, &linear * &data.data, found.trial.regulator, found.path)
        .map(|fit| Fit { linear: Some(linear), ..fit })
}

/// The moments that all frequencies share, in singular directions.
struct Windows {
    omega: Vec<f64>,
    /// `diag(s) V^T`: `[K, N]`.
    rows: DMatrix<f64>,
    /// `U`: `[M, K]`.
    u: DMatrix<f64>,
    /// `U^T b`.
    data: DVector<f64>,
    /// `|b|^2` outside.
    outside: f64,
    /// `R_k`.
    areas: DVector<f64>,
    /// `sum_n w_n^p B_jn B_kn / dw` for `p = 0, 1, 2`.
    moments: [DMatrix<f64>; 3],
}

impl Windows {
    fn new(data: &Whitened) -> Option<Self> {
        let Decomposition { u, s, v } = Decomposition::new(&data.matrix)?;
        let rows = DMatrix::from_fn(s.len(), v.nrows(), |k, n| s[k] * v[(n, k)]);
        let moment = |power: i32| {
            let mut weighted = rows.clone();
            for (mut column, w) in weighted.column_iter_mut().zip(&data.grid.omega) {
                column *= w.powi(power) / data.grid.d_omega;
            }
            weighted * rows.transpose()
        };
        let moments = [moment(0), moment(1), moment(2)];
        let rotated = u.tr_mul(&data.data);
        let outside = (&data.data - &u * &rotated).norm_squared();
        let areas = rows.column_sum();
        Some(Self { omega: data.grid.omega.clone(), rows, u, data: rotated, outside, areas, moments })
    }

    fn strongest(&self) -> f64 {
        10.0 * self.moments[2].trace()
    }

    /// `q` of every frequency in its columns: `[K, N]`.
    fn coefficients(&self, lambda: f64) -> Option<DMatrix<f64>> {
        let mut all = DMatrix::zeros(self.areas.len(), self.omega.len());
        for (mut q, w) in all.column_iter_mut().zip(&self.omega) {
            let [zero, one, two] = &self.moments;
            let mut matrix = two - one * (2.0 * w) + zero * (w * w);
            for k in 0..matrix.nrows() {
                matrix[(k, k)] += lambda;
            }
            let solved = Cholesky::new(matrix)?.solve(&self.areas);
            q.copy_from(&(&solved / self.areas.dot(&solved)));
        }
        all.iter().all(|v| v.is_finite()).then_some(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inverse::mock;

    #[test]
    fn averaging_kernels_have_unit_area() {
        let data = mock::usual(1e-3);
        let fit = solve(&data, &mock::settings(Rule::Usual, &data)).unwrap();
        let kernels = fit.linear.unwrap() * &data.matrix;
        for i in 0..kernels.nrows() {
            assert!((kernels.row(i).sum() - 1.0).abs() < 1e-9, "{i}");
        }
    }

    /// Against any other combination of the data whose kernel has unit area.
    #[test]
    fn no_other_window_is_narrower_for_its_noise() {
        let data = mock::usual(1e-3);
        let windows = Windows::new(&data).unwrap();
        let lambda = 1e-3;
        let q = windows.coefficients(lambda).unwrap();
        let place = 60;
        let value = |q: &DVector<f64>| {
            let kernel = windows.rows.tr_mul(q) / data.grid.d_omega;
            let spread = |(n, a): (usize, &f64)| (windows.omega[n] - windows.omega[place]).powi(2) * a * a;
            data.grid.d_omega * kernel.iter().enumerate().map(spread).sum::<f64>() + lambda * q.norm_squared()
        };
        let best = q.column(place).into_owned();
        for other in [0, 59, 61, 499] {
            let direction = q.column(other) - &best;
            assert!(value(&(&best + &direction * 1e-3)) > value(&best), "towards {other}");
            assert!(value(&(&best - &direction * 1e-3)) > value(&best), "away from {other}");
        }
    }
}
