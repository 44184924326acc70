//! The Ising model on a finite torus and in infinite volume.

use std::{
    f64::consts::{LN_2, PI},
    ops::{Add, Mul, Sub},
};

/// A number with its first two derivatives by `beta`.
#[derive(Debug, Clone, Copy)]
struct Jet([f64; 3]);

impl Jet {
    fn constant(value: f64) -> Self {
        Self([value, 0.0, 0.0])
    }

    /// `f(self)` from `f, f', f''` at the value.
    fn map(self, f: [f64; 3]) -> Self {
        let [_, d, dd] = self.0;
        Self([f[0], f[1] * d, f[1] * dd + f[2] * d * d])
    }

    fn exp(self) -> Self {
        let e = self.0[0].exp();
        self.map([e, e, e])
    }

    fn ln(self) -> Self {
        let r = self.0[0].recip();
        self.map([self.0[0].ln(), r, -r * r])
    }

    fn recip(self) -> Self {
        let r = self.0[0].recip();
        self.map([r, -r * r, 2.0 * r * r * r])
    }

    fn acosh(self) -> Self {
        let x = self.0[0];
        let root = (x * x - 1.0).sqrt();
        self.map([x.acosh(), root.recip(), -x / root.powi(3)])
    }

    /// `ln(2 cosh x)`.
    fn ln_2_cosh(self) -> Self {
        let (x, t) = (self.0[0].abs(), self.0[0].tanh());
        self.map([x + (-2.0 * x).exp().ln_1p(), t, 1.0 - t * t])
    }

    /// `ln(2 sinh x)` of a positive number.
    fn ln_2_sinh(self) -> Self {
        let (x, c) = (self.0[0], self.0[0].tanh().recip());
        self.map([x + (-(-2.0 * x).exp()).ln_1p(), c, 1.0 - c * c])
    }

    fn sinh(self) -> Self {
        let (s, c) = (self.0[0].sinh(), self.0[0].cosh());
        self.map([s, c, s])
    }

    fn cosh(self) -> Self {
        let (s, c) = (self.0[0].sinh(), self.0[0].cosh());
        self.map([c, s, c])
    }

    fn times(self, factor: f64) -> Self {
        Self(self.0.map(|v| factor * v))
    }
}

impl Add for Jet {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self([0, 1, 2].map(|i| self.0[i] + other.0[i]))
    }
}

impl Sub for Jet {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + other.times(-1.0)
    }
}

impl Mul for Jet {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let ([a, da, dda], [b, db, ddb]) = (self.0, other.0);
        Self([a * b, da * b + a * db, dda * b + 2.0 * da * db + a * ddb])
    }
}

/// The Ising model on an `L x L` torus, `J = 1`, two bonds a site:
///
/// ```text
/// Z = 1/2 (2 sinh 2 beta)^{N/2} [ prod 2 cosh(L g_{2r+1}/2) + prod 2 sinh(L g_{2r+1}/2)
///                                + prod 2 cosh(L g_{2r}/2) + prod 2 sinh(L g_{2r}/2) ],   r = 0..L-1,
/// cosh g_l = cosh^2(2 beta)/sinh(2 beta) - cos(pi l/L),   g_0 = 2 beta + ln tanh beta,
/// ```
///
/// with energy and specific heat from its derivatives. `g_0` changes sign at the critical point, the others are positive.
///
/// Source: B. Kaufman, Phys. Rev. 76 (1949) 1232, eq. (87); A. E. Ferdinand and M. E. Fisher, Phys. Rev. 185 (1969) 832.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Kaufman {
    /// `ln Z / N`.
    pub ln_z: f64,
    /// Energy a site.
    pub energy: f64,
    /// `beta^2 N (<e^2> - <e>^2)`.
    pub specific_heat: f64,
}

impl Kaufman {
    /// At inverse temperature `beta > 0`.
    pub fn new(side: usize, beta: f64) -> Self {
        let l = side as f64;
        let b = Jet([beta, 1.0, 0.0]);
        let (sinh, cosh) = (b.times(2.0).sinh(), b.times(2.0).cosh());
        let half = |index: usize| {
            let g = (cosh * cosh * sinh.recip() - Jet::constant((PI * index as f64 / l).cos())).acosh();
            g.times(0.5 * l)
        };
        // g_0 has its own formula: the square root of acosh has a branch point at the critical temperature.
        let zero = (b.times(2.0) + (b.sinh() * b.cosh().recip()).ln()).times(0.5 * l);
        let sum = |f: fn(Jet) -> Jet, first: usize| {
            (0..side)
                .map(|r| 2 * r + first)
                .filter(|&index| index != 0)
                .map(|index| f(half(index)))
                .fold(Jet::constant(0.0), Add::add)
        };
        let logarithms = [
            sum(Jet::ln_2_cosh, 1),
            sum(Jet::ln_2_sinh, 1),
            sum(Jet::ln_2_cosh, 0) + zero.ln_2_cosh(),
            sum(Jet::ln_2_sinh, 0),
        ];
        let largest = logarithms.iter().map(|j| j.0[0]).fold(f64::NEG_INFINITY, f64::max);
        let [odd_cosh, odd_sinh, even_cosh, even_sinh] = logarithms.map(|j| (j - Jet::constant(largest)).exp());
        let bracket = odd_cosh + odd_sinh + even_cosh + even_sinh * zero.sinh().times(2.0);
        let sites = l * l;
        let ln_z = (sinh.times(2.0).ln().times(0.5 * sites) + bracket.ln() + Jet::constant(largest - LN_2)).0;
        Self { ln_z: ln_z[0] / sites, energy: -ln_z[1] / sites, specific_heat: beta * beta * ln_z[2] / sites }
    }
}

/// The critical inverse temperature of the infinite lattice, `ln(1 + sqrt 2)/2`.
pub const ISING_CRITICAL_BETA: f64 = 0.440_686_793_509_771_5;

/// Spontaneous magnetisation of the infinite lattice, `(1 - sinh^{-4} 2 beta)^{1/8}` below the critical temperature.
///
/// Source: C. N. Yang, Phys. Rev. 85 (1952) 808.
pub fn ising_magnetization(beta: f64) -> f64 {
    (1.0 - (2.0 * beta).sinh().powi(-4)).max(0.0).powf(0.125)
}

/// Energy a site of the infinite lattice,
///
/// ```text
/// e = -coth(2 beta) [ 1 + (2/pi) (2 tanh^2(2 beta) - 1) K(k) ],   k = 2 sinh(2 beta)/cosh^2(2 beta),
/// ```
///
/// with the complete elliptic integral `K(k) = pi/(2 agm(1, sqrt(1 - k^2)))`. Source: L. Onsager, Phys. Rev. 65 (1944) 117.
pub fn onsager_energy(beta: f64) -> f64 {
    let (sinh, cosh) = ((2.0 * beta).sinh(), (2.0 * beta).cosh());
    let tanh = sinh / cosh;
    let complement = 2.0 * tanh * tanh - 1.0;
    // 1 - k^2 = (2 tanh^2 - 1)^2: at the critical point K diverges like a logarithm and its factor vanishes.
    if complement == 0.0 {
        return -1.0 / tanh;
    }
    let (mut a, mut g) = (1.0_f64, complement.abs());
    while (a - g).abs() > 1e-15 * a {
        (a, g) = (0.5 * (a + g), (a * g).sqrt());
    }
    -(1.0 + complement / a) / tanh
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::IsingEnumeration;

    #[test]
    fn it_is_the_sum_over_all_configurations_where_that_can_be_done() {
        for side in [2, 3, 4] {
            for beta in [0.1, 0.3, ISING_CRITICAL_BETA, 0.6, 1.0] {
                let (kaufman, sum) = (Kaufman::new(side, beta), IsingEnumeration::new(side, beta));
                for (name, got, expected) in [
                    ("ln Z/N", kaufman.ln_z, sum.ln_z),
                    ("e", kaufman.energy, sum.energy),
                    ("c", kaufman.specific_heat, sum.specific_heat),
                ] {
                    assert!((got - expected).abs() < 1e-9, "L = {side}, beta = {beta}: {name} = {got} != {expected}");
                }
            }
        }
    }

    #[test]
    fn it_agrees_with_an_independent_program() {
        // Kaufman's formula in 50 digits with numerical derivatives, checked against a sum over all states of L = 4.
        for (side, t, energy, specific_heat) in [
            (10, 2.0, -1.745_431, 0.7232),
            (10, 2.269_185_314_213_022, -1.476_243, 1.2600),
            (10, 3.0, -0.825_641, 0.4396),
            (4, 1.0, -1.997_158_440_255_767_2, 0.023_409_397_456_874_51),
            (16, 1.0, -1.997_160_204_112_251_1, 0.023_379_564_686_542_134),
        ] {
            let got = Kaufman::new(side, 1.0 / t);
            assert!((got.energy - energy).abs() < 1e-5, "L = {side}, T = {t}: e = {}", got.energy);
            assert!((got.specific_heat - specific_heat).abs() < 1e-4, "L = {side}, T = {t}: c = {}", got.specific_heat);
        }
    }

    #[test]
    fn large_lattices_approach_onsager() {
        for (t, energy, magnetization) in [
            (1.0, -1.997_160_204_112_251_4, 0.999_275_751_957_061_2),
            (2.0, -1.745_564_575_312_553_5, 0.911_319_377_877_496),
            (2.269_185_314_213_022, -std::f64::consts::SQRT_2, 0.0),
            (3.0, -0.817_309_592_502_420_5, 0.0),
        ] {
            assert!((onsager_energy(1.0 / t) - energy).abs() < 1e-6, "T = {t}: {}", onsager_energy(1.0 / t));
            assert!((ising_magnetization(1.0 / t) - magnetization).abs() < 1e-6 || magnetization == 0.0);
        }
        for beta in [0.35, 0.55] {
            assert!((Kaufman::new(64, beta).energy - onsager_energy(beta)).abs() < 1e-6);
        }
        // At the critical point the correction is (coth 2 beta_c) 0.439../L to leading order: it halves with 1/L.
        let off = |side| Kaufman::new(side, ISING_CRITICAL_BETA).energy + std::f64::consts::SQRT_2;
        assert!((off(64) / off(32) - 0.5).abs() < 0.01);
    }
}
