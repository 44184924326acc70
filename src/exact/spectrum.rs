//! The Hamiltonian of the continuum, diagonalised.

use std::f64::consts::PI;

use super::{ParityStates, turning_edge};

/// Lowest states of `H = p^2/(2 mass) + lambda (x^2 - f2)^2`, `hbar = 1`.
///
/// Discrete variable representation with sinc functions on a uniform grid (Colbert, Miller, J. Chem. Phys. 96 (1992) 1982),
///
/// ```text
/// T_ij = (-1)^{i-j} / (2 mass h^2) { pi^2/3 for i = j,  2/(i-j)^2 otherwise },
/// ```
///
/// whose error falls exponentially with the grid spacing `h`; box and spacing follow from the parameters.
#[derive(Debug, Clone)]
pub struct Spectrum {
    spacing: f64,
    levels: Vec<f64>,
    /// `|psi_0|^2` at `x = (i + 1/2) h`, `i = 0, 1, ...`; the other half is its mirror image.
    density: Vec<f64>,
}

/// Points on each side of zero.
const HALF: usize = 72;

impl Spectrum {
    /// Diagonalises it.
    pub fn new(mass: f64, lambda: f64, f2: f64) -> Self {
        let edge = turning_edge(mass, lambda, f2, 20.0);
        let h = edge / HALF as f64;
        let kinetic = 1.0 / (2.0 * mass * h * h);
        let states = ParityStates::new(HALF, |i, j| {
            let d = (i - j) as f64;
            if i == j {
                let x = (i as f64 + 0.5) * h;
                kinetic * PI * PI / 3.0 + lambda * (x * x - f2).powi(2)
            } else {
                let sign = if (i - j) % 2 == 0 { 1.0 } else { -1.0 };
                kinetic * sign * 2.0 / (d * d)
            }
        });
        let sorted = states.sorted(|a, b| a.total_cmp(&b));
        let (_, parity, column) = sorted[0];
        let vector = states.blocks[parity].eigenvectors.column(column);
        // The half-line block is normalised to one on its own: half of that is on each side, and h turns a sum into an integral.
        let density = vector.iter().map(|v| v * v / (2.0 * h)).collect();
        Self { spacing: h, levels: sorted.into_iter().map(|(e, ..)| e).collect(), density }
    }

    /// `E_n`.
    pub fn level(&self, n: usize) -> f64 {
        self.levels[n]
    }

    /// `<x^2>` in the ground state.
    pub fn x2(&self) -> f64 {
        self.moment(|x| x * x)
    }

    /// `<x^4>` in the ground state.
    pub fn x4(&self) -> f64 {
        self.moment(|x| x.powi(4))
    }

    /// `<|x|>` in the ground state. Not exponentially accurate like the others, for `|x|` has a kink; midpoint rule, error
    /// `h^2/12 |psi_0(0)|^2`, which is subtracted.
    pub fn abs_x(&self) -> f64 {
        self.moment(f64::abs) - self.spacing.powi(2) / 12.0 * self.density(&[0.0])[0]
    }

    fn moment(&self, f: impl Fn(f64) -> f64) -> f64 {
        let grid = (0..).map(|i| (f64::from(i) + 0.5) * self.spacing);
        2.0 * self.spacing * grid.zip(&self.density).map(|(x, p)| f(x) * p).sum::<f64>()
    }

    /// `|psi_0(x)|^2`: the band-limited interpolation that belongs to the basis.
    pub fn density(&self, positions: &[f64]) -> Vec<f64> {
        let sinc = |t: f64| if t.abs() < 1e-12 { 1.0 } else { (PI * t).sin() / (PI * t) };
        positions
            .iter()
            .map(|x| {
                let t = x / self.spacing;
                // The ground state has no zero, so its amplitude is the root of its density; it is even.
                let amplitude: f64 = (0..)
                    .zip(&self.density)
                    .map(|(i, p)| p.sqrt() * (sinc(t - f64::from(i) - 0.5) + sinc(t + f64::from(i) + 0.5)))
                    .sum();
                amplitude * amplitude
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `f2, E_0, E_1, E_2, E_3, <x^2>, <x^4>, |psi_0(0)|^2` at mass 1/2, lambda 1. From an independent program in which
    /// a DVR and a harmonic-oscillator basis agree to 1e-10; at f2 = 0 the textbook value 1.060362 of the pure quartic.
    const TABLE: [[f64; 8]; 5] = [
        [
            0.0,
            1.060362090483,
            3.799673029801,
            7.455697937987,
            11.64474551138,
            0.362022648789,
            0.353454030161,
            0.628751369373,
        ],
        [
            0.5,
            0.907653005181,
            3.084536202119,
            6.413901256963,
            10.28864612071,
            0.450726103523,
            0.519701737409,
            0.543437807265,
        ],
        [
            1.0,
            1.137785848188,
            2.713027897767,
            5.782429709304,
            9.332868194765,
            0.603982055597,
            0.851238023525,
            0.432815947842,
        ],
        [
            2.0,
            2.289649549867,
            2.752077507934,
            5.941437190647,
            8.612943452139,
            1.382904412614,
            3.117628283593,
            0.140156890650,
        ],
        [
            3.0,
            3.251809479333,
            3.293207482833,
            8.276058320751,
            9.375284988633,
            2.640316101913,
            8.645200900763,
            0.008858851877,
        ],
    ];

    #[test]
    fn levels_moments_and_density_match_an_independent_program() {
        for [f2, e0, e1, e2, e3, x2, x4, at_zero] in TABLE {
            let spectrum = Spectrum::new(0.5, 1.0, f2);
            for (n, expected) in [e0, e1, e2, e3].into_iter().enumerate() {
                assert!(
                    (spectrum.level(n) - expected).abs() < 1e-8,
                    "f2 = {f2}: E_{n} = {} != {expected}",
                    spectrum.level(n)
                );
            }
            for (got, expected, tolerance) in
                [(spectrum.x2(), x2, 1e-8), (spectrum.x4(), x4, 1e-8), (spectrum.density(&[0.0])[0], at_zero, 1e-8)]
            {
                assert!((got - expected).abs() < tolerance, "f2 = {f2}: {got} != {expected}");
            }
        }
    }

    #[test]
    fn the_mean_distance_is_that_of_the_interpolated_density() {
        for f2 in [0.0, 1.0, 3.0] {
            let spectrum = Spectrum::new(0.5, 1.0, f2);
            let (points, edge) = (40_000, 5.0);
            let h = edge / f64::from(points);
            let grid: Vec<f64> = (0..points).map(|i| (f64::from(i) + 0.5) * h).collect();
            let expected: f64 = spectrum.density(&grid).iter().zip(&grid).map(|(p, x)| 2.0 * h * x * p).sum();
            assert!((spectrum.abs_x() - expected).abs() < 1e-6, "f2 = {f2}: {} != {expected}", spectrum.abs_x());
        }
    }

    #[test]
    fn the_ground_state_is_normalised_and_obeys_the_virial_theorem_everywhere() {
        for mass in [0.1, 0.5, 5.0] {
            for lambda in [0.1, 1.0, 5.0] {
                for f2 in [0.0, 1.0, 3.0, 6.0] {
                    let s = Spectrum::new(mass, lambda, f2);
                    assert!((s.moment(|_| 1.0) - 1.0).abs() < 1e-10);
                    let virial = lambda * (3.0 * s.x4() - 4.0 * f2 * s.x2() + f2 * f2);
                    assert!(
                        (virial / s.level(0) - 1.0).abs() < 1e-6,
                        "{mass} {lambda} {f2}: {virial} != {}",
                        s.level(0)
                    );
                }
            }
        }
    }
}
