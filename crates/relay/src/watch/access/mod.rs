//! The access trace: author, local time, action, request, answer, as MSSanté operators keep it; chained by hashes, kept for
//! six months.
//!
//! A row is written in the transaction of what it records. Where there is none (readings, refusals) it waits in memory for
//! less than a second and is written with others. Hashes come after, a second's rows at a time: a chain that every transaction
//! had to lengthen would have them all wait for each other.

mod book;
mod chain;
pub(crate) mod command;
mod list;
mod operator;
mod prune;
pub(crate) mod reading;
mod verify;

use std::fmt;

use crate::{account, jmap::Refusal, relay::Relay};

pub(crate) use book::Book;

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Author {
    /// An account.
    Account(i64),
    /// A user of the relay's machine, at its command line.
    Operator(String),
    /// Somebody who is no account: the address tried is not written down.
    Nobody,
}

impl Author {
    /// Whoever runs this process.
    pub(crate) fn operator() -> Self {
        Self::Operator(operator::name())
    }
}

impl fmt::Display for Author {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(account) => f.write_str(&account::wire_id(*account)),
            Self::Operator(name) => write!(f, "operator:{name}"),
            Self::Nobody => f.write_str("nobody"),
        }
    }
}

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident => $word:literal),* $(,)?) => {
        /// What was done, or tried. The words are in the table and in `docs/design/watching.md`; they are never renamed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Action {
            $($(#[$doc])* $name),*
        }

        impl Action {
            /// Its word.
            pub(crate) fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word),*
                }
            }
        }
    };
}

actions! {
    /// A way in was opened, or not.
    Login => "login",
    /// The code of an enrolment letter was used, or a wrong one tried.
    Enrol => "enrol",
    /// Pass phrase or recovery code were replaced.
    Change => "change",
    Logout => "logout",
    TokenCreate => "token.create",
    TokenList => "token.list",
    TokenRevoke => "token.revoke",
    /// The octets of a letter, or of what it holds, were taken.
    LetterRead => "letter.read",
    /// Cards were taken: first words and headers, sealed, for lists.
    CardRead => "card.read",
    LetterSend => "letter.send",
    LetterCancel => "letter.cancel",
    EmailImport => "email.import",
    EmailDestroy => "email.destroy",
    MailboxDestroy => "mailbox.destroy",
    CertificatePublish => "certificate.publish",
    AccountAdd => "account.add",
    AccountQuota => "account.quota",
    AccountRemove => "account.remove",
    AccountList => "account.list",
    AccountExport => "account.export",
    AuthorityAdd => "authority.add",
    CrlAdd => "crl.add",
    RouteAdd => "route.add",
    RoutePause => "route.pause",
    RouteRemove => "route.remove",
    QueueList => "queue.list",
    QueueRetry => "queue.retry",
    QueueGiveUp => "queue.give-up",
    Backup => "backup",
    /// The trace itself was read.
    TraceRead => "trace.read",
    /// Rows older than six months were removed.
    TracePrune => "trace.prune",
}

/// One line of the trace, before it has a time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    pub(crate) author: Author,
    pub(crate) action: Action,
    pub(crate) request: String,
    pub(crate) answer: String,
}

impl Entry {
    pub(crate) fn new(author: Author, action: Action, request: impl Into<String>, answer: &str) -> Self {
        Self { author, action, request: request.into(), answer: answer.to_owned() }
    }
}

/// Writes down that a method was refused as a whole, where that is worth a line.
pub(crate) fn refused(relay: &Relay, account: i64, method: &str, refusal: &Refusal) {
    let Some(action) = of_method(method) else { return };
    let why = refusal.word();
    relay.trace_later(Entry::new(Author::Account(account), action, "", &format!("refused: {why}")));
}

/// What a method would have done.
fn of_method(name: &str) -> Option<Action> {
    Some(match name {
        "Letter/send" | "EmailSubmission/set" => Action::LetterSend,
        "Letter/cancel" => Action::LetterCancel,
        "Email/import" => Action::EmailImport,
        "Email/set" => Action::EmailDestroy,
        "Mailbox/set" => Action::MailboxDestroy,
        "Directory/publish" => Action::CertificatePublish,
        _ => return None,
    })
}
