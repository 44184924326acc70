//! Numbers that say how near a spectral function is to another.

use crate::inverse::Grid;

/// The highest point of a peak, by a parabola through the highest value and its neighbours: `(place, height)`.
pub fn peak(grid: &Grid, rho: &[f64]) -> (f64, f64) {
    let top = (0..rho.len()).max_by(|&a, &b| rho[a].total_cmp(&rho[b])).unwrap_or(0);
    apex(grid, rho, top)
}

fn apex(grid: &Grid, rho: &[f64], top: usize) -> (f64, f64) {
    if top == 0 || top + 1 >= rho.len() {
        return (grid.omega[top], rho[top]);
    }
    let (left, middle, right) = (rho[top - 1], rho[top], rho[top + 1]);
    let bend = left - 2.0 * middle + right;
    let shift = if bend < 0.0 { (0.5 * (left - right) / bend).clamp(-0.5, 0.5) } else { 0.0 };
    (grid.omega[top] + shift * grid.d_omega, middle - 0.25 * (left - right) * shift)
}

/// A maximum counts as a second peak if it is this high, and the valley before it this deep, as parts of the highest peak.
const SECOND: f64 = 0.1;
const VALLEY: f64 = 0.05;

/// The place of the highest maximum that a valley separates from the first; `None` if there is none: two peaks are not told apart.
pub fn second_peak(grid: &Grid, rho: &[f64]) -> Option<f64> {
    let top = (0..rho.len()).max_by(|&a, &b| rho[a].total_cmp(&rho[b]))?;
    let highest = rho[top];
    let is_maximum = |i: usize| i > 0 && i + 1 < rho.len() && rho[i] >= rho[i - 1] && rho[i] > rho[i + 1];
    let apart = |i: usize| {
        let (from, to) = (i.min(top), i.max(top));
        let valley = rho[from..=to].iter().copied().fold(f64::INFINITY, f64::min);
        rho[i] - valley > VALLEY * highest
    };
    let found = (0..rho.len()).filter(|&i| i != top && is_maximum(i) && rho[i] > SECOND * highest && apart(i));
    found.max_by(|&a, &b| rho[a].total_cmp(&rho[b])).map(|i| apex(grid, rho, i).0)
}

/// Full width of the highest peak at half its height; up to the end of the grid where it does not fall so low.
pub fn width(grid: &Grid, rho: &[f64]) -> f64 {
    let top = (0..rho.len()).max_by(|&a, &b| rho[a].total_cmp(&rho[b])).unwrap_or(0);
    let half = 0.5 * rho[top];
    let crossing = |inner: usize, outer: usize| {
        let part = (rho[inner] - half) / (rho[inner] - rho[outer]);
        grid.omega[inner] + part * (grid.omega[outer] - grid.omega[inner])
    };
    let right =
        (top..rho.len() - 1).find(|&i| rho[i + 1] < half).map_or(grid.omega[rho.len() - 1], |i| crossing(i, i + 1));
    let left = (1..=top).rev().find(|&i| rho[i - 1] < half).map_or(0.0, |i| crossing(i, i - 1));
    right - left
}

/// `sum rho dw`.
pub fn area(grid: &Grid, rho: &[f64]) -> f64 {
    rho.iter().sum::<f64>() * grid.d_omega
}

/// `rho / w` at the lowest frequency of the grid: the transport coefficient, up to a convention's factor.
pub fn slope_at_zero(grid: &Grid, rho: &[f64]) -> f64 {
    rho[0] / grid.omega[0]
}

/// Mean square deviation over the grid.
pub fn mean_square_error(rho: &[f64], truth: &[f64]) -> f64 {
    rho.iter().zip(truth).map(|(a, b)| (a - b).powi(2)).sum::<f64>() / rho.len() as f64
}

/// `sum |rho - truth| / sum |truth|`.
pub fn integrated_deviation(rho: &[f64], truth: &[f64]) -> f64 {
    let off: f64 = rho.iter().zip(truth).map(|(a, b)| (a - b).abs()).sum();
    off / truth.iter().map(|b| b.abs()).sum::<f64>()
}

/// Kullback-Leibler divergence of the truth from the reconstruction, both normalised: `sum p ln(p/q)`.
///
/// Negative values are cut off at a ten-thousand-millionth of the largest, so that it means something for positive methods only.
pub fn kullback_leibler(rho: &[f64], truth: &[f64]) -> f64 {
    let density = |values: &[f64]| {
        let floor = 1e-10 * values.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
        let cut: Vec<f64> = values.iter().map(|v| v.max(floor)).collect();
        let sum: f64 = cut.iter().sum();
        cut.into_iter().map(move |v| v / sum).collect::<Vec<_>>()
    };
    density(truth).iter().zip(density(rho)).map(|(p, q)| p * (p / q).ln()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inverse::{Peak, Shape};

    #[test]
    fn peaks_widths_and_slopes_are_those_of_known_curves() {
        let grid = Grid::new(500, 20.0);
        let at = |mass, width| Peak { mass, width, area: 1.0 };
        let gaussian = Shape::Gaussian.on(&grid, [at(2.513, 0.4); 2]);
        let (place, height) = peak(&grid, &gaussian);
        assert!((place - 2.513).abs() < 1e-4 && (height - 0.997_356).abs() < 1e-4, "{place} {height}");
        assert!((width(&grid, &gaussian) - 0.4 * 2.354_82).abs() < 2e-3);
        assert!((area(&grid, &gaussian) - 1.0).abs() < 1e-9);
        // 4 A G / (M^2 + G^2)^2 at zero frequency.
        let breit_wigner = Shape::SinglePeak.on(&grid, [at(2.0, 0.5); 2]);
        assert!((slope_at_zero(&grid, &breit_wigner) - 2.0 / 4.25_f64.powi(2)).abs() < 2e-4);
    }

    #[test]
    fn two_peaks_are_told_apart_only_across_a_valley() {
        let grid = Grid::new(500, 20.0);
        let two = |mass| {
            Shape::DoubleGaussian
                .on(&grid, [1.0, 0.8].map(|area| Peak { mass: if area == 1.0 { 2.0 } else { mass }, width: 0.4, area }))
        };
        assert!((second_peak(&grid, &two(5.0)).unwrap() - 5.0).abs() < 1e-2);
        assert_eq!(second_peak(&grid, &two(2.5)), None);
    }

    #[test]
    fn divergences_vanish_for_equal_curves_and_are_positive_otherwise() {
        let grid = Grid::new(100, 10.0);
        let curve = |mass| Shape::Gaussian.on(&grid, [Peak { mass, width: 0.5, area: 1.0 }; 2]);
        let (a, b) = (curve(3.0), curve(3.5));
        assert_eq!(
            (mean_square_error(&a, &a), integrated_deviation(&a, &a), kullback_leibler(&a, &a)),
            (0.0, 0.0, 0.0)
        );
        // Of two Gaussians: (shift / sigma)^2 / 2, where neither is cut off.
        assert!((kullback_leibler(&b, &a) - 0.5).abs() < 0.01);
        assert!(mean_square_error(&a, &b) > 0.0);
    }
}
