//! Everything that can be set.

use crate::{action::DoubleWell, choice, optim::Schedule, params, prior::ModePrior, schema::Kind};

choice! {
    /// The variables that the couplings act on.
    pub enum Model {
        /// Couplings act on the Fourier modes of the path: the Fourier-flow (arXiv:2211.03470).
        Fourier = ("fourier", "Fourier-flow"),
        /// Couplings act on the positions at the time slices: RealNVP in coordinate space.
        Coordinate = ("coordinate", "coordinate flow"),
    }
}

choice! {
    /// The latent distribution.
    pub enum Prior {
        /// A free particle in one harmonic well, with the lattice dispersion: diagonal in Fourier space.
        Harmonic = ("harmonic", "free field"),
        /// Independent standard normals.
        Unit = ("unit", "unit normal"),
        /// The free field around each of the two minima, half and half: knows that there are two wells, nothing else.
        TwoWells = ("two_wells", "two free fields"),
    }
}

choice! {
    /// What is minimised.
    pub enum Objective {
        /// Variational free energy E_q[ln q + S]: needs no data, but a well that the model has lost costs it only ln 2.
        ReverseKl = ("reverse_kl", "reverse KL"),
        /// The same free energy with the path gradient: the explicit parameter dependence of ln q, whose mean is zero, is left out of the gradient, and so is its noise.
        PathGradient = ("path_gradient", "reverse KL, path gradient"),
        /// Likelihood of the chain's configurations, E_p[-ln q]: cannot lose a well that the chain visits.
        ForwardKl = ("forward_kl", "forward KL on the chain"),
    }
}

choice! {
    /// The reference sampler.
    pub enum ChainKind {
        /// Hybrid Monte Carlo: leapfrog trajectories, step size tuned to 80-90 % acceptance while thermalising.
        Hmc = ("hmc", "HMC"),
        /// Metropolis: one update is a sweep over all slices, width tuned while thermalising.
        Metropolis = ("metropolis", "Metropolis"),
    }
}

params! {
    /// Parameters of the double-well lab. Lengths and times are in the units of the continuum Hamiltonian, with `hbar = 1`.
    pub struct Params {
        /// Depth of the wells: the minima are at plus and minus the square root of f2, and the barrier between them is lambda f2 squared high.
        f2: f64 = 1.0, Kind::Float { min: 0.0, max: 6.0, log: false }, (Physics, Live, "f^2", "well position squared", "1", prominent);
        /// Time slices of the closed path. Its length in imaginary time is beta = N a.
        n_tau: usize = 16, Kind::Int { min: 4.0, max: 64.0, step: 2.0 }, (Physics, Build, "N", "time slices", "1", prominent);
        /// Imaginary time between neighbouring slices. The continuum is a to 0 at fixed beta = N a.
        spacing: f64 = 0.25, Kind::Float { min: 0.02, max: 1.0, log: true }, (Physics, Live, "a", "spacing", "a");
        /// Mass of the particle.
        mass: f64 = 0.5, Kind::Float { min: 0.1, max: 5.0, log: true }, (Physics, Live, "m", "mass", "1");
        /// Strength of the quartic potential.
        lambda: f64 = 1.0, Kind::Float { min: 0.1, max: 5.0, log: true }, (Physics, Live, r"\lambda", "quartic coupling", "1");

        /// The variables that the couplings act on: Fourier modes of the path, or its positions.
        model: Model = Model::Fourier, Model::kind(), (Network, Build, r"\text{model}", "model", "1");
        /// The latent distribution that the flow deforms.
        prior: Prior = Prior::Harmonic, Prior::kind(), (Network, Build, "p(z)", "latent distribution", "1");
        /// Affine coupling layers, one after the other.
        couplings: usize = 8, Kind::Int { min: 1.0, max: 24.0, step: 1.0 }, (Network, Build, r"\text{layers}", "couplings", "1");
        /// Units in each of the two hidden layers of a coupling's network.
        hidden: usize = 32, Kind::Int { min: 4.0, max: 256.0, step: 4.0 }, (Network, Build, r"\text{width}", "hidden units", "1");
        /// Makes the model exactly symmetric under x to -x, as the theory is: every sample is turned over with probability 1/2, and the density is the mean of both.
        symmetrise: bool = false, Kind::Bool, (Network, Live, r"\mathbb{Z}_2", "symmetrise", "1");

        /// What training minimises.
        objective: Objective = Objective::PathGradient, Objective::kind(), (Training, Live, r"\text{loss}", "objective", "1");
        /// Step size of Adam at the start of the plan.
        learning_rate: f64 = 1e-2, Kind::Float { min: 1e-5, max: 0.1, log: true }, (Training, Live, r"\eta", "learning rate", "1", prominent);
        /// How the learning rate falls over the planned steps.
        schedule: Schedule = Schedule::Cosine, Schedule::kind(), (Training, Live, r"\text{schedule}", "schedule", "1");
        /// Paths per optimiser step.
        batch: usize = 128, Kind::Int { min: 8.0, max: 1024.0, step: 8.0 }, (Training, Live, "B", "batch", "1");
        /// Largest norm of the gradient; a longer one is shortened to it.
        clip: f64 = 10.0, Kind::Float { min: 0.1, max: 1000.0, log: true }, (Training, Live, r"|g|_{\max}", "gradient clipping", "1");
        /// Optimiser steps of the plan: how far a run goes by itself, and the length of the schedule.
        steps: usize = 500, Kind::Int { min: 1.0, max: 100_000.0, step: 1.0 }, (Training, Live, r"\text{steps}", "steps", "1");

        /// The Markov chain that runs beside the model.
        chain: ChainKind = ChainKind::Hmc, ChainKind::kind(), (Sampling, Live, r"\text{chain}", "reference chain", "1");
        /// Length of an HMC trajectory in molecular-dynamics time.
        trajectory: f64 = 1.0, Kind::Float { min: 0.1, max: 10.0, log: true }, (Sampling, Live, r"\tau_{\mathrm{MD}}", "trajectory length", "1");
        /// Chain updates made per optimiser step, so that both run on one clock.
        chain_per_step: usize = 20, Kind::Int { min: 1.0, max: 1000.0, step: 1.0 }, (Sampling, Live, r"n_{\text{chain}}", "chain updates per step", "1");
        /// Samples drawn from the trained model when the plan is done.
        samples: usize = 32_768, Kind::Int { min: 64.0, max: 262_144.0, step: 1.0 }, (Sampling, Live, "n", "samples", "1");
    }
}

impl Params {
    /// The theory.
    pub fn theory(&self) -> DoubleWell {
        DoubleWell { n_tau: self.n_tau, spacing: self.spacing, mass: self.mass, lambda: self.lambda, f2: self.f2 }
    }

    /// The latent distribution.
    pub fn mode_prior(&self) -> ModePrior {
        match self.prior {
            Prior::Unit => ModePrior::unit(self.n_tau),
            Prior::Harmonic => ModePrior::harmonic(&self.theory()),
            Prior::TwoWells => ModePrior::two_wells(&self.theory()),
        }
    }

    /// Whether a change to `new` changes the theory, so that what was learned and measured belongs to another one.
    pub fn is_other_theory(&self, new: &Self) -> bool {
        self.theory() != new.theory()
    }

    /// Whether a change to `new` changes what the chain does.
    pub fn is_other_chain(&self, new: &Self) -> bool {
        self.is_other_theory(new) || self.chain != new.chain || self.trajectory != new.trajectory
    }
}
