//! Truncated singular values.

use super::{Decomposition, Fit, Modes, Settings, Whitened};

/// `rho = sum_{k <= k*} v_k (u_k . b) / s_k` with `B = U diag(s) V^T`; by the usual rule `k*` is the smallest with `chi^2` no more
/// than the number of points. The regulator is `k*`.
pub(super) fn solve(data: &Whitened, settings: &Settings) -> Option<Fit> {
    let Decomposition { u, s, v } = Decomposition::new(&data.matrix)?;
    Modes::new(v, s, u, &data.data).fit_truncated(data, settings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inverse::{Rule, mock};

    /// Along a mode that is kept the fit has what the data have; along one that is not, nothing.
    #[test]
    fn kept_modes_are_those_of_the_data_and_the_others_are_empty() {
        let data = mock::usual(1e-4);
        let fit = solve(&data, &mock::settings(Rule::Usual, &data)).unwrap();
        let Decomposition { u, s, v } = Decomposition::new(&data.matrix).unwrap();
        let kept = fit.regulator as usize;
        assert!((5..12).contains(&kept), "{kept}");
        for k in 0..s.len() {
            let expected = if k < kept { u.column(k).dot(&data.data) / s[k] } else { 0.0 };
            assert!((v.column(k).dot(&fit.rho) - expected).abs() < 1e-11 * fit.rho.norm(), "mode {k}");
        }
        assert!(fit.chi2 <= 25.0 && fit.path[kept - 2].chi2 > 25.0);
    }

    #[test]
    fn a_tenfold_strength_removes_two_modes() {
        let data = mock::usual(1e-4);
        let usual = mock::settings(Rule::Usual, &data);
        let stronger = Settings { strength: 10.0, ..usual.clone() };
        let modes = |settings| solve(&data, settings).unwrap().regulator;
        assert_eq!(modes(&stronger), modes(&usual) - 2.0);
    }
}
