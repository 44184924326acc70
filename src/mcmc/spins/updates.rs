//! Updates of spin configurations.

use super::spin::Spin;
use crate::rng::Rng;

/// Which four sites are neighbours of each.
pub type Neighbours = [[u32; 4]];

fn field<S: Spin>(spins: &[S], neighbours: &[u32; 4]) -> S {
    neighbours.iter().fold(S::null(), |sum, &n| sum.plus(spins[n as usize]))
}

/// One Metropolis step at a site, `H = -sum s.s'`: accepted with probability `min(1, exp(-beta dH))`.
///
/// Source: Metropolis et al., J. Chem. Phys. 21 (1953) 1087.
pub fn metropolis_step<S: Spin>(
    spins: &mut [S],
    neighbours: &Neighbours,
    site: usize,
    beta: f64,
    width: f64,
    rng: &mut Rng,
) -> bool {
    let new = spins[site].proposed(width, rng);
    let field = field(spins, &neighbours[site]);
    let change = spins[site].dot(field) - new.dot(field);
    let accepted = change <= 0.0 || rng.uniform() < (-beta * change).exp();
    if accepted {
        spins[site] = new;
    }
    accepted
}

/// A Metropolis step at every site in turn; the fraction accepted.
pub fn metropolis_sweep<S: Spin>(
    spins: &mut [S],
    neighbours: &Neighbours,
    beta: f64,
    width: f64,
    rng: &mut Rng,
) -> f64 {
    let mut accepted = 0;
    for site in 0..spins.len() {
        accepted += u32::from(metropolis_step(spins, neighbours, site, beta, width, rng));
    }
    f64::from(accepted) / spins.len() as f64
}

/// Over-relaxation of every site in turn: each spin is mirrored on the sum of its neighbours. The energy stays as it is.
///
/// Source: Creutz, Phys. Rev. D 36 (1987) 515; Brown and Woch, Phys. Rev. Lett. 58 (1987) 2394.
pub fn over_relaxation_sweep<S: Spin>(spins: &mut [S], neighbours: &Neighbours) {
    for site in 0..spins.len() {
        let field = field(spins, &neighbours[site]);
        spins[site] = spins[site].mirrored(field);
    }
}

/// What growing a cluster needs to remember; reused from one to the next.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cluster {
    marked: Vec<bool>,
    sites: Vec<u32>,
}

/// Grows one cluster from a random site and reflects it along the unit vector `r`; returns its number of sites. A neighbour
/// joins with probability
///
/// ```text
/// 1 - exp(min(0, -2 beta (r.s_i)(r.s_j))).
/// ```
///
/// Source: U. Wolff, Phys. Rev. Lett. 62 (1989) 361.
pub fn wolff_along<S: Spin>(
    spins: &mut [S],
    neighbours: &Neighbours,
    beta: f64,
    r: S,
    cluster: &mut Cluster,
    rng: &mut Rng,
) -> usize {
    cluster.marked.clear();
    cluster.marked.resize(spins.len(), false);
    cluster.sites.clear();
    let seed = rng.below(spins.len());
    cluster.marked[seed] = true;
    cluster.sites.push(seed as u32);
    // Sites before `done` have been reflected and their neighbours asked.
    let mut done = 0;
    while done < cluster.sites.len() {
        let site = cluster.sites[done] as usize;
        done += 1;
        let along = r.dot(spins[site]);
        spins[site] = spins[site].reflected(r);
        for &neighbour in &neighbours[site] {
            let neighbour = neighbour as usize;
            if cluster.marked[neighbour] {
                continue;
            }
            let exponent = -2.0 * beta * along * r.dot(spins[neighbour]);
            if exponent < 0.0 && rng.uniform() < -exponent.exp_m1() {
                cluster.marked[neighbour] = true;
                cluster.sites.push(neighbour as u32);
            }
        }
    }
    done
}

/// One Wolff update along a random direction; the number of sites reflected.
pub fn wolff<S: Spin>(
    spins: &mut [S],
    neighbours: &Neighbours,
    beta: f64,
    cluster: &mut Cluster,
    rng: &mut Rng,
) -> usize {
    let r = S::random(rng);
    wolff_along(spins, neighbours, beta, r, cluster, rng)
}
