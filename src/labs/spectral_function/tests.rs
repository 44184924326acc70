//! Laws of the lab.

use burn::tensor::Device;

use super::*;
use crate::{
    inverse::Kernel,
    labs::testing::now,
    schema::{Kind, Value},
};

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
    assert!(lab.given.is_none() && lab.scene.truth.is_some() && Lab::given(&lab).is_none());
}

/// The correlator of one peak as a file, over places that `place` counts.
fn file_of(kernel: Kernel, temperature: f64, place: impl Fn(usize) -> f64) -> String {
    let grid = Params::default().grid();
    let problem = crate::inverse::Problem::new(kernel, temperature, grid.clone(), (0..12).map(&place).collect());
    let truth = Shape::Gaussian.on(&grid, Params::default().peaks());
    let exact = problem.forward(&nalgebra::DVector::from_vec(truth));
    exact.iter().enumerate().map(|(j, d)| format!("{}, {d}, {}\n", place(j), 1e-3 * d)).collect()
}

#[test]
fn every_parameter_of_mock_data_rests_while_a_file_is_there_and_no_other() {
    let lab = || {
        let mut lab = classical("tikhonov", &[]);
        lab.load_data("mine.csv", b"0.5,0.2,0.001\n1.5,0.12,0.001\n4,0.04,0.001\n").unwrap();
        lab
    };
    let given = Lab::given(&lab()).unwrap();
    assert_eq!((given.name.as_str(), given.doubt), ("mine.csv", None));
    assert!(Lab::given(&classical("tikhonov", &[])).is_none());
    for spec in Params::specs().iter().filter(|spec| spec.stage == crate::schema::Stage::Live) {
        let other = match &spec.kind {
            Kind::Int { min, step, .. } => min + step,
            Kind::Float { min, max, .. } => 0.5 * (min + max),
            _ => continue,
        };
        let mut lab = lab();
        crate::lab::AnyLab::set(&mut lab, spec.id, &other.into()).unwrap();
        assert_eq!(lab.given.is_none(), given.idle.contains(&spec.id), "{}", spec.id);
    }
}

#[test]
fn a_kernel_that_cannot_have_given_the_data_of_a_file_is_doubted_in_a_sentence() {
    let mut lab = classical("tikhonov", &[]);
    let times = |j: usize| 0.5 * (j + 1) as f64;
    lab.load_data("times.csv", file_of(Kernel::Exponential, 0.1, times).as_bytes()).unwrap();
    let doubt = Lab::given(&lab).unwrap().doubt.unwrap();
    assert!(doubt.starts_with("With the kernel “Källén-Lehmann, momenta” no spectral function"), "{doubt}");
    assert!(
        doubt.contains("with “exponential, zero temperature”") && doubt.contains("at the knob “kernel”"),
        "{doubt}"
    );
    crate::lab::AnyLab::set(&mut lab, "kernel", &"exponential".into()).unwrap();
    assert_eq!(Lab::given(&lab).unwrap().doubt, None);
    // A snapshot doubts as the lab did.
    crate::lab::AnyLab::set(&mut lab, "kernel", &"kallen_lehmann".into()).unwrap();
    let loaded = SpectralFunction::load(&now(lab.save()).unwrap(), &Device::flex()).unwrap();
    assert_eq!(Lab::given(&loaded), Lab::given(&lab));
    assert!(Lab::given(&loaded).unwrap().doubt.is_some());

    // What rises is nobody's, what has the right kernel is not doubted.
    lab.load_data("rising.csv", b"1,1,0.01\n2,2,0.01\n3,3,0.01\n4,5,0.01\n5,8,0.01\n").unwrap();
    let doubt = Lab::given(&lab).unwrap().doubt.unwrap();
    assert!(doubt.contains("nor does it with another kernel") && doubt.contains("rising.csv"), "{doubt}");
    lab.load_data("momenta.csv", file_of(Kernel::KallenLehmann, 0.1, |j| 1.5 * j as f64).as_bytes()).unwrap();
    assert_eq!(Lab::given(&lab).unwrap().doubt, None);
}

#[test]
fn times_beyond_the_inverse_temperature_are_refused_with_the_temperature_that_would_do() {
    let mut lab = classical("tikhonov", &[("kernel", "thermal".into()), ("temperature", 0.25.into())]);
    let times = |j: usize| 0.5 * (j + 1) as f64;
    let file = file_of(Kernel::Thermal, 1.0 / 6.5, times);
    let refused = lab.load_data("times.csv", file.as_bytes()).unwrap_err();
    assert_eq!(refused.param(), Some("temperature"));
    assert!(
        refused.to_string().contains("1/T = 4")
            && refused.to_string().contains("times.csv go to 6: it can be at most 1/6"),
        "{refused}"
    );
    assert!(lab.given.is_none() && lab.scene.truth.is_some());
    crate::lab::AnyLab::set(&mut lab, "temperature", &(1.0 / 6.5).into()).unwrap();
    lab.load_data("times.csv", file.as_bytes()).unwrap();
    assert_eq!(Lab::given(&lab).unwrap().doubt, None);
    // It may be in range and not the right one.
    crate::lab::AnyLab::set(&mut lab, "temperature", &0.05.into()).unwrap();
    assert!(Lab::given(&lab).unwrap().doubt.is_some());
    assert!(crate::lab::AnyLab::set(&mut lab, "temperature", &0.3.into()).is_err());
    assert_eq!((lab.params.temperature, lab.given.is_some()), (0.05, true));
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
    // The posterior has a row of its own, about the same answers.
    assert_eq!((table.series.len(), table.series[1].y.0[2], table.series[1].y.0[3]), (2, row[2], 4.0));
    assert!(
        table.series[0].name.starts_with("Gaussian process")
            && table.series[1].name.starts_with("Gaussian process, its own posterior")
    );
    let truth = lab.scene.truth.clone().unwrap();
    let own = study::coverage(&lab.columns[0], &truth, study::Band::Own).unwrap();
    assert_eq!(f64::from(table.series[1].y.0[1]), f64::from(own.width as f32));
    // Its first draw by hand: the posterior is that of the fit to the draw's own data.
    let scene = study::scene(&lab.params, &lab.scene, 0, lab.seed, None);
    let fit = solve(Method::GaussianProcess, &scene.whitened, &lab.settings()).unwrap();
    let kept = lab.columns[0].0[0].as_ref().unwrap().band.clone().unwrap();
    assert!(kept.iter().zip(fit.band.unwrap().iter()).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-6 * b.max(1e-3)));
    // Methods without a band of their own have no such row.
    let mut other = classical("tikhonov", &[("study", "coverage".into()), ("draws", 2.0.into())]);
    now(Lab::sample(&mut other, 34)).unwrap();
    assert_eq!(now(Lab::view(&mut other, "coverage")).unwrap().series.len(), 1);
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
