use rsa::RsaPublicKey;
use rsa::pkcs1::DecodeRsaPublicKey;

use super::*;
use crate::key::{DigestAlgorithm, Inner, PrivateKey, PublicKey, rsa_crate};

fn rng() -> impl CryptoRng {
    rand_core::UnwrapErr(getrandom::SysRng)
}

/// What the crate alone makes of the same ciphertexts and signatures.
impl PrivateKey {
    pub(crate) fn decrypt_oaep_by_the_crate(
        &self,
        parameters: &OaepParameters,
        ciphertext: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>> {
        let Inner::Rsa(key) = &self.0 else { return Err(Error::WrongKeyKind) };
        rsa_crate::decrypt_oaep(key, parameters, ciphertext, &mut rng())
    }

    pub(crate) fn decrypt_pkcs1v15_by_the_crate(
        &self,
        ciphertext: &[u8],
        length: usize,
    ) -> Result<Zeroizing<Vec<u8>>> {
        let Inner::Rsa(key) = &self.0 else { return Err(Error::WrongKeyKind) };
        rsa_crate::decrypt_pkcs1v15(key, ciphertext, length, &mut rng())
    }
}

impl PublicKey {
    pub(crate) fn verify_by_the_crate(
        &self,
        scheme: SignatureScheme,
        message: &[u8],
        signature: &[u8],
    ) -> Result<()> {
        let key = RsaPublicKey::from_pkcs1_der(&self.key_bits()).unwrap();
        rsa_crate::verify(&key, scheme, &scheme.digest().hash(message), signature)
    }
}

fn keys() -> Vec<Private> {
    [1024, 1025, 1028, 1032, 2048].map(|bits| private(RsaPrivateKey::new(&mut rng(), bits).unwrap())).into()
}

fn schemes() -> [SignatureScheme; 2] {
    [SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha256), SignatureScheme::pss(DigestAlgorithm::Sha256)]
}

#[test]
fn signatures_are_verified_by_the_other_way_of_computing() {
    for key in keys() {
        let ours = public(key.to_public_key());
        for scheme in schemes() {
            let digest = DigestAlgorithm::Sha256.hash(b"message");
            let made = sign(&key, scheme, &digest, &mut rng()).unwrap();
            let theirs = rsa_crate::sign(&key, scheme, &digest, &mut rng()).unwrap();
            assert_eq!(made.len(), key.size());
            for signature in [&made, &theirs] {
                assert_eq!(rsa_crate::verify(&ours, scheme, &digest, signature), Ok(()));
                assert_eq!(verify(&ours, scheme, &digest, signature), Ok(()));
                let another = DigestAlgorithm::Sha256.hash(b"massage");
                assert_eq!(verify(&ours, scheme, &another, signature), Err(Error::BadSignature));
                let longer = [&[0], &**signature].concat();
                assert_eq!(verify(&ours, scheme, &digest, &longer), Err(Error::BadSignature));
                assert_eq!(verify(&ours, scheme, &digest, &signature[1..]), Err(Error::BadSignature));
            }
            if matches!(scheme, SignatureScheme::RsaPkcs1(_)) {
                assert_eq!(made, theirs);
            }
            assert_eq!(sign(&key, scheme, &digest[1..], &mut rng()), Err(Error::WrongKeyKind));
        }
    }
}

#[test]
fn ciphertexts_are_opened_by_the_other_way_of_computing() {
    for key in keys() {
        let ours = public(key.to_public_key());
        let parameters = OaepParameters::sha256();
        for length in [0, 1, key.size() - 66] {
            let message = vec![1; length];
            let made = encrypt_oaep(&ours, &parameters, &message, &mut rng()).unwrap();
            let theirs = rsa_crate::encrypt_oaep(&ours, &parameters, &message, &mut rng()).unwrap();
            for sealed in [&made, &theirs] {
                assert_eq!(*decrypt_oaep(&key, &parameters, sealed, &mut rng()).unwrap(), message);
                assert_eq!(*rsa_crate::decrypt_oaep(&key, &parameters, sealed, &mut rng()).unwrap(), message);
            }
        }
        for length in [0, 1, key.size() - 11] {
            let message = vec![0; length];
            let made = encrypt_pkcs1v15(&ours, &message, &mut rng()).unwrap();
            let theirs = rsa_crate::encrypt_pkcs1v15(&ours, &message, &mut rng()).unwrap();
            for sealed in [&made, &theirs] {
                assert_eq!(*decrypt_pkcs1v15(&key, sealed, length, &mut rng()).unwrap(), message);
                let theirs = rsa_crate::decrypt_pkcs1v15(&key, sealed, length, &mut rng());
                assert_eq!(*theirs.unwrap(), message);
            }
        }
    }
}

#[test]
fn long_messages_and_schemes_of_other_keys_are_refused() {
    let key = private(RsaPrivateKey::new(&mut rng(), 1024).unwrap());
    let ours = public(key.to_public_key());
    let sealed = encrypt_oaep(&ours, &OaepParameters::sha256(), &[1; 63], &mut rng());
    assert_eq!(sealed, Err(Error::WrongKeyKind));
    assert_eq!(encrypt_pkcs1v15(&ours, &[1; 118], &mut rng()), Err(Error::WrongKeyKind));
    let ecdsa = SignatureScheme::Ecdsa(DigestAlgorithm::Sha256);
    assert_eq!(verify(&ours, ecdsa, &[1; 32], &[]), Err(Error::WrongKeyKind));
    assert_eq!(sign(&key, ecdsa, &[1; 32], &mut rng()), Err(Error::WrongKeyKind));
    let scheme = SignatureScheme::pss(DigestAlgorithm::Sha512);
    assert_eq!(sign(&key, scheme, &[1; 64], &mut rng()), Err(Error::WrongKeyKind));
}

#[test]
fn only_the_encoding_of_rfc_8017_opens_oaep() {
    let parameters = OaepParameters::sha256();
    let mask = signature::mask;
    let sha256 = DigestAlgorithm::Sha256;
    // Takes the masks off, changes an octet, puts them on again.
    let changed = |at: usize, to: u8| {
        let mut encoded = encryption::oaep(&parameters, b"\x01\x00", 128, &mut rng()).unwrap();
        let (seed, block) = encoded[1..].split_at_mut(32);
        mask(sha256, block, seed);
        mask(sha256, seed, block);
        encoded[at] = to;
        let (seed, block) = encoded[1..].split_at_mut(32);
        mask(sha256, seed, block);
        mask(sha256, block, seed);
        encryption::open_oaep(&parameters, encoded).map(|opened| opened.to_vec())
    };
    let one = 125;
    assert_eq!(changed(one, 1), Some(vec![1, 0]));
    assert_eq!(changed(one, 0), Some(vec![0]));
    assert_eq!(changed(65, 1).map(|message| message.len()), Some(62));
    assert_eq!(changed(65, 2), None);
    assert_eq!(changed(one - 1, 3), None);
    assert_eq!(changed(one, 2), None);
    assert_eq!(changed(0, 1), None);
    assert_eq!(changed(33, 0), None);
    let zeros = encryption::open_oaep(&parameters, Zeroizing::new(vec![0; 65]));
    assert_eq!(zeros, None);
}

#[test]
fn only_the_encoding_of_rfc_8017_opens_pkcs1() {
    let rejected = || Zeroizing::new(vec![9; 4]);
    let right = [&[0, 2][..], &[7; 8], &[0, 1, 2, 3, 4]].concat();
    assert_eq!(*encryption::open_pkcs1(&right, rejected()), [1, 2, 3, 4]);
    for (at, to) in [(0, 1), (1, 1), (1, 3), (2, 0), (9, 0), (10, 1)] {
        let mut wrong = right.clone();
        wrong[at] = to;
        assert_eq!(*encryption::open_pkcs1(&wrong, rejected()), [9; 4], "{at}");
    }
    let short = [&[0, 2][..], &[7; 7], &[0, 1, 2, 3, 4]].concat();
    assert_eq!(*encryption::open_pkcs1(&short, rejected()), [9; 4]);
    for length in [3, 5, 12, 15, 16] {
        let rejected = Zeroizing::new(vec![9; length]);
        assert_eq!(*encryption::open_pkcs1(&right, rejected), vec![9; length]);
    }
}

#[test]
fn a_rejected_key_is_the_one_of_key_and_ciphertext() {
    let key = private(RsaPrivateKey::new(&mut rng(), 1024).unwrap());
    let sealed =
        encrypt_oaep(&public(key.to_public_key()), &OaepParameters::sha256(), &[1], &mut rng()).unwrap();
    let first = decrypt_pkcs1v15(&key, &sealed, 32, &mut rng()).unwrap();
    assert_eq!(first, rejection_key(&key, &sealed, 32));
    let out_of_range = vec![0xff; key.size()];
    assert_eq!(decrypt_pkcs1v15(&key, &out_of_range, 32, &mut rng()), Err(Error::Decrypt));
    assert_eq!(decrypt_pkcs1v15(&key, &sealed[1..], 32, &mut rng()), Err(Error::Decrypt));
}

#[test]
fn what_one_copy_of_a_key_prepares_serves_the_others() {
    let key = private(RsaPrivateKey::new(&mut rng(), 1024).unwrap());
    let copy = key.clone();
    let digest = DigestAlgorithm::Sha256.hash(b"message");
    let [pkcs1, _] = schemes();
    let signature = sign(&copy, pkcs1, &digest, &mut rng()).unwrap();
    let prepared = key.ready.get().unwrap().as_ref().unwrap();
    assert!(prepared.uses_primes());
    assert_eq!(verify(&public(key.to_public_key()), pkcs1, &digest, &signature), Ok(()));
}
