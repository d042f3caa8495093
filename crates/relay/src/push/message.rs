//! Messages only the client can read (RFC 8291): one record of `aes128gcm` (RFC 8188).

use aes_gcm::{Aes128Gcm, KeyInit as _, Nonce, aead::Aead as _};
use hkdf::Hkdf;
use p256::{PublicKey, SecretKey, elliptic_curve::sec1::ToSec1Point as _};
use sha2::Sha256;

use crate::random::generate_bytes;

/// An uncompressed point of P-256 (RFC 8291 §3.1).
const POINT_BYTES: usize = 65;
/// The authentication secret (RFC 8291 §3.2).
const AUTH_BYTES: usize = 16;
/// The salt of a message (RFC 8188 §2.1).
const SALT_BYTES: usize = 16;
/// The size of a record, said in its header: everything is one record (RFC 8291 §4).
const RECORD_BYTES: u32 = 4_096;
/// Ends the last record; zeros may follow (RFC 8188 §2).
const LAST_RECORD: u8 = 2;
/// Messages are filled up to a multiple of this, so that their lengths do not tell what changed.
const PADDED_TO: usize = 512;

/// What a client gave to encrypt for it (RFC 8620 §7.2, `keys`).
#[derive(Clone)]
pub(crate) struct Keys {
    public: PublicKey,
    auth: [u8; AUTH_BYTES],
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(…)")
    }
}

impl Keys {
    /// `p256dh` and `auth` of a subscription; `None` unless they are an uncompressed point of the curve and 16 octets.
    pub(crate) fn read(p256dh: &[u8], auth: &[u8]) -> Option<Self> {
        if p256dh.len() != POINT_BYTES {
            return None;
        }
        Some(Self { public: PublicKey::from_sec1_bytes(p256dh).ok()?, auth: auth.try_into().ok()? })
    }

    /// `p256dh`, as it is stored.
    pub(crate) fn p256dh(&self) -> Vec<u8> {
        point(&self.public)
    }

    /// `auth`, as it is stored.
    pub(crate) fn auth(&self) -> &[u8] {
        &self.auth
    }

    /// The body of a push message (RFC 8291 §4), filled up so that its length says little. `None` when the text is
    /// longer than one record holds, which those of the relay are not.
    pub(crate) fn encrypt(&self, text: &[u8]) -> Option<Vec<u8>> {
        let mut record = text.to_vec();
        record.push(LAST_RECORD);
        record.resize(record.len().next_multiple_of(PADDED_TO), 0);
        seal(self, &record, &generate_key(), &generate_bytes())
    }
}

/// A key of its own for every message.
pub(super) fn generate_key() -> SecretKey {
    loop {
        // All but one in 2^32 of them are keys.
        if let Ok(key) = SecretKey::from_slice(&generate_bytes::<32>()) {
            return key;
        }
    }
}

/// A public key as it travels.
pub(super) fn point(key: &PublicKey) -> Vec<u8> {
    key.to_sec1_point(false).as_bytes().to_vec()
}

/// RFC 8291 §3.4 and RFC 8188 §2.1, for a record that carries its delimiter and padding.
fn seal(keys: &Keys, record: &[u8], own: &SecretKey, salt: &[u8; SALT_BYTES]) -> Option<Vec<u8>> {
    let own_point = point(&own.public_key());
    let shared = p256::ecdh::diffie_hellman(own.to_nonzero_scalar(), keys.public.as_affine());
    let info = [b"WebPush: info\0".as_slice(), &keys.p256dh(), &own_point].concat();
    let material: [u8; 32] = derive(&keys.auth, shared.raw_secret_bytes(), &info)?;
    let key: [u8; 16] = derive(salt, &material, b"Content-Encoding: aes128gcm\0")?;
    let nonce: [u8; 12] = derive(salt, &material, b"Content-Encoding: nonce\0")?;
    let sealed = Aes128Gcm::new(&key.into()).encrypt(&Nonce::from(nonce), record).ok()?;
    if sealed.len() > usize::try_from(RECORD_BYTES).ok()? {
        return None;
    }
    let size = RECORD_BYTES.to_be_bytes();
    let id_length = [u8::try_from(own_point.len()).ok()?];
    Some([salt.as_slice(), &size, &id_length, &own_point, &sealed].concat())
}

/// HKDF with SHA-256, both steps.
fn derive<const N: usize>(salt: &[u8], material: &[u8], info: &[u8]) -> Option<[u8; N]> {
    let mut out = [0; N];
    Hkdf::<Sha256>::new(Some(salt), material).expand(info, &mut out).ok()?;
    Some(out)
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(text).unwrap()
    }

    /// RFC 8291 §5 and appendix A.
    #[test]
    fn the_example_of_the_standard_comes_out() {
        let keys = Keys::read(
            &bytes("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
            &bytes("BTBZMqHH6r4Tts7J_aSIgg"),
        )
        .unwrap();
        let own = SecretKey::from_slice(&bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")).unwrap();
        let salt = bytes("DGv6ra1nlYgDCS1FRnbzlw").try_into().unwrap();
        let body = seal(&keys, b"When I grow up, I want to be a watermelon\x02", &own, &salt).unwrap();
        let wanted = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6Tlz\
            AC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";
        assert_eq!(URL_SAFE_NO_PAD.encode(body), wanted);
    }

    #[test]
    fn lengths_tell_nothing_and_no_message_is_like_another() {
        let keys = Keys::read(&point(&generate_key().public_key()), &[7; 16]).unwrap();
        let (short, long) = (keys.encrypt(b"{}").unwrap(), keys.encrypt(&[b'x'; 511]).unwrap());
        assert_eq!((short.len(), long.len()), (16 + 4 + 1 + 65 + 512 + 16, short.len()));
        assert_eq!(keys.encrypt(&[0; 512]).unwrap().len(), short.len() + 512);
        assert_ne!(keys.encrypt(b"{}").unwrap(), short);
        assert!(keys.encrypt(&[0; 4_096]).is_none());
    }

    #[test]
    fn what_is_no_key_is_none() {
        let sound = point(&generate_key().public_key());
        let mut off = sound.clone();
        off[64] ^= 1;
        let (short, none) = (sound[..33].to_vec(), Vec::new());
        for (p256dh, auth) in [(&off, 16), (&short, 16), (&sound, 15), (&sound, 0), (&none, 16)] {
            assert!(Keys::read(p256dh, &[0; 16][..auth]).is_none());
        }
        assert!(Keys::read(&[0], &[0; 16]).is_none(), "the point at infinity");
    }
}
