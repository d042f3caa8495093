//! Derived keys: HKDF, HMAC, PBKDF2 and PBES2.

use hmac::{Hmac, KeyInit, Mac};

use super::{Case, File, digest, json, nothing_acceptable, run_file};
use crate::asn1;
use crate::error::{Error, Limit};
use crate::key::{DigestAlgorithm, with_digest};
use crate::mac::MacAlgorithm;
use crate::oids;
use crate::pbe::{self, Kdf, Password};

pub(super) const FILES: &[&[File]] = &[HKDF, HMAC, PBKDF2, PBES2];

const HKDF: &[File] = &[("hkdf_sha256", 86), ("hkdf_sha384", 83), ("hkdf_sha512", 83)];

const HMAC: &[File] = &[
    ("hmac_sha1", 170),
    ("hmac_sha224", 172),
    ("hmac_sha256", 174),
    ("hmac_sha384", 174),
    ("hmac_sha512", 174),
];

const PBKDF2: &[File] = &[
    ("pbkdf2_hmacsha1", 64),
    ("pbkdf2_hmacsha224", 58),
    ("pbkdf2_hmacsha256", 60),
    ("pbkdf2_hmacsha384", 58),
    ("pbkdf2_hmacsha512", 58),
];

const PBES2: &[File] = &[
    ("pbes2_hmacsha1_aes_128", 84),
    ("pbes2_hmacsha1_aes_192", 84),
    ("pbes2_hmacsha1_aes_256", 84),
    ("pbes2_hmacsha224_aes_128", 84),
    ("pbes2_hmacsha224_aes_192", 84),
    ("pbes2_hmacsha224_aes_256", 84),
    ("pbes2_hmacsha256_aes_128", 84),
    ("pbes2_hmacsha256_aes_192", 84),
    ("pbes2_hmacsha256_aes_256", 84),
    ("pbes2_hmacsha384_aes_128", 84),
    ("pbes2_hmacsha384_aes_192", 84),
    ("pbes2_hmacsha384_aes_256", 84),
    ("pbes2_hmacsha512_aes_128", 84),
    ("pbes2_hmacsha512_aes_192", 84),
    ("pbes2_hmacsha512_aes_256", 84),
];

/// The hash in a file's name, after `prefix`.
fn hash_in(name: &str, prefix: &str) -> DigestAlgorithm {
    let rest = name.strip_prefix(prefix).unwrap();
    let number = rest.split('_').next().unwrap();
    digest(&format!("SHA-{number}"))
}

#[test]
fn hkdf() {
    for file in HKDF {
        let hash = hash_in(file.0, "hkdf_sha");
        run_file(*file, json!(hkdf, file.0), nothing_acceptable, |case| {
            let (ikm, salt, info) = (case.bytes("ikm"), case.bytes("salt"), case.bytes("info"));
            let okm = crate::cms::hkdf::derive(hash, &salt, &ikm, &info, case.number("size"));
            okm.is_some_and(|okm| *okm == case.bytes("okm")).into()
        });
    }
}

#[test]
fn hmac() {
    for file in HMAC {
        let hash = hash_in(file.0, "hmac_sha");
        run_file(*file, json!(mac, file.0), nothing_acceptable, |case| {
            let tag_bytes = case.group_number("tagSize") / 8;
            let tag = with_digest!(hash, D => {
                let mut mac = Hmac::<D>::new_from_slice(&case.bytes("key")).unwrap();
                mac.update(&case.bytes("msg"));
                mac.finalize().into_bytes().to_vec()
            });
            (tag[..tag_bytes] == case.bytes("tag")).into()
        });
    }
}

/// PBKDF2-params (RFC 8018 appendix A.2) as a test describes them.
fn parameters(case: &Case<'_>, hash: DigestAlgorithm) -> Vec<u8> {
    let prf = match hash {
        DigestAlgorithm::Sha1 => oids::HMAC_SHA1,
        DigestAlgorithm::Sha224 => crate::mac::HMAC_SHA224,
        DigestAlgorithm::Sha256 => oids::HMAC_SHA256,
        DigestAlgorithm::Sha384 => oids::HMAC_SHA384,
        _ => oids::HMAC_SHA512,
    };
    let iterations = u32::try_from(case.number("iterationCount")).unwrap();
    let fields = asn1::sequence(&[
        &asn1::octet_string(&case.bytes("salt")),
        &asn1::small_integer(iterations),
        &asn1::sequence(&[&asn1::oid(prf), &asn1::null()]),
    ]);
    asn1::sequence(&[&asn1::oid(oids::PBKDF2), &fields])
}

#[test]
fn pbkdf2() {
    for file in PBKDF2 {
        let hash = hash_in(file.0, "pbkdf2_hmacsha");
        run_file(*file, json!(pbkdf2, file.0), nothing_acceptable, |case| {
            let (password, length) = (case.bytes("password"), case.number("dkLen"));
            let derived = match Kdf::read(&parameters(case, hash)) {
                Ok(kdf) => kdf.derive(&password, length),
                // RFC 6070's 16 777 216 rounds are above what a container may cost us; the arithmetic is right.
                Err(error) => {
                    assert_eq!(error, Error::LimitExceeded { limit: Limit::KdfIterations });
                    let rounds = u32::try_from(case.number("iterationCount")).unwrap();
                    assert!(rounds > pbe::MAX_ITERATIONS);
                    mac(hash).pbkdf2(&password, &case.bytes("salt"), rounds, length)
                }
            };
            (*derived == case.bytes("dk")).into()
        });
    }
}

fn mac(hash: DigestAlgorithm) -> MacAlgorithm {
    match hash {
        DigestAlgorithm::Sha1 => MacAlgorithm::Sha1,
        DigestAlgorithm::Sha224 => MacAlgorithm::Sha224,
        DigestAlgorithm::Sha256 => MacAlgorithm::Sha256,
        DigestAlgorithm::Sha384 => MacAlgorithm::Sha384,
        _ => MacAlgorithm::Sha512,
    }
}

#[test]
fn pbes2() {
    for file in PBES2 {
        let hash = hash_in(file.0, "pbes2_hmacsha");
        let cipher = match file.0.rsplit('_').next().unwrap() {
            "128" => oids::AES128_CBC,
            "192" => oids::AES192_CBC,
            _ => oids::AES256_CBC,
        };
        run_file(*file, json!(pbes2, file.0), nothing_acceptable, |case| {
            let scheme = asn1::sequence(&[&asn1::oid(cipher), &asn1::octet_string(&case.bytes("iv"))]);
            let parameters = asn1::sequence(&[&parameters(case, hash), &scheme]);
            let algorithm = asn1::sequence(&[&asn1::oid(oids::PBES2), &parameters]);
            let password = Password::from_octets(&case.bytes("password"));
            let opened = pbe::decrypt(&algorithm, &password, &case.bytes("ct"));
            opened.is_ok_and(|opened| *opened == case.bytes("msg")).into()
        });
    }
}
