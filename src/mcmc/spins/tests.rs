//! Detailed balance by enumeration and quadrature, and exact answers on small lattices.

use super::{
    chain::{Recipe, SpinChain},
    spin::Spin,
    updates::{Cluster, metropolis_step, over_relaxation_sweep, wolff_along},
};
use crate::{
    action::SpinModel,
    exact::{ISING_CRITICAL_BETA, IsingEnumeration, Kaufman, XyTransfer},
    lattice::Square,
    observable::{Scratch, SpinColumns},
    rng::{Rng, Stream},
    stats::{Estimator, Sampling, Series},
};

const TWO: Square = Square { side: 2 };

fn neighbours(lattice: Square) -> Vec<[u32; 4]> {
    (0..lattice.sites()).map(|site| lattice.neighbours(site).map(|n| n as u32)).collect()
}

/// `H` of the spins.
fn energy<S: Spin>(spins: &[S], neighbours: &[[u32; 4]]) -> f64 {
    let twice: f64 = neighbours.iter().zip(spins).flat_map(|(n, s)| n.map(|n| s.dot(spins[n as usize]))).sum();
    -0.5 * twice
}

fn signs(state: usize) -> Vec<f64> {
    (0..4).map(|site| if state >> site & 1 == 1 { 1.0 } else { -1.0 }).collect()
}

/// Detailed balance `p(a) P(a -> b) = p(b) P(b -> a)` among `states` configurations whose weights are `exp(-beta H)`, from
/// `DRAWS` tries of the update from each.
fn assert_detailed_balance(name: &str, weights: &[f64], mut update: impl FnMut(usize) -> usize) {
    const DRAWS: u32 = 40_000;
    let states = weights.len();
    let mut counts = vec![0.0_f64; states * states];
    for from in 0..states {
        for _ in 0..DRAWS {
            counts[from * states + update(from)] += 1.0;
        }
    }
    // At most 120 pairs, each within five standard errors: by chance one seed in 10^4 fails; this one is fixed.
    for a in 0..states {
        for b in 0..a {
            let (forth, back) = (counts[a * states + b], counts[b * states + a]);
            let difference = weights[a] * forth - weights[b] * back;
            let error = (weights[a].powi(2) * forth.max(1.0) + weights[b].powi(2) * back.max(1.0)).sqrt();
            assert!(difference.abs() < 5.0 * error, "{name}: states {a} and {b}: {difference} +- {error}");
        }
    }
}

#[test]
fn ising_updates_are_in_detailed_balance_on_all_states_of_two_by_two() {
    let n = neighbours(TWO);
    let beta = 0.2;
    let weights: Vec<f64> = (0..16).map(|state| (-beta * energy(&signs(state), &n)).exp()).collect();
    let state = |spins: &[f64]| (0..4).map(|site| usize::from(spins[site] > 0.0) << site).sum();
    let mut rng = Rng::new(1, Stream::Proposal);
    assert_detailed_balance("Metropolis", &weights, |from| {
        let mut spins = signs(from);
        let site = rng.below(4);
        metropolis_step(&mut spins, &n, site, beta, 1.0, &mut rng);
        state(&spins)
    });
    let mut cluster = Cluster::default();
    assert_detailed_balance("Wolff", &weights, |from| {
        let mut spins = signs(from);
        wolff_along(&mut spins, &n, beta, 1.0, &mut cluster, &mut rng);
        state(&spins)
    });
}

#[test]
fn a_cluster_of_planar_spins_is_in_detailed_balance_among_all_reflections() {
    // Along a fixed direction the update moves among the 16 ways to reflect four spins.
    let n = neighbours(TWO);
    let beta = 0.3;
    let mut rng = Rng::new(2, Stream::Proposal);
    let r = <[f64; 2]>::random(&mut rng);
    let base: Vec<[f64; 2]> = (0..4).map(|_| Spin::random(&mut rng)).collect();
    let spins = |state: usize| -> Vec<[f64; 2]> {
        base.iter().enumerate().map(|(i, s)| if state >> i & 1 == 1 { s.reflected(r) } else { *s }).collect()
    };
    let weights: Vec<f64> = (0..16).map(|state| (-beta * energy(&spins(state), &n)).exp()).collect();
    let mut cluster = Cluster::default();
    assert_detailed_balance("Wolff", &weights, |from| {
        let mut spins = spins(from);
        wolff_along(&mut spins, &n, beta, r, &mut cluster, &mut rng);
        (0..4).map(|i| usize::from((spins[i].dot(r) - base[i].dot(r)).abs() > 1e-9) << i).sum()
    });
}

#[test]
fn planar_metropolis_is_in_detailed_balance_by_quadrature() {
    // Starts from the exact distribution of two by two (by rejection) and updates once: for a reversible update any
    // f(before) g(after) - g(before) f(after) has mean zero, and f keeps its mean. Six numbers within four standard errors.
    let n = neighbours(TWO);
    let beta = 0.5;
    let mut rng = Rng::new(3, Stream::Proposal);
    let draws = 400_000;
    let mut sums = [(0.0, 0.0); 3];
    for _ in 0..draws {
        let mut spins: Vec<[f64; 2]> = loop {
            let spins: Vec<[f64; 2]> = (0..4).map(|_| Spin::random(&mut rng)).collect();
            if rng.uniform() < (-beta * (energy(&spins, &n) + 8.0)).exp() {
                break spins;
            }
        };
        let observe = |s: &[[f64; 2]]| (energy(s, &n) / 4.0, s[0].dot(s[3]));
        let (e, g) = observe(&spins);
        let site = rng.below(4);
        metropolis_step(&mut spins, &n, site, beta, 2.0, &mut rng);
        let (e_after, g_after) = observe(&spins);
        for (sum, value) in
            sums.iter_mut().zip([e_after, e * e * e_after - e_after * e_after * e, e * g_after - e_after * g])
        {
            sum.0 += value;
            sum.1 += value * value;
        }
    }
    let exact = [XyTransfer::new(2, beta).energy, 0.0, 0.0];
    for ((sum, squares), exact) in sums.into_iter().zip(exact) {
        let mean = sum / f64::from(draws);
        let error = ((squares / f64::from(draws) - mean * mean) / f64::from(draws)).sqrt();
        assert!((mean - exact).abs() < 4.0 * error, "{mean} +- {error} != {exact}");
    }
}

#[test]
fn over_relaxation_keeps_the_energy_and_undoes_itself() {
    for side in [2, 3, 6] {
        let n = neighbours(Square { side });
        let mut rng = Rng::new(4, Stream::Proposal);
        let start: Vec<[f64; 2]> = (0..side * side).map(|_| Spin::random(&mut rng)).collect();
        let mut spins = start.clone();
        over_relaxation_sweep(&mut spins, &n);
        assert!((energy(&spins, &n) - energy(&start, &n)).abs() < 1e-10);
        assert!(spins.iter().zip(&start).any(|(a, b)| a.dot(*b) < 0.9));
        // Site by site in the opposite order it is its own inverse.
        for site in (0..side * side).rev() {
            let field = n[site].iter().fold(<[f64; 2]>::null(), |sum, &k| sum.plus(spins[k as usize]));
            spins[site] = spins[site].mirrored(field);
        }
        assert!(spins.iter().zip(&start).all(|(a, b)| a.dot(*b) > 1.0 - 1e-9));
    }
}

/// Measurements of a chain.
fn run(model: SpinModel, side: usize, beta: f64, recipe: Recipe, updates: usize, seed: u64) -> Series {
    let lattice = Square { side };
    let columns = SpinColumns::new(model, lattice);
    let mut chain = SpinChain::new(model, lattice, beta, recipe, Rng::new(seed, Stream::Proposal), 200, false);
    let mut series = Series::new(columns.width());
    let (mut theta, mut row, mut scratch) = (Vec::new(), Vec::new(), Scratch::default());
    while series.rows() < updates {
        if chain.advance() {
            chain.configuration(&mut theta);
            columns.measure(&theta, &mut scratch, &mut row);
            series.push(&row);
        }
    }
    series
}

const RECIPES: [Recipe; 3] = [
    Recipe { metropolis: 1, over_relaxation: 0, wolff: 0 },
    Recipe { metropolis: 0, over_relaxation: 0, wolff: 1 },
    Recipe { metropolis: 1, over_relaxation: 2, wolff: 2 },
];

#[test]
fn every_recipe_meets_the_exact_answers_of_small_lattices() {
    // 3 recipes on 3 XY and 2 Ising lattices, 36 numbers within four standard errors: by chance one seed in 450 fails.
    for recipe in RECIPES {
        for (side, beta) in [(2, 0.5), (3, 1.0), (4, 1.0)] {
            let series = run(SpinModel::Xy, side, beta, recipe, 60_000, 5);
            let columns = SpinColumns::new(SpinModel::Xy, Square { side });
            let estimator = Estimator::new(&series, None, Sampling::Correlated);
            let exact = XyTransfer::new(side, beta);
            for (name, got, exact) in [
                ("e", estimator.mean(SpinColumns::ENERGY), exact.energy),
                ("c", estimator.derived(|m| columns.specific_heat(beta, m)), exact.specific_heat),
                ("Y", estimator.derived(|m| columns.helicity_modulus(beta, m)), exact.helicity_modulus),
            ] {
                let off = (got.value - exact) / got.error;
                assert!(off.abs() < 4.0, "{recipe:?}, XY L = {side}: {name} = {got:?}, exact {exact}");
            }
        }
        for (side, beta) in [(3, 0.3), (4, ISING_CRITICAL_BETA)] {
            let series = run(SpinModel::Ising, side, beta, recipe, 60_000, 6);
            let columns = SpinColumns::new(SpinModel::Ising, Square { side });
            let estimator = Estimator::new(&series, None, Sampling::Correlated);
            let exact = IsingEnumeration::new(side, beta);
            let binder = 1.0 - exact.m4 / (3.0 * exact.m2.powi(2));
            for (name, got, exact) in [
                ("e", estimator.mean(SpinColumns::ENERGY), exact.energy),
                ("c", estimator.derived(|m| columns.specific_heat(beta, m)), exact.specific_heat),
                ("|m|", estimator.mean(SpinColumns::MAGNETIZATION), exact.magnetization),
                ("U", estimator.derived(|m| columns.binder(m)), binder),
            ] {
                let off = (got.value - exact) / got.error;
                assert!(off.abs() < 4.0, "{recipe:?}, Ising L = {side}: {name} = {got:?}, exact {exact}");
            }
        }
    }
}

#[test]
fn ising_chains_meet_kaufman() {
    // Two chains on four sizes, two numbers each, within four standard errors: by chance one seed in 1000 fails.
    for side in [4, 8, 10, 16] {
        for recipe in &RECIPES[..2] {
            let series = run(SpinModel::Ising, side, ISING_CRITICAL_BETA, *recipe, 100_000, 7);
            let columns = SpinColumns::new(SpinModel::Ising, Square { side });
            let estimator = Estimator::new(&series, None, Sampling::Correlated);
            let exact = Kaufman::new(side, ISING_CRITICAL_BETA);
            for (got, exact) in [
                (estimator.mean(SpinColumns::ENERGY), exact.energy),
                (estimator.derived(|m| columns.specific_heat(ISING_CRITICAL_BETA, m)), exact.specific_heat),
            ] {
                assert!((got.value - exact).abs() < 4.0 * got.error, "{recipe:?}, L = {side}: {got:?}, exact {exact}");
            }
        }
    }
}

#[test]
fn a_restored_chain_goes_on_bit_for_bit() {
    for model in [SpinModel::Xy, SpinModel::Ising] {
        let lattice = Square { side: 4 };
        let rng = Rng::new(8, Stream::Proposal);
        let mut chain = SpinChain::new(model, lattice, 0.7, RECIPES[2], rng, 20, true);
        (0..33).for_each(|_| {
            chain.advance();
        });
        let json = serde_json::to_string(&chain.state()).unwrap();
        let state = serde_json::from_str(&json).unwrap();
        let mut restored = SpinChain::restore(model, lattice, 0.7, &state, 8).unwrap();
        (0..20).for_each(|_| assert_eq!(chain.advance(), restored.advance()));
        let (mut a, mut b) = (Vec::new(), Vec::new());
        chain.configuration(&mut a);
        restored.configuration(&mut b);
        assert_eq!((a, chain.acceptance()), (b, restored.acceptance()));
        let error = SpinChain::restore(model, Square { side: 5 }, 0.7, &state, 8).unwrap_err();
        assert!(error.to_string().contains("a lattice of side 5 needs"), "{error}");
    }
}

#[test]
fn a_configuration_that_does_not_fit_is_refused_and_nothing_changes() {
    let lattice = Square { side: 3 };
    let mut before = Vec::new();
    for (model, bad) in [(SpinModel::Xy, f64::NAN), (SpinModel::Ising, 0.5)] {
        let mut chain = SpinChain::new(model, lattice, 1.0, RECIPES[2], Rng::new(9, Stream::Proposal), 0, true);
        chain.configuration(&mut before);
        for values in [vec![1.0; 8], vec![bad; 9]] {
            let error = chain.set_configuration(&values, 10).unwrap_err();
            assert!(error.to_string().starts_with("configuration: "), "{error}");
            let mut after = Vec::new();
            chain.configuration(&mut after);
            assert_eq!((&before, true), (&after, chain.is_thermal()));
        }
    }
}
