//! Laws of this lab. What holds for every lab is in `tests/contract.rs`.

use super::*;
use crate::{
    labs::testing::{estimate, now, pull, trained, value},
    schema::Value,
};

fn params(differences: &[(&str, Value)]) -> Params {
    Params::with(differences.iter().map(|(id, value)| (*id, value))).unwrap()
}

#[test]
fn the_default_preset_is_exact_after_reweighting_for_three_seeds() {
    // Twelve pulls within 4: by chance one set of seeds in 1300 fails; these are fixed.
    for seed in 1..=3 {
        let mut lab = trained::<DoubleWellFlow>(&Params::default(), seed);
        let ess = value(&mut lab, "ess", By::Raw);
        assert!(ess > 0.5, "seed {seed}: ESS {ess}");
        for id in ["x2", "x4", "e0", "ln_z"] {
            let (e, exact) = estimate(&mut lab, id, By::Reweighted);
            let (value, error) = (e.value.unwrap(), e.error.unwrap());
            assert!(error < 0.01 * exact.abs(), "seed {seed}: {id} = {value} +- {error} is not known to 1 %");
            assert!((value - exact).abs() < 4.0 * error, "seed {seed}: {id} = {value} +- {error}, exact {exact}");
        }
        // The raw free energy is a bound.
        assert!(pull(&mut lab, "ln_z", By::Raw) < 3.0);
    }
}

#[test]
fn errors_of_the_chain_are_honest() {
    // 100 chains of 3000 updates: the mean pull is known to 0.1, its width to 7 %.
    let params = Params::default();
    for id in ["x2", "x4", "e0"] {
        let pulls: Vec<f64> = (0..100)
            .map(|seed| {
                let mut lab = DoubleWellFlow::open(&params, &Device::flex(), seed).unwrap();
                Lab::chain(&mut lab, 3000).unwrap();
                pull(&mut lab, id, By::Chain)
            })
            .collect();
        let mean = pulls.iter().sum::<f64>() / 100.0;
        let width = (pulls.iter().map(|p| (p - mean).powi(2)).sum::<f64>() / 99.0).sqrt();
        println!("{id}: pulls of 100 chains have mean {mean:.3}, width {width:.3}");
        assert!(mean.abs() < 0.3 && (0.85..1.15).contains(&width), "{id}: mean {mean}, width {width}");
    }
}

#[test]
fn a_collapsed_flow_is_short_by_ln_2_and_its_ess_does_not_tell() {
    let preset = presets::presets().into_iter().find(|p| p.id == "mode_collapse").unwrap();
    let mut lab = trained::<DoubleWellFlow>(&params(&preset.params), 1);
    let right = value(&mut lab, "right_well_fraction", By::Raw);
    assert!(!(0.02..0.98).contains(&right), "both wells are there: {right}");
    let (ln_z, exact) = estimate(&mut lab, "ln_z", By::Reweighted);
    let short = exact - ln_z.value.unwrap();
    assert!((short - std::f64::consts::LN_2).abs() < 0.1, "short by {short}");
    let ess = value(&mut lab, "ess", By::Raw);
    assert!(ess > 0.2, "ESS {ess}");
}

#[test]
fn two_free_fields_keep_both_wells_without_symmetrisation() {
    let preset = presets::presets().into_iter().find(|p| p.id == "both_wells").unwrap();
    let mut lab = trained::<DoubleWellFlow>(&params(&preset.params), 1);
    let right = value(&mut lab, "right_well_fraction", By::Raw);
    assert!((0.4..0.6).contains(&right), "{right}");
    // Paths that tunnel are 1.5 % of all and the model's rarest: its ESS is not known well enough for an error bar.
    let (ln_z, exact) = estimate(&mut lab, "ln_z", By::Reweighted);
    assert!((ln_z.value.unwrap() - exact).abs() < 0.1, "a lost well would be short by 0.69");
}

#[test]
fn symmetrisation_mends_a_collapsed_flow() {
    let mut p = params(&[("f2", 3.0.into()), ("steps", 300.0.into()), ("samples", 8192.0.into())]);
    p.symmetrise = true;
    let mut lab = trained::<DoubleWellFlow>(&p, 1);
    assert!(pull(&mut lab, "right_well_fraction", By::Raw).abs() < 4.0);
    assert!(pull(&mut lab, "ln_z", By::Reweighted).abs() < 4.0);
}

#[test]
fn every_objective_lowers_the_loss_towards_its_floor_and_not_below() {
    for objective in ["reverse_kl", "path_gradient", "forward_kl"] {
        let p = params(&[("objective", objective.into()), ("couplings", 4.0.into()), ("hidden", 16.0.into())]);
        let mut lab = DoubleWellFlow::open(&p, &Device::flex(), 1).unwrap();
        let mut losses = Vec::new();
        for _ in 0..200 {
            now(lab.train_step()).unwrap();
            Lab::chain(&mut lab, 20).unwrap();
            losses.extend(now(lab.losses()).unwrap());
        }
        let floor = if objective == "forward_kl" { lab.exact().ln_z } else { -lab.exact().ln_z };
        let mean = |range: std::ops::Range<usize>| {
            losses[range.clone()].iter().map(|&l| f64::from(l)).sum::<f64>() / range.len() as f64
        };
        let (first, last) = (mean(0..10) - floor, mean(180..200) - floor);
        assert!(last < 0.6 * first && last > -0.05, "{objective}: from {first} to {last} above the floor");
    }
}

#[test]
fn a_diverged_loss_is_named_and_undone() {
    let mut lab = DoubleWellFlow::open(&Params::default(), &Device::flex(), 1).unwrap();
    now(lab.train_step()).unwrap();
    now(lab.losses()).unwrap();
    let before: Vec<f32> = lab.parameters.flat().into_data().try_to_vec().unwrap();
    lab.parameters.set_flat(lab.parameters.flat().mul_scalar(f32::NAN));
    now(lab.train_step()).unwrap();
    let error = now(lab.losses()).unwrap_err();
    assert!(error.to_string().starts_with("the loss is NaN at step 2"), "{error}");
    let after: Vec<f32> = lab.parameters.flat().into_data().try_to_vec().unwrap();
    assert_eq!((before, 1), (after, Lab::step(&lab)));
}

#[test]
fn a_change_of_theory_restarts_the_plan_and_the_chain() {
    let p = params(&[("steps", 10.0.into())]);
    let mut lab = DoubleWellFlow::open(&p, &Device::flex(), 1).unwrap();
    now(lab.train_step()).unwrap();
    let deeper = Params { f2: 2.0, ..p };
    lab.retune(&deeper).unwrap();
    assert_eq!(Lab::plan(&lab).steps, 11);
    assert!((lab.exact().means[PathColumns::X2] - 1.51384).abs() < 1e-5);
    let before = lab.chain_series.rows();
    lab.retune(&Params { learning_rate: 1e-3, ..deeper }).unwrap();
    assert_eq!(lab.chain_series.rows(), before, "a learning rate is no concern of the chain");
}
