//! CMS objects in mail (RFC 8551 §3.2 to §3.5) and out of files.

use mail_parser::Encoding;

use crate::base64_text::decode_base64;
use crate::entity::Entity;
use crate::error::{Error, Result};
use crate::limits::Limits;
#[cfg(not(feature = "fast"))]
use crate::transfer::base64_lines;
#[cfg(feature = "fast")]
use crate::{base64_lines, transfer::ENCODED_LINE};

/// First octet of every CMS object: the tag of SEQUENCE.
const SEQUENCE: u8 = 0x30;
/// Marks a length of more than one octet, or an indefinite one. Only an envelope for a shared key is ever shorter.
const LONG_LENGTH: u8 = 0x80;
/// First octet of what a shorter one holds: the tag of OBJECT IDENTIFIER.
const OBJECT_IDENTIFIER: u8 = 0x06;
/// How every PEM file begins (RFC 7468 §3).
const PEM_BEGIN: &str = "-----BEGIN ";
/// How a PEM file ends.
const PEM_END: &str = "-----END ";
/// How base64 of a long SEQUENCE begins.
const BASE64_SEQUENCE: &str = "MI";

/// How a CMS object is carried in a MIME entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrapEncoding {
    /// For mail: passes every relay.
    Base64,
    /// Inside another CMS object: a third smaller.
    Binary,
}

/// A CMS object found in a mail or a file.
#[derive(Clone, PartialEq, Eq)]
pub struct Cms {
    /// DER or BER.
    pub der: Vec<u8>,
    /// The `smime-type` parameter: a hint, the object itself knows.
    pub smime_type: Option<String>,
    /// Whether it came as a MIME entity (whose header fields can be read with [`crate::read`]).
    pub mail: bool,
}

/// Puts a CMS object into an `application/pkcs7-mime` entity (RFC 8551 §3.2).
///
/// `outer_headers` stand first, with values in wire form ([`crate::Composed::outer_headers`]); none for an
/// entity inside another object.
///
/// # Errors
/// `BadHeader` when a field would break the header section.
pub fn wrap_cms(
    der: &[u8],
    smime_type: &str,
    outer_headers: &[(String, String)],
    encoding: WrapEncoding,
) -> Result<Vec<u8>> {
    let mut out = Vec::with_capacity(der.len() / 3 * 4 + der.len() / 28 + 2048);
    push_headers(&mut out, outer_headers)?;
    let parameter = format!("application/pkcs7-mime; smime-type={smime_type};\r\n name=\"smime.p7m\"");
    push_header(&mut out, "Content-Type", &parameter)?;
    let transfer = if encoding == WrapEncoding::Base64 { "base64" } else { "binary" };
    push_header(&mut out, "Content-Transfer-Encoding", transfer)?;
    push_header(&mut out, "Content-Disposition", "attachment; filename=\"smime.p7m\"")?;
    out.extend_from_slice(b"\r\n");
    match encoding {
        WrapEncoding::Base64 => push_base64(&mut out, der),
        WrapEncoding::Binary => out.extend_from_slice(der),
    }
    Ok(out)
}

/// Puts a payload and its detached signature into a `multipart/signed` (RFC 8551 §3.5.3).
///
/// `payload` must be the exact bytes that were signed, in seven bits and CR LF lines
/// ([`crate::TransferSafety::SevenBit`]); `micalg` as RFC 8551 §3.5.3.2 spells it, such as `sha-256`.
///
/// # Errors
/// `BadHeader` when a field would break the header section.
pub fn wrap_multipart_signed(
    payload: &[u8],
    signature: &[u8],
    micalg: &str,
    outer_headers: &[(String, String)],
) -> Result<Vec<u8>> {
    let boundary = (0_u32..)
        .map(signed_boundary)
        .find(|candidate| memchr::memmem::find(payload, candidate.as_bytes()).is_none())
        .unwrap_or_default();
    let (mut out, after) = around_signed(&boundary, signature, micalg, outer_headers)?;
    out.reserve_exact(payload.len() + after.len());
    out.extend_from_slice(payload);
    out.extend_from_slice(&after);
    Ok(out)
}

/// The boundaries of `multipart/signed` that are tried in turn until one occurs nowhere in the payload.
pub fn signed_boundary(attempt: u32) -> String {
    format!("=_sceau_signed_{attempt}")
}

/// What [`wrap_multipart_signed`] puts before and after the payload, for a boundary that does not occur in it.
///
/// # Errors
/// As [`wrap_multipart_signed`].
pub fn around_signed(
    boundary: &str,
    signature: &[u8],
    micalg: &str,
    outer_headers: &[(String, String)],
) -> Result<(Vec<u8>, Vec<u8>)> {
    let (mut out, mut after) = (Vec::new(), Vec::with_capacity(signature.len() * 2 + 1024));
    push_headers(&mut out, outer_headers)?;
    let parameters = format!(
        "multipart/signed; protocol=\"application/pkcs7-signature\";\r\n micalg={micalg}; boundary=\"{boundary}\""
    );
    push_header(&mut out, "Content-Type", &parameters)?;
    out.extend_from_slice(format!("\r\n--{boundary}\r\n").as_bytes());
    after.extend_from_slice(format!("\r\n--{boundary}\r\n").as_bytes());
    push_header(&mut after, "Content-Type", "application/pkcs7-signature; name=\"smime.p7s\"")?;
    push_header(&mut after, "Content-Transfer-Encoding", "base64")?;
    push_header(&mut after, "Content-Disposition", "attachment; filename=\"smime.p7s\"")?;
    after.extend_from_slice(b"\r\n");
    push_base64(&mut after, signature);
    after.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    Ok((out, after))
}

/// Finds the CMS object in what people hand over: a mail, a PEM or DER file, bare base64.
///
/// `multipart/signed` is not a CMS object in this sense: see [`crate::multipart_signed`].
///
/// # Errors
/// `NotCms`, `BadBase64`, limits.
pub fn unwrap_cms(bytes: &[u8], limits: &Limits) -> Result<Cms> {
    unwrap_cms_from(bytes, &Entity::split(bytes, limits), limits)
}

/// [`unwrap_cms`] of bytes that were split into an entity already, or could not be.
///
/// # Errors
/// As [`unwrap_cms`].
pub fn unwrap_cms_from(bytes: &[u8], entity: &Result<Entity<'_>>, limits: &Limits) -> Result<Cms> {
    if looks_like_cms(bytes) {
        return Ok(Cms { der: bytes.to_vec(), smime_type: None, mail: false });
    }
    let text = if is_surely_a_mail(bytes) {
        ""
    } else {
        std::str::from_utf8(bytes).unwrap_or_default().trim_start()
    };
    if text.starts_with(PEM_BEGIN) {
        return file(decode_pem(text)?);
    }
    if text.starts_with(BASE64_SEQUENCE)
        && let Some(der) = decode_base64(without_white_space(text).as_bytes())
    {
        return file(der);
    }
    unwrap_entity(entity, limits)
}

/// Whether it begins neither like PEM nor like bare base64, nor with white space beyond ASCII: a look at the first octets
/// instead of at all of them.
fn is_surely_a_mail(bytes: &[u8]) -> bool {
    let first = bytes.trim_ascii_start().first();
    cfg!(feature = "fast")
        && first.is_some_and(|first| first.is_ascii_graphic() && !matches!(first, b'-' | b'M'))
}

fn unwrap_entity(entity: &Result<Entity<'_>>, limits: &Limits) -> Result<Cms> {
    let entity = entity.as_ref().map_err(|error| match error {
        Error::NotAMessage => Error::NotCms,
        other => other.clone(),
    })?;
    if !carries_cms(entity) {
        return Err(Error::NotCms);
    }
    let der = entity.decoded_body(limits)?.into_owned();
    if !looks_like_cms(&der) {
        return Err(if entity.transfer_encoding == "base64" { Error::BadBase64 } else { Error::NotCms });
    }
    Ok(Cms { der, smime_type: entity.content_type.parameter("smime-type").map(str::to_owned), mail: true })
}

/// RFC 8551 §3.10: the media type, or the file name where a relay changed the type.
pub fn carries_cms(entity: &Entity<'_>) -> bool {
    let by_name = || {
        let name = entity.name.as_deref().unwrap_or_default().to_ascii_lowercase();
        [".p7m", ".p7z", ".p7s"].iter().any(|ending| name.ends_with(ending))
    };
    match entity.content_type.media.as_str() {
        "application/pkcs7-mime" | "application/x-pkcs7-mime" => true,
        "application/octet-stream" => by_name(),
        _ => false,
    }
}

/// Whether octets, which are untrusted, begin as a ContentInfo does (RFC 5652 §3). A short one has to be whole.
#[must_use]
pub fn looks_like_cms(bytes: &[u8]) -> bool {
    match bytes {
        [SEQUENCE, length, ..] if length & LONG_LENGTH != 0 => true,
        [SEQUENCE, length, OBJECT_IDENTIFIER, rest @ ..] => {
            usize::from(*length) == rest.len().saturating_add(1)
        }
        _ => false,
    }
}

fn file(der: Vec<u8>) -> Result<Cms> {
    if looks_like_cms(&der) { Ok(Cms { der, smime_type: None, mail: false }) } else { Err(Error::NotCms) }
}

/// The first object of a PEM file (RFC 7468), whatever its label: the object itself tells what it is.
fn decode_pem(text: &str) -> Result<Vec<u8>> {
    let body = text.split_once('\n').map(|(_, rest)| rest).ok_or(Error::NotCms)?;
    let (body, _) = body.split_once(PEM_END).ok_or(Error::NotCms)?;
    let (der, damaged) = Encoding::Base64.decode_checked(body.as_bytes());
    if damaged { Err(Error::BadBase64) } else { Ok(der.into_owned()) }
}

fn without_white_space(text: &str) -> String {
    text.chars().filter(|c| !c.is_ascii_whitespace()).collect()
}

fn push_base64(out: &mut Vec<u8>, bytes: &[u8]) {
    #[cfg(feature = "fast")]
    base64_lines::encode(bytes, ENCODED_LINE, out);
    #[cfg(not(feature = "fast"))]
    out.extend_from_slice(&base64_lines(bytes));
}

fn push_headers(out: &mut Vec<u8>, headers: &[(String, String)]) -> Result<()> {
    for (name, value) in headers {
        push_header(out, name, value)?;
    }
    let is_version = |(name, _): &(String, String)| name.eq_ignore_ascii_case("MIME-Version");
    if !headers.is_empty() && !headers.iter().any(is_version) {
        push_header(out, "MIME-Version", "1.0")?;
    }
    Ok(())
}

fn push_header(out: &mut Vec<u8>, name: &str, value: &str) -> Result<()> {
    if !is_field_name(name) || !is_wire_value(value) {
        return Err(Error::BadHeader(name.to_owned()));
    }
    out.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    Ok(())
}

/// RFC 5322 §2.2: printable ASCII without a colon.
fn is_field_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':')
}

/// Line ends only where white space follows: folding, never a new field.
fn is_wire_value(value: &str) -> bool {
    let unfolded = value.replace("\r\n ", " ").replace("\r\n\t", " ");
    unfolded.chars().all(|c| c == '\t' || !c.is_control())
}
