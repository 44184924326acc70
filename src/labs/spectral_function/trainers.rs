//! The networks among the methods, trained one after another.

use burn::tensor::{Device, Tensor, TensorData};
use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

use super::{
    id_of,
    networks::{FitState, Link, NetworkFit, NetworkKind, NetworkSettings, Optimiser, Saved, Training},
    params::Params,
    study::Scene,
    supervised::{MapState, SavedMap, SupervisedMap, SupervisedSettings},
};
use crate::{
    error::Error,
    inverse::{Fit, Measured, Method, Whitened},
    snapshot::Snapshot,
};

/// More steps than this no fit by Gauss-Newton has needed: the end of the plan, if its own rule does not end it before.
const MOST_STEPS: u32 = 600;
/// The published schedule is so many times as long as a strength of the ladder.
const PUBLISHED: usize = 10;
/// Steps of a refit to a replica of the data.
const REFIT: usize = 40;

/// One network and what it is told.
enum Network {
    /// Fitted to the data at hand. It comes with the first step, since the device has to answer.
    Fitted { settings: NetworkSettings, fit: Option<Box<NetworkFit>> },
    /// Trained on mock spectra beforehand, for data with this law of noise.
    Map { settings: SupervisedSettings, law: Measured, map: Box<SupervisedMap> },
}

struct Trainer {
    method: Method,
    network: Network,
    /// Its answer to the data at hand, after the last step.
    answer: Option<Fit>,
    /// `(step, chi^2)`.
    history: Vec<(u32, f64)>,
    /// What a snapshot held, until the device has it.
    saved: Option<SavedNetwork>,
}

/// Where a loss comes from: a fit knows it at once, a map's stays on the device.
enum Loss {
    Known(f32),
    OfMap(usize),
}

/// The networks, in the order of the methods; the first that is not finished is trained.
pub struct Trainers {
    seed: u64,
    device: Device,
    whitened: Whitened,
    list: Vec<Trainer>,
    pending: Vec<Loss>,
    /// Maps that were trained for the noise of other scenes, by its covariance.
    maps: Vec<(DMatrix<f64>, SupervisedMap)>,
}

/// What a snapshot keeps of a network besides its tensors.
#[derive(Clone, Serialize, Deserialize)]
enum NetworkState {
    Fitted(FitState),
    Map(MapState),
}

/// What a snapshot keeps of all of them, by method.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct State(Vec<(String, NetworkState)>);

#[derive(Clone)]
struct SavedNetwork {
    state: NetworkState,
    parameters: Tensor<1>,
    m: Tensor<1>,
    v: Tensor<1>,
}

/// What a fitted network is told; `None` for other methods.
pub fn network_settings(method: Method, params: &Params) -> Option<NetworkSettings> {
    let kind = match method {
        Method::NnList => NetworkKind::List,
        Method::NnP2p => NetworkKind::Point,
        _ => return None,
    };
    let grid = params.grid();
    let base = match params.training {
        Training::Ladder => NetworkSettings::new(kind, &grid.omega).with_regulator(params.regulator),
        Training::Published => NetworkSettings::published(kind, &grid.omega),
    };
    let link = if params.positive { base.link } else { Link::Identity };
    let or = |chosen: usize, usual: usize| if chosen == 0 { usual } else { chosen };
    let ladder = params.training == Training::Ladder;
    Some(NetworkSettings {
        width: or(params.width, base.width),
        hidden_layers: or(params.hidden_layers, base.hidden_layers),
        activation: params.activation.or(base.activation),
        link,
        optimiser: if ladder { params.optimiser } else { Optimiser::Adam },
        weight_decay: params.weight_decay,
        learning_rate: params.learning_rate,
        adam_steps: if ladder { params.adam_steps } else { PUBLISHED * params.adam_steps },
        ..base
    })
}

fn map_settings(params: &Params) -> SupervisedSettings {
    SupervisedSettings { family: params.family, steps: params.map_steps, ..SupervisedSettings::default() }
}

impl Network {
    fn new(method: Method, params: &Params, scene: &Scene, device: &Device, seed: u64) -> Self {
        match network_settings(method, params) {
            Some(settings) => Self::Fitted { settings, fit: None },
            None => {
                let settings = map_settings(params);
                let map = SupervisedMap::new(&scene.whitened, &settings, device, seed);
                Self::Map { settings, law: scene.measured.clone(), map: Box::new(map) }
            }
        }
    }

    fn finished(&self) -> bool {
        match self {
            Self::Fitted { fit, .. } => fit.as_ref().is_some_and(|fit| fit.finished()),
            Self::Map { map, .. } => map.finished(),
        }
    }

    fn steps(&self) -> u32 {
        match self {
            Self::Fitted { fit, .. } => fit.as_ref().map_or(0, |fit| fit.steps()),
            Self::Map { map, .. } => map.steps(),
        }
    }

    /// The step at which it ends, at the latest.
    fn end(&self) -> u32 {
        match self {
            Self::Fitted { settings, .. } => match (settings.optimiser, settings.training) {
                (Optimiser::GaussNewton, _) => MOST_STEPS,
                (Optimiser::Adam, Training::Published) => settings.adam_steps as u32,
                // Two strengths a decade, over more decades than are ever needed.
                (Optimiser::Adam, Training::Ladder) => 16 * settings.adam_steps as u32,
            },
            Self::Map { settings, .. } => settings.steps as u32,
        }
    }
}

fn fit_of(whitened: &Whitened, rho: &[f64], regulator: f64) -> Fit {
    let rho = DVector::from_column_slice(rho);
    Fit { chi2: whitened.chi2(&rho), rho, regulator, path: Vec::new(), band: None, linear: None }
}

/// The data of a scene in the units of a law of noise.
fn in_units_of(law: &Measured, scene: &Scene) -> DVector<f64> {
    law.around(scene.measured.values.clone()).whitened_values()
}

impl Trainer {
    /// Brings the network to its device, with what a snapshot held.
    async fn prepare(&mut self, whitened: &Whitened, device: &Device, seed: u64) -> Result<(), Error> {
        if let Network::Fitted { settings, fit: fit @ None } = &mut self.network {
            *fit = Some(Box::new(NetworkFit::new(whitened, settings, device, seed).await?));
        }
        let Some(SavedNetwork { state, parameters, m, v }) = self.saved.take() else { return Ok(()) };
        match (&mut self.network, state) {
            (Network::Fitted { fit: Some(fit), .. }, NetworkState::Fitted(state)) => {
                fit.restore(Saved { parameters, m, v, state }).await
            }
            (Network::Map { map, .. }, NetworkState::Map(state)) => {
                map.restore(SavedMap { parameters, m, v, state }, seed)
            }
            _ => Err(Error::Snapshot { reason: format!("its {} is another kind of network", id_of(self.method)) }),
        }
    }

    /// Asks the network about the data at hand.
    async fn ask(&mut self, scene: &Scene) -> Result<(), Error> {
        let whitened = &scene.whitened;
        self.answer = match &self.network {
            Network::Fitted { fit: Some(fit), .. } => {
                self.history = fit.history().iter().map(|record| (record.step, record.chi2)).collect();
                Some(fit_of(whitened, fit.rho(), fit.lambda()))
            }
            Network::Fitted { fit: None, .. } => None,
            Network::Map { law, map, .. } if law.values.len() == scene.measured.values.len() => {
                Some(fit_of(whitened, &map.answer(&in_units_of(law, scene)).await?, f64::NAN))
            }
            Network::Map { .. } => None,
        };
        Ok(())
    }
}

impl Trainers {
    /// The networks among the methods.
    pub fn new(params: &Params, scene: &Scene, device: &Device, seed: u64) -> Self {
        let mut trainers = Self {
            seed,
            device: device.clone(),
            whitened: scene.whitened.clone(),
            list: Vec::new(),
            pending: Vec::new(),
            maps: Vec::new(),
        };
        trainers.list = trainers.fresh(params, scene, |_| true);
        trainers
    }

    fn fresh(&self, params: &Params, scene: &Scene, wanted: impl Fn(Method) -> bool) -> Vec<Trainer> {
        let networks = params.methods.0.iter().filter(|method| method.is_network() && wanted(**method));
        networks
            .map(|&method| Trainer {
                method,
                network: Network::new(method, params, scene, &self.device, self.seed),
                answer: None,
                history: Vec::new(),
                saved: None,
            })
            .collect()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// A network's answer to the data at hand; `None` before its first step.
    pub fn fit(&self, method: Method) -> Option<&Fit> {
        self.list.iter().find(|trainer| trainer.method == method)?.answer.as_ref()
    }

    /// `(step, chi^2)` of a network that is fitted to the data.
    pub fn history(&self, method: Method) -> Option<&[(u32, f64)]> {
        self.list.iter().find(|trainer| trainer.method == method).map(|trainer| trainer.history.as_slice())
    }

    /// How many steps are left at most.
    pub fn steps_left(&self) -> u32 {
        let left = self.list.iter().filter(|trainer| !trainer.network.finished());
        left.map(|trainer| trainer.network.end().saturating_sub(trainer.network.steps())).sum()
    }

    /// Other data: what was fitted to the old ones begins anew; a map is asked again, if it knows such data.
    pub fn other_data(&mut self, params: &Params, scene: &Scene, same_law: bool) {
        self.whitened = scene.whitened.clone();
        let keeps = |trainer: &Trainer| same_law && matches!(trainer.network, Network::Map { .. });
        self.list.retain(keeps);
        for trainer in &mut self.list {
            trainer.answer = None;
        }
        self.complete(params, scene);
    }

    /// Other parameters for the same data: networks that are told something else begin anew.
    pub fn retune(&mut self, params: &Params, scene: &Scene) {
        self.list.retain(|trainer| match &trainer.network {
            _ if !params.methods.0.contains(&trainer.method) => false,
            Network::Fitted { settings, .. } => network_settings(trainer.method, params).as_ref() == Some(settings),
            Network::Map { settings, .. } => *settings == map_settings(params),
        });
        self.complete(params, scene);
    }

    fn complete(&mut self, params: &Params, scene: &Scene) {
        let missing = self.fresh(params, scene, |method| self.list.iter().all(|trainer| trainer.method != method));
        self.list.extend(missing);
        let place = |method: Method| params.methods.0.iter().position(|one| *one == method);
        self.list.sort_by_key(|trainer| place(trainer.method));
    }

    /// A step of the first network that is not finished; of none, if all are.
    ///
    /// # Errors
    /// Those of the networks.
    pub async fn step(&mut self, scene: &Scene) -> Result<(), Error> {
        let points = scene.problem.points.len() as f64;
        let Some(at) = self.list.iter().position(|trainer| !trainer.network.finished()) else {
            let last = self.list.iter().rev().find_map(|t| t.answer.as_ref()).map_or(f64::NAN, |fit| fit.chi2);
            self.pending.push(Loss::Known((last / points) as f32));
            return Ok(());
        };
        let trainer = &mut self.list[at];
        trainer.prepare(&self.whitened, &self.device, self.seed).await?;
        match &mut trainer.network {
            Network::Fitted { fit: Some(fit), .. } => {
                fit.step().await?;
                self.pending.push(Loss::Known((fit.chi2() / points) as f32));
                trainer.ask(scene).await
            }
            Network::Fitted { fit: None, .. } => unreachable!("prepared above"),
            Network::Map { map, .. } => {
                map.step();
                self.pending.push(Loss::OfMap(at));
                trainer.answer = None;
                Ok(())
            }
        }
    }

    /// The losses since the last call: `chi^2` per point of a fitted network, the mean square error of a map.
    ///
    /// # Errors
    /// Those of the networks, which are what they were at the last call then.
    pub async fn losses(&mut self, scene: &Scene) -> Result<Vec<f32>, Error> {
        self.refresh(scene).await?;
        let mut of_maps = Vec::new();
        for trainer in &mut self.list {
            of_maps.push(match &mut trainer.network {
                Network::Map { map, .. } => map.losses().await?.into_iter(),
                Network::Fitted { .. } => Vec::new().into_iter(),
            });
        }
        let losses = std::mem::take(&mut self.pending).into_iter().filter_map(|loss| match loss {
            Loss::Known(value) => Some(value),
            Loss::OfMap(at) => of_maps.get_mut(at)?.next(),
        });
        Ok(losses.collect())
    }

    /// Brings all networks to their device and asks those whose answer is out of date.
    ///
    /// # Errors
    /// Those of the networks.
    pub async fn refresh(&mut self, scene: &Scene) -> Result<(), Error> {
        for trainer in &mut self.list {
            trainer.prepare(&self.whitened, &self.device, self.seed).await?;
            if trainer.answer.is_none() {
                trainer.ask(scene).await?;
            }
        }
        Ok(())
    }

    /// The answer to another scene. `anew`: of a network that is trained for it from the beginning; otherwise a fitted one goes on
    /// from its weights, and a map is asked as it is.
    ///
    /// # Errors
    /// Those of the networks.
    pub async fn answer(
        &mut self,
        method: Method,
        params: &Params,
        scene: &Scene,
        anew: bool,
    ) -> Result<Option<Fit>, Error> {
        let Some(at) = self.list.iter().position(|trainer| trainer.method == method) else { return Ok(None) };
        self.list[at].prepare(&self.whitened, &self.device, self.seed).await?;
        let (device, seed) = (self.device.clone(), self.seed);
        match &self.list[at].network {
            Network::Fitted { settings, fit } => {
                let mut fit = match fit {
                    Some(fit) if !anew => fit.clone(),
                    _ => Box::new(NetworkFit::new(&scene.whitened, settings, &device, seed).await?),
                };
                if anew {
                    let end = self.list[at].network.end();
                    while !fit.finished() && fit.steps() < end {
                        fit.step().await?;
                    }
                } else {
                    fit.refit(&scene.whitened, REFIT).await?;
                }
                Ok(Some(fit_of(&scene.whitened, fit.rho(), fit.lambda())))
            }
            Network::Map { law, map, .. } if !anew => {
                Ok(Some(fit_of(&scene.whitened, &map.answer(&in_units_of(law, scene)).await?, f64::NAN)))
            }
            Network::Map { .. } => {
                let covariance = scene.measured.covariance();
                let known =
                    self.maps.iter().position(|(one, _)| (one - &covariance).amax() <= 1e-9 * covariance.amax());
                let known = match known {
                    Some(known) => known,
                    None => {
                        let mut map = SupervisedMap::new(&scene.whitened, &map_settings(params), &device, seed);
                        while !map.finished() {
                            map.step();
                        }
                        map.losses().await?;
                        self.maps.push((covariance, map));
                        self.maps.len() - 1
                    }
                };
                let rho = self.maps[known].1.answer(&scene.whitened.data).await?;
                Ok(Some(fit_of(&scene.whitened, &rho, f64::NAN)))
            }
        }
    }

    /// Of each network that has begun: its state, and its tensors by name.
    fn saved(&self) -> Vec<(Method, SavedNetwork)> {
        let each = self.list.iter().filter_map(|trainer| {
            let saved = match (&trainer.saved, &trainer.network) {
                (Some(saved), _) => saved.clone(),
                (None, Network::Fitted { fit: Some(fit), .. }) => {
                    let Saved { parameters, m, v, state } = fit.saved();
                    SavedNetwork { state: NetworkState::Fitted(state), parameters, m, v }
                }
                (None, Network::Fitted { fit: None, .. }) => return None,
                (None, Network::Map { map, .. }) => {
                    let SavedMap { parameters, m, v, state } = map.saved();
                    SavedNetwork { state: NetworkState::Map(state), parameters, m, v }
                }
            };
            Some((trainer.method, saved))
        });
        each.collect()
    }

    /// What a snapshot keeps in its header.
    pub fn state(&self) -> State {
        State(self.saved().into_iter().map(|(method, saved)| (id_of(method).into(), saved.state)).collect())
    }

    /// Puts the tensors into a snapshot.
    ///
    /// # Errors
    /// [`Error::Device`] if the device does not give them.
    pub async fn gather(&self, snapshot: &mut Snapshot) -> Result<(), Error> {
        for (method, SavedNetwork { parameters, m, v, .. }) in self.saved() {
            let names = ["parameters", "adam.m", "adam.v"].map(|name| format!("{}.{name}", id_of(method)));
            snapshot.gather(names.iter().map(String::as_str).zip([parameters, m, v])).await?;
        }
        Ok(())
    }

    /// Takes over what a snapshot held; it reaches the device with the next step.
    ///
    /// # Errors
    /// [`Error::Snapshot`] if a tensor is missing or not finite.
    pub fn restore(&mut self, State(states): &State, snapshot: &Snapshot) -> Result<(), Error> {
        for trainer in &mut self.list {
            let id = id_of(trainer.method);
            let Some((_, state)) = states.iter().find(|(one, _)| one == id) else { continue };
            let tensor = |name: &str| {
                let values = snapshot.values(&format!("{id}.{name}"))?;
                let count = values.len();
                Ok(Tensor::from_data(TensorData::new(values, [count]), &self.device))
            };
            let (parameters, m, v) = (tensor("parameters")?, tensor("adam.m")?, tensor("adam.v")?);
            trainer.saved = Some(SavedNetwork { state: state.clone(), parameters, m, v });
        }
        Ok(())
    }
}
