//! Letters that pass the relay's door: CMS by its outside, and inside octets that look like ciphertext.

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// id-data (RFC 5652 §4).
const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
/// id-ct-authEnvelopedData (RFC 5083 §2).
const AUTH_ENVELOPED: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 1, 23];
/// id-aes256-GCM (RFC 5084 §3.2).
const AES_256_GCM: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 46];

const HEAD: &str = "MIME-Version: 1.0\r\n\
    Content-Type: application/pkcs7-mime; smime-type=authEnveloped-data; name=\"smime.p7m\"\r\n\
    Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"smime.p7m\"\r\n";

/// A sealed letter from an address; `id` makes it unlike every other.
#[must_use]
pub fn letter(from: &str, id: &str, ciphertext: &[u8]) -> Vec<u8> {
    let body = STANDARD.encode(sealed(ciphertext));
    let mut out = format!("From: {from}\r\nSubject: [...]\r\nMessage-ID: <{id}@exemple.fr>\r\n{HEAD}\r\n");
    for line in body.as_bytes().chunks(64) {
        out.extend(line.iter().map(|&octet| char::from(octet)));
        out.push_str("\r\n");
    }
    out.into_bytes()
}

fn sealed(ciphertext: &[u8]) -> Vec<u8> {
    let algorithm = tlv(0x30, &[&tlv(6, &[AES_256_GCM])]);
    let sealed = tlv(0x30, &[&tlv(6, &[DATA]), &algorithm, &tlv(0x80, &[ciphertext])]);
    let recipients = tlv(0x31, &[&tlv(0x30, &[&[2, 1, 0]])]);
    let content = tlv(0x30, &[&[2, 1, 0], &recipients, &sealed, &tlv(4, &[&[7; 16]])]);
    tlv(0x30, &[&tlv(6, &[AUTH_ENVELOPED]), &tlv(0xa0, &[&content])])
}

/// Tag, length, value.
fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let value = parts.concat();
    let mut out = vec![tag];
    match u8::try_from(value.len()) {
        Ok(short) if short < 128 => out.push(short),
        _ => {
            // As few octets as will do (X.690 §10.1).
            let length = value.len().to_be_bytes();
            let digits: Vec<u8> = length.into_iter().skip_while(|&octet| octet == 0).collect();
            out.push(0x80 | u8::try_from(digits.len()).unwrap_or_default());
            out.extend(digits);
        }
    }
    out.extend(value);
    out
}
