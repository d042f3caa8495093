//! Looking into PKCS#12 containers.

use sceau_smime::Certificate;
use sceau_smime::pkcs12::Pkcs12;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use zeroize::Zeroizing;

use crate::error::Failure;
use crate::keys::text;
use crate::report::to_js;

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Container {
    mac: Option<String>,
    bags: Vec<String>,
    certificates: Vec<CertificateReport>,
    keys: Vec<KeyReport>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct CertificateReport {
    sha256: String,
    subject: String,
    emails: Vec<String>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct KeyReport {
    spki_sha256: String,
    algorithm: String,
}

/// What is in a PKCS#12 container, keys by their fingerprints only:
/// `{ mac, bags, certificates: [{ sha256, subject, emails }], keys: [{ spki_sha256, algorithm }] }`.
///
/// # Errors
/// `wrong_password`, `malformed` and others.
#[wasm_bindgen(unchecked_return_type = "Pkcs12Report")]
pub fn pkcs12(container: &[u8], password: Option<String>) -> Result<JsValue, Failure> {
    let password = password.map(Zeroizing::new);
    let found = Pkcs12::read(container, text(password.as_ref()))?;
    to_js(&describe(&found))
}

fn describe(container: &Pkcs12) -> Container {
    let certificate = |found: &Certificate| CertificateReport {
        sha256: hex::encode(found.sha256()),
        subject: found.subject().to_string(),
        emails: found.emails().into_iter().map(str::to_owned).collect(),
    };
    let key = |found: &sceau_smime::PrivateKey| KeyReport {
        spki_sha256: hex::encode(Sha256::digest(found.spki_der())),
        algorithm: found.kind().to_string(),
    };
    Container {
        mac: container.mac.clone(),
        bags: container.bags.clone(),
        certificates: container.certificates.iter().map(certificate).collect(),
        keys: container.keys.iter().map(key).collect(),
    }
}
