//! Estimates against their references: as a table, JSON and CSV.

use std::collections::BTreeMap;

use lattice_lab::{
    lab::{Estimate, Observable, Reference, ReferenceKind, View},
    protocol::{DeviceKind, Seconds},
    schema::Value,
    stats::with_error,
};
use serde::Serialize;

use crate::table::{lined_up, table};

/// What stands where there is nothing.
const NONE: &str = "-";

/// One estimate of one observable with what it is to be compared with.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Row<'a> {
    pub(crate) id: &'static str,
    #[serde(flatten)]
    pub(crate) estimate: &'a Estimate,
    /// What a correct sampler meets.
    pub(crate) reference: Option<&'a Reference>,
    /// What the lattice value tends to.
    pub(crate) continuum: Option<&'a Reference>,
}

/// Every estimate of every observable.
pub(crate) fn rows(observables: &[Observable]) -> Vec<Row<'_>> {
    observables.iter().flat_map(of_one).collect()
}

fn of_one(Observable { id, references, estimates }: &Observable) -> impl Iterator<Item = Row<'_>> {
    let is_continuum = |reference: &&Reference| reference.kind == ReferenceKind::Continuum;
    let reference = references.iter().find(|reference| !is_continuum(reference));
    let continuum = references.iter().find(is_continuum);
    estimates.iter().map(move |estimate| Row { id, estimate, reference, continuum })
}

impl Row<'_> {
    /// Distance from the reference in standard errors of both.
    pub(crate) fn pull(&self) -> Option<f64> {
        let reference = self.reference?;
        let off = self.estimate.value? - reference.value;
        let error = self.estimate.error?.hypot(reference.error);
        Some(if off == 0.0 { 0.0 } else { off / error })
    }

    /// Name of the estimator in JSON and in tables.
    pub(crate) fn estimator(&self) -> String {
        self.estimate.method.map_or_else(|| word(self.estimate.estimator), Into::into)
    }

    /// Value with its error in the last digits.
    pub(crate) fn value(&self) -> String {
        with_error(self.estimate.value.unwrap_or(f64::NAN), self.estimate.error.unwrap_or(f64::NAN))
    }

    /// Value of the reference.
    pub(crate) fn exact(&self) -> String {
        reference_text(self.reference)
    }

    /// The pull in words.
    pub(crate) fn pull_text(&self) -> String {
        self.pull().map_or(NONE.into(), |pull| format!("{pull:+.1}"))
    }
}

/// The name that a unit variant has in JSON.
fn word(variant: impl Serialize) -> String {
    match serde_json::to_value(variant) {
        Ok(serde_json::Value::String(word)) => word,
        _ => NONE.into(),
    }
}

fn reference_text(reference: Option<&Reference>) -> String {
    reference
        .map_or(NONE.into(), |r| if r.error == 0.0 { format!("{:.5}", r.value) } else { with_error(r.value, r.error) })
}

/// The table of a run.
pub(crate) fn text(rows: &[Row<'_>]) -> String {
    let mut before = "";
    let lines: Vec<_> = rows
        .iter()
        .map(|row| {
            let first = if before == row.id { "" } else { row.id };
            before = row.id;
            let tau_int = row.estimate.tau_int.map_or(NONE.into(), |tau| format!("{tau:.2}"));
            let ess = row.estimate.ess.map_or(NONE.into(), |ess| format!("{ess:.0}"));
            let continuum = reference_text(row.continuum);
            [first.into(), row.estimator(), row.value(), tau_int, ess, row.exact(), row.pull_text(), continuum]
        })
        .collect();
    table(["observable", "estimator", "value", "tau_int", "ESS", "exact", "pull", "continuum"], 2, &lines)
}

/// A view that is a table; nothing if it has no rows.
pub(crate) fn view_text(title: &str, view: &View) -> String {
    if view.series.is_empty() {
        return String::new();
    }
    let header: Vec<&str> = std::iter::once("").chain(view.columns.iter().map(String::as_str)).collect();
    let number = |value: f32, error: Option<f32>| match error.filter(|e| e.is_finite() && *e > 0.0) {
        Some(error) => with_error(value.into(), error.into()),
        None if !value.is_finite() => NONE.into(),
        None if value == 0.0 || (1e-2..1e4).contains(&value.abs()) => format!("{value:.4}"),
        None => format!("{value:.2e}"),
    };
    let rows: Vec<Vec<String>> = view
        .series
        .iter()
        .map(|row| {
            let cells = row.y.0.iter().enumerate().map(|(k, &value)| number(value, row.error.0.get(k).copied()));
            std::iter::once(row.name.clone()).chain(cells).collect()
        })
        .collect();
    format!("\n{title}\n{}", lined_up(&header, 1, &rows))
}

/// Heading and lines of the CSV of a view that is a table, errors in columns of their own.
pub(crate) fn view_records(view: &View) -> Vec<Vec<String>> {
    let with_errors = view.series.iter().any(|row| !row.error.0.is_empty());
    let errors = view.columns.iter().map(|column| format!("{column}, error")).filter(|_| with_errors);
    let header = std::iter::once("row".to_string()).chain(view.columns.iter().cloned()).chain(errors).collect();
    let number = |value: f32| if value.is_finite() { value.to_string() } else { String::new() };
    let record = |row: &lattice_lab::lab::Series| {
        let errors =
            (0..view.columns.len()).filter(|_| with_errors).map(|k| row.error.0.get(k).copied().unwrap_or(f32::NAN));
        std::iter::once(row.name.clone()).chain(row.y.0.iter().copied().chain(errors).map(number)).collect()
    };
    std::iter::once(header).chain(view.series.iter().map(record)).collect()
}

/// A loss in few characters, diverging ones too.
pub(crate) fn loss_text(loss: f32) -> String {
    if loss.abs() < 1e6 { format!("loss {loss:.4}") } else { format!("loss {loss:.2e}") }
}

/// What `run --json` prints.
#[derive(Debug, Serialize)]
pub(crate) struct Report<'a> {
    pub(crate) lab: &'static str,
    pub(crate) params: &'a BTreeMap<&'static str, Value>,
    pub(crate) seed: u32,
    pub(crate) device: DeviceKind,
    pub(crate) device_name: &'a str,
    /// Optimiser steps made in all.
    pub(crate) steps: u32,
    /// From opening the lab to the last estimate.
    pub(crate) wall_s: f64,
    /// Of the last step; none if no step was made.
    pub(crate) loss: Option<f32>,
    pub(crate) seconds: Seconds,
    pub(crate) observables: Vec<Row<'a>>,
    /// Views that are tables, by id.
    pub(crate) tables: BTreeMap<&'static str, Table>,
}

/// A view that is a table: heading and rows, numbers `null` where there is none.
#[derive(Debug, Serialize)]
pub(crate) struct Table {
    columns: Vec<String>,
    rows: Vec<TableRow>,
}

#[derive(Debug, Serialize)]
struct TableRow {
    name: String,
    values: Vec<Option<f32>>,
    errors: Vec<Option<f32>>,
}

/// The tables with rows among the views.
pub(crate) fn tables(views: &[View]) -> BTreeMap<&'static str, Table> {
    let numbers = |values: &[f32]| values.iter().map(|&v| Some(v).filter(|v| v.is_finite())).collect();
    let row = |s: &lattice_lab::lab::Series| TableRow {
        name: s.name.clone(),
        values: numbers(&s.y.0),
        errors: numbers(&s.error.0),
    };
    let with_rows = views.iter().filter(|view| !view.columns.is_empty() && !view.series.is_empty());
    with_rows
        .map(|view| (view.id, Table { columns: view.columns.clone(), rows: view.series.iter().map(row).collect() }))
        .collect()
}

/// Columns of the CSV of observables.
pub(crate) const CSV_HEADER: [&str; 11] = [
    "id",
    "estimator",
    "value",
    "error",
    "tau_int",
    "ess",
    "count",
    "reference",
    "reference_error",
    "reference_kind",
    "continuum",
];

/// One line of that CSV; what is not known is empty.
pub(crate) fn csv_record(row: &Row<'_>) -> [String; CSV_HEADER.len()] {
    let number = |value: Option<f64>| value.map_or(String::new(), |v| v.to_string());
    [
        row.id.into(),
        row.estimator(),
        number(row.estimate.value),
        number(row.estimate.error),
        number(row.estimate.tau_int),
        number(row.estimate.ess),
        row.estimate.count.to_string(),
        number(row.reference.map(|r| r.value)),
        number(row.reference.map(|r| r.error)),
        row.reference.map_or(String::new(), |r| word(r.kind)),
        number(row.continuum.map(|r| r.value)),
    ]
}

#[cfg(test)]
mod tests {
    use lattice_lab::lab::Estimator;

    use super::*;

    fn observable(value: Option<f64>, error: Option<f64>) -> Observable {
        let reference = |value, kind| Reference { value, error: 0.0, kind, source: "" };
        Observable {
            id: "x2",
            references: vec![reference(0.5, ReferenceKind::Continuum), reference(0.6, ReferenceKind::Exact)],
            estimates: vec![Estimate {
                estimator: Estimator::Chain,
                method: None,
                value,
                error,
                tau_int: None,
                ess: None,
                count: 3,
            }],
        }
    }

    #[test]
    fn a_pull_is_the_distance_from_the_lattice_value_in_errors() {
        let pull = |value, error| rows(&[observable(value, error)])[0].pull();
        assert!((pull(Some(0.8), Some(0.1)).unwrap() - 2.0).abs() < 1e-12);
        assert_eq!(pull(Some(0.6), Some(0.0)), Some(0.0));
        assert_eq!(pull(Some(0.5), Some(0.0)), Some(f64::NEG_INFINITY));
        assert_eq!((pull(None, Some(0.1)), pull(Some(0.6), None)), (None, None));
    }

    #[test]
    fn what_is_not_known_is_null_empty_or_a_dash() {
        let observables = [observable(None, None)];
        let row = rows(&observables)[0];
        let json = serde_json::to_value(row).unwrap();
        assert_eq!((&json["value"], &json["reference"]["value"]), (&serde_json::Value::Null, &0.6.into()));
        assert_eq!(csv_record(&row)[..4], ["x2", "chain", "", ""]);
        assert!(text(&[row]).ends_with("not resolved        -    -  0.60000     -    0.50000\n"), "{}", text(&[row]));
    }
}
