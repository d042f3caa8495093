//! Certificates, as far as the relay reads them: whose address they name. It does not judge them; clients do.

use der::{Decode as _, asn1::Utf8StringRef, oid::ObjectIdentifier};
use x509_cert::{
    Certificate,
    ext::pkix::{SubjectAltName, name::GeneralName},
};

use crate::{account, limits};

/// id-on-SmtpUTF8Mailbox (RFC 9598 §3).
const SMTP_UTF8_MAILBOX: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.8.9");

/// Whether `der` is a certificate that names the normalised address, in rfc822Name (RFC 5280 §4.2.1.6) or
/// SmtpUTF8Mailbox.
pub(crate) fn names(der: &[u8], address: &str) -> bool {
    if der.len() > limits::CERTIFICATE_BYTES {
        return false;
    }
    let Ok(certificate) = Certificate::from_der(der) else { return false };
    let Ok(Some((_, names))) = certificate.tbs_certificate().get_extension::<SubjectAltName>() else {
        return false;
    };
    names.0.iter().filter_map(mailbox).any(|name| account::normalise(&name).as_deref() == Some(address))
}

fn mailbox(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::Rfc822Name(name) => Some(name.as_str().to_owned()),
        GeneralName::OtherName(other) if other.type_id == SMTP_UTF8_MAILBOX => {
            let text = other.value.decode_as::<Utf8StringRef<'_>>().ok()?;
            Some(text.as_str().to_owned())
        }
        _ => None,
    }
}
