//! Everything that can be set.

use crate::{
    action::Phi4,
    choice,
    diffusion::{Method, Preconditioning, Process, Reverse, Sde},
    error::Error,
    mcmc::{Hmc, Langevin, Mala, Metropolis, Updater, Wolff},
    optim::Schedule,
    params,
    schema::Kind,
};

choice! {
    /// Where the training configurations come from.
    pub enum DataSource {
        /// One long chain of cluster updates, measured after thermalisation.
        Equilibrated = ("equilibrated", "equilibrated chain"),
        /// Independent chains of hybrid Monte Carlo from white noise, each stopped after 128 trajectories: the published protocol (arXiv:2309.17082). Near the critical point that is too early.
        HotStarts = ("hot_starts", "hot starts, 128 trajectories"),
    }
}

choice! {
    /// The reference sampler.
    pub enum ChainKind {
        /// Hybrid Monte Carlo: leapfrog trajectories, step size tuned to 80-90 % acceptance while thermalising.
        Hmc = ("hmc", "HMC"),
        /// Metropolis: one update is a sweep over all sites, width tuned while thermalising.
        Metropolis = ("metropolis", "Metropolis"),
        /// A Metropolis sweep, then Wolff clusters of the signs: both signs are visited, and near the transition it forgets much faster than the others.
        Wolff = ("wolff", "cluster + Metropolis"),
        /// Stochastic quantization to first order in the step: no accept-reject, and so a bias proportional to the step.
        Langevin = ("langevin", "Langevin"),
        /// Langevin steps with accept-reject: exact.
        Mala = ("mala", "MALA"),
    }
}

choice! {
    /// The Markov updates that follow the reverse process.
    pub enum Tail {
        /// Hybrid Monte Carlo trajectories.
        Hmc = ("hmc", "HMC"),
        /// Langevin steps with accept-reject: the reverse process, gone on with the true force.
        Mala = ("mala", "MALA"),
    }
}

choice! {
    /// What training minimises.
    pub enum Objective {
        /// Denoising score matching, as published: learns from the configurations alone.
        Denoising = ("denoising", "denoising score matching"),
        /// The same with the force of the action at the clean configuration as a control variate: its mean given the noisy one is the same score, so that their difference only takes noise away. For equilibrium data of this very theory.
        WithForce = ("with_force", "with the force of the action"),
    }
}

choice! {
    /// How the noise of a training example is drawn.
    pub enum NoiseLevels {
        /// Uniform in the logarithm of the noise, down to the end of the reverse process: every octave of noise is practised equally.
        LogUniform = ("log_uniform", "log-uniform"),
        /// Uniform in time from 0.00001 to 1, as published: little noise is hardly ever seen.
        UniformTime = ("uniform_time", "uniform in time"),
    }
}

params! {
    /// Parameters of the phi^4 lab. The lattice spacing is 1.
    pub struct Params {
        /// Sites along each of the two axes; a single site is the toy with one degree of freedom.
        lattice_size: usize = 8, Kind::Int { min: 1.0, max: 32.0, step: 1.0 }, (Physics, Build, "L", "lattice size", "a", prominent);
        /// Hopping parameter. Above its critical value the field orders; without a quartic term it has to stay below 1/4.
        kappa: f64 = 0.21, Kind::Float { min: 0.0, max: 1.2, log: false }, (Physics, Live, r"\kappa", "hopping parameter", "1", prominent);
        /// Quartic coupling. Zero is the free field; infinity would be the Ising model. Negative values leave the action without a lower bound and are refused.
        lambda: f64 = 0.022, Kind::Float { min: 0.0, max: 2.0, log: false }, (Physics, Live, r"\lambda", "quartic coupling", "1", prominent);

        /// What the denoiser knows before it learns.
        preconditioning: Preconditioning = Preconditioning::Sites, Preconditioning::kind(), (Network, Build, "D_0", "starts from", "1");
        /// Channels of the network at full resolution; twice as many at half and quarter resolution.
        channels: usize = 16, Kind::Int { min: 4.0, max: 64.0, step: 4.0 }, (Network, Build, r"\text{width}", "channels", "1");
        /// Resolutions of the U-shaped network: each halves the lattice, as long as its side is even.
        levels: usize = 2, Kind::Int { min: 1.0, max: 4.0, step: 1.0 }, (Network, Build, r"\text{levels}", "resolutions", "1");
        /// Makes the score exactly odd under a change of sign of the field, as that of the theory is.
        odd: bool = true, Kind::Bool, (Network, Build, r"\mathbb{Z}_2", "odd score", "1");

        /// The process that adds noise.
        sde: Sde = Sde::VarianceExploding, Sde::kind(), (Training, Build, r"\text{SDE}", "noise process", "1");
        /// Base of the variance-exploding process, g = sigma^t. In units of the field's root mean square.
        sigma: f64 = 25.0, Kind::Float { min: 2.0, max: 100.0, log: true }, (Training, Build, r"\sigma", "noise scale", "1");
        /// What training minimises.
        objective: Objective = Objective::Denoising, Objective::kind(), (Training, Live, r"\text{loss}", "objective", "1");
        /// How the noise of a training example is drawn.
        noise_levels: NoiseLevels = NoiseLevels::LogUniform, NoiseLevels::kind(), (Training, Live, "p(t)", "noise levels", "1");
        /// Where the training configurations come from.
        data: DataSource = DataSource::Equilibrated, DataSource::kind(), (Training, Live, r"\text{data}", "training data", "1");
        /// Training configurations; one eighth more is kept for testing.
        data_size: usize = 2048, Kind::Int { min: 64.0, max: 32_768.0, step: 64.0 }, (Training, Live, "n_{\\text{data}}", "training configurations", "1");
        /// Shows every configuration to the network shifted, reflected and turned over at random, as the symmetries of the theory allow.
        augment: bool = true, Kind::Bool, (Training, Live, r"\text{augment}", "use symmetries of the data", "1");
        /// Step size of Adam at the start of the plan.
        learning_rate: f64 = 4e-3, Kind::Float { min: 1e-5, max: 0.1, log: true }, (Training, Live, r"\eta", "learning rate", "1");
        /// How the learning rate falls over the planned steps.
        schedule: Schedule = Schedule::Cosine, Schedule::kind(), (Training, Live, r"\text{schedule}", "schedule", "1");
        /// Configurations per optimiser step.
        batch: usize = 64, Kind::Int { min: 8.0, max: 1024.0, step: 8.0 }, (Training, Live, "B", "batch", "1");
        /// Largest norm of the gradient; a longer one is shortened to it.
        clip: f64 = 10.0, Kind::Float { min: 0.01, max: 1000.0, log: true }, (Training, Live, r"|g|_{\max}", "gradient clipping", "1");
        /// Decay of the running mean of the weights, with which samples are drawn; 0 uses the weights as they are.
        average: f64 = 0.99, Kind::Float { min: 0.0, max: 0.9999, log: false }, (Training, Live, r"\text{EMA}", "averaging of weights", "1");
        /// Optimiser steps of the plan: how far a run goes by itself, and the length of the schedule.
        steps: usize = 240, Kind::Int { min: 1.0, max: 100_000.0, step: 1.0 }, (Training, Live, r"\text{steps}", "steps", "1");

        /// How the reverse process is integrated.
        sampler: Method = Method::Multistep, Method::kind(), (Sampling, Live, r"\text{sampler}", "sampler", "1");
        /// Noise of the reverse process: 1 is the stochastic equation, 0 the deterministic flow, both with the same densities at all times. The flow has none in any case.
        reverse_noise: f64 = 1.0, Kind::Float { min: 0.0, max: 1.0, log: false }, (Sampling, Live, r"\eta_{\text{noise}}", "reverse noise", "1", prominent);
        /// Steps of the reverse process; the adaptive flow takes fewer.
        sampling_steps: usize = 20, Kind::Int { min: 5.0, max: 2000.0, step: 1.0 }, (Sampling, Live, r"n_{t}", "reverse steps", "1");
        /// Time at which the reverse process ends. What noise there is then stays, unless it is taken away.
        end_time: f64 = 1e-3, Kind::Float { min: 1e-6, max: 0.1, log: true }, (Sampling, Live, r"\epsilon", "end time", "1");
        /// Takes the last noise away by the mean of the configuration given it (Tweedie's formula).
        denoise_end: bool = true, Kind::Bool, (Sampling, Live, r"\hat\phi", "remove the last noise", "1");
        /// Sites along each axis of the lattice that is sampled and compared: convolutions carry over from one size to another. Zero: the size of the training lattice.
        sample_size: usize = 0, Kind::Int { min: 0.0, max: 64.0, step: 1.0 }, (Sampling, Build, "L'", "sampled lattice", "a");
        /// Markov updates with the true action that follow the reverse process.
        tail: Tail = Tail::Hmc, Tail::kind(), (Sampling, Live, r"\text{tail}", "tail", "1");
        /// How many of them: with enough the samples are exact.
        tail_updates: usize = 10, Kind::Int { min: 0.0, max: 200.0, step: 1.0 }, (Sampling, Live, r"n_{\text{tail}}", "tail updates", "1");
        /// Follows the deterministic flow with its exact density, so that samples can be reweighted. Lattices of at most 64 sites; each sample costs thousands of evaluations.
        likelihood: bool = false, Kind::Bool, (Sampling, Live, r"\ln q", "exact likelihood", "1");
        /// The Markov chain that runs beside the model.
        chain: ChainKind = ChainKind::Hmc, ChainKind::kind(), (Sampling, Live, r"\text{chain}", "reference chain", "1");
        /// Step of the Langevin chain in fictitious time: its bias is proportional to it.
        langevin_step: f64 = 0.02, Kind::Float { min: 1e-4, max: 0.3, log: true }, (Sampling, Live, "h", "Langevin step", "1");
        /// Chain updates made per optimiser step, and per sample of the trained model.
        chain_per_step: usize = 10, Kind::Int { min: 1.0, max: 1000.0, step: 1.0 }, (Sampling, Live, r"n_{\text{chain}}", "chain updates per step", "1");
        /// Samples drawn from the trained model when the plan is done.
        samples: usize = 2048, Kind::Int { min: 16.0, max: 65_536.0, step: 16.0 }, (Sampling, Live, "n", "samples", "1");
    }
}

/// Most sites of a lattice on which the likelihood is computed.
const MOST_LIKELIHOOD_SITES: usize = 64;

impl Params {
    /// The theory on the lattice of the training data.
    pub fn training_theory(&self) -> Phi4 {
        Phi4 { side: self.lattice_size, kappa: self.kappa, lambda: self.lambda }
    }

    /// The theory on the lattice that is sampled.
    pub fn theory(&self) -> Phi4 {
        let side = if self.sample_size == 0 { self.lattice_size } else { self.sample_size };
        Phi4 { side, ..self.training_theory() }
    }

    /// The noise process.
    pub fn process(&self) -> Process {
        Process { sde: self.sde, base: self.sigma }
    }

    /// The reverse process.
    pub fn reverse(&self) -> Reverse {
        Reverse {
            process: self.process(),
            method: self.sampler,
            steps: self.sampling_steps,
            noise: self.reverse_noise,
            end: self.end_time,
            denoise: self.denoise_end,
        }
    }

    /// A new updater of the reference chain.
    pub fn updater(&self) -> Updater {
        match self.chain {
            ChainKind::Hmc => Updater::Hmc(Hmc::new(1.0)),
            ChainKind::Metropolis => Updater::Metropolis(Metropolis::default()),
            ChainKind::Wolff => Updater::Wolff(Wolff::default()),
            ChainKind::Langevin => Updater::Langevin(Langevin::new(self.langevin_step)),
            ChainKind::Mala => Updater::Mala(Mala::default()),
        }
    }

    /// Refuses what no single range can: theories without a ground state, likelihoods that would take hours.
    ///
    /// # Errors
    /// [`Error::Param`].
    pub fn check(&self) -> Result<(), Error> {
        if self.lambda == 0.0 && self.kappa >= 0.25 {
            let rule = "needs lambda > 0: with lambda = 0 the action has no lower bound for kappa >= 0.25";
            return Err(Error::param_rule("kappa", &self.kappa, rule));
        }
        let sites = self.theory().side.pow(2);
        if self.likelihood && sites > MOST_LIKELIHOOD_SITES {
            let rule = format!("needs a lattice of at most {MOST_LIKELIHOOD_SITES} sites: this one has {sites}");
            return Err(Error::param_rule("likelihood", &self.likelihood, rule));
        }
        Ok(())
    }

    /// Whether a change to `new` changes the theory, so that what was measured belongs to another one.
    pub fn is_other_theory(&self, new: &Self) -> bool {
        self.training_theory() != new.training_theory()
    }

    /// Whether a change to `new` changes the training data.
    pub fn is_other_data(&self, new: &Self) -> bool {
        self.is_other_theory(new) || self.data != new.data || self.data_size != new.data_size
    }

    /// Whether a change to `new` changes what the chain does.
    pub fn is_other_chain(&self, new: &Self) -> bool {
        self.is_other_theory(new)
            || self.chain != new.chain
            || (new.chain == ChainKind::Langevin && self.langevin_step.total_cmp(&new.langevin_step).is_ne())
    }

    /// Whether a change to `new` changes how samples are drawn.
    pub fn is_other_sampling(&self, new: &Self) -> bool {
        self.is_other_theory(new)
            || self.reverse() != new.reverse()
            || (self.tail, self.tail_updates, self.likelihood) != (new.tail, new.tail_updates, new.likelihood)
    }
}
