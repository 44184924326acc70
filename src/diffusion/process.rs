//! The process that turns configurations into noise.

crate::choice! {
    /// The forward stochastic differential equation.
    pub enum Sde {
        /// Noise is added, the configuration stays: g = sigma^t. Cumulants beyond the second are conserved (arXiv:2410.21212).
        VarianceExploding = ("ve", "variance exploding"),
        /// The configuration decays as noise is added, so that the variance stays: f = -beta/2, g^2 = beta, beta from 0.1 to 20.
        VariancePreserving = ("vp", "variance preserving"),
    }
}

/// `dx = f(t) x dt + g(t) dw` for `t` from 0 to 1, so that `x_t = alpha_t (x_0 + sigma_t z)`.
///
/// ```text
/// variance exploding:   f = 0,         g = s^t,        alpha = 1,          sigma^2 = (s^(2t) - 1)/(2 ln s)
/// variance preserving:  f = -beta/2,   g^2 = beta,     alpha = e^(-B/2),   sigma^2 = e^B - 1,   B = int_0^t beta
/// ```
///
/// Source: arXiv:2011.13456, section 3.4; arXiv:2309.17082, eq. (10).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Process {
    /// Which of the two.
    pub sde: Sde,
    /// `s` of the variance-exploding process.
    pub base: f64,
}

const BETA_0: f64 = 0.1;
const BETA_1: f64 = 20.0;

impl Process {
    /// `alpha_t`.
    pub fn scale(&self, t: f64) -> f64 {
        match self.sde {
            Sde::VarianceExploding => 1.0,
            Sde::VariancePreserving => (-0.5 * integrated_beta(t)).exp(),
        }
    }

    /// `sigma_t`, the ratio of noise to configuration.
    pub fn sigma(&self, t: f64) -> f64 {
        match self.sde {
            Sde::VarianceExploding => ((2.0 * t * self.base.ln()).exp_m1() / (2.0 * self.base.ln())).sqrt(),
            Sde::VariancePreserving => integrated_beta(t).exp_m1().sqrt(),
        }
    }

    /// The time at which the ratio is `sigma`.
    pub fn time(&self, sigma: f64) -> f64 {
        match self.sde {
            Sde::VarianceExploding => (2.0 * self.base.ln() * sigma * sigma).ln_1p() / (2.0 * self.base.ln()),
            Sde::VariancePreserving => {
                // BETA_0 t + (BETA_1 - BETA_0) t^2/2 = ln(1 + sigma^2), written so that small times keep their digits.
                let b = (sigma * sigma).ln_1p();
                2.0 * b / (BETA_0 + (BETA_0 * BETA_0 + 2.0 * (BETA_1 - BETA_0) * b).sqrt())
            }
        }
    }

    /// `f(t)`.
    pub fn drift(&self, t: f64) -> f64 {
        match self.sde {
            Sde::VarianceExploding => 0.0,
            Sde::VariancePreserving => -0.5 * beta(t),
        }
    }

    /// `g(t)^2`.
    pub fn diffusion_squared(&self, t: f64) -> f64 {
        match self.sde {
            Sde::VarianceExploding => (2.0 * t * self.base.ln()).exp(),
            Sde::VariancePreserving => beta(t),
        }
    }
}

fn beta(t: f64) -> f64 {
    BETA_0 + t * (BETA_1 - BETA_0)
}

fn integrated_beta(t: f64) -> f64 {
    t * BETA_0 + 0.5 * t * t * (BETA_1 - BETA_0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: [Process; 2] =
        [Process { sde: Sde::VarianceExploding, base: 25.0 }, Process { sde: Sde::VariancePreserving, base: 25.0 }];

    #[test]
    fn the_published_widths_are_met() {
        // arXiv:2309.17082 with s = 25.
        assert!((BOTH[0].sigma(1.0) - 9.845).abs() < 1e-3);
        assert!((BOTH[0].sigma(1e-3) - 0.0317).abs() < 1e-4);
    }

    #[test]
    fn mean_and_variance_solve_the_equations_of_the_process() {
        // d alpha/dt = f alpha;  d(alpha^2 sigma^2)/dt = 2 f alpha^2 sigma^2 + g^2.
        for process in BOTH {
            for t in [0.01, 0.3, 0.9] {
                let h = 1e-5;
                let slope = |f: &dyn Fn(f64) -> f64| (f(t + h) - f(t - h)) / (2.0 * h);
                let variance = |t: f64| (process.scale(t) * process.sigma(t)).powi(2);
                let f = process.drift(t);
                assert!((slope(&|t| process.scale(t)) - f * process.scale(t)).abs() < 1e-6);
                let expected = 2.0 * f * variance(t) + process.diffusion_squared(t);
                assert!((slope(&variance) / expected - 1.0).abs() < 1e-6, "{process:?} at {t}");
            }
        }
    }

    #[test]
    fn time_is_the_inverse_of_sigma() {
        for process in BOTH {
            for t in [1e-6, 1e-3, 0.1, 1.0] {
                assert!((process.time(process.sigma(t)) / t - 1.0).abs() < 1e-8, "{process:?} at {t}");
            }
        }
    }
}
