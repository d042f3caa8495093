//! What the relay keeps: rows in SQLite, bytes in a blob folder. Bytes first, rows after.

pub mod blobs;
pub(crate) mod change;
pub(crate) mod migrate;
pub(crate) mod sql;

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    fs::{File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use rusqlite::{Connection, Transaction, TransactionBehavior};
use sceau_api::{State, push::ObjectType};
use tokio::sync::broadcast;

use crate::{fault::Fault, limits};

pub use blobs::{Blobs, DiskBlobs, MemoryBlobs};

/// States of one account that a finished transaction changed.
#[derive(Debug, Clone)]
pub(crate) struct Changed {
    pub(crate) account: i64,
    pub(crate) states: BTreeMap<ObjectType, State>,
}

/// How many unread changes a slow event source may be behind before it is told all states again.
const CHANGES_BUFFERED: usize = 256;

/// The database in a data folder.
pub(crate) const DATABASE: &str = "relay.sqlite";
/// The folder of blobs in a data folder.
pub(crate) const BLOBS: &str = "blobs";
/// The seed of OPAQUE in a data folder.
pub(crate) const SEED: &str = "opaque.seed";
/// Locked, shared, by whoever copies blobs; alone by whoever ends them. The file stays empty.
const ENDING: &str = "blobs.lock";

/// The database and the blob folder.
pub struct Store {
    db: Mutex<Connection>,
    blobs: Box<dyn Blobs>,
    changed: broadcast::Sender<Changed>,
    /// Shared while a blob gets its row, alone while unreferenced ones end.
    ending: RwLock<()>,
    /// The same between processes, when others can reach the blobs.
    ending_elsewhere: Option<PathBuf>,
}

impl Store {
    /// Opens (or makes) the database in `folder`, with its blobs beside it.
    ///
    /// # Errors
    /// When the folder cannot be written, or holds a newer schema than this program knows.
    pub fn open(folder: &Path) -> Result<Self, Fault> {
        let blobs = DiskBlobs::open(&folder.join(BLOBS))?;
        let db = Connection::open(folder.join(DATABASE))?;
        db.pragma_update(None, "journal_mode", "WAL")?;
        let store = Self::over(db, Box::new(blobs))?;
        Ok(Self { ending_elsewhere: Some(folder.join(ENDING)), ..store })
    }

    /// A store that ends with the process.
    ///
    /// # Errors
    /// When SQLite refuses, which means memory is out.
    pub fn in_memory(blobs: Box<dyn Blobs>) -> Result<Self, Fault> {
        Self::over(Connection::open_in_memory()?, blobs)
    }

    fn over(mut db: Connection, blobs: Box<dyn Blobs>) -> Result<Self, Fault> {
        db.busy_timeout(limits::BUSY_TIMEOUT)?;
        db.pragma_update(None, "synchronous", "FULL")?;
        db.pragma_update(None, "foreign_keys", "ON")?;
        migrate::to_newest(&mut db)?;
        db.set_prepared_statement_cache_capacity(128);
        let (changed, _) = broadcast::channel(CHANGES_BUFFERED);
        Ok(Self { db: Mutex::new(db), blobs, changed, ending: RwLock::new(()), ending_elsewhere: None })
    }

    /// The bytes.
    #[must_use]
    pub fn blobs(&self) -> &dyn Blobs {
        &*self.blobs
    }

    /// Limits the database to so many pages, so that tests can fill it.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn limit_pages(&self, pages: u32) -> Result<(), Fault> {
        // The answer is a row, so that `pragma_update`, which wants none, will not do.
        let db = self.lock();
        db.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
        Ok(())
    }

    /// Pages the database has now.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn pages(&self) -> Result<u32, Fault> {
        Ok(self.lock().pragma_query_value(None, "page_count", |row| row.get(0))?)
    }

    /// Runs `work` as one transaction: all of it, durably, or nothing. `now` is the time it sees.
    pub(crate) fn write<T, E: From<Fault>>(
        &self,
        now: i64,
        work: impl FnOnce(&Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut db = self.lock();
        let sql = db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(Fault::from)?;
        let tx = Tx { sql, now, touched: RefCell::default() };
        let done = work(&tx)?;
        let changes = tx.changes().map_err(Fault::from)?;
        tx.sql.commit().map_err(Fault::from)?;
        for change in changes {
            // Nobody listening is no error.
            let _ = self.changed.send(change);
        }
        Ok(done)
    }

    /// Runs `work` over one consistent view.
    pub(crate) fn read<T, E: From<Fault>>(
        &self,
        now: i64,
        work: impl FnOnce(&Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut db = self.lock();
        let sql = db.transaction_with_behavior(TransactionBehavior::Deferred).map_err(Fault::from)?;
        work(&Tx { sql, now, touched: RefCell::default() })
    }

    /// Hears of every change from now on.
    pub(crate) fn listen(&self) -> broadcast::Receiver<Changed> {
        self.changed.subscribe()
    }

    /// While this is held, no blob ends.
    pub(crate) fn keep_blobs(&self) -> RwLockReadGuard<'_, ()> {
        self.ending.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// While this is held, no blob is added, and none is being copied by another process; `None` while one does.
    pub(crate) fn end_blobs(&self) -> Result<Option<Ending<'_>>, Fault> {
        let here = self.ending.write().unwrap_or_else(PoisonError::into_inner);
        let elsewhere = self.ending_elsewhere.as_deref().map(ending_file).transpose()?;
        match elsewhere.as_ref().map(File::try_lock) {
            None | Some(Ok(())) => Ok(Some(Ending { _here: here, _elsewhere: elsewhere })),
            Some(Err(TryLockError::WouldBlock)) => Ok(None),
            Some(Err(TryLockError::Error(error))) => Err(error.into()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // A panic inside a transaction rolled it back: the connection itself is sound.
        self.db.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// While this lives, blobs may be ended.
pub(crate) struct Ending<'a> {
    _here: RwLockWriteGuard<'a, ()>,
    _elsewhere: Option<File>,
}

/// While the file lives, no process ends blobs of that data folder; waits for one that is about it. The lock goes with
/// its process, however that ends.
pub(crate) fn keep_blobs_of(folder: &Path) -> io::Result<File> {
    let file = ending_file(&folder.join(ENDING))?;
    file.lock_shared()?;
    Ok(file)
}

fn ending_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).truncate(false).write(true).open(path)
}

/// A transaction, the time it sees, and what it touched.
pub(crate) struct Tx<'a> {
    sql: Transaction<'a>,
    pub(crate) now: i64,
    touched: RefCell<BTreeSet<(i64, ObjectType)>>,
}

impl Tx<'_> {
    /// A statement, prepared once per connection.
    pub(crate) fn prepare_cached(&self, text: &str) -> sql::Result<sql::Statement<'_>> {
        Ok(sql::Statement::Sqlite(self.sql.prepare_cached(text)?))
    }

    /// Runs a statement; gives the number of rows it changed.
    pub(crate) fn execute(&self, text: &str, params: impl sql::Params) -> sql::Result<usize> {
        self.prepare_cached(text)?.execute(params)
    }

    /// Runs a statement and reads its first row.
    pub(crate) fn query_row<T>(
        &self,
        text: &str,
        params: impl sql::Params,
        read: impl FnOnce(&sql::Row<'_>) -> sql::Result<T>,
    ) -> sql::Result<T> {
        self.prepare_cached(text)?.query_row(params, read)
    }

    /// Remembers that the state of `kind` changed, so that listeners are told after the commit.
    pub(crate) fn touch(&self, account: i64, kind: ObjectType) {
        self.touched.borrow_mut().insert((account, kind));
    }

    fn changes(&self) -> sql::Result<Vec<Changed>> {
        let mut changes: Vec<Changed> = Vec::new();
        for (account, kind) in self.touched.borrow().iter() {
            let state = change::state(self, *account, kind)?;
            match changes.last_mut().filter(|last| last.account == *account) {
                Some(last) => drop(last.states.insert(kind.clone(), state)),
                None => {
                    changes
                        .push(Changed { account: *account, states: BTreeMap::from([(kind.clone(), state)]) });
                }
            }
        }
        Ok(changes)
    }
}
