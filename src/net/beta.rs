//! Mixtures of Beta densities on the unit interval, as published for continuous autoregressive networks.

use std::f64::consts::TAU;

use crate::rng::Rng;

/// Numbers a component takes from the network, one for each of its two exponents.
pub const NUMBERS: usize = 2;

/// The smallest exponent. Smaller ones pile up draws at the ends, where rounding makes them equal to 0 or 1.
const SMALLEST: f64 = 0.5;
/// How near to its ends a draw may come, so that its density is finite: the spacing of angles in single precision. At the
/// smallest exponent this misses `1e-4` of the probability, at 1 and above nothing.
const EDGE: f64 = 4e-8;

/// `ln Gamma(x)` and the digamma function for `x > 0`, by recurrence to `x >= 8` and Stirling's series there; errors below `1e-10`.
pub fn ln_gamma_and_digamma(x: f64) -> (f64, f64) {
    let (mut x, mut product, mut sum) = (x, 1.0, 0.0);
    while x < 8.0 {
        product *= x;
        sum += 1.0 / x;
        x += 1.0;
    }
    let r = 1.0 / (x * x);
    let ln_gamma = (x - 0.5) * x.ln() - x
        + 0.5 * TAU.ln()
        + (1.0 / 12.0 - r * (1.0 / 360.0 - r * (1.0 / 1260.0 - r * (1.0 / 1680.0 - r / 1188.0)))) / x;
    let digamma =
        x.ln() - 0.5 / x - r * (1.0 / 12.0 - r * (1.0 / 120.0 - r * (1.0 / 252.0 - r * (1.0 / 240.0 - r / 132.0))));
    (ln_gamma - f64::ln(product), digamma - sum)
}

/// An equal-weight mixture for an angle `theta = 2 pi u - pi`,
///
/// ```text
/// q(theta) = 1/(2 pi K) sum_k u^{a_k - 1} (1 - u)^{b_k - 1}/B(a_k, b_k),   a, b = 1/2 + softplus(number).
/// ```
///
/// It is not periodic: at `theta = +-pi` it vanishes, diverges or jumps.
///
/// Source: arXiv:2005.04857 (there without a smallest exponent).
#[derive(Debug, Clone, Copy)]
pub struct Beta<'a> {
    numbers: &'a [f32],
}

impl<'a> Beta<'a> {
    /// From `NUMBERS` numbers a component.
    pub fn new(numbers: &'a [f32]) -> Self {
        debug_assert!(!numbers.is_empty() && numbers.len().is_multiple_of(NUMBERS));
        Self { numbers }
    }

    fn components(&self) -> impl ExactSizeIterator<Item = [f64; 2]> + '_ {
        self.numbers.chunks_exact(NUMBERS).map(|n| [n[0], n[1]].map(|v| SMALLEST + softplus(v.into())))
    }

    /// An angle on `(-pi, pi)`.
    pub fn draw(&self, rng: &mut Rng) -> f64 {
        let count = self.components().len();
        let [a, b] = self.components().nth(rng.below(count)).expect("an index below their number");
        let (ln_x, ln_y) = (ln_gamma_draw(a, rng), ln_gamma_draw(b, rng));
        let u = 1.0 / (1.0 + (ln_y - ln_x).exp());
        TAU * (u.clamp(EDGE, 1.0 - EDGE) - 0.5)
    }

    /// `ln q(theta)`, and its gradient by the numbers into `gradient`, which is empty if it is not wanted.
    pub fn log_prob(&self, theta: f64, gradient: &mut [f32]) -> f64 {
        let u = (theta / TAU + 0.5).rem_euclid(1.0).clamp(EDGE, 1.0 - EDGE);
        let (ln_u, ln_v) = (u.ln(), (-u).ln_1p());
        let component = |[a, b]: [f64; 2]| {
            let ln_beta = ln_gamma_and_digamma(a).0 + ln_gamma_and_digamma(b).0 - ln_gamma_and_digamma(a + b).0;
            (a - 1.0) * ln_u + (b - 1.0) * ln_v - ln_beta
        };
        let best = self.components().map(component).fold(f64::NEG_INFINITY, f64::max);
        let mass: f64 = self.components().map(|c| (component(c) - best).exp()).sum();
        let numbers = self.numbers.chunks_exact(NUMBERS);
        for (([a, b], n), gradient) in self.components().zip(numbers).zip(gradient.chunks_exact_mut(NUMBERS)) {
            let posterior = (component([a, b]) - best).exp() / mass;
            let both = ln_gamma_and_digamma(a + b).1;
            gradient[0] = (posterior * (ln_u - ln_gamma_and_digamma(a).1 + both) * sigmoid(n[0].into())) as f32;
            gradient[1] = (posterior * (ln_v - ln_gamma_and_digamma(b).1 + both) * sigmoid(n[1].into())) as f32;
        }
        best + mass.ln() - (self.components().len() as f64).ln() - TAU.ln()
    }
}

fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// `ln` of a Gamma variate of shape `a`. Below 1 it is that of `a + 1` times `u^{1/a}`, in logarithms because it may underflow.
///
/// Source: G. Marsaglia and W. W. Tsang, ACM Trans. Math. Softw. 26 (2000) 363.
fn ln_gamma_draw(a: f64, rng: &mut Rng) -> f64 {
    if a < 1.0 {
        let boost = (1.0 - rng.uniform()).ln() / a;
        return ln_gamma_draw(a + 1.0, rng) + boost;
    }
    let d = a - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = rng.normal();
        let v = (1.0 + c * x).powi(3);
        if v > 0.0 && (1.0 - rng.uniform()).ln() < 0.5 * x * x + d - d * v + d * v.ln() {
            return (d * v).ln();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Stream;

    #[test]
    fn gamma_functions_have_their_known_values() {
        const EULER: f64 = 0.577_215_664_901_532_9;
        for (x, ln_gamma, digamma) in [
            (1.0, 0.0, -EULER),
            (0.5, 0.5 * std::f64::consts::PI.ln(), -EULER - 2.0 * std::f64::consts::LN_2),
            (5.0, 24.0_f64.ln(), 25.0 / 12.0 - EULER),
        ] {
            let got = ln_gamma_and_digamma(x);
            assert!((got.0 - ln_gamma).abs() < 1e-9 && (got.1 - digamma).abs() < 1e-9, "x = {x}: {got:?}");
        }
    }

    const NUMBERS_OF_TWO: [f32; 4] = [1.5, 2.0, 3.0, 1.2];

    #[test]
    fn the_mixture_is_normalised_and_its_gradient_right() {
        let q = Beta::new(&NUMBERS_OF_TWO);
        let points = 20_000;
        let at = |i: i32| TAU * ((f64::from(i) + 0.5) / f64::from(points) - 0.5);
        let sum: f64 = (0..points).map(|i| q.log_prob(at(i), &mut []).exp()).sum();
        assert!((sum * TAU / f64::from(points) - 1.0).abs() < 1e-4);
        for theta in [-2.5, 0.1, 3.0] {
            let mut gradient = [0.0; 4];
            q.log_prob(theta, &mut gradient);
            for i in 0..4 {
                let at = |by: f32| {
                    let mut numbers = NUMBERS_OF_TWO;
                    numbers[i] += by;
                    Beta::new(&numbers).log_prob(theta, &mut [])
                };
                let difference = (at(0.01) - at(-0.01)) / 0.02;
                assert!((f64::from(gradient[i]) - difference).abs() < 2e-4, "{i}: {} != {difference}", gradient[i]);
            }
        }
    }

    #[test]
    fn draws_have_the_moments_of_the_density() {
        // Exponents a, b: mean of u is a/(a+b), here averaged over both components; also with exponents below one.
        for numbers in [NUMBERS_OF_TWO, [-2.0, -1.0, 0.5, -3.0]] {
            let q = Beta::new(&numbers);
            let exact: f64 = q.components().map(|[a, b]| a / (a + b)).sum::<f64>() / 2.0;
            let mut rng = Rng::new(1, Stream::Sample);
            let draws: Vec<f64> = (0..100_000).map(|_| q.draw(&mut rng) / TAU + 0.5).collect();
            let (mean, error) = crate::stats::mean_with_error(&draws);
            assert!((mean - exact).abs() < 4.0 * error, "{mean} +- {error} != {exact}");
        }
    }
}
