//! Where a database of PostgreSQL is, and who may answer there. `sslmode` and `sslrootcert` are libpq's words, but stricter: with TLS the
//! certificate is always checked, for the host's name.

use std::path::Path;

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use tokio_postgres::{Client, Config, Connection, Error, Socket, config::SslMode, tls::MakeTlsConnect};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{fault::Fault, smtp::system_roots};

/// The words that are read here.
const OWN: [&str; 2] = ["sslmode", "sslrootcert"];

/// What drives a connection.
pub(super) type Line = Connection<Socket, <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream>;

/// How a database is reached.
pub(super) struct Address {
    config: Config,
    tls: MakeRustlsConnect,
}

impl Address {
    /// Reads what the relay's keeper wrote: `postgres://user:word@host/name?…`, or as libpq has it.
    ///
    /// # Errors
    /// When it is no address, or the file of roots cannot be used. The address is never quoted: it may hold a pass word.
    pub(super) fn read(text: &str) -> Result<Self, Fault> {
        let (rest, [mode, roots]) = taken(text);
        let mut config: Config = rest
            .parse()
            .map_err(|_| Fault::Setting("the database's address is none; write postgres://user@host/name"))?;
        let roots = match (mode.as_deref(), roots.as_deref()) {
            (None | Some("disable"), None) => None,
            (None | Some("disable"), Some(_)) => {
                return Err(Fault::Setting("sslrootcert is for sslmode=require or sslmode=verify-full"));
            }
            (Some("require" | "verify-full"), None | Some("system")) => Some(system_roots()),
            (Some("require" | "verify-full"), Some(file)) => Some(roots_of(Path::new(file))?),
            _ => return Err(Fault::Setting("sslmode is disable, require or verify-full")),
        };
        config.ssl_mode(if roots.is_some() { SslMode::Require } else { SslMode::Disable });
        Ok(Self { config, tls: connector(roots.unwrap_or_else(RootCertStore::empty))? })
    }

    /// Connects; whoever calls drives the line.
    pub(super) async fn connect(&self) -> Result<(Client, Line), Error> {
        self.config.connect(self.tls.clone()).await
    }
}

fn connector(roots: RootCertStore) -> Result<MakeRustlsConnect, Fault> {
    let config = ClientConfig::builder_with_provider(ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .map_err(|_| Fault::Setting("TLS cannot be set up"))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// The certificates of a file, PEM.
fn roots_of(file: &Path) -> Result<RootCertStore, Fault> {
    let wrong = || Fault::Setting("the file of sslrootcert holds no certificates that can be read (PEM)");
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|_| wrong())? {
        let certificate = certificate.map_err(|_| wrong())?;
        roots.add(certificate).map_err(|_| wrong())?;
    }
    if roots.is_empty() { Err(wrong()) } else { Ok(roots) }
}

/// The address without our words, and what they said.
fn taken(text: &str) -> (String, [Option<String>; 2]) {
    match text.contains("://") {
        true => taken_from_url(text),
        false => taken_from_words(text),
    }
}

fn taken_from_url(text: &str) -> (String, [Option<String>; 2]) {
    let Some((place, query)) = text.split_once('?') else { return (text.to_owned(), [None, None]) };
    let mut found = [None, None];
    let mut rest = Vec::new();
    for pair in query.split('&') {
        // A plus is a plus here, not a space.
        let plain = pair.replace('+', "%2B");
        let decoded = url::form_urlencoded::parse(plain.as_bytes()).next();
        if !decoded.is_some_and(|(name, value)| keep(&mut found, &name, &value)) {
            rest.push(pair);
        }
    }
    let mark = if rest.is_empty() { "" } else { "?" };
    (format!("{place}{mark}{}", rest.join("&")), found)
}

fn taken_from_words(text: &str) -> (String, [Option<String>; 2]) {
    let mut found = [None, None];
    let mut rest = Vec::new();
    for word in words(text) {
        let pair = word.split_once('=');
        if !pair.is_some_and(|(name, value)| keep(&mut found, name, value.trim_matches('\''))) {
            rest.push(word);
        }
    }
    (rest.join(" "), found)
}

/// Remembers one of our words; false when it is another.
fn keep(found: &mut [Option<String>; 2], name: &str, value: &str) -> bool {
    let place = OWN.iter().zip(found).find(|(own, _)| **own == name);
    place.is_some_and(|(_, place)| {
        *place = Some(value.to_owned());
        true
    })
}

/// Words between spaces; quotes hold one together, and a backslash takes its meaning from what follows.
fn words(text: &str) -> Vec<&str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    let is_between = |letter: char| {
        let was_escaped = is_escaped;
        is_escaped = letter == '\\' && !was_escaped;
        is_quoted ^= letter == '\'' && !was_escaped;
        letter.is_whitespace() && !is_quoted && !was_escaped
    };
    text.split(is_between).filter(|word| !word.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_words_are_taken_out_of_both_forms() {
        for (text, rest, mode, roots) in [
            ("host=a user=b", "host=a user=b", None, None),
            ("host=a sslmode=require user=b", "host=a user=b", Some("require"), None),
            ("sslrootcert='/a b/c' sslmode=verify-full", "", Some("verify-full"), Some("/a b/c")),
            ("password='x sslmode=disable' host=a", "password='x sslmode=disable' host=a", None, None),
            (r"password='\' sslmode=x' host=a", r"password='\' sslmode=x' host=a", None, None),
            ("postgres://a@b/c", "postgres://a@b/c", None, None),
            ("postgres://a@b/c?sslmode=require", "postgres://a@b/c", Some("require"), None),
            ("postgres://a@b/c?x=1&sslrootcert=%2Fa+b&y=2", "postgres://a@b/c?x=1&y=2", None, Some("/a+b")),
        ] {
            let expected = (rest.to_owned(), [mode, roots].map(|word| word.map(str::to_owned)));
            assert_eq!(taken(text), expected, "{text}");
        }
    }

    #[test]
    fn what_would_be_less_than_it_says_is_refused() {
        for text in [
            "host=a sslmode=prefer",
            "host=a sslmode=allow",
            "host=a sslmode=verify-ca",
            "host=a sslmode=",
            "host=a sslrootcert=/dev/null",
            "host=a sslmode=disable sslrootcert=/dev/null",
            "host=a sslmode=require sslrootcert=/dev/null",
            "host=a sslmode=require sslrootcert=/does/not/exist",
            "postgres://a@b/c?sslmode=verify_full",
            "host=a colour=b",
        ] {
            assert!(matches!(Address::read(text), Err(Fault::Setting(_))), "{text}");
        }
        assert!(Address::read("host=a sslmode=disable").is_ok());
    }
}
