//! One connection of the listener (RFC 5321 §3): every command has one reply, and what cannot be understood ends nothing but
//! itself, except where what follows could be something else than it seems.

use std::net::IpAddr;

use tokio::{sync::mpsc, time::Instant};

use super::{
    OURS,
    command::{self, Command, Sender},
    receive::{self, Piece, Transaction},
    reply::{self, Reply},
    wire::{NoLine, Stream, Wire},
};
use crate::{account, fault::Fault, limits, log, queue::route, quota, relay::Relay};

/// Octets collected before they are handed to the thread that writes.
const PIECE: usize = 65_536;

/// How a listener talks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    /// STARTTLS is there and not used yet.
    pub(super) offers_tls: bool,
    /// Nothing but EHLO goes before it.
    pub(super) wants_tls: bool,
    /// TLS is on.
    pub(super) has_tls: bool,
}

/// Why a connection's talk ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    Over,
    /// The client was told to begin TLS.
    StartTls,
}

/// What was said so far.
pub(super) struct Session<'a> {
    relay: &'a Relay,
    name: &'a str,
    peer: IpAddr,
    manner: Manner,
    hello: Option<(String, bool)>,
    sender: Option<Sender>,
    recipients: Vec<String>,
    counts: &'a mut Counts,
}

/// Counted over the whole connection, TLS or not.
#[derive(Debug, Default)]
pub(super) struct Counts {
    commands: u64,
    errors: u64,
    unknown: u64,
}

impl<'a> Session<'a> {
    pub(super) fn new(
        relay: &'a Relay,
        name: &'a str,
        peer: IpAddr,
        manner: Manner,
        counts: &'a mut Counts,
    ) -> Self {
        Self { relay, name, peer, manner, hello: None, sender: None, recipients: Vec::new(), counts }
    }

    /// Talks until one side ends it.
    pub(super) async fn run<S: Stream>(mut self, wire: &mut Wire<S>) -> End {
        loop {
            let (reply, end) = match self.next(wire).await {
                Ok(pair) => pair,
                Err(()) => return End::Over,
            };
            let reply = self.count(reply);
            let text = format!("{}\r\n", reply.text);
            if wire.write(text.as_bytes(), limits::SMTP_COMMAND_WAIT).await.is_err() || reply.ends {
                return End::Over;
            }
            if end == Some(End::StartTls) {
                return End::StartTls;
            }
        }
    }

    /// The reply to the next command; an error when the client has gone.
    async fn next<S: Stream>(&mut self, wire: &mut Wire<S>) -> Result<(Reply, Option<End>), ()> {
        let limit = limits::SMTP_COMMAND_BYTES + limits::SMTP_PARAMETER_BYTES;
        let line = tokio::select! {
            biased;
            () = self.relay.stopping() => return Ok((reply::STOPPING, None)),
            line = wire.line(limit, limits::SMTP_COMMAND_WAIT) => line,
        };
        let line = match line {
            Ok(line) => line,
            Err(NoLine::Gone) => return Err(()),
            Err(no_line) => return Ok((refusal(&no_line, reply::LINE_TOO_LONG), None)),
        };
        self.counts.commands += 1;
        if self.counts.commands > limits::SMTP_COMMANDS {
            return Ok((reply::TOO_MANY_COMMANDS, None));
        }
        let command = match command::read(&line) {
            Ok(command) => command,
            Err(reply) => return Ok((reply, None)),
        };
        match command {
            Command::StartTls => Ok(self.start_tls(wire)),
            Command::Data => Ok((self.data(wire).await?, None)),
            other => {
                let replied = self.simple(other).await;
                Ok((replied.unwrap_or_else(|fault| self.failed(&fault)), None))
            }
        }
    }

    /// Counts refusals; too many end the connection.
    fn count(&mut self, reply: Reply) -> Reply {
        if !reply.is_refusal() || reply.ends {
            return reply;
        }
        self.counts.errors += 1;
        if self.counts.unknown > limits::SMTP_UNKNOWN_RECIPIENTS {
            return reply::TOO_MANY_UNKNOWN;
        }
        if self.counts.errors > limits::SMTP_ERRORS { reply::TOO_MANY_ERRORS } else { reply }
    }

    /// Commands that need nothing but their line.
    async fn simple(&mut self, command: Command) -> Result<Reply, Fault> {
        Ok(match command {
            Command::Hello { name, is_extended } => self.hello(name, is_extended),
            Command::Quit => reply::BYE,
            Command::Nothing => reply::OK,
            _ if self.manner.wants_tls && !self.manner.has_tls => reply::TLS_FIRST,
            Command::Reset => {
                self.reset();
                reply::OK
            }
            Command::Verify => reply::NOT_VERIFIED,
            Command::Mail(sender) => self.mail(sender),
            Command::Recipient(address) => self.recipient(address).await?,
            Command::StartTls | Command::Data => reply::NOT_HERE,
        })
    }

    fn hello(&mut self, name: String, is_extended: bool) -> Reply {
        self.reset();
        self.hello = Some((name, is_extended));
        if !is_extended {
            return Reply::made(format!("250 {}", self.name));
        }
        let tls = if self.manner.offers_tls { "250-STARTTLS\r\n" } else { "" };
        Reply::made(format!(
            "250-{}\r\n250-PIPELINING\r\n250-SIZE {}\r\n250-8BITMIME\r\n{tls}250-{OURS}\r\n250 ENHANCEDSTATUSCODES",
            self.name,
            limits::SMTP_LETTER_BYTES
        ))
    }

    fn reset(&mut self) {
        self.sender = None;
        self.recipients.clear();
    }

    fn start_tls<S: Stream>(&self, wire: &Wire<S>) -> (Reply, Option<End>) {
        match () {
            () if self.manner.has_tls => (reply::TLS_ALREADY, None),
            () if !self.manner.offers_tls => (reply::NOT_HERE, None),
            // Said before TLS, and to be heard as if it had been within (RFC 3207 §6)?
            () if wire.has_more() => (reply::INJECTED, None),
            () => (reply::READY_FOR_TLS, Some(End::StartTls)),
        }
    }

    fn mail(&mut self, sender: Sender) -> Reply {
        match (&self.hello, &self.sender) {
            (None, _) => reply::HELLO_FIRST,
            (_, Some(_)) => reply::MAIL_AGAIN,
            (Some(_), None) => {
                self.sender = Some(sender);
                reply::SENDER_OK
            }
        }
    }

    async fn recipient(&mut self, address: String) -> Result<Reply, Fault> {
        if self.sender.is_none() {
            return Ok(reply::MAIL_FIRST);
        }
        if self.recipients.contains(&address) {
            return Ok(reply::RECIPIENT_OK);
        }
        if self.recipients.len() >= limits::SMTP_RECIPIENTS {
            return Ok(reply::TOO_MANY_RECIPIENTS);
        }
        let asked = address.clone();
        let reply = self.relay.blocking(move |relay| look_up(relay, &asked)).await?;
        if reply == reply::RECIPIENT_OK {
            self.recipients.push(address);
        } else if reply != reply::MAILBOX_FULL {
            self.counts.unknown += 1;
        }
        Ok(reply)
    }

    /// The letter itself; an error when the client has gone.
    async fn data<S: Stream>(&mut self, wire: &mut Wire<S>) -> Result<Reply, ()> {
        if self.manner.wants_tls && !self.manner.has_tls {
            return Ok(reply::TLS_FIRST);
        }
        let Some(sender) = self.sender.clone() else { return Ok(reply::MAIL_FIRST) };
        if self.recipients.is_empty() {
            return Ok(reply::RECIPIENT_FIRST);
        }
        let go_ahead = format!("{}\r\n", reply::GO_AHEAD.text);
        wire.write(go_ahead.as_bytes(), limits::SMTP_COMMAND_WAIT).await.map_err(|_| ())?;
        let operation = self.relay.next_operation();
        let recipients = std::mem::take(&mut self.recipients);
        let count = recipients.len().to_string();
        let trace = self.trace(&sender, &operation);
        let transaction = Transaction { sender, recipients, trace, operation: operation.clone() };
        self.reset();
        let (pieces, received) = mpsc::channel(4);
        let taking =
            self.relay.fed(received, move |relay, pieces| receive::take(relay, &transaction, pieces));
        let (refused, taken) = futures::join!(read_text(wire, pieces), taking);
        let reply = match refused? {
            Some(reply) => reply,
            None => taken.unwrap_or_else(|fault| self.failed(&fault)),
        };
        let status = reply.text.get(..3).unwrap_or_default().to_owned();
        log::line("smtp_letter", &[("op", &operation), ("recipients", &count), ("status", &status)]);
        Ok(reply)
    }

    /// What goes above a letter (RFC 5321 §4.4): who brought it, and its return path.
    fn trace(&self, sender: &Sender, operation: &str) -> String {
        let (hello, is_extended) = self.hello.clone().unwrap_or_default();
        let plain = |c: char| c.is_ascii_alphanumeric() || ".-_:[]".contains(c);
        let hello = if hello.chars().all(plain) && hello.len() <= 255 { hello.as_str() } else { "unknown" };
        let with = match (is_extended, self.manner.has_tls) {
            (true, true) => "ESMTPS",
            (true, false) => "ESMTP",
            (false, _) => "SMTP",
        };
        let (peer, name) = (self.peer, self.name);
        let now = time::OffsetDateTime::from_unix_timestamp(self.relay.now());
        let now = now.unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
        let date = now.format(&time::format_description::well_known::Rfc2822).unwrap_or_default();
        format!(
            "Return-Path: <{}>\r\nReceived: from {hello} ([{peer}])\r\n by {name} with {with} id {operation};\r\n {date}\r\n",
            sender.address
        )
    }

    fn failed(&self, fault: &Fault) -> Reply {
        log::line("smtp_failed", &[("fault", &fault.to_string())]);
        if matches!(fault, Fault::Full) { reply::FULL_DISK } else { reply::FAILED }
    }
}

/// Whether letters to an address are taken here.
fn look_up(relay: &Relay, address: &str) -> Result<Reply, Fault> {
    relay.store().read(relay.now(), |tx| {
        let Some(account) = account::find(tx, address)? else {
            let is_own = route::is_own(tx, route::domain(address))?;
            return Ok(if is_own { reply::NO_RECIPIENT } else { reply::NO_RELAYING });
        };
        let one = quota::Load { octets: 0, letters: 1 };
        let has_room = quota::has_room(tx, account, one, quota::By::Others)?;
        Ok(if has_room { reply::RECIPIENT_OK } else { reply::MAILBOX_FULL })
    })
}

/// Reads a letter up to its final dot and hands it on; gives a reply when it is refused already, an error when the client
/// has gone. Only CR LF . CR LF ends it (RFC 5321 §4.1.1.4).
async fn read_text<S: Stream>(wire: &mut Wire<S>, pieces: mpsc::Sender<Piece>) -> Result<Option<Reply>, ()> {
    let until = Instant::now() + limits::SMTP_LETTER_TIME;
    let (mut batch, mut size, mut is_long) = (Vec::with_capacity(PIECE), 0_u64, false);
    loop {
        let wait = limits::SMTP_DATA_WAIT.min(until.saturating_duration_since(Instant::now()));
        // A dot before the line is not counted among its octets.
        match wire.line(limits::SMTP_TEXT_BYTES + 1, wait).await {
            Ok(line) if line == b"." => break,
            Ok(line) => {
                let text = line.strip_prefix(b".").unwrap_or(&line);
                is_long |= text.len() + 2 > limits::SMTP_TEXT_BYTES;
                batch.extend_from_slice(text);
                batch.extend_from_slice(b"\r\n");
            }
            Err(NoLine::TooLong) => is_long = true,
            Err(NoLine::Gone) => return Err(()),
            Err(no_line) => return Ok(Some(refusal(&no_line, reply::LONG_TEXT))),
        }
        if batch.len() >= PIECE {
            size += u64::try_from(batch.len()).unwrap_or(u64::MAX);
            if size > limits::SMTP_LETTER_BYTES {
                return Ok(Some(reply::TOO_LARGE_NOW));
            }
            let piece = std::mem::replace(&mut batch, Vec::with_capacity(PIECE));
            // Whoever writes has given up: the letter is read to its end, and its reply says why.
            let _ = pieces.send(Piece::Bytes(piece)).await;
        }
    }
    if is_long {
        return Ok(Some(reply::LONG_TEXT));
    }
    let _ = pieces.send(Piece::Bytes(batch)).await;
    let _ = pieces.send(Piece::End).await;
    Ok(None)
}

/// What is said when no line came.
fn refusal(no_line: &NoLine, too_long: Reply) -> Reply {
    match no_line {
        NoLine::TooLong => too_long,
        NoLine::Flood => Reply { ends: true, ..too_long },
        NoLine::BareEnd => reply::BARE_END,
        NoLine::Late | NoLine::Gone => reply::TIMED_OUT,
    }
}
