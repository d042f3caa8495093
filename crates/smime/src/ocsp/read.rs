//! Reading OCSP messages (RFC 6960 §4.1 and §4.2).

use super::{
    BASIC, BasicAnswer, CertId, CertStatus, OcspRequest, OcspResponse, ResponderId, ResponseStatus,
    SingleAnswer,
};
use crate::asn1::{self, NotDer, Of, Reader, Tlv};
use crate::crl::RevocationReason;
use crate::error::{Error, Limit, Result, Structure};
use crate::name::Name;
use crate::time::UnixTime;
use crate::x509::{Certificate, Extension, extension_list};
use crate::{key, oids};

const WHAT: Structure = Structure::OcspResponse;

/// Most certificates in one answer; responders send themselves and at most a chain.
const MAX_CERTIFICATES: usize = 16;

/// Most statements in one answer; pre-produced answers for a whole range have hundreds.
const MAX_SINGLES: usize = 5_000;

/// OCSPResponse ::= SEQUENCE { responseStatus ENUMERATED, responseBytes [0] EXPLICIT OPTIONAL }
pub(super) fn response(der: &[u8]) -> Result<OcspResponse> {
    let mut reader = Reader::only(der, asn1::SEQUENCE).of(WHAT)?;
    let status = reader.expect(asn1::ENUMERATED).and_then(|code| status(&code)).of(WHAT)?;
    let bytes = reader.optional(asn1::context(0)).of(WHAT)?;
    reader.finish().of(WHAT)?;
    let answer = match (status, bytes) {
        (ResponseStatus::Successful, Some(bytes)) => Some(response_bytes(&bytes)?),
        (ResponseStatus::Successful, None) => return Err(Error::Malformed { what: WHAT }),
        (_, _) => None,
    };
    Ok(OcspResponse { status, answer })
}

fn status(code: &Tlv<'_>) -> core::result::Result<ResponseStatus, NotDer> {
    Ok(match code.small_uint()? {
        0 => ResponseStatus::Successful,
        1 => ResponseStatus::MalformedRequest,
        2 => ResponseStatus::InternalError,
        3 => ResponseStatus::TryLater,
        5 => ResponseStatus::SigRequired,
        6 => ResponseStatus::Unauthorized,
        _ => return Err(NotDer),
    })
}

/// ResponseBytes ::= SEQUENCE { responseType OBJECT IDENTIFIER, response OCTET STRING }
fn response_bytes(field: &Tlv<'_>) -> Result<BasicAnswer> {
    let mut reader = Reader::only(field.value, asn1::SEQUENCE).of(WHAT)?;
    let kind = reader.expect(asn1::OID).and_then(|oid| oid.oid()).of(WHAT)?;
    let bytes = reader.expect(asn1::OCTET_STRING).of(WHAT)?;
    reader.finish().of(WHAT)?;
    if kind == BASIC { basic(bytes.value) } else { Err(Error::UnsupportedAlgorithm { oid: kind }) }
}

/// BasicOCSPResponse ::= SEQUENCE { tbsResponseData, signatureAlgorithm, signature, certs [0] EXPLICIT OPTIONAL }
fn basic(der: &[u8]) -> Result<BasicAnswer> {
    let mut reader = Reader::only(der, asn1::SEQUENCE).of(WHAT)?;
    let tbs = reader.expect(asn1::SEQUENCE).of(WHAT)?;
    let algorithm = reader.expect(asn1::SEQUENCE).of(WHAT)?.raw.to_vec();
    let signature = reader.expect(asn1::BIT_STRING).and_then(|bits| bits.whole_bits()).of(WHAT)?.to_vec();
    let certificates = match reader.optional(asn1::context(0)).of(WHAT)? {
        Some(field) => certificates(&field)?,
        None => Vec::new(),
    };
    reader.finish().of(WHAT)?;
    let mut data = tbs.reader();
    // version [0] EXPLICIT DEFAULT v1
    if data.optional(asn1::context(0)).of(WHAT)?.is_some_and(|version| version.value != [asn1::INTEGER, 1, 0])
    {
        return Err(Error::Malformed { what: WHAT });
    }
    let responder = responder(&data.next().of(WHAT)?)?;
    let produced_at = moment(&data.next().of(WHAT)?)?;
    let singles = data.expect(asn1::SEQUENCE).and_then(|list| list.reader().all()).of(WHAT)?;
    if singles.len() > MAX_SINGLES {
        return Err(Error::LimitExceeded { limit: Limit::InputSize });
    }
    let singles = singles.iter().map(single).collect::<Result<_>>()?;
    let extensions = extension_list(&mut data, 1).of(WHAT)?;
    data.finish().of(WHAT)?;
    Ok(BasicAnswer {
        tbs: tbs.raw.to_vec(),
        algorithm,
        signature,
        responder,
        produced_at,
        singles,
        nonce: nonce(&extensions),
        certificates,
        unusable: not_understood(&extensions),
    })
}

/// A certificate that cannot be read cannot have signed what we believe.
fn certificates(field: &Tlv<'_>) -> Result<Vec<Certificate>> {
    let list = Reader::only(field.value, asn1::SEQUENCE).and_then(Reader::all).of(WHAT)?;
    if list.len() > MAX_CERTIFICATES {
        return Err(Error::LimitExceeded { limit: Limit::Certificates });
    }
    Ok(list.iter().filter_map(|one| Certificate::from_der(one.raw).ok()).collect())
}

/// ResponderID ::= CHOICE { byName [1] Name, byKey [2] OCTET STRING }, both EXPLICIT.
fn responder(choice: &Tlv<'_>) -> Result<ResponderId> {
    match choice.tag {
        tag if tag == asn1::context(1) => Name::from_der(choice.value).map(ResponderId::ByName),
        tag if tag == asn1::context(2) => {
            let mut inner = choice.reader();
            let hash = inner.expect(asn1::OCTET_STRING).of(WHAT)?.value.to_vec();
            inner.finish().of(WHAT)?;
            Ok(ResponderId::ByKey(hash))
        }
        _ => Err(Error::Malformed { what: WHAT }),
    }
}

/// SingleResponse ::= SEQUENCE { certID, certStatus, thisUpdate, nextUpdate [0] EXPLICIT OPTIONAL,
///   singleExtensions [1] EXPLICIT OPTIONAL }
fn single(item: &Tlv<'_>) -> Result<SingleAnswer> {
    let mut reader = item.reader();
    let id = cert_id(&reader.expect(asn1::SEQUENCE).of(WHAT)?).of(WHAT)?;
    let status = cert_status(&reader.next().of(WHAT)?)?;
    let this_update = moment(&reader.next().of(WHAT)?)?;
    let next_update = match reader.optional(asn1::context(0)).of(WHAT)? {
        Some(field) => Some(moment(&field.reader().next().of(WHAT)?)?),
        None => None,
    };
    let extensions = extension_list(&mut reader, 1).of(WHAT)?;
    reader.finish().of(WHAT)?;
    Ok(SingleAnswer { id, status, this_update, next_update, unusable: not_understood(&extensions) })
}

/// CertID ::= SEQUENCE { hashAlgorithm, issuerNameHash, issuerKeyHash, serialNumber }
fn cert_id(item: &Tlv<'_>) -> core::result::Result<CertId, NotDer> {
    let mut reader = item.reader();
    let algorithm = reader.expect(asn1::SEQUENCE)?;
    let (hash, _) = key::algorithm_identifier(algorithm.raw).map_err(|_| NotDer)?;
    let issuer_name_hash = reader.expect(asn1::OCTET_STRING)?.value.to_vec();
    let issuer_key_hash = reader.expect(asn1::OCTET_STRING)?.value.to_vec();
    let serial = reader.expect(asn1::INTEGER)?.value.to_vec();
    reader.finish()?;
    Ok(CertId { hash, issuer_name_hash, issuer_key_hash, serial })
}

/// CertStatus ::= CHOICE { good [0] NULL, revoked [1] RevokedInfo, unknown [2] NULL }, all IMPLICIT.
fn cert_status(choice: &Tlv<'_>) -> Result<CertStatus> {
    match (choice.tag, choice.value) {
        (0x80, []) => Ok(CertStatus::Good),
        (0x82, []) => Ok(CertStatus::Unknown),
        (0xa1, _) => {
            let mut reader = choice.reader();
            let at = moment(&reader.next().of(WHAT)?)?;
            let reason = match reader.optional(asn1::context(0)).of(WHAT)? {
                Some(field) => {
                    let code = field.reader().expect(asn1::ENUMERATED).and_then(|code| code.small_uint());
                    RevocationReason::from_number(code.of(WHAT)?)
                }
                None => RevocationReason::Unspecified,
            };
            reader.finish().of(WHAT)?;
            Ok(CertStatus::Revoked { at, reason })
        }
        _ => Err(Error::Malformed { what: WHAT }),
    }
}

/// GeneralizedTime only, unlike the times of certificates.
fn moment(tlv: &Tlv<'_>) -> Result<UnixTime> {
    if tlv.tag == asn1::GENERALIZED_TIME {
        UnixTime::from_asn1(tlv)
    } else {
        Err(Error::Malformed { what: WHAT })
    }
}

/// The nonce is an OCTET STRING inside the extension's (RFC 9654 §2.1); older responders leave the inner one out.
fn nonce(extensions: &[Extension]) -> Option<Vec<u8>> {
    let value = &extensions.iter().find(|extension| extension.oid == oids::OCSP_NONCE)?.value;
    let mut reader = Reader::new(value);
    match (reader.expect(asn1::OCTET_STRING), reader.finish()) {
        (Ok(inner), Ok(())) => Some(inner.value.to_vec()),
        _ => Some(value.clone()),
    }
}

fn not_understood(extensions: &[Extension]) -> bool {
    extensions.iter().any(|extension| extension.critical && extension.oid != oids::OCSP_NONCE)
}

/// OCSPRequest ::= SEQUENCE { tbsRequest, optionalSignature [0] EXPLICIT OPTIONAL }
pub(super) fn request(der: &[u8]) -> Result<OcspRequest> {
    let what = Structure::OcspRequest;
    let mut reader = Reader::only(der, asn1::SEQUENCE).of(what)?;
    let mut tbs = reader.expect(asn1::SEQUENCE).of(what)?.reader();
    let signed = reader.optional(asn1::context(0)).of(what)?.is_some();
    reader.finish().of(what)?;
    tbs.optional(asn1::context(0)).of(what)?;
    // requestorName [1] EXPLICIT GeneralName OPTIONAL
    tbs.optional(asn1::context(1)).of(what)?;
    let mut ids = Vec::new();
    for one in tbs.expect(asn1::SEQUENCE).and_then(|list| list.reader().all()).of(what)? {
        let mut one = one.reader();
        ids.push(one.expect(asn1::SEQUENCE).and_then(|id| cert_id(&id)).of(what)?);
        extension_list(&mut one, 0).of(what)?;
        one.finish().of(what)?;
    }
    let extensions = extension_list(&mut tbs, 2).of(what)?;
    tbs.finish().of(what)?;
    Ok(OcspRequest { ids, nonce: nonce(&extensions), signed })
}
