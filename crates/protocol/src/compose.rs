//! Writing: drafts, recipients, attachments.

use serde::{Deserialize, Serialize};

use crate::{EmailId, FailureCode, LetterSource, Person, RichText, UnixSeconds};

/// A draft open in the page; chosen by the worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DraftId(pub u32);

/// An attachment of a draft; chosen by the worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AttachmentId(pub u32);

/// A letter the relay has accepted (capability `letter`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LetterId(pub String);

/// What a draft begins as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DraftKind {
    /// Empty.
    New,
    /// An answer to the sender.
    Reply(LetterSource),
    /// An answer to everyone named.
    ReplyAll(LetterSource),
    /// The letter handed on, with its attachments.
    Forward(LetterSource),
    /// A draft kept earlier.
    Continue(EmailId),
}

/// The words an answer or a forwarded letter begins with: the page knows the writer's language and clock.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerWords {
    /// The line above quoted words ("On …, … wrote:"). Used only where the letter may be quoted.
    pub quote_head: String,
    /// Before the subject of a forwarded letter ("Fwd: ").
    pub forward_prefix: String,
}

/// What the person writes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftContent {
    /// To.
    pub to: Vec<Person>,
    /// Cc.
    pub cc: Vec<Person>,
    /// Bcc: each gets a copy of their own.
    pub bcc: Vec<Person>,
    /// Subject.
    pub subject: String,
    /// Text: the writer's own words, without signature and folded quote.
    pub text: String,
    /// The same with formatting, when the person wants any.
    #[serde(default)]
    pub rich: Option<RichText>,
    /// What is signed with.
    #[serde(default)]
    pub signature: Signing,
    /// The quote, while it is folded away.
    #[serde(default)]
    pub quote: Quote,
}

/// The lines below a letter's words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(String, bool)", into = "(String, bool)")]
pub struct Signing {
    /// The lines; none when the account has no signature.
    pub text: String,
    /// Whether this letter ends with them.
    pub on: bool,
}

/// The words of the letter answered or handed on, as they are to stand below the answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(String, Option<String>)", into = "(String, Option<String>)")]
pub struct Quote {
    /// The words, each line with its mark, below the line that says whose they are.
    pub text: String,
    /// The same with signature and old quotes, where those were left out.
    pub whole: Option<String>,
}

/// A draft as the page takes it up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenDraft {
    /// Names it in further calls.
    pub draft: DraftId,
    /// What is written so far.
    pub content: DraftContent,
    /// What is attached so far.
    pub attachments: Vec<Attached>,
    /// When it was last kept at the relay.
    pub saved_at: Option<UnixSeconds>,
    /// The largest letter the relay takes, in octets, if it is known.
    pub most_octets: Option<u64>,
}

/// A file sealed into a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attached {
    /// Names it in further calls.
    pub attachment: AttachmentId,
    /// The file's own name.
    pub name: String,
    /// Media type.
    pub content_type: String,
    /// Size in octets.
    pub size: u64,
    /// An image that stands in the text; it travels only while it does.
    pub inline: bool,
}

/// A draft was kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedDraft {
    /// The Email that holds it now.
    pub email: EmailId,
    /// When.
    pub at: UnixSeconds,
}

/// A letter was handed to the relay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentLetter {
    /// Names it for undoing.
    pub letter: LetterId,
    /// The sender's own copy.
    pub email: EmailId,
    /// When the relay will deliver it.
    pub send_at: UnixSeconds,
}

/// A suggestion for a recipient field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completion {
    /// Who.
    pub person: Person,
    /// Whether already written to, or from the directory only.
    pub known: bool,
}

/// How a recipient's envelope is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RecipientClass {
    /// Profile `default`.
    Default,
    /// Profile `compat`: an older program.
    Compat,
}

/// A checked recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// The address as typed.
    pub address: String,
    /// The confirmed name, from the certificate.
    pub name: Option<String>,
    /// How the letter will be sealed for them, if it can be.
    pub class: Option<RecipientClass>,
    /// Why it cannot.
    pub obstacle: Option<FailureCode>,
}

/// What is wrong with a typed address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WrongAddress {
    /// No `@`.
    NoAt,
    /// What stands before the `@`.
    Local,
    /// What stands behind the `@`.
    Domain,
    /// A quotation mark, bracket or comment that is not closed.
    Unclosed,
    /// The name.
    Name,
    /// Too long.
    TooLong,
}

/// One entry of what was typed into a line of recipients.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypedRecipient {
    /// Who; where it is nobody, the address is what was typed.
    pub person: Person,
    /// What is wrong with it.
    pub wrong: Option<WrongAddress>,
}

// As pairs on the wire: the names of their fields would be most of what the page carries of them.
impl From<(String, bool)> for Signing {
    fn from((text, on): (String, bool)) -> Self {
        Self { text, on }
    }
}

impl From<Signing> for (String, bool) {
    fn from(signing: Signing) -> Self {
        (signing.text, signing.on)
    }
}

impl From<(String, Option<String>)> for Quote {
    fn from((text, whole): (String, Option<String>)) -> Self {
        Self { text, whole }
    }
}

impl From<Quote> for (String, Option<String>) {
    fn from(quote: Quote) -> Self {
        (quote.text, quote.whole)
    }
}
