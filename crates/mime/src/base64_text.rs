//! Base64 in one piece (RFC 4648 §4), strict: no other characters, and no bits beyond the octets. With `fast` by the crate that
//! lines are read with, so that one is enough.

#[cfg(not(feature = "fast"))]
use base64::Engine as _;
#[cfg(not(feature = "fast"))]
use base64::alphabet;
#[cfg(not(feature = "fast"))]
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD};

/// Encodes with padding.
#[must_use]
pub fn encode_base64(bytes: &[u8]) -> String {
    #[cfg(feature = "fast")]
    return base64_simd::STANDARD.encode_to_string(bytes);
    #[cfg(not(feature = "fast"))]
    STANDARD.encode(bytes)
}

/// Decodes text with its padding.
#[must_use]
pub fn decode_base64(text: &[u8]) -> Option<Vec<u8>> {
    #[cfg(feature = "fast")]
    return base64_simd::STANDARD.decode_to_vec(text).ok();
    #[cfg(not(feature = "fast"))]
    STANDARD.decode(text).ok()
}

/// Decodes text whose padding may be left out, or cut short.
#[must_use]
pub fn decode_base64_unpadded(text: &[u8]) -> Option<Vec<u8>> {
    #[cfg(feature = "fast")]
    {
        let padding = text.iter().rev().take_while(|octet| **octet == b'=').count();
        let bare = text.get(..text.len().checked_sub(padding)?)?;
        let most = bare.len().next_multiple_of(4).checked_sub(bare.len())?;
        if padding > most { None } else { base64_simd::STANDARD_NO_PAD.decode_to_vec(bare).ok() }
    }
    #[cfg(not(feature = "fast"))]
    {
        let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
        GeneralPurpose::new(&alphabet::STANDARD, config).decode(text).ok()
    }
}

#[cfg(all(test, feature = "fast"))]
mod tests {
    use base64::engine::{
        DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD,
    };
    use base64::{Engine as _, alphabet};

    use super::{decode_base64, decode_base64_unpadded, encode_base64};

    fn agree(text: &[u8]) {
        let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
        let unpadded = GeneralPurpose::new(&alphabet::STANDARD, config);
        let shown = String::from_utf8_lossy(text);
        assert_eq!(decode_base64(text), STANDARD.decode(text).ok(), "{shown}");
        assert_eq!(decode_base64_unpadded(text), unpadded.decode(text).ok(), "{shown}");
    }

    /// Both crates, over every text of up to six of these characters.
    #[test]
    fn both_crates_read_and_refuse_the_same() {
        let characters = b"AQ/=-\n";
        for length in 0..=6 {
            for number in 0..6_usize.pow(length) {
                let digit = |place| number / 6_usize.pow(place) % 6;
                let text: Vec<u8> = (0..length).map(|place| characters[digit(place)]).collect();
                agree(&text);
            }
        }
    }

    #[test]
    fn both_crates_write_the_same() {
        for length in 0..100_u8 {
            let bytes: Vec<u8> = (0..length).map(|octet| octet.wrapping_mul(37)).collect();
            let text = encode_base64(&bytes);
            assert_eq!(text, STANDARD.encode(&bytes));
            for end in 0..=text.len() {
                agree(&text.as_bytes()[..end]);
            }
            for at in 0..text.len() {
                let mut damaged = text.clone().into_bytes();
                damaged[at] = damaged[at].wrapping_add(1);
                agree(&damaged);
            }
        }
    }
}
