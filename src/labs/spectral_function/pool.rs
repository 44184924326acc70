//! Reconstructions of data that were drawn anew, and what their spread tells.

use super::observables::{COUNT, measure};
use crate::inverse::{Fit, Grid};

/// What is kept of a reconstruction.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// The spectral function, in single precision.
    pub rho: Vec<f32>,
    /// Its observables.
    pub measured: [f64; COUNT],
}

impl Summary {
    /// Of a fit to `points` data.
    pub fn new(grid: &Grid, fit: &Fit, truth: Option<&[f64]>, points: usize) -> Self {
        let rho = fit.rho.as_slice();
        Self { rho: rho.iter().map(|&v| v as f32).collect(), measured: measure(grid, rho, truth, fit.chi2, points) }
    }
}

/// The reconstructions of one method; `None` where it had no answer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Column(pub Vec<Option<Summary>>);

impl Column {
    fn answers(&self) -> impl Iterator<Item = &Summary> {
        self.0.iter().flatten()
    }

    /// How many answers there are.
    pub fn count(&self) -> usize {
        self.answers().count()
    }

    /// Standard deviation of an observable over the answers that have it; `None` from fewer than [`FEWEST`].
    pub fn spread(&self, observable: usize) -> Option<f64> {
        let values: Vec<f64> = self.answers().map(|s| s.measured[observable]).filter(|v| v.is_finite()).collect();
        standard_deviation(&values)
    }

    /// Standard deviation of the spectral function at each frequency.
    pub fn band(&self) -> Option<Vec<f64>> {
        let first = self.answers().next()?;
        (0..first.rho.len())
            .map(|i| standard_deviation(&self.answers().map(|s| f64::from(s.rho[i])).collect::<Vec<_>>()))
            .collect()
    }
}

/// From fewer values than this no error is told.
pub const FEWEST: usize = 8;

/// Of values about their mean; `None` from fewer than [`FEWEST`].
pub fn standard_deviation(values: &[f64]) -> Option<f64> {
    let n = values.len();
    if n < FEWEST {
        return None;
    }
    let mean = values.iter().sum::<f64>() / n as f64;
    Some((values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1) as f64).sqrt())
}

/// Median of finite values, and the smallest and the largest.
pub fn median(values: impl Iterator<Item = f64>) -> Option<(f64, f64, f64)> {
    let mut values: Vec<f64> = values.filter(|v| v.is_finite()).collect();
    values.sort_by(f64::total_cmp);
    let n = values.len();
    let (low, high) = (*values.first()?, *values.last()?);
    Some((0.5 * (values[(n - 1) / 2] + values[n / 2]), low, high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spread_and_median_are_those_of_the_textbook() {
        let values = [4.0, 1.0, 3.0, 2.0, 5.0, 6.0, 7.0, 8.0];
        assert!((standard_deviation(&values).unwrap() - 6.0_f64.sqrt()).abs() < 1e-12);
        assert_eq!(standard_deviation(&values[..7]), None);
        assert_eq!(median(values.into_iter().chain([f64::NAN])), Some((4.5, 1.0, 8.0)));
        assert_eq!(median([2.0, 9.0, 1.0].into_iter()), Some((2.0, 1.0, 9.0)));
        assert_eq!(median(std::iter::empty()), None);
    }
}
