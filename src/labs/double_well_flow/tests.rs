//! Laws of this lab. What holds for every lab is in `tests/contract.rs`.

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

use super::*;
use crate::{lab::Estimate, schema::Value};

fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the CPU backend made us wait"),
    }
}

fn params(differences: &[(&str, Value)]) -> Params {
    Params::with(differences.iter().map(|(id, value)| (*id, value))).unwrap()
}

fn trained(params: &Params, seed: u64) -> DoubleWellFlow {
    let mut lab = DoubleWellFlow::open(params, &Device::flex(), seed).unwrap();
    for _ in 0..params.steps {
        now(lab.train_step()).unwrap();
        Lab::chain(&mut lab, params.chain_per_step).unwrap();
    }
    now(lab.losses()).unwrap();
    now(lab.sample(params.samples)).unwrap();
    lab
}

fn estimate(lab: &mut DoubleWellFlow, id: &str, by: By) -> (Estimate, f64) {
    let observable = Lab::observables(lab).into_iter().find(|o| o.id == id).unwrap();
    let exact = observable.references.first().map_or(f64::NAN, |r| r.value);
    let found = observable.estimates.into_iter().find(|e| e.estimator == by);
    (found.unwrap_or_else(|| panic!("no {by:?} estimate of {id}")), exact)
}

fn value(lab: &mut DoubleWellFlow, id: &str, by: By) -> f64 {
    estimate(lab, id, by).0.value.unwrap()
}

#[test]
#[ignore = "exploration"]
fn explore() {
    let set = std::env::var("SET").unwrap_or_default();
    for seed in 1..=std::env::var("SEEDS").map_or(1, |s| s.parse().unwrap()) {
        let mut p = Params::default();
        for pair in set.split_whitespace() {
            let (id, text) = pair.split_once('=').unwrap();
            let spec = Params::specs().into_iter().find(|s| s.id == id).unwrap();
            p.set(id, &spec.kind.parse(id, text).unwrap()).unwrap();
        }
        let start = std::time::Instant::now();
        let mut lab = trained(&p, seed);
        let all = start.elapsed().as_secs_f64();
        print!(
            "seed {seed} {all:.1}s ess {:.3} acc {:.3} ",
            value(&mut lab, "ess", By::Raw),
            value(&mut lab, "acceptance", By::Metropolis)
        );
        for o in Lab::observables(&mut lab) {
            if let Some(r) = o.references.first() {
                print!("\n   {:20} exact {:.5} ", o.id, r.value);
                for e in o.estimates {
                    let (v, s) = (e.value.unwrap_or(f64::NAN), e.error.unwrap_or(f64::NAN));
                    print!(
                        " {:?} {} ({:+.1}) tau {:.1};",
                        e.estimator,
                        stats::with_error(v, s),
                        (v - r.value) / s,
                        e.tau_int.unwrap_or(0.5)
                    );
                }
            }
        }
        println!();
    }
}
