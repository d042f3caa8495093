//! SQLite: one writer, whose commits are shared by all who wait, and readers beside it.
//!
//! A commit costs a sync of the disk, whatever is in it. So whoever finishes its changes while others wait leaves the
//! transaction open for them, and the last one commits for all: under load a sync serves dozens. Nobody is answered before the
//! commit. One that fails after it changed something undoes the transaction; the others then do their part again, with a
//! savepoint each, which costs a tenth more, so that none has to do it a third time.

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
    Changed, Commits, Tell,
    checkpoint::Checkpoints,
    migrate,
    outcome::{End, Outcome},
    readers::Readers,
    sql,
    tx::{On, Tx},
};
use crate::{fail_point::fail_point, fault::Fault, limits};

/// A database of SQLite.
pub(super) struct Sqlite {
    writer: Arc<Mutex<Writer>>,
    /// Those who want the writer and do not have it yet.
    waiting: AtomicUsize,
    /// `None` in memory, where only the writer sees anything.
    file: Option<PathBuf>,
    readers: Option<Readers>,
    checkpoints: Option<Checkpoints>,
}

/// The connection that writes, and the transaction it may have open.
pub(super) struct Writer {
    pub(super) db: Connection,
    /// What its members wait for, while it is open.
    open: Option<Arc<Outcome>>,
    members: usize,
    /// Somebody does its part again in it: from then on each has a savepoint.
    careful: bool,
    changes: Vec<Changed>,
    /// Members of commits since the log was last moved into the file.
    logged: usize,
    tell: Arc<Tell>,
    commits: Commits,
}

/// What one member did.
type Done<T, E> = Result<(T, Vec<Changed>), E>;

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
        db.pragma_update(None, "wal_autocheckpoint", limits::LOG_PAGES)?;
        let (open, changes) = (None, Vec::new());
        let writer = Writer { db, open, members: 0, careful: false, changes, logged: 0, tell, commits };
        let writer = Arc::new(Mutex::new(writer));
        let checkpoints = file.as_ref().map(|file| Checkpoints::begin(file, &writer)).transpose()?;
        Ok(Self {
            writer,
            waiting: AtomicUsize::new(0),
            readers: file.clone().map(Readers::new),
            file,
            checkpoints,
        })
    }

    /// Runs `work` and returns when what it did is durable, or is not there at all. It may run twice.
    pub(super) fn write<T, E: From<Fault>>(
        &self,
        now: i64,
        work: impl Fn(&Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.share(|connection| {
            let tx = Tx::new(On::Sqlite(connection), now);
            let value = work(&tx)?;
            Ok((value, tx.changes().map_err(Fault::from)?))
        })
    }

    /// Runs `work` in the transaction that is open, and waits for its commit.
    fn share<T, E: From<Fault>>(&self, work: impl Fn(&Connection) -> Done<T, E>) -> Result<T, E> {
        for again in [false, true] {
            let (value, outcome) = self.join(&work, again)?;
            match outcome.wait() {
                End::Committed => {
                    fail_point!("commit.told");
                    return Ok(value);
                }
                End::Failed(error) => return Err(Fault::from(error).into()),
                End::Undone => {}
            }
        }
        // No transaction is undone that somebody has joined again.
        Err(Fault::Interrupted.into())
    }

    /// Runs `work` in the transaction that is open, and commits that when nobody else waits.
    fn join<T, E: From<Fault>>(
        &self,
        work: impl FnOnce(&Connection) -> Done<T, E>,
        again: bool,
    ) -> Result<(T, Arc<Outcome>), E> {
        self.waiting.fetch_add(1, Ordering::AcqRel);
        let mut writer = self.lock();
        self.waiting.fetch_sub(1, Ordering::AcqRel);
        let outcome = writer.begin(again).map_err(Fault::from)?;
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
        Ok((value, outcome))
    }

    /// Commits what is open; asks for a checkpoint when it is time.
    fn commit(&self, writer: &mut Writer) {
        let is_busy = writer.members >= limits::BUSY_COMMIT;
        let enough = if is_busy { limits::LOGGED_BUSY } else { limits::LOGGED };
        writer.commit_open();
        if writer.logged >= enough {
            writer.logged = 0;
            self.checkpoints.iter().for_each(Checkpoints::want);
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
            writer.commit_open();
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
    fn begin(&mut self, again: bool) -> sql::Result<Arc<Outcome>> {
        if let Some(outcome) = &self.open {
            self.careful |= again;
            return Ok(Arc::clone(outcome));
        }
        self.run("BEGIN IMMEDIATE")?;
        fail_point!("commit.begun");
        (self.members, self.careful) = (0, again);
        Ok(Arc::clone(self.open.insert(Arc::default())))
    }

    /// Runs one member's work; nothing of it stays when it fails or panics.
    fn member<T, E: From<Fault>>(
        &mut self,
        work: impl FnOnce(&Connection) -> Done<T, E>,
    ) -> std::thread::Result<Result<T, E>> {
        if self.careful
            && let Err(error) = self.run("SAVEPOINT member")
        {
            return Ok(Err(Fault::from(error).into()));
        }
        let before = self.db.total_changes();
        let done = catch_unwind(AssertUnwindSafe(|| work(&self.db)));
        let keep = matches!(done, Ok(Ok(_)));
        let ended = match (self.careful, keep) {
            (true, _) => self.end_savepoint(keep),
            (false, true) => self.must_be_open(),
            (false, false) => self.undo(self.db.total_changes() != before),
        };
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

    /// Forgets what a member without a savepoint did, and with it what the others did, who then do it again.
    fn undo(&mut self, has_changed: bool) -> sql::Result<()> {
        self.must_be_open()?;
        if has_changed {
            self.roll_back();
            self.changes.clear();
            self.settle(End::Undone);
        }
        Ok(())
    }

    /// Fails, for all its members, when SQLite itself ended the transaction: its disk is full or failing.
    fn must_be_open(&mut self) -> sql::Result<()> {
        if !self.db.is_autocommit() {
            return Ok(());
        }
        self.fail(&sql::Error::Full);
        Err(sql::Error::Full)
    }

    /// Keeps what a member did, or forgets it. When neither can be done, the whole transaction fails.
    fn end_savepoint(&mut self, keep: bool) -> sql::Result<()> {
        self.must_be_open()?;
        let ended = match keep {
            true => self.run("RELEASE member"),
            false => self.run("ROLLBACK TO member").and_then(|()| self.run("RELEASE member")),
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

    /// Makes the open transaction durable, if there is one, and tells what changed, in its order.
    pub(super) fn commit_open(&mut self) {
        if self.open.is_none() {
            return;
        }
        fail_point!("commit.before");
        if self.members > 1 {
            fail_point!("commit.before_shared");
        }
        match self.run("COMMIT") {
            Ok(()) => {
                fail_point!("commit.after");
                if self.members > 1 {
                    fail_point!("commit.after_shared");
                }
                for change in self.changes.drain(..) {
                    self.tell.change(change);
                }
                self.commits.count(self.members);
                self.logged += self.members;
                self.settle(End::Committed);
            }
            Err(error) => {
                self.roll_back();
                self.fail(&error);
            }
        }
    }

    /// The open transaction is gone, for all its members.
    fn fail(&mut self, error: &sql::Error) {
        self.changes.clear();
        self.settle(End::Failed(error.clone()));
    }

    /// Tells the members.
    fn settle(&mut self, end: End) {
        if let Some(open) = self.open.take() {
            open.settle(end);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Barrier, atomic::AtomicBool};

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
        let (begun, held) = (Barrier::new(2), AtomicBool::new(false));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                // What becomes of it is what becomes of the others.
                let _ = sqlite.share::<_, Fault>(|_| {
                    if held.swap(true, Ordering::AcqRel) {
                        return Ok(((), Vec::new()));
                    }
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
        assert_eq!((entries(&sqlite), sqlite.lock().commits.number.get()), (20, 1));
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
    fn what_one_undoes_the_others_do_once_more_and_no_oftener() {
        let sqlite = database();
        let runs = AtomicUsize::new(0);
        together(&sqlite, 20, |sqlite, number| {
            let done = sqlite.share(|db| {
                runs.fetch_add(1, Ordering::AcqRel);
                db.execute("INSERT INTO entry (number) VALUES (?)", [number])?;
                if number < 10 { Err(Fault::Interrupted) } else { Ok(((), Vec::new())) }
            });
            assert_eq!(done.is_ok(), number >= 10);
        });
        assert_eq!(entries(&sqlite), 10);
        assert!((20..=30).contains(&runs.load(Ordering::Acquire)), "{runs:?}");
    }

    #[test]
    fn a_refusal_that_changed_nothing_undoes_nothing() {
        let sqlite = database();
        let runs = AtomicUsize::new(0);
        together(&sqlite, 20, |sqlite, number| {
            let done = sqlite.share(|db| {
                runs.fetch_add(1, Ordering::AcqRel);
                if number % 2 == 0 {
                    return Err(Fault::Interrupted);
                }
                db.execute("INSERT INTO entry (number) VALUES (?)", [number])?;
                Ok(((), Vec::new()))
            });
            assert_eq!(done.is_ok(), number % 2 == 1);
        });
        assert_eq!((entries(&sqlite), runs.load(Ordering::Acquire)), (10, 20));
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
