//! Commands out, replies in. The other side may be anybody: replies have a size, a time and a form.

use std::time::Duration;

use smtp_proto::response::parser::ResponseReceiver;
use tokio::time::{Instant, timeout_at};

use super::super::{
    OURS,
    text::shown,
    wire::{Stream, Wire},
};
use crate::{limits, queue::Fate};

/// Why there is no conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    NoConnection,
    /// The other side has gone.
    Gone,
    Late,
    /// Its answer is none, or too long.
    NoReply,
    /// STARTTLS is wanted and not offered.
    NoTls,
    /// The certificate is not good for the host's name, or TLS failed otherwise.
    BadTls,
    /// It said no before a letter was offered.
    Refused(String),
}

impl Trouble {
    /// In the form of a reply (RFC 3463 §3.5, §3.8).
    pub(super) fn reply(&self) -> String {
        match self {
            Self::NoConnection => "421 4.4.1 The host cannot be reached".to_owned(),
            Self::Gone => "421 4.4.2 The host broke off the connection".to_owned(),
            Self::Late => "421 4.4.2 The host took too long".to_owned(),
            Self::NoReply => "421 4.5.0 The host answered with something that is no reply".to_owned(),
            Self::NoTls => "454 4.7.5 The host offers no TLS, and its route wants it".to_owned(),
            Self::BadTls => "454 4.7.5 TLS with the host failed; its certificate may not be good".to_owned(),
            Self::Refused(reply) => reply.clone(),
        }
    }
}

/// A reply (RFC 5321 §4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) code: u16,
    /// In one clean line, codes included.
    pub(super) text: String,
    lines: String,
}

impl Reply {
    pub(super) fn is_positive(&self) -> bool {
        (200..300).contains(&self.code)
    }

    /// What a refusal means for a letter.
    pub(super) fn fate(&self) -> Fate {
        if (500..600).contains(&self.code) { Fate::Never } else { Fate::Later }
    }
}

/// What the answer to EHLO offers.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hello {
    pub(super) has_tls: bool,
    pub(super) has_8bit: bool,
    pub(super) has_dsn: bool,
    pub(super) has_priority: bool,
    /// A relay like this one.
    pub(super) is_ours: bool,
    /// The largest letter it takes; 0 when it does not say.
    pub(super) size: u64,
    pub(super) has_size: bool,
}

impl Hello {
    fn read(lines: &str) -> Self {
        let mut hello = Self::default();
        for line in lines.lines().skip(1) {
            let mut words = line.split_ascii_whitespace();
            match words.next().unwrap_or_default().to_ascii_uppercase().as_str() {
                "STARTTLS" => hello.has_tls = true,
                "8BITMIME" => hello.has_8bit = true,
                "DSN" => hello.has_dsn = true,
                "MT-PRIORITY" => hello.has_priority = true,
                "SIZE" => {
                    hello.has_size = true;
                    hello.size = words.next().and_then(|size| size.parse().ok()).unwrap_or(0);
                }
                OURS => hello.is_ours = true,
                _ => {}
            }
        }
        hello
    }
}

/// A connection on which commands are said.
pub(super) struct Conversation<S> {
    wire: Wire<S>,
}

impl<S: Stream> Conversation<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { wire: Wire::new(stream) }
    }

    /// The first word of the other side.
    pub(super) async fn greeting(&mut self) -> Result<(), Trouble> {
        let reply = self.reply(limits::SMTP_REPLY_WAIT).await?;
        if reply.code == 220 { Ok(()) } else { Err(refused(reply)) }
    }

    pub(super) async fn hello(&mut self, name: &str) -> Result<Hello, Trouble> {
        let reply = self.ask(&format!("EHLO {name}"), limits::SMTP_REPLY_WAIT).await?;
        if reply.code == 250 { Ok(Hello::read(&reply.lines)) } else { Err(refused(reply)) }
    }

    /// Gives the bare connection, on which TLS begins.
    pub(super) async fn start_tls(mut self) -> Result<S, Trouble> {
        let reply = self.ask("STARTTLS", limits::SMTP_REPLY_WAIT).await?;
        if reply.code != 220 {
            return Err(refused(reply));
        }
        // Said before TLS, to be heard as if it had been within.
        if self.wire.has_more() { Err(Trouble::NoReply) } else { Ok(self.wire.into_stream()) }
    }

    /// Says a command and hears its reply.
    pub(super) async fn ask(&mut self, command: &str, wait: Duration) -> Result<Reply, Trouble> {
        self.say(format!("{command}\r\n").as_bytes()).await?;
        self.reply(wait).await
    }

    pub(super) async fn say(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        self.wire.write(bytes, limits::SMTP_DATA_WAIT).await.map_err(|error| match error.kind() {
            std::io::ErrorKind::TimedOut => Trouble::Late,
            _ => Trouble::Gone,
        })
    }

    pub(super) async fn reply(&mut self, wait: Duration) -> Result<Reply, Trouble> {
        let until = Instant::now() + wait;
        let mut receiver = ResponseReceiver::default();
        let mut heard = 0;
        loop {
            let mut octets = self.wire.rest().iter();
            let parsed = receiver.parse(&mut octets);
            let used = self.wire.rest().len() - octets.len();
            self.wire.pass(used);
            heard += used;
            match parsed {
                Ok(reply) => {
                    let text = shown(reply.code, reply.esc, &reply.message);
                    return Ok(Reply { code: reply.code, text, lines: reply.message });
                }
                Err(smtp_proto::Error::NeedsMoreData { .. }) if heard <= limits::SMTP_REPLY_BYTES => {}
                Err(_) => return Err(Trouble::NoReply),
            }
            match timeout_at(until, self.wire.read()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return Err(Trouble::Gone),
                Err(_) => return Err(Trouble::Late),
            }
        }
    }

    /// Says goodbye and waits for nothing.
    pub(super) async fn leave(mut self) {
        let _ = self.wire.write(b"QUIT\r\n", Duration::from_secs(1)).await;
    }
}

fn refused(reply: Reply) -> Trouble {
    Trouble::Refused(reply.text)
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt as _;

    use super::*;

    async fn heard(said: &[u8]) -> Result<Reply, Trouble> {
        let (mut there, here) = tokio::io::duplex(1 << 20);
        there.write_all(said).await.unwrap();
        drop(there);
        Conversation::new(here).reply(Duration::from_secs(9)).await
    }

    #[tokio::test]
    async fn replies_are_read_and_what_is_none_is_refused() {
        let reply = heard(b"550-5.1.1 No\r\n550 5.1.1 such user\r\n").await.unwrap();
        assert_eq!((reply.code, reply.text.as_str()), (550, "550 5.1.1 No such user"));
        assert_eq!(heard(b"250 ok\n").await.unwrap().text, "250 ok");
        assert_eq!(heard(b"250-a\r\n").await, Err(Trouble::Gone));
        assert_eq!(heard(b"hello\r\n").await, Err(Trouble::NoReply));
        assert_eq!(heard(&b"250-a\r\n".repeat(50_000)).await, Err(Trouble::NoReply));
        assert_eq!(heard(&b"9".repeat(100_000)).await, Err(Trouble::NoReply));
        assert_eq!(heard(&[b"250 ".to_vec(), vec![b'a'; 100_000]].concat()).await, Err(Trouble::NoReply));
    }

    #[test]
    fn offers_are_read() {
        let hello = Hello::read("mx STARTTLS\nPIPELINING\nsize 1000\n8bitmime\nX-SCEAU\nDSN");
        assert_eq!(
            hello,
            Hello {
                has_8bit: true,
                has_dsn: true,
                is_ours: true,
                size: 1_000,
                has_size: true,
                ..Hello::default()
            }
        );
        assert_eq!(Hello::read("mx\nSIZE x").size, 0);
    }
}
