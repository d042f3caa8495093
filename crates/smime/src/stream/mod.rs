//! Content larger than memory, read by ranges and written in order.
//!
//! A [`Source`] can be read again and at any place: a file, a Blob. What stands inside it (a base64 body, an OCTET
//! STRING in pieces, what a cipher hides) is a source again, made of the one below, so that nothing is ever parked: whoever
//! needs the octets once more reads and decrypts them once more. A [`Sink`] takes octets in order.

pub(crate) mod base64;
pub(crate) mod crlf;
pub(crate) mod digest;
pub(crate) mod outline;
pub(crate) mod scan;
#[cfg(test)]
mod tests;
pub(crate) mod transducer;
mod veil;
pub(crate) mod view;

use std::rc::Rc;

use zeroize::Zeroizing;

use crate::backend::Promise;
use crate::error::{Error, Limit, Result};

pub use self::veil::Veil;
pub use self::view::Memory;

/// Octets that are read at once: so many that the way to a browser's Blob is seldom gone, so few that a dozen of them are
/// nothing. A multiple of every cipher's block.
pub const WINDOW: usize = 256 * 1024;

/// What can be read again and at any place. It must not change while it is read; a letter that changes between being judged
/// and being delivered is noticed and refused.
pub trait Source {
    /// Octets in all.
    fn len(&self) -> u64;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads from `offset` on into `buffer` and says how many octets that were: at least one, unless `buffer` is empty or
    /// `offset` is at the end.
    ///
    /// # Errors
    /// `Storage` when whatever holds the octets fails.
    fn read_at<'a>(&'a self, offset: u64, buffer: &'a mut [u8]) -> Promise<'a, usize>;
}

/// What takes octets in order.
pub trait Sink {
    /// Takes all of `bytes`.
    ///
    /// # Errors
    /// `Storage` when whatever takes them fails.
    fn write<'a>(&'a mut self, bytes: &'a [u8]) -> Promise<'a, ()>;
}

impl Sink for Vec<u8> {
    fn write<'a>(&'a mut self, bytes: &'a [u8]) -> Promise<'a, ()> {
        self.extend_from_slice(bytes);
        Box::pin(core::future::ready(Ok(())))
    }
}

/// A source that several others are made of.
pub type View = Rc<dyn Source>;

/// The source with CR LF line ends (RFC 8551 §3.1.1): text is signed like that, and kept with LF on many machines. The source
/// itself when it has them.
///
/// # Errors
/// `Storage`.
pub async fn with_crlf(source: &View) -> Result<View> {
    transducer::Transduced::<crlf::Crlf>::unless_same(source).await
}

/// Fills `buffer` from `offset` on, as far as there is something.
pub(crate) async fn fill(source: &dyn Source, offset: u64, buffer: &mut [u8]) -> Result<usize> {
    let mut done = 0;
    while let Some(rest) = buffer.get_mut(done..).filter(|rest| !rest.is_empty()) {
        let read = source.read_at(offset.saturating_add(to_u64(done)), rest).await?;
        if read == 0 {
            break;
        }
        done = done.saturating_add(read);
    }
    Ok(done)
}

/// The octets of a range, all of them.
///
/// # Errors
/// `Storage` when the source is shorter than it said.
pub(crate) async fn read_range(source: &dyn Source, start: u64, length: usize) -> Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(vec![0; length]);
    if fill(source, start, &mut bytes).await? == length { Ok(bytes) } else { Err(Error::Storage) }
}

/// The first octets, at most `most` of them.
pub(crate) async fn read_head(source: &dyn Source, most: usize) -> Result<Zeroizing<Vec<u8>>> {
    read_range(source, 0, to_usize(source.len()).unwrap_or(usize::MAX).min(most)).await
}

/// Everything, when it is at most `most` octets.
///
/// # Errors
/// `LimitExceeded` when it is more.
pub(crate) async fn read_all(source: &dyn Source, most: u64) -> Result<Zeroizing<Vec<u8>>> {
    let too_long = Error::LimitExceeded { limit: Limit::InputSize };
    match to_usize(source.len()) {
        Ok(length) if source.len() <= most => read_range(source, 0, length).await,
        _ => Err(too_long),
    }
}

/// One window after the other, for whoever needs everything once.
pub(crate) struct Windows<'a> {
    source: &'a dyn Source,
    at: u64,
    buffer: Zeroizing<Vec<u8>>,
}

impl<'a> Windows<'a> {
    pub(crate) fn new(source: &'a dyn Source) -> Self {
        let size = to_usize(source.len()).unwrap_or(WINDOW).min(WINDOW);
        Self { source, at: 0, buffer: Zeroizing::new(vec![0; size]) }
    }

    /// The next window; all but the last have the same length.
    ///
    /// # Errors
    /// `Storage`, also when the source is shorter than it said.
    pub(crate) async fn next(&mut self) -> Result<Option<&mut [u8]>> {
        let left = self.source.len().saturating_sub(self.at);
        if left == 0 {
            return Ok(None);
        }
        let wanted = to_usize(left).unwrap_or(usize::MAX).min(self.buffer.len());
        let window = self.buffer.get_mut(..wanted).unwrap_or_default();
        if fill(self.source, self.at, window).await? != wanted {
            return Err(Error::Storage);
        }
        self.at = self.at.saturating_add(to_u64(wanted));
        Ok(Some(window))
    }
}

/// Writes everything.
pub(crate) async fn copy(source: &dyn Source, sink: &mut dyn Sink) -> Result<()> {
    let mut windows = Windows::new(source);
    while let Some(window) = windows.next().await? {
        sink.write(window).await?;
    }
    Ok(())
}

/// A length in memory, which no machine has more of than 64 bits count.
pub(crate) fn to_u64(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// A length that has to fit this machine's memory.
pub(crate) fn to_usize(length: u64) -> Result<usize> {
    usize::try_from(length).map_err(|_| Error::LimitExceeded { limit: Limit::InputSize })
}
