//! `bench`: two fixed training steps, timed.

use lattice_lab::{
    bench::{self, CASES},
    device,
};
use serde::Serialize;

use crate::{args::BenchArgs, failure::Failure, print, print_json, runner, table::table};

#[derive(Serialize)]
struct Timed {
    case: &'static str,
    what: &'static str,
    ms_per_step: f64,
    steps: u32,
    loss: f32,
}

#[derive(Serialize)]
struct Report {
    device: lattice_lab::protocol::DeviceInfo,
    cases: Vec<Timed>,
}

/// Times the cases.
pub(crate) async fn bench(args: &BenchArgs) -> Result<(), Failure> {
    let (device, info) = device::open(args.device.device.into()).await?;
    let wanted = |id: &str| args.case.as_deref().is_none_or(|case| case == id);
    if !CASES.iter().any(|(id, _)| wanted(id)) {
        // The list of cases lies with the benchmark, and so does the sentence that names them.
        bench::run(args.case.as_deref().unwrap_or_default(), 1, &device, runner::clock).await?;
    }
    let mut cases = Vec::new();
    for (case, what) in CASES.into_iter().filter(|(id, _)| wanted(id)) {
        let timing = bench::run(case, args.steps, &device, runner::clock).await?;
        cases.push(Timed { case, what, ms_per_step: timing.ms_per_step, steps: args.steps, loss: timing.loss });
    }
    if args.json {
        return print_json(&Report { device: info, cases });
    }
    let rows: Vec<_> = cases
        .iter()
        .map(|t| {
            [t.case.into(), t.what.into(), format!("{:.2}", t.ms_per_step), t.steps.to_string(), t.loss.to_string()]
        })
        .collect();
    print(&format!("{}\n{}", info.name, table(["case", "a step", "ms/step", "steps", "loss"], 2, &rows)))
}
