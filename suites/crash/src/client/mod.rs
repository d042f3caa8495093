//! A client of the relay: by its router, or over HTTP.

use serde_json::Value;

mod door;
mod member;

pub use door::{Answer, Door, Stream, Way};
pub use member::{Email, Member};

/// Why a request has no good answer.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// Nobody knows whether it was done.
    #[error("no answer: {0}")]
    Broken(String),
    /// The relay says it was not done.
    #[error("refused: {0}")]
    Refused(String),
}

/// What a JSON pointer (RFC 6901) leads to; null when that is nothing.
#[must_use]
pub fn at<'v>(value: &'v Value, pointer: &str) -> &'v Value {
    value.pointer(pointer).unwrap_or(&Value::Null)
}

/// Sets a member of an object.
pub fn put(object: &mut Value, name: &str, value: impl Into<Value>) {
    if let Some(members) = object.as_object_mut() {
        members.insert(name.to_owned(), value.into());
    }
}
