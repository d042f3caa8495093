//! Certificate revocation lists (RFC 5280 §5): read, checked, and asked about one certificate.
//!
//! Complete lists only: delta lists, indirect lists and lists for some reasons only are read
//! and shown, but never used; a certificate that only they cover has an unknown status.

mod scope;

pub use self::scope::DistributionScope;
use crate::asn1::{self, NotDer, Of, Reader, Tlv};
use crate::error::{Error, Result, Structure};
use crate::key::PublicKey;
use crate::name::Name;
use crate::oids;
use crate::time::UnixTime;
use crate::x509::signed::Signed;
use crate::x509::{Certificate, Extension};
use crate::{pem, x509};

/// Why a certificate was revoked (RFC 5280 §5.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevocationReason {
    /// No reason given, or one that we do not know.
    Unspecified,
    /// The private key is in other hands.
    KeyCompromise,
    /// The authority's private key is in other hands.
    CaCompromise,
    /// The subject's name or function changed.
    AffiliationChanged,
    /// Replaced by another certificate.
    Superseded,
    /// No longer needed.
    CessationOfOperation,
    /// Suspended; may come back.
    CertificateHold,
    /// The subject no longer has the privileges.
    PrivilegeWithdrawn,
    /// The attribute authority's private key is in other hands.
    AaCompromise,
}

impl RevocationReason {
    /// All reasons with their number and their name in RFC 5280.
    const ALL: [(Self, u32, &'static str); 9] = [
        (Self::Unspecified, 0, "unspecified"),
        (Self::KeyCompromise, 1, "keyCompromise"),
        (Self::CaCompromise, 2, "cACompromise"),
        (Self::AffiliationChanged, 3, "affiliationChanged"),
        (Self::Superseded, 4, "superseded"),
        (Self::CessationOfOperation, 5, "cessationOfOperation"),
        (Self::CertificateHold, 6, "certificateHold"),
        (Self::PrivilegeWithdrawn, 9, "privilegeWithdrawn"),
        (Self::AaCompromise, 10, "aACompromise"),
    ];

    /// The name in RFC 5280.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(reason, ..)| *reason == self).map_or("unspecified", |(_, _, name)| name)
    }

    /// The reason with this name, case not counting.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(.., known)| known.eq_ignore_ascii_case(name)).map(|(reason, ..)| *reason)
    }

    /// The number in RFC 5280.
    #[must_use]
    pub fn number(self) -> u32 {
        Self::ALL.iter().find(|(reason, ..)| *reason == self).map_or(0, |(_, number, _)| *number)
    }

    fn from_number(number: u32) -> Self {
        Self::ALL
            .iter()
            .find(|(_, known, _)| *known == number)
            .map_or(Self::Unspecified, |(reason, ..)| *reason)
    }

    /// Whether the key may have been used by somebody else, so that not even older
    /// signatures count without a proof of their time.
    #[must_use]
    pub fn is_compromise(self) -> bool {
        matches!(self, Self::KeyCompromise | Self::CaCompromise | Self::AaCompromise)
    }
}

/// One revoked certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokedEntry {
    /// The content octets of its serial number.
    pub serial: Vec<u8>,
    /// When it was revoked.
    pub date: UnixTime,
    /// Why.
    pub reason: RevocationReason,
    /// When it is suspected to have become invalid (invalidityDate, RFC 5280 §5.3.2).
    pub invalid_since: Option<UnixTime>,
}

/// A revocation list that was read: well-formed, its signature not yet checked.
#[derive(Clone)]
pub struct Crl {
    der: Vec<u8>,
    issuer: Name,
    this_update: UnixTime,
    next_update: Option<UnixTime>,
    /// Sorted by serial number.
    entries: Vec<RevokedEntry>,
    extensions: Vec<Extension>,
    authority_key_id: Option<Vec<u8>>,
    scope: DistributionScope,
    /// An extension that must be understood and is not, or an indirect entry.
    unusable: bool,
}

impl core::fmt::Debug for Crl {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(
            f,
            "Crl({}, {} entries, of {})",
            self.issuer,
            self.entries.len(),
            self.this_update.to_rfc3339()
        )
    }
}

impl Crl {
    /// Reads a DER-encoded CertificateList.
    ///
    /// # Errors
    /// `Malformed` describes the input.
    pub fn from_der(der: &[u8]) -> Result<Self> {
        let what = Structure::Crl;
        let signed = Signed::read(der, what)?;
        let mut tbs = Reader::only(signed.tbs, asn1::SEQUENCE).of(what)?;
        let version_2 = version(&mut tbs).of(what)?;
        if tbs.expect(asn1::SEQUENCE).of(what)?.raw != signed.algorithm {
            return Err(Error::Malformed { what });
        }
        let issuer = Name::from_der(tbs.expect(asn1::SEQUENCE).of(what)?.raw)?;
        let this_update = UnixTime::from_asn1(&tbs.next().of(what)?)?;
        let next_update = match tbs.peek() {
            Some(asn1::UTC_TIME | asn1::GENERALIZED_TIME) => {
                Some(UnixTime::from_asn1(&tbs.next().of(what)?)?)
            }
            _ => None,
        };
        let mut unusable = false;
        let entries = match tbs.optional(asn1::SEQUENCE).of(what)? {
            Some(list) => entries(&list, &mut unusable)?,
            None => Vec::new(),
        };
        let extensions = x509::extension_list(&mut tbs, 0).of(what)?;
        tbs.finish().of(what)?;
        if !version_2 && !extensions.is_empty() {
            return Err(Error::Malformed { what });
        }
        let mut crl = Self {
            der: der.to_vec(),
            issuer,
            this_update,
            next_update,
            entries,
            extensions,
            authority_key_id: None,
            scope: DistributionScope::default(),
            unusable,
        };
        crl.understand().of(what)?;
        Ok(crl)
    }

    /// Reads every list of a PEM text, or the one of a DER file.
    ///
    /// # Errors
    /// `Missing` when there is none; `Malformed` describes the input.
    pub fn read_all(bytes: &[u8]) -> Result<Vec<Self>> {
        if !pem::is_pem(bytes) {
            return Ok(vec![Self::from_der(bytes)?]);
        }
        let blocks = pem::blocks(bytes)?;
        let lists = blocks.iter().filter(|block| matches!(block.label.as_str(), "X509 CRL" | "CRL"));
        let found: Vec<Self> = lists.map(|block| Self::from_der(&block.der)).collect::<Result<_>>()?;
        if found.is_empty() { Err(Error::Missing { what: Structure::Crl }) } else { Ok(found) }
    }

    fn understand(&mut self) -> core::result::Result<(), NotDer> {
        for extension in &self.extensions {
            match extension.oid {
                oids::AUTHORITY_KEY_IDENTIFIER => {
                    let id = Reader::only(&extension.value, asn1::SEQUENCE)?
                        .optional(asn1::context_primitive(0))?;
                    self.authority_key_id = id.map(|id| id.value.to_vec());
                }
                oids::ISSUING_DISTRIBUTION_POINT => self.scope = DistributionScope::read(&extension.value)?,
                oids::CRL_NUMBER => {}
                // A delta list says so in a critical extension and is of no use alone.
                _ => self.unusable |= extension.critical,
            }
        }
        Ok(())
    }

    /// The list as it was encoded.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Who issued it.
    #[must_use]
    pub fn issuer(&self) -> &Name {
        &self.issuer
    }

    /// When it was made.
    #[must_use]
    pub fn this_update(&self) -> UnixTime {
        self.this_update
    }

    /// When the next one is due at the latest.
    #[must_use]
    pub fn next_update(&self) -> Option<UnixTime> {
        self.next_update
    }

    /// The revoked certificates, sorted by serial number.
    #[must_use]
    pub fn entries(&self) -> &[RevokedEntry] {
        &self.entries
    }

    /// The list's extensions.
    #[must_use]
    pub fn extensions(&self) -> &[Extension] {
        &self.extensions
    }

    /// Whether the moment lies between thisUpdate and nextUpdate. A list without nextUpdate is
    /// never current: RFC 5280 §5.1.2.5 requires the field.
    #[must_use]
    pub fn is_current_at(&self, now: UnixTime) -> bool {
        self.this_update <= now && self.next_update.is_some_and(|next| now <= next)
    }

    /// Whether this list says anything about the certificate: same issuer, in scope, and
    /// nothing in it that we do not understand (RFC 5280 §6.3.3 b).
    #[must_use]
    pub fn covers(&self, certificate: &Certificate) -> bool {
        !self.unusable && self.issuer == *certificate.issuer() && self.scope.covers(certificate)
    }

    /// Whether the list could be about the certificate at all; used to tell "no list given"
    /// from "the list given cannot be used".
    #[must_use]
    pub fn is_about(&self, certificate: &Certificate) -> bool {
        self.issuer == *certificate.issuer()
    }

    /// Whether the key identifiers do not contradict that `signer` signed this list.
    #[must_use]
    pub fn may_be_signed_by(&self, signer: &Certificate) -> bool {
        let contradicted = match (&self.authority_key_id, signer.subject_key_id()) {
            (Some(wanted), Some(found)) => wanted != found,
            _ => false,
        };
        self.issuer == *signer.subject() && !contradicted
    }

    /// Verifies the signature on this list.
    ///
    /// # Errors
    /// `BadSignature`, `LegacyAlgorithm`, `UnsupportedAlgorithm` and the like.
    pub fn verify_signed_by(&self, key: &PublicKey, danger_legacy: bool) -> Result<()> {
        Signed::read(&self.der, Structure::Crl)?.verify(key, danger_legacy)
    }

    /// The entry of a certificate, if it is revoked.
    #[must_use]
    pub fn entry(&self, certificate: &Certificate) -> Option<&RevokedEntry> {
        let at =
            self.entries.binary_search_by(|entry| entry.serial.as_slice().cmp(certificate.serial())).ok()?;
        self.entries.get(at)
    }
}

/// Version ::= INTEGER { v1(0), v2(1) }, v1 when absent. Whether it is 2.
fn version(tbs: &mut Reader<'_>) -> core::result::Result<bool, NotDer> {
    match tbs.optional(asn1::INTEGER)? {
        None => Ok(false),
        Some(version) if version.value == [1] => Ok(true),
        Some(_) => Err(NotDer),
    }
}

fn entries(list: &Tlv<'_>, unusable: &mut bool) -> Result<Vec<RevokedEntry>> {
    let mut found = Vec::new();
    let mut reader = list.reader();
    while !reader.is_empty() {
        let item = reader.expect(asn1::SEQUENCE).of(Structure::Crl)?;
        found.push(entry(&item, unusable)?);
    }
    found.sort_by(|a: &RevokedEntry, b| a.serial.cmp(&b.serial));
    Ok(found)
}

fn entry(item: &Tlv<'_>, unusable: &mut bool) -> Result<RevokedEntry> {
    let what = Structure::Crl;
    let mut reader = item.reader();
    let serial = reader.expect(asn1::INTEGER).of(what)?.value.to_vec();
    let date = UnixTime::from_asn1(&reader.next().of(what)?)?;
    let mut reason = RevocationReason::Unspecified;
    let mut invalid_since = None;
    if !reader.is_empty() {
        for extension in x509::extension_sequence(reader.next().of(what)?.raw).of(what)? {
            if extension.oid == oids::CRL_REASON {
                let code =
                    Reader::new(&extension.value).expect(asn1::ENUMERATED).and_then(|v| v.small_uint());
                reason = RevocationReason::from_number(code.of(what)?);
            } else if extension.oid == oids::INVALIDITY_DATE {
                let date = Reader::new(&extension.value).expect(asn1::GENERALIZED_TIME).of(what)?;
                invalid_since = Some(UnixTime::from_asn1(&date)?);
            } else {
                // certificateIssuer is critical and marks an entry of an indirect list.
                *unusable |= extension.critical;
            }
        }
    }
    reader.finish().of(what)?;
    Ok(RevokedEntry { serial, date, reason, invalid_since })
}
