//! What is measured on every reconstruction.

use super::metrics;
use crate::{inverse::Grid, schema::ObservableSpec};

/// The observables, in the order of [`measure`].
pub const OBSERVABLES: &[ObservableSpec] = &[
    ObservableSpec {
        id: "peak_position",
        symbol: r"\omega_{\text{peak}}",
        label: "peak position",
        unit: "1",
        doc: "Where the spectral function is highest. Error: half the central 68 % of replicas of the data.",
        diagnostic: false,
    },
    ObservableSpec {
        id: "peak_height",
        symbol: r"\rho_{\max}",
        label: "peak height",
        unit: "1",
        doc: "Its largest value. What a regulator smooths most.",
        diagnostic: false,
    },
    ObservableSpec {
        id: "slope_at_zero",
        symbol: r"\rho/\omega|_0",
        label: "slope at zero frequency",
        unit: "1",
        doc: "ρ/ω at the lowest frequency of the grid: the transport coefficient up to a convention. The data know little about it.",
        diagnostic: false,
    },
    ObservableSpec {
        id: "peak_width",
        symbol: r"\Delta\omega",
        label: "peak width",
        unit: "1",
        doc: "Full width of the highest peak at half its height.",
        diagnostic: false,
    },
    ObservableSpec {
        id: "area",
        symbol: r"\textstyle\int\rho\,d\omega",
        label: "area",
        unit: "1",
        doc: "Sum of the spectral function over the grid: what data over momenta know best; data over times do not.",
        diagnostic: false,
    },
    ObservableSpec {
        id: "second_peak",
        symbol: r"\omega_2",
        label: "second peak",
        unit: "1",
        doc: "Place of a second maximum, of at least a tenth of the first and with a valley between; nothing where a method does not tell two peaks apart.",
        diagnostic: true,
    },
    ObservableSpec {
        id: "chi2_per_point",
        symbol: r"\chi^2/N_p",
        label: "chi squared per data point",
        unit: "1",
        doc: "Distance from the data in their errors, squared, per point. Near 1 for a good fit; far below 1 the noise is fitted too.",
        diagnostic: true,
    },
    ObservableSpec {
        id: "mse",
        symbol: r"\text{MSE}",
        label: "mean square error",
        unit: "1",
        doc: "Mean of (ρ − truth)² over the grid. Known only where the truth is.",
        diagnostic: true,
    },
    ObservableSpec {
        id: "kl",
        symbol: r"\text{KL}",
        label: "Kullback-Leibler divergence",
        unit: "1",
        doc: "Divergence of the normalised truth from the normalised reconstruction, negative values cut off: means something for positive methods only.",
        diagnostic: true,
    },
    ObservableSpec {
        id: "integrated_deviation",
        symbol: r"\Delta",
        label: "integrated deviation",
        unit: "1",
        doc: "Area between reconstruction and truth, as a part of the truth's.",
        diagnostic: true,
    },
];

/// Number of observables.
pub const COUNT: usize = OBSERVABLES.len();
/// How many of them are known of a spectral function alone, without data or truth.
pub const OF_THE_CURVE: usize = 6;

/// Index of an observable in what [`measure`] gives.
pub fn index_of(id: &str) -> usize {
    OBSERVABLES.iter().position(|o| o.id == id).expect("an observable of this lab")
}

/// Every observable of a reconstruction; NaN where there is none. `chi2` is that of its own data, of `points` points.
pub fn measure(grid: &Grid, rho: &[f64], truth: Option<&[f64]>, chi2: f64, points: usize) -> [f64; COUNT] {
    let (position, height) = metrics::peak(grid, rho);
    let against = |f: fn(&[f64], &[f64]) -> f64| truth.map_or(f64::NAN, |truth| f(rho, truth));
    [
        position,
        height,
        metrics::slope_at_zero(grid, rho),
        metrics::width(grid, rho),
        metrics::area(grid, rho),
        metrics::second_peak(grid, rho).unwrap_or(f64::NAN),
        chi2 / points as f64,
        against(metrics::mean_square_error),
        against(metrics::kullback_leibler),
        against(metrics::integrated_deviation),
    ]
}
