//! How far a long command is, on a terminal's standard error and nowhere else.

use std::{
    io::{self, IsTerminal as _, Write as _},
    time::{Duration, Instant},
};

use super::manifest::Blobs;

/// How often the line is written anew.
const INTERVAL: Duration = Duration::from_millis(200);

/// One line that is written over.
#[derive(Debug)]
pub(crate) struct Progress {
    shown: bool,
    doing: &'static str,
    of: (u64, u64),
    done: (u64, u64),
    last: Option<Instant>,
}

impl Progress {
    /// What is being done, as a word before the numbers.
    pub(crate) fn new(doing: &'static str) -> Self {
        Self { shown: io::stderr().is_terminal(), doing, of: (0, 0), done: (0, 0), last: None }
    }

    /// Shown nowhere.
    pub(crate) fn quiet() -> Self {
        Self { shown: false, ..Self::new("") }
    }

    /// How many blobs and bytes there are to do.
    pub(crate) fn of(&mut self, all: Blobs) {
        self.of = (all.count, all.bytes);
    }

    /// One more blob is done.
    pub(crate) fn blob(&mut self, bytes: u64) {
        self.done = (self.done.0.saturating_add(1), self.done.1.saturating_add(bytes));
        if self.shown && self.last.is_none_or(|last| last.elapsed() >= INTERVAL) {
            self.last = Some(Instant::now());
            self.write();
        }
    }

    fn write(&self) {
        const MEGABYTE: u64 = 1_000_000;
        let ((blobs, bytes), (of_blobs, of_bytes)) = (self.done, self.of);
        // A terminal that went away is no reason to stop.
        let _ = write!(
            io::stderr().lock(),
            "\r{}: {blobs} of {of_blobs} blobs, {} of {} MB\x1b[K",
            self.doing,
            bytes / MEGABYTE,
            of_bytes / MEGABYTE
        );
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.last.is_some() {
            let _ = write!(io::stderr().lock(), "\r\x1b[K");
        }
    }
}
