//! Saved sessions: a safetensors file with a header.
//!
//! The tensors are the parameter vector and the optimiser's moments, readable by any safetensors library. The metadata entry
//! `lattice_lab` holds the [`Header`] as JSON: lab, seed, parameters, counters, and the state of chain and random streams.

use std::collections::HashMap;

use burn::tensor::{Device, Tensor, TensorData, Transaction};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{error::Error, lab::Overrides, schema::ParamSet};

/// The version written, and the only one read.
const VERSION: u32 = 1;
const KEY: &str = "lattice_lab";

/// What is not a tensor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Format version.
    pub version: u32,
    /// Lab id.
    pub lab: String,
    /// Seed of the session.
    pub seed: u64,
    /// Every parameter.
    pub params: Overrides,
    /// Whatever else the lab keeps.
    pub state: serde_json::Value,
}

/// A snapshot in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// What is not a tensor.
    pub header: Header,
    tensors: HashMap<String, Vec<f32>>,
}

impl Snapshot {
    /// A header without tensors yet.
    pub fn new(lab: &str, seed: u64, params: Overrides, state: serde_json::Value) -> Self {
        let header = Header { version: VERSION, lab: lab.into(), seed, params, state };
        Self { header, tensors: HashMap::new() }
    }

    /// The same from a lab's own types.
    ///
    /// # Errors
    /// [`Error::Snapshot`] if the state cannot be written as JSON.
    pub fn of(lab: &str, seed: u64, params: &impl ParamSet, state: &impl Serialize) -> Result<Self, Error> {
        let state = serde_json::to_value(state).map_err(|error| broken(error.to_string()))?;
        Ok(Self::new(lab, seed, params.all().map(|(id, value)| (id.to_string(), value)).collect(), state))
    }

    /// Reads the named vectors from their device, all at once.
    ///
    /// # Errors
    /// [`Error::Device`] if the device does not give them.
    pub async fn gather(&mut self, tensors: impl IntoIterator<Item = (&str, Tensor<1>)>) -> Result<(), Error> {
        let (names, tensors): (Vec<_>, Vec<_>) = tensors.into_iter().unzip();
        let transaction = tensors.into_iter().fold(Transaction::default(), Transaction::register);
        let data = transaction.execute_async().await.map_err(Error::read_back)?;
        for (name, data) in names.into_iter().zip(data) {
            let values = data.try_to_vec::<f32>().map_err(Error::read_back)?;
            self.tensors.insert(name.into(), values);
        }
        Ok(())
    }

    /// The vector called `name`, with `count` elements.
    ///
    /// # Errors
    /// [`Error::Snapshot`] if it is missing, of another length, or not finite.
    pub fn vector(&self, name: &str, count: usize) -> Result<Vec<f32>, Error> {
        let values = self.values(name)?;
        if values.len() != count {
            return Err(broken(format!("tensor `{name}` has {} elements, its parameters need {count}", values.len())));
        }
        Ok(values)
    }

    /// The vector called `name`, however long.
    ///
    /// # Errors
    /// [`Error::Snapshot`] if it is missing or not finite.
    pub fn values(&self, name: &str) -> Result<Vec<f32>, Error> {
        let values = self.tensors.get(name).ok_or_else(|| broken(format!("it has no tensor `{name}`")))?;
        if let Some(at) = values.iter().position(|v| !v.is_finite()) {
            return Err(broken(format!("tensor `{name}` is {} at element {at}", values[at])));
        }
        Ok(values.clone())
    }

    /// The vector called `name` as a tensor.
    ///
    /// # Errors
    /// Those of [`vector`](Self::vector).
    pub fn tensor(&self, name: &str, count: usize, device: &Device) -> Result<Tensor<1>, Error> {
        Ok(Tensor::from_data(TensorData::new(self.vector(name, count)?, [count]), device))
    }

    /// The parameters.
    ///
    /// # Errors
    /// Those of [`ParamSet::with`].
    pub fn params<P: ParamSet>(&self) -> Result<P, Error> {
        P::with(self.header.params.iter().map(|(id, value)| (id.as_str(), value)))
    }

    /// The lab's state.
    ///
    /// # Errors
    /// [`Error::Snapshot`] if it is not one.
    pub fn state<S: DeserializeOwned>(&self) -> Result<S, Error> {
        S::deserialize(&self.header.state).map_err(|error| broken(format!("its state: {error}")))
    }

    /// The bytes of the file.
    ///
    /// # Errors
    /// [`Error::Snapshot`] if the state cannot be written as JSON: it holds a number that is not finite.
    pub fn write(&self) -> Result<Vec<u8>, Error> {
        let header = serde_json::to_string(&self.header).map_err(|error| broken(error.to_string()))?;
        let bytes: Vec<(&str, Vec<u8>)> = self
            .tensors
            .iter()
            .map(|(name, values)| (name.as_str(), values.iter().flat_map(|v| v.to_le_bytes()).collect()))
            .collect();
        let views = bytes.iter().map(|(name, bytes)| {
            let view = TensorView::new(Dtype::F32, vec![bytes.len() / 4], bytes).expect("four bytes an element");
            (*name, view)
        });
        safetensors::serialize(views, Some(HashMap::from([(KEY.to_string(), header)])))
            .map_err(|error| broken(error.to_string()))
    }

    /// Reads a file of the lab `lab`.
    ///
    /// # Errors
    /// Those of [`read`](Self::read), and that it is another lab's.
    pub fn read_of(lab: &str, bytes: &[u8]) -> Result<Self, Error> {
        let snapshot = Self::read(bytes)?;
        let other = &snapshot.header.lab;
        if other == lab { Ok(snapshot) } else { Err(broken(format!("it belongs to the lab `{other}`, not `{lab}`"))) }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`Error::Snapshot`] with what is wrong with it.
    pub fn read(bytes: &[u8]) -> Result<Self, Error> {
        let not_one = |error| broken(format!("{} bytes that are not a whole safetensors file ({error})", bytes.len()));
        let file = SafeTensors::deserialize(bytes).map_err(not_one)?;
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(not_one)?;
        let header = metadata
            .metadata()
            .as_ref()
            .and_then(|m| m.get(KEY))
            .ok_or_else(|| broken("a safetensors file, but not written by Lattice Lab".into()))?;
        let header: Header = serde_json::from_str(header).map_err(|error| broken(format!("its header: {error}")))?;
        if header.version != VERSION {
            return Err(broken(format!(
                "format version {} was written by another release; this one reads {VERSION}",
                header.version
            )));
        }
        let mut tensors = HashMap::new();
        for (name, view) in file.iter() {
            if view.dtype() != Dtype::F32 {
                return Err(broken(format!("tensor `{name}` is {:?}, not F32", view.dtype())));
            }
            let values = view.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
            tensors.insert(name.to_string(), values);
        }
        Ok(Self { header, tensors })
    }
}

fn broken(reason: String) -> Error {
    Error::Snapshot { reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Snapshot {
        let mut snapshot = Snapshot::new("toy", 7, Overrides::new(), serde_json::json!({ "step": 3 }));
        snapshot.tensors.insert("a".into(), vec![1.0, -2.5]);
        snapshot
    }

    #[test]
    fn what_is_written_is_read() {
        let snapshot = sample();
        assert_eq!(Snapshot::read(&snapshot.write().unwrap()).unwrap(), snapshot);
    }

    #[test]
    fn every_truncation_is_refused_with_a_sentence() {
        let bytes = sample().write().unwrap();
        for length in 0..bytes.len() {
            let error = Snapshot::read(&bytes[..length]).unwrap_err();
            assert!(error.to_string().starts_with("snapshot: "), "{error}");
        }
    }

    #[test]
    fn missing_short_and_broken_vectors_are_named() {
        let mut snapshot = sample();
        assert!(snapshot.vector("b", 2).unwrap_err().to_string().contains("no tensor `b`"));
        assert!(snapshot.vector("a", 3).unwrap_err().to_string().contains("has 2 elements"));
        snapshot.tensors.insert("a".into(), vec![1.0, f32::NAN]);
        assert!(snapshot.vector("a", 2).unwrap_err().to_string().contains("NaN at element 1"));
    }
}
