//! The only words between page and worker.
//!
//! A [`Call`] goes in, [`Message`]s come out. Each carries the number of its session, so that the page can drop what an older
//! one still says, and a ticket: every call is answered by exactly one message with its ticket, [`Event::Failed`] if it could
//! not be done. Progress and failures of a running session carry the ticket of the [`Request::Run`] that started it;
//! the answer to that one is [`Event::Stopped`].

use serde::{Deserialize, Serialize};

use crate::{
    error::{Error, ErrorCode},
    floats::Floats,
    lab::{GivenData, Observable, Overrides, Plan, Progress, View},
    schema::Value,
};

/// A request with its address.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub struct Call {
    /// Session number, chosen by the page, rising.
    pub session: u32,
    /// Ticket number, chosen by the page.
    pub ticket: u32,
    /// What is wanted.
    pub request: Request,
}

/// What the page may ask.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Request {
    /// Opens a lab; answered by [`Event::Opened`].
    Open {
        /// Lab id.
        lab: String,
        /// What differs from the defaults.
        params: Overrides,
        /// Seed of every random stream.
        seed: u32,
    },
    /// Opens a lab from a snapshot; answered by [`Event::Opened`].
    Load {
        /// What [`Event::Saved`] carried.
        #[cfg_attr(test, ts(type = "Uint8Array"))]
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
    },
    /// Changes a parameter of the running session; answered by [`Event::ParamSet`].
    Set {
        /// Parameter id.
        id: String,
        /// New value.
        value: Value,
    },
    /// Trains; answered by [`Event::Stopped`] when it ends.
    Run {
        /// This many steps more; without it to the end of the plan, and then the plan's samples are drawn.
        steps: Option<u32>,
    },
    /// Stops a run after the step in hand; answered by [`Event::Done`].
    Pause,
    /// Draws samples from the model; answered by [`Event::Done`].
    Sample {
        /// How many.
        count: u32,
    },
    /// Advances the chain without training; answered by [`Event::Done`].
    Chain {
        /// How many updates.
        updates: u32,
    },
    /// Advances what the lab does in the background, without its chain; answered by [`Event::Background`].
    Background {
        /// How many updates; none to be told only how far it is.
        updates: u32,
    },
    /// Asks for what is to be drawn next; answered by [`Event::Frame`].
    Frame {
        /// View ids.
        views: Vec<String>,
        /// Whether the observables are wanted too.
        observables: bool,
        /// Whether what is there already is enough: samples of a model without any, or what opening has left for later, are then not
        /// waited for.
        hasty: bool,
    },
    /// Saves; answered by [`Event::Saved`].
    Save,
    /// Asks for the samples in the pool; answered by [`Event::Samples`].
    Samples,
    /// Gives the lab a file of data; answered by [`Event::Taken`].
    Data {
        /// Name of the file, for messages.
        name: String,
        /// Its bytes.
        #[cfg_attr(test, ts(type = "Uint8Array"))]
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
    },
    /// Lays a hand on what the lab shows; answered by [`Event::Taken`].
    Touch {
        /// What is done, by a name of the lab's.
        gesture: String,
        /// What it needs.
        numbers: Vec<f64>,
    },
    /// Times a fixed training step; answered by [`Event::Benched`]. Needs no session.
    Bench {
        /// Name of the case, see [`crate::bench::CASES`].
        case: String,
        /// Steps to time, after warming up.
        steps: u32,
    },
    /// Ends the session and frees its memory; answered by [`Event::Done`].
    Close,
}

/// An event with its address.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub struct Message {
    /// Session number of the call it belongs to.
    pub session: u32,
    /// Ticket of the call it belongs to.
    pub ticket: u32,
    /// What happened.
    pub event: Event,
}

/// What the page hears.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// A session is open.
    Opened {
        /// Lab id.
        lab: &'static str,
        /// Every parameter with its value.
        params: Vec<(&'static str, Value)>,
        /// Seed.
        seed: u32,
        /// Steps already made (not zero after [`Request::Load`]).
        step: u32,
        /// The plan.
        plan: Plan,
        /// Data from a file that it works on.
        given: Option<GivenData>,
        /// What it computes on.
        device: DeviceInfo,
    },
    /// A parameter has changed.
    ParamSet {
        /// Parameter id.
        id: String,
        /// Its value.
        value: Value,
        /// The plan, which may have changed with it.
        plan: Plan,
        /// Samples in the pool: none if they were of another theory.
        samples: u32,
        /// Data from a file that it works on; none if the change has put others in their place.
        given: Option<GivenData>,
    },
    /// The background is so far.
    Background {
        /// Nothing if there is none.
        progress: Option<Progress>,
    },
    /// A file or a hand has changed what the lab works on.
    Taken {
        /// Every parameter, of which some may have changed with it.
        params: Vec<(&'static str, Value)>,
        /// The plan, which may have changed too.
        plan: Plan,
        /// Data from a file that it works on from now on.
        given: Option<GivenData>,
    },
    /// A slice of a run is done.
    Progress {
        /// What it was about.
        phase: Phase,
        /// Steps made in all.
        step: u32,
        /// Steps this run goes to.
        target: u32,
        /// Losses of the steps of this slice, the last of them step `step`.
        losses: Floats,
        /// Samples in the pool.
        samples: u32,
        /// Computing time so far.
        seconds: Seconds,
        /// Training time of a step, over the last slice.
        ms_per_step: f64,
    },
    /// A run has ended.
    Stopped {
        /// Whether it reached its end, or was paused.
        finished: bool,
        /// Steps made in all.
        step: u32,
    },
    /// Something to draw.
    Frame {
        /// Steps made when it was taken.
        step: u32,
        /// The views asked for.
        views: Vec<View>,
        /// The observables, if they were asked for.
        observables: Option<Vec<Observable>>,
        /// Computing time so far.
        seconds: Seconds,
    },
    /// A snapshot.
    Saved {
        /// Its bytes: a safetensors file.
        #[cfg_attr(test, ts(type = "Uint8Array"))]
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
    },
    /// The samples in the pool.
    Samples {
        /// `[count, sites...]`.
        shape: Vec<usize>,
        /// The numbers, last index fastest.
        values: Floats,
        /// `ln q` of each sample; empty if the model does not know it.
        log_q: Vec<f64>,
        /// `S` of each sample: its weight is `exp(-action - log_q)`.
        action: Vec<f64>,
    },
    /// A benchmark has ended.
    Benched {
        /// Name of the case.
        case: String,
        /// Median time of a step.
        ms_per_step: f64,
        /// Steps timed.
        steps: u32,
        /// Loss after the last step, to see that work was done.
        loss: f32,
    },
    /// A call without data in its answer is done.
    Done,
    /// A call or a run could not go on. The session, if one is open, is as it was before.
    Failed {
        /// Which kind of error.
        code: ErrorCode,
        /// The parameter to mark, if there is one.
        param: Option<String>,
        /// What to show.
        message: String,
    },
}

impl From<Error> for Event {
    fn from(error: Error) -> Self {
        Self::Failed { code: error.code(), param: error.param().map(Into::into), message: error.to_string() }
    }
}

/// What a run is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Optimiser steps.
    Training,
    /// Drawing samples from the trained model.
    Sampling,
}

/// Computing time of a session, by what it was spent on: the clock of the race between chain and model.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub struct Seconds {
    /// Training steps.
    pub train: f64,
    /// Chain updates.
    pub chain: f64,
    /// Samples from the model.
    pub sample: f64,
}

/// The device of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub struct DeviceInfo {
    /// CPU or GPU.
    pub kind: DeviceKind,
    /// Its name, for people.
    pub name: String,
}

/// Which of the two kinds of device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    /// Burn's Flex backend.
    Cpu,
    /// A GPU through WebGPU, Vulkan, Metal or CUDA.
    Gpu,
}
