//! Keeps big blocks of memory instead of asking the kernel for them at each step.

use std::env;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

/// Settings of glibc's allocator: blocks of any size come from the heap, which is never
/// given back, in large pages. Without them each activation of a training step is mapped
/// and cleared anew, which takes up to 40 % of the step.
const SETTINGS: [(&str, &str); 3] = [
    ("MALLOC_MMAP_MAX_", "0"),
    ("MALLOC_TRIM_THRESHOLD_", "1000000000000"),
    ("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1"),
];

/// Starts this program again in its own place with settings that glibc reads only at a
/// program's start. Returns where they are set already; other C libraries ignore them.
///
/// # Errors
/// The program can't be started again; it can go on without.
pub fn keep_freed_memory() -> io::Result<()> {
    if SETTINGS.iter().any(|(name, _)| env::var_os(name).is_some()) {
        return Ok(()); // By us, or by a person who knows better.
    }
    let mut again = Command::new(env::current_exe()?);
    Err(again.args(env::args_os().skip(1)).envs(SETTINGS).exec())
}
