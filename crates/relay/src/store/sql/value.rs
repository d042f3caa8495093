//! Values on their way into a statement and out of a row.

use super::{Error, Result};

/// A value that is kept: until its statement runs, or since a row gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Null,
    Integer(i64),
    Text(String),
    Blob(Vec<u8>),
}

/// A value as a database takes it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bound<'a> {
    Null,
    Integer(i64),
    Text(&'a str),
    Blob(&'a [u8]),
}

impl From<Bound<'_>> for Value {
    fn from(value: Bound<'_>) -> Self {
        match value {
            Bound::Null => Self::Null,
            Bound::Integer(number) => Self::Integer(number),
            Bound::Text(text) => Self::Text(text.to_owned()),
            Bound::Blob(octets) => Self::Blob(octets.to_owned()),
        }
    }
}

/// What can be a value of a statement.
pub(crate) trait ToSql {
    fn bound(&self) -> Bound<'_>;
}

macro_rules! integers {
    ($($kind:ty),*) => {
        $(
            impl ToSql for $kind {
                fn bound(&self) -> Bound<'_> {
                    Bound::Integer(i64::from(*self))
                }
            }
        )*
    };
}
integers!(bool, u8, u16, u32, i32, i64);

impl ToSql for str {
    fn bound(&self) -> Bound<'_> {
        Bound::Text(self)
    }
}

impl ToSql for String {
    fn bound(&self) -> Bound<'_> {
        Bound::Text(self)
    }
}

impl ToSql for [u8] {
    fn bound(&self) -> Bound<'_> {
        Bound::Blob(self)
    }
}

impl<const N: usize> ToSql for [u8; N] {
    fn bound(&self) -> Bound<'_> {
        Bound::Blob(self)
    }
}

impl ToSql for Vec<u8> {
    fn bound(&self) -> Bound<'_> {
        Bound::Blob(self)
    }
}

impl ToSql for Value {
    fn bound(&self) -> Bound<'_> {
        match self {
            Self::Null => Bound::Null,
            Self::Integer(number) => Bound::Integer(*number),
            Self::Text(text) => Bound::Text(text),
            Self::Blob(octets) => Bound::Blob(octets),
        }
    }
}

impl<T: ToSql + ?Sized> ToSql for &T {
    fn bound(&self) -> Bound<'_> {
        (**self).bound()
    }
}

impl<T: ToSql> ToSql for Option<T> {
    fn bound(&self) -> Bound<'_> {
        self.as_ref().map_or(Bound::Null, ToSql::bound)
    }
}

/// The pattern of `LIKE ? ESCAPE '\\'` that finds `text` anywhere, whatever is in it.
pub(crate) fn containing(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}

/// The values of a statement.
pub(crate) trait Params {
    /// Them, in their order.
    fn bound(&self) -> Vec<Bound<'_>>;
}

impl Params for [(); 0] {
    fn bound(&self) -> Vec<Bound<'_>> {
        Vec::new()
    }
}

macro_rules! arrays {
    ($($length:literal),*) => {
        $(
            impl<T: ToSql> Params for [T; $length] {
                fn bound(&self) -> Vec<Bound<'_>> {
                    self.iter().map(ToSql::bound).collect()
                }
            }
        )*
    };
}
arrays!(1, 2, 3, 4, 5);

impl Params for &[&dyn ToSql] {
    fn bound(&self) -> Vec<Bound<'_>> {
        self.iter().map(|value| value.bound()).collect()
    }
}

/// Values of which only the program knows how many.
pub(crate) struct Many<I>(Vec<I>);

/// As many values as there are.
pub(crate) fn params_from_iter<I: IntoIterator>(values: I) -> Many<I::Item> {
    Many(values.into_iter().collect())
}

impl<T: ToSql> Params for Many<T> {
    fn bound(&self) -> Vec<Bound<'_>> {
        self.0.iter().map(ToSql::bound).collect()
    }
}

/// What a column can be read as.
pub(crate) trait FromSql: Sized {
    /// Reads it; `None` when it is something else.
    fn from_column(column: Value) -> Option<Self>;
}

impl FromSql for Value {
    fn from_column(column: Value) -> Option<Self> {
        Some(column)
    }
}

impl FromSql for i64 {
    fn from_column(column: Value) -> Option<Self> {
        if let Value::Integer(number) = column { Some(number) } else { None }
    }
}

impl FromSql for u32 {
    fn from_column(column: Value) -> Option<Self> {
        Self::try_from(i64::from_column(column)?).ok()
    }
}

impl FromSql for bool {
    fn from_column(column: Value) -> Option<Self> {
        Some(i64::from_column(column)? != 0)
    }
}

impl FromSql for String {
    fn from_column(column: Value) -> Option<Self> {
        if let Value::Text(text) = column { Some(text) } else { None }
    }
}

impl FromSql for Vec<u8> {
    fn from_column(column: Value) -> Option<Self> {
        if let Value::Blob(bytes) = column { Some(bytes) } else { None }
    }
}

impl<T: FromSql> FromSql for Option<T> {
    fn from_column(column: Value) -> Option<Self> {
        match column {
            Value::Null => Some(None),
            some => T::from_column(some).map(Some),
        }
    }
}

impl rusqlite::ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        use rusqlite::types::{ToSqlOutput, ValueRef};
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl Value {
    /// Column `at` of a row of SQLite.
    pub(crate) fn of_sqlite(row: &rusqlite::Row<'_>, at: usize) -> Result<Self> {
        use rusqlite::types::ValueRef;
        Ok(match row.get_ref(at)? {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(number) => Self::Integer(number),
            ValueRef::Real(_) => return Err(Error::Column(at)),
            ValueRef::Text(text) => {
                Self::Text(String::from_utf8(text.to_vec()).map_err(|_| Error::Column(at))?)
            }
            ValueRef::Blob(bytes) => Self::Blob(bytes.to_vec()),
        })
    }

    /// Column `at` of a row of PostgreSQL.
    pub(crate) fn of_postgres(row: &tokio_postgres::Row, at: usize) -> Result<Self> {
        use tokio_postgres::types::Type;
        let kind = row.columns().get(at).map(tokio_postgres::Column::type_).ok_or(Error::Column(at))?;
        let column = match *kind {
            Type::INT8 => row.try_get::<_, Option<i64>>(at).map(|value| value.map(Self::Integer)),
            Type::INT4 => {
                row.try_get::<_, Option<i32>>(at).map(|value| value.map(|value| Self::Integer(value.into())))
            }
            Type::BOOL => {
                row.try_get::<_, Option<bool>>(at).map(|value| value.map(|value| Self::Integer(value.into())))
            }
            Type::TEXT | Type::VARCHAR => row.try_get(at).map(|value: Option<String>| value.map(Self::Text)),
            Type::BYTEA => row.try_get(at).map(|value: Option<Vec<u8>>| value.map(Self::Blob)),
            _ => return Err(Error::Column(at)),
        };
        Ok(column.map_err(|_| Error::Column(at))?.unwrap_or(Self::Null))
    }
}
