//! The card beside a letter: what a list shows, signed and sealed like the letter, and the key that opens it.
//!
//! A list of a thousand letters is read from a thousand cards of some kilobytes; the letter itself is fetched
//! when somebody wants to read it, and opened with the content key the card holds.

use rand_core::CryptoRng;
use sceau_mime as mime;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

use super::open::{OpenRequest, judge_layers, peel};
use super::peel::Peel;
use super::seal::{Profile, SealRequest, envelope_for, signed_opaque, wrap};
use super::signer::Verified;
use super::{judged::LayerReport, padding};
use crate::UnixTime;
use crate::backend::{Backend, Rust, ready};
use crate::error::{Error, Result, Structure};
use crate::verdict::{Code, Note, Trust};

/// Characters of the letter's text a card repeats: two lines of a wide list.
pub const PREVIEW_CHARS: usize = 240;

/// Media type of a card's content.
const MEDIA_TYPE: &str = "application/vnd.sceau.card+json";

/// Version of the format.
const VERSION: u32 = 1;

/// What a card says. Its words and names are wiped when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Card {
    /// The author.
    pub from: mime::Address,
    /// Primary recipients.
    pub to: Vec<mime::Address>,
    /// Copies.
    pub cc: Vec<mime::Address>,
    /// Blind copies this copy may name.
    pub bcc: Vec<mime::Address>,
    /// Date.
    pub date: mime::Date,
    /// Subject.
    pub subject: String,
    /// Message identifier.
    pub message_id: String,
    /// Letters answered.
    pub in_reply_to: Vec<String>,
    /// The thread.
    pub references: Vec<String>,
    /// First words of the text.
    pub preview: String,
    /// Attachments.
    pub parts: Vec<CardPart>,
    /// SHA-256 of the letter as it is stored.
    pub letter_sha256: [u8; 32],
    /// Content key of the letter's envelope, wiped on drop.
    pub content_key: Zeroizing<Vec<u8>>,
}

impl core::fmt::Debug for Card {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Card(redacted)")
    }
}

impl Drop for Card {
    fn drop(&mut self) {
        self.subject.zeroize();
        self.preview.zeroize();
        self.parts.iter_mut().for_each(|part| part.name.zeroize());
        let lists = [&mut self.to, &mut self.cc, &mut self.bcc];
        for address in lists.into_iter().flatten().chain([&mut self.from]) {
            address.name.zeroize();
            address.email.zeroize();
        }
    }
}

impl Card {
    /// Whether these bytes are the letter the card is about.
    #[must_use]
    pub fn is_about(&self, letter: &[u8]) -> bool {
        <[u8; 32]>::from(Sha256::digest(letter)) == self.letter_sha256
    }
}

/// An attachment as a card lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardPart {
    /// File name.
    pub name: String,
    /// Media type.
    #[serde(rename = "type")]
    pub content_type: String,
    /// Size in bytes.
    pub bytes: u64,
}

/// A card with its verdict, judged like a letter.
#[derive(Debug)]
pub struct JudgedCard {
    card: Card,
    trust: Trust,
    verified: Option<Verified>,
    layers: Vec<LayerReport>,
    warnings: Vec<Note>,
}

impl JudgedCard {
    /// The card.
    #[must_use]
    pub fn card(&self) -> &Card {
        &self.card
    }

    /// How far it can be relied on. The letter itself is judged again when it is opened.
    #[must_use]
    pub fn trust(&self) -> Trust {
        self.trust
    }

    /// The proof that the sender is confirmed.
    #[must_use]
    pub fn verified(&self) -> Option<&Verified> {
        self.verified.as_ref()
    }

    /// The sender's name to be shown: the certificate's, only when confirmed.
    #[must_use]
    pub fn sender_name(&self) -> Option<&str> {
        self.verified.as_ref().and_then(|proof| proof.certificate().common_name())
    }

    /// The layers that were taken off.
    #[must_use]
    pub fn layers(&self) -> &[LayerReport] {
        &self.layers
    }

    /// Warnings.
    #[must_use]
    pub fn warnings(&self) -> &[Note] {
        &self.warnings
    }
}

/// Opens and judges a card. The request is the letter's, with the card's bytes.
///
/// # Errors
/// As [`super::open`]; `Malformed` when what is inside is no card.
pub fn open_card(request: &OpenRequest<'_>, rng: &mut impl CryptoRng) -> Result<JudgedCard> {
    ready(open_card_with(&Rust, request, rng))
}

/// [`open_card`] over another backend than the reference.
///
/// # Errors
/// As [`open_card`].
pub async fn open_card_with(
    backend: &dyn Backend,
    request: &OpenRequest<'_>,
    rng: &mut impl CryptoRng,
) -> Result<JudgedCard> {
    let peeled = peel(backend, request, rng).await?;
    let card = read(&peeled.payload)?;
    let sealed = peeled.layers.iter().any(|layer| matches!(layer, Peel::Encrypted(_)));
    let mut judgement = judge_layers(request, &peeled, Ok(&card.from));
    if !sealed {
        judgement.warnings.push(Code::NotAuthenticated.into());
    }
    Ok(JudgedCard {
        card,
        trust: judgement.trust,
        verified: judgement.verified,
        layers: judgement.layers,
        warnings: judgement.warnings,
    })
}

/// Makes the card of a sealed copy, for the same recipients.
pub(super) async fn make(
    backend: &dyn Backend,
    request: &SealRequest<'_>,
    outer_headers: &[(String, String)],
    letter_sha256: [u8; 32],
    content_key: &[u8],
    now: UnixTime,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>> {
    let draft = request.draft;
    let card = Card {
        from: draft.from.clone(),
        to: draft.to.clone(),
        cc: draft.cc.clone(),
        bcc: draft.bcc.clone(),
        date: draft.date,
        subject: draft.subject.clone(),
        message_id: draft.message_id.clone(),
        in_reply_to: draft.in_reply_to.clone(),
        references: draft.references.clone(),
        preview: preview(&draft.text),
        parts: draft.parts.iter().map(CardPart::of).collect(),
        letter_sha256,
        content_key: Zeroizing::new(content_key.to_vec()),
    };
    let entity = write(&card)?;
    let mut signed = signed_opaque(backend, &entity, request.signer, now, rng).await?;
    padding::pad(&mut signed);
    let sealed = envelope_for(backend, signed, request.recipients, Profile::Default, rng).await?;
    wrap(&sealed.der, "authEnveloped-data", outer_headers)
}

impl CardPart {
    fn of(part: &mime::Attachment) -> Self {
        Self {
            name: part.name.clone(),
            content_type: part.content_type.clone(),
            bytes: u64::try_from(part.bytes.len()).unwrap_or(u64::MAX),
        }
    }
}

/// The first words, white space collapsed.
fn preview(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    words.chars().take(PREVIEW_CHARS).collect()
}

/// The card as it is written inside.
#[derive(Serialize, Deserialize)]
struct Wire {
    version: u32,
    from: mime::Address,
    to: Vec<mime::Address>,
    cc: Vec<mime::Address>,
    bcc: Vec<mime::Address>,
    date: mime::Date,
    subject: String,
    message_id: String,
    in_reply_to: Vec<String>,
    references: Vec<String>,
    preview: String,
    parts: Vec<CardPart>,
    letter_sha256: String,
    content_key: String,
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.content_key.zeroize();
    }
}

fn write(card: &Card) -> Result<Zeroizing<Vec<u8>>> {
    let wire = Wire {
        version: VERSION,
        from: card.from.clone(),
        to: card.to.clone(),
        cc: card.cc.clone(),
        bcc: card.bcc.clone(),
        date: card.date,
        subject: card.subject.clone(),
        message_id: card.message_id.clone(),
        in_reply_to: card.in_reply_to.clone(),
        references: card.references.clone(),
        preview: card.preview.clone(),
        parts: card.parts.clone(),
        letter_sha256: hex::encode(card.letter_sha256),
        content_key: mime::encode_base64(&card.content_key),
    };
    let mut entity = Zeroizing::new(
        format!("Content-Type: {MEDIA_TYPE}\r\nContent-Transfer-Encoding: binary\r\n\r\n").into_bytes(),
    );
    serde_json::to_writer(&mut *entity, &wire).map_err(|_| Error::Malformed { what: Structure::Card })?;
    Ok(entity)
}

fn read(payload: &[u8]) -> Result<Card> {
    let bad = || Error::Malformed { what: Structure::Card };
    let entity = mime::Entity::split(payload, &mime::Limits::default()).map_err(|_| bad())?;
    if entity.content_type.media != MEDIA_TYPE {
        return Err(bad());
    }
    let mut wire: Wire = serde_json::from_slice(entity.body).map_err(|_| bad())?;
    if wire.version != VERSION {
        return Err(bad());
    }
    let letter_sha256: [u8; 32] =
        hex::decode(&wire.letter_sha256).ok().and_then(|hash| hash.try_into().ok()).ok_or_else(bad)?;
    Ok(Card {
        content_key: Zeroizing::new(mime::decode_base64(wire.content_key.as_bytes()).ok_or_else(bad)?),
        from: wire.from.clone(),
        to: std::mem::take(&mut wire.to),
        cc: std::mem::take(&mut wire.cc),
        bcc: std::mem::take(&mut wire.bcc),
        date: wire.date,
        subject: std::mem::take(&mut wire.subject),
        message_id: std::mem::take(&mut wire.message_id),
        in_reply_to: std::mem::take(&mut wire.in_reply_to),
        references: std::mem::take(&mut wire.references),
        preview: std::mem::take(&mut wire.preview),
        parts: std::mem::take(&mut wire.parts),
        letter_sha256,
    })
}
