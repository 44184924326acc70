//! What is computed from configurations and scores to be looked at.

use crate::{
    action::{Action as _, Phi4},
    rng::Rng,
};

/// Resamplings for the error of a distance, and most values of each set that enter it.
const RESAMPLINGS: usize = 24;
const MOST_VALUES: usize = 4096;

/// Wasserstein distance `int |F - G|` between two sets of numbers, in units of the standard deviation of the second; with the
/// standard deviation of the same under resampling both.
pub fn histogram_distance(first: &[f64], second: &[f64], rng: &mut Rng) -> (f64, f64) {
    let thin = |all: &[f64]| -> Vec<f64> { all.iter().step_by(all.len().div_ceil(MOST_VALUES)).copied().collect() };
    let (first, second) = (thin(first), thin(second));
    let distance = distance_between(first.clone(), second.clone());
    let mut resample = |all: &[f64]| -> Vec<f64> { (0..all.len()).map(|_| all[rng.below(all.len())]).collect() };
    let again: Vec<f64> = (0..RESAMPLINGS).map(|_| distance_between(resample(&first), resample(&second))).collect();
    let mean = again.iter().sum::<f64>() / RESAMPLINGS as f64;
    let variance = again.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / (RESAMPLINGS - 1) as f64;
    (distance, variance.sqrt())
}

fn distance_between(mut first: Vec<f64>, mut second: Vec<f64>) -> f64 {
    first.sort_by(f64::total_cmp);
    second.sort_by(f64::total_cmp);
    let n = second.len() as f64;
    let mean = second.iter().sum::<f64>() / n;
    let width = (second.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt();
    // Both quantile functions are steps: sum over the pieces on which neither jumps.
    let (mut i, mut j, mut at, mut sum) = (0, 0, 0.0, 0.0);
    while i < first.len() && j < second.len() {
        let (next_i, next_j) = ((i + 1) as f64 / first.len() as f64, (j + 1) as f64 / n);
        let next = next_i.min(next_j);
        sum += (next - at) * (first[i] - second[j]).abs();
        at = next;
        if next_i <= next {
            i += 1;
        }
        if next_j <= next {
            j += 1;
        }
    }
    sum / width
}

/// Fields on their way from `start` by Langevin dynamics, `d phi = -dS/dphi dtau + sqrt(2) dw`, after each of `intervals`; one
/// configuration, or several one after the other.
///
/// Each step is small enough for the steepest force that the field then meets: from wide noise the first are tiny, and soon grow.
pub fn langevin_sequence(theory: &Phi4, start: &[f64], intervals: &[f64], rng: &mut Rng) -> Vec<Vec<f64>> {
    let mut phi = start.to_vec();
    let mut force = vec![0.0; theory.sites()];
    intervals
        .iter()
        .map(|&interval| {
            let mut left = interval;
            while left > 0.0 {
                let largest = phi.iter().fold(1.0_f64, |m, x| m.max(x * x));
                let step = 0.1 / (2.0 + 8.0 * theory.kappa + 12.0 * theory.lambda * largest);
                let h = step.min(left);
                left -= h;
                for phi in phi.chunks_exact_mut(theory.sites()) {
                    theory.force(phi, &mut force);
                    for (x, f) in phi.iter_mut().zip(&force) {
                        *x += h * f + (2.0 * h).sqrt() * rng.normal();
                    }
                }
            }
            phi.clone()
        })
        .collect()
}

/// First cumulants of numbers of zero mean, with their errors: `<x^2>` and `<x^4> - 3 <x^2>^2`.
///
/// `groups` of equal size hold what is correlated; the errors are those of a jackknife over them.
pub fn even_cumulants(groups: &[Vec<f64>]) -> [(f64, f64); 2] {
    let bins: Vec<Vec<f64>> = groups
        .iter()
        .map(|group| {
            let n = group.len() as f64;
            vec![group.iter().map(|x| x * x).sum::<f64>() / n, group.iter().map(|x| x.powi(4)).sum::<f64>() / n]
        })
        .collect();
    let result = crate::stats::jackknife(&bins, |m| vec![m[0], m[1] - 3.0 * m[0] * m[0]]);
    [result[0], result[1]]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Stream;

    #[test]
    fn the_distance_of_a_shifted_set_is_the_shift() {
        let mut rng = Rng::new(1, Stream::Data);
        let first: Vec<f64> = (0..4000).map(|_| rng.normal()).collect();
        let shifted: Vec<f64> = first.iter().map(|x| x + 0.5).collect();
        let (distance, error) = histogram_distance(&shifted, &first, &mut rng);
        let width = (first.iter().map(|x| x * x).sum::<f64>() / 4000.0).sqrt();
        assert!((distance * width - 0.5).abs() < 1e-3, "{distance}");
        assert!(error > 0.005 && error < 0.05, "{error}");
        // Sets of different sizes: every number twice is the same law.
        let twice: Vec<f64> = first.iter().flat_map(|&x| [x, x]).collect();
        assert!(distance_between(twice, first) < 1e-9);
    }

    #[test]
    fn langevin_dynamics_reaches_the_variance_of_one_free_site() {
        // One site, lambda = 0, kappa = 0: S = phi^2, variance 1/2. 4000 walkers of one site each, as a lattice without hopping;
        // the variance is known to 2.2 %, the bias of the step is 0.1/2 * 1/2 of it.
        let theory = Phi4 { side: 64, kappa: 0.0, lambda: 0.0 };
        let mut rng = Rng::new(2, Stream::Noise);
        let start = vec![3.0; 4096];
        let end = langevin_sequence(&theory, &start, &[0.5, 5.0], &mut rng);
        let variance = |phi: &[f64]| phi.iter().map(|x| x * x).sum::<f64>() / 4096.0;
        assert!((variance(&end[1]) / 0.5 - 1.0).abs() < 0.13, "{}", variance(&end[1]));
        // On the way: mean 3 e^(-2 tau), variance (1 - e^(-4 tau))/2, at tau = 1/2.
        let expected = 9.0 * (-2.0_f64).exp() + 0.5 * (1.0 - (-2.0_f64).exp());
        assert!((variance(&end[0]) / expected - 1.0).abs() < 0.1, "{} != {expected}", variance(&end[0]));
    }

    #[test]
    fn a_walk_from_wide_noise_takes_few_steps() {
        // From 300 the first step may be 4e-6 long; the field falls as tau^(-1/2), and with it the steps grow. At most some
        // hundred draws a site for each of the first intervals: counted by the position of the stream.
        let theory = Phi4 { side: 4, kappa: 1.0, lambda: 0.022 };
        let mut rng = Rng::new(3, Stream::Noise);
        let end = langevin_sequence(&theory, &[300.0; 16], &[1.0; 4], &mut rng);
        assert!(rng.position() < 4 * 16 * 10_000, "{} words", rng.position());
        assert!(end[3].iter().all(|x| x.is_finite() && x.abs() < 20.0));
    }

    #[test]
    fn cumulants_of_two_values() {
        // +-1 with equal weight: <x^2> = 1, <x^4> - 3 <x^2>^2 = -2.
        let groups: Vec<Vec<f64>> = (0..10).map(|_| vec![1.0, -1.0]).collect();
        let [second, fourth] = even_cumulants(&groups);
        assert!((second.0 - 1.0).abs() < 1e-12 && (fourth.0 + 2.0).abs() < 1e-12);
    }
}
