//! How the relay is reached: what stands in front of it, and whether it counts who asks for how much.

use std::net::IpAddr;

use axum::http::HeaderMap;

use crate::network::{NetworkAddress, proxy::TrustedProxies};

/// How a relay is reached. The default is what tests call directly: nothing in front, nothing counted but attempts to
/// sign in.
#[derive(Debug, Clone, Default)]
pub struct Doors {
    /// Proxies that are believed.
    pub proxies: TrustedProxies,
    /// Whether requests, uploads and recipients are counted per account and network address.
    pub rates: bool,
    /// Whether the relay speaks TLS itself.
    pub tls: bool,
}

impl Doors {
    /// Where a request comes from.
    pub(crate) fn caller(&self, peer: Option<IpAddr>, headers: &HeaderMap) -> NetworkAddress {
        self.proxies.caller(peer, headers)
    }
}
