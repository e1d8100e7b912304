//! The controls of a camera: what the configuration asks for is applied at every opening.
//!
//! - [`settings`]: what the configuration asks for
//! - [`resolve`]: which controls this means for a camera
//! - [`kernel`]: listing, reading and changing the controls of a device
//! - [`apply`]: changing them, and reading them back
//! - `fake`: a scripted camera with controls, for tests

pub(crate) mod apply;
#[cfg(test)]
pub(super) mod fake;
pub(crate) mod kernel;
mod resolve;
pub(crate) mod settings;

use std::fmt;
use std::io;

/// What a control can be set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ControlKind {
    Integer,
    Boolean,
    /// The numbers and names of the items.
    Menu(Vec<(i64, String)>),
    /// An action, a text, a bit mask or a compound value, which cardsight neither reads nor sets.
    Other,
}

/// A control of a camera.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Control {
    /// The kernel's number for it.
    pub(crate) id: u32,
    /// The driver's name in the spelling of `v4l2-ctl`, such as "white_balance_automatic".
    pub(crate) name: String,
    pub(crate) kind: ControlKind,
    pub(crate) minimum: i64,
    pub(crate) maximum: i64,
    pub(crate) step: u64,
    pub(crate) default: i64,
    /// It can't be changed.
    pub(crate) is_read_only: bool,
    /// Another control, such as an automatic one, makes it ineffective at present.
    pub(crate) is_inactive: bool,
}

/// The controls of one open camera.
pub(crate) trait ControlDevice {
    /// All controls that the camera has.
    fn list(&self) -> io::Result<Vec<Control>>;

    /// The present value of a control that is not [`ControlKind::Other`].
    fn get(&self, id: u32) -> io::Result<i64>;

    /// Changes the value of a control. The driver may choose another value.
    fn set(&self, id: u32, value: i64) -> io::Result<()>;
}

impl Control {
    /// A value as it is written in the configuration: for a menu, with the name of the item.
    fn describe(&self, value: i64) -> String {
        match &self.kind {
            ControlKind::Menu(items) => {
                let name = items.iter().find(|(number, _)| *number == value);
                name.map_or_else(|| value.to_string(), |(_, name)| format!("{value} ({name})"))
            }
            ControlKind::Boolean => (value != 0).to_string(),
            _ => value.to_string(),
        }
    }

    /// The control with its present value, for a list.
    pub(crate) fn describe_with(&self, value: io::Result<i64>) -> String {
        let value = match value {
            Ok(value) => self.describe(value),
            Err(error) => format!("unreadable ({error})"),
        };
        let note = match (self.is_read_only, self.is_inactive) {
            (true, _) => ", read-only",
            (false, true) => ", inactive at present",
            _ => "",
        };
        format!("{self}, default {}, now {value}{note}", self.describe(self.default))
    }
}

impl fmt::Display for Control {
    /// The name with the range.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        match &self.kind {
            ControlKind::Menu(items) => {
                let items: Vec<String> =
                    items.iter().map(|(number, name)| format!("{number} = {name}")).collect();
                write!(f, ": {}", items.join(", "))
            }
            ControlKind::Boolean => f.write_str(": true or false"),
            _ => {
                write!(f, ": {} to {}", self.minimum, self.maximum)?;
                if self.step > 1 { write!(f, " in steps of {}", self.step) } else { Ok(()) }
            }
        }
    }
}
