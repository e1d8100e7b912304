//! The program as a service: signals, the status file, the watchdog, and faults that are
//! refused or retried.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// Far longer than any step of these tests takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running program with a folder of its own. It is killed when it is dropped.
struct Service {
    child: Child,
    folder: TempDir,
}

impl Service {
    fn start(config: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("cardsight.toml"), config).unwrap();
        let log = fs::File::create(folder.path().join("log")).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_cardsight"))
            .args(["run", "--config", "cardsight.toml", "--status", "status.json"])
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        Self { child, folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap()
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    /// Waits until the status file fulfils a condition.
    fn status(&mut self, is_expected: impl Fn(&Value) -> bool) -> Value {
        let path = self.path("status.json");
        self.wait("the expected status", || {
            let status = serde_json::from_slice(&fs::read(&path).ok()?).ok()?;
            is_expected(&status).then_some(status)
        })
    }

    fn wait_for_log(&mut self, text: &str) {
        let path = self.path("log");
        self.wait(text, || fs::read_to_string(&path).ok()?.contains(text).then_some(()));
    }

    fn wait<T>(&mut self, what: &str, find: impl Fn() -> Option<T>) -> T {
        let started = Instant::now();
        loop {
            if let Some(found) = find() {
                return found;
            }
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "ended before {what}: {ended:?}\n{}", self.log());
            assert!(started.elapsed() < PATIENCE, "waited too long for {what}\n{}", self.log());
            sleep(Duration::from_millis(20));
        }
    }

    /// Ends the program with SIGTERM. Returns its exit code.
    fn stop(&mut self) -> Option<i32> {
        self.signal("TERM");
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            sleep(Duration::from_millis(20));
        }
        panic!("the program does not end\n{}", self.log());
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // The program may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const DEMO: &str = "source = \"demo\"\nleds = \"off\"\n[demo]\nframes_per_second = 30.0\n";

#[test]
fn a_healthy_service_reports_its_status_and_stops_on_request() {
    let mut service = Service::start(DEMO);
    let status = service.status(|status| status["healthy"] == true && status["frames"] != 0);
    assert_eq!(status["restarts"], 0);
    assert!(!status["commit"].as_str().unwrap().is_empty());
    assert_eq!(status["model"]["sha256"].as_str().unwrap().len(), 64);
    assert!(status["stages"]["classify"]["p95_millis"].as_f64().unwrap() > 0.0);
    assert_eq!(status["faults"], serde_json::json!({}));
    assert_eq!(service.stop(), Some(0));
}

#[test]
fn a_bad_configuration_is_refused_and_a_good_one_is_used_while_it_runs() {
    let mut service = Service::start(DEMO);
    service.status(|status| status["frames"] != 0);
    fs::write(service.path("cardsight.toml"), format!("soruce = \"x\"\n{DEMO}")).unwrap();
    service.signal("HUP");
    service.wait_for_log("refused, the old one stays");
    service.wait_for_log("did you mean \"source\"");
    let frames = service.status(|_| true)["frames"].as_u64().unwrap();
    service.status(|status| status["frames"].as_u64() > Some(frames));
    fs::write(service.path("cardsight.toml"), DEMO).unwrap();
    service.signal("HUP");
    service.wait_for_log("the configuration was reloaded");
    let frames = service.status(|_| true)["frames"].as_u64().unwrap();
    service.status(|status| status["frames"].as_u64() > Some(frames));
    assert_eq!(service.stop(), Some(0));
}

#[test]
fn a_new_model_is_used_and_a_broken_one_is_refused() {
    let mut service = Service::start(DEMO);
    service.status(|status| status["frames"] != 0);
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/cardsight.onnx");
    let mut bytes = fs::read(model).unwrap();
    fs::write(service.path("new.onnx"), &bytes).unwrap();
    fs::write(service.path("cardsight.toml"), format!("model = \"new.onnx\"\n{DEMO}")).unwrap();
    service.signal("HUP");
    service.status(|status| status["model"]["name"] == "new.onnx");
    bytes.truncate(bytes.len() / 2);
    fs::write(service.path("new.onnx"), bytes).unwrap();
    service.signal("HUP");
    service.wait_for_log("refused, the old one stays");
    let frames = service.status(|_| true)["frames"].as_u64().unwrap();
    service.status(|status| status["frames"].as_u64() > Some(frames));
    assert_eq!(service.stop(), Some(0));
}

#[test]
fn missing_hardware_is_reported_and_retried() {
    let mut service = Service::start(
        "source = \"/dev/no-such-camera\"\nleds = \"gpio\"\nscreen = \"/dev/no-such-screen\"\n\
         [gpio]\nchip = \"no-such-chip\"\n[[led]]\nline = 1\non = \"fault\"\n",
    );
    let status = service.status(|status| status["faults"].as_object().unwrap().len() == 3);
    assert_eq!((&status["state"], &status["healthy"]), (&"fault".into(), &false.into()));
    for (part, words) in
        [("camera", "/dev/no-such-camera"), ("leds", "no-such-chip"), ("screen", "no-such-screen")]
    {
        assert!(status["faults"][part].as_str().unwrap().contains(words), "{status}");
        assert_eq!(service.log().matches(words).count(), 1, "logged once: {}", service.log());
    }
    assert_eq!(service.stop(), Some(0));
}

#[test]
fn a_program_that_hangs_stops_resetting_the_watchdog() {
    let folder = tempfile::tempdir().unwrap();
    let socket = UnixDatagram::bind(folder.path().join("notify")).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(3))).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_cardsight"))
        .args(["run", "--source", "demo", "--leds", "off", "--hang-at-frame", "3"])
        .env("NOTIFY_SOCKET", folder.path().join("notify"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let started = Instant::now();
    let mut notifications: Vec<String> = Vec::new();
    while started.elapsed() < PATIENCE {
        let mut buffer = [0; 256];
        match socket.recv(&mut buffer) {
            Ok(length) => notifications.push(String::from_utf8_lossy(&buffer[..length]).into()),
            // Loading the model may take longer than the timeout.
            Err(_) if notifications.is_empty() => {}
            Err(_) => break,
        }
    }
    assert!(child.try_wait().unwrap().is_none(), "the program hangs and does not end");
    child.kill().unwrap();
    child.wait().unwrap();
    let notifications: Vec<&str> = notifications.iter().map(|text| text.trim()).collect();
    assert_eq!(notifications, ["READY=1", "WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1"]);
}
