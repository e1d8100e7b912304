//! Lamps that remember what was lit.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;

use crate::signal::Indicator;

/// Lamps without hardware: a record of every change.
#[derive(Clone, Debug, Default)]
pub struct RecordingIndicator {
    record: Rc<RefCell<Vec<Vec<bool>>>>,
}

impl RecordingIndicator {
    /// What was lit, oldest first; repetitions are left out.
    pub fn record(&self) -> Vec<Vec<bool>> {
        self.record.borrow().clone()
    }
}

impl Indicator for RecordingIndicator {
    fn show(&mut self, lit: &[bool], _caption: &str) -> io::Result<()> {
        let mut record = self.record.borrow_mut();
        if record.last().is_none_or(|last| last != lit) {
            record.push(lit.to_vec());
        }
        Ok(())
    }
}
