//! Writing DER around big content without copying it more than once.

use sceau_mime::order;

use crate::asn1;

/// One constructed element around another: the octets of it that stand before and after the inner one.
#[derive(Clone, Copy)]
pub(crate) struct Layer<'a> {
    pub(crate) identifier: u8,
    pub(crate) before: &'a [u8],
    pub(crate) after: &'a [u8],
}

/// Encodes nested elements, outermost first, around `body`, which moves once, into its final place.
pub(crate) fn nest(layers: &[Layer<'_>], body: &[u8]) -> Vec<u8> {
    let (mut encoded, tail) = around(layers, body.len(), body.len());
    encoded.extend_from_slice(body);
    encoded.extend_from_slice(&tail);
    encoded
}

/// What [`nest`] puts before and after a body of that length, the first with room for `room` octets more.
pub(crate) fn around(layers: &[Layer<'_>], body: usize, room: usize) -> (Vec<u8>, Vec<u8>) {
    let mut heads: Vec<Vec<u8>> = Vec::with_capacity(layers.len());
    let (mut length, mut tail) = (body, Vec::new());
    for layer in layers.iter().rev() {
        let contents = layer.before.len().saturating_add(length).saturating_add(layer.after.len());
        let mut head = vec![layer.identifier];
        head.extend_from_slice(&super::ber::encoded_length(contents));
        length = head.len().saturating_add(contents);
        head.extend_from_slice(layer.before);
        heads.push(head);
        tail.extend_from_slice(layer.after);
    }
    let mut encoded = Vec::with_capacity(length.saturating_sub(body).saturating_add(room));
    for head in heads.iter().rev() {
        encoded.extend_from_slice(head);
    }
    (encoded, tail)
}

/// A SET OF in DER order (X.690 §11.6) under any identifier: signed attributes are `[0]` in the
/// message and SET in the digest.
pub(crate) fn set_of(identifier: u8, mut elements: Vec<Vec<u8>>) -> Vec<u8> {
    order::sort(&mut elements);
    asn1::tlv(identifier, &elements.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nest_is_what_joining_gives() {
        let layers = [
            Layer { identifier: asn1::SEQUENCE, before: &[5, 0], after: &[] },
            Layer { identifier: asn1::context(0), before: &[], after: &[4, 1, 9] },
        ];
        let inner = asn1::nest(asn1::context(0), &[&[4, 1, 7], &[4, 1, 9]]);
        assert_eq!(nest(&layers, &[4, 1, 7]), asn1::sequence(&[&[5, 0], &inner]));
    }

    #[test]
    fn a_set_is_sorted() {
        assert_eq!(set_of(asn1::SET, vec![vec![4, 1, 2], vec![2, 1, 9]]), [0x31, 6, 2, 1, 9, 4, 1, 2]);
    }
}
