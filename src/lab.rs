//! The one abstraction: a lab, and its type-erased form.
//!
//! Session, worker, command line, benchmark and contract tests know only [`LabSpec`] (data) and [`AnyLab`].

use std::{future::Future, pin::Pin};

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use crate::{
    error::Error,
    floats::Floats,
    schema::{LabDescription, ParamSet, Stage, Value},
};

/// How an estimate was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Estimator {
    /// The data that the model learns from.
    Data,
    /// Model samples as they come: biased as the model is.
    Raw,
    /// Model samples weighted by `exp(-S) / q`: exact in the limit of many samples.
    Reweighted,
    /// Model samples as proposals of an independence Metropolis chain: exact likewise.
    Metropolis,
    /// Model samples as starts of short Markov chains with the true action: exact as these grow.
    Tail,
    /// The Markov chain that runs beside the model.
    Chain,
    /// A method of reconstruction: which one, [`Estimate::method`] says.
    Method,
}

/// Where a reference value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum ReferenceKind {
    /// Computed without sampling, for exactly this lattice.
    Exact,
    /// Computed without sampling, in the continuum limit: what the lattice value tends to, not what a sampler should meet.
    Continuum,
    /// A long Monte Carlo run.
    Chain,
    /// A published number.
    Paper,
}

/// A value to compare with.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub struct Reference {
    /// Value.
    pub value: f64,
    /// One standard error; zero if exact.
    pub error: f64,
    /// What kind of reference it is.
    pub kind: ReferenceKind,
    /// How it was obtained.
    pub source: &'static str,
}

/// A number with its error bar.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub struct Estimate {
    /// How it was made.
    pub estimator: Estimator,
    /// Of [`Estimator::Method`]: its id among the options of the lab's [`Set`](crate::schema::Kind::Set) parameter.
    pub method: Option<&'static str>,
    /// Value; `None` if it could not be resolved from the data so far.
    pub value: Option<f64>,
    /// One standard error, autocorrelation included; `None` if it has none.
    pub error: Option<f64>,
    /// Integrated autocorrelation time in updates, 1/2 if independent; `None` where it means nothing.
    pub tau_int: Option<f64>,
    /// Effective number of samples.
    pub ess: Option<f64>,
    /// How many samples or measurements it rests on.
    pub count: u32,
}

/// One observable with every estimate and reference there is.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub struct Observable {
    /// Id of its [`ObservableSpec`](crate::schema::ObservableSpec).
    pub id: &'static str,
    /// What to compare with; the first is what a correct sampler meets.
    pub references: Vec<Reference>,
    /// The estimates.
    pub estimates: Vec<Estimate>,
}

/// Whose data a series is: decides its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Monte Carlo chain: blue.
    Chain,
    /// Model: orange.
    Model,
    /// Model after correction: green.
    Corrected,
    /// Exact answer: ink.
    Truth,
    /// Exact answer of another limit (continuum, free theory): ink, dashed.
    Limit,
    /// A method of reconstruction, in the colour of its own: which one, [`Series::method`] says.
    Method,
}

/// How a series is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// A line through the points.
    Line,
    /// Dots, with error bars if there are errors.
    Dots,
    /// Bars of a histogram; `x` are the centres of equal bins.
    Bars,
    /// `rows` lines over the same `x`.
    Paths,
    /// Square pictures of side `x.len()`, one after the other in `y`, rows first: `[count, side, side]`.
    Field,
    /// The same with angles: arrows, and hues of a colour wheel. Where it is not a number, there is no spin yet.
    Spins,
    /// Vortex numbers of the plaquettes of the pictures of the same name, `[count, side, side]`: plaquette `(x, y)` lies between the
    /// sites `(x, y)` and `(x + 1, y + 1)`.
    Vortices,
    /// A band from `y - error` to `y + error`.
    Band,
}

/// One set of data in a view.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub struct Series {
    /// Name in the legend.
    pub name: String,
    /// Whose data it is.
    pub role: Role,
    /// Of [`Role::Method`]: its id among the options of the lab's [`Set`](crate::schema::Kind::Set) parameter.
    pub method: Option<&'static str>,
    /// How it is drawn.
    pub mark: Mark,
    /// Abscissae.
    pub x: Floats,
    /// Ordinates; `rows * x.len()` of them for [`Mark::Paths`].
    pub y: Floats,
    /// One standard error each; empty if there are none.
    pub error: Floats,
}

impl Series {
    /// Data without errors.
    pub fn new(name: impl Into<String>, role: Role, mark: Mark, x: Floats, y: Floats) -> Self {
        Self { name: name.into(), role, method: None, mark, x, y, error: Floats::default() }
    }

    /// Why there is nothing to draw: a series with that name and one point that is nowhere.
    pub fn reason(why: impl Into<String>) -> Self {
        let nowhere = || [f64::NAN].into_iter().collect();
        Self::new(why, Role::Limit, Mark::Line, nowhere(), nowhere())
    }
}

/// A horizontal line with a name.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub struct Level {
    /// Name in the legend, with its number.
    pub name: String,
    /// [`Role::Truth`] or [`Role::Limit`].
    pub role: Role,
    /// Where it is.
    pub y: f64,
}

/// The data of a view.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub struct View {
    /// Id of its [`ViewSpec`](crate::schema::ViewSpec).
    pub id: &'static str,
    /// The data.
    pub series: Vec<Series>,
    /// Horizontal lines.
    pub levels: Vec<Level>,
    /// Of a [`Table`](crate::schema::ViewKind::Table): the headings of its columns; `y` of each series has one number for each.
    pub columns: Vec<String>,
}

/// A future that stays on its thread: WebGPU in a browser has only that one.
pub type LocalFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// A theory, a model, its parameters, observables and views.
///
/// Every random draw comes from the streams of `seed`, so that the same seed and parameters give the same losses; drawing
/// samples, reading observables or views never changes the training.
pub trait Lab: Sized + 'static {
    /// Its parameters.
    type Params: ParamSet;

    /// Builds the model and the chain.
    ///
    /// # Errors
    /// [`Error::Param`] for a combination of values that cannot be built.
    fn open(params: &Self::Params, device: &Device, seed: u64) -> Result<Self, Error>;

    /// The parameters it runs with.
    fn params(&self) -> &Self::Params;

    /// The plan of a run with the current parameters.
    fn plan(&self) -> Plan;

    /// Takes over parameters whose stage is [`Live`](crate::schema::Stage::Live).
    ///
    /// # Errors
    /// [`Error::Param`] for a combination of values that cannot be; nothing is changed then.
    fn retune(&mut self, params: &Self::Params) -> Result<(), Error>;

    /// One optimiser update. The loss stays on the device until [`losses`](Self::losses) asks for it.
    ///
    /// # Errors
    /// [`Error::NonFinite`] if the data of the step are.
    fn train_step(&mut self) -> impl Future<Output = Result<(), Error>>;

    /// The losses of the steps since the last call, in order: one read-back for all of them.
    ///
    /// # Errors
    /// [`Error::NonFinite`], and the model is what it was at the last call that succeeded.
    fn losses(&mut self) -> impl Future<Output = Result<Vec<f32>, Error>>;

    /// Advances the reference chain by `updates`.
    ///
    /// # Errors
    /// [`Error::NonFinite`] if it diverges.
    fn chain(&mut self, updates: usize) -> Result<(), Error>;

    /// Advances what runs in the background by `updates` of each of its chains, and by a little of what else it does; tells how far
    /// it is, or that there is nothing to do. It advances with [`chain`](Self::chain) too.
    ///
    /// # Errors
    /// [`Error::NonFinite`] if it diverges.
    fn background(&mut self, updates: usize) -> Result<Option<Progress>, Error> {
        let _ = updates;
        Ok(None)
    }

    /// Draws `count` samples from the model as it is now and adds them to the pool that the estimates use; the pool starts
    /// anew when the model has changed since.
    ///
    /// # Errors
    /// [`Error::NonFinite`] if the model gives such samples.
    fn sample(&mut self, count: usize) -> impl Future<Output = Result<(), Error>>;

    /// Optimiser steps made.
    fn step(&self) -> u32;

    /// How many samples of the model as it is now are in the pool.
    fn sample_count(&self) -> usize;

    /// The samples in the pool.
    fn samples(&self) -> Samples<'_>;

    /// Every observable with its estimates and references.
    fn observables(&mut self) -> Vec<Observable>;

    /// The data of one view.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a view that the lab does not have.
    fn view(&mut self, id: &str) -> impl Future<Output = Result<View, Error>>;

    /// The data of one view as far as it is known without what opening has left for later.
    ///
    /// # Errors
    /// Those of [`view`](Self::view).
    fn glimpse(&mut self, id: &str) -> impl Future<Output = Result<View, Error>> {
        self.view(id)
    }

    /// Parameters, weights, optimiser, chain and positions of the random streams, as bytes.
    ///
    /// # Errors
    /// [`Error::Device`] if the weights cannot be read back.
    fn save(&self) -> impl Future<Output = Result<Vec<u8>, Error>>;

    /// Trains on the configurations of a file from now on.
    ///
    /// # Errors
    /// [`Error::Data`] with what is wrong with it, or for a lab that takes none; nothing is changed then.
    fn load_data(&mut self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let _ = bytes;
        Err(Error::Data { name: name.into(), reason: "this lab learns without data".into() })
    }

    /// The data from a file that it works on, if it has any.
    fn given(&self) -> Option<GivenData> {
        None
    }

    /// Lays a hand on what the lab shows: `gesture` is a name of the lab's, `numbers` what it needs.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a gesture that the lab does not know, [`Error::Data`] for numbers that it cannot use; nothing is changed
    /// then.
    fn touch(&mut self, gesture: &str, numbers: &[f64]) -> Result<(), Error> {
        let _ = numbers;
        Err(Error::unknown("gesture", gesture, ["none in this lab"]))
    }

    /// The lab that [`save`](Self::save) wrote, going on bit for bit on the CPU.
    ///
    /// # Errors
    /// [`Error::Snapshot`] if the bytes are not one.
    fn load(bytes: &[u8], device: &Device) -> Result<Self, Error>;
}

/// Samples of a model with what is needed to reweight them.
#[derive(Debug, Clone, PartialEq)]
pub struct Samples<'a> {
    /// The configurations, flat.
    pub values: &'a [f32],
    /// Shape of one of them.
    pub shape: Vec<usize>,
    /// `ln q` of each; empty if the model does not know it.
    pub log_q: &'a [f64],
    /// `S` of each.
    pub action: &'a [f64],
}

/// How many steps, chain updates and samples a run makes if nothing else is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub struct Plan {
    /// The optimiser step at which the training is done.
    pub steps: u32,
    /// Chain updates per optimiser step.
    pub chain_per_step: u32,
    /// Chain updates made for each sample of the plan; none where the chain is there to be watched.
    pub chain_per_sample: u32,
    /// Samples to draw when the training is done.
    pub samples: u32,
    /// Samples to draw for a picture while the model still changes.
    pub preview: u32,
}

/// How far something is that runs beside the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub struct Progress {
    /// How many are done.
    pub done: u32,
    /// How many there are.
    pub all: u32,
    /// Of what, in the plural.
    pub of: &'static str,
    /// Whether nothing at all is left to do.
    pub finished: bool,
}

/// Data from a file that a lab works on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub struct GivenData {
    /// The file.
    pub name: String,
    /// Parameters that describe the lab's own data, and say nothing of these.
    pub idle: Vec<&'static str>,
    /// Why no answer fits them, as a sentence, if none does.
    pub doubt: Option<String>,
}

/// A [`Lab`] with its type erased.
pub trait AnyLab {
    /// The current value of every parameter.
    fn params(&self) -> Vec<(&'static str, Value)>;
    /// Sets one parameter of a running lab.
    ///
    /// # Errors
    /// [`Error::Param`] or [`Error::Unknown`]; a build-time parameter cannot be set.
    fn set(&mut self, id: &str, value: &Value) -> Result<(), Error>;
    /// The plan of a run with the current parameters.
    fn plan(&self) -> Plan;
    /// See [`Lab::train_step`].
    fn train_step(&mut self) -> LocalFuture<'_, Result<(), Error>>;
    /// See [`Lab::losses`].
    fn losses(&mut self) -> LocalFuture<'_, Result<Vec<f32>, Error>>;
    /// See [`Lab::chain`].
    ///
    /// # Errors
    /// As there.
    fn chain(&mut self, updates: usize) -> Result<(), Error>;
    /// See [`Lab::sample`].
    fn sample(&mut self, count: usize) -> LocalFuture<'_, Result<(), Error>>;
    /// See [`Lab::step`].
    fn step(&self) -> u32;
    /// See [`Lab::background`].
    ///
    /// # Errors
    /// Those of [`Lab::background`].
    fn background(&mut self, updates: usize) -> Result<Option<Progress>, Error>;
    /// See [`Lab::sample_count`].
    fn sample_count(&self) -> usize;
    /// See [`Lab::samples`].
    fn samples(&self) -> Samples<'_>;
    /// See [`Lab::observables`].
    fn observables(&mut self) -> Vec<Observable>;
    /// See [`Lab::view`].
    fn view<'a>(&'a mut self, id: &'a str) -> LocalFuture<'a, Result<View, Error>>;
    /// See [`Lab::glimpse`].
    fn glimpse<'a>(&'a mut self, id: &'a str) -> LocalFuture<'a, Result<View, Error>>;
    /// See [`Lab::save`].
    fn save(&self) -> LocalFuture<'_, Result<Vec<u8>, Error>>;
    /// See [`Lab::load_data`].
    ///
    /// # Errors
    /// As there.
    fn load_data(&mut self, name: &str, bytes: &[u8]) -> Result<(), Error>;
    /// See [`Lab::given`].
    fn given(&self) -> Option<GivenData>;
    /// See [`Lab::touch`].
    ///
    /// # Errors
    /// As there.
    fn touch(&mut self, gesture: &str, numbers: &[f64]) -> Result<(), Error>;
}

impl<L: Lab> AnyLab for L {
    fn params(&self) -> Vec<(&'static str, Value)> {
        L::Params::specs()
            .iter()
            .map(|s| (s.id, Lab::params(self).get(s.id).expect("every spec has a field")))
            .collect()
    }

    fn set(&mut self, id: &str, value: &Value) -> Result<(), Error> {
        let mut params = Lab::params(self).clone();
        params.set(id, value)?;
        let fixed = L::Params::specs().iter().any(|s| s.id == id && s.stage == Stage::Build);
        if fixed && Lab::params(self).get(id).as_ref() != Some(value) {
            return Err(Error::param_rule(id, value, "cannot change while the session runs: open a new one"));
        }
        self.retune(&params)
    }

    fn plan(&self) -> Plan {
        Lab::plan(self)
    }

    fn train_step(&mut self) -> LocalFuture<'_, Result<(), Error>> {
        Box::pin(Lab::train_step(self))
    }

    fn losses(&mut self) -> LocalFuture<'_, Result<Vec<f32>, Error>> {
        Box::pin(Lab::losses(self))
    }

    fn chain(&mut self, updates: usize) -> Result<(), Error> {
        Lab::chain(self, updates)
    }

    fn background(&mut self, updates: usize) -> Result<Option<Progress>, Error> {
        Lab::background(self, updates)
    }

    fn sample(&mut self, count: usize) -> LocalFuture<'_, Result<(), Error>> {
        Box::pin(Lab::sample(self, count))
    }

    fn step(&self) -> u32 {
        Lab::step(self)
    }

    fn sample_count(&self) -> usize {
        Lab::sample_count(self)
    }

    fn samples(&self) -> Samples<'_> {
        Lab::samples(self)
    }

    fn observables(&mut self) -> Vec<Observable> {
        Lab::observables(self)
    }

    fn view<'a>(&'a mut self, id: &'a str) -> LocalFuture<'a, Result<View, Error>> {
        Box::pin(Lab::view(self, id))
    }

    fn glimpse<'a>(&'a mut self, id: &'a str) -> LocalFuture<'a, Result<View, Error>> {
        Box::pin(Lab::glimpse(self, id))
    }

    fn save(&self) -> LocalFuture<'_, Result<Vec<u8>, Error>> {
        Box::pin(Lab::save(self))
    }

    fn load_data(&mut self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        Lab::load_data(self, name, bytes)
    }

    fn given(&self) -> Option<GivenData> {
        Lab::given(self)
    }

    fn touch(&mut self, gesture: &str, numbers: &[f64]) -> Result<(), Error> {
        Lab::touch(self, gesture, numbers)
    }
}

/// Parameter differences as they travel.
pub type Overrides = std::collections::BTreeMap<String, Value>;

/// Opens a lab with differences from the defaults, a device and a seed.
pub type Open = fn(&Overrides, &Device, u64) -> Result<Box<dyn AnyLab>, Error>;
/// Restores a lab from saved bytes.
pub type Load = fn(&[u8], &Device) -> Result<Box<dyn AnyLab>, Error>;

/// A lab in the list: its description and its two constructors.
pub struct LabSpec {
    /// Key.
    pub id: &'static str,
    /// Everything it declares.
    pub describe: fn() -> LabDescription,
    /// Opens it with differences from the defaults.
    pub open: Open,
    /// Restores it from saved bytes.
    pub load: Load,
}

/// [`LabSpec::open`] of a lab.
///
/// # Errors
/// Those of the parameters and of [`Lab::open`].
pub fn open<L: Lab>(overrides: &Overrides, device: &Device, seed: u64) -> Result<Box<dyn AnyLab>, Error> {
    let params = L::Params::with(overrides.iter().map(|(id, value)| (id.as_str(), value)))?;
    Ok(Box::new(L::open(&params, device, seed)?))
}

/// [`LabSpec::load`] of a lab.
///
/// # Errors
/// Those of [`Lab::load`].
pub fn load<L: Lab>(bytes: &[u8], device: &Device) -> Result<Box<dyn AnyLab>, Error> {
    Ok(Box::new(L::load(bytes, device)?))
}
