//! The calls of the page and what the worker says back.
//!
//! Every call is a struct of its own that names the type of its answer ([`Call::Answer`]); [`Ask`] and [`Answer`]
//! are only their envelopes on the wire.

use serde::{Deserialize, Serialize};

use crate::{
    Account, AccountStage, AnswerWords, Attached, AttachmentId, CertificateRequests, Completion,
    DraftContent, DraftId, DraftKind, EmailId, Enrolment, Failure, HtmlView, LetterId, LetterSource,
    LetterView, Mailbox, MailboxId, MailboxRole, NewRecoveryCode, OpenDraft, PartFile, Preview, Recipient,
    RowPage, SavedDraft, Secret, SentLetter, TypedRecipient, UnixSeconds, WayIn,
};

/// Names one call while it runs: chosen by the page, never reused within a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct JobId(pub u32);

/// A call on its way to the worker.
#[derive(Debug, Serialize, Deserialize)]
pub struct ToWorker {
    /// Chosen by the page.
    pub job: JobId,
    /// What is asked.
    pub ask: Ask,
}

/// A word of the worker.
#[derive(Debug, Serialize, Deserialize)]
pub enum FromWorker {
    /// The job ended well. Buffers, if the call returns any, are transferred beside.
    Done(JobId, Answer),
    /// The job goes on.
    Progress(JobId, Progress),
    /// The job ended badly; nothing it promised to keep is lost.
    Failed(JobId, Failure),
    /// Something happened that nobody asked for.
    Happened(Event),
}

/// How far a long job has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// What is being done now.
    pub stage: Stage,
    /// Work done, in bytes or items according to `stage`.
    pub done: u64,
    /// Work in all, in the same unit; 0 while unknown.
    pub total: u64,
}

/// The stages a person may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// Deriving keys from a pass phrase.
    Unlocking,
    /// Making a key pair.
    MakingKeys,
    /// Sealing; bytes.
    Sealing,
    /// Sending ciphertext to the relay; bytes.
    Uploading,
    /// Fetching ciphertext from the relay; bytes.
    Downloading,
    /// Opening and judging; bytes.
    Opening,
    /// Reading letters not seen on any device before; letters.
    Indexing,
    /// Disarming HTML, unpacking or packing files; bytes.
    Preparing,
}

/// What happens without being asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// Mailboxes or letters changed at the relay: lists should be asked for again.
    MailChanged,
    /// The relay answers, or does so again: then others may have changed something meanwhile.
    Online {
        /// Since when.
        since: UnixSeconds,
    },
    /// The relay does not answer.
    Offline {
        /// Since when.
        since: UnixSeconds,
    },
    /// The relay ended the session (elsewhere signed out, revoked, expired); keys are wiped already.
    SessionEnded,
    /// The letters indexed in the background, so that lists fill in.
    Indexed {
        /// Letters done.
        done: u64,
        /// Letters in all.
        total: u64,
    },
}

/// A call: a value the page sends, with the type of what comes back.
pub trait Call: Into<Ask> {
    /// What the worker answers when all went well.
    type Answer: TryFrom<Answer, Error = Answer>;
}

macro_rules! calls {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident : $type:ty),* $(,)? } -> $answer:ident($of:ty);)*) => {
        /// Any call, on the wire.
        #[derive(Debug, Serialize, Deserialize)]
        #[allow(missing_docs, reason = "each variant is documented at its struct")]
        pub enum Ask { $($name($name)),* }

        $(
            $(#[$doc])*
            #[derive(Debug, Serialize, Deserialize)]
            pub struct $name { $($(#[$field_doc])* pub $field: $type),* }

            impl From<$name> for Ask {
                fn from(call: $name) -> Self { Self::$name(call) }
            }

            impl Call for $name { type Answer = $of; }
        )*
    };
}

macro_rules! answers {
    ($($name:ident($of:ty)),* $(,)?) => {
        /// Any answer, on the wire.
        #[derive(Debug, Serialize, Deserialize)]
        #[allow(missing_docs, reason = "each variant is documented at the type it carries")]
        pub enum Answer { $($name($of)),* }

        $(
            impl From<$of> for Answer {
                fn from(value: $of) -> Self { Self::$name(value) }
            }

            impl TryFrom<Answer> for $of {
                type Error = Answer;
                fn try_from(answer: Answer) -> Result<Self, Answer> {
                    match answer {
                        Answer::$name(value) => Ok(value),
                        other => Err(other),
                    }
                }
            }
        )*
    };
}

answers! {
    Nothing(()),
    Ready(Ready),
    Account(Account),
    Stage(AccountStage),
    Enrolment(Enrolment),
    NewCode(NewRecoveryCode),
    Requests(CertificateRequests),
    Mailboxes(Vec<Mailbox>),
    Rows(RowPage),
    Letter(Box<LetterView>),
    File(PartFile),
    Html(HtmlView),
    Preview(Preview),
    Completions(Vec<Completion>),
    Recipients(Vec<Recipient>),
    Draft(Box<OpenDraft>),
    Attached(Attached),
    Saved(SavedDraft),
    Sent(SentLetter),
    TypedRecipients(Vec<TypedRecipient>),
    Signature(String),
}

/// The worker has started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ready {
    /// The cryptographic backend in use, for the settings page: `rust` or `webcrypto`.
    pub backend: String,
    /// The build's version.
    pub version: String,
}

calls! {
    /// The first call: starts the worker's client.
    Start {
        /// The relay's origin, from the page's own address.
        relay: String,
        /// The cryptographic backend wanted (`?backend=`); none leaves the choice to the worker.
        backend: Option<String>,
    } -> Ready(Ready);

    /// Ends another call as soon as it yields; that call fails with [`FailureCode::Cancelled`](crate::FailureCode).
    Cancel {
        /// The call to end.
        job: JobId,
    } -> Nothing(());

    /// Signs in and unlocks the vault.
    SignIn {
        /// The account's address as typed.
        address: String,
        /// What the person typed; the page forgets it when this message has left.
        secret: Secret,
        /// Which way in the secret belongs to.
        way: WayIn,
    } -> Account(Account);

    /// First log-in of an account: redeems the one-time code and makes the vault.
    Enrol {
        /// The account's address as typed.
        address: String,
        /// The one-time enrolment code from the enrolment letter.
        code: String,
        /// The pass phrase chosen.
        pass_phrase: Secret,
    } -> Enrolment(Enrolment);

    /// Takes an authority into the vault after the person compared its fingerprint.
    PinAuthority {
        /// As proposed in [`Enrolment`] or [`AccountStage::NeedsAuthority`].
        id: String,
        /// The fingerprint the person saw and confirmed; must still be the proposed one's.
        fingerprint: String,
    } -> Stage(AccountStage);

    /// Imports keys and certificates. Buffers: the PKCS#12 file.
    ImportKeys {
        /// The file's pass phrase.
        secret: Secret,
    } -> Stage(AccountStage);

    /// Makes the signing and the encryption key and their PKCS#10 requests.
    MakeKeys {
        /// The person's name for the requests.
        name: String,
    } -> Requests(CertificateRequests);

    /// Installs what the authority answered. Buffers: certificate files (PEM, DER or certificates-only CMS).
    InstallCertificates {} -> Stage(AccountStage);

    /// The account that is open, as it is now: its name is known only once its certificates are there.
    Describe {} -> Account(Account);

    /// Sets a new pass phrase; the recovery code and the vault key change with it.
    ChangePassPhrase {
        /// The present one; none only in a session that the recovery code opened.
        current: Option<Secret>,
        /// The new one.
        new: Secret,
    } -> NewCode(NewRecoveryCode);

    /// Ends the session at the relay, wipes keys and everything opened.
    SignOut {} -> Nothing(());

    /// The mailboxes with their counts.
    Mailboxes {} -> Mailboxes(Vec<Mailbox>);

    /// Rows of a mailbox, newest first.
    List {
        /// Which mailbox.
        mailbox: MailboxId,
        /// Words that must occur (people, subject, text of the sealed index); none lists all.
        search: Option<String>,
        /// The first row wanted, from 0.
        offset: u32,
        /// Rows wanted at most.
        limit: u32,
    } -> Rows(RowPage);

    /// Rows are drawn: from now on what no device has read yet is read in the background, which must keep no list waiting.
    ReadNew {} -> Nothing(());

    /// Opens and judges a letter of the account.
    Open {
        /// Which.
        email: EmailId,
    } -> Letter(Box<LetterView>);

    /// Opens and judges a letter from a file (`.eml`, `.p7m`). Buffers: the file.
    OpenFile {
        /// The file's name, for the title only.
        name: String,
    } -> Letter(Box<LetterView>);

    /// The same with a key for this letter only, never taken into the vault. Buffers: the file, the PKCS#12.
    OpenFileWithKey {
        /// The file's name, for the title only.
        name: String,
        /// The key file's pass phrase.
        secret: Secret,
    } -> Letter(Box<LetterView>);

    /// One part of an opened letter, to be saved. Answer buffers: the part.
    SavePart {
        /// The opened letter.
        letter: LetterSource,
        /// Index in [`LetterView::parts`].
        part: u32,
    } -> File(PartFile);

    /// A letter's HTML, disarmed. Answer buffers: its pieces.
    ShowHtml {
        /// The opened letter.
        letter: LetterSource,
    } -> Html(HtmlView);

    /// Reads a letter in another charset, now and whenever its sender writes; none goes back to what the letter says.
    ChooseCharset {
        /// The opened letter.
        letter: LetterSource,
        /// IANA name, one of those the page offers.
        charset: Option<String>,
    } -> Letter(Box<LetterView>);

    /// Opens and judges a letter that is attached to a letter, by itself.
    OpenPart {
        /// The opened letter.
        letter: LetterSource,
        /// Index in [`LetterView::parts`].
        part: u32,
    } -> Letter(Box<LetterView>);

    /// The letter as it arrived, sealed if it was. Answer buffers: the file.
    SaveSource {
        /// The opened letter.
        letter: LetterSource,
    } -> File(PartFile);

    /// What can be shown of a part. Answer buffers: the part, for [`Preview::Frame`].
    PreviewPart {
        /// The opened letter.
        letter: LetterSource,
        /// Index in [`LetterView::parts`].
        part: u32,
        /// Where to begin, in octets: 0, or where an earlier answer says the rest begins.
        from: u64,
        /// The charset to read it in; none lets the worker find out.
        charset: Option<String>,
    } -> Preview(Preview);

    /// One file of a ZIP, to be saved. Answer buffers: the file.
    SaveArchived {
        /// The opened letter.
        letter: LetterSource,
        /// Index of the ZIP in [`LetterView::parts`].
        part: u32,
        /// Index in [`ArchiveView`](crate::ArchiveView).
        entry: u32,
    } -> File(PartFile);

    /// All parts of a letter as one ZIP, to be saved. Answer buffers: the file.
    SaveAll {
        /// The opened letter.
        letter: LetterSource,
    } -> File(PartFile);

    /// Marks letters read or unread.
    MarkSeen {
        /// Which.
        emails: Vec<EmailId>,
        /// Read, or unread again.
        seen: bool,
    } -> Nothing(());

    /// Moves letters to the mailbox with a role.
    Move {
        /// Which.
        emails: Vec<EmailId>,
        /// Where to.
        role: MailboxRole,
    } -> Nothing(());

    /// Destroys letters for good.
    Destroy {
        /// Which.
        emails: Vec<EmailId>,
    } -> Nothing(());

    /// Suggestions for a recipient field, from contacts and the directory.
    Complete {
        /// What is typed so far.
        text: String,
    } -> Completions(Vec<Completion>);

    /// What is known of typed recipients: name, class, obstacle.
    CheckRecipients {
        /// Addresses as typed.
        addresses: Vec<String>,
    } -> Recipients(Vec<Recipient>);

    /// Takes a recipient's changed certificate
    /// ([`FailureCode::RecipientChanged`](crate::FailureCode)) after the person was asked.
    AcceptRecipient {
        /// The address as typed.
        address: String,
    } -> Recipients(Vec<Recipient>);

    /// Starts a draft, or takes one up again.
    StartDraft {
        /// New, answer, forward or continuation.
        kind: DraftKind,
        /// The words an answer or a forwarded letter begins with, in the writer's language.
        words: AnswerWords,
    } -> Draft(Box<OpenDraft>);

    /// Seals one file into a draft and uploads it. Buffers: the file.
    AttachFile {
        /// The draft.
        draft: DraftId,
        /// The file's own name.
        name: String,
        /// The file's media type as the browser gives it; may be empty.
        content_type: String,
        /// An image that is to stand in the text.
        inline: bool,
    } -> Attached(Attached);

    /// Takes an attachment out of a draft.
    RemoveAttachment {
        /// The draft.
        draft: DraftId,
        /// The attachment.
        attachment: AttachmentId,
    } -> Nothing(());

    /// Keeps a draft, sealed to its writer.
    SaveDraft {
        /// The draft.
        draft: DraftId,
        /// What is written now.
        content: DraftContent,
    } -> Saved(SavedDraft);

    /// Destroys a draft and its attachments.
    DiscardDraft {
        /// The draft.
        draft: DraftId,
    } -> Nothing(());

    /// Signs, seals and hands a draft to the relay, which waits `undo_seconds` before it delivers.
    Send {
        /// The draft.
        draft: DraftId,
        /// What is written now.
        content: DraftContent,
        /// How long sending can be undone.
        undo_seconds: u32,
    } -> Sent(SentLetter);

    /// Takes a letter back that the relay still holds; answers with the draft it was.
    UndoSend {
        /// Which.
        letter: LetterId,
    } -> Draft(Box<OpenDraft>);

    /// Reads what was typed or pasted into a line of recipients.
    ReadRecipients {
        /// As typed.
        typed: String,
    } -> TypedRecipients(Vec<TypedRecipient>);

    /// A file of a draft, to be shown. Answer buffers: the file.
    ReadAttachment {
        /// The draft.
        draft: DraftId,
        /// The attachment.
        attachment: AttachmentId,
    } -> File(PartFile);

    /// The account's signature; empty when there is none.
    Signature {
        /// What it is changed to first, if it is.
        change: Option<String>,
    } -> Signature(String);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_another_kind_is_given_back() {
        let answer = Answer::from(Vec::<Mailbox>::new());
        assert!(matches!(RowPage::try_from(answer), Err(Answer::Mailboxes(list)) if list.is_empty()));
    }

    #[test]
    fn a_secret_survives_the_wire_and_is_not_printed() {
        let ask = Ask::from(SignIn {
            address: "a@b.example".into(),
            secret: Secret::new("correct horse".into()),
            way: WayIn::PassPhrase,
        });
        assert!(!format!("{ask:?}").contains("horse"));
        let wire = serde_json::to_string(&ask).unwrap();
        let back: Ask = serde_json::from_str(&wire).unwrap();
        assert!(matches!(back, Ask::SignIn(call) if call.secret.expose() == "correct horse"));
    }
}
