//! Messages in pieces, and bytes that are not messages.

use super::*;
use crate::event::{CardEvent, Event, StateEvent};
use crate::message::Hello;
use crate::preview::{Exposure, Preview};

fn hello(version: u32) -> Message {
    Message::Hello(Hello {
        version,
        device_id: "a1".into(),
        device_name: "table".into(),
        program_version: "0.2.0".into(),
        model_sha256: "00".into(),
    })
}

fn preview(jpeg_bytes: usize) -> Message {
    Message::Preview(Box::new(Preview {
        time: "2026-01-01T00:00:00.000Z".into(),
        width: 320,
        height: 240,
        frame_width: 640,
        frame_height: 480,
        state: "searching".into(),
        card: None,
        confidence: None,
        outlines: Vec::new(),
        leds: Vec::new(),
        fps: 10.0,
        focus: 1.5,
        exposure: Exposure::default(),
        jpeg_bytes,
    }))
}

fn state_event() -> Message {
    Message::Event(Event::State(StateEvent {
        time: "2026-01-01T00:00:00.000Z".into(),
        state: "seen".into(),
        card: Some("ace of spades".into()),
        confidence: Some(0.988),
    }))
}

fn decode_all(decoder: &mut Decoder) -> Vec<Packet> {
    std::iter::from_fn(|| decoder.take().unwrap()).collect()
}

#[test]
fn an_event_is_the_line_of_run_json_with_its_type() {
    let line = String::from_utf8(encode_line(&state_event())).unwrap();
    assert_eq!(
        line,
        "{\"type\":\"event\",\"time\":\"2026-01-01T00:00:00.000Z\",\"state\":\"seen\",\
         \"card\":\"ace of spades\",\"confidence\":0.988}\n"
    );
}

#[test]
fn a_feed_in_pieces_of_any_size_gives_the_same_messages() {
    let gone = Message::Event(Event::Card(CardEvent {
        time: "2026-01-01T00:00:01.000Z".into(),
        event: "gone".into(),
        card: "joker".into(),
        confidence: None,
        corners: None,
    }));
    let jpeg = b"\xff\xd8 a line end \n inside \xff\xd9";
    let messages = [hello(VERSION), state_event(), preview(jpeg.len()), gone];
    let mut bytes = Vec::new();
    for message in &messages {
        bytes.extend(encode_line(message));
        if matches!(message, Message::Preview(_)) {
            bytes.extend(jpeg);
        }
    }
    for size in [1, 2, 7, 64, bytes.len()] {
        let mut decoder = Decoder::default();
        let packets: Vec<Packet> = bytes
            .chunks(size)
            .flat_map(|chunk| {
                decoder.push(chunk);
                decode_all(&mut decoder)
            })
            .collect();
        let received: Vec<&Message> = packets.iter().map(|packet| &packet.message).collect();
        assert_eq!(received, messages.iter().collect::<Vec<_>>(), "in pieces of {size}");
        assert_eq!(packets[2].jpeg, jpeg);
    }
}

#[test]
fn unknown_types_and_keys_are_ignored() {
    let mut decoder = Decoder::default();
    decoder.push(b"{\"type\":\"weather\",\"rain\":true}\n");
    assert_eq!(decoder.take().unwrap().unwrap().message, Message::Unknown);
    decoder.push(b"{\"type\":\"event\",\"time\":\"t\",\"state\":\"unsure\",\"mood\":1}\n");
    let message = decoder.take().unwrap().unwrap().message;
    assert!(matches!(message, Message::Event(Event::State(event)) if event.state == "unsure"));
}

#[test]
fn what_is_not_a_feed_is_refused() {
    let error = |bytes: &[u8]| {
        let mut decoder = Decoder::default();
        decoder.push(bytes);
        decoder.take().unwrap_err()
    };
    assert!(matches!(error(b"HTTP/1.1 200 OK\r\n"), FeedError::NotAMessage(_)));
    assert!(matches!(error(b"{\"type\":\"hello\"}\n"), FeedError::NotAMessage(_)));
    assert!(matches!(error(b"\xff\xfe\n"), FeedError::NotAMessage(_)));
    assert!(matches!(error(&vec![b' '; LONGEST_LINE_BYTES + 1]), FeedError::LongLine(_)));
    assert!(matches!(error(&encode_line(&hello(2))), FeedError::Version(2)));
    assert!(matches!(error(&encode_line(&preview(usize::MAX))), FeedError::LargeImage(_)));
    let refused = Message::Refused { reason: "full".into() };
    assert!(
        matches!(error(&encode_line(&refused)), FeedError::Refused(reason) if reason == "full")
    );
}

#[test]
fn requests_are_short_and_have_no_unknown_keys() {
    let mut decoder = RequestDecoder::default();
    let subscribe = Request::Subscribe { width: 640, frames_per_second: 5.0 };
    decoder.push(&encode_line(&subscribe));
    decoder.push(b"{\"type\":\"unsubscribe\"}\n{\"type\":\"sub");
    assert_eq!(decoder.take().unwrap(), Some(subscribe));
    assert_eq!(decoder.take().unwrap(), Some(Request::Unsubscribe));
    assert_eq!(decoder.take().unwrap(), None);
    decoder.push(b"scribe\",\"width\":1,\"frames_per_second\":1,\"colour\":\"red\"}\n");
    assert!(decoder.take().is_err());
    let mut decoder = RequestDecoder::default();
    decoder.push(&[b'x'; LONGEST_REQUEST_BYTES + 1]);
    assert!(matches!(decoder.take(), Err(FeedError::LongLine(_))));
}

/// Numbers that look random and are the same in each run.
struct Noise(u64);

impl Noise {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) as usize % limit
    }

    /// Replaces, removes or adds some bytes.
    fn spoil(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut spoilt = bytes.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(spoilt.len());
            match self.below(3) {
                0 => spoilt[at] = self.below(256) as u8,
                1 => spoilt.truncate(at + 1),
                _ => spoilt.insert(at, self.below(256) as u8),
            }
        }
        spoilt
    }
}

#[test]
fn a_hundred_thousand_spoilt_feeds_are_messages_or_errors() {
    let jpeg = [7; 100];
    let mut valid = Vec::new();
    for message in [hello(VERSION), state_event(), preview(jpeg.len())] {
        valid.extend(encode_line(&message));
    }
    valid.extend(jpeg);
    valid.extend(encode_line(&state_event()));
    let request = encode_line(&Request::Subscribe { width: 640, frames_per_second: 5.0 });
    let (mut noise, mut complete) = (Noise(1), 0);
    for _ in 0..100_000 {
        let (mut decoder, mut requests) = (Decoder::default(), RequestDecoder::default());
        decoder.push(&noise.spoil(&valid));
        while let Ok(Some(_)) = decoder.take() {
            complete += 1;
        }
        requests.push(&noise.spoil(&request));
        while let Ok(Some(_)) = requests.take() {}
    }
    assert!(complete > 50_000, "{complete} messages survived");
}
