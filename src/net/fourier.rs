//! The real orthonormal Fourier basis of a periodic path.

use std::f64::consts::TAU;

/// Matsubara index `k` of each mode: `0, 1, 1, 2, 2, ..., N/2`.
pub fn fourier_frequencies(sites: usize) -> Vec<usize> {
    (0..sites).map(|mode| mode.div_ceil(2)).collect()
}

/// The basis as an `sites x sites` matrix, row by row: row `m` is mode `m` as a path.
///
/// ```text
/// e_0(n) = 1/sqrt(N),  e_{2k-1}(n) = sqrt(2/N) cos(2 pi k n/N),  e_{2k}(n) = sqrt(2/N) sin(2 pi k n/N),
/// e_{N-1}(n) = (-1)^n/sqrt(N)
/// ```
///
/// The matrix `F` is orthogonal: a path is `x = c F`, its modes are `c = x F^T`, and the Jacobian is one. In these modes the
/// kinetic part of the action is diagonal.
///
/// # Panics
/// If `sites` is odd.
pub fn fourier_basis(sites: usize) -> Vec<f64> {
    assert!(sites.is_multiple_of(2), "the Nyquist mode needs an even number of sites, not {sites}");
    let n = sites as f64;
    let mut basis = Vec::with_capacity(sites * sites);
    for (mode, k) in fourier_frequencies(sites).into_iter().enumerate() {
        let norm = if k == 0 || 2 * k == sites { n.powf(-0.5) } else { (2.0 / n).sqrt() };
        basis.extend((0..sites).map(|site| {
            // Reduced first, so that the angle is accurate for long paths too.
            let angle = TAU * ((k * site) % sites) as f64 / n;
            norm * if mode % 2 == 1 || k == 0 { angle.cos() } else { angle.sin() }
        }));
    }
    basis
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_basis_is_orthonormal() {
        for n in [2, 4, 6, 16, 50] {
            let f = fourier_basis(n);
            for i in 0..n {
                for j in 0..n {
                    let dot: f64 = (0..n).map(|s| f[i * n + s] * f[j * n + s]).sum();
                    assert!((dot - f64::from(u8::from(i == j))).abs() < 1e-12, "N = {n}, modes {i}, {j}: {dot}");
                }
            }
        }
    }

    #[test]
    fn the_kinetic_term_is_diagonal_with_the_lattice_dispersion() {
        let n = 10;
        let f = fourier_basis(n);
        for (mode, k) in fourier_frequencies(n).into_iter().enumerate() {
            for site in 0..n {
                let laplacian =
                    2.0 * f[mode * n + site] - f[mode * n + (site + 1) % n] - f[mode * n + (site + n - 1) % n];
                let expected = (2.0 - 2.0 * (TAU * k as f64 / n as f64).cos()) * f[mode * n + site];
                assert!((laplacian - expected).abs() < 1e-12);
            }
        }
    }
}
