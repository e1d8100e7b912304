//! Panics of foreign code as errors.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::Once;

thread_local! {
    /// Whether the panic hook keeps quiet on this thread.
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs work that may panic, and returns the panic's message as the error. The message is
/// not printed either: a panic hook that keeps quiet during this call is put before the
/// hook that is there, once for the program. Panics elsewhere are printed as before.
///
/// The caller must not use anything that the work may have left half changed.
///
/// # Errors
/// The work has panicked.
pub fn catch_quietly<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    install_hook();
    let was_quiet = IS_QUIET.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(work));
    IS_QUIET.set(was_quiet);
    outcome.map_err(|payload| {
        let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
        text.unwrap_or_else(|| "a panic without a message".into())
    })
}

fn install_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !IS_QUIET.get() {
                previous(info);
            }
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_with_its_message() {
        assert_eq!(catch_quietly(|| 7), Ok(7));
        assert_eq!(catch_quietly(|| panic!("plain")), Err::<(), _>("plain".into()));
        let number = 7;
        assert_eq!(catch_quietly(|| panic!("number {number}")), Err::<(), _>("number 7".into()));
        assert!(!IS_QUIET.get(), "later panics are printed again");
    }
}
