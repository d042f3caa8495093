//! Sources that a small machine makes of another, octet by octet: transfer encodings, line ends.

use core::cell::RefCell;
use std::rc::Rc;

use zeroize::Zeroizing;

use super::view::copy_some;
use super::{Source, View, WINDOW, Windows, fill, to_u64, to_usize};
use crate::backend::Promise;
use crate::error::{Error, Result};

/// What turns octets into others and remembers little in between.
pub(crate) trait Machine: Clone + Default {
    /// Takes some octets and appends what follows from them.
    fn push(&mut self, input: &[u8], output: &mut Vec<u8>);

    /// Appends what is left at the end.
    fn finish(&mut self, output: &mut Vec<u8>);
}

/// A source seen through a machine. The machine's state is kept at every window of the input, so that a range costs no
/// more than a window before it.
pub(crate) struct Transduced<M> {
    inner: View,
    marks: Vec<Mark<M>>,
    length: u64,
    last: RefCell<Option<Run<M>>>,
}

/// The machine's state after so many octets of input and output.
#[derive(Clone)]
struct Mark<M> {
    machine: M,
    input: u64,
    output: u64,
}

/// Where a reader left off: the state, and the output before it that nobody took yet.
struct Run<M> {
    mark: Mark<M>,
    spare: Zeroizing<Vec<u8>>,
}

impl<M: Machine> Transduced<M> {
    /// Looks through the whole source once.
    ///
    /// # Errors
    /// `Storage`.
    pub(crate) async fn new(inner: &View) -> Result<(Self, M)> {
        let mut mark = Mark { machine: M::default(), input: 0, output: 0 };
        let mut marks = Vec::new();
        let mut output = Zeroizing::new(Vec::new());
        let mut windows = Windows::new(inner.as_ref());
        while let Some(window) = windows.next().await? {
            marks.push(mark.clone());
            output.clear();
            mark.machine.push(window, &mut output);
            mark.input = mark.input.saturating_add(to_u64(window.len()));
            mark.output = mark.output.saturating_add(to_u64(output.len()));
        }
        output.clear();
        mark.machine.finish(&mut output);
        let length = mark.output.saturating_add(to_u64(output.len()));
        Ok((Self { inner: inner.clone(), marks, length, last: RefCell::new(None) }, mark.machine))
    }

    /// The source itself when the machine changes nothing of it.
    ///
    /// # Errors
    /// `Storage`.
    pub(crate) async fn unless_same(inner: &View) -> Result<View>
    where
        M: 'static,
    {
        let (changed, _) = Self::new(inner).await?;
        Ok(if changed.length == inner.len() { inner.clone() } else { Rc::new(changed) })
    }

    /// The nearest place at or before `offset` from which to go on.
    fn start(&self, offset: u64) -> Option<Run<M>> {
        let after = self.marks.partition_point(|mark| mark.output <= offset);
        let mark = after.checked_sub(1).and_then(|at| self.marks.get(at))?;
        if let Some(run) = self.last.borrow_mut().take()
            && run.begin() <= offset
            && run.mark.output >= mark.output
        {
            return Some(run);
        }
        Some(Run { mark: mark.clone(), spare: Zeroizing::default() })
    }

    async fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let Some(mut run) = self.start(offset).filter(|_| offset < self.length) else { return Ok(0) };
        let mut done = 0_usize;
        loop {
            done = done.saturating_add(run.give(offset.saturating_add(to_u64(done)), buffer, done)?);
            if done == buffer.len() || run.mark.input > self.inner.len() {
                break;
            }
            self.step(&mut run, buffer.len().saturating_sub(done)).await?;
        }
        self.last.replace(Some(run));
        Ok(done)
    }

    /// Takes some input; at the end of it, the machine's rest, after which the mark stands behind the end.
    async fn step(&self, run: &mut Run<M>, wanted: usize) -> Result<()> {
        let left = to_usize(self.inner.len().saturating_sub(run.mark.input)).unwrap_or(usize::MAX);
        let size = wanted.saturating_add(wanted / 3).saturating_add(64).min(WINDOW).min(left);
        let mut input = Zeroizing::new(vec![0; size]);
        if fill(self.inner.as_ref(), run.mark.input, &mut input).await? != size {
            return Err(Error::Storage);
        }
        let before = run.spare.len();
        if size == 0 {
            run.mark.machine.finish(&mut run.spare);
            run.mark.input = u64::MAX;
        } else {
            run.mark.machine.push(&input, &mut run.spare);
            run.mark.input = run.mark.input.saturating_add(to_u64(size));
        }
        let made = run.spare.len().saturating_sub(before);
        run.mark.output = run.mark.output.saturating_add(to_u64(made));
        Ok(())
    }
}

impl<M> Run<M> {
    /// Where the spare output begins.
    fn begin(&self) -> u64 {
        self.mark.output.saturating_sub(to_u64(self.spare.len()))
    }

    /// Copies what is there from `offset` on and forgets it and everything before.
    fn give(&mut self, offset: u64, buffer: &mut [u8], done: usize) -> Result<usize> {
        let skip = to_usize(offset.saturating_sub(self.begin()))?.min(self.spare.len());
        let rest = self.spare.get(skip..).unwrap_or_default();
        let copied = copy_some(rest, buffer.get_mut(done..).unwrap_or_default());
        let kept = Zeroizing::new(rest.get(copied..).unwrap_or_default().to_vec());
        self.spare = kept;
        Ok(copied)
    }
}

impl<M: Machine> Source for Transduced<M> {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at<'a>(&'a self, offset: u64, buffer: &'a mut [u8]) -> Promise<'a, usize> {
        Box::pin(self.read(offset, buffer))
    }
}
