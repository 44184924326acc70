//! Parameters.

use super::{
    networks::{Optimiser, Regulator, Training},
    supervised::Family,
};
use crate::{
    error::Error,
    inverse::{Grid, Kernel, Method, NoiseModel, Peak, Rule, Shape},
    net::Activation,
    params,
    schema::{Kind, Members, ParamSet},
};

crate::choice! {
    /// What is known of the spectral function before any data: the default model of the methods of entropy.
    pub enum DefaultModel {
        /// The same at all frequencies.
        Flat = ("flat", "flat"),
        /// m w / (1 + w^2): zero at zero frequency and falling beyond one, as the talk's networks have it.
        Falling = ("falling", "falling, w/(1+w²)"),
        /// m w: rising as in perturbation theory.
        Rising = ("rising", "rising, w"),
    }
}

crate::choice! {
    /// What is done when the training is over, or at once if nothing is trained.
    pub enum Study {
        /// The same data with noise added anew, fitted again: the spread is the band of each method.
        Replicas = ("replicas", "bands from replicas"),
        /// Many measurements of the same truth, each with its own replicas: how often the bands cover the truth.
        Coverage = ("coverage", "coverage of the bands"),
        /// The talk's benchmark: one and two peaks at three noise levels, several draws of the noise.
        Benchmark = ("benchmark", "the talk's benchmark"),
    }
}

crate::choice! {
    /// The activation of a network.
    pub enum Between {
        /// ELU for NN, tanh for NN-P2P.
        Usual = ("usual", "usual for the network"),
        /// x above zero, exp(x) - 1 below.
        Elu = ("elu", "ELU"),
        /// The hyperbolic tangent.
        Tanh = ("tanh", "tanh"),
        /// x above zero, 0 below.
        Relu = ("relu", "ReLU"),
        /// Nothing: a deep linear network, whose depth is a regulator all the same.
        Linear = ("linear", "none: a deep linear network"),
    }
}

impl Between {
    /// The network's own, or the usual one.
    pub fn or(self, usual: Activation) -> Activation {
        match self {
            Self::Usual => usual,
            Self::Elu => Activation::Elu,
            Self::Tanh => Activation::Tanh,
            Self::Relu => Activation::Relu,
            Self::Linear => Activation::Linear,
        }
    }
}

/// The methods of the first preset.
fn usual_methods() -> Members<Method> {
    Members(vec![Method::Tikhonov, Method::MemBryan, Method::BrAveraged, Method::GaussianProcess, Method::NnList])
}

params! {
    /// Parameters of the spectral lab.
    pub struct Params {
        /// The true spectral function that mock data are made from.
        shape: Shape = Shape::SinglePeak, Shape::kind(), (Physics, Live, r"\rho", "spectral function", "1", prominent);
        /// Relative size of the errors of the mock data.
        noise: f64 = 1e-3, Kind::Float { min: 1e-6, max: 0.3, log: true }, (Physics, Live, r"\varepsilon", "noise", "1", prominent);
        /// Place of the first peak.
        mass_1: f64 = 2.0, Kind::Float { min: 0.1, max: 15.0, log: false }, (Physics, Live, "M_1", "first peak", "1");
        /// Half-width of the first peak.
        width_1: f64 = 0.5, Kind::Float { min: 0.05, max: 5.0, log: true }, (Physics, Live, r"\Gamma_1", "its width", "1");
        /// Strength of the first peak.
        area_1: f64 = 1.0, Kind::Float { min: 0.01, max: 10.0, log: true }, (Physics, Live, "A_1", "its strength", "1");
        /// Place of the second peak, where the spectral function has one; where the continuum starts.
        mass_2: f64 = 5.0, Kind::Float { min: 0.1, max: 15.0, log: false }, (Physics, Live, "M_2", "second peak", "1");
        /// Half-width of the second peak.
        width_2: f64 = 0.5, Kind::Float { min: 0.05, max: 5.0, log: true }, (Physics, Live, r"\Gamma_2", "its width", "1");
        /// Strength of the second peak; height of the continuum.
        area_2: f64 = 1.0, Kind::Float { min: 0.01, max: 10.0, log: true }, (Physics, Live, "A_2", "its strength", "1");
        /// How the spectral function shows in the data.
        kernel: Kernel = Kernel::KallenLehmann, Kernel::kind(), (Physics, Live, "K", "kernel", "1");
        /// Temperature of the finite-temperature kernel; its times reach to 1/2T.
        temperature: f64 = 0.1, Kind::Float { min: 0.01, max: 2.0, log: true }, (Physics, Live, "T", "temperature", "1");
        /// Number of data points.
        points: usize = 25, Kind::Int { min: 2.0, max: 100.0, step: 1.0 }, (Physics, Live, "N_p", "data points", "1");
        /// Largest momentum of the mock data; largest time of the exponential kernel.
        reach: f64 = 19.199, Kind::Float { min: 0.5, max: 100.0, log: true }, (Physics, Live, r"x_{\max}", "reach of the data", "1");
        /// How the errors of the mock data are distributed over the points.
        noise_model: NoiseModel = NoiseModel::Growing, NoiseModel::kind(), (Physics, Live, r"\sigma_j", "errors", "1");
        /// Correlation of the errors of neighbouring points; that of points further apart is its power.
        correlated: f64 = 0.0, Kind::Float { min: 0.0, max: 0.95, log: false }, (Physics, Live, "r", "correlation of errors", "1");
        /// Which draw of the noise: the same numbers at every noise level.
        draw: usize = 1, Kind::Int { min: 1.0, max: 10_000.0, step: 1.0 }, (Physics, Live, "n", "draw of the noise", "1");
        /// Frequencies of the grid.
        frequencies: usize = 500, Kind::Int { min: 50.0, max: 1000.0, step: 10.0 }, (Physics, Build, r"N_\omega", "frequencies", "1");
        /// Largest frequency of the grid.
        cutoff: f64 = 20.0, Kind::Float { min: 2.0, max: 100.0, log: true }, (Physics, Build, r"\omega_{\max}", "largest frequency", "1");

        /// The methods to compare.
        methods: Members<Method> = usual_methods(), Kind::Set { options: Method::options() }, (Network, Live, r"\text{methods}", "methods", "1", prominent);
        /// How each method's regulator is chosen.
        rule: Rule = Rule::Usual, Rule::kind(), (Network, Live, r"\text{rule}", "choice of regulator", "1");
        /// A factor on the chosen regulators, by hand: above 1 smoother, below 1 closer to the data and its noise.
        strength: f64 = 1.0, Kind::Float { min: 1e-4, max: 1e4, log: true }, (Network, Live, r"\alpha/\alpha_{\text{rule}}", "regulator, by hand", "1", prominent);
        /// The default model of MEM and BR, and the factor before a network's output.
        default_model: DefaultModel = DefaultModel::Flat, DefaultModel::kind(), (Network, Live, r"m(\omega)", "default model", "1");
        /// Height of the default model.
        default_height: f64 = 0.1, Kind::Float { min: 1e-3, max: 10.0, log: true }, (Network, Live, "m", "its height", "1");
        /// Units of each hidden layer of a network; 0: what is usual for it (64 for NN, 32 for NN-P2P).
        width: usize = 0, Kind::Int { min: 0.0, max: 256.0, step: 4.0 }, (Network, Live, r"\text{width}", "hidden units", "1");
        /// Hidden layers of a network; 0: what is usual for it (4 for NN, 2 for NN-P2P).
        hidden_layers: usize = 0, Kind::Int { min: 0.0, max: 8.0, step: 1.0 }, (Network, Live, r"\text{depth}", "hidden layers", "1");
        /// What stands between the layers of a network.
        activation: Between = Between::Usual, Between::kind(), (Network, Live, r"\text{activation}", "activation", "1");
        /// Whether networks may only give positive answers.
        positive: bool = true, Kind::Bool, (Network, Live, r"\rho\geq 0", "positive networks", "1");
        /// The frequency whose resolution function is drawn.
        probe: f64 = 2.0, Kind::Float { min: 0.0, max: 100.0, log: false }, (Network, Live, r"\omega_0", "look through the window at", "1");

        /// When a network stops, and what its regulator does until then.
        training: Training = Training::Ladder, Training::kind(), (Training, Live, r"\text{schedule}", "schedule of networks", "1");
        /// What a network keeps small besides chi squared; the published schedule has its own.
        regulator: Regulator = Regulator::SmoothOutput, Regulator::kind(), (Training, Live, "P", "regulator of networks", "1");
        /// How the weights of a network are found; the published schedule has Adam.
        optimiser: Optimiser = Optimiser::GaussNewton, Optimiser::kind(), (Training, Live, r"\text{optimiser}", "optimiser", "1");
        /// Factor of a penalty on the squares of all weights that stays.
        weight_decay: f64 = 0.0, Kind::Float { min: 0.0, max: 1.0, log: false }, (Training, Live, r"\ell_2", "weight decay", "1");
        /// Step size of Adam.
        learning_rate: f64 = 1e-3, Kind::Float { min: 1e-5, max: 0.1, log: true }, (Training, Live, r"\eta", "learning rate", "1");
        /// Steps of Adam at each strength of the regulator; the published schedule is ten times as long.
        adam_steps: usize = 2000, Kind::Int { min: 50.0, max: 100_000.0, step: 50.0 }, (Training, Live, r"\text{steps}", "steps of Adam", "1");
        /// The mock spectra that the supervised map is trained on.
        family: Family = Family::OnePeak, Family::kind(), (Training, Live, r"\text{family}", "training family", "1");
        /// Steps of training of the supervised map.
        map_steps: usize = 2000, Kind::Int { min: 50.0, max: 100_000.0, step: 50.0 }, (Training, Live, r"\text{steps}_{\text{map}}", "steps of the map", "1");

        /// What is done when the training is over.
        study: Study = Study::Replicas, Study::kind(), (Sampling, Live, r"\text{study}", "then", "1");
        /// Replicas of the data that give the bands.
        samples: usize = 24, Kind::Int { min: 2.0, max: 1000.0, step: 1.0 }, (Sampling, Live, "R", "replicas", "1");
        /// Draws of the noise in a study of coverage; in the benchmark, for each spectrum and noise level.
        draws: usize = 8, Kind::Int { min: 2.0, max: 200.0, step: 1.0 }, (Sampling, Live, r"n_{\text{draws}}", "draws of a study", "1");
    }
}

/// The parameters that mock data are made from, and that a correlator from a file does not know.
pub const OF_MOCK: [&str; 13] = [
    "shape",
    "noise",
    "mass_1",
    "width_1",
    "area_1",
    "mass_2",
    "width_2",
    "area_2",
    "points",
    "reach",
    "noise_model",
    "correlated",
    "draw",
];

/// Replicas of each draw in a study of coverage.
pub const REPLICAS_OF_A_DRAW: usize = 16;

impl Params {
    /// Values that cannot go together.
    pub fn check(&self) -> Result<(), Error> {
        if self.methods.0.iter().any(|m| self.methods.0.iter().filter(|other| *other == m).count() > 1) {
            let given = crate::schema::ParamValue::to_value(&self.methods);
            return Err(Error::param_rule("methods", &given, "names a method twice"));
        }
        Ok(())
    }

    /// The frequencies.
    pub fn grid(&self) -> Grid {
        Grid::new(self.frequencies, self.cutoff)
    }

    /// The two peaks.
    pub fn peaks(&self) -> [Peak; 2] {
        [
            Peak { mass: self.mass_1, width: self.width_1, area: self.area_1 },
            Peak { mass: self.mass_2, width: self.width_2, area: self.area_2 },
        ]
    }

    /// Momenta from (nearly) zero, times after zero.
    pub fn mock_points(&self) -> Vec<f64> {
        /// Not quite zero, where the kernel over momenta is 1/w.
        const FIRST: f64 = 1e-3;
        let n = self.points;
        let part = |j: usize, from: f64, to: f64| from + (to - from) * j as f64 / (n - 1) as f64;
        match self.kernel {
            Kernel::KallenLehmann => (0..n).map(|j| part(j, FIRST, self.reach)).collect(),
            Kernel::Exponential => (0..n).map(|j| self.reach * (j + 1) as f64 / n as f64).collect(),
            Kernel::Thermal => (0..n).map(|j| 0.5 / self.temperature * (j + 1) as f64 / n as f64).collect(),
        }
    }

    /// The default model on the grid.
    pub fn default_on(&self, grid: &Grid) -> Vec<f64> {
        let shape = |w: f64| match self.default_model {
            DefaultModel::Flat => 1.0,
            DefaultModel::Falling => w / (1.0 + w * w),
            DefaultModel::Rising => w,
        };
        grid.omega.iter().map(|&w| self.default_height * shape(w)).collect()
    }

    /// Whether `new` has other data.
    pub fn is_other_data(&self, new: &Self) -> bool {
        self.of_the_data() != new.of_the_data()
    }

    /// Whether `new` asks for other mock data, whatever the kernel: a correlator from a file is then no longer wanted.
    pub fn is_other_mock(&self, new: &Self) -> bool {
        OF_MOCK.iter().any(|id| self.get(id) != new.get(id))
    }

    /// The same but for what has to do with the data.
    fn of_the_data(&self) -> Self {
        Self {
            shape: self.shape,
            noise: self.noise,
            mass_1: self.mass_1,
            width_1: self.width_1,
            area_1: self.area_1,
            mass_2: self.mass_2,
            width_2: self.width_2,
            area_2: self.area_2,
            kernel: self.kernel,
            temperature: self.temperature,
            points: self.points,
            reach: self.reach,
            noise_model: self.noise_model,
            correlated: self.correlated,
            draw: self.draw,
            ..Self::default()
        }
    }

    /// Whether `new` has data of the same kind, and noise by the same law: a supervised map knows both.
    pub fn has_noise_of(&self, new: &Self) -> bool {
        let kind = |p: &Self| Self {
            shape: Shape::SinglePeak,
            draw: 1,
            mass_1: 2.0,
            width_1: 0.5,
            area_1: 1.0,
            mass_2: 5.0,
            width_2: 0.5,
            area_2: 1.0,
            ..p.of_the_data()
        };
        kind(self) == kind(new)
    }
}
