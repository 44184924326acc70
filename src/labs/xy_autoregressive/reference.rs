//! Reference values of the XY model where no exact answer is at hand.
//!
//! `reference.json` holds the results of an independent program. `monte_carlo`: Metropolis with two over-relaxation sweeps and two
//! Wolff clusters an update, errors by a jackknife over 50 bins; a row is `L, T` and then value and error of each of
//! [`QUANTITIES`]. `free_energy`: `L, beta, ln Z/N` in the measure `dtheta/(2 pi)` and its error, by integrating the energy of such
//! runs over `beta` in steps of 0.05.

use std::sync::LazyLock;

use serde::Deserialize;

/// What a row of the table holds, each with its error.
pub const QUANTITIES: [&str; 7] =
    ["energy", "specific_heat", "helicity_modulus", "vortex_density", "magnetization", "m2", "binder"];

/// How the table was made.
pub const SOURCE: &str = "independent Monte Carlo: clusters, over-relaxation and Metropolis";
/// How a row was made that is between those of the table.
pub const MOVED: &str =
    "independent Monte Carlo, at most 0.5 % away in temperature and moved by the slope of its table";
/// How the free energies were made.
pub const INTEGRATED: &str = "independent Monte Carlo, energy integrated over beta";

#[derive(Deserialize)]
struct Tables {
    monte_carlo: Vec<[f64; 16]>,
    free_energy: Vec<[f64; 4]>,
}

static TABLES: LazyLock<Tables> =
    LazyLock::new(|| serde_json::from_str(include_str!("reference.json")).expect("the table is well-formed"));

/// A row of the table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    numbers: [f64; 16],
}

impl Row {
    /// Side of the lattice.
    pub fn side(&self) -> usize {
        self.numbers[0] as usize
    }

    /// Temperature.
    pub fn temperature(&self) -> f64 {
        self.numbers[1]
    }

    /// A quantity with its error.
    pub fn get(&self, quantity: &str) -> Option<(f64, f64)> {
        let index = QUANTITIES.iter().position(|q| *q == quantity)?;
        Some((self.numbers[2 + 2 * index], self.numbers[3 + 2 * index]))
    }
}

/// All rows.
pub fn rows() -> impl Iterator<Item = Row> {
    TABLES.monte_carlo.iter().map(|numbers| Row { numbers: *numbers })
}

/// Temperatures closer than this are the same.
const CLOSE: f64 = 1e-4;
/// To a temperature at this relative distance a row is moved: 1.67 for 1/0.6 has been typed.
const WITHIN: f64 = 0.005;

/// The row of a lattice at a temperature, and how it was made.
///
/// Close to a temperature `T_1` of the table, with neighbours `T_0` and `T_2`, every quantity is moved along the parabola's slope at
/// `T_1`. Its error is propagated from all three, and half the difference of the slopes on both sides counts as a further one.
pub fn row(side: usize, temperature: f64) -> Option<(Row, &'static str)> {
    let mut table: Vec<Row> = rows().filter(|row| row.side() == side).collect();
    table.sort_by(|a, b| a.temperature().total_cmp(&b.temperature()));
    let away = |row: &Row| (row.temperature() - temperature).abs();
    let (at, &row) = table.iter().enumerate().min_by(|a, b| away(a.1).total_cmp(&away(b.1)))?;
    if away(&row) < CLOSE {
        return Some((row, SOURCE));
    }
    let (before, after) = (table.get(at.checked_sub(1)?)?, table.get(at + 1)?);
    (away(&row) <= WITHIN * row.temperature()).then(|| (moved([before, &row, after], temperature), MOVED))
}

/// The middle one of three rows, at another temperature.
fn moved(rows: [&Row; 3], temperature: f64) -> Row {
    let [t0, t1, t2] = rows.map(Row::temperature);
    let (h0, h1, shift) = (t1 - t0, t2 - t1, temperature - t1);
    // The slope at `T_1` is the mean of both sides' slopes, the nearer one counting more: coefficients of the three values.
    let (w0, w1) = (h1 / (h0 + h1), h0 / (h0 + h1));
    let slope = [-w0 / h0, w0 / h0 - w1 / h1, w1 / h1];
    let mut numbers = rows[1].numbers;
    numbers[1] = temperature;
    for at in (2..numbers.len()).step_by(2) {
        let [y0, y1, y2] = rows.map(|row| row.numbers[at]);
        let errors = rows.map(|row| row.numbers[at + 1]);
        let bend = 0.5 * ((y2 - y1) / h1 - (y1 - y0) / h0).abs();
        numbers[at] += shift * (slope[0] * y0 + slope[1] * y1 + slope[2] * y2);
        let coefficients = [shift * slope[0], 1.0 + shift * slope[1], shift * slope[2]];
        let spread = coefficients.iter().zip(errors).map(|(c, e)| (c * e).powi(2)).sum::<f64>();
        numbers[at + 1] = (spread + (shift * bend).powi(2)).sqrt();
    }
    Row { numbers }
}

/// `ln Z/N` in the measure `dtheta/(2 pi)` of a lattice at a temperature, with its error: by the cubic through the four nearest
/// entries, whose own error is a hundredth of theirs.
pub fn ln_z_normalised(side: usize, beta: f64) -> Option<(f64, f64)> {
    let table: Vec<_> = free_energies(side).collect();
    cubic(&table, beta)
}

fn cubic(table: &[(f64, f64, f64)], beta: f64) -> Option<(f64, f64)> {
    let above = table.iter().position(|(b, ..)| *b >= beta - CLOSE)?;
    if above == 0 && table[0].0 > beta + CLOSE {
        return None;
    }
    let from = above.saturating_sub(2).min(table.len() - 4);
    let four = &table[from..from + 4];
    let weight = |i: usize| {
        let factor = |j: usize| (beta - four[j].0) / (four[i].0 - four[j].0);
        (0..4).filter(|j| *j != i).map(factor).product::<f64>()
    };
    let value = (0..4).map(|i| weight(i) * four[i].1).sum();
    // The entries share what they were integrated from.
    Some((value, table[above].2))
}

/// `(beta, ln Z/N, error)` of a lattice, by rising `beta`.
pub fn free_energies(side: usize) -> impl Iterator<Item = (f64, f64, f64)> {
    TABLES.free_energy.iter().filter(move |row| row[0] == side as f64).map(|row| (row[1], row[2], row[3]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_is_moved_follows_its_specific_heat() {
        // de/dT = c: half a per cent away, energies move by it within their error; the slopes of the table know nothing of c.
        let mut worst = 0.0_f64;
        for row in rows().filter(|row| row.side() <= 16 && (0.55..1.75).contains(&row.temperature())) {
            for factor in [0.996, 1.003] {
                let t = factor * row.temperature();
                let Some((moved, MOVED)) = super::row(row.side(), t) else { continue };
                let nearest = rows()
                    .filter(|r| r.side() == row.side())
                    .min_by(|a, b| (a.temperature() - t).abs().total_cmp(&(b.temperature() - t).abs()));
                if nearest != Some(row) {
                    continue;
                }
                let expected =
                    row.get("energy").unwrap().0 + row.get("specific_heat").unwrap().0 * (t - row.temperature());
                let (energy, error) = moved.get("energy").unwrap();
                worst = worst.max((energy - expected).abs() / error);
            }
        }
        println!("the worst energy is {worst:.2} of its errors off");
        assert!(worst < 1.0, "{worst}");
    }

    #[test]
    fn what_people_type_for_one_over_a_temperature_is_known() {
        for (typed, t) in [(1.67, 0.6), (1.11, 0.9), (0.833, 1.2), (1.43, 0.7)] {
            let (row, _) = row(16, 1.0 / typed).unwrap_or_else(|| panic!("beta = {typed}"));
            assert!((row.temperature() - t).abs() < WITHIN * t);
        }
        assert_eq!(row(16, 0.6).unwrap().1, SOURCE);
        assert!(row(16, 0.63).is_none() && row(32, 0.6).is_none_or(|(_, made)| made == SOURCE));
    }

    #[test]
    fn free_energies_between_the_entries_are_as_good_as_those() {
        // Every other entry left out and found again: the error of the cubic is 16 times that with all of them.
        let mut worst = 0.0_f64;
        for side in [8, 16] {
            let table: Vec<_> = free_energies(side).collect();
            let half: Vec<_> = table.iter().step_by(2).copied().collect();
            for (beta, value, error) in table.iter().skip(3).step_by(2).take(16) {
                let (found, _) = cubic(&half, *beta).unwrap();
                worst = worst.max((found - value).abs() / error / 16.0);
            }
            let (beta, value, error) = table[21];
            assert!((ln_z_normalised(side, beta).unwrap().0 - value).abs() < 1e-12);
            assert_eq!(ln_z_normalised(side, beta).unwrap().1, error);
        }
        println!("{worst:.3} of the error");
        assert!(worst < 0.1, "{worst}");
        assert!(
            ln_z_normalised(16, 0.01).is_none()
                && ln_z_normalised(16, 2.1).is_none()
                && ln_z_normalised(6, 1.0).is_none()
        );
    }
}
