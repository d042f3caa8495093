//! The way to a relay.

use std::net::SocketAddr;

use axum::Router;
use axum::http::{Request, StatusCode};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, sync::Mutex};
use tower::ServiceExt as _;

use super::Failed;

/// A relay in this process, or one at an address, by one connection that is opened anew when it breaks.
pub enum Door {
    /// Called directly.
    Router(Router),
    /// Over HTTP/1.1.
    Net(SocketAddr, Mutex<Option<SendRequest<Full<Bytes>>>>),
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
        Self::Net(address, Mutex::new(None))
    }

    /// Sends a request and waits for the whole answer.
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
            Self::Net(address, line) => {
                let mut line = line.lock().await;
                let answer = over(*address, &mut line, request).await;
                if answer.is_err() {
                    *line = None;
                }
                answer
            }
        }
    }
}

async fn over(
    address: SocketAddr,
    line: &mut Option<SendRequest<Full<Bytes>>>,
    request: Request<Full<Bytes>>,
) -> Result<Answer, Failed> {
    let open = line.take().filter(|sender| !sender.is_closed());
    let sender = match open {
        Some(sender) => line.insert(sender),
        None => {
            let stream = TcpStream::connect(address).await.map_err(broken)?;
            stream.set_nodelay(true).map_err(broken)?;
            let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
            tokio::spawn(connection);
            line.insert(sender)
        }
    };
    sender.ready().await.map_err(broken)?;
    let response = sender.send_request(request).await.map_err(broken)?;
    let (parts, body) = response.into_parts();
    let body = body.collect().await.map_err(broken)?.to_bytes();
    Ok(Answer { status: parts.status, body })
}

fn broken(error: impl std::fmt::Display) -> Failed {
    Failed::Broken(error.to_string())
}
