//! Settings of C libraries, which they read from the environment only at a program's start.

use std::env;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

/// Environment variables that belong together: none of them is set where a user has set one.
type Settings = &'static [(&'static str, &'static str)];

/// glibc's allocator takes blocks of any size from the heap, never returns the heap to the
/// kernel, and uses large pages. Without these settings the kernel maps and clears the memory of
/// each activation in each training step, which takes up to 40 % of the step.
const ALLOCATOR: Settings = &[
    ("MALLOC_MMAP_MAX_", "0"),
    ("MALLOC_TRIM_THRESHOLD_", "1000000000000"),
    ("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1"),
];

/// Threads of libtorch (OpenMP) that wait for the others sleep. By default they spin, which takes
/// the core away from the thread that they wait for as soon as another program is busy.
const WAITING: Settings = &[("OMP_WAIT_POLICY", "passive"), ("GOMP_SPINCOUNT", "0")];

/// Replaces this process with a new one of the same program and arguments and with the settings,
/// because the libraries read them only at a program's start. Returns if they are set already.
/// Other C libraries ignore them.
///
/// # Errors
/// The program can't be started again. It can continue without the settings.
pub fn apply_settings() -> io::Result<()> {
    let missing = missing_settings(|name| env::var_os(name).is_some());
    if missing.is_empty() {
        return Ok(()); // Set by this program, or by a user who knows better.
    }
    let mut command = Command::new(env::current_exe()?);
    Err(command.args(env::args_os().skip(1)).envs(missing).exec())
}

/// The settings of each group of which no variable is set.
fn missing_settings(is_set: impl Fn(&str) -> bool) -> Vec<(&'static str, &'static str)> {
    let groups = [ALLOCATOR, WAITING].into_iter();
    groups.filter(|group| !group.iter().any(|(name, _)| is_set(name))).flatten().copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_of_the_user_keeps_its_group_as_it_is() {
        let missing = missing_settings(|name| name == "OMP_WAIT_POLICY");
        assert_eq!(missing, ALLOCATOR);
    }

    /// Otherwise the program would start itself again for ever.
    #[test]
    fn nothing_is_missing_after_the_settings_are_applied() {
        let applied = missing_settings(|_| false);
        assert_eq!(applied.len(), ALLOCATOR.len() + WAITING.len());
        let missing = missing_settings(|name| applied.iter().any(|(set, _)| *set == name));
        assert_eq!(missing, []);
    }
}
