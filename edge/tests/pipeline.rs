//! The pipeline with scripted sources: what is lit, announced and notified.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::time::Duration;

use common::Card;
use edge::decide::Policy;
use edge::pipeline::{PipelineError, RunEnd};
use edge::recognize::Recognizer;
use edge::service::context::ServiceContext;
use edge::service::notify::Notification;
use edge::service::signals::Signals;
use edge::source::camera::driver::CameraError;
use edge::source::{Frame, Next, SourceError};
use edge::testing::{
    FakeClock, PipelineBuilder, RecordingLeds, RecordingSupervisor, ScriptedSource,
};
use renderer::deck::Style;
use renderer::scene::{SceneOptions, draw_scene};

const RULES: [&str; 3] = ["suit:hearts", "seen", "fault"];

fn frame(cards: &[Card]) -> Result<Next, SourceError> {
    let options = SceneOptions {
        style: Some(Style::classic()),
        texture: Some(0),
        ..SceneOptions::close_up()
    };
    let image = draw_scene(cards, &options, 1).image.into();
    Ok(Next::Frame(Frame { image, name: "drawn".into(), decode: Duration::ZERO }))
}

fn gone() -> Result<Next, SourceError> {
    Err(SourceError::Camera(CameraError::Gone("fake".into())))
}

/// The outputs of a run.
struct Outputs {
    lit: Vec<Vec<bool>>,
    states: Vec<String>,
    notifications: Vec<Notification>,
    /// Frames, failures and reconnects.
    statistics: [u64; 3],
    outcome: Result<RunEnd, PipelineError>,
}

fn play(steps: Vec<Result<Next, SourceError>>) -> Outputs {
    let recognizer = Recognizer::load(None).unwrap();
    let rules = RULES.map(|rule| rule.parse().unwrap());
    let leds = RecordingLeds::default();
    let mut events = Vec::new();
    let policy = Policy {
        enter: recognizer.classifier().info().accept_threshold,
        leave: 0.5,
        agreeing_frames: 2,
        expire: Duration::from_secs(1),
    };
    let mut pipeline = PipelineBuilder::new(&recognizer, ScriptedSource::new(steps))
        .policy(policy)
        .leds(leds.clone(), &rules)
        .events(&mut events)
        .build();
    let (clock, supervisor) = (FakeClock::default(), RecordingSupervisor::default());
    let mut context = ServiceContext::new(&clock, &supervisor, None);
    let outcome = pipeline.run(&mut context, &Signals::default());
    let statistics =
        [context.statistics.frames, context.statistics.failures, context.statistics.reconnects];
    drop(pipeline);
    let events = String::from_utf8(events).unwrap();
    let state = |line: &str| {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        event["state"].as_str().unwrap().to_owned()
    };
    let states = events.lines().map(state).collect();
    let notifications = supervisor.record();
    Outputs { lit: leds.record(), states, notifications, statistics, outcome }
}

#[test]
fn leds_and_events_follow_cards_and_faults() {
    let card = ["nine of hearts".parse().unwrap()];
    let steps = vec![
        frame(&card),
        frame(&card),
        gone(),
        Ok(Next::Nothing),
        gone(),
        frame(&card),
        frame(&card),
        frame(&[]),
        frame(&[]),
    ];
    let outputs = play(steps);
    let [dark, seen, fault] = [[false; 3], [true, true, false], [false, false, true]];
    assert_eq!(outputs.lit, [dark, seen, fault, dark, seen, dark]);
    let states = ["searching", "seen", "fault", "unsure", "seen", "searching"];
    assert_eq!(outputs.states, states);
    assert_eq!(outputs.statistics, [6, 2, 1]);
    assert_eq!(
        outputs.notifications,
        [Notification::Alive; 8],
        "one for each frame and each failed attempt, and no other"
    );
}

#[test]
fn an_empty_table_lights_no_led() {
    let outputs = play(vec![frame(&[]), frame(&[]), frame(&[])]);
    assert_eq!(outputs.lit, [[false; 3]]);
    assert_eq!(outputs.states, ["searching"]);
}

#[test]
fn waiting_does_not_reset_the_watchdog_and_a_dead_source_ends_the_run() {
    let steps = vec![Ok(Next::Nothing), Ok(Next::Nothing), Err(SourceError::CaptureDied)];
    let outputs = play(steps);
    assert_eq!(outputs.notifications, []);
    assert!(matches!(outputs.outcome, Err(PipelineError::Source(SourceError::CaptureDied))));
}
