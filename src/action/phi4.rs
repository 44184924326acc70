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
