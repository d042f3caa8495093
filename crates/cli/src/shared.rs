//! What sender and reader share: `--kek` and `--recipient-password-file`.

use sceau_smime::cms::keyring::{KeyEncryptionKey, RecipientPassword};
use zeroize::Zeroizing;

use crate::args::OpenArgs;
use crate::failure::Failure;
use crate::password;

/// Keys and pass phrases beside private keys.
#[derive(Default)]
pub(crate) struct Shared {
    pub(crate) keks: Vec<KeyEncryptionKey>,
    pub(crate) passwords: Vec<RecipientPassword>,
}

impl Shared {
    /// Reads what the arguments name.
    pub(crate) fn of(args: &OpenArgs) -> Result<Self, Failure> {
        let keks = args.kek.iter().map(|text| kek(text)).collect::<Result<_, _>>()?;
        let passwords = match args.recipient_password_file.as_deref() {
            Some(path) => password::given(Some(path))?.map(|text| RecipientPassword::new(&text)),
            None => None,
        };
        Ok(Self { keks, passwords: passwords.into_iter().collect() })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.keks.is_empty() && self.passwords.is_empty()
    }
}

/// `HEX[:ID]`, the identifier in hexadecimal too, as OpenSSL's `-secretkeyid` takes it.
fn kek(text: &str) -> Result<KeyEncryptionKey, Failure> {
    let (key, identifier) = match text.split_once(':') {
        Some((key, identifier)) => (key, Some(identifier)),
        None => (text, None),
    };
    // The key itself is not repeated in the message.
    let bad = || Failure::usage("--kek: neither HEX nor HEX:ID, both in hexadecimal");
    let key = Zeroizing::new(hex::decode(key).map_err(|_| bad())?);
    let identifier = identifier.map(hex::decode).transpose().map_err(|_| bad())?;
    if key.is_empty() {
        return Err(bad());
    }
    Ok(KeyEncryptionKey::new(&key, identifier.as_deref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_read() {
        assert_eq!(kek("0a0B").unwrap(), KeyEncryptionKey::new(&[10, 11], None));
        assert_eq!(kek("0a:DEADBEEF").unwrap().identifier(), Some(&[0xde, 0xad, 0xbe, 0xef][..]));
        for wrong in ["", ":aa", "xy", "0", "00:x", "00:aa:bb"] {
            assert!(kek(wrong).is_err(), "{wrong}");
        }
    }
}
