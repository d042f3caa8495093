//! Making letters: signed, padded, sealed (design, section 4; RFC 8551, RFC 9788).

use rand_core::CryptoRng;
use sceau_mime as mime;
use zeroize::Zeroizing;

#[cfg(feature = "more")]
use super::networks;
use super::{card, padding};
use crate::UnixTime;
use crate::backend::{Backend, Rust, apart, ready, sha256};
#[cfg(feature = "more")]
use crate::cms::attributes::Attribute;
use crate::cms::capabilities::Capabilities;
use crate::cms::content_info::ContentType;
use crate::cms::envelope::{self, SealedEnvelope, Sealing, To};
use crate::cms::recipients::Transport;
use crate::cms::sign::{Enclosure, Statement, compat_scheme, sign, sign_statement};
#[cfg(feature = "more")]
use crate::cms::signed_data;
use crate::error::{Error, Result, Structure};
#[cfg(feature = "more")]
use crate::ess::ReceiptRequest;
use crate::key::{KeySealing, SignatureScheme};
use crate::x509::{Certificate, Identity};

/// `micalg` of our detached signatures (RFC 8551 §3.5.3.2), by digest.
pub(super) fn micalg(scheme: SignatureScheme) -> &'static str {
    match scheme.digest().output_len() {
        48 => "sha-384",
        64 => "sha-512",
        _ => "sha-256",
    }
}

/// How a copy is written: what its readers' programs understand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Profile {
    /// Opaque signature, AES-256-GCM, RSAES-OAEP or ECDH.
    #[default]
    Default,
    /// For unknown and older programs: detached PKCS#1 v1.5 or ECDSA signature, AES-256-CBC, RSAES-OAEP only when
    /// it was advertised.
    Compat,
    /// For the German network KIM (gemSMIME_KOMLE): the whole letter wrapped as `message/rfc822`, opaque signature by
    /// RSASSA-PSS over a list of who it is sealed for, the same list on the AES-256-GCM envelope. The sender is one of the
    /// recipients of every copy.
    #[cfg(feature = "more")]
    Kim,
    /// For the Direct network: the whole letter wrapped, detached PKCS#1 v1.5 or ECDSA signature, AES-CBC.
    #[cfg(feature = "more")]
    Direct,
    /// As the default, but every recipient, and the sender for her own copy, must have a key that a quantum
    /// computer does not open: ML-KEM (RFC 9936), or its draft composite with ECDH between ourselves.
    #[cfg(feature = "pq")]
    Pq,
}

impl Profile {
    /// All profiles, in the order in which a letter's copies are made.
    const ALL: &[Self] = &[
        Self::Default,
        Self::Compat,
        #[cfg(feature = "more")]
        Self::Kim,
        #[cfg(feature = "more")]
        Self::Direct,
        #[cfg(feature = "pq")]
        Self::Pq,
    ];

    /// Whether recipients must have keys that encapsulate.
    fn wants_encapsulation(self) -> bool {
        match self {
            Self::Default | Self::Compat => false,
            #[cfg(feature = "more")]
            Self::Kim | Self::Direct => false,
            #[cfg(feature = "pq")]
            Self::Pq => true,
        }
    }

    /// Whether its letters can be read by programs that know no more than S/MIME 3.1: a detached signature of seven bits in
    /// an envelope that does not authenticate.
    pub(super) fn is_for_older_programs(self) -> bool {
        match self {
            Self::Compat => true,
            #[cfg(feature = "more")]
            Self::Direct => true,
            _ => false,
        }
    }
}

/// Somebody a copy is sealed for.
#[derive(Debug, Clone)]
pub struct Recipient {
    /// Encryption certificate, already judged by the caller.
    pub certificate: Certificate,
    /// The address it is used for.
    pub address: String,
    /// What the recipient's program said in a verified letter, or what the directory says.
    pub capabilities: Option<Capabilities>,
}

/// One copy to be made.
#[derive(Debug, Clone, Copy)]
pub struct SealRequest<'a> {
    /// The letter, naming in Bcc only those this very copy may name.
    pub draft: &'a mime::Draft,
    /// The sender's signing key.
    pub signer: &'a Identity,
    /// All who shall be able to open this copy.
    pub recipients: &'a [Recipient],
    /// How.
    pub profile: Profile,
}

/// A sealed copy and its card.
pub struct SealedLetter {
    /// The mail.
    pub eml: Vec<u8>,
    /// The card, also a mail: what a list shows without opening the letter.
    pub card: Vec<u8>,
    /// Content key of the main envelope, for the sender's own sealed index. Wiped on drop.
    pub content_key: Zeroizing<Vec<u8>>,
    /// SHA-256 of `eml`.
    pub sha256: [u8; 32],
    /// SHA-256 of the protected message inside.
    pub message_sha256: [u8; 32],
    /// When receipts are asked for: the signature without its content, in DER, for the sender to verify them with. Copies that
    /// are signed separately have different ones.
    pub signature: Option<Vec<u8>>,
}

impl core::fmt::Debug for SealedLetter {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "SealedLetter({} bytes, redacted)", self.eml.len())
    }
}

/// Signs and seals one copy with its card. `now` becomes the signing time.
///
/// # Errors
/// `BadAddress` and `Malformed` for a draft that cannot be written, `WrongKeyKind` for a certificate that is not meant to
/// be sealed to or a key that cannot sign, `Missing` without recipients.
pub fn seal(request: &SealRequest<'_>, now: UnixTime, rng: &mut impl CryptoRng) -> Result<SealedLetter> {
    ready(seal_with(&Rust, request, now, rng))
}

/// [`seal`] over another backend than the reference.
///
/// # Errors
/// As [`seal`].
pub async fn seal_with(
    backend: &dyn Backend,
    request: &SealRequest<'_>,
    now: UnixTime,
    rng: &mut impl CryptoRng,
) -> Result<SealedLetter> {
    let protected = protect(backend, request, now, rng).await?;
    enclose(backend, request, protected, now, rng).await
}

/// Signs and seals one copy without a card, for programs that have no list to show: the mail.
///
/// # Errors
/// As [`seal`].
#[cfg(feature = "fast")]
pub async fn seal_copy_with(
    backend: &dyn Backend,
    request: &SealRequest<'_>,
    now: UnixTime,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>> {
    let mut protected = protect(backend, request, now, rng).await?;
    let (eml, _) = envelop(backend, request, &mut protected, rng).await?;
    Ok(eml)
}

/// A letter that is signed and not sealed yet.
#[derive(Clone)]
struct Protected {
    /// The signed entity. Wiped on drop.
    entity: Zeroizing<Vec<u8>>,
    outer_headers: Vec<(String, String)>,
    message_sha256: [u8; 32],
    /// The signature without its content, when a receipt is asked for.
    signature: Option<Vec<u8>>,
}

async fn protect(
    backend: &dyn Backend,
    request: &SealRequest<'_>,
    now: UnixTime,
    rng: &mut impl CryptoRng,
) -> Result<Protected> {
    check_usage(request)?;
    #[cfg(not(feature = "more"))]
    if request.draft.receipt {
        return Err(Error::UnsupportedAlgorithm { oid: crate::ess::oids::RECEIPT_REQUEST });
    }
    #[cfg(feature = "more")]
    let signer = networks::signer_for(request);
    #[cfg(feature = "more")]
    let request = &SealRequest { signer: &signer, ..*request };
    let composed = compose(request).map_err(|error| Error::from(&error))?;
    let message = mime::Wiped::from(composed.message);
    let message_sha256 = sha256(backend, &message).await?;
    let signature = Signature::of(request, now, rng)?.over(message_sha256);
    let entity = if request.profile.is_for_older_programs() {
        apart(signed_for_anybody(backend, request, &message, signature, now, rng)).await?
    } else {
        apart(opaque(backend, &message, signature, now, rng)).await?
    };
    #[cfg(feature = "more")]
    let signature = if request.draft.receipt { Some(detach(&entity)?) } else { None };
    #[cfg(not(feature = "more"))]
    let signature = None;
    let outer_headers = composed.outer_headers;
    Ok(Protected { entity: Zeroizing::new(entity), outer_headers, message_sha256, signature })
}

async fn enclose(
    backend: &dyn Backend,
    request: &SealRequest<'_>,
    mut protected: Protected,
    now: UnixTime,
    rng: &mut impl CryptoRng,
) -> Result<SealedLetter> {
    let (eml, content_key) = apart(envelop(backend, request, &mut protected, rng)).await?;
    let sha256 = sha256(backend, &eml).await?;
    let headers = &protected.outer_headers;
    let card = apart(card::make(backend, request, headers, sha256, &content_key, now, rng)).await?;
    let Protected { message_sha256, signature, .. } = protected;
    Ok(SealedLetter { eml, card, content_key, sha256, message_sha256, signature })
}

/// The mail around the sealed entity, and its content key.
async fn envelop(
    backend: &dyn Backend,
    request: &SealRequest<'_>,
    protected: &mut Protected,
    rng: &mut impl CryptoRng,
) -> Result<(Vec<u8>, Zeroizing<Vec<u8>>)> {
    let mut entity = core::mem::take(&mut *protected.entity);
    #[cfg(feature = "more")]
    let padded = networks::is_padded(request.profile);
    #[cfg(not(feature = "more"))]
    let padded = true;
    if padded {
        padding::pad(&mut entity);
    }
    let sealed = envelope_for(backend, entity, request.recipients, request.profile, rng).await?;
    let eml = wrap(&sealed.der, smime_type(request.profile), &protected.outer_headers)?;
    Ok((eml, sealed.content_key))
}

#[cfg(not(feature = "more"))]
fn compose(request: &SealRequest<'_>) -> mime::Result<mime::Composed> {
    mime::compose(request.draft, &outer(request.profile))
}

#[cfg(feature = "more")]
fn compose(request: &SealRequest<'_>) -> mime::Result<mime::Composed> {
    let outer = outer(request.profile);
    match networks::form(request.profile) {
        Some(form) => mime::compose_as(request.draft, &outer, form),
        None => mime::compose(request.draft, &outer),
    }
}

/// The signature of a signed entity without its content: what a receipt refers to.
#[cfg(feature = "more")]
fn detach(entity: &[u8]) -> Result<Vec<u8>> {
    let limits = mime::Limits::default();
    match mime::multipart_signed(entity, &limits) {
        Ok(parts) => Ok(parts.signature.to_vec()),
        Err(_) => {
            let cms = mime::unwrap_cms(entity, &limits).map_err(|error| Error::from(&error))?;
            signed_data::without_content(&Zeroizing::new(cms.der))
        }
    }
}

/// A signing key is never sealed to, and an encryption key never signs (RFC 8550 §4.4.2).
fn check_usage(request: &SealRequest<'_>) -> Result<()> {
    let sealable = request.recipients.iter().all(|recipient| recipient.certificate.can_encrypt());
    if sealable && request.signer.certificate.can_sign() { Ok(()) } else { Err(Error::WrongKeyKind) }
}

/// A copy on its way out.
#[derive(Debug)]
pub struct Outgoing {
    /// The addresses this copy is for.
    pub rcpt_to: Vec<String>,
    /// How it was written.
    pub profile: Profile,
    /// Whether it is the copy of one person in Bcc.
    pub is_blind: bool,
    /// The copy.
    pub letter: SealedLetter,
}

/// Every copy of one letter.
#[derive(Debug)]
pub struct Copies {
    /// One per class of recipients, then one per person in Bcc.
    pub outgoing: Vec<Outgoing>,
    /// The sender's own copy, with the full Bcc.
    pub sent: SealedLetter,
}

/// Makes every copy a draft needs: one envelope per class so that a weak correspondent weakens nobody else, one
/// per Bcc, signed separately and naming only that person, and the sender's own.
///
/// `own` is the sender as a recipient; `recipients` must have everybody in To, Cc and Bcc, and nobody else.
///
/// # Errors
/// `Missing` for an address without a certificate, `BadAddress` for a recipient the draft does not name, and as
/// [`seal`].
pub fn seal_for_all(
    draft: &mime::Draft,
    signer: &Identity,
    own: &Recipient,
    recipients: &[(Recipient, Profile)],
    now: UnixTime,
    rng: &mut impl CryptoRng,
) -> Result<Copies> {
    ready(seal_for_all_with(&Rust, draft, signer, own, recipients, now, rng))
}

/// [`seal_for_all`] over another backend than the reference.
///
/// # Errors
/// As [`seal_for_all`].
pub async fn seal_for_all_with(
    backend: &dyn Backend,
    draft: &mime::Draft,
    signer: &Identity,
    own: &Recipient,
    recipients: &[(Recipient, Profile)],
    now: UnixTime,
    rng: &mut impl CryptoRng,
) -> Result<Copies> {
    let everybody = || draft.to.iter().chain(&draft.cc).chain(&draft.bcc);
    let unnamed = |recipient: &Recipient| !everybody().any(|address| is_for(recipient, address));
    if recipients.iter().any(|(recipient, _)| unnamed(recipient)) {
        return Err(Error::BadAddress);
    }
    let mut outgoing = Vec::new();
    let mut shared = None;
    // The sender's copy holds the same words, so it is as well protected as the best of the others.
    let best = recipients.iter().map(|(_, profile)| *profile).find(|profile| profile.wants_encapsulation());
    let best = best.unwrap_or_default();
    let open_draft = mime::Draft { bcc: Vec::new(), ..draft.clone() };
    let visible: Vec<&(Recipient, Profile)> =
        draft.to.iter().chain(&draft.cc).map(|address| find(recipients, address)).collect::<Result<_>>()?;
    for profile in Profile::ALL {
        let class: Vec<Recipient> =
            visible.iter().filter(|one| one.1 == *profile).map(|one| one.0.clone()).collect();
        #[cfg(feature = "more")]
        let classes = networks::apart(class, *profile);
        #[cfg(not(feature = "more"))]
        let classes = (!class.is_empty()).then_some(class).into_iter();
        for class in classes {
            #[cfg(feature = "more")]
            let recipients = &networks::with_sender(class.clone(), *profile, own);
            #[cfg(not(feature = "more"))]
            let recipients = &class;
            let request = SealRequest { draft: &open_draft, signer, recipients, profile: *profile };
            let protected = protect(backend, &request, now, rng).await?;
            if *profile == best && draft.bcc.is_empty() {
                shared = Some(protected.clone());
            }
            let letter = enclose(backend, &request, protected, now, rng).await?;
            outgoing.push(Outgoing { rcpt_to: addresses(class), profile: *profile, is_blind: false, letter });
        }
    }
    for address in &draft.bcc {
        let (recipient, profile) = find(recipients, address)?;
        let blind = mime::Draft { bcc: vec![address.clone()], ..open_draft.clone() };
        let class = vec![recipient.clone()];
        outgoing.push(blind_copy(backend, &blind, signer, class, own, *profile, now, rng).await?);
    }
    let own = std::slice::from_ref(own);
    let request = SealRequest { draft, signer, recipients: own, profile: best };
    // With nobody in Bcc the sender keeps the very signature that the receipts will name.
    let protected = match shared {
        Some(protected) => protected,
        None => protect(backend, &request, now, rng).await?,
    };
    let sent = enclose(backend, &request, protected, now, rng).await?;
    Ok(Copies { outgoing, sent })
}

/// Signs an entity without sealing it: a mail with `outer_headers` and an opaque or detached signature.
///
/// For [`Enclosure::Detached`] the entity must be in seven bits and CR LF lines (RFC 8551 §3.1.1).
///
/// # Errors
/// `WrongKeyKind` when the signer's key does not fit `scheme`; `Malformed` for header fields that cannot be written.
pub fn sign_entity(
    entity: &[u8],
    enclosure: Enclosure,
    signer: &Identity,
    scheme: SignatureScheme,
    outer_headers: &[(String, String)],
    now: UnixTime,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>> {
    match enclosure {
        Enclosure::Opaque => {
            let der = sign(entity, Enclosure::Opaque, signer, scheme, now, rng)?;
            wrap(&der, "signed-data", outer_headers)
        }
        Enclosure::Detached => {
            let signature = Signature::plain(signer, scheme);
            ready(signed_detached(&Rust, entity, signature, outer_headers, now, rng))
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "what a copy needs, by name")]
async fn blind_copy(
    backend: &dyn Backend,
    draft: &mime::Draft,
    signer: &Identity,
    class: Vec<Recipient>,
    own: &Recipient,
    profile: Profile,
    now: UnixTime,
    rng: &mut impl CryptoRng,
) -> Result<Outgoing> {
    #[cfg(feature = "more")]
    let recipients = &networks::with_sender(class.clone(), profile, own);
    #[cfg(not(feature = "more"))]
    let (recipients, _) = (&class, own);
    let request = SealRequest { draft, signer, recipients, profile };
    let letter = seal_with(backend, &request, now, rng).await?;
    Ok(Outgoing { rcpt_to: addresses(class), profile, is_blind: true, letter })
}

fn addresses(recipients: Vec<Recipient>) -> Vec<String> {
    recipients.into_iter().map(|recipient| recipient.address).collect()
}

fn find<'a>(
    recipients: &'a [(Recipient, Profile)],
    address: &mime::Address,
) -> Result<&'a (Recipient, Profile)> {
    let mut named = recipients.iter().filter(|(recipient, _)| is_for(recipient, address));
    named.next().ok_or(Error::Missing { what: Structure::Certificate })
}

fn is_for(recipient: &Recipient, address: &mime::Address) -> bool {
    recipient.address.eq_ignore_ascii_case(&address.email)
        || mime::Address::bare(&recipient.address).same_mailbox(address)
}

/// Unknown programs get a payload they can sign and show: seven bits, and the subject repeated in the text.
pub(super) fn outer(profile: Profile) -> mime::Outer {
    match profile {
        Profile::Compat => mime::Outer { transfer: mime::TransferSafety::SevenBit, legacy_display: true },
        #[cfg(feature = "more")]
        Profile::Kim | Profile::Direct => {
            mime::Outer { transfer: mime::TransferSafety::SevenBit, legacy_display: false }
        }
        _ => mime::Outer::default(),
    }
}

/// The signed entity inside an envelope: binary, since it goes into DER.
pub(super) async fn signed_opaque(
    backend: &dyn Backend,
    message: &[u8],
    signer: &Identity,
    now: UnixTime,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>> {
    opaque(backend, message, Signature::plain(signer, signer.key.default_scheme()), now, rng).await
}

/// How a letter is signed, and whether its readers shall confirm that they opened it.
struct Signature<'a> {
    signer: &'a Identity,
    scheme: SignatureScheme,
    /// Further signed attributes.
    #[cfg(feature = "more")]
    more: Vec<Attribute>,
    /// SHA-256 of what is signed, where it is known.
    #[cfg(feature = "fast")]
    sha256: Option<[u8; 32]>,
}

impl<'a> Signature<'a> {
    fn plain(signer: &'a Identity, scheme: SignatureScheme) -> Self {
        Self {
            signer,
            scheme,
            #[cfg(feature = "more")]
            more: Vec::new(),
            #[cfg(feature = "fast")]
            sha256: None,
        }
    }

    /// Without the feature `more` a draft that wants a receipt was refused before.
    #[cfg(not(feature = "more"))]
    fn of(request: &SealRequest<'a>, _: UnixTime, _: &mut impl CryptoRng) -> Result<Self> {
        Ok(Self::plain(request.signer, Self::scheme_for(request)))
    }

    #[cfg(feature = "more")]
    fn of(request: &SealRequest<'a>, now: UnixTime, rng: &mut impl CryptoRng) -> Result<Self> {
        let author = &request.draft.from.email;
        let receipt = request.draft.receipt.then(|| ReceiptRequest::generate(author, now, rng));
        let mut more: Vec<Attribute> = receipt.iter().map(ReceiptRequest::to_attribute).collect();
        more.extend(networks::recipient_emails(request.profile, request.recipients)?);
        Ok(Self { more, ..Self::plain(request.signer, Self::scheme_for(request)) })
    }

    /// For content whose SHA-256 is known.
    fn over(self, sha256: [u8; 32]) -> Self {
        #[cfg(feature = "fast")]
        return Self { sha256: Some(sha256), ..self };
        #[cfg(not(feature = "fast"))]
        {
            let _ = sha256;
            self
        }
    }

    fn scheme_for(request: &SealRequest<'_>) -> SignatureScheme {
        if request.profile.is_for_older_programs() {
            compat_scheme(request.signer)
        } else {
            request.signer.key.default_scheme()
        }
    }

    async fn sign(
        self,
        backend: &dyn Backend,
        content: &[u8],
        enclosure: Enclosure,
        now: UnixTime,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>> {
        let statement = Statement {
            #[cfg(feature = "more")]
            more: self.more,
            #[cfg(feature = "fast")]
            sha256: self.sha256,
            ..Statement::new(content, ContentType::Data, enclosure)
        };
        sign_statement(backend, statement, self.signer, self.scheme, now, rng).await
    }
}

async fn opaque(
    backend: &dyn Backend,
    message: &[u8],
    signature: Signature<'_>,
    now: UnixTime,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>> {
    let der = mime::Wiped::from(signature.sign(backend, message, Enclosure::Opaque, now, rng).await?);
    mime::wrap_cms(&der, "signed-data", &[], mime::WrapEncoding::Binary).map_err(|error| Error::from(&error))
}

/// `multipart/signed`, except around a given body that is no lines of text: programs that cut it out would repair its line
/// ends, so the signature encloses it (RFC 8551 §3.5.1).
async fn signed_for_anybody(
    backend: &dyn Backend,
    request: &SealRequest<'_>,
    message: &[u8],
    signature: Signature<'_>,
    now: UnixTime,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>> {
    if request.draft.given.is_some() && !mime::is_lines_of_text(message) {
        return opaque(backend, message, signature, now, rng).await;
    }
    signed_detached(backend, message, signature, &[], now, rng).await
}

async fn signed_detached(
    backend: &dyn Backend,
    message: &[u8],
    signature: Signature<'_>,
    outer_headers: &[(String, String)],
    now: UnixTime,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>> {
    let micalg = micalg(signature.scheme);
    let der = signature.sign(backend, message, Enclosure::Detached, now, rng).await?;
    mime::wrap_multipart_signed(message, &der, micalg, outer_headers).map_err(|error| Error::from(&error))
}

pub(super) async fn envelope_for(
    backend: &dyn Backend,
    entity: Vec<u8>,
    recipients: &[Recipient],
    profile: Profile,
    rng: &mut impl CryptoRng,
) -> Result<SealedEnvelope> {
    let (to, sealing) = addressed(recipients, profile)?;
    #[cfg(feature = "more")]
    if let Some(mark) = networks::recipient_emails(profile, recipients)? {
        return envelope::seal_marked(backend, entity, &to, networks::KIM_SEALING, &mark, rng).await;
    }
    apart(envelope::seal_with(backend, entity, &to, sealing, rng)).await
}

/// How the content key comes to each recipient, and what it is for.
pub(super) fn addressed(recipients: &[Recipient], profile: Profile) -> Result<(Vec<To<'_>>, Sealing)> {
    let knows = |recipient: &Recipient, what: fn(&Capabilities) -> bool| {
        recipient.capabilities.as_ref().is_some_and(what)
    };
    let to = recipients
        .iter()
        .map(|recipient| {
            let oaep = !profile.is_for_older_programs() || knows(recipient, |known| known.rsa_oaep);
            let kind = recipient.certificate.public_key()?.kind();
            if profile.wants_encapsulation() && kind.sealing() != Some(KeySealing::Encapsulation) {
                return Err(Error::WrongKeyKind);
            }
            Ok(To { certificate: &recipient.certificate, transport: Transport::for_key(kind, oaep) })
        })
        .collect::<Result<Vec<_>>>()?;
    let sealing = match profile {
        Profile::Compat => Sealing::Aes256Cbc,
        #[cfg(feature = "more")]
        Profile::Direct => networks::direct_sealing(recipients),
        #[cfg(feature = "more")]
        Profile::Default if networks::has_short_keys(recipients, profile) => {
            Sealing::Aes128Gcm { derive: false }
        }
        _ => Sealing::Aes256Gcm { derive: recipients.iter().all(|one| knows(one, |known| known.cek_hkdf)) },
    };
    Ok((to, sealing))
}

pub(super) fn wrap(der: &[u8], smime_type: &str, outer_headers: &[(String, String)]) -> Result<Vec<u8>> {
    mime::wrap_cms(der, smime_type, outer_headers, mime::WrapEncoding::Base64)
        .map_err(|error| Error::from(&error))
}

/// RFC 8551 §3.2.2.
pub(super) fn smime_type(profile: Profile) -> &'static str {
    match profile {
        Profile::Compat => "enveloped-data",
        #[cfg(feature = "more")]
        Profile::Direct => "enveloped-data",
        #[cfg(feature = "more")]
        Profile::Kim => networks::KIM_SMIME_TYPE,
        _ => "authEnveloped-data",
    }
}
