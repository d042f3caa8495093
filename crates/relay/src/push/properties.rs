//! The properties of a subscription as a client writes them (RFC 8620 §7.2).

use std::collections::BTreeSet;

use base64::{
    Engine as _,
    alphabet::URL_SAFE,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use sceau_api::{SetError, UtcDate};
use serde_json::{Map, Value};

use super::{destination::Destination, message::Keys};
use crate::limits;

/// Base64url, with or without its padding.
const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What a client may say of a new one.
const AT_CREATION: [&str; 6] = ["deviceClientId", "url", "keys", "verificationCode", "expires", "types"];

/// A subscription to be made.
pub(super) struct Wanted {
    pub(super) device_client_id: String,
    pub(super) destination: Destination,
    pub(super) keys: Option<Keys>,
    pub(super) expires: Option<i64>,
    pub(super) types: Option<BTreeSet<String>>,
}

impl Wanted {
    /// Reads a creation; the error names every property that is wrong.
    pub(super) fn read(members: &Map<String, Value>, now: i64) -> Result<Self, SetError> {
        let member = |name: &str| members.get(name).unwrap_or(&Value::Null);
        let device_client_id = client_id(member("deviceClientId"));
        let destination = member("url").as_str().and_then(Destination::read);
        let keys = keys(member("keys"));
        let expires = expires(member("expires"), now);
        let types = types(member("types"));
        let mut wrong: Vec<&str> = members.keys().map(String::as_str).collect();
        wrong.retain(|name| !AT_CREATION.contains(name));
        for (name, sound) in [
            ("deviceClientId", device_client_id.is_some()),
            ("url", destination.is_some()),
            ("keys", keys.is_some()),
            ("verificationCode", member("verificationCode").is_null()),
            ("expires", expires.is_some()),
            ("types", types.is_some()),
        ] {
            if !sound {
                wrong.push(name);
            }
        }
        match (device_client_id, destination, keys, expires, types) {
            (Some(device_client_id), Some(destination), Some(keys), Some(expires), Some(types))
                if wrong.is_empty() =>
            {
                Ok(Self { device_client_id, destination, keys, expires, types })
            }
            _ => Err(SetError::invalid_properties(&wrong)),
        }
    }
}

fn client_id(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    let sound =
        (1..=limits::PUSH_CLIENT_ID_BYTES).contains(&text.len()) && !text.chars().any(char::is_control);
    sound.then(|| text.to_owned())
}

/// `keys`: null, or exactly its two members.
fn keys(value: &Value) -> Option<Option<Keys>> {
    if value.is_null() {
        return Some(None);
    }
    let members = value.as_object().filter(|members| members.len() == 2)?;
    let bytes = |name: &str| BASE64URL.decode(members.get(name)?.as_str()?).ok();
    Keys::read(&bytes("p256dh")?, &bytes("auth")?).map(Some)
}

/// `expires`: null, or a moment to come.
pub(super) fn expires(value: &Value, now: i64) -> Option<Option<i64>> {
    if value.is_null() {
        return Some(None);
    }
    let at = UtcDate(value.as_str()?.to_owned()).to_unix()?;
    (at > now).then_some(Some(at))
}

/// `types`: null, or names; those the relay does not know never change.
pub(super) fn types(value: &Value) -> Option<Option<BTreeSet<String>>> {
    if value.is_null() {
        return Some(None);
    }
    let names = value.as_array().filter(|names| names.len() <= limits::PUSH_TYPES)?;
    let name = |value: &Value| {
        let text = value.as_str()?;
        let sound = (1..=limits::PUSH_TYPE_BYTES).contains(&text.len()) && !text.contains('\0');
        sound.then(|| text.to_owned())
    };
    names.iter().map(name).collect::<Option<BTreeSet<String>>>().map(Some)
}
