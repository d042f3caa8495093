//! The server's side of OPAQUE. The key stretching (Argon2id) happens in the client alone, so that the suite here
//! names none: what crosses the wire is the same.

use std::{fs, io, path::Path};

use opaque_ke::{
    CipherSuite, CredentialFinalization, CredentialRequest, RegistrationRequest, RegistrationUpload,
    Ristretto255, ServerLogin, ServerLoginParameters, ServerRegistration, ServerSetup, TripleDh,
    ksf::Identity,
};
use sceau_api::{ProblemCode, auth::Slot, auth::credential_identifier};
use sha2_10::Sha512;

use crate::{fault::Fault, limits, problem::Denied, random::SystemRng, secret_file};

/// OPRF over ristretto255, 3DH over ristretto255 with SHA-512 (RFC 9807 §7's first recommendation).
#[derive(Debug, Clone, Copy)]
pub struct RelaySuite;

impl CipherSuite for RelaySuite {
    type OprfCs = Ristretto255;
    type KeyExchange = TripleDh<Ristretto255, Sha512>;
    type Ksf = Identity;
}

/// The relay's own secret: the OPRF seed and its key pair. It lives in a file of its own, since whoever has the
/// database *and* this file can guess pass phrases.
pub(crate) struct Setup(ServerSetup<RelaySuite>);

impl Setup {
    /// A new one.
    pub(crate) fn generate() -> Self {
        Self(ServerSetup::new(&mut SystemRng))
    }

    /// Reads the file, or makes it, readable by its owner only.
    pub(crate) fn open(path: &Path) -> Result<Self, Fault> {
        match fs::read(path) {
            Ok(bytes) => {
                let setup =
                    ServerSetup::deserialize(&bytes).map_err(|_| Fault::Damaged("OPAQUE seed file"))?;
                Ok(Self(setup))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::create(path),
            Err(error) => Err(error.into()),
        }
    }

    fn create(path: &Path) -> Result<Self, Fault> {
        let setup = Self::generate();
        match secret_file::create(path, &setup.0.serialize())? {
            true => Ok(setup),
            false => Self::open(path),
        }
    }

    /// Answers a `RegistrationRequest` (RFC 9807 §5.2).
    pub(crate) fn register(&self, request: &[u8], address: &str, slot: &Slot) -> Result<Vec<u8>, Denied> {
        check_size(request)?;
        let request =
            RegistrationRequest::deserialize(request).map_err(|_| Denied::bad_request("request"))?;
        let identifier = credential_identifier(address, slot);
        let started = ServerRegistration::<RelaySuite>::start(&self.0, request, &identifier)
            .map_err(|_| Denied::bad_request("request"))?;
        Ok(started.message.serialize().to_vec())
    }

    /// Answers KE1 (RFC 9807 §6.2.2): the message for the client, and the state to keep. Without a record the answer is
    /// a fake one that looks the same (RFC 9807 §6.3.2.2).
    pub(crate) fn login(
        &self,
        request: &[u8],
        record: Option<&[u8]>,
        address: &str,
        slot: &Slot,
    ) -> Result<(Vec<u8>, Vec<u8>), Denied> {
        check_size(request)?;
        let request = CredentialRequest::deserialize(request).map_err(|_| Denied::bad_request("request"))?;
        let record = record.map(ServerRegistration::deserialize).transpose();
        let record = record.map_err(|_| Fault::Damaged("OPAQUE record"))?;
        let identifier = credential_identifier(address, slot);
        let parameters = ServerLoginParameters::default();
        let started = ServerLogin::<RelaySuite>::start(
            &mut SystemRng,
            &self.0,
            record,
            request,
            &identifier,
            parameters,
        )
        .map_err(|_| Denied::bad_request("request"))?;
        Ok((started.message.serialize().to_vec(), started.state.serialize().to_vec()))
    }
}

/// Checks KE3 against the state kept (RFC 9807 §6.2.2, `ServerFinish`).
pub(crate) fn finish_login(state: &[u8], finalization: &[u8]) -> Result<(), Denied> {
    check_size(finalization)?;
    let state = ServerLogin::<RelaySuite>::deserialize(state).map_err(|_| Fault::Damaged("OPAQUE log-in"))?;
    let wrong = |_| Denied::new(ProblemCode::BadCredentials);
    let message = CredentialFinalization::deserialize(finalization).map_err(wrong)?;
    state.finish(message, ServerLoginParameters::default()).map_err(wrong)?;
    Ok(())
}

/// Whether the bytes are a `RegistrationRecord` of this suite.
pub(crate) fn check_record(record: &[u8]) -> Result<(), Denied> {
    check_size(record)?;
    RegistrationUpload::<RelaySuite>::deserialize(record).map_err(|_| Denied::bad_request("record"))?;
    Ok(())
}

fn check_size(message: &[u8]) -> Result<(), Denied> {
    (message.len() <= limits::OPAQUE_MESSAGE_BYTES)
        .then_some(())
        .ok_or_else(|| Denied::bad_request("message size"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::random::generate_bytes;

    #[test]
    fn the_seed_stays_and_is_private() {
        let folder = std::env::temp_dir().join(format!("sceau-seed-{}", hex::encode(generate_bytes::<8>())));
        fs::create_dir(&folder).unwrap();
        let path = folder.join("opaque.seed");
        let first = Setup::open(&path).unwrap().0.serialize();
        assert_eq!(Setup::open(&path).unwrap().0.serialize(), first);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::write(&path, b"short").unwrap();
        assert!(matches!(Setup::open(&path), Err(Fault::Damaged(_))));
        fs::remove_dir_all(folder).unwrap();
    }
}
