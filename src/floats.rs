//! Arrays of numbers on their way to the page.
//!
//! Natively (JSON) a [`Floats`] is a list of numbers; in the browser it crosses as a `Float32Array`, copied once.

use serde::{Serialize, Serializer};

/// Single-precision numbers for drawing.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, type = "Float32Array"))]
pub struct Floats(pub Vec<f32>);

impl Serialize for Floats {
    #[cfg(target_arch = "wasm32")]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde_wasm_bindgen::preserve::serialize(&js_sys::Float32Array::from(self.0.as_slice()), serializer)
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl From<Vec<f32>> for Floats {
    fn from(values: Vec<f32>) -> Self {
        Self(values)
    }
}

impl FromIterator<f64> for Floats {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        Self(values.into_iter().map(|v| v as f32).collect())
    }
}

impl FromIterator<f32> for Floats {
    fn from_iter<I: IntoIterator<Item = f32>>(values: I) -> Self {
        Self(values.into_iter().collect())
    }
}
