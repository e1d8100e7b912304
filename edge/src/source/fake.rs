//! A source that does what a test tells it.

use std::collections::VecDeque;

use crate::source::{FrameSource, Next, SourceError};

/// Plays back a script; ends when it is used up.
#[derive(Debug)]
pub struct Script {
    steps: VecDeque<Result<Next, SourceError>>,
}

impl Script {
    /// Will do these steps in order.
    pub fn new(steps: impl IntoIterator<Item = Result<Next, SourceError>>) -> Self {
        Self { steps: steps.into_iter().collect() }
    }
}

impl FrameSource for Script {
    fn next(&mut self) -> Result<Next, SourceError> {
        self.steps.pop_front().unwrap_or(Ok(Next::End))
    }
}
