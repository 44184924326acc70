//! What the tests of the labs share. On the CPU every future is ready when it is asked.

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

use burn::tensor::Device;

use crate::lab::{Estimate, Estimator, Lab};

pub fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the CPU backend made us wait"),
    }
}

/// A lab after the whole of its plan.
pub fn trained<L: Lab>(params: &L::Params, seed: u64) -> L {
    let mut lab = L::open(params, &Device::flex(), seed).unwrap();
    let plan = lab.plan();
    for _ in 0..plan.steps {
        now(lab.train_step()).unwrap();
        lab.chain(plan.chain_per_step as usize).unwrap();
    }
    now(lab.losses()).unwrap();
    now(lab.sample(plan.samples as usize)).unwrap();
    lab
}

/// An estimate, and its first reference.
pub fn estimate(lab: &mut impl Lab, id: &str, by: Estimator) -> (Estimate, f64) {
    let observable = lab.observables().into_iter().find(|o| o.id == id).unwrap();
    let exact = observable.references.first().map_or(f64::NAN, |r| r.value);
    let found = observable.estimates.into_iter().find(|e| e.estimator == by);
    (found.unwrap_or_else(|| panic!("no {by:?} estimate of {id}")), exact)
}

pub fn value(lab: &mut impl Lab, id: &str, by: Estimator) -> f64 {
    estimate(lab, id, by).0.value.unwrap()
}

/// The pull of an estimate on its first reference.
pub fn pull(lab: &mut impl Lab, id: &str, by: Estimator) -> f64 {
    let (estimate, exact) = estimate(lab, id, by);
    (estimate.value.unwrap() - exact) / estimate.error.unwrap()
}
