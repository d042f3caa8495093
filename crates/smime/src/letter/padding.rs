//! Hiding a letter's exact size (Padmé, Nikitin et al., PURBs, 2019): at most 12 % more, and only
//! O(log log n) bits of the length remain visible.

/// The Padmé length: `length` rounded up so that only its leading bits carry information.
#[must_use]
pub fn padme_length(length: usize) -> usize {
    let Some(exponent) = length.checked_ilog2() else { return length };
    let significant = exponent.checked_ilog2().map_or(1, |bits| bits.saturating_add(1));
    let hidden_bits = exponent.saturating_sub(significant);
    let mask = (1_usize << hidden_bits).saturating_sub(1);
    length.checked_add(mask).map_or(length, |rounded| rounded & !mask)
}

/// Pads an entity after its body with lines of spaces, which every reader of `application/pkcs7-mime` or of a
/// multipart's epilogue passes over.
pub(crate) fn pad(entity: &mut Vec<u8>) {
    let wanted = padme_length(entity.len());
    let missing = wanted.saturating_sub(entity.len());
    entity.reserve_exact(missing);
    entity.extend((0..missing).rev().map(octet));
}

/// The octet of the padding that so many others follow.
pub(crate) fn octet(following: usize) -> u8 {
    match following % LINE {
        0 => b'\n',
        1 => b'\r',
        _ => b' ',
    }
}

/// Octets of one line of padding, below the 78 of RFC 5322 §2.1.1.
const LINE: usize = 76;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_follow_the_paper() {
        for (length, padded) in
            [(0, 0), (1, 1), (2, 2), (8, 8), (9, 10), (100, 104), (1_000, 1_024), (1_025, 1_088)]
        {
            assert_eq!(padme_length(length), padded, "{length}");
        }
        for length in (1..200_000).step_by(37) {
            let padded = padme_length(length);
            assert!(padded >= length && padded - length <= length * 12 / 100 + 1, "{length} {padded}");
            assert_eq!(padme_length(padded), padded);
        }
        assert_eq!(padme_length(usize::MAX), usize::MAX);
    }

    #[test]
    fn padding_is_white_space_that_ends_a_line() {
        let mut entity = vec![b'x'; 10_001];
        pad(&mut entity);
        assert_eq!(entity.len(), padme_length(10_001));
        let padding = &entity[10_001..];
        assert!(padding.ends_with(b"\r\n"));
        assert!(padding.iter().all(|b| b" \r\n".contains(b)));
    }
}
