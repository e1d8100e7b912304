//! The version of the model file's contract.

/// The version that this code writes and reads. A file of another version is refused.
pub const FORMAT_VERSION: u32 = 1;
