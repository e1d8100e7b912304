//! What does not work at present.

/// Faults of the outputs that last at present.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct OutputFaults {
    pub(crate) leds: Option<String>,
    pub(crate) screen: Option<String>,
}
