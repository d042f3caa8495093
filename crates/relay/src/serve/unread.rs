//! Answers that nobody takes. Below HTTP/2 the line may be read while one answer on it waits for a window that is never
//! opened; so each body says when a piece of it was last given and has not been asked for more since.

use std::{
    collections::HashMap,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
};

use axum::body::{Body, Bytes};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Instant, interval};

use crate::limits;

/// The answers of one connection that are on their way, and since when the last piece of each waits.
#[derive(Debug, Clone, Default)]
pub(super) struct Unread(Arc<Mutex<Waiting>>);

#[derive(Debug, Default)]
struct Waiting {
    next: u64,
    since: HashMap<u64, Instant>,
}

impl Unread {
    /// The same body, watched.
    pub(super) fn watch(&self, body: Body) -> Watched {
        let number = self.with(|waiting| {
            waiting.next += 1;
            waiting.next
        });
        Watched { body, number, unread: self.clone() }
    }

    /// Waits until an answer has waited longer than [`limits::UNREAD`].
    pub(super) async fn too_long(&self) {
        let mut looks = interval(limits::UNREAD_CHECK);
        loop {
            looks.tick().await;
            let now = Instant::now();
            let late = |since: &Instant| now.duration_since(*since) >= limits::UNREAD;
            if self.with(|waiting| waiting.since.values().any(late)) {
                return;
            }
        }
    }

    fn with<T>(&self, work: impl FnOnce(&mut Waiting) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A body that says when nobody asks for more of it.
pub(super) struct Watched {
    body: Body,
    number: u64,
    unread: Unread,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        this.unread.with(|waiting| waiting.since.remove(&this.number));
        let frame = ready!(Pin::new(&mut this.body).poll_frame(cx));
        if frame.is_some() {
            this.unread.with(|waiting| waiting.since.insert(this.number, Instant::now()));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.unread.with(|waiting| waiting.since.remove(&self.number));
    }
}
