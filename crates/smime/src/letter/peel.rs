//! Taking off the layers of a letter, outermost first, until what is left is the letter itself.

use std::borrow::Cow;

use rand_core::CryptoRng;
use sceau_mime as mime;
use zeroize::Zeroizing;

#[cfg(feature = "more")]
use super::carried::Carried;
use super::held::{Held, Inner};
use super::judged::ContentHash;
#[cfg(feature = "more")]
use super::judged::LayerReport;
#[cfg(feature = "more")]
use super::named_recipients::NamedRecipients;
#[cfg(feature = "fast")]
use crate::backend::both;
use crate::backend::{Backend, sha256};
use crate::cms::content_info::{self, ContentInfo, ContentType};
#[cfg(feature = "more")]
use crate::cms::countersign;
use crate::cms::envelope::{Envelope, Opened};
use crate::cms::keyring::Keyring;
use crate::cms::signed_data::{SignedData, SignerInfo};
use crate::cms::verify::{self, CheckedSignature, Fault, Gap, Outcome, Signed};
use crate::error::{Error, Limit, Result, Structure};
use crate::path::Anchors;
#[cfg(feature = "more")]
use crate::tsp;
use crate::x509::Certificate;

/// Most layers of one letter. Triple wrapping (RFC 2634 §1.1) with its MIME wrappers needs four.
pub const MAX_LAYERS: usize = 12;

/// Most ways of repairing a damaged object that are tried, a signature check each. The KIM sample has 64.
const MAX_REPAIRS: usize = 64;

/// What is needed to take off layers.
pub(super) struct Peeler<'a> {
    pub(super) backend: &'a dyn Backend,
    pub(super) keyring: Keyring<'a>,
    /// Opens the outermost envelope instead of a private key.
    pub(super) content_key: Option<&'a [u8]>,
    /// What a detached signature without a mail around it is over.
    pub(super) detached: Option<&'a [u8]>,
    pub(super) intermediates: &'a [Certificate],
    pub(super) anchors: &'a Anchors,
    pub(super) keep_layers: bool,
    pub(super) danger_legacy: bool,
}

/// A letter without its layers.
#[derive(Debug, Default)]
pub(super) struct Peeled {
    /// Outermost first.
    pub(super) layers: Vec<Peel>,
    /// The letter itself: a MIME message or whatever was inside. Wiped on drop.
    pub(super) payload: Held,
    /// What each layer held, when it was to be kept.
    pub(super) contents: Vec<Zeroizing<Vec<u8>>>,
    /// Certificates found in the layers, beside those given.
    pub(super) certificates: Vec<Certificate>,
    /// What the layers say about revocation.
    #[cfg(feature = "more")]
    pub(super) carried: Carried,
    /// Whether a layer had to be repaired.
    pub(super) repaired: bool,
    /// Whether a layer has what only the feature `more` reads.
    #[cfg(not(feature = "more"))]
    pub(super) unread: bool,
    /// The place of an envelope whose content was just found and not hashed.
    #[cfg(feature = "fast")]
    unhashed: Option<usize>,
    /// What was read of the payload while its signature was being checked.
    #[cfg(feature = "fast")]
    ahead: Option<Ahead>,
}

/// What was read of a letter before its signature was judged.
#[cfg(feature = "fast")]
#[derive(Debug)]
struct Ahead {
    letter: mime::Result<mime::Letter>,
    /// Whether it is so plainly a letter that no layer needs to be looked for in it.
    is_plain: bool,
}

/// One layer.
#[derive(Debug)]
pub(super) enum Peel {
    Encrypted(Encrypted),
    Signed(Vec<CheckedSignature>),
    /// Neither seals nor signs.
    #[cfg(feature = "more")]
    Plain(LayerReport),
}

/// An opened envelope.
pub(super) struct Encrypted {
    pub(super) type_name: &'static str,
    pub(super) cipher: crate::cms::content_cipher::Cipher,
    pub(super) transport: String,
    pub(super) authenticated: bool,
    pub(super) content_hash: ContentHash,
    pub(super) content_key: Zeroizing<Vec<u8>>,
    /// Whom it names.
    #[cfg(feature = "more")]
    pub(super) named: NamedRecipients,
}

impl core::fmt::Debug for Encrypted {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Encrypted({}, {}, redacted)", self.type_name, self.cipher.name())
    }
}

impl Peeled {
    /// Whether what is inside came out of a cipher that does not authenticate.
    pub(super) fn is_unauthenticated(&self) -> bool {
        let unauthenticated = |layer: &Peel| matches!(layer, Peel::Encrypted(one) if !one.authenticated);
        self.layers.iter().any(unauthenticated)
    }

    /// Notes an opened envelope and gives what was inside. Content that is as it was found is hashed when a report is asked for.
    pub(super) async fn add_envelope(
        &mut self,
        backend: &dyn Backend,
        type_name: &'static str,
        content_type: ContentType,
        opened: Opened,
    ) -> Result<Vec<u8>> {
        #[cfg(feature = "fast")]
        let content_hash = if content_type == ContentType::Data {
            self.unhashed = Some(self.layers.len());
            ContentHash::default()
        } else {
            sha256(backend, &opened.content).await?.into()
        };
        #[cfg(not(feature = "fast"))]
        let content_hash = sha256(backend, &opened.content).await?.into();
        self.layers.push(Peel::Encrypted(Encrypted {
            type_name,
            cipher: opened.cipher,
            transport: opened.transport,
            authenticated: opened.authenticated,
            content_hash,
            content_key: opened.content_key,
            #[cfg(feature = "more")]
            named: NamedRecipients::default(),
        }));
        inside(content_type, opened.content)
    }

    /// Reads the payload, unless that was done while its signature was being checked.
    pub(super) fn read(&mut self) -> mime::Result<mime::Letter> {
        #[cfg(feature = "fast")]
        if let Some(ahead) = self.ahead.take() {
            return ahead.letter;
        }
        mime::read(&self.payload, &mime::Limits::default())
    }

    /// Hashes what the envelope of the last step held, which [`Peeler::peel`] does beside its next, and forgets what was read
    /// ahead.
    #[cfg(feature = "more")]
    pub(super) async fn settle(&mut self, backend: &dyn Backend, content: &[u8]) -> Result<()> {
        #[cfg(feature = "fast")]
        {
            self.ahead = None;
            if let Some(place) = self.unhashed.take() {
                self.note_hash(place, sha256(backend, content).await?.into());
            }
        }
        #[cfg(not(feature = "fast"))]
        let _ = (backend, content);
        Ok(())
    }

    #[cfg(feature = "fast")]
    fn note_hash(&mut self, place: usize, hash: ContentHash) {
        if let Some(Peel::Encrypted(envelope)) = self.layers.get_mut(place) {
            envelope.content_hash = hash;
        }
    }

    /// What is wrong inside unauthenticated content depends on the key, like what is wrong with its padding: a
    /// wrong key and a changed ciphertext must look the same as everything else that cannot be opened.
    pub(super) fn opaque(&self, error: Error) -> Error {
        if self.is_unauthenticated() { Error::Decrypt } else { error }
    }
}

impl Peeled {
    /// Whether an unauthenticated letter shows that it was changed, or that the key was wrong: a signature inside does not
    /// fit, or nothing vouches for content in which there are octets that no letter has. Whoever rearranges blocks of CBC
    /// (the gadgets of EFAIL) leaves blocks of noise between those that he chose.
    fn betrays_changes(&self) -> bool {
        self.is_vouched_for().is_none_or(|vouched| !vouched && !looks_whole(&self.payload))
    }

    /// Whether a signature inside the innermost envelope fits; `None` when one does not.
    pub(super) fn is_vouched_for(&self) -> Option<bool> {
        let inside = self.layers.iter().rev().take_while(|layer| !matches!(layer, Peel::Encrypted(_)));
        let signatures = inside.flat_map(|layer| match layer {
            Peel::Signed(checked) => checked.as_slice(),
            _ => &[],
        });
        let mut vouched = false;
        for checked in signatures {
            match checked.outcome {
                Outcome::Invalid(_) => return None,
                Outcome::Valid | Outcome::Legacy => vouched = true,
                Outcome::Unknown(_) => {}
            }
        }
        Some(vouched)
    }
}

/// Whether this can be a letter as people write them, and not what a wrong key or a changed ciphertext makes of one: text
/// without control characters, or octets beyond it where the letter says that it has some (RFC 2045 §6.2).
fn looks_whole(payload: &[u8]) -> bool {
    let declares = |encoding: &[u8]| {
        let name = b"content-transfer-encoding:";
        payload.windows(name.len()).enumerate().any(|(at, window)| {
            window.eq_ignore_ascii_case(name)
                && payload.get(at + name.len()..).is_some_and(|value| {
                    value
                        .trim_ascii_start()
                        .get(..encoding.len())
                        .is_some_and(|found| found.eq_ignore_ascii_case(encoding))
                })
        })
    };
    let printable = !has_control(payload);
    is_plain_text(payload)
        || (printable && is_readable(payload) && declares(b"8bit"))
        || (is_readable(payload) && declares(b"binary"))
}

/// UTF-8 without control characters: noise of one block is that once in millions.
fn is_plain_text(bytes: &[u8]) -> bool {
    !has_control(bytes) && core::str::from_utf8(bytes).is_ok()
}

/// Whether one of them [`is_control`]; many are looked at in one go.
fn has_control(bytes: &[u8]) -> bool {
    bytes.chunks(64).any(|many| many.iter().fold(false, |found, octet| found | is_control(octet)))
}

/// Control characters that no line of text has; tabs, line ends, form feeds and escapes (ISO/IEC 2022) it may have.
pub(crate) fn is_control(octet: &u8) -> bool {
    matches!(octet, 0..=8 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f | 0x7f)
}

/// What stands before and after the signed part of a `multipart/signed`, which no signature covers.
fn around<'a>(whole: &'a [u8], part: &[u8]) -> impl Iterator<Item = &'a [u8]> {
    let start = part.as_ptr().addr().saturating_sub(whole.as_ptr().addr());
    let end = start.saturating_add(part.len());
    [whole.get(..start), whole.get(end..)].into_iter().map(Option::unwrap_or_default)
}

/// The text around a CMS object: its header section, and its base64 when it is that; nothing around bare octets.
fn text_around_cms<'a>(current: &'a [u8], entity: &mime::Result<mime::Entity<'a>>) -> &'a [u8] {
    match entity {
        _ if looks_like_cms(current) => &[],
        Ok(entity) if looks_like_cms(entity.body) => entity.section,
        _ => current,
    }
}

/// Whether there is a header section of a letter.
pub(super) fn is_readable(payload: &[u8]) -> bool {
    mime::Entity::split(payload, &mime::Limits::default()).is_ok_and(|entity| {
        entity.headers().iter().any(|field| {
            field.name.eq_ignore_ascii_case("Content-Type") || field.name.eq_ignore_ascii_case("From")
        })
    })
}

impl Peeler<'_> {
    /// Peels until no layer is left.
    ///
    /// # Errors
    /// `NotForThisKey`, `Decrypt`, and facts about broken structures. A wrong signature is no error: it is
    /// reported in its layer.
    pub(super) async fn peel(&self, bytes: &[u8], rng: &mut impl CryptoRng) -> Result<Peeled> {
        let mut peeled = Peeled::default();
        let mut inside: Option<Held> = None;
        loop {
            let current = inside.as_ref().map_or(bytes, |content| content);
            let step = self.step_unless_plain(current, &mut peeled, rng).await;
            let Some(content) = step.map_err(|error| peeled.opaque(error))? else { break };
            if peeled.layers.len() > MAX_LAYERS {
                return Err(Error::LimitExceeded { limit: Limit::Layers });
            }
            let content = content.held(bytes, inside.as_ref());
            if self.keep_layers {
                peeled.contents.push(Zeroizing::new(content.to_vec()));
            }
            #[cfg(feature = "fast")]
            if let Some(place) = peeled.unhashed.take() {
                peeled.note_hash(place, ContentHash::of(content.clone()));
            }
            inside = Some(content);
        }
        peeled.payload = inside.unwrap_or_else(|| bytes.to_vec().into());
        if peeled.is_unauthenticated() && peeled.betrays_changes() {
            return Err(Error::Decrypt);
        }
        Ok(peeled)
    }

    /// [`Self::step`]. What was read ahead is kept when there is no further layer, and is no more looked at when it is plain
    /// that there is none.
    async fn step_unless_plain(
        &self,
        current: &[u8],
        peeled: &mut Peeled,
        rng: &mut impl CryptoRng,
    ) -> Result<Option<Inner>> {
        #[cfg(not(feature = "fast"))]
        return self.step(current, peeled, rng).await;
        #[cfg(feature = "fast")]
        {
            let ahead = peeled.ahead.take();
            let is_plain = ahead.as_ref().is_some_and(|ahead| ahead.is_plain);
            let step = if is_plain { None } else { self.step(current, peeled, rng).await? };
            if step.is_none() {
                peeled.ahead = ahead;
            }
            Ok(step)
        }
    }

    /// Takes off one layer or one `message/rfc822` wrapper; `None` when there is neither.
    pub(super) async fn step(
        &self,
        current: &[u8],
        peeled: &mut Peeled,
        rng: &mut impl CryptoRng,
    ) -> Result<Option<Inner>> {
        let limits = mime::Limits::default();
        let entity = mime::Entity::split(current, &limits);
        if let Ok(parts) = entity.as_ref().map_err(Clone::clone).and_then(|it| it.multipart_signed(&limits)) {
            if peeled.is_unauthenticated() && !around(current, parts.content).all(is_plain_text) {
                return Err(Error::Decrypt);
            }
            return self.detached(&parts, peeled).await.map(|content| Some(Inner::of(content, current)));
        }
        if let Some(cms) = find_cms(current, &entity, &limits)?.map(mime::Wiped::from) {
            if peeled.is_unauthenticated() && !is_plain_text(text_around_cms(current, &entity)) {
                return Err(Error::Decrypt);
            }
            return match self.cms(&cms, current, peeled, rng).await {
                Err(Error::Malformed { what: Structure::Cms }) => {
                    self.repaired(&cms, peeled).await.map(|content| Some(content.into()))
                }
                done => done.map(Some),
            };
        }
        if peeled.layers.is_empty() {
            return Ok(None);
        }
        let message = entity.ok().and_then(|entity| entity.wrapped_message(&limits));
        Ok(message.map(|message| Inner::of(message, current)))
    }

    async fn cms(
        &self,
        cms: &[u8],
        current: &[u8],
        peeled: &mut Peeled,
        rng: &mut impl CryptoRng,
    ) -> Result<Inner> {
        let info = ContentInfo::read(cms)?;
        if let Some(envelope) = Envelope::read(&info)? {
            return self.envelope(&envelope, peeled, rng).await.map(Inner::from);
        }
        match info.content_type {
            ContentType::SignedData => self.signed(SignedData::read(info.content)?, current, peeled).await,
            ContentType::Data => Ok(Inner::of(info.content.octets()?, current)),
            #[cfg(feature = "more")]
            ContentType::CompressedData
            | ContentType::DigestedData
            | ContentType::EncryptedData
            | ContentType::AuthenticatedData => self.seldom(&info, peeled, rng).await.map(Inner::from),
            other => Err(Error::UnsupportedAlgorithm { oid: other.oid() }),
        }
    }

    /// A signed object that a program on the way took for text (the published KIM sample is one): repaired
    /// when exactly that is what happened, which the signature proves.
    async fn repaired(&self, cms: &[u8], peeled: &mut Peeled) -> Result<Vec<u8>> {
        for candidate in mime::undo_text_mode(cms, MAX_REPAIRS).into_iter().map(Zeroizing::new) {
            let Ok(info) = ContentInfo::read(&candidate) else { continue };
            let Ok(signed) = SignedData::read(info.content) else { continue };
            let checked = self.check(&signed, signed.content.as_deref(), peeled).await;
            if checked.iter().any(|one| matches!(one.outcome, Outcome::Valid | Outcome::Legacy)) {
                peeled.layers.push(Peel::Signed(checked));
                peeled.repaired = true;
                return Ok(signed.content.unwrap_or_default().into_owned());
            }
        }
        Err(Error::Malformed { what: Structure::Cms })
    }

    async fn envelope(
        &self,
        envelope: &Envelope<'_>,
        peeled: &mut Peeled,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>> {
        let outermost = !peeled.layers.iter().any(|layer| matches!(layer, Peel::Encrypted(_)));
        let opened = match self.content_key {
            Some(key) if outermost => envelope.open_with_content_key(self.backend, key).await?,
            _ => envelope.open_with_keyring(self.backend, &self.keyring, rng).await?,
        };
        let content_type = envelope.encrypted().content_type;
        let content = peeled.add_envelope(self.backend, envelope.type_name(), content_type, opened).await;
        #[cfg(not(feature = "more"))]
        {
            peeled.unread |= envelope.unprotected().is_some();
        }
        #[cfg(feature = "more")]
        if let Some(Peel::Encrypted(layer)) = peeled.layers.last_mut() {
            layer.named = NamedRecipients::of(envelope);
        }
        content
    }

    /// A signature over something else than a letter (a receipt, a time) must not make one of it.
    async fn signed(&self, mut signed: SignedData<'_>, current: &[u8], peeled: &mut Peeled) -> Result<Inner> {
        if let ContentType::Other(oid) = signed.content_type {
            return Err(Error::UnsupportedAlgorithm { oid });
        }
        let own = signed.content.take().map(mime::Wiped::from);
        let content = own.as_deref().or(self.detached);
        let checked = self.check_and_read(&signed, content, peeled).await;
        if !checked.is_empty() {
            peeled.layers.push(Peel::Signed(checked));
        }
        let content = content.unwrap_or_default();
        if signed.content_type == ContentType::Data {
            return Ok(Inner::of(Cow::Borrowed(content), current));
        }
        #[cfg(feature = "fast")]
        {
            peeled.ahead = None;
        }
        Ok(as_found(signed.content_type, content.to_vec()).into())
    }

    /// `multipart/signed`: the exact octets of the first part are what was signed; when a store changed its line
    /// ends they are tried in canonical form, and what was verified is what is shown.
    async fn detached<'c>(
        &self,
        parts: &mime::MultipartSigned<'c>,
        peeled: &mut Peeled,
    ) -> Result<Cow<'c, [u8]>> {
        let info = ContentInfo::read(&parts.signature)?;
        if info.content_type != ContentType::SignedData {
            return Err(Error::Malformed { what: Structure::Cms });
        }
        let signed = SignedData::read(info.content)?;
        let mut content = Cow::Borrowed(parts.content);
        let mut checked = self.check_and_read(&signed, Some(&content), peeled).await;
        // Without signed attributes a changed content shows as a signature that does not fit.
        let changed = |one: &CheckedSignature| {
            matches!(one.outcome, Outcome::Invalid(Fault::DigestMismatch | Fault::BadSignature))
        };
        if checked.iter().any(changed) {
            let canonical = parts.canonical();
            let again = self.check(&signed, Some(&canonical), peeled).await;
            if again.iter().any(|one| matches!(one.outcome, Outcome::Valid | Outcome::Legacy)) {
                (content, checked) = (canonical, again);
                #[cfg(feature = "fast")]
                {
                    peeled.ahead = None;
                }
            }
        }
        peeled.layers.push(Peel::Signed(checked));
        Ok(content)
    }

    /// [`Self::check`]. What is signed is read meanwhile, when it is the letter itself; nobody sees it before all is judged.
    async fn check_and_read(
        &self,
        signed: &SignedData<'_>,
        content: Option<&[u8]>,
        peeled: &mut Peeled,
    ) -> Vec<CheckedSignature> {
        #[cfg(not(feature = "fast"))]
        return self.check(signed, content, peeled).await;
        #[cfg(feature = "fast")]
        {
            let ahead = async { content.and_then(read_ahead) };
            let (checked, ahead) = both(self.check(signed, content, peeled), ahead).await;
            peeled.ahead = ahead;
            checked
        }
    }

    async fn check(
        &self,
        signed: &SignedData<'_>,
        content: Option<&[u8]>,
        peeled: &mut Peeled,
    ) -> Vec<CheckedSignature> {
        let pool = self.pool(signed);
        let what = Signed {
            content_type: Some(signed.content_type),
            content: content.unwrap_or_default(),
            #[cfg(feature = "more")]
            digests: &[],
            pool: &pool,
            anchors: Some(self.anchors),
            danger_legacy: self.danger_legacy,
        };
        self.check_all(signed, &what, content.is_some(), peeled).await
    }

    /// Certificates among which the signers' are looked for.
    pub(super) fn pool(&self, signed: &SignedData<'_>) -> Vec<Certificate> {
        #[cfg(feature = "fast")]
        let read = |der: &[u8]| self.anchors.known.read(der);
        #[cfg(not(feature = "fast"))]
        let read = Certificate::from_der;
        let carried = signed.certificates.iter().filter_map(|der| read(der).ok());
        carried.chain(self.intermediates.iter().cloned()).collect()
    }

    /// Every signature against `what`.
    pub(super) async fn check_all(
        &self,
        signed: &SignedData<'_>,
        what: &Signed<'_>,
        has_content: bool,
        peeled: &mut Peeled,
    ) -> Vec<CheckedSignature> {
        #[cfg(feature = "more")]
        peeled.carried.take(signed);
        #[cfg(not(feature = "more"))]
        {
            peeled.unread |= signed.has_lists;
        }
        let mut checked = Vec::with_capacity(signed.signers.len());
        for signer in &signed.signers {
            checked.push(self.check_one(signer, what).await);
            #[cfg(not(feature = "more"))]
            {
                peeled.unread |= signer.has_seldom_attributes();
            }
        }
        if !has_content {
            for one in &mut checked {
                one.outcome = Outcome::Unknown(Gap::NoContent);
            }
        }
        for certificate in what.pool {
            if !peeled.certificates.contains(certificate) {
                peeled.certificates.push(certificate.clone());
            }
        }
        checked
    }
}

impl Peeler<'_> {
    /// One signature. The page leaves out what seldom stands beside one: none of it ever makes a letter worse.
    #[cfg(not(feature = "more"))]
    async fn check_one(&self, signer: &SignerInfo<'_>, what: &Signed<'_>) -> CheckedSignature {
        verify::check(self.backend, signer, what).await
    }

    /// One signature, and what stands beside it when it is right.
    #[cfg(feature = "more")]
    async fn check_one(&self, signer: &SignerInfo<'_>, what: &Signed<'_>) -> CheckedSignature {
        let mut checked = verify::check(self.backend, signer, what).await;
        if matches!(checked.outcome, Outcome::Valid | Outcome::Legacy) {
            let (signature, beside) = (&signer.signature, &signer.unsigned_attributes);
            let legacy = self.danger_legacy;
            checked.countersignatures =
                countersign::check_all(self.backend, signature, beside, what.pool, legacy).await;
            checked.timestamps = tsp::check_all(self.backend, signature, beside, what.pool, legacy).await;
        }
        checked
    }
}

/// Reads a letter that no further layer can hide in.
#[cfg(feature = "fast")]
fn read_ahead(content: &[u8]) -> Option<Ahead> {
    let limits = mime::Limits::default();
    let media = mime::Entity::split(content, &limits).ok()?.content_type.media;
    let is_letter =
        media.starts_with("text/") || (media.starts_with("multipart/") && media != "multipart/signed");
    is_letter.then(|| Ahead { letter: mime::read(content, &limits), is_plain: begins_with_a_field(content) })
}

/// Whether the first line is a header field: then it is neither CMS nor PEM nor base64 of any.
#[cfg(feature = "fast")]
fn begins_with_a_field(content: &[u8]) -> bool {
    let line = content.split(|octet| *octet == b'\n').next().unwrap_or_default();
    line.first().is_some_and(u8::is_ascii_alphabetic) && line.contains(&b':')
}

/// Content that is itself CMS stands inside without its ContentInfo (RFC 5652 §5.2, §6.1); everything else is as
/// found.
fn as_found(content_type: ContentType, content: Vec<u8>) -> Vec<u8> {
    match content_type {
        ContentType::Data | ContentType::Other(_) => content,
        nested => content_info::write(nested, &[], &Zeroizing::new(content)),
    }
}

/// [`as_found`], for layers whose content has to be of a type that a letter can be in.
pub(super) fn inside(content_type: ContentType, content: Vec<u8>) -> Result<Vec<u8>> {
    match content_type {
        ContentType::Other(oid) => Err(Error::UnsupportedAlgorithm { oid }),
        known => Ok(as_found(known, content)),
    }
}

/// The CMS object in what we hold. Binary wrappers, the ones that hold big letters, are borrowed.
fn find_cms<'a>(
    bytes: &'a [u8],
    entity: &mime::Result<mime::Entity<'a>>,
    limits: &mime::Limits,
) -> Result<Option<Cow<'a, [u8]>>> {
    if looks_like_cms(bytes) {
        return Ok(Some(Cow::Borrowed(bytes)));
    }
    if let Ok(entity) = entity
        && matches!(entity.content_type.media.as_str(), "application/pkcs7-mime" | "application/x-pkcs7-mime")
        && looks_like_cms(entity.body)
    {
        return Ok(Some(Cow::Borrowed(entity.body)));
    }
    match mime::unwrap_cms_from(bytes, entity, limits) {
        Ok(found) => Ok(Some(Cow::Owned(found.der))),
        Err(mime::Error::NotCms | mime::Error::NotAMessage) => Ok(None),
        Err(_) => Err(Error::Malformed { what: Structure::Cms }),
    }
}

/// A SEQUENCE of more than 127 octets or of indefinite length, which a header section never begins with, or a whole
/// ContentInfo of fewer.
pub(super) fn looks_like_cms(bytes: &[u8]) -> bool {
    match bytes {
        [0x30, length, ..] if length & 0x80 != 0 => true,
        // A short one is looked at as a whole: text may begin with these octets.
        #[cfg(feature = "more")]
        [0x30, _, 0x06, ..] => ContentInfo::read(bytes).is_ok(),
        _ => false,
    }
}

#[cfg(all(test, feature = "fast"))]
mod tests {
    use super::{find_cms, mime, read_ahead};

    /// What is taken for a plain letter has none of the layers that a step would take off.
    #[test]
    fn nothing_is_inside_a_plain_letter() {
        let limits = mime::Limits::default();
        let (mut plain, mut other) = (0, 0);
        for head in
            ["", "Subject: a\r\n", "MIME-Version: 1.0\r\n", "-----BEGIN CMS-----\n", "MIIB", "\r\n", "0:"]
        {
            for media in [
                "text/plain",
                "multipart/mixed; boundary=b",
                "multipart/signed; boundary=b",
                "message/rfc822",
            ] {
                for body in ["MIIB\n-----END CMS-----\n", "--b\r\n\r\nFrom: a@b.example\r\n--b--", "0\u{100}"]
                {
                    let content = format!("{head}Content-Type: {media}\r\n\r\n{body}");
                    if read_ahead(content.as_bytes()).is_some_and(|ahead| ahead.is_plain) {
                        plain += 1;
                        assert!(mime::multipart_signed(content.as_bytes(), &limits).is_err(), "{content}");
                        let entity = mime::Entity::split(content.as_bytes(), &limits);
                        assert!(
                            find_cms(content.as_bytes(), &entity, &limits).unwrap().is_none(),
                            "{content}"
                        );
                        assert!(mime::wrapped_message(content.as_bytes(), &limits).is_none(), "{content}");
                    } else {
                        other += 1;
                    }
                }
            }
        }
        assert_eq!((plain, other), (30, 54));
    }
}
