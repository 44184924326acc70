//! Reconstructions of data that were drawn anew, and what their spread tells.

use nalgebra::DVector;

use super::observables::{COUNT, measure};
use crate::inverse::{Fit, Grid};

/// What is kept of a reconstruction.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// The spectral function, in single precision.
    pub rho: Vec<f32>,
    /// One standard error at each frequency by the method's own account, if it gives one.
    pub band: Option<Vec<f32>>,
    /// Its observables.
    pub measured: [f64; COUNT],
}

impl Summary {
    /// Of a fit to `points` data.
    pub fn new(grid: &Grid, fit: &Fit, truth: Option<&[f64]>, points: usize) -> Self {
        let single = |values: &DVector<f64>| values.iter().map(|&v| v as f32).collect();
        let measured = measure(grid, fit.rho.as_slice(), truth, fit.chi2, points);
        Self { rho: single(&fit.rho), band: fit.band.as_ref().map(single), measured }
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

    /// [`half_width`] of an observable over the answers that have it.
    pub fn spread(&self, observable: usize) -> Option<f64> {
        half_width(self.answers().map(|s| s.measured[observable]).filter(|v| v.is_finite()).collect())
    }

    /// [`half_width`] of the spectral function at each frequency.
    pub fn band(&self) -> Option<Vec<f64>> {
        let first = self.answers().next()?;
        (0..first.rho.len()).map(|i| half_width(self.answers().map(|s| f64::from(s.rho[i])).collect())).collect()
    }
}

/// From fewer values than this no error is told.
pub const FEWEST: usize = 8;

/// Half the width of the central 68.3 % of values: one standard deviation if they are normal, and not moved by the few replicas in ten
/// that a rule without bound over-fits. `None` from fewer than [`FEWEST`].
pub fn half_width(mut values: Vec<f64>) -> Option<f64> {
    if values.len() < FEWEST {
        return None;
    }
    values.sort_by(f64::total_cmp);
    let at = |part: f64| {
        let place = part * (values.len() - 1) as f64;
        let (low, high) = (values[place.floor() as usize], values[place.ceil() as usize]);
        low + place.fract() * (high - low)
    };
    Some(0.5 * (at(0.8413) - at(0.1587)))
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
        // Between the places 1.11 and 5.89 of eight.
        assert!((half_width(values.to_vec()).unwrap() - 2.3891).abs() < 1e-9);
        assert_eq!(half_width(values[..7].to_vec()), None);
        // One that ran away does not matter.
        assert!(half_width([&values[..7], &[1e9]].concat()).unwrap() < 3.0);
        assert_eq!(median(values.into_iter().chain([f64::NAN])), Some((4.5, 1.0, 8.0)));
        assert_eq!(median([2.0, 9.0, 1.0].into_iter()), Some((2.0, 1.0, 9.0)));
        assert_eq!(median(std::iter::empty()), None);
    }
}
