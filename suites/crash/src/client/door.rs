//! The way to a relay.

use std::{io, net::SocketAddr, sync::Arc};

use axum::Router;
use axum::http::{Request, StatusCode};
use bytes::Bytes;
use futures::future::BoxFuture;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::Mutex,
};
use tower::ServiceExt as _;

use super::Failed;

/// A connection to a relay.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// How connections to a relay are opened.
pub trait Way: Send + Sync {
    /// Opens one.
    fn open(&self) -> BoxFuture<'_, io::Result<Box<dyn Stream>>>;
}

impl<W: Way + ?Sized> Way for Arc<W> {
    fn open(&self) -> BoxFuture<'_, io::Result<Box<dyn Stream>>> {
        (**self).open()
    }
}

/// A relay in this process, or one at the end of a way, by one connection that is opened anew when it breaks.
pub enum Door {
    /// Called directly.
    Router(Router),
    /// Over HTTP/1.1.
    Net(Box<dyn Way>, Mutex<Option<SendRequest<Full<Bytes>>>>),
}

/// What a request was answered.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The whole body.
    pub body: Bytes,
}

impl Door {
    /// To a relay at an address.
    #[must_use]
    pub fn net(address: SocketAddr) -> Self {
        Self::over(Tcp(address))
    }

    /// To a relay at the end of a way.
    #[must_use]
    pub fn over(way: impl Way + 'static) -> Self {
        Self::Net(Box::new(way), Mutex::new(None))
    }

    /// Sends a request and waits for the whole answer. A connection is used again only when that has come.
    ///
    /// # Errors
    /// [`Failed::Broken`].
    pub async fn send(&self, request: Request<Full<Bytes>>) -> Result<Answer, Failed> {
        match self {
            Self::Router(router) => {
                let Ok(response) = router.clone().oneshot(request.map(axum::body::Body::new)).await;
                let (parts, body) = response.into_parts();
                let body = body.collect().await.map_err(broken)?.to_bytes();
                Ok(Answer { status: parts.status, body })
            }
            Self::Net(way, line) => {
                let mut line = line.lock().await;
                let open = line.take().filter(|sender| !sender.is_closed());
                let mut sender = match open {
                    Some(sender) => sender,
                    None => connect(&**way).await?,
                };
                let answer = over(&mut sender, request).await?;
                *line = Some(sender);
                Ok(answer)
            }
        }
    }
}

/// The machine's network.
struct Tcp(SocketAddr);

impl Way for Tcp {
    fn open(&self) -> BoxFuture<'_, io::Result<Box<dyn Stream>>> {
        Box::pin(async {
            let stream = TcpStream::connect(self.0).await?;
            stream.set_nodelay(true)?;
            Ok(Box::new(stream) as Box<dyn Stream>)
        })
    }
}

async fn connect(way: &dyn Way) -> Result<SendRequest<Full<Bytes>>, Failed> {
    let stream = way.open().await.map_err(broken)?;
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    tokio::spawn(connection);
    Ok(sender)
}

async fn over(
    sender: &mut SendRequest<Full<Bytes>>,
    request: Request<Full<Bytes>>,
) -> Result<Answer, Failed> {
    sender.ready().await.map_err(broken)?;
    let response = sender.send_request(request).await.map_err(broken)?;
    let (parts, body) = response.into_parts();
    let body = body.collect().await.map_err(broken)?.to_bytes();
    Ok(Answer { status: parts.status, body })
}

fn broken(error: impl std::fmt::Display) -> Failed {
    Failed::Broken(error.to_string())
}
