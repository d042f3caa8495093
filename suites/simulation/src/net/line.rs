//! A connection and the faults it was drawn with.

use std::{
    io,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
    time::Duration,
};

use sceau_crash::chance::Chance;
use tokio::time::Instant;

use super::{
    Ending, Net, Place, Service,
    pipe::{Found, Pipe},
};

/// What will go wrong, counted in octets of both directions together.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Faults {
    /// The line is cut there.
    cut: Option<usize>,
    /// What is written from there on arrives so much later.
    stall: Option<(usize, Duration)>,
    /// Whether what was under way at the cut still arrives.
    loses: bool,
    /// Once the caller has written so much, the next answer is lost and the line cut: what was asked may well have been done.
    unanswered: Option<usize>,
}

impl Faults {
    pub(super) fn draw(chance: &mut Chance) -> Self {
        let mut at = |most: usize| {
            let most = 1 + chance.below(most);
            chance.below(most)
        };
        let (cut, stall, unanswered) = (at(6_000), at(6_000), 300 + at(2_000));
        let seconds = u64::try_from(at(400)).unwrap_or(0);
        Self {
            cut: chance.one_in(4).then_some(cut),
            stall: chance.one_in(12).then(|| (stall, Duration::from_secs(seconds))),
            loses: chance.one_in(2),
            unanswered: chance.one_in(10).then_some(unanswered),
        }
    }
}

/// A connection, as both ends see it.
pub(crate) struct Line {
    net: Net,
    number: u64,
    ends: (Place, Place),
    service: Service,
    inner: Mutex<Inner>,
}

struct Inner {
    /// From the caller, and to it.
    pipes: [Pipe; 2],
    faults: Faults,
    passed: usize,
    /// Of what passed, the caller's.
    asked: usize,
    ended: Option<Ending>,
    is_hurt: bool,
}

impl Line {
    pub(super) fn new(net: Net, number: u64, ends: (Place, Place), service: Service, faults: Faults) -> Self {
        let inner =
            Inner { pipes: Default::default(), faults, passed: 0, asked: 0, ended: None, is_hurt: false };
        Self { net, number, ends, service, inner: Mutex::new(inner) }
    }

    pub(super) fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn is_to(&self, relay: usize) -> bool {
        self.ends.1 == Place::Relay(relay)
    }

    pub(super) fn is_at(&self, place: Place) -> bool {
        self.ends.0 == place || self.ends.1 == place
    }

    /// Whether anything went wrong on it: whoever waits on one that is sound waits for the other side.
    pub(crate) fn is_hurt(&self) -> bool {
        self.lock().is_hurt
    }

    /// Whether the end that was called still has it.
    pub(super) fn is_held(&self) -> bool {
        let inner = self.lock();
        let [from, _] = &inner.pipes;
        !from.is_deaf
    }

    /// Ends it from outside.
    pub(super) fn end(&self, ending: Ending) {
        let mut inner = self.lock();
        if inner.ended.is_none() {
            inner.end(ending);
        }
    }

    /// Writes from one end; the caller's is 0.
    pub(super) fn write(&self, end: usize, octets: &[u8], waker: &Waker) -> Poll<io::Result<usize>> {
        let (latency, piece) = (self.net.latency(), self.net.piece(octets.len()));
        let parted = self.net.parted(self.ends.0, self.ends.1);
        let mut inner = self.lock();
        if let Some(cannot) = inner.cannot_write(end, waker) {
            return cannot;
        }
        let at = self.arrival(&mut inner, latency, parted);
        let count = inner.send(end, octets.get(..piece).unwrap_or_default(), at);
        let is_unanswered = end == 1 && inner.faults.unanswered.is_some_and(|from| inner.asked >= from);
        inner.faults.loses |= is_unanswered;
        let is_cut = is_unanswered || inner.faults.cut.is_some_and(|cut| inner.passed >= cut);
        let cut = if is_cut { ", cut" } else { "" };
        self.net.tell(&format!("line {} end {end} writes {count}{cut}", self.number));
        if is_cut {
            self.net.hurt(self.service, |counts| counts.cuts += 1);
            inner.end(Ending::Reset);
        }
        Poll::Ready(if count == 0 { Err(io::ErrorKind::ConnectionReset.into()) } else { Ok(count) })
    }

    /// When what is written now arrives.
    fn arrival(&self, inner: &mut Inner, latency: Duration, parted: Option<Instant>) -> Instant {
        let (mut at, passed) = (Instant::now() + latency, inner.passed);
        if let Some((_, time)) = inner.faults.stall.take_if(|(from, _)| *from <= passed) {
            at += time;
            inner.is_hurt = true;
            self.net.hurt(self.service, |counts| counts.stalls += 1);
        }
        if let Some(until) = parted {
            at = at.max(until);
            inner.is_hurt = true;
        }
        at
    }

    /// Reads at one end; an instant when something comes then.
    pub(super) fn read(
        &self,
        end: usize,
        limit: usize,
        waker: &Waker,
    ) -> Result<io::Result<Vec<u8>>, Option<Instant>> {
        let mut inner = self.lock();
        let ended = inner.ended;
        let pipe = inner.pipe(1 - end);
        match pipe.take(limit, |octets| self.net.piece(octets)) {
            Found::Octets(octets) => {
                self.net.tell(&format!("line {} end {end} reads {}", self.number, octets.len()));
                Ok(Ok(octets))
            }
            Found::At(at) => {
                pipe.wait_to_read(waker);
                Err(Some(at))
            }
            Found::End => {
                self.net.tell(&format!("line {} end {end} is at its end", self.number));
                Ok(Ok(Vec::new()))
            }
            Found::Nothing if ended == Some(Ending::Reset) => {
                self.net.tell(&format!("line {} end {end} is reset", self.number));
                Ok(Err(io::ErrorKind::ConnectionReset.into()))
            }
            Found::Nothing => {
                pipe.wait_to_read(waker);
                Err(None)
            }
        }
    }

    /// Nothing more is written at one end.
    pub(super) fn shut(&self, end: usize) {
        let mut inner = self.lock();
        let pipe = inner.pipe(end);
        pipe.is_closed = true;
        pipe.wake_reader();
    }

    /// One end is gone.
    pub(super) fn leave(&self, end: usize) {
        self.net.tell(&format!("line {} end {end} leaves", self.number));
        self.shut(end);
        let mut inner = self.lock();
        let pipe = inner.pipe(1 - end);
        pipe.is_deaf = true;
        pipe.wake();
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn pipe(&mut self, end: usize) -> &mut Pipe {
        let [from, to] = &mut self.pipes;
        if end == 0 { from } else { to }
    }

    /// Why nothing can be written now.
    fn cannot_write(&mut self, end: usize, waker: &Waker) -> Option<Poll<io::Result<usize>>> {
        let ended = self.ended;
        let pipe = self.pipe(end);
        match ended {
            Some(Ending::Reset) => Some(Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()))),
            None if pipe.is_deaf => Some(Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()))),
            None if pipe.room() > 0 => None,
            Some(Ending::Silence) | None => {
                pipe.wait_to_write(waker);
                Some(Poll::Pending)
            }
        }
    }

    /// Sends octets, no more than there is room for and than pass before the cut; gives how many.
    fn send(&mut self, end: usize, octets: &[u8], at: Instant) -> usize {
        let mut count = octets.len().min(self.pipe(end).room());
        if let Some(cut) = self.faults.cut {
            count = count.min(cut.saturating_sub(self.passed));
        }
        self.passed += count;
        if end == 0 {
            self.asked += count;
        }
        if let Some(sent) = octets.get(..count).filter(|sent| !sent.is_empty()) {
            self.pipe(end).send(sent, at);
        }
        count
    }

    fn end(&mut self, ending: Ending) {
        self.ended = Some(ending);
        self.is_hurt = true;
        if self.faults.loses || ending == Ending::Silence {
            self.pipes.iter_mut().for_each(Pipe::lose);
        }
        self.pipes.iter_mut().for_each(Pipe::wake);
    }
}
