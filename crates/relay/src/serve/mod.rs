//! Serving: sockets, TLS in front of them or not, slow clients, and the end.

pub(crate) mod command;
mod connection;
mod crowd;
mod patient;
pub(crate) mod settings;
pub mod tls;
mod unread;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::{sleep, timeout},
};

use self::{crowd::Crowd, tls::Tls};
use crate::{app::app, limits, log, relay::Relay};

/// How long to wait when the machine has no socket to give.
const NO_SOCKET: Duration = Duration::from_secs(1);

/// Serves on one address until the relay is told to stop ([`Relay::stop`]), then until what is under way has ended or
/// [`limits::STOP_GRACE`] is over. Without `tls` it is plain HTTP.
pub async fn serve(relay: Relay, listener: TcpListener, tls: Option<Arc<Tls>>) {
    let (front, crowd) = (Front { tls, ..Front::new(relay.clone()) }, Arc::new(Crowd::default()));
    let mut open = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => take(&mut open, &front, &crowd, stream, peer),
                Err(error) => wait_for_sockets(&error).await,
            },
            Some(_) = open.join_next() => {}
            () = relay.stopping() => break,
        }
    }
    drop(listener);
    let ended = async { while open.join_next().await.is_some() {} };
    if timeout(limits::STOP_GRACE, async { tokio::join!(ended, relay.all_followers_gone()) }).await.is_err() {
        log::line("cut_off", &[("limit", "stop_grace")]);
    }
}

/// What every connection of a listener shares. Cloning shares.
#[derive(Clone)]
pub struct Front {
    relay: Relay,
    router: Router,
    tls: Option<Arc<Tls>>,
}

impl Front {
    /// One of `relay`, without TLS.
    #[must_use]
    pub fn new(relay: Relay) -> Self {
        let router = app(relay.clone());
        Self { relay, router, tls: None }
    }

    /// Serves one connection in clear from `peer` until it ends; how many there are is for the caller to limit.
    pub async fn answer<S>(self, stream: S, peer: SocketAddr)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        connection::http(self, connection::builder(), stream, peer).await;
    }
}

fn take(open: &mut JoinSet<()>, front: &Front, crowd: &Arc<Crowd>, stream: TcpStream, peer: SocketAddr) {
    let place = crowd.enter(&front.relay, peer.ip());
    let Some(place) = place else {
        crowd::turn_away(&stream, front.tls.is_some());
        return;
    };
    let front = front.clone();
    open.spawn(async move {
        let _place = place;
        connection::serve(front, stream, peer).await;
    });
}

/// A connection that broke while it waited is nobody's fault; without a socket to give, the others must end first.
async fn wait_for_sockets(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset};
    if !matches!(error.kind(), ConnectionAborted | ConnectionReset) {
        log::line("not_accepting", &[("fault", &error.to_string())]);
        sleep(NO_SOCKET).await;
    }
}
