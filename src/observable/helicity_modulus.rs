//! The helicity modulus.

/// Stiffness against a twist, the mean over both directions `mu` of
///
/// ```text
/// Y_mu = (1/N) < sum_x cos(theta_x - theta_{x+mu}) > - (beta/N) < ( sum_x sin(theta_x - theta_{x+mu}) )^2 >,
/// Y = -e/2 - (beta/2N) < Sx^2 + Sy^2 >.
/// ```
///
/// `cosines` is the mean cosine of a bond in that direction, `sines_squared` the mean of `(sum sin)^2 / N`. At the
/// Kosterlitz-Thouless transition `Y` jumps from `2 T/pi` to zero (Nelson and Kosterlitz, Phys. Rev. Lett. 39 (1977) 1201).
///
/// Source: Teitel and Jayaprakash, Phys. Rev. B 27 (1983) 598. The code published with arXiv:2005.04857 records twice this number.
pub fn helicity_modulus(beta: f64, cosines: f64, sines_squared: f64) -> f64 {
    cosines - beta * sines_squared
}
