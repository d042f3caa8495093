//! A stream whose other side may not keep us waiting for ever: not with its first octets, and not by leaving unread what we
//! write. In between, requests and their bodies have limits of their own.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep},
};

use crate::limits;

/// Octets until it is known which version of HTTP is spoken: the preface of HTTP/2 (RFC 9113 §3.4). No request is shorter
/// that names its host.
const PREFACE: usize = 24;

/// A stream with limited patience.
pub(super) struct Patient<S> {
    inner: S,
    /// Octets of the preface that have not come yet.
    missing: usize,
    first: Pin<Box<Sleep>>,
    /// Runs while something written is not taken.
    unread: Pin<Box<Sleep>>,
    is_waiting: bool,
}

impl<S> Patient<S> {
    pub(super) fn new(inner: S) -> Self {
        let (first, unread) = (Box::pin(sleep(limits::HEAD_TIME)), Box::pin(sleep(limits::UNREAD)));
        Self { inner, missing: PREFACE, first, unread, is_waiting: false }
    }

    /// Passes on how a write went; one that waits too long has failed.
    fn written<T>(&mut self, cx: &mut Context<'_>, outcome: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            self.is_waiting = false;
            return outcome;
        }
        if !self.is_waiting {
            self.is_waiting = true;
            self.unread.as_mut().reset(Instant::now() + limits::UNREAD);
        }
        ready!(self.unread.as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "nobody reads")))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        if let Poll::Ready(outcome) = Pin::new(&mut this.inner).poll_read(cx, buffer) {
            this.missing = this.missing.saturating_sub(buffer.filled().len() - before);
            return Poll::Ready(outcome);
        }
        if this.missing > 0 {
            ready!(this.first.as_mut().poll(cx));
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "nothing comes")));
        }
        Poll::Pending
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let outcome = Pin::new(&mut this.inner).poll_write(cx, octets);
        this.written(cx, outcome)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        octets: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let outcome = Pin::new(&mut this.inner).poll_write_vectored(cx, octets);
        this.written(cx, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let outcome = Pin::new(&mut this.inner).poll_flush(cx);
        this.written(cx, outcome)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let outcome = Pin::new(&mut this.inner).poll_shutdown(cx);
        this.written(cx, outcome)
    }
}
