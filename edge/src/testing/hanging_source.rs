//! A source that hangs, for tests of the watchdog.

use std::time::Duration;

use crate::source::{FrameSource, Next, SourceError};

/// Delivers the frames of another source until it hangs for ever.
struct HangingSource {
    source: Box<dyn FrameSource>,
    /// Frames that are still delivered.
    remaining: u64,
}

/// Returns a source that hangs instead of delivering this frame, counted from 0. Without a
/// number, returns the source itself.
pub(crate) fn hang_at_frame(
    source: Box<dyn FrameSource>,
    frame: Option<u64>,
) -> Box<dyn FrameSource> {
    match frame {
        Some(remaining) => Box::new(HangingSource { source, remaining }),
        None => source,
    }
}

impl FrameSource for HangingSource {
    fn next(&mut self) -> Result<Next, SourceError> {
        let next = self.source.next();
        if matches!(next, Ok(Next::Frame(_))) {
            let Some(remaining) = self.remaining.checked_sub(1) else { hang() };
            self.remaining = remaining;
        }
        next
    }

    fn time(&self) -> Option<Duration> {
        self.source.time()
    }

    fn dropped(&self) -> u64 {
        self.source.dropped()
    }
}

fn hang() -> ! {
    log::warn!("the source hangs, because a test requests it");
    loop {
        std::thread::park();
    }
}
