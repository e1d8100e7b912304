//! `cardsight watch`: prints the feed of a running cardsight.

use std::process::ExitCode;

use common::output::print;
use feed::framing::encode_line;
use feed::{CardEvent, Event, FeedReader, Message, Preview, Request, StateEvent, StatusMessage};

use crate::cli::WatchArgs;

/// Prints messages until the feed ends.
pub(super) fn run(args: &WatchArgs) -> anyhow::Result<ExitCode> {
    let mut reader = FeedReader::connect(&args.socket)?;
    if let Some(width) = args.previews {
        reader.request(&Request::Subscribe { width, frames_per_second: args.rate })?;
    }
    let mut last_health = String::new();
    loop {
        let message = reader.receive()?.message;
        if args.json {
            print(&String::from_utf8_lossy(&encode_line(&message)))?;
        } else if let Some(line) = line(&message, &mut last_health) {
            print(&(line + "\n"))?;
        }
    }
}

/// A message for people. The status is shown when its health changes.
fn line(message: &Message, last_health: &mut String) -> Option<String> {
    match message {
        Message::Hello(hello) => Some(format!(
            "{} ({}), cardsight {}, model {}",
            hello.device_name,
            hello.device_id,
            hello.program_version,
            hello.model_sha256.get(..12).unwrap_or(&hello.model_sha256),
        )),
        Message::Event(event) => Some(event_line(event)),
        Message::Status(message) => {
            let health = health(message);
            if health == *last_health {
                return None;
            }
            last_health.clone_from(&health);
            Some(format!("{}  {health}", message.status.written))
        }
        Message::Preview(preview) => Some(preview_line(preview)),
        Message::Refused { .. } | Message::Unknown => None,
    }
}

fn event_line(event: &Event) -> String {
    match event {
        Event::State(StateEvent { time, state, card, confidence }) => {
            format!("{time}  {state}{}", card_and_confidence(card.as_deref(), *confidence))
        }
        Event::Card(CardEvent { time, event, card, confidence, .. }) => {
            format!("{time}  {event}{}", card_and_confidence(Some(card), *confidence))
        }
    }
}

fn card_and_confidence(card: Option<&str>, confidence: Option<f32>) -> String {
    match (card, confidence) {
        (Some(card), Some(confidence)) => format!(": {card} ({:.1} %)", confidence * 100.0),
        (Some(card), None) => format!(": {card}"),
        (None, _) => String::new(),
    }
}

fn health(message: &StatusMessage) -> String {
    let status = &message.status;
    let faults: Vec<String> =
        status.faults.iter().map(|(device, text)| format!("{device}: {text}")).collect();
    match (status.healthy, faults.is_empty()) {
        (true, true) => "healthy".to_owned(),
        (true, false) => format!("healthy, but {}", faults.join("; ")),
        (false, true) => "not healthy: no frames arrive".to_owned(),
        (false, false) => format!("not healthy: {}", faults.join("; ")),
    }
}

fn preview_line(preview: &Preview) -> String {
    let cards: Vec<&str> =
        preview.outlines.iter().map(|outline| outline.card.as_deref().unwrap_or("?")).collect();
    format!(
        "{}  {}×{}, {:.1} fps, focus {:.1}, brightness {:.0} %, {} kB: {}",
        preview.time,
        preview.width,
        preview.height,
        preview.fps,
        preview.focus,
        preview.exposure.mean * 100.0,
        preview.jpeg_bytes / 1000,
        if cards.is_empty() { preview.state.clone() } else { cards.join(", ") },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(line: &str) -> Event {
        serde_json::from_str(line).unwrap()
    }

    #[test]
    fn events_are_lines_for_people() {
        let seen = event(r#"{"time":"t","state":"seen","card":"joker","confidence":0.98}"#);
        assert_eq!(event_line(&seen), "t  seen: joker (98.0 %)");
        assert_eq!(event_line(&event(r#"{"time":"t","state":"searching"}"#)), "t  searching");
        let gone = event(r#"{"time":"t","event":"gone","card":"joker"}"#);
        assert_eq!(event_line(&gone), "t  gone: joker");
    }
}
