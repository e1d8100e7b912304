//! Errors as a person reads them.

use std::error::Error;

/// An error and its causes in one line. Causes that the line tells already are left
/// out: most errors here have theirs in the middle of their own text, before the remedy.
pub fn one_line(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !line.contains(&text) {
            line = format!("{line}: {text}");
        }
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
        #[error("can't read: {source}; try again")]
        Tells { source: io::Error },
        #[error("can't write")]
        Keeps { source: io::Error },
    }

    #[test]
    fn causes_are_told_once() {
        let cause = || io::Error::other("disk full");
        let tells = Outer::Tells { source: cause() };
        assert_eq!(one_line(&tells), "can't read: disk full; try again");
        assert_eq!(one_line(&Outer::Keeps { source: cause() }), "can't write: disk full");
    }
}
