//! A vortex and an antivortex on the torus.

use std::f64::consts::{PI, TAU};

use crate::{action::wrap, lattice::Square};

/// The angles, site by site, that turn around `plus` once forwards and around `minus` once backwards, and satisfy Laplace's equation
/// elsewhere. Added to a configuration they add a pair, or move a vortex from `minus` to `plus`. Places are in lattice spacings,
/// best between the sites.
///
/// ```text
/// phi(z) = arg[ t(u - u_+)/t(u - u_-) ] - 2 pi (x_+ - x_-) y/L^2,   u = pi z/L,  z = x + i y,
/// t(u) = sum_n (-1)^n q^{(n + 1/2)^2} sin((2n + 1) u),   q = exp(-pi),
/// ```
///
/// with Jacobi's first theta function `t`, zero at the vortices. The last term makes it periodic along `y`; along `x` it is.
pub fn vortex_pair(lattice: Square, plus: [f64; 2], minus: [f64; 2]) -> Vec<f64> {
    let side = lattice.side as f64;
    (0..lattice.sites())
        .map(|site| {
            let (x, y) = ((site % lattice.side) as f64, (site / lattice.side) as f64);
            let around = |place: [f64; 2]| theta_argument(PI * (x - place[0]) / side, PI * (y - place[1]) / side);
            wrap(around(plus) - around(minus) - TAU * (plus[0] - minus[0]) * y / (side * side))
        })
        .collect()
}

/// The argument of `t(a + i b)`, `|b| < pi`.
fn theta_argument(a: f64, b: f64) -> f64 {
    let (mut re, mut im) = (0.0, 0.0);
    // The n-th term is below exp(-pi (n + 1/2)^2 + pi (2n + 1)): 10^-20 of the first at n = 6.
    for n in 0..6 {
        let odd = f64::from(2 * n + 1);
        let sign = if n % 2 == 0 { 1.0 } else { -1.0 };
        let weight = sign * (-PI * 0.25 * odd * odd).exp();
        re += weight * (odd * a).sin() * (odd * b).cosh();
        im += weight * (odd * a).cos() * (odd * b).sinh();
    }
    im.atan2(re)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{action::Xy, observable::vorticity};

    #[test]
    fn there_is_one_vortex_one_antivortex_and_nothing_at_the_boundary() {
        let side = 16;
        let lattice = Square { side };
        for (plus, minus) in [([3.5, 4.5], [9.5, 4.5]), ([0.5, 15.5], [12.5, 2.5]), ([7.5, 1.5], [7.5, 14.5])] {
            let theta = vortex_pair(lattice, plus, minus);
            let mut n = Vec::new();
            vorticity(lattice, &theta, &mut n);
            let at = |place: [f64; 2]| place[1] as usize * side + place[0] as usize;
            for (site, n) in n.iter().enumerate() {
                let expected = i8::from(site == at(plus)) - i8::from(site == at(minus));
                assert_eq!(*n, expected, "{plus:?} {minus:?}: plaquette {site}");
            }
            // Away from both the angles are smooth, the seams of the torus included: the largest turn of a bond is beside a vortex.
            let steep = (0..side * side)
                .filter(|&site| {
                    let [_, down, _, right] = lattice.neighbours(site);
                    wrap(theta[right] - theta[site]).abs() > 1.0 || wrap(theta[down] - theta[site]).abs() > 1.0
                })
                .count();
            assert!(steep <= 8, "{steep} steep bonds");
        }
    }

    #[test]
    fn the_energy_of_a_pair_grows_with_the_logarithm_of_its_distance() {
        let lattice = Square { side: 64 };
        let energy = |d: f64| Xy { lattice, beta: 1.0 }.energy(&vortex_pair(lattice, [10.5, 10.5], [10.5 + d, 10.5]));
        // 2 pi ln d to leading order; the torus and the core change it by some per cent.
        let slope = (energy(8.0) - energy(4.0)) / 2.0_f64.ln();
        assert!((slope / TAU - 1.0).abs() < 0.1, "{slope}");
    }
}
