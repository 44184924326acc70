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
