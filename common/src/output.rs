//! What a program prints, and how it ends: a reader that closes our output early, as `head` does,
//! ends the program quietly, and every other output that can't be written is an error.

use std::error::Error;
use std::io::{self, Write as _};
use std::process::ExitCode;

use crate::error::chain;

/// The standard output can't be written.
#[derive(Debug, thiserror::Error)]
#[error("can't write to the standard output")]
pub struct OutputError(#[from] io::Error);

/// Prints text to the standard output, all of it.
///
/// # Errors
/// The output is closed, or can't take the text.
pub fn print(text: &str) -> Result<(), OutputError> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// Prints a line to the standard error, if somebody can read it.
pub fn print_error(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// The exit code of a program that ends with this error, which is printed before: success, and
/// silence, if our output was closed.
pub fn end_with(error: &(dyn Error + 'static)) -> ExitCode {
    if is_closed_output(error) {
        return ExitCode::SUCCESS;
    }
    print_error(&format!("error: {}", chain(error)));
    ExitCode::FAILURE
}

/// The exit code of a program that has printed its help, its version or what is wrong with its
/// arguments, and ends with this code.
pub fn end_after_answer(printed: io::Result<()>, code: i32) -> ExitCode {
    match printed {
        Err(error) if code == 0 => end_with(&OutputError(error)),
        _ => ExitCode::from(u8::try_from(code).unwrap_or(1)),
    }
}

fn is_closed_output(error: &(dyn Error + 'static)) -> bool {
    let is_closed = |cause: &io::Error| cause.kind() == io::ErrorKind::BrokenPipe;
    error.downcast_ref().is_some_and(is_closed) || error.source().is_some_and(is_closed_output)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_output_is_no_failure_and_a_full_one_is() {
        let closed = OutputError(io::ErrorKind::BrokenPipe.into());
        assert!(is_closed_output(&closed));
        let full = OutputError(io::ErrorKind::StorageFull.into());
        assert!(!is_closed_output(&full));
        assert!(chain(&full).starts_with("can't write to the standard output: "));
    }
}
