//! Telling each change once, in every way that was asked for.

use std::io::{self, Write};

use common::Card;
use image::RgbImage;
use serde::Serialize;

use crate::decide::State;
use crate::judge::Verdict;
use crate::recognize::Recognition;
use crate::report::annotate::{Album, Label, annotated};
use crate::report::events::{CardEvent, Event};
use crate::service::life::Life;
use crate::source::Frame;
use crate::track::Change;

/// What a frame showed.
pub type Seen = (Frame, Recognition);

/// Log, events and annotated pictures.
pub struct Announcer<'a> {
    /// Where events go as JSON lines.
    pub events: Option<Box<dyn Write + 'a>>,
    pub album: Option<Album>,
    /// How loud the log tells changes.
    pub log_level: log::Level,
}

impl Announcer<'_> {
    /// Tells the state, if it is another than before. Cards of an earlier judge are gone:
    /// a new one knows nothing of them, and will tell when it sees them.
    ///
    /// # Errors
    /// Events can't be written.
    pub fn begin(&mut self, verdict: &Verdict, life: &mut Life<'_>) -> io::Result<()> {
        let mut unknown = life.announced.clone();
        for card in &verdict.cards {
            remove_one(&mut unknown, *card);
        }
        let changes = unknown.into_iter().map(Change::Gone).collect();
        self.tell(&Verdict { changes, ..verdict.clone() }, None, life)
    }

    /// Tells what has changed: cards first, then the state.
    ///
    /// # Errors
    /// Events can't be written.
    pub fn tell(
        &mut self,
        verdict: &Verdict,
        seen: Option<&Seen>,
        life: &mut Life<'_>,
    ) -> io::Result<()> {
        for change in &verdict.changes {
            self.tell_card(change, life)?;
        }
        let is_new = life.said.is_none_or(|said| !said.is_same_as(&verdict.state));
        if is_new {
            self.tell_state(&verdict.state, life)?;
        }
        if let (Some(album), Some((frame, recognition))) = (&mut self.album, seen)
            && (is_new || !verdict.changes.is_empty())
        {
            album.add_or_warn(&frame.name, || picture_of(frame, recognition, verdict));
        }
        Ok(())
    }

    fn tell_card(&mut self, change: &Change, life: &mut Life<'_>) -> io::Result<()> {
        match change {
            Change::Appeared(steady) => life.announced.push(steady.card),
            Change::Gone(card) => remove_one(&mut life.announced, *card),
        }
        let event = CardEvent::new(change, life.clock.timestamp());
        match event.confidence {
            Some(confidence) => {
                let percent = confidence * 100.0;
                log::log!(self.log_level, "{}: {} ({percent:.1} %)", event.event, event.card);
            }
            None => log::log!(self.log_level, "{}: {}", event.event, event.card),
        }
        self.write(&event)
    }

    fn tell_state(&mut self, state: &State, life: &mut Life<'_>) -> io::Result<()> {
        life.said = Some(*state);
        let event = Event::new(state, life.clock.timestamp());
        match (&event.card, event.confidence) {
            (Some(card), Some(confidence)) => {
                log::log!(self.log_level, "seen: {card} ({:.1} %)", confidence * 100.0);
            }
            _ => log::log!(self.log_level, "{}", state.name()),
        }
        self.write(&event)
    }

    fn write(&mut self, event: &impl Serialize) -> io::Result<()> {
        let Some(events) = &mut self.events else { return Ok(()) };
        writeln!(events, "{}", serde_json::to_string(event)?)?;
        events.flush()
    }
}

fn remove_one(cards: &mut Vec<Card>, card: Card) {
    if let Some(at) = cards.iter().position(|other| *other == card) {
        cards.remove(at);
    }
}

fn picture_of(frame: &Frame, seen: &Recognition, verdict: &Verdict) -> RgbImage {
    let state = &verdict.state;
    let millis = (frame.decode + seen.times.total()).as_secs_f64() * 1000.0;
    let text = match (state.card(), state.confidence()) {
        (Some(card), Some(confidence)) => {
            format!("{card}  {:.1} %  {millis:.1} ms", confidence * 100.0)
        }
        _ => format!("{}  {millis:.1} ms", state.name()),
    };
    let label = Label { marks: &verdict.marks, text: &text, is_named: state.card().is_some() };
    annotated(&frame.picture, &label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::FakeClock;
    use crate::service::notify::RecordingWatcher;
    use crate::track::SteadyCard;

    fn verdict(state: State, cards: &[Card], changes: Vec<Change>) -> Verdict {
        Verdict { state, cards: cards.to_vec(), changes, marks: Vec::new() }
    }

    #[test]
    fn cards_of_an_earlier_judge_are_told_to_be_gone() {
        let (clock, watcher) = (FakeClock::default(), RecordingWatcher::default());
        let mut life = Life::new(&clock, &watcher, None);
        let mut written = Vec::new();
        let mut announcer = Announcer {
            events: Some(Box::new(&mut written)),
            album: None,
            log_level: log::Level::Debug,
        };
        let card: Card = "ace of spades".parse().unwrap();
        let steady = SteadyCard { id: 0, card, confidence: 0.9, corners_in_frame: [[0.0; 2]; 4] };
        let seen = State::Seen { card, confidence: 0.9 };
        let appeared = verdict(seen, &[card], vec![Change::Appeared(steady)]);
        announcer.begin(&verdict(State::Searching, &[], vec![]), &mut life).unwrap();
        announcer.tell(&appeared, None, &mut life).unwrap();
        announcer.tell(&verdict(seen, &[card], vec![]), None, &mut life).unwrap();
        announcer.begin(&verdict(seen, &[card], vec![]), &mut life).unwrap();
        announcer.begin(&verdict(State::Searching, &[], vec![]), &mut life).unwrap();
        drop(announcer);
        let said: Vec<String> = String::from_utf8(written)
            .unwrap()
            .lines()
            .map(|line| {
                let line: serde_json::Value = serde_json::from_str(line).unwrap();
                line["event"].as_str().or(line["state"].as_str()).unwrap().to_owned()
            })
            .collect();
        assert_eq!(said, ["searching", "appeared", "seen", "gone", "searching"]);
        assert!(life.announced.is_empty());
    }
}
