//! The free scalar field on the periodic square lattice.

use std::f64::consts::PI;

use crate::{lattice::Square, observable::FieldColumns};

/// `S = sum_x [ -2 kappa sum_mu phi(x) phi(x + mu) + phi(x)^2 ]`, that is phi^4 theory with `lambda = 0`; `kappa < 1/4`.
///
/// Every mode is normal with variance
///
/// ```text
/// C_k = 1 / (2 - 4 kappa (cos k_1 + cos k_2))
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FreeField {
    /// Sites along an axis.
    pub side: usize,
    /// Hopping parameter.
    pub kappa: f64,
}

impl FreeField {
    /// `C_k` of the momentum `2 pi (kx, ky)/L`.
    pub fn mode_variance(&self, kx: usize, ky: usize) -> f64 {
        let cosine = |k: usize| (2.0 * PI * k as f64 / self.side as f64).cos();
        1.0 / (2.0 - 4.0 * self.kappa * (cosine(kx) + cosine(ky)))
    }

    /// Mean of every column of [`FieldColumns`].
    pub fn means(&self) -> Vec<f64> {
        let side = self.side;
        let volume = Square { side }.sites() as f64;
        // C(r) along an axis: sum over momenta of C_k cos(k r)/V.
        let correlator = |r: usize| {
            let mut sum = 0.0;
            for kx in 0..side {
                let wave = (2.0 * PI * (kx * r % side) as f64 / side as f64).cos();
                sum += wave * (0..side).map(|ky| self.mode_variance(kx, ky)).sum::<f64>();
            }
            sum / volume
        };
        let m2 = self.mode_variance(0, 0) / volume;
        let phi2 = correlator(0);
        let mut means = vec![0.0, (2.0 * m2 / PI).sqrt(), m2, 3.0 * m2 * m2, phi2, 3.0 * phi2 * phi2, 0.5, 0.5];
        means.extend((0..=side / 2).map(correlator));
        means.extend((0..=side / 2).map(|k| self.mode_variance(k, 0)));
        debug_assert_eq!(means.len(), FieldColumns::new(side).width());
        means
    }
}

#[cfg(test)]
mod tests {
    use nalgebra::DMatrix;

    use super::*;
    use crate::action::{Action as _, Phi4};

    #[test]
    fn the_propagator_is_the_inverse_of_the_kernel() {
        // S = phi K phi/2 with K_ij = d^2 S/d phi_i d phi_j, taken from the force of unit vectors; C = K^-1.
        for (side, kappa) in [(1, 0.2), (2, 0.1), (4, 0.2), (5, 0.24)] {
            let theory = Phi4 { side, kappa, lambda: 0.0 };
            let sites = side * side;
            let mut kernel = DMatrix::zeros(sites, sites);
            let mut force = vec![0.0; sites];
            for j in 0..sites {
                let mut unit = vec![0.0; sites];
                unit[j] = 1.0;
                theory.force(&unit, &mut force);
                for i in 0..sites {
                    kernel[(i, j)] = -force[i];
                }
            }
            let propagator = kernel.try_inverse().expect("kappa < 1/4");
            let means = FreeField { side, kappa }.means();
            let columns = FieldColumns::new(side);
            for (r, column) in columns.correlator().enumerate() {
                assert!((means[column] - propagator[(0, r)]).abs() < 1e-12, "side {side}: C({r})");
            }
            let m2 = propagator.sum() / (sites * sites) as f64;
            assert!((means[FieldColumns::M2] - m2).abs() < 1e-12);
        }
    }
}
