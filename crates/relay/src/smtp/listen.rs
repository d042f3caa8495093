//! The listener: who may connect, and TLS.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use rustls::ServerConfig;
use tokio::{
    net::TcpListener,
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;

use super::{
    reply,
    session::{Counts, End, Manner, Session},
    wire::{Stream, Wire},
};
use crate::{limits, log, relay::Relay};

/// How the listener is set up.
#[derive(Clone)]
pub struct Options {
    /// Its name, in greetings and trace fields.
    pub name: String,
    /// Its certificate and key.
    pub tls: Option<Arc<ServerConfig>>,
    /// Letters are taken without TLS as well: whoever listens on the way learns their outer headers.
    pub danger_clear: bool,
}

/// Takes letters from other relays. Cloning shares.
#[derive(Clone)]
pub struct Door {
    shared: Arc<Shared>,
}

struct Shared {
    relay: Relay,
    options: Options,
    /// Connections by network address.
    connected: Mutex<HashMap<IpAddr, usize>>,
}

impl Door {
    /// A door of `relay`.
    #[must_use]
    pub fn new(relay: Relay, options: Options) -> Self {
        Self { shared: Arc::new(Shared { relay, options, connected: Mutex::default() }) }
    }

    /// Serves a socket until the relay stops; letters on their way in are waited for, within [`limits::STOP_GRACE`].
    pub async fn serve(self, listener: TcpListener) {
        let mut open = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                Some(_) = open.join_next() => continue,
                () = self.shared.relay.stopping() => break,
            };
            match accepted {
                Ok((stream, peer)) => {
                    let door = self.clone();
                    // Replies are short and waited for.
                    let _ = stream.set_nodelay(true);
                    open.spawn(async move { door.answer(stream, peer.ip()).await });
                }
                Err(error) => {
                    // No file descriptors left, for example: others may end.
                    log::line("smtp_accept_failed", &[("error", &error.kind().to_string())]);
                    sleep(limits::BODY_IDLE / 60).await;
                }
            }
        }
        drop(listener);
        let ended = async { while open.join_next().await.is_some() {} };
        if timeout(limits::STOP_GRACE, ended).await.is_err() {
            log::line("cut_off", &[("limit", "stop_grace")]);
        }
    }

    /// Talks on one connection from `peer` until it ends.
    pub async fn answer<S>(&self, stream: S, peer: IpAddr)
    where
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send,
    {
        let mut wire = Wire::new(stream);
        let Some(_place) = self.take_place(peer) else {
            let busy = format!("{}\r\n", reply::BUSY.text);
            let _ = wire.write(busy.as_bytes(), limits::SMTP_CONNECT_WAIT).await;
            return wire.close().await;
        };
        if timeout(limits::SMTP_CONNECTION_TIME, self.talk(wire, peer)).await.is_err() {
            log::line("smtp_connection_too_long", &[]);
        }
    }

    async fn talk<S: Stream>(&self, mut wire: Wire<S>, peer: IpAddr) {
        let Options { name, tls, danger_clear } = &self.shared.options;
        let greeting = format!("220 {name} ESMTP\r\n");
        if wire.write(greeting.as_bytes(), limits::SMTP_CONNECT_WAIT).await.is_err() {
            return;
        }
        let mut counts = Counts::default();
        let manner = Manner { offers_tls: tls.is_some(), wants_tls: !danger_clear, has_tls: false };
        let end = Session::new(&self.shared.relay, name, peer, manner, &mut counts).run(&mut wire).await;
        let (End::StartTls, Some(tls)) = (end, tls) else { return wire.close().await };
        let accepting = TlsAcceptor::from(Arc::clone(tls)).accept(wire.into_stream());
        let Ok(Ok(stream)) = timeout(limits::SMTP_CONNECT_WAIT, accepting).await else {
            return log::line("smtp_tls_failed", &[]);
        };
        // RFC 3207 §4.2: nothing said before counts.
        let mut wire = Wire::new(stream);
        let manner = Manner { offers_tls: false, has_tls: true, ..manner };
        Session::new(&self.shared.relay, name, peer, manner, &mut counts).run(&mut wire).await;
        wire.close().await;
    }

    fn take_place(&self, peer: IpAddr) -> Option<Place> {
        let mut connected = self.shared.connected.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = connected.values().sum();
        let count = connected.get(&peer).copied().unwrap_or(0);
        if all >= limits::SMTP_CONNECTIONS || count >= limits::SMTP_CONNECTIONS_PER_ADDRESS {
            return None;
        }
        connected.insert(peer, count + 1);
        Some(Place { shared: Arc::clone(&self.shared), peer })
    }
}

/// A connection's place, given back when it ends.
struct Place {
    shared: Arc<Shared>,
    peer: IpAddr,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut connected = self.shared.connected.lock().unwrap_or_else(PoisonError::into_inner);
        let left = connected.get(&self.peer).map_or(0, |count| count.saturating_sub(1));
        match left {
            0 => drop(connected.remove(&self.peer)),
            left => drop(connected.insert(self.peer, left)),
        }
    }
}
