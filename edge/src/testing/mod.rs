//! What tests need and the shipped program does not contain: the fakes of all hardware, a
//! builder for pipelines, and a source that hangs. Compiled with the feature `testing` only.
//!
//! Each fake lies beside the trait that it implements.

mod hanging_source;
mod pipeline_builder;

pub use crate::clock::FakeClock;
pub use crate::output::leds::fake::{FakePin, RecordingLeds};
pub use crate::output::screen::fake::FakeDisplay;
pub use crate::service::notify::RecordingSupervisor;
pub use crate::source::camera::fake::{FakeCamera, FakeStep};
pub use crate::source::fake::ScriptedSource;
pub(crate) use hanging_source::hang_at_frame;
pub use pipeline_builder::PipelineBuilder;

/// Checks the content of a configuration file, as `cardsight check-config` does before it reads
/// the models.
///
/// # Errors
/// The text of what is wrong with it.
pub fn check_configuration(bytes: &[u8]) -> Result<(), String> {
    crate::config::check_bytes(bytes)
}
