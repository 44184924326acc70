//! What a hand can do to the chain's configuration.

use super::{SpinModel, XyAutoregressive};
use crate::{error::Error, observable::vortex_pair};

/// Local updates after a touch, and then updates as usual, that are not measured.
const RELAXATION: u64 = 200;

/// The gestures, and what numbers they need. Places are in lattice spacings, `x` along a row; angles in radians.
const GESTURES: [(&str, &str); 4] = [
    ("pull", "x, y, radius, angle: spins within the radius point to the angle; Ising spins to the sign of its cosine"),
    (
        "vortex_pair",
        "x, y of the vortex and x, y of the antivortex; from an antivortex to a vortex it moves the vortex",
    ),
    ("randomise", "nothing"),
    ("set", "one number a site: angles, or Ising spins"),
];

/// The configuration after a gesture.
fn after(lab: &XyAutoregressive, gesture: &str, numbers: &[f64]) -> Result<Vec<f64>, Error> {
    let Some((_, needs)) = GESTURES.iter().find(|(name, _)| *name == gesture) else {
        return Err(Error::unknown("gesture", gesture, GESTURES.iter().map(|(name, _)| *name)));
    };
    let refuse = || {
        let reason = format!("{} finite numbers are given; it needs {needs}", numbers.len());
        Err(Error::Data { name: gesture.into(), reason })
    };
    if numbers.iter().any(|v| !v.is_finite()) {
        return Err(Error::Data { name: gesture.into(), reason: format!("a number is not finite; it needs {needs}") });
    }
    let (lattice, model) = (lab.params.lattice(), lab.params.model);
    let mut spins = Vec::new();
    lab.chain.configuration(&mut spins);
    match (gesture, numbers) {
        ("pull", &[x, y, radius, angle]) => {
            let side = lattice.side as f64;
            let away = |from: f64, to: f64| {
                let d = (from - to).rem_euclid(side);
                d.min(side - d)
            };
            let value = if model == SpinModel::Xy { angle } else { angle.cos().signum() };
            for (site, spin) in spins.iter_mut().enumerate() {
                let (column, row) = ((site % lattice.side) as f64, (site / lattice.side) as f64);
                if away(column, x).hypot(away(row, y)) <= radius {
                    *spin = value;
                }
            }
        }
        ("vortex_pair", &[x, y, u, v]) if model == SpinModel::Xy => {
            let side = lattice.side as f64;
            let on = |place: [f64; 2]| place.map(|c| c.rem_euclid(side));
            let pair = vortex_pair(lattice, on([x, y]), on([u, v]));
            spins.iter_mut().zip(pair).for_each(|(spin, turn)| *spin += turn);
        }
        ("vortex_pair", &[_, _, _, _]) => {
            return Err(Error::Data { name: gesture.into(), reason: "Ising spins have no vortices".into() });
        }
        ("set", numbers) => spins = numbers.to_vec(),
        _ => return refuse(),
    }
    Ok(spins)
}

/// Does it to the chain; nothing is measured until it has had time to relax.
pub fn touch(lab: &mut XyAutoregressive, gesture: &str, numbers: &[f64]) -> Result<(), Error> {
    if gesture == "randomise" && numbers.is_empty() {
        lab.chain.randomise(super::THERMALISATION);
        lab.quench();
        return Ok(());
    }
    let spins = after(lab, gesture, numbers)?;
    lab.chain.set_configuration(&spins, RELAXATION)?;
    lab.chain.relax_locally(RELAXATION);
    Ok(())
}
