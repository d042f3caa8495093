//! One transaction, as methods see it.

use std::{
    cell::{RefCell, RefMut},
    collections::{BTreeMap, BTreeSet},
};

use sceau_api::State;

use super::{
    Changed,
    journal::Journal,
    postgres::Session,
    sql::{self, OptionalExtension as _},
};

/// A transaction, the time it sees, what it locked and what it changed.
pub(crate) struct Tx<'a> {
    on: On<'a>,
    pub(crate) now: i64,
    locked: RefCell<BTreeSet<i64>>,
    accounts: RefCell<BTreeMap<String, i64>>,
    journal: RefCell<Journal>,
}

/// What runs its statements.
pub(super) enum On<'a> {
    Sqlite(&'a rusqlite::Connection),
    Postgres(&'a Session),
}

impl<'a> Tx<'a> {
    pub(super) fn new(on: On<'a>, now: i64) -> Self {
        Self {
            on,
            now,
            locked: RefCell::default(),
            accounts: RefCell::default(),
            journal: RefCell::default(),
        }
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

    /// Runs a statement, whatever number of rows it changes ([`sql::Statement::put`]).
    pub(crate) fn put(&self, text: &str, params: impl sql::Params) -> sql::Result<()> {
        self.prepare_cached(text)?.put(params)
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

    /// The account of an address, asked for once: one that goes meanwhile takes what was meant for it along, and the transaction is
    /// tried again.
    pub(crate) fn account_of(&self, address: &str) -> sql::Result<Option<i64>> {
        if let Some(known) = self.accounts.borrow().get(address) {
            return Ok(Some(*known));
        }
        let found: Option<i64> = self
            .prepare_cached("SELECT id FROM account WHERE address = ?")?
            .query_row([address], |row| row.get(0))
            .optional()?;
        self.accounts.borrow_mut().extend(found.map(|account| (address.to_owned(), account)));
        Ok(found)
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

    /// Makes sure that an account is locked whose objects are about to change.
    ///
    /// # Errors
    /// When it is not: that is a defect of the program, and would hide changes.
    pub(super) fn must_hold(&self, account: i64) -> sql::Result<()> {
        if self.locked.borrow().contains(&account) { Ok(()) } else { Err(sql::Error::Unlocked) }
    }

    /// What it changed; told to listeners after the commit.
    pub(super) fn journal(&self) -> RefMut<'_, Journal> {
        self.journal.borrow_mut()
    }

    /// Writes the changes recorded so far.
    pub(super) fn write_changes(&self) -> sql::Result<()> {
        self.journal().write(self)
    }

    /// Writes the changes recorded, at the end; gives the states that changed, per account.
    pub(super) fn changes(&self) -> sql::Result<Vec<Changed>> {
        self.write_changes()?;
        let mut changes: BTreeMap<i64, BTreeMap<_, _>> = BTreeMap::new();
        for (account, kind, state) in self.journal().states() {
            changes.entry(account).or_default().insert(kind.clone(), State(state.to_string()));
        }
        Ok(changes.into_iter().map(|(account, states)| Changed { account, states: Some(states) }).collect())
    }
}
