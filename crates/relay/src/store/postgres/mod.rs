//! PostgreSQL: any number of relays over one database.
//!
//! Transactions read what is committed, statement by statement, and lock the accounts they change ([`Tx::lock`]), so that
//! changes of one account follow each other as they do with SQLite's one writer, while accounts do not wait for each other.

mod address;
pub(super) mod dialect;
mod listen;
mod session;
mod word;

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{Arc, Condvar, Mutex, PoisonError},
};

use address::Address;
use word::Word;

use super::{Changed, Commits, Tell, background::Background, migrate, sql, tx::On, tx::Tx};
use crate::{fault::Fault, limits};

pub(crate) use session::Session;

/// The number by which relays lock what they do to the schema, and to blobs that end. Any will do that nobody else uses.
pub(super) const SCHEMA_LOCK: i64 = 0x5ce4_0001;
const BLOB_LOCK: i64 = 0x5ce4_0002;

/// Begins a transaction that sees one state of everything and changes nothing.
const VIEW: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// A database of PostgreSQL.
pub(super) struct Postgres {
    address: Arc<Address>,
    pool: Mutex<Pool>,
    returned: Condvar,
    tell: Arc<Tell>,
    /// What other relays are to be told.
    word: Arc<Word>,
    commits: Commits,
    /// Drives the connections.
    background: Background,
}

#[derive(Default)]
struct Pool {
    idle: Vec<Session>,
    taken: usize,
}

impl Postgres {
    /// Opens the database that `url` names and brings it to the newest schema.
    ///
    /// # Errors
    /// When the server cannot be reached, is not the one it should be, or its schema is newer than this program.
    pub(super) fn open(url: &str, tell: Arc<Tell>, commits: Commits) -> Result<Self, Fault> {
        let database = Self::as_it_is(url, tell, commits)?;
        let session = database.session()?;
        migrate::postgres_to_newest(&session)?;
        database.give_back(session);
        database.listen()?;
        Ok(database)
    }

    /// The number of the schema in the database that `url` names, which is not changed; 0 for none.
    pub(super) fn version(url: &str) -> Result<usize, Fault> {
        let database = Self::as_it_is(url, Arc::default(), Commits::default())?;
        Ok(migrate::postgres_version(&database.session()?)?)
    }

    fn as_it_is(url: &str, tell: Arc<Tell>, commits: Commits) -> Result<Self, Fault> {
        let address = Arc::new(Address::read(url)?);
        let background = Background::new("postgres")?;
        let (pool, returned) = (Mutex::default(), Condvar::new());
        let word = Arc::default();
        Ok(Self { address, pool, returned, tell, word, commits, background })
    }

    /// Runs `work` as one transaction, again when another one got in its way.
    pub(super) fn write<T, E: From<Fault>>(
        &self,
        now: i64,
        work: impl Fn(&Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let _place = self.place();
        let mut left = limits::CONFLICTS;
        loop {
            let session = self.begun(|session| session.begin("BEGIN"))?;
            let done = transaction(&session, |session| {
                let tx = Tx::new(On::Postgres(session), now);
                let value = work(&tx)?;
                Ok((value, tx.changes().map_err(Fault::from)?))
            });
            let again = done.is_err() && left > 0 && session.is_worth_again();
            self.give_back(session);
            if !again {
                return done.map(|(value, changes)| {
                    self.commits.count(1);
                    self.say(changes);
                    value
                });
            }
            left -= 1;
        }
    }

    /// Tells what is committed: here at once, other relays as soon as they can be told. Which states it changed is to be looked up:
    /// another relay may have changed some of the account before or after, and not told it yet.
    fn say(&self, changes: Vec<Changed>) {
        for Changed { account, .. } in changes {
            self.tell.change(Changed { account, states: None });
            self.word.add(account);
        }
    }

    /// A connection with a transaction begun. One that was idle may have ended meanwhile, with the server or the line: then
    /// nothing has begun, and the next is tried, a new one at last.
    fn begun(&self, begin: impl Fn(&Session) -> sql::Result<()>) -> Result<Session, Fault> {
        for _ in 0..limits::DATABASE_CONNECTIONS {
            let session = self.session()?;
            match begin(&session) {
                Err(_) if !session.is_open() => {}
                begun => return Ok(begun.map(|()| session)?),
            }
        }
        let session = self.connect()?;
        begin(&session)?;
        Ok(session)
    }

    /// Octets of the database.
    pub(super) fn size(&self) -> Result<u64, Fault> {
        let octets: i64 = self.read::<_, Fault>(0, |tx| {
            Ok(tx.query_row("SELECT pg_database_size(current_database())", [], |row| row.get(0))?)
        })?;
        Ok(u64::try_from(octets).unwrap_or(0))
    }

    /// Runs `work` over one consistent view.
    pub(super) fn read<T, E: From<Fault>>(
        &self,
        now: i64,
        work: impl FnOnce(&Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let _place = self.place();
        let session = self.begun(|session| session.begin_view(VIEW))?;
        let done = within(&session, |session| work(&Tx::new(On::Postgres(session), now)));
        match done {
            Ok(Ok(_)) => session.end_view(),
            _ => undo(&session),
        }
        self.give_back(session);
        done.unwrap_or_else(|panic| resume_unwind(panic))
    }

    /// While this is held, no relay ends blobs.
    pub(super) fn keep_blobs(&self) -> Result<Locked<'_>, Fault> {
        let session = self.session()?;
        session.batch(&format!("SELECT pg_advisory_lock_shared({BLOB_LOCK})"))?;
        Ok(Locked { database: self, session: Some(session) })
    }

    /// While this is held, no relay adds blobs; `None` while one does.
    pub(super) fn end_blobs(&self) -> Result<Option<Locked<'_>>, Fault> {
        let session = self.session()?;
        let lock = [sql::Bound::Integer(BLOB_LOCK)];
        let is_taken: bool = session.value("SELECT pg_try_advisory_lock(?)", &lock)?;
        Ok(is_taken.then_some(Locked { database: self, session: Some(session) }))
    }

    /// Waits for one of the places that transactions have.
    fn place(&self) -> Place<'_> {
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        while pool.taken >= limits::DATABASE_CONNECTIONS {
            pool = self.returned.wait(pool).unwrap_or_else(PoisonError::into_inner);
        }
        pool.taken += 1;
        Place(self)
    }

    /// A connection: an idle one, or a new one.
    fn session(&self) -> Result<Session, Fault> {
        let idle = {
            let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
            std::iter::from_fn(|| pool.idle.pop()).find(Session::is_open)
        };
        idle.map_or_else(|| self.connect(), Ok)
    }

    fn give_back(&self, session: Session) {
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        if session.is_open() && pool.idle.len() < limits::DATABASE_CONNECTIONS {
            pool.idle.push(session);
        }
    }

    fn connect(&self) -> Result<Session, Fault> {
        let address = Arc::clone(&self.address);
        let client = self.background.wait(async move {
            let (client, connection) = address.connect().await?;
            tokio::spawn(connection);
            Ok::<_, tokio_postgres::Error>(client)
        })?;
        let session = Session::new(client.map_err(|error| sql::Error::Other(session::in_words(&error)))?);
        let patience = limits::TRANSACTION_IDLE.as_millis();
        session.batch(&format!("SET idle_in_transaction_session_timeout = {patience}"))?;
        Ok(session)
    }
}

/// Runs `work` in the transaction that was begun, and commits; nothing of it stays when it fails or panics.
pub(super) fn transaction<T, E: From<Fault>>(
    session: &Session,
    work: impl FnOnce(&Session) -> Result<T, E>,
) -> Result<T, E> {
    let done = within(session, work);
    if matches!(done, Ok(Ok(_))) {
        session.batch("COMMIT").map_err(Fault::from)?;
    } else {
        undo(session);
    }
    done.unwrap_or_else(|panic| resume_unwind(panic))
}

/// Runs `work`; the outer failure is a panic.
fn within<T, E: From<Fault>>(
    session: &Session,
    work: impl FnOnce(&Session) -> Result<T, E>,
) -> std::thread::Result<Result<T, E>> {
    match catch_unwind(AssertUnwindSafe(|| work(session))) {
        // After a statement that failed, a commit would be none, and say nothing of it.
        Ok(Ok(_)) if session.is_spoilt() => Ok(Err(Fault::from(sql::Error::PassedOver).into())),
        done => done,
    }
}

/// Undoes what was begun.
fn undo(session: &Session) {
    if session.batch("ROLLBACK").is_err() {
        // A connection that cannot even do that is closed, and not used again.
    }
}

/// One of the places that transactions have; given back however the transaction ends.
struct Place<'a>(&'a Postgres);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.pool.lock().unwrap_or_else(PoisonError::into_inner).taken -= 1;
        self.0.returned.notify_one();
    }
}

/// The lock on blobs that end, held by a connection.
pub(crate) struct Locked<'a> {
    database: &'a Postgres,
    session: Option<Session>,
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        if let Some(session) = self.session.take()
            && session.batch("SELECT pg_advisory_unlock_all()").is_ok()
        {
            self.database.give_back(session);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::{
        runtime::{Builder, Runtime},
        time::timeout,
    };
    use tokio_postgres::{Config, NoTls};

    use super::*;
    use crate::store::migrate::STEPS;

    /// How a new database is reached; `None`, loudly, without a server.
    fn fresh(runtime: &Runtime) -> Option<String> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let Ok(server) = std::env::var("SCEAU_TEST_POSTGRES") else {
            eprintln!("skipped: SCEAU_TEST_POSTGRES names no server");
            return None;
        };
        let name = format!("unit_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let all = format!("{server} dbname=postgres").parse().unwrap();
        connect(runtime, &all).batch(&format!("CREATE DATABASE {name}")).unwrap();
        Some(format!("{server} dbname={name}"))
    }

    /// Connections to a new database.
    fn database() -> Option<(Runtime, Config)> {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let url = fresh(&runtime)?;
        Some((runtime, url.parse().unwrap()))
    }

    fn connect(runtime: &Runtime, config: &Config) -> Session {
        let (client, connection) = runtime.block_on(config.connect(NoTls)).unwrap();
        runtime.spawn(connection);
        Session::new(client)
    }

    /// Tables, columns, types and indexes, in words.
    fn shape(session: &Session) -> Vec<String> {
        let statement = session
            .prepare(
                "SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable
                 FROM information_schema.columns WHERE table_schema = 'public'
                 UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
            )
            .unwrap();
        let rows = session.query(&statement, &[]).unwrap();
        let mut lines: Vec<String> =
            rows.into_iter().map(|row| sql::Row::Postgres(row).get(0).unwrap()).collect();
        lines.sort();
        lines
    }

    #[test]
    fn every_older_version_reaches_the_newest() {
        let Some((runtime, config)) = database() else { return };
        let fresh = connect(&runtime, &config);
        migrate::postgres_to_newest(&fresh).unwrap();
        for version in 0..=STEPS.len() {
            let Some((runtime, config)) = database() else { return };
            let session = connect(&runtime, &config);
            for _ in 0..version {
                session.begin("BEGIN").unwrap();
                assert!(!transaction(&session, migrate::postgres_step).unwrap());
            }
            if version > 0 {
                let sql = "INSERT INTO account (address, name, created_at) VALUES ('a@b.fr', 'A', 5)";
                session.batch(sql).unwrap();
            }
            migrate::postgres_to_newest(&session).unwrap();
            assert_eq!(shape(&session), shape(&fresh), "from version {version}");
            let count = "SELECT count(*) FROM account WHERE address = 'a@b.fr'";
            let kept: bool = session.value(count, &[]).unwrap();
            assert_eq!(kept, version > 0, "from version {version}");
        }
    }

    #[test]
    fn a_statement_that_failed_spoils_its_transaction_even_when_passed_over() {
        let Some((runtime, config)) = database() else { return };
        let session = connect(&runtime, &config);
        session.batch("CREATE TABLE entry (number BIGINT PRIMARY KEY)").unwrap();
        session.begin("BEGIN").unwrap();
        let done = transaction::<(), Fault>(&session, |session| {
            session.batch("INSERT INTO entry (number) VALUES (1)")?;
            let _ = session.batch("INSERT INTO entry (number) VALUES (1)");
            Ok(())
        });
        assert!(matches!(done, Err(Fault::Database(sql::Error::PassedOver))), "{done:?}");
        session.begin("BEGIN").unwrap();
        let done = transaction::<(), Fault>(&session, |session| {
            Ok(session.batch("INSERT INTO entry (number) VALUES (1)")?)
        });
        assert!(done.is_ok(), "the next is another");
    }

    #[test]
    fn a_statement_nobody_waited_for_comes_in_its_order_and_fails_at_the_commit() {
        let Some((runtime, config)) = database() else { return };
        let session = connect(&runtime, &config);
        session.batch("CREATE TABLE entry (number BIGINT PRIMARY KEY)").unwrap();
        let add = |session: &Session, number| {
            let statement = session.prepare("INSERT INTO entry (number) VALUES (?)")?;
            session.put(&statement, &[sql::Bound::Integer(number)])
        };
        let count = |session: &Session| session.value::<i64>("SELECT count(*) FROM entry", &[]);
        session.begin("BEGIN").unwrap();
        let seen = transaction::<_, Fault>(&session, |session| {
            add(session, 1)?;
            add(session, 2)?;
            Ok(count(session)?)
        });
        assert_eq!(seen.unwrap(), 2);
        for _ in 0..2 {
            session.begin("BEGIN").unwrap();
            let done = transaction::<_, Fault>(&session, |session| {
                add(session, 3)?;
                add(session, 1)?;
                Ok(add(session, 4)?)
            });
            assert!(matches!(done, Err(Fault::Database(_))), "{done:?}");
            assert!(session.is_worth_again(), "that of the one that failed, not of those after it");
            assert_eq!(count(&session).unwrap(), 2, "nothing of it");
        }
    }

    #[test]
    fn a_relay_that_stands_still_keeps_no_account_for_ever() {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let Some(url) = fresh(&runtime) else { return };
        let database = Postgres::open(&url, Arc::default(), Commits::default()).unwrap();
        let ends = database.connect().unwrap();
        let after: String = ends.value("SHOW idle_in_transaction_session_timeout", &[]).unwrap();
        assert_eq!(after, format!("{}s", limits::TRANSACTION_IDLE.as_secs()));
    }

    #[test]
    fn a_change_that_nobody_told_is_found_by_looking() {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let Some(url) = fresh(&runtime) else { return };
        let tell = Arc::<Tell>::default();
        let database = Postgres::open(&url, Arc::clone(&tell), Commits::default()).unwrap();
        let sql = "INSERT INTO account (address, name, created_at) VALUES ('a@b.fr', 'A', 5) RETURNING id";
        let account: i64 =
            database.write::<_, Fault>(0, |tx| Ok(tx.query_row(sql, [], |row| row.get(0))?)).unwrap();
        let mut follow = tell.follow(account);
        let mut hear = || {
            let heard = runtime.block_on(async { timeout(limits::LOOK_FOR_UNTOLD * 6, follow.next()).await });
            heard.unwrap().unwrap()
        };
        assert!(hear().states.is_none(), "the first look knows nothing of it yet");
        let other = connect(&runtime, &url.parse().unwrap());
        other.batch("UPDATE account SET modseq = modseq + 1").unwrap();
        assert_eq!(hear().account, account);
    }

    #[test]
    fn a_newer_database_is_left_alone() {
        let Some((runtime, config)) = database() else { return };
        let session = connect(&runtime, &config);
        migrate::postgres_to_newest(&session).unwrap();
        session.batch(&format!("INSERT INTO schema_step (number) VALUES ({})", STEPS.len() + 1)).unwrap();
        assert!(matches!(migrate::postgres_to_newest(&session), Err(Fault::Damaged(_))));
    }
}
