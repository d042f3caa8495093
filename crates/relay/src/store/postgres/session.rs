//! One connection to PostgreSQL and what is prepared on it.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    error::Error,
    pin::Pin,
    sync::Arc,
    time::Instant,
};

use bytes::BytesMut;
use futures::{
    FutureExt as _,
    executor::block_on,
    future::{OptionFuture, join_all, join3},
};
use tokio_postgres::{
    Client, Row, Statement,
    error::SqlState,
    types::{IsNull, ToSql, Type, to_sql_checked},
};

use super::dialect;
use crate::{
    limits,
    store::sql::{self, Bound, FromSql, ToSql as _, Value},
};

/// The answer to a statement that nobody waits for yet.
type OnItsWay = Pin<Box<dyn Future<Output = Result<u64, tokio_postgres::Error>> + Send>>;

/// A connection. Its calls wait; what drives it runs on a thread of its own.
pub(crate) struct Session {
    client: Arc<Client>,
    prepared: RefCell<HashMap<String, Statement>>,
    /// The last failure was one that goes away when everything is tried again.
    again: Cell<bool>,
    /// The server ended it, or the line to it broke.
    lost: Cell<bool>,
    /// A statement failed since the transaction began.
    spoilt: Cell<bool>,
    /// The view that the next statement begins.
    to_begin: Cell<Option<&'static str>>,
    /// Statements on their way, in their order.
    on_their_way: RefCell<Vec<OnItsWay>>,
    /// When the server was last heard of.
    heard: Cell<Instant>,
}

impl Session {
    pub(super) fn new(client: Client) -> Self {
        Self {
            client: Arc::new(client),
            prepared: RefCell::default(),
            again: Cell::new(false),
            lost: Cell::new(false),
            spoilt: Cell::new(false),
            to_begin: Cell::new(None),
            on_their_way: RefCell::default(),
            heard: Cell::new(Instant::now()),
        }
    }

    /// Whether it can be used for another transaction.
    pub(super) fn is_open(&self) -> bool {
        !self.lost.get() && !self.client.is_closed()
    }

    /// Begins a transaction.
    pub(in crate::store) fn begin(&self, text: &str) -> sql::Result<()> {
        self.spoilt.set(false);
        self.batch(text)
    }

    /// Begins a transaction that changes nothing. A line that was alive a moment ago is not asked again: the words go with the
    /// first statement, which would fail as they do.
    pub(super) fn begin_view(&self, text: &'static str) -> sql::Result<()> {
        if self.heard.get().elapsed() > limits::LINE_ALIVE {
            return self.begin(text);
        }
        self.spoilt.set(false);
        self.to_begin.set(Some(text));
        Ok(())
    }

    /// Ends it; nobody waits for the answer, which comes before that to the next statement.
    pub(super) fn end_view(&self) {
        if self.to_begin.take().is_none() {
            // Sent when it is first asked for.
            let _ = self.client.batch_execute("COMMIT").now_or_never();
        }
    }

    /// Asks the server; hears before that what became of statements on their way and of the view that is to begin.
    fn ask<T>(&self, question: impl Future<Output = Result<T, tokio_postgres::Error>>) -> sql::Result<T> {
        let begin = self.to_begin.take().map(|begin| self.client.batch_execute(begin));
        // They are sent in the order in which they are first asked for.
        let earlier = join_all(self.on_their_way.take());
        let (earlier, begun, answer) = block_on(join3(earlier, OptionFuture::from(begin), question));
        for done in earlier {
            self.told(done)?;
        }
        self.told(begun.unwrap_or(Ok(())))?;
        self.told(answer)
    }

    /// Whether a statement failed since the transaction began.
    pub(super) fn is_spoilt(&self) -> bool {
        self.spoilt.get()
    }

    /// Whether a failure since the last question goes away when everything is tried again.
    pub(super) fn is_worth_again(&self) -> bool {
        self.again.replace(false)
    }

    /// A statement of the relay's SQL, prepared once.
    pub(crate) fn prepare(&self, text: &str) -> sql::Result<Statement> {
        if let Some(known) = self.prepared.borrow().get(text) {
            return Ok(known.clone());
        }
        let statement = self.ask(self.client.prepare(&dialect::numbered(text)))?;
        let mut prepared = self.prepared.borrow_mut();
        if prepared.len() >= limits::STATEMENTS {
            prepared.clear();
        }
        prepared.insert(text.to_owned(), statement.clone());
        Ok(statement)
    }

    /// Runs it; gives the number of rows it changed.
    pub(crate) fn execute(&self, statement: &Statement, values: &[Bound<'_>]) -> sql::Result<usize> {
        let changed = self.ask(self.client.execute(statement, &borrowed(values)))?;
        Ok(usize::try_from(changed).unwrap_or(usize::MAX))
    }

    /// Sends it, and does not wait for its answer: the next that is waited for fails as it does.
    pub(crate) fn put(&self, statement: &Statement, values: &[Bound<'_>]) -> sql::Result<()> {
        let (client, statement) = (Arc::clone(&self.client), statement.clone());
        let values: Vec<Value> = values.iter().copied().map(Value::from).collect();
        let mut sent: OnItsWay = Box::pin(async move {
            let values: Vec<Bound<'_>> = values.iter().map(Value::bound).collect();
            client.execute(&statement, &borrowed(&values)).await
        });
        match (&mut sent).now_or_never() {
            Some(done) => self.told(done).map(drop),
            None => {
                self.on_their_way.borrow_mut().push(sent);
                Ok(())
            }
        }
    }

    /// Runs it; gives its rows.
    pub(crate) fn query(&self, statement: &Statement, values: &[Bound<'_>]) -> sql::Result<Vec<Row>> {
        self.ask(self.client.query(statement, &borrowed(values)))
    }

    /// Runs a statement and reads the first column of its first row.
    pub(in crate::store) fn value<T: FromSql>(&self, text: &str, values: &[Bound<'_>]) -> sql::Result<T> {
        let rows = self.query(&self.prepare(text)?, values)?;
        sql::Row::Postgres(rows.into_iter().next().ok_or(sql::Error::NoRow)?).get(0)
    }

    /// Runs statements without values, as they stand.
    pub(in crate::store) fn batch(&self, text: &str) -> sql::Result<()> {
        self.ask(self.client.batch_execute(text))
    }

    fn told<T>(&self, done: Result<T, tokio_postgres::Error>) -> sql::Result<T> {
        self.heard.set(Instant::now());
        done.map_err(|error| {
            self.spoilt.set(true);
            let state = error.code();
            // Two that waited for each other; a blob that ended, or a row that came, between two statements.
            let passing = [
                SqlState::T_R_SERIALIZATION_FAILURE,
                SqlState::T_R_DEADLOCK_DETECTED,
                SqlState::FOREIGN_KEY_VIOLATION,
                SqlState::UNIQUE_VIOLATION,
            ];
            let ended = [
                SqlState::ADMIN_SHUTDOWN,
                SqlState::CRASH_SHUTDOWN,
                SqlState::CANNOT_CONNECT_NOW,
                SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
            ];
            if error.is_closed() || state.is_some_and(|state| ended.contains(state)) {
                self.lost.set(true);
            }
            self.again.set(state.is_some_and(|state| passing.contains(state)));
            match state {
                Some(&SqlState::DISK_FULL) => sql::Error::Full,
                _ => sql::Error::Other(in_words(&error)),
            }
        })
    }
}

fn borrowed<'a>(values: &'a [Bound<'a>]) -> Vec<&'a (dyn ToSql + Sync)> {
    values.iter().map(|value| -> &(dyn ToSql + Sync) { value }).collect()
}

/// What the server said, without the values it may quote in its details.
pub(super) fn in_words(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(said) => format!("{} ({})", said.message(), said.code().code()),
        None => with_causes(error),
    }
}

/// A failure of the line, with what brought it about.
fn with_causes(error: &dyn Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {}", with_causes(cause)),
        None => error.to_string(),
    }
}

impl ToSql for Bound<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match (self, kind) {
            (Self::Null, _) => Ok(IsNull::Yes),
            (Self::Integer(number), &Type::INT8) => number.to_sql(kind, out),
            (Self::Integer(number), &Type::INT4) => i32::try_from(*number)?.to_sql(kind, out),
            (Self::Integer(number), &Type::BOOL) => (*number != 0).to_sql(kind, out),
            (Self::Text(text), &Type::TEXT | &Type::VARCHAR) => dialect::storable(text).to_sql(kind, out),
            (Self::Blob(bytes), &Type::BYTEA) => bytes.to_sql(kind, out),
            _ => Err(format!("a value cannot be {kind}").into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
