//! An opened letter and its verdict.

use serde::{Deserialize, Serialize};

use crate::{EmailId, UnixSeconds};

/// The verdict on a letter; the worker derives it, the page only shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Trust {
    /// Sealed, signature valid, sender confirmed.
    SealedSigned,
    /// Signed only, valid.
    Signed,
    /// By a gateway allowed for that domain.
    Gateway,
    /// Sealed; who wrote it could not be confirmed.
    SealedUnverified,
    /// Neither sealed nor signed (files only).
    Clear,
    /// Tampered with, or pretending to be another's.
    Broken,
}

/// Why a verdict is what it is, or what a reader should know beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Reason {
    /// No valid signature inside: shown as plain text, without links or quoting.
    Unsigned,
    /// The signature covers only a part of what is shown.
    PartlySigned,
    /// The content is not what was signed.
    ContentModified,
    /// The signature itself does not hold.
    SignatureInvalid,
    /// The signer's certificate leads to no pinned authority.
    SignerUntrusted,
    /// The authority does not speak for the sender's domain.
    DomainNotAllowed,
    /// The signer's certificate was not valid at that time.
    SignerExpired,
    /// The signer's certificate is not meant for signing mail.
    SignerUsage,
    /// The signer's certificate was revoked.
    SignerRevoked,
    /// The signer's key was compromised.
    SignerCompromised,
    /// No fresh revocation list was there.
    RevocationUnknown,
    /// The signer is not the sender named in From.
    SignerIsNotSender,
    /// From names nobody, or several.
    SenderAmbiguous,
    /// An algorithm that protects no longer.
    LegacyAlgorithm,
    /// The display name in From differs from the confirmed name.
    DisplayNameDiffers,
    /// The sender's address resembles that of somebody the reader knows.
    LooksLike,
    /// None of the reader's addresses is among the recipients.
    NotAddressedToReader,
    /// Headers outside say something else than those inside.
    OuterHeadersDiffer,
    /// The sealing cannot prove integrity (CBC); the signature does.
    SealWithoutIntegrity,
    /// A sender without end-to-end sealing; the gateway could read it.
    ReadableAtGateway,
    /// Parts of the letter are damaged; what could be read is shown.
    Damaged,
    /// Its line ends had to be put right before the signature held.
    RepairedLineEnds,
    /// A reason this page does not know by name.
    Other,
}

/// What moment the verdict is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TimeSource {
    /// A time-stamp token.
    Token,
    /// The first successful check, kept in the sealed index.
    FirstCheck,
    /// The signer's own statement, within the certificate's validity.
    SigningTime,
    /// Now.
    Given,
}

/// A person as a letter names them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Display name, may be empty.
    pub name: String,
    /// Address.
    pub address: String,
}

/// An attachment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartInfo {
    /// File name as the sender gave it, without any path.
    pub name: String,
    /// Media type.
    pub content_type: String,
    /// Size in octets.
    pub size: u64,
    /// SHA-256 of the octets, lower-case hexadecimal.
    pub sha256: String,
    /// What it is by its content.
    pub kind: PartKind,
    /// Why its name should not be believed.
    pub caution: Option<Caution>,
    /// Whether it is an image that the letter's HTML shows in its place.
    pub is_inside: bool,
}

/// What a file is by its content; its name and its declared type decide only between kinds of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PartKind {
    /// A PDF.
    Pdf,
    /// An image that browsers draw: PNG, JPEG, GIF, WebP or BMP.
    Image,
    /// An image that they do not: TIFF, DICOM, SVG.
    OtherImage,
    /// A letter.
    Letter,
    /// A ZIP that holds other files.
    Archive,
    /// Values in rows and columns.
    Table,
    /// XML, a CDA document for one.
    Xml,
    /// A report in the format HPRIM.
    Hprim,
    /// A calendar part.
    Calendar,
    /// Other text.
    Text,
    /// A web page, shown as text.
    Html,
    /// A document of an office program.
    Office,
    /// Sound or film.
    Media,
    /// A program, or a file that a double click runs.
    Program,
    /// Anything else.
    Other,
}

/// What a name tries to hide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Caution {
    /// Marks in it turn the direction of writing around, or cannot be seen.
    HiddenMarks,
    /// It ends in two endings, the last of which runs: `bilan.pdf.exe`.
    DoubleEnding,
    /// Its content is of another kind than its ending says.
    OtherContent,
    /// A program, or a file that a double click runs.
    Runs,
}

/// A layer of protection, for the technical panel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerInfo {
    /// What it is, in the field's words: `AuthEnvelopedData aes-256-gcm, rsa-oaep-sha256`.
    pub summary: String,
    /// The signer's subject, for signatures.
    pub signer: Option<String>,
    /// The addresses that the signer's certificate names.
    pub emails: Vec<String>,
    /// When the signer says to have signed.
    pub signed_at: Option<UnixSeconds>,
    /// SHA-256 of what an envelope held, lower-case hexadecimal.
    pub content_sha256: Option<String>,
}

/// A certificate of the path by which the signer was believed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateView {
    /// Whom it names (RFC 4514).
    pub subject: String,
    /// Serial number, hexadecimal.
    pub serial: String,
    /// Valid from.
    pub not_before: UnixSeconds,
    /// Valid until.
    pub not_after: UnixSeconds,
    /// SHA-256 of the certificate, lower-case hexadecimal.
    pub sha256: String,
}

/// Where an opened letter came from, to ask for its parts or to answer it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LetterSource {
    /// A letter of the account.
    Email(EmailId),
    /// The file opened last under this number, or the letter within a letter.
    File(u32),
}

/// An opened and judged letter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LetterView {
    /// Names it in further calls.
    pub source: LetterSource,
    /// The verdict.
    pub trust: Trust,
    /// Why.
    pub reasons: Vec<Reason>,
    /// What the reader should know beside it.
    pub warnings: Vec<Reason>,
    /// The signer's confirmed name; only where the verdict confirms it.
    pub confirmed_name: Option<String>,
    /// The signer's confirmed address.
    pub confirmed_address: Option<String>,
    /// The moment the verdict is for.
    pub judged_at: UnixSeconds,
    /// Where that moment comes from.
    pub time_source: TimeSource,
    /// Protected From.
    pub from: Vec<Person>,
    /// Protected To.
    pub to: Vec<Person>,
    /// Protected Cc.
    pub cc: Vec<Person>,
    /// Protected Bcc: in the sender's own copy, and in the copy of the one it names.
    pub bcc: Vec<Person>,
    /// Protected Date.
    pub date: Option<UnixSeconds>,
    /// Protected Subject.
    pub subject: String,
    /// The text, and what HTML says as text.
    pub text: String,
    /// Whether the letter was written in HTML.
    pub was_html: bool,
    /// The charset in which its words were read; none where they are plain ASCII.
    pub charset: Option<CharsetView>,
    /// Whether links may be offered and the text quoted in an answer: only with a valid signature.
    pub may_quote: bool,
    /// Attachments.
    pub parts: Vec<PartInfo>,
    /// Layers, outermost first.
    pub layers: Vec<LayerInfo>,
    /// The certificates by which the sender was confirmed, the signer's first, the pinned authority's last.
    pub path: Vec<CertificateView>,
    /// Letters of this account: what became of it, per recipient.
    pub deliveries: Vec<Delivery>,
    /// What the letter says of another one, when it is a report (RFC 3464, RFC 8098).
    pub report: Option<ReportView>,
}

/// The charset in which a letter was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CharsetView {
    /// Its IANA name.
    pub name: String,
    /// Where it comes from.
    pub origin: CharsetOrigin,
}

/// Where a charset comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CharsetOrigin {
    /// The letter says so.
    Declared,
    /// It looks like it; the letter says nothing, or something that cannot be.
    Guessed,
    /// The reader chose it for this sender.
    Chosen,
}

/// A letter's HTML, disarmed. Its pieces are transferred beside, as UTF-8, in the order in which they are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HtmlView {
    /// Where the links of each piece lead, by the index that the piece names.
    pub links: Vec<Vec<LinkView>>,
    /// What would have been fetched from elsewhere, and was not.
    pub remote: u32,
    /// Images of the letter itself that are shown.
    pub inline_images: u32,
    /// Whether it has colours of its own: then it is shown on paper in the dark too.
    pub coloured: bool,
}

/// A link of a letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkView {
    /// The words that are shown.
    pub shown: String,
    /// Where it leads: `http`, `https`, `mailto` or `tel`.
    pub target: String,
    /// Whether the words say another place than the true one.
    pub deceives: bool,
}

/// What is shown of an attachment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Preview {
    /// Text, or some of it.
    Text(TextPreview),
    /// Rows of values, or some of them.
    Table(TablePreview),
    /// A PDF or an image for the frame that draws them; its octets are transferred beside.
    Frame,
    /// The files of a ZIP.
    Archive(ArchiveView),
    /// Nothing: it can be saved only.
    Nothing,
}

/// Text of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextPreview {
    /// The text, whole lines of it, line ends LF.
    pub text: String,
    /// The charset in which it was read.
    pub charset: String,
    /// Where the rest begins, in octets of the file.
    pub next: Option<u64>,
}

/// Rows of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TablePreview {
    /// Values by rows.
    pub rows: Vec<Vec<String>>,
    /// The charset in which they were read.
    pub charset: String,
    /// Where the rest begins, in octets of the file.
    pub next: Option<u64>,
}

/// What a ZIP holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveView {
    /// Files and folders in their order.
    pub entries: Vec<ArchiveEntry>,
    /// Whether it holds more than are told.
    pub has_more: bool,
}

/// One file or folder of a ZIP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveEntry {
    /// Names it in [`SaveArchived`](crate::SaveArchived).
    pub index: u32,
    /// Its name, with nothing that could leave a folder or mislead.
    pub name: String,
    /// What it says its size is, in octets.
    pub size: u64,
    /// Whether it is a folder.
    pub is_folder: bool,
    /// Why it cannot be taken out.
    pub obstacle: Option<ArchiveObstacle>,
    /// Whether its name or its size is made to mislead.
    pub misleads: bool,
}

/// What is wrong with an entry of a ZIP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ArchiveObstacle {
    /// It is under a pass phrase of its own.
    Encrypted,
    /// Packed in a way that is not known here.
    Unsupported,
    /// It would grow beyond all measure, or is said to be larger than allowed.
    TooLarge,
    /// Damaged, or made to mislead.
    Damaged,
}

/// What a report says of a letter. Only the verdict tells whether anybody vouches for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportView {
    /// Subject of the letter that is reported on.
    pub subject: Option<String>,
    /// For each recipient.
    pub recipients: Vec<ReportedRecipient>,
    /// Whether the report names others, too many to be shown.
    pub has_more: bool,
}

/// What is said of one recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedRecipient {
    /// Her address.
    pub address: String,
    /// What became of the letter.
    pub outcome: ReportedOutcome,
    /// Why, as far as the status tells.
    pub reason: Option<ReportedReason>,
    /// Until when it is tried.
    pub retried_until: Option<UnixSeconds>,
    /// Status (RFC 3463) and answer of the other machine, word for word.
    pub said: Option<String>,
}

/// What became of a letter, by a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReportedOutcome {
    /// Not delivered, and no longer tried.
    Failed,
    /// Not delivered yet.
    Delayed,
    /// In the mailbox.
    Delivered,
    /// Handed on to where no reports come from.
    Relayed,
    /// Handed on to several addresses.
    Expanded,
    /// Shown on the recipient's screen.
    Displayed,
    /// Deleted by the recipient.
    Deleted,
    /// Something else.
    Other,
}

/// Why a letter was not delivered, in a person's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReportedReason {
    /// Nobody has that address.
    NoSuchAddress,
    /// The mailbox takes nothing at present.
    MailboxClosed,
    /// The mailbox is full.
    MailboxFull,
    /// The letter is too large.
    TooLarge,
    /// The other machine did not answer, or could not be found.
    NoAnswer,
    /// The other machine refuses the letter: its rules, its filters.
    Refused,
}

/// What became of a letter for one recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The recipient's address.
    pub address: String,
    /// What is known.
    pub state: DeliveryState,
}

/// The states of RFC 8621 §7, in a person's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeliveryState {
    /// Held by the relay, may still be undone or retried.
    Queued,
    /// In the recipient's mailbox.
    Delivered,
    /// Refused for good.
    Failed,
    /// Handed on; no more is known.
    Unknown,
}

/// A part to be saved; its octets are transferred beside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartFile {
    /// File name as the sender gave it, made safe for a file system.
    pub name: String,
    /// Media type.
    pub content_type: String,
}
