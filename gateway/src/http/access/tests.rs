//! Who is let in.

use super::*;

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

fn control() -> AccessControl {
    AccessControl::new(&["cards.example".into(), "Table".into()], Some(TOKEN))
}

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(*name, value.parse().unwrap());
    }
    headers
}

/// The decision about a request from `peer` to `local`.
fn check(pairs: &[(&'static str, &str)], peer: &str, local: &str) -> Access {
    let address = |ip: &str| SocketAddr::new(ip.parse().unwrap(), 8480);
    control().check(&headers(pairs), address(peer), address(local), Duration::ZERO)
}

#[test]
fn programs_on_the_device_need_no_token() {
    for host in ["localhost", "localhost:8480", "127.0.0.1:9000", "[::1]:8480", "LOCALHOST"] {
        assert_eq!(check(&[("host", host)], "127.0.0.1", "127.0.0.1"), Access::Granted, "{host}");
    }
    assert_eq!(check(&[("host", "[::1]")], "::1", "::1"), Access::Granted);
    assert_eq!(
        check(&[("host", "127.0.0.1")], "::ffff:127.0.0.1", "::ffff:127.0.0.1"),
        Access::Granted
    );
}

#[test]
fn foreign_names_are_refused_even_from_the_device_itself() {
    for host in
        ["evil.example", "evil.example:8480", "localhost.evil.example", "", "127.0.0.1.nip.io"]
    {
        assert_eq!(
            check(&[("host", host)], "127.0.0.1", "127.0.0.1"),
            Access::UnknownHost,
            "{host}"
        );
    }
    let two = [("host", "localhost"), ("host", "evil.example")];
    assert_eq!(check(&two, "127.0.0.1", "127.0.0.1"), Access::UnknownHost);
    assert_eq!(check(&[], "127.0.0.1", "127.0.0.1"), Access::UnknownHost);
    assert_eq!(check(&[("host", "10.0.0.9")], "10.0.0.7", "10.0.0.5"), Access::UnknownHost);
}

#[test]
fn everybody_else_needs_the_token() {
    let from_outside = |pairs: &[(&'static str, &str)]| check(pairs, "10.0.0.7", "10.0.0.5");
    for host in ["10.0.0.5:8480", "cards.example", "table:8480", "localhost"] {
        assert_eq!(from_outside(&[("host", host)]), Access::TokenNeeded, "{host}");
    }
    let right = format!("Bearer {TOKEN}");
    assert_eq!(from_outside(&[("host", "table"), ("authorization", &right)]), Access::Granted);
    let wrong = "Bearer 0123456789abcdef0123456789abcdeX";
    assert_eq!(from_outside(&[("host", "table"), ("authorization", wrong)]), Access::TokenNeeded);
    let cookie = control().set_cookie(&HeaderMap::new());
    let cookie = cookie.split(';').next().unwrap();
    let several = format!("other=1; {cookie}; last=2");
    assert_eq!(from_outside(&[("host", "table"), ("cookie", &several)]), Access::Granted);
    assert_eq!(from_outside(&[("host", "table"), ("cookie", "cardsight=")]), Access::TokenNeeded);
    assert!(!cookie.contains(TOKEN), "the cookie is not the token");
}

#[test]
fn who_comes_through_a_proxy_needs_the_token() {
    for header in PROXY_HEADERS {
        let pairs = [("host", "127.0.0.1:8480"), (header, "10.0.0.7")];
        assert_eq!(check(&pairs, "127.0.0.1", "127.0.0.1"), Access::TokenNeeded, "{header}");
    }
    let named = [("host", "cards.example")];
    assert_eq!(check(&named, "127.0.0.1", "127.0.0.1"), Access::TokenNeeded);
}

#[test]
fn wrong_tokens_at_speed_are_refused_without_a_look() {
    let mut control = control();
    let attacker: IpAddr = "10.0.0.7".parse().unwrap();
    let mut refused = 0;
    for number in 0..1000 {
        let guess = format!("guess {number}");
        let access = control.check_token(&guess, attacker, Duration::ZERO);
        refused += usize::from(matches!(access, Access::TooMany { .. }));
    }
    assert!(refused > 980, "{refused}");
    assert!(matches!(control.check_token(TOKEN, attacker, Duration::ZERO), Access::TooMany { .. }));
    let other: IpAddr = "10.0.0.8".parse().unwrap();
    assert_eq!(control.check_token(TOKEN, other, Duration::ZERO), Access::Granted);
    let later = Duration::from_secs(3600);
    assert_eq!(control.check_token(TOKEN, attacker, later), Access::Granted);
}

#[test]
fn without_a_token_nobody_is_let_in_from_outside() {
    let mut control = AccessControl::new(&[], None);
    let address = |ip: &str| SocketAddr::new(ip.parse().unwrap(), 8480);
    let (peer, local) = (address("10.0.0.7"), address("10.0.0.5"));
    for pairs in [
        &[("host", "10.0.0.5"), ("authorization", "Bearer ")][..],
        &[("host", "10.0.0.5"), ("cookie", "cardsight=")],
    ] {
        let access = control.check(&headers(pairs), peer, local, Duration::ZERO);
        assert_eq!(access, Access::TokenNeeded);
    }
}

#[test]
fn the_cookie_is_secure_behind_tls() {
    let control = control();
    assert!(!control.set_cookie(&HeaderMap::new()).contains("Secure"));
    let behind_tls = headers(&[("x-forwarded-proto", "https")]);
    let cookie = control.set_cookie(&behind_tls);
    for part in ["HttpOnly", "SameSite=Strict", "Secure"] {
        assert!(cookie.contains(part), "{cookie}");
    }
}

#[test]
fn a_short_token_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    fs::write(&path, "secret\n").unwrap();
    assert!(read_token(&path).unwrap_err().to_string().contains("openssl rand"));
    fs::write(&path, format!("{TOKEN}\n")).unwrap();
    assert_eq!(read_token(&path).unwrap(), TOKEN);
    assert!(read_token(Path::new("/no/such")).unwrap_err().to_string().contains("/no/such"));
}
