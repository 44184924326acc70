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
/// `exp(i Q phi)`, and the helicity modulus is `Y = <Q^2>/beta`. The mean cosine of a bond is `<I'_k/I_k>`; the specific heat is
/// its difference by `beta`.
///
/// Errors: rows of weight below `1e-6` are left out; that costs less than `1e-7`, in the specific heat `1e-6`, as the tests say.
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

/// Rows of smaller weight `prod_x I_{k_x}/I_0` are left out.
const SMALLEST: f64 = 1e-6;
/// A flux whose share of `Z` is smaller than this is the last one.
const NEGLIGIBLE: f64 = 1e-10;
/// Half the difference by `beta` that gives the specific heat.
const STEP: f64 = 1e-4;

impl XyTransfer {
    /// The largest side.
    pub const LARGEST: usize = 4;

    /// Whether the side is small enough, and so little current flows that the states are few: done within a second.
    pub fn is_feasible(side: usize, beta: f64) -> bool {
        side < Self::LARGEST && beta <= 10.0 || side == Self::LARGEST && beta <= 2.0
    }

    /// At inverse temperature `0 < beta`.
    ///
    /// # Panics
    /// If the side is larger than [`LARGEST`](Self::LARGEST).
    pub fn new(side: usize, beta: f64) -> Self {
        assert!((2..=Self::LARGEST).contains(&side), "side {side} is not one of 2, 3, 4");
        // One set of states for the difference too, so that nothing jumps.
        let sectors = sectors(side, beta + STEP);
        let [below, here, above] = [-1.0, 0.0, 1.0].map(|n| means(side, beta + n * STEP, &sectors));
        let (side, sites) = (side as f64, (side * side) as f64);
        Self {
            ln_z_normalised: here.ln_z / sites,
            energy: -2.0 * here.cosines / side,
            specific_heat: beta * beta * (above.cosines - below.cosines) / (side * STEP),
            helicity_modulus: here.flux_squared / beta,
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

fn extend(side: usize, weight: f64, ratios: &[f64], state: &mut Vec<i32>, out: &mut HashMap<i32, Vec<Vec<i32>>>) {
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

/// The means at one temperature.
struct Means {
    /// `ln` of the partition function in the measure `dtheta/(2 pi)`.
    ln_z: f64,
    /// `<sum_x I'_{k_x}/I_{k_x}>` over the vertical bonds of a row.
    cosines: f64,
    /// `<Q^2>`.
    flux_squared: f64,
}

/// Sums over `h_0` of `prod_x I_{h_x}/I_0`, which depend on the differences of the `h_x` only; many pairs of states share them.
struct Horizontal<'a> {
    ratios: &'a [f64],
    /// Largest difference that is kept, and the table over all but the last, which is zero: `NaN` where nobody has asked yet.
    reach: i32,
    sums: Vec<f64>,
}

impl<'a> Horizontal<'a> {
    fn new(side: usize, ratios: &'a [f64], sectors: &[Sector]) -> Self {
        let states = sectors.iter().flat_map(|s| &s.states);
        let partial = states.flat_map(|s| {
            s.iter().scan(0_i32, |sum, k| {
                *sum += k;
                Some(sum.abs())
            })
        });
        let reach = 2 * partial.max().unwrap_or(0);
        let width = (2 * reach + 1) as usize;
        Self { ratios, reach, sums: vec![f64::NAN; width.pow(side as u32 - 1)] }
    }

    fn between(&mut self, above: &[i32], below: &[i32]) -> f64 {
        let mut differences = [0; XyTransfer::LARGEST];
        let (mut sum, mut index) = (0, 0);
        for (x, (a, b)) in above.iter().zip(below).enumerate().take(above.len() - 1) {
            sum += a - b;
            differences[x] = sum;
            index = index * (2 * self.reach + 1) as usize + (sum + self.reach) as usize;
        }
        if self.sums[index].is_nan() {
            let ratio = |k: i32| self.ratios.get(k.unsigned_abs() as usize).copied().unwrap_or(0.0);
            let reach = self.ratios.len() as i32 + self.reach;
            let differences = &differences[..above.len()];
            self.sums[index] =
                (-reach..=reach).map(|h| differences.iter().map(|d| ratio(h + d)).product::<f64>()).sum();
        }
        self.sums[index]
    }
}

fn means(side: usize, beta: f64, sectors: &[Sector]) -> Means {
    let ratios = bessel_ratios(beta);
    let ratio = |k: i32| ratios.get(k.unsigned_abs() as usize).copied().unwrap_or(0.0);
    // I'_k/I_k = (I_{k-1} + I_{k+1})/(2 I_k).
    let cosine = |k: i32| 0.5 * (ratio(k - 1) + ratio(k + 1)) / ratio(k);
    let mut horizontal = Horizontal::new(side, &ratios, sectors);
    let (mut z, mut cosines, mut flux_squared) = (0.0, 0.0, 0.0);
    for sector in sectors {
        let count = sector.states.len();
        let roots: Vec<f64> =
            sector.states.iter().map(|s| s.iter().map(|&k| ratio(k)).product::<f64>().sqrt()).collect();
        let mut t = vec![0.0; count * count];
        for i in 0..count {
            for j in i..count {
                let element = roots[i] * roots[j] * horizontal.between(&sector.states[i], &sector.states[j]);
                t[i * count + j] = element;
                t[j * count + i] = element;
            }
        }
        let row = |i: usize| &t[i * count..(i + 1) * count];
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        // Both signs of the flux.
        let signs = if sector.flux == 0 { 1.0 } else { 2.0 };
        let (mut trace, mut square) = (0.0, vec![0.0; count]);
        for &(i, size) in &sector.orbits {
            let diagonal = if side == 2 {
                dot(row(i), row(i))
            } else {
                // Row i of T^2.
                square.fill(0.0);
                for (k, a) in row(i).iter().enumerate() {
                    square.iter_mut().zip(row(k)).for_each(|(s, b)| *s += a * b);
                }
                if side == 3 { dot(&square, row(i)) } else { dot(&square, &square) }
            };
            trace += signs * size * diagonal;
            cosines += signs * size * diagonal * sector.states[i].iter().map(|&k| cosine(k)).sum::<f64>();
        }
        z += trace;
        flux_squared += trace * f64::from(sector.flux * sector.flux);
        // The weight of a flux falls like a Gaussian.
        if trace < NEGLIGIBLE * z {
            break;
        }
    }
    Means {
        ln_z: (2 * side * side) as f64 * ln_bessel_0(beta) + z.ln(),
        cosines: cosines / z,
        flux_squared: flux_squared / z,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        action::SpinModel,
        lattice::Square,
        observable::{Scratch, SpinColumns},
    };

    #[test]
    fn on_two_by_two_it_is_the_integral_over_angles() {
        // One angle fixed, 48 points for each of the others: the trapezoidal rule converges faster than any power.
        let columns = SpinColumns::new(SpinModel::Xy, Square { side: 2 });
        let points = 48_i32;
        let turn = std::f64::consts::TAU / f64::from(points);
        let (mut row, mut scratch) = (Vec::new(), Scratch::default());
        for beta in [0.3, 1.0, 2.0] {
            let (mut z, mut sums) = (0.0, vec![0.0; columns.width()]);
            for i in 0..points.pow(3) {
                let theta = [0, i % points, i / points % points, i / points / points].map(|n| turn * f64::from(n));
                columns.measure(&theta, &mut scratch, &mut row);
                let weight = (-4.0 * beta * (row[SpinColumns::ENERGY] + 2.0)).exp();
                z += weight;
                sums.iter_mut().zip(&row).for_each(|(sum, value)| *sum += weight * value);
            }
            let means: Vec<f64> = sums.iter().map(|sum| sum / z).collect();
            let got = XyTransfer::new(2, beta);
            let ln_z = 0.25 * (z / f64::from(points).powi(3)).ln() + 2.0 * beta;
            for (name, got, expected, tolerance) in [
                ("ln Z", got.ln_z_normalised, ln_z, 1e-7),
                ("e", got.energy, means[SpinColumns::ENERGY], 1e-7),
                ("c", got.specific_heat, columns.specific_heat(beta, &means), 1e-6),
                ("Y", got.helicity_modulus, columns.helicity_modulus(beta, &means), 1e-7),
            ] {
                assert!((got - expected).abs() < tolerance, "beta = {beta}: {name} = {got} != {expected}");
            }
        }
    }

    #[test]
    fn it_agrees_with_an_independent_program() {
        // Transfer matrix on a grid of 32, 14 and 10 to 12 angles a site for L = 2, 3, 4, U(1)-blocked; its energies are two-point
        // differences of ln Z and carry an error of 1e-5, its ln Z for 10 angles one of 1e-7.
        for (side, beta, ln_z, energy) in [
            (2, 0.25, 0.063_273_245_992_559_5, -0.510_855_05),
            (2, 2.0, 2.637_112_810_105_976, -1.801_560_68),
            (3, 0.5, 0.157_041_821_496_934_46, -0.715_360_70),
            (3, 1.0, 0.729_502_267_790_838, -1.455_316_24),
            (3, 2.0, 2.382_433_040_556_097_4, -1.762_159_44),
            (4, 0.25, 0.031_900_680_541_859_745, -0.260_747_21),
            (4, 0.5, 0.137_327_512_884_561_74, -0.607_421_72),
            (4, 0.75, 0.348_364_527_760_871_57, -1.084_998_83),
            (4, 1.0, 0.665_467_584_010_665_3, -1.411_718_52),
            (4, 1.12, 0.840_407_522_531_179, f64::NAN),
            (4, 1.5, 1.442_920_355_705_755, f64::NAN),
        ] {
            let got = XyTransfer::new(side, beta);
            assert!((got.ln_z_normalised - ln_z).abs() < 1e-7, "L = {side}, beta = {beta}: {got:?}");
            assert!(energy.is_nan() || (got.energy - energy).abs() < 2e-5, "L = {side}, beta = {beta}: {got:?}");
        }
    }

    #[test]
    fn the_energy_is_the_slope_of_the_free_energy() {
        for side in [3, 4] {
            let ln_z = |beta| XyTransfer::new(side, beta).ln_z_normalised;
            let slope = (8.0 * (ln_z(0.91) - ln_z(0.89)) - (ln_z(0.92) - ln_z(0.88))) / 0.12;
            let energy = XyTransfer::new(side, 0.9).energy;
            assert!((slope + energy).abs() < 1e-6, "L = {side}: {slope} != -{energy}");
        }
    }
}
