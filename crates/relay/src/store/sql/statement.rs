//! A prepared statement and its rows.

use super::{
    FromSql, Params, Result,
    value::{Bound, Value},
};
use crate::store::postgres::Session;

/// A statement ready to run, as often as wanted.
pub(crate) enum Statement<'a> {
    Sqlite(rusqlite::CachedStatement<'a>),
    Postgres(&'a Session, tokio_postgres::Statement),
}

impl Statement<'_> {
    /// Runs it; gives the number of rows it changed.
    pub(crate) fn execute(&mut self, params: impl Params) -> Result<usize> {
        match self {
            Self::Sqlite(statement) => Ok(statement.execute(sqlite(&params.bound()))?),
            Self::Postgres(session, statement) => session.execute(statement, &params.bound()),
        }
    }

    /// Runs it, whatever number of rows it changes. PostgreSQL is not waited for: a failure is told by a later statement, by the commit
    /// at the latest.
    pub(crate) fn put(&mut self, params: impl Params) -> Result<()> {
        match self {
            Self::Sqlite(statement) => Ok(statement.execute(sqlite(&params.bound())).map(drop)?),
            Self::Postgres(session, statement) => session.put(statement, &params.bound()),
        }
    }

    /// Runs it and reads its first row.
    pub(crate) fn query_row<T>(
        &mut self,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<T> {
        read(&self.query(params)?.next()?.ok_or(super::Error::NoRow)?)
    }

    /// Runs it and reads every row.
    pub(crate) fn query_map<T>(
        &mut self,
        params: impl Params,
        mut read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<std::vec::IntoIter<Result<T>>> {
        let mut rows = self.query(params)?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(read(&row));
        }
        Ok(all.into_iter())
    }

    /// Runs it; its rows come one after the other.
    pub(crate) fn query(&mut self, params: impl Params) -> Result<Rows<'_>> {
        match self {
            Self::Sqlite(statement) => Ok(Rows::Sqlite(statement.query(sqlite(&params.bound()))?)),
            Self::Postgres(session, statement) => {
                Ok(Rows::Postgres(session.query(statement, &params.bound())?.into_iter()))
            }
        }
    }
}

fn sqlite<'a>(values: &'a [Bound<'a>]) -> rusqlite::ParamsFromIter<&'a [Bound<'a>]> {
    rusqlite::params_from_iter(values)
}

/// Rows, one after the other.
pub(crate) enum Rows<'a> {
    Sqlite(rusqlite::Rows<'a>),
    Postgres(std::vec::IntoIter<tokio_postgres::Row>),
}

impl Rows<'_> {
    /// The next row; `None` after the last.
    pub(crate) fn next(&mut self) -> Result<Option<Row<'_>>> {
        match self {
            Self::Sqlite(rows) => Ok(rows.next()?.map(Row::Sqlite)),
            Self::Postgres(rows) => Ok(rows.next().map(Row::Postgres)),
        }
    }
}

/// A row.
pub(crate) enum Row<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(tokio_postgres::Row),
}

impl Row<'_> {
    /// Column `at`, counted from 0.
    pub(crate) fn get<T: FromSql>(&self, at: usize) -> Result<T> {
        let column = match self {
            Self::Sqlite(row) => Value::of_sqlite(row, at)?,
            Self::Postgres(row) => Value::of_postgres(row, at)?,
        };
        T::from_column(column).ok_or(super::Error::Column(at))
    }
}
