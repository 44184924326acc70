//! What ends a command: one sentence and an exit code.

use std::{fmt, path::Path, process::ExitCode};

use lattice_lab::error::{Error, ErrorCode};

/// Why a command could not be done.
#[derive(Debug)]
pub(crate) struct Failure {
    usage: bool,
    message: String,
}

impl Failure {
    /// What was asked for cannot be: exit code 2, as for options that do not parse.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { usage: true, message: message.into() }
    }

    /// What was asked for went wrong: exit code 1.
    pub(crate) fn other(message: impl Into<String>) -> Self {
        Self { usage: false, message: message.into() }
    }

    /// A file that could not be read or written; `doing` is the verb.
    pub(crate) fn file<E: fmt::Display>(doing: &str, path: &Path) -> impl FnOnce(E) -> Self {
        move |error| Self::other(format!("cannot {doing} {}: {error}", path.display()))
    }

    /// From the parts of an [`Event::Failed`](lattice_lab::protocol::Event::Failed).
    pub(crate) fn event(code: ErrorCode, message: String) -> Self {
        Self { usage: matches!(code, ErrorCode::Param | ErrorCode::Unknown), message }
    }

    /// 2 if the user asked for something impossible, 1 otherwise.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(if self.usage { 2 } else { 1 })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::event(error.code(), error.to_string())
    }
}
