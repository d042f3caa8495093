//! Base64 (RFC 2045 §6.8), read as leniently as small letters are, and written in lines.

use ::base64::{Engine as _, engine::general_purpose::STANDARD};

use super::Sink;
use super::transducer::Machine;
use crate::error::Result;

/// Octets that fill one line of 76 characters.
const LINE_BYTES: usize = 57;

/// Marks an octet that is no symbol.
const NONE: u8 = 0xff;

/// The value of each symbol.
static VALUES: [u8; 256] = values();

const fn values() -> [u8; 256] {
    let symbols = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut values = [NONE; 256];
    let mut value = 0_u8;
    while value < 64 {
        #[expect(clippy::indexing_slicing, reason = "evaluated when compiling")]
        {
            values[symbols[value as usize] as usize] = value;
        }
        value += 1;
    }
    values
}

fn value_of(octet: u8) -> u8 {
    VALUES.get(usize::from(octet)).copied().unwrap_or(NONE)
}

/// Four symbols as three octets, behind one that is zero.
fn group_of(symbols: [u8; 4]) -> Option<[u8; 4]> {
    let values = symbols.map(value_of);
    let all = values.into_iter().fold(0, |all, value| all | value);
    let bits = values.into_iter().fold(0_u32, |bits, value| bits << 6 | u32::from(value));
    (all != NONE).then(|| bits.to_be_bytes())
}

/// Decodes; what is no symbol is passed over, as mail programs do, and remembered as damage unless it is white space.
#[derive(Clone, Default)]
pub(crate) struct Base64 {
    bits: u32,
    symbols: u8,
    padded: u8,
    damaged: bool,
    loose: bool,
}

impl Base64 {
    /// Whether something else than base64 was met.
    pub(crate) fn is_damaged(&self) -> bool {
        self.damaged
    }

    /// Whether everything was as it is written: padding where it belongs and nowhere else.
    pub(crate) fn is_canonical(&self) -> bool {
        !self.damaged && !self.loose
    }

    fn symbol(&mut self, value: u8, output: &mut Vec<u8>) {
        self.loose |= self.padded > 0;
        self.bits = self.bits << 6 | u32::from(value);
        self.symbols = self.symbols.saturating_add(1);
        if self.symbols == 4 {
            let [_, first, second, third] = self.bits.to_be_bytes();
            output.extend_from_slice(&[first, second, third]);
            (self.bits, self.symbols) = (0, 0);
        }
    }

    fn other(&mut self, octet: u8, output: &mut Vec<u8>) {
        if octet == b'=' {
            // One follows three symbols, two follow two.
            self.padded = self.padded.saturating_add(1);
            match self.symbols {
                2 => self.padded = 1,
                3 => self.padded = 2,
                _ => self.loose |= self.padded != 2,
            }
            self.flush(output);
        } else {
            self.damaged |= !matches!(octet, b'\r' | b'\n' | b' ' | b'\t' | 0x0b | 0x0c);
        }
    }

    /// What an unfinished group holds.
    fn flush(&mut self, output: &mut Vec<u8>) {
        let missing = 4_u32.saturating_sub(u32::from(self.symbols));
        let [_, first, second, _] = (self.bits << (6 * missing.min(4))).to_be_bytes();
        match self.symbols {
            2 => output.push(first),
            3 => output.extend_from_slice(&[first, second]),
            _ => {}
        }
        (self.bits, self.symbols) = (0, 0);
    }
}

impl Machine for Base64 {
    fn push(&mut self, input: &[u8], output: &mut Vec<u8>) {
        output.reserve(input.len() / 4 * 3 + 3);
        let mut rest = input;
        while let Some((first, tail)) = rest.split_first() {
            if self.symbols == 0
                && self.padded == 0
                && let Some((group, tail)) = rest.split_first_chunk::<4>()
                && let Some([_, octets @ ..]) = group_of(*group)
            {
                output.extend_from_slice(&octets);
                rest = tail;
                continue;
            }
            match value_of(*first) {
                NONE => self.other(*first, output),
                value => self.symbol(value, output),
            }
            rest = tail;
        }
    }

    fn finish(&mut self, output: &mut Vec<u8>) {
        self.loose |= self.symbols != 0 || self.padded == 1;
        self.flush(output);
    }
}

/// Writes base64 in lines of 76 characters, each with its CR LF.
pub(crate) struct Base64Lines<'a> {
    sink: &'a mut dyn Sink,
    rest: Vec<u8>,
    lines: String,
}

impl<'a> Base64Lines<'a> {
    pub(crate) fn new(sink: &'a mut dyn Sink) -> Self {
        Self { sink, rest: Vec::new(), lines: String::new() }
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.rest.extend_from_slice(bytes);
        let whole = self.rest.len() / LINE_BYTES * LINE_BYTES;
        self.encode(whole).await
    }

    pub(crate) async fn finish(mut self) -> Result<()> {
        self.encode(self.rest.len()).await
    }

    async fn encode(&mut self, length: usize) -> Result<()> {
        self.lines.clear();
        for line in self.rest.get(..length).unwrap_or_default().chunks(LINE_BYTES) {
            STANDARD.encode_string(line, &mut self.lines);
            self.lines.push_str("\r\n");
        }
        self.rest.drain(..length);
        self.sink.write(self.lines.as_bytes()).await
    }
}
