//! Laws of the lab.

use burn::tensor::Device;

use super::*;
use crate::{labs::testing::now, schema::Value};

fn open(changes: &[(&str, Value)]) -> SpectralFunction {
    let params = Params::with(changes.iter().map(|(id, value)| (*id, value))).unwrap();
    SpectralFunction::open(&params, &Device::flex(), 1).unwrap()
}

fn classical(methods: &str, more: &[(&str, Value)]) -> SpectralFunction {
    open(&[&[("methods", methods.into())], more].concat())
}

#[test]
fn the_same_noise_is_drawn_at_every_level() {
    let pulls = |noise: f64| {
        let lab = classical("tsvd", &[("noise", noise.into())]);
        let exact = lab.scene.exact().unwrap();
        (&lab.scene.measured.values - exact).component_div(&lab.scene.measured.sigmas())
    };
    assert!((pulls(1e-2) - pulls(1e-4)).amax() < 1e-6);
    let other = classical("tsvd", &[("draw", 2.0.into())]);
    let first = classical("tsvd", &[]);
    assert_ne!(other.scene.measured.values, first.scene.measured.values);
}

#[test]
fn a_hand_draws_between_its_points_and_leaves_the_rest() {
    let mut lab = classical("tsvd", &[]);
    let before = lab.scene.truth.clone().unwrap();
    lab.touch("draw", &[4.0, 0.0, 6.0, 1.0]).unwrap();
    let after = lab.scene.truth.clone().unwrap();
    assert_eq!(lab.params.shape, Shape::Drawn);
    for (i, w) in lab.grid.omega.iter().enumerate() {
        let expected = if (3.99..6.01).contains(w) { 0.5 * (w - 4.0) } else { before[i] };
        assert!((after[i] - expected).abs() < 1e-9, "{w}: {} {expected}", after[i]);
    }
    // Backwards is the same line.
    lab.touch("draw", &[6.0, 1.0, 4.0, 0.0]).unwrap();
    assert!(lab.scene.truth.as_ref().unwrap().iter().zip(&after).all(|(a, b)| (a - b).abs() < 1e-9));
    for (bad, said) in [(vec![1.0], "not pairs"), (vec![1.0, f64::NAN], "not finite"), (vec![0.0, 2e6], "a million")] {
        assert!(lab.touch("draw", &bad).unwrap_err().to_string().contains(said));
    }
    assert!(lab.touch("paint", &[]).unwrap_err().to_string().contains("unknown gesture"));
}

#[test]
fn choosing_drawn_goes_on_from_what_is_shown_and_travels_in_the_snapshot() {
    let mut lab = classical("tsvd", &[("shape", "double_peak".into())]);
    let shown = lab.scene.truth.clone();
    crate::lab::AnyLab::set(&mut lab, "shape", &"drawn".into()).unwrap();
    assert_eq!(lab.scene.truth, shown);
    lab.touch("draw", &[1.0, 0.3, 2.0, 0.3]).unwrap();
    let loaded = SpectralFunction::load(&now(lab.save()).unwrap(), &Device::flex()).unwrap();
    assert_eq!(loaded.scene.truth, lab.scene.truth);
    assert_eq!(loaded.scene.measured.values, lab.scene.measured.values);
}

#[test]
fn a_correlator_from_a_file_replaces_the_mock_data_and_knows_no_truth() {
    let mut lab = classical("tikhonov,mem_historic", &[]);
    let text: String = (0..12)
        .map(|j| {
            let p = 0.5 * f64::from(j) + 0.1;
            format!("{p}, {}, {}\n", 1.0 / (4.0 + (p + 0.5).powi(2)), 1e-3)
        })
        .collect();
    lab.load_data("mine.csv", text.as_bytes()).unwrap();
    assert!(lab.given.is_some());
    assert!(lab.scene.truth.is_none());
    let observables = Lab::observables(&mut lab);
    assert!(observables.iter().all(|o| o.references.is_empty()));
    let value = |id: &str| observables.iter().find(|o| o.id == id).unwrap().estimates[1].value;
    assert!((value("peak_position").unwrap() - 2.0).abs() < 0.7);
    assert_eq!(value("mse"), None);
    let loaded = SpectralFunction::load(&now(lab.save()).unwrap(), &Device::flex()).unwrap();
    assert!((&loaded.scene.measured.values - &lab.scene.measured.values).amax() < 1e-15);
    // A bad file changes nothing.
    let before = lab.scene.measured.values.clone();
    assert!(lab.load_data("bad.csv", b"1,2,0\n2,1,1\n").unwrap_err().to_string().contains("bad.csv: line 1"));
    assert_eq!(before, lab.scene.measured.values);
    assert!(
        crate::lab::AnyLab::set(&mut lab, "study", &"coverage".into())
            .unwrap_err()
            .to_string()
            .contains("needs a known truth")
    );
    assert_eq!(lab.params.study, Study::Replicas);
}

#[test]
fn asking_for_other_mock_data_leaves_the_file_and_another_kernel_does_not() {
    let mut lab = classical("tikhonov", &[]);
    lab.load_data("mine.csv", b"0.5,0.2,0.001\n1.5,0.12,0.001\n4,0.04,0.001\n").unwrap();
    crate::lab::AnyLab::set(&mut lab, "kernel", &"exponential".into()).unwrap();
    assert!(lab.given.is_some() && lab.scene.truth.is_none());
    crate::lab::AnyLab::set(&mut lab, "noise", &0.01.into()).unwrap();
    assert!(lab.given.is_none() && lab.scene.truth.is_some());
}

#[test]
fn methods_are_named_and_known() {
    let set = |text: &str| Params::with([("methods", &text.into())]).map(|p| p.methods.0.len());
    assert_eq!(set("mem_historic,tsvd"), Ok(2));
    assert!(set("").unwrap_err().to_string().contains("names none"));
    assert!(set("mem").unwrap_err().to_string().contains("names `mem`, which is none of tsvd"));
    assert!(
        SpectralFunction::open(&Params::with([("methods", &"tsvd,tsvd".into())]).unwrap(), &Device::flex(), 1).is_err()
    );
    for (nth, method) in Method::ALL.into_iter().enumerate() {
        assert_eq!(method as usize, nth);
    }
}

/// Replica bands are made around the data, not the truth; they should be as wide as the scatter over draws.
#[test]
fn replicas_scatter_as_draws_do() {
    let mut lab = classical("tikhonov", &[("samples", 60.0.into())]);
    Lab::chain(&mut lab, 60).unwrap();
    let replicas = lab.columns[0].spread(observables::index_of("area")).unwrap();
    let areas: Vec<f64> = (1..=60)
        .map(|draw| {
            let mut lab = classical("tikhonov", &[("draw", f64::from(draw).into())]);
            Lab::observables(&mut lab).iter().find(|o| o.id == "area").unwrap().estimates[0].value.unwrap()
        })
        .collect();
    let draws = pool::half_width(areas).unwrap();
    // Two widths from 60 values each differ by about 20 % at one sigma: a factor 1.8 is three of them.
    assert!((replicas / draws).ln().abs() < 0.6, "{replicas} {draws}");
}

#[test]
fn the_benchmark_walks_through_its_cells() {
    let mut lab = classical("tsvd", &[("study", "benchmark".into()), ("draws", 2.0.into())]);
    assert_eq!(Lab::plan(&lab).samples as usize, 12);
    now(Lab::sample(&mut lab, 12)).unwrap();
    let view = now(Lab::view(&mut lab, "benchmark")).unwrap();
    assert_eq!(view.series.len(), study::CELLS);
    assert!(view.series.iter().all(|row| row.y.0.len() == view.columns.len() && row.y.0.last() == Some(&2.0)));
    assert!(!now(Lab::view(&mut lab, "benchmark_figure")).unwrap().series.is_empty());
}

#[test]
fn coverage_is_measured_over_draws() {
    let mut lab = classical("gaussian_process", &[("study", "coverage".into()), ("draws", 4.0.into())]);
    let units = Lab::plan(&lab).samples as usize;
    now(Lab::sample(&mut lab, units)).unwrap();
    let table = now(Lab::view(&mut lab, "coverage")).unwrap();
    let row = &table.series[0].y.0;
    assert!((0.0..=1.0).contains(&row[0]) && row[1] > 0.0 && row[2] > 0.0 && row[3] == 4.0, "{row:?}");
    let curve = now(Lab::view(&mut lab, "coverage_curve")).unwrap();
    assert!(curve.series[0].y.0.iter().all(|v| (0.0..=1.0).contains(v)));
}

/// "Three spectra, one correlator": all fit, and no two are alike.
#[test]
fn equally_good_spectra_fit_and_differ() {
    let mut lab = classical("mem_historic", &[]);
    let view = now(Lab::view(&mut lab, "equally_good")).unwrap();
    assert_eq!(view.series.len(), 4);
    let curves: Vec<Vec<f64>> = view.series.iter().map(|s| s.y.0.iter().map(|&v| f64::from(v)).collect()).collect();
    let points = lab.scene.whitened.points() as f64;
    for (i, curve) in curves.iter().enumerate().skip(1) {
        let chi2 = lab.scene.whitened.chi2(&nalgebra::DVector::from_column_slice(curve));
        assert!((0.7..1.3).contains(&(chi2 / points)), "{}: {chi2}", view.series[i].name);
        assert!(curve.iter().all(|&v| v >= 0.0));
        let apart = metrics::integrated_deviation(curve, &curves[0]);
        assert!(apart > 0.3, "{}: {apart}", view.series[i].name);
    }
}
