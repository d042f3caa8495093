//! contentHints and contentReference (RFC 2634 §2.9, §2.11).

use const_oid::ObjectIdentifier;
use serde::{Serialize, Serializer};

use super::hexadecimal;
use crate::asn1::{self, NotDer, Of, Reader};
use crate::error::{Result, Structure};

/// `ContentHints ::= SEQUENCE { contentDescription UTF8String OPTIONAL, contentType ContentType }`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContentHints {
    /// What the signer says is inside.
    pub description: Option<String>,
    /// The type of the innermost content.
    #[serde(serialize_with = "identifier")]
    pub content_type: ObjectIdentifier,
}

/// `ContentReference ::= SEQUENCE { contentType, signedContentIdentifier, originatorSignatureValue OCTET STRING }`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContentReference {
    /// The type of what is referred to.
    #[serde(serialize_with = "identifier")]
    pub content_type: ObjectIdentifier,
    /// Its contentIdentifier.
    #[serde(serialize_with = "hexadecimal")]
    pub content_identifier: Vec<u8>,
    /// Its signature value.
    #[serde(serialize_with = "hexadecimal")]
    pub signature: Vec<u8>,
}

impl ContentHints {
    pub(super) fn read(der: &[u8]) -> Result<Self> {
        let read = || -> core::result::Result<Self, NotDer> {
            let mut fields = Reader::only(der, asn1::SEQUENCE)?;
            let description = match fields.optional(asn1::UTF8_STRING)? {
                Some(text) => Some(core::str::from_utf8(text.value).map_err(|_| NotDer)?.to_owned()),
                None => None,
            };
            let content_type = fields.expect(asn1::OID)?.oid()?;
            fields.finish()?;
            Ok(Self { description, content_type })
        };
        read().of(Structure::Cms)
    }
}

impl ContentReference {
    pub(super) fn read(der: &[u8]) -> Result<Self> {
        let read = || -> core::result::Result<Self, NotDer> {
            let mut fields = Reader::only(der, asn1::SEQUENCE)?;
            let content_type = fields.expect(asn1::OID)?.oid()?;
            let content_identifier = fields.expect(asn1::OCTET_STRING)?.value.to_vec();
            let signature = fields.expect(asn1::OCTET_STRING)?.value.to_vec();
            fields.finish()?;
            Ok(Self { content_type, content_identifier, signature })
        };
        read().of(Structure::Cms)
    }
}

fn identifier<S: Serializer>(oid: &ObjectIdentifier, serializer: S) -> core::result::Result<S::Ok, S::Error> {
    serializer.collect_str(oid)
}
