//! Authorities the relay proposes; what a client trusts lies in its vault.

pub(crate) mod add;
pub(crate) mod crl;
pub(crate) mod get;
