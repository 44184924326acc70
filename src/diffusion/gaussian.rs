//! What is known of an ensemble from its two-point function and the shape of its mean.

use nalgebra::{Matrix3, Vector3};
use serde::{Deserialize, Serialize};

use crate::lattice::Square;

/// Statistics of configurations in units of their root mean square, from which the denoiser starts.
///
/// The modes at nonzero momentum are taken as normal with variance `C(k) = 1/(p_0 + p_1 k^2 + p_2 k^4)` in lattice momentum
/// `k^2 = sum 4 sin^2(k_mu/2)`, fitted to the measured structure factor; the lattice mean as two equal lumps
/// `N(+-m, v/V)`, from its second and fourth moments: `m^4 = (3 <M^2>^2 - <M^4>)/2 = (3/2) U_L <M^2>^2`. In the symmetric phase
/// the lumps are one, in the broken phase two. The fit carries over to lattices of another size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModeStatistics {
    /// Root mean square of the field over sites and configurations.
    pub scale: f64,
    /// `p_0, p_1, p_2`.
    inverse: [f64; 3],
    /// Position `m` of the lumps of the lattice mean.
    pub lump: f64,
    /// Variance `v` of `sqrt(V) M` within a lump.
    pub lump_variance: f64,
}

/// No mode is taken to be narrower than this.
const NARROWEST: f64 = 1e-6;

impl ModeStatistics {
    /// From configurations `[count, side * side]`.
    pub fn measure(configurations: &[f32], lattice: Square) -> Self {
        let (side, volume) = (lattice.side, lattice.sites());
        let count = configurations.len() / volume;
        let squares: f64 = configurations.iter().map(|&x| f64::from(x).powi(2)).sum();
        let scale = (squares / configurations.len().max(1) as f64).sqrt().max(f64::MIN_POSITIVE);
        let (mut second, mut fourth) = (0.0, 0.0);
        let waves: Vec<(f64, f64)> =
            (0..side).flat_map(|k| (0..side).map(move |x| phase(side, k * x))).map(|p| (p.cos(), p.sin())).collect();
        let mut spectrum = vec![0.0; volume];
        for phi in configurations.chunks_exact(volume) {
            let mean = phi.iter().map(|&x| f64::from(x)).sum::<f64>() / (volume as f64 * scale);
            second += mean.powi(2) / count as f64;
            fourth += mean.powi(4) / count as f64;
            add_spectrum(phi, side, &waves, 1.0 / (count as f64 * volume as f64 * scale * scale), &mut spectrum);
        }
        let lump = (0.5 * (3.0 * second * second - fourth)).max(0.0).powf(0.25).min(second.sqrt());
        let lump_variance = (volume as f64 * (second - lump * lump)).max(NARROWEST);
        let modes = (1..volume).map(|k| (lattice.k_hat_squared(k % side, k / side), spectrum[k]));
        Self { scale, inverse: fit(modes), lump, lump_variance }
    }

    /// `C(k)` of a mode at nonzero lattice momentum squared.
    pub fn variance(&self, k_squared: f64) -> f64 {
        let [p0, p1, p2] = self.inverse;
        (p0 + k_squared * (p1 + k_squared * p2)).max(1e-4).recip().max(NARROWEST)
    }

    /// Variances of all modes of a lattice, rows first; the mean's is the one within a lump.
    pub fn variances(&self, lattice: Square) -> Vec<f64> {
        let side = lattice.side;
        let mut all: Vec<f64> =
            (0..lattice.sites()).map(|k| self.variance(lattice.k_hat_squared(k % side, k / side))).collect();
        all[0] = self.lump_variance;
        all
    }
}

fn phase(side: usize, turns: usize) -> f64 {
    2.0 * std::f64::consts::PI * (turns % side) as f64 / side as f64
}

/// Adds `factor |phi_k|^2` of every mode, by two sets of one-dimensional transforms; `waves[k * side + x]`.
fn add_spectrum(phi: &[f32], side: usize, waves: &[(f64, f64)], factor: f64, spectrum: &mut [f64]) {
    // Along rows: [row, kx].
    let mut half = vec![(0.0, 0.0); side * side];
    for (row, line) in phi.chunks_exact(side).enumerate() {
        for k in 0..side {
            let wave = &waves[k * side..(k + 1) * side];
            half[row * side + k] = line.iter().zip(wave).fold((0.0, 0.0), |(re, im), (&x, &(c, s))| {
                let x = f64::from(x);
                (re + x * c, im - x * s)
            });
        }
    }
    for ky in 0..side {
        for kx in 0..side {
            let (mut re, mut im) = (0.0, 0.0);
            for row in 0..side {
                let ((a, b), (c, s)) = (half[row * side + kx], waves[ky * side + row]);
                re += a * c + b * s;
                im += b * c - a * s;
            }
            spectrum[ky * side + kx] += factor * (re * re + im * im);
        }
    }
}

/// Least squares of `C(k) p(k^2) = 1`, every mode with the same relative weight.
fn fit(modes: impl Iterator<Item = (f64, f64)>) -> [f64; 3] {
    let (mut matrix, mut right) = (Matrix3::zeros(), Vector3::zeros());
    let mut total = (0.0, 0.0);
    for (k2, variance) in modes {
        let row = Vector3::new(variance, variance * k2, variance * k2 * k2);
        matrix += row * row.transpose();
        right += row;
        total = (total.0 + variance, total.1 + 1.0);
    }
    // Lattices with fewer than three momenta cannot tell the coefficients apart: the mean of what there is.
    let plain = if total.0 > 0.0 { total.1 / total.0 } else { 1.0 };
    matrix.lu().solve(&right).filter(|p| p.iter().all(|v| v.is_finite())).map_or([plain, 0.0, 0.0], Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Rng, Stream};

    /// Configurations of a free field by its modes: real parts of `sum_k sqrt(C/V) (a + i b) e^(ikx)`.
    fn free_field(side: usize, count: usize, variance: impl Fn(f64) -> f64) -> Vec<f32> {
        let (lattice, mut rng) = (Square { side }, Rng::new(5, Stream::Data));
        let mut all = Vec::new();
        for _ in 0..count {
            let mut phi = vec![0.0; side * side];
            for k in 0..side * side {
                let (kx, ky) = (k % side, k / side);
                let amplitude = (variance(lattice.k_hat_squared(kx, ky)) / (side * side) as f64).sqrt();
                let (a, b) = (rng.normal(), rng.normal());
                for (site, phi) in phi.iter_mut().enumerate() {
                    let p = phase(side, kx * (site % side) + ky * (site / side));
                    *phi += amplitude * (a * p.cos() - b * p.sin());
                }
            }
            all.extend(phi.into_iter().map(|x| x as f32));
        }
        all
    }

    #[test]
    fn the_propagator_of_a_free_field_is_found() {
        let exact = |k2: f64| 1.0 / (0.5 + 0.4 * k2);
        let data = free_field(8, 2000, exact);
        let found = ModeStatistics::measure(&data, Square { side: 8 });
        // Sixty-three modes of relative error sqrt(2/2000) = 3 % each; the fit averages over about twenty of them.
        for k2 in [0.6, 2.0, 4.0, 8.0] {
            let got = found.variance(k2) * found.scale * found.scale;
            assert!((got / exact(k2) - 1.0).abs() < 0.05, "C({k2}) = {got} != {}", exact(k2));
        }
        // The mean is normal: one lump, whose variance is that of the mode at zero.
        let zero = (found.lump_variance + 64.0 * found.lump * found.lump) * found.scale * found.scale;
        assert!((zero / exact(0.0) - 1.0).abs() < 0.15, "{zero}");
    }

    #[test]
    fn two_lumps_are_seen() {
        let mut rng = Rng::new(6, Stream::Data);
        let data: Vec<f32> = (0..500)
            .flat_map(|_| {
                let sign = rng.sign();
                (0..16).map(|_| (3.0 * sign + 0.3 * rng.normal()) as f32).collect::<Vec<_>>()
            })
            .collect();
        let found = ModeStatistics::measure(&data, Square { side: 4 });
        assert!((found.lump * found.scale - 3.0).abs() < 0.05, "{}", found.lump * found.scale);
        let variance = found.variance(2.0) * found.scale * found.scale;
        assert!((variance / 0.09 - 1.0).abs() < 0.15, "{variance}");
    }

    #[test]
    fn a_single_site_has_no_other_modes() {
        let found = ModeStatistics::measure(&[1.0, -1.0, 1.2, -0.8], Square { side: 1 });
        assert!(found.scale > 0.9 && found.lump > 0.8 && found.variances(Square { side: 1 }).len() == 1);
    }
}
