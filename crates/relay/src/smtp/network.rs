//! How hosts of routes are reached.

use std::io;

use futures::{FutureExt as _, future::BoxFuture};
use tokio::net::TcpStream;

use super::wire::Stream;

/// Connects to other relays. The program uses [`Tcp`]; the simulation has a network of its own.
pub trait Network: Send + Sync {
    /// Connects to the host of a route. Whoever calls has a time limit for it.
    fn connect<'a>(&'a self, host: &'a str, port: u16) -> BoxFuture<'a, io::Result<Box<dyn Stream>>>;
}

/// The machine's.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tcp;

impl Network for Tcp {
    fn connect<'a>(&'a self, host: &'a str, port: u16) -> BoxFuture<'a, io::Result<Box<dyn Stream>>> {
        let connecting = async move {
            let stream = TcpStream::connect((host, port)).await?;
            // Commands are short and their replies waited for.
            let _ = stream.set_nodelay(true);
            Ok(Box::new(stream) as Box<dyn Stream>)
        };
        connecting.boxed()
    }
}
