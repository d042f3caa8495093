//! Reads JSON in one form only.
//!
//! `serde_json` reads a struct from an object and from an array, which for some hundred types took twenty-five kilobytes of the page:
//! this reader knows the one form that JMAP has for each (RFC 8620 §1.1). Texts go over into what is read or are wiped; names of fields are not.

use core::fmt;

use serde::de::value::StringDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error, IntoDeserializer as _, MapAccess,
    SeqAccess, VariantAccess, Visitor,
};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

/// A type from a value; none when the value has another form.
#[must_use]
pub fn read<T: DeserializeOwned>(value: Value) -> Option<T> {
    T::deserialize(Reader(value)).ok()
}

/// A type from octets, untrusted: JSON of that form, or none.
#[must_use]
pub fn read_octets<T: DeserializeOwned>(octets: &[u8]) -> Option<T> {
    read(serde_json::from_slice(octets).ok()?)
}

/// What is wrong is of interest to nobody: the relay's answer cannot be read.
#[derive(Debug)]
struct Unreadable;

impl fmt::Display for Unreadable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("unreadable")
    }
}

impl core::error::Error for Unreadable {}

impl Error for Unreadable {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

type Read<T> = Result<T, Unreadable>;

struct Reader(Value);

impl Reader {
    fn text(self) -> Read<String> {
        if let Value::String(text) = self.0 { Ok(text) } else { Err(Unreadable) }
    }

    fn items(self) -> Read<Items> {
        if let Value::Array(items) = self.0 { Ok(Items(items.into_iter())) } else { Err(Unreadable) }
    }

    fn fields(self) -> Read<Fields> {
        let Value::Object(fields) = self.0 else { return Err(Unreadable) };
        Ok(Fields { fields: fields.into_iter(), value: None })
    }
}

macro_rules! whole_numbers {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
            match (self.0.as_u64(), self.0.as_i64()) {
                (Some(number), _) => visitor.visit_u64(number),
                (None, Some(number)) => visitor.visit_i64(number),
                (None, None) => Err(Unreadable),
            }
        })*
    };
}

macro_rules! texts {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
            visitor.visit_str(&Zeroizing::new(self.text()?))
        })*
    };
}

impl<'de> Deserializer<'de> for Reader {
    type Error = Unreadable;

    whole_numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
    }

    texts! {
        deserialize_char deserialize_str deserialize_bytes deserialize_byte_buf deserialize_identifier
    }

    /// The text goes over as it is.
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        visitor.visit_string(self.text()?)
    }

    /// For values that stay values.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(is_so) => visitor.visit_bool(is_so),
            Value::String(text) => visitor.visit_string(text),
            Value::Number(_) if self.0.is_f64() => self.deserialize_f64(visitor),
            Value::Number(_) => self.deserialize_u64(visitor),
            Value::Array(_) => visitor.visit_seq(self.items()?),
            Value::Object(_) => visitor.visit_map(self.fields()?),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        visitor.visit_bool(self.0.as_bool().ok_or(Unreadable)?)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        visitor.visit_f64(self.0.as_f64().ok_or(Unreadable)?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        if self.0.is_null() { visitor.visit_unit() } else { Err(Unreadable) }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Read<V::Value> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Read<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        visitor.visit_seq(self.items()?)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Read<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Read<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        visitor.visit_map(self.fields()?)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Read<V::Value> {
        visitor.visit_map(self.fields()?)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Read<V::Value> {
        visitor.visit_enum(Variant::of(self.0).ok_or(Unreadable)?)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        visitor.visit_unit()
    }
}

struct Items(std::vec::IntoIter<Value>);

impl<'de> SeqAccess<'de> for Items {
    type Error = Unreadable;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Read<Option<T::Value>> {
        self.0.next().map(|item| seed.deserialize(Reader(item))).transpose()
    }
}

struct Fields {
    fields: <Map<String, Value> as IntoIterator>::IntoIter,
    value: Option<Value>,
}

impl<'de> MapAccess<'de> for Fields {
    type Error = Unreadable;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Read<Option<K::Value>> {
        let Some((name, value)) = self.fields.next() else { return Ok(None) };
        self.value = Some(value);
        let name: StringDeserializer<Unreadable> = name.into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Read<V::Value> {
        seed.deserialize(Reader(self.value.take().ok_or(Unreadable)?))
    }
}

/// A variant by its name, with what it holds.
struct Variant {
    name: String,
    content: Option<Value>,
}

impl Variant {
    fn of(value: Value) -> Option<Self> {
        match value {
            Value::String(name) => Some(Self { name, content: None }),
            Value::Object(fields) => {
                let (name, content) = fields.into_iter().next()?;
                Some(Self { name, content: Some(content) })
            }
            _ => None,
        }
    }

    fn content(self) -> Read<Reader> {
        self.content.map(Reader).ok_or(Unreadable)
    }
}

impl<'de> EnumAccess<'de> for Variant {
    type Error = Unreadable;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(mut self, seed: V) -> Read<(V::Value, Self)> {
        let name: StringDeserializer<Unreadable> = std::mem::take(&mut self.name).into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant {
    type Error = Unreadable;

    fn unit_variant(self) -> Read<()> {
        if self.content.is_none() { Ok(()) } else { Err(Unreadable) }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Read<T::Value> {
        seed.deserialize(self.content()?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Read<V::Value> {
        visitor.visit_seq(self.content()?.items()?)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Read<V::Value> {
        visitor.visit_map(self.content()?.fields()?)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Form {
        name: String,
        #[serde(default)]
        size: Option<u64>,
        place: i64,
        is_there: bool,
        state: State,
        rest: BTreeMap<String, Vec<u32>>,
        value: Value,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum State {
        Open,
        Shut,
        Ajar(u8),
        Off { since: i64 },
    }

    fn form() -> Value {
        json!({
            "name": "a", "place": -3, "isThere": true, "state": "shut", "rest": { "b": [1, 2] },
            "value": { "x": [null, 1.5, "é"] }, "unknown": { "deep": [] },
        })
    }

    #[test]
    fn a_value_reads_as_serde_json_reads_it() {
        let ours: Form = read(form()).unwrap();
        assert_eq!(ours, serde_json::from_value(form()).unwrap());
        assert_eq!((ours.size, ours.state, ours.place), (None, State::Shut, -3));
    }

    #[test]
    fn variants_come_with_what_they_hold() {
        assert_eq!(read(json!({ "ajar": 3 })), Some(State::Ajar(3)));
        assert_eq!(read(json!({ "off": { "since": -1 } })), Some(State::Off { since: -1 }));
        assert_eq!(read_octets(b" \"open\" "), Some(State::Open));
        assert_eq!(read_octets::<State>(b"\"open\"}"), None);
    }

    #[test]
    fn another_form_is_refused() {
        for (field, wrong) in [
            ("name", json!(1)),
            ("place", json!("1")),
            ("size", json!(-1)),
            ("size", json!(1.5)),
            ("isThere", json!("true")),
            ("state", json!("torn")),
            ("state", json!("ajar")),
            ("state", json!({ "open": null })),
            ("rest", json!([])),
            ("rest", json!({ "b": [4_294_967_296_u64] })),
        ] {
            let mut value = form();
            value[field] = wrong.clone();
            assert!(read::<Form>(value).is_none(), "{field}: {wrong}");
        }
        assert!(read::<Form>(json!(["a", 1, -3])).is_none(), "a struct is no array");
        assert!(read::<Form>(json!({})).is_none());
    }
}
