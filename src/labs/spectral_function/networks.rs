//! Networks among the methods.

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use super::{params::Params, study::Scene};
use crate::{
    error::Error,
    inverse::{Fit, Method},
    snapshot::Snapshot,
};

/// The networks that are trained on the data.
#[derive(Default)]
pub struct Networks;

/// What a snapshot keeps of them.
#[derive(Serialize, Deserialize, Default)]
pub struct State;

impl Networks {
    /// Those among the methods.
    pub fn new(_: &Params, _: &Scene, _: &Device, _: u64) -> Self {
        Self
    }
    pub fn is_empty(&self) -> bool {
        true
    }
    pub fn history(&self, _: Method) -> Option<&[(u32, f64)]> {
        None
    }
    pub fn fit(&self, _: Method) -> Option<&Fit> {
        None
    }
    pub fn steps_left(&self) -> u32 {
        0
    }
    pub fn steps_made(&self, step: u32) -> u32 {
        step
    }
    pub fn other_data(&mut self, _: &Params, _: &Scene, _: &Device, _: u64) {}
    pub fn retune(&mut self, _: &Params, _: &Scene, _: &Device, _: u64) {}
    pub async fn step(&mut self) -> Result<(), Error> {
        Ok(())
    }
    pub async fn losses(&mut self) -> Result<Vec<f32>, Error> {
        Ok(Vec::new())
    }
    pub async fn answer(
        &mut self,
        _: Method,
        _: &Params,
        scene: &Scene,
        _: &Device,
        _: u64,
        _: bool,
    ) -> Result<Fit, Error> {
        let rho = nalgebra::DVector::zeros(scene.grid().len());
        Ok(Fit { chi2: scene.whitened.chi2(&rho), rho, regulator: 0.0, path: Vec::new(), band: None, linear: None })
    }
    pub fn state(&self) -> State {
        State
    }
    pub async fn gather(&self, _: &mut Snapshot) -> Result<(), Error> {
        Ok(())
    }
    pub fn restore(&mut self, _: &State, _: &Snapshot, _: &Params, _: &Scene, _: &Device, _: u64) -> Result<(), Error> {
        Ok(())
    }
}
