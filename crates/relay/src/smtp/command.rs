//! Commands as the listener takes them: the grammar is `smtp-proto`'s, what is allowed of it is said here.

use std::borrow::Cow;

use smtp_proto::{MAIL_BODY_7BIT, MAIL_BODY_8BITMIME, MailFrom, RcptTo, Request};

use super::reply::{self, Reply};
use crate::{account, limits, queue::route};

/// Longest envelope id (RFC 3461 §4.4).
const ENVELOPE_ID_BYTES: usize = 100;

/// A command.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Command {
    Hello { name: String, is_extended: bool },
    StartTls,
    Mail(Sender),
    Recipient(String),
    Data,
    Reset,
    Nothing,
    Verify,
    Quit,
}

/// A return path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sender {
    /// Empty for reports (RFC 5321 §4.5.5).
    pub(super) address: String,
    pub(super) envelope_id: Option<String>,
}

/// How long this line may be: the parameters of two commands need more room.
pub(super) fn limit(line: &[u8]) -> usize {
    let verb = line.get(..4).unwrap_or_default();
    match verb.eq_ignore_ascii_case(b"MAIL") || verb.eq_ignore_ascii_case(b"RCPT") {
        true => limits::SMTP_COMMAND_BYTES + limits::SMTP_PARAMETER_BYTES,
        false => limits::SMTP_COMMAND_BYTES,
    }
}

/// Reads a line, without its end.
pub(super) fn read(line: &[u8]) -> Result<Command, Reply> {
    if line.len() + 2 > limit(line) {
        return Err(reply::LINE_TOO_LONG);
    }
    if !line.iter().all(|b| matches!(b, b' '..=b'~')) {
        return Err(reply::UNKNOWN_COMMAND);
    }
    let whole = [line, b"\r\n"].concat();
    let request = Request::parse(&mut whole.iter()).map_err(|error| match error {
        smtp_proto::Error::UnknownCommand | smtp_proto::Error::NeedsMoreData { .. } => reply::UNKNOWN_COMMAND,
        smtp_proto::Error::InvalidSenderAddress => reply::BAD_SENDER,
        smtp_proto::Error::InvalidRecipientAddress => reply::BAD_RECIPIENT,
        smtp_proto::Error::InvalidParameter { .. } | smtp_proto::Error::UnsupportedParameter { .. } => {
            reply::PARAMETER
        }
        _ => reply::SYNTAX,
    })?;
    match request {
        Request::Ehlo { host } => Ok(Command::Hello { name: host.into_owned(), is_extended: true }),
        Request::Helo { host } => Ok(Command::Hello { name: host.into_owned(), is_extended: false }),
        Request::Mail { from } => sender(from).map(Command::Mail),
        Request::Rcpt { to } => recipient(&to).map(Command::Recipient),
        Request::StartTls if has_argument(line) => Err(reply::SYNTAX),
        Request::StartTls => Ok(Command::StartTls),
        Request::Data if has_argument(line) => Err(reply::SYNTAX),
        Request::Data => Ok(Command::Data),
        Request::Rset => Ok(Command::Reset),
        Request::Noop { .. } => Ok(Command::Nothing),
        Request::Vrfy { .. } => Ok(Command::Verify),
        Request::Quit => Ok(Command::Quit),
        Request::Bdat { .. } => Err(reply::NO_CHUNKS),
        _ => Err(reply::NOT_HERE),
    }
}

fn has_argument(line: &[u8]) -> bool {
    line.trim_ascii().contains(&b' ')
}

fn sender(from: MailFrom<Cow<'_, str>>) -> Result<Sender, Reply> {
    let known = MailFrom {
        address: from.address.clone(),
        flags: from.flags & (MAIL_BODY_7BIT | MAIL_BODY_8BITMIME),
        size: from.size,
        env_id: from.env_id.clone(),
        ..MailFrom::default()
    };
    if from != known {
        return Err(reply::PARAMETER);
    }
    if u64::try_from(from.size).map_or(true, |size| size > limits::SMTP_LETTER_BYTES) {
        return Err(reply::TOO_LARGE);
    }
    let is_plain =
        |id: &str| (1..=ENVELOPE_ID_BYTES).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic());
    let envelope_id = from.env_id.map(Cow::into_owned);
    if envelope_id.as_deref().is_some_and(|id| !is_plain(id)) {
        return Err(reply::SYNTAX);
    }
    let address = from.address.into_owned();
    if !address.is_empty() && !route::is_mailable(&address) {
        return Err(reply::BAD_SENDER);
    }
    Ok(Sender { address, envelope_id })
}

fn recipient(to: &RcptTo<Cow<'_, str>>) -> Result<String, Reply> {
    if *to != (RcptTo { address: to.address.clone(), ..RcptTo::default() }) {
        return Err(reply::PARAMETER);
    }
    match account::normalise(&to.address) {
        Some(address) if route::is_mailable(&address) => Ok(address),
        _ => Err(reply::BAD_RECIPIENT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_and_what_is_refused() {
        let from = |address: &str, id: Option<&str>| {
            Ok(Command::Mail(Sender { address: address.to_owned(), envelope_id: id.map(str::to_owned) }))
        };
        let hello = |name: &str| Ok(Command::Hello { name: name.to_owned(), is_extended: true });
        for (line, expected) in [
            ("EHLO mx.fr", hello("mx.fr")),
            ("ehlo [127.0.0.1]", hello("[127.0.0.1]")),
            ("EHLO", Err(reply::SYNTAX)),
            ("MAIL FROM:<a@b.fr>", from("a@b.fr", None)),
            ("mail from:<> SIZE=10 BODY=8BITMIME", from("", None)),
            ("MAIL FROM:<a@b.fr> ENVID=abc", from("a@b.fr", Some("abc"))),
            ("MAIL FROM:<a@b.fr> ENVID=a+0D+0Ab", Err(reply::SYNTAX)),
            ("MAIL FROM:<a@b.fr> SIZE=999999999999", Err(reply::TOO_LARGE)),
            ("MAIL FROM:<a@b.fr> BODY=BINARYMIME", Err(reply::PARAMETER)),
            ("MAIL FROM:<a@b.fr> SMTPUTF8", Err(reply::PARAMETER)),
            ("MAIL FROM:<a@b.fr> AUTH=<>", Err(reply::PARAMETER)),
            ("MAIL FROM:<a@b.fr> X=1", Err(reply::PARAMETER)),
            ("MAIL FROM:<\"a b\"@c.fr>", Err(reply::BAD_SENDER)),
            ("MAIL FROM:a@b.fr", Err(reply::SYNTAX)),
            ("RCPT TO:<A@B.fr>", Ok(Command::Recipient("a@b.fr".to_owned()))),
            ("RCPT TO:<>", Err(reply::BAD_RECIPIENT)),
            ("RCPT TO:<a@b.fr> NOTIFY=NEVER", Err(reply::PARAMETER)),
            ("DATA", Ok(Command::Data)),
            ("DATA x", Err(reply::SYNTAX)),
            ("STARTTLS x", Err(reply::SYNTAX)),
            ("NOOP anything", Ok(Command::Nothing)),
            ("VRFY a", Ok(Command::Verify)),
            ("RSET", Ok(Command::Reset)),
            ("QUIT", Ok(Command::Quit)),
            ("BDAT 10 LAST", Err(reply::NO_CHUNKS)),
            ("AUTH PLAIN AGEAYg==", Err(reply::NOT_HERE)),
            ("EXPN a", Err(reply::NOT_HERE)),
            ("LHLO a", Err(reply::NOT_HERE)),
            ("GET / HTTP/1.1", Err(reply::UNKNOWN_COMMAND)),
            ("", Err(reply::UNKNOWN_COMMAND)),
            ("RSET\0", Err(reply::UNKNOWN_COMMAND)),
            ("RSET\u{e9}", Err(reply::UNKNOWN_COMMAND)),
        ] {
            assert_eq!(read(line.as_bytes()), expected, "{line:?}");
        }
    }

    #[test]
    fn lines_have_a_length() {
        let noop = |length: usize| format!("NOOP {}", "a".repeat(length - 5 - 2));
        assert_eq!(read(noop(512).as_bytes()), Ok(Command::Nothing));
        assert_eq!(read(noop(513).as_bytes()), Err(reply::LINE_TOO_LONG));
    }
}
