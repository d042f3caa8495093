//! A small authority: it makes itself, answers requests, revokes and publishes lists.
//!
//! Its key lives where its owner keeps it, never on the relay's machine. What it issued and
//! revoked is an [`AuthorityState`] that the caller stores beside the key.

mod list;
mod request;

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

pub use self::request::CertificationRequest;
use crate::crl::RevocationReason;
use crate::error::{Error, Result, Structure};
use crate::key::{Algorithm, KeyKind, KeySealing, PrivateKey, PublicKey};
use crate::name::Name;
use crate::time::UnixTime;
use crate::x509::build::{self, Template, usage_bit};
use crate::x509::{Certificate, GeneralName, Identity};

/// Octets of a random serial number: 127 bits, RFC 5280 §4.1.2.2 asks at most 20 octets.
const SERIAL_LEN: usize = 16;

/// Years for which a new authority is valid, in days.
pub const AUTHORITY_DAYS: i64 = 3652;

/// Days for which a certificate is issued unless asked otherwise: renewal is yearly, with
/// room to be late.
pub const DEFAULT_DAYS: i64 = 396;

/// How far a new certificate reaches back, for readers whose clock is slow.
const BACKDATE_SECONDS: i64 = 300;

/// What a person's certificate is for (design: two key pairs per person).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Usage {
    /// Signing: digitalSignature and nonRepudiation.
    Sign,
    /// Letters are sealed to it: keyEncipherment, or keyAgreement on a curve.
    Encrypt,
    /// Both, for programs that know only one certificate per person.
    Both,
}

impl Usage {
    fn bits(self, kind: KeyKind) -> Vec<usize> {
        let sealing = match kind.sealing() {
            Some(KeySealing::Transport | KeySealing::Encapsulation) => vec![usage_bit::KEY_ENCIPHERMENT],
            Some(KeySealing::Agreement) => vec![usage_bit::KEY_AGREEMENT],
            None => Vec::new(),
        };
        let signing = match kind {
            KeyKind::X25519 | KeyKind::MlKem(_) | KeyKind::MlKem768P256 => Vec::new(),
            _ => vec![usage_bit::DIGITAL_SIGNATURE, usage_bit::NON_REPUDIATION],
        };
        match self {
            Self::Sign => signing,
            Self::Encrypt => sealing,
            Self::Both => [signing, sealing].concat(),
        }
    }
}

/// What an authority must remember.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorityState {
    /// Every certificate it issued.
    pub issued: Vec<Issued>,
    /// Every certificate it revoked.
    pub revoked: Vec<Revoked>,
    /// Number of the last list (RFC 5280 §5.2.3).
    pub crl_number: u32,
}

/// A certificate that was issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issued {
    /// Serial number in lower-case hexadecimal.
    pub serial: String,
    /// The subject's name as text.
    pub subject: String,
    /// The address.
    pub email: String,
    /// What it is for.
    pub usage: Usage,
    /// Its last moment.
    pub not_after: UnixTime,
}

/// A certificate that was revoked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revoked {
    /// Serial number in lower-case hexadecimal.
    pub serial: String,
    /// When.
    pub at: UnixTime,
    /// The reason by its name in RFC 5280.
    pub reason: String,
}

/// What to put into a certificate; the key and the proof that it is held come from the request.
#[derive(Clone, Copy, Debug)]
pub struct Issue<'a> {
    /// The address, which must be in one of the authority's domains.
    pub email: &'a str,
    /// What the certificate is for.
    pub usage: Usage,
    /// Days of validity; never beyond the authority's own.
    pub days: i64,
}

/// An authority with its key.
#[derive(Clone, Debug)]
pub struct Authority {
    /// Key and self-signed certificate.
    pub identity: Identity,
    /// What it issued and revoked.
    pub state: AuthorityState,
}

impl Authority {
    /// Makes a new authority that may certify addresses of `domains` only (nameConstraints;
    /// none means no constraint). Its key is on P-256.
    ///
    /// # Errors
    /// `BadAddress` when a domain cannot stand in a certificate.
    pub fn generate<R: CryptoRng + ?Sized>(
        name: &str,
        domains: &[String],
        now: UnixTime,
        rng: &mut R,
    ) -> Result<Self> {
        if !domains.iter().all(|domain| is_domain(domain)) {
            return Err(Error::BadAddress);
        }
        let key = PrivateKey::generate(Algorithm::P256, rng)?;
        let public = key.public_key();
        let identifier = build::key_identifier(&public.key_bits());
        let mut extensions = vec![
            build::basic_constraints(true),
            build::key_usage(&[usage_bit::KEY_CERT_SIGN, usage_bit::CRL_SIGN]),
            build::subject_key_identifier(&identifier),
            build::authority_key_identifier(&identifier),
        ];
        if !domains.is_empty() {
            extensions.push(build::permitted_domains(domains));
        }
        let subject = Name::from_common_name(name);
        let certificate = Template {
            serial: &random_serial(rng),
            issuer: &subject,
            subject: &subject,
            not_before: now.plus_seconds(-BACKDATE_SECONDS),
            not_after: now.plus_seconds(AUTHORITY_DAYS * UnixTime::DAY),
            spki: public.spki_der(),
            extensions,
        }
        .sign(&key, rng)?;
        let identity = Identity::new(key, certificate, Vec::new())?;
        Ok(Self { identity, state: AuthorityState::default() })
    }

    /// The mail domains the authority may certify, read from its certificate; empty means all.
    #[must_use]
    pub fn domains(&self) -> Vec<String> {
        domains_of(&self.identity.certificate)
    }

    /// Answers a request. The proof of possession in it is verified.
    ///
    /// # Errors
    /// `BadSignature` for a request not signed by its key, `BadAddress` for an address that is
    /// malformed or outside the authority's domains.
    pub fn issue<R: CryptoRng + ?Sized>(
        &mut self,
        request: &CertificationRequest,
        issue: Issue<'_>,
        now: UnixTime,
        rng: &mut R,
    ) -> Result<Certificate> {
        request.verify()?;
        let public = request.public_key()?;
        if !is_address(issue.email) || !self.may_certify(issue.email) {
            return Err(Error::BadAddress);
        }
        let authority = &self.identity.certificate;
        let asked = now.plus_seconds(issue.days.saturating_mul(UnixTime::DAY));
        let serial = random_serial(rng);
        let certificate = Template {
            serial: &serial,
            issuer: authority.subject(),
            subject: request.subject(),
            not_before: now.plus_seconds(-BACKDATE_SECONDS).max(authority.not_before()),
            not_after: asked.min(authority.not_after()),
            spki: public.spki_der(),
            extensions: person_extensions(&public, issue.email, issue.usage, authority.subject_key_id()),
        }
        .sign(&self.identity.key, rng)?;
        self.state.issued.push(Issued {
            serial: certificate.serial_hex(),
            subject: certificate.subject().to_string(),
            email: issue.email.to_owned(),
            usage: issue.usage,
            not_after: certificate.not_after(),
        });
        Ok(certificate)
    }

    fn may_certify(&self, email: &str) -> bool {
        let domains = self.domains();
        let domain = email.rsplit_once('@').map(|(_, domain)| domain);
        domains.is_empty() || domains.iter().any(|own| domain.is_some_and(|d| d.eq_ignore_ascii_case(own)))
    }

    /// Revokes a certificate that this authority issued. Revoking again changes only the
    /// reason, and only towards a compromise.
    ///
    /// # Errors
    /// `Missing` when no certificate with this serial number was issued.
    pub fn revoke(&mut self, serial_hex: &str, reason: RevocationReason, now: UnixTime) -> Result<()> {
        let serial = normal_serial(serial_hex);
        if !self.state.issued.iter().any(|issued| issued.serial == serial) {
            return Err(Error::Missing { what: Structure::Certificate });
        }
        match self.state.revoked.iter_mut().find(|revoked| revoked.serial == serial) {
            Some(revoked) if reason.is_compromise() => reason.name().clone_into(&mut revoked.reason),
            Some(_) => {}
            None => self.state.revoked.push(Revoked { serial, at: now, reason: reason.name().to_owned() }),
        }
        Ok(())
    }

    /// Publishes the list of revoked certificates, valid for so many hours, as DER.
    ///
    /// # Errors
    /// `Malformed` when the state holds a serial number or time that cannot be encoded.
    pub fn crl<R: CryptoRng + ?Sized>(&mut self, hours: i64, now: UnixTime, rng: &mut R) -> Result<Vec<u8>> {
        self.state.crl_number = self.state.crl_number.saturating_add(1);
        list::sign(&self.identity, &self.state, hours, now, rng)
    }
}

/// The mail domains that an authority's certificate permits; empty means no constraint.
#[must_use]
pub fn domains_of(certificate: &Certificate) -> Vec<String> {
    let constraints = certificate.extensions().name_constraints.as_ref();
    let permitted = constraints.map(|own| own.permitted.as_slice()).unwrap_or_default();
    permitted.iter().filter_map(GeneralName::email).map(str::to_owned).collect()
}

/// Makes a self-signed certificate for tests and for a first exchange between two people who
/// compare fingerprints.
///
/// # Errors
/// `BadAddress` for an address that cannot stand in a certificate.
pub fn self_signed<R: CryptoRng + ?Sized>(
    key: &PrivateKey,
    name: &str,
    issue: Issue<'_>,
    now: UnixTime,
    rng: &mut R,
) -> Result<Certificate> {
    let public = key.public_key();
    let identifier = build::key_identifier(&public.key_bits());
    self_issued(&Name::from_common_name(name), key, Some(&identifier), &public, issue, now, rng)
}

/// Makes a certificate for a key that cannot sign one itself (X25519, ML-KEM), signed with another key of
/// the same person, whose certificate it names as issuer. For tests and first exchanges, as [`self_signed`].
///
/// # Errors
/// `BadAddress` for an address that cannot stand in a certificate; `WrongKeyKind` when the signer's key
/// does not sign.
pub fn signed_by<R: CryptoRng + ?Sized>(
    signer: &Identity,
    public: &PublicKey,
    issue: Issue<'_>,
    now: UnixTime,
    rng: &mut R,
) -> Result<Certificate> {
    let own = &signer.certificate;
    self_issued(own.subject(), &signer.key, own.subject_key_id(), public, issue, now, rng)
}

/// A certificate whose issuer is its subject, for one of their keys, signed with `key`.
fn self_issued<R: CryptoRng + ?Sized>(
    name: &Name,
    key: &PrivateKey,
    key_identifier: Option<&[u8]>,
    public: &PublicKey,
    issue: Issue<'_>,
    now: UnixTime,
    rng: &mut R,
) -> Result<Certificate> {
    if !is_address(issue.email) {
        return Err(Error::BadAddress);
    }
    Template {
        serial: &random_serial(rng),
        issuer: name,
        subject: name,
        not_before: now.plus_seconds(-BACKDATE_SECONDS),
        not_after: now.plus_seconds(issue.days.saturating_mul(UnixTime::DAY)),
        spki: public.spki_der(),
        extensions: person_extensions(public, issue.email, issue.usage, key_identifier),
    }
    .sign(key, rng)
}

fn person_extensions(
    public: &PublicKey,
    email: &str,
    usage: Usage,
    issuer_key_id: Option<&[u8]>,
) -> Vec<Vec<u8>> {
    let mut extensions = vec![
        build::basic_constraints(false),
        build::key_usage(&usage.bits(public.kind())),
        build::email_protection(),
        build::subject_alt_name(&[email]),
        build::subject_key_identifier(&build::key_identifier(&public.key_bits())),
    ];
    extensions.extend(issuer_key_id.map(build::authority_key_identifier));
    extensions
}

fn random_serial<R: CryptoRng + ?Sized>(rng: &mut R) -> [u8; SERIAL_LEN] {
    let mut serial = [0; SERIAL_LEN];
    rng.fill_bytes(&mut serial);
    // Positive, and always of the same length.
    if let Some(first) = serial.first_mut() {
        *first = (*first & 0x7f) | 0x40;
    }
    serial
}

/// Serial numbers are typed with colons, spaces, capitals and leading zeros.
fn normal_serial(text: &str) -> String {
    let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect::<String>().to_lowercase();
    let even = if digits.len() % 2 == 1 { format!("0{digits}") } else { digits };
    let mut rest = even.as_str();
    while let Some(shorter) = rest.strip_prefix("00").filter(|shorter| !shorter.is_empty()) {
        rest = shorter;
    }
    rest.to_owned()
}

/// An address that may stand in a certificate: one local part, one host name in ASCII
/// (RFC 5280 §4.2.1.6, RFC 9598 §3), nothing that breaks a header.
pub(crate) fn is_address(email: &str) -> bool {
    let Some((local, domain)) = email.rsplit_once('@') else { return false };
    let clean = |c: char| !c.is_control() && !c.is_whitespace() && !matches!(c, '@' | '<' | '>' | ',' | '"');
    !local.is_empty() && local.len() <= 64 && local.chars().all(clean) && is_domain(domain)
}

fn is_domain(domain: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    domain.len() <= 253 && domain.split('.').all(label)
}

#[cfg(test)]
mod tests;
