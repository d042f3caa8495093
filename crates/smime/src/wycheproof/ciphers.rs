//! Content ciphers: AES-GCM and AES-CBC.
//!
//! `aes_ccm` (552 tests) and `chacha20_poly1305` (325) are ready to run: once `ContentAlgorithm`
//! reads their identifiers, each is one line in [`AEAD`], and [`Family`] says how it is named.

use super::{Case, File, Outcome, json, nothing_acceptable, run_file};
use crate::asn1;
use crate::cms::content_cipher::ContentAlgorithm;
use crate::cms::oids;

pub(super) fn files() -> Vec<File> {
    AEAD.iter().map(|(file, _, _)| *file).chain(CBC.iter().copied()).collect()
}

/// File, tests out of our profile, and how its AlgorithmIdentifier is written. Out of profile is an
/// AES-GCM nonce of other than 12 octets (RFC 5084 §3.2), refused when the identifier is read.
const AEAD: &[(File, usize, Family)] = &[(("aes_gcm", 316), 119, gcm)];

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
    let parameters = asn1::sequence(&[&asn1::octet_string(nonce), &asn1::small_integer(tag)]);
    asn1::sequence(&[&asn1::oid(oid), &parameters])
}

#[test]
fn authenticated_ciphers() {
    for (file, out, family) in AEAD {
        run_file(*file, json!(aead, file.0), *out, nothing_acceptable, |case| opens_and_seals(case, *family));
    }
}

fn opens_and_seals(case: &Case<'_>, family: Family) -> Outcome {
    let tag_bytes = u32::try_from(case.group_number("tagSize") / 8).unwrap();
    let identifier = family(case.group_number("keySize"), &case.bytes("iv"), tag_bytes);
    let Ok(algorithm) = ContentAlgorithm::from_der(&identifier) else { return Outcome::OutOfProfile };
    let (key, associated, message) = (case.bytes("key"), case.bytes("aad"), case.bytes("msg"));
    let mut buffer = case.bytes("ct");
    if algorithm.open_aead(&key, &associated, &case.bytes("tag"), &mut buffer).is_err() {
        assert_eq!(buffer, case.bytes("ct"), "nothing is released before the tag was right");
        return Outcome::Wrong;
    }
    let mut sealed = message.clone();
    let tag = algorithm.seal_aead(&key, &associated, &mut sealed).unwrap();
    (buffer == message && sealed == case.bytes("ct") && tag == case.bytes("tag")).into()
}

#[test]
fn cbc() {
    for file in CBC {
        run_file(*file, json!(cipher, file.0), 0, nothing_acceptable, |case| {
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
