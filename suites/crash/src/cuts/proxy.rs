//! A proxy that passes octets on for a while and then cuts, at whatever octet that is.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use crate::chance::Chance;

/// Octets of both directions together that a connection passes on at most: two or three submissions on average.
const AT_MOST: usize = 14_000;
/// Octets passed on at a time.
const PIECE: usize = 1_024;

/// What a connection has left, in both directions together.
struct Budget {
    left: AtomicI64,
    over: Notify,
}

/// Passes connections on to `to` until the task is dropped; counts them.
pub(super) async fn proxy(listener: TcpListener, to: SocketAddr, seed: u64, connections: Arc<AtomicU64>) {
    while let Ok((client, _)) = listener.accept().await {
        let number = connections.fetch_add(1, Ordering::Relaxed);
        tokio::spawn(pass_on(client, to, Chance::new(seed, number)));
    }
}

async fn pass_on(client: TcpStream, to: SocketAddr, mut chance: Chance) {
    let left = i64::try_from(chance.below(AT_MOST)).unwrap_or_default();
    let budget = Budget { left: AtomicI64::new(left), over: Notify::new() };
    let Ok(relay) = TcpStream::connect(to).await else { return };
    for stream in [&client, &relay] {
        let _ = stream.set_nodelay(true);
        // Half of them end like a cable that is pulled: what is under way is lost too.
        if chance.one_in(2) {
            let _ = stream.set_zero_linger();
        }
    }
    let (from_client, to_client) = client.into_split();
    let (from_relay, to_relay) = relay.into_split();
    tokio::select! {
        () = one_way(from_client, to_relay, &budget) => {}
        () = one_way(from_relay, to_client, &budget) => {}
        () = budget.over.notified() => {}
    }
}

async fn one_way(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, budget: &Budget) {
    let mut piece = vec![0; PIECE];
    while let Ok(read @ 1..) = from.read(&mut piece).await {
        let count = i64::try_from(read).unwrap_or_default();
        let left = budget.left.fetch_sub(count, Ordering::AcqRel);
        let passed = usize::try_from(left.clamp(0, count)).unwrap_or_default();
        let written = to.write_all(piece.get(..passed).unwrap_or_default()).await;
        if written.is_err() || left <= count {
            budget.over.notify_one();
            return;
        }
    }
}
