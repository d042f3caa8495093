//! Every row of one database into another: a backup of rows in PostgreSQL is a database of SQLite, and a backup may be restored into
//! PostgreSQL. Tables, columns and keys are read from the schema, so that a table added later comes along without a word here.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::{
    Store, migrate,
    sql::{self, Value, params, params_from_iter},
    tx::{On, Tx},
};
use crate::fault::Fault;

/// Rows that are read at a time; of those with a blob's octets in them a few megabytes.
const ROWS_AT_A_TIME: i64 = 200;

/// References between tables in PostgreSQL: table, name, declaration.
const REFERENCES: &str = "SELECT CAST(CAST(conrelid AS regclass) AS text), CAST(quote_ident(conname) AS text),
        pg_get_constraintdef(oid)
    FROM pg_constraint WHERE contype = 'f' AND connamespace = CAST(current_schema() AS regnamespace) ORDER BY 1, 2";

/// A table of the newest schema.
struct Table {
    name: String,
    columns: Vec<String>,
    /// Which of the columns are its key, in the order of the key.
    key: Vec<usize>,
    /// Its rows are numbered by the database, and no number comes twice.
    is_numbered: bool,
}

impl Store {
    /// Writes every row, all of one moment, into a database of SQLite in a new or empty file. What is written is not synced.
    ///
    /// # Errors
    /// When something cannot be read or written; then the file is nothing.
    pub(crate) fn copy_into(&self, file: &Path) -> Result<(), Fault> {
        let mut db = Connection::open(file)?;
        // Until all of it is there the file is nothing, whatever happens.
        db.pragma_update(None, "synchronous", "OFF")?;
        migrate::to_newest(&mut db)?;
        // Rows may come before what they refer to; where they lay that was looked after.
        db.pragma_update(None, "foreign_keys", "OFF")?;
        let tables = tables(&db)?;
        let whole = db.transaction()?;
        self.read::<_, Fault>(0, |from| {
            let to = Tx::new(On::Sqlite(&whole), 0);
            for table in &tables {
                table.copy(from, &to)?;
                if table.is_numbered {
                    let last: i64 = from.query_row(&table.last_in_postgres(), [], |row| row.get(0))?;
                    to.execute("DELETE FROM sqlite_sequence WHERE name = ?", [&table.name])?;
                    to.execute(
                        "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)",
                        params![table.name, last],
                    )?;
                }
            }
            Ok(())
        })?;
        whole.commit()?;
        db.close().map_err(|(_, error)| error)?;
        Ok(())
    }

    /// Takes every row of a database of SQLite, of the newest schema, in one transaction; false, and nothing is taken, when there are
    /// rows already. Only for PostgreSQL.
    ///
    /// # Errors
    /// When something cannot be read or written, or a row refers to one that is not there; then nothing is taken.
    pub(crate) fn take_from(&self, file: &Path) -> Result<bool, Fault> {
        let db = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let tables = tables(&db)?;
        self.write::<_, Fault>(0, |to| {
            if !has_no_rows(&tables, to)? {
                return Ok(false);
            }
            // Rows may come before what they refer to: references are taken away, and looked after all at once at the end.
            let references = references(to)?;
            for (table, name, _) in &references {
                to.execute(&format!("ALTER TABLE {table} DROP CONSTRAINT {name}"), [])?;
            }
            let from = Tx::new(On::Sqlite(&db), 0);
            for table in &tables {
                table.copy(&from, to)?;
                if table.is_numbered {
                    table.go_on_from(last_in_sqlite(&from, &table.name)?, to)?;
                }
            }
            for (table, name, declared) in &references {
                to.execute(&format!("ALTER TABLE {table} ADD CONSTRAINT {name} {declared}"), [])?;
            }
            Ok(true)
        })
    }

    /// Whether there are no rows at all.
    pub(crate) fn has_no_rows(&self) -> Result<bool, Fault> {
        let mut fresh = Connection::open_in_memory()?;
        migrate::to_newest(&mut fresh)?;
        let tables = tables(&fresh)?;
        self.read(0, |tx| has_no_rows(&tables, tx))
    }
}

fn has_no_rows(tables: &[Table], tx: &Tx<'_>) -> Result<bool, Fault> {
    for Table { name, .. } in tables {
        let sql = format!("SELECT EXISTS (SELECT 1 FROM \"{name}\")");
        if tx.query_row(&sql, [], |row| row.get(0))? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Every table of a database of SQLite.
fn tables(db: &Connection) -> rusqlite::Result<Vec<Table>> {
    let mut statement = db.prepare(
        "SELECT name, sql LIKE '%AUTOINCREMENT%' FROM sqlite_schema
         WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
    )?;
    let named = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?;
    let mut tables = Vec::new();
    for table in named {
        let (name, is_numbered) = table?;
        let mut statement = db.prepare("SELECT name, pk FROM pragma_table_info(?) ORDER BY cid")?;
        let declared: Vec<(String, u32)> = statement
            .query_map([&name], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        let mut key: Vec<usize> =
            (0..declared.len()).filter(|at| declared.get(*at).is_some_and(|(_, place)| *place > 0)).collect();
        key.sort_by_key(|at| declared.get(*at).map(|(_, place)| *place));
        let columns = declared.into_iter().map(|(column, _)| column).collect();
        tables.push(Table { name, columns, key, is_numbered });
    }
    Ok(tables)
}

fn references(tx: &Tx<'_>) -> sql::Result<Vec<(String, String, String)>> {
    let mut statement = tx.prepare_cached(REFERENCES)?;
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect()
}

fn last_in_sqlite(tx: &Tx<'_>, table: &str) -> sql::Result<i64> {
    let sql = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = ?";
    tx.query_row(sql, [table], |row| row.get(0))
}

impl Table {
    /// Brings every row over.
    fn copy(&self, from: &Tx<'_>, to: &Tx<'_>) -> sql::Result<()> {
        let mut insert = to.prepare_cached(&self.insert())?;
        let mut after = None;
        loop {
            let some = self.rows(from, after.as_deref())?;
            let Some((last, others)) = some.split_last() else { return Ok(()) };
            for row in others {
                insert.put(params_from_iter(row))?;
            }
            // Waited for, and the others with it.
            insert.execute(params_from_iter(last))?;
            after = Some(self.key.iter().filter_map(|at| last.get(*at).cloned()).collect::<Vec<_>>());
        }
    }

    /// Some rows, in the order of the key: the first ones, or those after a key.
    fn rows(&self, from: &Tx<'_>, after: Option<&[Value]>) -> sql::Result<Vec<Vec<Value>>> {
        let mut statement = from.prepare_cached(&self.select(after.is_some()))?;
        let limit = Value::Integer(ROWS_AT_A_TIME);
        let values = after.unwrap_or_default().iter().chain([&limit]);
        let read = |row: &sql::Row<'_>| (0..self.columns.len()).map(|at| row.get(at)).collect();
        statement.query_map(params_from_iter(values), read)?.collect()
    }

    fn select(&self, is_after: bool) -> String {
        let key: Vec<String> =
            self.key.iter().filter_map(|at| self.columns.get(*at)).map(|name| quoted(name)).collect();
        let (key, places) = (key.join(", "), vec!["?"; key.len()].join(", "));
        let after = if is_after { format!("WHERE ({key}) > ({places})") } else { String::new() };
        format!("SELECT {} FROM \"{}\" {after} ORDER BY {key} LIMIT ?", self.all_columns(), self.name)
    }

    fn insert(&self) -> String {
        let places = vec!["?"; self.columns.len()].join(", ");
        format!("INSERT INTO \"{}\" ({}) VALUES ({places})", self.name, self.all_columns())
    }

    fn all_columns(&self) -> String {
        self.columns.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
    }

    /// SQL for the last number that PostgreSQL gave out.
    fn last_in_postgres(&self) -> String {
        format!("SELECT coalesce(pg_sequence_last_value({}), 0)", self.counter())
    }

    /// Lets PostgreSQL give out the numbers after `last`.
    fn go_on_from(&self, last: i64, to: &Tx<'_>) -> sql::Result<()> {
        let sql = format!("SELECT setval({}, ?, ?)", self.counter());
        to.query_row(&sql, params![last.max(1), last > 0], |row| row.get::<i64>(0)).map(drop)
    }

    fn counter(&self) -> String {
        format!("CAST(pg_get_serial_sequence('\"{}\"', 'id') AS regclass)", self.name)
    }
}

fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}
