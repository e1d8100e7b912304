//! A scripted device, a gateway that reads its feed, and a small client for the page.

#![allow(dead_code, reason = "each test program uses a part of it")]

pub mod browser;
pub mod device;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// How long a test waits for what must happen.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A running gateway. It is killed when it is dropped.
pub struct Gateway {
    child: Child,
    pub address: SocketAddr,
    folder: tempfile::TempDir,
}

impl Gateway {
    /// Starts a gateway that reads the feed at `socket`.
    pub fn start(socket: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (config, token) = (folder.path().join("gateway.toml"), folder.path().join("token"));
        std::fs::write(&token, TOKEN).unwrap();
        let text = format!(
            "[feed]\nsocket = {socket:?}\n[http]\nlisten = [\"127.0.0.1:0\"]\n\
             hosts = [\"cards.example\"]\ntoken_file = {token:?}\n"
        );
        std::fs::write(&config, text).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_cardsight-gateway"))
            .args([Path::new("--config"), &config])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        let address = loop {
            line.clear();
            assert!(log.read_line(&mut line).unwrap() > 0, "the gateway has ended");
            if let Some((_, rest)) = line.split_once("http://") {
                break rest.trim().trim_end_matches('/').parse().unwrap();
            }
        };
        // The rest of the log is read, so that the gateway never waits for it.
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Self { child, address, folder }
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Sends a request and returns the complete answer.
    pub fn request(&self, head: &str) -> String {
        let mut stream = self.connect();
        // The gateway may answer, and close, before it has read everything.
        let _ = stream.write_all(head.as_bytes());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Gets a page as a program on the device does.
    pub fn get(&self, path: &str) -> String {
        self.request(&format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"))
    }

    /// Gets a page again and again, until it contains a text.
    pub fn wait_for(&self, path: &str, text: &str) -> String {
        let began = Instant::now();
        loop {
            let answer = self.get(path);
            if answer.contains(text) {
                return answer;
            }
            assert!(began.elapsed() < PATIENCE, "no {text:?} in {answer}");
        }
    }

    /// The resident memory in bytes.
    pub fn resident_bytes(&self) -> u64 {
        let path = PathBuf::from(format!("/proc/{}/status", self.child.id()));
        let status = std::fs::read_to_string(path).expect("the gateway runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The status code of an answer; 0 if there is none.
pub fn status_of(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0)
}
