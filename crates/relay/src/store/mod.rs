//! What the relay keeps: rows in SQLite or PostgreSQL, bytes in a blob folder. Bytes first, rows after.

mod background;
pub mod blobs;
pub(crate) mod change;
mod checkpoint;
mod commits;
pub(crate) mod elsewhere;
mod ending;
mod journal;
pub(crate) mod migrate;
mod objects;
pub(crate) mod octets;
mod outcome;
mod postgres;
mod readers;
pub(crate) mod sql;
mod sqlite;
mod tell;
mod transfer;
mod tx;

use std::{collections::BTreeMap, path::Path, sync::Arc};

use sceau_api::{State, push::ObjectType};
use tokio::sync::broadcast;

use crate::{fault::Fault, limits, watch::spans::Span};
use ending::Ending;
use postgres::Postgres;
use sqlite::Sqlite;
use tell::Tell;

use blobs::BlobWriter;
pub use blobs::{Blobs, DiskBlobs, MemoryBlobs};
pub(crate) use commits::Commits;
pub(crate) use ending::{Kept, keep_blobs_of};
pub use objects::ObjectBlobs;
pub(crate) use tell::Follow;
pub(crate) use tx::Tx;

/// What a finished transaction changed of one account.
#[derive(Debug, Clone)]
pub(crate) struct Changed {
    pub(crate) account: i64,
    /// The states that it changed; `None` where they are to be looked up, since other relays change them as well.
    pub(crate) states: Option<BTreeMap<ObjectType, State>>,
}

/// The database in a data folder.
pub(crate) const DATABASE: &str = "relay.sqlite";
/// The folder of blobs in a data folder.
pub(crate) const BLOBS: &str = "blobs";
/// The seed of OPAQUE in a data folder.
pub(crate) const SEED: &str = "opaque.seed";
/// The key pair of push in a data folder.
pub(crate) const VAPID: &str = "vapid.pem";
/// Rows and bytes.
pub struct Store {
    database: Database,
    blobs: Box<dyn Blobs>,
    tell: Arc<Tell>,
    ending: Ending,
    /// Blobs up to this size lie in the database.
    in_row: usize,
    commits: Commits,
}

enum Database {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

/// Asks the rows that a transaction of SQLite sees, which is nobody's store.
pub(crate) fn view_of<T>(view: &rusqlite::Connection, ask: impl FnOnce(&Tx<'_>) -> T) -> T {
    ask(&Tx::new(tx::On::Sqlite(view), 0))
}

impl Store {
    /// Opens (or makes) the database in `folder`, with its blobs beside it; or those of which a file `store.toml` there speaks.
    ///
    /// # Errors
    /// When the folder cannot be written, or holds a newer schema than this program knows; when what the file speaks of cannot be
    /// reached.
    pub fn open(folder: &Path) -> Result<Self, Fault> {
        if let Some(store) = elsewhere::open(folder)? {
            return Ok(store);
        }
        let blobs = DiskBlobs::open(&folder.join(BLOBS))?;
        let tell = Arc::<Tell>::default();
        let commits = Commits::default();
        let database = Sqlite::open(&folder.join(DATABASE), Arc::clone(&tell), commits.clone())?;
        Ok(Self {
            database: Database::Sqlite(database),
            blobs: Box::new(blobs),
            tell,
            ending: Ending::of_folder(folder),
            in_row: limits::BLOB_IN_ROW,
            commits,
        })
    }

    /// Whether the database in `folder`, or the one of which a file there speaks, has the schema of this version.
    pub(crate) fn is_current(folder: &Path) -> Result<bool, Fault> {
        let version = match elsewhere::version(folder)? {
            Some(version) => version,
            None => Sqlite::version(&folder.join(DATABASE))?,
        };
        Ok(version == migrate::STEPS.len())
    }

    /// Whether nobody ever made a schema in the database of which a file in `folder` speaks.
    pub(crate) fn is_new(folder: &Path) -> Result<bool, Fault> {
        Ok(elsewhere::version(folder)? == Some(0))
    }

    /// A store that ends with the process.
    ///
    /// # Errors
    /// When SQLite refuses, which means memory is out.
    pub fn in_memory(blobs: Box<dyn Blobs>) -> Result<Self, Fault> {
        let tell = Arc::<Tell>::default();
        let commits = Commits::default();
        let database = Database::Sqlite(Sqlite::in_memory(Arc::clone(&tell), commits.clone())?);
        let (ending, in_row) = (Ending::default(), limits::BLOB_IN_ROW);
        Ok(Self { database, blobs, tell, ending, in_row, commits })
    }

    /// A store in a database of PostgreSQL (15 or newer), which other relays may use at the same time; `blobs` must then be
    /// where all of them find them. `url` is `postgres://user:word@host/name` or `host=… user=…`, as libpq has it.
    ///
    /// # Errors
    /// When the server cannot be reached, or holds a newer schema than this program knows.
    pub fn postgres(url: &str, blobs: Box<dyn Blobs>) -> Result<Self, Fault> {
        let tell = Arc::<Tell>::default();
        let commits = Commits::default();
        let database = Database::Postgres(Postgres::open(url, Arc::clone(&tell), commits.clone())?);
        let (ending, in_row) = (Ending::default(), limits::BLOB_IN_ROW);
        Ok(Self { database, blobs, tell, ending, in_row, commits })
    }

    /// The same store with another bound for the blobs that lie in the database; with none, each is a file of its own.
    #[must_use]
    pub fn with_blobs_in_rows(self, octets: Option<usize>) -> Self {
        Self { in_row: octets.unwrap_or(0), ..self }
    }

    /// The bytes.
    #[must_use]
    pub fn blobs(&self) -> &dyn Blobs {
        &*self.blobs
    }

    /// How often it committed, and for how many.
    pub(crate) fn commits(&self) -> &Commits {
        &self.commits
    }

    /// How much more is worked on at once than a database in the same process keeps busy: one that is reached by a line has it wait,
    /// and no processor with it.
    pub(crate) fn at_once(&self) -> usize {
        match &self.database {
            Database::Sqlite(_) => 1,
            Database::Postgres(_) => limits::POSTGRES_AT_ONCE,
        }
    }

    /// Octets of the database.
    pub(crate) fn size(&self) -> Result<u64, Fault> {
        match &self.database {
            Database::Sqlite(database) => database.size(),
            Database::Postgres(database) => database.size(),
        }
    }

    /// Limits the database to so many pages, so that tests can fill it.
    ///
    /// # Errors
    /// When SQLite refuses; PostgreSQL knows nothing of it.
    pub fn limit_pages(&self, pages: u32) -> Result<(), Fault> {
        match &self.database {
            Database::Sqlite(database) => Ok(database.limit_pages(pages)?),
            Database::Postgres(_) => Err(Fault::Setting("only SQLite has a limit of pages")),
        }
    }

    /// Pages the database has now.
    ///
    /// # Errors
    /// As [`Store::limit_pages`].
    pub fn pages(&self) -> Result<u32, Fault> {
        match &self.database {
            Database::Sqlite(database) => Ok(database.pages()?),
            Database::Postgres(_) => Err(Fault::Setting("only SQLite has a limit of pages")),
        }
    }

    /// Runs `work` as one transaction: all of it, durably, or nothing. `now` is the time it sees. It may run more than
    /// once, when others got in its way; only its last run counts.
    pub(crate) fn write<T, E: From<Fault>>(
        &self,
        now: i64,
        work: impl Fn(&Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let _span = Span::begin("transaction");
        match &self.database {
            Database::Sqlite(database) => database.write(now, work),
            Database::Postgres(database) => database.write(now, work),
        }
    }

    /// Runs `work` over one consistent view.
    pub(crate) fn read<T, E: From<Fault>>(
        &self,
        now: i64,
        work: impl FnOnce(&Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let _span = Span::begin("view");
        match &self.database {
            Database::Sqlite(database) => database.read(now, work),
            Database::Postgres(database) => database.read(now, work),
        }
    }

    /// Hears of every change from now on. The channel closes when some may have been missed.
    pub(crate) fn listen(&self) -> broadcast::Receiver<Changed> {
        self.tell.listen()
    }

    /// Hears of every change of an account from now on.
    pub(crate) fn follow(&self, account: i64) -> Follow {
        Arc::clone(&self.tell).follow(account)
    }

    /// While this is held, no blob ends.
    pub(crate) fn keep_blobs(&self) -> Result<Kept<'_>, Fault> {
        match &self.database {
            Database::Sqlite(_) => Ok(self.ending.keep()),
            Database::Postgres(database) => Ok(Kept::Postgres { _lock: Box::new(database.keep_blobs()?) }),
        }
    }

    /// While this is held, no blob is added, and none is being copied by another process; `None` while one does.
    pub(crate) fn end_blobs(&self) -> Result<Option<ending::Ended<'_>>, Fault> {
        match &self.database {
            Database::Sqlite(_) => self.ending.end(),
            Database::Postgres(database) => {
                Ok(database.end_blobs()?.map(|lock| ending::Ended::Postgres { _lock: Box::new(lock) }))
            }
        }
    }
}
