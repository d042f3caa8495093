//! Letters larger than memory: opened and judged as [`super::open`] does it, read by ranges ([`crate::stream`]).
//!
//! Every layer that is taken off leaves a source that reads through it: base64, the pieces of a string, a cipher whose
//! authentication was checked in a pass of its own. What judges is the code for small letters: it is given the structures
//! without their content, the content's digests, and the payload's outline. Nothing is delivered before all of that is done;
//! then the payload is read, and decrypted, once more.

mod mail;
mod parts;
mod payload;
mod peel;
mod seal;

use std::rc::Rc;

use rand_core::CryptoRng;

use self::parts::BigPart;
use self::payload::Payload;
use self::peel::{BigPeeler, Uncovered};
use super::judged::{Judged, PartFacts};
use super::open::{OpenRequest, conclude, peeler};
use crate::backend::{Backend, Rust, ready};
use crate::error::{Error, Result};
use crate::stream::{Sink, View, copy, read_head};

use self::peel::HEAD;

pub use self::mail::BigMail;
pub use self::seal::{BigSealRequest, BigSealed, BigSigned, sign_big};

/// How much of a letter may be in memory at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Layers of at most so many octets are read as small letters are.
    pub load_below: u64,
    /// The same for layers that cannot be read by ranges: compressed or damaged ones, rare ciphers.
    pub load_most: u64,
    /// Octets that are kept of a text which the letter shows.
    pub text: usize,
    /// Octets that are kept of the beginning of a file.
    pub file: usize,
}

impl Bounds {
    /// What is no longer read as a small letter: some copies of it are nothing.
    pub const LOAD_BELOW: u64 = 1024 * 1024;
    /// Several copies of that stay far below what a browser gives to a worker.
    pub const LOAD_MOST: u64 = 8 * 1024 * 1024;
    /// A thousand pages.
    pub const TEXT: usize = 4 * 1024 * 1024;
    /// More than the fields that may stand at the beginning of a message that is attached.
    pub const FILE: usize = 4 * 1024;
}

impl Default for Bounds {
    fn default() -> Self {
        Self { load_below: Self::LOAD_BELOW, load_most: Self::LOAD_MOST, text: Self::TEXT, file: Self::FILE }
    }
}

/// What to open.
pub struct BigRequest<'a> {
    /// With what, and by whose trust. Its `bytes` and `detached` are not used; `keep_layers` is not heeded.
    pub request: OpenRequest<'a>,
    /// A mail, or CMS in PEM, DER or BER. Untrusted.
    pub source: View,
    /// What a detached signature in the source is over.
    pub detached: Option<View>,
    /// How much of it may be in memory.
    pub bounds: Bounds,
}

/// A letter that was judged and can be delivered.
pub struct BigLetter {
    judged: Judged,
    message: View,
    message_sha256: [u8; 32],
    parts: Vec<BigPart>,
    ranged_layers: usize,
}

/// Opens every layer and judges what is inside.
///
/// # Errors
/// As [`super::open`]; `Storage`, `Changed`; `LimitExceeded` for a letter whose words do not fit in memory.
pub fn open_big(request: &BigRequest<'_>, rng: &mut impl CryptoRng) -> Result<BigLetter> {
    ready(open_big_with(&Rust, request, rng))
}

/// [`open_big`] over another backend than the reference, or over a source that has to wait.
///
/// # Errors
/// As [`open_big`].
pub async fn open_big_with(
    backend: &dyn Backend,
    big: &BigRequest<'_>,
    rng: &mut impl CryptoRng,
) -> Result<BigLetter> {
    let head = read_head(big.source.as_ref(), HEAD).await?;
    let request = OpenRequest { bytes: &head, detached: None, keep_layers: false, ..big.request };
    let peeler =
        BigPeeler { peeler: peeler(backend, &request), bounds: big.bounds, detached: big.detached.as_ref() };
    let uncovered = peeler.peel(&big.source, rng).await?;
    let payload = Payload::read(&uncovered, &big.bounds).await?;
    let Uncovered { mut peeled, payload: message, ranged_layers, .. } = uncovered;
    let Payload { mut skeleton, letter, warnings, parts, sha256 } = payload;
    peeled.payload = core::mem::take(&mut *skeleton).into();
    let mut judged = conclude(&request, peeled, letter, warnings);
    judged.ranged = parts.iter().map(BigPart::facts).collect();
    judged.message = super::held::Held::default();
    Ok(BigLetter { judged, message, message_sha256: sha256, parts, ranged_layers })
}

impl BigLetter {
    /// The verdict and what a reader sees. Its message is empty, and so are the octets of big parts: the methods here
    /// deliver them.
    #[must_use]
    pub fn judged(&self) -> &Judged {
        &self.judged
    }

    /// Octets of the message as it was protected.
    #[must_use]
    pub fn message_len(&self) -> u64 {
        self.message.len()
    }

    /// SHA-256 of the message.
    #[must_use]
    pub fn message_sha256(&self) -> [u8; 32] {
        self.message_sha256
    }

    /// How many layers were read by ranges; the others were small enough to be loaded.
    #[must_use]
    pub fn ranged_layers(&self) -> usize {
        self.ranged_layers
    }

    /// Writes the message exactly as it was protected.
    ///
    /// # Errors
    /// `Storage`; `Changed` when it is no longer what was judged, and what was written has to be thrown away.
    pub async fn write_message(&self, sink: &mut dyn Sink) -> Result<()> {
        let mut checked = Checked { sink, digest: sha2::Digest::new() };
        copy(self.message.as_ref(), &mut checked).await?;
        checked.finish(&self.message_sha256)
    }

    /// Writes the octets of a part, counted as in the letter.
    ///
    /// # Errors
    /// As [`Self::write_message`]; `Missing` when there is no such part.
    pub async fn write_part(&self, index: usize, sink: &mut dyn Sink) -> Result<()> {
        let missing = Error::Missing { what: crate::error::Structure::Message };
        match (self.parts.get(index), self.judged.letter.parts.get(index)) {
            (Some(BigPart::Ranged(part)), Some(_)) => {
                let mut checked = Checked { sink, digest: sha2::Digest::new() };
                part.write(&mut checked).await?;
                checked.finish(&part.facts().sha256)
            }
            (_, Some(part)) => sink.write(&part.bytes).await,
            _ => Err(missing),
        }
    }
}

impl core::fmt::Debug for BigLetter {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("BigLetter").field("judged", &self.judged).finish_non_exhaustive()
    }
}

/// A sink that looks at what passes.
struct Checked<'a> {
    sink: &'a mut dyn Sink,
    digest: sha2::Sha256,
}

impl Sink for Checked<'_> {
    fn write<'a>(&'a mut self, bytes: &'a [u8]) -> crate::backend::Promise<'a, ()> {
        sha2::Digest::update(&mut self.digest, bytes);
        self.sink.write(bytes)
    }
}

impl Checked<'_> {
    fn finish(self, expected: &[u8; 32]) -> Result<()> {
        let found: [u8; 32] = sha2::Digest::finalize(self.digest).into();
        if found == *expected { Ok(()) } else { Err(Error::Changed) }
    }
}

/// A source over octets in memory.
pub(super) fn in_memory(bytes: zeroize::Zeroizing<Vec<u8>>) -> View {
    Rc::new(crate::stream::Memory::of(bytes))
}

type Facts = Option<PartFacts>;
