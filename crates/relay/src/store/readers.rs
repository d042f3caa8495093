//! Connections of SQLite that read: a few, kept open, and whoever finds all of them taken waits for one. Opening one costs far more
//! than most readings, and more of them at once than there are processors serve nobody sooner.

use std::{
    path::PathBuf,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
};

use rusqlite::Connection;

use super::sqlite;
use crate::limits;

/// The connections of one database.
pub(super) struct Readers {
    file: PathBuf,
    pool: Mutex<Pool>,
    returned: Condvar,
}

#[derive(Default)]
struct Pool {
    idle: Vec<Connection>,
    taken: usize,
}

/// A connection taken; given back however the reading ends.
pub(super) struct Reader<'a> {
    readers: &'a Readers,
    db: Option<Connection>,
}

impl Readers {
    /// Of the database in a file.
    pub(super) fn new(file: PathBuf) -> Self {
        Self { file, pool: Mutex::default(), returned: Condvar::new() }
    }

    /// Reads with one of them.
    pub(super) fn read<T>(&self, work: impl FnOnce(&mut Connection) -> T) -> rusqlite::Result<T> {
        let mut reader = self.take();
        let db = match &mut reader.db {
            Some(db) => db,
            none => none.insert(self.open()?),
        };
        Ok(work(db))
    }

    fn take(&self) -> Reader<'_> {
        let mut pool = self.lock();
        while pool.taken >= limits::READERS {
            pool = self.returned.wait(pool).unwrap_or_else(PoisonError::into_inner);
        }
        pool.taken += 1;
        Reader { readers: self, db: pool.idle.pop() }
    }

    fn open(&self) -> rusqlite::Result<Connection> {
        let db = Connection::open(&self.file)?;
        sqlite::prepare(&db)?;
        db.pragma_update(None, "query_only", true)?;
        Ok(db)
    }

    fn lock(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        let mut pool = self.readers.lock();
        pool.taken -= 1;
        pool.idle.extend(self.db.take());
        self.readers.returned.notify_one();
    }
}
