//! What `run --out` writes.

use std::{fs, io, path::Path};

use lattice_lab::{
    lab::{Mark, Role, Series, View},
    schema::ViewKind,
};
use npyz::{WriterBuilder as _, npz::NpzWriter};
use serde_json::json;

use crate::{
    failure::Failure,
    plot,
    report::{self, CSV_HEADER, Report, csv_record},
    runner::{Runner, Samples},
};

/// The view that the driver's losses belong to: a lab draws only the floor.
const LOSS: &str = "loss";

/// Writes samples, observables, losses, parameters and a picture of each view into `folder`.
pub(crate) fn write(
    folder: &Path,
    report: &Report<'_>,
    runner: &Runner,
    views: &[View],
    samples: &Samples,
) -> Result<(), Failure> {
    let path = folder.join("samples.npz");
    write_npz(&path, samples).map_err(Failure::file("write", &path))?;

    let observables = report.observables.iter().map(csv_record);
    write_csv(&folder.join("observables.csv"), &CSV_HEADER, observables)?;
    let losses = runner.losses().map(|(step, loss)| [step.to_string(), loss.to_string()]);
    write_csv(&folder.join("loss.csv"), &["step", "loss"], losses)?;

    let path = folder.join("params.json");
    let Report { lab, params, seed, device, steps, .. } = report;
    let params = json!({ "lab": lab, "params": params, "seed": seed, "device": device, "steps": steps });
    fs::write(&path, format!("{params:#}\n")).map_err(Failure::file("write", &path))?;

    for spec in &runner.lab().views {
        let Some(mut view) = views.iter().find(|view| view.id == spec.id).cloned() else { continue };
        if spec.id == LOSS {
            view.series.insert(0, loss_curve(runner));
        }
        if spec.kind == ViewKind::Table {
            write_records(&folder.join(format!("{}.csv", spec.id)), report::view_records(&view))?;
            continue;
        }
        let path = folder.join(format!("{}.svg", spec.id));
        let svg =
            plot::svg(spec, &view).map_err(|reason| Failure::other(format!("cannot draw {}: {reason}", spec.id)))?;
        fs::write(&path, svg).map_err(Failure::file("write", &path))?;
    }
    Ok(())
}

fn loss_curve(runner: &Runner) -> Series {
    let (x, y): (Vec<f32>, Vec<f32>) = runner.losses().map(|(step, loss)| (step as f32, loss)).unzip();
    Series::new("loss", Role::Model, Mark::Line, x.into(), y.into())
}

/// For `numpy.load`: `samples` `[count, sites...]`, and of each its `log_q` and `action`; the weight is
/// `exp(-action - log_q)`. A model that does not know its density has no `log_q`.
fn write_npz(path: &Path, samples: &Samples) -> io::Result<()> {
    let mut file = NpzWriter::create(path)?;
    let shape: Vec<u64> = samples.shape.iter().map(|&n| n as u64).collect();
    let mut array = file.array("samples", Default::default())?.default_dtype().shape(&shape).begin_nd()?;
    array.extend(samples.values.iter().copied())?;
    array.finish()?;
    for (name, values) in [("log_q", &samples.log_q), ("action", &samples.action)] {
        if values.is_empty() {
            continue;
        }
        let mut array = file.array(name, Default::default())?.default_dtype().shape(&shape[..1]).begin_nd()?;
        array.extend(values.iter().copied())?;
        array.finish()?;
    }
    file.zip_writer().finish()?;
    Ok(())
}

fn write_csv<const N: usize>(
    path: &Path,
    header: &[&str; N],
    records: impl Iterator<Item = [String; N]>,
) -> Result<(), Failure> {
    write_records(path, std::iter::once(header.map(Into::into)).chain(records))
}

fn write_records(path: &Path, records: impl IntoIterator<Item = impl AsRef<[String]>>) -> Result<(), Failure> {
    let write = || -> csv::Result<()> {
        let mut writer = csv::Writer::from_path(path)?;
        for record in records {
            writer.write_record(record.as_ref())?;
        }
        Ok(writer.flush()?)
    };
    write().map_err(Failure::file("write", path))
}
