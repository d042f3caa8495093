//! Octets that cross as `Uint8Array` rather than as a list of numbers.

use js_sys::{ArrayBuffer, Uint8Array};
use serde::ser::{Serialize, Serializer};
use wasm_bindgen::{JsCast as _, JsValue};

use crate::argument::FromJs;

/// Octets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Bytes(pub(crate) Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

#[cfg(feature = "all")]
impl<'de> serde::de::Deserialize<'de> for Bytes {
    fn deserialize<D: serde::de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_byte_buf(BytesVisitor)
    }
}

#[cfg(feature = "all")]
struct BytesVisitor;

#[cfg(feature = "all")]
impl serde::de::Visitor<'_> for BytesVisitor {
    type Value = Bytes;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a Uint8Array")
    }

    fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
        Ok(Bytes(bytes.to_vec()))
    }

    fn visit_byte_buf<E: serde::de::Error>(self, bytes: Vec<u8>) -> Result<Bytes, E> {
        Ok(Bytes(bytes))
    }
}

impl FromJs for Bytes {
    fn from_js(value: &JsValue) -> Option<Self> {
        if let Some(octets) = value.dyn_ref::<Uint8Array>() {
            return Some(Self(octets.to_vec()));
        }
        value.dyn_ref::<ArrayBuffer>().map(|buffer| Self(Uint8Array::new(buffer).to_vec()))
    }
}
