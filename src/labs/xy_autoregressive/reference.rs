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

/// The row of a lattice at a temperature.
pub fn row(side: usize, temperature: f64) -> Option<Row> {
    rows().find(|row| row.side() == side && (row.temperature() - temperature).abs() < CLOSE)
}

/// `ln Z/N` in the measure `dtheta/(2 pi)` of a lattice at a temperature, with its error.
pub fn ln_z_normalised(side: usize, beta: f64) -> Option<(f64, f64)> {
    free_energies(side).find(|(b, ..)| (b - beta).abs() < CLOSE).map(|(_, value, error)| (value, error))
}

/// `(beta, ln Z/N, error)` of a lattice, by rising `beta`.
pub fn free_energies(side: usize) -> impl Iterator<Item = (f64, f64, f64)> {
    TABLES.free_energy.iter().filter(move |row| row[0] == side as f64).map(|row| (row[1], row[2], row[3]))
}
