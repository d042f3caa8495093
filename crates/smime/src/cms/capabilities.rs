//! smimeCapabilities (RFC 8551 §2.5.2): what a correspondent's program said that it can read.

use const_oid::ObjectIdentifier;
use serde::{Deserialize, Serialize};

use super::attributes::{Attribute, at_most_one};
use super::ber::{Tlv, tag};
use super::oids;
use crate::asn1;
use crate::error::Result;
use crate::key::OaepParameters;
#[cfg(feature = "more")]
use crate::x509::Certificate;

/// Most capabilities we look at; programs list about a dozen.
const MAX_CAPABILITIES: usize = 64;

/// The capabilities that change what we write. Take them only from a verified signature or the directory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// AuthEnvelopedData with AES-256-GCM.
    pub aes256_gcm: bool,
    /// AES-256-CBC.
    pub aes256_cbc: bool,
    /// RSAES-OAEP.
    pub rsa_oaep: bool,
    /// Key derivation of RFC 9709.
    pub cek_hkdf: bool,
    /// AuthEnvelopedData with AES-128-GCM, which RFC 8551 §2.7 requires of every program.
    #[serde(default)]
    pub aes128_gcm: bool,
    /// AES-128-CBC.
    #[serde(default)]
    pub aes128_cbc: bool,
    /// RSASSA-PSS.
    #[serde(default)]
    pub rsa_pss: bool,
    /// Ephemeral ECDH with a KDF of SHA-256 or longer (RFC 5753 §7.2).
    #[serde(default)]
    pub ecdh: bool,
}

impl Capabilities {
    /// What this crate reads.
    #[must_use]
    pub fn own() -> Self {
        Self {
            aes256_gcm: true,
            aes256_cbc: true,
            rsa_oaep: true,
            cek_hkdf: true,
            aes128_gcm: true,
            aes128_cbc: true,
            rsa_pss: true,
            ecdh: true,
        }
    }

    /// `SMIMECapabilities ::= SEQUENCE OF SEQUENCE { capabilityID OBJECT IDENTIFIER, parameters ANY OPTIONAL }`
    ///
    /// Unreadable capabilities count as none: they only ever improve what we write.
    pub(crate) fn from_attributes(attributes: &[Attribute]) -> Option<Self> {
        let value = at_most_one(attributes, oids::SMIME_CAPABILITIES).ok()??;
        Self::read(value).ok()
    }

    /// What a certificate says that its owner's program reads (RFC 4262); `None` when it says nothing, or nothing readable.
    #[cfg(feature = "more")]
    #[must_use]
    pub fn of_certificate(certificate: &Certificate) -> Option<Self> {
        let stated = certificate.extensions().get(oids::SMIME_CAPABILITIES)?;
        Self::read(Tlv::parse(&stated.value).ok()?).ok()
    }

    fn read(value: Tlv<'_>) -> Result<Self> {
        let mut capabilities = Self::default();
        let mut list = value.children()?;
        for _ in 0..MAX_CAPABILITIES {
            let Some(entry) = list.next_element()? else { break };
            let mut fields = entry.children()?;
            let oid = oids::read(fields.expect(tag::OID)?)?;
            capabilities.add(oid, entry.raw, fields.is_empty());
        }
        Ok(capabilities)
    }

    /// The attribute for our own letters, in order of preference.
    pub(crate) fn to_attribute(self) -> Attribute {
        let offered = [
            (self.aes256_gcm, oids::AES256_GCM),
            (self.aes256_cbc, oids::AES256_CBC),
            (self.rsa_oaep, oids::RSAES_OAEP),
            (self.cek_hkdf, oids::CEK_HKDF_SHA256),
            (self.aes128_gcm, oids::AES128_GCM),
            (self.aes128_cbc, oids::AES128_CBC),
            (self.rsa_pss, oids::RSASSA_PSS),
        ];
        let entries: Vec<Vec<u8>> = offered
            .iter()
            .filter(|(offered, _)| *offered)
            .map(|(_, oid)| asn1::sequence(&[&asn1::oid(*oid)]))
            .chain(self.ecdh.then(ecdh_entry))
            .collect();
        Attribute::single(oids::SMIME_CAPABILITIES, &asn1::tlv(asn1::SEQUENCE, &entries.concat()))
    }

    /// `entry` is the whole capability, an AlgorithmIdentifier in DER; `bare` says that it has no parameters.
    fn add(&mut self, oid: ObjectIdentifier, entry: &[u8], bare: bool) {
        match oid {
            oids::AES256_GCM => self.aes256_gcm = true,
            oids::AES256_CBC => self.aes256_cbc = true,
            oids::AES128_GCM => self.aes128_gcm = true,
            oids::AES128_CBC => self.aes128_cbc = true,
            // Parameters limit the capability to themselves (RFC 8551 §2.5.2), and SHA-256 is what we write.
            oids::RSAES_OAEP => {
                let sha256 = OaepParameters::from_identifier_der(entry);
                self.rsa_oaep |= bare || sha256.is_ok_and(|found| found == OaepParameters::sha256());
            }
            oids::RSASSA_PSS => self.rsa_pss = true,
            oids::CEK_HKDF_SHA256 => self.cek_hkdf = true,
            oids::STD_DH_SHA256_KDF | oids::STD_DH_SHA384_KDF | oids::STD_DH_SHA512_KDF => self.ecdh = true,
            _ => {}
        }
    }
}

/// dhSinglePass-stdDH-sha256kdf-scheme with the wrap we read most (RFC 5753 §7.2).
fn ecdh_entry() -> Vec<u8> {
    let wrap = asn1::sequence(&[&asn1::oid(oids::AES256_WRAP)]);
    asn1::sequence(&[&asn1::oid(oids::STD_DH_SHA256_KDF), &wrap])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capabilities_round_trip() {
        for capabilities in [Capabilities::own(), Capabilities { aes256_cbc: true, ..Default::default() }] {
            let attribute = capabilities.to_attribute();
            assert_eq!(Capabilities::from_attributes(std::slice::from_ref(&attribute)), Some(capabilities));
            assert_eq!(Capabilities::from_attributes(&[attribute.clone(), attribute]), None);
        }
    }

    #[test]
    fn parameters_limit_a_capability() {
        let of = |entries: &[Vec<u8>]| {
            let list = asn1::tlv(asn1::SEQUENCE, &entries.concat());
            Capabilities::from_attributes(&[Attribute::single(oids::SMIME_CAPABILITIES, &list)]).unwrap()
        };
        let sha1_only = asn1::sequence(&[&asn1::oid(oids::RSAES_OAEP), &asn1::sequence(&[])]);
        assert!(!of(std::slice::from_ref(&sha1_only)).rsa_oaep);
        assert!(of(&[sha1_only, OaepParameters::sha256().identifier_der()]).rsa_oaep);
        assert!(of(&[asn1::sequence(&[&asn1::oid(oids::RSAES_OAEP)])]).rsa_oaep);
        let unknown = asn1::sequence(&[&asn1::oid(oids::DATA), &asn1::small_integer(40)]);
        let read = of(&[unknown, asn1::sequence(&[&asn1::oid(oids::STD_DH_SHA384_KDF)])]);
        assert_eq!(read, Capabilities { ecdh: true, ..Capabilities::default() });
    }

    #[test]
    fn what_an_older_vault_kept_is_read() {
        let kept = r#"{"aes256_gcm":true,"aes256_cbc":true,"rsa_oaep":false,"cek_hkdf":false}"#;
        let read: Capabilities = serde_json::from_str(kept).unwrap();
        assert!(read.aes256_gcm && !read.rsa_pss);
    }
}
