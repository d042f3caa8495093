//! PostgreSQL: any number of relays over one database.
//!
//! Transactions read what is committed, statement by statement, and lock the accounts they change ([`Tx::lock`]), so that
//! changes of one account follow each other as they do with SQLite's one writer, while accounts do not wait for each other.

pub(super) mod dialect;
mod listen;
mod session;

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{Arc, Condvar, Mutex, PoisonError},
};

use futures::executor::block_on;
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::{Config, NoTls};

use super::{Changed, Tell, migrate, sql, tx::On, tx::Tx};
use crate::{fault::Fault, limits};

pub(crate) use session::Session;

/// The number by which relays lock what they do to the schema, and to blobs that end. Any will do that nobody else uses.
pub(super) const SCHEMA_LOCK: i64 = 0x5ce4_0001;
const BLOB_LOCK: i64 = 0x5ce4_0002;

/// A database of PostgreSQL.
pub(super) struct Postgres {
    config: Config,
    pool: Mutex<Pool>,
    returned: Condvar,
    tell: Arc<Tell>,
    /// Drives the connections; ended without waiting, since the relay may end on a thread that must not.
    runtime: Option<Runtime>,
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
    /// When the server cannot be reached, or its schema is newer than this program.
    pub(super) fn open(url: &str, tell: Arc<Tell>) -> Result<Self, Fault> {
        let config: Config = url.parse().map_err(|_| {
            // The parser would quote the address, which holds a pass word.
            Fault::Setting("the database's address is none; write postgres://user@host/name")
        })?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(limits::DATABASE_THREADS)
            .thread_name("postgres")
            .enable_all()
            .build()?;
        let (pool, returned) = (Mutex::default(), Condvar::new());
        let database = Self { config, pool, returned, tell, runtime: Some(runtime) };
        let session = database.session()?;
        migrate::postgres_to_newest(&session)?;
        database.give_back(session);
        database.listen()?;
        Ok(database)
    }

    /// Runs `work` as one transaction, again when another one got in its way.
    pub(super) fn write<T, E: From<Fault>>(
        &self,
        now: i64,
        work: impl Fn(&Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let _place = self.place();
        let session = self.session()?;
        for _ in 0..limits::CONFLICTS {
            let done = attempt(&session, now, &work);
            if done.is_ok() || !session.is_worth_again() {
                self.give_back(session);
                return done;
            }
        }
        let done = attempt(&session, now, &work);
        self.give_back(session);
        done
    }

    /// Runs `work` over one consistent view.
    pub(super) fn read<T, E: From<Fault>>(
        &self,
        now: i64,
        work: impl FnOnce(&Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let _place = self.place();
        let session = self.session()?;
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        let done = transaction(&session, begin, |session| work(&Tx::new(On::Postgres(session), now)));
        self.give_back(session);
        done
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
        let statement = session.prepare("SELECT pg_try_advisory_lock(?)")?;
        let rows = session.query(&statement, &[sql::Bound::Integer(BLOB_LOCK)])?;
        let is_taken = rows.into_iter().next().map_or(Ok(false), |row| sql::Row::Postgres(row).get(0))?;
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
        let config = self.config.clone();
        let connecting = self.runtime()?.spawn(async move {
            let (client, connection) = config.connect(NoTls).await?;
            tokio::spawn(connection);
            Ok::<_, tokio_postgres::Error>(client)
        });
        let client = block_on(connecting).map_err(|_| Fault::Interrupted)?;
        Ok(Session::new(client.map_err(|error| sql::Error::Other(session::in_words(&error)))?))
    }

    fn runtime(&self) -> Result<&Runtime, Fault> {
        self.runtime.as_ref().ok_or(Fault::Interrupted)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// One try of a transaction that changes things.
fn attempt<T, E: From<Fault>>(
    session: &Session,
    now: i64,
    work: impl Fn(&Tx<'_>) -> Result<T, E>,
) -> Result<T, E> {
    transaction(session, "BEGIN", |session| {
        let tx = Tx::new(On::Postgres(session), now);
        let value = work(&tx)?;
        tx.changes().and_then(|changes| notify(session, &changes)).map_err(Fault::from)?;
        Ok(value)
    })
}

/// Runs `work` between `begin` and the commit; nothing of it stays when it fails or panics.
pub(super) fn transaction<T, E: From<Fault>>(
    session: &Session,
    begin: &str,
    work: impl FnOnce(&Session) -> Result<T, E>,
) -> Result<T, E> {
    session.batch(begin).map_err(Fault::from)?;
    let done = catch_unwind(AssertUnwindSafe(|| work(session)));
    if matches!(done, Ok(Ok(_))) {
        session.batch("COMMIT").map_err(Fault::from)?;
    } else if session.batch("ROLLBACK").is_err() {
        // A connection that cannot even do that is closed, and not used again.
    }
    done.unwrap_or_else(|panic| resume_unwind(panic))
}

/// Tells all relays, this one among them, what the transaction changed; heard once it is committed, in its order.
fn notify(session: &Session, changes: &[Changed]) -> sql::Result<()> {
    for change in changes {
        let text = listen::payload(change);
        let statement = session.prepare("SELECT pg_notify('sceau', ?)")?;
        session.query(&statement, &[sql::Bound::Text(&text)])?;
    }
    Ok(())
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
