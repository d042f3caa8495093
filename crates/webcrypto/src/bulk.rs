//! Content ciphers. The content's own buffer takes the answer, so that nothing of it is left beside.

use js_sys::{Object, Uint8Array};
use sceau_smime::cms::content_cipher::{Cipher, ContentAlgorithm};
use sceau_smime::error::{Error, Result};
use web_sys::CryptoKey;

use crate::parameters as with;
use crate::subtle::{Refused, Subtle};

/// A content cipher in the browser's hands.
pub(crate) struct Bulk {
    subtle: Subtle,
    key: CryptoKey,
    run: Object,
    tag_bytes: usize,
}

/// AES-GCM with this algorithm's nonce and tag length; `None` where the reference has to do it.
pub(crate) async fn gcm(
    subtle: Option<Subtle>,
    algorithm: &ContentAlgorithm,
    key: &[u8],
    associated: &[u8],
) -> Option<Bulk> {
    // Browsers leave out AES-192.
    if !matches!(algorithm.cipher, Cipher::Aes128Gcm | Cipher::Aes256Gcm) {
        return None;
    }
    let tag_bytes = algorithm.tag_bytes();
    let run = with::gcm(algorithm.iv(), associated, tag_bytes)?;
    start(subtle?, algorithm, key, run, tag_bytes).await
}

/// AES-CBC with PKCS#7 padding; `None` where the reference has to do it.
pub(crate) async fn cbc(subtle: Option<Subtle>, algorithm: &ContentAlgorithm, key: &[u8]) -> Option<Bulk> {
    if !matches!(algorithm.cipher, Cipher::Aes128Cbc | Cipher::Aes256Cbc) {
        return None;
    }
    start(subtle?, algorithm, key, with::cbc(algorithm.iv()), 0).await
}

async fn start(
    subtle: Subtle,
    algorithm: &ContentAlgorithm,
    key: &[u8],
    run: Object,
    tag_bytes: usize,
) -> Option<Bulk> {
    let name = if tag_bytes == 0 { "AES-CBC" } else { "AES-GCM" };
    let key = algorithm.effective_key(key);
    let key = subtle.import("raw", &key, &with::named(name), &["encrypt", "decrypt"]).await.ok()?;
    Some(Bulk { subtle, key, run, tag_bytes })
}

impl Bulk {
    /// Ciphertext and tag, or the content back for the reference.
    pub(crate) async fn seal(
        &self,
        mut content: Vec<u8>,
    ) -> core::result::Result<(Vec<u8>, Vec<u8>), Vec<u8>> {
        let Ok(sealed) = self.subtle.encrypt_bulk(&self.run, &self.key, &content).await else {
            return Err(content);
        };
        let Ok(split) = u32::try_from(content.len()) else { return Err(content) };
        sealed.subarray(0, split).copy_to(&mut content);
        Ok((content, sealed.subarray(split, sealed.length()).to_vec()))
    }

    /// The content, once the tag was right.
    pub(crate) async fn open(&self, mut sealed: Vec<u8>, tag: &[u8]) -> Result<Vec<u8>> {
        if tag.len() != self.tag_bytes {
            return Err(Error::Decrypt);
        }
        sealed.extend_from_slice(tag);
        self.decrypt(sealed).await
    }

    /// Ciphertext, or the content back for the reference.
    pub(crate) async fn encrypt(&self, content: Vec<u8>) -> core::result::Result<Vec<u8>, Vec<u8>> {
        match self.subtle.encrypt_bulk(&self.run, &self.key, &content).await {
            Ok(sealed) => Ok(take(content, &sealed)),
            Err(Refused) => Err(content),
        }
    }

    pub(crate) async fn decrypt(&self, sealed: Vec<u8>) -> Result<Vec<u8>> {
        let content = self.subtle.decrypt_bulk(&self.run, &self.key, &sealed).await;
        let content = content.map_err(|Refused| Error::Decrypt)?;
        let taken = take(sealed, &content);
        content.fill(0, 0, content.length());
        Ok(taken)
    }
}

/// Copies an answer over what was asked about.
fn take(mut buffer: Vec<u8>, answer: &Uint8Array) -> Vec<u8> {
    buffer.resize(answer.byte_length().try_into().unwrap_or_default(), 0);
    answer.copy_to(&mut buffer);
    buffer
}
