//! The page as a program sees it: access, streams, metrics, and a recogniser that comes and goes.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod support;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Instant;

use support::device::{FakeDevice, seen};
use support::{Gateway, PATIENCE, TOKEN, status_of};

/// Reads a stream until its text contains something.
fn read_until(stream: &mut TcpStream, text: &str) -> String {
    let (mut read, mut chunk) = (Vec::new(), [0; 4096]);
    loop {
        let count = stream.read(&mut chunk).unwrap();
        assert!(count > 0, "no {text:?} in {}", String::from_utf8_lossy(&read));
        read.extend_from_slice(&chunk[..count]);
        let so_far = String::from_utf8_lossy(&read);
        if so_far.contains(text) {
            return so_far.into_owned();
        }
    }
}

fn wait_until(is_true: impl Fn() -> bool, what: &str) {
    let began = Instant::now();
    while !is_true() {
        assert!(began.elapsed() < PATIENCE, "{what}");
        std::thread::yield_now();
    }
}

fn open(gateway: &Gateway, path: &str) -> TcpStream {
    let mut stream = gateway.connect();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    stream
}

#[test]
fn pages_and_metrics_are_served_with_headers_that_protect_browsers() {
    let device = FakeDevice::start();
    let gateway = Gateway::start(&device.socket);
    let page = gateway.get("/");
    assert_eq!(status_of(&page), 200);
    for part in [
        "content-security-policy: default-src 'none'; img-src 'self'",
        "x-content-type-options: nosniff",
        "cache-control: no-store",
        "<html lang=\"en\">",
    ] {
        assert!(page.contains(part), "no {part:?} in {page}");
    }
    assert!(gateway.get("/?lang=th").contains("<html lang=\"th\">"));
    let thai = "GET / HTTP/1.1\r\nHost: localhost\r\nAccept-Language: th-TH,en;q=0.5\r\n\r\n";
    assert!(gateway.request(thai).contains("<html lang=\"th\">"));
    assert_eq!(status_of(&gateway.get("/no-such-page")), 404);
    assert_eq!(status_of(&gateway.get("/../etc/passwd")), 404);
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        let head = format!("{method} / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
        assert_eq!(status_of(&gateway.request(&head)), 405, "{method}");
    }
    let metrics = gateway.wait_for("/metrics", "cardsight_frames_total{");
    assert!(metrics.contains("application/openmetrics-text"), "{metrics}");
}

#[test]
fn pictures_are_asked_for_only_while_somebody_looks() {
    let device = FakeDevice::start();
    let gateway = Gateway::start(&device.socket);
    gateway.wait_for("/metrics", "cardsight_up{");
    assert_eq!(device.subscribed(), 0);
    let (mut first, second) = (open(&gateway, "/pictures"), open(&gateway, "/pictures"));
    wait_until(|| device.subscribed() == 1, "the gateway subscribes once");
    device.send_picture(1);
    let text = read_until(&mut first, "Content-Type: image/jpeg");
    assert!(text.contains("multipart/x-mixed-replace") && text.contains("--picture"), "{text}");
    drop((first, second));
    wait_until(|| device.subscribed() == 0, "the gateway unsubscribes");
}

#[test]
fn events_begin_with_what_is_known_and_go_on() {
    let device = FakeDevice::start();
    let gateway = Gateway::start(&device.socket);
    gateway.wait_for("/metrics", "cardsight_frames_total{");
    device.send_event(seen(1));
    let mut events = open(&gateway, "/events");
    let text = read_until(&mut events, "12:00:01");
    assert!(text.contains("event: device") && text.contains("Table <1>"), "{text}");
    device.send_event(seen(2));
    read_until(&mut events, "12:00:02");
}

#[test]
fn the_recogniser_may_come_and_go() {
    let device = FakeDevice::start();
    let socket = device.socket.clone();
    let gateway = Gateway::start(&socket);
    gateway.wait_for("/metrics", "cardsight_up{device_id=\"t1\"");
    let mut events = open(&gateway, "/events");
    let pictures = open(&gateway, "/pictures");
    wait_until(|| device.subscribed() == 1, "the gateway subscribes");
    drop(device);
    read_until(&mut events, "\"connected\":false");
    std::fs::create_dir_all(socket.parent().unwrap()).unwrap();
    let device = FakeDevice::start_at(socket.clone());
    read_until(&mut events, "\"connected\":true");
    wait_until(|| device.subscribed() == 1, "the open page gets pictures again");
    drop(pictures);
    std::fs::remove_dir_all(socket.parent().unwrap()).unwrap();
}

/// promtool reads the older format, in which the help and the type of a counter have its full name.
fn in_older_format(metrics: &str) -> String {
    let counters: Vec<&str> = metrics
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" counter"))
        .collect();
    let mut text = String::new();
    for line in metrics.lines() {
        let words: Vec<&str> = line.splitn(4, ' ').collect();
        match words[..] {
            ["#", kind, name, rest] if counters.contains(&name) => {
                text += &format!("# {kind} {name}_total {rest}\n");
            }
            _ => text += &format!("{line}\n"),
        }
    }
    text
}

fn promtool(arguments: &[&str], input: &str) {
    let mut child = std::process::Command::new("promtool")
        .args(arguments)
        .stdin(std::process::Stdio::piped())
        .spawn()
        .expect("promtool is there; tests/run.sh installs it");
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success(), "{arguments:?}: {input}");
}

#[test]
fn promtool_accepts_the_metrics_and_the_alert_rules() {
    let device = FakeDevice::start();
    let gateway = Gateway::start(&device.socket);
    let answer = gateway.wait_for("/metrics", "cardsight_frames_total{");
    let (_, metrics) = answer.split_once("\r\n\r\n").unwrap();
    promtool(&["check", "metrics"], &in_older_format(metrics));
    let rules = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/gateway/alerts.yml");
    promtool(&["check", "rules", rules], "");
    // Each metric that a rule or the dashboard names is one of the gateway's.
    let dashboard =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/gateway/grafana-dashboard.json");
    for path in [rules, dashboard] {
        let text = std::fs::read_to_string(path).unwrap();
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        let names =
            text.split(|letter| !is_part(letter)).filter(|word| word.starts_with("cardsight_"));
        let mut count = 0;
        for name in names.filter(|name| *name != "cardsight_mqtt_connected") {
            assert!(metrics.contains(&format!("\n{name}{{")), "{path} names {name}");
            count += 1;
        }
        assert!(count > 3, "{path}");
    }
}

#[test]
fn other_names_and_machines_need_the_token() {
    let device = FakeDevice::start();
    let gateway = Gateway::start(&device.socket);
    let get = |path: &str, headers: &str| {
        gateway.request(&format!("GET {path} HTTP/1.1\r\n{headers}\r\n\r\n"))
    };
    assert_eq!(status_of(&get("/", "Host: evil.example")), 421);
    let page = get("/", "Host: cards.example");
    assert_eq!(status_of(&page), 401);
    assert!(page.contains("<form method=\"post\"") && !page.contains("Table"), "{page}");
    for path in ["/pictures", "/events", "/metrics", "/page.js"] {
        assert_eq!(status_of(&get(path, "Host: cards.example")), 401, "{path}");
    }
    let bearer = format!("Host: cards.example\r\nAuthorization: Bearer {TOKEN}");
    assert_eq!(status_of(&get("/metrics", &bearer)), 200);
    let log_in = |token: &str| {
        let body = format!("token={token}");
        gateway.request(&format!(
            "POST /login HTTP/1.1\r\nHost: cards.example\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ))
    };
    let wrong = log_in("0000000000000000");
    assert_eq!(status_of(&wrong), 401);
    assert!(wrong.contains("This token is wrong"));
    let right = log_in(TOKEN);
    assert_eq!(status_of(&right), 303);
    let cookie = right.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap();
    let with_cookie = format!("Host: cards.example\r\nCookie: {cookie}");
    assert_eq!(status_of(&get("/", &with_cookie)), 200);
}

#[test]
fn a_page_for_other_machines_is_refused_without_a_token() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("gateway.toml");
    let text = "[http]\nlisten = [\"0.0.0.0:0\"]\ntoken_file = \"/no/such/token\"\n";
    std::fs::write(&config, text).unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_cardsight-gateway"))
        .args([std::path::Path::new("--config"), &config])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("needs a token") && error.contains("/no/such/token"), "{error}");
}
