//! The outermost layers of a CMS message (RFC 5652 §3, §6.1; RFC 5083 §2.1): enough to tell ciphertext from clear,
//! and no more. DER or BER.

use cms::content_info::CmsVersion;
use der::{
    AnyRef, Decode as _, EncodingRules, Reader as _, SliceReader, Tag, TagNumber, Tagged as _,
    asn1::{ContextSpecific, ObjectIdentifier},
};

/// id-envelopedData (RFC 5652 §6.1).
const ENVELOPED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.3");
/// id-ct-authEnvelopedData (RFC 5083 §2.1).
const AUTH_ENVELOPED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.23");

/// What a message is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotSealed {
    /// CMS of another kind: signed only, compressed, …
    OtherContent,
    /// No CMS at all, or one without recipients or without ciphertext.
    NotCms,
}

impl From<der::Error> for NotSealed {
    fn from(_: der::Error) -> Self {
        Self::NotCms
    }
}

/// Whether `message` is EnvelopedData or AuthEnvelopedData with recipients and ciphertext inside.
pub(crate) fn check(message: &[u8]) -> Result<(), NotSealed> {
    let mut reader = SliceReader::new_with_encoding_rules(message, EncodingRules::Ber)?;
    let (content_type, content) = reader.sequence(|reader| -> Result<_, NotSealed> {
        let content_type = ObjectIdentifier::decode(reader)?;
        let content = ContextSpecific::<AnyRef<'_>>::decode_explicit(reader, TagNumber(0))?;
        Ok((content_type, content.ok_or(NotSealed::NotCms)?.value))
    })?;
    if content_type != ENVELOPED_DATA && content_type != AUTH_ENVELOPED_DATA {
        return Err(NotSealed::OtherContent);
    }
    if !reader.is_finished() || content.tag() != Tag::Sequence {
        return Err(NotSealed::NotCms);
    }
    enveloped(content.value())
}

/// version, originatorInfo [0] OPTIONAL, recipientInfos, encryptedContentInfo, …
fn enveloped(content: &[u8]) -> Result<(), NotSealed> {
    let mut reader = SliceReader::new_with_encoding_rules(content, EncodingRules::Ber)?;
    CmsVersion::decode(&mut reader)?;
    let mut next = AnyRef::decode(&mut reader)?;
    if is_context_0(next) {
        next = AnyRef::decode(&mut reader)?;
    }
    let recipients = next;
    if recipients.tag() != Tag::Set || recipients.value().is_empty() {
        return Err(NotSealed::NotCms);
    }
    let sealed = AnyRef::decode(&mut reader)?;
    if sealed.tag() != Tag::Sequence {
        return Err(NotSealed::NotCms);
    }
    let mut reader = SliceReader::new_with_encoding_rules(sealed.value(), EncodingRules::Ber)?;
    let _content_type: ObjectIdentifier = ObjectIdentifier::decode(&mut reader)?;
    let algorithm = AnyRef::decode(&mut reader)?;
    let ciphertext = AnyRef::decode(&mut reader)?;
    let present =
        algorithm.tag() == Tag::Sequence && is_context_0(ciphertext) && !ciphertext.value().is_empty();
    if present { Ok(()) } else { Err(NotSealed::NotCms) }
}

fn is_context_0(any: AnyRef<'_>) -> bool {
    matches!(any.tag(), Tag::ContextSpecific { number: TagNumber(0), .. })
}

#[cfg(test)]
mod tests {
    use der::Encode as _;

    use super::*;

    /// A TLV with a definite length below 128.
    fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let value = parts.concat();
        [&[tag, u8::try_from(value.len()).unwrap()], &value[..]].concat()
    }

    /// The same with an indefinite length (BER).
    fn indefinite(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        [&[tag, 0x80], &parts.concat()[..], &[0, 0]].concat()
    }

    type Wrap = fn(u8, &[&[u8]]) -> Vec<u8>;

    fn message(wrap: Wrap, kind: &ObjectIdentifier, recipients: &[u8], ciphertext: &[u8]) -> Vec<u8> {
        let data = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1").to_der().unwrap();
        let algorithm =
            tlv(0x30, &[&ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.46").to_der().unwrap()]);
        let sealed = wrap(0x30, &[&data, &algorithm, ciphertext]);
        let content = wrap(0x30, &[&[2, 1, 0], recipients, &sealed, &tlv(4, &[&[7; 16]])]);
        wrap(0x30, &[&kind.to_der().unwrap(), &wrap(0xa0, &[&content])])
    }

    #[test]
    fn sealed_letters_pass_in_der_and_ber() {
        let recipients = tlv(0x31, &[&tlv(0x30, &[])]);
        for kind in [ENVELOPED_DATA, AUTH_ENVELOPED_DATA] {
            assert_eq!(check(&message(tlv, &kind, &recipients, &tlv(0x80, &[&[1, 2, 3]]))), Ok(()));
            let chunks = indefinite(0xa0, &[&tlv(4, &[&[1, 2, 3]])]);
            assert_eq!(check(&message(indefinite, &kind, &recipients, &chunks)), Ok(()));
        }
    }

    #[test]
    fn what_is_not_sealed_is_told_apart() {
        let recipients = tlv(0x31, &[&tlv(0x30, &[])]);
        let ciphertext = tlv(0x80, &[&[1, 2, 3]]);
        let signed = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
        assert_eq!(check(&message(tlv, &signed, &recipients, &ciphertext)), Err(NotSealed::OtherContent));
        let nobody = tlv(0x31, &[]);
        assert_eq!(check(&message(tlv, &ENVELOPED_DATA, &nobody, &ciphertext)), Err(NotSealed::NotCms));
        let nothing = tlv(0x80, &[]);
        assert_eq!(check(&message(tlv, &ENVELOPED_DATA, &recipients, &nothing)), Err(NotSealed::NotCms));
        let sound = message(tlv, &ENVELOPED_DATA, &recipients, &ciphertext);
        for length in 0..sound.len() {
            assert!(check(&sound[..length]).is_err(), "cut at {length}");
        }
        assert_eq!(check(&[&sound[..], b"more"].concat()), Err(NotSealed::NotCms));
        assert!(check(b"Bonjour").is_err());
    }
}
