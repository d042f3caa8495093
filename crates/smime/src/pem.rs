//! PEM armour (RFC 7468), read leniently: text around and headers inside the blocks are skipped.

use sceau_mime::{decode_base64_unpadded, encode_base64};
use zeroize::Zeroizing;

use crate::error::{Error, Result, Structure};

/// Characters in one line of base64 text (RFC 7468 §2).
const LINE: usize = 64;

/// One armoured block.
pub struct Block {
    /// The label between `-----BEGIN ` and `-----`.
    pub label: String,
    /// Whether an encapsulated header says that the content is encrypted (RFC 1421 style).
    pub encrypted_header: bool,
    /// The decoded bytes, wiped on drop because they may hold a key.
    pub der: Zeroizing<Vec<u8>>,
}

/// Whether the bytes look like PEM text.
#[must_use]
pub fn is_pem(bytes: &[u8]) -> bool {
    bytes.windows(11).any(|window| window == b"-----BEGIN ")
}

/// All blocks of a text, in order.
///
/// # Errors
/// `Malformed` when a block is not closed or its content is not base64.
pub fn blocks(bytes: &[u8]) -> Result<Vec<Block>> {
    let malformed = Error::Malformed { what: Structure::Pem };
    let text = Zeroizing::new(String::from_utf8_lossy(bytes).into_owned());
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(label) = line.trim().strip_prefix("-----BEGIN ").and_then(|l| l.strip_suffix("-----"))
        else {
            continue;
        };
        let end = format!("-----END {label}-----");
        found.push(block(label, &end, &mut lines).ok_or(malformed.clone())?);
    }
    Ok(found)
}

fn block<'a>(label: &str, end: &str, lines: &mut impl Iterator<Item = &'a str>) -> Option<Block> {
    let mut text = Zeroizing::new(String::new());
    let mut encrypted_header = false;
    for line in lines {
        let line = line.trim();
        if line == end {
            let der = Zeroizing::new(decode_base64_unpadded(text.as_bytes())?);
            return Some(Block { label: label.to_owned(), encrypted_header, der });
        }
        if line.contains(':') {
            encrypted_header |= line.contains("ENCRYPTED");
        } else if !line.contains("DEK-Info") {
            text.push_str(line);
        }
    }
    None
}

/// Armours bytes under a label such as `CERTIFICATE`.
#[must_use]
pub fn encode(label: &str, der: &[u8]) -> String {
    let base64 = Zeroizing::new(encode_base64(der));
    let mut out = format!("-----BEGIN {label}-----\n");
    let mut rest = base64.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(LINE));
        out.push_str(line);
        out.push('\n');
        rest = after;
    }
    out.push_str(&format!("-----END {label}-----\n"));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_armoured_is_read_again() {
        for size in [0, 1, 47, 48, 49, 1000] {
            let bytes = vec![0xa5; size];
            let text =
                format!("subject: x\r\n{}trailer\n", encode("CERTIFICATE", &bytes).replace('\n', "\r\n"));
            assert!(is_pem(text.as_bytes()));
            let found = blocks(text.as_bytes()).unwrap();
            assert_eq!(found.len(), 1);
            assert_eq!((found[0].label.as_str(), &*found[0].der), ("CERTIFICATE", &bytes));
        }
    }

    #[test]
    fn an_open_or_damaged_block_is_refused() {
        assert!(blocks(b"-----BEGIN X-----\nAAAA\n").is_err());
        assert!(blocks(b"-----BEGIN X-----\n*&^%\n-----END X-----\n").is_err());
    }
}
