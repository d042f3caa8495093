//! A letter that was judged: the only form in which one reaches a reader, and its report in JSON.

use std::sync::OnceLock;

use sceau_mime as mime;
#[cfg(not(feature = "more"))]
use serde::ser::SerializeSeq;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

#[cfg(feature = "more")]
use super::additions::{Countersignature, Timestamp};
use super::held::Held;
#[cfg(feature = "more")]
use super::plain_layers::{AuthenticatedLayer, CompressedLayer, DigestedLayer};
use super::signer::Verified;
use crate::UnixTime;
use crate::cms::capabilities::Capabilities;
#[cfg(feature = "more")]
use crate::ess::{EssAttributes, ReceiptBasis};
use crate::verdict::{Code, Note, SignatureVerdict, TimeSource, Trust};
use crate::x509::Certificate;

/// A letter with its verdict. Made by [`super::open`] only; serialises to the report of the command line.
pub struct Judged {
    pub(super) trust: Trust,
    pub(super) judged_at: UnixTime,
    pub(super) time_source: TimeSource,
    pub(super) layers: Vec<LayerReport>,
    /// Found out when somebody asks.
    pub(super) headers: OnceLock<Vec<mime::HeaderState>>,
    pub(super) warnings: Vec<Note>,
    pub(super) verified: Option<Verified>,
    pub(super) capabilities: Option<Capabilities>,
    pub(super) signature_sha256: Option<[u8; 32]>,
    #[cfg(not(feature = "more"))]
    pub(super) unread: bool,
    #[cfg(feature = "more")]
    pub(super) receipt_basis: Option<ReceiptBasis>,
    pub(super) message: Held,
    pub(super) layer_contents: Vec<Zeroizing<Vec<u8>>>,
    pub(super) content_key: Option<Zeroizing<Vec<u8>>>,
    pub(super) outer: Option<mime::Letter>,
    pub(super) letter: mime::Letter,
    pub(super) gap: bool,
    /// What is known of parts whose octets are not in memory, by their place in the letter.
    #[cfg(feature = "more")]
    pub(super) ranged: Vec<Option<PartFacts>>,
}

/// What a report says of a part's octets.
#[cfg(feature = "more")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PartFacts {
    pub(super) bytes: u64,
    pub(super) sha256: [u8; 32],
}

impl core::fmt::Debug for Judged {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Judged")
            .field("trust", &self.trust)
            .field("layers", &self.layers)
            .field("warnings", &self.warnings)
            .finish_non_exhaustive()
    }
}

impl Judged {
    /// How far the letter can be relied on.
    #[must_use]
    pub fn trust(&self) -> Trust {
        self.trust
    }

    /// Whether a certificate or a list was met whose signature nobody could check who was asked: a complete build may
    /// judge otherwise.
    #[must_use]
    pub fn has_gap(&self) -> bool {
        self.gap
    }

    /// The moment the verdict is for.
    #[must_use]
    pub fn judged_at(&self) -> UnixTime {
        self.judged_at
    }

    /// Where that moment comes from.
    #[must_use]
    pub fn time_source(&self) -> TimeSource {
        self.time_source
    }

    /// The layers that were taken off, outermost first.
    #[must_use]
    pub fn layers(&self) -> &[LayerReport] {
        &self.layers
    }

    /// Every header field and how it was protected.
    #[must_use]
    pub fn headers(&self) -> &[mime::HeaderState] {
        self.headers.get_or_init(|| {
            let layer = mime::Layer { signed: self.verified.is_some(), encrypted: self.is_sealed() };
            let empty = mime::Letter::default();
            mime::header_states(self.outer.as_ref().unwrap_or(&empty), &self.letter, layer)
        })
    }

    fn is_sealed(&self) -> bool {
        self.layers.iter().any(|layer| matches!(layer, LayerReport::Encrypted(_)))
    }

    /// What the reader should know besides.
    #[must_use]
    pub fn warnings(&self) -> &[Note] {
        &self.warnings
    }

    /// Whether a warning or a reason with this code is in the report.
    #[must_use]
    pub fn has_code(&self, code: &str) -> bool {
        let reasons = self.layers.iter().flat_map(|layer| match layer {
            LayerReport::Signed(signed) => signed.reasons.as_slice(),
            _ => &[],
        });
        self.warnings.iter().chain(reasons).any(|note| note.code == code)
    }

    /// The letter itself.
    #[must_use]
    pub fn letter(&self) -> &mime::Letter {
        &self.letter
    }

    /// The letter, taken out of its report.
    #[must_use]
    pub fn into_letter(self) -> mime::Letter {
        self.letter
    }

    /// The author to be shown (RFC 9788 §4.4.3): the protected one, unless it differs from the one outside and nobody confirmed
    /// it; then the one outside, which carriers at least could check. `None` when there is none at all.
    #[must_use]
    pub fn shown_from(&self) -> Option<&mime::Address> {
        let inside = self.letter.from.first();
        let outside = self.outer.as_ref().and_then(|outer| outer.from.first());
        match (inside, outside) {
            (Some(inside), Some(outside)) if !self.trust.is_confirmed() && !outside.same_mailbox(inside) => {
                Some(outside)
            }
            (inside, _) => inside,
        }
    }

    /// The header section outside, when the letter came in a mail.
    #[must_use]
    pub fn outer(&self) -> Option<&mime::Letter> {
        self.outer.as_ref()
    }

    /// What an answer must not name outside, because this letter kept it sealed (RFC 9788 §6.1); nothing of a letter that was
    /// not sealed.
    #[must_use]
    pub fn kept_inside(&self) -> mime::KeptInside {
        let empty = mime::Letter::default();
        match self.is_sealed() {
            true => mime::kept_inside(self.outer.as_ref().unwrap_or(&empty), &self.letter),
            false => mime::KeptInside::default(),
        }
    }

    /// The message exactly as it was protected.
    #[must_use]
    pub fn message(&self) -> &[u8] {
        &self.message
    }

    /// What each wrapper held, outermost first, down to [`Self::message`]; empty unless the request asked to keep it.
    pub fn layer_contents(&self) -> impl Iterator<Item = &[u8]> {
        self.layer_contents.iter().map(|content| content.as_slice())
    }

    /// SHA-256 of [`Self::message`].
    #[must_use]
    pub fn message_sha256(&self) -> [u8; 32] {
        Sha256::digest(&*self.message).into()
    }

    /// The proof that the sender is confirmed; `None` in every state that is not green.
    #[must_use]
    pub fn verified(&self) -> Option<&Verified> {
        self.verified.as_ref()
    }

    /// The sender's name to be shown: the one in the certificate, only when it is confirmed, and not when the address looks
    /// like that of somebody the reader knows: the name would complete the deception.
    #[must_use]
    pub fn sender_name(&self) -> Option<&str> {
        if self.warnings.iter().any(|note| note.code == Code::LooksLike.code()) {
            return None;
        }
        self.verified.as_ref().and_then(|proof| proof.certificate().common_name())
    }

    /// What the sender's program can read; `None` unless the sender is confirmed.
    #[must_use]
    pub fn sender_capabilities(&self) -> Option<Capabilities> {
        self.capabilities.filter(|_| self.verified.is_some())
    }

    /// Whether a layer has attributes that only the feature `more` reads: the report says nothing of them.
    #[cfg(not(feature = "more"))]
    #[must_use]
    pub fn leaves_attributes_unread(&self) -> bool {
        self.unread
    }

    /// SHA-256 of the signature value nearest to the content, for receipts and evidence.
    #[must_use]
    pub fn signature_sha256(&self) -> Option<[u8; 32]> {
        self.signature_sha256
    }

    /// What a receipt for this letter refers to; `None` when nothing inside is signed.
    #[cfg(feature = "more")]
    #[must_use]
    pub fn receipt_basis(&self) -> Option<&ReceiptBasis> {
        self.receipt_basis.as_ref()
    }

    /// The content key of the outermost envelope, for the reader's own sealed index.
    #[must_use]
    pub fn content_key(&self) -> Option<&[u8]> {
        self.content_key.as_deref().map(Vec::as_slice)
    }

    /// Whether HTML of the letter may ever be rendered. Unsigned content never is: CBC can be changed on the
    /// way, and AES-GCM is not key-committing and can be rewritten as CBC.
    #[must_use]
    pub fn may_render_html(&self) -> bool {
        self.trust.is_confirmed()
    }

    /// Whether links may be followed.
    #[must_use]
    pub fn may_follow_links(&self) -> bool {
        self.trust.is_confirmed()
    }

    /// Whether a reply may quote the letter, for the same reason.
    #[must_use]
    pub fn may_quote(&self) -> bool {
        self.trust.is_confirmed()
    }
}

/// One layer of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum LayerReport {
    /// An envelope.
    Encrypted(EncryptedLayer),
    /// A signature; a layer with several signers gives several.
    Signed(SignedLayer),
    /// CompressedData.
    #[cfg(feature = "more")]
    Compressed(CompressedLayer),
    /// DigestedData.
    #[cfg(feature = "more")]
    Digested(DigestedLayer),
    /// AuthenticatedData.
    #[cfg(feature = "more")]
    Authenticated(AuthenticatedLayer),
}

impl LayerReport {
    /// The layer in one line, for lists.
    #[must_use]
    pub fn summary(&self) -> String {
        match self {
            Self::Encrypted(it) => format!("{} {}, {}", it.type_name, it.cipher, it.key),
            Self::Signed(it) => format!("SignedData {}", it.algorithm.as_deref().unwrap_or("?")),
            #[cfg(feature = "more")]
            Self::Compressed(it) => format!("CompressedData {}", it.algorithm),
            #[cfg(feature = "more")]
            Self::Digested(it) => format!("DigestedData {}", it.digest),
            #[cfg(feature = "more")]
            Self::Authenticated(it) => format!("AuthenticatedData {}, {}", it.mac, it.key),
        }
    }
}

/// An envelope that was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EncryptedLayer {
    /// `EnvelopedData` or `AuthEnvelopedData`.
    #[serde(rename = "type")]
    pub type_name: &'static str,
    /// Content cipher.
    pub cipher: &'static str,
    /// How the content key came.
    pub key: String,
    /// Whether the cipher authenticated the content.
    pub authenticated: bool,
    /// SHA-256 of the content.
    pub content_sha256: ContentHash,
}

/// SHA-256 of what an envelope held; hexadecimal in reports.
#[derive(Clone)]
pub struct ContentHash(Hashed);

#[derive(Clone)]
enum Hashed {
    Known([u8; 32]),
    /// What is hashed when somebody asks.
    #[cfg(feature = "fast")]
    Of(Held),
}

impl ContentHash {
    #[cfg(feature = "fast")]
    pub(super) fn of(content: Held) -> Self {
        Self(Hashed::Of(content))
    }

    /// The hash.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        match &self.0 {
            Hashed::Known(hash) => *hash,
            #[cfg(feature = "fast")]
            Hashed::Of(content) => Sha256::digest(&**content).into(),
        }
    }
}

/// Stands for the hash of an envelope that is still being read.
#[cfg(feature = "fast")]
impl Default for ContentHash {
    fn default() -> Self {
        [0; 32].into()
    }
}

impl From<[u8; 32]> for ContentHash {
    fn from(hash: [u8; 32]) -> Self {
        Self(Hashed::Known(hash))
    }
}

impl PartialEq for ContentHash {
    fn eq(&self, other: &Self) -> bool {
        self.sha256() == other.sha256()
    }
}

impl Eq for ContentHash {}

impl core::fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&hex::encode(self.sha256()))
    }
}

impl Serialize for ContentHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(self.sha256()))
    }
}

/// A signature that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedLayer {
    /// The verdict.
    pub verdict: SignatureVerdict,
    /// Who the certificate says signed; `None` when there is no certificate.
    pub signer: Option<Signer>,
    /// Signature algorithm, when it is known.
    pub algorithm: Option<String>,
    /// signingTime, claimed by the signer.
    pub signing_time: Option<UnixTime>,
    /// Why the verdict is not plain `valid`, or what else is wrong.
    pub reasons: Vec<Note>,
    /// What the attributes of Enhanced Security Services say (RFC 2634), as true as the signature.
    #[cfg(feature = "more")]
    pub ess: Box<EssAttributes>,
    /// Signatures over this one; they decide nothing.
    #[cfg(feature = "more")]
    pub countersignatures: Vec<Countersignature>,
    /// Time-stamps over this one.
    #[cfg(feature = "more")]
    pub timestamps: Vec<Timestamp>,
}

impl Serialize for SignedLayer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut layer = serializer.serialize_struct("SignedLayer", 9)?;
        layer.serialize_field("verdict", &self.verdict)?;
        layer.serialize_field("signer", &self.signer)?;
        layer.serialize_field("on_behalf_of", &None::<Signer>)?;
        layer.serialize_field("algorithm", &self.algorithm)?;
        layer.serialize_field("signing_time", &self.signing_time.map(UnixTime::to_rfc3339))?;
        layer.serialize_field("reasons", &self.reasons)?;
        #[cfg(feature = "more")]
        {
            layer.serialize_field("ess", &self.ess)?;
            layer.serialize_field("countersignatures", &self.countersignatures)?;
            layer.serialize_field("timestamps", &self.timestamps)?;
        }
        layer.end()
    }
}

/// Whom a certificate names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Signer {
    /// Subject.
    pub subject: String,
    /// Mail addresses.
    pub emails: Vec<String>,
    /// Serial number, hexadecimal.
    pub serial: String,
}

impl Signer {
    pub(super) fn from_certificate(certificate: &Certificate) -> Self {
        Self {
            subject: certificate.subject().to_string(),
            emails: certificate.emails().into_iter().map(str::to_owned).collect(),
            serial: certificate.serial_hex(),
        }
    }
}

impl Serialize for Judged {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let letter = &self.letter;
        let mut report = serializer.serialize_struct("Judged", 15)?;
        report.serialize_field("trust", &self.trust)?;
        report.serialize_field("judged_at", &self.judged_at.to_rfc3339())?;
        report.serialize_field("time_source", &self.time_source)?;
        report.serialize_field("layers", &self.layers)?;
        report.serialize_field("headers", self.headers())?;
        report.serialize_field("from", &self.shown_from().map(ToString::to_string))?;
        report.serialize_field("to", &Addresses(&letter.to))?;
        report.serialize_field("cc", &Addresses(&letter.cc))?;
        report.serialize_field("bcc", &Addresses(&letter.bcc))?;
        report.serialize_field("date", &letter.date.map(mime::Date::to_rfc3339))?;
        report.serialize_field("subject", &letter.subject)?;
        report.serialize_field("message_id", &letter.message_id)?;
        report.serialize_field("text", &letter.text)?;
        #[cfg(feature = "more")]
        report.serialize_field("parts", &Parts(&letter.parts, &self.ranged))?;
        #[cfg(not(feature = "more"))]
        report.serialize_field("parts", &Parts(&letter.parts))?;
        report.serialize_field("warnings", &self.warnings)?;
        report.end()
    }
}

struct Addresses<'a>(&'a [mime::Address]);

impl Serialize for Addresses<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(ToString::to_string))
    }
}

#[cfg(feature = "more")]
struct Parts<'a>(&'a [mime::Part], &'a [Option<PartFacts>]);

#[cfg(feature = "more")]
impl Serialize for Parts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ranged = self.1.iter().copied().chain(core::iter::repeat(None));
        serializer.collect_seq(self.0.iter().zip(ranged).map(|(part, facts)| PartReport {
            media: &part.content_type,
            name: part.name.as_deref(),
            bytes: facts.map_or_else(|| crate::stream::to_u64(part.bytes.len()), |facts| facts.bytes),
            sha256: hex::encode(
                facts.map_or_else(|| Sha256::digest(&part.bytes).into(), |facts| facts.sha256),
            ),
        }))
    }
}

#[cfg(not(feature = "more"))]
struct Parts<'a>(&'a [mime::Part]);

#[cfg(not(feature = "more"))]
impl Serialize for Parts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for part in self.0 {
            list.serialize_element(&PartReport {
                media: &part.content_type,
                name: part.name.as_deref(),
                bytes: part.bytes.len(),
                sha256: hex::encode(Sha256::digest(&part.bytes)),
            })?;
        }
        list.end()
    }
}

#[derive(Serialize)]
struct PartReport<'a> {
    #[serde(rename = "type")]
    media: &'a str,
    name: Option<&'a str>,
    #[cfg(feature = "more")]
    bytes: u64,
    #[cfg(not(feature = "more"))]
    bytes: usize,
    sha256: String,
}
