//! What a letter will weigh, about: what is sealed is padded and written in base64.

/// Octets of headers, signature, certificates and recipients beside the words and files.
const FRAME: u64 = 8_000;

/// About how many octets the relay gets for words and files of so many octets. With `old`, somebody's program wants the files in
/// base64 within what is sealed too.
pub fn of_letter(content: u64, old: bool) -> u64 {
    let inner = if old { in_base64(content) } else { content };
    in_base64(padded(inner.saturating_add(FRAME)))
}

/// Lines of 76 characters, each with its end, for 57 octets (RFC 2045 §6.8).
fn in_base64(octets: u64) -> u64 {
    octets.div_ceil(57).saturating_mul(78)
}

/// The length that is padded to: of a number with so many binary digits only the first few vary (Padmé).
fn padded(octets: u64) -> u64 {
    let Some(exponent) = octets.checked_ilog2() else { return octets };
    let kept = exponent.checked_ilog2().unwrap_or(0).saturating_add(1);
    let Some(unit) = 1_u64.checked_shl(exponent.saturating_sub(kept)) else { return octets };
    octets.div_ceil(unit).saturating_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_takes_at_most_an_eighth() {
        for octets in [0, 1, 9, 1_000, 8_193, 1_000_000, 123_456_789] {
            assert!((octets..=octets + octets / 8).contains(&padded(octets)), "{octets}");
        }
        assert_eq!(padded(8_193), 8_704);
    }

    #[test]
    fn a_letter_weighs_more_than_its_files() {
        assert!((1_368_000..1_500_000).contains(&of_letter(1_000_000, false)));
        assert!((1_870_000..2_100_000).contains(&of_letter(1_000_000, true)));
        assert!(of_letter(u64::MAX, true) > 0);
    }
}
