//! How near any non-negative spectral function comes to the data.

use nalgebra::{DMatrix, DVector};

use super::{Decomposition, Whitened};

/// A frequency is taken in if it lowers `chi^2` by more than rounding.
const GAIN: f64 = 1e-10;

/// The smallest `chi^2` of any `rho >= 0`, or the first one found that is at most `enough`.
///
/// Source: the active sets of C. L. Lawson and R. J. Hanson, Solving Least Squares Problems (1974), chapter 23. Columns are taken at
/// unit length, as frequencies that the data hardly see have as much of a say as others.
pub fn least_chi2(data: &Whitened, enough: f64) -> f64 {
    let norms: Vec<f64> = data.matrix.column_iter().map(|column| column.norm()).collect();
    let column = |i: usize| data.matrix.column(i) / norms[i];
    // Frequencies with a positive value, and these values.
    let (mut members, mut values): (Vec<usize>, Vec<f64>) = (Vec::new(), Vec::new());
    // What rounding has thrown out again is not tried again before something has changed.
    let mut barred: Vec<usize> = Vec::new();
    let mut residual = data.data.clone();
    let mut chi2 = residual.norm_squared();
    for _ in 0..3 * norms.len() {
        if chi2 <= enough {
            return chi2;
        }
        let slopes = data.matrix.tr_mul(&residual);
        let candidates = (0..norms.len()).filter(|i| norms[*i] > 0.0 && !members.contains(i) && !barred.contains(i));
        let steepest = candidates.map(|i| (slopes[i] / norms[i], i)).max_by(|a, b| a.0.total_cmp(&b.0));
        let Some((_, new)) = steepest.filter(|(slope, _)| *slope > GAIN * chi2.sqrt()) else { return chi2 };
        members.push(new);
        values.push(0.0);
        loop {
            let columns = DMatrix::from_columns(&members.iter().map(|&i| column(i)).collect::<Vec<_>>());
            let Some(best) = least_squares(&columns, &data.data) else { return chi2 };
            let step = (0..members.len())
                .filter(|&k| best[k] <= 0.0)
                .map(|k| values[k] / (values[k] - best[k]))
                .fold(1.0, f64::min);
            values.iter_mut().zip(best.iter()).for_each(|(v, b)| *v += step * (b - *v));
            if best.iter().all(|&b| b > 0.0) {
                residual = &data.data - &columns * DVector::from_column_slice(&values);
                break;
            }
            // At least the one that set the step has come to zero.
            let left: Vec<usize> = (0..members.len())
                .filter(|&k| best[k] > 0.0 || values[k] > 1e-14 * values.iter().copied().fold(0.0, f64::max))
                .collect();
            let left = if left.len() == members.len() { left[..left.len() - 1].to_vec() } else { left };
            (members, values) = left.iter().map(|&k| (members[k], values[k])).unzip();
            if members.is_empty() {
                break;
            }
        }
        let now = residual.norm_squared();
        if now < chi2 * (1.0 - GAIN) {
            barred.clear();
        } else {
            barred.push(new);
        }
        chi2 = chi2.min(now);
    }
    chi2
}

/// The shortest solution of least squares, whatever the number of columns.
fn least_squares(columns: &DMatrix<f64>, data: &DVector<f64>) -> Option<DVector<f64>> {
    // More columns than rows, as the decomposition wants them, or the other way round.
    let (u, s, v) = if columns.ncols() >= columns.nrows() {
        let Decomposition { u, s, v } = Decomposition::new(columns)?;
        (u, s, v)
    } else {
        let Decomposition { u, s, v } = Decomposition::new(&columns.transpose())?;
        (v, s, u)
    };
    Some(v * u.tr_mul(data).component_div(&s))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inverse::{Kernel, Shape, mock};

    /// Two columns and three points, by hand.
    #[test]
    fn the_least_is_that_of_a_hand() {
        let data = |b: [f64; 3]| Whitened {
            grid: crate::inverse::Grid::new(2, 1.0),
            matrix: DMatrix::from_row_slice(3, 2, &[1.0, 0.0, 1.0, 1.0, 0.0, 2.0]),
            data: DVector::from_row_slice(&b),
        };
        // In the cone: nothing is left but what stands across.
        assert!(least_chi2(&data([1.0, 3.0, 4.0]), 0.0) < 1e-20);
        // The second wants to be negative: the first alone has (2 - x)^2 + (0 - x)^2 + 1, least at x = 1.
        assert!((least_chi2(&data([2.0, 0.0, -1.0]), 0.0) - 3.0).abs() < 1e-12);
        // Both do.
        assert!((least_chi2(&data([-1.0, -1.0, 0.0]), 0.0) - 2.0).abs() < 1e-12);
    }

    /// No method that keeps to positive answers gets below, and a positive truth is never far above.
    #[test]
    fn the_truth_is_not_nearer_and_a_wrong_kernel_is_far() {
        for kernel in [Kernel::KallenLehmann, Kernel::Exponential, Kernel::Thermal] {
            let problem = mock::problem(kernel, 25, 500);
            let data = mock::data(&problem, Shape::DoublePeak, 1e-3, 3);
            let truth = DVector::from_vec(Shape::DoublePeak.on(&problem.grid, mock::PEAKS));
            let least = least_chi2(&data, 0.0);
            assert!(least > 0.0 && least <= data.chi2(&truth), "{kernel:?}: {least}");
            let settings = mock::settings(crate::inverse::Rule::Usual, &data);
            let positive = crate::inverse::solve(crate::inverse::Method::TikhonovPositive, &data, &settings).unwrap();
            assert!(least <= positive.chi2);
        }
        let problem = mock::problem(Kernel::Exponential, 25, 500);
        let times = mock::data(&problem, Shape::DoublePeak, 1e-3, 3);
        let momenta = mock::problem(Kernel::KallenLehmann, 25, 500);
        let sigmas: Vec<f64> = (0..25).map(|j| problem.matrix[(j, 0)] / times.matrix[(j, 0)]).collect();
        let wrong = Whitened {
            matrix: DMatrix::from_fn(25, 500, |j, i| {
                Kernel::KallenLehmann.at(problem.points[j], momenta.grid.omega[i], 1.0) * momenta.grid.d_omega
                    / sigmas[j]
            }),
            ..times
        };
        assert!(least_chi2(&wrong, 0.0) > 1e4);
    }
}
