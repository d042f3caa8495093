//! States and changes (RFC 8620 §1.6.3, §5.2): a counter per account, and a log of what it counted, one row for each
//! transaction.

use std::collections::{BTreeMap, BTreeSet};

use sceau_api::{State, push::ObjectType};
use serde::{Deserialize, Serialize};

use super::{
    Tx,
    journal::Line,
    sql::{self, OptionalExtension as _, params},
};
use crate::{fault::Fault, limits};

/// What happened to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum What {
    Created,
    Updated,
    /// Of a Mailbox or a Quota: only its counts changed (RFC 8621 §2.2, RFC 9425 §4.3).
    Counted,
    Destroyed,
}

/// Counts one change and logs it; written with the transaction's other changes at its end.
pub(crate) fn record(
    tx: &Tx<'_>,
    account: i64,
    kind: &ObjectType,
    object: i64,
    what: What,
) -> sql::Result<()> {
    tx.must_hold(account)?;
    let mut journal = tx.journal();
    let before = match journal.counter(account) {
        Some(counter) => counter,
        None => tx
            .prepare_cached("SELECT modseq FROM account WHERE id = ?")?
            .query_row([account], |row| row.get(0))?,
    };
    journal.add(account, Line(before + 1, kind.clone(), object, what));
    Ok(())
}

/// The state of all objects of `kind`.
pub(crate) fn state(tx: &Tx<'_>, account: i64, kind: &ObjectType) -> sql::Result<State> {
    let recorded = tx.journal().state(account, kind);
    let state = match recorded {
        Some(state) => state,
        None => state_and_floor(tx, account, kind)?.0,
    };
    Ok(State(state.to_string()))
}

/// The states of every type of which anything was recorded, as they are written.
pub(crate) fn states(tx: &Tx<'_>, account: i64) -> sql::Result<BTreeMap<ObjectType, State>> {
    let mut statement = tx.prepare_cached("SELECT kind, state FROM change_floor WHERE account = ?")?;
    let states = statement.query_map([account], |row| {
        let (kind, state): (String, i64) = (row.get(0)?, row.get(1)?);
        Ok((ObjectType::from(kind.as_str()), State(state.to_string())))
    })?;
    states.collect()
}

/// What is written; a transaction that recorded changes itself writes them first ([`Journal::write`]).
fn state_and_floor(tx: &Tx<'_>, account: i64, kind: &ObjectType) -> sql::Result<(i64, i64)> {
    let found = tx
        .prepare_cached("SELECT state, floor FROM change_floor WHERE account = ? AND kind = ?")?
        .query_row(params![account, kind.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(found.unwrap_or((0, 0)))
}

/// Changes since a state.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Delta {
    pub(crate) new_state: String,
    pub(crate) has_more: bool,
    pub(crate) created: Vec<i64>,
    pub(crate) updated: Vec<i64>,
    pub(crate) destroyed: Vec<i64>,
    /// Nothing but counts changed.
    pub(crate) only_counts: bool,
}

impl Delta {
    /// What was changed, in no order.
    pub(crate) fn updated(&self) -> BTreeSet<i64> {
        self.updated.iter().copied().collect()
    }

    /// Whether nothing changed.
    pub(crate) fn is_empty(&self) -> bool {
        self.created.is_empty() && self.updated.is_empty() && self.destroyed.is_empty()
    }
}

/// What changed since `since`, at most `max` objects; `None` when that cannot be told any more.
pub(crate) fn since(
    tx: &Tx<'_>,
    account: i64,
    kind: &ObjectType,
    since: &State,
    max: u64,
) -> Result<Option<Delta>, Fault> {
    tx.write_changes()?;
    let (newest, floor) = state_and_floor(tx, account, kind)?;
    let known =
        since.0.parse::<i64>().ok().filter(|s| (floor..=newest).contains(s) && s.to_string() == since.0);
    let Some(known) = known else { return Ok(None) };
    Ok(Some(between(tx, account, kind, known, newest, max)?))
}

/// The Threads that changed since a state of Emails that [`since`] knows: what is in the log of the one is there of the other.
/// `None` when they are too many.
pub(crate) fn threads_since(tx: &Tx<'_>, account: i64, emails: &State) -> Result<Option<Vec<i64>>, Fault> {
    let known = emails.0.parse().map_err(|_| Fault::Damaged("a state"))?;
    let delta = between(tx, account, &ObjectType::Thread, known, i64::MAX, limits::CHANGES)?;
    Ok((!delta.has_more).then(|| [delta.created, delta.updated].concat()))
}

/// What the log has after `known`, up to `newest`.
fn between(
    tx: &Tx<'_>,
    account: i64,
    kind: &ObjectType,
    known: i64,
    newest: i64,
    max: u64,
) -> Result<Delta, Fault> {
    let max = usize::try_from(max.min(limits::CHANGES)).unwrap_or(usize::MAX);
    let mut seen: BTreeMap<i64, (What, What)> = BTreeMap::new();
    let (mut reached, mut has_more, mut only_counts) = (known, false, true);
    // A row ends with its last change; those of other types are passed over.
    let mut statement =
        tx.prepare_cached("SELECT changes FROM account_change WHERE account = ? AND last > ? ORDER BY last")?;
    let mut rows = statement.query([account, known])?;
    while !has_more && reached < newest {
        let Some(row) = rows.next()? else { break };
        let lines: Vec<Line> =
            serde_json::from_str(&row.get::<String>(0)?).map_err(|_| Fault::Damaged("changes"))?;
        for Line(modseq, of, object, what) in lines {
            if of != *kind || modseq <= known {
                continue;
            }
            if !seen.contains_key(&object) && seen.len() >= max {
                has_more = true;
                break;
            }
            seen.entry(object).and_modify(|(_, last)| *last = what).or_insert((what, what));
            only_counts &= what == What::Counted;
            reached = modseq;
        }
    }
    let new_state = if has_more { reached } else { newest };
    Ok(sort(seen, new_state, has_more, only_counts))
}

/// First and last change of each object say which list it belongs to (RFC 8620 §5.2).
fn sort(seen: BTreeMap<i64, (What, What)>, new_state: i64, has_more: bool, only_counts: bool) -> Delta {
    let new_state = new_state.to_string();
    let only_counts = only_counts && !seen.is_empty();
    let mut delta = Delta { new_state, has_more, only_counts, ..Delta::default() };
    for (object, ends) in seen {
        match ends {
            (What::Created, What::Destroyed) => {}
            (_, What::Destroyed) => delta.destroyed.push(object),
            (What::Created, _) => delta.created.push(object),
            _ => delta.updated.push(object),
        }
    }
    delta
}

/// Forgets changes older than their lifetime and moves the floors above them.
pub(crate) fn forget_old(tx: &Tx<'_>) -> sql::Result<usize> {
    let before = tx.now - limits::CHANGE_LOG_LIFETIME;
    let mut statement = tx.prepare_cached(
        "SELECT account, max(last) FROM account_change WHERE at < ? GROUP BY account ORDER BY account",
    )?;
    let ends = statement.query_map([before], |row| Ok((row.get(0)?, row.get(1)?)))?;
    for (account, last) in ends.collect::<sql::Result<Vec<(i64, i64)>>>()? {
        // A type that did not change since is known as it is.
        tx.execute(
            "UPDATE change_floor SET floor = CASE WHEN state < ?1 THEN state ELSE ?1 END
             WHERE account = ?2 AND floor < ?1",
            [last, account],
        )?;
    }
    tx.execute("DELETE FROM account_change WHERE at < ?", [before])
}

/// Moves every state on by `step` and forgets what came before: of a state given out earlier, changes cannot be
/// calculated any more.
pub(crate) fn begin_anew(db: &rusqlite::Connection, step: i64) -> rusqlite::Result<()> {
    db.execute("DELETE FROM account_change", [])?;
    db.execute("UPDATE account SET modseq = modseq + ?", [step])?;
    for kind in ObjectType::KNOWN {
        db.execute(
            "INSERT OR IGNORE INTO change_floor (account, kind, state, floor) SELECT id, ?, 0, 0 FROM account",
            [kind.as_str()],
        )?;
    }
    db.execute(
        "UPDATE change_floor SET (state, floor) = (SELECT modseq, modseq FROM account WHERE id = change_floor.account)",
        [],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{MemoryBlobs, Store};

    fn with_store(work: impl FnOnce(&Store)) {
        let store = Store::in_memory(Box::new(MemoryBlobs::default())).unwrap();
        store
            .write::<_, Fault>(0, |tx| {
                tx.execute("INSERT INTO account (address, name, created_at) VALUES ('a@b', '', 0)", [])?;
                Ok(())
            })
            .unwrap();
        work(&store);
    }

    fn log(store: &Store, now: i64, changes: &[(i64, What)]) {
        store
            .write::<_, Fault>(now, |tx| {
                tx.lock([1])?;
                for (object, what) in changes {
                    record(tx, 1, &ObjectType::Email, *object, *what)?;
                }
                Ok(())
            })
            .unwrap();
    }

    fn delta(store: &Store, from: &str, max: u64) -> Option<Delta> {
        store.read::<_, Fault>(0, |tx| since(tx, 1, &ObjectType::Email, &State::from(from), max)).unwrap()
    }

    #[test]
    fn created_then_destroyed_is_nothing() {
        with_store(|store| {
            log(
                store,
                0,
                &[(1, What::Created), (2, What::Created), (1, What::Destroyed), (2, What::Updated)],
            );
            let delta = delta(store, "0", 100).unwrap();
            assert_eq!((delta.created, delta.updated, delta.destroyed), (vec![2], vec![], vec![]));
            assert_eq!((delta.new_state.as_str(), delta.has_more), ("4", false));
        });
    }

    #[test]
    fn a_cut_list_goes_on_where_it_stopped() {
        with_store(|store| {
            log(store, 0, &[(1, What::Created), (2, What::Created), (3, What::Created), (1, What::Updated)]);
            let first = delta(store, "0", 2).unwrap();
            assert_eq!((first.created, first.has_more, first.new_state.as_str()), (vec![1, 2], true, "2"));
            let second = delta(store, "2", 2).unwrap();
            assert_eq!((second.created, second.updated, second.has_more), (vec![3], vec![1], false));
        });
    }

    #[test]
    fn states_never_given_out_are_refused() {
        with_store(|store| {
            log(store, 0, &[(1, What::Created)]);
            for wrong in ["2", "-1", "x", "", "01", "+1", "9999999999999999999999"] {
                assert_eq!(delta(store, wrong, 10), None, "{wrong}");
            }
        });
    }

    #[test]
    fn an_old_state_is_forgotten() {
        with_store(|store| {
            log(store, 0, &[(1, What::Created)]);
            log(store, limits::CHANGE_LOG_LIFETIME, &[(2, What::Created)]);
            store.write::<_, Fault>(limits::CHANGE_LOG_LIFETIME + 1, |tx| Ok(forget_old(tx)?)).unwrap();
            assert_eq!(delta(store, "0", 10), None);
            assert_eq!(delta(store, "1", 10).unwrap().created, [2]);
        });
    }
}
