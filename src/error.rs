//! The one error type: every variant carries the value, the rule and the place.

use serde::{Deserialize, Serialize};

/// Anything that can go wrong between a request and its answer.
///
/// The page marks the form field named by [`Error::param`] and shows the [`Display`](std::fmt::Display) text as it is.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// A parameter value that its rule forbids.
    #[error("{id} = {got} {rule}")]
    Param {
        /// Parameter id, for example `lambda`.
        id: String,
        /// The value as it was given.
        got: String,
        /// What is allowed, for example `is outside [0.1, 5]`.
        rule: String,
    },
    /// A name that nothing answers to: a lab, preset, parameter, view or benchmark.
    #[error("unknown {kind} `{got}`; known: {known}")]
    Unknown {
        /// What was looked up.
        kind: &'static str,
        /// The name as it was given.
        got: String,
        /// The names that exist, comma separated.
        known: String,
    },
    /// A compute device that cannot be used.
    #[error("device {wanted} cannot be used: {reason}")]
    Device {
        /// The device asked for.
        wanted: String,
        /// Why not.
        reason: String,
    },
    /// A number that stopped being one.
    #[error("{quantity} is {value} at step {step}; the state before it was kept. {remedy}")]
    NonFinite {
        /// What diverged, for example `loss`.
        quantity: &'static str,
        /// The value found (`NaN`, `inf`).
        value: f64,
        /// The optimiser step or update at which it was found.
        step: u64,
        /// The parameter of which a smaller value is safer.
        param: &'static str,
        /// What usually helps.
        remedy: &'static str,
    },
    /// Saved bytes that cannot be restored.
    #[error("snapshot: {reason}")]
    Snapshot {
        /// What is wrong with the bytes.
        reason: String,
    },
    /// A file of data that cannot be used.
    #[error("{name}: {reason}")]
    Data {
        /// The file.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A message that does not fit the protocol or the state it arrives in.
    #[error("request: {reason}")]
    Protocol {
        /// What is wrong with the message.
        reason: String,
    },
}

/// The variant of an [`Error`], for programs that decide by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// [`Error::Param`].
    Param,
    /// [`Error::Unknown`].
    Unknown,
    /// [`Error::Device`].
    Device,
    /// [`Error::NonFinite`].
    NonFinite,
    /// [`Error::Snapshot`].
    Snapshot,
    /// [`Error::Data`].
    Data,
    /// [`Error::Protocol`].
    Protocol,
}

impl Error {
    /// The variant as plain data.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Param { .. } => ErrorCode::Param,
            Self::Unknown { .. } => ErrorCode::Unknown,
            Self::Device { .. } => ErrorCode::Device,
            Self::NonFinite { .. } => ErrorCode::NonFinite,
            Self::Snapshot { .. } => ErrorCode::Snapshot,
            Self::Data { .. } => ErrorCode::Data,
            Self::Protocol { .. } => ErrorCode::Protocol,
        }
    }

    /// The parameter to mark, if the error is about one.
    pub fn param(&self) -> Option<&str> {
        match self {
            Self::Param { id, .. } => Some(id),
            Self::NonFinite { param, .. } => Some(param),
            _ => None,
        }
    }

    /// A parameter error from its three parts.
    pub fn param_rule(id: &str, got: &impl ToString, rule: impl Into<String>) -> Self {
        Self::Param { id: id.into(), got: got.to_string(), rule: rule.into() }
    }

    /// A device that does not give its numbers back, with what it says.
    pub fn read_back(error: impl std::fmt::Debug) -> Self {
        Self::Device { wanted: "read-back".into(), reason: format!("{error:?}") }
    }

    /// A name lookup that failed, listing what exists.
    pub fn unknown<'a>(kind: &'static str, got: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        Self::Unknown { kind, got: got.into(), known: known.into_iter().collect::<Vec<_>>().join(", ") }
    }
}
