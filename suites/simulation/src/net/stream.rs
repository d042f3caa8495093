//! One end of a line.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};

use super::Line;

/// What one side has of a line. Dropped, it is gone.
pub(crate) struct Stream {
    line: Arc<Line>,
    /// 0 is the caller's.
    end: usize,
    coming: Pin<Box<Sleep>>,
}

impl Stream {
    pub(super) fn new(line: Arc<Line>, end: usize) -> Self {
        Self { line, end, coming: Box::pin(sleep_until(Instant::now())) }
    }

    pub(crate) fn line(&self) -> &Arc<Line> {
        &self.line
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            match this.line.read(this.end, buffer.remaining(), cx.waker()) {
                Ok(octets) => {
                    buffer.put_slice(&octets?);
                    return Poll::Ready(Ok(()));
                }
                Err(None) => return Poll::Pending,
                Err(Some(at)) => {
                    this.coming.as_mut().reset(at);
                    ready!(this.coming.as_mut().poll(cx));
                }
            }
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        self.line.write(self.end, octets, cx.waker())
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.line.shut(self.end);
        Poll::Ready(Ok(()))
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.line.leave(self.end);
    }
}
