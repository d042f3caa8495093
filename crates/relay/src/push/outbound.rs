//! The way out: encrypted connections to push services, and to nothing inside.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use futures::{FutureExt as _, future::BoxFuture};
use rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::ServerName};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, lookup_host},
    time::timeout,
};
use tokio_rustls::TlsConnector;

use super::global::is_global;
use crate::{fault::Fault, limits};

/// A connection, ready for HTTP/1.1.
pub trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// How the relay reaches push services. Tests bring one of their own; the program uses [`Internet`].
pub trait Outbound: Send + Sync + 'static {
    /// Connects to a host, a name or an address that a client chose.
    fn connect(&self, host: &str, port: u16) -> BoxFuture<'static, Result<Box<dyn Wire>, Unreachable>>;
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum Unreachable {
    /// The name resolves to nothing.
    #[error("the name is not known")]
    Name,
    /// It resolves, but to nothing on the Internet (RFC 8620 §8.6).
    #[error("the name leads to no address on the Internet")]
    NotGlobal,
    /// Nobody answers there in time.
    #[error("no connection: {0}")]
    Connection(io::ErrorKind),
    /// The other side is not who it should be, or speaks no TLS that the relay does.
    #[error("no TLS with that host")]
    Tls,
}

/// TLS to addresses on the Internet, judged by the system's roots.
///
/// The address that is checked is the one connected to: a name that resolves to something else a moment later changes
/// nothing.
#[derive(Clone)]
pub struct Internet {
    tls: TlsConnector,
    /// Which addresses are allowed; everything but tests has [`is_global`].
    allowed: fn(IpAddr) -> bool,
}

impl Internet {
    /// With the roots of the system.
    ///
    /// # Errors
    /// When the system has none that can be read.
    pub fn new() -> Result<Self, Fault> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if roots.is_empty() {
            return Err(Fault::Roots);
        }
        Self::trusting(roots, is_global)
    }

    fn trusting(roots: RootCertStore, allowed: fn(IpAddr) -> bool) -> Result<Self, Fault> {
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|_| Fault::Roots)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { tls: TlsConnector::from(Arc::new(config)), allowed })
    }

    async fn reach(self, host: String, port: u16) -> Result<Box<dyn Wire>, Unreachable> {
        let name = ServerName::try_from(host.clone()).map_err(|_| Unreachable::Name)?;
        let found = timeout(limits::PUSH_CONNECT_TIMEOUT, lookup_host((host, port))).await;
        let found: Vec<SocketAddr> = found.ok().and_then(Result::ok).ok_or(Unreachable::Name)?.collect();
        if found.is_empty() {
            return Err(Unreachable::Name);
        }
        let allowed = found.into_iter().filter(|address| (self.allowed)(address.ip()));
        let mut last = Unreachable::NotGlobal;
        for address in allowed.take(limits::PUSH_ADDRESSES) {
            match open(address).await {
                Ok(stream) => {
                    let tls = self.tls.connect(name, stream).await;
                    return Ok(Box::new(tls.map_err(|_| Unreachable::Tls)?));
                }
                Err(kind) => last = Unreachable::Connection(kind),
            }
        }
        Err(last)
    }
}

impl Outbound for Internet {
    fn connect(&self, host: &str, port: u16) -> BoxFuture<'static, Result<Box<dyn Wire>, Unreachable>> {
        self.clone().reach(host.to_owned(), port).boxed()
    }
}

async fn open(address: SocketAddr) -> Result<TcpStream, io::ErrorKind> {
    let stream = timeout(limits::PUSH_CONNECT_TIMEOUT, TcpStream::connect(address)).await;
    stream.map_err(|_| io::ErrorKind::TimedOut)?.map_err(|error| error.kind())
}

#[cfg(test)]
mod tests {
    use rcgen::{CertifiedKey, generate_simple_self_signed};
    use rustls::{ServerConfig, pki_types::PrivateKeyDer};
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
    };
    use tokio_rustls::TlsAcceptor;

    use super::*;

    /// A server for `name` that says one word; its port, and roots that know it.
    async fn server(name: &str) -> (u16, RootCertStore) {
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed([name.to_owned()]).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(cert.der().clone()).unwrap();
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                if let Ok(mut tls) = TlsAcceptor::from(Arc::new(config.clone())).accept(stream).await {
                    tls.write_all(b"word").await.unwrap();
                }
            }
        });
        (port, roots)
    }

    async fn reach(internet: &Internet, host: &str, port: u16) -> Result<Box<dyn Wire>, Unreachable> {
        internet.connect(host, port).await
    }

    #[tokio::test]
    async fn nothing_inside_is_reached_whatever_its_name() {
        let (port, roots) = server("localhost").await;
        let internet = Internet::trusting(roots, is_global).unwrap();
        for host in ["localhost", "127.0.0.1", "::1", "0.0.0.0", "::ffff:127.0.0.1"] {
            let refused = reach(&internet, host, port).await.err().unwrap();
            assert!(matches!(refused, Unreachable::NotGlobal | Unreachable::Name), "{host}: {refused}");
        }
    }

    #[tokio::test]
    async fn a_server_is_known_by_its_certificate() {
        let (port, roots) = server("localhost").await;
        let internet = Internet::trusting(roots, |_| true).unwrap();
        let mut word = [0; 4];
        reach(&internet, "localhost", port).await.unwrap().read_exact(&mut word).await.unwrap();
        assert_eq!(&word, b"word");
        let (other, _) = server("localhost").await;
        assert!(
            matches!(reach(&internet, "localhost", other).await, Err(Unreachable::Tls)),
            "unknown issuer"
        );
        let (named, roots) = server("push.example").await;
        let internet = Internet::trusting(roots, |_| true).unwrap();
        assert!(matches!(reach(&internet, "localhost", named).await, Err(Unreachable::Tls)), "another name");
    }
}
