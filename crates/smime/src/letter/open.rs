//! Opening and judging a letter (RFC 8551 §3, RFC 9788 §4; the verdict table of the design).

use std::sync::OnceLock;

use rand_core::CryptoRng;
use sceau_mime as mime;
use sha2::{Digest, Sha256};

#[cfg(feature = "more")]
use super::additions::Additions;
#[cfg(feature = "more")]
use super::carried::Carried;
use super::judged::{EncryptedLayer, Judged, LayerReport, SignedLayer, Signer};
#[cfg(feature = "more")]
use super::named_recipients;
use super::peel::{Encrypted, Peel, Peeled, Peeler};
use super::signer::{Judge, JudgedSignature, Verified};
use crate::UnixTime;
use crate::backend::{Backend, Rust, apart, ready};
use crate::cms::keyring::{KeyEncryptionKey, Keyring, RecipientPassword};
use crate::cms::verify::CheckedSignature;
use crate::crl::Crl;
use crate::error::{Error, Result};
#[cfg(feature = "more")]
use crate::ess::{EssAttributes, ReceiptBasis};
#[cfg(feature = "correspondents")]
use crate::look_alike;
use crate::ocsp::OcspResponse;
use crate::path::{Anchors, RevocationMode};
use crate::verdict::{Code, Note, SignatureVerdict, TimeSource, Trust};
use crate::x509::{Certificate, Identity};

/// Whom a reader trusts.
#[derive(Debug, Clone)]
pub struct TrustSettings {
    /// Anchors from the reader's own vault or file. The default trusts nobody.
    pub anchors: Anchors,
    /// Certificates that may complete a path; not trusted by themselves.
    pub intermediates: Vec<Certificate>,
    /// Revocation lists; each counts only when its own signature does.
    pub crls: Vec<Crl>,
    /// OCSP answers, beside the lists; each counts only when its own signature does.
    pub ocsp: Vec<OcspResponse>,
    /// How revocation is asked for.
    pub revocation: RevocationMode,
    /// The oldest a list may be, in seconds, to say that a certificate still stands; `None` leaves it to its nextUpdate.
    pub max_list_age: Option<i64>,
    /// Anchors of time-stamping authorities; without any no time-stamp is believed.
    pub tsa_anchors: Anchors,
    /// Whether a certificate that has a domain (dNSName) and no address stands for every address of that domain, as in the
    /// Direct network; each such letter says so. By default such a signer is somebody else than the sender.
    #[cfg(feature = "more")]
    pub domain_bound: bool,
    /// The policy a gateway's certificate must carry; without it no gateway is believed.
    pub gateway_policy: Option<const_oid::ObjectIdentifier>,
}

impl Default for TrustSettings {
    fn default() -> Self {
        Self {
            anchors: Anchors::default(),
            intermediates: Vec::new(),
            crls: Vec::new(),
            ocsp: Vec::new(),
            revocation: RevocationMode::IfGiven,
            max_list_age: None,
            tsa_anchors: Anchors::default(),
            #[cfg(feature = "more")]
            domain_bound: false,
            gateway_policy: None,
        }
    }
}

/// What to open, with what, and by whose trust.
#[derive(Debug, Clone, Copy)]
pub struct OpenRequest<'a> {
    /// A mail, or CMS in PEM, DER or BER. Untrusted.
    pub bytes: &'a [u8],
    /// The reader's own keys, older ones included; empty to verify only.
    pub identities: &'a [Identity],
    /// Keys shared with the sender (KEKRecipientInfo, EncryptedData); mostly empty.
    pub keks: &'a [KeyEncryptionKey],
    /// Pass phrases shared with the sender (PasswordRecipientInfo); mostly empty.
    pub passwords: &'a [RecipientPassword],
    /// The content key of the outermost envelope, when a card gave it.
    pub content_key: Option<&'a [u8]>,
    /// What a detached signature in `bytes` is over.
    pub detached: Option<&'a [u8]>,
    /// The reader's addresses, aliases and groups; empty when the question makes no sense.
    pub own_addresses: &'a [String],
    /// The addresses of the reader's correspondents, whom others may try to look like; empty when the question makes no sense.
    #[cfg(feature = "correspondents")]
    pub known_addresses: &'a [String],
    /// The reader's trust.
    pub trust: &'a TrustSettings,
    /// The present.
    pub now: UnixTime,
    /// When a check of this very letter first succeeded, as the reader's sealed index remembers it.
    pub first_success: Option<UnixTime>,
    /// Keeps what each layer held, for whoever examines a letter ([`Judged::layer_contents`]).
    pub keep_layers: bool,
    /// Lets SHA-1 and short RSA keys be computed with. They give the verdict `legacy`, never a green state.
    pub danger_legacy: bool,
}

impl<'a> OpenRequest<'a> {
    /// A request with one or more keys and nothing special.
    #[must_use]
    pub fn new(
        bytes: &'a [u8],
        identities: &'a [Identity],
        own_addresses: &'a [String],
        trust: &'a TrustSettings,
        now: UnixTime,
    ) -> Self {
        Self {
            bytes,
            identities,
            keks: &[],
            passwords: &[],
            content_key: None,
            detached: None,
            own_addresses,
            #[cfg(feature = "correspondents")]
            known_addresses: &[],
            trust,
            now,
            first_success: None,
            keep_layers: false,
            danger_legacy: false,
        }
    }
}

/// Opens every layer and judges what is inside. `rng` blinds private RSA operations.
///
/// # Errors
/// `NotForThisKey` and `Decrypt` when the letter cannot be opened; facts about its structure when it cannot be
/// read; `LimitExceeded`. A bad signature is no error but a verdict.
pub fn open(request: &OpenRequest<'_>, rng: &mut impl CryptoRng) -> Result<Judged> {
    ready(open_with(&Rust, request, rng))
}

/// [`open`] over another backend than the reference.
///
/// # Errors
/// As [`open`].
pub async fn open_with(
    backend: &dyn Backend,
    request: &OpenRequest<'_>,
    rng: &mut impl CryptoRng,
) -> Result<Judged> {
    let mut peeled = peel(backend, request, rng).await?;
    let (letter, warnings) = read_payload(&mut peeled)?;
    let (letter, outer, warnings) = with_outside(request.bytes, &peeled, letter, warnings);
    let judge = || judge_layers(request, &peeled, letter_from(&letter));
    let (judgement, gap) = request.trust.anchors.asked.answered(backend, judge).await;
    let mut judged = concluded(request, peeled, judgement, letter, outer, warnings);
    judged.gap = gap;
    Ok(judged)
}

/// Judges a letter that was read: `warnings` are of its reading.
#[cfg(feature = "more")]
pub(super) fn conclude(
    request: &OpenRequest<'_>,
    peeled: Peeled,
    letter: mime::Letter,
    warnings: Vec<Code>,
) -> Judged {
    let (letter, outer, warnings) = with_outside(request.bytes, &peeled, letter, warnings);
    let judgement = judge_layers(request, &peeled, letter_from(&letter));
    concluded(request, peeled, judgement, letter, outer, warnings)
}

fn concluded(
    request: &OpenRequest<'_>,
    peeled: Peeled,
    mut judgement: Judgement,
    letter: mime::Letter,
    outer: Option<mime::Letter>,
    warnings: Vec<Code>,
) -> Judged {
    judgement.warnings.splice(0..0, warnings.into_iter().map(Note::from));
    add_warnings(&mut judgement, request, &letter, outer.as_ref(), &peeled);
    assemble(request, peeled, judgement, letter, outer)
}

pub(super) async fn peel(
    backend: &dyn Backend,
    request: &OpenRequest<'_>,
    rng: &mut impl CryptoRng,
) -> Result<Peeled> {
    apart(peeler(backend, request).peel(request.bytes, rng)).await
}

/// What takes off the layers of what is asked for.
pub(super) fn peeler<'a>(backend: &'a dyn Backend, request: &OpenRequest<'a>) -> Peeler<'a> {
    Peeler {
        backend,
        keyring: Keyring { identities: request.identities, keks: request.keks, passwords: request.passwords },
        content_key: request.content_key,
        detached: request.detached,
        intermediates: &request.trust.intermediates,
        anchors: &request.trust.anchors,
        keep_layers: request.keep_layers,
        danger_legacy: request.danger_legacy,
    }
}

/// What the layers together say.
pub(super) struct Judgement {
    pub(super) trust: Trust,
    pub(super) verified: Option<Verified>,
    pub(super) layers: Vec<LayerReport>,
    pub(super) warnings: Vec<Note>,
    pub(super) sealed: bool,
    /// The value of the signature that decided.
    pub(super) signature: Option<CheckedSignature>,
}

/// Judges the signatures of all layers. Only those inside the innermost envelope cover everything shown; the
/// outer ones can break a letter but never confirm it.
pub(super) fn judge_layers(
    request: &OpenRequest<'_>,
    peeled: &Peeled,
    from: core::result::Result<&mime::Address, Code>,
) -> Judgement {
    let judge = Judge {
        trust: request.trust,
        pool: &peeled.certificates,
        #[cfg(feature = "more")]
        carried: &peeled.carried,
        from,
        now: request.now,
        first_success: request.first_success,
        danger_legacy: request.danger_legacy,
    };
    let innermost = peeled.layers.iter().rposition(|layer| matches!(layer, Peel::Encrypted(_)));
    let mut found = Judgement::new(innermost.is_some());
    let mut tally = Tally::default();
    for (position, layer) in peeled.layers.iter().enumerate() {
        let inside = innermost.is_none_or(|envelope| position > envelope);
        match layer {
            Peel::Encrypted(encrypted) => found.add_envelope(encrypted, &mut tally),
            #[cfg(feature = "more")]
            Peel::Plain(report) => found.add_plain(report, &mut tally),
            Peel::Signed(signatures) => {
                for checked in signatures {
                    found.add_signature(checked, judge.judge(checked), inside, &mut tally);
                    #[cfg(feature = "more")]
                    found.add_beside(checked, judge.additions(checked));
                }
            }
        }
    }
    found.conclude(&tally);
    found
}

impl Judgement {
    fn new(sealed: bool) -> Self {
        Self {
            trust: Trust::Clear,
            verified: None,
            layers: Vec::new(),
            warnings: Vec::new(),
            sealed,
            signature: None,
        }
    }

    fn add_envelope(&mut self, encrypted: &Encrypted, tally: &mut Tally) {
        tally.unauthenticated |= !encrypted.authenticated;
        if encrypted.cipher.is_legacy() {
            tally.legacy_cipher = true;
            push_once(&mut self.warnings, Code::LegacyCipher);
        }
        self.layers.push(LayerReport::Encrypted(encrypted_layer(encrypted)));
    }

    #[cfg(feature = "more")]
    fn add_plain(&mut self, report: &LayerReport, tally: &mut Tally) {
        if matches!(report, LayerReport::Digested(layer) if !layer.intact) {
            tally.broken = true;
            push_once(&mut self.warnings, Code::ContentDigestMismatch);
        }
        self.layers.push(report.clone());
    }

    fn add_signature(
        &mut self,
        checked: &CheckedSignature,
        judged: JudgedSignature,
        inside: bool,
        tally: &mut Tally,
    ) {
        self.layers.push(LayerReport::Signed(signed_layer(checked, &judged)));
        tally.add(&judged, inside);
        for warning in judged.warnings {
            push_once(&mut self.warnings, warning);
        }
        if inside && self.verified.is_none() {
            if judged.verified.is_some() || self.signature.is_none() {
                self.signature = Some(checked.clone());
            }
            self.verified = judged.verified;
        }
    }

    /// What stands beside the signature reported last.
    #[cfg(feature = "more")]
    fn add_beside(&mut self, checked: &CheckedSignature, additions: Additions) {
        if let Some(LayerReport::Signed(layer)) = self.layers.last_mut() {
            *layer.ess = EssAttributes::read(checked.attributes.as_deref().unwrap_or_default());
            layer.ess.recipient_emails = named_recipients::signed_addresses(checked);
            layer.countersignatures = additions.countersignatures;
            layer.timestamps = additions.timestamps;
        }
    }

    fn conclude(&mut self, tally: &Tally) {
        self.trust = tally.trust(self.verified.as_ref(), self.sealed);
        if !self.trust.is_confirmed() {
            self.verified = None;
        }
        if tally.signatures_inside == 0 {
            push_once(&mut self.warnings, Code::Unsigned);
            if tally.signatures_outside > 0 {
                push_once(&mut self.warnings, Code::SignedOutsideOnly);
            }
        }
        if tally.signatures_inside > 1 {
            push_once(&mut self.warnings, Code::SeveralSigners);
        }
        if !self.trust.is_confirmed() {
            if tally.unauthenticated {
                push_once(&mut self.warnings, Code::NotAuthenticated);
            }
            push_once(&mut self.warnings, Code::PlainTextOnly);
        }
    }
}

/// Counts over all layers.
#[derive(Default)]
struct Tally {
    broken: bool,
    legacy_cipher: bool,
    unauthenticated: bool,
    signatures_inside: usize,
    signatures_outside: usize,
    /// A trusted signer inside is somebody else than the sender.
    pretender: bool,
}

impl Tally {
    fn add(&mut self, judged: &JudgedSignature, inside: bool) {
        let pretends = judged.broken && judged.verdict == SignatureVerdict::Valid;
        if inside {
            self.signatures_inside = self.signatures_inside.saturating_add(1);
            self.pretender |= pretends;
        } else {
            self.signatures_outside = self.signatures_outside.saturating_add(1);
        }
        // An outer signer may well be another person: a list, a relay. A wrong signature never is well.
        self.broken |= judged.broken && !pretends;
    }

    fn trust(&self, verified: Option<&Verified>, sealed: bool) -> Trust {
        match verified {
            _ if self.broken => Trust::Broken,
            None if self.pretender => Trust::Broken,
            Some(_) if sealed && self.legacy_cipher => Trust::SealedUnverified,
            Some(proof) if proof.is_gateway() => Trust::Gateway,
            Some(_) if sealed => Trust::SealedSigned,
            Some(_) => Trust::Signed,
            None if sealed => Trust::SealedUnverified,
            None => Trust::Clear,
        }
    }
}

fn push_once(warnings: &mut Vec<Note>, warning: impl Into<Note>) {
    let warning = warning.into();
    if !warnings.iter().any(|known| known.code == warning.code) {
        warnings.push(warning);
    }
}

fn encrypted_layer(encrypted: &Encrypted) -> EncryptedLayer {
    EncryptedLayer {
        type_name: encrypted.type_name,
        cipher: encrypted.cipher.name(),
        key: encrypted.transport.clone(),
        authenticated: encrypted.authenticated,
        content_sha256: encrypted.content_hash.clone(),
    }
}

fn signed_layer(checked: &CheckedSignature, judged: &JudgedSignature) -> SignedLayer {
    SignedLayer {
        verdict: judged.verdict,
        signer: checked.certificate.as_ref().map(Signer::from_certificate),
        algorithm: checked.scheme.map(|scheme| scheme.name()),
        signing_time: checked.signing_time,
        reasons: judged.reasons.clone(),
        #[cfg(feature = "more")]
        ess: Box::default(),
        #[cfg(feature = "more")]
        countersignatures: Vec::new(),
        #[cfg(feature = "more")]
        timestamps: Vec::new(),
    }
}

/// Judges a signature that is over no letter, such as a receipt's: by whoever its certificate names. Gives the moment too.
#[cfg(feature = "more")]
pub(crate) fn judge_apart(
    request: &OpenRequest<'_>,
    checked: &CheckedSignature,
    pool: &[Certificate],
) -> (SignedLayer, UnixTime) {
    let named = checked.certificate.as_ref().and_then(|certificate| certificate.emails().first().copied());
    let named = named.map(mime::Address::bare);
    let carried = Carried::default();
    let judge = Judge {
        trust: request.trust,
        pool,
        carried: &carried,
        from: named.as_ref().ok_or(Code::FromMissing),
        now: request.now,
        first_success: request.first_success,
        danger_legacy: request.danger_legacy,
    };
    let mut judged = judge.judge(checked);
    if judged.verdict == SignatureVerdict::Valid && judged.verified.is_none() {
        judged.verdict = SignatureVerdict::Untrusted;
    }
    let at = judged.verified.as_ref().map_or(request.now, Verified::at);
    (signed_layer(checked, &judged), at)
}

/// The one author, or why there is none.
pub(super) fn letter_from(letter: &mime::Letter) -> core::result::Result<&mime::Address, Code> {
    match letter.single_from() {
        Some(from) => Ok(from),
        None if !letter.from.iter().any(|from| from.email.contains('@')) => Err(Code::FromMissing),
        None => Err(Code::SeveralFrom),
    }
}

/// Reads the letter inside.
fn read_payload(peeled: &mut Peeled) -> Result<(mime::Letter, Vec<Code>)> {
    match peeled.read() {
        Ok(letter) => Ok((letter, Vec::new())),
        Err(mime::Error::NotAMessage) => {
            let code = if peeled.payload.is_empty() { Code::NoContent } else { Code::NotAMessage };
            Ok((raw_letter(&peeled.payload), vec![code]))
        }
        Err(error) => Err(Error::from(&error)),
    }
}

/// Reads the header section outside when there is one. Fields the payload does not protect come from there
/// (RFC 9788 §4.1); the report says of each how it was protected.
fn with_outside(
    bytes: &[u8],
    peeled: &Peeled,
    mut letter: mime::Letter,
    mut warnings: Vec<Code>,
) -> (mime::Letter, Option<mime::Letter>, Vec<Code>) {
    let damaged = |defect: &mime::Defect| {
        !matches!(defect, mime::Defect::NoFrom | mime::Defect::SeveralFrom | mime::Defect::OddFrom)
    };
    if letter.defects.iter().any(damaged) {
        warnings.push(Code::DamagedMessage);
    }
    let outer = if peeled.layers.is_empty() { None } else { outside(bytes) };
    if let Some(outer) = &outer
        && !letter.protects_headers()
    {
        take_fields(&mut letter, outer);
    }
    #[cfg(feature = "more")]
    if let Some(outer) = &outer
        && letter.is_partly_protected()
    {
        take_missing_fields(&mut letter, outer);
    }
    (letter, outer, warnings)
}

/// Content that is no mail: text when it is UTF-8, else one file.
pub(super) fn raw_letter(payload: &[u8]) -> mime::Letter {
    let mut letter = mime::Letter::default();
    match core::str::from_utf8(payload) {
        Ok(text) => letter.text = text.to_owned(),
        Err(_) => letter.parts.push(mime::Part {
            content_type: "application/octet-stream".to_owned(),
            charset: None,
            name: None,
            content_id: None,
            inline: false,
            bytes: payload.to_vec(),
        }),
    }
    letter
}

/// The header section of the mail the letter came in; `None` for bare CMS.
fn outside(bytes: &[u8]) -> Option<mime::Letter> {
    let limits = mime::Limits::default();
    if bytes.first() == Some(&0x30) || bytes.starts_with(b"-----BEGIN ") {
        return None;
    }
    let entity = mime::Entity::split(bytes, &limits).ok()?;
    mime::read(entity.section, &limits).ok()
}

fn take_fields(letter: &mut mime::Letter, outer: &mime::Letter) {
    letter.from.clone_from(&outer.from);
    letter.sender.clone_from(&outer.sender);
    letter.reply_to.clone_from(&outer.reply_to);
    letter.to.clone_from(&outer.to);
    letter.cc.clone_from(&outer.cc);
    letter.bcc.clone_from(&outer.bcc);
    letter.date = outer.date;
    letter.subject.clone_from(&outer.subject);
    letter.message_id.clone_from(&outer.message_id);
    letter.in_reply_to.clone_from(&outer.in_reply_to);
    letter.references.clone_from(&outer.references);
    let about_from =
        |defect: &&mime::Defect| matches!(defect, mime::Defect::SeveralFrom | mime::Defect::OddFrom);
    letter.defects.retain(|defect| *defect != mime::Defect::NoFrom);
    letter.defects.extend(outer.defects.iter().filter(about_from).cloned());
}

/// What a letter of the drafts before RFC 9788 leaves outside: the fields that it does not have itself.
#[cfg(feature = "more")]
fn take_missing_fields(letter: &mut mime::Letter, outer: &mime::Letter) {
    let own = letter.clone();
    take_fields(letter, outer);
    macro_rules! keep {
        ($($name:literal: $field:ident),*) => {
            $(if own.header($name).next().is_some() {
                letter.$field.clone_from(&own.$field);
            })*
        };
    }
    keep!("From": from, "From": defects, "Sender": sender, "Reply-To": reply_to, "To": to, "Cc": cc, "Bcc": bcc);
    keep!("Date": date, "Subject": subject, "Message-ID": message_id, "In-Reply-To": in_reply_to);
    keep!("References": references);
}

fn add_warnings(
    judgement: &mut Judgement,
    request: &OpenRequest<'_>,
    letter: &mime::Letter,
    outer: Option<&mime::Letter>,
    peeled: &Peeled,
) {
    let warnings = &mut judgement.warnings;
    if !is_addressed(letter, request.own_addresses) {
        push_once(warnings, Code::NotAddressedToReader);
    }
    if let (Some(proof), Ok(from)) = (&judgement.verified, letter_from(letter))
        && !proof.is_gateway()
        && !same_name(proof.certificate(), from)
    {
        push_once(warnings, Code::DisplayNameDiffers);
    }
    #[cfg(feature = "correspondents")]
    if !request.known_addresses.is_empty()
        && let Some(from) = letter.from.first()
        && look_alike::looks_like(&from.email, request.known_addresses.iter().map(String::as_str)).is_some()
    {
        push_once(warnings, Code::LooksLike);
    }
    let outer_from = outer.and_then(|outer| outer.from.first());
    if let (Some(outside), Some(inside)) = (outer_from, letter.from.first())
        && !outside.same_mailbox(inside)
    {
        push_once(warnings, Code::OuterHeadersDiffer);
    }
    if letter.has_html {
        push_once(warnings, Code::HtmlOnly);
    }
    if peeled.repaired {
        push_once(warnings, Code::RepairedLineEnds);
    }
    #[cfg(feature = "more")]
    for code in named_recipients::warnings(request, peeled, letter) {
        push_once(warnings, code);
    }
    if peeled.payload.is_empty() {
        push_once(warnings, Code::NoContent);
    }
}

/// "Addressed to me": protected To, Cc or Bcc, or written by me (the sender's own copy).
fn is_addressed(letter: &mime::Letter, own: &[String]) -> bool {
    let named = letter.to.iter().chain(&letter.cc).chain(&letter.bcc).chain(&letter.from);
    own.is_empty()
        || named.into_iter().any(|address| {
            own.iter().any(|mine| {
                mine.eq_ignore_ascii_case(&address.email) || mime::Address::bare(mine).same_mailbox(address)
            })
        })
}

/// The name shown is the certificate's; another one in the From field is told.
fn same_name(certificate: &Certificate, from: &mime::Address) -> bool {
    let Some(shown) = from.name.as_deref().map(str::trim).filter(|name| !name.is_empty()) else {
        return true;
    };
    let same = |other: &str| other.trim().to_lowercase() == shown.to_lowercase();
    certificate.common_name().is_some_and(same) || same(&from.email)
}

fn assemble(
    request: &OpenRequest<'_>,
    peeled: Peeled,
    judgement: Judgement,
    letter: mime::Letter,
    outer: Option<mime::Letter>,
) -> Judged {
    let moment = judgement.verified.as_ref().map(|proof| (proof.at(), proof.time_source()));
    let (judged_at, time_source) = moment.unwrap_or((request.now, TimeSource::Given));
    let content_key = peeled.layers.into_iter().find_map(|layer| match layer {
        Peel::Encrypted(encrypted) => Some(encrypted.content_key),
        _ => None,
    });
    Judged {
        trust: judgement.trust,
        judged_at,
        time_source,
        layers: judgement.layers,
        headers: OnceLock::new(),
        warnings: judgement.warnings,
        verified: judgement.verified,
        capabilities: judgement.signature.as_ref().and_then(|signature| signature.capabilities),
        #[cfg(not(feature = "more"))]
        unread: peeled.unread,
        #[cfg(feature = "more")]
        receipt_basis: judgement.signature.as_ref().and_then(ReceiptBasis::of),
        signature_sha256: judgement.signature.map(|signature| Sha256::digest(&signature.signature).into()),
        message: peeled.payload,
        layer_contents: peeled.contents,
        content_key,
        outer,
        letter,
        gap: false,
        #[cfg(feature = "more")]
        ranged: Vec::new(),
    }
}
