//! Content ciphers. The content's own buffer takes the answer, so that nothing of it is left beside.

use std::collections::VecDeque;

use js_sys::{Object, Promise, Uint8Array};
use sceau_smime::cms::content_cipher::{Cipher, ContentAlgorithm};
use sceau_smime::error::{Error, Result};
use web_sys::CryptoKey;
use zeroize::Zeroizing;

use crate::parameters as with;
use crate::subtle::{Refused, Subtle, view};
use crate::words::Word;

/// Octets of a piece of CBC content: so much stays in the caches, and the browser finds room for its copies without asking the
/// system for fresh memory, which takes longer than the cipher.
const PIECE_BYTES: usize = 256 * 1024;

/// Pieces in the browser's hands at a time.
const PIECES_AT_A_TIME: usize = 4;

/// Octets of a block of AES.
const BLOCK_BYTES: usize = 16;

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
    usage: Word,
) -> Option<Bulk> {
    // Browsers leave out AES-192.
    if !matches!(algorithm.cipher, Cipher::Aes128Gcm | Cipher::Aes256Gcm) {
        return None;
    }
    let tag_bytes = algorithm.tag_bytes();
    let run = with::gcm(algorithm.iv(), associated, tag_bytes)?;
    start(subtle?, algorithm, key, run, tag_bytes, usage).await
}

/// AES-CBC with PKCS#7 padding; `None` where the reference has to do it.
pub(crate) async fn cbc(
    subtle: Option<Subtle>,
    algorithm: &ContentAlgorithm,
    key: &[u8],
    usage: Word,
) -> Option<Bulk> {
    if !matches!(algorithm.cipher, Cipher::Aes128Cbc | Cipher::Aes256Cbc) {
        return None;
    }
    start(subtle?, algorithm, key, with::cbc(algorithm.iv()), 0, usage).await
}

async fn start(
    subtle: Subtle,
    algorithm: &ContentAlgorithm,
    key: &[u8],
    run: Object,
    tag_bytes: usize,
    usage: Word,
) -> Option<Bulk> {
    let name = if tag_bytes == 0 { Word::AesCbc } else { Word::AesGcm };
    let key = algorithm.effective_key(key);
    let key = subtle.import(Word::Raw, &key, &name.js(), Some(usage)).await.ok()?;
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
        let content = self.subtle.decrypt_bulk(&self.run, &self.key, &sealed).await;
        let content = content.map_err(|Refused| Error::Decrypt)?;
        let taken = take(sealed, &content);
        content.fill(0, 0, content.length());
        Ok(taken)
    }
}

/// The length of a piece of content, and the promise of what it decrypts to.
struct Piece {
    length: usize,
    promise: Promise,
}

impl Bulk {
    /// Decrypts AES-CBC, piece after piece. Every piece but the last is closed with a block of padding, since the browser decrypts
    /// nothing else; what is wrong with the content's own padding shows in the last.
    pub(crate) async fn decrypt_pieces(
        &self,
        algorithm: &ContentAlgorithm,
        key: &[u8],
        sealed: &[u8],
    ) -> Result<Vec<u8>> {
        if sealed.len() <= PIECE_BYTES {
            let content = self.subtle.decrypt(&self.run, &self.key, sealed).await;
            return content.map_err(|Refused| Error::Decrypt);
        }
        let mut content = Zeroizing::new(Vec::with_capacity(sealed.len()));
        let mut waiting = VecDeque::with_capacity(PIECES_AT_A_TIME);
        let mut closed = Vec::with_capacity(PIECE_BYTES + BLOCK_BYTES);
        let mut iv = algorithm.iv();
        let mut pieces = sealed.chunks(PIECE_BYTES).peekable();
        while let Some(piece) = pieces.next() {
            if waiting.len() == PIECES_AT_A_TIME {
                land(&mut content, waiting.pop_front(), false).await?;
            }
            let run = with::cbc(iv);
            let promise = if pieces.peek().is_some() {
                iv = piece.last_chunk::<BLOCK_BYTES>().ok_or(Error::Decrypt)?;
                closed.clear();
                closed.extend_from_slice(piece);
                closed.extend_from_slice(&algorithm.closing_block(key, iv)?);
                self.subtle.decrypt_promise(&run, &self.key, &closed)
            } else {
                self.subtle.decrypt_promise(&run, &self.key, piece)
            };
            waiting.push_back(Piece { length: piece.len(), promise });
        }
        while let Some(piece) = waiting.pop_front() {
            land(&mut content, Some(piece), waiting.is_empty()).await?;
        }
        Ok(core::mem::take(&mut *content))
    }

    /// Ciphertext under AES-CBC, or the content back for the reference. Piece after piece: each goes on from the last block of the one before, whose closing
    /// block of padding is dropped.
    pub(crate) async fn encrypt_pieces(
        &self,
        algorithm: &ContentAlgorithm,
        content: Vec<u8>,
    ) -> core::result::Result<Vec<u8>, Vec<u8>> {
        let mut sealed = Vec::with_capacity(content.len().saturating_add(BLOCK_BYTES));
        let mut pieces = content.chunks(PIECE_BYTES).peekable();
        while let Some(piece) = pieces.next() {
            let iv = match sealed.len().checked_sub(BLOCK_BYTES) {
                Some(last) => sealed.get(last..).unwrap_or_default(),
                None => algorithm.iv(),
            };
            let run = with::cbc(iv);
            let Ok(answer) = self.subtle.encrypt_bulk(&run, &self.key, piece).await else {
                return Err(content);
            };
            let start = sealed.len();
            let closed = answer.length().try_into().unwrap_or_default();
            sealed.resize(start.saturating_add(closed), 0);
            answer.copy_to(sealed.get_mut(start..).unwrap_or_default());
            if pieces.peek().is_some() {
                sealed.truncate(start.saturating_add(piece.len()));
            }
        }
        Ok(sealed)
    }
}

/// Puts what a piece decrypted to behind those before it.
async fn land(content: &mut Vec<u8>, piece: Option<Piece>, is_last: bool) -> Result<()> {
    let Piece { length, promise } = piece.ok_or(Error::Decrypt)?;
    let answer = view(promise).await.map_err(|Refused| Error::Decrypt)?;
    let found = usize::try_from(answer.length()).map_err(|_| Error::Decrypt)?;
    if found > length || (found != length && !is_last) {
        return Err(Error::Decrypt);
    }
    let start = content.len();
    content.resize(start.saturating_add(found), 0);
    answer.copy_to(content.get_mut(start..).unwrap_or_default());
    answer.fill(0, 0, answer.length());
    Ok(())
}

/// Copies an answer over what was asked about.
fn take(mut buffer: Vec<u8>, answer: &Uint8Array) -> Vec<u8> {
    buffer.resize(answer.byte_length().try_into().unwrap_or_default(), 0);
    answer.copy_to(&mut buffer);
    buffer
}
