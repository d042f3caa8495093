//! A relay's machine: what is on its disk, and the relay that runs until it is stopped or killed.

use std::{
    fs,
    future::Future,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::{FutureExt as _, future::BoxFuture};
use rustls::RootCertStore;
use sceau_crash::{
    chance::Chance,
    trouble::{Trouble, told},
};
use sceau_relay::{
    Relay, Surroundings, Threads,
    clock::Clock,
    queue::Worker,
    serve::Front,
    smtp::{self, Door, Network, Smtp},
};
use tempfile::TempDir;
use tokio::{
    sync::mpsc::UnboundedReceiver,
    task::JoinSet,
    time::{Instant, sleep, timeout},
};

use crate::{
    net::{Call, Ending, Net, Place, Service},
    plan::{BEGIN, Plant, RELAYS},
    template::{self, domain},
};

/// Nothing wakes a relay more often than it asked to be: what it forgot to ask for would show.
pub(crate) const HOUSEKEEPING: Duration = Duration::from_secs(3_600);
/// The relay's own limit for an end in order, and as much again.
const STOP: Duration = Duration::from_secs(40);
/// What the defect that loses the last commits loses.
const LOST: Duration = Duration::from_secs(20);

/// A machine.
pub(crate) struct Machine {
    number: usize,
    pub(crate) folder: PathBuf,
    net: Net,
    chance: Chance,
    begun: Instant,
    plant: Option<Plant>,
    /// The disk as it was a moment ago, for the defect that loses what came since.
    before: Option<TempDir>,
    life: Option<Life>,
    /// Since when it runs.
    pub(crate) since: Instant,
    /// Lines of its clients and of other relays that it has not ended.
    pub(crate) open: Arc<AtomicUsize>,
}

/// A relay that runs.
struct Life {
    relay: Relay,
    is_alive: Arc<AtomicBool>,
    tasks: JoinSet<()>,
}

impl Machine {
    /// One whose folder is ready; it does not run yet. `begun` is when the run began.
    pub(crate) fn new(number: usize, folder: PathBuf, net: Net, chance: Chance, begun: Instant) -> Self {
        let (since, open) = (begun, Arc::default());
        Self { number, folder, net, chance, begun, plant: None, before: None, life: None, since, open }
    }

    /// The same with a defect that shows when it is killed.
    pub(crate) fn with_plant(self, plant: Option<Plant>) -> Self {
        Self { plant, ..self }
    }

    /// The relay, while it runs.
    pub(crate) fn relay(&self) -> Option<&Relay> {
        self.life.as_ref().map(|life| &life.relay)
    }

    /// Starts the relay over what is on the disk.
    pub(crate) fn start(&mut self) -> Result<(), Trouble> {
        let is_alive = Arc::new(AtomicBool::new(true));
        let chance = Mutex::new(Chance::new(self.chance.draw(), 0));
        let surroundings = Surroundings {
            clock: Box::new(VirtualClock(self.begun)),
            threads: Box::new(OneThread { chance, is_alive: Arc::clone(&is_alive) }),
            housekeeping: HOUSEKEEPING,
        };
        let relay = Relay::open_to_serve_in(&self.folder, None, surroundings)
            .map_err(told(format!("relay {} does not start", self.number)))?
            .named(&format!("relais-{}", self.number));
        let mut tasks = JoinSet::new();
        self.serve(&relay, &mut tasks);
        for _ in 0..1 + self.chance.below(2) {
            let smtp = Smtp::new(&domain(self.number), RootCertStore::empty()).map_err(told("SMTP"))?;
            let ours = Roads { net: self.net.clone(), from: self.number };
            tasks.spawn(Worker::new(relay.clone(), smtp.over(ours)).run());
        }
        tasks.spawn(relay.clone().keep_house());
        self.since = Instant::now();
        self.life = Some(Life { relay, is_alive, tasks });
        Ok(())
    }

    fn serve(&self, relay: &Relay, tasks: &mut JoinSet<()>) {
        let front = Front::new(relay.clone());
        let answer = move |call: Call| front.clone().answer(call.stream, peer(call.from)).boxed();
        let calls = self.net.listen(self.number, Service::Http);
        tasks.spawn(listen(calls, Arc::clone(&self.open), answer));
        let name = domain(self.number);
        let door = Door::new(relay.clone(), smtp::Options { name, tls: None, danger_clear: true });
        let answer = move |call: Call| {
            let door = door.clone();
            async move { door.answer(call.stream, peer(call.from).ip()).await }.boxed()
        };
        tasks.spawn(listen(self.net.listen(self.number, Service::Smtp), Arc::clone(&self.open), answer));
    }

    /// With the defect of that name, what the next moments make durable will be lost.
    pub(crate) async fn before_a_kill(&mut self) -> Result<(), Trouble> {
        if self.plant == Some(Plant::LastCommits) && self.life.is_some() {
            let before = template::folder()?;
            template::copy(&self.folder, before.path())?;
            sleep(LOST).await;
            self.before = Some(before);
        }
        Ok(())
    }

    /// Kills the relay: what it had in memory is gone.
    pub(crate) async fn kill(&mut self, ending: Ending) -> Result<(), Trouble> {
        let Some(mut life) = self.life.take() else { return Ok(()) };
        life.is_alive.store(false, Ordering::Relaxed);
        self.net.end(self.number, ending);
        life.tasks.shutdown().await;
        drop(life);
        if let Some(before) = self.before.take() {
            template::copy(before.path(), &self.folder)?;
        }
        self.plant.map_or(Ok(()), |plant| plant.at_a_kill(&self.folder))
    }

    /// Stops the relay in order; gives how many sound lines it did not end in time. The others are cut off, as the relay's own
    /// listeners do.
    pub(crate) async fn stop(&mut self) -> Result<usize, Trouble> {
        let Some(life) = &self.life else { return Ok(0) };
        self.net.deafen(self.number);
        life.relay.stop();
        let open = Arc::clone(&self.open);
        let ended = async {
            while open.load(Ordering::Relaxed) > 0 {
                sleep(Duration::from_millis(100)).await;
            }
        };
        let in_time = timeout(STOP, ended).await.is_ok();
        let left = if in_time { 0 } else { self.net.sound_lines(self.number) };
        self.kill(Ending::Reset).await?;
        Ok(left)
    }

    /// The disk has no more room for rows, or has again.
    pub(crate) fn fill(&self, is_full: bool) -> Result<(), Trouble> {
        let Some(relay) = self.relay() else { return Ok(()) };
        let pages = relay.store().pages().map_err(told("pages"))?;
        relay.store().limit_pages(if is_full { pages } else { u32::MAX - 1 }).map_err(told("pages"))
    }

    /// Blobs cannot be written, or can again.
    pub(crate) fn break_blobs(&self, is_broken: bool) -> Result<(), Trouble> {
        let (whole, away) = (self.folder.join("blobs/incoming"), self.folder.join("blobs/away"));
        let (from, to) = if is_broken { (whole, away) } else { (away, whole) };
        if from.is_dir() { fs::rename(from, to).map_err(told("blobs")) } else { Ok(()) }
    }
}

/// Takes calls until it is dropped, and with it all that goes on.
async fn listen(
    mut calls: UnboundedReceiver<Call>,
    open: Arc<AtomicUsize>,
    answer: impl Fn(Call) -> BoxFuture<'static, ()>,
) {
    let mut talks = JoinSet::new();
    while let Some(call) = calls.recv().await {
        while talks.try_join_next().is_some() {}
        talks.spawn(counted(Arc::clone(&open), answer(call)));
    }
    // No more are taken; those under way go on.
    while talks.join_next().await.is_some() {}
}

async fn counted(open: Arc<AtomicUsize>, talk: impl Future<Output = ()>) {
    struct Open(Arc<AtomicUsize>);
    impl Drop for Open {
        fn drop(&mut self) {
            self.0.fetch_sub(1, Ordering::Relaxed);
        }
    }
    open.fetch_add(1, Ordering::Relaxed);
    let _open = Open(open);
    talk.await;
}

fn peer(from: Place) -> SocketAddr {
    let last = match from {
        Place::Relay(number) => number,
        Place::Person(number) => 100 + number,
    };
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, u8::try_from(last).unwrap_or(u8::MAX))), 4_711)
}

/// The time of the run, on the relay's clock.
struct VirtualClock(Instant);

impl Clock for VirtualClock {
    fn now(&self) -> i64 {
        time_of(self.0, Instant::now())
    }
}

/// A moment of a run that began at `begun`, in seconds since 1970.
pub(crate) fn time_of(begun: Instant, moment: Instant) -> i64 {
    BEGIN + i64::try_from(moment.duration_since(begun).as_secs()).unwrap_or(0)
}

/// Work for the disk, done on the only thread there is, a little later.
struct OneThread {
    chance: Mutex<Chance>,
    is_alive: Arc<AtomicBool>,
}

impl Threads for OneThread {
    fn begin(&self, work: Box<dyn FnOnce() + Send>) {
        let millis = {
            let mut chance = self.chance.lock().unwrap_or_else(PoisonError::into_inner);
            if chance.one_in(3) { 1 + chance.below(20) } else { 0 }
        };
        let is_alive = Arc::clone(&self.is_alive);
        tokio::spawn(async move {
            if millis > 0 {
                sleep(Duration::from_millis(u64::try_from(millis).unwrap_or(0))).await;
            }
            // A relay that was killed does nothing more.
            if is_alive.load(Ordering::Relaxed) {
                work();
            }
        });
    }

    fn are_beside(&self) -> bool {
        false
    }
}

/// The way from a relay to the hosts of its routes.
struct Roads {
    net: Net,
    from: usize,
}

impl Network for Roads {
    fn connect<'a>(&'a self, host: &'a str, _: u16) -> BoxFuture<'a, std::io::Result<Box<dyn smtp::Stream>>> {
        Box::pin(async move {
            let to = (0..RELAYS).find(|relay| domain(*relay) == host);
            let to = to.ok_or(std::io::ErrorKind::NotFound)?;
            let stream = self.net.connect(Place::Relay(self.from), to, Service::Smtp).await?;
            Ok(Box::new(stream) as Box<dyn smtp::Stream>)
        })
    }
}
