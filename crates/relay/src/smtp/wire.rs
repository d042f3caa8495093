//! Lines over a connection, whoever is on the other side.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    time::{Instant, timeout, timeout_at},
};

use crate::limits;

/// Octets read at once.
const PIECE: usize = 16_384;

/// What is asked of a connection.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// A connection and what was read of it ahead.
pub(super) struct Wire<S> {
    stream: S,
    ahead: Vec<u8>,
    /// How much of it has been used.
    used: usize,
}

/// Why there is no line.
#[derive(Debug)]
pub(super) enum NoLine {
    /// The other side has gone.
    Gone,
    /// Nothing came in time.
    Late,
    /// A CR or LF stands alone.
    BareEnd,
    /// It is too long; it was read over, and the next one can be read.
    TooLong,
    /// It is so long that its end was not looked for.
    Flood,
}

impl<S: Stream> Wire<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream, ahead: Vec::new(), used: 0 }
    }

    /// The connection, without what was read of it ahead.
    pub(super) fn into_stream(self) -> S {
        self.stream
    }

    /// Whether more was read than what was asked for.
    pub(super) fn has_more(&self) -> bool {
        self.used < self.ahead.len()
    }

    /// The next line that ends with CR LF, without them, of at most `limit` octets with them.
    pub(super) async fn line(&mut self, limit: usize, wait: Duration) -> Result<Vec<u8>, NoLine> {
        let until = Instant::now() + wait;
        let mut is_long = false;
        let mut passed = 0;
        loop {
            match end_of_line(self.rest())? {
                Some(length) => {
                    let line = self.rest().get(..length - 2).unwrap_or_default().to_vec();
                    self.used += length;
                    return if is_long || length > limit { Err(NoLine::TooLong) } else { Ok(line) };
                }
                None if self.rest().len() > limit => {
                    is_long = true;
                    passed += self.pass_over();
                    if passed > limits::SMTP_OVERLONG_BYTES {
                        return Err(NoLine::Flood);
                    }
                }
                None => {}
            }
            match timeout_at(until, self.read()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return Err(NoLine::Gone),
                Err(_) => return Err(NoLine::Late),
            }
        }
    }

    /// What was read ahead.
    pub(super) fn rest(&self) -> &[u8] {
        self.ahead.get(self.used..).unwrap_or_default()
    }

    /// Uses so many octets of it.
    pub(super) fn pass(&mut self, octets: usize) {
        self.used = self.ahead.len().min(self.used + octets);
    }

    /// Reads what there is.
    pub(super) async fn read(&mut self) -> io::Result<()> {
        self.ahead.drain(..self.used);
        self.used = 0;
        let length = self.ahead.len();
        self.ahead.resize(length + PIECE, 0);
        let space = self.ahead.get_mut(length..).unwrap_or_default();
        let read = self.stream.read(space).await;
        self.ahead.truncate(length + read.as_ref().copied().unwrap_or(0));
        if read? == 0 { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }

    /// Writes and flushes.
    pub(super) async fn write(&mut self, bytes: &[u8], wait: Duration) -> io::Result<()> {
        let writing = async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        };
        timeout(wait, writing).await.map_err(|_| io::ErrorKind::TimedOut)?
    }

    /// Ends the connection from this side, and reads over what still comes: otherwise the last reply could be lost with it.
    pub(super) async fn close(&mut self) {
        let _ = timeout(limits::SMTP_CONNECT_WAIT, self.stream.shutdown()).await;
        let mut left = limits::SMTP_OVERLONG_BYTES;
        while let Ok(Ok(())) = timeout(Duration::from_secs(1), self.read()).await {
            let read = self.ahead.len();
            self.pass(read);
            left = left.saturating_sub(read);
            if left == 0 {
                break;
            }
        }
    }

    /// Forgets what was read, but for a CR at its end, whose LF may come.
    fn pass_over(&mut self) -> usize {
        let kept = usize::from(self.rest().ends_with(b"\r"));
        let octets = self.rest().len().saturating_sub(kept);
        self.pass(octets);
        octets
    }
}

/// The length of the first line, its CR LF included; `None` when its end has not come.
fn end_of_line(bytes: &[u8]) -> Result<Option<usize>, NoLine> {
    let Some(at) = bytes.iter().position(|b| matches!(b, b'\r' | b'\n')) else { return Ok(None) };
    match (bytes.get(at), bytes.get(at + 1)) {
        (Some(b'\r'), Some(b'\n')) => Ok(Some(at + 2)),
        (Some(b'\r'), None) => Ok(None),
        _ => Err(NoLine::BareEnd),
    }
}
