//! What the configuration asks for: the section `[camera.controls]`.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The wanted values by the names of controls. A name is one of [`PLAIN_NAMES`], or a control's own.
pub(crate) type ControlSettings = BTreeMap<String, ControlValue>;

/// A wanted value.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(untagged)]
pub(crate) enum ControlValue {
    Switch(bool),
    Number(i64),
    /// "auto", or the name of an item of a menu.
    Word(String),
}

/// A quantity that a camera either sets by itself or lets a person set.
#[derive(Clone, Copy, Debug)]
pub(super) struct PlainName {
    pub(super) name: &'static str,
    /// The control that switches between both.
    pub(super) automatic: u32,
    /// The controls with the value; the first that the camera has is used.
    pub(super) values: &'static [u32],
}

/// `V4L2_CID_BASE` and `V4L2_CID_CAMERA_CLASS_BASE` of the kernel's `v4l2-controls.h`.
const BASE: u32 = 0x0098_0900;
const CAMERA: u32 = 0x009a_0900;

/// `V4L2_CID_EXPOSURE_AUTO`, the only automatic control that is a menu.
pub(super) const EXPOSURE_AUTO: u32 = CAMERA + 1;

/// The names that every camera understands, if it has such a control.
pub(super) const PLAIN_NAMES: [PlainName; 4] = [
    PlainName {
        name: "exposure",
        automatic: EXPOSURE_AUTO,
        // V4L2_CID_EXPOSURE_ABSOLUTE in units of 100 µs, V4L2_CID_EXPOSURE.
        values: &[CAMERA + 2, BASE + 17],
    },
    PlainName {
        name: "gain",
        // V4L2_CID_AUTOGAIN; V4L2_CID_GAIN, V4L2_CID_ANALOGUE_GAIN.
        automatic: BASE + 18,
        values: &[BASE + 19, 0x009e_0903],
    },
    PlainName {
        name: "focus",
        // V4L2_CID_FOCUS_AUTO; V4L2_CID_FOCUS_ABSOLUTE.
        automatic: CAMERA + 12,
        values: &[CAMERA + 10],
    },
    PlainName {
        name: "white_balance",
        // V4L2_CID_AUTO_WHITE_BALANCE; V4L2_CID_WHITE_BALANCE_TEMPERATURE in kelvin.
        automatic: BASE + 12,
        values: &[BASE + 26],
    },
];

impl fmt::Display for ControlValue {
    /// The value as it is written in the configuration.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ControlValue::Switch(is_on) => write!(f, "{is_on}"),
            ControlValue::Number(number) => write!(f, "{number}"),
            ControlValue::Word(word) => write!(f, "{word:?}"),
        }
    }
}
