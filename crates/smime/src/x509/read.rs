//! Reading certificates from the files in which people keep them.

use super::Certificate;
use crate::asn1::{self, NotDer, Of, Reader};
use crate::cms::ber::to_der;
use crate::error::{Error, Limit, Result, Structure};
use crate::{oids, pem};

/// Most certificates we take from one input; a national bundle has a few hundred.
pub const MAX_CERTIFICATES: usize = 2_000;

pub(super) fn all(bytes: &[u8]) -> Result<Vec<Certificate>> {
    let found = if pem::is_pem(bytes) { from_pem(bytes)? } else { from_der(bytes)? };
    match found.len() {
        0 => Err(Error::Missing { what: Structure::Certificate }),
        1..=MAX_CERTIFICATES => Ok(found),
        _ => Err(Error::LimitExceeded { limit: Limit::Certificates }),
    }
}

fn from_pem(bytes: &[u8]) -> Result<Vec<Certificate>> {
    let mut found = Vec::new();
    for block in pem::blocks(bytes)? {
        match block.label.as_str() {
            "CERTIFICATE" | "X509 CERTIFICATE" => found.push(Certificate::from_der(&block.der)?),
            "PKCS7" | "CMS" => found.extend(from_der(&block.der)?),
            _ => {}
        }
    }
    Ok(found)
}

/// One certificate, or the certificates of a SignedData (RFC 5652 §5.1).
fn from_der(bytes: &[u8]) -> Result<Vec<Certificate>> {
    let der = to_der(bytes).map_err(|_| Error::Malformed { what: Structure::Certificate })?;
    let is_cms = Reader::only(&der, asn1::SEQUENCE).is_ok_and(|r| r.peek() == Some(asn1::OID));
    if !is_cms {
        return Ok(vec![Certificate::from_der(bytes)?]);
    }
    bundle(&der).of(Structure::Cms)?.into_iter().map(Certificate::from_der).collect()
}

fn bundle(bytes: &[u8]) -> core::result::Result<Vec<&[u8]>, NotDer> {
    let mut info = Reader::only(bytes, asn1::SEQUENCE)?;
    if info.expect(asn1::OID)?.oid()? != oids::SIGNED_DATA {
        return Err(NotDer);
    }
    let mut signed = Reader::only(info.expect(asn1::context(0))?.value, asn1::SEQUENCE)?;
    signed.expect(asn1::INTEGER)?;
    signed.expect(asn1::SET)?;
    signed.expect(asn1::SEQUENCE)?;
    let Some(certificates) = signed.optional(asn1::context(0))? else { return Ok(Vec::new()) };
    // Other choices of CertificateChoices are tagged and left aside.
    let plain = certificates.reader().all()?.into_iter().filter(|choice| choice.tag == asn1::SEQUENCE);
    Ok(plain.map(|choice| choice.raw).collect())
}
