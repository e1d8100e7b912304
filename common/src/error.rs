//! Errors as a person reads them.

use std::error::Error;

/// An error and its causes in one line, each after a colon. An error type states its cause
/// either in its own text or through `source()`, so that nothing is said twice.
pub fn chain(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        line = format!("{line}: {error}");
        cause = error.source();
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    #[derive(Debug, thiserror::Error)]
    enum Outer {
        #[error("can't read ({0}); try again")]
        InText(io::Error),
        #[error("can't write")]
        AsSource(#[source] io::Error),
    }

    #[test]
    fn each_cause_is_named_once() {
        let cause = || io::Error::other("disk full");
        assert_eq!(chain(&Outer::InText(cause())), "can't read (disk full); try again");
        assert_eq!(chain(&Outer::AsSource(cause())), "can't write: disk full");
    }
}
