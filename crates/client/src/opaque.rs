//! OPAQUE (RFC 9807), the client's side: nothing that depends on a pass phrase leaves but its messages.

use argon2_05::{Algorithm, Argon2, Params, Version};
use opaque_ke::errors::{InternalError, ProtocolError};
use opaque_ke::generic_array::{ArrayLength, GenericArray};
use opaque_ke::ksf::Ksf;
use opaque_ke::{
    CipherSuite, ClientLogin, ClientLoginFinishParameters, ClientRegistration,
    ClientRegistrationFinishParameters, CredentialResponse, RegistrationResponse, Ristretto255, TripleDh,
};
use sceau_api::auth::Stretching;
use sha2_10::Sha512;
use zeroize::Zeroizing;

use crate::generator::Generator;

/// Key stretching: Argon2id (RFC 9106) over the blinded secret, with a fixed salt because its input is already
/// unique per account (RFC 9807 §7). Its parameters are kept beside each record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Argon2id(pub Stretching);

/// Salt octets; all zero, as in RFC 9807 §7.
const SALT: [u8; 16] = [0; 16];

impl Ksf for Argon2id {
    fn hash<L: ArrayLength<u8>>(
        &self,
        input: GenericArray<u8, L>,
    ) -> Result<GenericArray<u8, L>, InternalError> {
        let params = Params::new(self.0.memory_kib, self.0.passes, self.0.lanes, None)
            .map_err(|_| InternalError::KsfError)?;
        let mut output = GenericArray::default();
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(&input, &SALT, &mut output)
            .map_err(|_| InternalError::KsfError)?;
        Ok(output)
    }
}

/// The suite of RFC 9807 §7 with Ristretto255 and SHA-512.
pub struct Suite;

impl CipherSuite for Suite {
    type OprfCs = Ristretto255;
    type KeyExchange = TripleDh<Ristretto255, Sha512>;
    type Ksf = Argon2id;
}

/// Why an OPAQUE step failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpaqueError {
    /// Wrong secret, unknown account, or another relay: OPAQUE does not say which.
    #[error("wrong secret")]
    WrongSecret,
    /// The relay's message is malformed.
    #[error("malformed message")]
    Malformed,
}

impl From<ProtocolError> for OpaqueError {
    fn from(error: ProtocolError) -> Self {
        match error {
            ProtocolError::InvalidLoginError => Self::WrongSecret,
            ProtocolError::LibraryError(_)
            | ProtocolError::SizeError { .. }
            | ProtocolError::SerializationError
            | ProtocolError::ReflectedValueError
            | ProtocolError::Custom(_) => Self::Malformed,
        }
    }
}

/// The secret only the right pass phrase yields (RFC 9807 §3): wiped on drop.
pub type ExportKey = Zeroizing<Vec<u8>>;

/// A registration under way.
pub struct Registration {
    state: ClientRegistration<Suite>,
    secret: Zeroizing<Vec<u8>>,
    /// RegistrationRequest, for the relay.
    pub request: Vec<u8>,
}

impl Registration {
    /// Blinds the secret.
    ///
    /// # Errors
    /// When the secret cannot be mapped to the group (empty or absurdly long).
    pub fn start(secret: &str, rng: &mut Generator) -> Result<Self, OpaqueError> {
        let begun = ClientRegistration::<Suite>::start(rng, secret.as_bytes())?;
        Ok(Self {
            state: begun.state,
            secret: Zeroizing::new(secret.as_bytes().to_vec()),
            request: begun.message.serialize().to_vec(),
        })
    }

    /// Makes the record the relay keeps, and the export key it never sees.
    ///
    /// # Errors
    /// When the relay's RegistrationResponse is malformed.
    pub fn finish(
        self,
        response: &[u8],
        stretching: Argon2id,
        rng: &mut Generator,
    ) -> Result<(Vec<u8>, ExportKey), OpaqueError> {
        let response = RegistrationResponse::deserialize(response)?;
        let parameters = ClientRegistrationFinishParameters { ksf: Some(&stretching), ..Default::default() };
        let done = self.state.finish(rng, &self.secret, response, parameters)?;
        Ok((done.message.serialize().to_vec(), Zeroizing::new(done.export_key.to_vec())))
    }
}

/// A login under way.
pub struct Login {
    state: ClientLogin<Suite>,
    secret: Zeroizing<Vec<u8>>,
    /// KE1, for the relay.
    pub request: Vec<u8>,
}

impl Login {
    /// Blinds the secret and begins the key exchange.
    ///
    /// # Errors
    /// When the secret cannot be mapped to the group.
    pub fn start(secret: &str, rng: &mut Generator) -> Result<Self, OpaqueError> {
        let begun = ClientLogin::<Suite>::start(rng, secret.as_bytes())?;
        Ok(Self {
            state: begun.state,
            secret: Zeroizing::new(secret.as_bytes().to_vec()),
            request: begun.message.serialize().to_vec(),
        })
    }

    /// Checks the relay's KE2 and answers it with KE3; slow by design (key stretching).
    ///
    /// # Errors
    /// `WrongSecret` when the secret is not the account's.
    pub fn finish(
        self,
        response: &[u8],
        stretching: Argon2id,
        rng: &mut Generator,
    ) -> Result<(Vec<u8>, ExportKey), OpaqueError> {
        let response = CredentialResponse::deserialize(response)?;
        let parameters = ClientLoginFinishParameters { ksf: Some(&stretching), ..Default::default() };
        let done = self.state.finish(rng, &self.secret, response, parameters)?;
        Ok((done.message.serialize().to_vec(), Zeroizing::new(done.export_key.to_vec())))
    }
}
