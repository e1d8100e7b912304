//! Metrics of devices in different states.

use std::collections::BTreeMap;

use feed::status::StageHistogram;
use feed::{Hello, ModelIdentity};

use super::*;

fn message() -> StatusMessage {
    let status = Status {
        written: "2026-01-01T00:00:00Z".into(),
        state: "seen".into(),
        healthy: true,
        card: Some("ace of spades".into()),
        confidence: Some(0.9),
        cards: vec!["ace of spades".into()],
        fps: 9.5,
        frame_age_millis: Some(3),
        frames: 100,
        dropped_frames: 2,
        stages: None,
        reconnects: 1,
        restarts: 0,
        temperature_celsius: Some(51.5),
        model: ModelIdentity::default(),
        uptime_seconds: 12,
        version: "0.2.0".into(),
        commit: "unknown".into(),
        faults: BTreeMap::new(),
    };
    let histogram = StageHistogram { counts: vec![1, 2, 3], sum_seconds: 0.25 };
    let counters = Counters {
        frames_named: 40,
        faults: [("camera".to_owned(), 2)].into(),
        reconnects: [("camera".to_owned(), 1)].into(),
        bounds_seconds: vec![0.01, 0.1],
        stages: [("locate".to_owned(), histogram)].into(),
        resident_bytes: Some(1 << 20),
        throttled: Some(false),
        ..Counters::default()
    };
    StatusMessage { status, leds: Vec::new(), counters }
}

fn state() -> State {
    let state = State::default();
    state.change_device(|device| {
        device.is_connected = true;
        device.hello = Some(Arc::new(Hello {
            version: feed::VERSION,
            device_id: "t1".into(),
            device_name: "Table \"1\"\n".into(),
            program_version: "0.2.0".into(),
            model_sha256: "00ff".into(),
        }));
        device.status = Some(Arc::new(message()));
    });
    state
}

/// The value of a metric whose line contains these labels.
fn value(text: &str, name: &str, label: &str) -> f64 {
    let is_metric = |line: &&str| line.starts_with(&format!("{name}{{")) && line.contains(label);
    let line = text.lines().find(is_metric).unwrap_or_else(|| panic!("no {name}: {text}"));
    line.rsplit_once(' ').unwrap().1.parse().unwrap()
}

#[test]
fn everything_that_the_device_says_is_there_with_its_identity() {
    let text = text(&state());
    for (name, label, expected) in [
        ("cardsight_up", "device_id=\"t1\"", 1.0),
        ("cardsight_frames_total", "model=\"00ff\"", 100.0),
        ("cardsight_frames_named_total", "version=\"0.2.0\"", 40.0),
        ("cardsight_frames_unsure_total", "", 0.0),
        ("cardsight_faults_total", "kind=\"camera\"", 2.0),
        ("cardsight_reconnects_total", "kind=\"camera\"", 1.0),
        ("cardsight_temperature_celsius", "", 51.5),
        ("cardsight_resident_memory_bytes", "", 1_048_576.0),
        ("cardsight_throttled", "", 0.0),
        ("cardsight_stage_seconds_bucket", "le=\"0.1\"", 3.0),
        ("cardsight_stage_seconds_bucket", "le=\"+Inf\"", 6.0),
        ("cardsight_stage_seconds_sum", "stage=\"locate\"", 0.25),
    ] {
        assert_eq!(value(&text, name, label), expected, "{name} {label}");
    }
    assert!(text.contains("device_name=\"Table \\\"1\\\"\\n\""), "{text}");
    assert!(text.contains("cardsight_model_info{") && text.contains("sha256=\"00ff\""), "{text}");
    assert!(text.ends_with("# EOF\n"));
    assert!(!text.contains("mqtt_connected"), "MQTT is not configured");
}

#[test]
fn an_unreachable_device_is_down_and_has_no_old_figures() {
    let state = state();
    state.set_mqtt(false);
    state.change_device(|device| {
        device.is_connected = false;
        device.status = None;
    });
    let text = text(&state);
    assert_eq!(value(&text, "cardsight_up", "device_id=\"t1\""), 0.0);
    assert_eq!(value(&text, "cardsight_mqtt_connected", ""), 0.0);
    assert!(!text.contains("frames_total"), "{text}");
    assert!(super::text(&State::default()).ends_with("# EOF\n"));
}
