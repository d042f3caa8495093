//! Proxies in front of the relay, and what they say of where somebody asks from.
//!
//! A header field says whatever its sender likes. It is heard only from a proxy the keeper named, only the one field the keeper
//! says that proxy writes (most pass the other one on as it came), and from the end: the last entry is the proxy's own
//! word, those before it are what it was told.

use std::{net::IpAddr, str::FromStr};

use axum::http::HeaderMap;

use super::NetworkAddress;

/// The field a proxy writes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ForwardedField {
    /// `X-Forwarded-For: client, proxy`.
    #[default]
    XForwardedFor,
    /// `Forwarded: for=client, for=proxy` (RFC 7239).
    Forwarded,
}

impl FromStr for ForwardedField {
    type Err = &'static str;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name.to_ascii_lowercase().as_str() {
            "x-forwarded-for" => Ok(Self::XForwardedFor),
            "forwarded" => Ok(Self::Forwarded),
            _ => Err("the field is x-forwarded-for or forwarded"),
        }
    }
}

/// An address and how many of its first bits count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl FromStr for Network {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "a network is an address, or an address/bits";
        let (address, bits) =
            text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().map_err(|_| FORM)?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), str::parse).map_err(|_| FORM)?;
        (bits <= most).then_some(Self { address, bits }).ok_or(FORM)
    }
}

impl Network {
    fn contains(self, address: IpAddr) -> bool {
        let differ = match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => u128::from(own.to_bits() ^ other.to_bits()) << 96,
            (IpAddr::V6(own), IpAddr::V6(other)) => own.to_bits() ^ other.to_bits(),
            _ => return false,
        };
        differ.leading_zeros() >= u32::from(self.bits)
    }
}

/// The proxies that are believed.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies {
    /// Where they are.
    pub networks: Vec<Network>,
    /// What they write.
    pub field: ForwardedField,
}

impl TrustedProxies {
    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(address.to_canonical()))
    }

    /// Where a request comes from: the nearest address that is no trusted proxy's.
    pub(crate) fn caller(&self, peer: Option<IpAddr>, headers: &HeaderMap) -> NetworkAddress {
        let Some(mut nearest) = peer else { return NetworkAddress::default() };
        if !self.trusts(nearest) {
            return NetworkAddress::of(nearest);
        }
        for said in self.entries(headers).into_iter().rev() {
            // What cannot be read is nobody's address: the proxy that wrote it stands for it.
            let Some(address) = said else { break };
            nearest = address;
            if !self.trusts(address) {
                break;
            }
        }
        NetworkAddress::of(nearest)
    }

    fn entries(&self, headers: &HeaderMap) -> Vec<Option<IpAddr>> {
        let (name, read): (_, fn(&str) -> Option<IpAddr>) = match self.field {
            ForwardedField::XForwardedFor => ("x-forwarded-for", |entry| node(entry.trim())),
            ForwardedField::Forwarded => ("forwarded", forwarded_for),
        };
        let lines = headers.get_all(name).into_iter().map(|line| line.to_str().unwrap_or_default());
        lines.flat_map(|line| line.split(',')).map(read).collect()
    }
}

/// The parameter `for` of one element (RFC 7239 §4).
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let pairs = element.split(';').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.into_iter().find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))?;
    node(value.trim().trim_matches('"'))
}

/// A node with or without its port (RFC 7239 §6): `192.0.2.1`, `192.0.2.1:80`, `[2001:db8::1]`, `[2001:db8::1]:80`.
fn node(text: &str) -> Option<IpAddr> {
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    match text.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?.0.parse().ok().map(IpAddr::V6),
        None => text.rsplit_once(':')?.0.parse().ok().map(IpAddr::V4),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(field: ForwardedField) -> TrustedProxies {
        let networks = ["10.0.0.0/8", "2001:db8:f::/48", "192.0.2.9"].map(|text| text.parse().unwrap());
        TrustedProxies { networks: networks.to_vec(), field }
    }

    fn caller(proxies: &TrustedProxies, peer: &str, name: &'static str, lines: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(name, line.parse().unwrap());
        }
        proxies.caller(Some(peer.parse().unwrap()), &headers).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed_and_only_its_own_word() {
        let proxies = proxies(ForwardedField::XForwardedFor);
        let of = |peer, lines: &[&str]| caller(&proxies, peer, "x-forwarded-for", lines);
        assert_eq!(of("203.0.113.5", &["198.51.100.1"]), "203.0.113.5", "a stranger says anything");
        assert_eq!(of("10.1.2.3", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(of("::ffff:10.1.2.3", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(of("10.1.2.3", &["1.1.1.1, 198.51.100.1"]), "198.51.100.1", "what came before is hearsay");
        assert_eq!(of("10.1.2.3", &["1.1.1.1", "198.51.100.1, 10.9.9.9"]), "198.51.100.1");
        assert_eq!(of("10.1.2.3", &[]), "10.1.2.3");
        assert_eq!(of("10.1.2.3", &["198.51.100.1, garbage"]), "10.1.2.3");
        assert_eq!(of("10.1.2.3", &["198.51.100.1:4711"]), "198.51.100.1");
        assert_eq!(of("2001:db8:f:1::1", &["[2001:db8::7]:80"]), "2001:db8::7");
        assert_eq!(caller(&proxies, "10.1.2.3", "forwarded", &["for=198.51.100.1"]), "10.1.2.3");
    }

    #[test]
    fn the_standard_field_is_read_as_the_standard_says() {
        let proxies = proxies(ForwardedField::Forwarded);
        let of = |lines: &[&str]| caller(&proxies, "10.1.2.3", "forwarded", lines);
        assert_eq!(of(&["for=1.1.1.1, For=\"[2001:db8::7]:80\";proto=https;by=10.0.0.1"]), "2001:db8::7");
        assert_eq!(of(&["proto=https; for=198.51.100.1"]), "198.51.100.1");
        assert_eq!(of(&["for=198.51.100.1, for=unknown"]), "10.1.2.3");
        assert_eq!(of(&["for=198.51.100.1, for=_hidden"]), "10.1.2.3");
    }

    #[test]
    fn networks_are_read_or_refused() {
        for wrong in ["", "x", "10.0.0.0/33", "10.0.0.0/-1", "2001:db8::/129", "10.0.0.0/8/8"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
        let all: Network = "0.0.0.0/0".parse().unwrap();
        assert!(all.contains("203.0.113.5".parse().unwrap()) && !all.contains("::1".parse().unwrap()));
    }
}
