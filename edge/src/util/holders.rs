//! Which program holds a device.

use std::fs;
use std::path::Path;

/// The programs that have a file open, such as "guvcview (process 1234)". Only processes that this
/// user may look into are found.
pub(crate) fn holders(file: &Path) -> Vec<String> {
    let Ok(file) = fs::canonicalize(file) else { return Vec::new() };
    let own = std::process::id().to_string();
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = processes.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let ids = ids.filter(|id| id.bytes().all(|digit| digit.is_ascii_digit()) && *id != own);
    let holds = |id: &String| has_open(&Path::new("/proc").join(id), &file) == Some(true);
    ids.filter(holds).map(|id| described(id.as_str())).collect()
}

/// Whether a process, given by its folder in `/proc`, has this file open; `None` if this user may
/// not know it. `file` has no links in it.
pub(super) fn has_open(process: &Path, file: &Path) -> Option<bool> {
    let descriptors = fs::read_dir(process.join("fd")).ok()?;
    let leads_to_file = |path| fs::read_link(path).is_ok_and(|to| to == file);
    Some(descriptors.flatten().any(|entry| leads_to_file(entry.path())))
}

fn described(id: &str) -> String {
    let name = fs::read_to_string(format!("/proc/{id}/comm")).unwrap_or_default();
    format!("{} (process {id})", name.trim())
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn the_program_that_holds_a_file_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(holders(file.path()).is_empty());
        let opened = fs::File::options().write(true).open(file.path()).unwrap();
        let mut program = Command::new("sh");
        program.args(["-c", "echo started; read -r _"]).stdin(Stdio::piped());
        let mut child = program.stdout(Stdio::piped()).stderr(opened).spawn().unwrap();
        // Until it writes, the child may still be a copy of this process that has this process's name.
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let found = holders(file.path());
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(found, [format!("sh (process {})", child.id())]);
        assert!(holders(Path::new("/no/such/device")).is_empty());
    }
}
