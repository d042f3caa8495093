//! Enhanced Security Services (RFC 2634, RFC 5035): what signed attributes say beside the signature, and receipts.
//!
//! A receipt is a signed statement that binds the signature of a letter, and through it the letter's content: never
//! only the sealed blob. It goes to the confirmed signer's own address and nowhere else.

#![cfg_attr(
    not(feature = "more"),
    expect(dead_code, reason = "the page neither asks for receipts nor reads any")
)]

#[cfg(feature = "more")]
mod attributes;
mod certificates;
#[cfg(feature = "more")]
mod hints;
#[cfg(feature = "more")]
mod label;
#[cfg(feature = "more")]
mod mailing_list;
pub(crate) mod oids;
#[cfg(feature = "more")]
mod receipt;
mod request;
#[cfg(feature = "more")]
mod respond;
#[cfg(feature = "more")]
mod verify;

#[cfg(feature = "more")]
pub use self::attributes::EssAttributes;
pub use self::certificates::{EssCertificateId, IssuerSerial, SigningCertificate};
#[cfg(feature = "more")]
pub use self::hints::{ContentHints, ContentReference};
#[cfg(feature = "more")]
pub use self::label::{SecurityCategory, SecurityLabel};
#[cfg(feature = "more")]
pub use self::mailing_list::{EntityIdentifier, MlData, MlReceiptPolicy};
#[cfg(feature = "more")]
pub use self::receipt::Receipt;
pub use self::request::{MAX_RECEIPTS_TO, ReceiptRequest, ReceiptsFrom};
#[cfg(feature = "more")]
pub use self::respond::{MadeReceipt, ReceiptRefusal, make_receipt, make_receipt_with, receipt_refusal};
#[cfg(feature = "more")]
pub use self::verify::{JudgedReceipt, ReceiptBasis, ReceiptFault, verify_receipt, verify_receipt_with};

use serde::Serializer;

use crate::asn1::{NotDer, Reader};
use crate::x509::{GeneralName, read_general_names};

/// Octets as people compare them.
fn hexadecimal<S: Serializer>(octets: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&hex::encode(octets))
}

/// `SEQUENCE OF GeneralNames`, whose content `reader` stands on.
fn lists_of_names(reader: Reader<'_>) -> Result<Vec<Vec<GeneralName>>, NotDer> {
    reader
        .all()?
        .iter()
        .map(|names| {
            if names.tag == crate::asn1::SEQUENCE { read_general_names(names.reader()) } else { Err(NotDer) }
        })
        .collect()
}

/// Lists of names as text, for reports.
fn shown_lists<S: Serializer>(lists: &[Vec<GeneralName>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(lists.iter().map(|names| shown(names)))
}

fn shown(names: &[GeneralName]) -> String {
    names.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}
