//! TLS towards other relays: rustls with one provider, and the system's roots.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore, crypto::ring};

use super::certificate::AnyCertificate;

/// TLS cannot be set up at all.
#[derive(Debug, thiserror::Error)]
#[error("TLS: {0}")]
pub struct TlsFault(#[from] rustls::Error);

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
