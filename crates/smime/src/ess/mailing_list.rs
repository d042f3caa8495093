//! mlExpansionHistory (RFC 2634 §4.4): through which lists a letter came, and what they say about receipts.

use serde::{Serialize, Serializer};

use super::{hexadecimal, lists_of_names, shown_lists};
use crate::UnixTime;
use crate::asn1::{self, NotDer, Of, Reader, Tlv};
use crate::error::{Error, Result, Structure};
use crate::name::Name;
use crate::x509::GeneralName;

/// Most lists one letter may have come through (RFC 2634 §4.4, `ub-ml-expansion-history`).
const MAX_EXPANSIONS: usize = 64;

/// `MLData ::= SEQUENCE { mailListIdentifier EntityIdentifier, expansionTime GeneralizedTime, mlReceiptPolicy OPTIONAL }`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MlData {
    /// The list.
    pub list: EntityIdentifier,
    /// When it sent the letter on.
    #[serde(serialize_with = "moment")]
    pub expanded_at: UnixTime,
    /// What it says about receipts; `None` leaves it to what stood before.
    pub receipt_policy: Option<MlReceiptPolicy>,
}

/// Names a list by its certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EntityIdentifier {
    /// issuerAndSerialNumber.
    IssuerAndSerialNumber {
        /// The issuer.
        issuer: String,
        /// The serial number, hexadecimal.
        serial: String,
    },
    /// subjectKeyIdentifier.
    #[serde(serialize_with = "hexadecimal")]
    SubjectKeyIdentifier(Vec<u8>),
}

/// `MLReceiptPolicy ::= CHOICE { none [0] NULL, insteadOf [1] SEQUENCE OF GeneralNames, inAdditionTo [2] … }`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MlReceiptPolicy {
    /// No receipts.
    None,
    /// Receipts to these instead of those the author named.
    #[serde(serialize_with = "shown_lists")]
    InsteadOf(Vec<Vec<GeneralName>>),
    /// Receipts to these too.
    #[serde(serialize_with = "shown_lists")]
    InAdditionTo(Vec<Vec<GeneralName>>),
}

impl MlData {
    pub(super) fn read_all(der: &[u8]) -> Result<Vec<Self>> {
        let entries = Reader::only(der, asn1::SEQUENCE).and_then(Reader::all).of(Structure::Cms)?;
        if entries.len() > MAX_EXPANSIONS {
            return Err(Error::Malformed { what: Structure::Cms });
        }
        entries.iter().map(Self::read).collect()
    }

    fn read(element: &Tlv<'_>) -> Result<Self> {
        let what = Structure::Cms;
        let mut fields = Reader::only(element.raw, asn1::SEQUENCE).of(what)?;
        let list = entity(&fields.next().of(what)?).of(what)?;
        let expanded_at = UnixTime::from_asn1(&fields.expect(asn1::GENERALIZED_TIME).of(what)?)?;
        let receipt_policy = match fields.is_empty() {
            true => None,
            false => Some(policy(&fields.next().of(what)?).of(what)?),
        };
        fields.finish().of(what)?;
        Ok(Self { list, expanded_at, receipt_policy })
    }
}

fn entity(element: &Tlv<'_>) -> core::result::Result<EntityIdentifier, NotDer> {
    match element.tag {
        asn1::OCTET_STRING => Ok(EntityIdentifier::SubjectKeyIdentifier(element.value.to_vec())),
        asn1::SEQUENCE => {
            let mut fields = element.reader();
            let issuer = Name::from_der(fields.expect(asn1::SEQUENCE)?.raw).map_err(|_| NotDer)?.to_string();
            let serial = hex::encode(fields.expect(asn1::INTEGER)?.value);
            fields.finish()?;
            Ok(EntityIdentifier::IssuerAndSerialNumber { issuer, serial })
        }
        _ => Err(NotDer),
    }
}

fn policy(element: &Tlv<'_>) -> core::result::Result<MlReceiptPolicy, NotDer> {
    const NONE: u8 = asn1::context_primitive(0);
    const INSTEAD_OF: u8 = asn1::context(1);
    const IN_ADDITION_TO: u8 = asn1::context(2);
    match element.tag {
        NONE if element.value.is_empty() => Ok(MlReceiptPolicy::None),
        INSTEAD_OF => lists_of_names(element.reader()).map(MlReceiptPolicy::InsteadOf),
        IN_ADDITION_TO => lists_of_names(element.reader()).map(MlReceiptPolicy::InAdditionTo),
        _ => Err(NotDer),
    }
}

fn moment<S: Serializer>(at: &UnixTime, serializer: S) -> core::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(&at.to_rfc3339())
}
