//! The version of the model file's contract.

/// The version that this code writes.
pub const FORMAT_VERSION: u32 = 2;

/// The oldest version that this code reads. In version 1, images were resized with 16 bits for a
/// level instead of 8, which makes a difference of at most one level.
pub const OLDEST_READ_VERSION: u32 = 1;
