//! Push (RFC 8620 §7.2): states that changed are POSTed to where a client asked for them, by way of a push service
//! (RFC 8030), encrypted for the client (RFC 8291) and signed as the relay's (RFC 8292, RFC 9749).
//!
//! State strings and the code of a verification: nothing else ever leaves.

mod claim;
mod create;
mod deliver;
mod destination;
pub(crate) mod get;
mod global;
mod message;
mod outbound;
mod owed;
mod post;
mod properties;
pub(crate) mod set;
mod settle;
mod stored;
pub(crate) mod sweep;
mod update;
pub(crate) mod vapid;

pub use deliver::Pusher;
pub use outbound::{Internet, Outbound, Unreachable, Wire};
pub use vapid::Contact;

use sceau_api::PushSubscriptionId;

/// The id of a row.
fn id_of(row: i64) -> PushSubscriptionId {
    PushSubscriptionId(format!("p{row}"))
}
