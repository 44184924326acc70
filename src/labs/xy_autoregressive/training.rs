//! One step of training: configurations, what each of them is worth, and the gradient.

use burn::tensor::{Tensor, TensorData};

use super::{
    XyAutoregressive,
    params::{GROUPS, Objective, Params, Temperatures},
};
use crate::{
    net::Pass,
    objective::{advantages, score_function},
};

/// Sites of configurations that are differentiated together: some hundred megabytes.
const LARGEST_PART: usize = 1 << 17;

impl XyAutoregressive {
    /// The inverse temperature of each row of a batch.
    fn batch_betas(&mut self) -> Vec<f64> {
        let Params { batch, beta, beta_low, beta_high, annealing, .. } = self.params;
        match self.params.temperatures {
            Temperatures::Range => {
                // Each group somewhere in its part of the range.
                let width = (beta_high - beta_low) / GROUPS as f64;
                (0..GROUPS)
                    .flat_map(|group| {
                        let at = beta_low + width * (group as f64 + self.prior_rng.uniform());
                        std::iter::repeat_n(at, batch / GROUPS)
                    })
                    .collect()
            }
            Temperatures::One | Temperatures::Elsewhere => {
                let done = (self.step - self.origin + 1).cast_signed();
                vec![self.params.network_beta(beta) * (1.0 - annealing.powi(done)); batch]
            }
        }
    }

    /// Energies of configurations.
    fn energies(&self, values: &[f32]) -> Vec<f64> {
        let (model, lattice) = (self.params.model, self.params.lattice());
        values
            .chunks_exact(lattice.sites())
            .map(|c| model.energy(lattice, &c.iter().map(|&v| v.into()).collect::<Vec<_>>()))
            .collect()
    }

    /// Samples or data of a step in parts that fit into memory, the coefficient of `grad ln q` of each, and the loss.
    pub(super) fn batch(&mut self) -> (Vec<Pass>, Vec<f64>, f64) {
        let lattice_sites = self.params.lattice().sites();
        let (sites, part) = (lattice_sites as f64, (LARGEST_PART / lattice_sites).max(1));
        match self.params.objective {
            Objective::Reinforce => {
                let betas = self.batch_betas();
                let draw = |betas| self.density.draw(&self.host, betas, &mut self.prior_rng, true);
                let passes: Vec<Pass> = betas.chunks(part).map(draw).collect();
                let energies: Vec<f64> = passes.iter().flat_map(|pass| self.energies(&pass.values)).collect();
                let log_q = || passes.iter().flat_map(|pass| &pass.log_q);
                let rewards: Vec<f64> = log_q().zip(&energies).zip(&betas).map(|((q, e), beta)| q + beta * e).collect();
                let range = self.params.temperatures == Temperatures::Range;
                let advantages = advantages(&rewards, if range { GROUPS } else { 1 });
                // While it anneals the samples are hotter, and yet a bound at the temperature that is aimed at.
                let aim = self.params.network_beta(self.params.beta);
                let loss: f64 =
                    if range { rewards.iter().sum() } else { log_q().zip(&energies).map(|(q, e)| q + aim * e).sum() };
                (passes, advantages, loss / (rewards.len() as f64 * sites))
            }
            Objective::ForwardKl => {
                let (batch, beta) = (self.params.batch, self.params.beta);
                let mut values = Vec::with_capacity(batch * lattice_sites);
                for _ in 0..batch {
                    values.extend_from_slice(&self.recent[self.data_rng.below(self.recent.len())]);
                }
                let energies = self.energies(&values);
                let evaluate = |values: &[f32]| {
                    self.density.evaluate(&self.host, &vec![beta; values.len() / lattice_sites], values, true)
                };
                let passes: Vec<Pass> = values.chunks(part * lattice_sites).map(evaluate).collect();
                let log_q = passes.iter().flat_map(|pass| &pass.log_q);
                let loss: f64 = energies.iter().zip(log_q).map(|(e, q)| -q - beta * e).sum();
                let count = batch as f64;
                (passes, vec![-1.0 / count; batch], loss / (count * sites))
            }
        }
    }

    /// The gradient of a step.
    pub(super) fn gradient(&self, passes: Vec<Pass>, coefficients: &[f64]) -> Tensor<1> {
        let sites = self.params.lattice().sites();
        let mut done = 0;
        let parts = passes.into_iter().map(|pass| {
            let rows = pass.log_q.len();
            let shape = [sites, rows, self.density.inputs()];
            let inputs = Tensor::<3>::from_data(TensorData::new(pass.inputs, shape), &self.device).autodiff();
            let leaves = self.parameters.tracked();
            let numbers = self.density.forward(&leaves, inputs, &self.device);
            let coefficients = &coefficients[done..done + rows];
            done += rows;
            leaves.gradient(&score_function(numbers, &pass.gradient, coefficients, &self.device).backward())
        });
        parts.reduce(|sum, part| sum + part).expect("a batch is not empty")
    }
}
