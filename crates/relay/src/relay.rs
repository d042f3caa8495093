//! The state every request shares.

use std::{
    collections::HashMap,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use sceau_api::AccountId;
use serde::Serialize;
use tokio::{
    sync::{Notify, mpsc},
    time::{Instant, sleep_until},
};

use crate::{
    account,
    auth::opaque::Setup,
    authority,
    clock::{Clock, SystemClock},
    desk::Desk,
    doors::Doors,
    fault::Fault,
    letter, limits,
    log::Operations,
    push::vapid::Vapid,
    quota,
    rate::Rates,
    stop::{Following, Stop},
    store::{BLOBS, DiskBlobs, MemoryBlobs, SEED, Store, Tx, VAPID},
    surroundings::Surroundings,
    threads::{self, Threads},
    watch::{
        Watch,
        access::{Action, Author, Entry},
        spans,
    },
};

/// The relay, shared by all its requests. Cloning shares.
#[derive(Clone)]
pub struct Relay {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    opaque: Setup,
    vapid: Vapid,
    surroundings: Surroundings,
    operations: Operations,
    page: Option<PathBuf>,
    /// Wakes the delivery task when a letter with a later date was accepted.
    due: Notify,
    /// Wakes the task that pushes when a subscription was made or verified.
    push: Notify,
    /// Wakes the queue: a letter for another relay was accepted.
    queued: Notify,
    busy: Mutex<HashMap<(i64, Work), u64>>,
    desks: Desks,
    stop: Stop,
    doors: OnceLock<Doors>,
    rates: Rates,
    watch: Watch,
}

/// Where work waits for its turn.
struct Desks {
    requests: Desk,
    uploads: Desk,
    long_uploads: Desk,
}

/// An account just added.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewAccount {
    /// Its address, as the relay writes it.
    pub address: String,
    /// Its id.
    pub account_id: AccountId,
    /// The one-time code of the enrolment letter.
    pub enrolment_code: String,
}

/// What an account does at the same time, with a limit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Work {
    Request,
    Upload,
    Socket,
}

impl Relay {
    /// Opens (or makes) a data folder, with the machine's clock.
    ///
    /// # Errors
    /// When the folder cannot be written or belongs to a newer version.
    pub fn open(folder: &Path) -> Result<Self, Fault> {
        create_private(folder)?;
        let store = Store::open(folder)?;
        let (opaque, vapid) = secrets(folder, &store)?;
        Ok(Self::over(store, opaque, vapid, Surroundings::default(), None))
    }

    /// Like [`Relay::open`], and ready to serve: half-written uploads of an earlier process are cleared, and the page
    /// in `page` is served.
    ///
    /// # Errors
    /// As [`Relay::open`].
    pub fn open_to_serve(folder: &Path, page: Option<PathBuf>) -> Result<Self, Fault> {
        Self::open_to_serve_at(folder, page, SystemClock)
    }

    /// Like [`Relay::open_to_serve`], by a clock of one's own.
    ///
    /// # Errors
    /// As [`Relay::open`].
    pub fn open_to_serve_at(
        folder: &Path,
        page: Option<PathBuf>,
        clock: impl Clock + 'static,
    ) -> Result<Self, Fault> {
        Self::open_to_serve_in(folder, page, Surroundings::with_clock(clock))
    }

    /// Like [`Relay::open_to_serve`], in surroundings of one's own.
    ///
    /// # Errors
    /// As [`Relay::open`].
    pub fn open_to_serve_in(
        folder: &Path,
        page: Option<PathBuf>,
        surroundings: Surroundings,
    ) -> Result<Self, Fault> {
        create_private(folder)?;
        let store = Store::open(folder)?;
        let (opaque, vapid) = secrets(folder, &store)?;
        let relay = Self::over(store, opaque, vapid, surroundings, page);
        if !relay.store().is_shared() {
            DiskBlobs::clear_incoming(&folder.join(BLOBS))?;
            crate::blob::sweep::orphans(&relay)?;
        }
        Ok(relay)
    }

    /// A relay that ends with the process.
    ///
    /// # Errors
    /// When memory is out.
    pub fn in_memory(clock: impl Clock + 'static) -> Result<Self, Fault> {
        let store = Store::in_memory(Box::new(MemoryBlobs::default()))?;
        Ok(Self::with_store(store, clock))
    }

    /// A relay over a store of one's own, for tests that make it fail.
    #[must_use]
    pub fn with_store(store: Store, clock: impl Clock + 'static) -> Self {
        Self::over(store, Setup::generate(), Vapid::generate(), Surroundings::with_clock(clock), None)
    }

    /// The same relay serving the page in `folder`.
    ///
    /// # Errors
    /// When memory is out.
    pub fn in_memory_with_page(clock: impl Clock + 'static, folder: &Path) -> Result<Self, Fault> {
        let store = Store::in_memory(Box::new(MemoryBlobs::default()))?;
        let (vapid, surroundings) = (Vapid::generate(), Surroundings::with_clock(clock));
        Ok(Self::over(store, Setup::generate(), vapid, surroundings, Some(folder.to_owned())))
    }

    fn over(
        store: Store,
        opaque: Setup,
        vapid: Vapid,
        surroundings: Surroundings,
        page: Option<PathBuf>,
    ) -> Self {
        let (operations, busy) = (Operations::new(), Mutex::default());
        let (due, push, queued) = (Notify::new(), Notify::new(), Notify::new());
        let (stop, doors, rates) = (Stop::new(), OnceLock::new(), Rates::default());
        let (watch, at_once) = (Watch::new(store.commits()), store.at_once());
        let desks = Desks {
            requests: Desk::per_processor(limits::REQUESTS_AT_ONCE * at_once).kept_quick(),
            uploads: Desk::per_processor(limits::UPLOADS_AT_ONCE * at_once).kept_quick(),
            long_uploads: Desk::new(limits::LONG_UPLOADS_AT_ONCE),
        };
        let inner = Inner {
            store,
            opaque,
            vapid,
            surroundings,
            operations,
            page,
            due,
            push,
            queued,
            busy,
            desks,
            stop,
            doors,
            rates,
            watch,
        };
        Self { inner: Arc::new(inner) }
    }

    /// The same relay under a name of its own among those over one database, for a chain of its own in the access trace;
    /// otherwise it has its machine's.
    #[must_use]
    pub fn named(self, node: &str) -> Self {
        self.watch().name(node);
        self
    }

    /// Database and blobs.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// Adds an account, or renews the code of one that never enrolled; gives the one-time enrolment code, or `None` when
    /// the account has enrolled. The caller has checked that the certificates name the address.
    ///
    /// # Errors
    /// When the address is none, or the store fails.
    pub fn add_account(
        &self,
        address: &str,
        name: Option<&str>,
        certificates: &[Vec<u8>],
    ) -> Result<Option<NewAccount>, Fault> {
        let address = account::normalise(address).ok_or(Fault::Address)?;
        self.store().write(self.now(), |tx| {
            let added = account::add::add(tx, &address, name, certificates)?;
            let id = added.as_ref().map_or("", |added| added.account_id.as_str());
            self.administered(tx, Action::AccountAdd, id, if added.is_some() { "done" } else { "refused" })?;
            Ok(added)
        })
    }

    /// Sets what the letters of an account may take, in octets and in number; `None` is the default limit. False when
    /// there is no such account.
    ///
    /// # Errors
    /// When the address is none, or the store fails.
    pub fn set_quota(&self, address: &str, octets: Option<u64>, letters: Option<u64>) -> Result<bool, Fault> {
        let address = account::normalise(address).ok_or(Fault::Address)?;
        // No disk is larger than what SQLite counts.
        let number = |limit: Option<u64>| limit.map(|limit| i64::try_from(limit).unwrap_or(i64::MAX));
        self.store().write(self.now(), |tx| {
            let Some(account) = account::find(tx, &address)? else { return Ok(false) };
            tx.lock([account])?;
            quota::set(tx, account, number(octets), number(letters))?;
            self.administered(tx, Action::AccountQuota, &account::wire_id(account), "done")?;
            Ok(true)
        })
    }

    /// Adds an authority to those the relay proposes; gives its id.
    ///
    /// # Errors
    /// When the store fails.
    pub fn add_authority(
        &self,
        certificate: &[u8],
        intermediates: &[Vec<u8>],
        domains: &[String],
    ) -> Result<String, Fault> {
        self.store().write(self.now(), |tx| {
            let id = authority::add::add(tx, certificate, intermediates, domains)?;
            self.administered(tx, Action::AuthorityAdd, &id, "done")?;
            Ok(id)
        })
    }

    /// Writes down what was done at the command line.
    pub(crate) fn administered(
        &self,
        tx: &Tx<'_>,
        action: Action,
        request: &str,
        answer: &str,
    ) -> Result<(), Fault> {
        Ok(self.trace(tx, &Entry::new(Author::operator(), action, request, answer))?)
    }

    /// Delivers every letter whose time has come; gives the time of the next one.
    ///
    /// # Errors
    /// When the store fails; what was not delivered stays due.
    pub fn deliver_due(&self) -> Result<Option<i64>, Fault> {
        letter::deliver::all_due(self)
    }

    /// Ends what has outlived its time: sessions, log-ins, uploads nothing refers to, old changes.
    ///
    /// # Errors
    /// When the store fails.
    pub fn sweep(&self) -> Result<(), Fault> {
        crate::blob::sweep::all(self)?;
        self.sweep_access_trace()
    }

    /// Delivers whenever something is due, and sweeps now and then, until the process ends.
    pub async fn keep_house(self) {
        let mut sweep_at = Instant::now();
        loop {
            let is_time = Instant::now() >= sweep_at;
            if is_time {
                sweep_at = Instant::now() + self.inner.surroundings.housekeeping;
            }
            let next = self
                .blocking(move |relay| {
                    let swept = if is_time { relay.sweep() } else { Ok(()) };
                    relay.deliver_due().and_then(|next| swept.map(|()| next))
                })
                .await;
            self.inner.queued.notify_one();
            let next = next.unwrap_or_else(|fault| {
                crate::log::line("housekeeping_failed", &[("fault", &fault.to_string())]);
                None
            });
            tokio::select! {
                biased;
                () = self.inner.due.notified() => {}
                () = sleep_until(sweep_at.min(Instant::now() + self.until(next))) => {}
            }
        }
    }

    /// How long to wait for `next`, or for the next look around.
    pub(crate) fn until(&self, next: Option<i64>) -> std::time::Duration {
        let seconds = next.map(|at| u64::try_from(at.saturating_sub(self.now())).unwrap_or(0));
        let longest = self.inner.surroundings.housekeeping;
        seconds.map_or(longest, |s| std::time::Duration::from_secs(s).min(longest))
    }

    /// Wakes the delivery task and the queue.
    pub(crate) fn wake(&self) {
        self.inner.due.notify_one();
        self.inner.queued.notify_one();
    }

    /// Until something new is in the queue.
    pub(crate) async fn queued(&self) {
        self.inner.queued.notified().await;
    }

    /// Tells what would go on for ever (event sources, sockets) to end, and whoever asks that the relay is not ready.
    pub fn stop(&self) {
        self.inner.stop.begin();
    }

    /// Says, once and before it serves, how the relay is reached.
    #[must_use]
    pub fn behind(self, doors: Doors) -> Self {
        // Said twice, the first time holds.
        let _ = self.inner.doors.set(doors);
        self
    }

    pub(crate) fn doors(&self) -> &Doors {
        self.inner.doors.get_or_init(Doors::default)
    }

    pub(crate) fn rates(&self) -> &Rates {
        &self.inner.rates
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.inner.stop.has_begun()
    }

    /// Something that goes on until the relay stops, and has its time to end then.
    pub(crate) fn follow(&self) -> Following {
        self.inner.stop.follow()
    }

    /// Waits until whatever went on has ended.
    pub(crate) async fn all_followers_gone(&self) {
        self.inner.stop.all_gone().await;
    }

    /// Waits until the relay is about to stop.
    pub(crate) async fn stopping(&self) {
        self.inner.stop.begun().await;
    }

    /// Wakes the task that pushes.
    pub(crate) fn wake_push(&self) {
        self.inner.push.notify_one();
    }

    /// Waits until the task that pushes is woken.
    pub(crate) async fn push_wanted(&self) {
        self.inner.push.notified().await;
    }

    /// The key pair of pushes (RFC 8292).
    pub(crate) fn vapid(&self) -> &Vapid {
        &self.inner.vapid
    }

    pub(crate) fn now(&self) -> i64 {
        self.inner.surroundings.clock.now()
    }

    /// What the relay keeps about itself.
    pub(crate) fn watch(&self) -> &Watch {
        &self.inner.watch
    }

    pub(crate) fn opaque(&self) -> &Setup {
        &self.inner.opaque
    }

    pub(crate) fn next_operation(&self) -> String {
        self.inner.operations.next()
    }

    pub(crate) fn page(&self) -> Option<&Path> {
        self.inner.page.as_deref()
    }

    /// Runs blocking work away from the threads that serve sockets.
    pub(crate) async fn blocking<T: Send + 'static, E: From<Fault> + Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        let relay = self.clone();
        threads::run(self.threads(), spans::carried(move || work(&relay))).await?
    }

    /// Like [`Relay::blocking`], for work that is fed while it goes on.
    pub(crate) async fn fed<P: Send + 'static, T: Send + 'static, E: From<Fault> + Send + 'static>(
        &self,
        pieces: mpsc::Receiver<P>,
        work: impl FnOnce(&Self, &mut dyn Iterator<Item = P>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        let mut pieces = threads::pieces(self.threads(), pieces).await;
        self.blocking(move |relay| work(relay, &mut *pieces)).await
    }

    /// Where work goes that waits for a disk.
    pub(crate) fn threads(&self) -> &dyn Threads {
        &*self.inner.surroundings.threads
    }

    /// Where API requests are worked on.
    pub(crate) fn requests(&self) -> &Desk {
        &self.inner.desks.requests
    }

    /// Where uploads are written.
    pub(crate) fn uploads(&self) -> &Desk {
        &self.inner.desks.uploads
    }

    /// Where those are that are too large to be in memory.
    pub(crate) fn long_uploads(&self) -> &Desk {
        &self.inner.desks.long_uploads
    }

    /// Takes one of `limit` places for this kind of work; `None` when all are taken.
    pub(crate) fn begin(&self, account: i64, work: Work, limit: u64) -> Option<Busy> {
        let mut busy = self.inner.busy.lock().unwrap_or_else(PoisonError::into_inner);
        let count = busy.entry((account, work)).or_default();
        if *count >= limit {
            return None;
        }
        *count += 1;
        Some(Busy { relay: self.clone(), account, work })
    }
}

/// The secrets in files of the data folder, made when there are none; relays over one database have the same.
fn secrets(folder: &Path, store: &Store) -> Result<(Setup, Vapid), Fault> {
    let opaque = Setup::open(&folder.join(SEED))?;
    let vapid = Vapid::open(&folder.join(VAPID))?;
    // Where one relay has the database for itself, nothing can differ.
    if store.is_shared() {
        for name in [SEED, VAPID] {
            store.must_share(name, &std::fs::read(folder.join(name))?, SystemClock.now())?;
        }
    }
    Ok((opaque, vapid))
}

/// Makes the data folder, for its owner only. Its name is durable before anything is in it.
fn create_private(folder: &Path) -> Result<(), Fault> {
    if folder.is_dir() {
        return Ok(());
    }
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let whole = std::path::absolute(folder)?;
    Ok(whole.parent().map_or(Ok(()), |parent| std::fs::File::open(parent)?.sync_all())?)
}

/// A place taken; given back on drop.
pub(crate) struct Busy {
    relay: Relay,
    account: i64,
    work: Work,
}

impl Drop for Busy {
    fn drop(&mut self) {
        let mut busy = self.relay.inner.busy.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = busy.get_mut(&(self.account, self.work)) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                busy.remove(&(self.account, self.work));
            }
        }
    }
}
