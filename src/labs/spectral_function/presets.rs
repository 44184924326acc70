//! Presets and words.

use crate::schema::{Preset, Story};

/// The texts beside the picture.
pub const STORY: Story = Story {
    what_you_see: "A true spectral function (ink), turned into a few noisy points of its correlator, and what each method makes of these points alone. Most fit the data (χ² per point near 1 in the table); they differ in what they assume where the data say nothing.",
    what_to_try: "Draw your own spectral function into the picture. Lower the noise by a factor of ten and see how little the picture gains. Move the regulator by hand. Load your own correlator.",
    how_it_can_fool_you: "A good χ² says nothing about features the data cannot see. Bands are the spread over replicas of the data: they do not contain the bias of the regulator, and are often too narrow. A narrow peak may be fitted noise, a broad one a narrow peak smoothed.",
};

fn preset(
    id: &'static str,
    title: &'static str,
    look_for: &'static str,
    takes: &'static str,
    views: [&'static str; 2],
    params: Vec<(&'static str, crate::schema::Value)>,
) -> Preset {
    Preset { id, title, look_for, takes, views: views.to_vec(), params, weights: None }
}

/// The presets; the first is the default.
pub fn presets() -> Vec<Preset> {
    vec![
        preset(
            "ten_seconds",
            "Ten seconds: one peak, five methods",
            "Five methods, one data set of 25 points with errors of 0.1 % and more. All find a peak between 1.8 and 2.4. The two entropies, averaged over their strength, follow the noise into a narrow spike, and only their wide bands tell; the Gaussian process makes waves. The network learns while you watch.",
            "10 s",
            ["data", "methods"],
            vec![],
        ),
        preset(
            "benchmark",
            "The talk's benchmark",
            "One and two peaks at three noise levels, several draws of the noise: a row for each method. No method wins everywhere, and the spread between draws is large. Networks can be added to the methods; each then trains anew for every row.",
            "60 s",
            ["benchmark", "benchmark_figure"],
            vec![
                ("study", "benchmark".into()),
                (
                    "methods",
                    "tsvd,tikhonov,mem_historic,mem_bryan,br_historic,br_averaged,gaussian_process,sparse,rbf".into(),
                ),
            ],
        ),
        preset(
            "ill_posed",
            "Why it is ill-posed",
            "The kernel's singular values fall by a factor of three to thirty from mode to mode. Where the data (blue) reach the line at one they are noise: eight numbers or so is all that these 25 points hold. Take more modes with the regulator by hand, and noise explodes.",
            "2 s",
            ["singular_values", "regulators"],
            vec![("methods", "tsvd,tikhonov".into()), ("noise", 1e-4.into())],
        ),
        preset(
            "equally_good",
            "Three spectra, one correlator",
            "Three spectral functions that differ wherever the data do not forbid it: each fits the data as well as the truth does. Choosing one is the method's doing, not the data's.",
            "3 s",
            ["equally_good", "data"],
            vec![("methods", "mem_historic".into()), ("shape", "double_peak".into())],
        ),
        preset(
            "near_zero",
            "Near zero frequency",
            "A transport peak: its slope at zero is the transport coefficient. Watch the strip's slope: entropy methods come near here, others are off by factors of two, with small error bars. Backus-Gilbert answers with averages, which do not fit the data (χ²).",
            "5 s",
            ["methods", "data"],
            vec![
                ("shape", "transport".into()),
                ("width_1", 0.4.into()),
                ("area_1", 0.5.into()),
                ("mass_2", 3.0.into()),
                ("noise", 1e-4.into()),
                ("methods", "tikhonov_positive,mem_historic,br_historic,gaussian_process,backus_gilbert".into()),
            ],
        ),
        preset(
            "two_peaks",
            "Two peaks or one?",
            "Two peaks close together. At this noise most methods show one broad peak; Bayesian reconstruction shows two. Is it right, or lucky? At another draw of the noise it may show a third. Move the second peak, or the noise.",
            "10 s",
            ["methods", "equally_good"],
            vec![
                ("shape", "double_peak".into()),
                ("mass_2", 4.0.into()),
                ("noise", 1e-4.into()),
                ("methods", "tikhonov,mem_historic,br_historic,sparse,nn_list".into()),
            ],
        ),
        preset(
            "not_positive",
            "Not positive",
            "A difference of two peaks. Methods of entropy assume a positive answer and cannot fit (their χ² is in the thousands, and they spike); linear methods, and a network whose output may be negative, do not care.",
            "10 s",
            ["data", "methods"],
            vec![
                ("shape", "not_positive".into()),
                ("area_2", 0.5.into()),
                ("noise", 1e-4.into()),
                ("positive", false.into()),
            ],
        ),
        preset(
            "thermal",
            "Lattice-like data at finite temperature",
            "The kernel of lattice QCD: times up to half the inverse temperature, correlated errors, a resonance before a continuum. The peak survives; where the continuum begins, and anything near zero, hardly do.",
            "10 s",
            ["data", "methods"],
            vec![
                ("kernel", "thermal".into()),
                ("shape", "continuum".into()),
                ("mass_1", 1.5.into()),
                ("width_1", 0.2.into()),
                ("mass_2", 4.0.into()),
                ("area_2", 0.5.into()),
                ("points", 24.0.into()),
                ("noise_model", "relative".into()),
                ("correlated", 0.6.into()),
                ("cutoff", 10.0.into()),
                ("methods", "mem_historic,mem_bryan,br_historic,gaussian_process,sparse".into()),
            ],
        ),
        preset(
            "network_regulator",
            "The network is a regulator",
            "Two networks, one given all frequencies at once, one a single frequency at a time, both through the same kernel. What keeps their answers smooth is mostly a penalty on the roughness of ln ρ, then depth, width and activation. For this peak it is a good prejudice, better than the entropy of a flat default model; it is the prejudice that wins, not the network: the same penalty without a network does as well.",
            "60 s",
            ["chi2_history", "methods"],
            vec![("methods", "mem_historic,nn_list,nn_p2p".into())],
        ),
        preset(
            "outside",
            "Asked outside its training set",
            "A network trained on thousands of random single peaks, then asked about two: it answers at once, plausibly, and wrongly, and its χ² (far above 1) is the only warning. The direct methods know nothing of families.",
            "20 s",
            ["methods", "data"],
            vec![("methods", "tikhonov,mem_historic,supervised".into()), ("shape", "double_peak".into())],
        ),
    ]
}
