//! The Ising model on a very small torus, summed over all its configurations.

use crate::lattice::Square;

/// Means over all `2^N` configurations of an `L x L` torus, `L <= 4`. Per site; the same definitions as the measurements.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IsingEnumeration {
    /// `ln Z / N`.
    pub ln_z: f64,
    /// `<e>`.
    pub energy: f64,
    /// `beta^2 N (<e^2> - <e>^2)`.
    pub specific_heat: f64,
    /// `<|m|>`.
    pub magnetization: f64,
    /// `<m^2>`.
    pub m2: f64,
    /// `<m^4>`.
    pub m4: f64,
}

impl IsingEnumeration {
    /// The largest side: 65536 configurations.
    pub const LARGEST: usize = 4;

    /// Sums.
    ///
    /// # Panics
    /// If the side is larger than [`LARGEST`](Self::LARGEST).
    pub fn new(side: usize, beta: f64) -> Self {
        assert!(side <= Self::LARGEST, "2^{} configurations are too many", side * side);
        let lattice = Square { side };
        let sites = lattice.sites();
        let bonds: Vec<(usize, usize)> = (0..sites)
            .flat_map(|site| {
                let [_, down, _, right] = lattice.neighbours(site);
                [(site, right), (site, down)]
            })
            .collect();
        let n = sites as f64;
        let mut sums = [0.0; 6];
        for state in 0_u32..1 << sites {
            let unequal = bonds.iter().filter(|(a, b)| (state >> a ^ state >> b) & 1 == 1).count() as f64;
            // E + 2N >= 0, so that no weight overflows.
            let energy = 2.0 * unequal - 2.0 * n;
            let weight = (-beta * (energy + 2.0 * n)).exp();
            let (e, m) = (energy / n, (2.0 * f64::from(state.count_ones()) / n - 1.0).abs());
            for (sum, value) in sums.iter_mut().zip([1.0, e, e * e, m, m * m, m.powi(4)]) {
                *sum += weight * value;
            }
        }
        let [z, e, ee, m, m2, m4] = sums;
        Self {
            ln_z: z.ln() / n + 2.0 * beta,
            energy: e / z,
            specific_heat: beta * beta * n * (ee / z - (e / z).powi(2)),
            magnetization: m / z,
            m2: m2 / z,
            m4: m4 / z,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_by_two_is_done_by_hand() {
        // 2 states at E = -8, 2 at +8, 12 at 0: every bond counts twice.
        let beta = 0.3_f64;
        let z = 2.0 * (8.0 * beta).exp() + 2.0 * (-8.0 * beta).exp() + 12.0;
        let sum = IsingEnumeration::new(2, beta);
        assert!((sum.ln_z - z.ln() / 4.0).abs() < 1e-12);
        let energy = (-16.0 * (8.0 * beta).exp() + 16.0 * (-8.0 * beta).exp()) / z / 4.0;
        assert!((sum.energy - energy).abs() < 1e-12);
    }
}
