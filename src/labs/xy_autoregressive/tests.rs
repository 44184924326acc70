//! Laws of this lab. What holds for every lab is in `tests/contract.rs`.

use super::*;
use crate::{
    action::SpinModel,
    labs::testing::{estimate, now, pull, trained, value},
    lattice::Square,
    mcmc::spins::Recipe,
    schema::{Kind, Stage, Value},
};

fn params(differences: &[(&str, Value)]) -> Params {
    Params::with(differences.iter().map(|(id, value)| (*id, value))).unwrap()
}

fn opened(params: &Params, seed: u64) -> XyAutoregressive {
    XyAutoregressive::open(params, &Device::flex(), seed).unwrap()
}

#[test]
fn the_default_preset_meets_the_exact_answers_for_three_seeds() {
    // Eighteen pulls within four: by chance one set of seeds in 900 fails; these are fixed.
    for seed in 1..=3 {
        let mut lab = trained::<XyAutoregressive>(&Params::default(), seed);
        let ess = value(&mut lab, "ess", By::Raw);
        assert!(ess > 0.85, "seed {seed}: ESS {ess}");
        for id in ["energy", "specific_heat", "free_energy", "entropy", "helicity_modulus"] {
            let pull = pull(&mut lab, id, By::Reweighted);
            assert!(pull.abs() < 4.0, "seed {seed}: {id} is {pull} standard errors off");
        }
        let pull_of_chain = pull(&mut lab, "energy", By::Chain);
        assert!(pull_of_chain.abs() < 4.0, "seed {seed}: the chain is {pull_of_chain} standard errors off");
        let (energy, _) = estimate(&mut lab, "energy", By::Reweighted);
        assert!(energy.error.unwrap() < 0.003 * 1.4117);
        // The variational free energy is a bound, and close.
        let (bound, exact) = estimate(&mut lab, "free_energy", By::Raw);
        let above = bound.value.unwrap() - exact;
        assert!(above > 0.0 && above < 0.01 * 0.665_47, "seed {seed}: {above} above the exact free energy");
    }
}

#[test]
fn discrete_spins_meet_kaufman() {
    // Three pulls within four: by chance one seed in 5000 fails.
    let p = params(&[("model", "ising".into()), ("beta", 0.44.into()), ("lattice_size", 6.0.into())]);
    let mut lab = trained::<XyAutoregressive>(&p, 1);
    assert!(value(&mut lab, "ess", By::Raw) > 0.7);
    for id in ["energy", "specific_heat", "free_energy"] {
        let pull = pull(&mut lab, id, By::Reweighted);
        assert!(pull.abs() < 4.0, "{id} is {pull} standard errors off");
    }
    let vortices = lab.observables().into_iter().find(|o| o.id == "vortex_density").unwrap();
    assert!(vortices.estimates.is_empty(), "Ising spins have none");
}

#[test]
fn the_published_network_learns_too_and_the_frontier_learns_faster() {
    let published = params(&[
        ("network", "masked_conv".into()),
        ("family", "beta".into()),
        ("annealing", 0.97.into()),
        ("learning_rate", 5e-3.into()),
        ("steps", 300.0.into()),
    ]);
    let mut lab = trained::<XyAutoregressive>(&published, 1);
    let (bound, exact) = estimate(&mut lab, "free_energy_published", By::Raw);
    let above = bound.value.unwrap() - exact;
    assert!(above > 0.0 && above < 0.2, "{above} above the exact free energy");
    let mut frontier = trained::<XyAutoregressive>(&params(&[("steps", 100.0.into())]), 1);
    assert!(value(&mut frontier, "ess", By::Raw) > 2.0 * value(&mut lab, "ess", By::Raw));
}

#[test]
fn likelihood_on_the_chain_reaches_the_same_density() {
    let p = params(&[("objective", "forward_kl".into()), ("steps", 300.0.into()), ("chain_per_step", 50.0.into())]);
    let mut lab = trained::<XyAutoregressive>(&p, 1);
    assert!(value(&mut lab, "ess", By::Raw) > 0.7, "{}", value(&mut lab, "ess", By::Raw));
    assert!(pull(&mut lab, "free_energy", By::Reweighted).abs() < 4.0);
}

#[test]
fn one_network_serves_a_range_and_another_only_its_own_temperature() {
    let range = params(&[("temperatures", "range".into()), ("steps", 300.0.into()), ("samples", 4096.0.into())]);
    let mut lab = trained::<XyAutoregressive>(&range, 1);
    for beta in [0.6, 1.0, 1.4] {
        lab.retune(&Params { beta, ..range.clone() }).unwrap();
        now(lab.sample(4096)).unwrap();
        let ess = value(&mut lab, "ess", By::Raw);
        assert!(ess > 0.8, "beta = {beta}: ESS {ess}");
        assert!(pull(&mut lab, "free_energy", By::Reweighted).abs() < 4.0);
    }
    let elsewhere = params(&[("temperatures", "elsewhere".into()), ("beta_low", 0.7.into()), ("beta", 1.1.into())]);
    let mut lab = trained::<XyAutoregressive>(&elsewhere, 1);
    let ess = value(&mut lab, "ess", By::Raw);
    assert!((0.1..0.25).contains(&ess), "ESS {ess}");
    assert!(pull(&mut lab, "energy", By::Raw).abs() > 100.0, "raw, it must be that of another temperature");
    assert!(pull(&mut lab, "energy", By::Reweighted).abs() < 4.0);
}

#[test]
fn the_scan_of_temperatures_integrates_to_the_exact_free_energy() {
    let p = params(&[("scan", "temperatures".into()), ("lattice_size", 3.0.into())]);
    let mut lab = opened(&p, 1);
    Lab::chain(&mut lab, 44 * 2400).unwrap();
    let Background::Temperatures(scan) = &lab.background else { panic!("no scan") };
    let (done, all) = scan.progress();
    assert_eq!(done, all);
    // 40 free energies, strongly correlated, within four standard errors of the exact ones.
    for (beta, f, error) in scan.free_energies() {
        let exact = -(crate::exact::XyTransfer::new(3, beta).ln_z_normalised + std::f64::consts::TAU.ln()) / beta;
        assert!((f - exact).abs() < 4.0 * error, "beta = {beta}: {f} +- {error}, exact {exact}");
    }
    for id in ["helicity_scan", "energy_scan", "specific_heat_scan", "vortex_scan", "free_energy_scan"] {
        let view = now(Lab::view(&mut lab, id)).unwrap();
        assert!(view.series.iter().any(|s| s.name.starts_with("chain")), "{id}");
    }
}

#[test]
fn autocorrelation_times_do_not_depend_on_how_many_rows_are_binned() {
    // The same chain after 4000, 40 000 and 200 000 measurements: single rows, bins of two, of eight.
    let mut lab = opened(&Params::default(), 1);
    let ids = ["energy", "specific_heat", "magnetization", "helicity_modulus", "vortex_density", "binder"];
    let mut taus: Vec<Vec<(f64, f64)>> = Vec::new();
    for (rows, per_bin) in [(4000, 1), (40_000, 2), (200_000, 8)] {
        let missing = rows - lab.chain_series.rows();
        Lab::chain(&mut lab, missing).unwrap();
        assert_eq!(lab.chain_series.rows_per_bin(), per_bin);
        let bins = lab.chain_series.len() as f64;
        let of = |id: &&str| {
            let tau = estimate(&mut lab, id, By::Chain).0.tau_int.unwrap();
            // Twice the relative error of an error whose window is some four autocorrelation times long.
            (tau, 2.0 * tau * ((4.0 * tau / per_bin as f64 + 1.5) / bins).sqrt())
        };
        taus.push(ids.iter().map(of).collect());
    }
    println!("{taus:?}");
    for (id, at) in ids.iter().zip(0..) {
        for pair in taus.windows(2) {
            let ((few, error), (many, smaller)) = (pair[0][at], pair[1][at]);
            assert!((few - many).abs() < 4.0 * error.hypot(smaller), "{id}: {few} +- {error}, {many} +- {smaller}");
        }
    }
    let view = now(Lab::view(&mut lab, "autocorrelation")).unwrap();
    let tau = taus[2][0].0;
    assert!(view.series[1].name.contains(&format!("τ = {tau:.1} ")), "{}, {tau}", view.series[1].name);
}

#[test]
fn a_scan_goes_on_without_training_and_asks_a_trained_network_everywhere() {
    let p = params(&[
        ("temperatures", "range".into()),
        ("scan", "temperatures".into()),
        ("lattice_size", 2.0.into()),
        ("steps", 3.0.into()),
        ("chain_per_step", 1000.0.into()),
        ("samples", 64.0.into()),
    ]);
    let mut lab = trained::<XyAutoregressive>(&p, 1);
    let rows = lab.chain_series.rows();
    let progress = |lab: &mut XyAutoregressive, updates| Lab::background(lab, updates).unwrap().unwrap();
    let start = progress(&mut lab, 0);
    assert!(start.done < 10 && start.all == 44 && !start.finished, "{start:?}");
    while progress(&mut lab, 0).done < 20 {
        progress(&mut lab, 500);
    }
    // Stopped, it rests and keeps what it has.
    lab.retune(&Params { scan: Scan::Off, ..p.clone() }).unwrap();
    let stopped = progress(&mut lab, 5000);
    assert_eq!(stopped.done, 20);
    lab.retune(&p).unwrap();
    let mut calls = 0;
    while !progress(&mut lab, 1000).finished {
        calls += 1;
        assert!(calls < 1000, "the scan does not end");
    }
    assert_eq!(progress(&mut lab, 0).done, 44);
    let Background::Temperatures(scan) = &lab.background else { panic!("no scan") };
    // From 0.5 to 1.5 in steps of 0.05.
    assert_eq!(scan.network.len(), 21);
    assert_eq!(lab.chain_series.rows(), rows, "the chain that is shown is left alone");
}

#[test]
fn after_a_change_of_theory_the_plan_has_its_samples_and_the_chain_its_measurements_to_make() {
    let p = params(&[("steps", 2.0.into()), ("samples", 512.0.into()), ("temperatures", "range".into())]);
    let mut lab = trained::<XyAutoregressive>(&p, 1);
    for other in [Params { beta: 0.8, ..p.clone() }, Params { beta: 0.8, chain: ChainKind::Metropolis, ..p }] {
        lab.retune(&other).unwrap();
        assert_eq!(lab.sample_count(), 0);
        assert_eq!(lab.plan().steps, 2, "there is nothing to train");
        // What a run to the end of the plan does.
        let plan = lab.plan();
        now(lab.sample(plan.samples as usize)).unwrap();
        Lab::chain(&mut lab, (plan.samples * plan.chain_per_sample) as usize).unwrap();
        assert!(estimate(&mut lab, "energy", By::Chain).0.error.is_some());
    }
}

#[test]
fn frozen_spins_have_no_error_and_no_specific_heat() {
    let p =
        params(&[("model", "ising".into()), ("beta", 5.0.into()), ("samples", 256.0.into()), ("steps", 100.0.into())]);
    let mut lab = trained::<XyAutoregressive>(&p, 1);
    for by in [By::Chain, By::Raw, By::Reweighted] {
        let (energy, exact) = estimate(&mut lab, "energy", by);
        assert_eq!((energy.value, energy.error), (Some(-2.0), None), "{by:?}");
        assert!((exact + 2.0).abs() < 1e-9);
        assert_eq!(estimate(&mut lab, "specific_heat", by).0.value, Some(0.0), "{by:?}");
    }
    assert_eq!(estimate(&mut lab, "free_energy", By::Raw).0.error, None);
}

#[test]
fn a_diverged_network_is_named_and_undone() {
    let mut lab = opened(&Params::default(), 1);
    now(lab.train_step()).unwrap();
    now(lab.losses()).unwrap();
    let before: Vec<f32> = lab.parameters.flat().into_data().try_to_vec().unwrap();
    lab.parameters.set_flat(lab.parameters.flat().mul_scalar(f32::NAN));
    lab.host.clear();
    now(lab.train_step()).unwrap();
    let error = now(lab.losses()).unwrap_err();
    assert!(error.to_string().starts_with("the loss is NaN at step 2"), "{error}");
    let after: Vec<f32> = lab.parameters.flat().into_data().try_to_vec().unwrap();
    assert_eq!((before, 1), (after, Lab::step(&lab)));
    now(lab.sample(8)).unwrap();
}

#[test]
fn what_cannot_be_is_refused_by_name_and_nothing_is_lost() {
    for (id, bad, rule) in [
        ("lattice_size", Value::Number(1.0), "lattice_size = 1 is outside [2, 32]"),
        ("lattice_size", Value::Number(33.0), "lattice_size = 33 is outside [2, 32]"),
        ("beta", Value::Number(-1.0), "beta = -1 is outside [0.05, 5]"),
        ("beta", Value::Number(f64::NAN), "beta = NaN is outside [0.05, 5]"),
        ("beta", Value::Number(f64::INFINITY), "beta = inf is outside [0.05, 5]"),
    ] {
        let error = Params::with([(id, &bad)]).unwrap_err();
        assert_eq!(error.to_string(), rule);
    }
    let combinations: [(&[(&str, Value)], &str); 3] = [
        (&[("temperatures", "range".into()), ("network", "masked_conv".into())], "temperatures"),
        (&[("temperatures", "range".into()), ("beta_low", 2.0.into())], "beta_low"),
        (&[("temperatures", "elsewhere".into()), ("objective", "forward_kl".into())], "objective"),
    ];
    for (differences, id) in combinations {
        let Err(error) = XyAutoregressive::open(&params(differences), &Device::flex(), 1) else { panic!("{id}") };
        assert_eq!(error.param(), Some(id), "{error}");
    }
    let range = params(&[("temperatures", "range".into())]);
    let mut lab = opened(&range, 1);
    assert_eq!(
        lab.retune(&Params { beta_low: 3.0, ..params(&[("temperatures", "range".into())]) }).unwrap_err().param(),
        Some("beta_low")
    );
    assert_eq!(lab.params(), &range);
}

#[test]
fn a_snapshot_of_another_size_is_refused() {
    let bytes = now(opened(&params(&[("lattice_size", 3.0.into())]), 1).save()).unwrap();
    let mut snapshot = Snapshot::read(&bytes).unwrap();
    snapshot.header.params.insert("lattice_size".into(), Value::Number(4.0));
    let Err(error) = XyAutoregressive::load(&snapshot.write().unwrap(), &Device::flex()) else { panic!("accepted") };
    assert!(error.to_string().starts_with("snapshot: tensor `parameters` has"), "{error}");
}

#[test]
fn samples_do_not_depend_on_how_they_are_asked_for() {
    let mut whole = opened(&Params::default(), 1);
    now(whole.sample(150)).unwrap();
    let mut parts = opened(&Params::default(), 1);
    for count in [1, 63, 64, 22] {
        now(parts.sample(count)).unwrap();
    }
    assert_eq!(whole.samples(), parts.samples());
}

#[test]
fn a_quench_starts_in_disorder_and_is_not_measured_before_it_is_over() {
    let mut lab = opened(&params(&[("start", "hot".into()), ("beta", 2.0.into()), ("lattice_size", 16.0.into())]), 1);
    let vortices = |lab: &mut XyAutoregressive| {
        let view = now(Lab::view(lab, "spins")).unwrap();
        let numbers = &view.series.iter().find(|s| s.mark == crate::lab::Mark::Vortices).unwrap().y.0;
        numbers.iter().map(|n| n.abs()).sum::<f32>()
    };
    assert!(vortices(&mut lab) > 50.0, "a third of 256 plaquettes");
    let hot = vortices(&mut lab);
    Lab::chain(&mut lab, 100).unwrap();
    assert!(vortices(&mut lab) < 0.2 * hot);
    assert_eq!(lab.chain_series.rows(), 0);
    // What is drawn meanwhile is the configuration that there is.
    for id in ["coarsening", "correlation", "pairs"] {
        let view = now(Lab::view(&mut lab, id)).unwrap();
        assert!(
            view.series.iter().any(|s| s.role == crate::lab::Role::Chain || s.name.starts_with("no vortex")),
            "{id}"
        );
    }
    let view = now(Lab::view(&mut lab, "coarsening")).unwrap();
    let (first, last) = (view.series[1].y.0[0], *view.series[1].y.0.last().unwrap());
    assert!(first > 0.1 && (last < 0.05 || last.is_nan()), "{first}, {last}");
}

/// Whatever happens after the plan, a quench goes on from where it is, until it is asked for anew.
#[test]
fn a_quench_goes_on_after_the_plan_whatever_is_asked() {
    let small = [
        ("start", "hot".into()),
        ("chain", "metropolis".into()),
        ("steps", 2.0.into()),
        ("batch", 16.0.into()),
        ("samples", 64.0.into()),
        ("hidden", 4.0.into()),
    ];
    let mut lab = opened(&params(&small), 1);
    for _ in 0..2 {
        now(Lab::train_step(&mut lab)).unwrap();
        Lab::chain(&mut lab, 20).unwrap();
    }
    now(Lab::losses(&mut lab)).unwrap();
    let plan = Lab::plan(&lab);
    assert_eq!((plan.steps, plan.chain_per_sample), (2, 0), "the plan's samples do not advance it");
    now(lab.sample(plan.samples as usize)).unwrap();
    Lab::chain(&mut lab, 5).unwrap();
    let there = |lab: &XyAutoregressive| (lab.chain.state(), lab.coarsening.clone());
    let before = there(&lab);
    // To draw, to measure, to sample again and to train on leave it alone.
    for view in VIEWS {
        now(Lab::view(&mut lab, view.id)).unwrap();
    }
    Lab::observables(&mut lab);
    now(lab.sample(10)).unwrap();
    now(Lab::train_step(&mut lab)).unwrap();
    assert_eq!(there(&lab), before);
    // So does every knob but those that say what the chain is.
    for spec in Params::specs().iter().filter(|spec| spec.stage == Stage::Live) {
        let mut other = XyAutoregressive::load(&now(lab.save()).unwrap(), &Device::flex()).unwrap();
        assert_eq!(there(&other), before, "saving and loading");
        let value = match &spec.kind {
            Kind::Int { min, .. } => (min + 1.0).into(),
            Kind::Float { min, max, .. } => (0.4 * min + 0.6 * max).into(),
            Kind::Choice { options } => options[options.len() - 1].id.into(),
            _ => continue,
        };
        if crate::lab::AnyLab::set(&mut other, spec.id, &value).is_err() {
            continue;
        }
        let anew = ["beta", "chain", "start"].contains(&spec.id) && Lab::params(&other) != Lab::params(&lab);
        assert_eq!(there(&other) != before, anew, "{}", spec.id);
    }
    // It goes on bit for bit from a snapshot, and its curve is one.
    let mut moved = XyAutoregressive::load(&now(lab.save()).unwrap(), &Device::flex()).unwrap();
    Lab::chain(&mut lab, 30).unwrap();
    Lab::chain(&mut moved, 30).unwrap();
    assert_eq!(there(&moved), there(&lab));
    Lab::touch(&mut lab, "randomise", &[]).unwrap();
    assert_eq!(lab.coarsening, Some(Coarsening::default()), "and anew only by hand");
}

#[test]
fn a_hand_on_the_lattice_is_felt_and_forgotten() {
    let mut lab = opened(&params(&[("beta", 5.0.into()), ("lattice_size", 16.0.into())]), 1);
    let charges = |lab: &XyAutoregressive| {
        let (mut theta, mut n) = (Vec::new(), Vec::new());
        lab.chain.configuration(&mut theta);
        crate::observable::vorticity(Square { side: 16 }, &theta, &mut n);
        n
    };
    assert!(charges(&lab).iter().all(|n| *n == 0));
    Lab::touch(&mut lab, "vortex_pair", &[4.5, 8.5, 11.5, 8.5]).unwrap();
    let n = charges(&lab);
    assert_eq!((n[8 * 16 + 4], n[8 * 16 + 11]), (1, -1));
    // Clusters would turn it away at once: after a touch the chain moves locally, and the pair is seen.
    let mut other = opened(lab.params(), 2);
    Lab::touch(&mut other, "vortex_pair", &[4.5, 8.5, 11.5, 8.5]).unwrap();
    Lab::chain(&mut other, 10).unwrap();
    assert_eq!(charges(&other).iter().filter(|n| **n != 0).count(), 2);
    // The vortex is dragged onto the antivortex: both are gone.
    Lab::touch(&mut lab, "vortex_pair", &[11.5, 8.5, 4.5, 8.5]).unwrap();
    assert!(charges(&lab).iter().all(|n| *n == 0));
    let rows = lab.chain_series.rows();
    Lab::touch(&mut lab, "pull", &[3.0, 3.0, 2.5, 1.0]).unwrap();
    let mut theta = Vec::new();
    lab.chain.configuration(&mut theta);
    assert!((theta[3 * 16 + 3] - 1.0).abs() < 1e-12 && (theta[3 * 16 + 5] - 1.0).abs() < 1e-12);
    Lab::chain(&mut lab, 150).unwrap();
    assert_eq!(lab.chain_series.rows(), rows, "a chain that was touched is not measured until it has relaxed");
    for (gesture, numbers) in [("pull", vec![1.0]), ("set", vec![0.0; 9]), ("vortex_pair", vec![f64::NAN; 4])] {
        let error = Lab::touch(&mut lab, gesture, &numbers).unwrap_err();
        assert!(matches!(error, Error::Data { .. }), "{error}");
    }
    let error = Lab::touch(&mut lab, "kick", &[]).unwrap_err();
    assert_eq!(error.to_string(), "unknown gesture `kick`; known: pull, vortex_pair, randomise, set");
}

#[test]
#[ignore = "two minutes"]
fn chains_meet_every_row_of_the_table() {
    // Five quantities of 51 rows within 3.5 standard errors of both programs together: normal pulls would exceed it once in eight
    // tables; the seed is fixed. At T = 0.5 and below this run sees a handful of vortices at most: too few for an error.
    let recipe = Recipe { metropolis: 1, over_relaxation: 2, wolff: 2 };
    let mut worst = 0.0_f64;
    let mut count = 0;
    for row in reference::rows().filter(|row| row.side() <= 16) {
        let (side, beta) = (row.side(), 1.0 / row.temperature());
        let lattice = Square { side };
        let columns = SpinColumns::new(SpinModel::Xy, lattice);
        let rng = Rng::new(11, Stream::Proposal);
        let mut chain = SpinChain::new(SpinModel::Xy, lattice, beta, recipe, rng, 1000, false);
        let mut series = Series::new(columns.width());
        let (mut spins, mut line, mut scratch) = (Vec::new(), Vec::new(), Scratch::default());
        while series.rows() < if side == 16 { 50_000 } else { 100_000 } {
            if chain.advance() {
                chain.configuration(&mut spins);
                columns.measure(&spins, &mut scratch, &mut line);
                series.push(&line);
            }
        }
        let estimator = Estimator::new(&series, None, Sampling::Correlated);
        for id in ["energy", "specific_heat", "helicity_modulus", "magnetization", "vortex_density"] {
            let f = observables::of_means(id, SpinModel::Xy, lattice, beta).unwrap();
            let (got, expected) = (estimator.derived(f), row.get(id).unwrap());
            let error = got.error.hypot(expected.1);
            if id == "vortex_density" && row.temperature() < 0.55 {
                continue;
            }
            let off = (got.value - expected.0) / error;
            println!("L = {side}, T = {}: {id} {off:+.1}", row.temperature());
            worst = worst.max(off.abs());
            count += 1;
            assert!(off.abs() < 3.5, "L = {side}, T = {}: {id} = {got:?}, table {expected:?}", row.temperature());
        }
    }
    println!("{count} numbers, the worst {worst:.2} standard errors off");
}

#[test]
#[ignore = "three minutes"]
fn eight_by_eight_meets_the_table() {
    // L = 8, beta = 1: ESS over 0.2, reweighted energy and helicity modulus within three standard errors.
    let p = params(&[
        ("lattice_size", 8.0.into()),
        ("hidden", 48.0.into()),
        ("steps", 400.0.into()),
        ("samples", 16_384.0.into()),
    ]);
    let mut lab = trained::<XyAutoregressive>(&p, 1);
    let ess = value(&mut lab, "ess", By::Raw);
    assert!(ess > 0.8, "ESS {ess}");
    for id in ["energy", "helicity_modulus", "vortex_density"] {
        let (estimate, table) = estimate(&mut lab, id, By::Reweighted);
        let error = estimate.error.unwrap().hypot(reference::row(8, 1.0).unwrap().0.get(id).unwrap().1);
        let off = (estimate.value.unwrap() - table) / error;
        println!("{id}: {estimate:?}, table {table}, {off:+.2}");
        assert!(off.abs() < 3.0, "{id}: {estimate:?}, table {table}");
    }
}

#[test]
#[ignore = "a minute"]
fn the_shipped_network_serves_three_temperatures_of_sixteen_by_sixteen() {
    let bytes = include_bytes!("../../../www/weights/xy_16.safetensors");
    let mut lab = XyAutoregressive::load(bytes, &Device::flex()).unwrap();
    for (t, samples, least) in [(0.6, 4096, 0.8), (0.9, 4096, 0.75), (1.2, 32_768, 0.55)] {
        lab.retune(&Params { beta: 1.0 / t, ..lab.params.clone() }).unwrap();
        now(lab.sample(samples)).unwrap();
        let ess = value(&mut lab, "ess", By::Raw);
        println!("T = {t}: ESS {ess:.3}");
        assert!(ess > least, "T = {t}: ESS {ess}");
        for (id, tolerance) in [("energy", 0.01), ("helicity_modulus", 0.05)] {
            let (estimate, table) = estimate(&mut lab, id, By::Reweighted);
            let (value, error) = (estimate.value.unwrap(), estimate.error.unwrap());
            println!("  {id} = {}, table {table}", stats::with_error(value, error));
            // 5 % of a helicity modulus of 0.08 is its error with 32768 samples: there within that or three errors.
            assert!((value - table).abs() < (tolerance * table.abs()).max(3.0 * error), "T = {t}: {id} = {value}");
        }
    }
}

#[test]
#[ignore = "timing: run alone"]
fn sixty_four_configurations_of_sixteen_by_sixteen_take_less_than_a_second() {
    let p = params(&[("lattice_size", 16.0.into()), ("hidden", 48.0.into())]);
    let mut lab = opened(&p, 1);
    now(lab.refresh()).unwrap();
    let start = std::time::Instant::now();
    now(lab.sample(64)).unwrap();
    let seconds = start.elapsed().as_secs_f64();
    println!("64 configurations of 16 x 16 in {seconds:.3} s");
    assert!(seconds < 1.0);
}
