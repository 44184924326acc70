//! Picking and naming what to compute on, and reading back from it.
//!
//! Every device is one run-time value of Burn. On the CPU it is Flex: pure Rust, one thread, the same bits on every run.
//! The GPU is WebGPU in the browser and Vulkan, Metal or CUDA natively, by cargo feature.
//!
//! In the browser autotune stays off (it ranks kernels by timestamps that browsers round to 65 us, longer than most kernels
//! here run) and nothing may wait for the GPU: reading back is asynchronous everywhere in this crate.

use burn::tensor::{Device, Tensor, Transaction};

use crate::{
    error::Error,
    protocol::{DeviceInfo, DeviceKind},
};

/// Opens the device of this kind.
///
/// # Errors
/// [`Error::Device`] if this build has none, or the platform refuses it.
pub async fn open(kind: DeviceKind) -> Result<(Device, DeviceInfo), Error> {
    match kind {
        DeviceKind::Cpu => cpu(),
        DeviceKind::Gpu => gpu().await,
    }
}

#[cfg(feature = "cpu")]
fn cpu() -> Result<(Device, DeviceInfo), Error> {
    let name = if cfg!(target_arch = "wasm32") { "CPU · WASM SIMD" } else { "CPU · Flex" };
    Ok((Device::flex(), DeviceInfo { kind: DeviceKind::Cpu, name: name.into() }))
}

#[cfg(not(feature = "cpu"))]
fn cpu() -> Result<(Device, DeviceInfo), Error> {
    Err(refused("cpu", "this build was made without the feature `cpu`"))
}

/// WebGPU can be set up once per page; later calls get the same device.
#[cfg(all(target_arch = "wasm32", feature = "webgpu"))]
async fn gpu() -> Result<(Device, DeviceInfo), Error> {
    use std::cell::RefCell;
    thread_local!(static OPENED: RefCell<Option<Device>> = const { RefCell::new(None) });
    let info = DeviceInfo { kind: DeviceKind::Gpu, name: "GPU · WebGPU".into() };
    if let Some(device) = OPENED.with_borrow(Clone::clone) {
        return Ok((device, info));
    }
    let device = Device::wgpu_options()
        .tasks_max(64)
        .init_async()
        .await
        .map_err(|error| refused("gpu", format!("WebGPU did not start: {error:?}")))?;
    OPENED.with_borrow_mut(|slot| *slot = Some(device.clone()));
    Ok((device, info))
}

#[cfg(all(not(target_arch = "wasm32"), feature = "cuda"))]
async fn gpu() -> Result<(Device, DeviceInfo), Error> {
    Ok((Device::cuda(0), DeviceInfo { kind: DeviceKind::Gpu, name: "GPU · CUDA".into() }))
}

#[cfg(all(not(target_arch = "wasm32"), feature = "gpu", not(feature = "cuda")))]
async fn gpu() -> Result<(Device, DeviceInfo), Error> {
    let device = Device::vulkan(burn::tensor::DeviceKind::default());
    Ok((device, DeviceInfo { kind: DeviceKind::Gpu, name: "GPU · Vulkan".into() }))
}

#[cfg(all(not(target_arch = "wasm32"), feature = "metal", not(any(feature = "gpu", feature = "cuda"))))]
async fn gpu() -> Result<(Device, DeviceInfo), Error> {
    let device = Device::metal(burn::tensor::DeviceKind::default());
    Ok((device, DeviceInfo { kind: DeviceKind::Gpu, name: "GPU · Metal".into() }))
}

#[cfg(not(any(
    all(target_arch = "wasm32", feature = "webgpu"),
    all(not(target_arch = "wasm32"), any(feature = "gpu", feature = "cuda", feature = "metal"))
)))]
async fn gpu() -> Result<(Device, DeviceInfo), Error> {
    let how = if cfg!(target_arch = "wasm32") {
        "this is the CPU artefact"
    } else {
        "this build has no GPU backend: build with `--features gpu` (Vulkan), `metal` or `cuda`"
    };
    Err(refused("gpu", how))
}

fn refused(wanted: &str, reason: impl Into<String>) -> Error {
    Error::Device { wanted: wanted.into(), reason: reason.into() }
}

/// The numbers of a tensor, last index fastest.
///
/// # Errors
/// [`Error::Device`] if the device does not give them.
pub async fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, Error> {
    let data = tensor.into_data_async().await.map_err(Error::read_back)?;
    data.try_to_vec().map_err(Error::read_back)
}

/// The numbers of several vectors, all at once.
///
/// # Errors
/// [`Error::Device`] if the device does not give them.
pub async fn read_all<const K: usize>(tensors: [Tensor<1>; K]) -> Result<[Vec<f32>; K], Error> {
    let transaction = tensors.into_iter().fold(Transaction::default(), Transaction::register);
    let data = transaction.execute_async().await.map_err(Error::read_back)?;
    let vectors: Result<Vec<_>, _> = data.into_iter().map(|data| data.try_to_vec::<f32>()).collect();
    Ok(vectors.map_err(Error::read_back)?.try_into().expect("as many as were registered"))
}
