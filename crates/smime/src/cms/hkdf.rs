//! HKDF (RFC 5869) with any of the hashes that CMS names (RFC 8619).

use hkdf::Hkdf;
use zeroize::Zeroizing;

use crate::key::{DigestAlgorithm, with_digest};

/// Extracts and expands. An empty `salt` is as good as none (RFC 5869 §2.2). `None` when more than
/// 255 hash lengths are asked for.
pub(crate) fn derive(
    hash: DigestAlgorithm,
    salt: &[u8],
    secret: &[u8],
    info: &[u8],
    length: usize,
) -> Option<Zeroizing<Vec<u8>>> {
    let mut key = Zeroizing::new(vec![0; length]);
    with_digest!(hash, D => Hkdf::<D>::new(Some(salt), secret).expand(info, &mut key)).ok()?;
    Some(key)
}
