//! The three forms in which post-quantum private keys travel (RFC 9881 §6, RFC 9935 §6).
//!
//! ```text
//! PrivateKey ::= CHOICE {
//!   seed [0] OCTET STRING, expandedKey OCTET STRING,
//!   both SEQUENCE { seed OCTET STRING, expandedKey OCTET STRING } }
//! ```

use zeroize::Zeroizing;

use crate::asn1::{self, NotDer, Of, Reader, Tlv};
use crate::error::{Result, Structure};

/// One of the forms; `N` is the length of a seed.
pub(super) enum Forms<'a, const N: usize> {
    Seed(Zeroizing<[u8; N]>),
    Expanded(&'a [u8]),
    Both(Zeroizing<[u8; N]>, &'a [u8]),
}

pub(super) fn read_forms<const N: usize>(der: &[u8]) -> Result<Forms<'_, N>> {
    let read = || {
        let mut reader = Reader::new(der);
        let value = reader.next()?;
        reader.finish()?;
        match value.tag {
            asn1::OCTET_STRING => Ok(Forms::Expanded(value.value)),
            asn1::SEQUENCE => {
                let mut fields = value.reader();
                let seed = seed(fields.expect(asn1::OCTET_STRING)?)?;
                let expanded = fields.expect(asn1::OCTET_STRING)?.value;
                fields.finish()?;
                Ok(Forms::Both(seed, expanded))
            }
            tag if tag == asn1::context_primitive(0) => seed(value).map(Forms::Seed),
            _ => Err(NotDer),
        }
    };
    read().of(Structure::PrivateKey)
}

fn seed<const N: usize>(value: Tlv<'_>) -> core::result::Result<Zeroizing<[u8; N]>, NotDer> {
    let mut seed = Zeroizing::new([0; N]);
    if value.value.len() != N {
        return Err(NotDer);
    }
    seed.copy_from_slice(value.value);
    Ok(seed)
}

pub(super) fn write_forms<const N: usize>(forms: &Forms<'_, N>) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(match forms {
        Forms::Seed(seed) => asn1::tlv(asn1::context_primitive(0), &**seed),
        Forms::Expanded(expanded) => asn1::octet_string(expanded),
        Forms::Both(seed, expanded) => {
            let seed = Zeroizing::new(asn1::octet_string(&**seed));
            let expanded = Zeroizing::new(asn1::octet_string(expanded));
            asn1::sequence(&[&seed, &expanded])
        }
    })
}
