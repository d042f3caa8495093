//! One file per command.

pub(crate) mod ca;
pub(crate) mod chain;
pub(crate) mod inspect;
pub(crate) mod key;
pub(crate) mod open;
pub(crate) mod p12;
pub(crate) mod receipt;
pub(crate) mod seal;
mod seal_big;
