//! Which addresses are on the Internet: pushes go there and nowhere else (RFC 8620 §8.6), so that nobody can have the
//! relay ask a machine beside it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether an address is a single machine's on the Internet, as IANA's registries of special-purpose addresses say
/// (RFC 6890). What wraps another address (mapped, translated, tunnelled) is not.
pub(super) fn is_global(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_global_v4(address),
        IpAddr::V6(address) => is_global_v6(address),
    }
}

fn is_global_v4(address: Ipv4Addr) -> bool {
    const SPECIAL: [([u8; 4], u32); 14] = [
        ([0, 0, 0, 0], 8),       // this network
        ([10, 0, 0, 0], 8),      // private
        ([100, 64, 0, 0], 10),   // shared behind carriers
        ([127, 0, 0, 0], 8),     // this machine
        ([169, 254, 0, 0], 16),  // this link, and where clouds keep their secrets
        ([172, 16, 0, 0], 12),   // private
        ([192, 0, 0, 0], 24),    // protocols
        ([192, 0, 2, 0], 24),    // examples
        ([192, 88, 99, 0], 24),  // relays of 6to4
        ([192, 168, 0, 0], 16),  // private
        ([198, 18, 0, 0], 15),   // benchmarks
        ([198, 51, 100, 0], 24), // examples
        ([203, 0, 113, 0], 24),  // examples
        ([224, 0, 0, 0], 3),     // multicast, reserved, broadcast
    ];
    let bits = address.to_bits();
    !SPECIAL.iter().any(|(network, length)| {
        let network = Ipv4Addr::from_octets(*network).to_bits();
        (bits ^ network).leading_zeros() >= *length
    })
}

/// Of IPv6 only 2000::/3 is given out to machines; these are its exceptions.
fn is_global_v6(address: Ipv6Addr) -> bool {
    const GIVEN_OUT: ([u16; 2], u32) = ([0x2000, 0], 3);
    const SPECIAL: [([u16; 2], u32); 4] = [
        ([0x2001, 0], 23),     // protocols: Teredo, ORCHID, benchmarks
        ([0x2001, 0xdb8], 32), // examples
        ([0x2002, 0], 16),     // 6to4 wraps an IPv4 address
        ([0x3fff, 0], 20),     // examples
    ];
    let bits = address.to_bits();
    let within = |([first, second], length): ([u16; 2], u32)| {
        let network = Ipv6Addr::new(first, second, 0, 0, 0, 0, 0, 0).to_bits();
        (bits ^ network).leading_zeros() >= length
    };
    within(GIVEN_OUT) && !SPECIAL.into_iter().any(within)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_on_the_internet_are_global() {
        for address in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "128.0.0.1",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2001:200::1",
            "2001:4860:4860::8888",
            "2606:4700:4700::1111",
            "2a01:e0a::1",
            "3ffe:ffff::1",
        ] {
            assert!(is_global(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn everything_else_is_not() {
        for address in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.0",
            "10.255.255.255",
            "100.64.0.0",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.255",
            "169.254.169.254",
            "172.16.0.0",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:1.1.1.1",
            "::ffff:0:1.1.1.1",
            "64:ff9b::1.1.1.1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:2::1",
            "2001:20::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "3fff:fff::1",
            "4000::1",
            "5f00::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_global(address.parse().unwrap()), "{address}");
        }
    }
}
