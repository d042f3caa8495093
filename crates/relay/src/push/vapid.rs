//! Whose pushes they are (RFC 8292): a key pair of the relay's own, in a file of its own.
//!
//! Who takes the file away gives the relay a new key at its next start; what was subscribed with the old one ends then
//! (RFC 9749 §5).

use std::{fs, io, path::Path, str::FromStr};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use p256::{
    SecretKey,
    ecdsa::{Signature, SigningKey, signature::Signer as _},
    pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, LineEnding},
};
use serde::Serialize;

use super::message::{generate_key, point};
use crate::{fault::Fault, limits, secret_file};

/// The relay's key pair (RFC 8292 §2.4).
pub(crate) struct Vapid {
    key: SecretKey,
    public: String,
}

/// Where push services can reach the relay's keeper (RFC 8292 §2.1): a `mailto:` or `https:` URI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact(String);

impl FromStr for Contact {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rest = text.strip_prefix("mailto:").or_else(|| text.strip_prefix("https://"));
        let sound = rest.is_some_and(|rest| !rest.is_empty() && text.bytes().all(|b| b.is_ascii_graphic()));
        sound.then(|| Self(text.to_owned())).ok_or("a contact is mailto:… or https://…")
    }
}

/// What a token says (RFC 8292 §2).
#[derive(Serialize)]
struct Claims<'a> {
    aud: &'a str,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<&'a str>,
}

/// The header of every token (RFC 8292 §2).
const HEADER: &str = r#"{"typ":"JWT","alg":"ES256"}"#;

impl Vapid {
    /// A new one.
    pub(crate) fn generate() -> Self {
        Self::of(generate_key())
    }

    /// Reads the file (PKCS#8 in PEM), or makes it, readable by its owner only.
    pub(crate) fn open(path: &Path) -> Result<Self, Fault> {
        match fs::read_to_string(path) {
            Ok(text) => Ok(Self::of(SecretKey::from_pkcs8_pem(&text).map_err(|_| damaged())?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::create(path),
            Err(error) => Err(error.into()),
        }
    }

    fn create(path: &Path) -> Result<Self, Fault> {
        let made = Self::generate();
        let text = made.key.to_pkcs8_pem(LineEnding::LF).map_err(|_| damaged())?;
        match secret_file::create(path, text.as_bytes())? {
            true => Ok(made),
            false => Self::open(path),
        }
    }

    fn of(key: SecretKey) -> Self {
        let public = URL_SAFE_NO_PAD.encode(point(&key.public_key()));
        Self { key, public }
    }

    /// The public key, as the session resource tells it (RFC 9749 §3).
    pub(crate) fn public(&self) -> &str {
        &self.public
    }

    /// The value of `Authorization` (RFC 8292 §3) for a push service, named by its origin.
    pub(crate) fn authorization(&self, origin: &str, now: i64, contact: Option<&Contact>) -> String {
        let sub = contact.map(|contact| contact.0.as_str());
        let claims = Claims { aud: origin, exp: now + limits::PUSH_TOKEN_LIFETIME, sub };
        let claims = serde_json::to_vec(&claims).unwrap_or_default();
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(HEADER), URL_SAFE_NO_PAD.encode(claims));
        let signature: Signature = SigningKey::from(&self.key).sign(signed.as_bytes());
        let signature = URL_SAFE_NO_PAD.encode(signature.to_bytes());
        format!("vapid t={signed}.{signature}, k={}", self.public)
    }
}

fn damaged() -> Fault {
    Fault::Damaged("the key file of push")
}

#[cfg(test)]
mod tests {
    use p256::ecdsa::{VerifyingKey, signature::Verifier as _};

    use super::*;

    /// Header and claims of a token whose signature is right.
    fn verified(token: &str, key: &str) -> (String, String) {
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
        let key = VerifyingKey::from_sec1_bytes(&decode(key)).unwrap();
        let signature = Signature::from_slice(&decode(signature)).unwrap();
        key.verify(signed.as_bytes(), &signature).unwrap();
        let (header, claims) = signed.split_once('.').unwrap();
        let text = |part: &str| String::from_utf8(decode(part)).unwrap();
        (text(header), text(claims))
    }

    /// RFC 8292 §2.4: the example's signature is right, and ours of the same claims is made like it.
    #[test]
    fn the_example_of_the_standard_is_made_alike() {
        let example = "eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQiLCJleHAiOjE0NTM1\
            MjM3NjgsInN1YiI6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0.i3CYb7t4xfxCDquptFOepC9GAu_HLGkMlMuCGSK2rpiUfnK9ojFwDXb1\
            JrErtmysazNjjvW2L9OkSSHzvoD1oA";
        let key = "BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs";
        let wanted = verified(example, key);
        let vapid = Vapid::generate();
        let contact = "mailto:push@example.com".parse().unwrap();
        let now = 1_453_523_768 - limits::PUSH_TOKEN_LIFETIME;
        let value = vapid.authorization("https://push.example.net", now, Some(&contact));
        let (token, key) = value.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
        assert_eq!((verified(token, key), key), (wanted, vapid.public()));
    }

    #[test]
    fn without_a_contact_there_is_no_subject() {
        let vapid = Vapid::generate();
        let value = vapid.authorization("https://push.example.net", 0, None);
        let (token, key) = value.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
        let claims = verified(token, key).1;
        let exp = limits::PUSH_TOKEN_LIFETIME;
        assert_eq!(claims, format!(r#"{{"aud":"https://push.example.net","exp":{exp}}}"#));
    }

    #[test]
    fn a_contact_is_a_mail_address_or_a_page() {
        for sound in ["mailto:keeper@exemple.fr", "https://exemple.fr/contact"] {
            assert_eq!(sound.parse::<Contact>().unwrap().0, sound);
        }
        for wrong in [
            "",
            "mailto:",
            "https://",
            "keeper@exemple.fr",
            "http://exemple.fr",
            "mailto:a b@c",
            "mailto:é@c",
        ] {
            assert!(wrong.parse::<Contact>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_key_stays_and_is_private() {
        use std::os::unix::fs::PermissionsExt as _;
        let name = format!("sceau-vapid-{}", hex::encode(crate::random::generate_bytes::<8>()));
        let folder = std::env::temp_dir().join(name);
        fs::create_dir(&folder).unwrap();
        let path = folder.join("vapid.pem");
        let first = Vapid::open(&path).unwrap();
        assert_eq!(Vapid::open(&path).unwrap().public(), first.public());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::write(&path, "short").unwrap();
        assert!(matches!(Vapid::open(&path), Err(Fault::Damaged(_))));
        fs::remove_file(&path).unwrap();
        assert_ne!(
            Vapid::open(&path).unwrap().public(),
            first.public(),
            "a new key when the old one was taken away"
        );
        fs::remove_dir_all(folder).unwrap();
    }
}
