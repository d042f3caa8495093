//! Content ciphers: AES-GCM, AES-CCM, ChaCha20-Poly1305 and AES-CBC.

use super::{Case, File, Outcome, json, nothing_acceptable, run_file};
use crate::asn1;
use crate::cms::content_cipher::ContentAlgorithm;
use crate::cms::oids;

pub(super) fn files() -> Vec<File> {
    AEAD.iter().map(|(file, _)| *file).chain(CBC.iter().copied()).collect()
}

/// File, and how its AlgorithmIdentifier is written.
const AEAD: &[(File, Family)] =
    &[(("aes_gcm", 316), gcm), (("aes_ccm", 552), ccm), (("chacha20_poly1305", 325), chacha20_poly1305)];

const CBC: &[File] = &[("aes_cbc_pkcs5", 216)];

/// Key length in bits, nonce and tag length in octets to AlgorithmIdentifier.
type Family = fn(usize, &[u8], u32) -> Vec<u8>;

/// GCMParameters (RFC 5084 §3.2).
fn gcm(key_bits: usize, nonce: &[u8], tag: u32) -> Vec<u8> {
    let oid = match key_bits {
        128 => oids::AES128_GCM,
        192 => oids::AES192_GCM,
        _ => oids::AES256_GCM,
    };
    with_tag_length(oid, nonce, tag)
}

/// CCMParameters (RFC 5084 §3.1).
fn ccm(key_bits: usize, nonce: &[u8], tag: u32) -> Vec<u8> {
    let oid = match key_bits {
        128 => oids::AES128_CCM,
        192 => oids::AES192_CCM,
        _ => oids::AES256_CCM,
    };
    with_tag_length(oid, nonce, tag)
}

fn with_tag_length(oid: const_oid::ObjectIdentifier, nonce: &[u8], tag: u32) -> Vec<u8> {
    let parameters = asn1::sequence(&[&asn1::octet_string(nonce), &asn1::small_integer(tag)]);
    asn1::sequence(&[&asn1::oid(oid), &parameters])
}

/// AEADChaCha20Poly1305Nonce (RFC 8103 §2).
fn chacha20_poly1305(_: usize, nonce: &[u8], _: u32) -> Vec<u8> {
    asn1::sequence(&[&asn1::oid(oids::CHACHA20_POLY1305), &asn1::octet_string(nonce)])
}

#[test]
fn authenticated_ciphers() {
    for (file, family) in AEAD {
        run_file(*file, json!(aead, file.0), nothing_acceptable, |case| opens_and_seals(case, *family));
    }
}

fn opens_and_seals(case: &Case<'_>, family: Family) -> Outcome {
    let tag_bytes = u32::try_from(case.group_number("tagSize") / 8).unwrap();
    let identifier = family(case.group_number("keySize"), &case.bytes("iv"), tag_bytes);
    let Ok(algorithm) = ContentAlgorithm::from_der(&identifier) else { return Outcome::Wrong };
    let (key, associated, message) = (case.bytes("key"), case.bytes("aad"), case.bytes("msg"));
    let mut buffer = case.bytes("ct");
    if algorithm.open_aead(&key, &associated, &case.bytes("tag"), &mut buffer).is_err() {
        let wiped = buffer.iter().all(|octet| *octet == 0);
        assert!(wiped || buffer == case.bytes("ct"), "nothing is released before the tag was right");
        return Outcome::Wrong;
    }
    if algorithm.cipher.name().ends_with("ccm") {
        // Read only.
        return (buffer == message).into();
    }
    let mut sealed = message.clone();
    let tag = algorithm.seal_aead(&key, &associated, &mut sealed).unwrap();
    (buffer == message && sealed == case.bytes("ct") && tag == case.bytes("tag")).into()
}

#[test]
fn cbc() {
    for file in CBC {
        run_file(*file, json!(cipher, file.0), nothing_acceptable, |case| {
            let oid = match case.group_number("keySize") {
                128 => oids::AES128_CBC,
                192 => oids::AES192_CBC,
                _ => oids::AES256_CBC,
            };
            let identifier = asn1::sequence(&[&asn1::oid(oid), &asn1::octet_string(&case.bytes("iv"))]);
            let algorithm = ContentAlgorithm::from_der(&identifier).unwrap();
            let (key, message) = (case.bytes("key"), case.bytes("msg"));
            let opened = algorithm.decrypt_cbc(&key, case.bytes("ct"));
            if case.is_valid() {
                assert_eq!(algorithm.encrypt_cbc(&key, message.clone()).unwrap(), case.bytes("ct"));
            }
            opened.is_ok_and(|opened| opened == message).into()
        });
    }
}
