//! The bootstrap.

use crate::rng::Rng;

/// Values of `f` at the mean of `rows` and the standard deviation of `f` over `count` resamplings of the rows, which must be
/// independent.
pub fn bootstrap(rows: &[Vec<f64>], count: usize, rng: &mut Rng, f: impl Fn(&[f64]) -> Vec<f64>) -> Vec<(f64, f64)> {
    let mean_of = |indices: &mut dyn Iterator<Item = usize>| {
        let mut sum = vec![0.0; rows.first().map_or(0, Vec::len)];
        for index in indices {
            sum.iter_mut().zip(&rows[index]).for_each(|(sum, v)| *sum += v / rows.len() as f64);
        }
        sum
    };
    let values = f(&mean_of(&mut (0..rows.len())));
    let draws: Vec<Vec<f64>> =
        (0..count).map(|_| f(&mean_of(&mut (0..rows.len()).map(|_| rng.below(rows.len()))))).collect();
    values
        .into_iter()
        .enumerate()
        .map(|(i, value)| {
            let mean = draws.iter().map(|d| d[i]).sum::<f64>() / count as f64;
            let variance = draws.iter().map(|d| (d[i] - mean).powi(2)).sum::<f64>() / (count as f64 - 1.0);
            (value, variance.sqrt())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Stream;

    #[test]
    fn for_the_mean_it_is_the_standard_error() {
        let mut rng = Rng::new(1, Stream::Data);
        let rows: Vec<Vec<f64>> = (0..400).map(|_| vec![rng.normal()]).collect();
        let (_, error) = bootstrap(&rows, 1000, &mut Rng::new(1, Stream::Resample), <[f64]>::to_vec)[0];
        assert!((error * 20.0 - 1.0).abs() < 0.12, "{error}");
    }
}
