//! What is fuzzed: everything that reads bytes from outside the program. Each target takes any
//! bytes and must not panic, whatever they are; it returns whether they are valid.
//!
//! `fuzz/fuzz_targets` passes the bytes of a fuzzer to these functions, and `tests/smoke.rs` those
//! of the committed corpora, whole and changed.
//!
//! - [`frames`]: frames of cameras, and image files
//! - [`models`]: model files
//! - [`seeds`]: valid inputs to begin with

pub mod frames;
pub mod models;
pub mod seeds;

use edge::testing::check_configuration;

/// A function that takes any bytes, and inputs that it accepts.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The name of the fuzzer, and of the folder of its corpus.
    pub name: &'static str,
    pub run: fn(&[u8]) -> bool,
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// All targets.
pub const TARGETS: [Target; 5] = [
    Target { name: "configuration", run: configuration, seeds: seeds::configurations },
    Target { name: "image_file", run: frames::image_file, seeds: seeds::image_files },
    Target { name: "mjpeg_frame", run: frames::mjpeg_frame, seeds: seeds::mjpeg_frames },
    Target { name: "model_file", run: models::model_file, seeds: seeds::model_files },
    Target { name: "raw_frame", run: frames::raw_frame, seeds: seeds::raw_frames },
];

/// Reads a configuration.
pub fn configuration(bytes: &[u8]) -> bool {
    check_configuration(bytes).is_ok()
}
