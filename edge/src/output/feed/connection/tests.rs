//! Readers that are slow, hang, or send rubbish.

use super::*;
use crate::output::feed::fake::FakeReader;
use feed::Request;

const PLENTY: usize = 1 << 20;

fn second(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn connect(room: usize) -> (FakeReader, Connection<FakeReader>) {
    let reader = FakeReader::with_room(room);
    (reader.clone(), Connection::new(reader, Duration::ZERO))
}

fn text(text: &str) -> Arc<[u8]> {
    text.as_bytes().into()
}

fn subscribe(frames_per_second: f32) -> Vec<u8> {
    encode_line(&Request::Subscribe { width: 640, frames_per_second })
}

#[test]
fn messages_are_sent_in_order_as_far_as_the_reader_takes_them() {
    let (reader, mut connection) = connect(4);
    for number in ["one\n", "two\n", "three\n"] {
        connection.add(Kind::Lasting, &text(number));
    }
    connection.exchange(second(0)).unwrap();
    assert_eq!(reader.text(), "one\n");
    reader.set_room(2);
    connection.exchange(second(1)).unwrap();
    assert_eq!(reader.text(), "one\ntw");
    reader.set_room(PLENTY);
    connection.exchange(second(2)).unwrap();
    assert_eq!(reader.text(), "one\ntwo\nthree\n");
    assert!(!connection.is_waiting());
}

#[test]
fn a_newer_status_replaces_one_that_waits_but_not_one_that_was_begun() {
    let (reader, mut connection) = connect(0);
    connection.add(Kind::Lasting, &text("event\n"));
    connection.add(Kind::Status, &text("status 1\n"));
    connection.add(Kind::Status, &text("status 2\n"));
    reader.set_room("event\nstat".len());
    connection.exchange(second(0)).unwrap();
    connection.add(Kind::Status, &text("status 3\n"));
    connection.add(Kind::Status, &text("status 4\n"));
    reader.set_room(PLENTY);
    connection.exchange(second(1)).unwrap();
    assert_eq!(reader.text(), "event\nstatus 2\nstatus 4\n");
}

#[test]
fn a_slow_reader_loses_previews_and_gets_the_rest() {
    let (reader, mut connection) = connect(PLENTY);
    reader.send(&subscribe(10.0));
    connection.exchange(second(1)).unwrap();
    assert_eq!(connection.due_width(second(1)), Some(640));
    reader.set_room(0);
    connection.add_preview(&text("preview 1\n"), second(1));
    for seconds in 2..20 {
        connection.exchange(second(seconds)).unwrap();
        assert_eq!(connection.preview_due(), None, "the one before waits");
        connection.add(Kind::Lasting, &text("event\n"));
    }
    reader.set_room(PLENTY);
    connection.exchange(second(20)).unwrap();
    assert_eq!(reader.text().matches("preview").count(), 1);
    assert_eq!(reader.text().matches("event").count(), 18);
    assert_eq!(connection.due_width(second(20)), Some(640));
}

#[test]
fn a_hung_reader_is_ended() {
    let (_reader, mut connection) = connect(0);
    connection.add(Kind::Lasting, &text("event\n"));
    connection.exchange(second(29)).unwrap();
    assert!(matches!(connection.exchange(second(31)), Err(ConnectionEnd::Hung)));
}

#[test]
fn a_reader_with_nothing_to_take_may_be_silent_for_ever() {
    let (_reader, mut connection) = connect(0);
    for hours in 0..10 {
        connection.exchange(second(hours * 3600)).unwrap();
    }
}

#[test]
fn a_reader_for_which_too_much_waits_is_ended() {
    let (_reader, mut connection) = connect(0);
    for _ in 0..=MOST_WAITING {
        connection.add(Kind::Lasting, &text("event\n"));
    }
    assert!(matches!(connection.exchange(second(0)), Err(ConnectionEnd::Full)));
}

#[test]
fn rubbish_ends_the_connection_with_the_reason() {
    for (rubbish, reason) in [
        (b"GET / HTTP/1.1\r\n\r\n".to_vec(), "is not a message"),
        (vec![0; 5000], "more than 1024 bytes"),
        (subscribe(1000.0), "frames_per_second is 1000"),
        (b"{\"type\":\"subscribe\",\"width\":1,\"frames_per_second\":1}\n".to_vec(), "width is 1"),
    ] {
        let (reader, mut connection) = connect(PLENTY);
        reader.send(&rubbish);
        let end = connection.exchange(second(0)).unwrap_err();
        let sent = reader.text();
        assert!(end.to_string().contains(reason), "{end}");
        assert!(sent.contains("refused") && sent.contains(reason), "{sent}");
    }
}

#[test]
fn a_flood_of_requests_takes_a_bounded_time_in_each_turn() {
    let (reader, mut connection) = connect(PLENTY);
    let flood = encode_line(&Request::Unsubscribe).repeat(10_000);
    reader.send(&flood);
    let mut turns = 0;
    reader.close();
    while connection.exchange(second(0)).is_ok() {
        turns += 1;
    }
    assert_eq!(turns, flood.len() / (CHUNK_BYTES * CHUNKS_PER_TURN));
}

#[test]
fn a_closed_connection_ends_and_an_unsubscribed_one_does_not() {
    let (reader, mut connection) = connect(PLENTY);
    reader.send(&subscribe(5.0));
    reader.send(&encode_line(&Request::Unsubscribe));
    connection.exchange(second(0)).unwrap();
    assert_eq!(connection.preview_due(), None);
    reader.close();
    assert!(matches!(connection.exchange(second(0)), Err(ConnectionEnd::Closed)));
}
