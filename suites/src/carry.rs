//! How objects travel inside one another: put into MIME entities, and found there again.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sceau_mime as mime;

use crate::layer::Layer;
use crate::recipe::Form;
use crate::trouble::{Trouble, told};
use crate::world::ADDRESS;

/// An object found in what was handed over.
#[derive(Debug, Clone)]
pub struct Found {
    /// The object, in DER or BER.
    pub cms: Vec<u8>,
    /// What a detached signature is over.
    pub detached: Option<Vec<u8>>,
}

/// Finds the object in a mail, PEM or DER file, for programs that read no mail.
///
/// # Errors
/// When there is none.
pub fn find(message: &[u8]) -> Result<Found, Trouble> {
    let limits = mime::Limits::default();
    if let Ok(parts) = mime::multipart_signed(message, &limits) {
        return Ok(Found { cms: parts.signature.clone(), detached: Some(parts.content.to_vec()) });
    }
    let found = mime::unwrap_cms(message, &limits).map_err(told("no object in the message"))?;
    Ok(Found { cms: found.der, detached: None })
}

/// Whether the message is a mail whose object is in base64 or lies beside its content, which every program's own reader
/// understands.
#[must_use]
pub fn is_text_mail(message: &[u8]) -> bool {
    let head = message.get(..message.len().min(2_000)).unwrap_or_default();
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    !message.starts_with(&[0x30]) && !head.starts_with("-----begin") && !head.contains("encoding: binary\r\n")
}

/// Carries the outermost object in the wanted form.
///
/// # Errors
/// When the mail cannot be written.
pub fn outermost(layer: &Layer, cms: &[u8], content: &[u8], form: Form) -> Result<Vec<u8>, Trouble> {
    match form {
        Form::Der => Ok(cms.to_vec()),
        Form::Pem => Ok(pem(cms)),
        Form::Mail => entity(layer, cms, content, true, &[("From".to_owned(), ADDRESS.to_owned())]),
    }
}

/// Carries an object as the content of another.
///
/// # Errors
/// When the entity cannot be written.
pub fn inner(layer: &Layer, cms: &[u8], content: &[u8], base64: bool) -> Result<Vec<u8>, Trouble> {
    entity(layer, cms, content, base64, &[])
}

fn entity(
    layer: &Layer,
    cms: &[u8],
    content: &[u8],
    base64: bool,
    headers: &[(String, String)],
) -> Result<Vec<u8>, Trouble> {
    let encoding = if base64 { mime::WrapEncoding::Base64 } else { mime::WrapEncoding::Binary };
    let unwritten = told("an entity could not be written");
    match layer {
        Layer::Signed(it) if it.detached => {
            let micalg = match it.scheme.rsplit('-').next() {
                Some("sha384") => "sha-384",
                Some("sha512") => "sha-512",
                _ if it.scheme == "ed25519" => "sha-512",
                _ => "sha-256",
            };
            mime::wrap_multipart_signed(content, cms, micalg, headers).map_err(unwritten)
        }
        Layer::Signed(_) => mime::wrap_cms(cms, "signed-data", headers, encoding).map_err(unwritten),
        Layer::Compressed => mime::wrap_cms(cms, "compressed-data", headers, encoding).map_err(unwritten),
        Layer::Sealed(it) => {
            let kind = if it.is_authenticated() { "authEnveloped-data" } else { "enveloped-data" };
            mime::wrap_cms(cms, kind, headers, encoding).map_err(unwritten)
        }
    }
}

fn pem(der: &[u8]) -> Vec<u8> {
    let text = STANDARD.encode(der);
    let mut out = b"-----BEGIN CMS-----\n".to_vec();
    for line in text.as_bytes().chunks(64) {
        out.extend_from_slice(line);
        out.push(b'\n');
    }
    out.extend_from_slice(b"-----END CMS-----\n");
    out
}
