//! TLS of our own: a certificate and its key from files, read again when they change (RFC 8446; ALPN, RFC 7301).

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use rustls::{
    ServerConfig,
    crypto::{CryptoProvider, ring},
    pki_types::{
        CertificateDer, PrivateKeyDer,
        pem::{self, PemObject as _},
    },
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use sha2::{Digest as _, Sha256};
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;

use crate::{limits, log};

/// HTTP/2, as ALPN names it.
pub(super) const H2: &[u8] = b"h2";

/// Why a certificate and its key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read.
    #[error("{}: {error}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A file is no PEM.
    #[error("{}: not readable as PEM: {error}", path.display())]
    Pem {
        /// Which.
        path: PathBuf,
        /// Why.
        error: pem::Error,
    },
    /// The file of the certificate has none.
    #[error("{}: no certificate in it", .0.display())]
    NoCertificate(PathBuf),
    /// The key is of no use, or not the certificate's.
    #[error("the key does not go with the certificate: {0}")]
    Key(rustls::Error),
    /// TLS cannot be set up at all.
    #[error("TLS: {0}")]
    Setup(rustls::Error),
}

/// A certificate with its key, and what a connection needs of them.
pub struct Tls {
    files: Files,
    current: Arc<Current>,
    acceptor: TlsAcceptor,
}

#[derive(Clone)]
struct Files {
    certificate: PathBuf,
    key: PathBuf,
}

/// What is shown to whoever connects now; those connected already keep what they were shown.
#[derive(Debug)]
struct Current(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

impl Tls {
    /// Reads the certificate, its issuers behind it, and the key, both PEM.
    ///
    /// # Errors
    /// When one of them cannot be read, or they do not go together.
    pub fn open(certificate: &Path, key: &Path) -> Result<Self, Error> {
        let files = Files { certificate: certificate.to_owned(), key: key.to_owned() };
        let provider = Arc::new(ring::default_provider());
        let current = Arc::new(Current(RwLock::new(Arc::new(files.read(&provider)?))));
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.map_err(Error::Setup)?.with_no_client_auth();
        let mut config = config.with_cert_resolver(current.clone());
        config.alpn_protocols = vec![H2.to_vec(), b"http/1.1".to_vec()];
        Ok(Self { files, current, acceptor: TlsAcceptor::from(Arc::new(config)) })
    }

    pub(super) fn acceptor(&self) -> &TlsAcceptor {
        &self.acceptor
    }

    /// The same certificate for a protocol that is not chosen by ALPN.
    pub(crate) fn without_protocols(&self) -> Arc<ServerConfig> {
        let mut config = ServerConfig::clone(self.acceptor.config());
        config.alpn_protocols.clear();
        Arc::new(config)
    }

    /// Reads the files again. What cannot be used changes nothing.
    ///
    /// # Errors
    /// As [`Tls::open`].
    pub fn reload(&self) -> Result<(), Error> {
        let new = self.files.read(&ring::default_provider())?;
        *self.current.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(new);
        Ok(())
    }

    /// Looks at the files for ever, and takes them when they have changed. Looking works wherever they are and however they
    /// were replaced, which watching does not.
    pub async fn follow(self: Arc<Self>) {
        let mut seen = self.files.digest();
        loop {
            sleep(limits::CERTIFICATE_CHECK).await;
            let now = self.files.digest();
            if now != seen {
                seen = now;
                self.reload_and_say();
            }
        }
    }

    fn reload_and_say(&self) {
        match self.reload() {
            Ok(()) => log::line("certificate_taken", &[]),
            Err(error) => {
                log::line("certificate_refused", &[("kept", "the_one_before"), ("fault", &error.to_string())])
            }
        }
    }
}

impl Files {
    fn read(&self, provider: &CryptoProvider) -> Result<CertifiedKey, Error> {
        let pem = |path: &Path| fs::read(path).map_err(|error| Error::File { path: path.to_owned(), error });
        let wrong = |path: &Path| {
            let path = path.to_owned();
            move |error| Error::Pem { path, error }
        };
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem(&self.certificate)?).collect();
        let chain = chain.map_err(wrong(&self.certificate))?;
        if chain.is_empty() {
            return Err(Error::NoCertificate(self.certificate.clone()));
        }
        let key = PrivateKeyDer::from_pem_slice(&pem(&self.key)?).map_err(wrong(&self.key))?;
        CertifiedKey::from_der(chain, key, provider).map_err(Error::Key)
    }

    /// What the files are now; one that cannot be read is like an empty one.
    fn digest(&self) -> Vec<u8> {
        let files = [&self.certificate, &self.key];
        let digests = files.map(|path| Sha256::digest(fs::read(path).unwrap_or_default()));
        digests.concat()
    }
}
