//! Truncated singular values.

use super::{Decomposition, Fit, Modes, Rule, Settings, Whitened};

/// `rho = sum_{k <= k*} v_k (u_k . b) / s_k` with `B = U diag(s) V^T`; by the usual rule `k*` is the smallest with `chi^2` no more
/// than the number of points. The regulator is `k*`.
pub(super) fn solve(data: &Whitened, settings: &Settings) -> Option<Fit> {
    let Decomposition { u, s, v } = Decomposition::new(&data.matrix)?;
    let modes = Modes::new(v, s, u, &data.data);
    let found = settings.search(Rule::Discrepancy, data).truncated(modes.s.len(), |count| modes.truncated(count));
    let filter = modes.truncated_filter(found.state);
    modes.fit(data, &filter, found)
}
