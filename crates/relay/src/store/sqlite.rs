//! SQLite: one writer, whose commits are shared by all who wait, and readers beside it.
//!
//! A commit costs a sync of the disk, whatever is in it. So whoever finishes its changes while others wait leaves the
//! transaction open for them, and the last one commits for all: under load a sync serves dozens. Each has a savepoint of its
//! own, so that one that fails takes nothing of the others with it, and nobody is answered before the commit.

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use rusqlite::{Connection, OpenFlags, config::DbConfig};

use super::{
    Changed, Commits, Tell, migrate,
    outcome::Outcome,
    readers::Readers,
    sql,
    tx::{On, Tx},
};
use crate::{fail_point::fail_point, fault::Fault, limits};

/// A database of SQLite.
pub(super) struct Sqlite {
    writer: Mutex<Writer>,
    /// Those who want the writer and do not have it yet.
    waiting: AtomicUsize,
    /// `None` in memory, where only the writer sees anything.
    file: Option<PathBuf>,
    readers: Option<Readers>,
    tell: Arc<Tell>,
    commits: Commits,
}

/// The connection that writes, and the transaction it may have open.
struct Writer {
    db: Connection,
    /// What its members wait for, while it is open.
    open: Option<Arc<Outcome>>,
    members: usize,
    changes: Vec<Changed>,
}

impl Sqlite {
    /// Opens (or makes) the database in a file.
    pub(super) fn open(file: &Path, tell: Arc<Tell>, commits: Commits) -> Result<Self, Fault> {
        let db = Connection::open(file)?;
        db.pragma_update(None, "journal_mode", "WAL")?;
        Self::over(db, Some(file.to_owned()), tell, commits)
    }

    /// The number of the schema in a file, which is not changed.
    pub(super) fn version(file: &Path) -> Result<usize, Fault> {
        let db = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let version: u32 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
        Ok(usize::try_from(version).unwrap_or(usize::MAX))
    }

    /// A database that ends with the process.
    pub(super) fn in_memory(tell: Arc<Tell>, commits: Commits) -> Result<Self, Fault> {
        Self::over(Connection::open_in_memory()?, None, tell, commits)
    }

    fn over(
        mut db: Connection,
        file: Option<PathBuf>,
        tell: Arc<Tell>,
        commits: Commits,
    ) -> Result<Self, Fault> {
        prepare(&db)?;
        db.pragma_update(None, "cache_size", limits::WRITER_CACHE)?;
        migrate::to_newest(&mut db)?;
        let writer = Writer { db, open: None, members: 0, changes: Vec::new() };
        Ok(Self {
            writer: Mutex::new(writer),
            waiting: AtomicUsize::new(0),
            readers: file.clone().map(Readers::new),
            file,
            tell,
            commits,
        })
    }

    /// Runs `work` and returns when what it did is durable, or is not there at all.
    pub(super) fn write<T, E: From<Fault>>(
        &self,
        now: i64,
        work: impl FnOnce(&Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.share(|connection| {
            let tx = Tx::new(On::Sqlite(connection), now);
            let value = work(&tx)?;
            Ok((value, tx.changes().map_err(Fault::from)?))
        })
    }

    /// Runs `work` in the transaction that is open, and waits for its commit.
    fn share<T, E: From<Fault>>(
        &self,
        work: impl FnOnce(&Connection) -> Result<(T, Vec<Changed>), E>,
    ) -> Result<T, E> {
        self.waiting.fetch_add(1, Ordering::AcqRel);
        let mut writer = self.lock();
        self.waiting.fetch_sub(1, Ordering::AcqRel);
        let outcome = writer.begin().map_err(Fault::from)?;
        let done = writer.member(work);
        fail_point!("commit.member_done");
        if writer.open.is_some() && self.is_last(&writer) {
            self.commit(&mut writer);
        }
        drop(writer);
        let value = done.unwrap_or_else(|panic| resume_unwind(panic))?;
        #[cfg(feature = "fail-points")]
        if !outcome.is_settled() {
            fail_point!("commit.left_to_others");
        }
        outcome.wait().map_err(Fault::from)?;
        fail_point!("commit.told");
        Ok(value)
    }

    fn commit(&self, writer: &mut Writer) {
        let members = writer.members;
        if writer.commit(&self.tell) {
            self.commits.count(members);
        }
    }

    fn is_last(&self, writer: &Writer) -> bool {
        self.waiting.load(Ordering::Acquire) == 0 || writer.members >= limits::COMMIT_TOGETHER
    }

    /// Runs `work` over what is committed, and only that.
    pub(super) fn read<T, E: From<Fault>>(
        &self,
        now: i64,
        work: impl FnOnce(&Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let Some(readers) = &self.readers else {
            let mut writer = self.lock();
            if writer.open.is_some() {
                self.commit(&mut writer);
            }
            return work(&Tx::new(On::Sqlite(&writer.db), now));
        };
        let reading = readers.read(|db| {
            let view = db.transaction().map_err(Fault::from)?;
            work(&Tx::new(On::Sqlite(&view), now))
        });
        reading.map_err(Fault::from)?
    }

    /// Octets of its file and of what waits beside it to be written into it.
    pub(super) fn size(&self) -> Result<u64, Fault> {
        let Some(file) = &self.file else {
            let octets = |name| self.lock().db.pragma_query_value(None, name, |row| row.get::<_, u32>(0));
            return Ok(u64::from(octets("page_count")?) * u64::from(octets("page_size")?));
        };
        let mut beside = file.clone().into_os_string();
        beside.push("-wal");
        // There is none while nothing was written.
        let waiting = fs::metadata(beside).map_or(0, |file| file.len());
        Ok(fs::metadata(file)?.len() + waiting)
    }

    /// Limits the database to so many pages, so that tests can fill it.
    pub(super) fn limit_pages(&self, pages: u32) -> rusqlite::Result<()> {
        // The answer is a row, so that `pragma_update`, which wants none, will not do.
        self.lock().db.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))
    }

    /// Pages the database has now.
    pub(super) fn pages(&self) -> rusqlite::Result<u32> {
        self.lock().db.pragma_query_value(None, "page_count", |row| row.get(0))
    }

    fn lock(&self) -> MutexGuard<'_, Writer> {
        // A panic inside a member's work rolled its savepoint back: the connection itself is sound.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) fn prepare(db: &Connection) -> rusqlite::Result<()> {
    db.busy_timeout(limits::BUSY_TIMEOUT)?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "foreign_keys", "ON")?;
    // What is deleted is zeros as soon as its page is written, which costs nothing (RFC 8620 §7.2 of push subscriptions).
    db.pragma_update_and_check(None, "secure_delete", "FAST", |_| Ok(()))?;
    db.set_prepared_statement_cache_capacity(limits::STATEMENTS);
    // Plans do not depend on values: otherwise a prepared statement is planned anew nearly every time it runs.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // What undoing one member of a transaction needs never goes to the disk.
    db.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(())
}

impl Writer {
    /// Joins the open transaction, or begins one.
    fn begin(&mut self) -> sql::Result<Arc<Outcome>> {
        if let Some(outcome) = &self.open {
            return Ok(Arc::clone(outcome));
        }
        self.db.execute_batch("BEGIN IMMEDIATE")?;
        fail_point!("commit.begun");
        self.members = 0;
        Ok(Arc::clone(self.open.insert(Arc::default())))
    }

    /// Runs one member's work; nothing of it stays when it fails or panics.
    fn member<T, E: From<Fault>>(
        &mut self,
        work: impl FnOnce(&Connection) -> Result<(T, Vec<Changed>), E>,
    ) -> std::thread::Result<Result<T, E>> {
        if let Err(error) = self.run("SAVEPOINT member") {
            return Ok(Err(Fault::from(error).into()));
        }
        let done = catch_unwind(AssertUnwindSafe(|| work(&self.db)));
        let ended = self.end_savepoint(matches!(done, Ok(Ok(_))));
        Ok(match (done?, ended) {
            (Ok((value, changes)), Ok(())) => {
                self.members += 1;
                self.changes.extend(changes);
                Ok(value)
            }
            (Ok(_), Err(error)) => Err(Fault::from(error).into()),
            (Err(error), _) => Err(error),
        })
    }

    /// Keeps what a member did, or forgets it. When neither can be done, the whole transaction fails.
    fn end_savepoint(&mut self, keep: bool) -> sql::Result<()> {
        let ended = match (self.db.is_autocommit(), keep) {
            // SQLite itself ended the transaction: its disk is full or failing.
            (true, _) => Err(sql::Error::Full),
            (false, true) => self.run("RELEASE member"),
            (false, false) => self.run("ROLLBACK TO member").and_then(|()| self.run("RELEASE member")),
        };
        if let Err(error) = &ended {
            self.roll_back();
            self.fail(error);
        }
        ended
    }

    fn roll_back(&self) {
        if !self.db.is_autocommit() {
            // What cannot even be rolled back fails again when the connection is next used.
            let _ = self.db.execute_batch("ROLLBACK");
        }
    }

    fn run(&self, text: &str) -> sql::Result<()> {
        self.db.prepare_cached(text)?.execute([])?;
        Ok(())
    }

    /// Makes the open transaction durable and tells what changed, in its order; whether it could.
    fn commit(&mut self, tell: &Tell) -> bool {
        fail_point!("commit.before");
        if self.members > 1 {
            fail_point!("commit.before_shared");
        }
        match self.db.execute_batch("COMMIT").map_err(sql::Error::from) {
            Ok(()) => {
                fail_point!("commit.after");
                if self.members > 1 {
                    fail_point!("commit.after_shared");
                }
                for change in self.changes.drain(..) {
                    tell.change(change);
                }
                self.settle(Ok(()));
                true
            }
            Err(error) => {
                self.roll_back();
                self.fail(&error);
                false
            }
        }
    }

    /// The open transaction is gone, for all its members.
    fn fail(&mut self, error: &sql::Error) {
        self.changes.clear();
        self.settle(Err(error.clone()));
    }

    /// Tells the members.
    fn settle(&mut self, outcome: sql::Result<()>) {
        if let Some(open) = self.open.take() {
            open.settle(outcome);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    fn database() -> Arc<Sqlite> {
        let sqlite = Sqlite::in_memory(Arc::default(), Commits::default()).unwrap();
        sqlite.lock().db.execute_batch("CREATE TABLE entry (number INTEGER UNIQUE)").unwrap();
        Arc::new(sqlite)
    }

    fn add(sqlite: &Sqlite, number: i64) -> Result<(), Fault> {
        sqlite.share(|db| {
            db.execute("INSERT INTO entry (number) VALUES (?)", [number])?;
            Ok(((), Vec::new()))
        })
    }

    fn entries(sqlite: &Sqlite) -> i64 {
        sqlite
            .read::<_, Fault>(0, |tx| Ok(tx.query_row("SELECT count(*) FROM entry", [], |row| row.get(0))?))
            .unwrap()
    }

    /// Runs all at once: a first one holds the writer until every other one waits for it.
    fn together(sqlite: &Arc<Sqlite>, others: usize, work: impl Fn(&Sqlite, i64) + Send + Sync) {
        let begun = Barrier::new(2);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                // What becomes of it is what becomes of the others.
                let _ = sqlite.share::<_, Fault>(|_| {
                    begun.wait();
                    while sqlite.waiting.load(Ordering::Acquire) < others {
                        std::thread::yield_now();
                    }
                    Ok(((), Vec::new()))
                });
            });
            begun.wait();
            for number in 0..i64::try_from(others).unwrap() {
                let work = &work;
                scope.spawn(move || work(sqlite, number));
            }
        });
    }

    #[test]
    fn those_who_wait_share_one_commit() {
        let sqlite = database();
        together(&sqlite, 20, |sqlite, number| add(sqlite, number).unwrap());
        assert_eq!((entries(&sqlite), sqlite.commits.number.get()), (20, 1));
    }

    #[test]
    fn one_that_fails_takes_nothing_of_the_others_with_it() {
        let sqlite = database();
        together(&sqlite, 20, |sqlite, number| {
            let done = sqlite.share(|db| {
                db.execute("INSERT INTO entry (number) VALUES (?)", [number])?;
                if number % 2 == 0 { Err(Fault::Interrupted) } else { Ok(((), Vec::new())) }
            });
            assert_eq!(done.is_ok(), number % 2 == 1);
        });
        assert_eq!(entries(&sqlite), 10);
    }

    #[test]
    fn one_that_panics_takes_nothing_of_the_others_with_it() {
        let sqlite = database();
        together(&sqlite, 6, |sqlite, number| {
            let done = catch_unwind(AssertUnwindSafe(|| {
                sqlite.share::<(), Fault>(|db| {
                    db.execute("INSERT INTO entry (number) VALUES (?)", [number])?;
                    if number == 3 { panic!("as the test wants") } else { Ok(((), Vec::new())) }
                })
            }));
            assert_eq!(done.is_err(), number == 3);
        });
        assert_eq!(entries(&sqlite), 5);
        add(&sqlite, 3).unwrap();
    }

    #[test]
    fn a_commit_that_fails_is_told_to_each_of_them() {
        let sqlite = database();
        sqlite
            .lock()
            .db
            .execute_batch(
                "CREATE TABLE parent (id INTEGER PRIMARY KEY);
                 CREATE TABLE child (parent INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED)",
            )
            .unwrap();
        together(&sqlite, 5, |sqlite, number| {
            let done = sqlite.share::<(), Fault>(|db| {
                db.execute("INSERT INTO entry (number) VALUES (?)", [number])?;
                if number == 2 {
                    // Refused at the commit and no sooner.
                    db.execute("INSERT INTO child (parent) VALUES (7)", [])?;
                }
                Ok(((), Vec::new()))
            });
            assert!(matches!(done, Err(Fault::Database(_))), "{done:?}");
        });
        assert_eq!(entries(&sqlite), 0);
        add(&sqlite, 1).unwrap();
        assert_eq!(entries(&sqlite), 1);
    }
}
