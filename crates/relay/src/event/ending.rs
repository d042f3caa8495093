//! Why a WebSocket is closed, as its last frame says (RFC 6455 §7.4.1).

use axum::extract::ws::{CloseFrame, Message, close_code};
use tungstenite::{Error, error::ProtocolError};

/// Why a connection ends: a code and a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ended(u16, &'static str);

impl Ended {
    /// The other side said so, or is gone.
    pub(super) const BY_THEM: Self = Self(close_code::NORMAL, "");
    /// A frame that is none of ours (RFC 8887 §4.2).
    pub(super) const BINARY: Self = Self(close_code::UNSUPPORTED, "text frames only");
    /// The token opens no more.
    pub(super) const SESSION: Self = Self(close_code::POLICY, "the session has ended");
    /// What is written is not read.
    pub(super) const UNREAD: Self = Self(close_code::AWAY, "nobody reads");
    /// Nothing came, not even the answer to a ping.
    pub(super) const SILENT: Self = Self(close_code::AWAY, "nobody answers");
    /// The relay is about to stop.
    pub(super) const STOPPING: Self = Self(close_code::RESTART, "the relay stops; connect again");
    /// It is not known any more what changed.
    pub(super) const MISSED: Self = Self(close_code::RESTART, "changes were missed; connect again");
    /// The relay's fault.
    pub(super) const FAILED: Self = Self(close_code::ERROR, "the relay failed");

    /// What is wrong with a frame, or with the line it came over.
    pub(super) fn of_error(error: axum::Error) -> Self {
        let error = error.into_inner();
        match error.downcast_ref::<Error>() {
            Some(Error::Utf8(_)) => Self(close_code::INVALID, "a text frame must be UTF-8"),
            Some(Error::Capacity(_)) => Self(close_code::SIZE, "larger than maxSizeRequest"),
            Some(Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) | Error::Io(_)) => {
                Self::BY_THEM
            }
            _ => Self(close_code::PROTOCOL, "this is no WebSocket frame"),
        }
    }

    /// The last frame.
    pub(super) fn message(self) -> Message {
        Message::Close(Some(CloseFrame { code: self.0, reason: self.1.into() }))
    }
}
