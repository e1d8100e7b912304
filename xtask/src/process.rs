//! Runs other programs, and reports which one failed.

use std::process::{Command, Stdio};

/// What a task returns: nothing, or what failed.
pub type Outcome = Result<(), String>;

/// Runs a program with these arguments in the workspace's folder.
pub fn run<S: AsRef<str>>(program: &str, arguments: &[S]) -> Outcome {
    run_with(program, arguments, &[])
}

/// The same, with variables added to the environment.
pub fn run_with<S: AsRef<str>>(
    program: &str,
    arguments: &[S],
    environment: &[(&str, &str)],
) -> Outcome {
    let arguments: Vec<&str> = arguments.iter().map(AsRef::as_ref).collect();
    let line = shortened(&[&[program], arguments.as_slice()].concat().join(" "));
    eprintln!("xtask: {line}");
    let status = Command::new(program)
        .args(&arguments)
        .envs(environment.iter().copied())
        .status()
        .map_err(|error| format!("can't run {program}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{line}: {status}")) }
}

/// Runs the cargo that runs this program.
pub fn cargo(arguments: &[&str], environment: &[(&str, &str)]) -> Outcome {
    run_with(&cargo_program(), arguments, environment)
}

/// What cargo prints on its standard output.
pub fn cargo_output(arguments: &[&str]) -> Result<String, String> {
    let line = format!("cargo {}", arguments.join(" "));
    eprintln!("xtask: {line}");
    let output = Command::new(cargo_program())
        .args(arguments)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("can't run {line}: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!("{line}: {}", output.status))
    }
}

/// A command for messages: its first line, without the end of a long list of files.
fn shortened(command: &str) -> String {
    const MOST_CHARACTERS: usize = 120;
    let line = command.lines().next().unwrap_or_default();
    let is_complete = line == command && line.chars().count() <= MOST_CHARACTERS;
    let start: String = line.chars().take(MOST_CHARACTERS).collect();
    if is_complete { start } else { format!("{start} …") }
}

fn cargo_program() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

/// Whether a program is installed.
pub fn exists(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok()
}
