//! Radial basis functions.

use nalgebra::DMatrix;

use super::{Decomposition, Fit, Modes, Settings, Whitened};

/// Centres.
const CENTRES: usize = 100;
/// Standard deviation of a bump as a fraction of the largest frequency: 0.5 of 20.
const WIDTH: f64 = 0.025;

/// `rho(w) = sum_j c_j exp(-(w - w_j)^2 / 2 s^2)` with 100 centres from 0 to `w_max` and `s = w_max / 40`; the
/// heights `c` by truncated singular values of `B Phi`, `Phi`: `[N, 100]`. The regulator is the number of values.
///
/// Source: Zhou, Wang, Pang, Chen et al., arXiv:2106.08168.
pub(super) fn solve(data: &Whitened, settings: &Settings) -> Option<Fit> {
    let omega = &data.grid.omega;
    let largest = *omega.last()?;
    let bumps = DMatrix::from_fn(omega.len(), CENTRES, |i, j| {
        let z = (omega[i] / largest - j as f64 / (CENTRES - 1) as f64) / WIDTH;
        (-0.5 * z * z).exp()
    });
    let Decomposition { u, s, v } = Decomposition::new(&(&data.matrix * &bumps))?;
    Modes::new(bumps * v, s, u, &data.data).fit_truncated(data, settings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inverse::{Rule, mock};

    /// A smooth bump is a sum of bumps: without noise to speak of it comes back far better than one narrower than the basis could.
    #[test]
    fn the_answer_is_smooth_and_fits() {
        let data = mock::usual(1e-5);
        let fit = solve(&data, &mock::settings(Rule::Usual, &data)).unwrap();
        assert!(fit.chi2 <= 25.0);
        // Fourth differences of a Gaussian function of standard deviation 12.5 cells are at most 3 / 12.5^4 of its height.
        let r = &fit.rho;
        let rough = (2..r.len() - 2).map(|i| r[i - 2] - 4.0 * r[i - 1] + 6.0 * r[i] - 4.0 * r[i + 1] + r[i + 2]);
        let roughest = rough.map(f64::abs).fold(0.0, f64::max);
        assert!(roughest < 3e-4 * r.amax(), "{roughest}");
    }
}
