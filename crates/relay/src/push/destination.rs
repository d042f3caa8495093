//! Where a subscription's messages go: its URL, taken apart once.

use url::{Host, Position, Url};

use super::global::is_global;
use crate::limits;

/// The URL of a subscription (RFC 8620 §7.2): `https`, with no user information and no fragment, and not plainly an
/// address inside. What its name resolves to is seen at each connection.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Destination {
    /// The whole, as it is stored.
    pub(super) url: String,
    /// Scheme, host and port (RFC 8292 §2, `aud`).
    pub(super) origin: String,
    /// A name or an address, without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    /// Host and port as `Host` names them.
    pub(super) authority: String,
    /// Path and query.
    pub(super) target: String,
}

impl Destination {
    /// Reads a URL that came from a client; `None` when nothing is ever sent to such a one.
    pub(super) fn read(text: &str) -> Option<Self> {
        let plain = text.len() <= limits::PUSH_URL_BYTES && text.bytes().all(|b| b.is_ascii_graphic());
        if !plain || !text.get(.."https://".len())?.eq_ignore_ascii_case("https://") {
            return None;
        }
        let url = Url::parse(text).ok()?;
        let bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        let port = url.port_or_known_default().filter(|port| *port != 0)?;
        let host = match url.host()? {
            Host::Domain(name) => Some(name.to_owned()).filter(|name| is_qualified(name))?,
            Host::Ipv4(address) => Some(address).filter(|a| is_global((*a).into()))?.to_string(),
            Host::Ipv6(address) => Some(address).filter(|a| is_global((*a).into()))?.to_string(),
        };
        bare.then(|| Self {
            origin: url.origin().ascii_serialization(),
            host,
            port,
            authority: url[Position::BeforeHost..Position::AfterPort].to_owned(),
            target: url[Position::BeforePath..Position::AfterQuery].to_owned(),
            url: url.into(),
        })
    }
}

/// Whether a name can be one on the Internet: names of one word belong to the relay's own network.
fn is_qualified(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let last = name.rsplit_once('.').map(|(_, last)| last);
    last.is_some_and(|last| !last.is_empty() && last != "localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_apart() {
        let read = Destination::read("HTTPS://Push.Example:8443/a/b?c=d").unwrap();
        assert_eq!(read.url, "https://push.example:8443/a/b?c=d");
        assert_eq!((read.origin.as_str(), read.host.as_str()), ("https://push.example:8443", "push.example"));
        assert_eq!((read.port, read.authority.as_str()), (8443, "push.example:8443"));
        assert_eq!(read.target, "/a/b?c=d");
        let read = Destination::read("https://[2606:4700:4700::1111]").unwrap();
        assert_eq!((read.host.as_str(), read.port), ("2606:4700:4700::1111", 443));
        assert_eq!((read.authority.as_str(), read.target.as_str()), ("[2606:4700:4700::1111]", "/"));
        assert_eq!(read.origin, "https://[2606:4700:4700::1111]");
        assert_eq!(Destination::read("https://push.example:443/x").unwrap().authority, "push.example");
    }

    #[test]
    fn whatever_nothing_is_sent_to_is_refused() {
        let long = format!("https://push.example/{}", "x".repeat(limits::PUSH_URL_BYTES));
        for wrong in [
            "",
            "https://",
            "http://push.example/",
            "ftp://push.example/",
            "https:push.example",
            "https:/push.example/",
            "https:\\\\push.example/",
            "//push.example/",
            " https://push.example/",
            "https://push.example/\n",
            "https://push.exa\tmple/",
            "https://user@push.example/",
            "https://user:secret@push.example/",
            "https://:secret@push.example/",
            "https://push.example/#here",
            "https://push.example:0/",
            "https://push.example:65536/",
            "https://push/",
            "https://localhost/",
            "https://relay.localhost/",
            "https://localhost./",
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://0177.0.0.1/",
            "https://127.0.0.1./",
            "https://10.0.0.7/",
            "https://169.254.169.254/latest/meta-data",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[fe80::1]/",
            "https://[fd00::1]/",
            "https://é.example/",
            &long,
        ] {
            assert!(Destination::read(wrong).is_none(), "{wrong}");
        }
    }
}
