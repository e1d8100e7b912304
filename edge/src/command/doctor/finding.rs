//! What `cardsight doctor` found out about a part of the machine.

use std::fmt;

/// A line of the output.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// The part works.
    Works(String),
    /// The configuration needs the part, and it does not work. The text names the remedy.
    Fails(String),
    /// The part is there. Whether it works was not tested.
    Present(String),
    /// The part is missing or does not work, and the configuration does not need it.
    Absent(String),
}

impl Finding {
    /// Returns a word of six characters.
    pub(super) fn label(&self) -> &'static str {
        match self {
            Finding::Works(_) => "ok    ",
            Finding::Fails(_) => "FAILED",
            Finding::Present(_) => "found ",
            Finding::Absent(_) => "absent",
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Finding::Works(text)
            | Finding::Fails(text)
            | Finding::Present(text)
            | Finding::Absent(text) => f.write_str(text),
        }
    }
}

/// A test of a part that the configuration needs.
pub(super) fn works_or_fails<E: Into<anyhow::Error>>(outcome: Result<String, E>) -> Finding {
    outcome.map_or_else(|error| Finding::Fails(format!("{:#}", error.into())), Finding::Works)
}

/// A list of the devices that are there.
pub(super) fn present_or(
    devices: impl IntoIterator<Item = impl fmt::Display>,
    none: &str,
) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        devices.into_iter().map(|device| Finding::Present(device.to_string())).collect();
    if findings.is_empty() {
        findings.push(Finding::Absent(none.to_owned()));
    }
    findings
}
