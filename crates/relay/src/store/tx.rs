//! One transaction, as methods see it.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use sceau_api::push::ObjectType;

use super::{Changed, change, postgres::Session, sql};

/// A transaction, the time it sees, what it locked and what it touched.
pub(crate) struct Tx<'a> {
    on: On<'a>,
    pub(crate) now: i64,
    locked: RefCell<BTreeSet<i64>>,
    touched: RefCell<BTreeSet<(i64, ObjectType)>>,
}

/// What runs its statements.
pub(super) enum On<'a> {
    Sqlite(&'a rusqlite::Connection),
    Postgres(&'a Session),
}

impl<'a> Tx<'a> {
    pub(super) fn new(on: On<'a>, now: i64) -> Self {
        Self { on, now, locked: RefCell::default(), touched: RefCell::default() }
    }

    /// A statement, prepared once per connection.
    pub(crate) fn prepare_cached(&self, text: &str) -> sql::Result<sql::Statement<'a>> {
        match self.on {
            On::Sqlite(connection) => Ok(sql::Statement::Sqlite(connection.prepare_cached(text)?)),
            On::Postgres(session) => Ok(sql::Statement::Postgres(session, session.prepare(text)?)),
        }
    }

    /// Runs a statement; gives the number of rows it changed.
    pub(crate) fn execute(&self, text: &str, params: impl sql::Params) -> sql::Result<usize> {
        self.prepare_cached(text)?.execute(params)
    }

    /// Runs a statement and reads its first row.
    pub(crate) fn query_row<T>(
        &self,
        text: &str,
        params: impl sql::Params,
        read: impl FnOnce(&sql::Row<'_>) -> sql::Result<T>,
    ) -> sql::Result<T> {
        self.prepare_cached(text)?.query_row(params, read)
    }

    /// Takes accounts for itself until the transaction ends: from here on nobody else changes what is theirs, and what is
    /// read of it stays so. Always in the order of their numbers, so that two transactions never wait for each other.
    /// SQLite has one writer at a time and needs no more.
    pub(crate) fn lock(&self, accounts: impl IntoIterator<Item = i64>) -> sql::Result<()> {
        for account in accounts.into_iter().collect::<BTreeSet<_>>() {
            let is_new = self.locked.borrow_mut().insert(account);
            if is_new && matches!(self.on, On::Postgres(_)) {
                self.execute("SELECT 1 FROM account WHERE id = ? FOR NO KEY UPDATE", [account])?;
            }
        }
        Ok(())
    }

    /// Remembers that the state of `kind` changed, so that listeners are told after the commit.
    ///
    /// # Errors
    /// When the account was not locked: that is a defect of the program, and would hide changes.
    pub(crate) fn touch(&self, account: i64, kind: ObjectType) -> sql::Result<()> {
        if !self.locked.borrow().contains(&account) {
            return Err(sql::Error::Unlocked);
        }
        self.touched.borrow_mut().insert((account, kind));
        Ok(())
    }

    /// The states that changed, per account.
    pub(super) fn changes(&self) -> sql::Result<Vec<Changed>> {
        let mut changes: Vec<Changed> = Vec::new();
        for (account, kind) in self.touched.borrow().iter() {
            let state = change::state(self, *account, kind)?;
            match changes.last_mut().filter(|last| last.account == *account) {
                Some(last) => drop(last.states.insert(kind.clone(), state)),
                None => {
                    changes
                        .push(Changed { account: *account, states: BTreeMap::from([(kind.clone(), state)]) });
                }
            }
        }
        Ok(changes)
    }
}
