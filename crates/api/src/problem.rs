//! Refusals outside of method calls: problem details (RFC 7807; RFC 8620 §3.6.1 uses the same form).

use serde::{Deserialize, Serialize};

use crate::wire_enum::wire_enum;

wire_enum! {
    /// What went wrong: the `type` of a problem, stable for ever.
    ProblemCode {
        /// The address, code or pass phrase is wrong; which of them is not said.
        BadCredentials = "urn:sceau:problem:bad_credentials",
        /// No bearer token, or one that has ended or was revoked: sign in again.
        SessionEnded = "urn:sceau:problem:session_ended",
        /// Too many attempts for this account; `retryAfter` says when to come back.
        TooManyAttempts = "urn:sceau:problem:too_many_attempts",
        /// More than an account or a network may ask for in a time; `retryAfter` says when to come back.
        TooManyRequests = "urn:sceau:problem:too_many_requests",
        /// The relay has more to do than it can; nothing of the request was done, and `retryAfter` says when to come back.
        Overloaded = "urn:sceau:problem:overloaded",
        /// The change needs a session whose log-in is only minutes old: sign in again, then repeat.
        FreshLoginNeeded = "urn:sceau:problem:fresh_login_needed",
        /// The token is a program's whose scopes leave this out; its keeper makes another.
        Forbidden = "urn:sceau:problem:forbidden",
        /// A version given with a change is no longer the current one.
        VersionConflict = "urn:sceau:problem:version_conflict",
        /// The request cannot be read; `detail` names what.
        BadRequest = "urn:sceau:problem:bad_request",
        /// The body is larger than `limit` says.
        TooLarge = "urn:sceau:problem:too_large",
        /// Nothing is here, or nothing this account may see.
        NotFound = "urn:sceau:problem:not_found",
        /// The method is not one this address answers.
        MethodNotAllowed = "urn:sceau:problem:method_not_allowed",
        /// The request comes from another site's page.
        ForeignOrigin = "urn:sceau:problem:foreign_origin",
        /// The relay has no room left; nothing was kept.
        StorageFull = "urn:sceau:problem:storage_full",
        /// The relay failed; nothing was kept. The operation number finds the log line.
        ServerFailed = "urn:sceau:problem:server_failed",
        /// RFC 8620 §3.6.1.
        UnknownCapability = "urn:ietf:params:jmap:error:unknownCapability",
        /// RFC 8620 §3.6.1.
        NotJson = "urn:ietf:params:jmap:error:notJSON",
        /// RFC 8620 §3.6.1.
        NotRequest = "urn:ietf:params:jmap:error:notRequest",
        /// RFC 8620 §3.6.1; the member `limit` names the limit.
        Limit = "urn:ietf:params:jmap:error:limit",
    }
}

/// The body of a refusal, sent as `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// What went wrong.
    #[serde(rename = "type")]
    pub code: ProblemCode,
    /// The HTTP status, again.
    pub status: u16,
    /// One English sentence, for developers.
    #[serde(default)]
    pub title: String,
    /// What exactly; never content, never an address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The name of the limit that was passed (RFC 8620 §3.6.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
    /// Seconds to wait before trying again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
    /// The operation number, which the relay's log repeats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_reads_back() {
        let text = r#"{"type":"urn:sceau:problem:session_ended","status":401,"operation":"01-7"}"#;
        let problem: Problem = serde_json::from_str(text).unwrap();
        assert_eq!(problem.code, ProblemCode::SessionEnded);
        assert_eq!(problem.operation.as_deref(), Some("01-7"));
        let again = serde_json::to_value(&problem).unwrap();
        assert_eq!(again["type"], "urn:sceau:problem:session_ended");
        assert!(again.get("limit").is_none());
    }
}
