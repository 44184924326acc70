//! What only exists in a browser: a [`Host`] that takes requests as JavaScript objects and gives events back.
//!
//! The worker's script owns the loop (`web/app/worker.ts`): it hands over one call at a time and never calls in again before
//! the promise is settled.

#![cfg(target_arch = "wasm32")]

use std::cell::RefCell;

use js_sys::Reflect;
use lattice_lab::{
    device,
    protocol::{Call, DeviceKind, Event, Message},
    session::Driver,
};
use serde::Serialize;
use wasm_bindgen::prelude::*;

thread_local!(static PANIC: RefCell<Option<String>> = const { RefCell::new(None) });

/// The message of the panic that ended this instance, if one did.
#[wasm_bindgen]
pub fn last_panic() -> Option<String> {
    PANIC.with_borrow(Clone::clone)
}

/// The driver on one device.
#[wasm_bindgen]
pub struct Host(Driver);

#[wasm_bindgen]
impl Host {
    /// Opens the device `kind`, `"cpu"` or `"gpu"`.
    ///
    /// # Errors
    /// A sentence, if the device cannot be used.
    pub async fn create(kind: String) -> Result<Host, JsError> {
        std::panic::set_hook(Box::new(|info| PANIC.set(Some(info.to_string()))));
        let kind = match kind.as_str() {
            "cpu" => DeviceKind::Cpu,
            "gpu" => DeviceKind::Gpu,
            other => return Err(JsError::new(&format!("no device `{other}`: cpu or gpu"))),
        };
        let (device, info) = device::open(kind).await.map_err(|error| JsError::new(&error.to_string()))?;
        Ok(Self(Driver::new(device, info, seconds)))
    }

    /// The device, as `DeviceInfo`.
    ///
    /// # Errors
    /// Never in practice: plain data always converts.
    pub fn device(&self) -> Result<JsValue, JsError> {
        to_js(self.0.info())
    }

    /// Whether [`slice`](Self::slice) has something to do.
    pub fn running(&self) -> bool {
        self.0.running()
    }

    /// Does what a `Call` asks; gives an array of `Message`.
    ///
    /// # Errors
    /// Never in practice: plain data always converts.
    pub async fn receive(&mut self, call: JsValue) -> Result<JsValue, JsError> {
        match serde_wasm_bindgen::from_value::<Call>(call.clone()) {
            Ok(call) => to_js(&self.0.receive(call).await),
            Err(error) => to_js(&[unreadable(&call, &error.to_string())]),
        }
    }

    /// Advances the running session by about 50 ms; gives an array of `Message`.
    ///
    /// # Errors
    /// Never in practice: plain data always converts.
    pub async fn slice(&mut self) -> Result<JsValue, JsError> {
        to_js(&self.0.slice().await)
    }
}

/// The answer to a call that cannot be read: addressed as well as its numbers allow.
fn unreadable(call: &JsValue, reason: &str) -> Message {
    let number = |key: &str| {
        let value = Reflect::get(call, &key.into()).ok().and_then(|v| v.as_f64());
        value.map_or(0, |n| n as u32)
    };
    let reason = format!("the call could not be read: {reason}");
    let event = Event::from(lattice_lab::error::Error::Protocol { reason });
    Message { session: number("session"), ticket: number("ticket"), event }
}

fn to_js(value: &(impl Serialize + ?Sized)) -> Result<JsValue, JsError> {
    // As JSON would have it, but bytes as `Uint8Array`.
    let serializer =
        serde_wasm_bindgen::Serializer::new().serialize_maps_as_objects(true).serialize_missing_as_null(true);
    value.serialize(&serializer).map_err(|error| JsError::new(&error.to_string()))
}

/// `performance.now()` of the worker, in seconds.
fn seconds() -> f64 {
    let performance = Reflect::get(&js_sys::global(), &"performance".into()).expect("every worker has a clock");
    let now = Reflect::get(&performance, &"now".into()).expect("every clock can be read");
    let now: js_sys::Function = now.unchecked_into();
    1e-3 * now.call0(&performance).ok().and_then(|t| t.as_f64()).expect("a clock gives a number")
}
