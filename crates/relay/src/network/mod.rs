//! From where somebody asks.

pub(crate) mod proxy;

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
};

/// The network address of a caller: what the socket shows, or what a trusted proxy says. Tests without a socket have none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct NetworkAddress(Option<IpAddr>);

impl NetworkAddress {
    pub(crate) fn of(address: IpAddr) -> Self {
        // ::ffff:192.0.2.1 is 192.0.2.1, come in by another door.
        Self(Some(address.to_canonical()))
    }

    /// What attempts are counted by: an IPv4 address, or the /64 an IPv6 host chooses its addresses from.
    pub(crate) fn neighbourhood(self) -> Option<IpAddr> {
        Some(match self.0? {
            IpAddr::V4(address) => IpAddr::V4(address),
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64))),
        })
    }

    /// The same where all who come from there can be counted together: not for the machine itself, behind whose address
    /// there may be a proxy nobody told the relay of, with everybody behind it.
    pub(crate) fn counted(self) -> Option<IpAddr> {
        self.neighbourhood().filter(|_| !self.0.is_some_and(|address| address.is_loopback()))
    }
}

impl fmt::Display for NetworkAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(address) => address.fmt(f),
            None => f.write_str("unknown"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_host_are_one() {
        let of = |text: &str| NetworkAddress::of(text.parse().unwrap()).counted().map(|ip| ip.to_string());
        assert_eq!(of("192.0.2.7").as_deref(), Some("192.0.2.7"));
        assert_eq!(of("::ffff:192.0.2.7").as_deref(), Some("192.0.2.7"));
        assert_eq!(of("2001:db8:1:2:3:4:5:6").as_deref(), Some("2001:db8:1:2::"));
        for own in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(of(own), None, "{own}");
        }
    }
}
