//! Phi^4 theory on a single site: one degree of freedom, everything by quadrature.

use nalgebra::{DMatrix, SymmetricEigen};

use crate::{action::Phi4, observable::FieldColumns};

/// `S = (1 - 2 lambda - 4 kappa) phi^2 + lambda phi^4`: the periodic lattice of one site, whose four neighbours are itself.
///
/// Densities are tabulated at equidistant points far into both tails, where the trapezoidal rule converges faster than any power of
/// the spacing.
#[derive(Debug, Clone)]
pub struct OneSite {
    mass: f64,
    lambda: f64,
    grid: Vec<f64>,
    density: Vec<f64>,
}

/// Points of the grid.
const POINTS: usize = 201;
/// The grid ends where the action is so far above its minimum.
const DEPTH: f64 = 40.0;

impl OneSite {
    /// The theory, whose side is taken to be 1; either coupling must bound the action.
    pub fn new(theory: &Phi4) -> Self {
        let (mass, lambda) = (1.0 - 2.0 * theory.lambda - 4.0 * theory.kappa, theory.lambda);
        let action = |x: f64| x * x * (mass + lambda * x * x);
        let minimum = if mass < 0.0 { -mass * mass / (4.0 * lambda) } else { 0.0 };
        // Outwards until the action is high enough: it rises from its outermost minimum on.
        let mut edge = if mass < 0.0 { (-mass / (2.0 * lambda)).sqrt() } else { 1e-3 };
        while action(edge) - minimum < DEPTH {
            edge *= 1.02;
        }
        let grid: Vec<f64> = (0..POINTS).map(|i| edge * (2.0 * i as f64 / (POINTS - 1) as f64 - 1.0)).collect();
        let mut density: Vec<f64> = grid.iter().map(|&x| (minimum - action(x)).exp()).collect();
        let norm = density.iter().sum::<f64>() * (grid[1] - grid[0]);
        density.iter_mut().for_each(|p| *p /= norm);
        Self { mass, lambda, grid, density }
    }

    /// The points.
    pub fn grid(&self) -> &[f64] {
        &self.grid
    }

    /// `exp(-S)/Z` at the points.
    pub fn density(&self) -> &[f64] {
        &self.density
    }

    fn spacing(&self) -> f64 {
        self.grid[1] - self.grid[0]
    }

    /// Mean of every column of [`FieldColumns`] for side 1.
    pub fn means(&self) -> Vec<f64> {
        let mean = |f: &dyn Fn(f64) -> f64| {
            self.grid.iter().zip(&self.density).map(|(&x, p)| p * f(x)).sum::<f64>() * self.spacing()
        };
        let (second, fourth) = (mean(&|x| x * x), mean(&|x| x.powi(4)));
        let action = self.mass * second + self.lambda * fourth;
        let means = vec![0.0, mean(&f64::abs), second, fourth, second, fourth, action, 0.5, second, second];
        debug_assert_eq!(means.len(), FieldColumns::new(1).width());
        means
    }

    /// `d/dx ln p(x)` of the density with normal noise of width `std` added: `(E[x_0 | x] - x)/std^2`.
    pub fn diffused_score(&self, x: f64, std: f64) -> f64 {
        if std < 2.0 * self.spacing() {
            // Narrower than the grid resolves: the score itself, up to terms of order std^2.
            return -2.0 * x * (self.mass + 2.0 * self.lambda * x * x);
        }
        let (mut weight, mut first) = (0.0, 0.0);
        for (&x0, p) in self.grid.iter().zip(&self.density) {
            let w = p * (-0.5 * ((x - x0) / std).powi(2)).exp();
            weight += w;
            first += w * x0;
        }
        (first / weight - x) / (std * std)
    }

    /// Densities at the fictitious times `taus` of Langevin dynamics `dx = -S' dtau + sqrt(2) dw` from `initial`, both at the points.
    ///
    /// The Fokker-Planck equation `dp/dtau = d/dx (S' p + dp/dx)` is discretised as jumps between neighbouring points with the rates
    /// `(p_j/p_i)^(1/2)/h^2`, which leave `exp(-S)` invariant and conserve probability exactly; the generator is then symmetric
    /// in the measure of `exp(-S)`, and its exponential is taken by diagonalisation.
    pub fn fokker_planck(&self, initial: &[f64], taus: &[f64]) -> Vec<Vec<f64>> {
        let n = self.grid.len();
        let h = self.spacing();
        // Ratios of the density at neighbours, from the action: the density itself underflows in the tails.
        let action: Vec<f64> = self.grid.iter().map(|x| x * x * (self.mass + self.lambda * x * x)).collect();
        let rate = |from: usize, to: usize| (0.5 * (action[from] - action[to])).exp() / (h * h);
        let mut generator = DMatrix::zeros(n, n);
        for i in 0..n {
            if i > 0 {
                generator[(i, i)] -= rate(i, i - 1);
            }
            if i + 1 < n {
                generator[(i, i)] -= rate(i, i + 1);
                // Symmetrised, p_i^(1/2) L p_j^(-1/2): both off-diagonal elements are 1/h^2.
                generator[(i, i + 1)] = 1.0 / (h * h);
                generator[(i + 1, i)] = 1.0 / (h * h);
            }
        }
        let eigen = SymmetricEigen::new(generator);
        let root: Vec<f64> = action.iter().map(|s| (-0.5 * (s - action[n / 2])).exp()).collect();
        let start = nalgebra::DVector::from_iterator(n, initial.iter().zip(&root).map(|(p, r)| p / r));
        let start = eigen.eigenvectors.transpose() * start;
        let at = |tau: f64| {
            let mut modes = start.clone();
            modes.iter_mut().zip(eigen.eigenvalues.iter()).for_each(|(c, e)| *c *= (e.min(0.0) * tau).exp());
            let end = &eigen.eigenvectors * modes;
            end.iter().zip(&root).map(|(c, r)| (c * r).max(0.0)).collect()
        };
        taus.iter().map(|&tau| at(tau)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `S = mu2/2 phi^2 + g/24 phi^4` as a lattice of one site.
    fn toy(mu2: f64, g: f64) -> OneSite {
        let lambda = g / 24.0;
        OneSite::new(&Phi4 { side: 1, kappa: 0.25 * (1.0 - 2.0 * lambda - 0.5 * mu2), lambda })
    }

    #[test]
    fn moments_are_those_of_an_independent_quadrature() {
        // The toy of arXiv:2309.17082 and its symmetric counterpart, integrated with another program to seven digits.
        let means = toy(-1.0, 0.4).means();
        // |x| has a kink, at which the trapezoidal rule is off by h^2 p(0)/6, here 4e-6 of it.
        for (column, expected, tolerance) in [
            (FieldColumns::M2, 13.673_03, 1e-6),
            (FieldColumns::M4, 220.095_5, 1e-6),
            (FieldColumns::ABS_M, 3.591_332, 1e-5),
        ] {
            let got = means[column];
            assert!((got / expected - 1.0).abs() < tolerance, "column {column}: {got} != {expected}");
        }
        let means = toy(1.0, 0.4).means();
        assert!((means[FieldColumns::M2] / 0.862_097 - 1.0).abs() < 1e-6);
        let fourth_cumulant = means[FieldColumns::M4] - 3.0 * means[FieldColumns::M2].powi(2);
        assert!((fourth_cumulant / -0.161_080 - 1.0).abs() < 1e-5, "{fourth_cumulant}");
    }

    #[test]
    fn a_gaussian_site_has_the_score_of_a_wider_gaussian() {
        // lambda = 0, kappa = 0: variance 1/2; with noise of width s it is 1/2 + s^2.
        let site = OneSite::new(&Phi4 { side: 1, kappa: 0.0, lambda: 0.0 });
        for std in [0.3, 1.0, 4.0] {
            for x in [-2.0, 0.1, 1.5] {
                let expected = -x / (0.5 + std * std);
                assert!((site.diffused_score(x, std) - expected).abs() < 1e-6, "{x}, {std}");
            }
        }
        assert!((site.diffused_score(0.7, 1e-3) + 1.4).abs() < 1e-9);
    }

    #[test]
    fn a_gaussian_relaxes_as_ornstein_and_uhlenbeck_say() {
        // dx = -2 x dtau + sqrt(2) dw: variance 1/2 + (v0 - 1/2) e^(-4 tau). The grid error of the jumps is of order h^2.
        let site = OneSite::new(&Phi4 { side: 1, kappa: 0.0, lambda: 0.0 });
        let initial: Vec<f64> =
            site.grid().iter().map(|x| (-0.5 * x * x / 0.1).exp() / (0.2 * std::f64::consts::PI).sqrt()).collect();
        let taus = [0.05, 0.3, 3.0];
        for (density, tau) in site.fokker_planck(&initial, &taus).iter().zip(taus) {
            let h = site.spacing();
            let norm: f64 = density.iter().sum::<f64>() * h;
            let variance: f64 = density.iter().zip(site.grid()).map(|(p, x)| p * x * x).sum::<f64>() * h;
            let expected = 0.5 + (0.1 - 0.5) * (-4.0 * tau).exp();
            assert!((norm - 1.0).abs() < 1e-6, "norm {norm} at {tau}");
            assert!((variance / expected - 1.0).abs() < 5e-3, "variance {variance} != {expected} at {tau}");
        }
    }

    #[test]
    fn in_the_end_the_density_is_the_equilibrium_one() {
        let site = toy(-1.0, 2.0);
        let initial: Vec<f64> = site.grid().iter().map(|x| (-2.0 * (x - 1.0).powi(2)).exp()).collect();
        let norm = initial.iter().sum::<f64>() * site.spacing();
        let initial: Vec<f64> = initial.iter().map(|p| p / norm).collect();
        let end = &site.fokker_planck(&initial, &[200.0])[0];
        let furthest = end.iter().zip(site.density()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(furthest < 1e-6, "{furthest}");
    }
}
