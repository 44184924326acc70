//! A Gaussian process conditioned on the data.

use std::f64::consts::PI;

use nalgebra::{DMatrix, DVector};

use super::{Decomposition, Fit, Modes, Rule, Settings, Whitened};

/// The envelope `w exp(-w / 6)` for frequencies up to 20: zero at zero, and small where the data see nothing.
const ENVELOPE: f64 = 0.3;
/// Lengths tried, as fractions of the largest frequency, and their number.
const LENGTHS: (f64, f64, usize) = (0.004, 0.3, 10);

/// `rho ~ GP(0, s^2 C)` with `C(w, w') = g(w) g(w') exp(-(w - w')^2 / 2 l^2)`, `g = w exp(-w / 0.3 w_max)`, conditioned on the data:
///
/// ```text
/// rho = C B^T (B C B^T + 1/s^2)^{-1} b,   band^2 = s^2 diag(C - C B^T (B C B^T + 1/s^2)^{-1} B C).
/// ```
///
/// `l` always has the largest evidence that any `s` gives it; the regulator is `1/s^2`, by the usual rule of largest evidence too.
///
/// Source: Horak, Pawlowski, Rodriguez-Quintero et al., arXiv:2107.13464; C. E. Rasmussen and C. K. I. Williams, Gaussian Processes
/// for Machine Learning (2006), eqs. (2.23)-(2.30).
pub(super) fn solve(data: &Whitened, settings: &Settings) -> Option<Fit> {
    let evidence_of = |modes: &Modes| {
        let best = heights(modes).map(|lambda| modes.damped(lambda).log_evidence.unwrap_or(f64::MIN));
        best.fold(f64::MIN, f64::max)
    };
    let largest = *data.grid.omega.last()?;
    let at = |log_length: f64| {
        let modes = modes(data, log_length.exp())?;
        Some((evidence_of(&modes), log_length, modes))
    };
    let (low, high) = ((LENGTHS.0 * largest).ln(), (LENGTHS.1 * largest).ln());
    let mut step = (high - low) / (LENGTHS.2 - 1) as f64;
    let mut best = (0..LENGTHS.2).filter_map(|i| at(low + step * i as f64)).max_by(|a, b| a.0.total_cmp(&b.0))?;
    while step > 0.05 {
        step *= 0.5;
        for log_length in [best.1 - step, best.1 + step] {
            best = at(log_length).into_iter().fold(best, |a, b| if b.0 > a.0 { b } else { a });
        }
    }
    let modes = best.2;
    let search = settings.search(Rule::Evidence, data);
    let found = search.down(10.0 * modes.s[0].powi(2), |lambda, _| Some((modes.damped(lambda), ())))?;
    let lambda = found.trial.regulator;
    let band = band(data, &modes, lambda);
    let fit = modes.fit(data, &modes.damped_filter(lambda), found)?;
    band.iter().all(|b| b.is_finite()).then_some(Fit { band: Some(band), ..fit })
}

/// The posterior's standard deviation.
fn band(data: &Whitened, modes: &Modes, lambda: f64) -> DVector<f64> {
    let omega = &data.grid.omega;
    DVector::from_fn(omega.len(), |i, _| {
        // The part of mode k is (C B^T u_k)_i^2 / (s_k^2 + lambda), and C B^T u_k = s_k modes_k.
        let parts = modes.s.iter().enumerate().map(|(k, s)| (s * modes.modes[(i, k)]).powi(2) / (s * s + lambda));
        let left = envelope(omega[i], omega[omega.len() - 1]).powi(2) - parts.sum::<f64>();
        (left.max(0.0) / lambda).sqrt()
    })
}

/// A ladder of `1/s^2` on which the evidence is looked for.
fn heights(modes: &Modes) -> impl Iterator<Item = f64> {
    let top = modes.s[0].powi(2);
    (0..72).map(move |i| top * 10f64.powf(1.0 - 0.25 * f64::from(i)))
}

/// `g(w) (sqrt(2/pi) h / l)^(1/2) exp(-(w - u)^2 / l^2)` at places `u` with distance `h = l / 2.5`: `[N, P]`. Times its transpose this is `C`, as a
/// sum over `u` for the integral of two Gaussian functions; at this distance they differ by `exp(-2 pi^2 (l / 2h)^2)`, 4e-14.
fn features(data: &Whitened, length: f64) -> DMatrix<f64> {
    let omega = &data.grid.omega;
    let largest = omega[omega.len() - 1];
    let distance = length / 2.5;
    // Gaussian functions further outside than this do not reach in.
    let margin = 4.0 * length;
    let count = ((largest + 2.0 * margin) / distance).ceil() as usize + 1;
    let height = ((2.0 / PI).sqrt() * distance / length).sqrt();
    DMatrix::from_fn(omega.len(), count, |i, n| {
        let z = (omega[i] - (n as f64 * distance - margin)) / length;
        if z.abs() > 6.0 { 0.0 } else { height * envelope(omega[i], largest) * (-z * z).exp() }
    })
}

/// `g`.
fn envelope(w: f64, largest: f64) -> f64 {
    w * (-w / (ENVELOPE * largest)).exp()
}

/// The modes of a prior with this length.
fn modes(data: &Whitened, length: f64) -> Option<Modes> {
    let features = features(data, length);
    let Decomposition { u, s, v } = Decomposition::new(&(&data.matrix * &features))?;
    Some(Modes::new(features * v, s, u, &data.data))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inverse::mock;

    /// The dense formulas, with the covariance written down.
    #[test]
    fn mean_band_and_evidence_are_those_of_the_dense_formulas() {
        let data = mock::data(
            &mock::problem(crate::inverse::Kernel::KallenLehmann, 8, 100),
            crate::inverse::Shape::SinglePeak,
            1e-2,
            5,
        );
        let length = 0.7;
        let omega = &data.grid.omega;
        let covariance = DMatrix::from_fn(100, 100, |i, j| {
            let z = (omega[i] - omega[j]) / length;
            envelope(omega[i], 20.0) * envelope(omega[j], 20.0) * (-0.5 * z * z).exp()
        });
        let features = features(&data, length);
        assert!((&features * features.transpose() - &covariance).amax() < 1e-11 * covariance.amax());

        let variance = 0.3;
        let modes = modes(&data, length).unwrap();
        let prior = &covariance * variance;
        let with_data = &prior * data.matrix.transpose();
        let noisy = &data.matrix * &with_data + DMatrix::identity(8, 8);
        let inverse = noisy.clone().try_inverse().unwrap();
        let mean = &with_data * &inverse * &data.data;
        let ours = &modes.modes * modes.damped_filter(1.0 / variance).component_mul(&modes.beta);
        assert!((&ours - &mean).amax() < 1e-8 * mean.amax());
        let log_evidence = -0.5 * (data.data.dot(&(&inverse * &data.data)) + noisy.determinant().ln());
        assert!((modes.damped(1.0 / variance).log_evidence.unwrap() - log_evidence).abs() < 1e-8 * log_evidence.abs());
        let posterior = &prior - &with_data * &inverse * with_data.transpose();
        let band = band(&data, &modes, 1.0 / variance);
        for i in 0..100 {
            assert!((band[i].powi(2) - posterior[(i, i)]).abs() < 1e-8 * prior.amax(), "{i}");
        }
    }

    /// No other length or height of a coarse net has more evidence.
    #[test]
    fn length_and_height_have_the_largest_evidence() {
        let data = mock::usual(1e-3);
        let fit = solve(&data, &mock::settings(Rule::Usual, &data)).unwrap();
        let best = fit.path.iter().filter_map(|t| t.log_evidence).fold(f64::MIN, f64::max);
        for i in 0..12 {
            let other = modes(&data, 0.1 * 1.4f64.powi(i)).unwrap();
            for lambda in heights(&other) {
                assert!(other.damped(lambda).log_evidence.unwrap() < best + 0.02);
            }
        }
    }
}
