//! The changes a transaction has recorded and not yet written: those of an account are one row.

use std::collections::BTreeMap;

use sceau_api::push::ObjectType;
use serde::{Deserialize, Serialize};

use super::{
    Tx,
    change::What,
    sql::{self, ToSql, params},
};

/// States one statement writes at most; each count is a statement of its own, prepared once.
const STATES_AT_A_TIME: usize = 16;

/// A change as the log has it: its number among all of the account, the type, the object, what happened to it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Line(pub(super) i64, pub(super) ObjectType, pub(super) i64, pub(super) What);

/// What a transaction changed.
#[derive(Default)]
pub(super) struct Journal {
    /// By account, in their order; not yet written.
    lines: BTreeMap<i64, Vec<Line>>,
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
    pub(super) fn add(&mut self, account: i64, line: Line) {
        let Line(modseq, ref kind, _, _) = line;
        self.counters.insert(account, modseq);
        self.states.insert((account, kind.clone()), modseq);
        self.lines.entry(account).or_default().push(line);
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
        for (account, lines) in std::mem::take(&mut self.lines) {
            let Some(Line(last, ..)) = lines.last() else { continue };
            let changes =
                serde_json::to_string(&lines).map_err(|error| sql::Error::Other(error.to_string()))?;
            tx.put("UPDATE account SET modseq = ? WHERE id = ?", [*last, account])?;
            tx.put(
                "INSERT INTO account_change (account, last, at, changes) VALUES (?, ?, ?, ?)",
                params![account, *last, tx.now, changes],
            )?;
        }
        self.write_states(tx)
    }

    fn write_states(&self, tx: &Tx<'_>) -> sql::Result<()> {
        let states: Vec<_> =
            self.states().map(|(account, kind, state)| (account, kind.as_str(), state)).collect();
        for states in states.chunks(STATES_AT_A_TIME) {
            let rows = vec!["(?, ?, ?, 0)"; states.len()].join(", ");
            let text = format!(
                "INSERT INTO change_floor (account, kind, state, floor) VALUES {rows}
                 ON CONFLICT (account, kind) DO UPDATE SET state = excluded.state"
            );
            let mut values: Vec<&dyn ToSql> = Vec::with_capacity(3 * states.len());
            for (account, kind, state) in states {
                values.extend([account as &dyn ToSql, kind, state]);
            }
            tx.put(&text, values.as_slice())?;
        }
        Ok(())
    }
}
