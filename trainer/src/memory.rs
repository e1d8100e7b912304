//! Keeps large blocks of memory instead of requesting them from the kernel at each step.

use std::env;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

/// Settings of glibc's allocator: it takes blocks of any size from the heap, never returns the
/// heap to the kernel, and uses large pages. Without these settings the kernel maps and clears
/// the memory of each activation in each training step, which takes up to 40 % of the step.
const SETTINGS: [(&str, &str); 3] = [
    ("MALLOC_MMAP_MAX_", "0"),
    ("MALLOC_TRIM_THRESHOLD_", "1000000000000"),
    ("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1"),
];

/// Replaces this process with a new one of the same program and arguments, because glibc reads
/// its settings only at a program's start. Returns if they are set already. Other C libraries
/// ignore them.
///
/// # Errors
/// The program can't be started again. It can continue without the settings.
pub fn keep_freed_memory() -> io::Result<()> {
    if SETTINGS.iter().any(|(name, _)| env::var_os(name).is_some()) {
        return Ok(()); // By this program, or by a user who knows better.
    }
    let mut command = Command::new(env::current_exe()?);
    Err(command.args(env::args_os().skip(1)).envs(SETTINGS).exec())
}
