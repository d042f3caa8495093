//! Keys that are computed with elsewhere: what is said of letters is what the reference says. Every test of this suite that
//! opens a letter opens it this way too, through [`crate::big::open`].

use std::future::Future;
use std::pin::Pin;

use const_oid::ObjectIdentifier;
use rand_core::CryptoRng;
use sceau_mime::{Address, Draft};
use sceau_smime::backend::{Answer, Backend, Carrier, Promise, Question, Remote, Rust, answer, ready};
use sceau_smime::ca::{CertificationRequest, Usage};
use sceau_smime::key::{DigestAlgorithm, KeyKind, OaepParameters, SignatureScheme};
use sceau_smime::letter::{self, Judged, OpenRequest, Profile};
use sceau_smime::{Algorithm, Error, PrivateKey, PublicKey, Trust};
use zeroize::Zeroizing;

use crate::beside::der;
use crate::world::{NOW, draft, rng, try_open, world};

/// What a page's own module has of the arithmetic of keys: nothing.
struct Bare;

/// rsaEncryption, as if this one key were unknown.
const ABSENT: Error =
    Error::UnsupportedAlgorithm { oid: ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1") };

fn absent<'a, T: 'a>() -> Promise<'a, T> {
    Box::pin(async { Err(ABSENT) })
}

impl Backend for Bare {
    fn digest<'a>(&'a self, _: DigestAlgorithm, _: &'a [u8]) -> Promise<'a, Vec<u8>> {
        absent()
    }

    fn verify<'a>(
        &'a self,
        key: &'a PublicKey,
        scheme: SignatureScheme,
        message: &'a [u8],
        signature: &'a [u8],
        danger_legacy: bool,
    ) -> Promise<'a, ()> {
        match scheme {
            // A key with an issuer's parameters is not whole outside its path (RFC 3279 §2.3.2), and no page has DSA.
            SignatureScheme::Dsa(_) => Rust.verify(key, scheme, message, signature, danger_legacy),
            _ => absent(),
        }
    }

    fn sign<'a>(
        &'a self,
        _: &'a PrivateKey,
        _: SignatureScheme,
        _: &'a [u8],
        _: &'a mut dyn CryptoRng,
    ) -> Promise<'a, Vec<u8>> {
        absent()
    }

    fn decrypt_oaep<'a>(
        &'a self,
        _: &'a PrivateKey,
        _: &'a OaepParameters,
        _: &'a [u8],
        _: &'a mut dyn CryptoRng,
    ) -> Promise<'a, Zeroizing<Vec<u8>>> {
        absent()
    }

    fn decrypt_pkcs1v15<'a>(
        &'a self,
        _: &'a PrivateKey,
        _: &'a [u8],
        _: usize,
        _: &'a mut dyn CryptoRng,
    ) -> Promise<'a, Zeroizing<Vec<u8>>> {
        absent()
    }

    fn encrypt_oaep<'a>(
        &'a self,
        _: &'a PublicKey,
        _: &'a OaepParameters,
        _: &'a [u8],
        _: &'a mut dyn CryptoRng,
    ) -> Promise<'a, Vec<u8>> {
        absent()
    }

    fn encrypt_pkcs1v15<'a>(
        &'a self,
        _: &'a PublicKey,
        _: &'a [u8],
        _: &'a mut dyn CryptoRng,
    ) -> Promise<'a, Vec<u8>> {
        absent()
    }

    fn read_key<'a>(&'a self, _: &'a [u8]) -> Promise<'a, PrivateKey> {
        absent()
    }

    fn generate<'a>(&'a self, _: Algorithm, _: &'a mut dyn CryptoRng) -> Promise<'a, PrivateKey> {
        absent()
    }

    fn agree<'a>(&'a self, _: &'a PrivateKey, _: &'a PublicKey) -> Promise<'a, Zeroizing<Vec<u8>>> {
        absent()
    }

    fn agree_ephemeral<'a>(
        &'a self,
        _: &'a PublicKey,
        _: &'a mut dyn CryptoRng,
    ) -> Promise<'a, (Vec<u8>, Zeroizing<Vec<u8>>)> {
        absent()
    }
}

/// The other module.
struct Here;

impl Carrier for Here {
    fn ask(&self, question: Question) -> Pin<Box<dyn Future<Output = Answer> + '_>> {
        let Question { name, number, parts } = question;
        let answer = answer(name, number, &parts, &mut rng()).map_err(|error| Some(error.code().to_owned()));
        Box::pin(async { answer })
    }

    fn forget(&self) {}
}

/// A module that cannot be loaded.
struct Gone;

impl Carrier for Gone {
    fn ask(&self, _: Question) -> Pin<Box<dyn Future<Output = Answer> + '_>> {
        Box::pin(async { Err(None) })
    }

    fn forget(&self) {}
}

/// Opens a letter with all arithmetic of keys elsewhere.
pub(crate) fn open(request: &OpenRequest<'_>) -> Result<Judged, Error> {
    ready(letter::open_with(&Remote::new(Bare, Here), request, &mut rng()))
}

#[test]
fn letters_sealed_elsewhere_open_here() {
    let w = world();
    for (sender, profile) in [(&w.amelie, Profile::Default), (&w.bruno, Profile::Compat)] {
        let recipients = [w.amelie.recipient(), w.bruno.recipient(), w.chloe.recipient()];
        let draft = Draft { from: Address::bare(&sender.address), ..draft() };
        let remote = Remote::new(Bare, Here);
        let request = crate::written::request(&draft, sender, &recipients, profile);
        let sealed = ready(letter::seal_with(&remote, &request, NOW, &mut rng())).unwrap();
        for reader in [&w.amelie, &w.bruno, &w.chloe] {
            assert_eq!(try_open(&sealed.eml, reader, &w.trust).unwrap().trust(), Trust::SealedSigned);
        }
    }
}

#[test]
fn keys_made_elsewhere_are_kept_here() {
    let remote = Remote::new(Bare, Here);
    for (algorithm, kind) in [
        (Algorithm::P256, KeyKind::P256),
        (Algorithm::P384, KeyKind::P384),
        (Algorithm::Rsa2048, KeyKind::Rsa { bits: 2048 }),
    ] {
        let mut rng = rng();
        let key = ready(remote.generate(algorithm, &mut rng)).unwrap();
        assert_eq!(key.kind(), kind);
        let read = ready(remote.read_key(&key.to_pkcs8_der().unwrap())).unwrap();
        assert!(read.matches(&key.public_key()));
        let request = CertificationRequest::generate_with(
            &remote,
            &key,
            "Amélie",
            "a@b.example",
            Usage::Sign,
            &mut rng,
        );
        ready(request).unwrap().verify().unwrap();
    }
}

#[test]
fn what_cannot_be_loaded_is_no_verdict() {
    let w = world();
    let gone = Remote::new(Bare, Gone);
    for reader in [&w.bruno, &w.chloe] {
        let (draft, recipients) = (draft(), [reader.recipient()]);
        let sealed = crate::world::seal_with(crate::written::request(
            &draft,
            &w.amelie,
            &recipients,
            Profile::Default,
        ));
        let request = OpenRequest::new(&sealed.eml, reader.keys(), &[], &w.trust, NOW);
        let opened = ready(letter::open_with(&gone, &request, &mut rng()));
        assert_eq!(opened.unwrap_err(), Error::Unreachable);
    }
    let key = PrivateKey::generate(Algorithm::P256, &mut rng()).unwrap();
    let scheme = key.default_scheme();
    let signature = key.sign(scheme, b"text", &mut rng()).unwrap();
    let found = ready(gone.verify(&key.public_key(), scheme, b"text", &signature, false));
    assert_eq!(found, Err(ABSENT));
}

#[test]
fn what_is_refused_there_is_refused_here() {
    let modulus = [&[0_u8, 0x80][..], &[1; 127]].concat();
    let numbers = der(0x30, &[&der(2, &[&modulus]), &der(2, &[&[1, 0, 1]])]);
    let rsa = der(0x30, &[&[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0]]);
    let key = PublicKey::from_spki_der(&der(0x30, &[&rsa, &der(3, &[&[0], &numbers])])).unwrap();
    let remote = Remote::new(Bare, Here);
    for (digest, refused) in [
        (DigestAlgorithm::Sha384, Error::RsaKeySize { bits: 1024 }),
        (DigestAlgorithm::Sha1, Error::LegacyAlgorithm),
    ] {
        let scheme = SignatureScheme::RsaPkcs1(digest);
        assert_eq!(ready(remote.verify(&key, scheme, b"text", &[1; 128], false)), Err(refused));
        let found = ready(remote.verify(&key, scheme, b"text", &[1; 128], true));
        assert_eq!(found, Err(Error::BadSignature));
    }
}

#[test]
fn questions_of_nobody_are_refused() {
    let nothing: [Zeroizing<Vec<u8>>; 0] = [];
    let junk = [Zeroizing::new(vec![0x30]), Zeroizing::new(Vec::new())];
    for name in ["", "generate", "sign", "agree", "decrypt_pkcs1v15"] {
        assert!(answer(name, u32::MAX, &nothing, &mut rng()).is_err(), "{name}");
        assert!(answer(name, 0, &junk, &mut rng()).is_err(), "{name}");
    }
}
