//! What can go wrong on the relay's side.

use std::io;

use crate::store::sql;

/// A failure that is not the caller's.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// No room left. Nothing was kept.
    #[error("no room left")]
    Full,
    /// The database failed.
    #[error("database: {0}")]
    Database(sql::Error),
    /// The blob folder failed.
    #[error("blob folder: {0}")]
    Blob(io::Error),
    /// An address given on the command line is none.
    #[error("this is no mail address")]
    Address,
    /// The system has no root certificates, so that no push service could be told from another.
    #[error("no root certificates were found on this system; install its package ca-certificates")]
    Roots,
    /// Stored data is not what the relay wrote.
    #[error("stored data is damaged: {0}")]
    Damaged(&'static str),
    /// Something the relay was started with is wrong.
    #[error("{0}")]
    Setting(&'static str),
    /// A task of the relay ended before its time.
    #[error("a task ended early")]
    Interrupted,
}

impl From<sql::Error> for Fault {
    fn from(error: sql::Error) -> Self {
        match error {
            sql::Error::Full => Self::Full,
            _ => Self::Database(error),
        }
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        sql::Error::from(error).into()
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::Blob(error),
        }
    }
}
