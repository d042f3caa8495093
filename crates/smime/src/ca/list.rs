//! Making a revocation list (RFC 5280 §5).

use rand_core::CryptoRng;

use super::{AuthorityState, Revoked};
use crate::asn1;
use crate::crl::RevocationReason;
use crate::error::{Error, Result, Structure};
use crate::oids;
use crate::time::UnixTime;
use crate::x509::build::{authority_key_identifier, extension, signing_scheme};
use crate::x509::{Identity, signed};

pub(super) fn sign<R: CryptoRng + ?Sized>(
    authority: &Identity,
    state: &AuthorityState,
    hours: i64,
    now: UnixTime,
    rng: &mut R,
) -> Result<Vec<u8>> {
    let scheme = signing_scheme(&authority.key);
    let entries: Vec<Vec<u8>> = state.revoked.iter().map(entry).collect::<Result<_>>()?;
    // An empty list of entries must be absent (RFC 5280 §5.1.2.6).
    let entries = if entries.is_empty() { Vec::new() } else { asn1::tlv(asn1::SEQUENCE, &entries.concat()) };
    let mut extensions = extension(oids::CRL_NUMBER, false, &asn1::small_integer(state.crl_number));
    if let Some(identifier) = authority.certificate.subject_key_id() {
        extensions.extend(authority_key_identifier(identifier));
    }
    let extensions = asn1::nest(asn1::context(0), &[&asn1::tlv(asn1::SEQUENCE, &extensions)]);
    let tbs = asn1::sequence(&[
        &asn1::small_integer(1),
        &scheme.identifier_der(),
        authority.certificate.subject().der(),
        &now.to_asn1()?,
        &now.plus_seconds(hours.saturating_mul(3600)).to_asn1()?,
        &entries,
        &extensions,
    ]);
    signed::sign(&tbs, &authority.key, scheme, rng)
}

fn entry(revoked: &Revoked) -> Result<Vec<u8>> {
    let bad = Error::Malformed { what: Structure::AuthorityState };
    let serial = hex::decode(&revoked.serial).map_err(|_| bad.clone())?;
    let reason = RevocationReason::from_name(&revoked.reason).ok_or(bad)?;
    // "unspecified" should be absent (RFC 5280 §5.3.1).
    let extensions = if reason == RevocationReason::Unspecified {
        Vec::new()
    } else {
        let number = u8::try_from(reason.number()).unwrap_or(0);
        let code = asn1::tlv(asn1::ENUMERATED, &[number]);
        asn1::sequence(&[&extension(oids::CRL_REASON, false, &code)])
    };
    Ok(asn1::sequence(&[&asn1::integer(&serial), &revoked.at.to_asn1()?, &extensions]))
}
