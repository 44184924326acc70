//! The command line of Lattice Lab: the same labs as on the page, natively.
//!
//! | module | what it holds |
//! |---|---|
//! | [`args`] | commands and options |
//! | [`runner`] | one lab, driven as the page drives it |
//! | [`run`], [`sweep`], [`verify`], [`mod@bench`], [`list`] | the commands |
//! | [`report`], [`table`], [`files`], [`plot`], [`axis`] | what comes out |
//! | [`failure`], [`block_on`] | errors with an exit code; waiting for the device |

mod args;
mod axis;
mod bench;
mod block_on;
mod failure;
mod files;
mod list;
mod pictures;
mod plot;
mod report;
mod run;
mod runner;
mod sweep;
mod table;
mod verify;
mod weights;

use std::{
    io::{ErrorKind, Write as _},
    process::ExitCode,
};

use clap::Parser as _;

use self::{
    args::{Cli, Command},
    failure::Failure,
};

fn main() -> ExitCode {
    let done = block_on::block_on(execute(Cli::parse().command));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Nothing is left to tell it to if stderr is closed too.
            let _ = writeln!(std::io::stderr(), "error: {failure}");
            failure.exit_code()
        }
    }
}

async fn execute(command: Command) -> Result<(), Failure> {
    match command {
        Command::List(args) => list::list(&args),
        Command::Describe { lab } => list::describe(&lab),
        Command::Run(args) => run::run(&args).await,
        Command::Verify(args) => verify::verify(&args).await,
        Command::Bench(args) => bench::bench(&args).await,
        Command::Sweep(args) => sweep::sweep(&args).await,
    }
}

/// Writes to standard output. A reader that has gone away (`| head`) is no error.
fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::other(format!("standard output: {error}"))),
        _ => Ok(()),
    }
}

/// Writes one JSON object to standard output.
fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Failure::other(format!("JSON: {error}")))?;
    print(&(text + "\n"))
}
