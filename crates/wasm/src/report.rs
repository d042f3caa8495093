//! Looking into files without judging them.

use sceau_mime::{Limits, Node};
use sceau_smime::Certificate;
use sceau_smime::pkcs12::Pkcs12;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use zeroize::Zeroizing;

use crate::error::Failure;
use crate::keys::text;

/// One entity of a mail.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Entity<'a> {
    /// Media type.
    #[serde(rename = "type")]
    media: &'a str,
    name: Option<&'a str>,
    /// Length of the decoded content; of a container 0.
    bytes: usize,
    children: Vec<Self>,
}

#[derive(Serialize)]
struct Inspection<'a> {
    kind: &'static str,
    tree: Entity<'a>,
}

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

/// The structure of a mail: `{ kind: "mail", tree: { type, name, bytes, children } }`. Needs no key and judges
/// nothing.
///
/// # Errors
/// `not_a_message`, or the limit that was passed.
#[wasm_bindgen(unchecked_return_type = "Inspection")]
pub fn inspect(mail: &[u8]) -> Result<JsValue, Failure> {
    let tree = sceau_mime::structure(mail, &Limits::default())?;
    to_js(&Inspection { kind: "mail", tree: entity(&tree) })
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

/// Plain objects, `null` for what is not there, `Uint8Array` for octets.
pub(crate) fn to_js(value: &impl Serialize) -> Result<JsValue, Failure> {
    let serializer = serde_wasm_bindgen::Serializer::json_compatible().serialize_bytes_as_arrays(false);
    Ok(value.serialize(&serializer)?)
}

fn entity(node: &Node) -> Entity<'_> {
    Entity {
        media: &node.content_type.media,
        name: node.name.as_deref(),
        bytes: node.decoded.len(),
        children: node.children.iter().map(entity).collect(),
    }
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
