//! The fit itself: one network, one set of data.

use burn::tensor::{Device, Tensor, TensorData};
use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

use super::{
    NetworkKind, NetworkSettings, Optimiser, Training,
    ladder::{Ladder, Rung},
    objective::{Objective, Point},
    published::Phase,
};
use crate::{
    device::read_all,
    error::Error,
    inverse::Whitened,
    net::{Layout, Parameters, SpectralNet, frequency_features},
    optim::{Adam, Damping},
    rng::{Rng, Stream},
};

/// Steps of Adam between two looks at the ladder.
const LOOK: usize = 50;
/// The tangent kernel comes in single precision; this part of its mean diagonal keeps it positive.
const KERNEL_RIDGE: f64 = 1e-6;

/// How often a step is corrected for curvature. Along the valley where `chi^2` is small the walls are 1e10 times steeper than the
/// floor: without corrections every step that is not tiny ends up on a wall.
const CORRECTIONS: usize = 3;

/// What a step has come to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Steps made.
    pub step: u32,
    /// `chi^2` after it.
    pub chi2: f64,
    /// The regulator's strength during it.
    pub lambda: f64,
}

/// What a saved fit holds besides tensors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FitState {
    step: u32,
    adam_step: u32,
    damping: Damping,
    ladder: Ladder,
    finished: bool,
    history: Vec<Record>,
}

/// Everything a fit needs to go on: see [`NetworkFit::saved`].
#[derive(Debug, Clone)]
pub struct Saved {
    /// The parameters, `[P]`.
    pub parameters: Tensor<1>,
    /// Adam's first moments, `[P]`.
    pub m: Tensor<1>,
    /// Adam's second moments, `[P]`.
    pub v: Tensor<1>,
    /// The rest.
    pub state: FitState,
}

/// A network that is trained on one set of data through the fixed kernel: `rho = m f(u(theta))`, `chi^2 = |B rho - b|^2`.
///
/// `u` is computed on the device, `chi^2` and its derivative by `u` on the host in double precision (see [`Objective`]), and the
/// derivative by the parameters is backpropagation of that. Every step reads `u` back once.
#[derive(Debug, Clone)]
pub struct NetworkFit {
    settings: NetworkSettings,
    device: Device,
    net: SpectralNet,
    parameters: Parameters,
    adam: Adam,
    /// 1 for parameters of the last layer, 0 for the others: `[P]`.
    last_layer: Tensor<1>,
    objective: Objective,
    point: Option<Point>,
    kernel: Option<(DMatrix<f64>, DVector<f64>)>,
    state: FitState,
}

impl NetworkFit {
    /// A new network for `data`, with weights from the stream [`Stream::Init`] of `seed`.
    ///
    /// # Errors
    /// [`Error::Device`] if the device does not give its first output back.
    pub async fn new(data: &Whitened, settings: &NetworkSettings, device: &Device, seed: u64) -> Result<Self, Error> {
        let mut layout = Layout::default();
        let shape = [settings.width, settings.hidden_layers];
        let net = match settings.kind {
            NetworkKind::List => SpectralNet::list(&mut layout, shape, data.grid.len(), settings.activation, device),
            NetworkKind::Point => {
                let (features, count) = frequency_features(&data.grid.omega, settings.waves);
                let features = Tensor::from_data(TensorData::new(features, [data.grid.len(), count]), device);
                SpectralNet::point(&mut layout, shape, features, settings.activation)
            }
        };
        let last = layout.range(net.last_layer()).start;
        let mask: Vec<f32> = (0..layout.len()).map(|i| if i < last { 0.0 } else { 1.0 }).collect();
        let count = layout.len();
        let parameters = Parameters::init(layout, &mut Rng::new(seed, Stream::Init), device);
        let mut fit = Self {
            objective: Objective::new(data, settings),
            settings: settings.clone(),
            device: device.clone(),
            net,
            parameters,
            adam: Adam::new(count, device),
            last_layer: Tensor::from_data(TensorData::new(mask, [count]), device),
            point: None,
            kernel: None,
            state: FitState {
                step: 0,
                adam_step: 0,
                damping: Damping::default(),
                ladder: Ladder::new(settings.strength),
                finished: false,
                history: Vec::new(),
            },
        };
        fit.point = Some(fit.look().await?);
        Ok(fit)
    }

    /// The output of the present parameters, measured.
    async fn look(&self) -> Result<Point, Error> {
        let u = self.net.forward(&self.parameters.fixed()).output;
        let flat = self.parameters.flat();
        let [u, weights] = read_all([u, flat.square().sum()]).await?;
        Ok(self.objective.at(&u, f64::from(weights[0])))
    }

    fn point(&self) -> &Point {
        self.point.as_ref().expect("measured when the parameters were set")
    }

    /// `J^T x` at `parameters`: `[N] -> [P]`, by backpropagation.
    fn backpropagate(&self, parameters: &Parameters, x: &DVector<f64>) -> Tensor<1> {
        let leaves = parameters.tracked();
        let u = self.net.forward(&leaves).output;
        let x: Vec<f32> = x.iter().map(|&x| x as f32).collect();
        let count = x.len();
        let x = Tensor::from_data(TensorData::new(x, [count]), &self.device).autodiff();
        leaves.gradient(&(u * x).sum().backward())
    }

    /// One update of the parameters, or one that was tried and refused.
    ///
    /// # Errors
    /// [`Error::Device`] if the device is lost; [`Error::NonFinite`] if Adam has left the numbers: the parameters before are kept.
    pub async fn step(&mut self) -> Result<(), Error> {
        if self.state.finished {
            return Ok(());
        }
        match (self.settings.training, self.settings.optimiser) {
            (Training::Ladder, Optimiser::GaussNewton) => self.gauss_newton_step().await,
            (Training::Ladder, Optimiser::Adam) | (Training::Published, _) => self.adam_step().await,
        }
    }

    async fn gauss_newton_step(&mut self) -> Result<(), Error> {
        let lambda = self.state.ladder.lambda();
        if self.kernel.is_none() {
            let fixed = self.parameters.fixed();
            let pass = self.net.forward(&fixed);
            let tangent = self.net.tangent(&fixed, &pass);
            let n = tangent.along_parameters.dims()[0];
            let [kernel, along] = read_all([tangent.kernel.reshape([n * n]), tangent.along_parameters]).await?;
            let mut kernel = DMatrix::from_iterator(n, n, kernel.into_iter().map(f64::from));
            let ridge = KERNEL_RIDGE * kernel.trace() / n as f64;
            (0..n).for_each(|i| kernel[(i, i)] += ridge);
            self.kernel = Some((kernel, DVector::from_iterator(n, along.into_iter().map(f64::from))));
        }
        let (kernel, along) = self.kernel.as_ref().expect("just computed");
        let point = self.point();
        let decay = self.objective.strengths(lambda, self.settings.weight_decay).1;
        let before = self.objective.value(point, lambda, self.settings.weight_decay);
        let q = self.objective.sandwich(point, lambda, kernel);
        let e = self.objective.residuals(point, lambda);
        let along = self.objective.linear(point, lambda, along);
        let system = self.state.damping.system(&q, decay);
        let start = self.parameters.clone();
        let mut best: Option<(Point, f64)> = None;
        let mut hoped = 0.0;
        if let Some(system) = system {
            let (mut e, mut along) = (e, along);
            for correction in 0..=CORRECTIONS {
                let step = system.step(&e, &along);
                if correction == 0 && decay == 0.0 {
                    // What a linear network would leave of the residuals.
                    hoped = before - (&e + &q * &step.multipliers).norm_squared();
                }
                let back = self.objective.transposed(self.point(), lambda, &step.multipliers);
                let move_by = self.backpropagate(&start, &back);
                let old = self.parameters.flat();
                self.parameters.set_flat(old.clone().mul_scalar(1.0 + step.shrink) + move_by);
                let new = self.look().await?;
                let value = self.objective.value(&new, lambda, self.settings.weight_decay);
                if !value.is_finite() || best.as_ref().is_some_and(|(_, least)| value >= *least) {
                    self.parameters.set_flat(old);
                    break;
                }
                e = self.objective.residuals(&new, lambda);
                along = along * (1.0 + step.shrink) + &q * &step.multipliers;
                best = Some((new, value));
            }
        }
        let gained = best.as_ref().map_or(f64::NAN, |(_, value)| before - value);
        let good = self.state.damping.judge(if decay > 0.0 { gained } else { hoped }, gained);
        match best {
            Some((new, _)) if good => {
                self.point = Some(new);
                self.kernel = None;
            }
            _ => self.parameters = start,
        }
        let after = self.objective.value(self.point(), lambda, self.settings.weight_decay);
        self.record(lambda);
        if self.state.damping.is_stuck() {
            // Rounding is all that is left of the gain on this rung.
            self.state.damping.relax();
            self.climb(Rung { value: after, gained: 0.0, accepted: true });
        } else {
            self.climb(Rung { value: after, gained: gained.max(0.0), accepted: good });
        }
        Ok(())
    }

    fn climb(&mut self, rung: Rung) {
        let (chi2, points) = (self.point().chi2, self.objective.data.points() as f64);
        self.state.finished = self.state.ladder.climb(rung, chi2, points);
    }

    fn record(&mut self, lambda: f64) {
        self.state.step += 1;
        let record = Record { step: self.state.step, chi2: self.point().chi2, lambda };
        self.state.history.push(record);
    }

    async fn adam_step(&mut self) -> Result<(), Error> {
        let plan = self.settings.adam_steps;
        let published = self.settings.training == Training::Published;
        let phase = if published {
            let d_omega = self.objective.data.grid.d_omega;
            Phase::published(self.state.step as usize, plan, self.settings.learning_rate, d_omega)
        } else {
            let lambda = self.state.ladder.lambda();
            Phase { lambda, decay: self.settings.weight_decay, rate: self.settings.learning_rate, last_only: false }
        };
        let point = self.point();
        let e = self.objective.residuals(point, phase.lambda);
        let decay = self.objective.strengths(phase.lambda, phase.decay).1;
        let by_u = self.objective.transposed(point, phase.lambda, &e) * 2.0;
        let flat = self.parameters.flat();
        let mut gradient = self.backpropagate(&self.parameters, &by_u) + flat.clone().mul_scalar(2.0 * decay);
        if phase.last_only {
            gradient = gradient * self.last_layer.clone();
        }
        let (old_adam, old_flat) = (self.adam.clone(), flat.clone());
        // Adam does not see the scale of a loss, but chi^2 starts at 1e9: the squares must stay within single precision.
        let scale = 1.0 / self.objective.data.data.norm_squared();
        let flat = self.adam.update(flat, gradient.mul_scalar(scale), phase.rate, f64::INFINITY);
        self.parameters.set_flat(if phase.last_only {
            old_flat.clone() + (flat - old_flat.clone()) * self.last_layer.clone()
        } else {
            flat
        });
        let new = self.look().await?;
        if !new.chi2.is_finite() {
            self.adam = old_adam;
            self.parameters.set_flat(old_flat);
            return Err(Error::NonFinite {
                quantity: "chi²",
                value: new.chi2,
                step: u64::from(self.state.step) + 1,
                param: "learning_rate",
                remedy: "Lower the learning rate.",
            });
        }
        self.point = Some(new);
        self.record(phase.lambda);
        if published {
            self.state.finished = self.state.step as usize >= plan;
        } else if self.state.history.len().is_multiple_of(plan.min(LOOK)) {
            let chi2 = self.point().chi2;
            let points = self.objective.data.points() as f64;
            self.state.finished = chi2 <= points;
            if !self.state.finished && self.state.history.len().is_multiple_of(plan) {
                self.state.finished = self.state.ladder.lower();
            }
        }
        Ok(())
    }

    /// The spectral function, `[N]`.
    pub fn rho(&self) -> &[f64] {
        self.point().rho.as_slice()
    }

    /// Its `chi^2`.
    pub fn chi2(&self) -> f64 {
        self.point().chi2
    }

    /// The regulator's strength.
    pub fn lambda(&self) -> f64 {
        self.state.ladder.lambda()
    }

    /// Steps made.
    pub fn steps(&self) -> u32 {
        self.state.step
    }

    /// Whether the rule says to stop; further steps do nothing.
    pub fn finished(&self) -> bool {
        self.state.finished
    }

    /// All steps.
    pub fn history(&self) -> &[Record] {
        &self.state.history
    }

    /// Continues from the trained weights with other data, a few rungs further up the ladder: for replicas of the data.
    ///
    /// # Errors
    /// Those of [`NetworkFit::new`] and [`NetworkFit::step`].
    pub async fn refit(&mut self, data: &Whitened, steps: usize) -> Result<(), Error> {
        self.objective = Objective::new(data, &self.settings);
        self.point = Some(self.look().await?);
        self.state.damping.relax();
        self.state.ladder.again();
        self.state.finished = false;
        for _ in 0..steps {
            self.step().await?;
        }
        Ok(())
    }

    /// All that a fit needs to go on bit for bit.
    pub fn saved(&self) -> Saved {
        let (m, v, adam_step) = self.adam.moments();
        Saved { parameters: self.parameters.flat(), m, v, state: FitState { adam_step, ..self.state.clone() } }
    }

    /// Goes on from `saved`, a fit with the same settings and data.
    ///
    /// # Errors
    /// Those of [`NetworkFit::new`]; [`Error::Snapshot`] if it is of another network.
    pub async fn restore(&mut self, saved: Saved) -> Result<(), Error> {
        let (needed, got) = (self.parameters.flat().dims()[0], saved.parameters.dims()[0]);
        if needed != got {
            return Err(Error::Snapshot { reason: format!("its network has {got} parameters, not {needed}") });
        }
        self.parameters.set_flat(saved.parameters);
        self.adam = Adam::from_moments(saved.m, saved.v, saved.state.adam_step);
        self.state = saved.state;
        self.kernel = None;
        self.point = Some(self.look().await?);
        Ok(())
    }
}
