//! The trace a caller is already in: the header `traceparent` (W3C Trace Context §3.2).

use axum::http::HeaderMap;

/// The span above ours, if a caller names one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parent {
    None,
    Some {
        trace: [u8; 16],
        span: [u8; 8],
        /// Whether the caller records it.
        sampled: bool,
    },
}

impl Parent {
    /// Reads the header; one that is wrong, or there twice, is none (§4.3).
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut values = headers.get_all("traceparent").iter();
        let (Some(value), None) = (values.next(), values.next()) else { return Self::None };
        value.to_str().ok().and_then(Self::parse).unwrap_or(Self::None)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut fields = text.split('-');
        let version = byte(fields.next()?)?;
        let trace: [u8; 16] = octets(fields.next()?)?;
        let span: [u8; 8] = octets(fields.next()?)?;
        let flags = byte(fields.next()?)?;
        // Version 255 is forbidden; one to come may add fields, version 0 has none more.
        let is_sound = version != 0xff && (version > 0 || fields.next().is_none());
        let names_something = trace != [0; 16] && span != [0; 8];
        (is_sound && names_something).then_some(Self::Some { trace, span, sampled: flags & 1 == 1 })
    }
}

fn byte(text: &str) -> Option<u8> {
    octets::<1>(text).map(|[byte]| byte)
}

/// Lower-case hexadecimal digits, as the header has them.
fn octets<const N: usize>(text: &str) -> Option<[u8; N]> {
    let is_lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
    let mut octets = [0; N];
    (is_lower && hex::decode_to_slice(text, &mut octets).is_ok()).then_some(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_sound_header_counts() {
        let trace = "0af7651916cd43dd8448eb211c80319c";
        let sound = format!("00-{trace}-b7ad6b7169203331-01");
        assert!(matches!(Parent::parse(&sound), Some(Parent::Some { sampled: true, .. })));
        let later = format!("01-{trace}-b7ad6b7169203331-00-more");
        assert!(matches!(Parent::parse(&later), Some(Parent::Some { sampled: false, .. })));
        for wrong in [
            "",
            "00",
            &sound.to_uppercase(),
            &format!("ff-{trace}-b7ad6b7169203331-01"),
            &format!("00-{trace}-b7ad6b7169203331-01-more"),
            &format!("00-{trace}-0000000000000000-01"),
            &format!("00-{}-b7ad6b7169203331-01", "0".repeat(32)),
            &format!("00-{trace}-b7ad6b716920333é-01"),
            &format!("00-{trace}ff-b7ad6b7169203331-01"),
        ] {
            assert_eq!(Parent::parse(wrong), None, "{wrong}");
        }
    }
}
