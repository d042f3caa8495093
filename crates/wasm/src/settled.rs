//! Whether the core's word is the last one.
//!
//! The core knows fewer algorithms, attributes and charsets than the complete module. Its word counts where it is good; whatever
//! it did not confirm, and every letter with something it cannot read, is judged again there.

use sceau_mime::Defect;
use sceau_smime::letter::{Judged, LayerReport};
use sceau_smime::verdict::SignatureVerdict;

/// How the names of the charsets begin that only the complete module reads (`multi-byte` of mime), in lower case.
const OTHER_CHARSETS: &[&[u8]] = &[
    b"big5",
    b"euc-",
    b"gb",
    b"hz-gb",
    b"iso-2022",
    b"ks_c",
    b"ms932",
    b"shift",
    b"sjis",
    b"windows-31j",
    b"windows-949",
    b"x-sjis",
];

/// Whether the complete module would say the same.
pub(crate) fn is_settled(judged: &Judged) -> bool {
    let unconfirmed = |layer: &LayerReport| match layer {
        LayerReport::Signed(signed) => signed.verdict != SignatureVerdict::Valid,
        other => !matches!(other, LayerReport::Encrypted(_)),
    };
    #[cfg(not(feature = "all"))]
    if judged.leaves_attributes_unread() {
        return false;
    }
    // The complete module guesses what a text is in.
    let is_doubtful = judged.letter().defects.contains(&Defect::DamagedCharset);
    !judged.layers().iter().any(unconfirmed)
        && !judged.has_gap()
        && !is_doubtful
        && !names_another_charset(judged.message())
}

/// A charset's name follows an equals sign, in `charset=` and in an encoded word alike. Finding one where it means nothing
/// costs a download, no more.
fn names_another_charset(message: &[u8]) -> bool {
    let mut rest = message;
    while let Some(at) = memchr::memchr(b'=', rest) {
        rest = rest.get(at + 1..).unwrap_or_default();
        let name = rest.strip_prefix(b"\"").or_else(|| rest.strip_prefix(b"?")).unwrap_or(rest);
        if OTHER_CHARSETS.iter().any(|other| starts_with(name, other)) {
            return true;
        }
    }
    false
}

fn starts_with(text: &[u8], lower: &[u8]) -> bool {
    text.get(..lower.len()).is_some_and(|head| head.eq_ignore_ascii_case(lower))
}

#[cfg(test)]
mod tests {
    use super::names_another_charset;

    #[test]
    fn charsets_of_the_complete_module_are_found_wherever_they_stand() {
        for found in ["charset=GB2312", "a; charset=\"Shift_JIS\"\r\n", "Subject: =?iso-2022-jp?B?GyRC?="] {
            assert!(names_another_charset(found.as_bytes()), "{found}");
        }
        for other in ["", "=", "charset=utf-8", "=?iso-8859-1?Q?=E9?=", "gb2312", "a=3D"] {
            assert!(!names_another_charset(other.as_bytes()), "{other}");
        }
    }
}
