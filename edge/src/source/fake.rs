//! A scripted source for tests.

use std::collections::VecDeque;

use crate::source::{FrameSource, Next, SourceError};

/// Gives the frames and errors of a script in order, and then ends.
#[derive(Debug)]
pub struct ScriptedSource {
    steps: VecDeque<Result<Next, SourceError>>,
}

impl ScriptedSource {
    /// A source with this script.
    pub fn new(steps: impl IntoIterator<Item = Result<Next, SourceError>>) -> Self {
        Self { steps: steps.into_iter().collect() }
    }
}

impl FrameSource for ScriptedSource {
    fn next(&mut self) -> Result<Next, SourceError> {
        self.steps.pop_front().unwrap_or(Ok(Next::End))
    }
}
