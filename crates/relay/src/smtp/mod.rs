//! SMTP between relays (RFC 5321): letters out to hosts of routes, sealed letters and reports in.

mod certificate;
mod client;
mod command;
mod listen;
mod network;
mod receive;
mod reply;
mod report;
mod session;
pub(crate) mod start;
mod text;
mod tls;
mod wire;

pub use client::Smtp;
pub use listen::{Door, Options};
pub use network::{Network, Tcp};
pub use tls::{TlsFault, system_roots};
pub use wire::Stream;

/// The keyword of EHLO's answer by which relays of this kind know each other: a 250 after the letter means that it lies
/// in every recipient's mailbox, and MAIL takes `ENVID` (RFC 3461 §4.4).
const OURS: &str = "X-SCEAU";
