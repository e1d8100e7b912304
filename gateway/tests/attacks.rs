//! Connections and feeds that try to break the gateway. Its memory stays bounded, and it goes on.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod support;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use support::device::{FakeDevice, picture, seen, status};
use support::{Gateway, TOKEN, status_of};

/// The memory that the gateway may occupy.
const MOST_BYTES: u64 = 15 << 20;

/// Malformed inputs of each kind; `CARDSIGHT_ATTACKS` sets another number, such as 100000.
fn attacks() -> usize {
    std::env::var("CARDSIGHT_ATTACKS").ok().and_then(|text| text.parse().ok()).unwrap_or(2000)
}

/// Numbers that look random and are the same in each run.
struct Noise(u64);

impl Noise {
    fn next(&mut self, below: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % below
    }

    /// Changes some bytes.
    fn spoil(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut spoilt = bytes.to_vec();
        for _ in 0..=self.next(4) {
            let at = self.next(spoilt.len());
            match self.next(3) {
                0 => spoilt[at] = self.next(256) as u8,
                1 => spoilt.truncate(at + 1),
                _ => spoilt.insert(at, self.next(256) as u8),
            }
        }
        spoilt
    }
}

fn assert_sound(gateway: &mut Gateway) {
    assert!(gateway.is_running());
    let bytes = gateway.resident_bytes();
    println!("{:.1} MiB resident", bytes as f64 / f64::from(1 << 20));
    assert!(bytes < MOST_BYTES, "{bytes} bytes");
    assert_eq!(status_of(&gateway.get("/")), 200);
}

#[test]
fn malformed_requests_end_their_connection_only() {
    let device = FakeDevice::start();
    let mut gateway = Gateway::start(&device.socket);
    let request = format!(
        "POST /login HTTP/1.1\r\nHost: cards.example\r\nCookie: cardsight={TOKEN}\r\n\
         Content-Length: 38\r\n\r\ntoken={TOKEN}"
    );
    let mut noise = Noise(1);
    for _ in 0..attacks() {
        let mut stream = gateway.connect();
        let _ = stream.write_all(&noise.spoil(request.as_bytes()));
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let _ = stream.read(&mut [0; 512]);
    }
    assert_sound(&mut gateway);
}

#[test]
fn idle_connections_and_heads_without_end_leave_room_for_others() {
    let device = FakeDevice::start();
    let mut gateway = Gateway::start(&device.socket);
    let idle: Vec<TcpStream> = (0..500).map(|_| gateway.connect()).collect();
    assert_sound(&mut gateway);
    let mut slow: Vec<TcpStream> = (0..100).map(|_| gateway.connect()).collect();
    for stream in &mut slow {
        let _ = stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ");
    }
    assert_sound(&mut gateway);
    let mut endless = gateway.connect();
    let mut sent = 0;
    let _ = endless.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n");
    while endless.write_all(b"X-Header: 0123456789012345678901234567890123456789\r\n").is_ok() {
        sent += 1;
        assert!(sent < 1_000_000, "a head without end is read for ever");
    }
    drop((idle, slow));
    assert_sound(&mut gateway);
}

#[test]
fn readers_that_take_nothing_do_not_fill_the_memory() {
    let device = FakeDevice::start();
    let mut gateway = Gateway::start(&device.socket);
    let mut hung: Vec<TcpStream> = (0..12).map(|_| gateway.connect()).collect();
    for (number, stream) in hung.iter_mut().enumerate() {
        let path = if number % 2 == 0 { "/pictures" } else { "/events" };
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    }
    while device.subscribed() == 0 {
        std::thread::yield_now();
    }
    for number in 0..500 {
        device.send_picture(number);
        device.send_event(seen(number));
    }
    device.send(&feed::framing::encode_line(&status(4711)));
    gateway.wait_for("/metrics", "} 4711");
    assert_sound(&mut gateway);
    drop(hung);
}

#[test]
fn malformed_feeds_are_left_and_read_again() {
    let device = FakeDevice::start();
    let mut gateway = Gateway::start(&device.socket);
    gateway.wait_for("/metrics", "cardsight_frames_total{");
    let valid = [feed::framing::encode_line(&status(1)), picture(1)];
    let mut noise = Noise(2);
    for number in 0..attacks() {
        device.send(&noise.spoil(&valid[number % 2]));
        if number % 500 == 0 {
            // The line so far ends here, and the connection if it is not a message.
            device.send(b"\nnot a message\n");
        }
    }
    // A line and an image without end.
    device.send(&vec![b' '; 400 << 10]);
    device.send(b"\n{\"type\":\"preview\",\"jpeg_bytes\":99999999999}\n");
    drop(device);
    assert_sound(&mut gateway);
}

#[test]
fn wrong_tokens_at_speed_are_refused_and_cookies_still_count() {
    let device = FakeDevice::start();
    let mut gateway = Gateway::start(&device.socket);
    let mut codes = std::collections::BTreeMap::new();
    for number in 0..200 {
        let answer = gateway.request(&format!(
            "GET /metrics HTTP/1.1\r\nHost: cards.example\r\nAuthorization: Bearer guess{number}\r\n\r\n"
        ));
        *codes.entry(status_of(&answer)).or_insert(0) += 1;
    }
    assert!(codes[&429] > 150 && !codes.contains_key(&200), "{codes:?}");
    assert_sound(&mut gateway);
}
