use super::*;
use crate::oids;

fn rng() -> impl CryptoRng {
    rand_core::UnwrapErr(getrandom::SysRng)
}

fn every_kind() -> Vec<PrivateKey> {
    [Algorithm::Rsa2048, Algorithm::P256, Algorithm::P384]
        .map(|algorithm| PrivateKey::generate(algorithm, &mut rng()).unwrap())
        .into()
}

fn schemes(key: &PrivateKey) -> Vec<SignatureScheme> {
    use DigestAlgorithm::{Sha256, Sha384, Sha512};
    let hashes = [Sha256, Sha384, Sha512];
    match key.kind() {
        KeyKind::Rsa { .. } => {
            hashes.iter().flat_map(|h| [SignatureScheme::RsaPkcs1(*h), SignatureScheme::pss(*h)]).collect()
        }
        _ => hashes.map(SignatureScheme::Ecdsa).into(),
    }
}

#[test]
fn every_scheme_signs_and_verifies_and_notices_changes() {
    for key in every_kind() {
        for scheme in schemes(&key) {
            let signature = key.sign(scheme, b"message", &mut rng()).unwrap();
            let public = PublicKey::from_spki_der(&key.spki_der()).unwrap();
            assert_eq!(public.verify(scheme, b"message", &signature, false), Ok(()));
            assert_eq!(public.verify(scheme, b"massage", &signature, false), Err(Error::BadSignature));
            let mut damaged = signature.clone();
            *damaged.last_mut().unwrap() ^= 1;
            assert_eq!(public.verify(scheme, b"message", &damaged, false), Err(Error::BadSignature));
            assert_eq!(SignatureScheme::from_identifier_der(&scheme.identifier_der()), Ok(scheme));
        }
    }
}

#[test]
fn keys_survive_pkcs8_in_der_and_pem() {
    for key in every_kind() {
        let der = key.to_pkcs8_der().unwrap();
        let pem = key.to_pkcs8_pem().unwrap();
        for bytes in [&**der, pem.as_bytes()] {
            let read = PrivateKey::read(bytes, None).unwrap();
            assert_eq!(read.kind(), key.kind());
            assert!(read.matches(&key.public_key()));
            assert_eq!(*read.to_pkcs8_der().unwrap(), *der);
        }
    }
}

#[test]
fn encrypted_pkcs8_needs_its_pass_phrase() {
    let key = PrivateKey::generate(Algorithm::P256, &mut rng()).unwrap();
    let password = crate::pbe::Password::new("sésame");
    let (algorithm, data) = crate::pbe::encrypt(&password, 10, &key.to_pkcs8_der().unwrap(), &mut rng());
    let der = asn1::sequence(&[&algorithm, &asn1::octet_string(&data)]);
    let pem = crate::pem::encode("ENCRYPTED PRIVATE KEY", &der);
    assert!(PrivateKey::read(pem.as_bytes(), Some("sésame")).unwrap().matches(&key.public_key()));
    assert_eq!(PrivateKey::read(&der, None).err(), Some(Error::PasswordRequired));
    assert_eq!(PrivateKey::read(&der, Some("sesame")).err(), Some(Error::WrongPassword));
}

#[test]
fn private_keys_do_not_print() {
    for key in every_kind() {
        let shown = format!("{key:?}");
        assert_eq!(shown, format!("PrivateKey({}, redacted)", key.kind()));
        let pretty = format!("{key:#?}");
        assert_eq!(pretty, shown);
    }
}

#[test]
fn oaep_round_trips_with_every_pair_of_hashes() {
    use DigestAlgorithm::{Sha1, Sha256, Sha384, Sha512};
    let key = PrivateKey::generate(Algorithm::Rsa2048, &mut rng()).unwrap();
    for digest in [Sha1, Sha256, Sha384, Sha512] {
        for mgf_digest in [Sha1, Sha256, Sha384, Sha512] {
            let parameters = OaepParameters { digest, mgf_digest, label: b"label".to_vec() };
            assert_eq!(
                OaepParameters::from_identifier_der(&parameters.identifier_der()),
                Ok(parameters.clone())
            );
            let sealed = key.public_key().encrypt_oaep(&parameters, &[7; 32], &mut rng()).unwrap();
            assert_eq!(*key.decrypt_oaep(&parameters, &sealed, &mut rng()).unwrap(), [7; 32]);
            let other = OaepParameters { label: Vec::new(), ..parameters };
            assert_eq!(key.decrypt_oaep(&other, &sealed, &mut rng()).err(), Some(Error::Decrypt));
        }
    }
}

#[test]
fn pkcs1v15_rejects_implicitly() {
    let key = PrivateKey::generate(Algorithm::Rsa2048, &mut rng()).unwrap();
    let sealed = key.public_key().encrypt_pkcs1v15(&[7; 32], &mut rng()).unwrap();
    assert_eq!(*key.decrypt_pkcs1v15(&sealed, 32, &mut rng()).unwrap(), [7; 32]);
    // Another length, damaged padding: always a key of the wanted length, always the same one.
    let mut damaged = sealed.clone();
    damaged[100] ^= 1;
    for (ciphertext, length) in [(&sealed, 16), (&sealed, 24), (&damaged, 32), (&damaged, 16)] {
        let first = key.decrypt_pkcs1v15(ciphertext, length, &mut rng()).unwrap();
        assert_eq!(first.len(), length);
        assert_ne!(*first, vec![7; length]);
        assert_eq!(first, key.decrypt_pkcs1v15(ciphertext, length, &mut rng()).unwrap());
    }
}

#[test]
fn agreement_is_mutual() {
    for algorithm in [Algorithm::P256, Algorithm::P384, Algorithm::P521, Algorithm::X25519] {
        let ours = PrivateKey::generate(algorithm, &mut rng()).unwrap();
        let theirs = PrivateKey::generate_ephemeral(&ours.public_key(), &mut rng()).unwrap();
        let point = theirs.public_key().key_bits();
        let read = PublicKey::from_point(ours.kind(), &point).unwrap();
        assert_eq!(ours.agree(&read).unwrap(), theirs.agree(&ours.public_key()).unwrap());
    }
    let p256 = PrivateKey::generate(Algorithm::P256, &mut rng()).unwrap();
    let p384 = PrivateKey::generate(Algorithm::P384, &mut rng()).unwrap();
    assert_eq!(p256.agree(&p384.public_key()).err(), Some(Error::WrongKeyKind));
}

#[test]
fn sha1_and_short_rsa_need_the_legacy_switch() {
    let key = PrivateKey::generate(Algorithm::Rsa2048, &mut rng()).unwrap();
    let scheme = SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha1);
    assert_eq!(key.sign(scheme, b"", &mut rng()).err(), Some(Error::LegacyAlgorithm));
    assert_eq!(key.public_key().verify(scheme, b"", &[0; 256], false), Err(Error::LegacyAlgorithm));
    assert_eq!(key.public_key().verify(scheme, b"", &[0; 256], true), Err(Error::BadSignature));
    let short = rsa::RsaPrivateKey::new(&mut rng(), 1024).unwrap();
    let public = PublicKey::from_rsa(rsa_kernel::public(short.to_public_key()));
    let scheme = SignatureScheme::pss(DigestAlgorithm::Sha256);
    assert_eq!(public.verify(scheme, b"", &[0; 128], false), Err(Error::RsaKeySize { bits: 1024 }));
}

#[test]
fn pss_parameters_are_checked() {
    let sha256 = DigestAlgorithm::Sha256;
    let scheme = SignatureScheme::RsaPss { digest: sha256, mgf_digest: sha256, salt_len: 0 };
    let der = scheme.identifier_der();
    assert_eq!(SignatureScheme::from_identifier_der(&der), Ok(scheme));
    // Another hash in the mask is another scheme; another trailer is none.
    let mixed = SignatureScheme::RsaPss { digest: sha256, mgf_digest: DigestAlgorithm::Sha1, salt_len: 20 };
    assert_eq!(SignatureScheme::from_identifier_der(&mixed.identifier_der()), Ok(mixed));
    let trailer = asn1::sequence(&[&asn1::nest(asn1::context(3), &[&asn1::small_integer(2)])]);
    let salt = asn1::sequence(&[&asn1::nest(asn1::context(2), &[&asn1::small_integer(1025)])]);
    for parameters in [trailer, salt] {
        let der = asn1::sequence(&[&asn1::oid(oids::RSASSA_PSS), &parameters]);
        let bad = Error::AlgorithmParameters { oid: oids::RSASSA_PSS };
        assert_eq!(SignatureScheme::from_identifier_der(&der), Err(bad));
    }
}

#[test]
fn every_algorithm_is_made_written_and_read_again() {
    let elsewhere = [Algorithm::Rsa3072, Algorithm::Rsa4096];
    let mut made = 0;
    for algorithm in Algorithm::ALL.into_iter().filter(|algorithm| !elsewhere.contains(algorithm)) {
        let key = PrivateKey::generate(algorithm, &mut rng()).unwrap();
        let der = key.to_pkcs8_der().unwrap();
        let read = PrivateKey::read(&der, None).unwrap();
        assert!(read.matches(&key.public_key()), "{}", algorithm.name());
        assert_eq!(*read.to_pkcs8_der().unwrap(), *der);
        let public = PublicKey::from_spki_der(&key.spki_der()).unwrap();
        assert!(public.same_key(&key.public_key()));
        assert_eq!((public.kind(), public.spki_der()), (key.kind(), &*key.spki_der()));
        assert_eq!(format!("{key:?}"), format!("PrivateKey({}, redacted)", key.kind()));
        made += 1;
    }
    assert_eq!(made, 13);
}

#[test]
fn what_signs_the_message_itself_signs_and_notices_changes() {
    let sets = [MlDsaSet::MlDsa44, MlDsaSet::MlDsa65, MlDsaSet::MlDsa87].map(Algorithm::MlDsa);
    for algorithm in [vec![Algorithm::Ed25519, Algorithm::P521], sets.to_vec()].concat() {
        let key = PrivateKey::generate(algorithm, &mut rng()).unwrap();
        let scheme = key.default_scheme();
        assert_eq!(SignatureScheme::from_identifier_der(&scheme.identifier_der()), Ok(scheme));
        let signature = key.sign(scheme, b"message", &mut rng()).unwrap();
        let public = key.public_key();
        assert_eq!(public.verify(scheme, b"message", &signature, false), Ok(()));
        assert_eq!(public.verify(scheme, b"massage", &signature, false), Err(Error::BadSignature));
        assert_eq!(public.verify(scheme, b"message", &[], false), Err(Error::BadSignature));
        let pss = SignatureScheme::pss(DigestAlgorithm::Sha256);
        assert_eq!(public.verify(pss, b"message", &signature, false), Err(Error::WrongKeyKind));
        if scheme.signs_message() {
            assert_eq!(public.verify_digest(scheme, &[0; 64], &signature, false), Err(Error::WrongKeyKind));
            assert_eq!(key.sign_digest(scheme, &[0; 64], &mut rng()).err(), Some(Error::WrongKeyKind));
        }
    }
}

/// The libraries refuse a digest shorter than half the field; the standard does not.
#[test]
fn short_digests_are_signed_on_large_curves() {
    let key = PrivateKey::generate(Algorithm::P521, &mut rng()).unwrap();
    let scheme = SignatureScheme::Ecdsa(DigestAlgorithm::Sha256);
    let signature = key.sign(scheme, b"message", &mut rng()).unwrap();
    assert_eq!(key.public_key().verify(scheme, b"message", &signature, false), Ok(()));
    assert_eq!(key.public_key().verify(scheme, b"massage", &signature, false), Err(Error::BadSignature));
}

#[test]
fn encapsulated_secrets_come_out_and_only_there() {
    let sets = [MlKemSet::MlKem512, MlKemSet::MlKem768, MlKemSet::MlKem1024].map(Algorithm::MlKem);
    for algorithm in [sets.to_vec(), vec![Algorithm::MlKem768P256]].concat() {
        let key = PrivateKey::generate(algorithm, &mut rng()).unwrap();
        let sent = key.public_key().encapsulate(&mut rng()).unwrap();
        assert_eq!(*key.decapsulate(&sent.ciphertext).unwrap(), *sent.secret);
        let mut forged = sent.ciphertext.clone();
        forged[7] ^= 1;
        assert_ne!(*key.decapsulate(&forged).unwrap(), *sent.secret);
        assert_eq!(key.decapsulate(&forged[1..]).err(), Some(Error::Decrypt));
        let other = PrivateKey::generate(algorithm, &mut rng()).unwrap();
        assert_ne!(*other.decapsulate(&sent.ciphertext).unwrap(), *sent.secret);
    }
    let p256 = PrivateKey::generate(Algorithm::P256, &mut rng()).unwrap();
    assert_eq!(p256.public_key().encapsulate(&mut rng()).err(), Some(Error::WrongKeyKind));
    assert_eq!(p256.decapsulate(&[]).err(), Some(Error::WrongKeyKind));
}

/// One spoilt bit anywhere that something else follows from: each is refused.
#[test]
fn inconsistent_expanded_keys_are_refused() {
    for set in [MlDsaSet::MlDsa44, MlDsaSet::MlDsa65, MlDsaSet::MlDsa87] {
        let key = ml_dsa::Private::generate(set, &mut rng());
        let expanded = key.to_expanded();
        let read =
            |bytes: &[u8]| ml_dsa::Private::read(set, &asn1::octet_string(bytes)).map(|key| key.public());
        assert_eq!(read(&expanded).unwrap(), key.public());
        // Not octets 32 to 63: K, from which nothing public follows.
        for at in [0, 64, 128, 700, expanded.len() - 1] {
            let mut spoilt = expanded.clone();
            spoilt[at] ^= 1;
            assert!(read(&spoilt).is_err(), "{} {at}", set.name());
        }
        assert!(read(&expanded[1..]).is_err());
    }
}
