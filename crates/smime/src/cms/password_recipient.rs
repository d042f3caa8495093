//! PasswordRecipientInfo (RFC 5652 §6.2.4): the content key under a pass phrase, through PBKDF2 and the double
//! encryption of RFC 3211, id-alg-PWRI-KEK.

use std::borrow::Cow;

use aes::cipher::block_padding::NoPadding;
use aes::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use const_oid::ObjectIdentifier;
use rand_core::CryptoRng;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::ber::{Tlv, tag, to_der};
use super::content_cipher::read_identifier;
use super::keyring::{KeyEncryptionKey, RecipientPassword};
use super::oids;
use super::recipients::{Candidate, RecipientInfo};
use crate::asn1;
use crate::backend::Backend;
use crate::error::{Error, Limit, Result};
use crate::mac::MacAlgorithm;
use crate::pbe::{self, Kdf};

/// Most rounds of key derivation one envelope may ask for in all: four pass phrases at the most rounds that one may
/// have. A few seconds natively, less than a minute in a page.
pub const MAX_ROUNDS: u32 = 4 * pbe::MAX_ITERATIONS;

/// id-alg-PWRI-KEK (RFC 3211 §2.3.2).
const PWRI_KEK: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.3.9");

/// Octets before the content key: its length and the complement of its first three octets.
const HEAD_BYTES: usize = 4;

/// Octets of salt in what we write.
const SALT_BYTES: usize = 16;

/// ```text
/// PasswordRecipientInfo ::= SEQUENCE {
///   version, keyDerivationAlgorithm [0] IMPLICIT OPTIONAL, keyEncryptionAlgorithm, encryptedKey }
/// ```
#[derive(Debug)]
pub struct PasswordRecipient<'a> {
    /// Under the SEQUENCE tag.
    derivation: Option<Vec<u8>>,
    algorithm: Cow<'a, [u8]>,
    encrypted_key: Cow<'a, [u8]>,
}

impl<'a> PasswordRecipient<'a> {
    pub(crate) fn read(element: Tlv<'a>) -> Result<Self> {
        let mut fields = element.children()?;
        fields.expect(tag::INTEGER)?;
        let derivation = fields.optional(tag::context(0))?.map(untagged).transpose()?;
        let algorithm = to_der(fields.expect(tag::SEQUENCE)?.raw)?;
        let encrypted_key = fields.expect(tag::OCTET_STRING)?.octets()?;
        fields.finish()?;
        Ok(Self { derivation, algorithm, encrypted_key })
    }

    /// `None` when the key-encryption key is not made from a pass phrase.
    async fn recover(
        &self,
        backend: &dyn Backend,
        password: &RecipientPassword,
        rounds: &mut u32,
    ) -> Option<Result<Candidate>> {
        let derivation = self.derivation.as_deref()?;
        let recovered = async {
            let cipher = WrapCipher::read(&self.algorithm)?;
            let kdf = Kdf::read(derivation)?;
            kdf.check_length(cipher.key_bytes())?;
            *rounds = rounds
                .checked_sub(kdf.iterations)
                .ok_or(Error::LimitExceeded { limit: Limit::KdfIterations })?;
            let kek = kdf.derive_with(backend, password.octets(), cipher.key_bytes()).await?;
            self.unwrap(&cipher, &kek)
        };
        Some(recovered.await)
    }

    /// With a key that is shared as it is; `None` when it is made from a pass phrase, or has another length.
    pub(crate) fn recover_underived(&self, kek: &KeyEncryptionKey) -> Option<Result<Candidate>> {
        if self.derivation.is_some() || kek.identifier().is_some() {
            return None;
        }
        let cipher = match WrapCipher::read(&self.algorithm) {
            Ok(cipher) => cipher,
            Err(error) => return Some(Err(error)),
        };
        (kek.key().len() == cipher.key_bytes()).then(|| self.unwrap(&cipher, kek.key()))
    }

    fn unwrap(&self, cipher: &WrapCipher, kek: &[u8]) -> Result<Candidate> {
        let key = cipher.unwrap(kek, &self.encrypted_key).ok_or(Error::Decrypt)?;
        Ok(Candidate { key, transport: format!("password-pwri-{}", cipher.kind.name()) })
    }
}

impl RecipientInfo<'_> {
    /// Tries one pass phrase, as [`RecipientInfo::recover`] tries a private key. `rounds` is what is left to derive.
    pub(crate) async fn recover_password(
        &self,
        backend: &dyn Backend,
        password: &RecipientPassword,
        rounds: &mut u32,
    ) -> Option<Result<Candidate>> {
        match self {
            Self::Password(recipient) => recipient.recover(backend, password, rounds).await,
            _ => None,
        }
    }
}

/// Writes one RecipientInfo for whoever knows the pass phrase: PBKDF2-HMAC-SHA256 and AES-256.
///
/// # Errors
/// `WrongKeyKind` for a content key that does not fit, which no content cipher has.
pub(crate) async fn write(
    backend: &dyn Backend,
    password: &RecipientPassword,
    rounds: u32,
    content_key: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>> {
    let mut salt = [0_u8; SALT_BYTES];
    rng.fill_bytes(&mut salt);
    let cipher = WrapCipher::generate(rng);
    let length = cipher.key_bytes();
    let mac = MacAlgorithm::Sha256;
    let kek = backend.derive_from_password(mac, password.octets(), &salt, rounds, length).await?;
    let wrapped = cipher.wrap(&kek, content_key, rng).ok_or(Error::WrongKeyKind)?;
    let kdf = pbe::kdf_der(&salt, pbe::bounded(rounds)?, None);
    let kdf = asn1::tlv(asn1::context(0), Tlv::parse(&kdf)?.contents);
    let algorithm = asn1::sequence(&[&asn1::oid(PWRI_KEK), &cipher.to_der()]);
    let wrapped = asn1::octet_string(&wrapped);
    Ok(asn1::nest(asn1::context(3), &[&asn1::small_integer(0), &kdf, &algorithm, &wrapped]))
}

/// An implicitly tagged AlgorithmIdentifier under its own tag again.
fn untagged(element: Tlv<'_>) -> Result<Vec<u8>> {
    let der = to_der(element.raw)?;
    Ok(asn1::tlv(asn1::SEQUENCE, Tlv::parse(&der)?.contents))
}

/// The block ciphers of the double encryption.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WrapKind {
    Aes128,
    Aes192,
    Aes256,
    /// Read only.
    TripleDes,
}

impl WrapKind {
    fn name(self) -> &'static str {
        match self {
            Self::Aes128 => "aes-128",
            Self::Aes192 => "aes-192",
            Self::Aes256 => "aes-256",
            Self::TripleDes => "3des",
        }
    }
}

struct WrapCipher {
    kind: WrapKind,
    iv: Vec<u8>,
}

impl WrapCipher {
    fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut iv = vec![0; 16];
        rng.fill_bytes(&mut iv);
        Self { kind: WrapKind::Aes256, iv }
    }

    /// The parameters of id-alg-PWRI-KEK are the AlgorithmIdentifier of a cipher in CBC mode (RFC 3211 §2.3.2).
    fn read(algorithm: &[u8]) -> Result<Self> {
        let (oid, inner) = read_identifier(algorithm)?;
        if oid != PWRI_KEK {
            return Err(Error::UnsupportedAlgorithm { oid });
        }
        let (cipher, iv) = read_identifier(inner.ok_or(Error::AlgorithmParameters { oid })?.raw)?;
        let (kind, block) = match cipher {
            oids::AES128_CBC => (WrapKind::Aes128, 16),
            oids::AES192_CBC => (WrapKind::Aes192, 16),
            oids::AES256_CBC => (WrapKind::Aes256, 16),
            oids::DES_EDE3_CBC => (WrapKind::TripleDes, 8),
            oid => return Err(Error::UnsupportedAlgorithm { oid }),
        };
        match iv {
            Some(iv) if iv.tag == tag::OCTET_STRING && iv.contents.len() == block => {
                Ok(Self { kind, iv: iv.contents.to_vec() })
            }
            _ => Err(Error::AlgorithmParameters { oid: cipher }),
        }
    }

    fn to_der(&self) -> Vec<u8> {
        let oid = match self.kind {
            WrapKind::Aes128 => oids::AES128_CBC,
            WrapKind::Aes192 => oids::AES192_CBC,
            WrapKind::Aes256 => oids::AES256_CBC,
            WrapKind::TripleDes => oids::DES_EDE3_CBC,
        };
        asn1::sequence(&[&asn1::oid(oid), &asn1::octet_string(&self.iv)])
    }

    fn key_bytes(&self) -> usize {
        match self.kind {
            WrapKind::Aes128 => 16,
            WrapKind::Aes192 | WrapKind::TripleDes => 24,
            WrapKind::Aes256 => 32,
        }
    }

    /// RFC 3211 §2.3.2. The checks say one thing only, at once.
    fn unwrap(&self, kek: &[u8], wrapped: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let block = self.iv.len();
        let last = wrapped.len().checked_sub(block)?;
        let before = last.checked_sub(block)?;
        if !wrapped.len().is_multiple_of(block) {
            return None;
        }
        let inner_iv = self.cbc_decrypt(kek, wrapped.get(before..last)?, wrapped.get(last..)?)?;
        let mut once = self.cbc_decrypt(kek, &inner_iv, wrapped.get(..last)?)?;
        once.extend_from_slice(&inner_iv);
        let plain = self.cbc_decrypt(kek, &self.iv, &once)?;
        let [length, checks @ ..] = plain.first_chunk::<HEAD_BYTES>()?;
        let key = plain.get(HEAD_BYTES..)?;
        let complement: Vec<u8> = key.iter().take(checks.len()).map(|octet| !octet).collect();
        let fits = complement.ct_eq(checks);
        let key = key.get(..usize::from(*length)).filter(|key| key.len() >= checks.len())?;
        bool::from(fits).then(|| Zeroizing::new(key.to_vec()))
    }

    /// RFC 3211 §2.3.1: the key with its head, filled up with randomness to two blocks at least, encrypted twice.
    fn wrap(&self, kek: &[u8], key: &[u8], rng: &mut impl CryptoRng) -> Option<Vec<u8>> {
        let block = self.iv.len();
        let whole = HEAD_BYTES.checked_add(key.len())?.next_multiple_of(block).max(block.checked_mul(2)?);
        let mut plain = Zeroizing::new(vec![u8::try_from(key.len()).ok()?]);
        plain.extend(key.first_chunk::<3>()?.iter().map(|octet| !octet));
        plain.extend_from_slice(key);
        let mut fill = vec![0; whole.checked_sub(plain.len())?];
        rng.fill_bytes(&mut fill);
        plain.extend_from_slice(&fill);
        let once = self.cbc_encrypt(kek, &self.iv, &plain)?;
        let inner_iv = once.get(once.len().checked_sub(block)?..)?;
        self.cbc_encrypt(kek, inner_iv, &once)
    }

    fn cbc_decrypt(&self, key: &[u8], iv: &[u8], data: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        match self.kind {
            WrapKind::Aes128 => decrypted::<cbc::Decryptor<aes::Aes128>>(key, iv, data),
            WrapKind::Aes192 => decrypted::<cbc::Decryptor<aes::Aes192>>(key, iv, data),
            WrapKind::Aes256 => decrypted::<cbc::Decryptor<aes::Aes256>>(key, iv, data),
            WrapKind::TripleDes => decrypted::<cbc::Decryptor<des::TdesEde3>>(key, iv, data),
        }
    }

    fn cbc_encrypt(&self, key: &[u8], iv: &[u8], data: &[u8]) -> Option<Vec<u8>> {
        match self.kind {
            WrapKind::Aes256 => {
                let cipher = cbc::Encryptor::<aes::Aes256>::new_from_slices(key, iv).ok()?;
                Some(cipher.encrypt_padded_vec::<NoPadding>(data))
            }
            _ => None,
        }
    }
}

fn decrypted<D: BlockModeDecrypt + KeyIvInit>(
    key: &[u8],
    iv: &[u8],
    data: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let cipher = D::new_from_slices(key, iv).ok()?;
    cipher.decrypt_padded_vec::<NoPadding>(data).ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 3211 §3: the first example is single DES, which nobody reads; the second is 3DES.
    #[test]
    fn the_example_of_rfc_3211_is_unwrapped() {
        let kek = MacAlgorithm::Sha1.pbkdf2(
            b"All n-entities must communicate with other n-entities via n-1 entiteeheehees",
            &hex::decode("1234567878563412").unwrap(),
            500,
            24,
        );
        assert_eq!(hex::encode(&*kek), "6a8970bf68c92caea84a8df28510858607126380cc47ab2d");
        let cipher = WrapCipher { kind: WrapKind::TripleDes, iv: hex::decode("baf1ca7931213c4e").unwrap() };
        let wrapped =
            hex::decode("c03c514abdb9e2c5aac038572b5e24553876b377aafb82eca5a9d73f8ab143d9ec74e6cad7db260c")
                .unwrap();
        let key = cipher.unwrap(&kek, &wrapped).unwrap();
        assert_eq!(hex::encode(&*key), "8c637d887223a2f965b566eb014b0fa5d52300a3f7ea40fffc577203c71baf3b");
        let mut damaged = wrapped;
        damaged[0] ^= 1;
        assert!(cipher.unwrap(&kek, &damaged).is_none());
        assert!(cipher.unwrap(&kek, &damaged[..8]).is_none() && cipher.unwrap(&kek, &[]).is_none());
    }

    #[test]
    fn what_is_wrapped_is_unwrapped() {
        let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
        let cipher = WrapCipher::generate(&mut rng);
        for length in [16, 24, 28, 29, 32, 255] {
            let wrapped = cipher.wrap(&[9; 32], &vec![7; length], &mut rng).unwrap();
            assert_eq!(*cipher.unwrap(&[9; 32], &wrapped).unwrap(), vec![7; length]);
        }
        assert!(cipher.wrap(&[9; 32], &[7; 256], &mut rng).is_none());
    }
}
