//! Presets and words.

use crate::{
    exact::ISING_CRITICAL_BETA,
    schema::{Preset, Story},
};

/// The texts beside the picture.
pub const STORY: Story = Story {
    what_you_see: "Spins on a torus. On the left a Markov chain turns them again and again; on the right a network writes each configuration from the first spin to the last, like a text, and knows how probable it is.",
    what_to_try: "Lower β through 1.12: pairs of vortices (+ and −) come apart, and the helicity modulus falls below the line 2T/π. Then switch to Ising at β = 0.4407 and compare Metropolis with Wolff.",
    how_it_can_fool_you: "The variational free energy is close to exact long before rare configurations are right: look at the ESS and at vortices. On small lattices nothing is sharp: the crossing with 2T/π drifts towards 0.893 only as 1/ln² L.",
};

/// The presets; the first is the default.
pub fn presets() -> Vec<Preset> {
    vec![
        Preset {
            id: "ten_seconds",
            title: "Ten seconds: 4×4 against the exact answer",
            look_for: "The loss falls onto its exact floor, −ln Z/N, and never below but for noise. Reweighted (green), energy, free energy, entropy and helicity modulus all meet the exact values of this 4×4 torus.",
            takes: "10 s",
            views: vec!["loss", "conditional"],
            params: vec![],
            weights: None,
        },
        Preset {
            id: "vortices_unbind",
            title: "Vortices unbind",
            look_for: "A chain cools through the transition in the background, and one network is trained for all temperatures. The helicity modulus crosses the line 2T/π above 0.893, because the lattice is small; vortices appear in pairs first, then everywhere.",
            takes: "2 min",
            views: vec!["helicity_scan", "vortex_scan"],
            params: vec![
                ("lattice_size", 8.0.into()),
                ("temperatures", "range".into()),
                ("beta_high", 1.8.into()),
                ("scan", "temperatures".into()),
                ("chain_per_step", 250.0.into()),
                ("hidden", 48.0.into()),
                ("steps", 400.0.into()),
                ("samples", 4096.0.into()),
            ],
            weights: None,
        },
        Preset {
            id: "the_talk",
            title: "The talk: 16×16",
            look_for: "The size of the published figures, at T = 0.9 close to the transition. A network this good took minutes to train; its samples are independent, the chain's are not.",
            takes: "10 min",
            views: vec!["loss", "weights"],
            params: vec![
                ("lattice_size", 16.0.into()),
                ("beta", (1.0 / 0.9).into()),
                ("hidden", 48.0.into()),
                ("learning_rate", 5e-3.into()),
                ("batch", 192.0.into()),
                ("steps", 700.0.into()),
                ("samples", 4096.0.into()),
            ],
            weights: None,
        },
        Preset {
            id: "critical_slowing_down",
            title: "Critical slowing down",
            look_for: "Autocorrelation times at the critical point against L, with the fitted exponents: z about 2.2 for Metropolis, a few tenths for Wolff's clusters. On top of the cost of a sweep, which grows as L² itself.",
            takes: "30 s",
            views: vec!["slowing_down", "autocorrelation"],
            params: vec![
                ("model", "ising".into()),
                ("lattice_size", 16.0.into()),
                ("beta", ISING_CRITICAL_BETA.into()),
                ("chain", "metropolis".into()),
                ("scan", "sizes".into()),
                ("chain_per_step", 1000.0.into()),
                ("batch", 16.0.into()),
                ("hidden", 16.0.into()),
                ("samples", 1024.0.into()),
            ],
            weights: None,
        },
        Preset {
            id: "metropolis_at_10",
            title: "Metropolis at L = 10",
            look_for: "Where Monte Carlo courses begin: 100 Ising spins at the critical point, against Kaufman's exact energy of this torus. The chain remembers its magnetisation for about ten sweeps; the network's samples remember nothing.",
            takes: "20 s",
            views: vec!["autocorrelation", "loss"],
            params: vec![
                ("model", "ising".into()),
                ("lattice_size", 10.0.into()),
                ("beta", ISING_CRITICAL_BETA.into()),
                ("chain", "metropolis".into()),
                ("chain_per_step", 200.0.into()),
                ("samples", 8192.0.into()),
            ],
            weights: None,
        },
        Preset {
            id: "what_the_network_believes",
            title: "What the network believes",
            look_for: "The density of one spin given those before it, as a curve around the circle. Dashed: what its visited neighbours alone would say. The difference is what the network has learned of the spins still to come. Move the site.",
            takes: "30 s",
            views: vec!["conditional", "partial"],
            params: vec![("lattice_size", 8.0.into()), ("site", 27.0.into()), ("samples", 4096.0.into())],
            weights: None,
        },
        Preset {
            id: "beta_against_von_mises",
            title: "Beta against von Mises",
            look_for: "The published network: masked convolutions and Beta densities, cooled slowly. Compare its ESS after the same time with the default preset's.",
            takes: "1 min",
            views: vec!["loss", "conditional"],
            params: vec![
                ("network", "masked_conv".into()),
                ("family", "beta".into()),
                ("annealing", 0.99.into()),
                ("learning_rate", 3e-3.into()),
                ("hidden", 32.0.into()),
                ("steps", 1000.0.into()),
            ],
            weights: None,
        },
        Preset {
            id: "one_network_all_temperatures",
            title: "One network, all temperatures",
            look_for: "The inverse temperature is an input. Free energy and energy of one network along the whole range, against the chain; then move β: no training is needed.",
            takes: "30 s",
            views: vec!["free_energy_scan", "energy_scan"],
            params: vec![
                ("temperatures", "range".into()),
                ("scan", "temperatures".into()),
                ("chain_per_step", 250.0.into()),
                ("steps", 400.0.into()),
                ("hidden", 32.0.into()),
            ],
            weights: None,
        },
        Preset {
            id: "trained_elsewhere",
            title: "Trained at β = 0.7, asked at β = 1.1",
            look_for: "A network of one temperature asked at another. Its raw estimates are those of β = 0.7; the weights know it and mend what they can, at a price: watch the ESS and the scatter of the weights.",
            takes: "20 s",
            views: vec!["weights", "loss"],
            params: vec![
                ("beta", 1.1.into()),
                ("temperatures", "elsewhere".into()),
                ("beta_low", 0.7.into()),
                ("lattice_size", 6.0.into()),
            ],
            weights: None,
        },
    ]
}
