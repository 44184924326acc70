//! The ways back from noise to configurations.

use burn::tensor::Tensor;

use super::Process;
use crate::error::Error;

crate::choice! {
    /// How the reverse process is integrated.
    pub enum Method {
        /// Multistep solver of second order in equal ratios of the noise: the denoised configuration is extrapolated from the last two steps (DPM-Solver++ 2M, arXiv:2211.01095).
        Multistep = ("multistep", "multistep, 2nd order"),
        /// Steps in equal ratios of the noise, each exact if the denoised configuration were constant over it: of first order, too narrow with few steps (DDPM and DDIM, arXiv:2010.02502).
        Ancestral = ("ancestral", "ancestral"),
        /// Euler-Maruyama in equal steps of time, as published (arXiv:2309.17082).
        EulerMaruyama = ("euler_maruyama", "Euler-Maruyama"),
        /// Euler-Maruyama, each step followed by one of Langevin dynamics at fixed noise, signal-to-noise ratio 0.16 (arXiv:2011.13456).
        PredictorCorrector = ("predictor_corrector", "predictor-corrector"),
        /// The deterministic flow with the same marginal densities, by an adaptive Runge-Kutta method of order 3(2).
        ProbabilityFlow = ("probability_flow", "probability-flow ODE"),
    }
}

/// The reverse process from `t = 1` to `t = end`:
///
/// ```text
/// dx = [f x - (1 + eta^2)/2 g^2 s(x, t)] dt + eta g dw
/// ```
///
/// with the score `s`. `eta = 1` is the reverse stochastic equation, `eta = 0` the probability flow; the marginal densities are
/// the same for all of them (arXiv:2011.13456, eqs. (6) and (13)).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reverse {
    /// The forward process.
    pub process: Process,
    /// How it is integrated.
    pub method: Method,
    /// Steps; for the adaptive method the most that it may take.
    pub steps: usize,
    /// `eta`, from 0 (deterministic) to 1.
    pub noise: f64,
    /// Last time.
    pub end: f64,
    /// Whether the noise that is left at the end is taken away, by the mean of the configuration given it (Tweedie's formula).
    pub denoise: bool,
}

/// Ratio of the corrector's step to the noise.
const SIGNAL_TO_NOISE: f64 = 0.16;
/// Error that the adaptive method allows per step, relative to `1 + |y|`.
const TOLERANCE: f64 = 1e-3;

impl Reverse {
    /// Turns noise into configurations: `[b, v] -> [b, v]`, both in units of the data.
    ///
    /// - `start`: `x_1/alpha_1`, that is configurations with noise of width `sigma_1`.
    /// - `denoiser`: `D(y, sigma)`.
    /// - `noise`: fresh standard normals of the same shape.
    /// - `watch`: sees `sigma` and `y = x/alpha` before each step.
    ///
    /// # Errors
    /// [`Error::Device`] if the adaptive method cannot read its error from the device.
    pub async fn run(
        &self,
        start: Tensor<2>,
        denoiser: impl Fn(Tensor<2>, f64) -> Tensor<2>,
        mut noise: impl FnMut() -> Tensor<2>,
        mut watch: impl FnMut(f64, &Tensor<2>),
    ) -> Result<Tensor<2>, Error> {
        let last = self.process.sigma(self.end);
        let y = match self.method {
            Method::Ancestral | Method::Multistep => self.ancestral(start, &denoiser, &mut noise, &mut watch),
            Method::EulerMaruyama | Method::PredictorCorrector => {
                self.euler_maruyama(start, &denoiser, &mut noise, &mut watch)
            }
            Method::ProbabilityFlow => self.probability_flow(start, &denoiser, &mut watch).await?,
        };
        watch(last, &y);
        Ok(if self.denoise { denoiser(y, last) } else { y })
    }

    /// With `D` at the old noise, the new configuration is normal around a point between `y` and `D`. In second order `D` is
    /// extrapolated linearly in `ln sigma` to the middle of the step.
    fn ancestral(
        &self,
        mut y: Tensor<2>,
        denoiser: &impl Fn(Tensor<2>, f64) -> Tensor<2>,
        noise: &mut impl FnMut() -> Tensor<2>,
        watch: &mut impl FnMut(f64, &Tensor<2>),
    ) -> Tensor<2> {
        let (first, last) = (self.process.sigma(1.0), self.process.sigma(self.end));
        let ratio = (last / first).powf(1.0 / self.steps as f64);
        let mut sigma = first;
        let mut before: Option<Tensor<2>> = None;
        for _ in 0..self.steps {
            watch(sigma, &y);
            let next = sigma * ratio;
            let fresh = self.noise * next * (1.0 - ratio * ratio).sqrt();
            let kept = (next * next - fresh * fresh).sqrt() / sigma;
            let mut d = denoiser(y.clone(), sigma);
            if self.method == Method::Multistep {
                let last = before.replace(d.clone()).unwrap_or_else(|| d.clone());
                d = d.mul_scalar(1.5) - last.mul_scalar(0.5);
            }
            y = y.mul_scalar(kept) + d.mul_scalar(1.0 - kept);
            if fresh > 0.0 {
                y = y + noise().mul_scalar(fresh);
            }
            sigma = next;
        }
        y
    }

    fn euler_maruyama(
        &self,
        start: Tensor<2>,
        denoiser: &impl Fn(Tensor<2>, f64) -> Tensor<2>,
        noise: &mut impl FnMut() -> Tensor<2>,
        watch: &mut impl FnMut(f64, &Tensor<2>),
    ) -> Tensor<2> {
        let Self { process, .. } = *self;
        let volume = start.dims()[1] as f64;
        let score = |x: &Tensor<2>, t: f64| {
            let (alpha, sigma) = (process.scale(t), process.sigma(t));
            let d = denoiser(x.clone().div_scalar(alpha), sigma);
            (d.mul_scalar(alpha) - x.clone()).div_scalar((alpha * sigma).powi(2))
        };
        let dt = (1.0 - self.end) / self.steps as f64;
        let mut x = start.mul_scalar(process.scale(1.0));
        for i in 0..self.steps {
            let t = 1.0 - i as f64 * dt;
            watch(process.sigma(t), &x.clone().div_scalar(process.scale(t)));
            let g2 = process.diffusion_squared(t);
            let s = score(&x, t);
            let pull = 0.5 * (1.0 + self.noise.powi(2)) * g2 * dt;
            x = x.mul_scalar(1.0 - process.drift(t) * dt) + s.mul_scalar(pull);
            if self.noise > 0.0 {
                x = x + noise().mul_scalar(self.noise * (g2 * dt).sqrt());
            }
            if self.method == Method::PredictorCorrector {
                let t = t - dt;
                let s = score(&x, t);
                // The step is 2 (r |z|/|s|)^2 with the mean norm of the scores and |z| = sqrt(V) (algorithm 4 there).
                let norm = s.clone().square().sum_dim(1).sqrt().mean().unsqueeze_dim::<2>(1);
                let step = norm.recip().mul_scalar(SIGNAL_TO_NOISE * volume.sqrt()).square().mul_scalar(2.0);
                x = x + s * step.clone() + noise() * step.mul_scalar(2.0).sqrt();
            }
        }
        x.div_scalar(process.scale(self.end))
    }

    /// `dy/du = y - D(y, e^u)` in `u = ln sigma`, by Bogacki and Shampine's pair (Appl. Math. Lett. 2 (1989) 321).
    async fn probability_flow(
        &self,
        mut y: Tensor<2>,
        denoiser: &impl Fn(Tensor<2>, f64) -> Tensor<2>,
        watch: &mut impl FnMut(f64, &Tensor<2>),
    ) -> Result<Tensor<2>, Error> {
        let velocity = |y: &Tensor<2>, u: f64| y.clone() - denoiser(y.clone(), u.exp());
        let (mut u, end) = (self.process.sigma(1.0).ln(), self.process.sigma(self.end).ln());
        let smallest = (u - end) / self.steps as f64;
        let mut h = ((u - end) / 20.0).max(smallest);
        let mut k1 = velocity(&y, u);
        while u - end > 1e-9 {
            let step = -h.min(u - end);
            let k2 = velocity(&(y.clone() + k1.clone().mul_scalar(0.5 * step)), u + 0.5 * step);
            let k3 = velocity(&(y.clone() + k2.clone().mul_scalar(0.75 * step)), u + 0.75 * step);
            let sum = k1.clone().mul_scalar(2.0) + k2.clone().mul_scalar(3.0) + k3.clone().mul_scalar(4.0);
            let next = y.clone() + sum.mul_scalar(step / 9.0);
            let k4 = velocity(&next, u + step);
            let error = k1.clone().mul_scalar(-5.0 / 72.0) + k2.mul_scalar(1.0 / 12.0) + k3.mul_scalar(1.0 / 9.0)
                - k4.clone().mul_scalar(1.0 / 8.0);
            let relative = error.mul_scalar(step) / y.clone().abs().add_scalar(1.0);
            let size = relative.square().mean().sqrt().into_data_async().await;
            let size = size
                .ok()
                .and_then(|data| data.try_to_vec::<f32>().ok())
                .and_then(|values| values.first().copied())
                .ok_or_else(|| Error::Device { wanted: "read-back".into(), reason: "the error of a step".into() })?;
            let size = f64::from(size) / TOLERANCE;
            // A number that is not one is let through: it is found, and named, where the samples are read.
            let accepted = size <= 1.0 || size.is_nan() || -step <= smallest;
            if accepted {
                watch(u.exp(), &y);
                (y, k1, u) = (next, k4, u + step);
            }
            let factor = if size > 0.0 { 0.9 * size.powf(-1.0 / 3.0) } else { 4.0 };
            h = (h * factor.clamp(0.25, 4.0)).max(smallest);
        }
        Ok(y)
    }
}
