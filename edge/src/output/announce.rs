//! Reports each change once: to the log, as an event and as an annotated image.

use std::io::{self, Write};

use common::Card;
use feed::Event;
use image::RgbImage;
use jiff::Timestamp;

use crate::decide::{CardChange, Decision, State, TrackedCard};
use crate::output::annotate::{Annotation, annotate};
use crate::output::draw::Mark;
use crate::output::events::{card_event, state_event};
use crate::output::feed::Feed;
use crate::output::snapshots::SnapshotFolder;
use crate::recognize::Recognition;
use crate::source::Frame;

/// A frame and what it shows.
#[derive(Debug)]
pub(crate) struct FrameRecognition {
    pub(crate) frame: Frame,
    pub(crate) recognition: Recognition,
}

/// What was announced last. It outlives the announcer when the configuration is reloaded.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct AnnouncedState {
    state: Option<State>,
    /// The cards that have appeared and are not gone.
    cards: Vec<Card>,
}

/// Announces changes.
pub struct Announcer<'a> {
    /// Receives events as JSON lines.
    pub(crate) events: Option<Box<dyn Write + 'a>>,
    /// Receives events as messages.
    pub(crate) feed: Option<Feed>,
    pub(crate) snapshots: Option<SnapshotFolder>,
    /// The level at which changes are logged.
    pub(crate) log_level: log::Level,
    pub(crate) announced: AnnouncedState,
}

impl Announcer<'_> {
    /// Announces the first decision of a decider. The cards of an earlier decider that it does
    /// not know are announced as gone; it announces them again when it sees them.
    ///
    /// # Errors
    /// An event cannot be written.
    pub(crate) fn begin(&mut self, decision: &Decision, time: Timestamp) -> io::Result<()> {
        let mut unknown = self.announced.cards.clone();
        for card in &decision.cards {
            remove_first(&mut unknown, *card);
        }
        let changes = unknown.into_iter().map(CardChange::Gone).collect();
        self.announce(&Decision { changes, ..decision.clone() }, None, time)
    }

    /// Announces the changes of a decision: the cards first, then the state. A frame is written
    /// as an annotated image if anything changed.
    ///
    /// # Errors
    /// An event cannot be written.
    pub(crate) fn announce(
        &mut self,
        decision: &Decision,
        frame: Option<&FrameRecognition>,
        time: Timestamp,
    ) -> io::Result<()> {
        for change in &decision.changes {
            self.announce_card(change, time)?;
        }
        let is_new =
            self.announced.state.is_none_or(|announced| !announced.is_same_as(&decision.state));
        if is_new {
            self.announce_state(&decision.state, time)?;
        }
        if let (Some(snapshots), Some(frame)) = (&mut self.snapshots, frame)
            && (is_new || !decision.changes.is_empty())
        {
            snapshots.add_or_warn(&frame.frame.name, &annotated_frame(frame, decision));
        }
        Ok(())
    }

    fn announce_card(&mut self, change: &CardChange, time: Timestamp) -> io::Result<()> {
        match change {
            CardChange::Appeared(tracked) => self.announced.cards.push(tracked.card),
            CardChange::Gone(card) => remove_first(&mut self.announced.cards, *card),
        }
        match change {
            CardChange::Appeared(TrackedCard { card, confidence, .. }) => {
                log::log!(self.log_level, "appeared: {card} ({:.1} %)", confidence * 100.0);
            }
            CardChange::Gone(card) => log::log!(self.log_level, "gone: {card}"),
        }
        self.write(card_event(change, time))
    }

    fn announce_state(&mut self, state: &State, time: Timestamp) -> io::Result<()> {
        self.announced.state = Some(*state);
        match (state.card(), state.confidence()) {
            (Some(card), Some(confidence)) => {
                log::log!(self.log_level, "seen: {card} ({:.1} %)", confidence * 100.0);
            }
            _ => log::log!(self.log_level, "{}", state.name()),
        }
        self.write(state_event(state, time))
    }

    fn write(&mut self, event: Event) -> io::Result<()> {
        if let Some(events) = &mut self.events {
            writeln!(events, "{}", serde_json::to_string(&event)?)?;
            events.flush()?;
        }
        if let Some(feed) = &self.feed {
            feed.send_event(event);
        }
        Ok(())
    }
}

fn remove_first(cards: &mut Vec<Card>, card: Card) {
    if let Some(at) = cards.iter().position(|other| *other == card) {
        cards.remove(at);
    }
}

/// Returns the frame with the outlines of a decision and a caption.
fn annotated_frame(frame: &FrameRecognition, decision: &Decision) -> RgbImage {
    let FrameRecognition { frame, recognition } = frame;
    let state = &decision.state;
    let millis = (frame.decode + recognition.durations.total()).as_secs_f64() * 1000.0;
    let text = match (state.card(), state.confidence()) {
        (Some(card), Some(confidence)) => {
            format!("{card}  {:.1} %  {millis:.1} ms", confidence * 100.0)
        }
        _ => format!("{}  {millis:.1} ms", state.name()),
    };
    let marks: Vec<Mark> = decision.outlines.iter().map(Mark::from).collect();
    let is_named = state.card().is_some();
    annotate(frame.image.full(), &Annotation { marks: &marks, text: &text, is_named })
}

#[cfg(test)]
mod tests {
    use common::Quad;

    use super::*;

    fn decision(state: State, cards: &[Card], changes: Vec<CardChange>) -> Decision {
        Decision { state, cards: cards.to_vec(), changes, outlines: Vec::new() }
    }

    #[test]
    fn cards_of_an_earlier_decider_are_announced_as_gone() {
        let time = Timestamp::UNIX_EPOCH;
        let mut written = Vec::new();
        let mut announcer = Announcer {
            events: Some(Box::new(&mut written)),
            feed: None,
            snapshots: None,
            log_level: log::Level::Debug,
            announced: AnnouncedState::default(),
        };
        let card: Card = "ace of spades".parse().unwrap();
        let tracked =
            TrackedCard { id: 0, card, confidence: 0.9, corners_in_frame: Quad::default() };
        let seen = State::Seen { card, confidence: 0.9 };
        let appeared = decision(seen, &[card], vec![CardChange::Appeared(tracked)]);
        announcer.begin(&decision(State::Searching, &[], vec![]), time).unwrap();
        announcer.announce(&appeared, None, time).unwrap();
        announcer.announce(&decision(seen, &[card], vec![]), None, time).unwrap();
        announcer.begin(&decision(seen, &[card], vec![]), time).unwrap();
        announcer.begin(&decision(State::Searching, &[], vec![]), time).unwrap();
        assert!(announcer.announced.cards.is_empty());
        drop(announcer);
        let events: Vec<String> = String::from_utf8(written)
            .unwrap()
            .lines()
            .map(|line| {
                let line: serde_json::Value = serde_json::from_str(line).unwrap();
                line["event"].as_str().or(line["state"].as_str()).unwrap().to_owned()
            })
            .collect();
        assert_eq!(events, ["searching", "appeared", "seen", "gone", "searching"]);
    }
}
