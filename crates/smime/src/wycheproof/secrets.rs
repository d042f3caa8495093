//! Shared and transported secrets: ECDH, X25519, ML-KEM, RSA-OAEP, RSA PKCS#1 v1.5, AES key wrap.

use super::{Case, File, Outcome, json, nothing_acceptable, run_file};
use crate::asn1;
use crate::cms::key_wrap::KeyWrap;
use crate::key::{KeyKind, MlKemSet, OaepParameters, PrivateKey, PublicKey};
use crate::oids;

pub(super) const FILES: &[&[File]] = &[
    ECDH,
    ECDH_POINT,
    X25519,
    ML_KEM,
    ML_KEM_ENCAPS,
    ML_KEM_KEYGEN,
    ML_KEM_EXPANDED,
    RSA_OAEP,
    RSA_PKCS1,
    KEY_WRAP,
];

const ECDH: &[File] = &[("ecdh_secp256r1", 612), ("ecdh_secp384r1", 1_047), ("ecdh_secp521r1", 916)];

const ECDH_POINT: &[File] =
    &[("ecdh_secp256r1_ecpoint", 355), ("ecdh_secp384r1_ecpoint", 790), ("ecdh_secp521r1_ecpoint", 661)];

const X25519: &[File] = &[("x25519", 518)];

const ML_KEM: &[File] = &[("mlkem_512", 200), ("mlkem_768", 201), ("mlkem_1024", 202)];

const ML_KEM_ENCAPS: &[File] =
    &[("mlkem_512_encaps", 261), ("mlkem_768_encaps", 265), ("mlkem_1024_encaps", 269)];

const ML_KEM_KEYGEN: &[File] =
    &[("mlkem_512_keygen_seed", 100), ("mlkem_768_keygen_seed", 100), ("mlkem_1024_keygen_seed", 100)];

const ML_KEM_EXPANDED: &[File] = &[
    ("mlkem_512_semi_expanded_decaps", 9),
    ("mlkem_768_semi_expanded_decaps", 9),
    ("mlkem_1024_semi_expanded_decaps", 9),
];

const RSA_OAEP: &[File] = &[
    ("rsa_oaep_2048_sha1_mgf1sha1", 36),
    ("rsa_oaep_2048_sha224_mgf1sha1", 31),
    ("rsa_oaep_2048_sha224_mgf1sha224", 35),
    ("rsa_oaep_2048_sha256_mgf1sha1", 31),
    ("rsa_oaep_2048_sha256_mgf1sha256", 37),
    ("rsa_oaep_2048_sha384_mgf1sha1", 31),
    ("rsa_oaep_2048_sha384_mgf1sha384", 34),
    ("rsa_oaep_2048_sha512_mgf1sha1", 31),
    ("rsa_oaep_2048_sha512_mgf1sha512", 33),
    ("rsa_oaep_3072_sha256_mgf1sha1", 32),
    ("rsa_oaep_3072_sha256_mgf1sha256", 37),
    ("rsa_oaep_3072_sha512_mgf1sha1", 31),
    ("rsa_oaep_3072_sha512_mgf1sha512", 33),
    ("rsa_oaep_4096_sha256_mgf1sha1", 32),
    ("rsa_oaep_4096_sha256_mgf1sha256", 37),
    ("rsa_oaep_4096_sha512_mgf1sha1", 31),
    ("rsa_oaep_4096_sha512_mgf1sha512", 36),
    ("rsa_oaep_misc", 395),
];

const RSA_PKCS1: &[File] = &[("rsa_pkcs1_2048", 67), ("rsa_pkcs1_3072", 67), ("rsa_pkcs1_4096", 67)];

const KEY_WRAP: &[File] = &[("aes_wrap", 165)];

fn rng() -> impl rand_core::CryptoRng {
    rand_core::UnwrapErr(getrandom::SysRng)
}

fn curve_private_key(file: &str, scalar: &[u8]) -> PrivateKey {
    let curve = match &file[..14] {
        "ecdh_secp256r1" => oids::P256,
        "ecdh_secp384r1" => oids::P384,
        _ => oids::P521,
    };
    let named = asn1::nest(asn1::context(0), &[&asn1::oid(curve)]);
    let sec1 = asn1::sequence(&[&asn1::small_integer(1), &asn1::octet_string(scalar), &named]);
    PrivateKey::read(&sec1, None).unwrap()
}

fn agrees(case: &Case<'_>, ours: &PrivateKey, theirs: crate::error::Result<PublicKey>) -> Outcome {
    let shared = theirs.and_then(|theirs| ours.agree(&theirs));
    shared.is_ok_and(|shared| *shared == case.bytes("shared")).into()
}

/// Compressed points are read; unnamed curves (RFC 5480 §2.1.1) and sloppy encodings are not.
fn compressed(case: &Case<'_>) -> bool {
    case.has("CompressedPoint")
}

#[test]
fn ecdh() {
    for file in ECDH {
        run_file(*file, json!(ecdh, file.0), compressed, |case| {
            let ours = curve_private_key(file.0, &case.bytes("private"));
            agrees(case, &ours, PublicKey::from_spki_der(&case.bytes("public")))
        });
    }
}

#[test]
fn ecdh_with_points() {
    for file in ECDH_POINT {
        run_file(*file, json!(ecdh, file.0), compressed, |case| {
            let ours = curve_private_key(file.0, &case.bytes("private"));
            agrees(case, &ours, PublicKey::from_point(ours.kind(), &case.bytes("public")))
        });
    }
}

/// Twist and non-canonical points are computed with, as RFC 7748 §5 says; a secret of zeros is refused.
#[test]
fn x25519() {
    for file in X25519 {
        run_file(
            *file,
            json!(xdh, file.0),
            |case| !case.has("ZeroSharedSecret"),
            |case| {
                let inner = asn1::octet_string(&case.bytes("private"));
                let ours = private_key(oids::X25519, &inner).unwrap();
                agrees(case, &ours, PublicKey::from_point(KeyKind::X25519, &case.bytes("public")))
            },
        );
    }
}

fn private_key(oid: const_oid::ObjectIdentifier, inner: &[u8]) -> crate::error::Result<PrivateKey> {
    let algorithm = asn1::sequence(&[&asn1::oid(oid)]);
    let pkcs8 = asn1::sequence(&[&asn1::small_integer(0), &algorithm, &asn1::octet_string(inner)]);
    PrivateKey::from_pkcs8_der(&pkcs8)
}

fn ml_kem_set(case: &Case<'_>) -> MlKemSet {
    match case.group["parameterSet"].as_str().unwrap() {
        "ML-KEM-512" => MlKemSet::MlKem512,
        "ML-KEM-768" => MlKemSet::MlKem768,
        _ => MlKemSet::MlKem1024,
    }
}

fn ml_kem_seed(case: &Case<'_>) -> crate::error::Result<PrivateKey> {
    let seed = asn1::tlv(asn1::context_primitive(0), &case.bytes("seed"));
    private_key(ml_kem_set(case).oid(), &seed)
}

fn decapsulates(case: &Case<'_>, key: &PrivateKey) -> Outcome {
    key.decapsulate(&case.bytes("c")).is_ok_and(|secret| *secret == case.bytes("K")).into()
}

#[test]
fn ml_kem() {
    for file in ML_KEM {
        run_file(*file, json!(mlkem, file.0), nothing_acceptable, |case| {
            let Ok(key) = ml_kem_seed(case) else { return Outcome::Wrong };
            if case.is_valid() {
                assert_eq!(key.public_key().key_bits(), case.bytes("ek"));
            }
            decapsulates(case, &key)
        });
    }
}

#[test]
fn ml_kem_encapsulation() {
    for file in ML_KEM_ENCAPS {
        run_file(*file, json!(mlkem, file.0), nothing_acceptable, |case| {
            let algorithm = asn1::sequence(&[&asn1::oid(ml_kem_set(case).oid())]);
            let spki = asn1::sequence(&[&algorithm, &asn1::bit_string(&case.bytes("ek"))]);
            let Ok(key) = PublicKey::from_spki_der(&spki) else { return Outcome::Wrong };
            let Ok(message) = case.bytes("m").try_into() else { return Outcome::Wrong };
            (key.ml_kem_encapsulate_with(message) == (case.bytes("c"), case.bytes("K"))).into()
        });
    }
}

#[test]
fn ml_kem_keys() {
    for file in ML_KEM_KEYGEN {
        run_file(*file, json!(mlkem, file.0), nothing_acceptable, |case| {
            let key = ml_kem_seed(case).unwrap();
            let same_public = key.public_key().key_bits() == case.bytes("ek");
            (same_public && key.ml_kem_expanded() == case.bytes("dk")).into()
        });
    }
}

#[test]
fn ml_kem_expanded_keys() {
    for file in ML_KEM_EXPANDED {
        run_file(*file, json!(mlkem, file.0), nothing_acceptable, |case| {
            match private_key(ml_kem_set(case).oid(), &asn1::octet_string(&case.bytes("dk"))) {
                Ok(key) => decapsulates(case, &key),
                Err(_) => Outcome::Wrong,
            }
        });
    }
}

#[test]
fn rsa_oaep() {
    for file in RSA_OAEP {
        run_file(
            *file,
            json!(rsa_oaep, file.0),
            |_| true,
            |case| {
                let key = PrivateKey::from_pkcs8_der(&case.group_bytes("privateKeyPkcs8")).unwrap();
                let parameters = OaepParameters {
                    digest: case.digest("sha"),
                    mgf_digest: case.digest("mgfSha"),
                    label: case.bytes("label"),
                };
                let opened = key.decrypt_oaep(&parameters, &case.bytes("ct"), &mut rng());
                let theirs = key.decrypt_oaep_by_the_crate(&parameters, &case.bytes("ct"));
                assert_eq!(theirs, opened, "{}", case.test["tcId"]);
                opened.is_ok_and(|opened| *opened == case.bytes("msg")).into()
            },
        );
    }
}

/// With implicit rejection an invalid ciphertext gives a key like any other, but never the message:
/// keys of different length begin alike, which a message of one length cannot do for all.
#[test]
fn rsa_pkcs1() {
    for file in RSA_PKCS1 {
        run_file(*file, json!(rsa_pkcs1_decrypt, file.0), nothing_acceptable, |case| {
            let key = PrivateKey::from_pkcs8_der(&case.group_bytes("privateKeyPkcs8")).unwrap();
            let message = case.bytes("msg");
            let open = |length| key.decrypt_pkcs1v15(&case.bytes("ct"), length, &mut rng());
            if !case.is_valid()
                && let Ok(longest) = open(64)
            {
                for length in [16, 24, 32, message.len().min(64)] {
                    assert_eq!(*open(length).unwrap(), longest[..length]);
                }
            }
            let theirs = key.decrypt_pkcs1v15_by_the_crate(&case.bytes("ct"), message.len());
            assert_eq!(
                theirs.is_ok_and(|opened| *opened == message),
                case.is_valid(),
                "{}",
                case.test["tcId"]
            );
            open(message.len()).is_ok_and(|opened| *opened == message).into()
        });
    }
}

#[test]
fn key_wrap() {
    for file in KEY_WRAP {
        // RFC 3394 §2 wraps two blocks or more.
        run_file(
            *file,
            json!(keywrap, file.0),
            |_| false,
            |case| {
                let wrap = match case.group_number("keySize") {
                    128 => KeyWrap::Aes128,
                    192 => KeyWrap::Aes192,
                    _ => KeyWrap::Aes256,
                };
                let (kek, key, wrapped) = (case.bytes("key"), case.bytes("msg"), case.bytes("ct"));
                let unwraps = wrap.unwrap(&kek, &wrapped).is_some_and(|opened| *opened == key);
                let wraps = wrap.wrap(&kek, &key).is_some_and(|sealed| sealed == wrapped);
                if case.is_valid() {
                    assert!(wraps, "{}", case.test["tcId"]);
                }
                unwraps.into()
            },
        );
    }
}
