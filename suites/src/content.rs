//! What is inside a message.

use crate::random::Seeded;
use crate::world::ADDRESS;

/// Octets of a line of text, its end included.
const LINE: usize = 76;
/// Above this, octets without a header could be taken for an endless header.
const BARE_BYTES: usize = 600;

/// Octets of this size: text in lines when it has to survive a mail, anything otherwise.
pub(crate) fn content(size: usize, seven_bit: bool, rng: &mut Seeded) -> (Vec<u8>, bool) {
    if size <= BARE_BYTES && rng.one_in(2) {
        return (text(size, rng), false);
    }
    let transfer = if seven_bit { "7bit" } else { "binary" };
    let head = format!(
        "From: {ADDRESS}\r\nSubject: essai\r\nContent-Type: text/plain; charset=us-ascii\r\n\
         Content-Transfer-Encoding: {transfer}\r\n\r\n"
    );
    let body = if seven_bit { text(size, rng) } else { octets(size, rng) };
    ([head.into_bytes(), body].concat(), true)
}

fn octets(size: usize, rng: &mut Seeded) -> Vec<u8> {
    let start = rng.below(256);
    let step = 1 + 2 * rng.below(64);
    (0..size).map(|at| u8::try_from((start + at * step + at / 251) % 256).unwrap_or_default()).collect()
}

/// Words in lines that end in CR LF; the last line may have no end.
pub(crate) fn text(size: usize, rng: &mut Seeded) -> Vec<u8> {
    let start = rng.below(26);
    let letter = |at: usize| match at % LINE {
        74 => b'\r',
        75 => b'\n',
        column if column % 9 == 8 => b' ',
        column => b'a' + u8::try_from((start + at / 7 + column) % 26).unwrap_or_default(),
    };
    let mut out: Vec<u8> = (0..size).map(letter).collect();
    // Half a line end is none.
    if let Some(last) = out.last_mut().filter(|last| **last == b'\r') {
        *last = b'x';
    }
    out
}
