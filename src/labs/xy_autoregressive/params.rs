//! Everything that can be set.

use crate::{
    action::SpinModel,
    choice,
    error::Error,
    lattice::Square,
    mcmc::spins::Recipe,
    net::{Autoregressive, Body, Conditional, Frontier, Layout, MaskedConv},
    optim::Schedule,
    params,
    schema::Kind,
};

choice! {
    /// What a conditional density is computed from.
    pub enum Network {
        /// The last visited spin of every column and the first row, in the frame of the local field, through gated residual blocks: no blind spot, torus and rotations built in.
        Frontier = ("frontier", "frontier network"),
        /// Masked 3 by 3 convolutions in raster order, as published (arXiv:2005.04857; for Ising arXiv:1809.10606).
        MaskedConv = ("masked_conv", "masked convolutions"),
    }
}

choice! {
    /// The family of conditional densities of an angle. Ising spins have a probability instead.
    pub enum Family {
        /// Mixture of von Mises densities with learned weights: periodic, and exact for a spin in a known field.
        VonMises = ("von_mises", "von Mises"),
        /// Mixture of Beta densities with equal weights, as published: not periodic.
        Beta = ("beta", "Beta"),
    }
}

choice! {
    /// At which temperatures the network trains.
    pub enum Temperatures {
        /// At the inverse temperature of the theory.
        One = ("one", "where it is asked"),
        /// At the lower end of the range instead, whatever is asked of it later.
        Elsewhere = ("elsewhere", "elsewhere"),
        /// All over the range: the inverse temperature is an input of the network.
        Range = ("range", "over a range"),
    }
}

choice! {
    /// What is minimised.
    pub enum Objective {
        /// Variational free energy on the network's own samples, gradient by the score function: needs no data.
        Reinforce = ("reinforce", "variational free energy"),
        /// Likelihood of the chain's configurations: less noise, but the chain must have been everywhere.
        ForwardKl = ("forward_kl", "likelihood on the chain"),
    }
}

choice! {
    /// What one update of the reference chain does.
    pub enum ChainKind {
        /// A Metropolis sweep, two over-relaxation sweeps (XY) and two Wolff clusters.
        Mixed = ("mixed", "mixed"),
        /// One Metropolis sweep.
        Metropolis = ("metropolis", "Metropolis"),
        /// One Metropolis sweep and four over-relaxation sweeps; over-relaxation does nothing to Ising spins.
        OverRelaxation = ("over_relaxation", "over-relaxation"),
        /// One Wolff cluster.
        Wolff = ("wolff", "Wolff cluster"),
    }
}

choice! {
    /// Where the chain starts.
    pub enum Start {
        /// Aligned spins, and it is thermalised before anything is shown.
        Cold = ("cold", "aligned, thermalised"),
        /// Random spins: a quench from infinite temperature that one can watch.
        Hot = ("hot", "random: a quench"),
    }
}

choice! {
    /// What further chains do beside the one that is shown.
    pub enum Scan {
        /// The reference chain is alone.
        Off = ("off", "no scan"),
        /// One chain from high to low temperature, measuring at each; a network trained over a range is asked at each as well, and once more when its training is done.
        Temperatures = ("temperatures", "temperatures"),
        /// Metropolis and Wolff chains at L = 4, 8, 16, 32 at the critical temperature: autocorrelation times against L.
        Sizes = ("sizes", "lattice sizes"),
    }
}

params! {
    /// Parameters of the spin lab. `J = 1`.
    pub struct Params {
        /// Spins in the plane or up and down.
        model: SpinModel = SpinModel::Xy, SpinModel::kind(), (Physics, Build, r"\text{model}", "model", "1", prominent);
        /// Sites along an axis of the periodic square lattice.
        lattice_size: usize = 4, Kind::Int { min: 2.0, max: 32.0, step: 1.0 }, (Physics, Build, "L", "lattice size", "1", prominent);
        /// Inverse temperature, T = 1/beta. The XY model has its Kosterlitz-Thouless transition at beta = 1.12, Ising its critical point at beta = 0.4407.
        beta: f64 = 1.0, Kind::Float { min: 0.05, max: 5.0, log: false }, (Physics, Live, r"\beta", "inverse temperature", "1", prominent);

        /// What the conditional densities are computed from.
        network: Network = Network::Frontier, Network::kind(), (Network, Build, r"\text{network}", "network", "1");
        /// The family of conditional densities of an angle.
        family: Family = Family::VonMises, Family::kind(), (Network, Build, "q(\\theta_i)", "conditional density", "1");
        /// Components of the mixture of each conditional density.
        components: usize = 3, Kind::Int { min: 1.0, max: 8.0, step: 1.0 }, (Network, Build, "K", "components", "1");
        /// Hidden units, or channels of the convolutions.
        hidden: usize = 24, Kind::Int { min: 4.0, max: 128.0, step: 4.0 }, (Network, Build, r"\text{width}", "hidden units", "1");
        /// Residual blocks after the first layer, or convolutions after the first.
        layers: usize = 2, Kind::Int { min: 1.0, max: 6.0, step: 1.0 }, (Network, Build, r"\text{layers}", "layers", "1");
        /// At which temperatures the network trains.
        temperatures: Temperatures = Temperatures::One, Temperatures::kind(), (Network, Build, r"\beta_{\text{train}}", "trained", "1");

        /// What training minimises.
        objective: Objective = Objective::Reinforce, Objective::kind(), (Training, Live, r"\text{loss}", "objective", "1");
        /// Step size of Adam at the start of the plan.
        learning_rate: f64 = 1e-2, Kind::Float { min: 1e-5, max: 0.1, log: true }, (Training, Live, r"\eta", "learning rate", "1", prominent);
        /// How the learning rate falls over the planned steps.
        schedule: Schedule = Schedule::Cosine, Schedule::kind(), (Training, Live, r"\text{schedule}", "schedule", "1");
        /// Configurations per optimiser step.
        batch: usize = 128, Kind::Int { min: 16.0, max: 2048.0, step: 8.0 }, (Training, Live, "B", "batch", "1");
        /// Largest norm of the gradient; a longer one is shortened to it.
        clip: f64 = 1.0, Kind::Float { min: 0.01, max: 1000.0, log: true }, (Training, Live, r"|g|_{\max}", "gradient clipping", "1");
        /// Training starts at infinite temperature and cools as beta (1 - r^step), r this number; 0 starts at beta itself. Published networks need 0.998.
        annealing: f64 = 0.0, Kind::Float { min: 0.0, max: 0.9999, log: false }, (Training, Live, "r", "annealing", "1");
        /// Lower end of the range of inverse temperatures to train at, or the one to train at elsewhere.
        beta_low: f64 = 0.5, Kind::Float { min: 0.05, max: 5.0, log: false }, (Training, Live, r"\beta_{<}", "range from", "1");
        /// Upper end of the range of inverse temperatures to train at.
        beta_high: f64 = 1.5, Kind::Float { min: 0.05, max: 5.0, log: false }, (Training, Live, r"\beta_{>}", "range to", "1");
        /// Optimiser steps of the plan: how far a run goes by itself, and the length of the schedule.
        steps: usize = 200, Kind::Int { min: 1.0, max: 100_000.0, step: 1.0 }, (Training, Live, r"\text{steps}", "steps", "1");

        /// What an update of the reference chain does.
        chain: ChainKind = ChainKind::Mixed, ChainKind::kind(), (Sampling, Live, r"\text{chain}", "reference chain", "1");
        /// Where the chain starts; a change starts it anew.
        start: Start = Start::Cold, Start::kind(), (Sampling, Live, r"\text{start}", "start of the chain", "1");
        /// Chain updates made per optimiser step, so that both run on one clock.
        chain_per_step: usize = 20, Kind::Int { min: 1.0, max: 1000.0, step: 1.0 }, (Sampling, Live, r"n_{\text{chain}}", "chain updates per step", "1");
        /// Further chains in the background; each advances with the reference chain, and in the page by itself when the run is done.
        scan: Scan = Scan::Off, Scan::kind(), (Sampling, Live, r"\text{scan}", "background scan", "1");
        /// Samples drawn from the trained model when the plan is done.
        samples: usize = 16_384, Kind::Int { min: 64.0, max: 262_144.0, step: 1.0 }, (Sampling, Live, "n", "samples", "1");
        /// The site whose conditional density is drawn, in raster order from 0; those before it are given by the latest sample of the network. From the number of sites on, the sample is shown whole.
        site: usize = 5, Kind::Int { min: 0.0, max: 1024.0, step: 1.0 }, (Sampling, Live, "i", "site looked at", "1");
    }
}

/// Temperatures at once in a batch of a network that trains over a range.
pub const GROUPS: usize = 8;

impl Params {
    /// The lattice.
    pub fn lattice(&self) -> Square {
        Square { side: self.lattice_size }
    }

    /// The family of conditional densities.
    pub fn conditional(&self) -> Conditional {
        match (self.model, self.family) {
            (SpinModel::Ising, _) => Conditional::Bernoulli,
            (SpinModel::Xy, Family::VonMises) => Conditional::VonMises { components: self.components },
            (SpinModel::Xy, Family::Beta) => Conditional::Beta { components: self.components },
        }
    }

    /// The network, without its parameters.
    pub fn density(&self) -> Autoregressive {
        let conditional = self.conditional();
        let mut layout = Layout::default();
        let body = match self.network {
            Network::Frontier => {
                let components = if conditional.is_angular() { 2 } else { 1 };
                let conditioned = self.temperatures == Temperatures::Range;
                let sizes = (self.hidden, self.layers, conditional.numbers());
                Body::Frontier(Frontier::new(&mut layout, self.lattice(), components, conditioned, sizes))
            }
            Network::MaskedConv => {
                let layers = self.layers + 1;
                Body::MaskedConv(MaskedConv::new(
                    &mut layout,
                    self.lattice(),
                    self.hidden,
                    layers,
                    conditional.numbers(),
                ))
            }
        };
        Autoregressive::new(self.lattice(), conditional, body, layout)
    }

    /// The inverse temperature at which the network is drawn from, when it is asked at `beta`.
    pub fn network_beta(&self, beta: f64) -> f64 {
        if self.temperatures == Temperatures::Elsewhere { self.beta_low } else { beta }
    }

    /// Updates of the reference chain.
    pub fn recipe(&self) -> Recipe {
        let of = |metropolis, over_relaxation, wolff| Recipe { metropolis, over_relaxation, wolff };
        match (self.chain, self.model) {
            (ChainKind::Metropolis, _) | (ChainKind::OverRelaxation, SpinModel::Ising) => of(1, 0, 0),
            (ChainKind::OverRelaxation, SpinModel::Xy) => of(1, 4, 0),
            (ChainKind::Wolff, _) => of(0, 0, 1),
            (ChainKind::Mixed, SpinModel::Xy) => of(1, 2, 2),
            (ChainKind::Mixed, SpinModel::Ising) => of(1, 0, 2),
        }
    }

    /// What no single parameter can say.
    ///
    /// # Errors
    /// [`Error::Param`] for a combination that has no meaning.
    pub fn check(&self) -> Result<(), Error> {
        if self.temperatures == Temperatures::Range {
            if self.network == Network::MaskedConv {
                return Err(Error::param_rule(
                    "temperatures",
                    &"range",
                    "needs the frontier network: the published convolutions are not told the temperature",
                ));
            }
            if self.beta_low >= self.beta_high {
                return Err(Error::param_rule(
                    "beta_low",
                    &self.beta_low,
                    format!("is not below the upper end of the range, beta_high = {}", self.beta_high),
                ));
            }
        }
        if self.temperatures != Temperatures::One && self.objective == Objective::ForwardKl {
            return Err(Error::param_rule(
                "objective",
                &"forward_kl",
                "needs the network to train where it is asked: there the chain is",
            ));
        }
        Ok(())
    }

    /// Whether a change to `new` changes the theory, so that what was measured belongs to another one.
    pub fn is_other_theory(&self, new: &Self) -> bool {
        self.beta != new.beta
    }

    /// Whether a change to `new` changes what the network is asked to be, so that the plan begins anew.
    pub fn is_other_task(&self, new: &Self) -> bool {
        match self.temperatures {
            Temperatures::One => self.beta != new.beta,
            Temperatures::Elsewhere => self.beta_low != new.beta_low,
            Temperatures::Range => self.beta_low != new.beta_low || self.beta_high != new.beta_high,
        }
    }

    /// Whether a change to `new` starts the chain anew.
    pub fn is_other_chain(&self, new: &Self) -> bool {
        self.is_other_theory(new) || self.chain != new.chain || self.start != new.start
    }
}
