//! One connection: HTTP/1.1 or 2, with a limit for everything a client may be slow at.

use std::net::SocketAddr;

use axum::{Extension, body::Body, extract::ConnectInfo, response::Response};
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tower::{Layer as _, ServiceExt as _};

use super::{Front, patient::Patient, tls::H2, unread::Unread};
use crate::limits;

/// Serves it until it ends. What went wrong on the way is the client's business, and ends only this connection.
pub(super) async fn serve(front: Front, stream: TcpStream, peer: SocketAddr) {
    // Small answers are not kept back to be sent with the next one.
    let _ = stream.set_nodelay(true);
    let builder = builder();
    let Some(tls) = front.tls.clone() else { return http(front, builder, stream, peer).await };
    let handshake = timeout(limits::TLS_HANDSHAKE, tls.acceptor().accept(stream)).await;
    let Ok(Ok(stream)) = handshake else { return };
    let is_h2 = stream.get_ref().1.alpn_protocol() == Some(H2);
    let builder = if is_h2 { builder.http2_only() } else { builder.http1_only() };
    http(front, builder, stream, peer).await;
}

/// Either version of HTTP.
pub(super) fn builder() -> Builder<TokioExecutor> {
    Builder::new(TokioExecutor::new())
}

pub(super) async fn http<S>(front: Front, mut builder: Builder<TokioExecutor>, stream: S, peer: SocketAddr)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits::HEAD_TIME)
        .max_buf_size(limits::HEAD_BYTES)
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(limits::H2_PING)
        .keep_alive_timeout(limits::H2_PING_ANSWER)
        .max_concurrent_streams(limits::H2_STREAMS)
        .max_header_list_size(limits::H2_HEAD_BYTES)
        .max_send_buf_size(limits::H2_UNSENT);
    let unread = Unread::default();
    let answers = unread.clone();
    let service = Extension(ConnectInfo(peer)).layer(front.router);
    let service = service.map_request(|request: hyper::Request<Incoming>| request.map(Body::new));
    let service = service.map_response(move |response: Response| response.map(|body| answers.watch(body)));
    let io = TokioIo::new(Patient::new(stream));
    let connection = builder.serve_connection_with_upgrades(io, TowerToHyperService::new(service));
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        biased;
        _ = connection.as_mut() => return,
        () = unread.too_long() => return,
        () = front.relay.stopping() => {}
    }
    // The requests under way are answered, then it ends; how long that may take is the listener's limit.
    connection.as_mut().graceful_shutdown();
    tokio::select! {
        biased;
        _ = connection => {}
        () = unread.too_long() => {}
    }
}
