//! Tikhonov's regularisation of `r = rho / w`.

use nalgebra::DVector;

use super::{
    Decomposition, Fit, Modes, Rule, Settings, Trial, Whitened,
    dual::{Dual, Potential},
};

/// Minimises `|B rho - b|^2 + lambda sum_i w_i r_i^2` with `rho = w r`, that is `lambda sum rho^2 / w`: `rho = sqrt(w) V f(s) U^T b` with
/// `B sqrt(w) = U diag(s) V^T` and `f = s / (s^2 + lambda)`. The regulator is `lambda`.
///
/// Source: A. N. Tikhonov, Soviet Math. Dokl. 4, 1035 (1963).
pub(super) fn solve(data: &Whitened, settings: &Settings) -> Option<Fit> {
    let root = DVector::from_iterator(data.grid.len(), data.grid.omega.iter().map(|w| w.sqrt()));
    let mut scaled = data.matrix.clone();
    for (mut column, root) in scaled.column_iter_mut().zip(root.iter()) {
        column *= *root;
    }
    let Decomposition { u, s, mut v } = Decomposition::new(&scaled)?;
    for mut column in v.column_iter_mut() {
        column.component_mul_assign(&root);
    }
    let modes = Modes::new(v, s, u, &data.data);
    let search = settings.search(Rule::Discrepancy, data);
    let found = search.down(10.0 * modes.s[0].powi(2), |lambda, _| Some((modes.damped(lambda), ())))?;
    let filter = modes.damped_filter(found.trial.regulator);
    modes.fit(data, &filter, found)
}

/// The same with `rho >= 0`, by the dual of [`super::dual`]: where it is positive, `rho = -w B^T (B rho - b) / lambda`. Its evidence
/// leaves out the frequencies where it is zero.
pub(super) fn solve_positive(data: &Whitened, settings: &Settings) -> Option<Fit> {
    let dual = Dual::new(data, Potential::Positive(DVector::from_column_slice(&data.grid.omega)))?;
    let at = |lambda: f64, warm: Option<(f64, &_)>| {
        let solution = dual.solve(lambda, warm.map(|w| w.1))?;
        let penalty = 2.0 * dual.penalty(&solution);
        let trial = Trial {
            regulator: lambda,
            chi2: solution.chi2,
            penalty,
            effective: solution.effective(),
            log_evidence: Some(-0.5 * (lambda * penalty + solution.chi2) + solution.log_volume()),
        };
        Some((trial, solution))
    };
    let found = settings.search(Rule::Discrepancy, data).down(dual.strongest(), at)?;
    Fit::new(data, found.state.rho.clone(), found.trial.regulator, found.path)
}

#[cfg(test)]
mod tests {
    use nalgebra::DMatrix;

    use super::*;
    use crate::inverse::mock;

    /// `(W^{1/2} B^T B W^{1/2} + lambda) W^{-1/2} rho = W^{1/2} B^T b` in the space of frequencies.
    #[test]
    fn the_closed_form_solves_the_normal_equations() {
        let data = mock::data(
            &mock::problem(crate::inverse::Kernel::Exponential, 12, 80),
            crate::inverse::Shape::Gaussian,
            1e-2,
            3,
        );
        let fit = solve(&data, &mock::settings(Rule::Usual, &data)).unwrap();
        let root = DMatrix::from_diagonal(&DVector::from_iterator(80, data.grid.omega.iter().map(|w| w.sqrt())));
        let scaled = &data.matrix * &root;
        let normal = scaled.tr_mul(&scaled) + DMatrix::identity(80, 80) * fit.regulator;
        let expected = &root * normal.lu().solve(&scaled.tr_mul(&data.data)).unwrap();
        assert!((&fit.rho - &expected).amax() < 1e-8 * expected.amax(), "{}", (&fit.rho - &expected).amax());
        assert!((fit.linear.unwrap() * &data.data - &fit.rho).amax() < 1e-10 * expected.amax());
        assert!((fit.chi2 / 12.0 - 1.0).abs() < 2e-3);
    }

    /// Karush, Kuhn, Tucker: the gradient `B^T (B rho - b) + lambda rho / w` vanishes where `rho > 0` and is not negative where `rho = 0`.
    #[test]
    fn the_positive_variant_is_the_constrained_minimum() {
        let data = mock::usual(1e-3);
        let fit = solve_positive(&data, &mock::settings(Rule::Usual, &data)).unwrap();
        let pull = data.matrix.tr_mul(&(&data.matrix * &fit.rho - &data.data));
        let mut zeros = 0;
        for (i, w) in data.grid.omega.iter().enumerate() {
            let gradient = pull[i] + fit.regulator * fit.rho[i] / w;
            assert!(fit.rho[i] >= 0.0);
            if fit.rho[i] > 0.0 {
                assert!(gradient.abs() < 1e-8 * pull.amax(), "{i}: {gradient}");
            } else {
                zeros += 1;
                assert!(gradient > -1e-8 * pull.amax(), "{i}: {gradient}");
            }
        }
        assert!((10..490).contains(&zeros), "{zeros}");
        assert!((fit.chi2 / 25.0 - 1.0).abs() < 2e-3);
    }
}
