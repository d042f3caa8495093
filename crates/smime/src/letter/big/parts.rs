//! The files of a big letter, decoded as they are read.

use sceau_mime::{Encoding, decode_quoted_printable};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::Facts;
use crate::backend::Promise;
use crate::error::Result;
use crate::letter::judged::PartFacts;
use crate::stream::base64::Base64;
use crate::stream::transducer::Machine;
use crate::stream::{Sink, View, WINDOW, Windows, to_u64};

/// Longest line of quoted-printable that is waited for; RFC 2045 §6.7 allows 76 octets.
const MAX_QUOTED_LINE: usize = WINDOW;

/// A file of a letter.
pub(super) enum BigPart {
    /// The letter has its octets.
    Loaded,
    /// Its octets are where the message is.
    Ranged(RangedPart),
}

impl BigPart {
    pub(super) fn facts(&self) -> Facts {
        match self {
            Self::Loaded => None,
            Self::Ranged(part) => Some(part.facts),
        }
    }
}

/// Octets within the message, as they are written there.
pub(super) struct RangedPart {
    written: View,
    encoding: Encoding,
    facts: PartFacts,
}

impl RangedPart {
    /// Reads it through once; says too whether its encoding is damaged.
    ///
    /// # Errors
    /// `Storage`.
    pub(super) async fn new(written: View, encoding: Encoding) -> Result<(Self, bool)> {
        let facts = PartFacts { bytes: 0, sha256: [0; 32] };
        let mut part = Self { written, encoding, facts };
        let mut measure = Measure { bytes: 0, digest: Sha256::new() };
        let damaged = part.write(&mut measure).await?;
        part.facts = PartFacts { bytes: measure.bytes, sha256: measure.digest.finalize().into() };
        Ok((part, damaged))
    }

    pub(super) fn facts(&self) -> PartFacts {
        self.facts
    }

    /// Writes the decoded octets and says whether the encoding was damaged.
    ///
    /// # Errors
    /// `Storage`.
    pub(super) async fn write(&self, sink: &mut dyn Sink) -> Result<bool> {
        match self.encoding {
            Encoding::Identity => crate::stream::copy(self.written.as_ref(), sink).await.map(|()| false),
            Encoding::Base64 => self.write_base64(sink).await,
            Encoding::QuotedPrintable => self.write_quoted(sink).await,
        }
    }

    async fn write_base64(&self, sink: &mut dyn Sink) -> Result<bool> {
        let mut machine = Base64::default();
        let mut decoded = Zeroizing::new(Vec::new());
        let mut windows = Windows::new(self.written.as_ref());
        while let Some(window) = windows.next().await? {
            decoded.clear();
            machine.push(window, &mut decoded);
            sink.write(&decoded).await?;
        }
        decoded.clear();
        machine.finish(&mut decoded);
        sink.write(&decoded).await?;
        Ok(machine.is_damaged())
    }

    async fn write_quoted(&self, sink: &mut dyn Sink) -> Result<bool> {
        let mut waiting = Zeroizing::new(Vec::new());
        let mut damaged = false;
        let mut windows = Windows::new(self.written.as_ref());
        while let Some(window) = windows.next().await? {
            waiting.extend_from_slice(window);
            let lines = whole_lines(&waiting);
            let (decoded, harmed) = decode_quoted_printable(waiting.get(..lines).unwrap_or_default());
            sink.write(&Zeroizing::new(decoded)).await?;
            damaged |= harmed;
            waiting = Zeroizing::new(waiting.get(lines..).unwrap_or_default().to_vec());
        }
        let (decoded, harmed) = decode_quoted_printable(&waiting);
        sink.write(&Zeroizing::new(decoded)).await?;
        Ok(damaged || harmed)
    }
}

/// How much of what waits can be decoded on its own: up to the last line end, or, in a line without end, up to where no
/// escape and no white space is cut.
fn whole_lines(waiting: &[u8]) -> usize {
    if let Some(at) = memchr::memrchr(b'\n', waiting) {
        return at.saturating_add(1);
    }
    if waiting.len() < MAX_QUOTED_LINE {
        return 0;
    }
    let is_safe = |pair: &[u8]| !pair.iter().any(|octet| b"= \t\r".contains(octet));
    let last = waiting.windows(3).rposition(is_safe);
    last.map_or(0, |at| at.saturating_add(2))
}

/// Counts and digests.
struct Measure {
    bytes: u64,
    digest: Sha256,
}

impl Sink for Measure {
    fn write<'a>(&'a mut self, bytes: &'a [u8]) -> Promise<'a, ()> {
        self.bytes = self.bytes.saturating_add(to_u64(bytes.len()));
        self.digest.update(bytes);
        Box::pin(core::future::ready(Ok(())))
    }
}
