//! The jackknife over bins.

/// Values of `f` at the mean of `bins`, each with its jackknife error
///
/// ```text
/// error^2 = (B - 1)/B sum_b (f_b - f)^2,   f_b = f(mean without bin b),  f = mean of the f_b.
/// ```
///
/// The value is `f` at the mean, without bias correction. Bins must be longer than the autocorrelation time. Where `f` is not
/// finite, neither is the error.
pub fn jackknife(bins: &[Vec<f64>], f: impl Fn(&[f64]) -> Vec<f64>) -> Vec<(f64, f64)> {
    let count = bins.len() as f64;
    let width = bins.first().map_or(0, Vec::len);
    let mut sum = vec![0.0; width];
    for bin in bins {
        sum.iter_mut().zip(bin).for_each(|(sum, v)| *sum += v);
    }
    let mean: Vec<f64> = sum.iter().map(|s| s / count).collect();
    let values = f(&mean);
    if bins.len() < 2 {
        return values.into_iter().map(|v| (v, f64::NAN)).collect();
    }
    let without: Vec<Vec<f64>> = bins
        .iter()
        .map(|bin| f(&sum.iter().zip(bin).map(|(s, v)| (s - v) / (count - 1.0)).collect::<Vec<_>>()))
        .collect();
    values
        .into_iter()
        .enumerate()
        .map(|(i, value)| {
            let center = without.iter().map(|f| f[i]).sum::<f64>() / count;
            let squares: f64 = without.iter().map(|f| (f[i] - center).powi(2)).sum();
            (value, (squares * (count - 1.0) / count).sqrt())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn for_the_mean_it_is_the_standard_error() {
        let bins: Vec<Vec<f64>> = [1.0, 4.0, 2.0, 7.0, 3.0].into_iter().map(|v| vec![v]).collect();
        let (mean, error) = jackknife(&bins, <[f64]>::to_vec)[0];
        let variance = bins.iter().map(|b| (b[0] - mean).powi(2)).sum::<f64>() / 4.0;
        assert!((mean - 3.4).abs() < 1e-12 && (error - (variance / 5.0).sqrt()).abs() < 1e-12);
    }
}
