//! The training configurations: generated here, or read from a file.

use std::io::Cursor;

use npyz::{DType, NpyFile, Order, npz::NpzArchive};

use super::params::{DataSource, Params};
use crate::{
    action::{Action as _, Phi4},
    error::Error,
    lattice::Square,
    mcmc::{Chain, Hmc, Updater, Wolff},
    rng::{Rng, Stream},
};

/// Updates of the generating chain before its first configuration, and between two.
const THERMALISATION: usize = 200;
const SPACING: usize = 6;
/// Trajectories of each chain of the published protocol, and those that tune the step size for all of them.
const TRAJECTORIES: usize = 128;
const TUNING: usize = 200;
/// Of so many configurations one is kept for testing.
const TEST_SHARE: usize = 9;
/// Largest field of a file: its fourth power, summed over a lattice, has to be a number in single precision.
const LARGEST: f32 = 1e6;

/// Configurations to learn from and to test with.
#[derive(Debug, Clone, Default)]
pub struct Data {
    /// `[n, V]`, flat.
    pub train: Vec<f32>,
    /// `[n, V]`, flat: the network never sees them.
    pub test: Vec<f32>,
    /// The file they came from; `None` if they were generated.
    pub file: Option<String>,
    /// Action density of the generating chain and of one from the other side, update by update, from their very beginning.
    pub thermalisation: Vec<(&'static str, Vec<f64>)>,
}

impl Data {
    /// Generates what `params` ask for, from the seed's data stream.
    ///
    /// # Errors
    /// [`Error::NonFinite`] if a chain diverges.
    pub fn generate(params: &Params, seed: u64) -> Result<Self, Error> {
        let theory = params.training_theory();
        let mut rng = Rng::new(seed, Stream::Data);
        let count = params.data_size + params.data_size.div_ceil(TEST_SHARE - 1);
        match params.data {
            DataSource::Equilibrated => equilibrated(&theory, count, rng, seed),
            DataSource::HotStarts => hot_starts(&theory, count, &mut rng),
        }
        .map(|(all, thermalisation)| Self::split(&all, theory.sites(), None, thermalisation))
    }

    /// Reads `.npy` or `.npz` with an array `[n, L, L]` of floating-point numbers.
    ///
    /// # Errors
    /// [`Error::Data`] with what is wrong with it.
    pub fn read(name: &str, bytes: &[u8], lattice: Square) -> Result<Self, Error> {
        let all = read_array(bytes, lattice).map_err(|reason| Error::Data { name: name.into(), reason })?;
        Ok(Self::split(&all, lattice.sites(), Some(name.into()), Vec::new()))
    }

    /// Every ninth configuration is for testing.
    fn split(all: &[f32], sites: usize, file: Option<String>, thermalisation: Vec<(&'static str, Vec<f64>)>) -> Self {
        let (mut train, mut test) = (Vec::new(), Vec::new());
        for (i, phi) in all.chunks_exact(sites).enumerate() {
            if i % TEST_SHARE == TEST_SHARE - 1 { &mut test } else { &mut train }.extend_from_slice(phi);
        }
        Self { train, test, file, thermalisation }
    }

    /// A training batch `[batch, V]`, in units of `scale`: drawn with replacement; each shifted, reflected, transposed and
    /// turned over at random if `augment`.
    pub fn batch(&self, batch: usize, scale: f64, augment: bool, lattice: Square, rng: &mut Rng) -> Vec<f32> {
        let sites = lattice.sites();
        let count = self.train.len() / sites;
        let mut rows = Vec::with_capacity(batch * sites);
        for _ in 0..batch {
            let i = rng.below(count);
            let phi = &self.train[i * sites..(i + 1) * sites];
            if augment {
                move_by_symmetry(phi, lattice.side, scale, rng, &mut rows);
            } else {
                rows.extend(phi.iter().map(|&x| (f64::from(x) / scale) as f32));
            }
        }
        rows
    }
}

type Generated = (Vec<f32>, Vec<(&'static str, Vec<f64>)>);

fn equilibrated(theory: &Phi4, count: usize, rng: Rng, seed: u64) -> Result<Generated, Error> {
    let sites = theory.sites();
    let mut start_rng = Rng::new(seed, Stream::Start);
    let hot: Vec<f64> = (0..sites).map(|_| start_rng.normal()).collect();
    // Cold: the classical minimum, phi^2 = (4 kappa + 2 lambda - 1)/(2 lambda), or zero.
    let minimum = if theory.lambda > 0.0 {
        ((4.0 * theory.kappa + 2.0 * theory.lambda - 1.0) / (2.0 * theory.lambda)).max(0.0).sqrt()
    } else {
        0.0
    };
    let mut cold = Chain::new(
        Updater::Wolff(Wolff::default()),
        vec![minimum; sites],
        Rng::new(seed, Stream::Proposal),
        THERMALISATION as u64,
    );
    let mut chain = Chain::new(Updater::Wolff(Wolff::default()), hot, rng, THERMALISATION as u64);
    let density = |chain: &Chain| theory.action(chain.configuration()) / sites as f64;
    let mut traces =
        vec![("from white noise", vec![density(&chain)]), ("from the classical minimum", vec![density(&cold)])];
    for _ in 0..THERMALISATION {
        chain.advance(theory)?;
        cold.advance(theory)?;
        traces[0].1.push(density(&chain));
        traces[1].1.push(density(&cold));
    }
    let mut all = Vec::with_capacity(count * sites);
    for _ in 0..count {
        for _ in 0..SPACING {
            chain.advance(theory)?;
        }
        all.extend(chain.configuration().iter().map(|&x| x as f32));
    }
    Ok((all, traces))
}

fn hot_starts(theory: &Phi4, count: usize, rng: &mut Rng) -> Result<Generated, Error> {
    let sites = theory.sites();
    let mut hmc = Hmc::new(1.0);
    let mut phi = vec![0.0; sites];
    for _ in 0..TUNING {
        let accepted = hmc.update(theory, &mut phi, rng);
        hmc.tune(accepted);
    }
    let mut trace = vec![0.0; TRAJECTORIES + 1];
    let mut all = Vec::with_capacity(count * sites);
    for _ in 0..count {
        phi.iter_mut().for_each(|x| *x = rng.normal());
        trace[0] += theory.action(&phi) / (sites * count) as f64;
        for density in &mut trace[1..] {
            hmc.update(theory, &mut phi, rng);
            *density += theory.action(&phi) / (sites * count) as f64;
        }
        all.extend(phi.iter().map(|&x| x as f32));
    }
    Ok((all, vec![("mean over all hot starts", trace)]))
}

fn move_by_symmetry(phi: &[f32], side: usize, scale: f64, rng: &mut Rng, out: &mut Vec<f32>) {
    let factor = (rng.sign() / scale) as f32;
    let (down, right) = (rng.below(side), rng.below(side));
    let flips = rng.below(8);
    let flip = |i: usize, flipped: bool| if flipped { side - 1 - i } else { i };
    for row in 0..side {
        for column in 0..side {
            let (a, b) = (flip((row + down) % side, flips & 1 > 0), flip((column + right) % side, flips & 2 > 0));
            let site = if flips & 4 > 0 { b * side + a } else { a * side + b };
            out.push(factor * phi[site]);
        }
    }
}

/// The array of a file, checked.
fn read_array(bytes: &[u8], lattice: Square) -> Result<Vec<f32>, String> {
    if bytes.starts_with(b"PK") {
        let mut archive = NpzArchive::new(Cursor::new(bytes)).map_err(|e| format!("not a whole .npz archive ({e})"))?;
        let names: Vec<String> = archive.array_names().map(Into::into).collect();
        let known = ["configurations", "samples", "phi", "arr_0"];
        let name = known
            .into_iter()
            .find(|k| names.iter().any(|n| n == k))
            .or(if let [only] = names.as_slice() { Some(only) } else { None })
            .ok_or_else(|| {
                format!("holds the arrays {}; one of them has to be called {}", names.join(", "), known.join(" or "))
            })?;
        let array = archive.by_name(name).map_err(|e| format!("array `{name}`: {e}"))?;
        let array = array.ok_or_else(|| format!("array `{name}` is not there"))?;
        return read_npy(array, lattice).map_err(|reason| format!("array `{name}` {reason}"));
    }
    if !bytes.starts_with(b"\x93NUMPY") {
        return Err("neither a .npy nor a .npz file: numpy.save writes one".into());
    }
    read_npy(NpyFile::new(bytes).map_err(|e| format!("not a whole .npy file ({e})"))?, lattice)
}

fn read_npy<R: std::io::Read>(file: NpyFile<R>, lattice: Square) -> Result<Vec<f32>, String> {
    let side = lattice.side as u64;
    let shape = file.shape().to_vec();
    let &[count, rows, columns] = shape.as_slice() else {
        return Err(format!("has shape {shape:?}; configurations are [n, {side}, {side}]"));
    };
    if (rows, columns) != (side, side) {
        return Err(format!(
            "has configurations of {rows} x {columns} sites; this session's lattice is {side} x {side}: set lattice_size = {rows} first"
        ));
    }
    if count < 16 {
        return Err(format!("has {count} configurations; at least 16 are needed"));
    }
    if file.order() != Order::C {
        return Err("is in Fortran order; numpy.ascontiguousarray turns it".into());
    }
    let DType::Plain(kind) = file.dtype() else {
        return Err(format!("has the dtype {}; float32 or float64 is needed", file.dtype().descr()));
    };
    let incomplete = |e: std::io::Error| format!("ends too early or cannot be read ({e})");
    let values: Vec<f32> = match kind.to_string().trim_start_matches(['<', '>', '=']) {
        "f4" => file.into_vec::<f32>().map_err(incomplete)?,
        "f8" => file.into_vec::<f64>().map_err(incomplete)?.into_iter().map(|x| x as f32).collect(),
        _ => return Err(format!("has the dtype {kind}; float32 or float64 is needed")),
    };
    if let Some(at) = values.iter().position(|x| x.is_nan() || x.abs() > LARGEST) {
        let (n, site) = (at / lattice.sites(), at % lattice.sites());
        let (row, column) = (site / lattice.side, site % lattice.side);
        let rule = if values[at].is_finite() { format!("; |phi| has to be at most {LARGEST}") } else { String::new() };
        return Err(format!("is {} in configuration {n}, row {row}, column {column}{rule}", values[at]));
    }
    if values.iter().all(|x| *x == values[0]) {
        return Err(format!("is {} everywhere: there is nothing to learn", values[0]));
    }
    Ok(values)
}
