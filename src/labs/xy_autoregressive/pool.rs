//! Samples of the network as it is now.

use crate::{
    action::SpinModel,
    error::Error,
    lattice::Square,
    mcmc::{IndependenceChain, independence_metropolis},
    observable::{Scratch, SpinColumns},
    rng::{Rng, Stream},
    stats::Series,
};

/// Samples with what the estimates are made from.
#[derive(Debug, Clone)]
pub struct Pool {
    columns: SpinColumns,
    beta: f64,
    sites: usize,
    /// Configurations, flat: `[count, site]`.
    pub values: Vec<f32>,
    /// `ln q` of each.
    pub log_q: Vec<f64>,
    /// `S = beta H` of each.
    pub actions: Vec<f64>,
    /// Primary observables of each.
    pub series: Series,
    scratch: Scratch,
}

impl Pool {
    /// An empty pool for a theory.
    pub fn new(model: SpinModel, lattice: Square, beta: f64) -> Self {
        let columns = SpinColumns::new(model, lattice);
        Self {
            columns,
            beta,
            sites: lattice.sites(),
            values: Vec::new(),
            log_q: Vec::new(),
            actions: Vec::new(),
            series: Series::unbounded(columns.width()),
            scratch: Scratch::default(),
        }
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        self.log_q.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.log_q.is_empty()
    }

    /// Adds configurations.
    ///
    /// # Errors
    /// [`Error::NonFinite`] naming `step` if a spin or its density is not finite; nothing is added then.
    pub fn add(&mut self, values: &[f32], log_q: &[f64], step: u32) -> Result<(), Error> {
        let bad = values.iter().map(|v| f64::from(*v)).chain(log_q.iter().copied()).find(|v| !v.is_finite());
        if let Some(value) = bad {
            return Err(Error::NonFinite {
                quantity: "a sample of the network",
                value,
                step: step.into(),
                param: "learning_rate",
                remedy: "Lower the learning rate and reset.",
            });
        }
        let mut row = Vec::with_capacity(self.columns.width());
        let mut spins = Vec::with_capacity(self.sites);
        for (configuration, log_q) in values.chunks_exact(self.sites).zip(log_q) {
            spins.clear();
            spins.extend(configuration.iter().map(|&v| f64::from(v)));
            self.columns.measure(&spins, &mut self.scratch, &mut row);
            self.series.push(&row);
            self.actions.push(self.beta * row[SpinColumns::ENERGY] * self.sites as f64);
            self.log_q.push(*log_q);
        }
        self.values.extend_from_slice(values);
        Ok(())
    }

    /// The latest configuration.
    pub fn latest(&self) -> Option<&[f32]> {
        self.values.chunks_exact(self.sites).next_back()
    }

    /// `ln w = -S - ln q`.
    pub fn log_weights(&self) -> Vec<f64> {
        self.actions.iter().zip(&self.log_q).map(|(s, q)| -s - q).collect()
    }

    /// The samples as proposals of an independence Metropolis chain, with the measurements in the order of that chain.
    pub fn metropolis(&self, log_w: &[f64], seed: u64) -> (IndependenceChain, Series) {
        // The stream starts anew each time: the chain is a function of the pool.
        let chain = independence_metropolis(log_w, &mut Rng::new(seed, Stream::Accept));
        let series = chain.in_order(&self.series);
        (chain, series)
    }
}
