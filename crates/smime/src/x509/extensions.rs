//! Certificate extensions (RFC 5280 §4.2).

use const_oid::ObjectIdentifier;

use super::general_name::{self, GeneralName};
use super::policies::PolicyExtensions;
use crate::asn1::{self, NotDer, Of, Reader, Tlv};
use crate::error::{Error, Result, Structure};
use crate::oids;

/// One extension as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// Its identifier.
    pub oid: ObjectIdentifier,
    /// Whether whoever does not know it must refuse the object.
    pub critical: bool,
    /// The content of extnValue.
    pub value: Vec<u8>,
}

/// keyUsage (RFC 5280 §4.2.1.3) as a bit set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyUsage(u16);

impl KeyUsage {
    fn has(self, bit: u32) -> bool {
        self.0 & (1 << bit) != 0
    }

    /// digitalSignature.
    #[must_use]
    pub fn digital_signature(self) -> bool {
        self.has(0)
    }

    /// nonRepudiation, now called contentCommitment.
    #[must_use]
    pub fn non_repudiation(self) -> bool {
        self.has(1)
    }

    /// keyEncipherment.
    #[must_use]
    pub fn key_encipherment(self) -> bool {
        self.has(2)
    }

    /// keyAgreement.
    #[must_use]
    pub fn key_agreement(self) -> bool {
        self.has(4)
    }

    /// keyCertSign.
    #[must_use]
    pub fn key_cert_sign(self) -> bool {
        self.has(5)
    }

    /// cRLSign.
    #[must_use]
    pub fn crl_sign(self) -> bool {
        self.has(6)
    }

    /// The names of the set bits, as RFC 5280 writes them.
    #[must_use]
    pub fn names(self) -> Vec<&'static str> {
        const NAMES: [(u32, &str); 9] = [
            (0, "digitalSignature"),
            (1, "nonRepudiation"),
            (2, "keyEncipherment"),
            (3, "dataEncipherment"),
            (4, "keyAgreement"),
            (5, "keyCertSign"),
            (6, "cRLSign"),
            (7, "encipherOnly"),
            (8, "decipherOnly"),
        ];
        NAMES.iter().filter(|(bit, _)| self.has(*bit)).map(|(_, name)| *name).collect()
    }
}

/// basicConstraints (RFC 5280 §4.2.1.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BasicConstraints {
    /// Whether the subject is an authority.
    pub ca: bool,
    /// How many further authorities, self-issued ones not counted, may follow.
    pub path_len: Option<u32>,
}

/// nameConstraints (RFC 5280 §4.2.1.10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameConstraints {
    /// Names must lie in one of these subtrees of their form, if there is any of that form.
    pub permitted: Vec<GeneralName>,
    /// Names must lie in none of these subtrees.
    pub excluded: Vec<GeneralName>,
}

/// The extensions of a certificate: all of them as encoded, and those we understand as values.
#[derive(Clone, Debug, Default)]
pub struct Extensions {
    list: Vec<Extension>,
    /// keyUsage.
    pub key_usage: Option<KeyUsage>,
    /// extKeyUsage.
    pub ext_key_usage: Option<Vec<ObjectIdentifier>>,
    /// basicConstraints.
    pub basic_constraints: Option<BasicConstraints>,
    /// subjectAltName; empty when absent.
    pub subject_alt_names: Vec<GeneralName>,
    /// nameConstraints.
    pub name_constraints: Option<NameConstraints>,
    /// subjectKeyIdentifier.
    pub subject_key_id: Option<Vec<u8>>,
    /// The keyIdentifier of authorityKeyIdentifier.
    pub authority_key_id: Option<Vec<u8>>,
    /// Everything about policies.
    pub policies: PolicyExtensions,
}

impl Extensions {
    /// Reads `[number] EXPLICIT Extensions OPTIONAL`.
    pub(crate) fn optional(reader: &mut Reader<'_>, number: u8) -> Result<Self> {
        let list = list(reader, number).of(Structure::Extension)?;
        let mut extensions = Self::default();
        for extension in &list {
            extensions.understand(extension).of(Structure::Extension)?;
        }
        extensions.list = list;
        Ok(extensions)
    }

    fn understand(&mut self, extension: &Extension) -> core::result::Result<(), NotDer> {
        let mut whole = Reader::new(&extension.value);
        let value = whole.next();
        match extension.oid {
            oids::KEY_USAGE => self.key_usage = Some(key_usage(&value?)?),
            oids::EXT_KEY_USAGE => {
                let ids = sequence(&value?)?.all()?;
                self.ext_key_usage = Some(ids.iter().map(Tlv::oid).collect::<core::result::Result<_, _>>()?);
            }
            oids::BASIC_CONSTRAINTS => self.basic_constraints = Some(basic_constraints(&value?)?),
            oids::SUBJECT_ALT_NAME => self.subject_alt_names = general_name::read_all(sequence(&value?)?)?,
            oids::NAME_CONSTRAINTS => self.name_constraints = Some(name_constraints(&value?)?),
            oids::SUBJECT_KEY_IDENTIFIER => self.subject_key_id = Some(octets(&value?)?),
            oids::AUTHORITY_KEY_IDENTIFIER => {
                let id = sequence(&value?)?.optional(asn1::context_primitive(0))?;
                self.authority_key_id = id.map(|id| id.value.to_vec());
            }
            oids::CERTIFICATE_POLICIES
            | oids::POLICY_MAPPINGS
            | oids::POLICY_CONSTRAINTS
            | oids::INHIBIT_ANY_POLICY => self.policies.understand(extension.oid, &value?)?,
            _ => return Ok(()),
        }
        whole.finish()
    }

    /// All extensions, in order.
    #[must_use]
    pub fn list(&self) -> &[Extension] {
        &self.list
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The extension with this identifier.
    #[must_use]
    pub fn get(&self, oid: ObjectIdentifier) -> Option<&Extension> {
        self.list.iter().find(|extension| extension.oid == oid)
    }

    /// Whether extKeyUsage is absent or names this purpose or any (RFC 5280 §4.2.1.12).
    #[must_use]
    pub fn allows_purpose(&self, purpose: ObjectIdentifier) -> bool {
        self.ext_key_usage
            .as_ref()
            .is_none_or(|ids| ids.iter().any(|id| *id == purpose || *id == oids::ANY_EXTENDED_KEY_USAGE))
    }
}

/// Reads the list of `[number] EXPLICIT Extensions OPTIONAL`; no extension may come twice.
pub(crate) fn list(reader: &mut Reader<'_>, number: u8) -> core::result::Result<Vec<Extension>, NotDer> {
    let Some(outer) = reader.optional(asn1::context(number))? else { return Ok(Vec::new()) };
    from_sequence(outer.value)
}

/// Reads a DER-encoded Extensions SEQUENCE.
pub(crate) fn from_sequence(der: &[u8]) -> core::result::Result<Vec<Extension>, NotDer> {
    let mut found: Vec<Extension> = Vec::new();
    for item in Reader::only(der, asn1::SEQUENCE)?.all()? {
        let extension = one(&item)?;
        if found.iter().any(|earlier| earlier.oid == extension.oid) {
            return Err(NotDer);
        }
        found.push(extension);
    }
    if found.is_empty() { Err(NotDer) } else { Ok(found) }
}

impl Extensions {
    /// Understands extensions that did not come in a certificate (those of a request).
    pub(crate) fn from_list(list: Vec<Extension>) -> Result<Self> {
        let mut extensions = Self::default();
        for extension in &list {
            extensions
                .understand(extension)
                .map_err(|NotDer| Error::Malformed { what: Structure::Extension })?;
        }
        extensions.list = list;
        Ok(extensions)
    }
}

fn one(item: &Tlv<'_>) -> core::result::Result<Extension, NotDer> {
    let mut reader = sequence(item)?;
    let oid = reader.expect(asn1::OID)?.oid()?;
    let critical = match reader.optional(asn1::BOOLEAN)? {
        Some(value) => value.boolean()?,
        None => false,
    };
    let value = reader.expect(asn1::OCTET_STRING)?.value.to_vec();
    reader.finish()?;
    Ok(Extension { oid, critical, value })
}

pub(super) fn sequence<'a>(value: &Tlv<'a>) -> core::result::Result<Reader<'a>, NotDer> {
    if value.tag == asn1::SEQUENCE { Ok(value.reader()) } else { Err(NotDer) }
}

fn octets(value: &Tlv<'_>) -> core::result::Result<Vec<u8>, NotDer> {
    if value.tag == asn1::OCTET_STRING { Ok(value.value.to_vec()) } else { Err(NotDer) }
}

fn key_usage(value: &Tlv<'_>) -> core::result::Result<KeyUsage, NotDer> {
    if value.tag != asn1::BIT_STRING || value.value.is_empty() {
        return Err(NotDer);
    }
    let bits = (0_u16..9).filter(|bit| value.bit(usize::from(*bit))).fold(0, |set, bit| set | (1 << bit));
    Ok(KeyUsage(bits))
}

fn basic_constraints(value: &Tlv<'_>) -> core::result::Result<BasicConstraints, NotDer> {
    let mut reader = sequence(value)?;
    let ca = match reader.optional(asn1::BOOLEAN)? {
        Some(flag) => flag.boolean()?,
        None => false,
    };
    let path_len = match reader.optional(asn1::INTEGER)? {
        Some(number) => Some(number.small_uint()?),
        None => None,
    };
    reader.finish()?;
    Ok(BasicConstraints { ca, path_len })
}

fn name_constraints(value: &Tlv<'_>) -> core::result::Result<NameConstraints, NotDer> {
    let mut reader = sequence(value)?;
    let permitted = subtrees(&mut reader, 0)?;
    let excluded = subtrees(&mut reader, 1)?;
    reader.finish()?;
    // RFC 5280 §4.2.1.10: never an empty sequence.
    if permitted.is_empty() && excluded.is_empty() {
        return Err(NotDer);
    }
    Ok(NameConstraints { permitted, excluded })
}

/// GeneralSubtrees. RFC 5280 §4.2.1.10: minimum must be zero and maximum absent.
fn subtrees(reader: &mut Reader<'_>, number: u8) -> core::result::Result<Vec<GeneralName>, NotDer> {
    let Some(list) = reader.optional(asn1::context(number))? else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for subtree in list.reader().all()? {
        let mut subtree = sequence(&subtree)?;
        found.push(GeneralName::read(&subtree.next()?)?);
        if subtree.optional(asn1::context_primitive(0))?.is_some_and(|minimum| minimum.value != [0]) {
            return Err(NotDer);
        }
        subtree.finish()?;
    }
    if found.is_empty() {
        return Err(NotDer);
    }
    Ok(found)
}
