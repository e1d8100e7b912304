//! Limits how often an address may send a wrong token.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

/// Wrong tokens that an address may send at once.
const BURST: u32 = 10;

/// The time after which one of them is forgotten.
const FORGIVEN_AFTER: Duration = Duration::from_secs(6);

/// Addresses that are remembered, so that an attacker with many of them can't fill the memory.
const MOST_ADDRESSES: usize = 1024;

/// The wrong tokens of each address.
#[derive(Debug, Default)]
pub(super) struct Limiter {
    addresses: HashMap<IpAddr, Failures>,
}

/// The failures of an address: their number at a time, of which one is forgotten in each interval.
#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    since: Duration,
}

impl Failures {
    fn at(self, now: Duration) -> u32 {
        let forgotten = now.saturating_sub(self.since).as_secs() / FORGIVEN_AFTER.as_secs();
        self.count.saturating_sub(u32::try_from(forgotten).unwrap_or(u32::MAX))
    }
}

impl Limiter {
    /// How long an address has to wait before its next attempt; nothing if it may try now.
    pub(super) fn wait(&self, address: IpAddr, now: Duration) -> Option<Duration> {
        let failures = self.addresses.get(&network_of(address))?;
        (failures.at(now) >= BURST).then_some(FORGIVEN_AFTER)
    }

    /// Counts a wrong token.
    pub(super) fn count(&mut self, address: IpAddr, now: Duration) {
        let address = network_of(address);
        if self.addresses.len() >= MOST_ADDRESSES && !self.addresses.contains_key(&address) {
            self.make_room(now);
        }
        let failures = self.addresses.entry(address).or_insert(Failures { count: 0, since: now });
        *failures = Failures { count: failures.at(now) + 1, since: now };
    }

    /// Forgets the wrong tokens of an address that has sent the right one.
    pub(super) fn forget(&mut self, address: IpAddr) {
        self.addresses.remove(&network_of(address));
    }

    /// Forgets the addresses that may try again anyway, or else the one that failed least recently.
    fn make_room(&mut self, now: Duration) {
        self.addresses.retain(|_, failures| failures.at(now) > 0);
        if self.addresses.len() >= MOST_ADDRESSES {
            let oldest = self.addresses.iter().min_by_key(|(_, failures)| failures.since);
            if let Some(address) = oldest.map(|(address, _)| *address) {
                self.addresses.remove(&address);
            }
        }
    }
}

/// An attacker has all addresses of an IPv6 network of 64 bits.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, last])
    }

    #[test]
    fn some_mistakes_are_allowed_and_forgotten_one_by_one() {
        let (mut limiter, at) = (Limiter::default(), Duration::from_secs);
        for _ in 0..BURST {
            assert_eq!(limiter.wait(address(1), at(0)), None);
            limiter.count(address(1), at(0));
        }
        assert!(limiter.wait(address(1), at(5)).is_some());
        assert_eq!(limiter.wait(address(2), at(5)), None);
        assert_eq!(limiter.wait(address(1), at(6)), None);
        limiter.count(address(1), at(6));
        assert!(limiter.wait(address(1), at(6)).is_some());
        limiter.forget(address(1));
        assert_eq!(limiter.wait(address(1), at(6)), None);
    }

    #[test]
    fn the_memory_is_bounded() {
        let mut limiter = Limiter::default();
        for number in 0..5 * MOST_ADDRESSES as u32 {
            limiter.count(IpAddr::from(number.to_be_bytes()), Duration::from_millis(number.into()));
        }
        assert_eq!(limiter.addresses.len(), MOST_ADDRESSES);
    }

    #[test]
    fn an_ipv6_network_counts_as_one_address() {
        let mut limiter = Limiter::default();
        for number in 0..BURST as u16 {
            limiter.count(IpAddr::from([0x2001, 0xdb8, 0, 0, 1, 2, 3, number]), Duration::ZERO);
        }
        let other = IpAddr::from([0x2001, 0xdb8, 0, 0, 9, 9, 9, 9]);
        assert!(limiter.wait(other, Duration::ZERO).is_some());
    }
}
