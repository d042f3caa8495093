//! What can fail in a database, told apart as far as somebody acts on it.

/// A failure of the database.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// No room left on its disk.
    #[error("no room left")]
    Full,
    /// A statement that wants a row found none.
    #[error("no row")]
    NoRow,
    /// A column holds another type than the program wrote.
    #[error("column {0} is of another type")]
    Column(usize),
    /// A transaction changed an account that it had not locked: a defect of the program.
    #[error("an account was changed that was not locked")]
    Unlocked,
    /// A statement failed within a transaction that went on as if it had not: a defect of the program.
    #[error("a statement that failed was passed over")]
    PassedOver,
    /// Its file is damaged.
    #[error("the file is damaged: {0}")]
    Corrupt(String),
    /// Anything else, in its own words.
    #[error("{0}")]
    Other(String),
}

/// What a database gives.
pub(crate) type Result<T> = std::result::Result<T, Error>;

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::{Error as Sqlite, ErrorCode};
        match (&error, error.sqlite_error_code()) {
            (_, Some(ErrorCode::DiskFull)) => Self::Full,
            (_, Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)) => {
                Self::Corrupt(error.to_string())
            }
            (Sqlite::QueryReturnedNoRows, _) => Self::NoRow,
            (Sqlite::InvalidColumnType(at, ..) | Sqlite::FromSqlConversionFailure(at, ..), _) => {
                Self::Column(*at)
            }
            _ => Self::Other(error.to_string()),
        }
    }
}

/// No row is an answer, too.
pub(crate) trait OptionalExtension<T> {
    /// `None` where there was no row.
    fn optional(self) -> Result<Option<T>>;
}

impl<T> OptionalExtension<T> for Result<T> {
    fn optional(self) -> Result<Option<T>> {
        match self {
            Ok(value) => Ok(Some(value)),
            Err(Error::NoRow) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
