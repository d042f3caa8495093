//! Taking off layers that are read by ranges.

use std::rc::Rc;

use rand_core::CryptoRng;
use sceau_mime as mime;
use zeroize::Zeroizing;

use super::{Bounds, in_memory};
use crate::cms::content_cipher::ranges::{RangedAead, is_ranged, open_cbc};
use crate::cms::content_info::{self, ContentInfo, ContentType};
use crate::cms::envelope::Envelope;
use crate::cms::keyring;
use crate::cms::signed_data::SignedData;
use crate::cms::verify::{CheckedSignature, Fault, Outcome, Signed};
use crate::error::{Error, Limit, Result, Structure};
use crate::key::DigestAlgorithm;
use crate::letter::named_recipients::NamedRecipients;
use crate::letter::peel::{Encrypted, MAX_LAYERS, Peel, Peeled, Peeler, is_readable, looks_like_cms};
use crate::stream::base64::Base64;
use crate::stream::crlf::Crlf;
use crate::stream::digest::{Digests, digests, sha256};
use crate::stream::outline::{Outline, outline};
use crate::stream::scan::{Finder, TextFacts};
use crate::stream::transducer::Transduced;
use crate::stream::view::{Joined, Slice};
use crate::stream::{View, read_all, read_head, read_range, to_u64, to_usize};

/// What is read of the beginning of a layer: the longest header section, and something behind it.
pub(super) const HEAD: usize = mime::Limits::HEADER_BYTES + 64 * 1024;

/// Longest detached signature: certificates and lists of a large authority.
const MAX_SIGNATURE: u64 = 8 * 1024 * 1024;

/// Most white space behind a delimiter.
const MAX_DELIMITER_END: usize = 4096;
/// Longer than any object whose length takes one octet.
const SHORT_CMS: usize = 256;

/// Takes off layers.
pub(super) struct BigPeeler<'a> {
    /// What small layers and all signatures are given to.
    pub(super) peeler: Peeler<'a>,
    pub(super) bounds: Bounds,
    pub(super) detached: Option<&'a View>,
}

/// A letter without its layers.
pub(super) struct Uncovered {
    /// The layers; its payload is not filled in.
    pub(super) peeled: Peeled,
    pub(super) payload: View,
    pub(super) ranged_layers: usize,
    /// What was signed last, with its digests, to be compared with what is shown.
    pub(super) signed: Option<(View, Digests)>,
}

impl Uncovered {
    fn opaque(&self, error: Error) -> Error {
        match error {
            Error::Storage | Error::Changed => error,
            error => self.peeled.opaque(error),
        }
    }
}

impl BigPeeler<'_> {
    /// Peels until no layer is left.
    ///
    /// # Errors
    /// As [`Peeler::peel`], and `Storage`.
    pub(super) async fn peel(&self, source: &View, rng: &mut impl CryptoRng) -> Result<Uncovered> {
        let mut found =
            Uncovered { peeled: Peeled::default(), payload: source.clone(), ranged_layers: 0, signed: None };
        loop {
            let current = found.payload.clone();
            let step = self.step(&current, &mut found, rng).await.map_err(|error| found.opaque(error))?;
            let Some(inside) = step else { break };
            if found.peeled.layers.len() > MAX_LAYERS {
                return Err(Error::LimitExceeded { limit: Limit::Layers });
            }
            found.payload = inside;
        }
        if found.peeled.is_unauthenticated() && betrays_changes(&found).await? {
            return Err(Error::Decrypt);
        }
        Ok(found)
    }

    /// Takes off one layer, by ranges if it can be; what cannot is loaded and given to the reader of small letters.
    async fn step(
        &self,
        current: &View,
        found: &mut Uncovered,
        rng: &mut impl CryptoRng,
    ) -> Result<Option<View>> {
        let layers = found.peeled.layers.len();
        if current.len() > self.bounds.load_below {
            match self.ranged(current, found, rng).await {
                Ok(inside) => {
                    found.ranged_layers = found.ranged_layers.saturating_add(usize::from(inside.is_some()));
                    return Ok(inside);
                }
                Err(error) if is_final(&error) || current.len() > self.bounds.load_most => return Err(error),
                Err(_) => found.peeled.layers.truncate(layers),
            }
        }
        let bytes = read_all(current.as_ref(), self.bounds.load_most.max(self.bounds.load_below)).await?;
        let detached = match self.detached {
            Some(view) => Some(read_all(view.as_ref(), self.bounds.load_most).await?),
            None => None,
        };
        let peeler = Peeler { detached: detached.as_deref().map(Vec::as_slice), ..self.peeler };
        let inside = peeler.step(&bytes, &mut found.peeled, rng).await?;
        let inside = inside.map(|inside| inside.into_octets(&bytes));
        if let Some(content) = &inside {
            found.peeled.settle(peeler.backend, content).await?;
        }
        Ok(inside.map(in_memory))
    }

    async fn ranged(
        &self,
        current: &View,
        found: &mut Uncovered,
        rng: &mut impl CryptoRng,
    ) -> Result<Option<View>> {
        let head = read_head(current.as_ref(), HEAD).await?;
        let entity = mime::Entity::split(&head, &mime::Limits::default()).ok();
        if let Some(entity) = &entity
            && entity.content_type.media == "multipart/signed"
            && let Some(parts) = multipart_signed(current, &head, entity).await?
        {
            return self.detached_signature(current, &parts, found).await.map(Some);
        }
        if let Some(cms) = find_cms(current, &head, entity.as_ref()).await? {
            if found.peeled.is_unauthenticated()
                && let Some(around) = &cms.around
                && !TextFacts::of(around.as_ref()).await?.is_plain_text()
            {
                return Err(Error::Decrypt);
            }
            return self.cms(&cms.object, found, rng).await.map(Some);
        }
        match entity {
            Some(entity) if !found.peeled.layers.is_empty() => wrapped_message(current, &head, &entity).await,
            _ => Ok(None),
        }
    }

    async fn cms(&self, object: &View, found: &mut Uncovered, rng: &mut impl CryptoRng) -> Result<View> {
        let Outline { skeleton, content } = outline(object).await?;
        let info = ContentInfo::read(&skeleton)?;
        if let Some(envelope) = Envelope::read(&info)? {
            let sealed = content.ok_or(Error::Malformed { what: Structure::Cms })?;
            return self.envelope(&envelope, &sealed, &mut found.peeled, rng).await;
        }
        match info.content_type {
            ContentType::SignedData => self.signed(&SignedData::read(info.content)?, content, found).await,
            ContentType::Data => Ok(content.unwrap_or_else(nothing)),
            other => Err(Error::UnsupportedAlgorithm { oid: other.oid() }),
        }
    }

    async fn envelope(
        &self,
        envelope: &Envelope<'_>,
        sealed: &View,
        peeled: &mut Peeled,
        rng: &mut impl CryptoRng,
    ) -> Result<View> {
        let (algorithm, content_type) = (&envelope.encrypted().algorithm, envelope.encrypted().content_type);
        if !is_ranged(algorithm.cipher) {
            return Err(Error::UnsupportedAlgorithm { oid: algorithm.cipher.oid() });
        }
        let key_bytes = algorithm.cipher.key_bytes();
        let decoy = keyring::decoy(key_bytes, rng);
        // A key of another length costs what a wrong key costs.
        let attempt = async |key: &[u8]| {
            let fits = key.len() == key_bytes;
            let content = open_content(envelope, if fits { key } else { &decoy }, sealed).await?;
            if fits { Ok(content) } else { Err(Error::Decrypt) }
        };
        let outermost = !peeled.layers.iter().any(|layer| matches!(layer, Peel::Encrypted(_)));
        let (content, content_key, transport) = match self.peeler.content_key {
            Some(key) if outermost => {
                (attempt(key).await?, Zeroizing::new(key.to_vec()), "content-key".to_owned())
            }
            _ => {
                let (backend, keyring) = (self.peeler.backend, &self.peeler.keyring);
                let opened = keyring.unlock(backend, envelope.recipients(), &decoy, rng, &attempt).await?;
                (opened.0, opened.1.key, opened.1.transport)
            }
        };
        let content_sha256 = sha256(content.as_ref()).await?;
        peeled.layers.push(Peel::Encrypted(Encrypted {
            type_name: envelope.type_name(),
            cipher: algorithm.cipher,
            transport,
            authenticated: algorithm.authenticates(),
            content_hash: content_sha256.into(),
            content_key,
            named: NamedRecipients::of(envelope),
        }));
        match content_type {
            ContentType::Other(oid) => Err(Error::UnsupportedAlgorithm { oid }),
            known => as_found(known, content),
        }
    }

    /// A signature over something else than a letter (a receipt, a time) must not make one of it.
    async fn signed(
        &self,
        signed: &SignedData<'_>,
        content: Option<View>,
        found: &mut Uncovered,
    ) -> Result<View> {
        if let ContentType::Other(oid) = signed.content_type {
            return Err(Error::UnsupportedAlgorithm { oid });
        }
        let content = content.or_else(|| self.detached.cloned());
        let checked = self.check(signed, content.as_ref(), found).await?;
        if !checked.is_empty() {
            found.peeled.layers.push(Peel::Signed(checked));
        }
        as_found(signed.content_type, content.unwrap_or_else(nothing))
    }

    /// The first part as it stands, or with the line ends that a store took from it.
    async fn detached_signature(
        &self,
        current: &View,
        parts: &SignedParts,
        found: &mut Uncovered,
    ) -> Result<View> {
        let content: View = Rc::new(Slice::new(current, parts.content.0, parts.content.1));
        if found.peeled.is_unauthenticated() {
            for (start, end) in [(0, parts.content.0), (parts.content.1, current.len())] {
                if !TextFacts::of(&Slice::new(current, start, end)).await?.is_plain_text() {
                    return Err(Error::Decrypt);
                }
            }
        }
        let info = ContentInfo::read(&parts.signature)?;
        if info.content_type != ContentType::SignedData {
            return Err(Error::Malformed { what: Structure::Cms });
        }
        let signed = SignedData::read(info.content)?;
        let changed = |one: &CheckedSignature| {
            matches!(one.outcome, Outcome::Invalid(Fault::DigestMismatch | Fault::BadSignature))
        };
        let (mut content, mut checked) = (content.clone(), self.check(&signed, Some(&content), found).await?);
        if checked.iter().any(changed) {
            let canonical = Transduced::<Crlf>::unless_same(&content).await?;
            let again = self.check(&signed, Some(&canonical), found).await?;
            if again.iter().any(|one| matches!(one.outcome, Outcome::Valid | Outcome::Legacy)) {
                (content, checked) = (canonical, again);
            }
        }
        found.peeled.layers.push(Peel::Signed(checked));
        Ok(content)
    }

    /// Checks every signature against the content's digests. One without attributes is over the content itself, which
    /// then has to be loaded.
    async fn check(
        &self,
        signed: &SignedData<'_>,
        content: Option<&View>,
        found: &mut Uncovered,
    ) -> Result<Vec<CheckedSignature>> {
        let known = |der: &[u8]| DigestAlgorithm::from_identifier_der(der).ok();
        let algorithms = signed.signers.iter().filter_map(|signer| known(&signer.digest_algorithm));
        let digests = match content {
            Some(content) => digests(content.as_ref(), algorithms).await?,
            None => Digests::new(),
        };
        let loaded = match content {
            Some(content) if signed.signers.iter().any(|signer| signer.signed_attributes.is_none()) => {
                read_all(content.as_ref(), self.bounds.load_most).await?
            }
            _ => Zeroizing::default(),
        };
        let pool = self.peeler.pool(signed);
        let what = Signed {
            content_type: Some(signed.content_type),
            content: &loaded,
            digests: &digests,
            pool: &pool,
            anchors: Some(self.peeler.anchors),
            danger_legacy: self.peeler.danger_legacy,
        };
        let checked = self.peeler.check_all(signed, &what, content.is_some(), &mut found.peeled).await;
        found.signed = content.map(|content| (content.clone(), digests));
        Ok(checked)
    }
}

/// Whether loading the layer would change nothing, or must not be tried: what depends on a key fails once.
fn is_final(error: &Error) -> bool {
    matches!(error, Error::Decrypt | Error::NotForThisKey | Error::Storage | Error::Changed)
}

async fn open_content(envelope: &Envelope<'_>, key: &[u8], sealed: &View) -> Result<View> {
    let algorithm = &envelope.encrypted().algorithm;
    match envelope {
        Envelope::Enveloped(_) => open_cbc(algorithm, key, sealed).await,
        Envelope::Authenticated(data) if data.mac.len() == algorithm.tag_bytes() => {
            let aead = RangedAead::new(algorithm, key, &data.associated_data()).ok_or(Error::Decrypt)?;
            aead.open(sealed, &data.mac).await
        }
        Envelope::Authenticated(_) => Err(Error::Decrypt),
    }
}

fn nothing() -> View {
    in_memory(Zeroizing::default())
}

/// Content that is itself CMS stands inside without its ContentInfo (RFC 5652 §5.2, §6.1).
fn as_found(content_type: ContentType, content: View) -> Result<View> {
    match content_type {
        ContentType::Data | ContentType::Other(_) => Ok(content),
        nested => {
            let (before, after) = content_info::around(nested, &[], to_usize(content.len())?, 0);
            let pieces = [in_memory(Zeroizing::new(before)), content, in_memory(Zeroizing::new(after))];
            Ok(Rc::new(Joined::new(pieces)))
        }
    }
}

/// As the reader of small letters asks it: see [`Peeled::is_vouched_for`].
async fn betrays_changes(found: &Uncovered) -> Result<bool> {
    match found.peeled.is_vouched_for() {
        None => Ok(true),
        Some(true) => Ok(false),
        Some(false) => Ok(!looks_whole(&found.payload).await?),
    }
}

/// Whether this can be a letter as people write them.
async fn looks_whole(payload: &View) -> Result<bool> {
    let facts = TextFacts::of(payload.as_ref()).await?;
    let readable = is_readable(&read_head(payload.as_ref(), HEAD).await?);
    Ok(facts.is_plain_text()
        || (facts.is_printable() && readable && facts.declares_8bit)
        || (readable && facts.declares_binary))
}

/// A CMS object, and the text around it.
struct FoundCms {
    object: View,
    around: Option<View>,
}

/// As the reader of small letters finds it. What it would find in other ways has to be loaded.
async fn find_cms(
    current: &View,
    head: &[u8],
    entity: Option<&mime::Entity<'_>>,
) -> Result<Option<FoundCms>> {
    if let [0x30, length, ..] = head
        && *length & 0x80 != 0
    {
        return Ok(Some(FoundCms { object: current.clone(), around: None }));
    }
    if looks_like_cms(head) {
        return Err(Error::Malformed { what: Structure::Cms });
    }
    let text = head.trim_ascii_start();
    if text.starts_with(b"-----BEGIN ") || looks_like_base64(text) {
        let whole = TextFacts::of(current.as_ref()).await?.is_utf8();
        if let (true, Some(object)) = (whole, from_armour(current, head).await?) {
            return Ok(Some(FoundCms { object, around: Some(current.clone()) }));
        }
    }
    let Some(entity) = entity.filter(|entity| mime::carries_cms(entity)) else { return Ok(None) };
    if is_cut(current, head, entity) {
        return Err(Error::LimitExceeded { limit: Limit::InputSize });
    }
    let start = to_u64(head.len().saturating_sub(entity.body.len()));
    let body: View = Rc::new(Slice::new(current, start, current.len()));
    let media = entity.content_type.media.as_str();
    if media.starts_with("application/") && media.ends_with("pkcs7-mime") && begins_cms(&body).await? {
        let before: View = Rc::new(Slice::new(current, 0, start));
        return Ok(Some(FoundCms { object: body, around: Some(before) }));
    }
    let object: View = match entity.transfer_encoding.as_str() {
        "base64" => Rc::new(Transduced::<Base64>::new(&body).await?.0),
        "quoted-printable" => return Err(Error::Malformed { what: Structure::Cms }),
        _ => body,
    };
    match begins_cms(&object).await? {
        true => Ok(Some(FoundCms { object, around: Some(current.clone()) })),
        false if entity.transfer_encoding == "base64" => Err(Error::Malformed { what: Structure::Cms }),
        false => Ok(None),
    }
}

async fn begins_cms(view: &View) -> Result<bool> {
    Ok(mime::looks_like_cms(&read_head(view.as_ref(), SHORT_CMS).await?))
}

/// Whether the header section does not end within what was read of it.
fn is_cut(current: &View, head: &[u8], entity: &mime::Entity<'_>) -> bool {
    entity.body.is_empty() && to_u64(head.len()) < current.len()
}

/// Base64 of a long SEQUENCE, as far as the beginning tells.
fn looks_like_base64(text: &[u8]) -> bool {
    let is_of_it = |octet: &u8| octet.is_ascii_alphanumeric() || b"+/=\r\n".contains(octet);
    text.starts_with(b"MI") && text.iter().take(1024).all(is_of_it)
}

/// A PEM file's first object (RFC 7468), or bare base64; `None` when it is neither after all.
async fn from_armour(current: &View, head: &[u8]) -> Result<Option<View>> {
    let malformed = Error::Malformed { what: Structure::Cms };
    let is_pem = head.trim_ascii_start().starts_with(b"-----BEGIN ");
    let mut body = current.clone();
    if is_pem {
        let before = head.len().saturating_sub(head.trim_ascii_start().len());
        let line = head.iter().skip(before).position(|octet| *octet == b'\n').ok_or(malformed.clone())?;
        let start = to_u64(before.saturating_add(line).saturating_add(1));
        let end = Finder::new(current.as_ref(), vec![b"-----END ".to_vec()], start).next().await?;
        body = Rc::new(Slice::new(current, start, end.ok_or(malformed.clone())?));
    }
    let (object, machine) = Transduced::<Base64>::new(&body).await?;
    match is_pem {
        true if machine.is_damaged() => Err(malformed),
        false if !machine.is_canonical() => Ok(None),
        _ => Ok(Some(Rc::new(object))),
    }
}

/// The message inside a wrapper that is nothing else: see [`mime::wrapped_message`].
async fn wrapped_message(current: &View, head: &[u8], entity: &mime::Entity<'_>) -> Result<Option<View>> {
    if !entity.is_wrapper() {
        return Ok(None);
    }
    if is_cut(current, head, entity) {
        return Err(Error::LimitExceeded { limit: Limit::InputSize });
    }
    let start = to_u64(head.len().saturating_sub(entity.body.len()));
    let body: View = Rc::new(Slice::new(current, start, current.len()));
    match entity.transfer_encoding.as_str() {
        "base64" => Ok(Some(Rc::new(Transduced::<Base64>::new(&body).await?.0))),
        "quoted-printable" => Err(Error::Malformed { what: Structure::Message }),
        _ => Ok(Some(body)),
    }
}

/// The parts of a `multipart/signed`.
struct SignedParts {
    /// Where the signed part begins and ends.
    content: (u64, u64),
    signature: Vec<u8>,
}

/// As [`mime::multipart_signed`] splits it; `None` when it is none.
async fn multipart_signed(
    current: &View,
    head: &[u8],
    entity: &mime::Entity<'_>,
) -> Result<Option<SignedParts>> {
    if is_cut(current, head, entity) {
        return Err(Error::LimitExceeded { limit: Limit::InputSize });
    }
    let boundary = entity.content_type.parameter("boundary").map(str::trim_end);
    let Some(boundary) = boundary.filter(|boundary| !boundary.is_empty()) else { return Ok(None) };
    let start = to_u64(head.len().saturating_sub(entity.body.len()));
    let [content, signature] = match split(current, start, boundary).await?.try_into() {
        Ok(two) => two,
        Err(_) => return Ok(None),
    };
    let length = signature.1.saturating_sub(signature.0);
    if length > MAX_SIGNATURE {
        return Err(Error::LimitExceeded { limit: Limit::InputSize });
    }
    let bytes = read_range(current.as_ref(), signature.0, to_usize(length)?).await?;
    let limits = mime::Limits::default();
    let Ok(signature) = mime::Entity::split(&bytes, &limits) else { return Ok(None) };
    if !mime::is_signature(&signature.content_type.media) {
        return Ok(None);
    }
    let Ok(signature) = signature.decoded_body(&limits) else { return Ok(None) };
    Ok(Some(SignedParts { content, signature: signature.into_owned() }))
}

/// Where the parts between delimiters lie (RFC 2046 §5.1.1), three at most.
async fn split(current: &View, start: u64, boundary: &str) -> Result<Vec<(u64, u64)>> {
    let word = [b"--", boundary.as_bytes()].concat();
    let mut finder = Finder::new(current.as_ref(), vec![word.clone()], start);
    let (mut parts, mut open) = (Vec::new(), None);
    while let Some(place) = finder.next().await? {
        let Some(line) = delimiter(current, start, place, word.len()).await? else { continue };
        if let Some(begin) = open {
            parts.push((begin, line.before.max(begin)));
        }
        open = (!line.closing).then_some(line.end);
        if line.closing || parts.len() > 2 {
            break;
        }
        finder.seek(line.end);
    }
    parts.extend(open.map(|begin| (begin, current.len())));
    Ok(parts)
}

/// A line that is a delimiter.
struct DelimiterLine {
    /// Where the line end before it begins.
    before: u64,
    end: u64,
    closing: bool,
}

/// The delimiter whose dashes stand at `place`, if it is one.
async fn delimiter(current: &View, start: u64, place: u64, word: usize) -> Result<Option<DelimiterLine>> {
    let before = to_usize(place.saturating_sub(start).min(2))?;
    let line_end = read_range(current.as_ref(), place.saturating_sub(to_u64(before)), before).await?;
    if before > 0 && line_end.last() != Some(&b'\n') {
        return Ok(None);
    }
    let ends = match line_end.as_slice() {
        [b'\r', b'\n'] => 2,
        [.., b'\n'] => 1,
        _ => 0,
    };
    let after = place.saturating_add(to_u64(word));
    let size = to_usize(current.len().saturating_sub(after)).unwrap_or(MAX_DELIMITER_END);
    let rest = read_range(current.as_ref(), after, size.min(MAX_DELIMITER_END)).await?;
    let line = rest.split_inclusive(|octet| *octet == b'\n').next().unwrap_or_default();
    let closing = line.starts_with(b"--");
    let padding = if closing { line.get(2..).unwrap_or_default() } else { line };
    if !padding.iter().all(|octet| matches!(octet, b' ' | b'\t' | b'\r' | b'\n')) {
        return Ok(None);
    }
    if !line.ends_with(b"\n") && size > MAX_DELIMITER_END {
        return Err(Error::LimitExceeded { limit: Limit::InputSize });
    }
    let end = after.saturating_add(to_u64(line.len()));
    Ok(Some(DelimiterLine { before: place.saturating_sub(ends), end, closing }))
}
