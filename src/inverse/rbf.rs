//! Radial basis functions.

use nalgebra::DMatrix;

use super::{Decomposition, Fit, Modes, Rule, Settings, Whitened};

/// Centres.
const CENTRES: usize = 100;
/// Standard deviation of a bump in units of the distance of the centres: 0.5 for frequencies up to 20.
const WIDTH: f64 = 2.5;

/// `rho(w) = sum_j c_j exp(-(w - w_j)^2 / 2 s^2)` with 100 centres from `w_max / 100` to `w_max`, `s = 2.5` of their distances; the
/// heights `c` by truncated singular values of `B Phi`, `Phi`: `[N, 100]`. The regulator is the number of values.
///
/// Source: Zhou, Wang, Pang, Chen et al., arXiv:2106.08168.
pub(super) fn solve(data: &Whitened, settings: &Settings) -> Option<Fit> {
    let omega = &data.grid.omega;
    let distance = omega.last()? / CENTRES as f64;
    let bumps = DMatrix::from_fn(omega.len(), CENTRES, |i, j| {
        let z = (omega[i] - (j + 1) as f64 * distance) / (WIDTH * distance);
        (-0.5 * z * z).exp()
    });
    let Decomposition { u, s, v } = Decomposition::new(&(&data.matrix * &bumps))?;
    let modes = Modes::new(bumps * v, s, u, &data.data);
    let found = settings.search(Rule::Discrepancy, data).truncated(modes.s.len(), |count| modes.truncated(count));
    let filter = modes.truncated_filter(found.state);
    modes.fit(data, &filter, found)
}
