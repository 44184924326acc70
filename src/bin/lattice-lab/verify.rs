//! `verify`: every estimator that promises the exact answer, against it.

use lattice_lab::{
    lab::{Estimator, ReferenceKind},
    labs::LABS,
};

use crate::{
    args::{ModelArgs, VerifyArgs},
    failure::Failure,
    print, report,
    runner::{Progress, Runner},
    table::table,
};

/// Largest distance from an exact value, in standard errors: of a hundred right estimates one is further off in 160 seeds.
const LIMIT: f64 = 4.0;
/// Chain updates besides those of the training, so that the chain's errors are known well enough to count in.
const UPDATES: u32 = 20_000;

/// Runs the default preset of every lab and prints the table.
pub(crate) async fn verify(args: &VerifyArgs) -> Result<(), Failure> {
    let mut lines = Vec::new();
    let mut pulls = Vec::new();
    for lab in LABS {
        let model = ModelArgs {
            lab: lab.id.into(),
            preset: None,
            set: Vec::new(),
            steps: None,
            samples: None,
            chain: Some(UPDATES),
            untrained: false,
            seed: Some(args.seed),
            device: args.device.clone(),
        };
        let progress = Progress { shown: true, prefix: format!("{}  ", lab.id) };
        let mut runner = Runner::open(&model, &[], progress).await?;
        runner.run(&model).await?;
        let observables = runner.frame(false).await?.observables;
        for row in report::rows(&observables) {
            // Raw model samples are as biased as the model, data as their protocol, reconstructions as their regulator: they
            // promise nothing.
            let promises = !matches!(row.estimate.estimator, Estimator::Raw | Estimator::Data | Estimator::Method);
            let known = |kind| matches!(kind, ReferenceKind::Exact | ReferenceKind::Chain);
            if !promises || row.reference.is_none_or(|reference| !known(reference.kind)) {
                continue;
            }
            pulls.extend(row.pull().map(f64::abs));
            lines.push([lab.id.into(), row.id.into(), row.estimator(), row.value(), row.exact(), row.pull_text()]);
        }
    }
    print(&table(["lab", "observable", "estimator", "value", "exact", "pull"], 3, &lines))?;
    let count = pulls.len();
    let off = pulls.iter().filter(|&&pull| pull > LIMIT).count();
    let largest = pulls.into_iter().fold(0.0, f64::max);
    if off > 0 {
        return Err(Failure::other(format!("{off} of {count} estimates are more than {LIMIT} standard errors off")));
    }
    print(&format!("\n{count} estimates, the furthest {largest:.1} standard errors off: all within {LIMIT}\n"))
}
