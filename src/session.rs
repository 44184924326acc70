//! The driver without transport: calls in, messages out, a running session advanced slice by slice.
//!
//! The browser's worker and any other front end own the loop and the clock; this file decides what is done in a slice. Chain
//! updates precede each optimiser step and follow each sample in fixed numbers, so that a run is a function of its parameters and seed alone, however
//! its slices fall.

use burn::tensor::Device;

use crate::{
    bench,
    error::Error,
    floats::Floats,
    lab::{AnyLab, LabSpec},
    labs,
    protocol::{Call, DeviceInfo, Event, Message, Phase, Request, Seconds},
};

/// Most samples in a picture of a model that has made no step.
const FIRST_PREVIEW: usize = 8;
/// How long a slice should take, in seconds: short enough that pausing feels immediate.
const SLICE: f64 = 0.05;
/// Most units of work in a slice, however fast they are.
const MOST_PER_SLICE: usize = 4096;

/// A clock: seconds from any origin.
pub type Clock = fn() -> f64;

/// One device, at most one session on it.
pub struct Driver {
    device: Device,
    info: DeviceInfo,
    clock: Clock,
    session: Option<Session>,
}

struct Session {
    number: u32,
    lab: Box<dyn AnyLab>,
    run: Option<Run>,
    /// Whether the chain has made the updates of the first step, which is not yet made.
    ahead: bool,
    seconds: Seconds,
    steps_per_slice: Pace,
    samples_per_slice: Pace,
}

/// A run in progress.
struct Run {
    ticket: u32,
    /// The step it goes to; without one to the end of the plan, samples included.
    target: Option<u32>,
}

/// How many units of work fill a slice.
struct Pace(usize);

impl Pace {
    /// Learns from `done` units in `seconds`.
    fn learn(&mut self, done: usize, seconds: f64) {
        let ideal = if seconds > 0.0 { done as f64 * SLICE / seconds } else { f64::INFINITY };
        // At most doubled: the first slice after a change may have been a lucky one.
        self.0 = (ideal as usize).clamp(1, (2 * done).clamp(1, MOST_PER_SLICE));
    }
}

impl Driver {
    /// A driver for `device`.
    pub fn new(device: Device, info: DeviceInfo, clock: Clock) -> Self {
        Self { device, info, clock, session: None }
    }

    /// The device.
    pub fn info(&self) -> &DeviceInfo {
        &self.info
    }

    /// Whether [`slice`](Self::slice) has something to do.
    pub fn running(&self) -> bool {
        self.session.as_ref().is_some_and(|s| s.run.is_some())
    }

    /// Does what is asked.
    pub async fn receive(&mut self, call: Call) -> Vec<Message> {
        let Call { session, ticket, request } = call;
        let mut messages = Vec::new();
        let answer = match request {
            Request::Run { steps } => match self.start(session, ticket, steps) {
                Ok(stopped) => {
                    messages.extend(stopped);
                    None
                }
                Err(error) => Some(error.into()),
            },
            Request::Pause => {
                messages.extend(self.pause(session));
                Some(Event::Done)
            }
            other => Some(self.answer(session, other).await.unwrap_or_else(Event::from)),
        };
        messages.extend(answer.map(|event| Message { session, ticket, event }));
        messages
    }

    /// Advances the running session by about 50 ms; says what came of it.
    pub async fn slice(&mut self) -> Vec<Message> {
        let clock = self.clock;
        let Some(session) = &mut self.session else { return Vec::new() };
        let Some(run) = &session.run else { return Vec::new() };
        let (number, ticket, target) = (session.number, run.ticket, run.target);
        let event = session.advance(target, clock).await.unwrap_or_else(Event::from);
        if matches!(event, Event::Stopped { .. } | Event::Failed { .. }) {
            session.run = None;
        }
        vec![Message { session: number, ticket, event }]
    }

    fn session(&mut self, number: u32) -> Result<&mut Session, Error> {
        self.session.as_mut().filter(|s| s.number == number).ok_or_else(|| Error::Protocol {
            reason: format!("session {number} is not open here: open or load one first"),
        })
    }

    /// Starts a run; a run in progress is stopped first and answered.
    fn start(&mut self, number: u32, ticket: u32, steps: Option<u32>) -> Result<Option<Message>, Error> {
        let clock = self.clock;
        let stopped = self.pause(number);
        let session = self.session(number)?;
        let step = session.lab.step();
        let target = steps.map(|steps| step.saturating_add(steps));
        if step == 0 && target.unwrap_or(session.lab.plan().steps) > 0 {
            // The first step takes long, as all its code is new; a picture that was asked for shows the chain move before it.
            session.seconds.chain += session.chain_for_step(clock)?;
            session.ahead = true;
        }
        session.run = Some(Run { ticket, target });
        Ok(stopped)
    }

    fn pause(&mut self, number: u32) -> Option<Message> {
        let session = self.session(number).ok()?;
        let run = session.run.take()?;
        let event = Event::Stopped { finished: false, step: session.lab.step() };
        Some(Message { session: number, ticket: run.ticket, event })
    }

    async fn answer(&mut self, number: u32, request: Request) -> Result<Event, Error> {
        let clock = self.clock;
        Ok(match request {
            Request::Open { lab, params, seed } => {
                let spec = labs::find(&lab)?;
                let opened = (spec.open)(&params, &self.device, seed.into())?;
                self.replace(number, spec, opened, seed)
            }
            Request::Load { bytes } => {
                let (spec, seed) = labs::of_snapshot(&bytes)?;
                let loaded = (spec.load)(&bytes, &self.device)?;
                self.replace(number, spec, loaded, seed)
            }
            Request::Set { id, value } => {
                let lab = &mut self.session(number)?.lab;
                lab.set(&id, &value)?;
                Event::ParamSet { id, value, plan: lab.plan(), samples: lab.sample_count() as u32, given: lab.given() }
            }
            Request::Sample { count } => {
                let session = self.session(number)?;
                session.timed_samples(count as usize, clock).await?;
                Event::Done
            }
            Request::Chain { updates } => {
                let session = self.session(number)?;
                let start = clock();
                session.lab.chain(updates as usize)?;
                session.seconds.chain += clock() - start;
                Event::Done
            }
            Request::Background { updates } => {
                Event::Background { progress: self.session(number)?.lab.background(updates as usize)? }
            }
            Request::Frame { views, observables, hasty } => {
                self.session(number)?.frame(&views, observables, hasty, clock).await?
            }
            Request::Save => Event::Saved { bytes: self.session(number)?.lab.save().await? },
            Request::Samples => {
                let samples = self.session(number)?.lab.samples();
                Event::Samples {
                    shape: [vec![samples.action.len()], samples.shape].concat(),
                    values: Floats(samples.values.to_vec()),
                    log_q: samples.log_q.to_vec(),
                    action: samples.action.to_vec(),
                }
            }
            Request::Data { name, bytes } => {
                let lab = &mut self.session(number)?.lab;
                lab.load_data(&name, &bytes)?;
                Event::Taken { params: lab.params(), plan: lab.plan(), given: lab.given() }
            }
            Request::Touch { gesture, numbers } => {
                let lab = &mut self.session(number)?.lab;
                lab.touch(&gesture, &numbers)?;
                Event::Taken { params: lab.params(), plan: lab.plan(), given: lab.given() }
            }
            Request::Bench { case, steps } => {
                let result = bench::run(&case, steps, &self.device, clock).await?;
                Event::Benched { case, ms_per_step: result.ms_per_step, steps, loss: result.loss }
            }
            Request::Close => {
                self.session(number)?;
                self.session = None;
                Event::Done
            }
            Request::Run { .. } | Request::Pause => unreachable!("answered by `receive`"),
        })
    }

    fn replace(&mut self, number: u32, spec: &LabSpec, lab: Box<dyn AnyLab>, seed: u32) -> Event {
        let event = Event::Opened {
            lab: spec.id,
            params: lab.params(),
            seed,
            step: lab.step(),
            plan: lab.plan(),
            given: lab.given(),
            device: self.info.clone(),
        };
        // The first slice of samples is as small as a picture's: how long one takes is not known yet.
        let samples_per_slice = Pace(lab.plan().preview.max(1) as usize);
        self.session = Some(Session {
            number,
            lab,
            run: None,
            ahead: false,
            seconds: Seconds::default(),
            steps_per_slice: Pace(1),
            samples_per_slice,
        });
        event
    }
}

impl Session {
    async fn advance(&mut self, target: Option<u32>, clock: Clock) -> Result<Event, Error> {
        let plan = self.lab.plan();
        let end = target.unwrap_or(plan.steps);
        let left = end.saturating_sub(self.lab.step()) as usize;
        if left > 0 {
            return self.train(left.min(self.steps_per_slice.0), end, clock).await;
        }
        let have = self.lab.sample_count();
        let missing = (plan.samples as usize).saturating_sub(have);
        if target.is_some() || missing == 0 {
            return Ok(Event::Stopped { finished: true, step: self.lab.step() });
        }
        let count = missing.min(self.samples_per_slice.0);
        let start = clock();
        self.timed_samples(count, clock).await?;
        let drawn = clock();
        self.lab.chain(count * plan.chain_per_sample as usize)?;
        self.seconds.chain += clock() - drawn;
        self.samples_per_slice.learn(count, clock() - start);
        Ok(self.progress(Phase::Sampling, end, Vec::new(), 0.0))
    }

    async fn train(&mut self, steps: usize, target: u32, clock: Clock) -> Result<Event, Error> {
        let start = clock();
        let mut chain = 0.0;
        for _ in 0..steps {
            chain += self.chain_for_step(clock)?;
            self.lab.train_step().await?;
            self.ahead = false;
        }
        let losses = self.lab.losses().await?;
        let all = clock() - start;
        self.steps_per_slice.learn(steps, all);
        self.seconds.train += all - chain;
        self.seconds.chain += chain;
        Ok(self.progress(Phase::Training, target, losses, 1e3 * (all - chain) / steps as f64))
    }

    /// Advances the chain by what belongs to the step that comes; gives the seconds it took.
    fn chain_for_step(&mut self, clock: Clock) -> Result<f64, Error> {
        let start = clock();
        if !self.ahead {
            self.lab.chain(self.lab.plan().chain_per_step as usize)?;
        }
        Ok(clock() - start)
    }

    fn progress(&self, phase: Phase, target: u32, losses: Vec<f32>, ms_per_step: f64) -> Event {
        Event::Progress {
            phase,
            step: self.lab.step(),
            target,
            losses: Floats(losses),
            samples: self.lab.sample_count() as u32,
            seconds: self.seconds,
            ms_per_step,
        }
    }

    async fn timed_samples(&mut self, count: usize, clock: Clock) -> Result<(), Error> {
        let start = clock();
        let drawn = self.lab.sample(count).await;
        self.seconds.sample += clock() - start;
        drawn
    }

    async fn frame(&mut self, views: &[String], observables: bool, hasty: bool, clock: Clock) -> Result<Event, Error> {
        if self.lab.sample_count() == 0 && !hasty {
            let preview = self.lab.plan().preview as usize;
            // Of a model that knows nothing yet a few tell as much as many.
            self.timed_samples(if self.lab.step() == 0 { preview.min(FIRST_PREVIEW) } else { preview }, clock).await?;
        }
        let mut drawn = Vec::with_capacity(views.len());
        for id in views {
            drawn.push(if hasty { self.lab.glimpse(id).await? } else { self.lab.view(id).await? });
        }
        let observables = observables.then(|| self.lab.observables());
        Ok(Event::Frame { step: self.lab.step(), views: drawn, observables, seconds: self.seconds })
    }
}
