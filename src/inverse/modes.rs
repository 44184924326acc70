//! Singular modes, and the two ways to keep the small ones out.

use nalgebra::{DMatrix, DVector, SVD};

use super::{Fit, Rule, Settings, Trial, Whitened, rule::Found};

/// Singular values below this fraction of the largest are made by rounding.
const ROUNDING: f64 = 1e-15;
/// Singular values above this fraction of the largest are good to three digits.
const ACCURATE: f64 = 1e-12;

/// `B = U diag(s) V^T`, largest first, without the values that rounding alone has made.
#[derive(Debug, Clone)]
pub struct Decomposition {
    /// `[M, K]`.
    pub u: DMatrix<f64>,
    /// `[K]`.
    pub s: DVector<f64>,
    /// `[N, K]`.
    pub v: DMatrix<f64>,
}

impl Decomposition {
    /// Of a matrix that is much wider than high: `B^T = Q R`, then the singular values of the small `R^T`. Unlike those of `B B^T`
    /// they are good to rounding times the largest. `None` for a matrix that is zero or not finite.
    pub fn new(b: &DMatrix<f64>) -> Option<Self> {
        if !b.iter().all(|v| v.is_finite()) {
            return None;
        }
        let (q, r) = b.transpose().qr().unpack();
        let svd = SVD::try_new(r.transpose(), true, true, 5.0 * f64::EPSILON, 10_000)?;
        let s = svd.singular_values;
        let rank = s.iter().take_while(|v| **v > ROUNDING * s[0]).count();
        let v = q * svd.v_t?.transpose();
        (rank > 0).then(|| Self {
            u: svd.u.expect("asked for").columns(0, rank).into_owned(),
            s: s.rows(0, rank).into_owned(),
            v: v.columns(0, rank).into_owned(),
        })
    }
}

/// A method that is linear in the data at fixed regulator: `rho = sum_k modes_k f_k (U^T b)_k`, with a filter `f` that is `1/s_k`
/// for modes that the data see and small for the others.
#[derive(Debug, Clone)]
pub(super) struct Modes {
    /// What the mode with coefficient one adds to the spectral function, `[N, K]`.
    pub modes: DMatrix<f64>,
    /// Singular values, largest first, `[K]`.
    pub s: DVector<f64>,
    /// Directions in the space of whitened data, `[M, K]`.
    pub u: DMatrix<f64>,
    /// `U^T b`, `[K]`.
    pub beta: DVector<f64>,
    /// `|b|^2` outside all modes.
    outside: f64,
}

impl Modes {
    /// Given `modes = T V`, where `B T = U diag(s) V^T`.
    pub fn new(modes: DMatrix<f64>, s: DVector<f64>, u: DMatrix<f64>, data: &DVector<f64>) -> Self {
        let beta = u.tr_mul(data);
        let outside = (data - &u * &beta).norm_squared();
        Self { modes, s, u, beta, outside }
    }

    /// How many modes a truncation may keep.
    pub fn accurate(&self) -> usize {
        self.s.iter().take_while(|s| **s > ACCURATE * self.s[0]).count()
    }

    /// The first `count` modes, each as the data have it: `f_k = 1/s_k`. The evidence is that of coefficients with a normal prior
    /// whose common variance `v` makes it largest, `-1/2 sum_k [ln(1 + v s_k^2) + beta_k^2 / (1 + v s_k^2)]`.
    pub fn truncated(&self, count: usize) -> Trial {
        let left = self.beta.rows(count, self.beta.len() - count).norm_squared() + self.outside;
        let evidence = |v: f64| {
            (0..count)
                .map(|k| {
                    let total = 1.0 + v * self.s[k].powi(2);
                    -0.5 * (total.ln() + self.beta[k].powi(2) / total)
                })
                .sum::<f64>()
        };
        let scale = self.beta.norm_squared() / self.s[0].powi(2);
        let best = (-40..=60).map(|i| evidence(scale * 10f64.powf(0.2 * f64::from(i)))).fold(f64::MIN, f64::max);
        Trial {
            regulator: count as f64,
            chi2: left,
            penalty: (0..count).map(|k| (self.beta[k] / self.s[k]).powi(2)).sum(),
            effective: count as f64,
            log_evidence: Some(best - 0.5 * left),
        }
    }

    /// All modes, damped: `f_k = s_k / (s_k^2 + lambda)`, which minimises `|b - diag(s) a|^2 + lambda |a|^2`. The evidence is that
    /// of coefficients with a normal prior of variance `1 / lambda`.
    pub fn damped(&self, lambda: f64) -> Trial {
        let mut trial = Trial {
            regulator: lambda,
            chi2: self.outside,
            penalty: 0.0,
            effective: 0.0,
            log_evidence: Some(-0.5 * self.outside),
        };
        let mut log_evidence = -0.5 * self.outside;
        for (s, beta) in self.s.iter().zip(self.beta.iter()) {
            let total = s * s + lambda;
            trial.chi2 += (lambda / total * beta).powi(2);
            trial.penalty += (s / total * beta).powi(2);
            trial.effective += s * s / total;
            log_evidence -= 0.5 * ((total / lambda).ln() + lambda / total * beta * beta);
        }
        trial.log_evidence = Some(log_evidence);
        trial
    }

    /// The filter of [`truncated`](Self::truncated).
    pub fn truncated_filter(&self, count: usize) -> DVector<f64> {
        DVector::from_fn(self.s.len(), |k, _| if k < count { 1.0 / self.s[k] } else { 0.0 })
    }

    /// The filter of [`damped`](Self::damped).
    pub fn damped_filter(&self, lambda: f64) -> DVector<f64> {
        self.s.map(|s| s / (s * s + lambda))
    }

    /// The answer with as many modes as the rule says; by the usual one so many that the data are described.
    pub fn fit_truncated(&self, data: &Whitened, settings: &Settings) -> Option<Fit> {
        let search = settings.search(Rule::Discrepancy, data);
        let found = search.truncated(self.accurate(), |count| self.truncated(count));
        let filter = self.truncated_filter(found.state);
        self.fit(data, &filter, found)
    }

    /// The answer with a filter.
    pub fn fit<S>(&self, data: &Whitened, filter: &DVector<f64>, found: Found<S>) -> Option<Fit> {
        let mut filtered = self.modes.clone();
        for (mut column, f) in filtered.column_iter_mut().zip(filter.iter()) {
            column *= *f;
        }
        let rho = &filtered * &self.beta;
        Fit::new(data, rho, found.trial.regulator, found.path)
            .map(|fit| Fit { linear: Some(filtered * self.u.transpose()), ..fit })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inverse::{Grid, Kernel, Problem};

    fn matrix(kernel: Kernel) -> DMatrix<f64> {
        let points = (0..25).map(|j| 0.001 + 0.8 * f64::from(j)).collect();
        Problem::new(kernel, 0.04, Grid::new(200, 20.0), points).matrix
    }

    #[test]
    fn the_decomposition_is_orthogonal_and_complete() {
        for kernel in [Kernel::KallenLehmann, Kernel::Exponential, Kernel::Thermal] {
            let b = matrix(kernel);
            let Decomposition { u, s, v } = Decomposition::new(&b).unwrap();
            let back = &u * DMatrix::from_diagonal(&s) * v.transpose();
            assert!((back - &b).amax() < 1e-14 * s[0]);
            let one = DMatrix::identity(s.len(), s.len());
            assert!((u.tr_mul(&u) - &one).amax() < 1e-13);
            assert!((v.tr_mul(&v) - &one).amax() < 1e-13);
        }
    }

    /// The fall of the singular values of the Källén-Lehmann kernel, from an independent program (NumPy's SVD).
    #[test]
    fn singular_values_fall_by_a_decade_in_less_than_two_modes() {
        let points = (0..25).map(|j| 0.001 + 0.799_916_666_666_7 * f64::from(j)).collect();
        let b = Problem::new(Kernel::KallenLehmann, 1.0, Grid::new(500, 20.0), points).matrix;
        let s = Decomposition::new(&b).unwrap().s;
        let expected = [1.0, 0.230, 0.0888, 0.0301, 9.2e-3, 2.6e-3, 6.5e-4, 1.5e-4, 3.2e-5, 6.4e-6];
        for (k, e) in expected.iter().enumerate() {
            assert!((s[k] / s[0] / e - 1.0).abs() < 0.03, "{k}: {}", s[k] / s[0]);
        }
    }
}
