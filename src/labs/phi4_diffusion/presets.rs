//! Presets and words.

use crate::schema::{Preset, Story};

/// The texts beside the picture.
pub const STORY: Story = Story {
    what_you_see: "Configurations of a scalar field. On the left a Markov chain; on the right samples of a diffusion model, each grown from its own noise by a network that has learned to take noise away.",
    what_to_try: "Move κ through the transition near 0.273. Watch a sample grow out of noise, and lengthen the tail: its updates with the true action take the model's bias away, and show how large it was.",
    how_it_can_fool_you: "The model is as good as its data: configurations from a chain that had not forgotten its start give a model with the same bias, and nothing in its loss tells. Some noise left at the end looks like physics at short distance. In the broken phase χ₂ depends on how many samples chose each sign.",
};

/// The presets; the first is the default.
pub fn presets() -> Vec<Preset> {
    let broken = || {
        vec![
            ("kappa", 1.0.into()),
            ("lattice_size", 32.0.into()),
            ("preconditioning", "modes".into()),
            ("levels", 3.0.into()),
            ("objective", "with_force".into()),
            ("end_time", 1e-5.into()),
            ("steps", 1500.0.into()),
            ("samples", 256.0.into()),
        ]
    };
    let mut all = vec![
        preset(
            "ten_seconds",
            "Ten seconds: 8 × 8",
            "The model starts from single sites that know nothing of each other. As it learns, neighbours of one sign gather, and the histogram of M widens onto the chain's. After the tail the estimates (green) are exact.",
            "10 s",
            &["magnetisation", "loss"],
            vec![],
        ),
        with_weights(
            "phi4_symmetric_32.safetensors",
            preset(
                "symmetric_phase",
                "Symmetric phase, the talk's table",
                "The three numbers of the talk, ⟨M⟩, χ₂ and U_L, at κ = 0.21 on 32 × 32, against 0, 2.590(5) and 0.003(2). The network has been trained before: the first samples are there at once, a thousand after a minute, and training can go on.",
                "60 s",
                &["magnetisation", "structure"],
                vec![
                    ("lattice_size", 32.0.into()),
                    ("preconditioning", "modes".into()),
                    ("levels", 3.0.into()),
                    ("objective", "with_force".into()),
                    ("steps", 1500.0.into()),
                    ("samples", 1024.0.into()),
                ],
            ),
        ),
        with_weights(
            "phi4_broken_32.safetensors",
            preset(
                "broken_phase",
                "Broken phase",
                "Deep in the ordered phase every sample has to choose a sign for the whole lattice while it is still mostly noise. Look for both lumps in the histogram of M, of equal weight, where a hybrid Monte Carlo chain sits in one forever.",
                "30 s",
                &["magnetisation", "denoising"],
                broken(),
            ),
        ),
        preset(
            "near_critical",
            "Near the critical point",
            "κ = 0.27 is just below the transition: structure on all scales, M with two lumps that run into each other, and a hybrid Monte Carlo chain that is slow to change sign: look at τ, and at (?) where it does not know its error. The model's samples do not remember each other; thirty updates with the true action mend what is local in them.",
            "90 s",
            &["magnetisation", "history"],
            vec![
                ("kappa", 0.27.into()),
                ("lattice_size", 16.0.into()),
                ("preconditioning", "modes".into()),
                ("levels", 3.0.into()),
                ("objective", "with_force".into()),
                ("steps", 1000.0.into()),
                ("samples", 512.0.into()),
                ("tail_updates", 30.0.into()),
            ],
        ),
        preset(
            "one_degree_of_freedom",
            "One degree of freedom",
            "A single site in a double well, S = −φ²/2 + (0.4/24)φ⁴: the learned drift at three times of the process against the exact one. With much noise the two wells are one; the drift turns over as it fades.",
            "15 s",
            &["uniform_drift", "magnetisation"],
            toy(),
        ),
        preset(
            "diffusion_is_langevin",
            "Diffusion is Langevin",
            "The same noise, two dynamics: Langevin with the force of the action, and the reverse process with the learned score. Beside it, what Langevin dynamics does to a density: walks on the solution of the Fokker-Planck equation.",
            "20 s",
            &["denoising", "relaxation"],
            [toy(), vec![("chain", "langevin".into())]].concat(),
        ),
        preset(
            "last_noise",
            "The last bit of noise",
            "The reverse process stops at t = 0.02, and the noise left then is kept: too much structure at large momentum, too large ⟨φ²⟩ and action. Switch on “remove the last noise”, or lower the end time, and see it go. A few updates of the tail do it as well.",
            "15 s",
            &["structure", "tail_action"],
            vec![("end_time", 0.02.into()), ("denoise_end", false.into())],
        ),
        preset(
            "biased_data",
            "A biased training set",
            "The published protocol near the critical point: chains from noise, stopped after 128 trajectories. They have not reached equilibrium, and the model reproduces its data faithfully: ⟨|M|⟩ is short by a sixth in both. Only the equilibrated chain tells.",
            "60 s",
            &["thermalisation", "magnetisation"],
            vec![
                ("kappa", 0.27.into()),
                ("lattice_size", 16.0.into()),
                ("preconditioning", "modes".into()),
                ("data", "hot_starts".into()),
                ("data_size", 1024.0.into()),
                ("chain", "wolff".into()),
                ("tail_updates", 0.0.into()),
                ("samples", 512.0.into()),
            ],
        ),
        preset(
            "other_size",
            "From one size to another",
            "Trained on 16 × 16, sampled on 32 × 32: convolutions do not mind the size, and ⟨φ²⟩ and the action carry over. The longest waves do not, as the smaller lattice has none: χ₂ of the raw samples is a third too large. Ten updates with the true action put it right here, where the correlation length is one site; try κ = 0.26.",
            "60 s",
            &["structure", "magnetisation"],
            vec![
                ("lattice_size", 16.0.into()),
                ("sample_size", 32.0.into()),
                ("preconditioning", "modes".into()),
                ("samples", 256.0.into()),
            ],
        ),
        preset(
            "force_helps",
            "The force takes the noise out",
            "The same network and the same data as in ten seconds, but each example knows the force of the action at its clean configuration. Given the noisy one it has the same mean as the noise, so their difference is nothing but noise, and is taken out: the loss falls a thousand times deeper, and the score lies on the force.",
            "15 s",
            &["loss", "drift"],
            vec![("objective", "with_force".into())],
        ),
        preset(
            "free_field",
            "Free field",
            "Without the quartic term the score is known: each mode is pulled back with 1/(C_k + σ²). The dots are the network's, at three times; what is off the lines is its error, mode by mode.",
            "20 s",
            &["score_modes", "structure"],
            vec![("lambda", 0.0.into()), ("kappa", 0.2.into())],
        ),
    ];
    // Only the first is in a hurry.
    for Preset { params, .. } in &mut all[1..] {
        for (id, usual) in [("steps", 600.0), ("sampling_steps", 40.0)] {
            if params.iter().all(|(given, _)| *given != id) {
                params.push((id, usual.into()));
            }
        }
    }
    all
}

/// `S = -phi^2/2 + (0.4/24) phi^4` as a lattice of one site: `1 - 2 lambda - 4 kappa = -1/2`, `lambda = 1/60`.
fn toy() -> Vec<(&'static str, crate::schema::Value)> {
    let lambda = 0.4 / 24.0;
    vec![
        ("lattice_size", 1.0.into()),
        ("lambda", lambda.into()),
        ("kappa", (0.25 * (1.5 - 2.0 * lambda)).into()),
        ("batch", 512.0.into()),
        ("steps", 1500.0.into()),
        ("samples", 8192.0.into()),
    ]
}

fn preset(
    id: &'static str,
    title: &'static str,
    look_for: &'static str,
    takes: &'static str,
    views: &[&'static str],
    params: Vec<(&'static str, crate::schema::Value)>,
) -> Preset {
    Preset { id, title, look_for, takes, views: views.to_vec(), params, weights: None }
}

/// A preset that starts from the trained weights in `file`.
fn with_weights(file: &'static str, preset: Preset) -> Preset {
    Preset { weights: Some(file), ..preset }
}
