//! `cardsight status`, beside a running program and without one.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Instant;

fn cardsight() -> Command {
    Command::new(env!("CARGO_BIN_EXE_cardsight"))
}

fn status(file: &Path, options: &[&str]) -> Output {
    cardsight().arg("status").arg("--file").arg(file).args(options).output().unwrap()
}

/// A running demo, which ends with the test.
struct Demo(Child);

impl Demo {
    fn start(status: &Path) -> Self {
        let mut command = cardsight();
        command.args(["run", "--mode", "full", "--leds", "off", "--status"]).arg(status);
        Self(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
fn a_running_program_becomes_healthy_and_is_described() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("status.json");
    let demo = Demo::start(&file);
    let waited = status(&file, &["--wait-healthy", "60"]);
    let text = String::from_utf8(waited.stdout).unwrap();
    assert_eq!(waited.status.code(), Some(0), "{text}");
    assert!(text.starts_with("healthy: yes, running for ") && text.contains("\nmodel: "), "{text}");
    let json = status(&file, &["--json"]);
    assert_eq!(json.status.code(), Some(0));
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["healthy"], true);
    drop(demo);
}

#[test]
fn without_a_program_the_wait_ends_in_time_with_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let started = Instant::now();
    let output = status(&folder.path().join("status.json"), &["--wait-healthy", "1"]);
    assert_eq!(output.status.code(), Some(1));
    assert!((1..20).contains(&started.elapsed().as_secs()), "{:?}", started.elapsed());
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("the service is not running"), "{error}");
    let wrong = status(folder.path(), &["--wait-healthy", "soon"]);
    assert_eq!(wrong.status.code(), Some(2));
}
