//! A revocation list is handed over by the authority. The relay passes it on; clients check its signature.

use der::{Decode as _, Encode as _};
use x509_cert::{Certificate, certificate::Rfc5280, crl::CertificateList};

use super::get::all;
use crate::{
    fault::Fault,
    store::{Tx, sql::params},
};

/// Stores a list with the authority whose certificate (or intermediate) has its issuer's name; false when none has.
pub(crate) fn add(tx: &Tx<'_>, list: &[u8]) -> Result<bool, Fault> {
    let Ok(parsed) = CertificateList::<Rfc5280>::from_der(list) else { return Ok(false) };
    let Ok(issuer) = parsed.tbs_cert_list.issuer.to_der() else { return Ok(false) };
    let is_issuer = |der: &[u8]| {
        let subject =
            Certificate::from_der(der).ok().and_then(|one| one.tbs_certificate().subject().to_der().ok());
        subject.as_deref() == Some(&*issuer)
    };
    let authorities = all(tx)?;
    let found = authorities.iter().find(|one| is_issuer(&one.certificate.0));
    let Some(authority) = found else { return Ok(false) };
    tx.execute("UPDATE authority SET crl = ? WHERE id = ?", params![list, authority.id.as_str()])?;
    Ok(true)
}
