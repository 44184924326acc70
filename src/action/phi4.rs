//! A scalar field with quartic self-interaction on the periodic square lattice.

use super::Action;
use crate::lattice::Square;

/// ```text
/// S = sum_x [ -2 kappa sum_mu phi(x) phi(x + mu) + (1 - 2 lambda) phi(x)^2 + lambda phi(x)^4 ]
/// ```
///
/// with `mu` over the two forward directions. Sites are `row * side + column`. Source: arXiv:2309.17082, eq. (17).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Phi4 {
    /// Sites along an axis.
    pub side: usize,
    /// Hopping parameter.
    pub kappa: f64,
    /// Quartic coupling.
    pub lambda: f64,
}

impl Phi4 {
    /// Bare mass squared of the form `S = sum [ (d phi_0)^2/2 + m_0^2 phi_0^2/2 + lambda_0 phi_0^4/4! ]`, in which
    /// `phi_0 = sqrt(2 kappa) phi`: `(1 - 2 lambda)/kappa - 4`.
    pub fn bare_mass_squared(&self) -> f64 {
        (1.0 - 2.0 * self.lambda) / self.kappa - 4.0
    }

    /// Bare coupling of that form: `6 lambda/kappa^2`.
    pub fn bare_coupling(&self) -> f64 {
        6.0 * self.lambda / (self.kappa * self.kappa)
    }

    /// Where the mass squared of the form above vanishes: `(1 - 2 lambda)/4`, the critical point without fluctuations.
    pub fn mean_field_kappa_critical(&self) -> f64 {
        0.25 * (1.0 - 2.0 * self.lambda)
    }
}

impl Action for Phi4 {
    fn sites(&self) -> usize {
        self.side * self.side
    }

    fn action(&self, phi: &[f64]) -> f64 {
        let side = self.side;
        let (mut hopping, mut local) = (0.0, 0.0);
        for row in 0..side {
            let line = &phi[row * side..][..side];
            let next = &phi[if row + 1 == side { 0 } else { (row + 1) * side }..][..side];
            hopping += line[side - 1] * line[0];
            for pair in line.windows(2) {
                hopping += pair[0] * pair[1];
            }
            for (x, below) in line.iter().zip(next) {
                let x2 = x * x;
                hopping += x * below;
                local += x2 * (1.0 - 2.0 * self.lambda + self.lambda * x2);
            }
        }
        local - 2.0 * self.kappa * hopping
    }

    fn force(&self, phi: &[f64], out: &mut [f64]) {
        let side = self.side;
        let (hop, mass, quartic) = (2.0 * self.kappa, 2.0 * (1.0 - 2.0 * self.lambda), 4.0 * self.lambda);
        for row in 0..side {
            let above = &phi[if row == 0 { side - 1 } else { row - 1 } * side..][..side];
            let below = &phi[if row + 1 == side { 0 } else { row + 1 } * side..][..side];
            let line = &phi[row * side..][..side];
            let out = &mut out[row * side..][..side];
            for (column, out) in out.iter_mut().enumerate() {
                let x = line[column];
                *out = hop * (above[column] + below[column]) - x * (mass + quartic * x * x);
            }
            for column in 1..side {
                out[column] += hop * line[column - 1];
                out[column - 1] += hop * line[column];
            }
            out[0] += hop * line[side - 1];
            out[side - 1] += hop * line[0];
        }
    }

    fn local_difference(&self, phi: &[f64], site: usize, new: f64) -> f64 {
        let old = phi[site];
        let local = |x: f64| x * x * (1.0 - 2.0 * self.lambda + self.lambda * x * x);
        if self.side == 1 {
            // Its neighbours move with it: two bonds with itself.
            return local(new) - local(old) - 4.0 * self.kappa * (new * new - old * old);
        }
        let neighbours: f64 = Square { side: self.side }.neighbours(site).iter().map(|&n| phi[n]).sum();
        local(new) - local(old) - 2.0 * self.kappa * (new - old) * neighbours
    }

    fn ferromagnet(&self) -> Option<(Square, f64)> {
        Some((Square { side: self.side }, 2.0 * self.kappa))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn theories_and_fields() -> impl Strategy<Value = (Phi4, Vec<f64>)> {
        (1_usize..7, 0.0..1.2, 0.0..2.0).prop_flat_map(|(side, kappa, lambda)| {
            (Just(Phi4 { side, kappa, lambda }), prop::collection::vec(-3.0..3.0, side * side))
        })
    }

    /// A scale for rounding errors: the size of the quartic term.
    fn size(theory: &Phi4, phi: &[f64]) -> f64 {
        1.0 + phi.iter().map(|x| x * x * (1.0 + 4.0 * theory.kappa) + 2.0 * theory.lambda * x.powi(4)).sum::<f64>()
    }

    proptest! {
        #[test]
        fn the_force_is_minus_the_central_difference((theory, phi) in theories_and_fields()) {
            let mut force = vec![0.0; phi.len()];
            theory.force(&phi, &mut force);
            for site in 0..phi.len() {
                let step = 1e-5;
                let shifted = |by: f64| { let mut y = phi.clone(); y[site] += by; theory.action(&y) };
                let difference = (shifted(step) - shifted(-step)) / (2.0 * step);
                let scale = force.iter().fold(1.0_f64, |m, f| m.max(f.abs()));
                prop_assert!((force[site] + difference).abs() < 1e-4 * scale, "{} != -{}", force[site], difference);
            }
        }

        #[test]
        fn a_local_difference_is_a_difference_of_actions((theory, phi) in theories_and_fields(), at in 0_usize..36, new in -3.0..3.0) {
            let site = at % phi.len();
            let mut y = phi.clone();
            y[site] = new;
            let expected = theory.action(&y) - theory.action(&phi);
            let got = theory.local_difference(&phi, site, new);
            prop_assert!((got - expected).abs() < 1e-11 * size(&theory, &phi).max(size(&theory, &y)), "{got} != {expected}");
        }

        #[test]
        fn the_action_has_the_symmetries_of_the_lattice_and_of_the_sign((theory, phi) in theories_and_fields(), by in 0_usize..6) {
            let (side, s) = (theory.side, theory.action(&phi));
            let map = |to: &dyn Fn(usize, usize) -> usize, sign: f64| {
                let mut moved = vec![0.0; phi.len()];
                for site in 0..phi.len() { moved[to(site / side, site % side)] = sign * phi[site]; }
                theory.action(&moved)
            };
            let all = [
                map(&|row, column| row * side + (column + by) % side, 1.0),
                map(&|row, column| column * side + row, 1.0),
                map(&|row, column| (side - 1 - row) * side + column, 1.0),
                map(&|row, column| row * side + column, -1.0),
            ];
            for other in all {
                prop_assert!((other - s).abs() < 1e-11 * size(&theory, &phi));
            }
        }

        #[test]
        fn the_bare_form_is_the_same_action((theory, phi) in theories_and_fields()) {
            prop_assume!(theory.kappa > 0.01);
            let side = theory.side;
            let bare: Vec<f64> = phi.iter().map(|x| (2.0 * theory.kappa).sqrt() * x).collect();
            let mut s = 0.0;
            for site in 0..phi.len() {
                let (row, column) = (site / side, site % side);
                let forward = [((row + 1) % side) * side + column, row * side + (column + 1) % side];
                s += forward.iter().map(|&n| 0.5 * (bare[n] - bare[site]).powi(2)).sum::<f64>();
                s += 0.5 * theory.bare_mass_squared() * bare[site].powi(2) + theory.bare_coupling() / 24.0 * bare[site].powi(4);
            }
            prop_assert!((s - theory.action(&phi)).abs() < 1e-11 * size(&theory, &phi));
        }
    }
}
