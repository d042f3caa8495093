//! One direction of a line: octets on their way, in order.

use std::{collections::VecDeque, task::Waker};

use tokio::time::Instant;

/// Octets under way at most; more wait with whoever writes.
pub(super) const WINDOW: usize = 65_536;

/// What was written and is not read yet.
#[derive(Default)]
pub(super) struct Pipe {
    under_way: VecDeque<(Instant, VecDeque<u8>)>,
    octets: usize,
    /// Nothing follows.
    pub(super) is_closed: bool,
    /// Nobody reads.
    pub(super) is_deaf: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

/// What a reader finds.
pub(super) enum Found {
    Octets(Vec<u8>),
    /// Something comes then.
    At(Instant),
    End,
    Nothing,
}

impl Pipe {
    /// How much more may be written.
    pub(super) fn room(&self) -> usize {
        WINDOW.saturating_sub(self.octets)
    }

    /// Sends octets, to arrive no sooner than what was sent before.
    pub(super) fn send(&mut self, octets: &[u8], at: Instant) {
        let at = self.under_way.back().map_or(at, |(last, _)| at.max(*last));
        self.octets += octets.len();
        self.under_way.push_back((at, octets.iter().copied().collect()));
        self.wake_reader();
    }

    /// What has come by now, as much of it as `piece` says of what could be taken.
    pub(super) fn take(&mut self, limit: usize, piece: impl FnOnce(usize) -> usize) -> Found {
        let Some((at, octets)) = self.under_way.front_mut() else {
            return if self.is_closed { Found::End } else { Found::Nothing };
        };
        if *at > Instant::now() {
            return Found::At(*at);
        }
        let count = piece(octets.len().min(limit)).min(octets.len());
        let taken: Vec<u8> = octets.drain(..count).collect();
        if octets.is_empty() {
            self.under_way.pop_front();
        }
        self.octets -= count;
        if let Some(writer) = self.writer.take() {
            writer.wake();
        }
        Found::Octets(taken)
    }

    /// What is under way never arrives.
    pub(super) fn lose(&mut self) {
        self.under_way.clear();
    }

    pub(super) fn wait_to_read(&mut self, waker: &Waker) {
        self.reader = Some(waker.clone());
    }

    pub(super) fn wait_to_write(&mut self, waker: &Waker) {
        self.writer = Some(waker.clone());
    }

    pub(super) fn wake_reader(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }

    pub(super) fn wake(&mut self) {
        self.wake_reader();
        if let Some(writer) = self.writer.take() {
            writer.wake();
        }
    }
}
