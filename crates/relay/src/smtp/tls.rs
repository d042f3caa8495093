//! TLS of both sides: rustls with one provider, files for the listener, the system's roots for the client.

use std::{fs, path::Path, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};

use super::certificate::AnyCertificate;

/// Why TLS cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsFault {
    /// A file of the listener cannot be read.
    #[error("{0}: {1}")]
    File(String, String),
    /// Certificate and key do not belong together, or are of a kind nobody uses.
    #[error("certificate and key: {0}")]
    Pair(#[from] rustls::Error),
}

/// The listener's configuration from a chain of certificates and a key, both PEM.
///
/// # Errors
/// When a file cannot be read, or the two do not belong together.
pub fn server_config(certificates: &Path, key: &Path) -> Result<Arc<ServerConfig>, TlsFault> {
    let wrong = |path: &Path, why: String| TlsFault::File(path.display().to_string(), why);
    let read = |path: &Path| fs::read(path).map_err(|error| wrong(path, error.to_string()));
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&read(certificates)?)
        .collect::<Result<_, _>>()
        .map_err(|error| wrong(certificates, error.to_string()))?;
    let key_der =
        PrivateKeyDer::from_pem_slice(&read(key)?).map_err(|error| wrong(key, error.to_string()))?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key_der)?;
    Ok(Arc::new(config))
}

/// What the machine trusts (`SSL_CERT_FILE` names another list).
#[must_use]
pub fn system_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}

/// The client's configuration: a certificate under `roots`, for the name asked for.
pub(super) fn client_config(roots: RootCertStore) -> Result<Arc<ClientConfig>, TlsFault> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// The client's configuration for routes whose keeper asked for no more than what there is: anybody's certificate.
pub(super) fn danger_any_certificate() -> Result<Arc<ClientConfig>, TlsFault> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyCertificate::default()))
        .with_no_client_auth();
    Ok(Arc::new(config))
}
