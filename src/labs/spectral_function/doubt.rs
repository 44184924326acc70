//! Whether the data of a file can be what the chosen kernel makes of a spectral function.

use super::{Params, study::Scene};
use crate::{
    error::Error,
    inverse::{Kernel, Measured, Problem, least_chi2},
};

/// All kernels.
const KERNELS: [Kernel; 3] = [Kernel::KallenLehmann, Kernel::Exponential, Kernel::Thermal];

/// Times of the finite-temperature kernel end at `1/T`.
///
/// # Errors
/// [`Error::Param`] about the temperature, if the times of the file go beyond.
pub fn check_range(params: &Params, name: &str, points: &[f64]) -> Result<(), Error> {
    let last = last_of(points);
    if has(params.kernel, params.temperature, last) {
        return Ok(());
    }
    let end = 1.0 / params.temperature;
    let rule = format!(
        "ends the times of the kernel “{}” at 1/T = {end:.4}, and those of {name} go to {last}: it can be at most 1/{last}",
        label(params.kernel)
    );
    Err(Error::param_rule("temperature", &params.temperature, rule))
}

fn label(kernel: Kernel) -> &'static str {
    Kernel::options()[kernel as usize].label
}

fn last_of(points: &[f64]) -> f64 {
    points.iter().copied().fold(0.0, f64::max)
}

/// Whether a kernel has this place.
fn has(kernel: Kernel, temperature: f64, place: f64) -> bool {
    // A file may have rounded 1/T.
    kernel != Kernel::Thermal || place * temperature <= 1.0 + 1e-6
}

/// `chi^2` that even wrong errors hardly reach by chance: from some four standard deviations for many points to the same
/// probability for few.
fn too_much(points: usize) -> f64 {
    2.0 * points as f64 + 20.0
}

/// A sentence, if no non-negative spectral function comes near the data; it names the kernels of which one does.
pub fn sentence(params: &Params, name: &str, scene: &Scene) -> Option<String> {
    let points = scene.problem.points.len();
    let enough = too_much(points);
    let least = least_chi2(&scene.whitened, enough);
    if least <= enough {
        return None;
    }
    let fitting: Vec<String> = KERNELS
        .into_iter()
        .filter(|&kernel| kernel != params.kernel && fits(kernel, params, &scene.measured, &scene.problem))
        .map(|kernel| format!("“{}”", label(kernel)))
        .collect();
    let advice = if fitting.is_empty() {
        "nor does it with another kernel: look at the knobs “kernel”, “frequencies” and “largest frequency”, and at the errors in the file".into()
    } else {
        format!("with {} it does: choose it at the knob “kernel”", fitting.join(" or "))
    };
    let per_point = least / points as f64;
    let distance = if per_point < 100.0 { format!("{per_point:.1}") } else { format!("{per_point:.1e}") };
    let kernel = label(params.kernel);
    Some(format!(
        "With the kernel “{kernel}” no spectral function without negative parts comes nearer to {name} than χ²/N = {distance}; {advice}."
    ))
}

fn fits(kernel: Kernel, params: &Params, measured: &Measured, now: &Problem) -> bool {
    if !has(kernel, params.temperature, last_of(&now.points)) {
        return false;
    }
    let problem = Problem::new(kernel, params.temperature, now.grid.clone(), now.points.clone());
    let enough = too_much(now.points.len());
    least_chi2(&measured.whiten(&problem), enough) <= enough
}
