//! Vortices of planar spins.

use std::f64::consts::TAU;

use crate::{action::wrap, lattice::Square};

/// The vortex number of every plaquette,
///
/// ```text
/// n = (1/2 pi) sum over its four edges of wrap(theta_to - theta_from),
/// ```
///
/// edges in the order `+x, +y, -x, -y` and differences on `[-pi, pi)`: an integer in exact arithmetic. Plaquette `i` has site `i`
/// as the corner of smallest coordinates. The sum over the torus is zero, because every edge is walked once each way.
///
/// Source: Kosterlitz and Thouless, J. Phys. C 6 (1973) 1181.
pub fn vorticity(lattice: Square, theta: &[f64], out: &mut Vec<i8>) {
    // Each difference is wrapped once, so that the two ways along an edge cancel exactly even at a difference of pi.
    let difference = |from: usize, to: usize| wrap(theta[to] - theta[from]);
    out.clear();
    out.extend((0..theta.len()).map(|site| {
        let [_, down, _, right] = lattice.neighbours(site);
        let corner = lattice.neighbours(right)[1];
        let turns =
            difference(site, right) + difference(right, corner) - difference(down, corner) - difference(site, down);
        (turns / TAU).round() as i8
    }));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn vortices_and_antivortices_are_equally_many(theta in prop::collection::vec(-10.0..10.0, 36)) {
            let mut n = Vec::new();
            vorticity(Square { side: 6 }, &theta, &mut n);
            prop_assert_eq!(n.iter().map(|&n| i32::from(n)).sum::<i32>(), 0);
            prop_assert!(n.iter().all(|n| n.abs() <= 1));
        }
    }

    #[test]
    fn exact_opposites_still_sum_to_zero() {
        for pattern in 0..1 << 9 {
            let theta: Vec<f64> = (0..9).map(|i| f64::from(pattern >> i & 1) * std::f64::consts::PI).collect();
            let mut n = Vec::new();
            vorticity(Square { side: 3 }, &theta, &mut n);
            assert_eq!(n.iter().map(|&n| i32::from(n)).sum::<i32>(), 0, "{theta:?}");
        }
    }

    #[test]
    fn a_vortex_and_an_antivortex_are_found_where_they_were_put() {
        let side = 12;
        let lattice = Square { side };
        let theta: Vec<f64> = (0..side * side)
            .map(|site| {
                let (x, y) = ((site % side) as f64, (site / side) as f64);
                (y - 5.5).atan2(x - 3.5) - (y - 5.5).atan2(x - 7.5)
            })
            .collect();
        let mut n = Vec::new();
        vorticity(lattice, &theta, &mut n);
        assert_eq!((n[5 * side + 3], n[5 * side + 7]), (1, -1));
    }
}
