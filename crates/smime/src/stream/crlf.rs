//! Line ends as they are signed (RFC 8551 §3.1.1).

use super::transducer::Machine;

/// Gives every LF that stands alone its CR.
#[derive(Clone, Default)]
pub(crate) struct Crlf {
    previous: u8,
}

impl Machine for Crlf {
    fn push(&mut self, input: &[u8], output: &mut Vec<u8>) {
        output.reserve(input.len());
        for line in input.split_inclusive(|octet| *octet == b'\n') {
            let text = line.strip_suffix(b"\n");
            let before = text.unwrap_or(line).last().copied().unwrap_or(self.previous);
            output.extend_from_slice(text.unwrap_or(line));
            if text.is_some() {
                output.extend_from_slice(if before == b'\r' { b"\n" } else { b"\r\n" });
            }
            self.previous = line.last().copied().unwrap_or_default();
        }
    }

    fn finish(&mut self, _: &mut Vec<u8>) {}
}
