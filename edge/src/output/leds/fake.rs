//! LEDs and pins without hardware, for tests.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;

use embedded_hal::digital::{self, ErrorKind, ErrorType, OutputPin};

use crate::output::leds::LedOutput;

/// LEDs without hardware, which record every change. Clones share the record.
#[derive(Clone, Debug, Default)]
pub struct RecordingLeds {
    record: Rc<RefCell<Vec<Vec<bool>>>>,
}

impl RecordingLeds {
    /// Which LEDs were lit, oldest first, without repetitions.
    pub fn record(&self) -> Vec<Vec<bool>> {
        self.record.borrow().clone()
    }
}

impl LedOutput for RecordingLeds {
    fn show(&mut self, lit: &[bool], _caption: &str) -> io::Result<()> {
        let mut record = self.record.borrow_mut();
        if record.last().is_none_or(|last| last != lit) {
            record.push(lit.to_vec());
        }
        Ok(())
    }
}

/// A pin without hardware. Clones stand for the same pin.
#[derive(Clone, Debug, Default)]
pub struct FakePin {
    state: Rc<PinRecord>,
}

#[derive(Debug, Default)]
struct PinRecord {
    is_high: Cell<bool>,
    writes: Cell<usize>,
    fails: Cell<bool>,
}

/// The error of a [`FakePin`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("scripted")]
pub struct FakePinError;

impl FakePin {
    /// A pin with that level.
    pub fn new(is_high: bool) -> Self {
        let pin = Self::default();
        pin.state.is_high.set(is_high);
        pin
    }

    /// Whether the level is high.
    pub fn is_high(&self) -> bool {
        self.state.is_high.get()
    }

    /// How often the pin was written.
    pub fn writes(&self) -> usize {
        self.state.writes.get()
    }

    /// From now on, writing fails or succeeds.
    pub fn fail(&self, fails: bool) {
        self.state.fails.set(fails);
    }

    fn write(&self, is_high: bool) -> Result<(), FakePinError> {
        if self.state.fails.get() {
            return Err(FakePinError);
        }
        self.state.is_high.set(is_high);
        self.state.writes.set(self.state.writes.get() + 1);
        Ok(())
    }
}

impl digital::Error for FakePinError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Other
    }
}

impl ErrorType for FakePin {
    type Error = FakePinError;
}

impl OutputPin for FakePin {
    fn set_low(&mut self) -> Result<(), FakePinError> {
        self.write(false)
    }

    fn set_high(&mut self) -> Result<(), FakePinError> {
        self.write(true)
    }
}
