//! Sources made of others without touching an octet: ranges, pieces, one after the other.

use core::cell::RefCell;

use zeroize::Zeroizing;

use super::{Source, View, WINDOW, fill, to_u64, to_usize};
use crate::backend::Promise;
use crate::error::{Error, Limit, Result};

/// Most runs of pieces that are kept. A program that writes a string in pieces makes them all of one length, which is one
/// run; lines of text of any length are read by other means.
const MAX_RUNS: usize = 65_536;

/// Octets that are in memory anyway. Wiped on drop.
pub struct Memory(Zeroizing<Vec<u8>>);

impl Memory {
    /// A source over these octets.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    pub(crate) fn of(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }
}

impl core::fmt::Debug for Memory {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Memory({} bytes, redacted)", self.0.len())
    }
}

impl Source for Memory {
    fn len(&self) -> u64 {
        to_u64(self.0.len())
    }

    fn read_at<'a>(&'a self, offset: u64, buffer: &'a mut [u8]) -> Promise<'a, usize> {
        let rest = to_usize(offset).ok().and_then(|at| self.0.get(at..)).unwrap_or_default();
        Box::pin(core::future::ready(Ok(copy_some(rest, buffer))))
    }
}

/// Copies as much as both have.
pub(crate) fn copy_some(from: &[u8], to: &mut [u8]) -> usize {
    let length = from.len().min(to.len());
    if let (Some(to), Some(from)) = (to.get_mut(..length), from.get(..length)) {
        to.copy_from_slice(from);
    }
    length
}

/// The front of a buffer, at most `most` octets of it.
fn front(buffer: &mut [u8], most: u64) -> &mut [u8] {
    let length = to_usize(most).unwrap_or(usize::MAX).min(buffer.len());
    buffer.get_mut(..length).unwrap_or_default()
}

/// A range of another source.
pub(crate) struct Slice {
    inner: View,
    start: u64,
    length: u64,
}

impl Slice {
    /// The range `start..end`, as far as there is one.
    pub(crate) fn new(inner: &View, start: u64, end: u64) -> Self {
        let end = end.min(inner.len());
        let start = start.min(end);
        Self { inner: inner.clone(), start, length: end.saturating_sub(start) }
    }
}

impl Source for Slice {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at<'a>(&'a self, offset: u64, buffer: &'a mut [u8]) -> Promise<'a, usize> {
        let buffer = front(buffer, self.length.saturating_sub(offset));
        self.inner.read_at(self.start.saturating_add(offset), buffer)
    }
}

/// Sources one after the other.
pub(crate) struct Joined {
    /// Each with where it begins.
    pieces: Vec<(u64, View)>,
    length: u64,
}

impl Joined {
    pub(crate) fn new(views: impl IntoIterator<Item = View>) -> Self {
        let (mut pieces, mut length) = (Vec::new(), 0_u64);
        for view in views.into_iter().filter(|view| !view.is_empty()) {
            let start = length;
            length = length.saturating_add(view.len());
            pieces.push((start, view));
        }
        Self { pieces, length }
    }
}

impl Source for Joined {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at<'a>(&'a self, offset: u64, buffer: &'a mut [u8]) -> Promise<'a, usize> {
        let after = self.pieces.partition_point(|(start, _)| *start <= offset);
        match after.checked_sub(1).and_then(|at| self.pieces.get(at)) {
            Some((start, view)) if offset < self.length => {
                view.read_at(offset.saturating_sub(*start), buffer)
            }
            _ => Box::pin(core::future::ready(Ok(0))),
        }
    }
}

/// Pieces of one length at one distance from each other.
#[derive(Debug, Clone, Copy)]
struct Run {
    /// Where the first piece stands in what is joined.
    joined: u64,
    /// Where it stands in the source.
    start: u64,
    length: u64,
    distance: u64,
    count: u64,
}

/// Pieces of a source, joined: a string in BER that was written in pieces (X.690 §8.7).
#[derive(Default)]
pub(crate) struct Pieces {
    runs: Vec<Run>,
    length: u64,
}

impl Pieces {
    /// Adds the piece at `start`.
    ///
    /// # Errors
    /// `LimitExceeded` with too many that are not alike.
    pub(crate) fn push(&mut self, start: u64, length: u64) -> Result<()> {
        if length == 0 {
            return Ok(());
        }
        let joined = self.length;
        self.length = joined.saturating_add(length);
        if let Some(run) = self.runs.last_mut().filter(|run| run.length == length) {
            let distance = start.saturating_sub(run.start);
            if run.count == 1 {
                (run.distance, run.count) = (distance, 2);
                return Ok(());
            }
            if run.distance.checked_mul(run.count) == Some(distance) {
                run.count = run.count.saturating_add(1);
                return Ok(());
            }
        }
        if self.runs.len() == MAX_RUNS {
            return Err(Error::LimitExceeded { limit: Limit::InputSize });
        }
        self.runs.push(Run { joined, start, length, distance: length, count: 1 });
        Ok(())
    }

    /// The pieces of `source` as one.
    pub(crate) fn of(self, source: &View) -> View {
        match self.runs.as_slice() {
            [Run { start, length, count: 1, .. }] => {
                std::rc::Rc::new(Slice::new(source, *start, start.saturating_add(*length)))
            }
            _ => std::rc::Rc::new(JoinedPieces { inner: Cached::new(source), pieces: self }),
        }
    }

    /// Where an octet stands in the source, and how many follow it there.
    fn find(&self, offset: u64) -> Option<(u64, u64)> {
        let after = self.runs.partition_point(|run| run.joined <= offset);
        let run = self.runs.get(after.checked_sub(1)?)?;
        let within = offset.checked_sub(run.joined)?;
        let (piece, at) = (within.checked_div(run.length)?, within.checked_rem(run.length)?);
        if piece >= run.count {
            return None;
        }
        let start = run.distance.checked_mul(piece)?.checked_add(run.start)?.checked_add(at)?;
        Some((start, run.length.saturating_sub(at)))
    }
}

struct JoinedPieces {
    inner: Cached,
    pieces: Pieces,
}

impl Source for JoinedPieces {
    fn len(&self) -> u64 {
        self.pieces.length
    }

    fn read_at<'a>(&'a self, offset: u64, buffer: &'a mut [u8]) -> Promise<'a, usize> {
        Box::pin(async move {
            let mut done = 0;
            while done < buffer.len() {
                let Some((start, length)) = self.pieces.find(offset.saturating_add(to_u64(done))) else {
                    break;
                };
                let piece = front(buffer.get_mut(done..).unwrap_or_default(), length);
                let read = self.inner.read_at(start, piece).await?;
                if read == 0 {
                    break;
                }
                done = done.saturating_add(read);
            }
            Ok(done)
        })
    }
}

/// A source whose last window is kept, for whoever reads little at a time.
pub(crate) struct Cached {
    inner: View,
    /// Where the window begins, and the window.
    window: RefCell<(u64, Zeroizing<Vec<u8>>)>,
}

impl Cached {
    pub(crate) fn new(inner: &View) -> Self {
        Self { inner: inner.clone(), window: RefCell::default() }
    }

    fn copy_from_window(&self, offset: u64, buffer: &mut [u8]) -> usize {
        let window = self.window.borrow();
        let at = offset.checked_sub(window.0).and_then(|at| to_usize(at).ok());
        copy_some(at.and_then(|at| window.1.get(at..)).unwrap_or_default(), buffer)
    }
}

impl Source for Cached {
    fn len(&self) -> u64 {
        self.inner.len()
    }

    fn read_at<'a>(&'a self, offset: u64, buffer: &'a mut [u8]) -> Promise<'a, usize> {
        Box::pin(async move {
            let copied = self.copy_from_window(offset, buffer);
            if copied > 0 || buffer.is_empty() {
                return Ok(copied);
            }
            let mut window = core::mem::take(&mut self.window.borrow_mut().1);
            window.resize(WINDOW, 0);
            let read = fill(self.inner.as_ref(), offset, &mut window).await?;
            window.truncate(read);
            self.window.replace((offset, window));
            Ok(self.copy_from_window(offset, buffer))
        })
    }
}
