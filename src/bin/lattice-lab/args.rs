//! Commands and options.

use std::{fmt, path::PathBuf, str::FromStr};

use clap::{Args, Parser, Subcommand, ValueEnum};
use lattice_lab::protocol::DeviceKind;

/// Most samples that a run draws: keeps the measurements of the largest lattice under 1 GiB.
const MOST_SAMPLES: i64 = 1 << 20;

/// Neural samplers of lattice field theory, trained here and checked against exact answers.
#[derive(Debug, Parser)]
#[command(name = "lattice-lab", version, about)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the labs and their presets.
    List(ListArgs),
    /// Print everything a lab declares, as JSON: parameters, observables, views, presets.
    Describe {
        /// Lab id, see `list`.
        lab: String,
    },
    /// Train a lab's model beside its chain and compare every estimate with the exact value.
    Run(RunArgs),
    /// Check the chain and the corrected model of every lab against every exact value.
    ///
    /// Ends with exit code 1 if an estimate is more than 4 standard errors off.
    Verify(VerifyArgs),
    /// Time two fixed training steps.
    Bench(BenchArgs),
    /// Run a lab at several values of one parameter; CSV of every observable.
    Sweep(SweepArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Print JSON: the description of every lab.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What a run is made of.
#[derive(Debug, Clone, Args)]
pub(crate) struct ModelArgs {
    /// Lab id, see `list`.
    pub(crate) lab: String,
    /// Preset to start from [default: the lab's first].
    #[arg(long)]
    pub(crate) preset: Option<String>,
    /// Parameter that differs from the preset; may be repeated.
    #[arg(long, value_name = "ID=VALUE")]
    pub(crate) set: Vec<Assignment>,
    /// Optimiser steps to make [default: what is left of the plan].
    #[arg(long, value_name = "N")]
    pub(crate) steps: Option<u32>,
    /// Samples to draw from the trained model [default: the plan's].
    #[arg(long, value_name = "M", value_parser = clap::value_parser!(u32).range(1..=MOST_SAMPLES))]
    pub(crate) samples: Option<u32>,
    /// Chain updates to make after training, beyond those that go with each step [default: the plan's for each sample].
    #[arg(long, value_name = "M")]
    pub(crate) chain: Option<u32>,
    /// Train from nothing where the preset comes with trained weights.
    #[arg(long)]
    pub(crate) untrained: bool,
    /// Seed of every random stream [default: 1].
    #[arg(long, value_name = "S")]
    pub(crate) seed: Option<u32>,
    #[command(flatten)]
    pub(crate) device: DeviceArgs,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct DeviceArgs {
    /// What to compute on; `gpu` needs a build with `--features gpu` (Vulkan), `metal` or `cuda`.
    #[arg(long, value_enum, default_value_t = DeviceChoice::Cpu)]
    pub(crate) device: DeviceChoice,
}

/// [`DeviceKind`] as an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DeviceChoice {
    Cpu,
    Gpu,
}

impl From<DeviceChoice> for DeviceKind {
    fn from(choice: DeviceChoice) -> Self {
        match choice {
            DeviceChoice::Cpu => Self::Cpu,
            DeviceChoice::Gpu => Self::Gpu,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) model: ModelArgs,
    /// Save the session here when done.
    #[arg(long, value_name = "FILE")]
    pub(crate) save: Option<PathBuf>,
    /// Go on from a saved session: its preset and seed hold, `--set` may change what may change while running.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["preset", "seed"])]
    pub(crate) load: Option<PathBuf>,
    /// Work on the data of this file: configurations (.npy, .npz) or a table (.csv); `describe` says what a lab takes.
    #[arg(long, value_name = "FILE")]
    pub(crate) data: Option<PathBuf>,
    /// Write samples.npz, observables.csv, loss.csv, params.json and an SVG of each view into this folder.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// Seed of every random stream.
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub(crate) seed: u32,
    #[command(flatten)]
    pub(crate) device: DeviceArgs,
}

#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    /// The case, `flow` or `conv` [default: both].
    #[arg(long)]
    pub(crate) case: Option<String>,
    /// Steps to time, after warming up.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) steps: u32,
    #[command(flatten)]
    pub(crate) device: DeviceArgs,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SweepArgs {
    #[command(flatten)]
    pub(crate) model: ModelArgs,
    /// The parameter to vary: COUNT equally spaced values from FROM to TO, both included.
    #[arg(long, value_name = "ID=FROM:TO:COUNT")]
    pub(crate) over: Range,
}

/// `id=value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Assignment {
    pub(crate) id: String,
    pub(crate) value: String,
}

impl FromStr for Assignment {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let (id, value) = text.split_once('=').ok_or(Malformed("it is not of the form id=value"))?;
        Ok(Self { id: id.trim().into(), value: value.trim().into() })
    }
}

/// `id=from:to:count`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Range {
    pub(crate) id: String,
    from: f64,
    to: f64,
    count: u16,
}

impl Range {
    /// The values, both ends included.
    pub(crate) fn values(&self) -> impl Iterator<Item = f64> {
        let last = self.count - 1;
        (0..=last).map(move |i| match i {
            0 => self.from,
            // Not computed, so that rounding cannot carry it over the edge of the allowed interval.
            i if i == last => self.to,
            i => self.from + (self.to - self.from) * f64::from(i) / f64::from(last),
        })
    }
}

impl FromStr for Range {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        const FORM: Malformed = Malformed("it is not of the form id=from:to:count, for example f2=0:3:7");
        let (id, range) = text.split_once('=').ok_or(FORM)?;
        let parts: Vec<&str> = range.split(':').collect();
        let [from, to, count] = parts[..] else { return Err(FORM) };
        let number = |text: &str| text.trim().parse::<f64>().ok().filter(|n| n.is_finite()).ok_or(FORM);
        let count = count.trim().parse().ok().filter(|&count| count > 0).ok_or(FORM)?;
        Ok(Self { id: id.trim().into(), from: number(from)?, to: number(to)?, count })
    }
}

/// Why an option's text cannot be read.
#[derive(Debug)]
pub(crate) struct Malformed(&'static str);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Malformed {}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_options_do_not_contradict_each_other() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_range_includes_both_ends() {
        let values = |text: &str| text.parse::<Range>().unwrap().values().collect::<Vec<_>>();
        assert_eq!(values("f2=0:3:4"), [0.0, 1.0, 2.0, 3.0]);
        assert_eq!(values("f2=1.5:0:1"), [1.5]);
        assert_eq!(values("a=0.1:0.7:3").last(), Some(&0.7));
        for broken in ["f2", "f2=1", "f2=0:1", "f2=0:1:0", "f2=a:1:2", "f2=0:inf:2", "f2=0:1:2:3"] {
            assert!(broken.parse::<Range>().is_err(), "{broken}");
        }
    }
}
