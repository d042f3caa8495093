//! CompressedData (RFC 3274): content under zlib (RFC 1950). Read only: a compressed letter is smaller by what its
//! files mostly are already, and its size would tell about its content.

use std::borrow::Cow;

use const_oid::ObjectIdentifier;
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::{
    TINFL_FLAG_PARSE_ZLIB_HEADER, TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF,
};
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

use super::ber::{self, Tlv, tag, to_der};
use super::content_info::ContentType;
use super::signed_data::{algorithm_oid, read_encapsulated};
use crate::error::{Error, Limit, Result, Structure};

/// Most octets that come out of one CompressedData: the longest encoding that is read at all.
pub const MAX_OUTPUT_BYTES: usize = ber::MAX_BYTES;

/// How many times its own size compressed content may grow, once it is beyond [`FREE_OUTPUT_BYTES`]. Text shrinks to
/// a third or a tenth; a thousandth, the best zlib can do, is what only bombs reach.
pub const MAX_RATIO: usize = 100;

/// What may come out whatever the ratio: a short letter of one repeated line is no attack.
pub const FREE_OUTPUT_BYTES: usize = 16 * 1024 * 1024;

/// id-alg-zlibCompress (RFC 3274 §2).
const ZLIB: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.3.8");

/// `CompressedData ::= SEQUENCE { version, compressionAlgorithm, encapContentInfo }`
#[derive(Debug)]
pub struct CompressedData<'a> {
    /// Type of the content inside.
    pub content_type: ContentType,
    compressed: Cow<'a, [u8]>,
}

impl<'a> CompressedData<'a> {
    /// Reads the content of a ContentInfo of type `id-ct-compressedData`.
    ///
    /// # Errors
    /// `Malformed`, `LimitExceeded`, `UnsupportedAlgorithm`, and `Missing` when the content is elsewhere.
    pub fn read(content: Tlv<'a>) -> Result<Self> {
        let mut fields = content.sequence()?;
        fields.expect(tag::INTEGER)?;
        let oid = algorithm_oid(&to_der(fields.expect(tag::SEQUENCE)?.raw)?)?;
        let (content_type, compressed) = read_encapsulated(fields.expect(tag::SEQUENCE)?)?;
        fields.finish()?;
        if oid != ZLIB {
            return Err(Error::UnsupportedAlgorithm { oid });
        }
        let compressed = compressed.ok_or(Error::Missing { what: Structure::Cms })?;
        Ok(Self { content_type, compressed })
    }

    /// What was compressed.
    ///
    /// # Errors
    /// `Malformed` when it is no zlib stream, its check sum is wrong or octets follow it; `LimitExceeded` when it grows
    /// beyond [`MAX_OUTPUT_BYTES`] or [`MAX_RATIO`].
    pub fn decompress(&self) -> Result<Vec<u8>> {
        let by_ratio = self.compressed.len().saturating_mul(MAX_RATIO).max(FREE_OUTPUT_BYTES);
        inflate(&self.compressed, by_ratio.min(MAX_OUTPUT_BYTES))
    }
}

fn inflate(mut input: &[u8], limit: usize) -> Result<Vec<u8>> {
    let flags = TINFL_FLAG_PARSE_ZLIB_HEADER | TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    let malformed = Error::Malformed { what: Structure::Cms };
    let mut inflater = Box::<DecompressorOxide>::default();
    let mut output = vec![0; input.len().saturating_mul(4).clamp(1024, limit.max(1024))];
    let mut written = 0_usize;
    loop {
        let (status, read, more) = decompress(&mut inflater, input, &mut output, written, flags);
        written = written.saturating_add(more);
        input = input.get(read..).ok_or(malformed.clone())?;
        match status {
            TINFLStatus::Done if written > limit => {
                return Err(Error::LimitExceeded { limit: Limit::InputSize });
            }
            TINFLStatus::Done if input.is_empty() => {
                output.truncate(written);
                return Ok(output);
            }
            TINFLStatus::HasMoreOutput if output.len() >= limit => {
                return Err(Error::LimitExceeded { limit: Limit::InputSize });
            }
            TINFLStatus::HasMoreOutput => output.resize(output.len().saturating_mul(2).min(limit), 0),
            _ => return Err(malformed),
        }
    }
}

#[cfg(test)]
mod tests {
    use miniz_oxide::deflate::compress_to_vec_zlib;

    use super::*;

    const TOO_MUCH: Error = Error::LimitExceeded { limit: Limit::InputSize };
    const DAMAGED: Error = Error::Malformed { what: Structure::Cms };

    #[test]
    fn the_limit_holds_just_below_and_just_above() {
        let plain = vec![7; 5_000];
        let packed = compress_to_vec_zlib(&plain, 6);
        assert_eq!(inflate(&packed, 5_000).unwrap(), plain);
        assert_eq!(inflate(&packed, 4_999), Err(TOO_MUCH));
        assert_eq!(inflate(&compress_to_vec_zlib(&[7; 10], 6), 9), Err(TOO_MUCH));
        assert!(inflate(&compress_to_vec_zlib(&[], 6), 0).unwrap().is_empty());
    }

    #[test]
    fn a_bomb_is_refused_by_its_ratio() {
        let bomb = compress_to_vec_zlib(&vec![0; FREE_OUTPUT_BYTES + 1], 6);
        let content_type = ContentType::Data;
        assert!(bomb.len() * MAX_RATIO < FREE_OUTPUT_BYTES);
        let refused = CompressedData { content_type, compressed: bomb.into() }.decompress();
        assert_eq!(refused, Err(TOO_MUCH));
        let free = compress_to_vec_zlib(&vec![0; FREE_OUTPUT_BYTES], 6);
        let taken = CompressedData { content_type, compressed: free.into() }.decompress().unwrap();
        assert_eq!(taken.len(), FREE_OUTPUT_BYTES);
    }

    #[test]
    fn damage_is_noticed() {
        let plain = b"Some text, some text, some text.";
        let packed = compress_to_vec_zlib(plain, 6);
        // The bits that fill up the last octet of the deflate stream say nothing.
        let filling = packed.len() - 5;
        for at in 0..packed.len() {
            let mut damaged = packed.clone();
            damaged[at] ^= 0x10;
            let expected = if at == filling { Ok(plain.to_vec()) } else { Err(DAMAGED) };
            assert_eq!(inflate(&damaged, 1_000), expected, "octet {at}");
            assert_eq!(inflate(&packed[..at], 1_000), Err(DAMAGED), "octet {at}");
        }
        assert_eq!(inflate(&[&packed[..], b"x"].concat(), 1_000), Err(DAMAGED));
    }
}
