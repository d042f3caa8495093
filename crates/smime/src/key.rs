//! Keys: RSA, P-256 and P-384; made, read, written and used.
//!
//! Private keys are wiped on drop and never print. Every private RSA operation is blinded
//! with the caller's randomness.

mod digest;
mod public;
mod read;
mod scheme;

use p256::elliptic_curve::Generate;
use p256::elliptic_curve::sec1::ToSec1Point;
use rand_core::CryptoRng;
use rsa::RsaPrivateKey;
use rsa::pkcs1::EncodeRsaPrivateKey;
use rsa::traits::{PrivateKeyParts, PublicKeyParts};
use sha2::{Digest, Sha256};
use subtle::{ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

pub use self::digest::DigestAlgorithm;
pub(crate) use self::digest::{identifier as algorithm_identifier, with_digest};
pub use self::public::{MAX_RSA_BITS, MIN_RSA_BITS, PublicKey};
pub use self::scheme::{OaepParameters, SignatureScheme};
use crate::asn1;
use crate::error::{Error, Result, Structure};

/// The kinds of key that we make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// RSA with a modulus of 2048 bits.
    Rsa2048,
    /// RSA with a modulus of 3072 bits.
    Rsa3072,
    /// RSA with a modulus of 4096 bits.
    Rsa4096,
    /// The NIST curve P-256 (RFC 5480).
    P256,
    /// The NIST curve P-384 (RFC 5480).
    P384,
}

impl Algorithm {
    /// All algorithms, in the order in which they are offered.
    pub const ALL: [Self; 5] = [Self::Rsa2048, Self::Rsa3072, Self::Rsa4096, Self::P256, Self::P384];

    /// The name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rsa2048 => "rsa2048",
            Self::Rsa3072 => "rsa3072",
            Self::Rsa4096 => "rsa4096",
            Self::P256 => "p256",
            Self::P384 => "p384",
        }
    }
}

/// What a key is, whoever made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// RSA with a modulus of this many bits.
    Rsa {
        /// Bits of the modulus.
        bits: usize,
    },
    /// The NIST curve P-256.
    P256,
    /// The NIST curve P-384.
    P384,
}

impl core::fmt::Display for KeyKind {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Rsa { bits } => write!(f, "rsa{bits}"),
            Self::P256 => f.write_str("p256"),
            Self::P384 => f.write_str("p384"),
        }
    }
}

/// A private key. It is wiped when dropped and prints only its kind.
#[derive(Clone)]
pub struct PrivateKey(Inner);

#[derive(Clone)]
enum Inner {
    Rsa(Box<RsaPrivateKey>),
    P256(p256::SecretKey),
    P384(p384::SecretKey),
}

impl core::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "PrivateKey({}, redacted)", self.kind())
    }
}

impl PrivateKey {
    /// Makes a new key.
    ///
    /// # Errors
    /// `Decrypt` when the generator of primes fails, which needs a broken source of randomness.
    pub fn generate<R: CryptoRng + ?Sized>(algorithm: Algorithm, rng: &mut R) -> Result<Self> {
        let bits = match algorithm {
            Algorithm::Rsa2048 => 2048,
            Algorithm::Rsa3072 => 3072,
            Algorithm::Rsa4096 => 4096,
            Algorithm::P256 => return Ok(Self(Inner::P256(p256::SecretKey::generate_from_rng(rng)))),
            Algorithm::P384 => return Ok(Self(Inner::P384(p384::SecretKey::generate_from_rng(rng)))),
        };
        let key = RsaPrivateKey::new(rng, bits).map_err(|_| Error::Decrypt)?;
        Ok(Self(Inner::Rsa(Box::new(key))))
    }

    /// Makes a new key of the same kind on the same curve; for ephemeral keys of RFC 5753.
    ///
    /// # Errors
    /// `WrongKeyKind` when `peer` is not an elliptic-curve key.
    pub fn generate_ephemeral<R: CryptoRng + ?Sized>(peer: &PublicKey, rng: &mut R) -> Result<Self> {
        match peer.kind() {
            KeyKind::P256 => Self::generate(Algorithm::P256, rng),
            KeyKind::P384 => Self::generate(Algorithm::P384, rng),
            KeyKind::Rsa { .. } => Err(Error::WrongKeyKind),
        }
    }

    /// Reads a key: PKCS#8 (RFC 5958) plain or encrypted, SEC1 (RFC 5915) or PKCS#1
    /// (RFC 8017 appendix A), in PEM or DER. Of several PEM blocks the first private key counts.
    ///
    /// # Errors
    /// `PasswordRequired`, `WrongPassword`, `Malformed`, `UnsupportedAlgorithm` and `RsaKeySize`
    /// describe the input.
    pub fn read(bytes: &[u8], password: Option<&str>) -> Result<Self> {
        read::any(bytes, password)
    }

    /// Reads a DER-encoded PKCS#8 PrivateKeyInfo.
    ///
    /// # Errors
    /// `Malformed`, `UnsupportedAlgorithm` and `RsaKeySize` describe the input.
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self> {
        read::pkcs8(der)
    }

    /// What kind of key this is.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        match &self.0 {
            Inner::Rsa(key) => KeyKind::Rsa { bits: public::modulus_bits(key.as_public_key()) },
            Inner::P256(_) => KeyKind::P256,
            Inner::P384(_) => KeyKind::P384,
        }
    }

    /// The public half.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        match &self.0 {
            Inner::Rsa(key) => PublicKey::from_rsa(key.to_public_key()),
            Inner::P256(key) => PublicKey::from_p256(key.public_key()),
            Inner::P384(key) => PublicKey::from_p384(key.public_key()),
        }
    }

    /// The SubjectPublicKeyInfo (RFC 5280 §4.1.2.7) of the public half.
    #[must_use]
    pub fn spki_der(&self) -> Vec<u8> {
        self.public_key().spki_der().to_vec()
    }

    /// Whether this key is the private half of that public key.
    #[must_use]
    pub fn matches(&self, public: &PublicKey) -> bool {
        self.public_key().same_key(public)
    }

    /// Writes the key as an unencrypted PKCS#8 PrivateKeyInfo (RFC 5958).
    ///
    /// # Errors
    /// `Malformed` when an RSA key lacks its CRT values, which no key made or read here does.
    pub fn to_pkcs8_der(&self) -> Result<Zeroizing<Vec<u8>>> {
        let inner = match &self.0 {
            Inner::Rsa(key) => {
                let pkcs1 =
                    key.to_pkcs1_der().map_err(|_| Error::Malformed { what: Structure::PrivateKey })?;
                Zeroizing::new(pkcs1.as_bytes().to_vec())
            }
            Inner::P256(key) => {
                sec1(&Zeroizing::new(key.to_bytes()), key.public_key().to_sec1_point(false).as_bytes())
            }
            Inner::P384(key) => {
                sec1(&Zeroizing::new(key.to_bytes()), key.public_key().to_sec1_point(false).as_bytes())
            }
        };
        let secret = Zeroizing::new(asn1::octet_string(&inner));
        Ok(Zeroizing::new(asn1::sequence(&[
            &asn1::small_integer(0),
            &self.public_key().algorithm_identifier(),
            &secret,
        ])))
    }

    /// Writes the key as unencrypted PKCS#8 in PEM armour.
    ///
    /// # Errors
    /// As [`Self::to_pkcs8_der`].
    pub fn to_pkcs8_pem(&self) -> Result<Zeroizing<String>> {
        Ok(Zeroizing::new(crate::pem::encode("PRIVATE KEY", &self.to_pkcs8_der()?)))
    }

    /// The scheme we sign with: RSASSA-PSS with a salt as long as the hash, or ECDSA.
    #[must_use]
    pub fn default_scheme(&self) -> SignatureScheme {
        match self.kind() {
            KeyKind::Rsa { .. } => SignatureScheme::pss(DigestAlgorithm::Sha256),
            KeyKind::P256 => SignatureScheme::Ecdsa(DigestAlgorithm::Sha256),
            KeyKind::P384 => SignatureScheme::Ecdsa(DigestAlgorithm::Sha384),
        }
    }

    /// Signs a message.
    ///
    /// # Errors
    /// `WrongKeyKind` when the scheme is not for this key, `LegacyAlgorithm` for SHA-1,
    /// which is never signed with.
    pub fn sign<R: CryptoRng + ?Sized>(
        &self,
        scheme: SignatureScheme,
        message: &[u8],
        rng: &mut R,
    ) -> Result<Vec<u8>> {
        self.sign_digest(scheme, &scheme.digest().hash(message), rng)
    }

    /// Signs a digest that the caller has computed with the scheme's hash.
    ///
    /// # Errors
    /// As [`Self::sign`].
    pub fn sign_digest<R: CryptoRng + ?Sized>(
        &self,
        scheme: SignatureScheme,
        digest: &[u8],
        rng: &mut R,
    ) -> Result<Vec<u8>> {
        if scheme.digest() == DigestAlgorithm::Sha1 {
            return Err(Error::LegacyAlgorithm);
        }
        match (&self.0, scheme) {
            (Inner::Rsa(key), SignatureScheme::RsaPkcs1(hash)) => with_digest!(hash, D => {
                key.sign_with_rng(rng, rsa::Pkcs1v15Sign::new::<D>(), digest)
            })
            .map_err(|_| Error::WrongKeyKind),
            (Inner::Rsa(key), SignatureScheme::RsaPss { digest: hash, salt_len }) => {
                with_digest!(hash, D => {
                    key.sign_with_rng(rng, rsa::Pss::<D>::new_with_salt(usize::from(salt_len)), digest)
                })
                .map_err(|_| Error::WrongKeyKind)
            }
            (Inner::P256(key), SignatureScheme::Ecdsa(_)) => ecdsa_p256(key, digest, rng),
            (Inner::P384(key), SignatureScheme::Ecdsa(_)) => ecdsa_p384(key, digest, rng),
            _ => Err(Error::WrongKeyKind),
        }
    }

    /// Opens an RSAES-OAEP ciphertext (RFC 8017 §7.1, RFC 4055 §4.1), blinded.
    ///
    /// # Errors
    /// `WrongKeyKind` for a key that is not RSA; `Decrypt` for everything else, without detail.
    pub fn decrypt_oaep<R: CryptoRng + ?Sized>(
        &self,
        parameters: &OaepParameters,
        ciphertext: &[u8],
        rng: &mut R,
    ) -> Result<Zeroizing<Vec<u8>>> {
        let Inner::Rsa(key) = &self.0 else { return Err(Error::WrongKeyKind) };
        let label = parameters.label.clone();
        with_digest!(parameters.digest, D => with_digest!(parameters.mgf_digest, M => {
            let padding = rsa::Oaep::<D, M>::new_with_mgf_hash_and_label(label);
            key.decrypt_blinded(rng, padding, ciphertext)
        }))
        .map(Zeroizing::new)
        .map_err(|_| Error::Decrypt)
    }

    /// Opens an RSAES-PKCS1-v1_5 ciphertext (RFC 8017 §7.2) with implicit rejection, blinded.
    ///
    /// `length` is the length of the expected content-encryption key. Whatever is wrong inside
    /// the padding, the answer is a key of that length: the right one, or one derived from the
    /// private key and the ciphertext, the same each time. The caller can tell them apart only
    /// by what the key then opens (against Bleichenbacher's attack and its descendants).
    ///
    /// # Errors
    /// `WrongKeyKind` for a key that is not RSA; `Decrypt` for a ciphertext of the wrong length
    /// or out of range, which anybody can see without the key.
    pub fn decrypt_pkcs1v15<R: CryptoRng + ?Sized>(
        &self,
        ciphertext: &[u8],
        length: usize,
        rng: &mut R,
    ) -> Result<Zeroizing<Vec<u8>>> {
        let Inner::Rsa(key) = &self.0 else { return Err(Error::WrongKeyKind) };
        let message = key.decrypt_blinded(rng, rsa::Pkcs1v15Encrypt, ciphertext);
        let message = Zeroizing::new(message.map_err(|_| Error::Decrypt)?);
        let mut out = rejection_key(key, ciphertext, length);
        let right_length = message.len().ct_eq(&length);
        for (at, byte) in out.iter_mut().enumerate() {
            let found = message.get(at).copied().unwrap_or(0);
            byte.conditional_assign(&found, right_length);
        }
        Ok(out)
    }

    /// Agrees on a shared secret with a peer (SEC 1 §3.3.1, RFC 5753 §7.1): the x coordinate.
    ///
    /// # Errors
    /// `WrongKeyKind` when the two keys are not on one curve.
    pub fn agree(&self, peer: &PublicKey) -> Result<Zeroizing<Vec<u8>>> {
        match (&self.0, peer) {
            (Inner::P256(key), peer) => {
                let peer = peer.as_p256().ok_or(Error::WrongKeyKind)?;
                Ok(Zeroizing::new(key.diffie_hellman(peer).raw_secret_bytes().to_vec()))
            }
            (Inner::P384(key), peer) => {
                let peer = peer.as_p384().ok_or(Error::WrongKeyKind)?;
                Ok(Zeroizing::new(key.diffie_hellman(peer).raw_secret_bytes().to_vec()))
            }
            (Inner::Rsa(_), _) => Err(Error::WrongKeyKind),
        }
    }
}

/// ECPrivateKey (RFC 5915 §3), the curve being named outside.
fn sec1(scalar: &[u8], point: &[u8]) -> Zeroizing<Vec<u8>> {
    let secret = Zeroizing::new(asn1::octet_string(scalar));
    let public = asn1::nest(asn1::context(1), &[&asn1::bit_string(point)]);
    Zeroizing::new(asn1::sequence(&[&asn1::small_integer(1), &secret, &public]))
}

fn ecdsa_p256<R: CryptoRng + ?Sized>(key: &p256::SecretKey, digest: &[u8], rng: &mut R) -> Result<Vec<u8>> {
    use p256::ecdsa::signature::hazmat::RandomizedPrehashSigner;
    let key = p256::ecdsa::SigningKey::from(key);
    let signature: p256::ecdsa::DerSignature =
        key.sign_prehash_with_rng(rng, digest).map_err(|_| Error::WrongKeyKind)?;
    Ok(signature.as_bytes().to_vec())
}

fn ecdsa_p384<R: CryptoRng + ?Sized>(key: &p384::SecretKey, digest: &[u8], rng: &mut R) -> Result<Vec<u8>> {
    use p384::ecdsa::signature::hazmat::RandomizedPrehashSigner;
    let key = p384::ecdsa::SigningKey::from(key);
    let signature: p384::ecdsa::DerSignature =
        key.sign_prehash_with_rng(rng, digest).map_err(|_| Error::WrongKeyKind)?;
    Ok(signature.as_bytes().to_vec())
}

/// The key that stands in for a rejected one: a function of private key and ciphertext only.
fn rejection_key(key: &RsaPrivateKey, ciphertext: &[u8], length: usize) -> Zeroizing<Vec<u8>> {
    use hmac::{Hmac, KeyInit, Mac};
    let exponent = Zeroizing::new(key.d().to_be_bytes().to_vec());
    let seed = Zeroizing::new(
        Sha256::new().chain_update(b"sceau implicit rejection").chain_update(&*exponent).finalize().to_vec(),
    );
    let mut out = Zeroizing::new(Vec::with_capacity(length));
    for counter in 0_u32.. {
        if out.len() >= length {
            break;
        }
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&seed) else { break };
        mac.update(&counter.to_be_bytes());
        mac.update(ciphertext);
        let block = mac.finalize().into_bytes();
        let wanted = (length - out.len()).min(block.len());
        out.extend(block.iter().take(wanted));
    }
    out
}

impl PrivateKey {
    /// Length in octets of what this key encrypts to or signs, for RSA; `None` for curves.
    #[must_use]
    pub fn rsa_octets(&self) -> Option<usize> {
        match &self.0 {
            Inner::Rsa(key) => Some(key.size()),
            Inner::P256(_) | Inner::P384(_) => None,
        }
    }
}

#[cfg(test)]
mod tests;
