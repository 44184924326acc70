//! A particle in a double well: closed paths in imaginary time.

use super::Action;

/// ```text
/// S = a sum_n [ m (x_{n+1} - x_n)^2 / (2 a^2) + lambda (x_n^2 - f2)^2 ],   x_N = x_0
/// ```
///
/// with `hbar = 1`; the length of the path is `beta = N a`. Source: arXiv:2211.03470.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DoubleWell {
    /// Time slices `N`.
    pub n_tau: usize,
    /// Spacing `a`.
    pub spacing: f64,
    /// Mass `m`.
    pub mass: f64,
    /// Quartic coupling.
    pub lambda: f64,
    /// Square of the position of the minima.
    pub f2: f64,
}

impl DoubleWell {
    /// `lambda (x^2 - f2)^2`.
    pub fn potential(&self, x: f64) -> f64 {
        self.lambda * (x * x - self.f2).powi(2)
    }

    /// The neighbours of a site on the closed path.
    fn neighbours(&self, site: usize) -> (usize, usize) {
        ((site + self.n_tau - 1) % self.n_tau, (site + 1) % self.n_tau)
    }
}

impl Action for DoubleWell {
    fn sites(&self) -> usize {
        self.n_tau
    }

    fn action(&self, x: &[f64]) -> f64 {
        let stiffness = 0.5 * self.mass / self.spacing;
        let next = x.iter().cycle().skip(1);
        x.iter().zip(next).map(|(x, next)| stiffness * (next - x).powi(2) + self.spacing * self.potential(*x)).sum()
    }

    fn force(&self, x: &[f64], out: &mut [f64]) {
        let stiffness = self.mass / self.spacing;
        let well = 4.0 * self.spacing * self.lambda;
        for site in 0..x.len() {
            let (before, after) = self.neighbours(site);
            out[site] =
                stiffness * (x[before] + x[after] - 2.0 * x[site]) - well * x[site] * (x[site] * x[site] - self.f2);
        }
    }

    fn local_difference(&self, x: &[f64], site: usize, new: f64) -> f64 {
        let (before, after) = self.neighbours(site);
        let stiffness = 0.5 * self.mass / self.spacing;
        let local = |x_site: f64| {
            stiffness * ((x_site - x[before]).powi(2) + (x[after] - x_site).powi(2))
                + self.spacing * self.potential(x_site)
        };
        local(new) - local(x[site])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn theories_and_paths() -> impl Strategy<Value = (DoubleWell, Vec<f64>)> {
        (2_usize..20, 0.02..1.0, 0.1..5.0, 0.1..5.0, 0.0..6.0).prop_flat_map(|(half, spacing, mass, lambda, f2)| {
            let theory = DoubleWell { n_tau: 2 * half, spacing, mass, lambda, f2 };
            (Just(theory), prop::collection::vec(-3.0..3.0, 2 * half))
        })
    }

    proptest! {
        #[test]
        fn the_force_is_minus_the_central_difference((theory, x) in theories_and_paths()) {
            let mut force = vec![0.0; x.len()];
            theory.force(&x, &mut force);
            for site in 0..x.len() {
                let step = 1e-5;
                let shifted = |by: f64| { let mut y = x.clone(); y[site] += by; theory.action(&y) };
                let difference = (shifted(step) - shifted(-step)) / (2.0 * step);
                let scale = force.iter().fold(1.0_f64, |m, f| m.max(f.abs()));
                prop_assert!((force[site] + difference).abs() < 1e-4 * scale, "{} != -{}", force[site], difference);
            }
        }

        #[test]
        fn the_action_is_invariant_under_translation_reflection_and_parity((theory, x) in theories_and_paths(), by in 0_usize..20) {
            let s = theory.action(&x);
            let mut moved = x.clone();
            moved.rotate_left(by % x.len());
            let reversed: Vec<f64> = x.iter().rev().copied().collect();
            let turned: Vec<f64> = x.iter().map(|v| -v).collect();
            for other in [moved, reversed, turned] {
                prop_assert!((theory.action(&other) - s).abs() < 1e-10 * s.abs().max(1.0));
            }
        }

        #[test]
        fn a_local_difference_is_a_difference_of_actions((theory, x) in theories_and_paths(), at in 0_usize..20, new in -3.0..3.0) {
            let site = at % x.len();
            let mut y = x.clone();
            y[site] = new;
            let expected = theory.action(&y) - theory.action(&x);
            prop_assert!((theory.local_difference(&x, site, new) - expected).abs() < 1e-9 * theory.action(&y).max(theory.action(&x)).max(1.0));
        }
    }
}
