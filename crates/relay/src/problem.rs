//! Refusals outside of method calls, as answers (RFC 7807).

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use sceau_api::{Problem, ProblemCode};

use crate::fault::Fault;

/// A refusal on its way out; the middleware adds the operation number.
#[derive(Debug)]
pub(crate) struct Denied {
    pub(crate) code: ProblemCode,
    pub(crate) detail: Option<Box<str>>,
    pub(crate) limit: Option<&'static str>,
    pub(crate) retry_after: Option<u64>,
    pub(crate) fault: Option<Box<Fault>>,
}

impl Denied {
    pub(crate) fn new(code: ProblemCode) -> Self {
        Self { code, detail: None, limit: None, retry_after: None, fault: None }
    }

    pub(crate) fn bad_request(detail: &str) -> Self {
        Self { detail: Some(detail.into()), ..Self::new(ProblemCode::BadRequest) }
    }

    pub(crate) fn limit(name: &'static str) -> Self {
        Self { limit: Some(name), ..Self::new(ProblemCode::Limit) }
    }

    pub(crate) fn detail(mut self, detail: impl Into<Box<str>>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}

impl Denied {
    /// As the body of an answer, or within one; with what failed, for the log.
    pub(crate) fn into_problem(self) -> (Problem, Option<String>) {
        let (status, title) = status_and_title(&self.code);
        let problem = Problem {
            code: self.code,
            status: status.as_u16(),
            title: title.to_owned(),
            detail: self.detail.map(String::from),
            limit: self.limit.map(str::to_owned),
            retry_after: self.retry_after,
            operation: None,
        };
        (problem, self.fault.map(|fault| fault.to_string()))
    }
}

impl<F: Into<Fault>> From<F> for Denied {
    fn from(fault: F) -> Self {
        let fault = fault.into();
        let code = match fault {
            Fault::Full => ProblemCode::StorageFull,
            _ => ProblemCode::ServerFailed,
        };
        Self { fault: Some(Box::new(fault)), ..Self::new(code) }
    }
}

/// What the middleware needs to finish a refusal; travels as an extension of the response.
#[derive(Debug, Clone)]
pub(crate) struct Unfinished {
    problem: Problem,
    pub(crate) fault: Option<String>,
}

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        let (status, _) = status_and_title(&self.code);
        let (problem, fault) = self.into_problem();
        let mut response = status.into_response();
        response.extensions_mut().insert(Unfinished { problem, fault });
        response
    }
}

/// Writes the body of a refusal, with its operation number.
pub(crate) fn finish(mut response: Response, operation: &str) -> Response {
    let Some(Unfinished { mut problem, .. }) = response.extensions_mut().remove::<Unfinished>() else {
        return response;
    };
    problem.operation = Some(operation.to_owned());
    let (status, retry_after) = (response.status(), problem.retry_after);
    let mut finished = (status, Json(problem)).into_response();
    let kind = HeaderValue::from_static("application/problem+json");
    finished.headers_mut().insert(header::CONTENT_TYPE, kind);
    if status == StatusCode::UNAUTHORIZED {
        finished.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if let Some(seconds) = retry_after {
        finished.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    finished
}

fn status_and_title(code: &ProblemCode) -> (StatusCode, &'static str) {
    match code {
        ProblemCode::BadCredentials => (StatusCode::UNAUTHORIZED, "Address, code or pass phrase is wrong."),
        ProblemCode::SessionEnded => (StatusCode::UNAUTHORIZED, "The session has ended; sign in again."),
        ProblemCode::TooManyAttempts => (StatusCode::TOO_MANY_REQUESTS, "Too many attempts; wait."),
        ProblemCode::TooManyRequests => {
            (StatusCode::TOO_MANY_REQUESTS, "Too much in too short a time; wait.")
        }
        ProblemCode::Overloaded => {
            (StatusCode::SERVICE_UNAVAILABLE, "The relay has more to do than it can; come back in a moment.")
        }
        ProblemCode::FreshLoginNeeded => (StatusCode::FORBIDDEN, "Sign in again, then repeat the change."),
        ProblemCode::Forbidden => {
            (StatusCode::FORBIDDEN, "The token may not do this; the relay's keeper makes one that may.")
        }
        ProblemCode::VersionConflict => (StatusCode::CONFLICT, "Something else changed first; read again."),
        ProblemCode::BadRequest => (StatusCode::BAD_REQUEST, "The request cannot be read."),
        ProblemCode::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "The body is too large."),
        ProblemCode::NotFound => (StatusCode::NOT_FOUND, "Nothing is here."),
        ProblemCode::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "Not with this method."),
        ProblemCode::ForeignOrigin => (StatusCode::FORBIDDEN, "The request comes from another site."),
        ProblemCode::StorageFull => {
            (StatusCode::INSUFFICIENT_STORAGE, "The relay has no room left; nothing was kept.")
        }
        ProblemCode::ServerFailed => {
            (StatusCode::INTERNAL_SERVER_ERROR, "The relay failed; nothing was kept.")
        }
        ProblemCode::UnknownCapability => (StatusCode::BAD_REQUEST, "A capability in `using` is not known."),
        ProblemCode::NotJson => (StatusCode::BAD_REQUEST, "The body is not JSON."),
        ProblemCode::NotRequest => (StatusCode::BAD_REQUEST, "The JSON is no JMAP request."),
        ProblemCode::Limit => (StatusCode::BAD_REQUEST, "A limit was passed."),
        ProblemCode::Other(_) => (StatusCode::INTERNAL_SERVER_ERROR, ""),
    }
}
