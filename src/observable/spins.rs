//! What is measured on a configuration of spins.

use std::ops::Range;

use super::{helicity_modulus, vorticity};
use crate::{action::SpinModel, lattice::Square};

/// The primary observables of a configuration, as columns of a row; `N` sites, `E = H/J`, `M = sum s`.
///
/// ```text
/// e = E/N,  e^2,  |m| = |M|/N,  m^2,  m^4,
/// cos_mu = (1/N) sum cos(theta_x - theta_{x+mu}),  sin2_mu = (1/N) (sum sin(theta_x - theta_{x+mu}))^2,   mu = x, y
/// v = (1/N) sum |n| over plaquettes: vortices and antivortices,
/// G(r) = (1/2N) sum over sites and both directions of s_x . s_{x + r mu},   r = 0..L/2
/// ```
///
/// For Ising spins the columns of sines and vortices are zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpinColumns {
    model: SpinModel,
    lattice: Square,
}

/// Room for intermediate results, reused from one configuration to the next.
#[derive(Debug, Clone, Default)]
pub struct Scratch {
    vectors: Vec<[f64; 2]>,
    vortices: Vec<i8>,
}

impl SpinColumns {
    /// `e`.
    pub const ENERGY: usize = 0;
    /// `e^2`.
    pub const ENERGY_SQUARED: usize = 1;
    /// `|m|`.
    pub const MAGNETIZATION: usize = 2;
    /// `m^2`.
    pub const M2: usize = 3;
    /// `m^4`.
    pub const M4: usize = 4;
    /// `cos_x, cos_y`.
    pub const COSINES: [usize; 2] = [5, 6];
    /// `sin2_x, sin2_y`.
    pub const SINES_SQUARED: [usize; 2] = [7, 8];
    /// `v`.
    pub const VORTEX_DENSITY: usize = 9;

    /// The columns of a model on a lattice.
    pub fn new(model: SpinModel, lattice: Square) -> Self {
        Self { model, lattice }
    }

    /// How many there are.
    pub fn width(&self) -> usize {
        self.correlation().end
    }

    /// `G(0), ..., G(L/2)`.
    pub fn correlation(&self) -> Range<usize> {
        10..11 + self.lattice.side / 2
    }

    /// Measures one configuration into `row`: angles for XY, plus or minus one for Ising.
    pub fn measure(&self, configuration: &[f64], scratch: &mut Scratch, row: &mut Vec<f64>) {
        let (lattice, side) = (self.lattice, self.lattice.side);
        let n = configuration.len() as f64;
        let s = &mut scratch.vectors;
        s.clear();
        match self.model {
            SpinModel::Xy => s.extend(configuration.iter().map(|t| {
                let (sin, cos) = t.sin_cos();
                [cos, sin]
            })),
            SpinModel::Ising => s.extend(configuration.iter().map(|v| [*v, 0.0])),
        }
        let (mut cosines, mut sines) = ([0.0; 2], [0.0; 2]);
        let mut total = [0.0; 2];
        for (site, a) in s.iter().enumerate() {
            let [_, down, _, right] = lattice.neighbours(site);
            for (direction, b) in [s[right], s[down]].into_iter().enumerate() {
                cosines[direction] += a[0] * b[0] + a[1] * b[1];
                sines[direction] += a[1] * b[0] - a[0] * b[1];
            }
            total[0] += a[0];
            total[1] += a[1];
        }
        let energy = -(cosines[0] + cosines[1]) / n;
        let m2 = (total[0] * total[0] + total[1] * total[1]) / (n * n);
        let vortices = match self.model {
            SpinModel::Xy => {
                vorticity(lattice, configuration, &mut scratch.vortices);
                scratch.vortices.iter().map(|n| f64::from(n.unsigned_abs())).sum::<f64>() / n
            }
            SpinModel::Ising => 0.0,
        };
        row.clear();
        row.extend([energy, energy * energy, m2.sqrt(), m2, m2 * m2, cosines[0] / n, cosines[1] / n]);
        row.extend(sines.map(|s| s * s / n));
        row.push(vortices);
        for r in 0..=side / 2 {
            let mut sum = 0.0;
            for y in 0..side {
                let (line, below) = (y * side, (y + r) % side * side);
                for x in 0..side {
                    let a = s[line + x];
                    let along = s[line + (x + r) % side];
                    let down = s[below + x];
                    sum += a[0] * (along[0] + down[0]) + a[1] * (along[1] + down[1]);
                }
            }
            row.push(sum / (2.0 * n));
        }
    }

    /// `beta^2 N (<e^2> - <e>^2)` of a row of means.
    pub fn specific_heat(&self, beta: f64, means: &[f64]) -> f64 {
        let sites = self.lattice.sites() as f64;
        let square = means[Self::ENERGY_SQUARED];
        let variance = square - means[Self::ENERGY].powi(2);
        // Where all configurations have one energy, the difference is the rounding of its terms.
        if variance.abs() < 1e-13 * square { 0.0 } else { beta * beta * sites * variance }
    }

    /// `N <m^2>` of a row of means: nothing is subtracted, because on a finite lattice the magnetisation itself averages to zero.
    pub fn susceptibility(&self, means: &[f64]) -> f64 {
        self.lattice.sites() as f64 * means[Self::M2]
    }

    /// Binder's cumulant of a row of means, `1 - <m^4>/(2 <m^2>^2)` for XY and `1 - <m^4>/(3 <m^2>^2)` for Ising: zero for Gaussian
    /// fluctuations, 1/2 or 2/3 in order.
    ///
    /// Source: K. Binder, Z. Phys. B 43 (1981) 119.
    pub fn binder(&self, means: &[f64]) -> f64 {
        let factor = match self.model {
            SpinModel::Xy => 2.0,
            SpinModel::Ising => 3.0,
        };
        1.0 - means[Self::M4] / (factor * means[Self::M2].powi(2))
    }

    /// The helicity modulus, mean over both directions, of a row of means.
    pub fn helicity_modulus(&self, beta: f64, means: &[f64]) -> f64 {
        let mean = |columns: [usize; 2]| 0.5 * (means[columns[0]] + means[columns[1]]);
        helicity_modulus(beta, mean(Self::COSINES), mean(Self::SINES_SQUARED))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        action::Xy,
        rng::{Rng, Stream},
    };

    #[test]
    fn a_spin_wave_has_its_closed_forms() {
        // theta = 2 pi x / L: bonds along x turn by 2 pi/L, those along y do not.
        let side = 8;
        let lattice = Square { side };
        let turn = std::f64::consts::TAU / side as f64;
        let theta: Vec<f64> = (0..side * side).map(|site| turn * (site % side) as f64).collect();
        let columns = SpinColumns::new(SpinModel::Xy, lattice);
        let mut row = Vec::new();
        columns.measure(&theta, &mut Scratch::default(), &mut row);
        let expected = [
            (SpinColumns::ENERGY, -1.0 - turn.cos()),
            (SpinColumns::M2, 0.0),
            (SpinColumns::COSINES[0], turn.cos()),
            (SpinColumns::COSINES[1], 1.0),
            (SpinColumns::SINES_SQUARED[0], 64.0 * turn.sin().powi(2)),
            (SpinColumns::SINES_SQUARED[1], 0.0),
            (SpinColumns::VORTEX_DENSITY, 0.0),
            (columns.correlation().start, 1.0),
            (columns.correlation().start + 2, 0.5 * ((2.0 * turn).cos() + 1.0)),
        ];
        for (column, value) in expected {
            assert!((row[column] - value).abs() < 1e-12, "column {column}: {} != {value}", row[column]);
        }
        assert_eq!(row.len(), columns.width());
    }

    #[test]
    fn the_columns_agree_with_the_action() {
        for side in [2, 3, 5] {
            let lattice = Square { side };
            let mut rng = Rng::new(1, Stream::Data);
            let theta: Vec<f64> = (0..side * side).map(|_| 10.0 * rng.uniform()).collect();
            let mut row = Vec::new();
            SpinColumns::new(SpinModel::Xy, lattice).measure(&theta, &mut Scratch::default(), &mut row);
            let energy = Xy { lattice, beta: 1.0 }.energy(&theta) / theta.len() as f64;
            assert!((row[SpinColumns::ENERGY] - energy).abs() < 1e-12);
        }
    }
}
