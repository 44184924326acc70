//! What is drawn anew, unit by unit: replicas of the data, draws for their coverage, cells of the benchmark.

use nalgebra::DVector;

use super::{
    params::{Params, REPLICAS_OF_A_DRAW, Study},
    pool::Column,
};
use crate::{
    inverse::{Kernel, Measured, NoiseModel, Peak, Problem, Shape, Whitened, correlation},
    rng::{Rng, Stream},
};

/// Where a stretch of random numbers begins: 2^20 words are more than the noise of any data takes.
const STRETCH: u64 = 1 << 20;

/// Data with the truth behind them.
#[derive(Debug, Clone)]
pub struct Scene {
    /// Kernel and grid.
    pub problem: Problem,
    /// The true spectral function, if it is known.
    pub truth: Option<Vec<f64>>,
    /// The data.
    pub measured: Measured,
    /// The same in units of their errors.
    pub whitened: Whitened,
}

impl Scene {
    /// Mock data of `truth`.
    pub fn mock(params: &Params, truth: Vec<f64>, seed: u64) -> Self {
        let problem = Problem::new(params.kernel, params.temperature, params.grid(), params.mock_points());
        let exact = problem.forward(&DVector::from_column_slice(&truth));
        let sigmas = params.noise_model.sigmas(&exact, params.noise);
        let law = Measured::new(exact.clone(), correlation(&sigmas, params.correlated));
        let law = law.expect("errors are positive, and a correlation below one leaves the matrix positive definite");
        let measured = law.noisy(&exact, &mut Rng::at(seed, Stream::Data, params.draw as u64 * STRETCH));
        Self::of(problem, Some(truth), measured)
    }

    /// Data that were measured.
    pub fn given(params: &Params, points: Vec<f64>, measured: Measured) -> Self {
        let problem = Problem::new(params.kernel, params.temperature, params.grid(), points);
        Self::of(problem, None, measured)
    }

    fn of(problem: Problem, truth: Option<Vec<f64>>, measured: Measured) -> Self {
        let whitened = measured.whiten(&problem);
        Self { problem, truth, measured, whitened }
    }

    /// The data without noise.
    pub fn exact(&self) -> Option<DVector<f64>> {
        self.truth.as_ref().map(|truth| self.problem.forward(&DVector::from_column_slice(truth)))
    }

    /// Other data around `values`.
    fn noisy(&self, values: &DVector<f64>, rng: &mut Rng) -> Self {
        let measured = self.measured.noisy(values, rng);
        let whitened = self.whitened.with(measured.whitened_values());
        Self { problem: self.problem.clone(), truth: self.truth.clone(), measured, whitened }
    }
}

/// The spectra of the benchmark.
pub const SPECTRA: [(Shape, &str); 2] = [(Shape::SinglePeak, "one peak"), (Shape::DoublePeak, "two peaks")];
/// Its noise levels.
pub const NOISES: [f64; 3] = [1e-3, 1e-4, 1e-5];
/// Cells of the benchmark that differ in spectrum or noise.
pub const CELLS: usize = SPECTRA.len() * NOISES.len();

/// How many units the study of these parameters has.
pub fn units(params: &Params) -> usize {
    match params.study {
        Study::Replicas => params.samples,
        Study::Coverage => params.draws * (1 + REPLICAS_OF_A_DRAW),
        Study::Benchmark => params.draws * CELLS,
    }
}

/// Spectrum and noise level of a unit of the benchmark: all of them once, then with the next draw of the noise.
pub fn cell(unit: usize) -> (usize, usize) {
    (unit % CELLS / NOISES.len(), unit % NOISES.len())
}

/// The unit that a unit is a replica of, if it is one of a draw.
pub fn origin(params: &Params, unit: usize) -> Option<usize> {
    let replica = unit % (1 + REPLICAS_OF_A_DRAW);
    (params.study == Study::Coverage && replica != 0).then_some(unit - replica)
}

/// The data of a unit. Replicas scatter about the correlator of `answer`, the method's own to the data that they are replicas of: about
/// these data themselves they would carry the noise twice, and no smooth function would fit them.
pub fn scene(params: &Params, now: &Scene, unit: usize, seed: u64, answer: Option<&DVector<f64>>) -> Scene {
    let rng = |n: usize| Rng::at(seed, Stream::Resample, n as u64 * STRETCH);
    let about = answer.map(|rho| now.problem.forward(rho));
    match params.study {
        Study::Replicas => now.noisy(&about.unwrap_or_else(|| now.measured.values.clone()), &mut rng(unit)),
        Study::Coverage => match (origin(params, unit), about) {
            (Some(_), Some(about)) => now.noisy(&about, &mut rng(unit)),
            _ => {
                let exact = now.exact().expect("a study of coverage is refused where no truth is known");
                let draw = unit / (1 + REPLICAS_OF_A_DRAW);
                now.noisy(&exact, &mut Rng::at(seed, Stream::Noise, draw as u64 * STRETCH))
            }
        },
        Study::Benchmark => {
            let (spectrum, noise) = cell(unit);
            let mock = Params {
                noise: NOISES[noise],
                kernel: Kernel::KallenLehmann,
                points: 25,
                reach: 19.199,
                noise_model: NoiseModel::Growing,
                correlated: 0.0,
                draw: 1 + unit / CELLS,
                ..params.clone()
            };
            let peak = |mass| Peak { mass, width: 0.5, area: 1.0 };
            let truth = SPECTRA[spectrum].0.on(&mock.grid(), [peak(2.0), peak(5.0)]);
            Scene::mock(&mock, truth, seed)
        }
    }
}

/// Whose band is asked how often it covers the truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Band {
    /// Half the central 68 % of the replicas.
    Replicas,
    /// The method's own account, such as the posterior of a Gaussian process.
    Own,
}

/// How often the band of a method covered the truth, over the draws that are done.
#[derive(Debug, Clone, PartialEq)]
pub struct Coverage {
    /// At each frequency.
    pub at: Vec<f64>,
    /// Over the frequencies where the truth is at least a tenth of its largest value, with the standard error over draws.
    pub mean: (f64, f64),
    /// Mean half-width of the band there.
    pub width: f64,
    /// Root mean square distance from the truth there.
    pub distance: f64,
    /// Draws.
    pub draws: usize,
}

/// The part of the largest value above which a frequency counts as belonging to the spectrum.
const BELONGS: f64 = 0.1;

/// Coverage of a method, its units in order: each draw, followed by its replicas. `None` if it has no such bands.
///
/// A band stands around the fit. 68 of 100 bands of one standard error would cover the truth if the method had no bias.
pub fn coverage(column: &Column, truth: &[f64], whose: Band) -> Option<Coverage> {
    let (n, group) = (truth.len(), 1 + REPLICAS_OF_A_DRAW);
    let top = truth.iter().copied().fold(0.0, f64::max);
    let belongs: Vec<usize> = (0..n).filter(|&i| truth[i].abs() >= BELONGS * top).collect();
    let mut at = vec![0.0; n];
    let (mut means, mut width, mut square) = (Vec::new(), 0.0, 0.0);
    for units in column.0.chunks_exact(group) {
        let Some(fit) = &units[0] else { continue };
        let band = match whose {
            Band::Replicas => Column(units[1..].to_vec()).band(),
            Band::Own => fit.band.as_ref().map(|band| band.iter().map(|&b| f64::from(b)).collect()),
        };
        let Some(band) = band else { continue };
        let off = |i: usize| (f64::from(fit.rho[i]) - truth[i]).abs();
        for (i, at) in at.iter_mut().enumerate() {
            *at += f64::from(u8::from(off(i) <= band[i]));
        }
        let over = |f: &dyn Fn(usize) -> f64| belongs.iter().map(|&i| f(i)).sum::<f64>() / belongs.len() as f64;
        means.push(over(&|i| f64::from(u8::from(off(i) <= band[i]))));
        width += over(&|i| band[i]);
        square += over(&|i| off(i).powi(2));
    }
    let draws = means.len();
    if draws == 0 || belongs.is_empty() {
        return None;
    }
    let count = draws as f64;
    let mean = means.iter().sum::<f64>() / count;
    let error = if draws > 1 {
        (means.iter().map(|m| (m - mean).powi(2)).sum::<f64>() / (count * (count - 1.0))).sqrt()
    } else {
        f64::NAN
    };
    at.iter_mut().for_each(|a| *a /= count);
    Some(Coverage { at, mean: (mean, error), width: width / count, distance: (square / count).sqrt(), draws })
}
