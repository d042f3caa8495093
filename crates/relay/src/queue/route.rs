//! Routes: which host takes letters for which domain. Without one, nothing is sent out.

use std::fmt;

use serde::Serialize;

use crate::{
    account,
    store::{
        Tx,
        sql::{self, OptionalExtension as _, params},
    },
};

/// The domain of the route for all domains without one of their own.
pub(crate) const EVERY: &str = "*";
/// Longest local part (RFC 5321 §4.5.3.1.1).
const LOCAL_PART_BYTES: usize = 64;
/// What an atom has beside letters and digits (RFC 5321 §4.1.2, RFC 5322 §3.2.3), and the dot between two.
const ATOM: &str = "!#$%&'*+-/=?^_`{|}~.";

/// How the connection to a host is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RouteTls {
    /// STARTTLS (RFC 3207), with a certificate for the host's name; without it nothing is sent.
    Required,
    /// TLS from the first byte (RFC 8314 §3).
    Implicit,
    /// STARTTLS if the host offers it, with any certificate. Whoever sits between can read the outer headers.
    #[serde(rename = "danger-opportunistic")]
    Opportunistic,
}

impl RouteTls {
    /// The word of the command line and of the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Implicit => "implicit",
            Self::Opportunistic => "danger-opportunistic",
        }
    }

    pub(crate) fn read(text: &str) -> Option<Self> {
        [Self::Required, Self::Implicit, Self::Opportunistic].into_iter().find(|tls| tls.as_str() == text)
    }
}

/// A way to a domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Route {
    /// The domain, lower case, or `*`.
    pub domain: String,
    /// The name of the host, which its certificate must have.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: RouteTls,
    /// Nothing is sent for now; letters wait.
    pub paused: bool,
}

impl Route {
    /// What the breaker and the limits count by.
    pub(crate) fn key(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.paused { "paused" } else { "open" };
        write!(f, "{}\t{}:{}\t{}\t{state}", self.domain, self.host, self.port, self.tls.as_str())
    }
}

/// The domain of a normalised address.
pub(crate) fn domain(address: &str) -> &str {
    address.rsplit_once('@').map_or("", |(_, domain)| domain)
}

/// A domain as the store writes it: lower case, of letters, digits, hyphens and dots.
pub(crate) fn normal_domain(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_lowercase();
    let is_label = |label: &str| {
        let sound = label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        sound && (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
    };
    (text.len() <= 253 && text.split('.').all(is_label)).then_some(text)
}

/// Whether an address can stand in a command of SMTP without extensions or quotes (RFC 5321 §4.1.2): nothing in it can
/// end the command.
pub(crate) fn is_mailable(address: &str) -> bool {
    let Some((local, domain)) = address.rsplit_once('@') else { return false };
    let atoms = local.bytes().all(|b| b.is_ascii_alphanumeric() || ATOM.as_bytes().contains(&b));
    let dots = !local.starts_with('.') && !local.ends_with('.') && !local.contains("..");
    atoms && dots && (1..=LOCAL_PART_BYTES).contains(&local.len()) && normal_domain(domain).is_some()
}

/// Whether letters to an address are taken: somebody here has it, or a route leads to it.
pub(crate) fn reaches(tx: &Tx<'_>, address: &str) -> sql::Result<bool> {
    Ok(account::find(tx, address)?.is_some() || is_elsewhere(tx, address)?)
}

/// Whether an address is another relay's: nobody here has it, and a route leads to it. The route for every domain does
/// not lead to those of this relay's own accounts: a mistyped colleague is told at once.
pub(crate) fn is_elsewhere(tx: &Tx<'_>, address: &str) -> sql::Result<bool> {
    if account::find(tx, address)?.is_some() || !is_mailable(address) {
        return Ok(false);
    }
    match find(tx, domain(address))? {
        None => Ok(false),
        Some(route) => Ok(route.domain != EVERY || !is_own(tx, domain(address))?),
    }
}

/// Whether an account here has an address in the domain.
pub(crate) fn is_own(tx: &Tx<'_>, domain: &str) -> sql::Result<bool> {
    let escaped = domain.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    let sql = "SELECT 1 FROM account WHERE address LIKE ? ESCAPE '\\' LIMIT 1";
    let found: Option<i64> =
        tx.prepare_cached(sql)?.query_row([format!("%@{escaped}")], |row| row.get(0)).optional()?;
    Ok(found.is_some())
}

/// The route of a domain: its own, or the one for all.
pub(crate) fn find(tx: &Tx<'_>, domain: &str) -> sql::Result<Option<Route>> {
    for name in [domain, EVERY] {
        let sql = "SELECT domain, host, port, tls, paused FROM route WHERE domain = ?";
        let found = tx.prepare_cached(sql)?.query_row([name], read).optional()?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// Adds a route, or replaces the one of its domain.
pub(crate) fn add(tx: &Tx<'_>, route: &Route) -> sql::Result<()> {
    tx.execute(
        "INSERT INTO route (domain, host, port, tls, paused) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (domain) DO UPDATE SET host = excluded.host, port = excluded.port, tls = excluded.tls,
             paused = excluded.paused",
        params![route.domain, route.host, i64::from(route.port), route.tls.as_str(), i64::from(route.paused)],
    )?;
    Ok(())
}

/// Every route, by domain.
pub(crate) fn list(tx: &Tx<'_>) -> sql::Result<Vec<Route>> {
    let mut statement =
        tx.prepare_cached("SELECT domain, host, port, tls, paused FROM route ORDER BY domain")?;
    statement.query_map([], read)?.collect()
}

/// Removes a route; letters on the way wait for a new one. False when there is none.
pub(crate) fn remove(tx: &Tx<'_>, domain: &str) -> sql::Result<bool> {
    Ok(tx.execute("DELETE FROM route WHERE domain = ?", [domain])? == 1)
}

/// Pauses a route, or opens it again. False when there is none.
pub(crate) fn pause(tx: &Tx<'_>, domain: &str, paused: bool) -> sql::Result<bool> {
    let sql = "UPDATE route SET paused = ? WHERE domain = ?";
    Ok(tx.execute(sql, params![i64::from(paused), domain])? == 1)
}

fn read(row: &sql::Row<'_>) -> sql::Result<Route> {
    let (port, tls): (i64, String) = (row.get(2)?, row.get(3)?);
    Ok(Route {
        domain: row.get(0)?,
        host: row.get(1)?,
        // What the store holds came from a port; a damaged row leads nowhere.
        port: u16::try_from(port).unwrap_or(0),
        // The strictest for a word nobody wrote.
        tls: RouteTls::read(&tls).unwrap_or(RouteTls::Required),
        paused: row.get::<i64>(4)? != 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_addresses_go_into_a_command() {
        for sound in ["a@b.fr", "jean-luc.d'arc+x@ch-lyon.fr", "a@localhost", "=a@b"] {
            assert!(is_mailable(sound), "{sound}");
        }
        for wrong in [
            "a",
            "@b.fr",
            "a@",
            "a b@c.fr",
            "a\r\nRCPT@b.fr",
            "\"a\"@b.fr",
            "a>@b.fr",
            "é@b.fr",
            "a@é.fr",
            ".a@b.fr",
            "a..b@c.fr",
            "a@-b.fr",
            "a@b..fr",
            "a@[127.0.0.1]",
            "a@b.fr SIZE=1",
            "a\\@b.fr",
        ] {
            assert!(!is_mailable(wrong), "{wrong}");
        }
        assert!(!is_mailable(&format!("{}@b.fr", "a".repeat(65))));
    }
}
