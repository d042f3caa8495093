//! Requests, answers and errors of JMAP's core (RFC 8620 §3).

use std::collections::BTreeMap;

use crate::answer;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::{id::State, wire_enum::wire_enum};

/// A request (RFC 8620 §3.3).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// The capabilities the client wants to use.
    pub using: Vec<String>,
    /// The method calls, run in this order.
    pub method_calls: Vec<Invocation>,
    /// Creation ids the client already knows (RFC 8620 §3.3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_ids: Option<BTreeMap<String, String>>,
}

impl Request {
    /// An empty request that uses every capability of the relay.
    #[must_use]
    pub fn new() -> Self {
        let using = crate::capability::ALL.iter().map(|&name| name.to_owned()).collect();
        Self { using, method_calls: Vec::new(), created_ids: None }
    }

    /// Adds a call; its call id is its position, as a decimal number.
    ///
    /// # Errors
    /// When `arguments` cannot be written as JSON, which none of this crate's types does.
    pub fn call<A: Serialize>(self, name: &str, arguments: &A) -> Result<Self, serde_json::Error> {
        Ok(self.call_with(name, serde_json::to_value(arguments)?))
    }

    /// As [`Self::call`], with arguments that are JSON already.
    #[must_use]
    pub fn call_with(mut self, name: &str, arguments: Value) -> Self {
        let call_id = self.method_calls.len().to_string();
        self.method_calls.push(Invocation { name: name.to_owned(), arguments, call_id });
        self
    }
}

impl Default for Request {
    fn default() -> Self {
        Self::new()
    }
}

/// A method call or one answer (RFC 8620 §3.2); travels as an array of three.
#[derive(Debug, Clone, PartialEq)]
pub struct Invocation {
    /// The method, or `error`.
    pub name: String,
    /// Its arguments, an object.
    pub arguments: Value,
    /// The client's own mark, repeated in the answer.
    pub call_id: String,
}

impl Invocation {
    /// The name under which errors come back (RFC 8620 §3.6.2).
    pub const ERROR: &'static str = "error";

    /// Reads the answer of `method`.
    ///
    /// # Errors
    /// What the relay answered instead, or `Unreadable`.
    pub fn read<T: DeserializeOwned>(self, method: &str) -> Result<T, CallError> {
        answer::read(self.answer_to(method)?).ok_or(CallError::Unreadable)
    }

    fn answer_to(self, method: &str) -> Result<Value, CallError> {
        if self.name == Self::ERROR {
            return Err(answer::read(self.arguments).map_or(CallError::Unreadable, CallError::Method));
        }
        if self.name == method { Ok(self.arguments) } else { Err(CallError::Unreadable) }
    }
}

/// Why the answer of a call is not the one hoped for.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CallError {
    /// The relay refused the call.
    #[error("the relay refused: {}", .0.kind)]
    Method(MethodError),
    /// The answer is not of the form the method promises.
    #[error("the relay's answer cannot be read")]
    Unreadable,
}

impl Serialize for Invocation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (&self.name, &self.arguments, &self.call_id).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Invocation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (name, arguments, call_id) = <(String, Map<String, Value>, String)>::deserialize(deserializer)?;
        Ok(Self { name, arguments: Value::Object(arguments), call_id })
    }
}

/// The answer to a request (RFC 8620 §3.4).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// One or more answers per call, in the order of the calls.
    pub method_responses: Vec<Invocation>,
    /// Creation ids, only when the request carried some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_ids: Option<BTreeMap<String, String>>,
    /// The state of the session resource; when it differs from the one held, fetch that again.
    pub session_state: State,
}

impl Response {
    /// The first answer that carries `call_id`.
    #[must_use]
    pub fn take(&mut self, call_id: &str) -> Option<Invocation> {
        let at = self.method_responses.iter().position(|answer| answer.call_id == call_id)?;
        Some(self.method_responses.remove(at))
    }
}

/// Takes an argument from an earlier answer of the same request (RFC 8620 §3.7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResultReference {
    /// The call id of the earlier call.
    pub result_of: String,
    /// The name its answer must have.
    pub name: String,
    /// A JSON pointer (RFC 6901), where `*` maps over an array.
    pub path: String,
}

wire_enum! {
    /// Why a method call failed as a whole (RFC 8620 §3.6.2 and each method's section).
    MethodErrorType {
        /// RFC 8620 §3.6.2.
        ServerUnavailable = "serverUnavailable",
        /// RFC 8620 §3.6.2.
        ServerFail = "serverFail",
        /// RFC 8620 §3.6.2.
        ServerPartialFail = "serverPartialFail",
        /// RFC 8620 §3.6.2.
        UnknownMethod = "unknownMethod",
        /// RFC 8620 §3.6.2.
        InvalidArguments = "invalidArguments",
        /// RFC 8620 §3.6.2.
        InvalidResultReference = "invalidResultReference",
        /// RFC 8620 §3.6.2.
        Forbidden = "forbidden",
        /// RFC 8620 §3.6.2.
        AccountNotFound = "accountNotFound",
        /// RFC 8620 §3.6.2.
        AccountNotSupportedByMethod = "accountNotSupportedByMethod",
        /// RFC 8620 §3.6.2.
        AccountReadOnly = "accountReadOnly",
        /// RFC 9404 §4.3: a type that blobs cannot be looked up in.
        UnknownDataType = "unknownDataType",
        /// RFC 8620 §5.1, §5.3.
        RequestTooLarge = "requestTooLarge",
        /// RFC 8620 §5.3; also of `IndexSegment/append`, where `next` names the counter expected.
        StateMismatch = "stateMismatch",
        /// RFC 8620 §5.2.
        CannotCalculateChanges = "cannotCalculateChanges",
        /// RFC 8620 §5.6.
        TooManyChanges = "tooManyChanges",
        /// RFC 8620 §5.5.
        AnchorNotFound = "anchorNotFound",
        /// RFC 8620 §5.5.
        UnsupportedSort = "unsupportedSort",
        /// RFC 8620 §5.5.
        UnsupportedFilter = "unsupportedFilter",
        /// `Letter/send`: more recipients than an account or a network may write to in a time; `retryAfter` says how many
        /// seconds to wait.
        RateLimit = "rateLimit",
        /// No room left, on the relay or in the account's quota (RFC 9425); nothing was kept.
        OverQuota = "overQuota",
        /// `Letter/send`: `recipients` names the addresses nobody here answers to; nothing was sent.
        InvalidRecipients = "invalidRecipients",
        /// `Letter/send`: a blob named is not there, or has ended; `blobIds` names them.
        BlobNotFound = "blobNotFound",
        /// `Letter/send`: a letter is not one the relay forwards; `reason` and `blobId` say which and why.
        LetterRefused = "letterRefused",
        /// `Letter/cancel`: it left already.
        CannotUnsend = "cannotUnsend",
        /// `Letter/cancel`: there is no such letter.
        NotFound = "notFound",
        /// `Letter/send`: the same `clientLetterId` came before with other arguments.
        ClientLetterIdReused = "clientLetterIdReused",
    }
}

/// The error a method call answers with (RFC 8620 §3.6.2).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MethodError {
    /// The kind of error.
    #[serde(rename = "type")]
    pub kind: MethodErrorType,
    /// One English sentence, for developers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Members of this kind of error: `recipients`, `blobId`, `reason`, `header`, `next`, `operation`, …
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

impl MethodError {
    /// An error without a description.
    #[must_use]
    pub fn new(kind: MethodErrorType) -> Self {
        Self { kind, description: None, more: Map::new() }
    }

    /// The same with a description.
    #[must_use]
    pub fn describe(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// The same with one more member.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.more.insert(name.to_owned(), value.into());
        self
    }
}

wire_enum! {
    /// Why one record was not created, updated or destroyed (RFC 8620 §5.3, RFC 8621).
    SetErrorType {
        /// RFC 8620 §5.3.
        Forbidden = "forbidden",
        /// RFC 8620 §5.3.
        OverQuota = "overQuota",
        /// RFC 8620 §5.3.
        TooLarge = "tooLarge",
        /// RFC 8620 §5.3.
        RateLimit = "rateLimit",
        /// RFC 8620 §5.3.
        NotFound = "notFound",
        /// RFC 8620 §5.3.
        InvalidPatch = "invalidPatch",
        /// RFC 8620 §5.3.
        WillDestroy = "willDestroy",
        /// RFC 8620 §5.3; `properties` names them.
        InvalidProperties = "invalidProperties",
        /// RFC 8620 §5.3.
        Singleton = "singleton",
        /// RFC 8620 §5.4; `existingId` names it.
        AlreadyExists = "alreadyExists",
        /// RFC 8621 §2.5.
        MailboxHasChild = "mailboxHasChild",
        /// RFC 8621 §2.5.
        MailboxHasEmail = "mailboxHasEmail",
        /// RFC 8621 §4.6; `notFound` names them.
        BlobNotFound = "blobNotFound",
        /// RFC 8621 §4.6.
        TooManyKeywords = "tooManyKeywords",
        /// RFC 8621 §4.6.
        TooManyMailboxes = "tooManyMailboxes",
        /// RFC 8621 §4.8; for the relay: not a letter it keeps, `reason` says why.
        InvalidEmail = "invalidEmail",
        /// RFC 8621 §7.5.
        TooManyRecipients = "tooManyRecipients",
        /// RFC 8621 §7.5.
        NoRecipients = "noRecipients",
        /// RFC 8621 §7.5; `invalidRecipients` names them.
        InvalidRecipients = "invalidRecipients",
        /// RFC 8621 §7.5.
        ForbiddenMailFrom = "forbiddenMailFrom",
        /// RFC 8621 §7.5.
        ForbiddenFrom = "forbiddenFrom",
        /// RFC 8621 §7.5.
        ForbiddenToSend = "forbiddenToSend",
        /// RFC 8621 §7.5.
        CannotUnsend = "cannotUnsend",
        /// Vault: the version given is not the current one; `version` says which is.
        StateMismatch = "stateMismatch",
    }
}

/// Why one record of a `/set`, `/import` or `/publish` was left as it was (RFC 8620 §5.3).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SetError {
    /// The kind of error.
    #[serde(rename = "type")]
    pub kind: SetErrorType,
    /// One English sentence, for developers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The properties that were wrong, for `invalidProperties`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub properties: Option<Vec<String>>,
    /// Members of this kind of error: `existingId`, `notFound`, `reason`, `header`, `version`, …
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

impl SetError {
    /// An error without a description.
    #[must_use]
    pub fn new(kind: SetErrorType) -> Self {
        Self { kind, description: None, properties: None, more: Map::new() }
    }

    /// `invalidProperties`, naming them.
    #[must_use]
    pub fn invalid_properties(names: &[&str]) -> Self {
        let properties = Some(names.iter().map(|&name| name.to_owned()).collect());
        Self { properties, ..Self::new(SetErrorType::InvalidProperties) }
    }

    /// The same with a description.
    #[must_use]
    pub fn describe(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// The same with one more member.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.more.insert(name.to_owned(), value.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_written_as_the_standard_says() {
        let request = Request::new().call("Core/echo", &serde_json::json!({"a": 1})).unwrap();
        let value = serde_json::to_value(&request).unwrap();
        assert_eq!(value["methodCalls"], serde_json::json!([["Core/echo", {"a": 1}, "0"]]));
        assert_eq!(value["using"][0], "urn:ietf:params:jmap:core");
        assert_eq!(serde_json::from_value::<Request>(value).unwrap(), request);
    }

    #[test]
    fn an_invocation_needs_exactly_three_members_and_an_object() {
        for wrong in [r#"["a",{}]"#, r#"["a",{},"0",1]"#, r#"["a",[],"0"]"#, r#"[1,{},"0"]"#, "{}"] {
            assert!(serde_json::from_str::<Invocation>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn errors_keep_their_members() {
        let text = r#"["error",{"type":"invalidRecipients","recipients":["a@b"]},"0"]"#;
        let answer: Invocation = serde_json::from_str(text).unwrap();
        let Err(CallError::Method(error)) = answer.read::<Value>("Letter/send") else { panic!("no error") };
        assert_eq!(error.kind, MethodErrorType::InvalidRecipients);
        assert_eq!(error.more["recipients"][0], "a@b");
    }

    #[test]
    fn a_kind_of_error_not_known_here_is_kept() {
        let error: MethodError = serde_json::from_str(r#"{"type":"tooSunny"}"#).unwrap();
        assert_eq!(error.kind, MethodErrorType::Other("tooSunny".to_owned()));
        assert_eq!(serde_json::to_value(error).unwrap()["type"], "tooSunny");
    }
}
