//! What is measured on a scalar field on the square lattice.

use std::{f64::consts::PI, ops::Range};

use crate::{
    action::{Action as _, Phi4},
    lattice::Square,
};

/// The primary observables of a configuration as the columns of a row:
///
/// `M`, `|M|`, `M^2`, `M^4` of its mean `M`; the means of `phi^2` and `phi^4`; the action per site; whether `M > 0`; the correlator `C(r)`, `r = 0..=L/2`, and the structure factor
/// `|phi_k|^2/V` on the axes, `k = 0..=L/2`, both averaged over the two axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldColumns {
    side: usize,
}

impl FieldColumns {
    /// Column of `M`.
    pub const M: usize = 0;
    /// Column of `|M|`.
    pub const ABS_M: usize = 1;
    /// Column of `M^2`.
    pub const M2: usize = 2;
    /// Column of `M^4`.
    pub const M4: usize = 3;
    /// Column of the mean of `phi^2`.
    pub const PHI2: usize = 4;
    /// Column of the mean of `phi^4`.
    pub const PHI4: usize = 5;
    /// Column of `S/V`.
    pub const ACTION: usize = 6;
    /// Column of 1 for `M > 0`, otherwise 0: how often a chain changes sign.
    pub const POSITIVE: usize = 7;
    const FIRST_CORRELATOR: usize = 8;

    /// For a lattice of this side.
    pub fn new(side: usize) -> Self {
        Self { side }
    }

    /// Number of columns.
    pub fn width(&self) -> usize {
        self.structure().end
    }

    /// Columns of `C(r)`, `r = 0..=L/2`.
    pub fn correlator(&self) -> Range<usize> {
        Self::FIRST_CORRELATOR..Self::FIRST_CORRELATOR + self.side / 2 + 1
    }

    /// Columns of the structure factor `S(k)` on the axes, `k = 0..=L/2` in units of `2 pi/L`.
    pub fn structure(&self) -> Range<usize> {
        let start = self.correlator().end;
        start..start + self.side / 2 + 1
    }

    /// Fills `row` with the observables of `phi`.
    pub fn measure(&self, theory: &Phi4, phi: &[f64], row: &mut Vec<f64>) {
        let side = self.side;
        let volume = phi.len() as f64;
        let (mut sum, mut second, mut fourth) = (0.0, 0.0, 0.0);
        // Sums over rows and over columns: all that momenta along an axis see.
        let mut lines = vec![0.0; 2 * side];
        for (r, line) in phi.chunks_exact(side).enumerate() {
            for (c, &x) in line.iter().enumerate() {
                let x2 = x * x;
                sum += x;
                second += x2;
                fourth += x2 * x2;
                lines[r] += x;
                lines[side + c] += x;
            }
        }
        let m = sum / volume;
        row.clear();
        row.extend([m, m.abs(), m * m, m.powi(4), second / volume, fourth / volume, theory.action(phi) / volume]);
        row.push(f64::from(u8::from(m > 0.0)));
        for r in 0..=side / 2 {
            let mut product = 0.0;
            for (i, line) in phi.chunks_exact(side).enumerate() {
                let below = &phi[(i + r) % side * side..][..side];
                product += line.iter().zip(below).map(|(x, y)| x * y).sum::<f64>();
                let (wrapped, straight) = line.split_at(r);
                product += straight.iter().chain(wrapped).zip(line).map(|(x, y)| x * y).sum::<f64>();
            }
            row.push(product / (2.0 * volume));
        }
        for k in 0..=side / 2 {
            let power = |lines: &[f64]| {
                let (mut re, mut im) = (0.0, 0.0);
                for (i, x) in lines.iter().enumerate() {
                    let (s, c) = (2.0 * PI * (k * i % side) as f64 / side as f64).sin_cos();
                    re += x * c;
                    im += x * s;
                }
                re * re + im * im
            };
            row.push((power(&lines[..side]) + power(&lines[side..])) / (2.0 * volume));
        }
    }
}

/// `V (<M^2> - <M>^2)`.
pub fn chi2(means: &[f64], volume: f64) -> f64 {
    volume * (means[FieldColumns::M2] - means[FieldColumns::M].powi(2))
}

/// `V (<M^2> - <|M|>^2)`.
pub fn chi2_connected(means: &[f64], volume: f64) -> f64 {
    volume * (means[FieldColumns::M2] - means[FieldColumns::ABS_M].powi(2))
}

/// `U_L = 1 - <M^4>/(3 <M^2>^2)`.
pub fn binder(means: &[f64]) -> f64 {
    1.0 - means[FieldColumns::M4] / (3.0 * means[FieldColumns::M2].powi(2))
}

/// Second-moment correlation length `sqrt(S(0)/S(k) - 1)/(2 sin(pi/L))` with the smallest momentum `k`; not a number for a single
/// site, or where noise leaves nothing under the root.
pub fn correlation_length(means: &[f64], side: usize) -> f64 {
    if side < 2 {
        return f64::NAN;
    }
    let structure = FieldColumns::new(side).structure();
    let ratio = means[structure.start] / means[structure.start + 1];
    (ratio - 1.0).sqrt() / Square { side }.k_hat_squared(1, 0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_is_the_sum_it_says() {
        for side in [1_usize, 2, 5, 6] {
            let sites = side * side;
            let theory = Phi4 { side, kappa: 0.3, lambda: 0.1 };
            let phi: Vec<f64> = (0..sites).map(|i| (1.3 * i as f64 + 0.2).sin()).collect();
            let columns = FieldColumns::new(side);
            let mut row = Vec::new();
            columns.measure(&theory, &phi, &mut row);
            assert_eq!(row.len(), columns.width());
            let volume = sites as f64;
            let mean = |f: &dyn Fn(f64) -> f64| phi.iter().map(|&x| f(x)).sum::<f64>() / volume;
            let m = mean(&|x| x);
            let close = |got: f64, expected: f64, what: &str| {
                assert!(
                    (got - expected).abs() < 1e-12 * (1.0 + expected.abs()),
                    "side {side}, {what}: {got} != {expected}"
                );
            };
            close(row[FieldColumns::M], m, "M");
            close(row[FieldColumns::M4], m.powi(4), "M^4");
            close(row[FieldColumns::PHI2], mean(&|x| x * x), "phi^2");
            close(row[FieldColumns::PHI4], mean(&|x| x.powi(4)), "phi^4");
            close(row[FieldColumns::ACTION], theory.action(&phi) / volume, "S/V");
            for (r, column) in columns.correlator().enumerate() {
                let mut sum = 0.0;
                for row in 0..side {
                    for col in 0..side {
                        let x = phi[row * side + col];
                        sum += x * (phi[row * side + (col + r) % side] + phi[(row + r) % side * side + col]);
                    }
                }
                close(row[column], sum / (2.0 * volume), "C(r)");
            }
            for (k, column) in columns.structure().enumerate() {
                let power = |axis: usize| {
                    let (mut re, mut im) = (0.0, 0.0);
                    for (site, x) in phi.iter().enumerate() {
                        let at = if axis == 0 { site / side } else { site % side };
                        let angle = 2.0 * PI * (k * at) as f64 / side as f64;
                        re += x * angle.cos();
                        im += x * angle.sin();
                    }
                    (re * re + im * im) / volume
                };
                let expected = 0.5 * (power(0) + power(1));
                assert!((row[column] - expected).abs() < 1e-10, "side {side}, S({k}): {} != {expected}", row[column]);
            }
        }
    }
}
