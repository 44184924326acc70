//! `run`: one lab from opening to estimates.

use std::{fs, path::Path};

use lattice_lab::{lab::Estimator, schema::ViewKind};

use crate::{
    args::RunArgs,
    failure::Failure,
    files, print, print_json,
    report::{self, Report},
    runner::{self, Progress, Runner},
};

/// Trains, samples, measures; prints and writes what was asked for.
pub(crate) async fn run(args: &RunArgs) -> Result<(), Failure> {
    // What cannot be written is said now rather than after the training.
    if let Some(folder) = &args.out {
        fs::create_dir_all(folder).map_err(Failure::file("create the folder", folder))?;
    }
    if let Some(path) = &args.save {
        check_writable(path)?;
    }
    let start = runner::clock();
    let progress = Progress { shown: !args.json, prefix: String::new() };
    let mut runner = match &args.load {
        Some(path) => Runner::load(&args.model, path, progress).await?,
        None => Runner::open(&args.model, &[], progress).await?,
    };
    if let Some(path) = &args.data {
        runner.load_data(path).await?;
    }
    runner.run(&args.model).await?;
    let frame = runner.frame(args.out.is_some()).await?;
    let wall_s = runner::clock() - start;
    if let Some(path) = &args.save {
        runner.save(path).await?;
    }
    let samples = runner.samples().await?;
    let report = Report {
        lab: runner.lab().id,
        params: runner.params(),
        seed: runner.seed(),
        device: runner.device().kind,
        device_name: &runner.device().name,
        steps: runner.step(),
        wall_s,
        loss: runner.losses().last().map(|(_, loss)| loss),
        seconds: frame.seconds,
        observables: report::rows(&frame.observables),
        tables: report::tables(&frame.views),
    };
    if let Some(folder) = &args.out {
        files::write(folder, &report, &runner, &frame.views, &samples)?;
    }
    if args.json {
        return print_json(&report);
    }
    print(&text(&report, &runner, samples.shape[0]))?;
    for spec in runner.lab().views.iter().filter(|spec| spec.kind == ViewKind::Table) {
        if let Some(view) = frame.views.iter().find(|view| view.id == spec.id) {
            print(&report::view_text(spec.title, view))?;
        }
    }
    Ok(())
}

fn check_writable(path: &Path) -> Result<(), Failure> {
    let existed = path.exists();
    fs::OpenOptions::new().append(true).create(true).open(path).map_err(Failure::file("write", path))?;
    if !existed {
        fs::remove_file(path).map_err(Failure::file("write", path))?;
    }
    Ok(())
}

fn text(report: &Report<'_>, runner: &Runner, samples: usize) -> String {
    let measured = report
        .observables
        .iter()
        .filter(|row| row.estimate.estimator == Estimator::Chain)
        .map(|row| row.estimate.count);
    let measured = measured.max().unwrap_or(0);
    let made = runner.losses().count();
    let loss = report.loss.map_or(String::new(), |loss| format!(", {}", report::loss_text(loss)));
    let seconds = report.seconds;
    let per_step = if made > 0 { 1e3 * seconds.train / made as f64 } else { 0.0 };
    format!(
        "{}, seed {}, {}: {} steps{loss}\n\n{}\n\
         train    {:8.2} s  {made} steps, {per_step:.2} ms/step\n\
         chain    {:8.2} s  {measured} measurements\n\
         sampling {:8.2} s  {samples} samples\n\
         in all   {:8.2} s\n",
        runner.lab().title,
        report.seed,
        report.device_name,
        report.steps,
        report::text(&report.observables),
        seconds.train,
        seconds.chain,
        seconds.sample,
        report.wall_s,
    )
}
