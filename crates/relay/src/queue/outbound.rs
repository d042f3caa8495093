//! What the queue asks of whoever carries a letter to another relay. SMTP is one; tests and gateways have their own.

use std::{io, sync::Arc};

use futures::future::BoxFuture;
use sceau_api::BlobId;

use super::Route;
use crate::{fault::Fault, relay::Relay, store::octets::Octets};

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
    pub fn pieces(&self) -> Pieces {
        Pieces { content: self.clone(), reader: None, is_over: false }
    }
}

/// A letter being read.
pub struct Pieces {
    content: Content,
    /// Opened with the first piece.
    reader: Option<Octets>,
    is_over: bool,
}

impl Pieces {
    /// The next piece; `None` at the end, and after an error.
    pub async fn recv(&mut self) -> Option<io::Result<Vec<u8>>> {
        if self.is_over {
            return None;
        }
        let (reader, blob) = (self.reader.take(), self.content.blob.clone());
        let read = self.content.relay.blocking(move |relay| {
            let mut reader = match reader {
                Some(reader) => reader,
                None => {
                    relay.store().open_blob(&blob, 0, u64::MAX)?.ok_or(Fault::Damaged("a blob is missing"))?
                }
            };
            let mut piece = vec![0; PIECE];
            let read = reader.read(&mut piece).map_err(Fault::Blob)?;
            piece.truncate(read);
            Ok::<_, Fault>((reader, piece))
        });
        let read = read.await;
        self.is_over = !matches!(&read, Ok((_, piece)) if !piece.is_empty());
        match read {
            Ok((_, piece)) if piece.is_empty() => None,
            Ok((reader, piece)) => {
                self.reader = Some(reader);
                Some(Ok(piece))
            }
            Err(fault) => Some(Err(io::Error::other(fault))),
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
