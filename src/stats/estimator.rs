//! One estimator for everything: plain, weighted or autocorrelated means and functions of them.

use super::{Series, gamma_method};

/// Whether neighbouring rows know of each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sampling {
    /// Drawn independently.
    Independent,
    /// Successive states of a Markov chain.
    Correlated,
}

/// A function of means, with its error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Derived {
    /// The function at the means.
    pub value: f64,
    /// One standard error.
    pub error: f64,
    /// Integrated autocorrelation time in rows; `None` for independent sampling.
    pub tau_int: Option<f64>,
}

/// Means of a [`Series`], optionally weighted, and error propagation to functions of them:
///
/// ```text
/// F(O),  O_j = sum_i w_i O_ij / sum_i w_i,   alpha_i = w_i/w  sum_j dF/dO_j (O_ij - O_j),
/// error^2 = sum_i alpha_i^2 / n^2              independent
/// error^2 = 2 tau_int var(alpha) / n           correlated
/// ```
///
/// Anticorrelation is reported but not trusted: the error never falls below that of `tau_int = 1/2`. A chain that oscillates
/// within one mode of its target looks anticorrelated until it makes one of its rare excursions.
///
/// The derivatives are central differences over the standard error of each mean, as in hep-lat/0306017, section 3. For weights
/// this is the usual error of self-normalised importance sampling.
pub struct Estimator<'a> {
    series: &'a Series,
    weights: Option<&'a [f64]>,
    sampling: Sampling,
    means: Vec<f64>,
    /// Naive standard error of each mean: the scale of the differences.
    scales: Vec<f64>,
}

impl<'a> Estimator<'a> {
    /// Takes the means of `series`, with weights of mean one if given.
    pub fn new(series: &'a Series, weights: Option<&'a [f64]>, sampling: Sampling) -> Self {
        let n = series.len();
        debug_assert!(weights.is_none_or(|w| w.len() == n));
        let weight = |i: usize| weights.map_or(1.0, |w| w[i]);
        let (mut first, mut second) = (vec![0.0; series.width()], vec![0.0; series.width()]);
        let mut total = 0.0;
        for i in 0..n {
            let w = weight(i);
            total += w;
            for ((first, second), &v) in first.iter_mut().zip(&mut second).zip(series.row(i)) {
                let v = f64::from(v);
                *first += w * v;
                *second += w * v * v;
            }
        }
        let means: Vec<f64> = first.into_iter().map(|sum| sum / total).collect();
        let scales =
            second.iter().zip(&means).map(|(sum, m)| ((sum / total - m * m).max(0.0) / n as f64).sqrt()).collect();
        Self { series, weights, sampling, means, scales }
    }

    /// The means.
    pub fn means(&self) -> &[f64] {
        &self.means
    }

    /// Mean of one column.
    pub fn mean(&self, column: usize) -> Derived {
        self.derived(|means| means[column])
    }

    /// A function of the means. `NaN` where it is not defined.
    pub fn derived(&self, f: impl Fn(&[f64]) -> f64) -> Derived {
        let n = self.series.len();
        let value = f(&self.means);
        if n < 2 || !value.is_finite() {
            return Derived { value, error: f64::NAN, tau_int: None };
        }
        let gradient = self.gradient(&f);
        let mut alpha = vec![0.0; n];
        for &(column, slope) in &gradient {
            let mean = self.means[column];
            for (alpha, value) in alpha.iter_mut().zip(self.series.column(column)) {
                *alpha += slope * (value - mean);
            }
        }
        if let Some(weights) = self.weights {
            alpha.iter_mut().zip(weights).for_each(|(alpha, w)| *alpha *= w);
        }
        match self.sampling {
            Sampling::Independent => {
                let error = alpha.iter().map(|a| a * a).sum::<f64>().sqrt() / n as f64;
                Derived { value, error, tau_int: None }
            }
            Sampling::Correlated => {
                let gamma = gamma_method(&alpha);
                if !gamma.error.is_finite() {
                    return Derived { value, error: f64::NAN, tau_int: None };
                }
                let independent = alpha.iter().map(|a| a * a).sum::<f64>().sqrt() / n as f64;
                let tau_int = Some(self.tau_in_rows(&gradient, gamma.error, gamma.tau_int));
                Derived { value, error: gamma.error.max(independent), tau_int }
            }
        }
    }

    /// `tau_int` in single rows. Bins hide part of the variance; that of single rows is known, and
    /// `tau = error^2 rows/(2 var)`.
    fn tau_in_rows(&self, gradient: &[(usize, f64)], error: f64, tau: f64) -> f64 {
        if self.series.rows_per_bin() == 1 {
            return tau;
        }
        error.powi(2) * self.series.rows() as f64 / (2.0 * self.series.variance(gradient))
    }

    /// The columns that `f` depends on, with its derivative by each.
    fn gradient(&self, f: &impl Fn(&[f64]) -> f64) -> Vec<(usize, f64)> {
        let mut point = self.means.clone();
        let mut gradient = Vec::new();
        for column in 0..point.len() {
            let (mean, step) = (self.means[column], self.scales[column]);
            if step == 0.0 {
                continue;
            }
            point[column] = mean + step;
            let above = f(&point);
            point[column] = mean - step;
            let below = f(&point);
            point[column] = mean;
            if above != below {
                gradient.push((column, (above - below) / (2.0 * step)));
            }
        }
        gradient
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        rng::{Rng, Stream},
        stats::normalised_weights,
    };

    #[test]
    fn a_ratio_has_the_error_of_the_delta_method() {
        let mut rng = Rng::new(1, Stream::Data);
        let mut series = Series::new(2);
        for _ in 0..10_000 {
            let shared = rng.normal();
            series.push(&[4.0 + shared + 0.1 * rng.normal(), 2.0 + 0.5 * shared]);
        }
        // Numerator and denominator fluctuate together: only the independent part is left, 0.1/2 per row.
        let ratio = Estimator::new(&series, None, Sampling::Independent).derived(|m| m[0] / m[1]);
        assert!((ratio.error / (0.05 / 100.0) - 1.0).abs() < 0.03, "{}", ratio.error);
        assert!((ratio.value - 2.0).abs() < 4.0 * ratio.error);
    }

    #[test]
    fn reweighting_a_gaussian_gives_the_moments_of_another() {
        // From N(0, 1.5) to N(0, 1): <x^2> = 1. Pulls over 200 seeds: width known to 5 %.
        let pulls: Vec<f64> = (0..200)
            .map(|seed| {
                let mut rng = Rng::new(seed, Stream::Data);
                let (mut series, mut log_w) = (Series::unbounded(1), Vec::new());
                for _ in 0..2000 {
                    let x = 1.5 * rng.normal();
                    series.push(&[x * x]);
                    log_w.push(-0.5 * x * x + 0.5 * (x / 1.5).powi(2));
                }
                let weights = normalised_weights(&log_w);
                let got = Estimator::new(&series, Some(&weights), Sampling::Independent).mean(0);
                (got.value - 1.0) / got.error
            })
            .collect();
        let mean = pulls.iter().sum::<f64>() / 200.0;
        let width = (pulls.iter().map(|p| (p - mean).powi(2)).sum::<f64>() / 199.0).sqrt();
        assert!(mean.abs() < 0.25 && (0.87..1.13).contains(&width), "mean {mean}, width {width}");
    }

    #[test]
    fn binning_a_correlated_series_keeps_error_and_tau() {
        let mut rng = Rng::new(9, Stream::Data);
        let (mut whole, mut binned) = (Series::unbounded(2), Series::with_capacity(2, 4096));
        let mut a = rng.normal();
        for _ in 0..60_000 {
            a = 0.9 * a + 0.19_f64.sqrt() * rng.normal();
            let row = [a, 3.0 + 0.5 * a + 0.1 * rng.normal()];
            whole.push(&row);
            binned.push(&row);
        }
        // Of a column, and of a function of two.
        let functions: [fn(&[f64]) -> f64; 2] = [|m| m[0], |m| (m[0] + 2.0) * m[1]];
        for f in functions {
            let [whole, binned] = [&whole, &binned].map(|s| Estimator::new(s, None, Sampling::Correlated).derived(f));
            assert!((binned.error / whole.error - 1.0).abs() < 0.1, "{} != {}", binned.error, whole.error);
            let (tau, coarse) = (whole.tau_int.unwrap(), binned.tau_int.unwrap());
            assert!((tau / 9.5 - 1.0).abs() < 0.2 && (coarse / tau - 1.0).abs() < 0.2, "{tau}, {coarse}");
        }
    }

    #[test]
    fn an_undefined_function_is_not_a_number_and_no_panic() {
        let mut series = Series::new(1);
        series.push(&[-1.0]);
        series.push(&[-2.0]);
        let got = Estimator::new(&series, None, Sampling::Correlated).derived(|m| m[0].ln());
        assert!(got.value.is_nan() && got.error.is_nan());
    }
}
