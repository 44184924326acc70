//! Sparse modelling: few modes of the kernel, and a positive answer.

use nalgebra::{DMatrix, DVector};

use super::{Fit, Rule, Settings, Trial, Whitened, rule::choose};

/// Modes below this part of the largest singular value are left out.
const SMALLEST: f64 = 1e-10;
/// Strengths in each decade, decades in all, and rounds at each.
const PER_DECADE: f64 = 2.0;
const DECADES: usize = 12;
const ROUNDS: usize = 120;
/// Rounds at the chosen strength, and the change at which they end.
const LAST_ROUNDS: usize = 4000;
const CONVERGED: f64 = 1e-7;
/// Over-relaxation.
const OVER: f64 = 1.7;

/// `min |b - s x|^2 / 2 + a |x|_1` with `rho = V x >= 0`, by the alternating direction method of multipliers (Phys. Rev. E 95, 061302,
/// algorithm in arXiv:1702.03056). `B`, `b` and `x` are scaled, so that the largest singular value and the data are one.
///
/// ```text
/// x  <- (s^2 + mu + mu')^-1 (s U^T b + mu (y - u) + mu' V^T (r - t))
/// y  <- soft threshold of x + u by a / mu,    r <- positive part of V x + t,    u += x - y,    t += V x - r
/// ```
struct Admm {
    s: DVector<f64>,
    /// `s U^T b`.
    pull: DVector<f64>,
    /// `[N, K]`, and its transpose.
    v: DMatrix<f64>,
    v_t: DMatrix<f64>,
    mu: f64,
    y: DVector<f64>,
    u: DVector<f64>,
    r: DVector<f64>,
    t: DVector<f64>,
}

impl Admm {
    fn rounds(&mut self, a: f64, rounds: usize) {
        let mu = self.mu;
        let inverse = self.s.map(|s| 1.0 / (s * s + 2.0 * mu));
        for _ in 0..rounds {
            let from = &self.pull + mu * (&self.y - &self.u) + mu * (&self.v_t * (&self.r - &self.t));
            let x = from.component_mul(&inverse);
            let vx = &self.v * &x;
            let (x, vx) = (OVER * x + (1.0 - OVER) * &self.y, OVER * vx + (1.0 - OVER) * &self.r);
            let before = self.r.clone();
            self.y = (&x + &self.u).map(|v| v.signum() * (v.abs() - a / mu).max(0.0));
            self.r = (&vx + &self.t).map(|v| v.max(0.0));
            self.u += x - &self.y;
            self.t += vx - &self.r;
            if (&self.r - before).amax() < CONVERGED * (1e-3 + self.r.amax())
                && (&self.v * &self.y - &self.r).amax() < 1e-4 * self.r.amax()
            {
                break;
            }
        }
    }
}

/// Sparse modelling; the regulator is `a` of the scaled problem.
pub fn sparse(data: &Whitened, settings: &Settings) -> Option<Fit> {
    let svd = data.matrix.clone().try_svd(true, true, f64::EPSILON, 10_000)?;
    let (u, v_t, s) = (svd.u?, svd.v_t?, svd.singular_values);
    let top = s.max();
    let kept: Vec<usize> = (0..s.len()).filter(|&k| s[k] > SMALLEST * top).collect();
    if kept.is_empty() || !top.is_finite() {
        return None;
    }
    let size = data.data.norm().max(f64::MIN_POSITIVE);
    let s = DVector::from_iterator(kept.len(), kept.iter().map(|&k| s[k] / top));
    let pull = u.select_columns(&kept).tr_mul(&data.data).component_mul(&s) / size;
    let v_t = v_t.select_rows(&kept);
    let n = data.grid.len();
    let zeros = |n| DVector::<f64>::zeros(n);
    let mut admm = Admm {
        v: v_t.transpose(),
        v_t,
        mu: 1e-3,
        y: zeros(kept.len()),
        u: zeros(kept.len()),
        r: zeros(n),
        t: zeros(n),
        s,
        pull,
    };
    let points = data.points();
    let unscaled = |r: &DVector<f64>| r * (size / top);
    let mut path: Vec<Trial> = Vec::new();
    let mut states = Vec::new();
    let first = admm.pull.amax();
    let rule = if settings.rule == Rule::Usual { Rule::Discrepancy } else { settings.rule };
    for k in 0..(DECADES as f64 * PER_DECADE) as usize {
        let a = first * 10.0_f64.powf(-(k as f64 + 1.0) / PER_DECADE);
        admm.mu = penalty_weight(a);
        admm.rounds(a, ROUNDS);
        let rho = unscaled(&admm.r);
        let chi2 = data.chi2(&rho);
        let penalty = admm.y.lp_norm(1);
        let effective = admm.y.iter().filter(|v| **v != 0.0).count() as f64;
        // Each mode that is there costs half the logarithm of the number of points (Schwarz).
        let log_evidence = -0.5 * chi2 - 0.5 * effective * (points as f64).ln();
        path.push(Trial { regulator: a, chi2, penalty: penalty.max(f64::MIN_POSITIVE), effective, log_evidence });
        states.push((admm.y.clone(), admm.u.clone(), admm.r.clone(), admm.t.clone()));
        let done = if rule == Rule::Discrepancy { 1.0 } else { 0.3 };
        if chi2 <= done * points as f64 {
            break;
        }
    }
    let at = choose(&path, rule, points);
    (admm.y, admm.u, admm.r, admm.t) = states.swap_remove(at);
    let a = path[at].regulator * settings.strength;
    admm.mu = penalty_weight(a);
    admm.rounds(a, LAST_ROUNDS);
    let rho = unscaled(&admm.r);
    Some(Fit { chi2: data.chi2(&rho), rho, regulator: a, path, band: None, linear: None })
}

/// The weight of the constraints that converges fastest falls with the strength.
fn penalty_weight(a: f64) -> f64 {
    (10.0 * a).clamp(1e-9, 1e-1)
}
