//! Energy differences from correlators on a periodic lattice.

/// The `m a > 0` that a single state of a periodic correlator would need to explain two neighbouring values:
///
/// ```text
/// G(k)/G(k+1) = cosh(m a (N/2 - k)) / cosh(m a (N/2 - k - 1)).
/// ```
///
/// `correlator` holds `G(0), ..., G(N/2)`. `NaN` where no `m` does, as noise can make it.
pub fn cosh_effective_energy(correlator: &[f64], k: usize) -> f64 {
    let half = correlator.len() - 1;
    let ratio = correlator[k] / correlator[k + 1];
    let (far, near) = ((half - k) as f64, (half - k - 1) as f64);
    solve(ratio, |m| cosh_ratio(m, far, near))
}

/// The same from differences `D(k) = G(k) - G(k+1)`, in which any constant drops out:
///
/// ```text
/// D(k)/D(k+1) = sinh(m a (N/2 - k - 1/2)) / sinh(m a (N/2 - k - 3/2)).
/// ```
///
/// A correlator of squares has such a constant at finite temperature, beyond the `<x^2>^2` that "connected" removes: each
/// thermally occupied state adds its own.
pub fn sinh_effective_energy(correlator: &[f64], k: usize) -> f64 {
    let half = correlator.len() - 1;
    let ratio = (correlator[k] - correlator[k + 1]) / (correlator[k + 1] - correlator[k + 2]);
    let (far, near) = ((half - k) as f64 - 0.5, (half - k) as f64 - 1.5);
    solve(ratio, |m| sinh_ratio(m, far, near))
}

fn cosh_ratio(m: f64, far: f64, near: f64) -> f64 {
    // e^{m (far - near)} (1 + e^{-2 m far}) / (1 + e^{-2 m near}), safe for large m.
    (m * (far - near)).exp() * (1.0 + (-2.0 * m * far).exp()) / (1.0 + (-2.0 * m * near).exp())
}

fn sinh_ratio(m: f64, far: f64, near: f64) -> f64 {
    (m * (far - near)).exp() * (-2.0 * m * far).exp_m1() / (-2.0 * m * near).exp_m1()
}

/// The `m` where the increasing `ratio(m)` is `target`, by bisection; `NaN` if there is none in `(0, 50)`.
fn solve(target: f64, ratio: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (1e-7, 50.0);
    if !target.is_finite() || target <= ratio(low) || target >= ratio(high) {
        return f64::NAN;
    }
    while high - low > 1e-13 * high {
        let middle = 0.5 * (low + high);
        if ratio(middle) < target { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_state_is_found_exactly_at_every_distance() {
        let half = 8;
        for m in [0.01, 0.3, 1.5, 4.0] {
            let g: Vec<f64> = (0..=half).map(|k| 2.0 * (m * (half - k) as f64).cosh()).collect();
            for k in 0..half {
                assert!((cosh_effective_energy(&g, k) / m - 1.0).abs() < 1e-6, "m = {m}, k = {k}");
            }
            let shifted: Vec<f64> = g.iter().map(|v| v + 7.0).collect();
            for k in 0..half - 1 {
                assert!((sinh_effective_energy(&shifted, k) / m - 1.0).abs() < 1e-4, "m = {m}, k = {k}");
            }
        }
    }

    #[test]
    fn noise_that_no_state_explains_gives_nothing() {
        assert!(cosh_effective_energy(&[1.0, 1.1, 1.0], 0).is_nan());
        assert!(cosh_effective_energy(&[1.0, -0.1, 1.0], 0).is_nan());
        assert!(sinh_effective_energy(&[1.0, 1.0, 1.0, 1.0], 0).is_nan());
    }
}
