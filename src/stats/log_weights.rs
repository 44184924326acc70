//! Importance weights, kept as logarithms.

use super::jackknife;

/// `w_i = exp(l_i)` divided by their mean. Weights that are not numbers count as zero; without any positive weight, or with an
/// infinite one, all are zero.
pub fn normalised_weights(log_w: &[f64]) -> Vec<f64> {
    let largest = log_w.iter().copied().filter(|l| !l.is_nan()).fold(f64::NEG_INFINITY, f64::max);
    if !largest.is_finite() {
        return vec![0.0; log_w.len()];
    }
    let weights: Vec<f64> = log_w.iter().map(|l| if l.is_nan() { 0.0 } else { (l - largest).exp() }).collect();
    let mean = weights.iter().sum::<f64>() / weights.len() as f64;
    weights.into_iter().map(|w| w / mean).collect()
}

/// Effective sample size per sample, `(sum w)^2 / (n sum w^2)`, in `(0, 1]`; zero without any weight.
///
/// Source: Kong, Technical Report 348, University of Chicago (1992).
pub fn effective_sample_size(log_w: &[f64]) -> f64 {
    let squares: f64 = normalised_weights(log_w).iter().map(|w| w * w).sum();
    if squares > 0.0 { log_w.len() as f64 / squares } else { 0.0 }
}

/// The same with its jackknife error over 32 bins (or as many as there are samples); the error is `NaN` without any weight and
/// for fewer than two samples.
pub fn effective_sample_size_with_error(log_w: &[f64]) -> (f64, f64) {
    if log_w.is_empty() {
        return (0.0, f64::NAN);
    }
    let weights = normalised_weights(log_w);
    let size = (weights.len() / 32).max(1);
    let bins: Vec<Vec<f64>> = weights
        .chunks_exact(size)
        .map(|bin| vec![bin.iter().sum::<f64>() / size as f64, bin.iter().map(|w| w * w).sum::<f64>() / size as f64])
        .collect();
    let error = jackknife(&bins, |m| vec![m[0] * m[0] / m[1]])[0].1;
    (effective_sample_size(log_w), error)
}

/// `ln` of the mean weight, an estimate of `ln Z` for `l = -S - ln q`, with its error by the delta method. Without any positive
/// weight, or with an infinite one, it is minus infinity with an infinite error.
pub fn log_mean_exp_with_error(log_w: &[f64]) -> (f64, f64) {
    let largest = log_w.iter().copied().filter(|l| !l.is_nan()).fold(f64::NEG_INFINITY, f64::max);
    if !largest.is_finite() {
        return (f64::NEG_INFINITY, f64::INFINITY);
    }
    let n = log_w.len() as f64;
    let mean = log_w.iter().filter(|l| !l.is_nan()).map(|l| (l - largest).exp()).sum::<f64>() / n;
    let spread = (1.0 / effective_sample_size(log_w) - 1.0).max(0.0);
    (largest + mean.ln(), (spread / n).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Rng, Stream};

    #[test]
    fn equal_weights_are_fully_effective_and_one_weight_counts_once() {
        assert!((effective_sample_size(&[3.0; 50]) - 1.0).abs() < 1e-12);
        let mut one = vec![f64::NEG_INFINITY; 50];
        one[7] = 1000.0;
        assert!((effective_sample_size(&one) - 0.02).abs() < 1e-12);
        assert_eq!(effective_sample_size(&[f64::NAN, f64::NEG_INFINITY]), 0.0);
    }

    #[test]
    fn without_weights_there_is_no_estimate_and_no_panic() {
        for none in [&[][..], &[f64::NEG_INFINITY; 100], &[f64::NAN; 100], &[0.0, f64::INFINITY]] {
            let (ess, error) = effective_sample_size_with_error(none);
            assert!(ess == 0.0 && error.is_nan(), "{none:?}: {ess} +- {error}");
            assert_eq!(log_mean_exp_with_error(none), (f64::NEG_INFINITY, f64::INFINITY));
            assert!(normalised_weights(none).iter().all(|w| *w == 0.0));
        }
    }

    #[test]
    fn log_normal_weights_have_their_closed_forms() {
        // l = N(0, s): ln mean w = s^2/2, ESS = exp(-s^2). 10^5 samples at s = 1/2; four errors, seed fixed.
        let s = 0.5;
        let mut rng = Rng::new(2, Stream::Data);
        let log_w: Vec<f64> = (0..100_000).map(|_| s * rng.normal()).collect();
        let (ln_z, error) = log_mean_exp_with_error(&log_w);
        assert!((ln_z - s * s / 2.0).abs() < 4.0 * error && error < 0.002, "{ln_z} +- {error}");
        let (ess, error) = effective_sample_size_with_error(&log_w);
        assert!((ess - (-s * s).exp()).abs() < 4.0 * error && error < 0.01, "{ess} +- {error}");
    }
}
