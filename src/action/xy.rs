//! The two-dimensional XY model.

use crate::lattice::Square;

/// Unit vectors in the plane on a periodic square lattice,
///
/// ```text
/// H = -sum_<ij> cos(theta_i - theta_j),   S = beta H,   J = 1,
/// ```
///
/// with two bonds a site (on a side of 2 every bond counts twice). `Z = int prod dtheta exp(-S)`, `theta` on a circle of length
/// `2 pi`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Xy {
    /// The lattice.
    pub lattice: Square,
    /// Inverse temperature.
    pub beta: f64,
}

impl Xy {
    /// `H`, in units of `J`.
    pub fn energy(&self, theta: &[f64]) -> f64 {
        let bonds = |site: usize| {
            let [_, down, _, right] = self.lattice.neighbours(site);
            (theta[site] - theta[right]).cos() + (theta[site] - theta[down]).cos()
        };
        -(0..theta.len()).map(bonds).sum::<f64>()
    }
}

/// The angle on `[-pi, pi)` that differs from `angle` by full turns.
pub fn wrap(angle: f64) -> f64 {
    use std::f64::consts::{PI, TAU};
    let turned = (angle + PI).rem_euclid(TAU) - PI;
    // Rounding may return the excluded end.
    if turned >= PI { -PI } else { turned }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_energy_is_invariant_under_rotation_reflection_and_translation(
            theta in prop::collection::vec(-3.0..3.0, 16), by in -3.0..3.0, shift in 0_usize..4,
        ) {
            let xy = Xy { lattice: Square { side: 4 }, beta: 1.0 };
            let energy = xy.energy(&theta);
            let rotated: Vec<f64> = theta.iter().map(|t| t + by).collect();
            let reflected: Vec<f64> = theta.iter().map(|t| -t).collect();
            let mut moved = theta;
            moved.rotate_left(4 * shift);
            for other in [rotated, reflected, moved] {
                prop_assert!((xy.energy(&other) - energy).abs() < 1e-10);
            }
        }

        #[test]
        fn wrapping_changes_an_angle_by_full_turns(angle in -100.0..100.0) {
            let wrapped = wrap(angle);
            prop_assert!((-std::f64::consts::PI..std::f64::consts::PI).contains(&wrapped));
            let turns = (angle - wrapped) / std::f64::consts::TAU;
            prop_assert!((turns - turns.round()).abs() < 1e-9);
        }
    }

    #[test]
    fn aligned_spins_have_two_bonds_a_site() {
        for side in [2, 3, 8] {
            let xy = Xy { lattice: Square { side }, beta: 1.0 };
            let sites = side * side;
            assert!((xy.energy(&vec![0.7; sites]) + 2.0 * sites as f64).abs() < 1e-10);
        }
    }
}
