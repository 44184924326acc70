//! What every lab promises, checked for each one on the list.

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

use burn::tensor::Device;
use lattice_lab::{
    lab::{AnyLab, LabSpec, Overrides},
    labs::{self, LABS},
    protocol::{Call, DeviceInfo, DeviceKind, Event, Request},
    schema::{Kind, Stage, Value},
    session::{Clock, Driver},
};

/// On the CPU every future is ready when it is asked.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the CPU backend made us wait"),
    }
}

/// The smallest, fastest version of a lab: every integer at its minimum but for those that would leave nothing to see.
fn small(spec: &LabSpec) -> Overrides {
    let keep = ["steps", "chain_per_step", "samples"];
    let description = (spec.describe)();
    let mut overrides = Overrides::new();
    for param in &description.params {
        if let Kind::Int { min, .. } = param.kind
            && !keep.contains(&param.id)
        {
            overrides.insert(param.id.into(), Value::Number(min));
        }
    }
    overrides
}

fn open(spec: &LabSpec, overrides: &Overrides, seed: u64) -> Box<dyn AnyLab> {
    (spec.open)(overrides, &Device::flex(), seed).unwrap_or_else(|error| panic!("{}: {error}", spec.id))
}

fn train(lab: &mut dyn AnyLab, steps: usize) -> Vec<f32> {
    let updates = lab.plan().chain_per_step as usize;
    for _ in 0..steps {
        now(lab.train_step()).unwrap();
        lab.chain(updates).unwrap();
    }
    now(lab.losses()).unwrap()
}

#[test]
fn every_preset_opens_and_the_first_differs_in_nothing() {
    for spec in LABS {
        let description = (spec.describe)();
        assert!(description.presets[0].params.is_empty(), "{}: the first preset is the defaults", spec.id);
        for preset in &description.presets {
            let params: Overrides =
                preset.params.iter().map(|(id, value)| ((*id).to_string(), value.clone())).collect();
            for (id, value) in &params {
                let default = &description.params.iter().find(|p| p.id == id).expect("a declared parameter").default;
                assert_ne!(value, default, "{}/{}: {id} does not differ from its default", spec.id, preset.id);
            }
            open(spec, &params, 1);
            for view in &preset.views {
                assert!(description.views.iter().any(|v| v.id == *view), "{}/{}: no view {view}", spec.id, preset.id);
            }
            assert!(!preset.look_for.is_empty() && !preset.takes.is_empty());
        }
    }
}

#[test]
fn every_declaration_has_help_and_a_unique_id() {
    for spec in LABS {
        let d = (spec.describe)();
        for (kind, ids) in [
            ("parameter", d.params.iter().map(|p| p.id).collect::<Vec<_>>()),
            ("observable", d.observables.iter().map(|o| o.id).collect()),
            ("view", d.views.iter().map(|v| v.id).collect()),
            ("preset", d.presets.iter().map(|p| p.id).collect()),
        ] {
            let mut unique = ids.clone();
            unique.sort_unstable();
            unique.dedup();
            assert_eq!(unique.len(), ids.len(), "{}: a {kind} id stands twice in {ids:?}", spec.id);
        }
        assert!(d.params.iter().all(|p| p.doc.len() > 10 && !p.symbol.is_empty() && !p.unit.is_empty()));
        assert!(d.observables.iter().all(|o| o.doc.len() > 10 && !o.unit.is_empty()));
        assert!(d.views.iter().all(|v| v.doc.len() > 10));
        for param in &d.params {
            if let Kind::Choice { options } | Kind::Set { options } = &param.kind {
                assert!(options.iter().all(|o| o.doc.len() > 10), "{}: an option of {} has no help", spec.id, param.id);
            }
            param.kind.check(param.id, &param.default).unwrap();
        }
    }
}

#[test]
fn three_steps_are_finite_and_everything_declared_appears() {
    for spec in LABS {
        let d = (spec.describe)();
        let mut lab = open(spec, &small(spec), 1);
        let losses = train(&mut *lab, 3);
        assert!(losses.len() == 3 && losses.iter().all(|l| l.is_finite()), "{}: {losses:?}", spec.id);
        now(lab.sample(100)).unwrap();
        assert_eq!(lab.sample_count(), 100);
        let samples = lab.samples();
        assert_eq!(samples.values.len(), 100 * samples.shape.iter().product::<usize>());
        assert!(matches!(samples.log_q.len(), 0 | 100) && samples.action.len() == 100);
        let ids: Vec<_> = lab.observables().iter().map(|o| o.id).collect();
        assert_eq!(ids, d.observables.iter().map(|o| o.id).collect::<Vec<_>>());
        for observable in lab.observables() {
            assert!(!observable.estimates.is_empty(), "{}: nothing estimates {}", spec.id, observable.id);
        }
        for view in &d.views {
            let drawn = now(lab.view(view.id)).unwrap();
            assert_eq!(drawn.id, view.id);
            for series in &drawn.series {
                assert!(
                    !series.x.0.is_empty() && series.y.0.len() % series.x.0.len() == 0,
                    "{}/{}: {}",
                    spec.id,
                    view.id,
                    series.name
                );
                assert!(series.error.0.is_empty() || series.error.0.len() == series.y.0.len());
            }
        }
        assert!(now(lab.view("nonsense")).unwrap_err().to_string().contains("unknown view `nonsense`"));
    }
}

#[test]
fn the_same_seed_gives_the_same_bits_however_it_is_looked_at() {
    for spec in LABS {
        let small = small(spec);
        let plain = train(&mut *open(spec, &small, 5), 6);
        let mut watched = open(spec, &small, 5);
        let mut losses = Vec::new();
        for _ in 0..3 {
            losses.extend(train(&mut *watched, 2));
            now(watched.sample(17)).unwrap();
            watched.observables();
            for view in &(spec.describe)().views {
                now(watched.view(view.id)).unwrap();
            }
        }
        assert_eq!(plain, losses, "{}: looking changed the training", spec.id);
        assert_ne!(plain, train(&mut *open(spec, &small, 6), 6), "{}: the seed does nothing", spec.id);
    }
}

#[test]
fn a_saved_lab_goes_on_as_if_it_had_never_stopped() {
    for spec in LABS {
        let choices = (spec.describe)().params.into_iter().filter_map(|p| match p.kind {
            Kind::Choice { options } | Kind::Set { options } => Some((p.id, options)),
            _ => None,
        });
        // Every option of every choice once, so that no objective or sampler keeps state of its own that is not saved.
        let variants = choices.flat_map(|(id, options)| options.into_iter().map(move |o| (id, o.id)));
        for (id, option) in variants {
            let mut params = small(spec);
            params.insert(id.into(), option.into());
            let mut whole = open(spec, &params, 3);
            train(&mut *whole, 2);
            let bytes = now(whole.save()).unwrap();
            let mut loaded = (spec.load)(&bytes, &Device::flex()).unwrap();
            assert_eq!(loaded.step(), 2);
            assert_eq!(loaded.params(), whole.params());
            assert_eq!(train(&mut *whole, 3), train(&mut *loaded, 3), "{}: {id} = {option}", spec.id);
            now(whole.sample(8)).unwrap();
            now(loaded.sample(8)).unwrap();
            assert_eq!(whole.samples(), loaded.samples());
        }
    }
}

#[test]
fn a_truncated_snapshot_is_refused() {
    for spec in LABS {
        let bytes = now(open(spec, &small(spec), 1).save()).unwrap();
        for length in [0, 7, 100, bytes.len() / 2, bytes.len() - 1] {
            let Err(error) = (spec.load)(&bytes[..length], &Device::flex()) else {
                panic!("{length} bytes were accepted")
            };
            assert!(error.to_string().starts_with("snapshot: "), "{error}");
        }
    }
}

#[test]
fn build_time_parameters_are_fixed_and_live_ones_are_not() {
    for spec in LABS {
        let mut lab = open(spec, &small(spec), 1);
        for param in &(spec.describe)().params {
            let now_value = lab.params().iter().find(|(id, _)| *id == param.id).unwrap().1.clone();
            let other = match &param.kind {
                Kind::Int { min, max, step } => {
                    Value::Number(if now_value == Value::Number(*min) { (min + step).min(*max) } else { *min })
                }
                Kind::Float { min, max, .. } => Value::Number(0.5 * (min + max)),
                Kind::Bool => Value::Bool(now_value != Value::Bool(true)),
                Kind::Choice { options } | Kind::Set { options } => {
                    Value::Text(options.iter().rev().find(|o| now_value != o.id.into()).unwrap().id.into())
                }
            };
            let result = lab.set(param.id, &other);
            match param.stage {
                Stage::Build => assert_eq!(result.unwrap_err().param(), Some(param.id)),
                Stage::Live => {
                    result.unwrap_or_else(|error| panic!("{}: {error}", spec.id));
                    train(&mut *lab, 1);
                }
            }
        }
        now(lab.sample(20)).unwrap();
        lab.observables();
    }
}

#[test]
fn trained_weights_are_those_of_their_preset() {
    for spec in LABS {
        let description = (spec.describe)();
        for preset in &description.presets {
            let Some(file) = preset.weights else { continue };
            let path = format!("{}/www/weights/{file}", env!("CARGO_MANIFEST_DIR"));
            let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
            assert!(bytes.len() < 1 << 20, "{file} has {} bytes", bytes.len());
            let (of, seed) = labs::of_snapshot(&bytes).unwrap();
            assert_eq!((of.id, seed), (spec.id, 1), "{file}");
            let lab = (spec.load)(&bytes, &Device::flex()).unwrap();
            assert!(lab.step() > 0, "{file} has not been trained");
            for (id, value) in lab.params() {
                let param = description.params.iter().find(|param| param.id == id).unwrap();
                let wanted = preset.params.iter().find(|(other, _)| *other == id).map_or(&param.default, |(_, v)| v);
                if param.stage == Stage::Build {
                    assert_eq!(&value, wanted, "{file}: {id}");
                }
            }
        }
    }
}

#[test]
fn a_picture_of_a_new_run_shows_the_chain_move_before_the_first_step_and_nothing_else_changes() {
    let clock: Clock = || 0.0;
    let info = || DeviceInfo { kind: DeviceKind::Cpu, name: "test".into() };
    let ask = |driver: &mut Driver, request| {
        let messages = now(driver.receive(Call { session: 1, ticket: 1, request }));
        messages.into_iter().map(|m| m.event).next_back()
    };
    for spec in LABS {
        let run = |hasty: bool| {
            let mut driver = Driver::new(Device::flex(), info(), clock);
            let stage = (spec.describe)().views[0].id;
            let picture = |driver: &mut Driver| {
                let request = Request::Frame { views: vec![stage.into()], observables: false, hasty: true };
                match ask(driver, request) {
                    Some(Event::Frame { views, .. }) => format!("{:?}", views[0].series),
                    other => panic!("{}: {other:?}", spec.id),
                }
            };
            let mut params = small(spec);
            // A single site is drawn once there are many of it.
            params.remove("lattice_size");
            assert!(matches!(
                ask(&mut driver, Request::Open { lab: spec.id.into(), params, seed: 3 }),
                Some(Event::Opened { .. })
            ));
            let before = hasty.then(|| picture(&mut driver));
            assert!(ask(&mut driver, Request::Run { steps: Some(3) }).is_none());
            if let Some(before) = before {
                assert_ne!(picture(&mut driver), before, "{}: {stage} has not moved", spec.id);
            }
            while driver.running() {
                now(driver.slice());
            }
            match ask(&mut driver, Request::Save) {
                Some(Event::Saved { bytes }) => bytes,
                other => panic!("{}: {other:?}", spec.id),
            }
        };
        assert!(run(true) == run(false), "{}: the pictures have changed the run", spec.id);
    }
}
