//! Samples of the model as it is now, and what the tail makes of them.

use crate::{
    action::{Action as _, Phi4},
    error::Error,
    mcmc::Updater,
    observable::FieldColumns,
    rng::Rng,
    stats::Series,
};

/// The samples that estimates are made from.
#[derive(Debug, Clone)]
pub struct Pool {
    columns: FieldColumns,
    /// Configurations as the reverse process leaves them, flat: `[count, V]`.
    pub raw: Vec<f32>,
    /// `S` of each of them.
    pub actions: Vec<f64>,
    /// `ln q` of each of them, if the likelihood is followed.
    pub log_q: Vec<f64>,
    /// Their primary observables.
    pub raw_series: Series,
    /// Configurations after the tail, flat; empty without a tail.
    pub tail: Vec<f32>,
    /// Their primary observables.
    pub tail_series: Series,
    /// Means after 0, 1, 2, ... updates of the tail.
    pub relaxation: Vec<Relaxation>,
    /// Accepted fraction of the tail's updates, summed, and their number.
    pub tail_acceptance: (f64, usize),
}

/// Sums over samples after some updates of the tail.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Relaxation {
    /// Sum and sum of squares of the action density.
    pub action: (f64, f64),
    /// Sum and sum of squares of the mean of phi squared.
    pub phi2: (f64, f64),
}

impl Pool {
    /// An empty pool of configurations on a lattice of this side.
    pub fn new(side: usize) -> Self {
        let columns = FieldColumns::new(side);
        let series = Series::unbounded(columns.width());
        Self {
            columns,
            raw: Vec::new(),
            actions: Vec::new(),
            log_q: Vec::new(),
            raw_series: series.clone(),
            tail: Vec::new(),
            tail_series: series,
            relaxation: Vec::new(),
            tail_acceptance: (0.0, 0),
        }
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        self.actions.len()
    }

    /// Adds samples and lets each be followed by `updates` of the tail.
    ///
    /// # Errors
    /// [`Error::NonFinite`] naming `step` if a sample is not finite; nothing is added then.
    pub fn add(
        &mut self,
        theory: &Phi4,
        samples: &[f32],
        log_q: &[f64],
        (tail, updates): (&Updater, usize),
        rng: &mut Rng,
        step: u32,
    ) -> Result<(), Error> {
        let numbers = samples.iter().map(|&v| f64::from(v)).chain(log_q.iter().copied());
        if let Some(bad) = numbers.into_iter().find(|v| !v.is_finite()) {
            return Err(Error::NonFinite {
                quantity: "a sample of the model",
                value: bad,
                step: step.into(),
                param: "learning_rate",
                remedy: "Take more reverse steps, or lower the learning rate and reset.",
            });
        }
        let mut row = Vec::with_capacity(self.columns.width());
        let mut tail = tail.clone();
        self.relaxation.resize(updates + 1, Relaxation::default());
        for sample in samples.chunks_exact(theory.sites()) {
            let mut phi: Vec<f64> = sample.iter().map(|&v| v.into()).collect();
            self.columns.measure(theory, &phi, &mut row);
            self.raw_series.push(&row);
            self.actions.push(row[FieldColumns::ACTION] * theory.sites() as f64);
            self.relaxation[0].add(&row);
            for update in 1..=updates {
                let accepted = tail.update(theory, &mut phi, rng);
                self.tail_acceptance.0 += accepted;
                self.tail_acceptance.1 += 1;
                self.columns.measure(theory, &phi, &mut row);
                self.relaxation[update].add(&row);
            }
            if updates > 0 {
                self.tail_series.push(&row);
                self.tail.extend(phi.iter().map(|&v| v as f32));
            }
        }
        self.raw.extend_from_slice(samples);
        self.log_q.extend_from_slice(log_q);
        Ok(())
    }

    /// `ln w = -S - ln q`; empty without a likelihood.
    pub fn log_weights(&self) -> Vec<f64> {
        self.actions.iter().zip(&self.log_q).map(|(s, q)| -s - q).collect()
    }
}

impl Relaxation {
    fn add(&mut self, row: &[f64]) {
        for (sums, value) in [(&mut self.action, row[FieldColumns::ACTION]), (&mut self.phi2, row[FieldColumns::PHI2])]
        {
            sums.0 += value;
            sums.1 += value * value;
        }
    }
}
