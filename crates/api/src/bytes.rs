//! Bytes inside JSON: base64 with the standard alphabet and padding (RFC 4648 §4).

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// Public bytes: certificates, revocation lists, OPAQUE messages.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Base64(pub Vec<u8>);

/// Ciphertext. Nothing in this crate can open it, and its `Debug` prints a length only.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Sealed(pub Vec<u8>);

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

macro_rules! as_base64 {
    ($name:ident) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&STANDARD.encode(&self.0))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                // The text itself stays out of the error: it may end in a log.
                STANDARD.decode(text).map(Self).map_err(|_| D::Error::custom("not base64"))
            }
        }

        impl From<Vec<u8>> for $name {
            fn from(bytes: Vec<u8>) -> Self {
                Self(bytes)
            }
        }

        impl AsRef<[u8]> for $name {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }
    };
}

as_base64!(Base64);
as_base64!(Sealed);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_travel_as_padded_base64() {
        let text = serde_json::to_string(&Sealed(vec![0xff, 0xfe])).unwrap();
        assert_eq!(text, "\"//4=\"");
        assert_eq!(serde_json::from_str::<Sealed>(&text).unwrap().0, [0xff, 0xfe]);
        assert!(serde_json::from_str::<Base64>("\"//4\"").is_err());
    }

    #[test]
    fn ciphertext_does_not_print() {
        assert_eq!(format!("{:?}", Sealed(vec![1, 2, 3])), "Sealed(3 bytes)");
    }
}
