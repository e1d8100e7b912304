//! What each address answers.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper::header::{ACCEPT_LANGUAGE, HeaderValue, LOCATION, RETRY_AFTER, SET_COOKIE};
use hyper::{HeaderMap, Method, Request, StatusCode};
use tokio::time::{Instant, timeout};

use crate::http::access::{Access, AccessControl};
use crate::http::body::{Answer, complete, text};
use crate::http::language::Language;
use crate::http::{page, streams};
use crate::metrics;
use crate::state::State;

const STYLE: &str = include_str!("assets/page.css");
const SCRIPT: &str = include_str!("assets/page.js");

/// The longest form that is read.
const LONGEST_FORM_BYTES: usize = 1024;

/// The time for the body of a form.
const FORM_TIMEOUT: Duration = Duration::from_secs(10);

/// Everything that answers need.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) started: Instant,
    state: Arc<State>,
    access: RefCell<AccessControl>,
}

impl Site {
    pub(super) fn new(state: Arc<State>, access: AccessControl) -> Self {
        Self { started: Instant::now(), state, access: RefCell::new(access) }
    }

    /// Answers a request from `peer` to the address `local`.
    pub(super) async fn answer(
        &self,
        request: Request<Incoming>,
        peer: SocketAddr,
        local: SocketAddr,
        now: Duration,
    ) -> Answer {
        let language = language_of(&request);
        let access = self.access.borrow_mut().check(request.headers(), peer, local, now);
        let path = request.uri().path().to_owned();
        let is_get = matches!(*request.method(), Method::GET | Method::HEAD);
        match (access, path.as_str()) {
            (Access::UnknownHost, _) => text(
                StatusCode::MISDIRECTED_REQUEST,
                "This page is not known by this name. Add the name to `hosts` in gateway.toml.\n",
            ),
            (Access::TooMany { retry_after }, _) => too_many(retry_after),
            // The form needs its style, which says nothing of the device.
            (_, "/page.css") if is_get => complete(StatusCode::OK, "text/css", STYLE),
            (_, "/login") if *request.method() == Method::POST => {
                self.log_in(request, peer, now, language).await
            }
            (Access::TokenNeeded, "/") if is_get => {
                html(StatusCode::UNAUTHORIZED, page::login(language, false))
            }
            (Access::TokenNeeded, _) => text(StatusCode::UNAUTHORIZED, "The token is needed.\n"),
            (Access::Granted, path) if is_get => self.resource(path, language),
            (Access::Granted, _) => {
                text(StatusCode::METHOD_NOT_ALLOWED, "This page can only be read.\n")
            }
        }
    }

    fn resource(&self, path: &str, language: Language) -> Answer {
        match path {
            "/" => html(StatusCode::OK, page::live(language)),
            "/login" => redirect_home(),
            "/page.js" => complete(StatusCode::OK, "text/javascript; charset=utf-8", SCRIPT),
            "/pictures" => streams::pictures(&self.state),
            "/events" => streams::events(&self.state),
            "/metrics" => {
                complete(StatusCode::OK, metrics::CONTENT_TYPE, metrics::text(&self.state))
            }
            _ => text(StatusCode::NOT_FOUND, "There is no such page.\n"),
        }
    }

    async fn log_in(
        &self,
        request: Request<Incoming>,
        peer: SocketAddr,
        now: Duration,
        language: Language,
    ) -> Answer {
        let headers = request.headers().clone();
        let body = Limited::new(request.into_body(), LONGEST_FORM_BYTES).collect();
        let Ok(Ok(body)) = timeout(FORM_TIMEOUT, body).await else {
            return text(StatusCode::BAD_REQUEST, "The form can't be read.\n");
        };
        let token = token_in_form(&body.to_bytes());
        let mut access = self.access.borrow_mut();
        match access.check_token(&token, peer.ip(), now) {
            Access::Granted => {
                let mut answer = redirect_home();
                set_header(&mut answer, SET_COOKIE, &access.set_cookie(&headers));
                answer
            }
            Access::TooMany { retry_after } => too_many(retry_after),
            _ => html(StatusCode::UNAUTHORIZED, page::login(language, true)),
        }
    }
}

fn html(status: StatusCode, page: String) -> Answer {
    complete(status, "text/html; charset=utf-8", page)
}

fn too_many(retry_after: Duration) -> Answer {
    let mut answer =
        text(StatusCode::TOO_MANY_REQUESTS, "Too many wrong tokens; wait some seconds.\n");
    set_header(&mut answer, RETRY_AFTER, &retry_after.as_secs().to_string());
    answer
}

fn redirect_home() -> Answer {
    let mut answer = text(StatusCode::SEE_OTHER, "");
    set_header(&mut answer, LOCATION, "/");
    answer
}

fn set_header(answer: &mut Answer, name: hyper::header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
}

/// The language that the address asks for (`/?lang=th`), or the first that the browser prefers.
fn language_of(request: &Request<Incoming>) -> Language {
    let asked = request.uri().query().and_then(|query| query.strip_prefix("lang="));
    let preferred = |headers: &HeaderMap| {
        let value = headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?;
        value.split(',').find_map(|part| Language::from_tag(part.trim()))
    };
    asked.and_then(Language::from_tag).or_else(|| preferred(request.headers())).unwrap_or_default()
}

/// The token in a form, whose only field it is. Tokens have no letters that forms encode, apart from
/// those of Base64.
fn token_in_form(form: &[u8]) -> String {
    let text = String::from_utf8_lossy(form);
    let token = text.strip_prefix("token=").unwrap_or_default();
    let decoded = token.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=");
    decoded.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_in_base64_survives_the_form() {
        assert_eq!(token_in_form(b"token=ab%2Bc%2Fd%3D%3D"), "ab+c/d==");
        assert_eq!(token_in_form(b"token=0123abcd"), "0123abcd");
        assert_eq!(token_in_form(b"\xff\xfe&token=x"), "");
    }
}
