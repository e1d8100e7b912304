//! `cargo xtask guide`: runs the commands of the guide for learners, docs/guide.md, in small.
//!
//! The Thai guide has the same commands, which a test of [`commands`] ensures.

mod commands;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::process::{Outcome, cargo};
use commands::{GuideCommand, commands_of};

const GUIDE: &str = "docs/guide.md";

/// Builds the programs, then runs the commands.
pub fn build_and_run() -> Outcome {
    cargo(&["build", "--locked", "--release", "-p", "trainer", "-p", "edge"], &[])?;
    run()
}

/// Runs the commands of the guide, in order, in a new folder with the programs `trainer` and
/// `cardsight` that were built last.
pub fn run() -> Outcome {
    let text = std::fs::read_to_string(GUIDE).map_err(|error| format!("{GUIDE}: {error}"))?;
    let commands = commands_of(&text).map_err(|error| format!("{GUIDE}: {error}"))?;
    let programs = own_folder()?;
    let folder = programs.join("guide");
    let failed = |error| format!("can't make the folder {}: {error}", folder.display());
    if folder.exists() {
        std::fs::remove_dir_all(&folder).map_err(failed)?;
    }
    std::fs::create_dir_all(&folder).map_err(failed)?;
    let started = Instant::now();
    for command in &commands {
        eprintln!("xtask: guide: {}", command.tested);
        run_command(command, &folder, &programs)?;
    }
    let seconds = started.elapsed().as_secs();
    eprintln!("xtask: guide: {} commands in {seconds} s", commands.len());
    Ok(())
}

/// The folder of this program, which is that of the other programs of the workspace.
fn own_folder() -> Result<PathBuf, String> {
    let program = std::env::current_exe().map_err(|error| format!("own path: {error}"))?;
    program.parent().map(Path::to_owned).ok_or_else(|| "this program has no folder".to_owned())
}

fn run_command(command: &GuideCommand, folder: &Path, programs: &Path) -> Outcome {
    let path = std::env::var("PATH").unwrap_or_default();
    let output = Command::new("sh")
        .args(["-c", &format!("{} 2>&1", command.tested)])
        .current_dir(folder)
        .env("PATH", format!("{}:{path}", programs.display()))
        .output()
        .map_err(|error| format!("can't run sh: {error}"))?;
    let printed = String::from_utf8_lossy(&output.stdout);
    if output.status.success() == command.fails {
        return Err(format!("{}: {}\n{printed}", command.tested, output.status));
    }
    match command.expected.iter().find(|text| !printed.contains(*text)) {
        Some(text) => Err(format!("{}: no {text:?} in\n{printed}", command.tested)),
        None => Ok(()),
    }
}
