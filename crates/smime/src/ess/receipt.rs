//! The content of a receipt (RFC 2634 §2.8).

use const_oid::ObjectIdentifier;
use serde::{Serialize, Serializer};

use super::hexadecimal;
use crate::asn1::{self, NotDer, Of, Reader};
use crate::error::{Result, Structure};

/// ```text
/// Receipt ::= SEQUENCE {
///   version INTEGER { v1(1) }, contentType ContentType,
///   signedContentIdentifier ContentIdentifier, originatorSignatureValue OCTET STRING }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// The type of what was signed.
    #[serde(serialize_with = "identifier")]
    pub content_type: ObjectIdentifier,
    /// The identifier of the request.
    #[serde(serialize_with = "hexadecimal")]
    pub content_identifier: Vec<u8>,
    /// The signature value of the letter.
    #[serde(serialize_with = "hexadecimal")]
    pub signature: Vec<u8>,
}

impl Receipt {
    /// Reads DER.
    ///
    /// # Errors
    /// `Malformed`.
    pub fn from_der(der: &[u8]) -> Result<Self> {
        let read = || -> core::result::Result<Self, NotDer> {
            let mut fields = Reader::only(der, asn1::SEQUENCE)?;
            if fields.expect(asn1::INTEGER)?.small_uint()? != 1 {
                return Err(NotDer);
            }
            let content_type = fields.expect(asn1::OID)?.oid()?;
            let content_identifier = fields.expect(asn1::OCTET_STRING)?.value.to_vec();
            let signature = fields.expect(asn1::OCTET_STRING)?.value.to_vec();
            fields.finish()?;
            Ok(Self { content_type, content_identifier, signature })
        };
        read().of(Structure::Cms)
    }

    /// The DER encoding.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        asn1::sequence(&[
            &asn1::small_integer(1),
            &asn1::oid(self.content_type),
            &asn1::octet_string(&self.content_identifier),
            &asn1::octet_string(&self.signature),
        ])
    }
}

fn identifier<S: Serializer>(oid: &ObjectIdentifier, serializer: S) -> core::result::Result<S::Ok, S::Error> {
    serializer.collect_str(oid)
}
