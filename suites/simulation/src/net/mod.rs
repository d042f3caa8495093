//! A network in memory: late, in pieces, cut anywhere, silent for a while.

mod line;
mod pipe;
mod stream;

use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use sceau_crash::chance::Chance;
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    time::{Instant, sleep, sleep_until},
};

use crate::trace::Trace;

pub(crate) use line::Line;
pub(crate) use stream::Stream;

/// How long a caller nobody answers waits; whoever calls has a shorter limit.
const NOBODY: Duration = Duration::from_secs(3_600);

/// Somebody on the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    Relay(usize),
    Person(usize),
}

/// What is spoken on a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Service {
    Http,
    Smtp,
}

/// A line that was opened towards a listener.
pub(crate) struct Call {
    pub(crate) from: Place,
    pub(crate) stream: Stream,
}

/// How a machine ends, for those who have lines to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Its kernel says so.
    Reset,
    /// Nothing says anything any more.
    Silence,
}

/// What the network did.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Counts {
    pub(crate) lines: u64,
    pub(crate) cuts: u64,
    pub(crate) stalls: u64,
}

/// The network. Cloning shares.
#[derive(Clone)]
pub(crate) struct Net(Arc<Mutex<Inner>>);

struct Inner {
    chance: Chance,
    trace: Trace,
    listeners: BTreeMap<(usize, Service), UnboundedSender<Call>>,
    /// Relays nobody hears of, not even that they are gone.
    silent: Vec<usize>,
    /// Between whom nothing passes, and until when.
    partitions: BTreeMap<(Place, Place), Instant>,
    lines: Vec<Weak<Line>>,
    is_healed: bool,
    /// Whether a line of SMTP ever had a fault.
    has_hurt_smtp: bool,
    counts: Counts,
}

impl Net {
    pub(crate) fn new(chance: Chance, trace: Trace) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            chance,
            trace,
            listeners: BTreeMap::new(),
            silent: Vec::new(),
            partitions: BTreeMap::new(),
            lines: Vec::new(),
            is_healed: false,
            has_hurt_smtp: false,
            counts: Counts::default(),
        })))
    }

    /// From now on, a relay takes calls.
    pub(crate) fn listen(&self, relay: usize, service: Service) -> UnboundedReceiver<Call> {
        let (sender, receiver) = unbounded_channel();
        let mut inner = self.lock();
        inner.silent.retain(|silent| *silent != relay);
        inner.listeners.insert((relay, service), sender);
        receiver
    }

    /// A relay takes no more calls.
    pub(crate) fn deafen(&self, relay: usize) {
        self.lock().listeners.retain(|(of, _), _| *of != relay);
    }

    /// A relay ends, and with it all its lines.
    pub(crate) fn end(&self, relay: usize, ending: Ending) {
        self.deafen(relay);
        let mut inner = self.lock();
        if ending == Ending::Silence {
            inner.silent.push(relay);
        }
        inner.has_hurt_smtp = true;
        let lines: Vec<_> = inner.lines.iter().filter_map(Weak::upgrade).collect();
        drop(inner);
        lines.iter().filter(|line| line.is_at(Place::Relay(relay))).for_each(|line| line.end(ending));
    }

    /// Nothing passes between two until a moment.
    pub(crate) fn part(&self, one: Place, other: Place, until: Instant) {
        let mut inner = self.lock();
        inner.counts.stalls += 1;
        inner.has_hurt_smtp |= matches!((one, other), (Place::Relay(_), Place::Relay(_)));
        inner.partitions.insert(pair(one, other), until);
    }

    /// From now on, all that is new goes well.
    pub(crate) fn heal(&self) {
        let mut inner = self.lock();
        inner.is_healed = true;
        inner.partitions.clear();
        inner.silent.clear();
    }

    /// Opens a line.
    pub(crate) async fn connect(&self, from: Place, to: usize, service: Service) -> io::Result<Stream> {
        let latency = self.latency();
        sleep(latency).await;
        while let Some(until) = self.parted(from, Place::Relay(to)) {
            sleep_until(until).await;
        }
        if self.lock().silent.contains(&to) {
            sleep(NOBODY).await;
            return Err(io::ErrorKind::TimedOut.into());
        }
        let (here, there, line) = self.draw(from, to, service);
        let listener = {
            let mut inner = self.lock();
            inner.lines.retain(|line| line.strong_count() > 0);
            inner.lines.push(Arc::downgrade(&line));
            inner.listeners.get(&(to, service)).cloned()
        };
        // Not while the network is locked: a call nobody takes is dropped, and says so.
        let is_taken = listener.is_some_and(|listener| listener.send(Call { from, stream: there }).is_ok());
        let said = if is_taken { "open" } else { "refused" };
        self.tell(&format!("line {} {from:?} {to} {service:?} {said}", line.number()));
        if is_taken { Ok(here) } else { Err(io::ErrorKind::ConnectionRefused.into()) }
    }

    /// Lines a relay has not ended, and nothing went wrong with.
    pub(crate) fn sound_lines(&self, relay: usize) -> usize {
        let lines: Vec<_> = self.lock().lines.iter().filter_map(Weak::upgrade).collect();
        let is_sound = |line: &&Arc<Line>| line.is_to(relay) && line.is_held() && !line.is_hurt();
        lines.iter().filter(is_sound).count()
    }

    /// Until when nothing passes between two.
    pub(crate) fn parted(&self, one: Place, other: Place) -> Option<Instant> {
        let inner = self.lock();
        inner.partitions.get(&pair(one, other)).copied().filter(|until| *until > Instant::now())
    }

    /// Whether a transmission between relays could have been done without both of them knowing it.
    pub(crate) fn has_hurt_smtp(&self) -> bool {
        self.lock().has_hurt_smtp
    }

    pub(crate) fn counts(&self) -> Counts {
        self.lock().counts
    }

    /// How much of so many octets goes, or comes, at once.
    fn piece(&self, octets: usize) -> usize {
        let mut inner = self.lock();
        if inner.chance.one_in(4) { 1 + inner.chance.below(octets) } else { octets }
    }

    fn latency(&self) -> Duration {
        let mut inner = self.lock();
        let most = if inner.chance.one_in(8) { 900 } else { 40 };
        Duration::from_millis(1 + u64::try_from(inner.chance.below(most)).unwrap_or(0))
    }

    fn hurt(&self, service: Service, what: impl FnOnce(&mut Counts)) {
        let mut inner = self.lock();
        inner.has_hurt_smtp |= service == Service::Smtp;
        what(&mut inner.counts);
    }

    fn tell(&self, text: &str) {
        self.lock().trace.line(text);
    }

    /// A line with the faults it will have.
    fn draw(&self, from: Place, to: usize, service: Service) -> (Stream, Stream, Arc<Line>) {
        let mut inner = self.lock();
        inner.counts.lines += 1;
        let number = inner.counts.lines;
        let faults =
            if inner.is_healed { line::Faults::default() } else { line::Faults::draw(&mut inner.chance) };
        drop(inner);
        let line = Arc::new(Line::new(self.clone(), number, (from, Place::Relay(to)), service, faults));
        (Stream::new(Arc::clone(&line), 0), Stream::new(Arc::clone(&line), 1), line)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn pair(one: Place, other: Place) -> (Place, Place) {
    if one <= other { (one, other) } else { (other, one) }
}
