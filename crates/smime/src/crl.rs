//! Certificate revocation lists (RFC 5280 §5): read, checked, and asked about one certificate.
//!
//! Complete lists, delta lists, indirect lists and lists for some reasons only. A list knows what it is about; which lists
//! together tell the status of a certificate is decided in [`crate::path`].

mod entry;
mod reason;
mod scope;

use core::cmp::Ordering;

pub use self::entry::RevokedEntry;
pub use self::reason::RevocationReason;
pub use self::scope::DistributionScope;
use crate::asn1::{self, NotDer, Of, Reader};
use crate::error::{Error, Result, Structure};
use crate::key::PublicKey;
use crate::name::Name;
use crate::oids;
use crate::time::UnixTime;
use crate::x509::signed::Signed;
use crate::x509::{Certificate, Extension};
use crate::{pem, x509};

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
    /// cRLNumber, the magnitude.
    number: Option<Vec<u8>>,
    /// BaseCRLNumber of a delta list, the magnitude.
    base: Option<Vec<u8>>,
    /// An extension that must be understood and is not.
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
            Some(list) => entry::read_all(&list, &mut unusable)?,
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
            number: None,
            base: None,
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
                oids::CRL_NUMBER => self.number = Some(number(&extension.value)?),
                oids::DELTA_CRL_INDICATOR => self.base = Some(number(&extension.value)?),
                // Deltas are found among what was given, whatever place this names.
                oids::FRESHEST_CRL => {}
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

    /// Which certificates the list is about, and which not.
    #[must_use]
    pub fn scope(&self) -> &DistributionScope {
        &self.scope
    }

    /// Whether it only tells what changed since an earlier list (RFC 5280 §5.2.4).
    #[must_use]
    pub fn is_delta(&self) -> bool {
        self.base.is_some()
    }

    /// Whether an extension must be understood and is not: then it confirms nothing (RFC 5280 §5.2).
    pub(crate) fn is_unusable(&self) -> bool {
        self.unusable
    }

    /// Whether the list is numbered as RFC 5280 §5.2.3 demands of its issuer.
    pub(crate) fn is_well_numbered(&self) -> bool {
        let number = self.extensions.iter().find(|extension| extension.oid == oids::CRL_NUMBER);
        number.is_some_and(|extension| !extension.critical)
    }

    /// Whether this delta list can update a complete one (RFC 5280 §5.2.4 and §6.3.3 c): same issuer, scope and key, begun
    /// at or before it, and made later.
    pub(crate) fn updates(&self, complete: &Self) -> bool {
        let (Some(base), Some(own), Some(known)) = (&self.base, &self.number, &complete.number) else {
            return false;
        };
        self.issuer == complete.issuer
            && self.scope == complete.scope
            && self.authority_key_id == complete.authority_key_id
            && order(base, known) != Ordering::Greater
            && order(own, known) != Ordering::Less
    }

    /// Of two delta lists, whether this one has the higher number.
    pub(crate) fn is_later_than(&self, other: &Self) -> bool {
        match (&self.number, &other.number) {
            (Some(own), Some(others)) => order(own, others) == Ordering::Greater,
            _ => self.this_update > other.this_update,
        }
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
        self.signed()?.verify(key, danger_legacy)
    }

    /// What the signature is over, and the signature.
    pub(crate) fn signed(&self) -> Result<Signed<'_>> {
        Signed::read(&self.der, Structure::Crl)
    }

    /// The entry of a certificate, if there is one.
    #[must_use]
    pub fn entry(&self, certificate: &Certificate) -> Option<&RevokedEntry> {
        let from = self.entries.partition_point(|entry| entry.serial.as_slice() < certificate.serial());
        let same = self.entries.iter().skip(from).take_while(|entry| entry.serial == certificate.serial());
        // Of several entries about one certificate the last is the newest.
        same.filter(|entry| entry.is_of(certificate.issuer(), &self.issuer)).last()
    }
}

/// The magnitude of a non-negative INTEGER.
fn number(value: &[u8]) -> core::result::Result<Vec<u8>, NotDer> {
    let mut reader = Reader::new(value);
    let number = reader.expect(asn1::INTEGER)?;
    reader.finish()?;
    asn1::unsigned(number.value).map(<[u8]>::to_vec).ok_or(NotDer)
}

/// Compares magnitudes without leading zeros.
fn order(a: &[u8], b: &[u8]) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// Version ::= INTEGER { v1(0), v2(1) }, v1 when absent. Whether it is 2.
fn version(tbs: &mut Reader<'_>) -> core::result::Result<bool, NotDer> {
    match tbs.optional(asn1::INTEGER)? {
        None => Ok(false),
        Some(version) if version.value == [1] => Ok(true),
        Some(_) => Err(NotDer),
    }
}
