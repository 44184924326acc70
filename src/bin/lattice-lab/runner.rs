//! One lab, driven as the page drives it: by [`Driver`], so that the same seed gives the same losses in both.

use std::{
    collections::BTreeMap,
    fs,
    io::Write as _,
    path::Path,
    sync::OnceLock,
    time::{Duration, Instant},
};

use burn::tensor::Device;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use lattice_lab::{
    device,
    error::Error,
    lab::{Observable, Overrides, Plan, View},
    labs,
    protocol::{Call, DeviceInfo, Event, Message, Phase, Request, Seconds},
    schema::{LabDescription, Stage, Value, ViewKind},
    session::Driver,
};

use crate::{
    args::{Assignment, ModelArgs},
    failure::Failure,
    report::loss_text,
    weights,
};

/// Samples asked for at once, and chain updates: often enough for a progress bar.
const SAMPLES: u32 = 4096;
const UPDATES: u32 = 1000;

/// Seconds since the first call.
pub(crate) fn clock() -> f64 {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_secs_f64()
}

/// The samples of a run with what is needed to reweight them.
pub(crate) struct Samples {
    /// `[count, sites...]`.
    pub(crate) shape: Vec<usize>,
    pub(crate) values: Vec<f32>,
    pub(crate) log_q: Vec<f64>,
    pub(crate) action: Vec<f64>,
}

/// An open session and what it has said.
pub(crate) struct Runner {
    driver: Driver,
    lab: LabDescription,
    params: BTreeMap<&'static str, Value>,
    seed: u32,
    plan: Plan,
    step: u32,
    /// The step before the first of `losses`.
    first_step: u32,
    losses: Vec<f32>,
    progress: Progress,
}

/// Whether and with which words progress is shown.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    /// Nothing is shown if false, nor if standard error is not a terminal.
    pub(crate) shown: bool,
    /// Stands before what is being done.
    pub(crate) prefix: String,
}

impl Progress {
    fn bar(&self, phase: &str, length: u32) -> ProgressBar {
        if !self.shown || length == 0 {
            return ProgressBar::hidden();
        }
        let style = ProgressStyle::with_template("{prefix} {wide_bar} {pos}/{len} {msg} ETA {eta}");
        let bar = ProgressBar::with_draw_target(Some(length.into()), ProgressDrawTarget::stderr());
        bar.enable_steady_tick(Duration::from_millis(200));
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.with_prefix(format!("{}{phase:8}", self.prefix))
    }
}

/// What there is to see of a session.
pub(crate) struct Frame {
    pub(crate) views: Vec<View>,
    pub(crate) observables: Vec<Observable>,
    pub(crate) seconds: Seconds,
}

impl Runner {
    /// Opens the lab of `args` with its preset, `--set` and, stronger than both, `more`; from the weights that come with the
    /// preset if nothing is asked for that they were not made for.
    pub(crate) async fn open(args: &ModelArgs, more: &[Assignment], progress: Progress) -> Result<Self, Failure> {
        let lab = (labs::find(&args.lab)?.describe)();
        let params = overrides(&lab, args.preset.as_deref(), args.set.iter().chain(more))?;
        let seed = args.seed.unwrap_or(1);
        let device = device::open(args.device.device.into()).await?;
        let preset = args.preset.as_ref().and_then(|id| lab.presets.iter().find(|preset| preset.id == id));
        let changes: Vec<Assignment> = args.set.iter().chain(more).cloned().collect();
        let fixed = |a: &Assignment| lab.params.iter().any(|spec| spec.id == a.id && spec.stage == Stage::Build);
        let trained = preset
            .and_then(|preset| preset.weights)
            .filter(|_| seed == 1 && !args.untrained && !changes.iter().any(fixed));
        if let Some(bytes) = trained.and_then(weights::shipped) {
            let mut runner = Self::start(lab, Request::Load { bytes: bytes.to_vec() }, device, progress).await?;
            // What may change while running may have been something else in training.
            for (id, value) in params {
                if runner.params.get(id.as_str()) != Some(&value) {
                    runner.set(id, value).await?;
                }
            }
            return Ok(runner);
        }
        let request = Request::Open { lab: lab.id.into(), params, seed };
        Self::start(lab, request, device, progress).await
    }

    /// Gives the lab a file of training data.
    pub(crate) async fn load_data(&mut self, path: &Path) -> Result<(), Failure> {
        let bytes = fs::read(path).map_err(Failure::file("read", path))?;
        let request = Request::Data { name: path.display().to_string(), bytes };
        let Event::Taken { given, .. } = ask(&mut self.driver, request).await? else { return misfit() };
        if let Some(doubt) = given.and_then(|given| given.doubt) {
            // Nothing is left to tell it to if standard error is closed.
            let _ = writeln!(std::io::stderr(), "note: {doubt}");
        }
        Ok(())
    }

    /// Opens what [`save`](Self::save) wrote, and applies `--set`.
    pub(crate) async fn load(args: &ModelArgs, path: &Path, progress: Progress) -> Result<Self, Failure> {
        let wanted = labs::find(&args.lab)?;
        let bytes = fs::read(path).map_err(Failure::file("read", path))?;
        let in_file = |error: Error| Failure::other(format!("{}: {error}", path.display()));
        let (spec, _) = labs::of_snapshot(&bytes).map_err(in_file)?;
        if spec.id != wanted.id {
            let (path, found, wanted) = (path.display(), spec.id, wanted.id);
            let advice = format!("go on from it with `lattice-lab run {found} --load {path}`");
            return Err(Failure::usage(format!(
                "{path} is a session of the lab `{found}`, not of `{wanted}`: {advice}"
            )));
        }
        let lab = (spec.describe)();
        let changes: Vec<(String, Value)> =
            args.set.iter().map(|a| Ok((a.id.clone(), parse(&lab, a)?))).collect::<Result<_, Failure>>()?;
        let device = device::open(args.device.device.into()).await?;
        let mut runner = Self::start(lab, Request::Load { bytes }, device, progress)
            .await
            .map_err(|failure| Failure::other(format!("{}: {failure}", path.display())))?;
        for (id, value) in changes {
            let saved = runner.params.get(id.as_str());
            let fixed = runner.lab.params.iter().any(|spec| spec.id == id && spec.stage == Stage::Build);
            if let Some(saved) = saved.filter(|saved| fixed && **saved != value) {
                let path = path.display();
                return Err(Failure::usage(format!(
                    "{path} was made with {id} = {saved}, which cannot become {value} any more: leave out `--set {id}={value}` to go on \
                     from the file, or leave out `--load` to begin anew"
                )));
            }
            runner.set(id, value).await?;
        }
        Ok(runner)
    }

    async fn start(
        lab: LabDescription,
        request: Request,
        (device, info): (Device, DeviceInfo),
        progress: Progress,
    ) -> Result<Self, Failure> {
        let mut driver = Driver::new(device, info, clock);
        let Event::Opened { params, seed, step, plan, .. } = ask(&mut driver, request).await? else { return misfit() };
        let params = params.into_iter().collect();
        Ok(Self { driver, lab, params, seed, plan, step, first_step: step, losses: Vec::new(), progress })
    }

    async fn set(&mut self, id: String, value: Value) -> Result<(), Failure> {
        let Event::ParamSet { id, value, plan, .. } = ask(&mut self.driver, Request::Set { id, value }).await? else {
            return misfit();
        };
        self.plan = plan;
        if let Some(current) = self.params.get_mut(id.as_str()) {
            *current = value;
        }
        Ok(())
    }

    /// What a whole run does: trains `--steps` or to the end of the plan, advances the chain, draws the samples.
    pub(crate) async fn run(&mut self, args: &ModelArgs) -> Result<(), Failure> {
        if (args.steps, args.samples, args.chain) == (None, None, None) {
            // As the page does it: training ends where the lab says, which may be before the plan's last step.
            return self.drive(None).await;
        }
        self.train(args.steps.unwrap_or(self.plan.steps.saturating_sub(self.step))).await?;
        let samples = args.samples.unwrap_or(self.plan.samples);
        let updates = args.chain.unwrap_or(self.plan.chain_per_sample.saturating_mul(samples));
        self.in_parts("chain", Request::Chain { updates: UPDATES }, updates).await?;
        self.in_parts("sampling", Request::Sample { count: SAMPLES }, samples).await
    }

    async fn train(&mut self, steps: u32) -> Result<(), Failure> {
        self.drive(Some(steps)).await
    }

    /// Makes so many steps, or the whole plan with its samples.
    async fn drive(&mut self, steps: Option<u32>) -> Result<(), Failure> {
        let mut bar = self.progress.bar("training", steps.unwrap_or(self.plan.steps.saturating_sub(self.step)));
        let mut phase = Phase::Training;
        ask(&mut self.driver, Request::Run { steps }).await?;
        while self.driver.running() {
            for message in self.driver.slice().await {
                match message.event {
                    Event::Progress { phase: now, step, losses, ms_per_step, samples, .. } => {
                        if now != phase {
                            phase = now;
                            bar.finish_and_clear();
                            bar = self.progress.bar("sampling", self.plan.samples);
                        }
                        self.step = step;
                        self.losses.extend(losses.0);
                        if phase == Phase::Sampling {
                            bar.set_position(samples.into());
                            continue;
                        }
                        bar.set_position(self.losses.len() as u64);
                        let loss = self.losses.last().copied().unwrap_or(f32::NAN);
                        bar.set_message(format!("{} {ms_per_step:.1} ms/step", loss_text(loss)));
                    }
                    Event::Failed { code, message, .. } => return Err(Failure::event(code, message)),
                    _ => {}
                }
            }
        }
        bar.finish_and_clear();
        Ok(())
    }

    /// Repeats `part`, which asks for a fixed number, until it makes `total`.
    async fn in_parts(&mut self, phase: &str, part: Request, total: u32) -> Result<(), Failure> {
        let bar = self.progress.bar(phase, total);
        let mut left = total;
        while left > 0 {
            let mut request = part.clone();
            let (Request::Chain { updates: count } | Request::Sample { count }) = &mut request else { return misfit() };
            *count = left.min(*count);
            left -= *count;
            ask(&mut self.driver, request).await?;
            bar.set_position(u64::from(total - left));
        }
        bar.finish_and_clear();
        Ok(())
    }

    /// The observables, and the views that are tables, or all if they are wanted.
    pub(crate) async fn frame(&mut self, all_views: bool) -> Result<Frame, Failure> {
        let wanted = self.lab.views.iter().filter(|view| all_views || view.kind == ViewKind::Table);
        let views = wanted.map(|view| view.id.into()).collect();
        let frame = ask(&mut self.driver, Request::Frame { views, observables: true, hasty: false }).await?;
        let Event::Frame { views, observables: Some(observables), seconds, .. } = frame else { return misfit() };
        Ok(Frame { views, observables, seconds })
    }

    /// The samples of the model with their shape, `[count, sites...]`.
    pub(crate) async fn samples(&mut self) -> Result<Samples, Failure> {
        let Event::Samples { shape, values, log_q, action } = ask(&mut self.driver, Request::Samples).await? else {
            return misfit();
        };
        Ok(Samples { shape, values: values.0, log_q, action })
    }

    /// Writes the session to `path`.
    pub(crate) async fn save(&mut self, path: &Path) -> Result<(), Failure> {
        let Event::Saved { bytes } = ask(&mut self.driver, Request::Save).await? else { return misfit() };
        fs::write(path, bytes).map_err(Failure::file("write", path))
    }

    /// What the lab declares.
    pub(crate) fn lab(&self) -> &LabDescription {
        &self.lab
    }

    /// Every parameter with its value.
    pub(crate) fn params(&self) -> &BTreeMap<&'static str, Value> {
        &self.params
    }

    /// The seed.
    pub(crate) fn seed(&self) -> u32 {
        self.seed
    }

    /// Optimiser steps made in all.
    pub(crate) fn step(&self) -> u32 {
        self.step
    }

    /// The losses of this run with their steps.
    pub(crate) fn losses(&self) -> impl Iterator<Item = (u32, f32)> {
        (self.first_step + 1..).zip(self.losses.iter().copied())
    }

    /// The device.
    pub(crate) fn device(&self) -> &DeviceInfo {
        self.driver.info()
    }
}

/// Sends one request and takes its answer; a run has none yet.
async fn ask(driver: &mut Driver, request: Request) -> Result<Event, Failure> {
    match driver.receive(Call { session: 1, ticket: 1, request }).await.pop() {
        Some(Message { event: Event::Failed { code, message, .. }, .. }) => Err(Failure::event(code, message)),
        Some(Message { event, .. }) => Ok(event),
        None => Ok(Event::Done),
    }
}

fn misfit<T>() -> Result<T, Failure> {
    Err(Failure::other("the session gave an answer to another question: this is a defect of lattice-lab"))
}

/// The differences of the preset, then those of `changes`.
fn overrides<'a>(
    lab: &LabDescription,
    preset: Option<&str>,
    changes: impl Iterator<Item = &'a Assignment>,
) -> Result<Overrides, Failure> {
    let presets = &lab.presets;
    let preset = match preset {
        None => presets.first(),
        Some(id) => Some(
            presets
                .iter()
                .find(|preset| preset.id == id)
                .ok_or_else(|| Error::unknown("preset", id, presets.iter().map(|preset| preset.id)))?,
        ),
    };
    let mut overrides: Overrides = preset
        .into_iter()
        .flat_map(|preset| &preset.params)
        .map(|(id, value)| (id.to_string(), value.clone()))
        .collect();
    for change in changes {
        overrides.insert(change.id.clone(), parse(lab, change)?);
    }
    Ok(overrides)
}

/// Reads the value of one parameter by the parameter's own rule.
fn parse(lab: &LabDescription, Assignment { id, value }: &Assignment) -> Result<Value, Failure> {
    let spec = lab.params.iter().find(|spec| spec.id == id);
    let spec = spec.ok_or_else(|| Error::unknown("parameter", id, lab.params.iter().map(|spec| spec.id)))?;
    Ok(spec.kind.parse(id, value)?)
}
