//! All attributes of Enhanced Security Services of one signature, decoded for reports.

use const_oid::ObjectIdentifier;
use serde::{Serialize, Serializer};

use super::mailing_list::MlData;
use super::{ContentHints, ContentReference, ReceiptRequest, SecurityLabel, SigningCertificate, oids};
use crate::asn1::Reader;
use crate::cms::attributes::{Attribute, at_most_one, read_attributes};
use crate::cms::ber::{BerError, Tlv, tag};
use crate::cms::oids as cms_oids;
use crate::error::Result;

/// What a signature's attributes say (RFC 2634, RFC 5035). They are as true as the signature that covers them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct EssAttributes {
    /// receiptRequest (RFC 2634 §2.7).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt_request: Option<ReceiptRequest>,
    /// contentHints (RFC 2634 §2.9).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_hints: Option<ContentHints>,
    /// contentIdentifier (RFC 2634 §2.7).
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "optional_hexadecimal")]
    pub content_identifier: Option<Vec<u8>>,
    /// contentReference (RFC 2634 §2.11).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_reference: Option<ContentReference>,
    /// eSSSecurityLabel (RFC 2634 §3.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security_label: Option<SecurityLabel>,
    /// equivalentLabels (RFC 2634 §3.4.1); advice of the signer only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub equivalent_labels: Vec<SecurityLabel>,
    /// mlExpansionHistory (RFC 2634 §4.4), the first list first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ml_expansion_history: Vec<MlData>,
    /// signingCertificateV2 and signingCertificate (RFC 5035 §3, §5).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub signing_certificates: Vec<SigningCertificate>,
    /// The addresses that recipient-emails of KIM says the letter is sealed for (gemSMIME_KOMLE §2.3.5).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recipient_emails: Vec<String>,
    /// Attributes of these that are there and cannot be read, or are there twice.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<&'static str>,
}

impl EssAttributes {
    /// Reads a SET OF Attribute in BER, by itself: nothing says that anybody signed it.
    ///
    /// # Errors
    /// `Malformed` or `LimitExceeded`. What is no ESS attribute is passed over.
    pub fn read_set(ber: &[u8]) -> Result<Self> {
        let set = Tlv::parse(ber)?;
        match set.tag {
            tag::SET => Ok(Self::read(&read_attributes(set)?)),
            _ => Err(BerError::UnexpectedTag.into()),
        }
    }

    /// Decodes what is there; what cannot be read is named in `unreadable`.
    pub(crate) fn read(attributes: &[Attribute]) -> Self {
        let mut found = Self::default();
        let mut decoder = Decoder { attributes, unreadable: Vec::new() };
        found.receipt_request = decoder.one(oids::RECEIPT_REQUEST, "receiptRequest", ReceiptRequest::read);
        found.content_hints = decoder.one(oids::CONTENT_HINTS, "contentHints", ContentHints::read);
        found.content_identifier = decoder.one(oids::CONTENT_IDENTIFIER, "contentIdentifier", octets);
        found.content_reference =
            decoder.one(oids::CONTENT_REFERENCE, "contentReference", ContentReference::read);
        found.security_label = decoder.one(oids::SECURITY_LABEL, "eSSSecurityLabel", SecurityLabel::read);
        found.equivalent_labels = decoder
            .one(oids::EQUIVALENT_LABELS, "equivalentLabels", SecurityLabel::read_all)
            .unwrap_or_default();
        found.ml_expansion_history = decoder
            .one(oids::ML_EXPANSION_HISTORY, "mlExpansionHistory", MlData::read_all)
            .unwrap_or_default();
        for (oid, name) in [
            (cms_oids::SIGNING_CERTIFICATE_V2, "signingCertificateV2"),
            (cms_oids::SIGNING_CERTIFICATE, "signingCertificate"),
        ] {
            let read = |der: &[u8]| SigningCertificate::read(der, oid == cms_oids::SIGNING_CERTIFICATE_V2);
            found.signing_certificates.extend(decoder.one(oid, name, read));
        }
        found.unreadable = decoder.unreadable;
        found
    }

    /// Whether there is nothing to report.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

struct Decoder<'a> {
    attributes: &'a [Attribute],
    unreadable: Vec<&'static str>,
}

impl Decoder<'_> {
    fn one<T>(
        &mut self,
        oid: ObjectIdentifier,
        name: &'static str,
        read: impl FnOnce(&[u8]) -> Result<T>,
    ) -> Option<T> {
        match at_most_one(self.attributes, oid) {
            Ok(None) => None,
            Ok(Some(value)) => read(value.raw).map_err(|_| self.unreadable.push(name)).ok(),
            Err(_) => {
                self.unreadable.push(name);
                None
            }
        }
    }
}

/// `ContentIdentifier ::= OCTET STRING`
fn octets(der: &[u8]) -> Result<Vec<u8>> {
    use crate::asn1::{OCTET_STRING, Of};
    let mut reader = Reader::new(der);
    let value = reader.expect(OCTET_STRING).of(crate::error::Structure::Cms)?;
    Ok(value.value.to_vec())
}

fn optional_hexadecimal<S: Serializer>(
    octets: &Option<Vec<u8>>,
    serializer: S,
) -> core::result::Result<S::Ok, S::Error> {
    super::hexadecimal(octets.as_deref().unwrap_or_default(), serializer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_set_holds_attributes() {
        assert!(EssAttributes::read_set(&[0x31, 0]).unwrap().is_empty());
        // A constructed GraphicString of nothing, which DER writes in another form.
        let found = EssAttributes::read_set(&[0x39, 0]).unwrap_err();
        assert_eq!(found, BerError::UnexpectedTag.into());
    }
}
