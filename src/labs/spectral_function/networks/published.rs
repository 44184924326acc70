//! The published schedule.

/// A stretch of the published schedule.
pub(super) struct Phase {
    pub(super) lambda: f64,
    pub(super) decay: f64,
    pub(super) rate: f64,
    pub(super) last_only: bool,
}

impl Phase {
    /// Four warm-up cycles in the first two fifths, each half with `s = 1e-3, l2 = 1e-2` and half with `s = 1e-4, l2 = 1e-8`, then
    /// the last layer alone at a tenth of the rate. `s` multiplies `sum (drho)^2` (without our `1 / dw`), `l2 / 2` the squares of
    /// the weights.
    ///
    /// Source: `NNSpectrum` (github.com/Anguswlx/NNSpectrum) for arXiv:2111.14760; 40 000 + 60 000 steps there.
    pub(super) fn published(step: usize, plan: usize, rate: f64, d_omega: f64) -> Self {
        let warm_up = (2 * plan / 5).max(8);
        if step >= warm_up {
            return Self { lambda: 1e-4 * d_omega, decay: 5e-9, rate: 0.1 * rate, last_only: true };
        }
        let first_half = (step * 8 / warm_up).is_multiple_of(2);
        let (s, l2) = if first_half { (1e-3, 1e-2) } else { (1e-4, 1e-8) };
        Self { lambda: s * d_omega, decay: 0.5 * l2, rate, last_only: false }
    }
}
