//! Tokens of programs: what each may do, how long it lives, and how it ends.

pub(crate) mod command;
pub(crate) mod create;
pub(crate) mod list;
pub(crate) mod revoke;
pub(crate) mod scope;
pub(crate) mod used;
