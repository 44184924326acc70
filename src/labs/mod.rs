//! The labs: one folder each, and the list of them.

use crate::{
    error::Error,
    lab::{LabSpec, load, open},
    snapshot::Snapshot,
};

pub mod double_well_flow;
mod estimates;
pub mod phi4_diffusion;
pub mod spectral_function;
#[cfg(test)]
mod testing;
pub mod xy_autoregressive;

/// Every lab, in the order of the menu.
pub static LABS: &[LabSpec] = &[
    LabSpec {
        id: double_well_flow::ID,
        describe: double_well_flow::describe,
        open: open::<double_well_flow::DoubleWellFlow>,
        load: load::<double_well_flow::DoubleWellFlow>,
    },
    LabSpec {
        id: phi4_diffusion::ID,
        describe: phi4_diffusion::describe,
        open: open::<phi4_diffusion::Phi4Diffusion>,
        load: load::<phi4_diffusion::Phi4Diffusion>,
    },
    LabSpec {
        id: xy_autoregressive::ID,
        describe: xy_autoregressive::describe,
        open: open::<xy_autoregressive::XyAutoregressive>,
        load: load::<xy_autoregressive::XyAutoregressive>,
    },
];

/// The lab called `id`.
///
/// # Errors
/// [`Error::Unknown`] with the labs there are.
pub fn find(id: &str) -> Result<&'static LabSpec, Error> {
    LABS.iter().find(|lab| lab.id == id).ok_or_else(|| Error::unknown("lab", id, LABS.iter().map(|lab| lab.id)))
}

/// The lab and the seed of a snapshot.
///
/// # Errors
/// [`Error::Snapshot`] if the bytes are not one.
pub fn of_snapshot(bytes: &[u8]) -> Result<(&'static LabSpec, u32), Error> {
    let snapshot = Snapshot::read(bytes)?;
    Ok((find(&snapshot.header.lab)?, snapshot.header.seed as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The page bundles the descriptions, so that it can draw its controls before any WebAssembly has arrived.
    #[test]
    fn descriptions_are_exported_for_the_page() {
        let all: Vec<_> = LABS.iter().map(|lab| (lab.describe)()).collect();
        let json = serde_json::to_string_pretty(&all).expect("plain data");
        let folder = std::env::var("TS_RS_EXPORT_DIR").expect(".cargo/config.toml sets it");
        std::fs::write(std::path::Path::new(&folder).join("labs.json"), json + "\n")
            .expect("the bindings folder is writable");
    }

    #[test]
    fn an_unknown_lab_is_answered_with_the_known_ones() {
        let Err(error) = find("nope") else { panic!("found a lab that does not exist") };
        assert_eq!(error.to_string(), "unknown lab `nope`; known: double_well_flow, phi4_diffusion, xy_autoregressive");
    }
}
