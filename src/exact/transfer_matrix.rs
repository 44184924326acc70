//! The path integral on its lattice, by the transfer matrix.

use nalgebra::{DMatrix, DVector};

use super::{ParityStates, turning_edge};
use crate::action::DoubleWell;

/// The closed path of `N` slices as a trace, `Z = Tr T^N`, with
///
/// ```text
/// T(x, y) = exp(-a V(x)/2 - m (x - y)^2/(2 a) - a V(y)/2),
/// ```
///
/// on a uniform grid. The integrand is smooth and decays, so the sum over grid points is exact up to exponentially small terms;
/// box and grid spacing `h` are chosen to keep them below 1e-8 in `ln Z` for every value that the lab's parameters can take.
#[derive(Debug, Clone)]
pub struct TransferMatrix {
    theory: DoubleWell,
    h: f64,
    half: usize,
    /// `ln t_n`, falling, with parity (0 even, 1 odd).
    levels: Vec<(f64, usize)>,
    /// Eigenfunctions on the positive half of the grid, a column each: `sum_i v_i^2 = 1` there.
    states: DMatrix<f64>,
    /// Occupation `t_n^N / Z`.
    weights: Vec<f64>,
    ln_z: f64,
}

/// States whose occupation, or propagation over a single slice, is below this are left out.
const NEGLIGIBLE: f64 = 1e-15;

impl TransferMatrix {
    /// Diagonalises it: some milliseconds.
    pub fn new(theory: &DoubleWell) -> Self {
        let DoubleWell { spacing: a, mass, lambda, f2, .. } = *theory;
        // The ground state's reach, or at high temperature that of exp(-beta V) smeared by the path's own fluctuation; never
        // more than exp(-a V) of a single slice allows.
        let beta = a * theory.n_tau as f64;
        let reach = |weight: f64| (f2 + (36.0 / (weight * lambda)).sqrt()).sqrt();
        let thermal = reach(beta) + 3.0 * (beta / mass).sqrt();
        let edge = turning_edge(mass, lambda, f2, 18.0).max(thermal).min(reach(a));
        // Near a minimum the weight of one site between its neighbours is a Gaussian of this precision, and a sum over a grid
        // of spacing h is its integral up to exp(-2 pi^2/(precision h^2)): 1e-13 at h = 0.8/sqrt(precision).
        let precision = 2.0 * mass / a + 8.0 * a * lambda * f2;
        let h = (0.8 / precision.sqrt()).min(edge / 40.0);
        Self::on_grid(theory, h, (edge / h).ceil() as usize)
    }

    fn on_grid(theory: &DoubleWell, h: f64, half: usize) -> Self {
        let DoubleWell { n_tau, spacing: a, mass, .. } = *theory;
        let v = |i: isize| theory.potential((i as f64 + 0.5) * h);
        let matrix = ParityStates::new(half, |i, j| {
            let d = (i - j) as f64 * h;
            // Elements that cannot matter are zero: denormal numbers upset the eigenvalue solver.
            let exponent = -0.5 * a * (v(i) + v(j)) - 0.5 * mass * d * d / a;
            if exponent < -200.0 { 0.0 } else { h * exponent.exp() }
        });
        let sorted = matrix.sorted(|a, b| b.total_cmp(&a));
        let largest = sorted[0].0;
        let kept: Vec<_> = sorted.into_iter().filter(|(t, ..)| *t > NEGLIGIBLE * largest).collect();
        let column =
            |&(_, parity, column): &(f64, usize, usize)| matrix.blocks[parity].eigenvectors.column(column).into_owned();
        let states = DMatrix::from_columns(&kept.iter().map(column).collect::<Vec<_>>());
        let levels: Vec<_> = kept.iter().map(|&(t, parity, _)| (t.ln(), parity)).collect();
        let n = n_tau as f64;
        let occupation: Vec<f64> = levels.iter().map(|(t, _)| (n * (t - levels[0].0)).exp()).collect();
        let sum: f64 = occupation.iter().sum();
        let ln_z = n * levels[0].0 + sum.ln();
        let weights = occupation.into_iter().map(|w| w / sum).collect();
        Self { theory: *theory, h, half, levels, states, weights, ln_z }
    }

    /// `ln Z` in the measure `prod_n dx_n`.
    pub fn ln_z(&self) -> f64 {
        self.ln_z
    }

    /// `<x^2>`.
    pub fn x2(&self) -> f64 {
        self.expectation(|x| x * x)
    }

    /// `<x^4>`.
    pub fn x4(&self) -> f64 {
        self.expectation(|x| x.powi(4))
    }

    /// `<|x|>`, with the midpoint rule's error at the kink, `h^2/12 P(0)`, subtracted.
    pub fn abs_x(&self) -> f64 {
        self.expectation(f64::abs) - self.h.powi(2) / 12.0 * self.density(&[0.0])[0]
    }

    /// `E_n - E_0`: differences of `-ln t_n / a`. Rounding leaves an absolute error of about `1e-14/a`, which can exceed the
    /// splitting of a pair of deep wells.
    pub fn gap(&self, n: usize) -> f64 {
        (self.levels[0].0 - self.levels[n].0) / self.theory.spacing
    }

    fn grid(&self) -> impl Iterator<Item = f64> {
        (0..self.half).map(|i| (i as f64 + 0.5) * self.h)
    }

    /// Density of one site at the grid points of the positive half, times `h`, both halves counted: sums to one.
    fn occupation(&self) -> DVector<f64> {
        let squares = self.states.map(|v| v * v);
        squares * DVector::from_column_slice(&self.weights)
    }

    fn expectation(&self, f: impl Fn(f64) -> f64) -> f64 {
        self.grid().zip(self.occupation().iter()).map(|(x, p)| f(x) * p).sum()
    }

    /// `<x_0 x_k>` for `k = 0, ..., N/2`.
    pub fn g2(&self) -> Vec<f64> {
        self.correlator(|x| x, 1)
    }

    /// `<x_0^2 x_k^2>` for `k = 0, ..., N/2`.
    pub fn g4(&self) -> Vec<f64> {
        self.correlator(|x| x * x, 0)
    }

    /// `sum_{nm} t_n^{N-k} t_m^k <n|f|m>^2 / Z`, for `f` that changes parity by `flip`.
    fn correlator(&self, f: impl Fn(f64) -> f64, flip: usize) -> Vec<f64> {
        let mut weighted = self.states.clone();
        for (mut row, x) in weighted.row_iter_mut().zip(self.grid()) {
            row *= f(x);
        }
        let elements = self.states.tr_mul(&weighted);
        let (sites, top) = (self.theory.n_tau, self.levels[0].0);
        let scale = (sites as f64 * top - self.ln_z).exp();
        let powers = |slices: usize| -> Vec<f64> {
            self.levels.iter().map(|(t, _)| (slices as f64 * (t - top)).exp()).collect()
        };
        (0..=sites / 2)
            .map(|k| {
                let (long, short) = (powers(sites - k), powers(k));
                let mut sum = 0.0;
                for (i, (long, (_, parity))) in long.iter().zip(&self.levels).enumerate() {
                    for (j, (short, (_, other))) in short.iter().zip(&self.levels).enumerate() {
                        if (parity + flip) % 2 == *other {
                            sum += long * short * elements[(i, j)].powi(2);
                        }
                    }
                }
                scale * sum
            })
            .collect()
    }

    /// Density of one site.
    pub fn density(&self, positions: &[f64]) -> Vec<f64> {
        let occupation = self.occupation();
        // Band-limited interpolation of the density itself: it is as smooth as the grid resolves.
        positions
            .iter()
            .map(|x| {
                let t = x / self.h;
                let sum: f64 = (0..)
                    .zip(occupation.iter())
                    .map(|(i, p)| p * (sinc(t - f64::from(i) - 0.5) + sinc(t + f64::from(i) + 0.5)))
                    .sum();
                (0.5 * sum / self.h).max(0.0)
            })
            .collect()
    }

    /// Expected number of sign changes around the closed path,
    ///
    /// ```text
    /// N P(x_0 x_1 < 0) = N (1 - 2/Z sum_nm t_n^{N-1} t_m R_nm^2),   R_nm = int_0^oo n(x) m(x) dx,
    /// ```
    ///
    /// with the states interpolated to a grid four times as fine, and the midpoint rule corrected at zero, where the
    /// half-line begins (Euler-Maclaurin: `h^2/24` times the slope of the integrand).
    pub fn sign_changes(&self) -> f64 {
        const REFINE: usize = 4;
        let h = self.h / REFINE as f64;
        let fine = DMatrix::from_fn(REFINE * self.half, self.half, |i, j| {
            sinc((i as f64 + 0.5) * h / self.h - j as f64 - 0.5)
        });
        let mirrored = DMatrix::from_fn(REFINE * self.half, self.half, |i, j| {
            sinc((i as f64 + 0.5) * h / self.h + j as f64 + 0.5)
        });
        let (near, far) = (fine * &self.states, mirrored * &self.states);
        let sign = |column: usize| if self.levels[column].1 == 0 { 1.0 } else { -1.0 };
        let states = DMatrix::from_fn(near.nrows(), near.ncols(), |i, j| near[(i, j)] + sign(j) * far[(i, j)]);
        // The states are normalised to one on the half line, so to two on the line.
        let overlaps = states.tr_mul(&states) * (0.5 / REFINE as f64);
        let (n, top) = (self.theory.n_tau as f64, self.levels[0].0);
        let scale = (n * top - self.ln_z).exp();
        let power = |column: usize, slices: f64| (slices * (self.levels[column].0 - top)).exp();
        let mut same_side = 0.0;
        let mut slope = 0.0;
        for i in 0..self.levels.len() {
            for j in 0..self.levels.len() {
                let weight = power(i, n - 1.0) * power(j, 1.0);
                same_side += weight * overlaps[(i, j)].powi(2);
                // d/dx of n(x) m(x) at zero by the two points beside it: it vanishes unless the parities differ.
                let product = 0.5 * states[(0, i)] * states[(0, j)] / self.h;
                slope += weight * overlaps[(i, j)] * product * (1.0 - sign(i) * sign(j)) / h;
            }
        }
        // Both arguments of the double integral begin at zero.
        let corrected = same_side - 2.0 * h * h / 24.0 * slope;
        self.theory.n_tau as f64 * (1.0 - 2.0 * scale * corrected)
    }
}

fn sinc(t: f64) -> f64 {
    let t = std::f64::consts::PI * t;
    if t.abs() < 1e-10 { 1.0 } else { t.sin() / t }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::Spectrum;

    fn theory(f2: f64, n_tau: usize, spacing: f64) -> DoubleWell {
        DoubleWell { n_tau, spacing, mass: 0.5, lambda: 1.0, f2 }
    }

    /// `f2, N, a, E_1 - E_0, E_2 - E_0, <x^2>, <x^4>, ln Z` at mass 1/2, lambda 1, from an independent transfer-matrix program
    /// (uniform grid of 801 points, double precision), as printed by it.
    const TABLE: [[f64; 8]; 8] = [
        [0.5, 16.0, 0.25, 2.07700, 5.21165, 0.45177, 0.49198, 5.65688],
        [0.5, 100.0, 0.05, 2.17193, 5.49142, 0.45083, 0.51819, -27.76564],
        [1.0, 16.0, 0.25, 1.49370, 4.40360, 0.62186, 0.84080, 4.77047],
        [1.0, 64.0, 0.0625, 1.56874, 4.62540, 0.60639, 0.85233, -12.26680],
        [2.0, 32.0, 0.25, 0.42288, 3.53716, 1.46600, 3.23288, 1.03424],
        [2.0, 100.0, 0.1, 0.45355, 3.62758, 1.40140, 3.14501, -11.22125],
        [3.0, 16.0, 0.25, 0.03803, 4.88503, 2.74108, 8.81738, -2.11351],
        [3.0, 64.0, 0.125, 0.03981, 4.98900, 2.69005, 8.76840, -10.32812],
    ];

    #[test]
    fn moments_gaps_and_partition_function_match_an_independent_program() {
        for [f2, n, a, gap1, gap2, x2, x4, ln_z] in TABLE {
            let t = TransferMatrix::new(&theory(f2, n as usize, a));
            for (what, got, expected) in [
                ("gap 1", t.gap(1), gap1),
                ("gap 2", t.gap(2), gap2),
                ("x2", t.x2(), x2),
                ("x4", t.x4(), x4),
                ("ln Z", t.ln_z(), ln_z),
            ] {
                assert!((got - expected).abs() < 0.6e-5, "f2 = {f2}, N = {n}, a = {a}: {what} = {got} != {expected}");
            }
        }
    }

    #[test]
    fn correlators_match_an_independent_program() {
        // G2 and connected G4 at k = 1, N/4, N/2 from the program of the table.
        for (f2, n, a, g2, connected) in [
            (0.5, 16, 0.25, [0.2682941806, 0.0573157981, 0.0141408537], [0.0776632239, 0.0016327173, 0.0000953083]),
            (2.0, 32, 0.125, [1.3618338935, 1.0408301571, 0.9416631744], [0.6867950877, 0.0443531420, 0.0216684370]),
            (3.0, 64, 0.0625, [2.6239326631, 2.5017944036, 2.4989653241], [1.0883668196, 0.0068724068, 0.0009603000]),
        ] {
            let t = TransferMatrix::new(&theory(f2, n, a));
            for (i, k) in [1, n / 4, n / 2].into_iter().enumerate() {
                let got = [t.g2()[k], t.g4()[k] - t.x2().powi(2)];
                assert!((got[0] - g2[i]).abs() < 1e-9, "f2 = {f2}: G2({k}) = {} != {}", got[0], g2[i]);
                assert!((got[1] - connected[i]).abs() < 1e-9, "f2 = {f2}: G4({k}) = {} != {}", got[1], connected[i]);
            }
        }
    }

    #[test]
    fn the_density_matches_an_independent_program() {
        // P(0), P(0.9), P(1.8) from the program of the table, to its six digits.
        for (f2, n, a, expected) in [
            (0.5, 32, 0.25, [0.521922, 0.29284, 0.00546671]),
            (1.0, 64, 0.125, [0.424532, 0.323406, 0.0212779]),
            (3.0, 100, 0.1, [0.00504026, 0.109453, 0.469941]),
        ] {
            let got = TransferMatrix::new(&theory(f2, n, a)).density(&[0.0, 0.9, 1.8]);
            for (got, expected) in got.into_iter().zip(expected) {
                assert!((got - expected).abs() < 0.6e-6, "f2 = {f2}, N = {n}: {got} != {expected}");
            }
        }
    }

    #[test]
    fn correlators_begin_with_the_moments_and_are_symmetric_traces() {
        let t = TransferMatrix::new(&theory(1.0, 16, 0.25));
        let (g2, g4) = (t.g2(), t.g4());
        assert!((g2[0] - t.x2()).abs() < 1e-10 && (g4[0] - t.x4()).abs() < 1e-10);
        assert!(g2.windows(2).all(|w| w[0] > w[1]) && g4.windows(2).all(|w| w[0] > w[1]));
    }

    #[test]
    fn the_action_is_the_derivative_of_ln_z_by_an_overall_factor() {
        // S is linear in (mass, lambda), so sum of mass d/dmass and lambda d/dlambda of ln Z is -<S>; <S> at N = 16, a = 1/4,
        // f2 = 1 is 8.6368 in the table of the same independent program.
        let ln_z = |factor: f64| {
            let base = theory(1.0, 16, 0.25);
            TransferMatrix::new(&DoubleWell { mass: factor * base.mass, lambda: factor * base.lambda, ..base }).ln_z()
        };
        let step = 1e-4;
        let action = -(ln_z(1.0 + step) - ln_z(1.0 - step)) / (2.0 * step);
        assert!((action - 8.6368).abs() < 1e-4, "{action}");
    }

    #[test]
    fn density_and_sign_changes_are_those_of_brute_force_sums() {
        let theory = theory(1.0, 4, 0.5);
        let t = TransferMatrix::new(&theory);
        // T and T^3 as plain matrices on two fine midpoint grids; sums with a kink or a step at zero converge as h^2.
        let brute_force = |points: usize| {
            let edge = 3.2;
            let h = 2.0 * edge / points as f64;
            let x: Vec<f64> = (0..points).map(|i| -edge + (i as f64 + 0.5) * h).collect();
            let v = |x: f64| 0.5 * theory.spacing * theory.potential(x);
            let matrix = DMatrix::from_fn(points, points, |i, j| {
                (-0.5 * theory.mass * (x[i] - x[j]).powi(2) / theory.spacing - v(x[i]) - v(x[j])).exp()
            });
            let cube = &matrix * &matrix * &matrix;
            let joint = matrix.component_mul(&cube.transpose());
            let z = joint.sum();
            let (mut abs_x, mut changes) = (0.0, 0.0);
            for i in 0..points {
                for j in 0..points {
                    abs_x += x[i].abs() * joint[(i, j)] / z;
                    changes += f64::from(u8::from(x[i] * x[j] < 0.0)) * joint[(i, j)] / z;
                }
            }
            [abs_x, 4.0 * changes]
        };
        let (coarse, fine) = (brute_force(120), brute_force(240));
        for (got, which) in [(t.abs_x(), 0), (t.sign_changes(), 1)] {
            let expected = (4.0 * fine[which] - coarse[which]) / 3.0;
            assert!((got - expected).abs() < 1e-5, "{which}: {got} != {expected}");
        }
        let grid: Vec<f64> = (0..400).map(|i| -4.0 + 0.02 * (f64::from(i) + 0.5)).collect();
        let density = t.density(&grid);
        assert!((density.iter().sum::<f64>() * 0.02 - 1.0).abs() < 1e-9);
        let second: f64 = density.iter().zip(&grid).map(|(p, x)| 0.02 * p * x * x).sum();
        assert!((second - t.x2()).abs() < 1e-9);
    }

    #[test]
    fn gaps_tend_to_the_continuum_as_the_square_of_the_spacing() {
        let continuum = Spectrum::new(0.5, 1.0, 1.0);
        let exact = continuum.level(1) - continuum.level(0);
        let error = |a: f64| (TransferMatrix::new(&theory(1.0, 16, a)).gap(1) - exact).abs();
        let order = (error(0.2) / error(0.05)).ln() / 4.0_f64.ln();
        assert!((order - 2.0).abs() < 0.15, "order {order}");
    }

    #[test]
    fn every_corner_of_the_parameters_is_normalised() {
        for n_tau in [4, 64] {
            for spacing in [0.02, 1.0] {
                for mass in [0.1, 5.0] {
                    for lambda in [0.1, 5.0] {
                        for f2 in [0.0, 6.0] {
                            let t = TransferMatrix::new(&DoubleWell { n_tau, spacing, mass, lambda, f2 });
                            let fine = TransferMatrix::on_grid(&t.theory, 0.75 * t.h, 2 * t.half);
                            assert!(
                                (t.ln_z() - fine.ln_z()).abs() < 1e-8,
                                "{:?}: {} != {}",
                                t.theory,
                                t.ln_z(),
                                fine.ln_z()
                            );
                            assert!(
                                (t.x4() / fine.x4() - 1.0).abs() < 1e-7,
                                "{:?}: {} != {}",
                                t.theory,
                                t.x4(),
                                fine.x4()
                            );
                        }
                    }
                }
            }
        }
    }
}
