//! Curves that the background chains fill.

use std::f64::consts::{FRAC_2_PI, TAU};

use super::{
    XyAutoregressive, observables, reference,
    scan::{Background, OF_MEANS, TemperatureScan},
    sizes::{KINDS, SIDES, Slowness, dynamic_exponent},
    views::with_sources,
};
use crate::{
    action::SpinModel,
    exact::{Kaufman, XyTransfer},
    lab::{Mark, Role, Series as Curve},
    stats,
};

/// The hottest temperature drawn: beyond it nothing happens.
fn hottest(model: SpinModel) -> f64 {
    match model {
        SpinModel::Xy => 2.01,
        SpinModel::Ising => 4.01,
    }
}

/// Points with errors, hottest left out.
fn dots(model: SpinModel, name: String, role: Role, points: &[(f64, f64, f64)]) -> Option<Curve> {
    let shown: Vec<_> = points.iter().filter(|p| p.0 <= hottest(model) && p.1.is_finite()).collect();
    (!shown.is_empty()).then(|| Curve {
        error: shown.iter().map(|p| if p.2.is_finite() { p.2 } else { 0.0 }).collect(),
        ..Curve::new(name, role, Mark::Dots, shown.iter().map(|p| p.0).collect(), shown.iter().map(|p| p.1).collect())
    })
}

/// The curves of a quantity against temperature.
pub fn scan(lab: &XyAutoregressive, quantity: &str) -> Vec<Curve> {
    let quantity = match quantity {
        "helicity" => "helicity_modulus",
        "vortex" => "vortex_density",
        other => other,
    };
    let model = lab.params.model;
    if model == SpinModel::Ising && matches!(quantity, "helicity_modulus" | "vortex_density") {
        return vec![Curve::reason("without meaning for Ising spins")];
    }
    let mut curves = Vec::new();
    if quantity == "helicity_modulus" {
        let line = [0.0, hottest(model)];
        let y = line.map(|t| FRAC_2_PI * t).into_iter().collect();
        curves.push(Curve::new("2T/π", Role::Limit, Mark::Line, line.into_iter().collect(), y));
    }
    curves.extend(known(lab, quantity));
    if let Background::Temperatures(scan) = &lab.background {
        curves.extend(of_scan(model, scan, quantity));
    }
    for point in here(lab, quantity) {
        // Where a scan has dots that look alike, this is one more of them.
        let alike = |c: &Curve| c.role == point.role && c.mark == point.mark && !c.error.0.is_empty();
        match curves.iter().position(alike) {
            Some(at) => {
                curves[at].x.0.extend(point.x.0);
                curves[at].y.0.extend(point.y.0);
                curves[at].error.0.extend(point.error.0);
            }
            None => curves.push(point),
        }
    }
    curves
}

/// Exact or reference values.
fn known(lab: &XyAutoregressive, quantity: &str) -> Option<Curve> {
    let (model, side) = (lab.params.model, lab.params.lattice_size);
    match model {
        SpinModel::Ising => {
            let temperatures: Vec<f64> = (0..=60).map(|i| 1.0 + 0.05 * f64::from(i)).collect();
            let value = |t: &f64| {
                let exact = Kaufman::new(side, 1.0 / t);
                match quantity {
                    "energy" => exact.energy,
                    "specific_heat" => exact.specific_heat,
                    _ => -t * exact.ln_z,
                }
            };
            let y = temperatures.iter().map(value).collect();
            Some(Curve::new("exact (Kaufman)", Role::Truth, Mark::Line, temperatures.iter().copied().collect(), y))
        }
        // Larger ones take too long for a whole curve.
        SpinModel::Xy if side < XyTransfer::LARGEST && quantity != "vortex_density" => {
            let temperatures: Vec<f64> = (0..=30).map(|i| 0.5 + 0.05 * f64::from(i)).collect();
            let value = |t: &f64| {
                let exact = XyTransfer::new(side, 1.0 / t);
                match quantity {
                    "energy" => exact.energy,
                    "specific_heat" => exact.specific_heat,
                    "helicity_modulus" => exact.helicity_modulus,
                    _ => -t * (exact.ln_z_normalised + TAU.ln()),
                }
            };
            let y = temperatures.iter().map(value).collect();
            Some(Curve::new("exact", Role::Truth, Mark::Line, temperatures.iter().copied().collect(), y))
        }
        SpinModel::Xy => {
            let points: Vec<(f64, f64, f64)> = if quantity == "free_energy" {
                reference::free_energies(side)
                    .map(|(beta, ln_z, error)| (1.0 / beta, -(ln_z + TAU.ln()) / beta, error / beta))
                    .collect()
            } else {
                reference::rows()
                    .filter(|row| row.side() == side)
                    .filter_map(|row| row.get(quantity).map(|(value, error)| (row.temperature(), value, error)))
                    .collect()
            };
            dots(model, named("reference", quantity, &points), Role::Truth, &points)
        }
    }
}

/// The name of a set of points; of helicity moduli with their crossing.
fn named(name: &str, quantity: &str, points: &[(f64, f64, f64)]) -> String {
    match crossing(points).filter(|_| quantity == "helicity_modulus") {
        Some(t) => format!("{name}, crosses at {t:.3}"),
        None => name.into(),
    }
}

/// Where `(T, Y)` crosses `2T/pi`, between two neighbouring temperatures by a straight line.
fn crossing(points: &[(f64, f64, f64)]) -> Option<f64> {
    let mut points: Vec<_> = points.iter().map(|(t, y, _)| (*t, y - FRAC_2_PI * t)).collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    let pair = points.windows(2).find(|pair| pair[0].1 >= 0.0 && pair[1].1 < 0.0)?;
    let [(t0, y0), (t1, y1)] = [pair[0], pair[1]];
    Some(t0 + (t1 - t0) * y0 / (y0 - y1))
}

fn of_scan(model: SpinModel, scan: &TemperatureScan, quantity: &str) -> Vec<Curve> {
    let (done, all) = scan.progress();
    let chain = if done < all { format!("chain, {done} of {all}") } else { "chain".into() };
    let index = OF_MEANS.iter().position(|id| *id == quantity);
    let (points, network): (Vec<_>, Vec<_>) = match index {
        Some(index) => (
            scan.points.iter().map(|p| (1.0 / p.beta, p.values[index].0, p.values[index].1)).collect(),
            scan.network
                .iter()
                .map(|n| (1.0 / n.point.beta, n.point.values[index].0, n.point.values[index].1))
                .collect(),
        ),
        None => (
            scan.free_energies().into_iter().map(|(beta, f, error)| (1.0 / beta, f, error)).collect(),
            scan.network.iter().map(|n| (1.0 / n.point.beta, n.free_energy.0, n.free_energy.1)).collect(),
        ),
    };
    let (network_name, role) = match index {
        Some(_) => ("reweighted", Role::Corrected),
        None => ("variational", Role::Model),
    };
    let least = scan.network.iter().map(|n| n.ess).fold(f64::INFINITY, f64::min);
    let network_name = format!("{network_name}, ESS ≥ {least:.2}");
    // The hottest temperatures come first and lie outside of the picture: until the others come there is only the name.
    let none_yet = || {
        let place = [hottest(model)].into_iter().collect();
        Curve::new(chain.clone(), Role::Chain, Mark::Dots, place, [f64::NAN].into_iter().collect())
    };
    [
        Some(dots(model, named(&chain, quantity, &points), Role::Chain, &points).unwrap_or_else(none_yet)),
        dots(model, named(&network_name, quantity, &network), role, &network),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The estimates at the temperature of the session.
fn here(lab: &XyAutoregressive, quantity: &str) -> Vec<Curve> {
    let p = &lab.params;
    let t = 1.0 / p.beta;
    let point =
        |name: &str, role, value: f64, error: f64| dots(p.model, format!("{name}, here"), role, &[(t, value, error)]);
    match observables::of_means(quantity, p.model, p.lattice(), p.beta) {
        Some(f) => with_sources(lab, |name, role, estimator| {
            // A scan has the chain at every temperature.
            if role == Role::Chain && matches!(lab.background, Background::Temperatures(_)) {
                return None;
            }
            let derived = estimator.derived(&f);
            point(name.trim_start_matches("network, "), role, derived.value, derived.error)
        })
        .into_iter()
        .flatten()
        .collect(),
        None if lab.pool.is_empty() => Vec::new(),
        None => {
            let log_w = lab.pool.log_weights();
            let scale = t / p.lattice().sites() as f64;
            let (bound, reweighted) = (stats::mean_with_error(&log_w), stats::log_mean_exp_with_error(&log_w));
            [("variational", Role::Model, bound), ("reweighted", Role::Corrected, reweighted)]
                .into_iter()
                .filter_map(|(name, role, (value, error))| point(name, role, -scale * value, scale * error))
                .collect()
        }
    }
}

/// Autocorrelation times against size, with their fits.
pub fn slowing_down(scans: bool, slowness: &[Slowness]) -> Vec<Curve> {
    if slowness.is_empty() {
        return vec![Curve::reason(if scans {
            "the chains have made too few updates yet"
        } else {
            "set the background scan to lattice sizes"
        })];
    }
    let mut curves = Vec::new();
    for (kind, name) in KINDS.into_iter().enumerate() {
        // Local updates are the chain's colour; clusters are green, the better way.
        let role = if kind == 0 { Role::Chain } else { Role::Corrected };
        let points: Vec<_> = slowness.iter().filter(|s| s.kind == kind).collect();
        if points.is_empty() {
            continue;
        }
        curves.push(Curve {
            error: points.iter().map(|s| s.tau.1).collect(),
            ..Curve::new(
                name,
                role,
                Mark::Dots,
                points.iter().map(|s| s.side as f64).collect(),
                points.iter().map(|s| s.tau.0).collect(),
            )
        });
        if let Some(((z, error), ln_c)) = dynamic_exponent(kind, slowness) {
            let sides = [8.0, SIDES[SIDES.len() - 1] as f64];
            let y = sides.map(|side: f64| (ln_c + z * side.ln()).exp()).into_iter().collect();
            let fit = format!("L^z, z = {}", stats::with_error(z, error));
            curves.push(Curve::new(fit, role, Mark::Line, sides.into_iter().collect(), y));
        }
    }
    curves
}
