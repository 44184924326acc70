//! `list` and `describe`.

use lattice_lab::labs::{self, LABS};

use crate::{args::ListArgs, failure::Failure, print, print_json};

/// Names every lab with its presets.
pub(crate) fn list(args: &ListArgs) -> Result<(), Failure> {
    if args.json {
        return print_json(&LABS.iter().map(|lab| (lab.describe)()).collect::<Vec<_>>());
    }
    let mut text = String::new();
    for lab in LABS {
        let described = (lab.describe)();
        text += &format!("{}  {}\n  {}\n", described.id, described.title, described.summary);
        let width = described.presets.iter().map(|preset| preset.id.len()).max().unwrap_or(0);
        for preset in described.presets {
            text += &format!("    --preset {:width$}  {} ({})\n", preset.id, preset.title, preset.takes);
        }
    }
    print(&text)
}

/// Prints everything a lab declares.
pub(crate) fn describe(lab: &str) -> Result<(), Failure> {
    print_json(&(labs::find(lab)?.describe)())
}
