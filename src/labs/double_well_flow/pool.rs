//! Samples of the model as it is now, with their weights.

use crate::{
    action::{Action as _, DoubleWell},
    error::Error,
    mcmc::{IndependenceChain, independence_metropolis},
    observable::PathColumns,
    rng::{Rng, Stream},
    stats::Series,
};

/// The samples that estimates are made from.
#[derive(Debug, Clone)]
pub struct Pool {
    columns: PathColumns,
    /// Paths, flat: `[count, N]`.
    pub paths: Vec<f32>,
    /// `ln q` of each path.
    pub log_q: Vec<f64>,
    /// `S` of each path.
    pub actions: Vec<f64>,
    /// Primary observables of each path.
    pub series: Series,
}

impl Pool {
    /// An empty pool of paths of `sites` sites.
    pub fn new(sites: usize) -> Self {
        let columns = PathColumns::new(sites);
        let series = Series::unbounded(columns.width());
        Self { columns, paths: Vec::new(), log_q: Vec::new(), actions: Vec::new(), series }
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        self.log_q.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.log_q.is_empty()
    }

    /// Adds samples.
    ///
    /// # Errors
    /// [`Error::NonFinite`] naming `step` if a path or its density is not finite; nothing is added then.
    pub fn add(&mut self, theory: &DoubleWell, paths: &[f32], log_q: &[f32], step: u32) -> Result<(), Error> {
        if let Some(bad) = paths.iter().chain(log_q).find(|v| !v.is_finite()) {
            return Err(Error::NonFinite {
                quantity: "a sample of the model",
                value: f64::from(*bad),
                step: step.into(),
                param: "learning_rate",
                remedy: "Lower the learning rate and reset.",
            });
        }
        let mut row = Vec::with_capacity(self.columns.width());
        for (path, &log_q) in paths.chunks_exact(theory.n_tau).zip(log_q) {
            let x: Vec<f64> = path.iter().map(|&v| v.into()).collect();
            self.columns.measure(&x, &mut row);
            self.series.push(&row);
            self.actions.push(theory.action(&x));
            self.log_q.push(log_q.into());
        }
        self.paths.extend_from_slice(paths);
        Ok(())
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
