//! Two fixed training steps, timed: the same on every device, natively and in the browser.

use burn::tensor::{Device, Tensor, TensorData, activation::silu, module::conv2d, ops::ConvOptions};

use crate::{
    error::Error,
    lab::Overrides,
    labs,
    net::{Layout, Leaves, Parameters},
    optim::Adam,
    rng::{Rng, Stream},
    session::Clock,
};

/// The cases: name and what a step does.
pub const CASES: [(&str, &str); 2] = [
    ("flow", "affine coupling flow, 64 sites, 8 couplings, hidden 128, batch 256, reverse KL, Adam"),
    ("conv", "four 3x3 convolutions, 16 channels, 32x32, batch 32, denoising score matching, Adam"),
];

/// What a case gave.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timing {
    /// Median over blocks of steps, each ended by reading the loss.
    pub ms_per_step: f64,
    /// Loss after the last step.
    pub loss: f32,
}

/// Steps before timing starts: kernels compile, caches fill, the browser's second compiler tier takes over.
const WARM_UP: u32 = 10;
/// Steps between two readings of the clock.
const BLOCK: u32 = 5;

/// Times `steps` steps of `case`.
///
/// # Errors
/// [`Error::Unknown`] for a case that does not exist, and those of the device.
pub async fn run(case: &str, steps: u32, device: &Device, clock: Clock) -> Result<Timing, Error> {
    match case {
        "flow" => {
            let lab = labs::find("double_well_flow")?;
            let params: Overrides = [
                ("n_tau", 64.0.into()),
                ("model", "coordinate".into()),
                ("prior", "unit".into()),
                ("objective", "reverse_kl".into()),
                ("couplings", 8.0.into()),
                ("hidden", 128.0.into()),
                ("batch", 256.0.into()),
            ]
            .map(|(id, value)| (id.to_string(), value))
            .into();
            let mut lab = (lab.open)(&params, device, 1)?;
            let mut times = Vec::new();
            let mut loss = f32::NAN;
            for block in 0..blocks(steps) {
                let start = clock();
                for _ in 0..BLOCK {
                    lab.train_step().await?;
                }
                loss = *lab.losses().await?.last().expect("a loss for every step");
                record(&mut times, block, clock() - start);
            }
            Ok(Timing { ms_per_step: median(times), loss })
        }
        "conv" => {
            let mut net = ScoreNet::new(device);
            let mut times = Vec::new();
            let mut loss = f32::NAN;
            for block in 0..blocks(steps) {
                let start = clock();
                let mut last = None;
                for _ in 0..BLOCK {
                    last = Some(net.step(device));
                }
                loss = last
                    .expect("a block has steps")
                    .into_scalar_async::<f32>()
                    .await
                    .map_err(|e| Error::Device { wanted: "bench".into(), reason: format!("{e:?}") })?;
                record(&mut times, block, clock() - start);
            }
            Ok(Timing { ms_per_step: median(times), loss })
        }
        _ => Err(Error::unknown("benchmark", case, CASES.map(|(id, _)| id))),
    }
}

fn blocks(steps: u32) -> u32 {
    (WARM_UP + steps.max(1)).div_ceil(BLOCK)
}

fn record(times: &mut Vec<f64>, block: u32, seconds: f64) {
    if (block + 1) * BLOCK > WARM_UP {
        times.push(1e3 * seconds / f64::from(BLOCK));
    }
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

const SIDE: usize = 32;
const BATCH: usize = 32;
const CHANNELS: [usize; 5] = [1, 16, 16, 16, 1];

/// The score network of the second case: plain convolutions with SiLU between.
struct ScoreNet {
    layout_first: Vec<usize>,
    parameters: Parameters,
    adam: Adam,
    rng: Rng,
}

impl ScoreNet {
    fn new(device: &Device) -> Self {
        let mut layout = Layout::default();
        let mut layout_first = Vec::new();
        for pair in CHANNELS.windows(2) {
            layout_first.push(layout.normal(&[pair[1], pair[0], 3, 3], (9.0 * pair[0] as f64).powf(-0.5)));
            layout.zeros(&[pair[1]]);
        }
        let adam = Adam::new(layout.len(), device);
        let parameters = Parameters::init(layout, &mut Rng::new(1, Stream::Init), device);
        Self { layout_first, parameters, adam, rng: Rng::new(1, Stream::Data) }
    }

    fn forward(&self, leaves: &Leaves<'_>, mut x: Tensor<4>) -> Tensor<4> {
        for (layer, &first) in self.layout_first.iter().enumerate() {
            if layer > 0 {
                x = silu(x);
            }
            let options = ConvOptions::new([1, 1], [1, 1], [1, 1], 1);
            x = conv2d(x, leaves.get(first), Some(leaves.get(first + 1)), options);
        }
        x
    }

    /// `E |sigma s(x + sigma z) + z|^2` with `sigma = 1/2` on white-noise images.
    fn step(&mut self, device: &Device) -> Tensor<1> {
        let mut noise = || {
            let values = self.rng.normals(BATCH * SIDE * SIDE);
            Tensor::<4>::from_data(TensorData::new(values, [BATCH, 1, SIDE, SIDE]), device).autodiff()
        };
        let (clean, z) = (noise(), noise());
        let leaves = self.parameters.tracked();
        let score = self.forward(&leaves, clean + z.clone().mul_scalar(0.5));
        let loss = (score.mul_scalar(0.5) + z).square().mean();
        let gradient = leaves.gradient(&loss.backward());
        let flat = self.adam.update(self.parameters.flat(), gradient, 1e-3, f64::INFINITY);
        self.parameters.set_flat(flat);
        loss.without_autodiff()
    }
}
