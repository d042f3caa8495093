//! What the listener answers: code, enhanced code (RFC 3463), a sentence. The one place where they stand.

use std::borrow::Cow;

/// A reply of one or more lines, and whether the connection ends with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) text: Cow<'static, str>,
    pub(super) ends: bool,
}

impl Reply {
    pub(super) const fn of(text: &'static str) -> Self {
        Self { text: Cow::Borrowed(text), ends: false }
    }

    pub(super) const fn last(text: &'static str) -> Self {
        Self { text: Cow::Borrowed(text), ends: true }
    }

    pub(super) fn made(text: String) -> Self {
        Self { text: Cow::Owned(text), ends: false }
    }

    /// Whether it refuses something.
    pub(super) fn is_refusal(&self) -> bool {
        self.text.starts_with(['4', '5'])
    }
}

pub(super) const OK: Reply = Reply::of("250 2.0.0 Ok");
pub(super) const BYE: Reply = Reply::last("221 2.0.0 Goodbye");
pub(super) const SENDER_OK: Reply = Reply::of("250 2.1.0 Ok");
pub(super) const RECIPIENT_OK: Reply = Reply::of("250 2.1.5 Ok");
pub(super) const NOT_VERIFIED: Reply = Reply::of("252 2.5.0 Send a letter to find out");
pub(super) const READY_FOR_TLS: Reply = Reply::of("220 2.0.0 Ready for TLS");
pub(super) const GO_AHEAD: Reply = Reply::of("354 End with <CR><LF>.<CR><LF>");
pub(super) const DELIVERED: &str = "250 2.6.0 Delivered to every recipient, as operation ";

pub(super) const BUSY: Reply = Reply::last("421 4.3.2 Too many connections; come back later");
pub(super) const STOPPING: Reply = Reply::last("421 4.3.2 The relay is stopping; come back later");
pub(super) const TIMED_OUT: Reply = Reply::last("421 4.4.2 Nothing came for too long");
pub(super) const TOO_MANY_COMMANDS: Reply = Reply::last("421 4.7.0 Too many commands; connect again");
pub(super) const TOO_MANY_ERRORS: Reply = Reply::last("421 4.7.0 Too many errors");
pub(super) const TOO_MANY_UNKNOWN: Reply = Reply::last("421 4.7.0 Too many unknown recipients");
pub(super) const FAILED: Reply = Reply::of("451 4.3.0 The relay failed; nothing was kept");
pub(super) const CHANGED: Reply =
    Reply::of("451 4.2.0 Some recipients cannot be served any more; send again");
pub(super) const FULL_DISK: Reply = Reply::of("452 4.3.1 The relay has no room left; nothing was kept");
pub(super) const TOO_MANY_RECIPIENTS: Reply =
    Reply::of("452 4.5.3 Too many recipients; send to the others apart");
pub(super) const UNKNOWN_COMMAND: Reply = Reply::of("500 5.5.2 This is no command");
pub(super) const LINE_TOO_LONG: Reply = Reply::of("500 5.5.2 The line is too long");
pub(super) const SYNTAX: Reply = Reply::of("501 5.5.4 The arguments cannot be read");
pub(super) const NOT_HERE: Reply = Reply::of("502 5.5.1 Not implemented");
/// What follows BDAT is no command.
pub(super) const NO_CHUNKS: Reply = Reply::last("502 5.5.1 CHUNKING is not offered");
pub(super) const HELLO_FIRST: Reply = Reply::of("503 5.5.1 EHLO first");
pub(super) const MAIL_FIRST: Reply = Reply::of("503 5.5.1 MAIL first");
pub(super) const MAIL_AGAIN: Reply = Reply::of("503 5.5.1 One sender at a time; RSET begins anew");
pub(super) const RECIPIENT_FIRST: Reply = Reply::of("503 5.5.1 RCPT first");
pub(super) const TLS_ALREADY: Reply = Reply::of("503 5.5.1 TLS is on already");
pub(super) const TLS_FIRST: Reply = Reply::of("530 5.7.0 STARTTLS first");
pub(super) const NO_RECIPIENT: Reply = Reply::of("550 5.1.1 Nobody here has this address");
pub(super) const MAILBOX_FULL: Reply = Reply::of("552 5.2.2 The mailbox is full");
pub(super) const TOO_LARGE: Reply = Reply::of("552 5.3.4 The letter is too large");
/// In the middle of a letter, whose rest is not waited for.
pub(super) const TOO_LARGE_NOW: Reply = Reply::last("552 5.3.4 The letter is too large");
pub(super) const BAD_SENDER: Reply = Reply::of("553 5.1.7 The return path is no plain address");
pub(super) const BAD_RECIPIENT: Reply = Reply::of("553 5.1.3 This is no plain address");
/// A line that ends otherwise may end elsewhere for others: nothing after it is looked at.
pub(super) const BARE_END: Reply = Reply::last("554 5.5.2 Lines end with CR LF, and neither stands alone");
pub(super) const INJECTED: Reply = Reply::last("554 5.5.1 Nothing may follow STARTTLS before its reply");
pub(super) const LONG_TEXT: Reply = Reply::of("554 5.6.0 A line of the letter is longer than 998 octets");
pub(super) const NO_REPORT_OF_OURS: Reply = Reply::of("554 5.6.0 This report is of no letter sent from here");
pub(super) const NO_RELAYING: Reply =
    Reply::of("554 5.7.1 This relay takes letters for its own accounts only");
pub(super) const PARAMETER: Reply = Reply::of("555 5.5.4 A parameter is not known here");
