//! Normalisation, causality, and one density whichever way it is computed.

use std::f64::consts::TAU;

use burn::tensor::{Device, TensorData};

use super::*;
use crate::{net::Parameters, rng::Stream};

/// Every body with every family it serves, with parameters far from their start.
fn models(side: usize) -> Vec<(String, Autoregressive, Vec<f32>)> {
    let lattice = Square { side };
    let families =
        [Conditional::VonMises { components: 3 }, Conditional::Beta { components: 2 }, Conditional::Bernoulli];
    let mut models = Vec::new();
    for conditional in families {
        let components = if conditional.is_angular() { 2 } else { 1 };
        for kind in ["frontier", "conditioned frontier", "1 convolution", "2 convolutions", "4 convolutions"] {
            let mut layout = Layout::default();
            let body = match kind.split_once(' ') {
                None => Body::Frontier(Frontier::new(
                    &mut layout,
                    lattice,
                    components,
                    false,
                    (12, 2, conditional.numbers()),
                )),
                Some(("conditioned", _)) => Body::Frontier(Frontier::new(
                    &mut layout,
                    lattice,
                    components,
                    true,
                    (12, 1, conditional.numbers()),
                )),
                Some((layers, _)) => {
                    let layers = layers.parse().unwrap();
                    Body::MaskedConv(MaskedConv::new(&mut layout, lattice, 7, layers, conditional.numbers()))
                }
            };
            let mut rng = Rng::new(models.len() as u64, Stream::Init);
            let flat = rng.normals(layout.len()).into_iter().map(|z| 0.4 * z).collect();
            let name = format!("{kind}, {conditional:?}");
            models.push((name, Autoregressive::new(lattice, conditional, body, layout), flat));
        }
    }
    models
}

/// The numbers of a pass by the differentiable route: `[site, batch, numbers]`.
fn numbers(model: &Autoregressive, flat: &[f32], inputs: &[f32], rows: usize) -> Vec<f32> {
    let device = Device::flex();
    let parameters = Parameters::from_values(model.layout().clone(), flat.to_vec(), &device);
    let shape = [model.lattice.sites(), rows, model.inputs()];
    let inputs = Tensor::<3>::from_data(TensorData::new(inputs.to_vec(), shape), &device).autodiff();
    model.forward(&parameters.tracked(), inputs, &device).into_data().try_to_vec().unwrap()
}

#[test]
fn drawing_evaluating_and_the_parallel_pass_agree() {
    for side in [2, 5] {
        for (name, model, flat) in models(side) {
            let betas = [0.5, 1.0, 1.0, 1.7, 0.9, 1.1];
            let drawn = model.draw(&flat, &betas, &mut Rng::new(1, Stream::Sample), true);
            assert_eq!(model.evaluate(&flat, &betas, &drawn.values, true), drawn, "{name}");
            // The same factors from the numbers of the pass over all sites.
            let (rows, count) = (betas.len(), model.conditional.numbers());
            let numbers = numbers(&model, &flat, &drawn.inputs, rows);
            let mut log_q = vec![model.conditional.log_prob_first(); rows];
            let mut walk = Walk::new(&model, rows);
            for site in 0..side * side {
                walk.look(&model, &flat, site, &betas);
                for row in 0..rows {
                    let slot = (site * rows + row) * count;
                    let Frame { direction, strength } = walk.frames[row];
                    let value = drawn.values[row * side * side + site];
                    if site > 0 {
                        let numbers = &numbers[slot..slot + count];
                        let spin = model.seen(value.into(), direction);
                        log_q[row] += model.conditional.log_prob(numbers, betas[row] * strength, spin, &mut []);
                    }
                    walk.set(&model, site, row, value);
                }
            }
            for (got, expected) in log_q.iter().zip(&drawn.log_q) {
                assert!((got - expected).abs() < 1e-5 * (side * side) as f64, "{name}: {got} != {expected}");
                assert!((got - expected).abs() < 1e-5 * expected.abs().max(1.0), "{name}: {got} != {expected}");
            }
        }
    }
}

#[test]
fn no_factor_sees_a_spin_at_or_after_its_own_site() {
    let side = 4;
    for (name, model, flat) in models(side) {
        let mut rng = Rng::new(2, Stream::Data);
        let mut spin = || model.conditional.draw_first(&mut rng) as f32;
        let values: Vec<f32> = (0..side * side).map(|_| spin()).collect();
        let base = model.evaluate(&flat, &[1.0], &values, true);
        let base = numbers(&model, &flat, &base.inputs, 1);
        let count = model.conditional.numbers();
        let mut seen = 0;
        for site in 0..side * side {
            let mut other = values.clone();
            // For Ising spins a new one is a flipped one.
            other[site] = if model.conditional.is_angular() { spin() } else { -other[site] };
            let other = model.evaluate(&flat, &[1.0], &other, true);
            let other = numbers(&model, &flat, &other.inputs, 1);
            let end = (site + 1) * count;
            // The first factor is uniform whatever the network says about it.
            assert_eq!(
                base[count..end.max(count)],
                other[count..end.max(count)],
                "{name}: a factor before site {site}"
            );
            seen += usize::from(base[end..] != other[end..]);
        }
        assert!(seen >= side * side - side - 1, "{name}: only {seen} spins are seen at all");
    }
}

#[test]
fn the_frontier_has_no_blind_spot() {
    // On a 4 x 4 torus the factor of site 9 sees the last spin of every column, sites 5 to 8, and the first row, 0 to 3. By the
    // Markov property site 4 says nothing more.
    let side = 4;
    let (_, model, flat) = models(side).swap_remove(0);
    let mut rng = Rng::new(3, Stream::Data);
    let values: Vec<f32> = (0..16).map(|_| model.conditional.draw_first(&mut rng) as f32).collect();
    let angles = [0.3, 1.0];
    let base = model.density(&flat, 1.0, &values, 9, &angles);
    let changes: Vec<usize> = (0..16)
        .filter(|&site| {
            let mut other = values.clone();
            other[site] += 0.5;
            model.density(&flat, 1.0, &other, 9, &angles) != base
        })
        .collect();
    assert_eq!(changes, [0, 1, 2, 3, 5, 6, 7, 8]);
}

#[test]
fn the_density_turns_with_the_configuration() {
    let (_, model, flat) = models(5).swap_remove(0);
    let drawn = model.draw(&flat, &[1.0; 8], &mut Rng::new(4, Stream::Sample), false);
    let turned: Vec<f32> = drawn.values.iter().map(|v| v + 0.7).collect();
    let other = model.evaluate(&flat, &[1.0; 8], &turned, false);
    for (a, b) in drawn.log_q.iter().zip(&other.log_q) {
        assert!((a - b).abs() < 2e-4, "{a} != {b}");
    }
}

#[test]
fn two_sites_integrate_to_one() {
    // The last two spins of a 2 x 2 lattice, given the first two: integrated (or summed) over both, what is left of q is the density of
    // the first two.
    for (name, model, flat) in models(2) {
        // Beta densities jump or diverge at their ends, where equal cells lose like the root of their size.
        let (cells, tolerance) = match model.conditional {
            Conditional::VonMises { .. } => (200, 1e-5),
            Conditional::Beta { .. } => (700, 0.05),
            Conditional::Bernoulli => (2, 1e-5),
        };
        let (first, points, cell): ([f32; 2], Vec<f32>, f64) = if model.conditional.is_angular() {
            let cell = TAU / f64::from(cells);
            ([0.4, -1.1], (0..cells).map(|i| (cell * (f64::from(i) + 0.5)) as f32).collect(), cell)
        } else {
            ([1.0, -1.0], vec![-1.0, 1.0], 1.0)
        };
        let values: Vec<f32> =
            points.iter().flat_map(|a| points.iter().flat_map(move |b| [first[0], first[1], *a, *b])).collect();
        let pass = model.evaluate(&flat, &vec![0.8; points.len() * points.len()], &values, false);
        let sum: f64 = pass.log_q.iter().map(|l| l.exp()).sum::<f64>() * cell * cell;
        let second = model.density(&flat, 0.8, &first, 1, &[first[1].into()])[0];
        let expected = second * model.conditional.log_prob_first().exp();
        assert!((sum / expected - 1.0).abs() < tolerance, "{name}: {sum} != {expected}");
    }
}

#[test]
fn the_gradient_is_that_of_the_log_density() {
    // d/dparameters of sum_b A_b ln q(s_b) by the score function, against a central difference along a random direction.
    let device = Device::flex();
    for (name, model, flat) in models(3) {
        let betas = [1.0; 4];
        let pass = model.draw(&flat, &betas, &mut Rng::new(5, Stream::Sample), true);
        let advantages = [0.5, -1.0, 0.3, 0.7];
        let parameters = Parameters::from_values(model.layout().clone(), flat.clone(), &device);
        let leaves = parameters.tracked();
        let shape = [9, 4, model.inputs()];
        let inputs = Tensor::<3>::from_data(TensorData::new(pass.inputs.clone(), shape), &device).autodiff();
        let numbers = model.forward(&leaves, inputs, &device);
        let loss = crate::objective::score_function(numbers, &pass.gradient, &advantages, &device);
        let gradient: Vec<f32> = leaves.gradient(&loss.backward()).into_data().try_to_vec().unwrap();
        let direction = Rng::new(6, Stream::Data).normals(flat.len());
        let at = |step: f32| -> f64 {
            let moved: Vec<f32> = flat.iter().zip(&direction).map(|(p, d)| p + step * d).collect();
            let pass = model.evaluate(&moved, &betas, &pass.values, false);
            pass.log_q.iter().zip(advantages).map(|(l, a)| l * a).sum()
        };
        let difference = (at(1e-3) - at(-1e-3)) / 2e-3;
        let slope: f64 = gradient.iter().zip(&direction).map(|(g, d)| f64::from(g * d)).sum();
        assert!((slope - difference).abs() < 0.01 * difference.abs().max(1.0), "{name}: {slope} != {difference}");
    }
}

#[test]
#[ignore = "timing: run alone"]
fn the_cost_of_a_configuration_grows_with_its_sites() {
    // Microseconds a site and configuration, the least of five. The frontier's input grows with L, what
    // follows does not; the convolutions know nothing of L.
    let cost = |side: usize, frontier: bool| {
        let (lattice, conditional) = (Square { side }, Conditional::VonMises { components: 3 });
        let mut layout = Layout::default();
        let body = if frontier {
            Body::Frontier(Frontier::new(&mut layout, lattice, 2, false, (48, 2, conditional.numbers())))
        } else {
            Body::MaskedConv(MaskedConv::new(&mut layout, lattice, 48, 3, conditional.numbers()))
        };
        let flat = Rng::new(1, Stream::Init).normals(layout.len()).into_iter().map(|z| 0.1 * z).collect::<Vec<_>>();
        let model = Autoregressive::new(lattice, conditional, body, layout);
        let seconds = |_| {
            let start = std::time::Instant::now();
            model.draw(&flat, &[1.0; 64], &mut Rng::new(7, Stream::Sample), false);
            start.elapsed().as_secs_f64()
        };
        1e6 * (0..5).map(seconds).fold(f64::INFINITY, f64::min) / (64 * side * side) as f64
    };
    for frontier in [true, false] {
        let costs = [8, 16, 32].map(|side| cost(side, frontier));
        println!("frontier {frontier}: {costs:.2?} microseconds a site at L = 8, 16, 32");
        // Sixteen times the sites: close to linear, up to the caches.
        assert!(costs[2] < 2.5 * costs[0], "{costs:?}");
    }
}
