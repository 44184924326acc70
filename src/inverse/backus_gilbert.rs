//! Backus-Gilbert: windows as narrow as the data allow.

use nalgebra::{Cholesky, DMatrix, DVector};

use super::{Fit, Rule, Settings, Trial, Whitened, rule::choose};

/// Strengths in each decade, and decades.
const PER_DECADE: f64 = 2.0;
const DECADES: f64 = 14.0;

/// At each frequency `w0` the estimate `q . b`, whose window `R(w) = sum_j q_j B_j(w) / dw` has unit area and the least
///
/// ```text
/// dw sum_i (w_i - w0)^2 R(w_i)^2 + a |q|^2,    q = (W + a)^-1 c / (c . (W + a)^-1 c),    c_j = sum_i B_ji
/// ```
///
/// where `|q|^2` is the variance of the estimate (Backus and Gilbert, Phil. Trans. R. Soc. A 266, 123). The estimates are no spectral
/// function that gave the data: `chi^2` may stay far above the number of points, and the weakest regulator is then not the best.
struct Windows {
    /// `B diag(w^k) B^T / dw` for `k = 0, 1, 2`.
    moments: [DMatrix<f64>; 3],
    area: DVector<f64>,
    top: f64,
}

impl Windows {
    fn new(data: &Whitened) -> Self {
        let b = &data.matrix;
        let moment = |power: i32| {
            let mut scaled = b.transpose();
            for (mut row, w) in scaled.row_iter_mut().zip(&data.grid.omega) {
                row *= w.powi(power) / data.grid.d_omega;
            }
            b * scaled
        };
        let top = data.grid.omega[data.grid.len() - 1];
        Self { moments: [0, 1, 2].map(moment), area: b.column_sum(), top }
    }

    /// A scale for the strength.
    fn scale(&self) -> f64 {
        self.moments[0].trace() * self.top * self.top / self.area.len() as f64
    }

    fn at(&self, w0: f64, a: f64) -> Option<DVector<f64>> {
        let [zeroth, first, second] = &self.moments;
        let n = self.area.len();
        let spread = second - 2.0 * w0 * first + w0 * w0 * zeroth + DMatrix::identity(n, n) * a;
        let turned = Cholesky::new(spread)?.solve(&self.area);
        let area = self.area.dot(&turned);
        (area > 0.0).then(|| turned / area)
    }

    /// All windows: `[N, M]`.
    fn all(&self, omega: &[f64], a: f64) -> Option<DMatrix<f64>> {
        let rows: Option<Vec<_>> = omega.iter().map(|&w0| self.at(w0, a).map(|q| q.transpose())).collect();
        Some(DMatrix::from_rows(&rows?))
    }
}

/// Backus-Gilbert; the band is the error of each estimate.
pub fn backus_gilbert(data: &Whitened, settings: &Settings) -> Option<Fit> {
    let windows = Windows::new(data);
    let omega = &data.grid.omega;
    // A tenth of the frequencies is enough to see how chi^2 goes.
    let mut path = Vec::new();
    for k in 0..=(PER_DECADE * DECADES) as i32 {
        let a = windows.scale() * 10.0_f64.powf(-f64::from(k) / PER_DECADE);
        let Some(trial) = windows.all(omega, a).map(|linear| {
            let rho = &linear * &data.data;
            let seen = &data.matrix * &linear;
            let chi2 = data.chi2(&rho);
            Trial {
                regulator: a,
                chi2,
                penalty: linear.norm_squared() / omega.len() as f64,
                effective: seen.trace(),
                log_evidence: f64::NAN,
            }
        }) else {
            break;
        };
        path.push(trial);
        if trial.chi2 <= data.points() as f64 {
            break;
        }
    }
    if path.is_empty() {
        return None;
    }
    let rule = if settings.rule == Rule::Evidence { Rule::Usual } else { settings.rule };
    let a = path[choose(&path, rule, data.points())].regulator * settings.strength;
    let linear = windows.all(omega, a)?;
    let rho = &linear * &data.data;
    let band = DVector::from_fn(omega.len(), |i, _| linear.row(i).norm());
    Some(Fit { chi2: data.chi2(&rho), rho, regulator: a, path, band: Some(band), linear: Some(linear) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inverse::testing::{scene, settings};

    #[test]
    fn windows_have_unit_area_and_no_narrower_ones_are_as_quiet() {
        let (data, _) = scene(1e-3);
        let fit = backus_gilbert(&data, &settings()).unwrap();
        let linear = fit.linear.as_ref().unwrap();
        for area in (linear * &data.matrix).column_sum().iter() {
            assert!((area - 1.0).abs() < 1e-6, "{area}");
        }
        // A window moved along the constraint has a larger sum of spread and variance.
        let windows = Windows::new(&data);
        let cost = |q: &DVector<f64>, w0: f64| {
            let window = data.matrix.tr_mul(q) / data.grid.d_omega;
            let spread = window.iter().zip(&data.grid.omega).map(|(r, w)| ((w - w0) * r).powi(2)).sum::<f64>();
            spread * data.grid.d_omega + fit.regulator * q.norm_squared()
        };
        let q = windows.at(2.0, fit.regulator).unwrap();
        for j in 0..24 {
            let mut other = q.clone();
            let by = 1e-3 * q.norm();
            other[j] += by;
            other[j + 1] -= by * windows.area[j] / windows.area[j + 1];
            assert!(cost(&other, 2.0) > cost(&q, 2.0) * (1.0 - 1e-9));
        }
    }
}
