//! Included by the build scripts of the programs: which commit they are built from.

use std::path::Path;
use std::process::Command;

/// Sets the commit from outside, for builds that have no git repository.
const VARIABLE: &str = "CARDSIGHT_COMMIT";

/// The first 12 digits of the commit, or "unknown". The build script runs again when another
/// commit is checked out.
pub fn commit() -> String {
    println!("cargo:rerun-if-env-changed={VARIABLE}");
    let given = std::env::var(VARIABLE).ok().map(|commit| commit.trim().to_owned());
    let commit = given.filter(|commit| !commit.is_empty()).or_else(commit_of_repository);
    commit.unwrap_or_else(|| "unknown".to_owned())
}

fn commit_of_repository() -> Option<String> {
    let branch = git(&["symbolic-ref", "--quiet", "HEAD"]).unwrap_or_default();
    // These files change whenever HEAD names another commit.
    for name in ["HEAD", "logs/HEAD", "packed-refs", branch.as_str()] {
        if let Some(path) = git(&["rev-parse", "--git-path", name])
            && Path::new(&path).is_file()
        {
            println!("cargo:rerun-if-changed={path}");
        }
    }
    git(&["rev-parse", "--short=12", "HEAD"])
}

/// The output of git, or `None` if git or the repository is missing.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}
