//! Trained weights that come with presets; the page fetches the same files.

/// The snapshot in `file` of `www/weights`.
pub(crate) fn shipped(file: &str) -> Option<&'static [u8]> {
    match file {
        "phi4_symmetric_32.safetensors" => Some(include_bytes!("../../../www/weights/phi4_symmetric_32.safetensors")),
        "xy_16.safetensors" => Some(include_bytes!("../../../www/weights/xy_16.safetensors")),
        "phi4_broken_32.safetensors" => Some(include_bytes!("../../../www/weights/phi4_broken_32.safetensors")),
        _ => None,
    }
}
