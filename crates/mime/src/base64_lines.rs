//! Base64 in lines (RFC 2045 §6.8), many octets at a time. Only what is plainly regular is read here; the lenient reader has the
//! rest, and gives the same for what is regular.

use base64_simd::{AsOut as _, STANDARD};
use zeroize::Zeroizing;

/// Lines that are encoded in one go.
const LINES: usize = 1024;

/// Decodes lines of one length, the last one perhaps shorter, and nothing else: `None` for every other body, damaged ones
/// among them.
pub(crate) fn decode(body: &[u8]) -> Option<Vec<u8>> {
    let body = body.trim_ascii_end();
    let first = memchr::memchr(b'\n', body).unwrap_or(body.len());
    let width = body.get(..first)?.trim_ascii_end().len();
    let end = first.saturating_sub(width);
    // Wiped when it does not become the answer.
    let mut flat = Zeroizing::new(Vec::with_capacity(body.len()));
    for line in body.chunks(width.checked_add(end)?.checked_add(1)?) {
        // Line ends of another length leave characters here that are none of base64.
        let (characters, rest) = line.split_at_checked(width).unwrap_or((line, &[]));
        if !rest.iter().all(u8::is_ascii_whitespace) {
            return None;
        }
        flat.extend_from_slice(characters);
    }
    let length = STANDARD.decode_inplace(&mut flat).ok()?.len();
    flat.truncate(length);
    Some(core::mem::take(&mut *flat))
}

/// Appends base64 in lines of `width` characters, a multiple of four, each with its CR LF.
pub(crate) fn encode(bytes: &[u8], width: usize, lines: &mut Vec<u8>) {
    let mut flat = Zeroizing::new(vec![0; width.saturating_mul(LINES)]);
    for many in bytes.chunks((width / 4 * 3).saturating_mul(LINES).max(1)) {
        for line in STANDARD.encode(many, flat.as_out()).chunks(width.max(1)) {
            lines.extend_from_slice(line);
            lines.extend_from_slice(b"\r\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose};

    use super::{LINES, decode, encode};

    fn octets(length: usize) -> Vec<u8> {
        (0..length).map(|at| u8::try_from(at * 7 % 251).unwrap()).collect()
    }

    #[test]
    fn lines_are_what_one_encoder_and_breaking_give() {
        for length in [0, 1, 2, 3, 56, 57, 58, 114, 1_000, 57 * LINES, 57 * LINES + 1, 200_000] {
            let mut lines = Vec::new();
            encode(&octets(length), 76, &mut lines);
            let flat = general_purpose::STANDARD.encode(octets(length)).into_bytes();
            let broken: Vec<u8> = flat.chunks(76).flat_map(|line| [line, b"\r\n"].concat()).collect();
            assert_eq!(lines, broken, "{length}");
            assert_eq!(decode(&lines).as_deref(), Some(octets(length).as_slice()), "{length}");
        }
    }

    #[test]
    fn regular_lines_of_any_width_and_end_are_read() {
        let flat = general_purpose::STANDARD.encode(octets(100));
        for width in [4, 60, 64, 76, 100, 136, 200] {
            for end in ["\n", "\r\n"] {
                let lines: Vec<&str> =
                    flat.as_bytes().chunks(width).map(|line| core::str::from_utf8(line).unwrap()).collect();
                for tail in ["", end, "\r\n\r\n"] {
                    let body = lines.join(end) + tail;
                    assert_eq!(decode(body.as_bytes()), Some(octets(100)), "{body:?}");
                }
            }
        }
    }

    #[test]
    fn whatever_is_irregular_is_left_to_the_lenient_reader() {
        for body in
            ["YWJj\r\nZGVmZ2hp", "YWJj\nZGVm\r\nZ2hp\n", "YQ==\r\nYWJj", "YWJ", "YWJj!", "YR==", "YW Jj"]
        {
            assert_eq!(decode(body.as_bytes()), None, "{body:?}");
        }
    }

    #[test]
    fn what_is_read_here_the_lenient_reader_reads_alike() {
        for length in [1, 57, 58, 500, 3_000] {
            let mut lines = Vec::new();
            encode(&octets(length), 76, &mut lines);
            for at in (0..lines.len()).step_by(11) {
                for with in [b'A', b'=', b' ', b'\n', b'-', 0xff] {
                    let mut changed = lines.clone();
                    changed[at] = with;
                    if let Some(found) = decode(&changed) {
                        let (lenient, damaged) = mail_parser::Encoding::Base64.decode_checked(&changed);
                        assert_eq!((found, false), (lenient.into_owned(), damaged), "{length} {at} {with}");
                    }
                }
            }
        }
    }
}
