//! What a fit by a network is told.

use crate::net::Activation;

/// Which network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetworkKind {
    /// From a constant to all values of the spectral function.
    List,
    /// From a frequency to the value there.
    Point,
}

/// How the network's output u becomes a spectral function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// rho = m exp(u): positive, and u is the logarithm of rho over the default model.
    Exponential,
    /// rho = m ln(1 + exp(u)): positive, the published choice.
    Softplus,
    /// rho = m u: may be negative.
    Identity,
}

impl Link {
    /// `rho / m` at `u`, and its derivative.
    pub fn at(self, u: f64) -> (f64, f64) {
        match self {
            Self::Exponential => (u.exp(), u.exp()),
            // ln(1 + e^u) without overflow.
            Self::Softplus => (u.max(0.0) + (-u.abs()).exp().ln_1p(), 1.0 / (1.0 + (-u).exp())),
            Self::Identity => (u, 1.0),
        }
    }
}

crate::choice! {
    /// What is kept small besides chi^2.
    pub enum Regulator {
        /// Differences of u between neighbours: sum (du)^2 / dw. With the exponential, rough ln rho is what costs.
        SmoothOutput = ("smooth_output", "smooth output"),
        /// Differences of rho between neighbours: sum (drho)^2 / dw.
        SmoothSpectrum = ("smooth_spectrum", "smooth spectral function"),
        /// The weights: sum theta^2. What that means for rho is up to the network.
        Weights = ("weights", "small weights"),
    }
}

crate::choice! {
    /// When to stop, and what the regulator does until then.
    pub enum Training {
        /// The regulator falls by factors of sqrt(10) until chi^2 is no more than the number of points; then it is set so that
        /// the two are equal.
        Ladder = ("ladder", "regulator lowered to chi² = points"),
        /// The published schedule: Adam with regulators that come and go, then the last layer alone. It does not know when to
        /// stop.
        Published = ("published", "published schedule"),
    }
}

crate::choice! {
    /// How the weights are found.
    pub enum Optimiser {
        /// Damped Gauss-Newton steps with the network's tangent kernel: tens of steps.
        GaussNewton = ("gauss_newton", "Gauss-Newton"),
        /// Adam: tens of thousands of steps.
        Adam = ("adam", "Adam"),
    }
}

/// What a fit by a network is told besides the data.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkSettings {
    /// Which network.
    pub kind: NetworkKind,
    /// Units of each hidden layer.
    pub width: usize,
    /// Hidden layers.
    pub hidden_layers: usize,
    /// What stands between them.
    pub activation: Activation,
    /// Waves per frequency that [`NetworkKind::Point`] is given; 0: the frequency alone.
    pub waves: usize,
    /// From output to spectral function.
    pub link: Link,
    /// The default model `m` at each frequency, `[N]`.
    pub default_model: Vec<f64>,
    /// What is kept small.
    pub regulator: Regulator,
    /// The strength it starts from.
    pub strength: f64,
    /// `k` of a penalty `k |theta|^2` that stays.
    pub weight_decay: f64,
    /// When to stop.
    pub training: Training,
    /// How.
    pub optimiser: Optimiser,
    /// Adam's.
    pub learning_rate: f64,
    /// Adam's steps: at each strength of the ladder, or in all of the published schedule.
    pub adam_steps: usize,
}

impl NetworkSettings {
    /// What works for data with a relative error between 1e-2 and 1e-5.
    pub fn new(kind: NetworkKind, omega: &[f64]) -> Self {
        let list = kind == NetworkKind::List;
        Self {
            kind,
            width: if list { 64 } else { 32 },
            hidden_layers: if list { 4 } else { 2 },
            activation: if list { Activation::Elu } else { Activation::Tanh },
            waves: 8,
            link: Link::Exponential,
            default_model: omega.iter().map(|w| w / (1.0 + w * w)).collect(),
            regulator: Regulator::SmoothOutput,
            strength: 1e4,
            weight_decay: 0.0,
            training: Training::Ladder,
            optimiser: Optimiser::GaussNewton,
            learning_rate: 1e-3,
            adam_steps: 2000,
        }
    }

    /// The same with another regulator, from a strength that suits it: weights that start too expensive all go to zero, where
    /// nothing can be learned.
    pub fn with_regulator(self, regulator: Regulator) -> Self {
        let strength = if regulator == Regulator::Weights { 1.0 } else { 1e4 };
        Self { regulator, strength, ..self }
    }

    /// The published settings: softplus, default model w, Adam.
    pub fn published(kind: NetworkKind, omega: &[f64]) -> Self {
        Self {
            width: 64,
            hidden_layers: 4,
            activation: Activation::Elu,
            waves: 0,
            link: Link::Softplus,
            default_model: omega.to_vec(),
            regulator: Regulator::SmoothSpectrum,
            training: Training::Published,
            optimiser: Optimiser::Adam,
            adam_steps: 20_000,
            ..Self::new(kind, omega)
        }
    }
}
