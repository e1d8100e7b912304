//! Who may see the page. Programs on the device itself may; everybody else needs the token, once in a
//! form, which gives a cookie, or in each request as a bearer token.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::time::Duration;
use std::{fs, io};

use hyper::HeaderMap;
use hyper::header::{AUTHORIZATION, COOKIE, HOST};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::http::limiter::Limiter;

/// The name of the cookie.
const COOKIE_NAME: &str = "cardsight";

/// How long a browser keeps the cookie: 30 days.
const COOKIE_SECONDS: u32 = 30 * 24 * 3600;

/// The shortest token that is accepted.
const SHORTEST_TOKEN: usize = 16;

/// Headers by which a reverse proxy shows itself. Who comes through one is not on the device, although
/// the connection is from there.
const PROXY_HEADERS: [&str; 4] = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];

/// Why a token can't be used.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    #[error("can't read the token {path:?}")]
    Read { path: std::path::PathBuf, source: io::Error },
    #[error(
        "the token in {path:?} has fewer than {SHORTEST_TOKEN} characters; make one with \
         `openssl rand -hex 32`"
    )]
    Short { path: std::path::PathBuf },
}

/// The decision about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Granted,
    /// The name by which the page was asked for is not one of this device.
    UnknownHost,
    /// The token is missing or wrong.
    TokenNeeded,
    /// Too many wrong tokens came from this address.
    TooMany {
        retry_after: Duration,
    },
}

/// Decides about requests.
#[derive(Debug)]
pub(super) struct AccessControl {
    /// Names in lower case.
    hosts: Vec<String>,
    token: Option<Token>,
    limiter: Limiter,
}

/// The token and the cookie, as hashes, which have the same length whatever somebody sends.
#[derive(Debug)]
struct Token {
    hash: [u8; 32],
    cookie: String,
}

impl Token {
    fn new(token: &str) -> Self {
        let cookie = Sha256::digest(format!("cardsight cookie {token}"));
        let cookie = cookie.iter().map(|byte| format!("{byte:02x}")).collect();
        Self { hash: Sha256::digest(token).into(), cookie }
    }

    fn is(&self, candidate: &str) -> bool {
        let hash: [u8; 32] = Sha256::digest(candidate).into();
        hash.ct_eq(&self.hash).into()
    }

    fn is_cookie(&self, candidate: &str) -> bool {
        candidate.as_bytes().ct_eq(self.cookie.as_bytes()).into()
    }
}

impl AccessControl {
    /// `hosts` are the names of the device beside `localhost` and addresses. Without a token, only
    /// programs on the device are let in.
    pub(super) fn new(hosts: &[String], token: Option<&str>) -> Self {
        let hosts = hosts.iter().map(|host| host.to_lowercase()).collect();
        Self { hosts, token: token.map(Token::new), limiter: Limiter::default() }
    }

    /// Decides about a request that came from `peer` to the address `local`.
    pub(super) fn check(
        &mut self,
        headers: &HeaderMap,
        peer: SocketAddr,
        local: SocketAddr,
        now: Duration,
    ) -> Access {
        let Some(host) = host_of(headers) else { return Access::UnknownHost };
        let is_local_host = is_loopback(&host);
        if !is_local_host && !self.is_own(&host, local) {
            return Access::UnknownHost;
        }
        let is_through_proxy = PROXY_HEADERS.iter().any(|name| headers.contains_key(*name));
        if is_local_host && peer.ip().to_canonical().is_loopback() && !is_through_proxy {
            return Access::Granted;
        }
        let Some(token) = &self.token else { return Access::TokenNeeded };
        if cookies(headers).any(|cookie| token.is_cookie(cookie)) {
            return Access::Granted;
        }
        match bearer(headers) {
            Some(candidate) => self.check_token(candidate, peer.ip(), now),
            None => Access::TokenNeeded,
        }
    }

    /// Decides about a token. Wrong ones are counted for each address.
    pub(super) fn check_token(&mut self, candidate: &str, peer: IpAddr, now: Duration) -> Access {
        if let Some(retry_after) = self.limiter.wait(peer, now) {
            return Access::TooMany { retry_after };
        }
        if self.token.as_ref().is_some_and(|token| token.is(candidate)) {
            self.limiter.forget(peer);
            return Access::Granted;
        }
        self.limiter.count(peer, now);
        Access::TokenNeeded
    }

    /// The value of the header that gives a browser its cookie. Behind a proxy with TLS, the browser
    /// never sends it without TLS.
    pub(super) fn set_cookie(&self, headers: &HeaderMap) -> String {
        let value = self.token.as_ref().map_or("", |token| &token.cookie);
        let is_secure = headers.get("x-forwarded-proto").is_some_and(|proto| proto == "https");
        let secure = if is_secure { "; Secure" } else { "" };
        format!(
            "{COOKIE_NAME}={value}; Path=/; Max-Age={COOKIE_SECONDS}; HttpOnly; SameSite=Strict{secure}"
        )
    }

    /// Whether a name or an address is one of this device. An address can't be made to point at
    /// another machine, as a name can (DNS rebinding), so that the one that was connected to counts.
    fn is_own(&self, host: &str, local: SocketAddr) -> bool {
        match host.trim_matches(['[', ']']).parse::<IpAddr>() {
            Ok(address) => address.to_canonical() == local.ip().to_canonical(),
            Err(_) => self.hosts.iter().any(|own| own == host),
        }
    }
}

/// Reads a token from a file.
///
/// # Errors
/// The file can't be read, or the token is too short.
pub(super) fn read_token(path: &Path) -> Result<String, TokenError> {
    let text = fs::read_to_string(path)
        .map_err(|source| TokenError::Read { path: path.to_owned(), source })?;
    let token = text.trim();
    if token.len() < SHORTEST_TOKEN {
        return Err(TokenError::Short { path: path.to_owned() });
    }
    Ok(token.to_owned())
}

/// The name or address in the header `Host`, in lower case and without the port. There is none if
/// the header is missing, or is there several times.
fn host_of(headers: &HeaderMap) -> Option<String> {
    let mut values = headers.get_all(HOST).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let value = value.to_str().ok()?.to_lowercase();
    let name = match value.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => name,
        _ => &value,
    };
    Some(name.to_owned())
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

fn cookies(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let values = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs =
        values.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(|(name, _)| *name == COOKIE_NAME).map(|(_, value)| value)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

#[cfg(test)]
mod tests;
