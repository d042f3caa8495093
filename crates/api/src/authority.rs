//! Authorities the relay proposes. What a client trusts lies in its vault.

use serde::{Deserialize, Serialize};

use crate::{
    bytes::Base64,
    id::AuthorityId,
    method::{GetRequest, GetResponse},
};

/// `Authority/get`.
pub type AuthorityGet = GetRequest<AuthorityId>;
/// Its answer.
pub type AuthorityGetResponse = GetResponse<Authority, AuthorityId>;

/// An authority.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authority {
    /// The SHA-256 of its certificate, in hexadecimal.
    pub id: AuthorityId,
    /// Its certificate, DER.
    pub certificate: Base64,
    /// Certificates between it and people, DER.
    #[serde(default)]
    pub intermediates: Vec<Base64>,
    /// The mail domains it is said to speak for.
    pub domains: Vec<String>,
    /// Its newest revocation list, DER.
    #[serde(default)]
    pub crl: Option<Base64>,
}
