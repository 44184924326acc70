//! The XY model on a very small torus, by a transfer matrix of integer currents.

use std::collections::HashMap;

/// The XY model on an `L x L` torus, `L <= 4`, `J = 1`. Every bond weight is expanded in characters,
///
/// ```text
/// exp(beta cos t) = sum_k I_k(beta) exp(i k t),
/// ```
///
/// and the angles are integrated out: what remains is a sum over integer currents on the bonds that are conserved at every site.
/// A row of vertical currents `k` is a state, and with `h_x = h_{x-1} + k_x - k'_x`
///
/// ```text
/// Z/(2 pi)^N = tr T^L,   T(k, k') = prod_x sqrt(I_{k_x} I_{k'_x}) sum_{h_0} prod_x I_{h_x}.
/// ```
///
/// The flux `Q = sum_x k_x` is conserved, so `T` falls into blocks; a twist `phi` of the boundary multiplies block `Q` by
/// `exp(i Q phi)`, and the helicity modulus is `Y = <Q^2>/beta`. Energy and specific heat are derivatives by `beta`, as
/// five-point differences.
///
/// Errors: states below `1e-9` of the largest bond weight are left out and the differences have a step of 0.01; together below
/// `1e-7` for energies, as the tests say.
///
/// Source: the dual form of the model, J. V. Jose et al., Phys. Rev. B 16 (1977) 1217.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct XyTransfer {
    /// `ln Z / N` in the measure `prod dtheta/(2 pi)`.
    pub ln_z_normalised: f64,
    /// Energy a site.
    pub energy: f64,
    /// `beta^2 N (<e^2> - <e>^2)`.
    pub specific_heat: f64,
    /// Helicity modulus.
    pub helicity_modulus: f64,
}

/// Row states of smaller weight, relative to that of no current, are left out.
const SMALLEST: f64 = 1e-9;
/// Step of the differences by `beta`.
const STEP: f64 = 0.01;

impl XyTransfer {
    /// The largest side.
    pub const LARGEST: usize = 4;

    /// At inverse temperature `0 < beta`.
    ///
    /// # Panics
    /// If the side is larger than [`LARGEST`](Self::LARGEST).
    pub fn new(side: usize, beta: f64) -> Self {
        assert!((2..=Self::LARGEST).contains(&side), "side {side} is not one of 2, 3, 4");
        // One set of states for all differences, so that nothing jumps.
        let sectors = sectors(side, beta + 2.0 * STEP);
        let at = |beta: f64| partition(side, beta, &sectors);
        let [m2, m1, (here, q2), p1, p2] = [-2.0, -1.0, 0.0, 1.0, 2.0].map(|n| at(beta + n * STEP));
        let sites = (side * side) as f64;
        let first = (8.0 * (p1.0 - m1.0) - (p2.0 - m2.0)) / (12.0 * STEP);
        let second = (16.0 * (p1.0 + m1.0) - (p2.0 + m2.0) - 30.0 * here) / (12.0 * STEP * STEP);
        Self {
            ln_z_normalised: here / sites,
            energy: -first / sites,
            specific_heat: beta * beta * second / sites,
            helicity_modulus: q2 / beta,
        }
    }
}

/// The states of flux `Q >= 0`.
struct Sector {
    flux: i32,
    states: Vec<Vec<i32>>,
    /// One state of each orbit of translations and reflections, and the size of the orbit.
    orbits: Vec<(usize, f64)>,
}

/// `I_k(beta)/I_0(beta)` for `k = 0, 1, ...` down to [`SMALLEST`], by Miller's downward recurrence.
fn bessel_ratios(beta: f64) -> Vec<f64> {
    let start = 40 + 3 * beta as usize;
    let mut values = vec![0.0; start + 2];
    values[start] = 1e-250;
    for k in (1..=start).rev() {
        values[k - 1] = values[k + 1] + 2.0 * k as f64 / beta * values[k];
        if values[k - 1] > 1e200 {
            values.iter_mut().for_each(|v| *v *= 1e-200);
        }
    }
    let zero = values[0];
    values.into_iter().map(|v| v / zero).take_while(|r| *r >= 0.01 * SMALLEST).collect()
}

/// `ln I_0(x)`, from the power series where it converges fast and the asymptotic one elsewhere.
fn ln_bessel_0(x: f64) -> f64 {
    if x < 20.0 {
        let (mut term, mut sum, mut k) = (1.0, 1.0, 1.0);
        while term > 1e-17 * sum {
            term *= (0.5 * x / k).powi(2);
            sum += term;
            k += 1.0;
        }
        return sum.ln();
    }
    let (mut term, mut sum) = (1.0, 1.0);
    for k in 1..20 {
        let odd = f64::from(2 * k - 1);
        term *= odd * odd / (8.0 * x * f64::from(k));
        sum += term;
    }
    x - 0.5 * (std::f64::consts::TAU * x).ln() + f64::ln(sum)
}

fn sectors(side: usize, beta: f64) -> Vec<Sector> {
    let ratios = bessel_ratios(beta);
    let mut states: HashMap<i32, Vec<Vec<i32>>> = HashMap::new();
    let mut state = Vec::with_capacity(side);
    extend(side, 1.0, &ratios, &mut state, &mut states);
    let mut sectors: Vec<Sector> = states
        .into_iter()
        .filter(|(flux, _)| *flux >= 0)
        .map(|(flux, states)| Sector { flux, orbits: orbits(&states), states })
        .collect();
    sectors.sort_by_key(|s| s.flux);
    sectors
}

fn extend(
    side: usize,
    weight: f64,
    ratios: &[f64],
    state: &mut Vec<i32>,
    out: &mut HashMap<i32, Vec<Vec<i32>>>,
) {
    if state.len() == side {
        out.entry(state.iter().sum()).or_default().push(state.clone());
        return;
    }
    for (k, ratio) in ratios.iter().enumerate().take_while(|(_, r)| weight * **r >= SMALLEST) {
        let k = k as i32;
        for signed in if k == 0 { vec![0] } else { vec![k, -k] } {
            state.push(signed);
            extend(side, weight * ratio, ratios, state, out);
            state.pop();
        }
    }
}

fn orbits(states: &[Vec<i32>]) -> Vec<(usize, f64)> {
    let mut found: HashMap<Vec<i32>, (usize, f64)> = HashMap::new();
    for (index, state) in states.iter().enumerate() {
        let reversed: Vec<i32> = state.iter().rev().copied().collect();
        let images = [state, &reversed].into_iter().flat_map(|s| {
            (0..s.len()).map(move |by| {
                let mut image = s.clone();
                image.rotate_left(by);
                image
            })
        });
        let name = images.min().expect("a state has images");
        found.entry(name).or_insert((index, 0.0)).1 += 1.0;
    }
    let mut orbits: Vec<_> = found.into_values().collect();
    orbits.sort_by_key(|o| o.0);
    orbits
}

/// `ln` of the partition function in the measure `dtheta/(2 pi)`, and `<Q^2>`.
fn partition(side: usize, beta: f64, sectors: &[Sector]) -> (f64, f64) {
    let ratios = bessel_ratios(beta);
    let ratio = |k: i32| ratios.get(k.unsigned_abs() as usize).copied().unwrap_or(0.0);
    let reach = ratios.len() as i32;
    // Sums over h_0 depend on the differences of the h_x only, and many pairs of states share them.
    let mut sums: HashMap<Vec<i32>, f64> = HashMap::new();
    let (mut z, mut q2) = (0.0, 0.0);
    let mut steps = vec![0; side];
    for sector in sectors {
        let count = sector.states.len();
        let roots: Vec<f64> =
            sector.states.iter().map(|s| s.iter().map(|&k| ratio(k)).product::<f64>().sqrt()).collect();
        let mut t = vec![0.0; count * count];
        for i in 0..count {
            for j in i..count {
                let mut sum = 0;
                for x in 0..side {
                    sum += sector.states[i][x] - sector.states[j][x];
                    steps[x] = sum;
                }
                let horizontal = match sums.get(&steps) {
                    Some(value) => *value,
                    None => {
                        let value =
                            (-2 * reach..=2 * reach).map(|h| steps.iter().map(|s| ratio(h + s)).product::<f64>()).sum();
                        sums.insert(steps.clone(), value);
                        value
                    }
                };
                let element = roots[i] * roots[j] * horizontal;
                t[i * count + j] = element;
                t[j * count + i] = element;
            }
        }
        let row = |i: usize| &t[i * count..(i + 1) * count];
        let mut trace = 0.0;
        let mut square = vec![0.0; count];
        for &(i, size) in &sector.orbits {
            if side == 2 {
                trace += size * row(i).iter().map(|a| a * a).sum::<f64>();
                continue;
            }
            // Row i of T^2.
            square.fill(0.0);
            for (k, a) in row(i).iter().enumerate() {
                square.iter_mut().zip(row(k)).for_each(|(s, b)| *s += a * b);
            }
            trace += size
                * if side == 3 {
                    square.iter().zip(row(i)).map(|(a, b)| a * b).sum::<f64>()
                } else {
                    square.iter().map(|a| a * a).sum::<f64>()
                };
        }
        let both_signs = if sector.flux == 0 { 1.0 } else { 2.0 };
        z += both_signs * trace;
        q2 += both_signs * trace * f64::from(sector.flux * sector.flux);
    }
    ((2 * side * side) as f64 * ln_bessel_0(beta) + z.ln(), q2 / z)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timing() {
        for beta in [0.25, 0.5, 1.0, 1.5, 2.0] {
            let s = sectors(4, beta);
            println!("beta {beta}: {:?}", s.iter().map(|s| (s.states.len(), s.orbits.len())).collect::<Vec<_>>());
            let start = std::time::Instant::now();
            let x = XyTransfer::new(4, beta);
            println!("{x:?} {:?}", start.elapsed());
        }
    }
}
