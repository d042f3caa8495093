//! Answering a request for a receipt (RFC 2634 §2.3, §2.5), under the rules of the design, section 4: to the confirmed
//! signer's own address and nobody else.

use rand_core::CryptoRng;
use serde::Serialize;

use super::mailing_list::{MlData, MlReceiptPolicy};
use super::verify::ReceiptBasis;
use super::{ReceiptRequest, ReceiptsFrom, oids};
use crate::UnixTime;
use crate::asn1;
use crate::backend::{Backend, Rust, ready};
use crate::cms::attributes::Attribute;
use crate::cms::content_info::ContentType;
use crate::cms::sign::{Enclosure, Statement, sign_statement};
use crate::error::{Error, Result, Structure};
use crate::letter::{Judged, LayerReport};
use crate::x509::{Certificate, GeneralName, Identity};

/// Why no receipt is made. Each is a fact about the letter, none an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptRefusal {
    /// Nobody confirms a letter whose sender is not confirmed.
    #[error("the sender of the letter is not confirmed")]
    SenderNotConfirmed,
    /// A gateway signed; its receipts are its own affair.
    #[error("the letter was signed by a gateway and not by its author")]
    ByGateway,
    /// The signed attributes ask for nothing.
    #[error("the letter asks for no receipt")]
    NotRequested,
    /// The request is there and cannot be read.
    #[error("the request for a receipt cannot be read")]
    RequestUnreadable,
    /// firstTierRecipients, and a list stands between.
    #[error("a receipt is asked only of those whom the author wrote to directly")]
    NotFirstTier,
    /// receiptList names others.
    #[error("a receipt is asked of others")]
    NotAsked,
    /// A mailing list asks for none, or for receipts to somebody else.
    #[error("the mailing list that sent the letter on wants no receipts to its author")]
    ForbiddenByList,
    /// The request names only addresses that are not the signer's.
    #[error("the receipt would go to somebody else than the confirmed signer")]
    NotToSigner,
    /// The letter is not addressed to whoever answers.
    #[error("the letter is not addressed to whoever would confirm it")]
    NotAddressed,
}

sceau_mime::stable_codes! {
    pub ReceiptRefusal, "The stable code, listed in docs/cli.":
    Self::SenderNotConfirmed => "receipt_sender_not_confirmed",
    Self::ByGateway => "receipt_by_gateway",
    Self::NotRequested => "receipt_not_requested",
    Self::RequestUnreadable => "receipt_request_unreadable",
    Self::NotFirstTier => "receipt_not_first_tier",
    Self::NotAsked => "receipt_not_asked",
    Self::ForbiddenByList => "receipt_forbidden_by_list",
    Self::NotToSigner => "receipt_not_to_signer",
    Self::NotAddressed => "receipt_not_addressed",
}

/// A signed receipt and where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeReceipt {
    /// A ContentInfo in DER.
    pub der: Vec<u8>,
    /// The confirmed signer's addresses among those the request names; never empty.
    pub to: Vec<String>,
    /// The request's identifier. One receipt answers one request: whoever sends it remembers this.
    pub content_identifier: Vec<u8>,
}

/// Whether this reader may confirm the letter, and to which addresses.
///
/// `own` are the reader's addresses. Whether it was opened deliberately, and whether it was confirmed before, only the
/// caller knows; an automatic receipt needs both answers.
///
/// # Errors
/// The first rule that forbids it.
pub fn receipt_refusal(judged: &Judged, own: &[String]) -> core::result::Result<Vec<String>, ReceiptRefusal> {
    let proof = judged.verified().ok_or(ReceiptRefusal::SenderNotConfirmed)?;
    if proof.is_gateway() {
        return Err(ReceiptRefusal::ByGateway);
    }
    let basis = judged.receipt_basis().ok_or(ReceiptRefusal::SenderNotConfirmed)?;
    let request = match (&basis.request, basis.request_unreadable) {
        (Some(request), _) => request,
        (None, true) => return Err(ReceiptRefusal::RequestUnreadable),
        (None, false) => return Err(ReceiptRefusal::NotRequested),
    };
    heed_lists(judged, request)?;
    if let ReceiptsFrom::List(asked) = &request.receipts_from
        && !asked.iter().flatten().filter_map(GeneralName::email).any(|asked| contains(own, asked))
    {
        return Err(ReceiptRefusal::NotAsked);
    }
    let letter = judged.letter();
    let mut named = letter.to.iter().chain(&letter.cc).chain(&letter.bcc);
    if !named.any(|address| contains(own, &address.email)) {
        return Err(ReceiptRefusal::NotAddressed);
    }
    signers_own(request, proof.certificate())
}

/// mlExpansionHistory stands in whatever layer the last list signed. The last policy that is given counts (RFC 2634 §4.4);
/// it can only ever forbid a receipt.
fn heed_lists(judged: &Judged, request: &ReceiptRequest) -> core::result::Result<(), ReceiptRefusal> {
    let layers = judged.layers().iter().filter_map(|layer| match layer {
        LayerReport::Signed(signed) => Some(&*signed.ess),
        _ => None,
    });
    let mut expansions: Vec<&MlData> = Vec::new();
    for ess in layers {
        if ess.unreadable.contains(&"mlExpansionHistory") {
            return Err(ReceiptRefusal::ForbiddenByList);
        }
        expansions.extend(&ess.ml_expansion_history);
    }
    if request.receipts_from == ReceiptsFrom::FirstTier && !expansions.is_empty() {
        return Err(ReceiptRefusal::NotFirstTier);
    }
    let forbids = |list: &&MlData| {
        matches!(list.receipt_policy, Some(MlReceiptPolicy::None | MlReceiptPolicy::InsteadOf(_)))
    };
    if expansions.iter().any(forbids) { Err(ReceiptRefusal::ForbiddenByList) } else { Ok(()) }
}

fn signers_own(
    request: &ReceiptRequest,
    signer: &Certificate,
) -> core::result::Result<Vec<String>, ReceiptRefusal> {
    let to: Vec<String> =
        request.addresses().filter(|address| signer.has_email(address)).map(str::to_owned).collect();
    if to.is_empty() { Err(ReceiptRefusal::NotToSigner) } else { Ok(to) }
}

fn contains(own: &[String], address: &str) -> bool {
    own.iter().any(|mine| mine.eq_ignore_ascii_case(address))
}

/// Makes a receipt for a letter that was opened, or says why not. `own` are the reader's addresses, `signer` the reader's
/// signing key; `now` becomes signingTime.
///
/// # Errors
/// `WrongKeyKind` for a key that cannot sign; `Missing` for a letter whose signature has no signed attributes.
pub fn make_receipt(
    judged: &Judged,
    own: &[String],
    signer: &Identity,
    now: UnixTime,
    rng: &mut impl CryptoRng,
) -> Result<core::result::Result<MadeReceipt, ReceiptRefusal>> {
    ready(make_receipt_with(&Rust, judged, own, signer, now, rng))
}

/// [`make_receipt`] over another backend than the reference.
///
/// # Errors
/// As [`make_receipt`].
pub async fn make_receipt_with(
    backend: &dyn Backend,
    judged: &Judged,
    own: &[String],
    signer: &Identity,
    now: UnixTime,
    rng: &mut impl CryptoRng,
) -> Result<core::result::Result<MadeReceipt, ReceiptRefusal>> {
    if !signer.certificate.can_sign() {
        return Err(Error::WrongKeyKind);
    }
    let to = match receipt_refusal(judged, own) {
        Ok(to) => to,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let missing = Error::Missing { what: Structure::Cms };
    let basis = judged.receipt_basis().ok_or(missing.clone())?;
    let receipt = basis.receipt().ok_or(missing)?;
    let digest = backend.digest(basis.digest, &basis.signed_attributes).await?;
    let content = receipt.to_der();
    let statement = Statement {
        more: vec![Attribute::single(oids::MSG_SIG_DIGEST, &asn1::octet_string(&digest))],
        ..Statement::new(&content, ContentType::Other(oids::CT_RECEIPT), Enclosure::Opaque)
    };
    let scheme = signer.key.default_scheme();
    let der = sign_statement(backend, statement, signer, scheme, now, rng).await?;
    Ok(Ok(MadeReceipt { der, to, content_identifier: receipt.content_identifier }))
}

impl ReceiptBasis {
    /// The content of a receipt for this signature; `None` when nothing was asked.
    fn receipt(&self) -> Option<super::Receipt> {
        let request = self.request.as_ref()?;
        Some(super::Receipt {
            content_type: self.content_type,
            content_identifier: request.content_identifier.clone(),
            signature: self.signature.clone(),
        })
    }
}
