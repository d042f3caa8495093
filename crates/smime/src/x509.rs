//! Certificates (RFC 5280 §4): read once, kept as encoded.

pub(crate) mod build;
pub(crate) mod distribution;
mod extensions;
mod general_name;
pub(crate) mod inherited;
mod policies;
mod read;
pub(crate) mod signed;

use std::sync::Arc;
#[cfg(feature = "fast")]
use std::sync::OnceLock;

use const_oid::ObjectIdentifier;
use sha2::{Digest, Sha256};

pub use self::extensions::{BasicConstraints, Extension, Extensions, KeyUsage, NameConstraints};
pub(crate) use self::extensions::{from_sequence as extension_sequence, list as extension_list};
pub use self::general_name::GeneralName;
pub(crate) use self::general_name::read_all as read_general_names;
pub use self::policies::PolicyExtensions;
pub use self::read::MAX_CERTIFICATES;
use self::signed::Signed;
use crate::asn1::{self, NotDer, Of, Reader};
use crate::error::{Error, Result, Structure};
use crate::key::{KeySealing, PrivateKey, PublicKey, SignatureScheme};
use crate::name::Name;
use crate::oids;
use crate::time::UnixTime;

/// A certificate that was read: well-formed, not yet judged. See [`crate::path`] for that.
///
/// Clones share what was read.
#[derive(Clone)]
pub struct Certificate(Arc<Contents>);

/// What is in a certificate.
struct Contents {
    der: Vec<u8>,
    version: u8,
    serial: Vec<u8>,
    issuer: Name,
    subject: Name,
    not_before: UnixTime,
    not_after: UnixTime,
    spki: Vec<u8>,
    extensions: Extensions,
    /// The public key, once somebody asked for it.
    #[cfg(feature = "fast")]
    key: OnceLock<Result<PublicKey>>,
    /// SHA-256 of `der`, once somebody asked for it.
    #[cfg(feature = "fast")]
    sha256: OnceLock<[u8; 32]>,
    /// SHA-256 of `spki`, once somebody asked for it.
    #[cfg(feature = "fast")]
    spki_sha256: OnceLock<[u8; 32]>,
}

impl core::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Certificate({}, serial {})", self.0.subject, self.serial_hex())
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.der == other.0.der
    }
}

impl Eq for Certificate {}

impl Certificate {
    /// Reads a DER-encoded certificate.
    ///
    /// # Errors
    /// `Malformed` names the certificate, one of its names, times or extensions.
    pub fn from_der(der: &[u8]) -> Result<Self> {
        let signed = Signed::read(der, Structure::Certificate)?;
        Self::from_signed(der, &signed)
    }

    fn from_signed(der: &[u8], signed: &Signed<'_>) -> Result<Self> {
        let what = Structure::Certificate;
        let mut tbs = Reader::only(signed.tbs, asn1::SEQUENCE).of(what)?;
        let version = version(&mut tbs).of(what)?;
        let serial = tbs.expect(asn1::INTEGER).of(what)?.value.to_vec();
        let algorithm = tbs.expect(asn1::SEQUENCE).of(what)?;
        let issuer = Name::from_der(tbs.expect(asn1::SEQUENCE).of(what)?.raw)?;
        let mut validity = tbs.expect(asn1::SEQUENCE).of(what)?.reader();
        let not_before = UnixTime::from_asn1(&validity.next().of(what)?)?;
        let not_after = UnixTime::from_asn1(&validity.next().of(what)?)?;
        let subject = Name::from_der(tbs.expect(asn1::SEQUENCE).of(what)?.raw)?;
        let spki = tbs.expect(asn1::SEQUENCE).of(what)?.raw.to_vec();
        for unique_id in [1, 2] {
            tbs.optional(asn1::context_primitive(unique_id)).of(what)?;
        }
        let extensions = Extensions::optional(&mut tbs, 3)?;
        tbs.finish().of(what)?;
        let consistent = algorithm.raw == signed.algorithm
            && !serial.is_empty()
            && validity.is_empty()
            && (version == 3 || extensions.is_empty());
        if !consistent {
            return Err(Error::Malformed { what });
        }
        Ok(Self(Arc::new(Contents {
            der: der.to_vec(),
            version,
            serial,
            issuer,
            subject,
            not_before,
            not_after,
            spki,
            extensions,
            #[cfg(feature = "fast")]
            key: OnceLock::new(),
            #[cfg(feature = "fast")]
            sha256: OnceLock::new(),
            #[cfg(feature = "fast")]
            spki_sha256: OnceLock::new(),
        })))
    }

    /// Reads all certificates of a PEM text, a DER file, or a PKCS#7/CMS certificate bundle.
    ///
    /// # Errors
    /// `Missing` when there is none; `Malformed` and `LimitExceeded` describe the input.
    pub fn read_all(bytes: &[u8]) -> Result<Vec<Self>> {
        read::all(bytes)
    }

    /// The certificate as it was encoded.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// The certificate in PEM armour.
    #[must_use]
    pub fn to_pem(&self) -> String {
        crate::pem::encode("CERTIFICATE", &self.0.der)
    }

    /// The version as people count it, 1 to 3.
    #[must_use]
    pub fn version(&self) -> u8 {
        self.0.version
    }

    /// The subject's name.
    #[must_use]
    pub fn subject(&self) -> &Name {
        &self.0.subject
    }

    /// The issuer's name.
    #[must_use]
    pub fn issuer(&self) -> &Name {
        &self.0.issuer
    }

    /// The most specific common name of the subject, if there is one.
    #[must_use]
    pub fn common_name(&self) -> Option<&str> {
        self.0.subject.common_name()
    }

    /// The addresses the certificate speaks for: rfc822Name and SmtpUTF8Mailbox of its
    /// subjectAltName (RFC 5280 §4.2.1.6, RFC 9598), in order.
    #[must_use]
    pub fn emails(&self) -> Vec<&str> {
        self.0.extensions.subject_alt_names.iter().filter_map(GeneralName::email).collect()
    }

    /// Whether one of [`Self::emails`] is this address (RFC 5280 §7.5: the domain without
    /// regard to case; we compare the local part the same way, as mail systems do).
    #[must_use]
    pub fn has_email(&self, address: &str) -> bool {
        let wanted = address.to_lowercase();
        self.emails().iter().any(|email| email.to_lowercase() == wanted)
    }

    /// Whether the certificate has no address at all and a dNSName that is the domain of this one: what the Direct network
    /// calls bound to a domain. A wildcard stands for nothing here.
    #[cfg(feature = "more")]
    #[must_use]
    pub fn is_bound_to_domain_of(&self, address: &str) -> bool {
        let address = sceau_mime::Address::bare(address);
        let domain = sceau_mime::domain_to_ascii(address.domain()).filter(|domain| !domain.is_empty());
        let is_it = |name: &GeneralName| matches!(name, GeneralName::Dns(host) if sceau_mime::domain_to_ascii(host) == domain);
        domain.is_some() && self.emails().is_empty() && self.0.extensions.subject_alt_names.iter().any(is_it)
    }

    /// The content octets of the serial number.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        &self.0.serial
    }

    /// The serial number in lower-case hexadecimal, without leading zero octets.
    #[must_use]
    pub fn serial_hex(&self) -> String {
        hex::encode(asn1::unsigned(&self.0.serial).unwrap_or(&self.0.serial))
    }

    /// SHA-256 of the DER encoding: the fingerprint people compare.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        let digest = || Sha256::digest(&self.0.der).into();
        #[cfg(feature = "fast")]
        return *self.0.sha256.get_or_init(digest);
        #[cfg(not(feature = "fast"))]
        digest()
    }

    /// SHA-256 of the SubjectPublicKeyInfo.
    #[must_use]
    pub fn spki_sha256(&self) -> [u8; 32] {
        let digest = || Sha256::digest(&self.0.spki).into();
        #[cfg(feature = "fast")]
        return *self.0.spki_sha256.get_or_init(digest);
        #[cfg(not(feature = "fast"))]
        digest()
    }

    /// The SubjectPublicKeyInfo as encoded.
    #[must_use]
    pub fn spki_der(&self) -> &[u8] {
        &self.0.spki
    }

    /// First moment of validity.
    #[must_use]
    pub fn not_before(&self) -> UnixTime {
        self.0.not_before
    }

    /// Last moment of validity, inclusive (RFC 5280 §4.1.2.5).
    #[must_use]
    pub fn not_after(&self) -> UnixTime {
        self.0.not_after
    }

    /// Whether the moment lies within the validity period.
    #[must_use]
    pub fn is_valid_at(&self, now: UnixTime) -> bool {
        (self.0.not_before..=self.0.not_after).contains(&now)
    }

    /// The extensions.
    #[must_use]
    pub fn extensions(&self) -> &Extensions {
        &self.0.extensions
    }

    /// The subjectKeyIdentifier (RFC 5280 §4.2.1.2), if there is one.
    #[must_use]
    pub fn subject_key_id(&self) -> Option<&[u8]> {
        self.0.extensions.subject_key_id.as_deref()
    }

    /// The public key.
    ///
    /// # Errors
    /// `UnsupportedAlgorithm`, `RsaKeySize` or `Malformed`: a certificate can be read and shown
    /// even when its key is of no use here.
    pub fn public_key(&self) -> Result<PublicKey> {
        #[cfg(feature = "fast")]
        return self.0.key.get_or_init(|| PublicKey::from_spki_der(&self.0.spki)).clone();
        #[cfg(not(feature = "fast"))]
        return PublicKey::from_spki_der(&self.0.spki);
    }

    /// Whether the subject's and issuer's names are equal (RFC 5280 §3.2 "self-issued").
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.0.subject == self.0.issuer
    }

    /// Whether its key usage and purposes allow it to sign letters (RFC 8550 §4.4).
    #[must_use]
    pub fn can_sign(&self) -> bool {
        let usage = self.0.extensions.key_usage;
        self.is_for_email() && usage.is_none_or(|u| u.digital_signature() || u.non_repudiation())
    }

    /// Whether its key usage and purposes allow letters to be sealed to it (RFC 8550 §4.4).
    #[must_use]
    pub fn can_encrypt(&self) -> bool {
        let usage = self.0.extensions.key_usage;
        let usage_fits = match self.public_key().ok().and_then(|key| key.kind().sealing()) {
            Some(KeySealing::Transport | KeySealing::Encapsulation) => {
                usage.is_none_or(|u| u.key_encipherment())
            }
            Some(KeySealing::Agreement) => usage.is_none_or(|u| u.key_agreement()),
            None => false,
        };
        self.is_for_email() && usage_fits
    }

    fn is_for_email(&self) -> bool {
        self.0.extensions.allows_purpose(oids::EMAIL_PROTECTION)
    }

    /// The public key, its DSA parameters taken from the issuer's key when it has none of its own
    /// (RFC 3279 §2.3.2). `issuer` is the key that the path hands down.
    ///
    /// # Errors
    /// As [`PublicKey::from_spki_der_inheriting`].
    pub fn public_key_inheriting(&self, issuer: &PublicKey) -> Result<PublicKey> {
        PublicKey::from_spki_der_inheriting(&self.0.spki, issuer)
    }

    /// Verifies the signature on this certificate with the issuer's key (RFC 5280 §6.1.3 a 1).
    ///
    /// # Errors
    /// `BadSignature`, `LegacyAlgorithm`, `UnsupportedAlgorithm` and the like.
    pub fn verify_signed_by(&self, issuer: &PublicKey, danger_legacy: bool) -> Result<()> {
        self.signed()?.verify(issuer, danger_legacy)
    }

    /// What the signature is over, and the signature.
    pub(crate) fn signed(&self) -> Result<Signed<'_>> {
        Signed::read(&self.0.der, Structure::Certificate)
    }

    /// The scheme of the signature on this certificate.
    ///
    /// # Errors
    /// `UnsupportedAlgorithm` or `AlgorithmParameters`.
    pub fn signature_scheme(&self) -> Result<SignatureScheme> {
        SignatureScheme::from_identifier_der(self.signed()?.algorithm)
    }

    /// IssuerAndSerialNumber (RFC 5652 §10.2.4), DER.
    #[must_use]
    pub fn issuer_and_serial_der(&self) -> Vec<u8> {
        asn1::sequence(&[self.0.issuer.der(), &asn1::tlv(asn1::INTEGER, &self.0.serial)])
    }

    /// Whether the certificate carries this extension.
    #[must_use]
    pub fn has_extension(&self, oid: ObjectIdentifier) -> bool {
        self.0.extensions.get(oid).is_some()
    }
}

/// version [0] EXPLICIT, v1 when absent (RFC 5280 §4.1.2.1).
fn version(tbs: &mut Reader<'_>) -> core::result::Result<u8, NotDer> {
    let Some(field) = tbs.optional(asn1::context(0))? else { return Ok(1) };
    match field.reader().expect(asn1::INTEGER)?.small_uint()? {
        0 => Ok(1),
        1 => Ok(2),
        2 => Ok(3),
        _ => Err(NotDer),
    }
}

/// A private key with its certificate and the certificates above it.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The private key.
    pub key: PrivateKey,
    /// Its certificate.
    pub certificate: Certificate,
    /// Certificates towards the anchor, the issuer first; may be empty.
    pub chain: Vec<Certificate>,
}

impl Identity {
    /// Puts key and certificate together.
    ///
    /// # Errors
    /// `KeyMismatch` when the certificate is for another key.
    pub fn new(key: PrivateKey, certificate: Certificate, chain: Vec<Certificate>) -> Result<Self> {
        if key.matches(&certificate.public_key()?) {
            Ok(Self { key, certificate, chain })
        } else {
            Err(Error::KeyMismatch)
        }
    }
}

#[cfg(test)]
mod tests;
