//! Tables: a row for each method or case, a column for each measure.

use super::{
    Study,
    observables::{COUNT, OBSERVABLES, OF_THE_CURVE, index_of, measure},
    pool::{Column, Summary, median},
    study::{self, Band, CELLS, NOISES, SPECTRA},
    views::of_method,
};
use crate::{
    floats::Floats,
    lab::{Mark, Role, Series},
};

type Lab = super::SpectralFunction;

fn headings<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    names.into_iter().map(Into::into).collect()
}

/// Column numbers, for `x`.
fn columns(count: usize) -> Floats {
    (0..count).map(|k| k as f64).collect()
}

/// The observables of each method as they are on the screen; the truth in the last row.
pub fn methods(lab: &Lab) -> (Vec<Series>, Vec<String>) {
    let points = lab.scene.problem.points.len();
    let truth = lab.scene.truth.as_deref();
    let replicas = lab.params.study == Study::Replicas;
    let mut rows = Vec::new();
    for (method, fit, column) in lab.answers() {
        let (values, regulator) = match fit {
            Some(fit) => (measure(&lab.grid, fit.rho.as_slice(), truth, fit.chi2, points), fit.regulator),
            None => ([f64::NAN; COUNT], f64::NAN),
        };
        let error = |k: usize| column.spread(k).filter(|_| replicas).unwrap_or(f64::NAN);
        let row = of_method(method, Mark::Dots, columns(COUNT + 1), values.into_iter().chain([regulator]).collect());
        rows.push(Series { error: (0..COUNT).map(error).chain([f64::NAN]).collect(), ..row });
    }
    if let Some(truth) = truth {
        let values = measure(&lab.grid, truth, None, f64::NAN, points).into_iter().take(OF_THE_CURVE);
        let values = values.chain(std::iter::repeat_n(f64::NAN, COUNT + 1 - OF_THE_CURVE));
        rows.push(Series::new("truth", Role::Truth, Mark::Dots, columns(COUNT + 1), values.collect()));
    }
    (rows, headings(OBSERVABLES.iter().map(|o| o.label).chain(["regulator"])))
}

/// The reconstructions of one cell of the benchmark.
fn of_cell(column: &Column, cell: usize) -> impl Iterator<Item = &Summary> {
    column.0.iter().skip(cell).step_by(CELLS).flatten()
}

const MEASURES: [&str; 5] = ["kl", "chi2_per_point", "slope_at_zero", "peak_position", "peak_height"];

/// Medians over the draws of each cell.
pub fn benchmark(lab: &Lab) -> (Vec<Series>, Vec<String>) {
    let heads = ["noise", "MSE", "MSE best", "MSE worst"].into_iter();
    let labels = MEASURES.iter().map(|id| OBSERVABLES[index_of(id)].label);
    let heads = headings(heads.chain(labels).chain(["second peak seen", "draws"]));
    let mut rows = Vec::new();
    if lab.params.study != Study::Benchmark {
        return (rows, heads);
    }
    for cell in 0..CELLS {
        let (spectrum, noise) = study::cell(cell);
        for (method, _, column) in lab.answers() {
            let of = |id: &str| {
                let k = index_of(id);
                median(of_cell(column, cell).map(move |s| s.measured[k]))
            };
            let Some((mse, best, worst)) = of("mse") else { continue };
            let draws = of_cell(column, cell).count() as f64;
            let second = index_of("second_peak");
            let seen = of_cell(column, cell).filter(|s| s.measured[second].is_finite()).count() as f64 / draws;
            let values = [NOISES[noise], mse, best, worst].into_iter();
            let others = MEASURES.iter().map(|id| of(id).map_or(f64::NAN, |(middle, ..)| middle));
            let values: Floats = values.chain(others).chain([seen, draws]).collect();
            let mut row = of_method(method, Mark::Dots, columns(heads.len()), values);
            row.name = format!("{}, {:.0e}, {}", SPECTRA[spectrum].1, NOISES[noise], row.name);
            rows.push(row);
        }
    }
    (rows, heads)
}

/// Median mean square error against noise; the bar reaches to the further of best and worst draw on a logarithmic scale.
pub fn benchmark_figure(lab: &Lab) -> Vec<Series> {
    let mut series = Vec::new();
    if lab.params.study != Study::Benchmark {
        return series;
    }
    let mse = index_of("mse");
    for spectrum in (0..SPECTRA.len()).rev() {
        for (method, _, column) in lab.answers() {
            let points: Vec<_> = (0..NOISES.len())
                .filter_map(|noise| {
                    let cell = spectrum * NOISES.len() + noise;
                    let (middle, low, high) = median(of_cell(column, cell).map(|s| s.measured[mse]))?;
                    Some((NOISES[noise], middle, 0.5 * (high - low)))
                })
                .collect();
            if points.is_empty() {
                continue;
            }
            let part = |f: &dyn Fn(&(f64, f64, f64)) -> f64| points.iter().map(f).collect::<Floats>();
            for mark in [Mark::Line, Mark::Dots] {
                let mut one = of_method(method, mark, part(&|p| p.0), part(&|p| p.1));
                one.name = format!("{}, {}", one.name, SPECTRA[spectrum].1);
                if mark == Mark::Dots {
                    one.error = part(&|p| p.2);
                }
                series.push(one);
            }
        }
    }
    series
}

/// How often one standard deviation of a normal distribution covers its mean.
const HONEST: f64 = 0.6827;

/// Coverage of each method's bands, and a sentence where they are too narrow.
pub fn coverage(lab: &Lab) -> (Vec<Series>, Vec<String>) {
    let heads = headings(["coverage (honest: 0.68)", "half-width of the band", "distance from the truth", "draws"]);
    let mut rows = Vec::new();
    let Some(truth) = lab.scene.truth.as_deref().filter(|_| lab.params.study == Study::Coverage) else {
        return (rows, heads);
    };
    for (method, _, column) in lab.answers() {
        for (whose, which) in [(Band::Replicas, ""), (Band::Own, ", its own posterior")] {
            let Some(covered) = study::coverage(column, truth, whose) else { continue };
            let values = [covered.mean.0, covered.width, covered.distance, covered.draws as f64];
            let mut row = of_method(method, Mark::Dots, columns(4), values.into_iter().collect());
            row.name += which;
            // By more than chance.
            if covered.mean.0 + 2.0 * covered.mean.1 < HONEST {
                row.name += ": its bands are too narrow";
            }
            let error = [covered.mean.1, f64::NAN, f64::NAN, f64::NAN].into_iter().collect();
            rows.push(Series { error, ..row });
        }
    }
    (rows, heads)
}
