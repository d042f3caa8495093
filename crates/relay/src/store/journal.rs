//! The changes a transaction has recorded and not yet written: many of them are one statement.

use std::collections::BTreeMap;

use sceau_api::push::ObjectType;

use super::{
    Tx,
    change::What,
    sql::{self, ToSql},
};

/// Lines one statement writes at most; each count is a statement of its own, prepared once.
const LINES_AT_A_TIME: usize = 16;

/// A change of an object, as the log has it.
pub(super) struct Line {
    pub(super) account: i64,
    pub(super) kind: ObjectType,
    /// Its number among all changes of the account.
    pub(super) modseq: i64,
    pub(super) object: i64,
    pub(super) what: What,
}

/// What a transaction changed, in its order.
#[derive(Default)]
pub(super) struct Journal {
    lines: Vec<Line>,
    /// The number of the last change of each account.
    counters: BTreeMap<i64, i64>,
    /// The state of each type that changed.
    states: BTreeMap<(i64, ObjectType), i64>,
}

impl Journal {
    /// The number of an account's last change, when this transaction made one.
    pub(super) fn counter(&self, account: i64) -> Option<i64> {
        self.counters.get(&account).copied()
    }

    /// The state of a type, when this transaction changed it.
    pub(super) fn state(&self, account: i64, kind: &ObjectType) -> Option<i64> {
        self.states.get(&(account, kind.clone())).copied()
    }

    /// Adds a line, the account's next.
    pub(super) fn add(&mut self, line: Line) {
        self.counters.insert(line.account, line.modseq);
        self.states.insert((line.account, line.kind.clone()), line.modseq);
        self.lines.push(line);
    }

    /// Takes the lines of an object out, whose states stay.
    pub(super) fn forget(&mut self, account: i64, kind: &ObjectType, object: i64) {
        self.lines.retain(|line| (line.account, &line.kind, line.object) != (account, kind, object));
    }

    /// The states that changed, by account and type.
    pub(super) fn states(&self) -> impl Iterator<Item = (i64, &ObjectType, i64)> {
        self.states.iter().map(|((account, kind), state)| (*account, kind, *state))
    }

    /// Writes what was added since it was last written.
    pub(super) fn write(&mut self, tx: &Tx<'_>) -> sql::Result<()> {
        if self.lines.is_empty() {
            return Ok(());
        }
        self.write_lines(tx)?;
        for (account, counter) in &self.counters {
            tx.execute("UPDATE account SET modseq = ? WHERE id = ?", [*counter, *account])?;
        }
        self.write_states(tx)?;
        self.lines.clear();
        Ok(())
    }

    fn write_lines(&self, tx: &Tx<'_>) -> sql::Result<()> {
        for lines in self.lines.chunks(LINES_AT_A_TIME) {
            let rows = rows("(?, ?, ?, ?, ?, ?)", lines.len());
            let text =
                format!("INSERT INTO change_log (account, kind, modseq, object, what, at) VALUES {rows}");
            let words: Vec<_> = lines.iter().map(|line| (line.kind.as_str(), line.what.as_str())).collect();
            let mut values: Vec<&dyn ToSql> = Vec::with_capacity(6 * lines.len());
            for (line, (kind, what)) in lines.iter().zip(&words) {
                values.extend([&line.account as &dyn ToSql, kind, &line.modseq, &line.object, what, &tx.now]);
            }
            tx.execute(&text, values.as_slice())?;
        }
        Ok(())
    }

    fn write_states(&self, tx: &Tx<'_>) -> sql::Result<()> {
        let states: Vec<_> =
            self.states().map(|(account, kind, state)| (account, kind.as_str(), state)).collect();
        for states in states.chunks(LINES_AT_A_TIME) {
            let rows = rows("(?, ?, ?, 0)", states.len());
            let text = format!(
                "INSERT INTO change_floor (account, kind, state, floor) VALUES {rows}
                 ON CONFLICT (account, kind) DO UPDATE SET state = excluded.state"
            );
            let mut values: Vec<&dyn ToSql> = Vec::with_capacity(3 * states.len());
            for (account, kind, state) in states {
                values.extend([account as &dyn ToSql, kind, state]);
            }
            tx.execute(&text, values.as_slice())?;
        }
        Ok(())
    }
}

/// So many rows of places for values.
fn rows(row: &str, count: usize) -> String {
    vec![row; count].join(", ")
}
