//! Signatures: ECDSA, Ed25519, DSA, RSA PKCS#1 v1.5 and PSS, ML-DSA.

use super::{Case, File, Outcome, json, nothing_acceptable, run_file};
use crate::asn1;
use crate::key::{MlDsaSet, PrivateKey, PublicKey, SignatureScheme};

pub(super) const FILES: &[&[File]] =
    &[ECDSA, EDDSA, DSA, RSA_PKCS1, RSA_PSS, ML_DSA_VERIFY, ML_DSA_SIGN_SEED, ML_DSA_SIGN_NOSEED];

const ECDSA: &[File] = &[
    ("ecdsa_secp256r1_sha256", 484),
    ("ecdsa_secp256r1_sha512", 554),
    ("ecdsa_secp384r1_sha256", 472),
    ("ecdsa_secp384r1_sha384", 504),
    ("ecdsa_secp384r1_sha512", 542),
    ("ecdsa_secp521r1_sha512", 542),
];

const EDDSA: &[File] = &[("ed25519", 151)];

const DSA: &[File] = &[
    ("dsa_2048_224_sha224", 336),
    ("dsa_2048_224_sha256", 364),
    ("dsa_2048_256_sha256", 366),
    ("dsa_3072_256_sha256", 366),
];

const RSA_PKCS1: &[File] = &[
    ("rsa_signature_2048_sha224", 258),
    ("rsa_signature_2048_sha256", 259),
    ("rsa_signature_2048_sha384", 258),
    ("rsa_signature_2048_sha512", 259),
    ("rsa_signature_3072_sha256", 259),
    ("rsa_signature_3072_sha384", 259),
    ("rsa_signature_3072_sha512", 260),
    ("rsa_signature_4096_sha256", 258),
    ("rsa_signature_4096_sha384", 259),
    ("rsa_signature_4096_sha512", 259),
    ("rsa_signature_8192_sha256", 258),
    ("rsa_signature_8192_sha384", 259),
    ("rsa_signature_8192_sha512", 259),
];

const RSA_PSS: &[File] = &[
    ("rsa_pss_2048_sha1_mgf1_20_params", 88),
    ("rsa_pss_2048_sha1_mgf1_20", 88),
    ("rsa_pss_2048_sha256_mgf1_0_params", 103),
    ("rsa_pss_2048_sha256_mgf1_0", 103),
    ("rsa_pss_2048_sha256_mgf1_32_params", 108),
    ("rsa_pss_2048_sha256_mgf1_32", 108),
    ("rsa_pss_2048_sha256_mgf1sha1_20", 108),
    ("rsa_pss_2048_sha384_mgf1_48", 141),
    ("rsa_pss_2048_sha512_mgf1sha256_32_params", 178),
    ("rsa_pss_3072_sha256_mgf1_32_params", 108),
    ("rsa_pss_3072_sha256_mgf1_32", 108),
    ("rsa_pss_4096_sha256_mgf1_32", 108),
    ("rsa_pss_4096_sha384_mgf1_48", 141),
    ("rsa_pss_4096_sha512_mgf1_32_params", 177),
    ("rsa_pss_4096_sha512_mgf1_32", 177),
    ("rsa_pss_4096_sha512_mgf1_64_params", 179),
    ("rsa_pss_4096_sha512_mgf1_64", 179),
    ("rsa_pss_misc_params", 150),
    ("rsa_pss_misc", 150),
];

const ML_DSA_VERIFY: &[File] =
    &[("mldsa_44_verify", 180), ("mldsa_65_verify", 210), ("mldsa_87_verify", 241)];

const ML_DSA_SIGN_SEED: &[File] =
    &[("mldsa_44_sign_seed", 86), ("mldsa_65_sign_seed", 105), ("mldsa_87_sign_seed", 96)];

const ML_DSA_SIGN_NOSEED: &[File] =
    &[("mldsa_44_sign_noseed", 73), ("mldsa_65_sign_noseed", 78), ("mldsa_87_sign_noseed", 69)];

/// The key of the group, the signature of the test. Legacy is let pass: arithmetic is tested here.
fn verifies(case: &Case<'_>, scheme: SignatureScheme) -> Outcome {
    let key = PublicKey::from_spki_der(&case.group_bytes("publicKeyDer")).unwrap();
    key.verify(scheme, &case.bytes("msg"), &case.bytes("sig"), true).is_ok().into()
}

/// The same for RSA, by the crate `rsa` alone too.
fn verifies_both_ways(case: &Case<'_>, scheme: SignatureScheme) -> Outcome {
    let outcome = verifies(case, scheme);
    if !matches!(scheme, SignatureScheme::RsaPss { digest, mgf_digest, .. } if digest != mgf_digest) {
        let key = PublicKey::from_spki_der(&case.group_bytes("publicKeyDer")).unwrap();
        let theirs = key.verify_by_the_crate(scheme, &case.bytes("msg"), &case.bytes("sig"));
        assert_eq!(Outcome::from(theirs.is_ok()), outcome, "{}", case.test["tcId"]);
    }
    outcome
}

#[test]
fn ecdsa() {
    for file in ECDSA {
        let scheme = |case: &Case<'_>| SignatureScheme::Ecdsa(case.digest("sha"));
        run_file(*file, json!(ecdsa, file.0), nothing_acceptable, |case| verifies(case, scheme(case)));
    }
}

#[test]
fn eddsa() {
    for file in EDDSA {
        let scheme = SignatureScheme::Ed25519;
        run_file(*file, json!(eddsa, file.0), nothing_acceptable, |case| verifies(case, scheme));
    }
}

#[test]
fn dsa() {
    for file in DSA {
        let scheme = |case: &Case<'_>| SignatureScheme::Dsa(case.digest("sha"));
        run_file(*file, json!(dsa, file.0), |_| false, |case| verifies(case, scheme(case)));
    }
}

#[test]
fn rsa_pkcs1() {
    for file in RSA_PKCS1 {
        let scheme = |case: &Case<'_>| SignatureScheme::RsaPkcs1(case.digest("sha"));
        run_file(
            *file,
            json!(rsa_pkcs1_verify, file.0),
            |_| false,
            |case| verifies_both_ways(case, scheme(case)),
        );
    }
}

#[test]
fn rsa_pss() {
    for file in RSA_PSS {
        let scheme = |case: &Case<'_>| SignatureScheme::RsaPss {
            digest: case.digest("sha"),
            mgf_digest: case.digest("mgfSha"),
            salt_len: u16::try_from(case.group_number("sLen")).unwrap(),
        };
        run_file(
            *file,
            json!(rsa_pss_verify, file.0),
            |_| false,
            |case| verifies_both_ways(case, scheme(case)),
        );
    }
}

fn set(file: &File) -> MlDsaSet {
    [MlDsaSet::MlDsa44, MlDsaSet::MlDsa65, MlDsaSet::MlDsa87]
        .into_iter()
        .find(|set| file.0.contains(&set.name()["ml-dsa-".len()..]))
        .unwrap()
}

#[test]
fn ml_dsa_verify() {
    for file in ML_DSA_VERIFY {
        run_file(*file, json!(mldsa_verify, file.0), nothing_acceptable, |case| {
            let Ok(key) = PublicKey::from_spki_der(&case.group_bytes("publicKeyDer")) else {
                return Outcome::Wrong;
            };
            let (message, signature) = (case.bytes("msg"), case.bytes("sig"));
            match case.maybe_bytes("ctx").filter(|context| !context.is_empty()) {
                Some(context) => key.ml_dsa_verify(&message, &context, &signature).into(),
                None => {
                    key.verify(SignatureScheme::MlDsa(set(file)), &message, &signature, false).is_ok().into()
                }
            }
        });
    }
}

#[test]
fn ml_dsa_sign_from_a_seed() {
    for file in ML_DSA_SIGN_SEED {
        run_file(*file, json!(mldsa_sign, file.0), nothing_acceptable, |case| {
            let seed = asn1::tlv(asn1::context_primitive(0), &case.group_bytes("privateSeed"));
            ml_dsa_signs(case, set(file), &seed)
        });
    }
}

#[test]
fn ml_dsa_sign_from_an_expanded_key() {
    for file in ML_DSA_SIGN_NOSEED {
        run_file(*file, json!(mldsa_sign, file.0), nothing_acceptable, |case| {
            ml_dsa_signs(case, set(file), &asn1::octet_string(&case.group_bytes("privateKey")))
        });
    }
}

/// Signs in every way the test describes; all must give its signature, and it must verify.
fn ml_dsa_signs(case: &Case<'_>, set: MlDsaSet, form: &[u8]) -> Outcome {
    let algorithm = asn1::sequence(&[&asn1::oid(set.oid())]);
    let pkcs8 = asn1::sequence(&[&asn1::small_integer(0), &algorithm, &asn1::octet_string(form)]);
    let Ok(key) = PrivateKey::from_pkcs8_der(&pkcs8) else { return Outcome::Wrong };
    if let Some(public) = case.group["publicKey"].as_str() {
        assert_eq!(hex::encode(key.public_key().key_bits()), public);
    }
    let expected = case.maybe_bytes("sig").unwrap_or_default();
    let mut right = true;
    let randomness = case.maybe_bytes("rnd").unwrap_or_else(|| vec![0; 32]).try_into().unwrap();
    if let Some(message) = case.maybe_bytes("msg") {
        let context = case.maybe_bytes("ctx").unwrap_or_default();
        let Some(signature) = key.ml_dsa_sign_with(&message, &context, randomness) else {
            return Outcome::Wrong;
        };
        right &= signature == expected && key.public_key().ml_dsa_verify(&message, &context, &signature);
    }
    if let Some(mu) = case.maybe_bytes("mu").filter(|_| randomness == [0; 32]) {
        right &= key.ml_dsa_sign_mu(mu.try_into().unwrap()) == expected;
    }
    right.into()
}
