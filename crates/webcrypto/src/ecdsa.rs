//! ECDSA signatures: `SEQUENCE { r INTEGER, s INTEGER }` in certificates and letters (RFC 3279 §2.2.3), the two numbers
//! side by side in the browser (Web Cryptography §23.4).

/// The two numbers side by side, each in as many octets as a coordinate has; `None` unless the signature is DER.
pub(crate) fn to_fixed(der: &[u8], field_bytes: usize) -> Option<Vec<u8>> {
    let (body, rest) = element(der, 0x30)?;
    let (r, tail) = element(body, 0x02)?;
    let (s, end) = element(tail, 0x02)?;
    if !rest.is_empty() || !end.is_empty() {
        return None;
    }
    let mut fixed = vec![0; field_bytes.checked_mul(2)?];
    let (left, right) = fixed.split_at_mut_checked(field_bytes)?;
    place(r, left)?;
    place(s, right)?;
    Some(fixed)
}

/// The same as DER.
pub(crate) fn to_der(fixed: &[u8]) -> Option<Vec<u8>> {
    let (r, s) = fixed.split_at_checked(fixed.len() / 2)?;
    let body = [integer(r)?, integer(s)?].concat();
    tlv(0x30, &body)
}

/// One element with this tag and a length of one or two octets, and what comes after it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (length, rest) = match der {
        [found, length, rest @ ..] if *found == tag && *length < 0x80 => (*length, rest),
        [found, 0x81, length, rest @ ..] if *found == tag && *length >= 0x80 => (*length, rest),
        _ => return None,
    };
    rest.split_at_checked(usize::from(length))
}

/// Puts a positive INTEGER in DER at the end of its place.
fn place(integer: &[u8], place: &mut [u8]) -> Option<()> {
    let magnitude = match integer {
        [0, rest @ ..] if rest.first().is_some_and(|next| *next >= 0x80) => rest,
        [1..=0x7f, ..] => integer,
        _ => return None,
    };
    let start = place.len().checked_sub(magnitude.len())?;
    place.get_mut(start..)?.copy_from_slice(magnitude);
    Some(())
}

fn integer(magnitude: &[u8]) -> Option<Vec<u8>> {
    let start = magnitude.iter().position(|octet| *octet != 0)?;
    let mut octets = magnitude.get(start..)?.to_vec();
    if octets.first()? & 0x80 != 0 {
        octets.insert(0, 0);
    }
    tlv(0x02, &octets)
}

fn tlv(tag: u8, value: &[u8]) -> Option<Vec<u8>> {
    let length = u8::try_from(value.len()).ok()?;
    let head: &[u8] = if length < 0x80 { &[tag, length] } else { &[tag, 0x81, length] };
    Some([head, value].concat())
}

#[cfg(test)]
mod tests {
    use super::{to_der, to_fixed};

    #[test]
    fn the_two_forms_are_one_signature() {
        for (r, s) in [(1, 2), (0x7f, 0x80), (0xff, 0xff), (0x80, 1)] {
            for field_bytes in [32, 48] {
                let mut fixed = vec![0; 2 * field_bytes];
                fixed[field_bytes - 1] = r;
                fixed[field_bytes] = s;
                fixed[2 * field_bytes - 1] = s;
                let der = to_der(&fixed).unwrap();
                assert_eq!(to_fixed(&der, field_bytes), Some(fixed), "{r} {s} {field_bytes}");
            }
        }
    }

    #[test]
    fn what_is_not_der_is_none() {
        for der in [
            "",
            "30",
            "3000",
            "3006020100020101",
            "3006020101020100",
            "300602010102010100",
            "30070201010201010000",
            "3006028101020101",
            "300602018002010100",
            "3007020200010201 01",
            "30060201ff020101",
            "308106020101020101",
            "3106020101020101",
        ] {
            let octets: Vec<u8> = (0..der.len() / 2)
                .filter_map(|at| u8::from_str_radix(&der[2 * at..2 * at + 2], 16).ok())
                .collect();
            assert_eq!(to_fixed(&octets, 32), None, "{der}");
        }
        assert_eq!(to_fixed(&[0x30, 6, 2, 1, 1, 2, 1, 1], 0), None);
        assert_eq!(to_der(&[0; 64]), None);
    }
}
