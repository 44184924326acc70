//! Spectral functions from Euclidean correlators: an ill-posed inverse problem, and many ways to solve it.
#![doc = include_str!("lab.md")]

mod doubt;
mod files;
pub(crate) mod metrics;
mod networks;
mod observables;
mod params;
mod pool;
mod presets;
mod study;
mod supervised;
mod tables;
#[cfg(test)]
mod tests;
mod trainers;
mod views;

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

pub use params::{DefaultModel, Params, Study};

use self::{
    files::Content,
    observables::{COUNT, OBSERVABLES, OF_THE_CURVE, measure},
    pool::{Column, FEWEST, Summary},
    study::Scene,
    trainers::Trainers,
    views::VIEWS,
};
use crate::{
    error::Error,
    inverse::{Fit, Grid, Measured, Method, Settings, Shape, solve},
    lab::{Estimate, Estimator, GivenData, Lab, Observable, Plan, Reference, ReferenceKind, Samples, View},
    labs::estimates::finite,
    schema::{LabDescription, ParamSet},
    snapshot::Snapshot,
};

/// Key of the lab.
pub const ID: &str = "spectral_function";

/// What the lab declares.
pub fn describe() -> LabDescription {
    LabDescription {
        id: ID,
        title: "Spectral functions",
        summary: "A spectral function from a handful of noisy points of a correlator: twelve methods and three networks on the same data, beside the truth.",
        formula: r"\begin{gathered}D(x)=\int_0^{\omega_{\max}}\! d\omega\,K(x,\omega)\,\rho(\omega)\\ \chi^2=\sum_j\frac{(D_j-(K\rho)_j)^2}{\sigma_j^2}\end{gathered}",
        formula_with_numbers: r"N_p=\class{p-points}{0},\; \varepsilon=\class{p-noise}{0},\; N_\omega=\class{p-frequencies}{0},\; \omega_{\max}=\class{p-cutoff}{0}",
        story: presets::STORY,
        references: vec![
            (
                "Reconstructing spectral functions via automatic differentiation, Phys. Rev. D 106, L051502",
                "https://arxiv.org/abs/2111.14760",
            ),
            (
                "Automatic differentiation approach for reconstructing spectral functions with neural networks",
                "https://arxiv.org/abs/2112.06206",
            ),
            (
                "Maximum entropy analysis of the spectral functions in lattice QCD, Prog. Part. Nucl. Phys. 46, 459",
                "https://arxiv.org/abs/hep-lat/0011040",
            ),
            (
                "Bayesian approach to spectral function reconstruction for Euclidean quantum field theories, Phys. Rev. Lett. 111, 182003",
                "https://arxiv.org/abs/1307.6106",
            ),
            (
                "Sparse modeling approach to analytical continuation of imaginary-time quantum Monte Carlo data, Phys. Rev. E 95, 061302",
                "https://arxiv.org/abs/1702.03056",
            ),
        ],
        data: Some(files::ACCEPTED),
        params: Params::specs(),
        observables: OBSERVABLES.to_vec(),
        views: VIEWS.to_vec(),
        presets: presets::presets(),
    }
}

/// An open spectral lab.
pub struct SpectralFunction {
    params: Params,
    seed: u64,
    grid: Grid,
    /// What was drawn, or came from a file.
    drawn: Option<Vec<f64>>,
    /// A correlator from a file: it is used until other mock data are asked for.
    given: Option<Given>,
    /// Why no spectral function can have given them.
    doubt: Option<String>,
    scene: Scene,
    /// Answers of the classical methods to the data as they are; `None` inside where a method has none.
    fits: Vec<(Method, Option<Fit>)>,
    networks: Trainers,
    step: u32,
    /// Losses of steps that trained nothing: the first method's chi^2 per point.
    idle: Vec<f32>,
    /// One for each method.
    columns: Vec<Column>,
    /// Spectral functions of the units that all methods have done: `[units, methods, N]`, and half the chi^2 of the first method.
    flat: Vec<f32>,
    half_chi2: Vec<f64>,
}

/// A correlator from a file.
#[derive(Debug, Clone)]
struct Given {
    /// The file.
    name: String,
    /// Momenta or times.
    points: Vec<f64>,
    measured: Measured,
}

/// The correlator of a file as a snapshot keeps it: its covariance is flat.
#[derive(Serialize, Deserialize)]
struct SavedFile {
    name: String,
    points: Vec<f64>,
    values: Vec<f64>,
    covariance: Vec<f64>,
}

/// What a snapshot keeps besides the networks and parameters.
#[derive(Serialize, Deserialize)]
struct State {
    step: u32,
    drawn: Option<Vec<f64>>,
    given: Option<SavedFile>,
    networks: trainers::State,
}

impl SpectralFunction {
    /// The true spectral function of the parameters.
    fn truth(params: &Params, grid: &Grid, drawn: Option<&[f64]>) -> Vec<f64> {
        match (params.shape, drawn) {
            (Shape::Drawn, Some(drawn)) => drawn.to_vec(),
            (shape, _) => shape.on(grid, params.peaks()),
        }
    }

    fn scene_of(
        params: &Params,
        grid: &Grid,
        drawn: Option<&[f64]>,
        given: Option<&Given>,
        seed: u64,
    ) -> Result<Scene, Error> {
        params.check()?;
        let Some(given) = given else {
            return Ok(Scene::mock(params, Self::truth(params, grid, drawn), seed));
        };
        if params.study == Study::Coverage {
            return Err(Error::param_rule("study", &"coverage", "needs a known truth, and the data come from a file"));
        }
        doubt::check_range(params, &given.name, &given.points)?;
        Ok(Scene::given(params, given.points.clone(), given.measured.clone()))
    }

    /// Looks whether the data of a file can come from any spectral function.
    fn examine(&mut self) {
        self.doubt = self.given.as_ref().and_then(|given| doubt::sentence(&self.params, &given.name, &self.scene));
    }

    fn settings(&self) -> Settings {
        settings(&self.params, &self.grid)
    }

    /// Solves by the classical methods that have not been asked yet.
    fn solve(&mut self) {
        for nth in 0..self.params.methods.0.len() {
            self.solve_by(nth);
        }
    }

    /// Solves by one of the methods, if it is a classical one and has not been asked yet.
    fn solve_by(&mut self, nth: usize) {
        let method = self.params.methods.0[nth];
        if !method.is_network() && !self.fits.iter().any(|(done, _)| *done == method) {
            self.fits.push((method, solve(method, &self.scene.whitened, &self.settings())));
        }
    }

    /// The answer of a method to the data as they are.
    fn fit(&self, method: Method) -> Option<&Fit> {
        if method.is_network() {
            return self.networks.fit(method);
        }
        self.fits.iter().find(|(done, _)| *done == method)?.1.as_ref()
    }

    /// The answers, in the order of the methods.
    fn answers(&self) -> impl Iterator<Item = (Method, Option<&Fit>, &Column)> {
        let each = self.params.methods.0.iter().zip(&self.columns);
        each.map(|(&method, column)| (method, self.fit(method), column))
    }

    fn clear_pool(&mut self) {
        self.columns = vec![Column::default(); self.params.methods.0.len()];
        self.flat.clear();
        self.half_chi2.clear();
    }

    /// The data of the next unit of a method.
    fn next_scene(&self, nth: usize) -> Scene {
        let column = &self.columns[nth].0;
        let unit = column.len();
        let answer = match study::origin(&self.params, unit) {
            Some(origin) => {
                column[origin].as_ref().map(|s| s.rho.iter().map(|&v| f64::from(v)).collect::<Vec<_>>().into())
            }
            None => self.fit(self.params.methods.0[nth]).map(|fit| fit.rho.clone()),
        };
        study::scene(&self.params, &self.scene, unit, self.seed, answer.as_ref())
    }

    /// The next unit of a classical method, if it is behind `unit`.
    fn advance_classical(&mut self, nth: usize, unit: usize) {
        self.solve_by(nth);
        let method = self.params.methods.0[nth];
        while self.columns[nth].0.len() <= unit {
            let scene = self.next_scene(nth);
            let fit = solve(method, &scene.whitened, &self.settings());
            let summary =
                fit.map(|fit| Summary::new(&self.grid, &fit, scene.truth.as_deref(), scene.problem.points.len()));
            self.columns[nth].0.push(summary);
        }
    }

    /// Draws a true spectral function: straight lines between the points `[w1, rho1, w2, rho2, ...]`, as it was elsewhere.
    fn draw(&mut self, numbers: &[f64]) -> Result<(), Error> {
        let wrong = |reason: String| Error::Data { name: "draw".into(), reason };
        if numbers.len() < 2 || !numbers.len().is_multiple_of(2) {
            return Err(wrong(format!("{} numbers are not pairs of a frequency and a value", numbers.len())));
        }
        if let Some(bad) = numbers.iter().find(|v| !v.is_finite() || v.abs() > 1e6) {
            return Err(wrong(format!("{bad} is not finite, or larger than a million")));
        }
        let mut rho = self.drawn_or_shown();
        let pairs: Vec<(f64, f64)> = numbers.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
        let nearest = |w: f64| ((w / self.grid.d_omega).round() as usize).clamp(1, self.grid.len()) - 1;
        rho[nearest(pairs[0].0)] = pairs[0].1;
        for pair in pairs.windows(2) {
            let ((w1, v1), (w2, v2)) = (pair[0], pair[1]);
            let (from, to) = (nearest(w1), nearest(w2));
            let steps = from.abs_diff(to).max(1);
            for k in 0..=steps {
                let part = k as f64 / steps as f64;
                rho[if to >= from { from + k.min(to - from) } else { from - k }] = v1 + part * (v2 - v1);
            }
        }
        self.replace_drawn(rho)
    }

    fn drawn_or_shown(&self) -> Vec<f64> {
        Self::truth(&self.params, &self.grid, self.drawn.as_deref())
    }

    fn replace_drawn(&mut self, rho: Vec<f64>) -> Result<(), Error> {
        if rho.iter().all(|&v| v == 0.0) {
            let reason = "a spectral function that is zero everywhere has no correlator".into();
            return Err(Error::Data { name: "draw".into(), reason });
        }
        self.drawn = Some(rho);
        self.params.shape = Shape::Drawn;
        self.given = None;
        self.start_scene()
    }

    /// Other data: everything about the old ones is forgotten.
    fn start_scene(&mut self) -> Result<(), Error> {
        self.scene = Self::scene_of(&self.params, &self.grid, self.drawn.as_deref(), self.given.as_ref(), self.seed)?;
        self.examine();
        self.fits.clear();
        self.solve();
        self.networks.other_data(&self.params, &self.scene, false);
        self.clear_pool();
        Ok(())
    }
}

/// What the methods are told.
fn settings(params: &Params, grid: &Grid) -> Settings {
    Settings { rule: params.rule, strength: params.strength, default_model: params.default_on(grid) }
}

/// The key of a method.
pub(super) fn id_of(method: Method) -> &'static str {
    Method::options()[method as usize].id
}

/// Its name.
pub(super) fn label_of(method: Method) -> &'static str {
    Method::options()[method as usize].label
}

impl Lab for SpectralFunction {
    type Params = Params;

    fn open(params: &Params, device: &Device, seed: u64) -> Result<Self, Error> {
        let grid = params.grid();
        let scene = Self::scene_of(params, &grid, None, None, seed)?;
        let networks = Trainers::new(params, &scene, device, seed);
        let mut lab = Self {
            params: params.clone(),
            seed,
            grid,
            drawn: None,
            given: None,
            doubt: None,
            scene,
            fits: Vec::new(),
            networks,
            step: 0,
            idle: Vec::new(),
            columns: Vec::new(),
            flat: Vec::new(),
            half_chi2: Vec::new(),
        };
        // The methods are asked by whoever wants to know.
        lab.clear_pool();
        Ok(lab)
    }

    fn params(&self) -> &Params {
        &self.params
    }

    fn plan(&self) -> Plan {
        Plan {
            steps: self.step + self.networks.steps_left(),
            // The classical methods' bands come while networks train, which takes some twenty steps.
            chain_per_step: 8,
            chain_per_sample: 0,
            samples: study::units(&self.params) as u32,
            preview: 0,
        }
    }

    fn retune(&mut self, params: &Params) -> Result<(), Error> {
        let old = self.params.clone();
        let mut drawn = self.drawn.clone();
        if params.shape == Shape::Drawn && old.shape != Shape::Drawn && drawn.is_none() {
            // A hand goes on from what is on the screen.
            drawn = Some(self.drawn_or_shown());
        }
        if old.is_other_data(params) || (old.study != params.study && params.study == Study::Coverage) {
            let given = self.given.clone().filter(|_| !old.is_other_mock(params));
            let scene = Self::scene_of(params, &self.grid, drawn.as_deref(), given.as_ref(), self.seed)?;
            (self.params, self.drawn, self.given, self.scene) = (params.clone(), drawn, given, scene);
            self.examine();
            self.fits.clear();
            self.networks.other_data(params, &self.scene, old.has_noise_of(params));
            self.clear_pool();
        } else {
            params.check()?;
            self.params = params.clone();
            let other_settings = settings(&old, &self.grid) != self.settings();
            if other_settings {
                self.fits.clear();
            }
            self.fits.retain(|(method, _)| params.methods.0.contains(method));
            self.networks.retune(params, &self.scene);
            let other_study = old.study != params.study || old.draws != params.draws;
            if other_settings || other_study || old.methods != params.methods {
                self.clear_pool();
            }
        }
        self.solve();
        Ok(())
    }

    async fn train_step(&mut self) -> Result<(), Error> {
        self.step += 1;
        if self.networks.is_empty() {
            self.solve();
            let first = self.params.methods.0.iter().find_map(|&m| self.fit(m)).map_or(0.0, |fit| fit.chi2);
            self.idle.push((first / self.scene.problem.points.len() as f64) as f32);
            return Ok(());
        }
        for (nth, method) in self.params.methods.0.iter().enumerate() {
            if method.is_network() {
                self.columns[nth].0.clear();
            }
        }
        self.flat.clear();
        self.half_chi2.clear();
        self.networks.step(&self.scene).await
    }

    async fn losses(&mut self) -> Result<Vec<f32>, Error> {
        if self.networks.is_empty() {
            return Ok(std::mem::take(&mut self.idle));
        }
        self.networks.losses(&self.scene).await
    }

    fn chain(&mut self, updates: usize) -> Result<(), Error> {
        if self.params.study != Study::Replicas {
            return Ok(());
        }
        for _ in 0..updates {
            let classical = (0..self.columns.len()).filter(|&nth| !self.params.methods.0[nth].is_network());
            // One after the other until each can have a band, which is seen the sooner; then evenly.
            let order = |&nth: &usize| match self.columns[nth].0.len() {
                few if few < FEWEST.min(self.params.samples) => 0,
                count => count,
            };
            let Some(behind) = classical.min_by_key(order) else { return Ok(()) };
            let unit = self.columns[behind].0.len();
            if unit >= self.params.samples {
                return Ok(());
            }
            self.advance_classical(behind, unit);
        }
        Ok(())
    }

    async fn sample(&mut self, count: usize) -> Result<(), Error> {
        self.networks.refresh(&self.scene).await?;
        for _ in 0..count {
            let unit = self.half_chi2.len();
            for nth in 0..self.params.methods.0.len() {
                let method = self.params.methods.0[nth];
                if !method.is_network() {
                    self.advance_classical(nth, unit);
                } else if self.columns[nth].0.len() <= unit {
                    let scene = self.next_scene(nth);
                    let anew = self.params.study != Study::Replicas;
                    let fit = self.networks.answer(method, &self.params, &scene, anew).await?;
                    let points = scene.problem.points.len();
                    let summary = fit.map(|fit| Summary::new(&self.grid, &fit, scene.truth.as_deref(), points));
                    self.columns[nth].0.push(summary);
                }
            }
            let n = self.grid.len();
            for column in &self.columns {
                match &column.0[unit] {
                    Some(summary) => self.flat.extend_from_slice(&summary.rho),
                    None => self.flat.resize(self.flat.len() + n, f32::NAN),
                }
            }
            let chi2 = self.columns[0].0[unit].as_ref().map_or(f64::NAN, |s| s.measured[CHI2]);
            self.half_chi2.push(0.5 * chi2 * self.scene.problem.points.len() as f64);
        }
        Ok(())
    }

    fn step(&self) -> u32 {
        self.step
    }

    fn sample_count(&self) -> usize {
        self.half_chi2.len()
    }

    fn samples(&self) -> Samples<'_> {
        Samples {
            values: &self.flat,
            shape: vec![self.params.methods.0.len(), self.grid.len()],
            log_q: &[],
            action: &self.half_chi2,
        }
    }

    fn observables(&mut self) -> Vec<Observable> {
        self.solve();
        let points = self.scene.problem.points.len();
        let truth = self.scene.truth.as_deref();
        let exact = truth.map(|truth| measure(&self.grid, truth, Some(truth), f64::NAN, points));
        let measured: Vec<Option<[f64; COUNT]>> = self
            .answers()
            .map(|(_, fit, _)| fit.map(|fit| measure(&self.grid, fit.rho.as_slice(), truth, fit.chi2, points)))
            .collect();
        let bands = self.params.study == Study::Replicas;
        let all = OBSERVABLES.iter().enumerate();
        all.map(|(k, spec)| {
            let estimates = self.answers().zip(&measured).map(|((method, _, column), measured)| Estimate {
                estimator: Estimator::Method,
                method: Some(id_of(method)),
                value: measured.and_then(|m| finite(m[k])),
                error: column.spread(k).filter(|&e| bands && e > 0.0),
                tau_int: None,
                ess: None,
                count: column.count() as u32,
            });
            let reference =
                exact.filter(|_| k < OF_THE_CURVE).and_then(|exact| finite(exact[k])).map(|value| Reference {
                    value,
                    error: 0.0,
                    kind: ReferenceKind::Exact,
                    source: "the spectral function that the data were made from, on the same grid",
                });
            Observable { id: spec.id, references: reference.into_iter().collect(), estimates: estimates.collect() }
        })
        .collect()
    }

    async fn view(&mut self, id: &str) -> Result<View, Error> {
        let known = || VIEWS.iter().map(|v| v.id);
        let id = known().find(|one| *one == id).ok_or_else(|| Error::unknown("view", id, known()))?;
        self.solve();
        self.networks.refresh(&self.scene).await?;
        Ok(views::draw(self, id))
    }

    async fn glimpse(&mut self, id: &str) -> Result<View, Error> {
        if id != "spectrum" {
            return self.view(id).await;
        }
        self.networks.refresh(&self.scene).await?;
        Ok(views::draw(self, "spectrum"))
    }

    async fn save(&self) -> Result<Vec<u8>, Error> {
        let given = self.given.as_ref().map(|Given { name, points, measured }| SavedFile {
            name: name.clone(),
            points: points.clone(),
            values: measured.values.as_slice().to_vec(),
            covariance: measured.covariance().as_slice().to_vec(),
        });
        let state = State { step: self.step, drawn: self.drawn.clone(), given, networks: self.networks.state() };
        let mut snapshot = Snapshot::of(ID, self.seed, &self.params, &state)?;
        self.networks.gather(&mut snapshot).await?;
        snapshot.write()
    }

    fn load_data(&mut self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let (old_params, old_given) = (self.params.clone(), self.given.clone());
        match files::read(name, bytes, &self.grid)? {
            Content::Spectrum(rho) => return self.replace_drawn(rho),
            Content::Correlator(points, measured) => {
                self.given = Some(Given { name: name.into(), points, measured });
                if self.params.study == Study::Coverage {
                    self.params.study = Study::Replicas;
                }
            }
        }
        self.start_scene().inspect_err(|_| (self.params, self.given) = (old_params, old_given))
    }

    fn given(&self) -> Option<GivenData> {
        let Given { name, .. } = self.given.as_ref()?;
        Some(GivenData { name: name.clone(), idle: params::OF_MOCK.to_vec(), doubt: self.doubt.clone() })
    }

    fn touch(&mut self, gesture: &str, numbers: &[f64]) -> Result<(), Error> {
        match gesture {
            "draw" => self.draw(numbers),
            "smooth" => {
                let rho = self.drawn_or_shown();
                let at = |i: isize| rho[i.clamp(0, rho.len() as isize - 1) as usize];
                // Twice a mean of seven neighbours.
                let once: Vec<f64> =
                    (0..rho.len() as isize).map(|i| (-3..=3).map(|k| at(i + k)).sum::<f64>() / 7.0).collect();
                self.replace_drawn(once)
            }
            "clear" => {
                self.drawn = None;
                self.replace_drawn(Shape::SinglePeak.on(&self.grid, self.params.peaks()))
            }
            _ => Err(Error::unknown("gesture", gesture, ["draw", "smooth", "clear"])),
        }
    }

    fn load(bytes: &[u8], device: &Device) -> Result<Self, Error> {
        let snapshot = Snapshot::read_of(ID, bytes)?;
        let params: Params = snapshot.params()?;
        let state: State = snapshot.state()?;
        let seed = snapshot.header.seed;
        let broken = |reason: &str| Error::Snapshot { reason: reason.into() };
        let mut lab = Self::open(&params, device, seed)?;
        if state.drawn.as_ref().is_some_and(|d| d.len() != lab.grid.len() || d.iter().any(|v| !v.is_finite())) {
            return Err(broken("its drawn spectral function is not of its own grid, or not finite"));
        }
        lab.drawn = state.drawn;
        if let Some(SavedFile { name, points, values, covariance }) = state.given {
            let n = points.len();
            if n < 2
                || values.len() != n
                || covariance.len() != n * n
                || points.iter().chain(&values).any(|v| !v.is_finite())
            {
                return Err(broken("its correlator has not as many points as values and errors"));
            }
            let covariance = nalgebra::DMatrix::from_vec(n, n, covariance);
            let measured = Measured::new(nalgebra::DVector::from_vec(values), covariance);
            let measured = measured.ok_or_else(|| broken("its covariance is not positive definite"))?;
            lab.given = Some(Given { name, points, measured });
        }
        lab.start_scene()?;
        lab.step = state.step;
        lab.networks.restore(&state.networks, &snapshot)?;
        Ok(lab)
    }
}

/// Index of the chi^2 per point among the observables.
const CHI2: usize = OF_THE_CURVE;
