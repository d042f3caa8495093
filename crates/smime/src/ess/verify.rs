//! Verifying a receipt against the letter it confirms (RFC 2634 §2.6).

use const_oid::ObjectIdentifier;
use rand_core::CryptoRng;
use sceau_mime as mime;
use serde::{Serialize, Serializer};

use super::{EssAttributes, Receipt, ReceiptRequest, ReceiptsFrom, oids};
use crate::UnixTime;
use crate::asn1;
use crate::backend::{Backend, Rust, ready};
use crate::cms::attributes::{self, exactly_one};
use crate::cms::content_info::{self, ContentInfo, ContentType};
use crate::cms::envelope::Envelope;
use crate::cms::signed_data::SignedData;
use crate::cms::verify::{CheckedSignature, Signed, check};
use crate::error::{Error, Result, Structure};
use crate::key::DigestAlgorithm;
use crate::letter::{Judged, OpenRequest, SignedLayer, judge_apart};
use crate::verdict::{Note, SignatureVerdict};
use crate::x509::{Certificate, GeneralName};

/// Most layers around a receipt: an envelope and the outer signature of RFC 2634 §1.1, with a margin.
const MAX_LAYERS: usize = 4;

/// What a receipt refers to: the signature of one letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptBasis {
    /// The request, when there is one that can be read.
    pub request: Option<ReceiptRequest>,
    /// Whether there is a request that cannot be read.
    pub(super) request_unreadable: bool,
    pub(super) content_type: ObjectIdentifier,
    pub(super) signature: Vec<u8>,
    /// The hash function of the letter's signature, which msgSigDigest uses too.
    pub(super) digest: DigestAlgorithm,
    /// The signed attributes in DER, as they were digested.
    pub(super) signed_attributes: Vec<u8>,
}

impl ReceiptBasis {
    /// `None` for signatures without attributes: they cannot ask.
    pub(crate) fn of(checked: &CheckedSignature) -> Option<Self> {
        let attributes = checked.attributes.as_deref()?;
        let ess = EssAttributes::read(attributes);
        Some(Self {
            request_unreadable: ess.unreadable.contains(&"receiptRequest"),
            request: ess.receipt_request,
            content_type: checked.content_type?.oid(),
            signature: checked.signature.clone(),
            digest: checked.scheme?.digest(),
            signed_attributes: attributes::encode(asn1::SET, attributes),
        })
    }
}

/// Why a receipt does not confirm this letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptFault {
    /// The letter asked for nothing.
    #[error("the letter asked for no receipt")]
    NotRequested,
    /// The receipt names another content identifier.
    #[error("the receipt is for another letter")]
    OtherContent,
    /// The receipt names another signature or type of content.
    #[error("the receipt is for another signature")]
    OtherSignature,
    /// msgSigDigest is missing or another one.
    #[error("the receipt does not confirm the attributes that were signed")]
    OtherAttributes,
    /// Its own signature does not stand.
    #[error("the receipt's own signature is not that of somebody trusted")]
    NotSigned,
    /// Somebody confirmed who was not asked: a fact to know, not a fault of the receipt.
    #[error("the receipt is by somebody who was not asked for one")]
    SignerNotAsked,
    /// The letter is not confirmed itself: a fact to know.
    #[error("the original letter is not confirmed by these trust settings")]
    OriginalNotConfirmed,
}

sceau_mime::stable_codes! {
    pub ReceiptFault, "The stable code, listed in docs/cli.":
    Self::NotRequested => "receipt_was_not_requested",
    Self::OtherContent => "receipt_content_mismatch",
    Self::OtherSignature => "receipt_signature_mismatch",
    Self::OtherAttributes => "receipt_digest_mismatch",
    Self::NotSigned => "receipt_not_trusted",
    Self::SignerNotAsked => "receipt_signer_not_asked",
    Self::OriginalNotConfirmed => "receipt_original_not_confirmed",
}

impl From<ReceiptFault> for Note {
    fn from(fault: ReceiptFault) -> Self {
        Self { code: fault.code(), text: format!("{fault}.") }
    }
}

/// The verdict over a receipt.
#[derive(Debug, Clone, Serialize)]
pub struct JudgedReceipt {
    /// Whether it confirms the letter, by somebody trusted.
    pub valid: bool,
    /// The receipt's own signature.
    pub signature: SignedLayer,
    /// What it says.
    pub receipt: Receipt,
    /// When it was signed, as far as that is known.
    #[serde(serialize_with = "moment")]
    pub judged_at: UnixTime,
    /// Why it is not valid.
    pub reasons: Vec<Note>,
    /// What to know besides.
    pub warnings: Vec<Note>,
}

/// Verifies a receipt.
///
/// `request` holds the receipt's bytes, which are untrusted, the reader's trust, and keys where the receipt is sealed;
/// `original` is the letter as its sender kept it, opened.
///
/// # Errors
/// `Malformed` when there is no receipt in the file; `NotForThisKey` and `Decrypt` for sealed ones. A receipt that does not
/// fit is no error but a verdict.
pub fn verify_receipt(
    request: &OpenRequest<'_>,
    original: &Judged,
    rng: &mut impl CryptoRng,
) -> Result<JudgedReceipt> {
    ready(verify_receipt_with(&Rust, request, original, rng))
}

/// [`verify_receipt`] over another backend than the reference.
///
/// # Errors
/// As [`verify_receipt`].
pub async fn verify_receipt_with(
    backend: &dyn Backend,
    request: &OpenRequest<'_>,
    original: &Judged,
    rng: &mut impl CryptoRng,
) -> Result<JudgedReceipt> {
    let found = find(backend, request, rng).await?;
    let (layer, judged_at) = judge_apart(request, &found.checked, &found.pool);
    let mut reasons = Vec::new();
    if layer.verdict != SignatureVerdict::Valid {
        reasons.push(ReceiptFault::NotSigned);
    }
    match original.receipt_basis() {
        None => reasons.push(ReceiptFault::NotRequested),
        Some(basis) => reasons.extend(compare(backend, basis, &found).await?),
    }
    let mut warnings = Vec::new();
    if !was_asked(original, found.checked.certificate.as_ref()) {
        warnings.push(ReceiptFault::SignerNotAsked.into());
    }
    if !original.trust().is_confirmed() {
        warnings.push(ReceiptFault::OriginalNotConfirmed.into());
    }
    Ok(JudgedReceipt {
        valid: reasons.is_empty(),
        signature: layer,
        receipt: found.receipt,
        judged_at,
        reasons: reasons.into_iter().map(Note::from).collect(),
        warnings,
    })
}

struct Found {
    receipt: Receipt,
    checked: CheckedSignature,
    pool: Vec<Certificate>,
}

/// Takes off what may be around a receipt, down to the SignedData whose content it is.
async fn find(backend: &dyn Backend, request: &OpenRequest<'_>, rng: &mut impl CryptoRng) -> Result<Found> {
    let limits = mime::Limits::default();
    let malformed = || Error::Malformed { what: Structure::Cms };
    let mut current = zeroize::Zeroizing::new(request.bytes.to_vec());
    for _ in 0..MAX_LAYERS {
        let cms = mime::unwrap_cms(&current, &limits).map_or_else(|_| current.to_vec(), |found| found.der);
        let info = ContentInfo::read(&cms)?;
        let inner = if let Some(envelope) = Envelope::read(&info)? {
            let opened = envelope.open_with(backend, request.identities, rng).await?;
            as_found(envelope.encrypted().content_type, opened.content.clone())
        } else if info.content_type == ContentType::SignedData {
            let signed = SignedData::read(info.content)?;
            if signed.content_type == ContentType::Other(oids::CT_RECEIPT) {
                return check_receipt(backend, &signed, request).await;
            }
            as_found(signed.content_type, signed.content.unwrap_or_default().into_owned())
        } else {
            return Err(malformed());
        };
        current = zeroize::Zeroizing::new(inner);
    }
    Err(malformed())
}

fn as_found(content_type: ContentType, content: Vec<u8>) -> Vec<u8> {
    match content_type {
        ContentType::Data | ContentType::Other(_) => content,
        nested => content_info::write(nested, &[], &content),
    }
}

async fn check_receipt(
    backend: &dyn Backend,
    signed: &SignedData<'_>,
    request: &OpenRequest<'_>,
) -> Result<Found> {
    let malformed = Error::Malformed { what: Structure::Cms };
    let content = signed.content.as_deref().ok_or(malformed.clone())?;
    // One receipt is by one person (RFC 2634 §2.5).
    let [signer] = signed.signers.as_slice() else { return Err(malformed) };
    let carried = signed.certificates.iter().filter_map(|der| Certificate::from_der(der).ok());
    let pool: Vec<Certificate> = carried.chain(request.trust.intermediates.iter().cloned()).collect();
    let content_type = Some(signed.content_type);
    let what = Signed {
        content_type,
        content,
        digests: &[],
        pool: &pool,
        anchors: None,
        danger_legacy: request.danger_legacy,
    };
    let checked = check(backend, signer, &what).await;
    Ok(Found { receipt: Receipt::from_der(content)?, checked, pool })
}

/// RFC 2634 §2.6: the content identifier, the signature value, the type, and the digest over the signed attributes.
async fn compare(backend: &dyn Backend, basis: &ReceiptBasis, found: &Found) -> Result<Vec<ReceiptFault>> {
    let mut faults = Vec::new();
    let receipt = &found.receipt;
    match &basis.request {
        None => faults.push(ReceiptFault::NotRequested),
        Some(request) if request.content_identifier != receipt.content_identifier => {
            faults.push(ReceiptFault::OtherContent);
        }
        Some(_) => {}
    }
    if basis.signature != receipt.signature || basis.content_type != receipt.content_type {
        faults.push(ReceiptFault::OtherSignature);
    }
    let digest = backend.digest(basis.digest, &basis.signed_attributes).await?;
    let attributes = found.checked.attributes.as_deref().unwrap_or_default();
    let claimed = exactly_one(attributes, oids::MSG_SIG_DIGEST);
    if !claimed.is_ok_and(|claimed| claimed.raw == asn1::octet_string(&digest)) {
        faults.push(ReceiptFault::OtherAttributes);
    }
    Ok(faults)
}

/// Whether the receipt's signer is one of those who were asked; without a list, one of the recipients the letter names. A
/// letter that was kept without its content names nobody, and nobody is missed then.
fn was_asked(original: &Judged, signer: Option<&Certificate>) -> bool {
    let Some(signer) = signer else { return false };
    let request = original.receipt_basis().and_then(|basis| basis.request.as_ref());
    if let Some(ReceiptsFrom::List(asked)) = request.map(|request| &request.receipts_from) {
        return asked.iter().flatten().filter_map(GeneralName::email).any(|asked| signer.has_email(asked));
    }
    let letter = original.letter();
    let mut named = letter.to.iter().chain(&letter.cc).chain(&letter.bcc).peekable();
    named.peek().is_none() || named.any(|address| signer.has_email(&address.email))
}

fn moment<S: Serializer>(at: &UnixTime, serializer: S) -> core::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(&at.to_rfc3339())
}
