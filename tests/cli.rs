//! The command line as a stranger uses it: arguments in, text, files and exit codes out.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;

const LAB: &str = "double_well_flow";
/// A run small enough for a test: its options and its numbers.
const SMALL: [&str; 12] = [
    "--set",
    "n_tau=8",
    "--set",
    "couplings=2",
    "--set",
    "hidden=8",
    "--set",
    "batch=32",
    "--steps",
    "5",
    "--samples",
    "256",
];

fn lattice_lab(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lattice-lab")).args(args).output().expect("the program starts")
}

/// Standard output of a call that must succeed.
fn succeeds(args: &[&str]) -> String {
    let output = lattice_lab(args);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {stderr}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Standard error of a call that must fail with this exit code; a panic or an empty sentence is no failure but a defect.
fn fails(code: i32, args: &[&str]) -> String {
    let output = lattice_lab(args);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{args:?}: {stderr}");
    assert!(stderr.starts_with("error: ") && !stderr.contains("panicked"), "{args:?}: {stderr}");
    assert!(output.stdout.is_empty(), "{args:?} failed and yet wrote to standard output");
    stderr
}

fn json(args: &[&str]) -> Value {
    let text = succeeds(args);
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{args:?} gave no JSON ({error}): {text}"))
}

fn small_run<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["run", LAB], &SMALL[..], more].concat()
}

/// A fresh folder for one test.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).expect("a folder for the test");
    path
}

fn text(path: &Path) -> &str {
    path.to_str().expect("the target folder's name is UTF-8")
}

fn ids<'a>(list: &'a Value, key: &str) -> Vec<&'a str> {
    list.as_array().expect("a list").iter().map(|item| item[key].as_str().expect("a name")).collect()
}

#[test]
fn list_and_describe_name_every_lab_and_all_that_it_declares() {
    let labs = json(&["list", "--json"]);
    assert!(ids(&labs, "id").contains(&LAB));
    let table = succeeds(&["list"]);
    for lab in labs.as_array().unwrap() {
        let id = lab["id"].as_str().unwrap();
        assert_eq!(&json(&["describe", id]), lab);
        assert!(table.contains(id) && table.contains(lab["presets"][0]["id"].as_str().unwrap()), "{table}");
        for key in ["params", "observables", "views", "presets"] {
            assert!(!ids(&lab[key], "id").is_empty(), "{id} declares no {key}");
        }
    }
}

#[test]
fn a_run_reports_every_observable_with_its_references() {
    let report = json(&small_run(&["--seed", "3", "--json"]));
    assert_eq!(report["lab"], LAB);
    assert_eq!((&report["seed"], &report["steps"], &report["device"]), (&3.into(), &5.into(), &"cpu".into()));
    assert_eq!(report["params"]["n_tau"], 8.0);
    assert!(report["loss"].is_number() && report["wall_s"].as_f64().unwrap() > 0.0);
    assert!(report["seconds"]["train"].as_f64().unwrap() > 0.0);
    let rows = report["observables"].as_array().unwrap();
    for id in ids(&json(&["describe", LAB])["observables"], "id") {
        assert!(rows.iter().any(|row| row["id"] == id), "{id} is declared but not reported");
    }
    let row = rows.iter().find(|row| row["id"] == "x2" && row["estimator"] == "raw").expect("raw x2");
    assert_eq!(
        (&row["count"], &row["reference"]["kind"], &row["continuum"]["kind"]),
        (&256.into(), &"exact".into(), &"continuum".into())
    );
    for key in ["value", "error", "ess"] {
        assert!(row[key].as_f64().unwrap() > 0.0, "{key}: {row}");
    }
    assert!(row["tau_int"].is_null(), "samples are independent");
}

#[test]
fn without_json_a_table_says_the_same() {
    let table = succeeds(&small_run(&[]));
    for word in ["x2", "reweighted", "tau_int", "pull", "5 steps", "256 samples"] {
        assert!(table.contains(word), "no `{word}` in\n{table}");
    }
}

#[test]
fn extra_chain_updates_are_measured() {
    let measured = |chain: &str| {
        let report = json(&small_run(&["--json", "--chain", chain]));
        let rows = report["observables"].as_array().unwrap();
        rows.iter().find(|row| row["id"] == "x2" && row["estimator"] == "chain").unwrap()["count"].as_u64().unwrap()
    };
    assert_eq!(measured("1234"), measured("0") + 1234);
}

#[test]
fn the_same_seed_gives_the_same_losses_to_the_last_bit_and_another_does_not() {
    let folder = folder("seeds");
    let losses = |seed: &str, name: &str| {
        let out = folder.join(name);
        succeeds(&small_run(&["--seed", seed, "--out", text(&out)]));
        fs::read_to_string(out.join("loss.csv")).unwrap()
    };
    let first = losses("1", "a");
    assert_eq!(first.lines().count(), 6, "{first}");
    assert_eq!(first, losses("1", "b"));
    assert_ne!(first, losses("2", "c"));
}

#[test]
fn a_saved_run_goes_on_where_it_stopped() {
    let folder = folder("snapshot");
    let [file, later, whole, rest] = ["five", "ten", "whole", "rest"].map(|name| folder.join(name));
    succeeds(&small_run(&["--seed", "7", "--save", text(&file)]));
    let samples = ["--samples", "256", "--json"];
    let load = ["run", LAB, "--load", text(&file), "--steps", "5", "--save", text(&later), "--out", text(&rest)];
    let report = json(&[&load[..], &samples].concat());
    assert_eq!((&report["steps"], &report["seed"], &report["params"]["hidden"]), (&10.into(), &7.into(), &8.0.into()));
    assert!(later.exists());

    let small: Vec<&str> = SMALL.iter().map(|&option| if option == "5" { "10" } else { option }).collect();
    succeeds(&[&["run", LAB, "--seed", "7", "--out", text(&whole)], &small[..]].concat());
    let [whole, rest] = [whole, rest].map(|out| fs::read_to_string(out.join("loss.csv")).unwrap());
    let last_five =
        |losses: &str| losses.lines().skip(losses.lines().count() - 5).map(String::from).collect::<Vec<_>>();
    assert_eq!(last_five(&whole), last_five(&rest));
    assert!(rest.lines().nth(1).unwrap().starts_with("6,"), "{rest}");
}

#[test]
fn a_live_parameter_may_change_on_loading_and_another_may_not() {
    let folder = folder("retuned");
    let file = folder.join("saved");
    succeeds(&small_run(&["--save", text(&file)]));
    let load = |set: &'static str| {
        ["run", LAB, "--load", text(&file), "--steps", "1", "--samples", "64", "--json", "--set", set].map(String::from)
    };
    let live = load("f2=1.5");
    assert_eq!(json(&live.each_ref().map(String::as_str))["params"]["f2"], 1.5);
    let fixed = load("n_tau=16");
    let stderr = fails(2, &fixed.each_ref().map(String::as_str));
    assert!(stderr.contains("saved was made with n_tau = 8, which cannot become 16 any more"), "{stderr}");
    assert!(stderr.contains("leave out `--set n_tau=16`") && stderr.contains("leave out `--load`"), "{stderr}");
    // What the file has anyway is no change.
    let same = load("n_tau=8");
    assert_eq!(json(&same.each_ref().map(String::as_str))["params"]["n_tau"], 8.0);
    // Another lab's is told from it, with the command that would do.
    let stderr = fails(2, &["run", "xy_autoregressive", "--load", text(&file)]);
    let said = format!(
        "is a session of the lab `{LAB}`, not of `xy_autoregressive`: go on from it with `lattice-lab run {LAB} --load {}`",
        text(&file)
    );
    assert!(stderr.contains(&said), "{stderr}");
}

#[test]
fn the_files_of_a_run_can_be_read() {
    let out = folder("files").join("new/folder");
    succeeds(&small_run(&["--out", text(&out)]));

    let mut npz = npyz::npz::NpzArchive::open(out.join("samples.npz")).unwrap();
    let samples = npz.by_name("samples").unwrap().expect("an array called samples");
    assert_eq!(samples.shape(), [256, 8]);
    let samples: Vec<f32> = samples.into_vec().expect("single precision");
    assert!(samples.iter().all(|x| x.is_finite()) && samples.iter().any(|x| *x != samples[0]));

    let mut observables = csv::Reader::from_path(out.join("observables.csv")).unwrap();
    assert_eq!(
        observables.headers().unwrap().iter().take(4).collect::<Vec<_>>(),
        ["id", "estimator", "value", "error"]
    );
    assert!(observables.records().all(|record| record.is_ok_and(|r| r[1].len() > 2)));

    let params: Value = serde_json::from_str(&fs::read_to_string(out.join("params.json")).unwrap()).unwrap();
    assert_eq!((&params["lab"], &params["params"]["batch"]), (&LAB.into(), &32.0.into()));

    for id in ids(&json(&["describe", LAB])["views"], "id") {
        let svg = fs::read_to_string(out.join(format!("{id}.svg"))).unwrap();
        assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"), "{id}");
        assert!(
            svg.contains("<text") && svg.matches('<').count() == svg.matches('>').count() && !svg.contains("NaN"),
            "{id}"
        );
        assert!(["<polyline", "<circle", "<rect x"].iter().any(|mark| svg.contains(mark)), "{id} shows no data");
    }
    let loss = fs::read_to_string(out.join("loss.svg")).unwrap();
    assert!(loss.contains("#D55E00"), "the losses of the run are not drawn");
}

#[test]
fn a_sweep_is_a_table_of_every_value() {
    let args = [&["sweep", LAB, "--over", "f2=0.5:1.5:3"], &SMALL[..]].concat();
    let sweep = succeeds(&args);
    let mut reader = csv::Reader::from_reader(sweep.as_bytes());
    assert_eq!(reader.headers().unwrap().iter().take(4).collect::<Vec<_>>(), ["f2", "id", "estimator", "value"]);
    let records: Vec<_> = reader.records().map(|record| record.unwrap()).collect();
    for f2 in ["0.5", "1", "1.5"] {
        assert!(
            records.iter().any(|r| &r[0] == f2 && &r[1] == "e0" && &r[2] == "chain" && !r[8].is_empty()),
            "{sweep}"
        );
    }
}

#[test]
fn a_benchmark_step_is_timed() {
    let report = json(&["bench", "--case", "flow", "--steps", "1", "--json"]);
    assert_eq!(ids(&report["cases"], "case"), ["flow"]);
    assert!(report["cases"][0]["ms_per_step"].as_f64().unwrap() > 0.0 && report["device"]["kind"] == "cpu");
}

#[test]
fn what_cannot_be_is_named_in_a_sentence_and_ends_with_two() {
    let run = |more: &[&'static str]| [&["run", LAB, "--steps", "1"], more].concat();
    for (args, sentence) in [
        (run(&["--set", "lambda=99"]), "lambda = 99 is outside [0.1, 5]"),
        (run(&["--set", "n_tau=7"]), "n_tau = 7 is not one of 4, 6, ..., 64"),
        (run(&["--set", "batch=many"]), "batch = many is not a number"),
        (run(&["--set", "model=fourrier"]), "model = fourrier is not one of fourier, coordinate"),
        (run(&["--set", "symmetrise=yes"]), "symmetrise = yes is neither true nor false"),
        (run(&["--set", "mas=1"]), "unknown parameter `mas`; known: f2, n_tau, spacing"),
        (run(&["--set", "mass"]), "not of the form id=value"),
        (run(&["--preset", "deep"]), "unknown preset `deep`; known: ten_seconds"),
        (run(&["--samples", "0"]), "--samples"),
        (run(&["--device", "tpu"]), "--device"),
        (run(&["--load", "x", "--seed", "2"]), "--seed"),
        (vec!["run", "triple_well"], "unknown lab `triple_well`; known: double_well_flow"),
        (vec!["describe", "triple_well"], "unknown lab `triple_well`"),
        (vec!["sweep", LAB, "--over", "f2=1:2"], "not of the form id=from:to:count"),
        (vec!["bench", "--case", "fft"], "unknown benchmark `fft`; known: flow, conv"),
    ] {
        let stderr = fails(2, &args);
        assert!(stderr.contains(sentence), "{args:?}: {stderr}");
    }
}

#[test]
fn what_goes_wrong_is_named_in_a_sentence_and_ends_with_one() {
    let folder = folder("broken");
    let [saved, half, none, inside] = ["saved", "half", "none", "saved/inside"].map(|name| folder.join(name));
    succeeds(&small_run(&["--save", text(&saved)]));
    let bytes = fs::read(&saved).unwrap();
    fs::write(&half, &bytes[..bytes.len() / 2]).unwrap();
    for (option, path, sentence) in [
        ("--load", &half, "half: snapshot: "),
        ("--load", &none, "cannot read "),
        ("--save", &inside, "cannot write "),
        ("--out", &inside, "cannot create the folder "),
    ] {
        let stderr = fails(1, &["run", LAB, "--steps", "1", "--samples", "64", option, text(path)]);
        assert!(stderr.contains(sentence) && stderr.lines().count() == 1, "{option}: {stderr}");
    }
    assert!(!none.exists());
    if cfg!(not(any(feature = "gpu", feature = "cuda", feature = "metal"))) {
        let stderr = fails(1, &["run", LAB, "--device", "gpu"]);
        assert!(stderr.contains("build with `--features gpu`"), "{stderr}");
    }
}

#[test]
fn a_kernel_that_does_not_fit_a_file_is_noted() {
    let path = folder("doubted").join("rising.csv");
    fs::write(&path, "1;1,5;0,01\n2;2,5;0,01\n3;4;0,01\n4;6;0,01\n5;9;0,01\n").unwrap();
    let output = lattice_lab(&[
        "run",
        "spectral_function",
        "--set",
        "methods=tikhonov",
        "--set",
        "samples=2",
        "--data",
        text(&path),
    ]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && stderr.contains("note: With the kernel “Källén-Lehmann, momenta”"), "{stderr}");
}

/// The whole table takes some seconds: the default preset is trained.
#[test]
fn every_exact_value_is_met() {
    let table = succeeds(&["verify"]);
    for id in ["x2", "e0", "ln_z", "e1_minus_e0"] {
        assert!(table.contains(id), "{table}");
    }
    assert!(table.contains("all within 4"), "{table}");
}

#[test]
fn reconstructions_of_a_file_are_compared_by_method() {
    let folder = folder("spectral");
    let path = folder.join("correlator.csv");
    // D(p) = 1 / (4 + (p + 1/2)^2): one peak at 2 of half-width 1/2.
    let rows: String = (0..20)
        .map(|j| f64::from(j) * 0.8 + 0.01)
        .map(|p| format!("{p},{},{}\n", 1.0 / (4.0 + (p + 0.5_f64).powi(2)), 1e-4))
        .collect();
    fs::write(&path, format!("p,D,sigma\n{rows}")).unwrap();
    let methods = ["--set", "methods=tikhonov,mem_historic", "--set", "samples=10"];
    let out = folder.join("out");
    let run =
        [&["run", "spectral_function", "--json", "--data", text(&path), "--out", text(&out)], &methods[..]].concat();
    let report = json(&run);
    let rows = report["observables"].as_array().unwrap();
    let peak = |method: &str| {
        let row = rows.iter().find(|row| row["id"] == "peak_position" && row["method"] == method);
        row.unwrap_or_else(|| panic!("no {method}"))["value"].as_f64().unwrap()
    };
    for method in ["tikhonov", "mem_historic"] {
        assert!((peak(method) - 2.0).abs() < 0.5, "{method}: {}", peak(method));
    }
    assert!(rows.iter().all(|row| row["reference"].is_null()), "a file knows no truth");
    assert!(fs::read_to_string(out.join("methods.csv")).unwrap().starts_with("row,peak position,"));
    assert!(fs::read_to_string(out.join("spectrum.svg")).unwrap().contains("</svg>"));

    fs::write(&path, "1,2,0.1\n2,1,0\n").unwrap();
    let run = [&["run", "spectral_function", "--data", text(&path)], &methods[..]].concat();
    assert!(fails(1, &run).contains("line 2: an error of 0 is not positive"));
    let unknown = fails(2, &["run", "spectral_function", "--set", "methods=mem"]);
    assert!(unknown.contains("names `mem`, which is none of tsvd, "), "{unknown}");
}
