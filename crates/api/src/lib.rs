//! What relay and clients exchange: JMAP (RFC 8620, RFC 8621), the log-in messages and Sceau's own methods.
//!
//! Types only: no clock, no socket, no browser, and no content but ciphertext, which travels as [`Sealed`].
//! The relay, the client, the worker and the page all link this crate, so that a name is spelt once.
//!
//! A method call is an [`Invocation`] whose arguments are one of the `…Request` types here; its answer is the
//! `…Response` of the same name, or a [`MethodError`]. Log-in routes answer a [`Problem`] when they refuse.

pub mod answer;
pub mod auth;
pub mod authority;
pub mod blob;
mod bytes;
pub mod core;
mod date;
pub mod directory;
pub mod email;
mod id;
pub mod identity;
pub mod index_segment;
pub mod letter;
pub mod mailbox;
pub mod method;
mod problem;
pub mod push;
pub mod push_subscription;
pub mod quota;
pub mod session;
pub mod submission;
pub mod thread;
pub mod upload;
pub mod vault;
mod wire_enum;

pub use crate::{
    bytes::{Base64, Sealed},
    core::{
        Invocation, MethodError, MethodErrorType, Request, Response, ResultReference, SetError, SetErrorType,
    },
    date::UtcDate,
    id::{
        AccountId, AuthorityId, BlobId, EmailId, IdentityId, LetterId, LoginId, MailboxId,
        PushSubscriptionId, QuotaId, State, SubmissionId, ThreadId, VaultId,
    },
    problem::{Problem, ProblemCode},
    session::Session,
};

/// Names of the capabilities (RFC 8620 §2; the last four are Sceau's).
pub mod capability {
    /// RFC 8620.
    pub const CORE: &str = "urn:ietf:params:jmap:core";
    /// RFC 8621 §1.3.1.
    pub const MAIL: &str = "urn:ietf:params:jmap:mail";
    /// RFC 8621 §1.3.2.
    pub const SUBMISSION: &str = "urn:ietf:params:jmap:submission";
    /// RFC 9404.
    pub const BLOB: &str = "urn:ietf:params:jmap:blob";
    /// RFC 9425.
    pub const QUOTA: &str = "urn:ietf:params:jmap:quota";
    /// RFC 8887. It has no methods.
    pub const WEBSOCKET: &str = "urn:ietf:params:jmap:websocket";
    /// RFC 9749. It has no methods.
    pub const WEBPUSH_VAPID: &str = "urn:ietf:params:jmap:webpush-vapid";
    /// `Letter/send`, `Letter/cancel`, `Letter/get`; `cardBlobId` and `heldBlobIds` of an Email.
    pub const LETTER: &str = "urn:sceau:jmap:letter";
    /// `Vault/get`, `Vault/set`.
    pub const VAULT: &str = "urn:sceau:jmap:vault";
    /// `Directory/lookup`, `Directory/query`, `Directory/publish`, `Authority/get`.
    pub const DIRECTORY: &str = "urn:sceau:jmap:directory";
    /// `IndexSegment/append`, `IndexSegment/get`.
    pub const INDEX: &str = "urn:sceau:jmap:index";
    /// All of them, as a client that wants everything lists them in `using`.
    pub const ALL: [&str; 9] = [CORE, MAIL, SUBMISSION, BLOB, QUOTA, LETTER, VAULT, DIRECTORY, INDEX];
}

/// Paths of the relay, below its origin.
pub mod path {
    /// The session resource (RFC 8620 §2).
    pub const SESSION: &str = "/jmap/session";
    /// Redirects to the session resource (RFC 8620 §2.2).
    pub const WELL_KNOWN: &str = "/.well-known/jmap";
    /// Method calls (RFC 8620 §3).
    pub const API: &str = "/jmap/api";
    /// Followed by the account id and a slash (RFC 8620 §6.1).
    pub const UPLOAD: &str = "/jmap/upload/";
    /// Followed by account id, blob id and a file name (RFC 8620 §6.2).
    pub const DOWNLOAD: &str = "/jmap/download/";
    /// Events (RFC 8620 §7.3).
    pub const EVENT_SOURCE: &str = "/jmap/eventsource/";
    /// Method calls and pushes over one connection (RFC 8887).
    pub const WEBSOCKET: &str = "/jmap/ws";
    /// The one-use ticket by which a browser opens it.
    pub const WEBSOCKET_TICKET: &str = "/jmap/ws/ticket";
    /// First message of an enrolment.
    pub const ENROL_START: &str = "/auth/enrol/start";
    /// Last message of an enrolment; signs in.
    pub const ENROL_FINISH: &str = "/auth/enrol/finish";
    /// First message of a log-in.
    pub const LOGIN_START: &str = "/auth/login/start";
    /// Last message of a log-in.
    pub const LOGIN_FINISH: &str = "/auth/login/finish";
    /// First message of a change of pass phrase or recovery code.
    pub const CHANGE_START: &str = "/auth/change/start";
    /// Last message of a change.
    pub const CHANGE_FINISH: &str = "/auth/change/finish";
    /// Ends the session of the bearer token.
    pub const LOGOUT: &str = "/auth/logout";
}
