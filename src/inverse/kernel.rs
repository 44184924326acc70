//! Integral kernels and their discretisation.

use nalgebra::{DMatrix, DVector};

crate::choice! {
    /// How a spectral function shows in the correlator.
    pub enum Kernel {
        /// K = w / (w^2 + p^2) / pi over momenta p: the Källén-Lehmann representation of a propagator.
        KallenLehmann = ("kallen_lehmann", "Källén-Lehmann, momenta"),
        /// K = exp(-w t) over Euclidean times t: zero temperature.
        Exponential = ("exponential", "exponential, zero temperature"),
        /// K = cosh(w (t - 1/2T)) / sinh(w / 2T) over Euclidean times t up to 1/T: finite temperature.
        Thermal = ("thermal", "cosh / sinh, finite temperature"),
    }
}

impl Kernel {
    /// `K(x, w)` for `w > 0`; `temperature` matters to [`Kernel::Thermal`] alone.
    pub fn at(self, x: f64, w: f64, temperature: f64) -> f64 {
        match self {
            Self::KallenLehmann => w / (w * w + x * x) / std::f64::consts::PI,
            Self::Exponential => (-w * x).exp(),
            Self::Thermal => {
                // cosh(w (x - b/2)) / sinh(w b/2) without overflow, b = 1/T.
                let b = 1.0 / temperature;
                ((-w * x).exp() + (-w * (b - x)).exp()) / -(-w * b).exp_m1()
            }
        }
    }
}

/// Frequencies `w_i = i dw`, `i = 1..=N`: the midpoint of each cell would do as well, zero would not (kernels diverge there).
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// The frequencies.
    pub omega: Vec<f64>,
    /// Their distance.
    pub d_omega: f64,
}

impl Grid {
    /// `count` frequencies up to `max`.
    pub fn new(count: usize, max: f64) -> Self {
        let d_omega = max / count as f64;
        Self { omega: (1..=count).map(|i| i as f64 * d_omega).collect(), d_omega }
    }

    /// Number of frequencies.
    pub fn len(&self) -> usize {
        self.omega.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.omega.is_empty()
    }
}

/// The discretised integral: data are made with it and fitted with it, so that mock data carry no model error.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// Frequencies.
    pub grid: Grid,
    /// Momenta or times, `[M]`.
    pub points: Vec<f64>,
    /// `K(x_j, w_i) dw`: `[M, N]`.
    pub matrix: DMatrix<f64>,
}

impl Problem {
    /// The kernel on a grid, at given points.
    pub fn new(kernel: Kernel, temperature: f64, grid: Grid, points: Vec<f64>) -> Self {
        let matrix = DMatrix::from_fn(points.len(), grid.len(), |j, i| {
            kernel.at(points[j], grid.omega[i], temperature) * grid.d_omega
        });
        Self { grid, points, matrix }
    }

    /// `D = K rho`.
    pub fn forward(&self, rho: &DVector<f64>) -> DVector<f64> {
        &self.matrix * rho
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inverse::{Peak, Shape};

    /// `D(p) = A / (M^2 + (p + G)^2)` in the continuum; the grid's cutoff and sum miss a little, most at `p = 0`.
    #[test]
    fn a_breit_wigner_peak_has_its_closed_correlator() {
        let points: Vec<f64> = (0..25).map(|j| 0.001 + 0.79991666 * f64::from(j)).collect();
        let problem = Problem::new(Kernel::KallenLehmann, 1.0, Grid::new(500, 20.0), points);
        let peak = Peak { mass: 2.0, width: 0.5, area: 1.0 };
        let rho = Shape::SinglePeak.on(&problem.grid, [peak; 2]);
        let d = problem.forward(&DVector::from_vec(rho));
        for (p, d) in problem.points.iter().zip(d.iter()) {
            let exact = 1.0 / (4.0 + (p + 0.5).powi(2));
            let allowed = if *p < 0.1 { 8e-4 } else { 4e-5 };
            assert!((d - exact).abs() < allowed, "p = {p}: {d} and {exact}");
        }
    }

    #[test]
    fn the_thermal_kernel_is_the_hyperbolic_one_and_tends_to_the_exponential() {
        let (w, t, temperature): (f64, f64, f64) = (1.3, 0.7, 0.4);
        let plain = (w * (t - 0.5 / temperature)).cosh() / (0.5 * w / temperature).sinh();
        assert!((Kernel::Thermal.at(t, w, temperature) - plain).abs() < 1e-14);
        assert!((Kernel::Thermal.at(t, w, 1e-3) - Kernel::Exponential.at(t, w, 1.0)).abs() < 1e-14);
        assert!(Kernel::Thermal.at(0.01, 500.0, 0.1).is_finite());
    }
}
