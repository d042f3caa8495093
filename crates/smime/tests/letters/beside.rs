//! Taking signatures apart, and putting beside them what nobody signed.

use sceau_smime::cms::ber::{Tlv, encoded_length};
use sceau_smime::cms::content_info::ContentInfo;
use sceau_smime::cms::signed_data::SignedData;

pub(crate) fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    [&[tag][..], &encoded_length(body.len()), &body].concat()
}

/// `Attribute ::= SEQUENCE { attrType, attrValues SET OF }` with one value; `oid` in DER.
pub(crate) fn attribute(oid: &[u8], value: &[u8]) -> Vec<u8> {
    der(0x30, &[oid, &der(0x31, &[value])])
}

/// The signature value of the first signer.
pub(crate) fn signature_value(signed: &[u8]) -> Vec<u8> {
    let info = ContentInfo::read(signed).unwrap();
    SignedData::read(info.content).unwrap().signers[0].signature.to_vec()
}

pub(crate) fn children(element: &[u8]) -> Vec<Vec<u8>> {
    let mut elements = Tlv::parse(element).unwrap().children().unwrap();
    std::iter::from_fn(|| elements.next_element().unwrap()).map(|one| one.raw.to_vec()).collect()
}

/// The fields of a SignedData in DER: version, digests, content, certificates, signers.
pub(crate) fn fields(signed: &[u8]) -> Vec<Vec<u8>> {
    let outer = children(signed);
    children(&children(&outer[1])[0])
}

/// A ContentInfo of type id-signedData from the fields of its content.
pub(crate) fn signed_data(fields: &[Vec<u8>]) -> Vec<u8> {
    let parts: Vec<&[u8]> = fields.iter().map(Vec::as_slice).collect();
    let oid = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
    der(0x30, &[&oid, &der(0xa0, &[&der(0x30, &parts)])])
}

/// The same signature with attributes beside it that nobody signed.
pub(crate) fn with_unsigned(signed: &[u8], attributes: &[Vec<u8>]) -> Vec<u8> {
    let mut fields = fields(signed);
    let signers = fields.pop().unwrap();
    let mut signer = children(&children(&signers)[0]);
    let parts: Vec<&[u8]> = attributes.iter().map(Vec::as_slice).collect();
    signer.push(der(0xa1, &parts));
    let signer: Vec<&[u8]> = signer.iter().map(Vec::as_slice).collect();
    fields.push(der(0x31, &[&der(0x30, &signer)]));
    signed_data(&fields)
}

/// The same signature with lists, or what else tells of revocation, in its `crls`.
pub(crate) fn with_lists(signed: &[u8], lists: &[&[u8]]) -> Vec<u8> {
    let mut fields = fields(signed);
    let place = fields.len() - 1;
    fields.insert(place, der(0xa1, lists));
    signed_data(&fields)
}
