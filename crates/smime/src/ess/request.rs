//! receiptRequest (RFC 2634 §2.7): who shall confirm to whom that a letter was opened.

use rand_core::CryptoRng;
use serde::Serialize;

use super::{hexadecimal, lists_of_names, oids, shown_lists};
use crate::UnixTime;
use crate::asn1::{self, NotDer, Of, Reader, Tlv};
use crate::cms::attributes::Attribute;
use crate::error::{Error, Result, Structure};
use crate::x509::GeneralName;

/// Most entries of receiptsTo (RFC 2634 §2.7, `ub-receiptsTo`).
pub const MAX_RECEIPTS_TO: usize = 16;

/// Random octets of a content identifier: two letters never share one.
const RANDOM_OCTETS: usize = 16;

/// ```text
/// ReceiptRequest ::= SEQUENCE {
///   signedContentIdentifier ContentIdentifier, receiptsFrom ReceiptsFrom,
///   receiptsTo SEQUENCE SIZE (1..ub-receiptsTo) OF GeneralNames }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReceiptRequest {
    /// Names this very content in its receipts.
    #[serde(serialize_with = "hexadecimal")]
    pub content_identifier: Vec<u8>,
    /// Who is asked.
    pub receipts_from: ReceiptsFrom,
    /// Whom the author wants told. Sceau tells the confirmed signer and nobody else.
    #[serde(serialize_with = "shown_lists")]
    pub receipts_to: Vec<Vec<GeneralName>>,
}

/// `ReceiptsFrom ::= CHOICE { allOrFirstTier [0] INTEGER { allReceipts(0), firstTierRecipients(1) }, receiptList [1] SEQUENCE OF GeneralNames }`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptsFrom {
    /// Everybody.
    All,
    /// Everybody whom no mailing list stands between.
    FirstTier,
    /// These.
    #[serde(serialize_with = "shown_lists")]
    List(Vec<Vec<GeneralName>>),
}

impl ReceiptRequest {
    /// What our own letters ask: everybody, to the author's own address. The identifier is the author, the moment
    /// and a random number, as RFC 2634 §2.7 wants.
    pub fn generate(author: &str, now: UnixTime, rng: &mut impl CryptoRng) -> Self {
        let mut random = [0; RANDOM_OCTETS];
        rng.fill_bytes(&mut random);
        let identifier = format!("{author} {} {}", now.to_rfc3339(), hex::encode(random));
        Self {
            content_identifier: identifier.into_bytes(),
            receipts_from: ReceiptsFrom::All,
            receipts_to: vec![vec![GeneralName::Rfc822(author.to_owned())]],
        }
    }

    pub(super) fn read(der: &[u8]) -> Result<Self> {
        let request = read(der).of(Structure::Cms)?;
        let count = request.receipts_to.len();
        if count == 0 || count > MAX_RECEIPTS_TO {
            return Err(Error::Malformed { what: Structure::Cms });
        }
        Ok(request)
    }

    /// The attribute, with names that are mail addresses.
    pub(crate) fn to_attribute(&self) -> Attribute {
        let from = match &self.receipts_from {
            ReceiptsFrom::All => asn1::tlv(asn1::context_primitive(0), &[0]),
            ReceiptsFrom::FirstTier => asn1::tlv(asn1::context_primitive(0), &[1]),
            ReceiptsFrom::List(lists) => asn1::tlv(asn1::context(1), &encoded_lists(lists)),
        };
        let to = asn1::tlv(asn1::SEQUENCE, &encoded_lists(&self.receipts_to));
        let value = asn1::sequence(&[&asn1::octet_string(&self.content_identifier), &from, &to]);
        Attribute::single(oids::RECEIPT_REQUEST, &value)
    }

    /// The mail addresses of receiptsTo.
    pub fn addresses(&self) -> impl Iterator<Item = &str> {
        self.receipts_to.iter().flatten().filter_map(GeneralName::email)
    }
}

fn encoded_lists(lists: &[Vec<GeneralName>]) -> Vec<u8> {
    let encoded = lists.iter().map(|names| {
        let names = names.iter().filter_map(GeneralName::email).map(GeneralName::email_der);
        asn1::tlv(asn1::SEQUENCE, &names.collect::<Vec<_>>().concat())
    });
    encoded.collect::<Vec<_>>().concat()
}

fn read(der: &[u8]) -> core::result::Result<ReceiptRequest, NotDer> {
    let mut fields = Reader::only(der, asn1::SEQUENCE)?;
    let content_identifier = fields.expect(asn1::OCTET_STRING)?.value.to_vec();
    let receipts_from = receipts_from(&fields.next()?)?;
    let receipts_to = lists_of_names(fields.expect(asn1::SEQUENCE)?.reader())?;
    fields.finish()?;
    Ok(ReceiptRequest { content_identifier, receipts_from, receipts_to })
}

fn receipts_from(element: &Tlv<'_>) -> core::result::Result<ReceiptsFrom, NotDer> {
    const ALL_OR_FIRST_TIER: u8 = asn1::context_primitive(0);
    const RECEIPT_LIST: u8 = asn1::context(1);
    match (element.tag, element.value) {
        (ALL_OR_FIRST_TIER, [0]) => Ok(ReceiptsFrom::All),
        (ALL_OR_FIRST_TIER, [1]) => Ok(ReceiptsFrom::FirstTier),
        (RECEIPT_LIST, _) => lists_of_names(element.reader()).map(ReceiptsFrom::List),
        _ => Err(NotDer),
    }
}
