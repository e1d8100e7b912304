//! Several readers at once.

use feed::{Event, Request, StateEvent};
use image::RgbImage;
use jiff::Timestamp;

use super::*;
use crate::decide::State;
use crate::output::feed::fake::FakeReader;

const PLENTY: usize = 1 << 20;

fn hello(name: &str) -> Hello {
    Hello {
        version: feed::VERSION,
        device_id: "a1".into(),
        device_name: name.into(),
        program_version: "0".into(),
        model_sha256: "00".into(),
    }
}

fn event(state: &str) -> Event {
    let time = String::new();
    Event::State(StateEvent { time, state: state.into(), card: None, confidence: None })
}

fn event_content(state: &str) -> InboxContent {
    InboxContent { events: [event(state)].into(), ..InboxContent::default() }
}

fn view_content() -> InboxContent {
    let view = FeedView {
        frame: Arc::new(RgbImage::new(640, 480).into()),
        time: Timestamp::UNIX_EPOCH,
        state: State::Searching,
        outlines: Vec::new(),
        leds: Vec::new(),
        frames_per_second: 10.0,
    };
    InboxContent { view: Some(view), ..InboxContent::default() }
}

fn readers_with(fakes: &[FakeReader]) -> Readers<FakeReader> {
    let mut readers = Readers::new(hello("table"));
    for fake in fakes {
        readers.add(fake.clone(), Duration::ZERO);
    }
    readers.exchange(Duration::ZERO);
    readers
}

fn widths(fake: &FakeReader) -> Vec<u32> {
    let of = |message| match message {
        Message::Preview(preview) => Some(preview.width),
        _ => None,
    };
    fake.messages().into_iter().filter_map(of).collect()
}

#[test]
fn the_ninth_reader_is_refused_with_the_reason_and_the_others_stay() {
    let fakes: Vec<_> = (0..=MOST_READERS).map(|_| FakeReader::with_room(PLENTY)).collect();
    let mut readers = readers_with(&fakes);
    readers.distribute(event_content("unsure"), Duration::ZERO);
    readers.exchange(Duration::ZERO);
    for fake in &fakes[..MOST_READERS] {
        let expected = [Message::Hello(hello("table")), Message::Event(event("unsure"))];
        assert_eq!(fake.messages(), expected);
    }
    let refused = fakes[MOST_READERS].text();
    assert!(refused.contains("\"refused\"") && refused.contains("8 readers"), "{refused}");
    fakes[0].close();
    readers.exchange(Duration::ZERO);
    let next = FakeReader::with_room(PLENTY);
    readers.add(next.clone(), Duration::ZERO);
    readers.exchange(Duration::ZERO);
    assert_eq!(next.messages().len(), 1, "there is room again");
}

#[test]
fn a_hung_reader_does_not_keep_the_others_from_anything() {
    let fakes = [FakeReader::with_room(0), FakeReader::with_room(PLENTY)];
    let mut readers = readers_with(&fakes);
    for _ in 0..100 {
        readers.distribute(event_content("unsure"), Duration::ZERO);
        readers.exchange(Duration::ZERO);
    }
    assert_eq!(fakes[1].messages().len(), 1 + 100);
    readers.exchange(Duration::from_secs(31));
    assert_eq!(readers.connections().len(), 1, "the hung one is ended");
}

#[test]
fn previews_go_to_those_who_are_due_to_get_them() {
    let fakes = [(); 4].map(|()| FakeReader::with_room(PLENTY));
    let mut readers = readers_with(&fakes);
    assert_eq!(readers.preview_due(), None);
    for (fake, width, frames_per_second) in
        [(&fakes[0], 320, 5.0), (&fakes[1], 320, 5.0), (&fakes[2], 160, 1.0)]
    {
        fake.send(&encode_line(&Request::Subscribe { width, frames_per_second }));
    }
    let at = Duration::from_millis;
    readers.exchange(at(1000));
    for millis in [1000, 1100, 1200, 1210, 2000] {
        readers.distribute(view_content(), at(millis));
        readers.exchange(at(millis));
    }
    assert_eq!(widths(&fakes[0]), [320; 3], "at 1000, 1200 and 2000 ms");
    assert_eq!(widths(&fakes[1]), [320; 3]);
    assert_eq!(widths(&fakes[2]), [160; 2], "at 1000 and 2000 ms");
    assert!(widths(&fakes[3]).is_empty());
    assert_eq!(readers.preview_due(), Some(at(2200)));
}

#[test]
fn a_change_of_the_model_is_announced_to_all() {
    let fakes = [FakeReader::with_room(PLENTY)];
    let mut readers = readers_with(&fakes);
    let renamed = InboxContent { hello: Some(hello("window")), ..InboxContent::default() };
    readers.distribute(renamed, Duration::ZERO);
    readers.exchange(Duration::ZERO);
    let expected = [Message::Hello(hello("table")), Message::Hello(hello("window"))];
    assert_eq!(fakes[0].messages(), expected);
}
