//! ContentInfo, the outermost structure (RFC 5652 §3).

use const_oid::ObjectIdentifier;

use super::ber::{BerError, Tlv, tag};
use super::emit::{Layer, nest};
use super::oids;
use crate::asn1;
use crate::error::{Error, Result, Structure};

/// `ContentInfo ::= SEQUENCE { contentType OBJECT IDENTIFIER, content [0] EXPLICIT ANY }`
#[derive(Debug, Clone, Copy)]
pub struct ContentInfo<'a> {
    /// What `content` is.
    pub content_type: ContentType,
    /// The structure itself, in BER.
    pub content: Tlv<'a>,
}

/// The content types this crate tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContentType {
    /// `id-data`: bytes, in S/MIME a MIME entity.
    Data,
    /// `id-signedData`.
    SignedData,
    /// `id-envelopedData`.
    EnvelopedData,
    /// `id-ct-authEnvelopedData` (RFC 5083).
    AuthEnvelopedData,
    /// `id-ct-compressedData` (RFC 3274).
    CompressedData,
    /// `id-digestedData`.
    DigestedData,
    /// `id-encryptedData`.
    EncryptedData,
    /// `id-ct-authData`.
    AuthenticatedData,
    /// Anything else.
    Other(ObjectIdentifier),
}

impl ContentType {
    pub(crate) fn from_oid(oid: ObjectIdentifier) -> Self {
        match oid {
            oids::DATA => Self::Data,
            oids::SIGNED_DATA => Self::SignedData,
            oids::ENVELOPED_DATA => Self::EnvelopedData,
            oids::AUTH_ENVELOPED_DATA => Self::AuthEnvelopedData,
            oids::COMPRESSED_DATA => Self::CompressedData,
            oids::DIGESTED_DATA => Self::DigestedData,
            oids::ENCRYPTED_DATA => Self::EncryptedData,
            oids::AUTHENTICATED_DATA => Self::AuthenticatedData,
            other => Self::Other(other),
        }
    }

    /// The object identifier.
    #[must_use]
    pub fn oid(self) -> ObjectIdentifier {
        match self {
            Self::Data => oids::DATA,
            Self::SignedData => oids::SIGNED_DATA,
            Self::EnvelopedData => oids::ENVELOPED_DATA,
            Self::AuthEnvelopedData => oids::AUTH_ENVELOPED_DATA,
            Self::CompressedData => oids::COMPRESSED_DATA,
            Self::DigestedData => oids::DIGESTED_DATA,
            Self::EncryptedData => oids::ENCRYPTED_DATA,
            Self::AuthenticatedData => oids::AUTHENTICATED_DATA,
            Self::Other(oid) => oid,
        }
    }
}

impl<'a> ContentInfo<'a> {
    /// Reads BER. White space and zero octets after the structure are padding and allowed; anything
    /// else is not.
    ///
    /// # Errors
    /// `Malformed` when the bytes are no ContentInfo, `LimitExceeded` when they nest too deep.
    pub fn read(input: &'a [u8]) -> Result<Self> {
        let (outer, rest) = Tlv::parse_first(input)?;
        if outer.tag != tag::SEQUENCE || !rest.iter().all(|octet| is_padding(*octet)) {
            return Err(Error::Malformed { what: Structure::Cms });
        }
        let mut fields = outer.children()?;
        let content_type = ContentType::from_oid(oids::read(fields.expect(tag::OID)?)?);
        let content = explicit(fields.expect(tag::context(0))?)?;
        fields.finish()?;
        Ok(Self { content_type, content })
    }
}

/// The one element inside an explicit tag.
pub(crate) fn explicit(wrapper: Tlv<'_>) -> core::result::Result<Tlv<'_>, BerError> {
    let mut inner = wrapper.children()?;
    let element = inner.any()?;
    inner.finish()?;
    Ok(element)
}

/// Octets that may follow a structure: what a padded letter or a careless transfer leaves behind.
pub(crate) fn is_padding(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t' | b'\r' | b'\n' | 0)
}

/// Encodes a ContentInfo around a SEQUENCE given by what stands before and after its big part.
pub(crate) fn write(content_type: ContentType, inner: &[Layer<'_>], body: &[u8]) -> Vec<u8> {
    nest(&with_type(&asn1::oid(content_type.oid()), inner), body)
}

/// What [`write`] puts before and after a big part of that length, the first with room for `room` octets more.
pub(crate) fn around(
    content_type: ContentType,
    inner: &[Layer<'_>],
    body: usize,
    room: usize,
) -> (Vec<u8>, Vec<u8>) {
    super::emit::around(&with_type(&asn1::oid(content_type.oid()), inner), body, room)
}

fn with_type<'a>(oid: &'a [u8], inner: &[Layer<'a>]) -> Vec<Layer<'a>> {
    let mut layers = vec![
        Layer { identifier: asn1::SEQUENCE, before: oid, after: &[] },
        Layer { identifier: asn1::context(0), before: &[], after: &[] },
    ];
    layers.extend(inner.iter().copied());
    layers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_may_follow_and_nothing_else() {
        let mut der = write(
            ContentType::Data,
            &[Layer { identifier: asn1::OCTET_STRING, before: &[], after: &[] }],
            b"abc",
        );
        assert_eq!(ContentInfo::read(&der).unwrap().content_type, ContentType::Data);
        der.extend_from_slice(b" \r\n\0");
        assert_eq!(ContentInfo::read(&der).unwrap().content.contents, b"abc");
        der.push(b'x');
        assert_eq!(ContentInfo::read(&der).unwrap_err(), Error::Malformed { what: Structure::Cms });
    }
}
