//! Making letters larger than memory, as [`crate::letter::seal`] makes small ones: one pass for the digest, one that encrypts.

use std::rc::Rc;

use rand_core::CryptoRng;
use sceau_mime as mime;
use zeroize::Zeroizing;

use super::in_memory;
use super::mail::BigMail;
use crate::UnixTime;
use crate::backend::{Backend, Promise};
use crate::cms::content_cipher::ranges::Sealer;
use crate::cms::content_info::ContentType;
use crate::cms::envelope;
use crate::cms::sign::{Enclosure, Shell, compat_scheme, sign_around};
use crate::cms::signed_data::without_content;
use crate::error::{Error, Limit, Result};
use crate::ess::ReceiptRequest;
use crate::key::{DigestAlgorithm, SignatureScheme};
use crate::letter::padding::{self, padme_length};
use crate::letter::seal::{Profile, Recipient, addressed, micalg, outer, smime_type};
use crate::stream::base64::Base64Lines;
use crate::stream::digest::digests;
use crate::stream::outline::outline;
use crate::stream::scan::{Finder, has_other_line_ends};
use crate::stream::view::Joined;
use crate::stream::{Sink, Source, View, Windows, to_u64, to_usize};
use crate::x509::Identity;

/// A letter to be signed.
#[derive(Clone, Copy)]
pub struct BigSealRequest<'a> {
    /// Its header fields. `given`, `text` and `parts` are not used.
    pub draft: &'a mime::Draft,
    /// Its body.
    pub mail: &'a BigMail,
    /// The sender's signing key.
    pub signer: &'a Identity,
    /// How.
    pub profile: Profile,
}

/// A letter that is signed and not sealed yet. It reads through the mail it was made of.
pub struct BigSigned {
    /// The signed entity, padded.
    entity: View,
    outer_headers: Vec<(String, String)>,
    profile: Profile,
    message_sha256: [u8; 32],
    signature: Option<Vec<u8>>,
}

/// What is known of a sealed letter that was written.
pub struct BigSealed {
    /// Content key of the envelope, for the sender's own sealed index. Wiped on drop.
    pub content_key: Zeroizing<Vec<u8>>,
    /// SHA-256 of the mail.
    pub sha256: [u8; 32],
    /// Octets of the mail.
    pub bytes: u64,
}

impl core::fmt::Debug for BigSealed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "BigSealed({} bytes, redacted)", self.bytes)
    }
}

impl core::fmt::Debug for BigSigned {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "BigSigned({} bytes, redacted)", self.entity.len())
    }
}

/// Signs a letter. `now` becomes the signing time.
///
/// # Errors
/// As [`crate::letter::seal`]; `Storage`; `LimitExceeded` for the profiles of other networks, which wrap the whole letter.
pub async fn sign_big(
    backend: &dyn Backend,
    request: &BigSealRequest<'_>,
    now: UnixTime,
    rng: &mut impl CryptoRng,
) -> Result<BigSigned> {
    if !request.signer.certificate.can_sign() {
        return Err(Error::WrongKeyKind);
    }
    if matches!(request.profile, Profile::Kim | Profile::Direct) {
        return Err(Error::LimitExceeded { limit: Limit::InputSize });
    }
    let (message, outer_headers) = request.mail.compose(request.draft, &outer(request.profile))?;
    let scheme = match request.profile {
        Profile::Compat => compat_scheme(request.signer),
        _ => request.signer.key.default_scheme(),
    };
    let found = digests(message.as_ref(), [DigestAlgorithm::Sha256, scheme.digest()]).await?;
    let digest = |wanted: DigestAlgorithm| {
        found.iter().find(|(algorithm, _)| *algorithm == wanted).map(|(_, digest)| digest.as_slice())
    };
    let is_detached = request.profile == Profile::Compat && !has_other_line_ends(message.as_ref()).await?;
    let enclosure = if is_detached { Enclosure::Detached } else { Enclosure::Opaque };
    let receipt = request
        .draft
        .receipt
        .then(|| ReceiptRequest::generate(&request.draft.from.email, now, rng).to_attribute());
    let shell = Shell {
        digest: digest(scheme.digest()).ok_or(Error::Changed)?,
        length: if is_detached { 0 } else { to_usize(message.len())? },
        room: 0,
        content_type: ContentType::Data,
        enclosure,
        more: receipt.into_iter().collect(),
    };
    let around = sign_around(backend, shell, request.signer, scheme, now, rng).await?;
    let (entity, signature) = match enclosure {
        Enclosure::Detached => detached(message, [around.0, around.1].concat(), scheme).await?,
        Enclosure::Opaque => opaque(message, around).await?,
    };
    let message_sha256 = digest(DigestAlgorithm::Sha256).and_then(|digest| digest.try_into().ok());
    Ok(BigSigned {
        entity: padded(entity)?,
        outer_headers,
        profile: request.profile,
        message_sha256: message_sha256.ok_or(Error::Changed)?,
        signature: request.draft.receipt.then_some(signature),
    })
}

/// The entity, and its signature without content.
async fn opaque(message: View, (before, after): (Vec<u8>, Vec<u8>)) -> Result<(View, Vec<u8>)> {
    let object: View = Rc::new(Joined::new([wiped(before), message, wiped(after)]));
    let signature = without_content(&outline(&object).await?.skeleton)?;
    let head = mime::wrap_cms(&[], "signed-data", &[], mime::WrapEncoding::Binary)
        .map_err(|error| Error::from(&error))?;
    Ok((Rc::new(Joined::new([wiped(head), object])), signature))
}

/// The same with the message beside the signature.
async fn detached(message: View, signature: Vec<u8>, scheme: SignatureScheme) -> Result<(View, Vec<u8>)> {
    let mut attempt = 0;
    let boundary = loop {
        let candidate = mime::signed_boundary(attempt);
        let words = vec![candidate.as_bytes().to_vec()];
        if Finder::new(message.as_ref(), words, 0).next().await?.is_none() {
            break candidate;
        }
        attempt = attempt.checked_add(1).ok_or(Error::Changed)?;
    };
    let (before, after) = mime::around_signed(&boundary, &signature, micalg(scheme), &[])
        .map_err(|error| Error::from(&error))?;
    Ok((Rc::new(Joined::new([wiped(before), message, wiped(after)])), signature))
}

fn wiped(bytes: Vec<u8>) -> View {
    in_memory(Zeroizing::new(bytes))
}

/// The entity in its Padmé length.
fn padded(entity: View) -> Result<View> {
    let length = to_usize(entity.len())?;
    let missing = to_u64(padme_length(length).saturating_sub(length));
    Ok(Rc::new(Joined::new([entity, Rc::new(Padding(missing)) as View])))
}

/// Lines of spaces, as small letters are padded with.
struct Padding(u64);

impl Source for Padding {
    fn len(&self) -> u64 {
        self.0
    }

    fn read_at<'a>(&'a self, offset: u64, buffer: &'a mut [u8]) -> Promise<'a, usize> {
        let length = to_usize(self.0.saturating_sub(offset)).unwrap_or(usize::MAX).min(buffer.len());
        let left = to_usize(self.0.saturating_sub(offset)).unwrap_or_default();
        for (octet, following) in buffer.iter_mut().take(length).zip((0..left).rev()) {
            *octet = padding::octet(following);
        }
        Box::pin(core::future::ready(Ok(length)))
    }
}

impl BigSigned {
    /// SHA-256 of the protected message inside.
    #[must_use]
    pub fn message_sha256(&self) -> [u8; 32] {
        self.message_sha256
    }

    /// When receipts are asked for: the signature without its content, in DER, for the sender to verify them with.
    #[must_use]
    pub fn signature(&self) -> Option<&[u8]> {
        self.signature.as_deref()
    }

    /// Seals a copy for all of `recipients` and writes the mail.
    ///
    /// # Errors
    /// As [`crate::letter::seal`]; `Storage`.
    pub async fn seal(
        &self,
        backend: &dyn Backend,
        recipients: &[Recipient],
        sink: &mut dyn Sink,
        rng: &mut impl CryptoRng,
    ) -> Result<BigSealed> {
        if !recipients.iter().all(|recipient| recipient.certificate.can_encrypt()) {
            return Err(Error::WrongKeyKind);
        }
        let (to, sealing) = addressed(recipients, self.profile)?;
        let prepared = envelope::prepare(backend, &to, sealing, rng).await?;
        let sealer = Sealer::new(&prepared.algorithm, &prepared.content_key, self.entity.len())?;
        let before = prepared.before(to_usize(sealer.sealed_length(self.entity.len()))?);
        let mut counted = Counted { sink, digest: sha2::Digest::new(), bytes: 0 };
        let encoding = mime::WrapEncoding::Base64;
        let head = mime::wrap_cms(&[], smime_type(self.profile), &self.outer_headers, encoding)
            .map_err(|error| Error::from(&error))?;
        counted.write(&head).await?;
        self.write_envelope(&before, sealer, &mut counted).await?;
        Ok(BigSealed {
            content_key: prepared.content_key,
            sha256: sha2::Digest::finalize(counted.digest).into(),
            bytes: counted.bytes,
        })
    }

    async fn write_envelope(&self, before: &[u8], mut sealer: Sealer, sink: &mut dyn Sink) -> Result<()> {
        let mut lines = Base64Lines::new(sink);
        lines.write(before).await?;
        let mut left = self.entity.len();
        let mut windows = Windows::new(self.entity.as_ref());
        while let Some(window) = windows.next().await? {
            left = left.saturating_sub(to_u64(window.len()));
            let mut sealed = Vec::with_capacity(window.len().saturating_add(MAX_BLOCK));
            sealed.extend_from_slice(window);
            sealer.seal(&mut sealed, left == 0)?;
            lines.write(&sealed).await?;
        }
        if let Some(tag) = sealer.finish() {
            lines.write(&crate::asn1::octet_string(&tag)).await?;
        }
        lines.finish().await
    }
}

/// Longest padding of a block cipher.
const MAX_BLOCK: usize = 16;

/// A sink that looks at what passes.
struct Counted<'a> {
    sink: &'a mut dyn Sink,
    digest: sha2::Sha256,
    bytes: u64,
}

impl Sink for Counted<'_> {
    fn write<'a>(&'a mut self, bytes: &'a [u8]) -> Promise<'a, ()> {
        sha2::Digest::update(&mut self.digest, bytes);
        self.bytes = self.bytes.saturating_add(to_u64(bytes.len()));
        self.sink.write(bytes)
    }
}
