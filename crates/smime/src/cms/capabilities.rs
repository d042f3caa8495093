//! smimeCapabilities (RFC 8551 §2.5.2): what a correspondent's program said that it can read.

use const_oid::ObjectIdentifier;
use serde::{Deserialize, Serialize};

use super::attributes::{Attribute, at_most_one};
use super::ber::tag;
use super::oids;
use crate::asn1;
use crate::error::Result;

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
}

impl Capabilities {
    /// What this crate reads.
    #[must_use]
    pub fn own() -> Self {
        Self { aes256_gcm: true, aes256_cbc: true, rsa_oaep: true, cek_hkdf: true }
    }

    /// `SMIMECapabilities ::= SEQUENCE OF SEQUENCE { capabilityID OBJECT IDENTIFIER, parameters ANY OPTIONAL }`
    ///
    /// Unreadable capabilities count as none: they only ever improve what we write.
    pub(crate) fn from_attributes(attributes: &[Attribute]) -> Option<Self> {
        let value = at_most_one(attributes, oids::SMIME_CAPABILITIES).ok()??;
        let mut capabilities = Self::default();
        let read = |capabilities: &mut Self| -> Result<()> {
            let mut list = value.children()?;
            for _ in 0..MAX_CAPABILITIES {
                let Some(entry) = list.next_element()? else { break };
                capabilities.add(oids::read(entry.children()?.expect(tag::OID)?)?);
            }
            Ok(())
        };
        read(&mut capabilities).ok().map(|()| capabilities)
    }

    /// The attribute for our own letters, in order of preference.
    pub(crate) fn to_attribute(self) -> Attribute {
        let offered = [
            (self.aes256_gcm, oids::AES256_GCM),
            (self.aes256_cbc, oids::AES256_CBC),
            (self.rsa_oaep, oids::RSAES_OAEP),
            (self.cek_hkdf, oids::CEK_HKDF_SHA256),
        ];
        let entries: Vec<Vec<u8>> = offered
            .iter()
            .filter(|(offered, _)| *offered)
            .map(|(_, oid)| asn1::sequence(&[&asn1::oid(*oid)]))
            .collect();
        Attribute::single(oids::SMIME_CAPABILITIES, &asn1::tlv(asn1::SEQUENCE, &entries.concat()))
    }

    fn add(&mut self, oid: ObjectIdentifier) {
        match oid {
            oids::AES256_GCM => self.aes256_gcm = true,
            oids::AES256_CBC => self.aes256_cbc = true,
            oids::RSAES_OAEP => self.rsa_oaep = true,
            oids::CEK_HKDF_SHA256 => self.cek_hkdf = true,
            _ => {}
        }
    }
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
}
