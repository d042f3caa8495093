//! The SQL the relay speaks, whichever database runs it: statements, values, rows and what can fail.
//!
//! Statements are written once, in what SQLite and PostgreSQL have in common: `?` or `?1` for values, `ON CONFLICT` with its
//! columns, `RETURNING`, integers for truth and for times.

mod error;
mod statement;
mod value;

pub(crate) use error::{Error, OptionalExtension, Result};
pub(crate) use statement::{Row, Statement};
pub(crate) use value::{Bound, FromSql, Params, ToSql, Value, containing, params_from_iter};

/// Values of a statement, of different types, in their order.
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        &[$(&$value as &dyn $crate::store::sql::ToSql),*] as &[&dyn $crate::store::sql::ToSql]
    };
}
pub(crate) use params;
