//! Name constraints (RFC 5280 §4.2.1.10) and the question whether a certificate has a name.

use sceau_mime::domain_to_ascii;

use super::{Budget, PathError};
use crate::x509::{Certificate, GeneralName, NameConstraints};

/// The constraints in force at one place of a path, with the authorities that made them.
#[derive(Default)]
pub(super) struct Constraints<'c>(Vec<(&'c Certificate, &'c NameConstraints)>);

impl<'c> Constraints<'c> {
    /// Adds the constraints of an authority (RFC 5280 §6.1.4 g).
    pub(super) fn enter(&mut self, authority: &'c Certificate) {
        self.0.extend(authority.extensions().name_constraints.as_ref().map(|own| (authority, own)));
    }

    /// Checks all names of a certificate (RFC 5280 §6.1.3 b and c): a name must lie within what every authority permits
    /// and outside what any excludes.
    pub(super) fn allow(&self, certificate: &Certificate, budget: &mut Budget) -> Result<(), PathError> {
        if self.0.is_empty() {
            return Ok(());
        }
        for name in all_names(certificate) {
            for (authority, own) in &self.0 {
                budget.spend_names(own.permitted.len().saturating_add(own.excluded.len()))?;
                if !allows(own, &name, authority)? {
                    return Err(PathError::NameConstraint {
                        subject: certificate.subject().to_string(),
                        name: name.to_string(),
                    });
                }
            }
        }
        Ok(())
    }
}

/// Whether one authority's constraints allow a name. A constraint whose form is not understood refuses only names of that form
/// (RFC 5280 §4.2.1.10).
fn allows(own: &NameConstraints, name: &GeneralName, authority: &Certificate) -> Result<bool, PathError> {
    let mut bases = own.permitted.iter().chain(&own.excluded).filter(|base| same_form(name, base));
    if bases.any(|base| !is_understood(base)) {
        return Err(PathError::UnsupportedNameConstraint { subject: authority.subject().to_string() });
    }
    if own.excluded.iter().any(|base| same_form(name, base) && touches(name, base)) {
        return Ok(false);
    }
    let mut of_form = own.permitted.iter().filter(|base| same_form(name, base)).peekable();
    Ok(of_form.peek().is_none() || of_form.any(|base| matches(name, base) == Some(true)))
}

fn is_understood(base: &GeneralName) -> bool {
    // RFC 9598 §6: addresses beyond ASCII are constrained by rfc822Name, never by a form of their own.
    !matches!(base, GeneralName::Other(_) | GeneralName::OtherName(_) | GeneralName::SmtpUtf8(_))
}

/// The names that constraints bind: the subject, its e-mail addresses when subjectAltName has
/// none, and subjectAltName.
fn all_names(certificate: &Certificate) -> Vec<GeneralName> {
    let alternatives = &certificate.extensions().subject_alt_names;
    let mut names = alternatives.clone();
    if !certificate.subject().is_empty() {
        names.push(GeneralName::Directory(certificate.subject().clone()));
    }
    if !alternatives.iter().any(|name| name.email().is_some()) {
        let emails = certificate.subject().email_addresses();
        names.extend(emails.map(|email| GeneralName::Rfc822(email.to_owned())));
    }
    names
}

fn same_form(name: &GeneralName, base: &GeneralName) -> bool {
    use GeneralName::{Directory, Dns, Ip, Other, OtherName, Rfc822, SmtpUtf8, Uri};
    match (name, base) {
        (Rfc822(_), Rfc822(_))
        | (SmtpUtf8(_), Rfc822(_) | SmtpUtf8(_))
        | (Dns(_), Dns(_))
        | (Directory(_), Directory(_))
        | (Uri(_), Uri(_))
        | (Ip(_), Ip(_)) => true,
        (Other(number), Other(constrained)) => number == constrained,
        // Every type of otherName is a form of its own.
        (OtherName(kind), OtherName(constrained)) => kind == constrained,
        _ => false,
    }
}

/// Whether a name may lie within an excluded subtree. A wildcard stands for names below it, so
/// `*.example.org` touches `www.example.org` too.
fn touches(name: &GeneralName, base: &GeneralName) -> bool {
    if let (GeneralName::Dns(host), GeneralName::Dns(base)) = (name, base)
        && let Some(parent) = host.strip_prefix("*.")
        && dns_within(base.trim_start_matches('.'), parent)
    {
        return true;
    }
    matches(name, base) != Some(false)
}

/// Whether a name lies within a subtree; `None` when the name cannot be understood, which
/// counts against it both ways.
fn matches(name: &GeneralName, base: &GeneralName) -> Option<bool> {
    use GeneralName::{Directory, Dns, Ip, Rfc822, SmtpUtf8, Uri};
    match (name, base) {
        (Rfc822(address) | SmtpUtf8(address), Rfc822(base)) => mailbox_within(address, base),
        (Dns(host), Dns(base)) => {
            let malformed = host.starts_with('.') || base.starts_with('.');
            (!malformed).then(|| dns_within(host, base))
        }
        (Directory(name), Directory(base)) => Some(name.is_within(base)),
        (Uri(uri), Uri(base)) => uri_host(uri).map(|host| host_within(host, base)),
        (Ip(address), Ip(base)) => ip_within(address, base),
        _ => Some(false),
    }
}

/// A mailbox, a host, or a domain with its leading dot.
fn mailbox_within(address: &str, base: &str) -> Option<bool> {
    let (local, domain) = address.rsplit_once('@')?;
    // Two readers may see two different domains in an address with two unquoted signs.
    if local.contains('@') && !local.starts_with('"') {
        return None;
    }
    if let Some((base_local, base_domain)) = base.rsplit_once('@') {
        return Some(local == base_local && host_within(domain, base_domain));
    }
    Some(host_within(domain, base))
}

/// Lower case, with A-labels (RFC 9549 §2, RFC 9598 §5). What has none stays as it is and equals nothing else.
fn comparable(host: &str) -> String {
    domain_to_ascii(host).unwrap_or_else(|| host.to_lowercase())
}

/// `example.org` is that host alone, `.example.org` every host below it.
pub(super) fn host_within(host: &str, base: &str) -> bool {
    let (host, base) = (comparable(host), comparable(base));
    if base.starts_with('.') { host.len() > base.len() && host.ends_with(&base) } else { host == base }
}

/// `example.org` is that host and every host below it; nothing is every host.
fn dns_within(host: &str, base: &str) -> bool {
    let (host, base) = (comparable(host), comparable(base));
    if base.is_empty() || host == base {
        return true;
    }
    host.strip_suffix(&base).is_some_and(|rest| rest.ends_with('.') || base.starts_with('.'))
}

/// The host of a URI with an authority part; `None` when there is none or it is an address.
fn uri_host(uri: &str) -> Option<&str> {
    let (_, rest) = uri.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = host.split(':').next()?;
    let is_address = host.starts_with('[') || host.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    (!host.is_empty() && !is_address).then_some(host)
}

/// Address and mask have the form of RFC 4632, 4 + 4 or 16 + 16 octets.
fn ip_within(address: &[u8], base: &[u8]) -> Option<bool> {
    if !matches!(base.len(), 8 | 32) {
        return None;
    }
    if base.len() != address.len() * 2 {
        return Some(false);
    }
    let (network, mask) = base.split_at(address.len());
    Some(address.iter().zip(network).zip(mask).all(|((a, n), m)| a & m == n & m))
}

/// Whether the subjectAltName of a certificate holds this name; a host name may be covered by
/// a wildcard in the leftmost label (RFC 9525 §6.3).
#[must_use]
pub fn certificate_has_name(certificate: &Certificate, wanted: &GeneralName) -> bool {
    certificate.extensions().subject_alt_names.iter().any(|name| match (name, wanted) {
        (GeneralName::Dns(pattern), GeneralName::Dns(host)) => host_matches(pattern, host),
        (GeneralName::Rfc822(_) | GeneralName::SmtpUtf8(_), _) => {
            wanted.email().is_some_and(|address| name.email().is_some_and(|own| same_address(own, address)))
        }
        _ => name == wanted,
    })
}

/// As [`Certificate::has_email`], and an internationalised domain equals its A-labels (RFC 9598 §5).
fn same_address(a: &str, b: &str) -> bool {
    match (a.rsplit_once('@'), b.rsplit_once('@')) {
        (Some((local, domain)), Some((other, other_domain))) => {
            local.to_lowercase() == other.to_lowercase() && comparable(domain) == comparable(other_domain)
        }
        _ => a.to_lowercase() == b.to_lowercase(),
    }
}

fn host_matches(pattern: &str, host: &str) -> bool {
    let (pattern, host) = (comparable(pattern), comparable(host));
    match pattern.strip_prefix("*.") {
        Some(parent) => host.split_once('.').is_some_and(|(label, rest)| !label.is_empty() && rest == parent),
        None => pattern == host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_mailboxes() {
        assert!(host_within("Example.org", "example.ORG"));
        assert!(!host_within("a.example.org", "example.org"));
        assert!(host_within("a.example.org", ".example.org") && !host_within("example.org", ".example.org"));
        assert_eq!(mailbox_within("a@example.org", "example.org"), Some(true));
        assert_eq!(mailbox_within("a@sub.example.org", "example.org"), Some(false));
        assert_eq!(mailbox_within("a@evil.org", "a@example.org"), Some(false));
        assert_eq!(mailbox_within("no address", "example.org"), None);
        assert_eq!(mailbox_within("a@evil.org@example.org", "example.org"), None);
        assert!(dns_within("a.example.org", "example.org") && !dns_within("evilexample.org", "example.org"));
    }

    #[test]
    fn uris_and_addresses() {
        assert_eq!(uri_host("https://u:p@Host.example:8443/a@b"), Some("Host.example"));
        assert_eq!((uri_host("mailto:a@b"), uri_host("http://10.0.0.1/")), (None, None));
        assert_eq!(ip_within(&[10, 1, 2, 3], &[10, 0, 0, 0, 255, 0, 0, 0]), Some(true));
        assert_eq!(ip_within(&[11, 1, 2, 3], &[10, 0, 0, 0, 255, 0, 0, 0]), Some(false));
        assert_eq!(ip_within(&[11, 1, 2, 3], &[10]), None);
    }

    #[test]
    fn internationalised_domains_equal_their_a_labels() {
        assert!(host_within("Bücher.example", "xn--bcher-kva.EXAMPLE"));
        assert_eq!(mailbox_within("zoé@bücher.example", ".example"), Some(true));
        assert_eq!(mailbox_within("zoé@a.xn--bcher-kva.example", ".bücher.example"), Some(true));
        assert!(same_address("Zoé@bücher.example", "zoé@xn--bcher-kva.example"));
        assert!(!same_address("zoe@bücher.example", "zoé@bücher.example"));
    }

    #[test]
    fn wildcards_cover_one_label() {
        assert!(host_matches("*.example.org", "a.example.org"));
        assert!(!host_matches("*.example.org", "a.b.example.org"));
        assert!(!host_matches("*.example.org", "example.org"));
    }
}
