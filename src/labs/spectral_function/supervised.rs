//! A map from data to spectral function, trained on mock spectra.

use burn::tensor::{Device, Tensor, TensorData, activation::softplus};
use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

use crate::{
    device::read,
    error::Error,
    inverse::{Grid, Peak, Whitened},
    net::{Layout, Mlp, Parameters},
    optim::{Adam, Schedule},
    rng::{Rng, Stream},
};

crate::choice! {
    /// The spectra that the map is trained on.
    pub enum Family {
        /// One Breit-Wigner peak: area 0.1 to 1, mass 0.5 to 3, width 0.1 to 0.5.
        OnePeak = ("one_peak", "one random peak"),
        /// Two of them, the second up to 2.5 further up.
        TwoPeaks = ("two_peaks", "two random peaks"),
    }
}

impl Family {
    /// A random member on a grid. Source of the ranges: `NNSpectrum` (github.com/Anguswlx/NNSpectrum).
    pub fn draw(self, grid: &Grid, rng: &mut Rng) -> Vec<f64> {
        let mut between = |low: f64, high: f64| low + (high - low) * rng.uniform();
        let mass = between(0.5, 3.0);
        let first = Peak { mass, width: between(0.1, 0.5), area: between(0.1, 1.0) };
        let second = match self {
            Self::OnePeak => Peak { area: 0.0, ..first },
            Self::TwoPeaks => {
                Peak { mass: mass + between(0.0, 2.5), width: between(0.1, 0.5), area: between(0.1, 1.0) }
            }
        };
        grid.omega.iter().map(|&w| first.breit_wigner(w) + second.breit_wigner(w)).collect()
    }
}

/// How the map is trained.
#[derive(Debug, Clone, PartialEq)]
pub struct SupervisedSettings {
    /// What it is shown.
    pub family: Family,
    /// Units of each of the two hidden layers.
    pub width: usize,
    /// Spectra a step.
    pub batch: usize,
    /// Adam's.
    pub learning_rate: f64,
    /// Steps, over which the rate falls by a cosine.
    pub steps: usize,
}

impl Default for SupervisedSettings {
    fn default() -> Self {
        Self { family: Family::OnePeak, width: 64, batch: 64, learning_rate: 3e-3, steps: 3000 }
    }
}

/// Members of the family that the inputs are standardised with.
const STANDARDISED_BY: usize = 512;
/// Where the gradient is clipped: a narrow peak among wide ones weighs much.
const CLIP: f64 = 1.0;

/// `rho = w / (1 + w^2) softplus(net(x))` with `x` the standardised data, trained to the smallest mean square error.
///
/// - data: whitened, rotated to the singular vectors of the kernel, `x_k = ((U^T b)_k - mean_k) / std_k`, `[M]`. Without the
///   rotation all points say the same within a part in a thousand, and what distinguishes spectra would be lost;
/// - every step has spectra and noise of its own, from [`Stream::Data`].
///
/// The noise is that of the data it will be asked about, so that a map belongs to one kernel and one covariance.
/// Source: arXiv:1810.13374 (the idea), ranges of the spectra as in [`Family::draw`].
#[derive(Debug, Clone)]
pub struct SupervisedMap {
    settings: SupervisedSettings,
    device: Device,
    data: Whitened,
    /// `U^T`: `[M, M]`.
    rotation: DMatrix<f64>,
    mean: DVector<f64>,
    std: DVector<f64>,
    net: Mlp,
    default_model: Tensor<2>,
    parameters: Parameters,
    adam: Adam,
    step: u32,
    rng: Rng,
    pending: Vec<Tensor<1>>,
    good: (Tensor<1>, Adam, u32),
}

/// What a saved map holds besides tensors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MapState {
    step: u32,
    adam_step: u32,
    data_position: u64,
}

/// Everything a map needs to go on: see [`SupervisedMap::saved`].
#[derive(Debug, Clone)]
pub struct SavedMap {
    /// The parameters, `[P]`.
    pub parameters: Tensor<1>,
    /// Adam's first moments, `[P]`.
    pub m: Tensor<1>,
    /// Adam's second moments, `[P]`.
    pub v: Tensor<1>,
    /// The rest.
    pub state: MapState,
}

impl SupervisedMap {
    /// An untrained map for data like `data`: only their kernel and covariance matter.
    pub fn new(data: &Whitened, settings: &SupervisedSettings, device: &Device, seed: u64) -> Self {
        let (points, count) = (data.points(), data.grid.len());
        let mut layout = Layout::default();
        let net = Mlp::new(&mut layout, points, settings.width, count);
        let parameters = Parameters::init(layout, &mut Rng::new(seed, Stream::Init), device);
        let adam = Adam::new(parameters.flat().dims()[0], device);
        let rotation = data.matrix.clone().svd(true, false).u.map_or_else(
            || DMatrix::identity(points, points),
            |u| if u.ncols() == points { u.transpose() } else { DMatrix::identity(points, points) },
        );
        let model: Vec<f32> = data.grid.omega.iter().map(|w| (w / (1.0 + w * w)) as f32).collect();
        let mut map = Self {
            good: (parameters.flat(), adam.clone(), 0),
            settings: settings.clone(),
            device: device.clone(),
            data: data.clone(),
            rotation,
            mean: DVector::zeros(points),
            std: DVector::from_element(points, 1.0),
            net,
            default_model: Tensor::from_data(TensorData::new(model, [1, count]), device),
            parameters,
            adam,
            step: 0,
            rng: Rng::new(seed, Stream::Data),
            pending: Vec::new(),
        };
        // A stretch of the stream of its own, so that a restored map standardises alike.
        let mut rng = Rng::at(seed, Stream::Data, 1 << 40);
        let (_, inputs) = map.examples(STANDARDISED_BY, &mut rng);
        map.mean = inputs.column_mean();
        map.std = DVector::from_fn(points, |k, _| inputs.row(k).variance().sqrt().max(f64::MIN_POSITIVE));
        map
    }

    /// Spectra, `[count * N]` row by row, and their standardised noisy data, `[M, count]`.
    fn examples(&self, count: usize, rng: &mut Rng) -> (Vec<f32>, DMatrix<f64>) {
        let n = self.data.grid.len();
        let mut spectra = Vec::with_capacity(count * n);
        for _ in 0..count {
            spectra.extend(self.settings.family.draw(&self.data.grid, rng));
        }
        let rho = DMatrix::from_vec(n, count, spectra);
        let noise = DMatrix::from_fn(self.data.points(), count, |_, _| rng.normal());
        let mut inputs = &self.rotation * (&self.data.matrix * &rho + noise);
        for mut column in inputs.column_iter_mut() {
            column -= &self.mean;
            column.component_div_assign(&self.std);
        }
        (rho.iter().map(|&v| v as f32).collect(), inputs)
    }

    fn tensor(&self, columns: &DMatrix<f64>) -> Tensor<2> {
        let values: Vec<f32> = columns.iter().map(|&v| v as f32).collect();
        Tensor::from_data(TensorData::new(values, [columns.ncols(), columns.nrows()]), &self.device)
    }

    /// One update on a fresh batch.
    pub fn step(&mut self) {
        let mut rng = self.rng.clone();
        let batch = self.settings.batch;
        let (spectra, inputs) = self.examples(batch, &mut rng);
        self.rng = rng;
        let truth = TensorData::new(spectra, [batch, self.data.grid.len()]);
        let truth = Tensor::<2>::from_data(truth, &self.device).autodiff();
        let parameters = self.parameters.clone();
        let leaves = parameters.tracked();
        let output = self.net.forward(&leaves, self.tensor(&inputs).autodiff());
        let rho = softplus(output, 1.0) * self.default_model.clone().autodiff();
        let loss = (rho - truth).square().mean();
        let gradient = leaves.gradient(&loss.backward());
        let done = f64::from(self.step) / self.settings.steps as f64;
        let rate = self.settings.learning_rate * Schedule::Cosine.factor(done);
        let flat = self.adam.update(self.parameters.flat(), gradient, rate, CLIP);
        self.parameters.set_flat(flat);
        self.pending.push(loss.without_autodiff());
        self.step += 1;
    }

    /// Mean square errors of the steps since they were last asked for.
    ///
    /// # Errors
    /// [`Error::Device`] if the device is lost; [`Error::NonFinite`] if one is not a number: what was before is restored.
    pub async fn losses(&mut self) -> Result<Vec<f32>, Error> {
        if self.pending.is_empty() {
            return Ok(Vec::new());
        }
        let losses = read(Tensor::cat(std::mem::take(&mut self.pending), 0)).await?;
        if let Some(at) = losses.iter().position(|loss| !loss.is_finite()) {
            let (flat, adam, step) = self.good.clone();
            let failed = step + at as u32 + 1;
            self.parameters.set_flat(flat);
            self.adam = adam;
            self.step = step;
            return Err(Error::NonFinite {
                quantity: "the loss",
                value: losses[at].into(),
                step: failed.into(),
                param: "learning_rate",
                remedy: "Lower the learning rate.",
            });
        }
        self.good = (self.parameters.flat(), self.adam.clone(), self.step);
        Ok(losses)
    }

    /// What the map makes of whitened data `b` of the same kernel and covariance: `rho`, `[N]`.
    ///
    /// # Errors
    /// [`Error::Device`] if the device is lost.
    pub async fn answer(&self, data: &DVector<f64>) -> Result<Vec<f64>, Error> {
        let x = (&self.rotation * data - &self.mean).component_div(&self.std);
        let x = self.tensor(&DMatrix::from_column_slice(x.len(), 1, x.as_slice()));
        let output = self.net.forward(&self.parameters.fixed(), x);
        let rho = softplus(output, 1.0) * self.default_model.clone();
        let rho = read(rho.reshape([self.data.grid.len()])).await?;
        Ok(rho.into_iter().map(f64::from).collect())
    }

    /// Steps made.
    pub fn steps(&self) -> u32 {
        self.step
    }

    /// Whether the plan is done.
    pub fn finished(&self) -> bool {
        self.step as usize >= self.settings.steps
    }

    /// All that a map needs to go on bit for bit.
    pub fn saved(&self) -> SavedMap {
        let (m, v, adam_step) = self.adam.moments();
        let state = MapState { step: self.step, adam_step, data_position: self.rng.position() };
        SavedMap { parameters: self.parameters.flat(), m, v, state }
    }

    /// Goes on from `saved`, a map with the same settings, data and `seed`.
    ///
    /// # Errors
    /// [`Error::Snapshot`] if it is of another network.
    pub fn restore(&mut self, saved: SavedMap, seed: u64) -> Result<(), Error> {
        let (needed, got) = (self.parameters.flat().dims()[0], saved.parameters.dims()[0]);
        if needed != got {
            return Err(Error::Snapshot { reason: format!("its network has {got} parameters, not {needed}") });
        }
        self.parameters.set_flat(saved.parameters);
        self.adam = Adam::from_moments(saved.m, saved.v, saved.state.adam_step);
        self.step = saved.state.step;
        self.rng = Rng::at(seed, Stream::Data, saved.state.data_position);
        self.pending.clear();
        self.good = (self.parameters.flat(), self.adam.clone(), self.step);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labs::{spectral_function::networks::mock, testing::now};

    fn values(tensor: Tensor<1>) -> Vec<f32> {
        tensor.into_data().try_to_vec().unwrap()
    }

    /// Mean square error of the map over members of a family with fresh noise, relative to the mean square of the spectra.
    fn error_on(map: &SupervisedMap, family: Family) -> f64 {
        let asked = SupervisedMap { settings: SupervisedSettings { family, ..map.settings.clone() }, ..map.clone() };
        let mut rng = Rng::new(77, Stream::Data);
        let (mut error, mut size) = (0.0, 0.0);
        for _ in 0..100 {
            let rho = DVector::from_vec(asked.settings.family.draw(&asked.data.grid, &mut rng));
            let noise = DVector::from_fn(asked.data.points(), |_, _| rng.normal());
            let answer = now(asked.answer(&(&asked.data.matrix * &rho + noise))).unwrap();
            error += rho.iter().zip(&answer).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
            size += rho.norm_squared();
        }
        error / size
    }

    #[test]
    fn the_map_learns_its_family_and_not_another() {
        let (data, _) = mock(crate::inverse::Shape::SinglePeak, 1e-3, 1);
        let settings = SupervisedSettings { steps: 800, ..SupervisedSettings::default() };
        let mut map = SupervisedMap::new(&data, &settings, &Device::flex(), 1);
        let before = error_on(&map, Family::OnePeak);
        while !map.finished() {
            map.step();
        }
        let losses = now(map.losses()).unwrap();
        let mean = |part: &[f32]| part.iter().sum::<f32>() / part.len() as f32;
        assert!(mean(&losses[750..]) < 0.3 * mean(&losses[..10]), "{} {}", mean(&losses[750..]), mean(&losses[..10]));
        let (inside, outside) = (error_on(&map, Family::OnePeak), error_on(&map, Family::TwoPeaks));
        println!("relative square error: untrained {before:.3}, inside {inside:.3}, outside {outside:.3}");
        assert!(inside < 0.3 * before && outside > 1.5 * inside, "{before} {inside} {outside}");
    }

    #[test]
    fn a_restored_map_goes_on_bit_for_bit() {
        let (data, _) = mock(crate::inverse::Shape::SinglePeak, 1e-3, 1);
        let settings = SupervisedSettings { width: 8, batch: 4, ..SupervisedSettings::default() };
        let mut map = SupervisedMap::new(&data, &settings, &Device::flex(), 3);
        (0..5).for_each(|_| map.step());
        let saved = map.saved();
        (0..5).for_each(|_| map.step());
        let mut other = SupervisedMap::new(&data, &settings, &Device::flex(), 3);
        other.restore(saved, 3).unwrap();
        (0..5).for_each(|_| other.step());
        assert_eq!(values(map.parameters.flat()), values(other.parameters.flat()));
    }
}
