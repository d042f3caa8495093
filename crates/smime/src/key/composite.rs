//! id-MLKEM768-ECDH-P256-SHA3-256 of draft-ietf-lamps-pq-composite-kem-15: ML-KEM-768 together
//! with ECDH on P-256, safe as long as one of the two is. A draft: between ourselves only.

use p256::elliptic_curve::Generate;
use p256::elliptic_curve::sec1::ToSec1Point;
use rand_core::CryptoRng;
use sha3::{Digest, Sha3_256};
use zeroize::Zeroizing;

use super::MlKemSet;
use super::ml_kem::{self, Encapsulated, SEED_BYTES};
use crate::asn1::{self, Of, Reader};
use crate::error::{Error, Result, Structure};
use crate::oids;

/// Octets of an ML-KEM-768 encapsulation key (FIPS 203 table 3).
const ML_KEM_PUBLIC_BYTES: usize = 1_184;

/// Octets of an ML-KEM-768 ciphertext (FIPS 203 table 3).
const ML_KEM_CIPHERTEXT_BYTES: usize = 1_088;

/// Octets of an uncompressed point on P-256 (SEC 1 §2.3.3), the only encoding §4 allows.
const POINT_BYTES: usize = 65;

/// The label of the combiner (§6).
const LABEL: &[u8] = b"MLKEM768-P256";

/// Both private keys.
#[derive(Clone)]
pub(super) struct Private {
    seed: Zeroizing<[u8; SEED_BYTES]>,
    post_quantum: ml_kem::Private,
    traditional: p256::SecretKey,
}

/// Both public keys.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Public {
    post_quantum: ml_kem::Public,
    traditional: p256::PublicKey,
}

impl Private {
    /// Both keys fresh, as §3.1 wants.
    pub(super) fn generate<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        let mut seed = Zeroizing::new([0; SEED_BYTES]);
        rng.fill_bytes(&mut *seed);
        Self::new(seed, p256::SecretKey::generate_from_rng(rng))
    }

    fn new(seed: Zeroizing<[u8; SEED_BYTES]>, traditional: p256::SecretKey) -> Self {
        Self { post_quantum: ml_kem::Private::from_seed(MlKemSet::MlKem768, &seed), seed, traditional }
    }

    /// The seed, then an ECPrivateKey that names its curve (§4.2).
    pub(super) fn read(bytes: &[u8]) -> Result<Self> {
        let bad = Error::Malformed { what: Structure::PrivateKey };
        let (seed, ec) = bytes.split_first_chunk::<SEED_BYTES>().ok_or(bad.clone())?;
        let read = || {
            let mut reader = Reader::only(ec, asn1::SEQUENCE)?;
            let version = reader.expect(asn1::INTEGER)?.small_uint()?;
            let scalar = reader.expect(asn1::OCTET_STRING)?.value;
            let curve = reader.expect(asn1::context(0))?.reader().expect(asn1::OID)?.oid()?;
            reader.finish()?;
            if version == 1 && curve == oids::P256 { Ok(scalar) } else { Err(asn1::NotDer) }
        };
        let scalar = read().of(Structure::PrivateKey)?;
        let traditional = p256::SecretKey::from_slice(scalar).map_err(|_| bad)?;
        Ok(Self::new(Zeroizing::new(*seed), traditional))
    }

    pub(super) fn write(&self) -> Zeroizing<Vec<u8>> {
        let scalar = Zeroizing::new(asn1::octet_string(&Zeroizing::new(self.traditional.to_bytes())));
        let curve = asn1::nest(asn1::context(0), &[&asn1::oid(oids::P256)]);
        let ec = Zeroizing::new(asn1::sequence(&[&asn1::small_integer(1), &scalar, &curve]));
        Zeroizing::new([self.seed.as_slice(), &ec].concat())
    }

    pub(super) fn public(&self) -> Public {
        Public { post_quantum: self.post_quantum.public(), traditional: self.traditional.public_key() }
    }

    /// The shared secret (§3.3); `None` for what is no ciphertext, which anybody can see.
    pub(super) fn decapsulate(&self, ciphertext: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (post_quantum, point) = ciphertext.split_at_checked(ML_KEM_CIPHERTEXT_BYTES)?;
        let ephemeral = read_point(point)?;
        let first = self.post_quantum.decapsulate(post_quantum)?;
        let second = self.traditional.diffie_hellman(&ephemeral);
        Some(combine(&first, second.raw_secret_bytes(), point, &self.public().point()))
    }
}

impl Public {
    /// The encapsulation key, then the point (§4.1).
    pub(super) fn read(bytes: &[u8]) -> Result<Self> {
        let bad = Error::Malformed { what: Structure::PublicKey };
        let (post_quantum, point) = bytes.split_at_checked(ML_KEM_PUBLIC_BYTES).ok_or(bad.clone())?;
        let post_quantum = ml_kem::Public::read(MlKemSet::MlKem768, post_quantum)?;
        Ok(Self { post_quantum, traditional: read_point(point).ok_or(bad)? })
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        [self.post_quantum.to_bytes(), self.point()].concat()
    }

    fn point(&self) -> Vec<u8> {
        self.traditional.to_sec1_point(false).as_bytes().to_vec()
    }

    /// Encapsulates to both (§3.2).
    pub(super) fn encapsulate<R: CryptoRng + ?Sized>(&self, rng: &mut R) -> Encapsulated {
        let first = self.post_quantum.encapsulate(rng);
        let ephemeral = p256::SecretKey::generate_from_rng(rng);
        let second = ephemeral.diffie_hellman(&self.traditional);
        let point = ephemeral.public_key().to_sec1_point(false).as_bytes().to_vec();
        let secret = combine(&first.secret, second.raw_secret_bytes(), &point, &self.point());
        Encapsulated { ciphertext: [first.ciphertext, point].concat(), secret }
    }
}

fn read_point(bytes: &[u8]) -> Option<p256::PublicKey> {
    if bytes.len() != POINT_BYTES {
        return None;
    }
    p256::PublicKey::from_sec1_bytes(bytes).ok()
}

/// KemCombiner (§3.4).
fn combine(first: &[u8], second: &[u8], point: &[u8], public: &[u8]) -> Zeroizing<Vec<u8>> {
    let hash = Sha3_256::new()
        .chain_update(first)
        .chain_update(second)
        .chain_update(point)
        .chain_update(public)
        .chain_update(LABEL);
    Zeroizing::new(hash.finalize().to_vec())
}
