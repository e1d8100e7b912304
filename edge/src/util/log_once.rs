//! A repeated fault is logged when it begins, when its text changes, and when it ends.

/// The present fault of one device or file. It decides what is worth a log line; the
/// caller writes the line, because only the caller knows what to add to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FaultLog {
    fault: Option<String>,
}

impl FaultLog {
    /// Records that an attempt has failed. Returns whether the fault should be logged:
    /// it has just begun, or its text differs from that of the attempt before.
    #[must_use]
    pub(crate) fn fail(&mut self, fault: String) -> bool {
        let is_new = self.fault.as_ref() != Some(&fault);
        self.fault = Some(fault);
        is_new
    }

    /// Records that an attempt has succeeded. Returns whether this ends a fault, so that
    /// the recovery should be logged.
    #[must_use]
    pub(crate) fn recover(&mut self) -> bool {
        self.fault.take().is_some()
    }

    /// The text of the present fault.
    pub(crate) fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_logged_when_it_begins_changes_and_ends() {
        let mut log = FaultLog::default();
        assert!(!log.recover(), "there was no fault");
        assert!(log.fail("gone".into()));
        assert!(!log.fail("gone".into()), "the same fault again");
        assert!(log.fail("busy".into()));
        assert_eq!(log.fault(), Some("busy"));
        assert!(log.recover());
        assert!(!log.recover());
        assert_eq!(log.fault(), None);
        assert!(log.fail("busy".into()), "a new fault with an old text");
    }
}
