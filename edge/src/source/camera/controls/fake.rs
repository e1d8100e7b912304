//! A camera with controls for tests. It keeps the kernel's rules: a value out of range is clamped, and a
//! manual exposure is refused while the exposure is automatic.

use std::cell::RefCell;
use std::io;

use rustix::io::Errno;

use super::{Control, ControlDevice, ControlKind};

/// Controls with their values.
pub(crate) struct FakeControls {
    controls: Vec<Control>,
    values: RefCell<Vec<i64>>,
}

impl FakeControls {
    /// The usual controls of a USB camera.
    pub(crate) fn webcam() -> Self {
        let menu = |items: &[(i64, &str)]| {
            ControlKind::Menu(items.iter().map(|(i, name)| (*i, (*name).to_owned())).collect())
        };
        let exposures = menu(&[(1, "Manual Mode"), (3, "Aperture Priority Mode")]);
        let frequencies = menu(&[(0, "Disabled"), (1, "50 Hz"), (2, "60 Hz")]);
        let controls = vec![
            control(0x009a_0901, "auto_exposure", exposures, [0, 3, 3]),
            control(0x009a_0902, "exposure_time_absolute", ControlKind::Integer, [3, 2047, 250]),
            control(0x0098_0913, "gain", ControlKind::Integer, [0, 255, 64]),
            control(0x0098_090c, "white_balance_automatic", ControlKind::Boolean, [0, 1, 1]),
            control(
                0x0098_091a,
                "white_balance_temperature",
                ControlKind::Integer,
                [2000, 6500, 4000],
            ),
            control(0x0098_0918, "power_line_frequency", frequencies, [0, 2, 2]),
            control(0x0098_f0ff, "matrix", ControlKind::Other, [0, 0, 0]),
        ];
        let values = RefCell::new(controls.iter().map(|control| control.default).collect());
        Self { controls, values }
    }

    /// The value of a control.
    pub(crate) fn value(&self, name: &str) -> i64 {
        let at = self.controls.iter().position(|control| control.name == name).unwrap();
        self.values.borrow()[at]
    }

    fn index(&self, id: u32) -> io::Result<usize> {
        let at = self.controls.iter().position(|control| control.id == id);
        at.ok_or_else(|| Errno::INVAL.into())
    }
}

fn control(id: u32, name: &str, kind: ControlKind, range: [i64; 3]) -> Control {
    let [minimum, maximum, default] = range;
    Control {
        id,
        name: name.into(),
        kind,
        minimum,
        maximum,
        step: 1,
        default,
        is_read_only: false,
        is_inactive: false,
    }
}

impl ControlDevice for FakeControls {
    fn list(&self) -> io::Result<Vec<Control>> {
        Ok(self.controls.clone())
    }

    fn get(&self, id: u32) -> io::Result<i64> {
        Ok(self.values.borrow()[self.index(id)?])
    }

    fn set(&self, id: u32, value: i64) -> io::Result<()> {
        let at = self.index(id)?;
        let control = &self.controls[at];
        if control.name == "exposure_time_absolute" && self.value("auto_exposure") != 1 {
            return Err(Errno::INVAL.into());
        }
        self.values.borrow_mut()[at] = value.clamp(control.minimum, control.maximum);
        Ok(())
    }
}
