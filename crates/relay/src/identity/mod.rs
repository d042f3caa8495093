//! Identities (RFC 8621 §6): one per account, its own address.

pub(crate) mod get;
pub(crate) mod set;

use sceau_api::IdentityId;

/// The one Identity of an account.
pub(crate) fn id_of(account: i64) -> IdentityId {
    IdentityId(format!("i{account}"))
}
