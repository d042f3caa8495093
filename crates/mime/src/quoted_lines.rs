//! Quoted-printable (RFC 2045 §6.7), eight octets at a time. Only what is plainly regular is read here; the lenient reader has the
//! rest, and gives the same for what is regular.

use zeroize::Zeroizing;

/// Octets that are looked at together.
const PIECE: usize = 8;

/// Decodes a body in which every `=` is written as its standard says, every line ends in LF or CR LF, and none in white space:
/// `None` for every other.
pub(crate) fn decode(body: &[u8]) -> Option<Vec<u8>> {
    // Wiped when it does not become the answer. Nothing decodes to more than it is.
    let mut decoded = Zeroizing::new(vec![0; body.len().checked_add(PIECE)?]);
    let (mut read, mut written) = (0_usize, 0_usize);
    while let Some(rest) = body.get(read..).filter(|rest| !rest.is_empty()) {
        let plain = match rest.first_chunk::<PIECE>() {
            Some(eight) => {
                decoded.get_mut(written..)?.first_chunk_mut::<PIECE>()?.clone_from(eight);
                before_special(u64::from_le_bytes(*eight))
            }
            None => {
                let plain = rest.iter().take_while(|octet| !matches!(**octet, b'=' | b'\r' | b'\n')).count();
                decoded.get_mut(written..)?.get_mut(..plain)?.copy_from_slice(rest.get(..plain)?);
                plain
            }
        };
        (read, written) = (read.saturating_add(plain), written.saturating_add(plain));
        if plain == PIECE {
            continue;
        }
        // Letters above ASCII are several in a row.
        while let Some([b'=', high, low]) = body.get(read..).and_then(<[u8]>::first_chunk) {
            let Some(octet) = octet(*high, *low) else { break };
            *decoded.get_mut(written)? = octet;
            (read, written) = (read.saturating_add(3), written.saturating_add(1));
        }
        let white_space = is_after_white_space(body, read);
        match body.get(read..)? {
            [b'=', b'\r', b'\n', ..] => read = read.saturating_add(3),
            [b'=', b'\n', ..] => read = read.saturating_add(2),
            [b'\r', b'\n', ..] if !white_space => {
                decoded.get_mut(written..)?.get_mut(..2)?.copy_from_slice(b"\r\n");
                (read, written) = (read.saturating_add(2), written.saturating_add(2));
            }
            [b'\n', ..] if !white_space => {
                *decoded.get_mut(written)? = b'\n';
                (read, written) = (read.saturating_add(1), written.saturating_add(1));
            }
            [b'=' | b'\r' | b'\n', ..] => return None,
            _ => {}
        }
    }
    if is_after_white_space(body, body.len()) {
        return None;
    }
    decoded.truncate(written);
    Some(core::mem::take(&mut *decoded))
}

/// How many of eight octets stand before the first `=`, CR or LF.
fn before_special(eight: u64) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    // The lowest bit that is set is that of the first such octet; above it others may be set by the borrow.
    let equals = |octet: u8| {
        let zero = eight ^ (ONES * u64::from(octet));
        zero.wrapping_sub(ONES) & !zero & (ONES << 7)
    };
    let special = equals(b'=') | equals(b'\r') | equals(b'\n');
    usize::try_from(special.trailing_zeros() / u8::BITS).unwrap_or(PIECE)
}

/// White space that was written as such, before a line end: carriers add and remove it.
fn is_after_white_space(body: &[u8], at: usize) -> bool {
    matches!(at.checked_sub(1).and_then(|before| body.get(before)), Some(b' ' | b'\t'))
}

/// Two digits, capitals as the standard wants them.
fn octet(high: u8, low: u8) -> Option<u8> {
    let value = |digit: u8| VALUES.get(usize::from(digit)).copied().unwrap_or(NO_DIGIT);
    let (high, low) = (value(high), value(low));
    (high | low < NO_DIGIT).then_some(high << 4 | low)
}

const NO_DIGIT: u8 = 0x10;
#[expect(clippy::indexing_slicing, reason = "computed while compiling")]
static VALUES: [u8; 256] = {
    let mut values = [NO_DIGIT; 256];
    let (mut value, mut digits): (u8, &[u8]) = (0, b"0123456789ABCDEF");
    while let [digit, rest @ ..] = digits {
        values[*digit as usize] = value;
        (value, digits) = (value + 1, rest);
    }
    values
};

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn regular_lines_are_read() {
        for (body, wanted) in [
            ("", ""),
            ("a", "a"),
            ("caf=C3=A9 au lait=\r\n, une ligne\r\n=\nautre", "café au lait, une ligne\r\nautre"),
            ("=3D=20\r\n", "= \r\n"),
            ("douze lettres=20=\r\n ensuite\n\n", "douze lettres  ensuite\n\n"),
        ] {
            assert_eq!(decode(body.as_bytes()).as_deref(), Some(wanted.as_bytes()), "{body:?}");
        }
    }

    #[test]
    fn whatever_is_irregular_is_left_to_the_lenient_reader() {
        for body in [
            "a \r\n",
            "a\t\n",
            "a ",
            "a=",
            "a=4",
            "a=c3",
            "a=\r",
            "a\rb",
            "a=ZZ",
            "a= \r\nb",
            "lettres et \n",
            "lettres ",
        ] {
            assert_eq!(decode(body.as_bytes()), None, "{body:?}");
        }
    }

    /// Every body of seven pieces of what such bodies are made of.
    #[test]
    fn what_is_read_here_the_lenient_reader_reads_alike() {
        const PIECES: [&str; 8] = ["=", "C3", "\r", "\n", " ", "lettres d’ici", "=A9", "=\r\n"];
        let mut regular = 0;
        for number in 0..PIECES.len().pow(6) {
            let body: String =
                (0_u32..6).map(|at| PIECES[number / PIECES.len().pow(at) % PIECES.len()]).collect();
            if let Some(found) = decode(body.as_bytes()) {
                regular += 1;
                let (lenient, damaged) =
                    mail_parser::Encoding::QuotedPrintable.decode_checked(body.as_bytes());
                assert_eq!((found, false), (lenient.into_owned(), damaged), "{body:?}");
            }
        }
        assert!(regular > 10_000, "{regular}");
    }
}
