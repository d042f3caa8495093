//! How many connections there are, in all and from each network.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use axum::http::HeaderMap;
use tokio::net::TcpStream;

use crate::{limits, log, relay::Relay};

/// The open connections of one listener.
#[derive(Debug, Default)]
pub(super) struct Crowd(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    each: HashMap<IpAddr, usize>,
}

/// A place; given back on drop.
pub(super) struct Place {
    crowd: Arc<Crowd>,
    network: Option<IpAddr>,
}

impl Crowd {
    /// A place for one more, if there is one. Those behind a trusted proxy are not told apart here.
    pub(super) fn enter(self: &Arc<Self>, relay: &Relay, peer: IpAddr) -> Option<Place> {
        let doors = relay.doors();
        let network = doors.caller(Some(peer), &HeaderMap::new()).counted();
        let network = network.filter(|_| doors.rates && !doors.proxies.trusts(peer));
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let here = network.and_then(|network| counts.each.get(&network)).copied().unwrap_or(0);
        if counts.all >= limits::CONNECTIONS || here >= limits::NETWORK_CONNECTIONS {
            return None;
        }
        counts.all += 1;
        if let Some(network) = network {
            *counts.each.entry(network).or_default() += 1;
        }
        Some(Place { crowd: self.clone(), network })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.crowd.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.all = counts.all.saturating_sub(1);
        let Some(network) = self.network else { return };
        if let Some(here) = counts.each.get_mut(&network) {
            *here = here.saturating_sub(1);
            if *here == 0 {
                counts.each.remove(&network);
            }
        }
    }
}

/// Says that there is no place, as far as that can be said without waiting: not before TLS.
pub(super) fn turn_away(stream: &TcpStream, is_tls: bool) {
    log::line("turned_away", &[("limit", "connections")]);
    if !is_tls {
        let answer = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 10\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
        let _ = stream.try_write(answer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        clock::SystemClock,
        doors::Doors,
        network::proxy::{Network, TrustedProxies},
    };

    fn relay(rates: bool) -> Relay {
        let networks: Vec<Network> = vec!["10.0.0.1".parse().unwrap()];
        let proxies = TrustedProxies { networks, ..TrustedProxies::default() };
        Relay::in_memory(SystemClock).unwrap().behind(Doors { rates, proxies, ..Doors::default() })
    }

    #[test]
    fn one_network_cannot_take_every_place() {
        let (relay, crowd) = (relay(true), Arc::new(Crowd::default()));
        let enter = |from: &str| crowd.enter(&relay, from.parse().unwrap());
        let mut places: Vec<_> =
            (0..limits::NETWORK_CONNECTIONS).map(|_| enter("203.0.113.5").unwrap()).collect();
        assert!(enter("203.0.113.5").is_none());
        assert!(enter("203.0.113.6").is_some());
        drop(places.pop());
        assert!(enter("203.0.113.5").is_some());
        for other in ["10.0.0.1", "127.0.0.1"] {
            let more: Vec<_> = (0..=limits::NETWORK_CONNECTIONS).map(|_| enter(other)).collect();
            assert!(more.iter().all(Option::is_some), "{other} stands for many");
        }
        drop(places);
        assert!(crowd.0.lock().unwrap().each.is_empty());
    }

    #[test]
    fn there_is_a_last_place_for_all() {
        let (relay, crowd) = (relay(false), Arc::new(Crowd::default()));
        let enter = || crowd.enter(&relay, "127.0.0.1".parse().unwrap());
        let places: Vec<_> = (0..limits::CONNECTIONS).map(|_| enter().unwrap()).collect();
        assert!(enter().is_none());
        drop(places);
        assert!(enter().is_some());
    }
}
