//! What certificates and requests say.

use sceau_smime::ca::{CertificationRequest, Usage};
use sceau_smime::{Certificate, PublicKey};
use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::error::Failure;
use crate::report::to_js;

#[derive(Serialize)]
struct CertificateFacts {
    sha256: String,
    spki_sha256: String,
    subject: String,
    issuer: String,
    serial: String,
    emails: Vec<String>,
    not_before: String,
    not_after: String,
    /// `null` for a key of a kind that is not implemented.
    algorithm: Option<String>,
    can_sign: bool,
    can_encrypt: bool,
}

#[derive(Serialize)]
struct RequestFacts {
    subject: String,
    emails: Vec<String>,
    usage: Option<&'static str>,
    algorithm: Option<String>,
    /// Whether it proves that the requester holds the key.
    proven: bool,
}

/// What the certificates in a PEM, DER or certificates-only CMS file say. Judges nothing.
///
/// # Errors
/// `malformed`, `missing`.
#[wasm_bindgen(unchecked_return_type = "CertificateFacts[]")]
pub fn certificates(file: &[u8]) -> Result<JsValue, Failure> {
    let found = Certificate::read_all(file)?;
    to_js(&found.iter().map(certificate_facts).collect::<Vec<_>>())
}

/// What the certification requests (PKCS#10, RFC 2986) in a PEM or DER file say.
///
/// # Errors
/// `malformed`, `missing`.
#[wasm_bindgen(unchecked_return_type = "RequestFacts[]")]
pub fn requests(file: &[u8]) -> Result<JsValue, Failure> {
    let found = CertificationRequest::read_all(file)?;
    to_js(&found.iter().map(request_facts).collect::<Vec<_>>())
}

fn certificate_facts(certificate: &Certificate) -> CertificateFacts {
    CertificateFacts {
        sha256: hex::encode(certificate.sha256()),
        spki_sha256: hex::encode(certificate.spki_sha256()),
        subject: certificate.subject().to_string(),
        issuer: certificate.issuer().to_string(),
        serial: certificate.serial_hex(),
        emails: owned(&certificate.emails()),
        not_before: certificate.not_before().to_rfc3339(),
        not_after: certificate.not_after().to_rfc3339(),
        algorithm: certificate.public_key().ok().as_ref().map(kind),
        can_sign: certificate.can_sign(),
        can_encrypt: certificate.can_encrypt(),
    }
}

fn request_facts(request: &CertificationRequest) -> RequestFacts {
    RequestFacts {
        subject: request.subject().to_string(),
        emails: owned(&request.emails()),
        usage: request.usage().map(|usage| match usage {
            Usage::Sign => "sign",
            Usage::Encrypt => "encrypt",
            Usage::Both => "both",
        }),
        algorithm: request.public_key().ok().as_ref().map(kind),
        proven: request.verify().is_ok(),
    }
}

fn kind(key: &PublicKey) -> String {
    key.kind().to_string()
}

fn owned(emails: &[&str]) -> Vec<String> {
    emails.iter().map(|email| (*email).to_owned()).collect()
}
