//! Being told of changes: the event source, and the WebSocket with its ticket.

mod connection;
mod ending;
pub(crate) mod socket;
pub(crate) mod source;
pub(crate) mod ticket;
mod told;
