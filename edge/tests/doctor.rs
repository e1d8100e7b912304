//! `cardsight doctor` lists what messages say that it lists, whatever the configuration uses.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What a message or a document calls the listed things, and the parts of doctor's output that must
/// then be there.
const LISTED: [(&str, &[&str]); 8] = [
    ("camera", &["camera"]),
    ("control", &["control"]),
    ("GPIO chip", &["GPIO chip"]),
    ("the chips and their lines", &["GPIO chip"]),
    ("framebuffer", &["screen"]),
    ("connectors", &["screen"]),
    ("lists them", &["screen"]),
    ("screens", &["camera", "GPIO chip", "screen"]),
];

/// The beginnings of the names of device files, by the folder that they are in.
const DEVICES: [(&str, &str); 4] =
    [("/dev", "video"), ("/dev", "gpiochip"), ("/dev", "fb"), ("/dev/dri", "card")];

fn doctor(config: Option<&Path>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cardsight"));
    command.arg("doctor").arg("--config").arg(config.unwrap_or(Path::new("/no/such/file.toml")));
    command.output().unwrap()
}

/// Configurations that use no device, each of the devices, and none because they are wrong.
fn configurations(folder: &Path) -> Vec<PathBuf> {
    let texts = [
        "",
        "source = \"images\"\nleds = \"off\"\n",
        "source = \"/dev/video0\"\n",
        "source = \"camera:no such\"\n",
        "leds = \"gpio\"\n[gpio]\nchip = \"gpiochip0\"\n[[led]]\nline = 17\non = \"seen\"\n",
        "screen = \"/dev/fb0\"\n",
        "sauce = \"demo\"\n",
    ];
    let write = |(number, text)| {
        let path = folder.join(format!("{number}.toml"));
        fs::write(&path, text).unwrap();
        path
    };
    (0..).zip(texts).map(write).collect()
}

/// The sentences that promise a list of doctor, from all sources, configurations and documents.
fn promises() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = vec![root.join("README.md")];
    for folder in ["edge/src", "deploy", "systemd"] {
        list_files(&root.join(folder), &mut files);
    }
    let mut promises = Vec::new();
    for file in files {
        let Ok(text) = fs::read_to_string(&file) else { continue };
        // Comments and texts of several lines are joined.
        let lines = text.lines().map(|line| line.trim().trim_start_matches(['#', '/', '!', ' ']));
        let text = lines.map(|line| line.trim_end_matches('\\').trim_end()).collect::<Vec<_>>();
        let text = text.join(" ");
        for (at, found) in text.match_indices("`cardsight doctor` lists") {
            let before = text[..at].rfind(['.', '"', '(']).map_or(0, |end| end + 1);
            let after = at + found.len();
            let end =
                text[after..].find(['.', '"', ';', ':']).map_or(text.len(), |end| after + end);
            promises.push(format!("{}: {}", file.display(), &text[before..end]));
        }
    }
    promises
}

fn list_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            list_files(&path, files);
        } else {
            files.push(path);
        }
    }
}

/// Whether the output has a line about a part of the machine.
fn has_part(output: &str, part: &str) -> bool {
    let words = ["ok    ", "FAILED", "found ", "absent"];
    output
        .lines()
        .any(|line| words.iter().any(|word| line.starts_with(&format!("{word}  {part}: "))))
}

#[test]
fn every_message_that_promises_a_list_is_true() {
    let promises = promises();
    assert!(promises.len() >= 6, "{promises:#?}");
    let folder = tempfile::tempdir().unwrap();
    let outputs: Vec<String> = configurations(folder.path())
        .iter()
        .map(|config| String::from_utf8(doctor(Some(config)).stdout).unwrap())
        .collect();
    for promise in promises {
        let parts = LISTED.iter().filter(|(words, _)| promise.contains(words));
        let parts: Vec<&str> = parts.flat_map(|(_, parts)| *parts).copied().collect();
        assert!(!parts.is_empty(), "add to LISTED what this message promises: {promise}");
        for (number, output) in outputs.iter().enumerate() {
            for part in &parts {
                assert!(
                    has_part(output, part),
                    "{promise}: no {part} with {number}.toml:\n{output}"
                );
            }
        }
    }
}

#[test]
fn every_device_of_this_machine_is_listed_whatever_is_configured() {
    let folder = tempfile::tempdir().unwrap();
    for config in configurations(folder.path()) {
        let output = String::from_utf8(doctor(Some(&config)).stdout).unwrap();
        for (devices, name) in DEVICES {
            for entry in fs::read_dir(devices).into_iter().flatten() {
                let path = entry.unwrap().path();
                let file = path.file_name().unwrap().to_string_lossy().into_owned();
                let is_numbered = |rest: &str| rest.parse::<u32>().is_ok();
                if file.strip_prefix(name).is_some_and(is_numbered) {
                    let path = path.display().to_string();
                    assert!(output.contains(&path), "{path} is missing:\n{output}");
                }
            }
        }
    }
}

#[test]
fn only_what_the_user_must_fix_is_a_failure() {
    let folder = tempfile::tempdir().unwrap();
    let configs = configurations(folder.path());
    for (number, fails) in [(0, false), (1, false), (3, true), (6, true)] {
        let output = doctor(Some(&configs[number]));
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(i32::from(fails)), "{number}.toml:\n{text}");
        assert_eq!(text.contains("FAILED"), fails, "{number}.toml:\n{text}");
    }
    let missing = doctor(None);
    assert_eq!(missing.status.code(), Some(1));
}
