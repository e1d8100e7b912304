//! `cargo xtask check`: everything that can be judged without running a test.

use std::path::{Path, PathBuf};

use crate::dependencies;
use crate::imports::{self, Strictness};
use crate::process::{Outcome, cargo, exists, run};

type Check = fn() -> Outcome;

const CHECKS: [(&str, Check); 7] = [
    ("fmt", fmt),
    ("scripts", scripts),
    ("imports", check_imports),
    (ON_REQUEST, check_imports_strictly),
    ("dependencies", dependencies::check),
    ("clippy", clippy),
    ("docs", docs),
];

/// A check that runs only when it is named.
const ON_REQUEST: &str = "imports-strict";

/// Folders that hold nothing of the project's own sources.
const SKIPPED_FOLDERS: [&str; 7] =
    [".git", "target", "third-party", "libtorch", "data", "runs", "out"];

/// Runs the named checks, or all of them.
pub fn run_checks(names: &[String]) -> Outcome {
    let known: Vec<&str> = CHECKS.iter().map(|(name, _)| *name).collect();
    if let Some(unknown) = names.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(format!("there is no check {unknown}; there are {}", known.join(", ")));
    }
    for (name, check) in CHECKS {
        let is_chosen = names.iter().any(|chosen| chosen == name);
        if is_chosen || (names.is_empty() && name != ON_REQUEST) {
            check()?;
        }
    }
    Ok(())
}

fn fmt() -> Outcome {
    cargo(&["fmt", "--all", "--check"], &[])
}

fn clippy() -> Outcome {
    let arguments =
        ["clippy", "--locked", "--release", "--workspace", "--all-targets", "--", "-D", "warnings"];
    cargo(&arguments, &[])
}

fn docs() -> Outcome {
    let arguments =
        ["doc", "--locked", "--release", "--workspace", "--no-deps", "--document-private-items"];
    cargo(&arguments, &[("RUSTDOCFLAGS", "-D warnings")])
}

fn check_imports() -> Outcome {
    report_imports(Strictness::Usual)
}

fn check_imports_strictly() -> Outcome {
    report_imports(Strictness::Strict)
}

fn report_imports(strictness: Strictness) -> Outcome {
    let findings = imports::check(Path::new("."), strictness);
    for problem in &findings.problems {
        eprintln!("{problem}");
    }
    let problems = findings.problems.len();
    eprintln!(
        "xtask: imports: {} imports between {} files, {problems} problems; layers are declared by: {}",
        findings.imports_count,
        findings.files_count,
        if findings.layered.is_empty() { "none".to_owned() } else { findings.layered.join(", ") },
    );
    if problems == 0 { Ok(()) } else { Err(format!("{problems} problems in the imports")) }
}

/// Shell scripts are checked by shellcheck where it is installed, otherwise for their syntax
/// alone; Python files for their syntax.
fn scripts() -> Outcome {
    let mut files = Vec::new();
    list_files(Path::new("."), &mut files);
    files.sort();
    let shell: Vec<String> = files.iter().filter_map(|file| shell_script(file)).collect();
    if exists("shellcheck") {
        run("shellcheck", &[&["--external-sources".to_owned()], shell.as_slice()].concat())?;
    } else {
        eprintln!("xtask: shellcheck is not installed; only the syntax of scripts is checked");
        for file in &shell {
            run("bash", &["-n", file])?;
        }
    }
    let python: Vec<String> = files
        .iter()
        .filter(|file| file.extension().is_some_and(|extension| extension == "py"))
        .map(|file| file.display().to_string())
        .collect();
    let program = "import ast, sys\nfor path in sys.argv[1:]: ast.parse(open(path).read(), path)";
    run("python3", &[&["-c".to_owned(), program.to_owned()], python.as_slice()].concat())
}

/// The path of a file that is a shell script by its name or its first line.
fn shell_script(file: &Path) -> Option<String> {
    let has_extension = file.extension().is_some_and(|extension| extension == "sh");
    let is_shell = has_extension || (file.extension().is_none() && has_shell_first_line(file));
    is_shell.then(|| file.display().to_string())
}

fn has_shell_first_line(file: &Path) -> bool {
    let Ok(bytes) = std::fs::read(file) else {
        return false;
    };
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    first.starts_with(b"#!") && first.ends_with(b"sh")
}

fn list_files(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_symlink() || SKIPPED_FOLDERS.contains(&name) {
            continue;
        }
        if path.is_dir() {
            list_files(&path, files);
        } else {
            files.push(path);
        }
    }
}
