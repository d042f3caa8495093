//! KEMRecipientInfo (RFC 9629) for ML-KEM (RFC 9936) and, between ourselves, its draft composite with
//! ECDH: a secret is encapsulated to the recipient, a key is derived from it, and that key wraps the
//! content-encryption key.

use std::borrow::Cow;

use const_oid::ObjectIdentifier;
use rand_core::CryptoRng;

use super::ber::{Tlv, tag, to_der};
use super::content_cipher::read_identifier;
use super::key_wrap::KeyWrap;
use super::recipients::{Candidate, read_ukm};
use super::signed_data::SignerIdentifier;
use super::{hkdf, oids};
use crate::asn1;
use crate::error::{Error, Result, Structure};
use crate::key::{DigestAlgorithm, KeyKind, MlKemSet, PrivateKey, PublicKey};
use crate::x509::{Certificate, Identity};

/// ```text
/// KEMRecipientInfo ::= SEQUENCE {
///   version (0), rid RecipientIdentifier, kem KEMAlgorithmIdentifier, kemct OCTET STRING,
///   kdf KeyDerivationAlgorithmIdentifier, kekLength INTEGER (1..65535),
///   ukm [0] EXPLICIT OCTET STRING OPTIONAL, wrap KeyEncryptionAlgorithmIdentifier, encryptedKey }
/// ```
#[derive(Debug)]
pub struct KemRecipient<'a> {
    rid: SignerIdentifier,
    kem: Cow<'a, [u8]>,
    ciphertext: Cow<'a, [u8]>,
    kdf: Cow<'a, [u8]>,
    kek_length: usize,
    ukm: Option<Cow<'a, [u8]>>,
    wrap: Cow<'a, [u8]>,
    encrypted_key: Cow<'a, [u8]>,
}

/// The algorithms after the encapsulation (RFC 9936 §2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Suite {
    /// The hash of HKDF (RFC 8619).
    pub(crate) hash: DigestAlgorithm,
    /// The key wrap.
    pub(crate) wrap: KeyWrap,
}

impl Suite {
    /// What we write: HKDF with SHA-256, which everybody must have (RFC 9936 §2.2.1), and AES-256.
    pub(crate) const WRITTEN: Self = Self { hash: DigestAlgorithm::Sha256, wrap: KeyWrap::Aes256 };
}

impl<'a> KemRecipient<'a> {
    /// Reads the oriValue of an OtherRecipientInfo of type id-ori-kem.
    pub(crate) fn read(value: Tlv<'a>) -> Result<Self> {
        let mut fields = value.sequence()?;
        if fields.expect(tag::INTEGER)?.contents != [0] {
            return Err(Error::Malformed { what: Structure::Cms });
        }
        let rid = SignerIdentifier::read(&mut fields)?;
        let kem = to_der(fields.expect(tag::SEQUENCE)?.raw)?;
        let ciphertext = fields.expect(tag::OCTET_STRING)?.octets()?;
        let kdf = to_der(fields.expect(tag::SEQUENCE)?.raw)?;
        let kek_length = read_length(fields.expect(tag::INTEGER)?)?;
        let ukm = read_ukm(&mut fields, tag::context(0))?;
        let wrap = to_der(fields.expect(tag::SEQUENCE)?.raw)?;
        let encrypted_key = fields.expect(tag::OCTET_STRING)?.octets()?;
        fields.finish()?;
        Ok(Self { rid, kem, ciphertext, kdf, kek_length, ukm, wrap, encrypted_key })
    }

    /// Tries one own key. `None`: this recipient is somebody else.
    pub(crate) fn recover(&self, identity: &Identity) -> Option<Result<Candidate>> {
        self.rid.names(&identity.certificate).then(|| self.unwrap(&identity.key))
    }

    fn unwrap(&self, key: &PrivateKey) -> Result<Candidate> {
        let suite = self.suite()?;
        let oid = without_parameters(&self.kem)?;
        if kem_oid(key.kind()) != Some(oid) {
            return Err(Error::UnsupportedAlgorithm { oid });
        }
        let secret = key.decapsulate(&self.ciphertext).map_err(|_| Error::Decrypt)?;
        let info = other_info(&self.wrap, self.kek_length, self.ukm.as_deref());
        let kek = hkdf::derive(suite.hash, &[], &secret, &info, self.kek_length).ok_or(Error::Decrypt)?;
        let content_key = suite.wrap.unwrap(&kek, &self.encrypted_key).ok_or(Error::Decrypt)?;
        Ok(Candidate { key: content_key, transport: name(key.kind(), suite) })
    }

    /// The algorithms; kekLength must be what the wrap needs (RFC 9629 §3).
    fn suite(&self) -> Result<Suite> {
        let hash = kdf_hash(without_parameters(&self.kdf)?)?;
        let wrap = KeyWrap::from_der(&self.wrap)?;
        if wrap.key_bytes() != self.kek_length {
            return Err(Error::Malformed { what: Structure::Cms });
        }
        Ok(Suite { hash, wrap })
    }
}

/// Writes `OtherRecipientInfo ::= [4] IMPLICIT SEQUENCE { oriType, oriValue }` that gives `content_key` to the
/// holder of the certificate's key.
///
/// # Errors
/// `WrongKeyKind` when the certificate's key does not encapsulate.
pub(crate) fn write(
    certificate: &Certificate,
    key: &PublicKey,
    suite: Suite,
    ukm: Option<&[u8]>,
    content_key: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>> {
    let kem = kem_oid(key.kind()).ok_or(Error::WrongKeyKind)?;
    let sent = key.encapsulate(rng)?;
    let wrap = suite.wrap.to_der();
    let length = suite.wrap.key_bytes();
    let info = other_info(&wrap, length, ukm);
    let kek = hkdf::derive(suite.hash, &[], &sent.secret, &info, length).ok_or(Error::WrongKeyKind)?;
    let wrapped = suite.wrap.wrap(&kek, content_key).ok_or(Error::WrongKeyKind)?;
    let value = asn1::sequence(&[
        &asn1::small_integer(0),
        &certificate.issuer_and_serial_der(),
        &asn1::sequence(&[&asn1::oid(kem)]),
        &asn1::octet_string(&sent.ciphertext),
        &asn1::sequence(&[&asn1::oid(kdf_oid(suite.hash))]),
        &write_length(length),
        &write_ukm(ukm),
        &wrap,
        &asn1::octet_string(&wrapped),
    ]);
    Ok(asn1::nest(asn1::context(4), &[&asn1::oid(oids::ORI_KEM), &value]))
}

/// `CMSORIforKEMOtherInfo ::= SEQUENCE { wrap, kekLength, ukm [0] EXPLICIT OPTIONAL }` (RFC 9629 §5), with
/// the wrap exactly as it stands in the message.
fn other_info(wrap: &[u8], kek_length: usize, ukm: Option<&[u8]>) -> Vec<u8> {
    asn1::sequence(&[wrap, &write_length(kek_length), &write_ukm(ukm)])
}

fn write_length(length: usize) -> Vec<u8> {
    asn1::small_integer(u32::try_from(length).unwrap_or(u32::MAX))
}

fn write_ukm(ukm: Option<&[u8]>) -> Vec<u8> {
    ukm.map(|ukm| asn1::nest(asn1::context(0), &[&asn1::octet_string(ukm)])).unwrap_or_default()
}

/// kekLength: 1 to 65535.
fn read_length(value: Tlv<'_>) -> Result<usize> {
    let bad = Error::Malformed { what: Structure::Cms };
    let digits = asn1::unsigned(value.contents).filter(|digits| digits.len() <= 2).ok_or(bad.clone())?;
    let length = digits.iter().fold(0, |sum, byte| (sum << 8) | usize::from(*byte));
    if length == 0 { Err(bad) } else { Ok(length) }
}

/// The identifier of an algorithm whose parameters must be absent (RFC 9936 §2.1, RFC 8619 §2).
fn without_parameters(der: &[u8]) -> Result<ObjectIdentifier> {
    match read_identifier(der)? {
        (oid, None) => Ok(oid),
        (oid, Some(_)) => Err(Error::AlgorithmParameters { oid }),
    }
}

/// The mechanism's identifier is the key's.
fn kem_oid(kind: KeyKind) -> Option<ObjectIdentifier> {
    match kind {
        KeyKind::MlKem(set) => Some(MlKemSet::oid(set)),
        KeyKind::MlKem768P256 => Some(oids::ML_KEM_768_P256),
        _ => None,
    }
}

fn kdf_oid(hash: DigestAlgorithm) -> ObjectIdentifier {
    match hash {
        DigestAlgorithm::Sha384 => oids::HKDF_SHA384,
        DigestAlgorithm::Sha512 => oids::HKDF_SHA512,
        _ => oids::HKDF_SHA256,
    }
}

fn kdf_hash(oid: ObjectIdentifier) -> Result<DigestAlgorithm> {
    match oid {
        oids::HKDF_SHA256 => Ok(DigestAlgorithm::Sha256),
        oids::HKDF_SHA384 => Ok(DigestAlgorithm::Sha384),
        oids::HKDF_SHA512 => Ok(DigestAlgorithm::Sha512),
        _ => Err(Error::UnsupportedAlgorithm { oid }),
    }
}

/// The stable name in reports, such as `ml-kem-768-hkdf-sha256-aes256-wrap`.
fn name(kind: KeyKind, suite: Suite) -> String {
    format!("{kind}-hkdf-{}-{}", suite.hash.name(), suite.wrap.name())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UnixTime;
    use crate::ca::{Issue, Usage, self_signed, signed_by};
    use crate::key::Algorithm;

    const NOW: UnixTime = UnixTime(1_796_113_020);

    fn rng() -> impl CryptoRng {
        rand_core::UnwrapErr(getrandom::SysRng)
    }

    fn identity(algorithm: Algorithm) -> Identity {
        let issue = |usage| Issue { email: "amelie.roche@cabinet.example", days: 365, usage };
        let signing = PrivateKey::generate(Algorithm::P256, &mut rng()).unwrap();
        let own = self_signed(&signing, "Amélie Roche", issue(Usage::Sign), NOW, &mut rng()).unwrap();
        let signer = Identity::new(signing, own, vec![]).unwrap();
        let key = PrivateKey::generate(algorithm, &mut rng()).unwrap();
        let certificate =
            signed_by(&signer, &key.public_key(), issue(Usage::Encrypt), NOW, &mut rng()).unwrap();
        assert!(certificate.can_encrypt());
        Identity::new(key, certificate, vec![]).unwrap()
    }

    fn algorithms() -> Vec<Algorithm> {
        let sets = [MlKemSet::MlKem512, MlKemSet::MlKem768, MlKemSet::MlKem1024].map(Algorithm::MlKem);
        [sets.to_vec(), vec![Algorithm::MlKem768P256]].concat()
    }

    fn read(der: &[u8]) -> Result<KemRecipient<'_>> {
        let mut fields = Tlv::parse(der)?.children()?;
        assert_eq!(oids::read(fields.expect(tag::OID)?)?, oids::ORI_KEM);
        KemRecipient::read(fields.any()?)
    }

    /// Four keys, three hashes, three wraps, with and without keying material of the sender.
    #[test]
    fn every_suite_gives_the_key_back() {
        let mut ran = 0;
        for algorithm in algorithms() {
            let identity = identity(algorithm);
            let key = identity.certificate.public_key().unwrap();
            for hash in [DigestAlgorithm::Sha256, DigestAlgorithm::Sha384, DigestAlgorithm::Sha512] {
                for wrap in [KeyWrap::Aes128, KeyWrap::Aes192, KeyWrap::Aes256] {
                    for ukm in [None, Some(&b"material"[..])] {
                        let suite = Suite { hash, wrap };
                        let der =
                            write(&identity.certificate, &key, suite, ukm, &[7; 32], &mut rng()).unwrap();
                        let found = read(&der).unwrap().recover(&identity).unwrap().unwrap();
                        assert_eq!(*found.key, [7; 32]);
                        assert_eq!(found.transport, name(key.kind(), suite));
                        ran += 1;
                    }
                }
            }
        }
        assert_eq!(ran, 72);
    }

    #[test]
    fn whatever_is_changed_gives_no_key() {
        let identity = identity(Algorithm::MlKem(MlKemSet::MlKem768));
        let key = identity.certificate.public_key().unwrap();
        let der =
            write(&identity.certificate, &key, Suite::WRITTEN, Some(b"ukm"), &[7; 32], &mut rng()).unwrap();
        let changed = |change: fn(&mut KemRecipient<'_>)| {
            let mut recipient = read(&der).unwrap();
            change(&mut recipient);
            recipient.recover(&identity).unwrap().err()
        };
        assert_eq!(changed(|_| ()), None);
        assert_eq!(changed(|r| r.ukm = None), Some(Error::Decrypt));
        assert_eq!(changed(|r| r.ukm = Some(b"UKM".into())), Some(Error::Decrypt));
        assert_eq!(changed(|r| r.ciphertext.to_mut()[9] ^= 1), Some(Error::Decrypt));
        assert_eq!(changed(|r| r.ciphertext.to_mut().truncate(9)), Some(Error::Decrypt));
        assert_eq!(changed(|r| r.encrypted_key.to_mut()[9] ^= 1), Some(Error::Decrypt));
        let malformed = Some(Error::Malformed { what: Structure::Cms });
        assert_eq!(changed(|r| r.kek_length = 16), malformed);
        let oid = oids::ML_KEM_512;
        let other = Some(Error::UnsupportedAlgorithm { oid });
        assert_eq!(changed(|r| r.kem = asn1::sequence(&[&asn1::oid(oids::ML_KEM_512)]).into()), other);
        assert_eq!(
            changed(|r| r.kdf = asn1::sequence(&[&asn1::oid(oids::HKDF_SHA256), &asn1::null()]).into()),
            Some(Error::AlgorithmParameters { oid: oids::HKDF_SHA256 })
        );
    }

    #[test]
    fn keys_that_do_not_encapsulate_are_no_recipients() {
        let identity = identity(Algorithm::P256);
        let key = identity.certificate.public_key().unwrap();
        let written = write(&identity.certificate, &key, Suite::WRITTEN, None, &[7; 32], &mut rng());
        assert_eq!(written.err(), Some(Error::WrongKeyKind));
    }
}
