//! Methods that are linear in the data at fixed regulator: truncated singular values, Tikhonov, Gaussian process, radial basis
//! functions.

use nalgebra::{DMatrix, DVector, SymmetricEigen};

use super::{Fit, Rule, Settings, Trial, Whitened, rule::choose};

/// How many modes a factor of ten in strength is worth: the singular values of the usual kernels fall so.
const MODES_PER_DECADE: f64 = 1.7;
/// Strengths that are tried in each decade.
const PER_DECADE: i32 = 8;

/// `B = U diag(s) V^T` with falling `s`, of which those below rounding are left out.
struct Modes {
    /// `[M, K]`.
    u: DMatrix<f64>,
    s: Vec<f64>,
    /// `[K, N]`.
    v_t: DMatrix<f64>,
}

impl Modes {
    fn new(b: &DMatrix<f64>) -> Option<Self> {
        let svd = b.clone().try_svd(true, true, f64::EPSILON, 10_000)?;
        let (u, v_t) = (svd.u?, svd.v_t?);
        let mut order: Vec<usize> = (0..svd.singular_values.len()).collect();
        order.sort_by(|&a, &b| svd.singular_values[b].total_cmp(&svd.singular_values[a]));
        let floor = 1e-13 * svd.singular_values.max();
        order.retain(|&k| svd.singular_values[k] > floor);
        (!order.is_empty()).then(|| Self {
            s: order.iter().map(|&k| svd.singular_values[k]).collect(),
            u: u.select_columns(&order),
            v_t: v_t.select_rows(&order),
        })
    }

    /// As many modes as the rule says, `strength` fewer or more: `(path, chosen number)`.
    fn truncate(&self, data: &DVector<f64>, settings: &Settings) -> (Vec<Trial>, usize) {
        let points = data.len();
        let mut left = data.norm_squared();
        let (mut penalty, mut log_evidence) = (0.0, -0.5 * left);
        let mut path = Vec::with_capacity(self.s.len());
        for (k, s) in self.s.iter().enumerate() {
            let part = self.u.column(k).dot(data);
            left = (left - part * part).max(0.0);
            penalty += (part / s).powi(2);
            // Each mode's amplitude costs the logarithm of how far it is above its error (Schwarz).
            log_evidence += 0.5 * part * part - 0.5 * (points as f64).ln();
            path.push(Trial {
                regulator: (k + 1) as f64,
                chi2: left,
                penalty: penalty.max(f64::MIN_POSITIVE),
                effective: (k + 1) as f64,
                log_evidence,
            });
        }
        let rule = if settings.rule == Rule::Usual { Rule::Discrepancy } else { settings.rule };
        let fewer = (MODES_PER_DECADE * settings.strength.log10()).round() as isize;
        let modes = (choose(&path, rule, points) as isize + 1 - fewer).clamp(1, path.len() as isize);
        (path, modes as usize)
    }

    /// The inverse with the first modes alone: `[N, M]`.
    fn inverse(&self, modes: usize) -> DMatrix<f64> {
        let mut scaled = self.u.columns(0, modes).into_owned();
        for (mut column, s) in scaled.column_iter_mut().zip(&self.s) {
            column /= *s;
        }
        (scaled * self.v_t.rows(0, modes)).transpose()
    }
}

fn finish(data: &Whitened, linear: DMatrix<f64>, regulator: f64, path: Vec<Trial>) -> Fit {
    let rho = &linear * &data.data;
    Fit { chi2: data.chi2(&rho), rho, regulator, path, band: None, linear: Some(linear) }
}

/// Truncated singular values: `rho = sum_{k <= k*} V_k (U_k . b) / s_k`. The regulator is `k*`.
pub fn tsvd(data: &Whitened, settings: &Settings) -> Option<Fit> {
    let modes = Modes::new(&data.matrix)?;
    let (path, kept) = modes.truncate(&data.data, settings);
    Some(finish(data, modes.inverse(kept), kept as f64, path))
}

/// Centres of the bumps, and their standard deviation.
const CENTRES: usize = 100;
const BUMP: f64 = 0.5;

/// `rho = sum_j c_j exp(-(w - w_j)^2 / 2 s^2)` with 100 centres and `s = 0.5` (Phys. Rev. D 104, 076011), coefficients by truncated
/// singular values of `B Phi`.
pub fn rbf(data: &Whitened, settings: &Settings) -> Option<Fit> {
    let omega = &data.grid.omega;
    let top = omega[omega.len() - 1];
    let phi = DMatrix::from_fn(omega.len(), CENTRES, |i, j| {
        let centre = top * (j as f64 + 0.5) / CENTRES as f64;
        (-0.5 * ((omega[i] - centre) / BUMP.max(top / CENTRES as f64)).powi(2)).exp()
    });
    let modes = Modes::new(&(&data.matrix * &phi))?;
    let (path, kept) = modes.truncate(&data.data, settings);
    Some(finish(data, phi * modes.inverse(kept), kept as f64, path))
}

/// A Gaussian prior of covariance `C / a` on `rho`, seen in the data: `G = B C B^T` and its eigenvalues.
pub struct Prior {
    /// `C B^T`: `[N, M]`.
    cross: DMatrix<f64>,
    eigen: SymmetricEigen<f64, nalgebra::Dyn>,
    /// Data in the eigenvectors.
    rotated: DVector<f64>,
}

impl Prior {
    /// From `C B^T`.
    pub fn new(data: &Whitened, cross: DMatrix<f64>) -> Self {
        let g = &data.matrix * &cross;
        let eigen = SymmetricEigen::new(0.5 * (&g + g.transpose()));
        let rotated = eigen.eigenvectors.tr_mul(&data.data);
        Self { cross, eigen, rotated }
    }

    /// With the prior's covariance divided by `a`: data are normal with covariance `G / a + 1`.
    pub fn trial(&self, a: f64) -> Trial {
        let (mut chi2, mut penalty, mut effective, mut log_evidence) = (0.0, 0.0, 0.0, 0.0);
        for (g, b) in self.eigen.eigenvalues.iter().zip(self.rotated.iter()) {
            let g = g.max(0.0) / a;
            chi2 += (b / (1.0 + g)).powi(2);
            penalty += g / a * (b / (1.0 + g)).powi(2);
            effective += g / (1.0 + g);
            log_evidence -= 0.5 * b * b / (1.0 + g) + 0.5 * g.ln_1p();
        }
        Trial { regulator: a, chi2, penalty: penalty.max(f64::MIN_POSITIVE), effective, log_evidence }
    }

    /// Strengths over many decades, strongest first.
    pub fn path(&self) -> Vec<Trial> {
        let top = self.eigen.eigenvalues.max().max(f64::MIN_POSITIVE);
        (-2 * PER_DECADE..=15 * PER_DECADE)
            .map(|k| self.trial(top * 10.0_f64.powf(-f64::from(k) / f64::from(PER_DECADE))))
            .collect()
    }

    /// The strength at which `chi^2` is the number of points, between two that were tried.
    fn refine(&self, strong: f64, weak: f64, points: f64) -> f64 {
        let (mut strong, mut weak) = (strong.ln(), weak.ln());
        for _ in 0..60 {
            let middle = 0.5 * (strong + weak);
            if self.trial(middle.exp()).chi2 > points { strong = middle } else { weak = middle }
        }
        weak.exp()
    }

    /// The strength that a rule chooses, with the path.
    pub fn choose(&self, rule: Rule, points: usize) -> (Vec<Trial>, f64) {
        let path = self.path();
        let at = choose(&path, rule, points);
        let a = path[at].regulator;
        let exact = matches!(rule, Rule::Discrepancy | Rule::Usual) && at > 0 && path[at].chi2 <= points as f64;
        let a = if exact { self.refine(path[at - 1].regulator, a, points as f64) } else { a };
        (path, a)
    }

    /// The map from data to the mean: `C B^T (G + a)^-1`.
    pub fn linear(&self, a: f64) -> DMatrix<f64> {
        let mut turned = &self.cross * &self.eigen.eigenvectors;
        for (mut column, g) in turned.column_iter_mut().zip(self.eigen.eigenvalues.iter()) {
            column /= g.max(0.0) + a;
        }
        turned * self.eigen.eigenvectors.transpose()
    }
}

/// `min |B rho - b|^2 + a sum_i rho_i^2 / w_i`: smallest `rho / w` with weight `w`, in closed form in the space of the data.
pub fn tikhonov(data: &Whitened, settings: &Settings) -> Fit {
    let mut cross = data.matrix.transpose();
    for (mut row, w) in cross.row_iter_mut().zip(&data.grid.omega) {
        row *= *w;
    }
    let prior = Prior::new(data, cross);
    let (path, chosen) = prior.choose(settings.rule, data.points());
    let a = chosen * settings.strength;
    finish(data, prior.linear(a), a, path)
}

/// Frequency beyond which the height of the process falls.
const FALLS: f64 = 6.0;
/// Correlation lengths that are tried, as parts of the largest frequency.
const LENGTHS: [f64; 10] = [0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.07, 0.1, 0.15, 0.2];

/// `rho ~ N(0, s^2 g(w) g(w') exp(-(w - w')^2 / 2 l^2))` with `g = w exp(-w / 6)`, conditioned on the data; `l` and `s` have the largest
/// evidence, `s` another one by another rule. The regulator is `1 / s^2`. The band is the posterior's standard deviation.
pub fn gaussian_process(data: &Whitened, settings: &Settings) -> Option<Fit> {
    let omega = &data.grid.omega;
    let n = omega.len();
    let height: Vec<f64> = omega.iter().map(|w| w * (-w / FALLS).exp()).collect();
    let top = omega[n - 1];
    let rule = if settings.rule == Rule::Usual { Rule::Evidence } else { settings.rule };
    let mut best: Option<(f64, Prior)> = None;
    for part in LENGTHS {
        let length = part * top;
        let prior = Prior::new(data, smoothed(&data.matrix, &height, omega, length));
        let path = prior.path();
        let evidence = path[choose(&path, Rule::Evidence, data.points())].log_evidence;
        if best.as_ref().is_none_or(|(before, _)| evidence > *before) {
            best = Some((evidence, prior));
        }
    }
    let (_, prior) = best?;
    let (path, chosen) = prior.choose(rule, data.points());
    let a = chosen * settings.strength;
    let linear = prior.linear(a);
    // Variance: C_ii / a - (C B^T (G + a)^-1 B C)_ii / a.
    let band = DVector::from_fn(n, |i, _| {
        let seen = linear.row(i).dot(&prior.cross.row(i));
        ((height[i].powi(2) - seen).max(0.0) / a).sqrt()
    });
    Some(Fit { band: Some(band), ..finish(data, linear, a, path) })
}

/// `C B^T` for the covariance of the process; beyond six lengths it is zero.
fn smoothed(b: &DMatrix<f64>, height: &[f64], omega: &[f64], length: f64) -> DMatrix<f64> {
    let n = omega.len();
    let spacing = omega[0];
    let reach = ((6.0 * length / spacing).ceil() as usize).min(n);
    let window: Vec<f64> = (0..=reach).map(|k| (-0.5 * (k as f64 * spacing / length).powi(2)).exp()).collect();
    let mut scaled = b.transpose();
    for (mut row, h) in scaled.row_iter_mut().zip(height) {
        row *= *h;
    }
    let mut out = DMatrix::zeros(n, b.nrows());
    for j in 0..b.nrows() {
        let column = scaled.column(j);
        for i in 0..n {
            let (from, to) = (i.saturating_sub(reach), (i + reach).min(n - 1));
            out[(i, j)] = height[i] * (from..=to).map(|k| window[i.abs_diff(k)] * column[k]).sum::<f64>();
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inverse::testing::{scene, settings};

    #[test]
    fn tikhonov_solves_its_normal_equations() {
        let (data, _) = scene(1e-3);
        let fit = tikhonov(&data, &settings());
        // (B^T B + a / w) rho = B^T b.
        let residual = data.matrix.tr_mul(&(&data.matrix * &fit.rho - &data.data));
        let pull = DVector::from_fn(fit.rho.len(), |i, _| fit.regulator * fit.rho[i] / data.grid.omega[i]);
        assert!((&residual + &pull).amax() < 1e-7 * residual.amax());
        assert!((fit.chi2 - data.points() as f64).abs() < 1e-6, "{}", fit.chi2);
    }

    #[test]
    fn truncated_singular_values_leave_the_other_modes_alone() {
        let (data, _) = scene(1e-3);
        let fit = tsvd(&data, &settings()).unwrap();
        let modes = Modes::new(&data.matrix).unwrap();
        for k in 0..modes.s.len() {
            let amplitude = modes.v_t.row(k).transpose().dot(&fit.rho);
            let wanted = if k < fit.regulator as usize { modes.u.column(k).dot(&data.data) / modes.s[k] } else { 0.0 };
            assert!((amplitude - wanted).abs() < 1e-8 * (1.0 + wanted.abs()), "mode {k}: {amplitude} {wanted}");
        }
        assert!(fit.chi2 <= 25.0 && fit.path[fit.regulator as usize - 2].chi2 > 25.0);
        // A tenth of the strength takes two modes more.
        let more = tsvd(&data, &Settings { strength: 0.1, ..settings() }).unwrap();
        assert_eq!(more.regulator, fit.regulator + 2.0);
    }

    #[test]
    fn the_gaussian_process_is_the_dense_formula() {
        let (data, _) = scene(1e-2);
        let fit = gaussian_process(&data, &settings()).unwrap();
        let omega = &data.grid.omega;
        let n = omega.len();
        let height = |i: usize| omega[i] * (-omega[i] / 6.0).exp();
        // The length is not reported: one of those tried has to give it.
        let found = LENGTHS.iter().any(|part| {
            let length = part * omega[n - 1];
            let c = DMatrix::from_fn(n, n, |i, j| {
                height(i) * height(j) * (-0.5 * ((omega[i] - omega[j]) / length).powi(2)).exp() / fit.regulator
            });
            let k = &data.matrix * &c * data.matrix.transpose() + DMatrix::identity(data.points(), data.points());
            let gain = &c * data.matrix.transpose() * k.try_inverse().unwrap();
            let mean = &gain * &data.data;
            let posterior = &c - &gain * &data.matrix * &c;
            let band = fit.band.as_ref().unwrap();
            (mean - &fit.rho).amax() < 1e-5
                && (0..n).all(|i| (posterior[(i, i)].max(0.0).sqrt() - band[i]).abs() < 1e-4)
        });
        assert!(found);
    }

    #[test]
    fn a_linear_map_gives_the_answer_and_bumps_fit() {
        let (data, _) = scene(1e-3);
        for fit in [tsvd(&data, &settings()), rbf(&data, &settings()), gaussian_process(&data, &settings())] {
            let fit = fit.unwrap();
            assert!((fit.linear.as_ref().unwrap() * &data.data - &fit.rho).amax() < 1e-9);
            assert!(fit.chi2 < 60.0, "{}", fit.chi2);
        }
    }
}
