//! Embedded clusters of signs.

use serde::{Deserialize, Serialize};

use super::Metropolis;
use crate::{action::Action, rng::Rng};

/// One update is a Metropolis sweep, which moves the amplitudes, and a number of single clusters of signs.
///
/// The signs of the field at given amplitudes are an Ising model with couplings `c |x_i| |x_j|`. A cluster grows from a random
/// site over bonds with probability
///
/// ```text
/// 1 - exp(-2 c x_i x_j)    where x_i x_j > 0
/// ```
///
/// and is turned over. The number of clusters is chosen while the chain thermalises, so that on average they turn over as many
/// sites as there are, and then fixed.
///
/// For an action without such bonds ([`Action::ferromagnet`]) an update is the sweep alone.
///
/// Source: Wolff, Phys. Rev. Lett. 62 (1989) 361; Brower, Tamayo, Phys. Rev. Lett. 62 (1989) 1087.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Wolff {
    metropolis: Metropolis,
    clusters: u32,
    /// Sites turned over while tuning, and by how many clusters.
    tuning: (f64, f64),
    #[serde(skip)]
    scratch: (Vec<bool>, Vec<usize>),
}

/// Most clusters of an update: in the disordered phase they are small.
const MOST: f64 = 64.0;

impl Default for Wolff {
    fn default() -> Self {
        Self { metropolis: Metropolis::default(), clusters: 1, tuning: (0.0, 0.0), scratch: (Vec::new(), Vec::new()) }
    }
}

impl Wolff {
    /// A sweep and the clusters; the fraction of the sweep's proposals accepted.
    pub fn update(&mut self, action: &impl Action, x: &mut [f64], rng: &mut Rng) -> f64 {
        let accepted = self.metropolis.update(action, x, rng);
        let Some((lattice, coupling)) = action.ferromagnet() else { return accepted };
        let (member, stack) = &mut self.scratch;
        for _ in 0..self.clusters {
            member.clear();
            member.resize(x.len(), false);
            let seed = rng.below(x.len());
            member[seed] = true;
            stack.push(seed);
            let mut size = 0.0;
            while let Some(site) = stack.pop() {
                size += 1.0;
                for neighbour in lattice.neighbours(site) {
                    let product = x[site] * x[neighbour];
                    let bond = if member[neighbour] { 0.0 } else { -2.0 * coupling * product };
                    if bond < 0.0 && rng.uniform() < -bond.exp_m1() {
                        member[neighbour] = true;
                        stack.push(neighbour);
                    }
                }
            }
            for (x, _) in x.iter_mut().zip(member.iter()).filter(|(_, is_member)| **is_member) {
                *x = -*x;
            }
            self.tuning.0 += size;
            self.tuning.1 += 1.0;
        }
        accepted
    }

    /// Moves the width of the sweep and the number of clusters.
    pub fn tune(&mut self, accepted: f64, sites: usize) {
        self.metropolis.tune(accepted);
        let mean = self.tuning.0 / self.tuning.1.max(1.0);
        self.clusters = (sites as f64 / mean.max(1.0)).round().clamp(1.0, MOST) as u32;
    }

    /// Whether it can have come from [`default`](Self::default) and [`tune`](Self::tune).
    pub(super) fn is_valid(&self) -> bool {
        self.metropolis.is_valid() && (1..=MOST as u32).contains(&self.clusters)
    }
}
