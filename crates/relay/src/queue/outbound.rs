//! What the queue asks of whoever carries a letter to another relay. SMTP is one; tests and gateways have their own.

use std::{io, sync::Arc};

use futures::future::BoxFuture;
use sceau_api::BlobId;
use tokio::sync::mpsc;

use super::Route;
use crate::relay::Relay;

/// Octets of a letter read at once.
const PIECE: usize = 65_536;

/// Carries letters to other relays.
pub trait Outbound: Send + Sync {
    /// Offers a letter to the host of its route, and says what became of it for each recipient.
    ///
    /// It ends in a time of its own: work that takes too long is a failure of the host. It is called for several hosts,
    /// and for one host several times, at once.
    fn deliver<'a>(&'a self, parcel: &'a Parcel) -> BoxFuture<'a, Attempt>;
}

impl<O: Outbound + ?Sized> Outbound for Arc<O> {
    fn deliver<'a>(&'a self, parcel: &'a Parcel) -> BoxFuture<'a, Attempt> {
        (**self).deliver(parcel)
    }
}

/// A letter for recipients behind one route.
#[derive(Debug, Clone)]
pub struct Parcel {
    /// Where it goes.
    pub route: Route,
    /// The same at every attempt, so that whoever gets the letter twice can tell (RFC 3461 §4.4).
    pub envelope_id: String,
    /// The return path: an account of this relay.
    pub mail_from: String,
    /// Each can stand in a command as it is.
    pub recipients: Vec<String>,
    /// Whether its sender calls it urgent.
    pub urgent: bool,
    /// The letter.
    pub content: Content,
}

/// The bytes of a letter, read in pieces: they may be more than fit into memory.
#[derive(Clone)]
pub struct Content {
    relay: Relay,
    blob: BlobId,
}

impl Content {
    pub(crate) fn new(relay: Relay, blob: BlobId) -> Self {
        Self { relay, blob }
    }

    /// Reads it from the beginning, each time anew.
    #[must_use]
    pub fn pieces(&self) -> mpsc::Receiver<io::Result<Vec<u8>>> {
        let (sender, receiver) = mpsc::channel(2);
        let this = self.clone();
        tokio::task::spawn_blocking(move || {
            if let Err(error) = this.feed(&sender) {
                // Nobody listens when the attempt has ended.
                let _ = sender.blocking_send(Err(error));
            }
        });
        receiver
    }

    fn feed(&self, sender: &mpsc::Sender<io::Result<Vec<u8>>>) -> io::Result<()> {
        let opened = self.relay.store().open_blob(&self.blob, 0, u64::MAX).map_err(io::Error::other)?;
        let mut reader = opened.ok_or(io::ErrorKind::NotFound)?;
        loop {
            let mut piece = vec![0; PIECE];
            let read = reader.read(&mut piece)?;
            piece.truncate(read);
            if read == 0 || sender.blocking_send(Ok(piece)).is_err() {
                return Ok(());
            }
        }
    }
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Content").field(&self.blob).finish()
    }
}

/// What one attempt came to.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// One per recipient, in their order.
    pub verdicts: Vec<Verdict>,
    /// Whether the host was there and spoke; failures in a row open its breaker.
    pub is_host_well: bool,
}

impl Attempt {
    /// The same for all recipients.
    #[must_use]
    pub fn all(parcel: &Parcel, fate: Fate, reply: &str, is_host_well: bool) -> Self {
        let verdict = Verdict { fate, reply: reply.to_owned() };
        Self { verdicts: vec![verdict; parcel.recipients.len()], is_host_well }
    }

    /// The host could not be reached, or broke off.
    #[must_use]
    pub fn unreachable(parcel: &Parcel, reply: &str) -> Self {
        Self::all(parcel, Fate::Later, reply, false)
    }
}

/// What became of a letter for one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// In one word.
    pub fate: Fate,
    /// The reply of the host, or what stands for it, with its code (RFC 5321 §4.2, RFC 3463).
    pub reply: String,
}

/// What follows from a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It lies in the recipient's mailbox.
    Delivered,
    /// The host has taken it; where it goes from there nobody knows here.
    Taken,
    /// Not now.
    Later,
    /// Not at all.
    Never,
}
