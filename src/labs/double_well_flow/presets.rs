//! Presets and words.

use crate::schema::{Preset, Story};

/// The texts beside the picture.
pub const STORY: Story = Story {
    what_you_see: "Closed paths of a quantum particle in two wells. On the left a Markov chain walks from path to path; on the right a network draws every path afresh.",
    what_to_try: "Raise f² until the chain stops crossing the barrier: its τ explodes, while the flow's samples stay independent. Then compare the two flows.",
    how_it_can_fool_you: "A flow that has lost a well still reports a high ESS, and ⟨x²⟩ cannot tell. Look at ln Z: it is short by ln 2; and at the fraction of paths in the right well. Weights mend only what the samples reach.",
};

/// The presets; the first is the default.
pub fn presets() -> Vec<Preset> {
    vec![
        Preset {
            id: "ten_seconds",
            title: "Ten seconds to the ground state",
            look_for: "The histogram of the flow's paths grows into the solid line, the exact density of this lattice, close to |ψ₀|² (dashed). What the flow still misses, its weights correct: green dots and green estimates settle on the exact lines.",
            takes: "10 s",
            views: vec!["density", "loss"],
            params: vec![],
            weights: None,
        },
        Preset {
            id: "mode_collapse",
            title: "Mode collapse",
            look_for: "Half the density is missing, yet the ESS is usually high and the loss looks finished. It stops ln 2 above its floor; ln Z and the right-well fraction give it away.",
            takes: "15 s",
            views: vec!["density", "loss"],
            params: vec![("f2", 3.0.into()), ("model", "coordinate".into()), ("steps", 800.0.into())],
            weights: None,
        },
        Preset {
            id: "both_wells",
            title: "Fourier-flow finds both wells",
            look_for: "The constant mode of the path says in which well it sits. A latent distribution with two bumps in that one mode is all the flow needs to keep both. Rare are still the paths that tunnel: watch the sign changes per path.",
            takes: "15 s",
            views: vec!["density", "modes"],
            params: vec![("f2", 3.0.into()), ("prior", "two_wells".into()), ("steps", 800.0.into())],
            weights: None,
        },
        Preset {
            id: "exact_by_reweighting",
            title: "Exact by reweighting",
            look_for: "A flow stopped early: its raw estimates (orange) are off by many standard errors. Weighted by exp(-S)/q (green), or used as Metropolis proposals, the same samples are right.",
            takes: "5 s",
            views: vec!["weights", "density"],
            params: vec![("steps", 100.0.into()), ("couplings", 6.0.into()), ("samples", 65_536.0.into())],
            weights: None,
        },
        Preset {
            id: "towards_the_continuum",
            title: "Towards the continuum",
            look_for: "At fixed β = N a = 4 the lattice energy approaches its continuum limit, for small a as a². Halve a and double N: the points follow the exact curve. The dashed level is at zero temperature, a little above.",
            takes: "30 s",
            views: vec!["continuum", "effective_energies"],
            params: vec![
                ("n_tau", 32.0.into()),
                ("spacing", 0.125.into()),
                ("couplings", 10.0.into()),
                ("hidden", 48.0.into()),
                ("steps", 1000.0.into()),
            ],
            weights: None,
        },
        Preset {
            id: "critical_slowing_down",
            title: "Critical slowing down of the chain",
            look_for: "Wells so deep that HMC rarely crosses: the τ of its right-well fraction is over a hundred updates and its error bars show it. The model's samples are independent, at the price of its training. At f² = 3 the chain hardly ever crosses, and gives no error bars.",
            takes: "20 s",
            views: vec!["chain_history", "density"],
            params: vec![
                ("f2", 2.0.into()),
                ("prior", "two_wells".into()),
                ("objective", "forward_kl".into()),
                ("steps", 1200.0.into()),
                ("chain_per_step", 100.0.into()),
            ],
            weights: None,
        },
        Preset {
            id: "learn_from_the_chain",
            title: "Learn from the chain instead",
            look_for: "Forward KL on the chain's paths in the wells where reverse KL collapsed. It cannot lose a well that the chain visits; it needs the chain to visit both.",
            takes: "20 s",
            views: vec!["density", "loss"],
            params: vec![
                ("f2", 2.0.into()),
                ("model", "coordinate".into()),
                ("objective", "forward_kl".into()),
                ("chain_per_step", 100.0.into()),
                ("hidden", 64.0.into()),
                ("steps", 1500.0.into()),
            ],
            weights: None,
        },
    ]
}
