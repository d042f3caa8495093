//! Private keys with their certificates.

#[cfg(feature = "all")]
use sceau_smime::pkcs12::Pkcs12;
use sceau_smime::{Certificate, Identity, PrivateKey};
use wasm_bindgen::prelude::wasm_bindgen;
use zeroize::Zeroizing;

use crate::error::Failure;
use crate::parcel::{self, Parcel};

/// The keys that letters are opened and signed with. They stay in this object's memory and are wiped when it is
/// freed: call `free()`, or use `using` where JavaScript has it.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct Keys {
    identities: Vec<Identity>,
}

#[wasm_bindgen]
impl Keys {
    /// An empty ring.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many keys with a certificate there are.
    #[wasm_bindgen(getter)]
    pub fn size(&self) -> usize {
        self.identities.len()
    }

    /// Adds every key of a PKCS#12 container that has its certificate there. `password` is copied into wasm
    /// memory for the time of the call and wiped after it.
    ///
    /// # Errors
    /// `wrong_password`, `malformed`, `no_key` and others; nothing is added then.
    #[cfg(feature = "all")]
    #[wasm_bindgen(js_name = addPkcs12)]
    pub fn add_pkcs12(&mut self, container: &[u8], password: Option<String>) -> Result<(), Failure> {
        let password = password.map(Zeroizing::new);
        let container = Pkcs12::read(container, text(password.as_ref()))?;
        let found = container.identities();
        if found.is_empty() {
            return Err(Failure::NoKey);
        }
        self.identities.extend(found);
        Ok(())
    }

    /// Adds a private key (PKCS#8, SEC1 or PKCS#1, PEM or DER) with its certificate; further certificates in
    /// the same file are its chain.
    ///
    /// # Errors
    /// `wrong_password`, `password_required`, `key_mismatch`, `malformed` and others.
    #[wasm_bindgen(js_name = addKey)]
    pub fn add_key(
        &mut self,
        key: &[u8],
        certificates: &[u8],
        password: Option<String>,
    ) -> Result<(), Failure> {
        let password = password.map(Zeroizing::new);
        let key = PrivateKey::read(key, text(password.as_ref()))?;
        let mut certificates = Certificate::read_all(certificates)?;
        let matches = |certificate: &Certificate| certificate.public_key().is_ok_and(|it| key.matches(&it));
        let own = certificates.iter().position(matches).ok_or(sceau_smime::Error::KeyMismatch)?;
        let own = certificates.swap_remove(own);
        self.push(Identity::new(key, own, certificates)?);
        Ok(())
    }

    /// The keys' certificates, PEM.
    #[wasm_bindgen(getter)]
    pub fn certificates(&self) -> String {
        self.identities.iter().map(|identity| identity.certificate.to_pem()).collect()
    }

    /// All keys, to be carried into another module. Free the parcel as soon as it is copied.
    ///
    /// # Errors
    /// None that is known.
    pub fn pack(&self) -> Result<Parcel, Failure> {
        parcel::pack(&self.identities)
    }

    /// Adds the keys of a parcel that another module packed.
    ///
    /// # Errors
    /// `malformed`; nothing is added then.
    pub fn unpack(&mut self, parcel: &Parcel) -> Result<(), Failure> {
        self.identities.extend(parcel::unpack(parcel)?);
        Ok(())
    }
}

impl Keys {
    pub(crate) fn push(&mut self, identity: Identity) {
        self.identities.push(identity);
    }

    pub(crate) fn identities(&self) -> &[Identity] {
        &self.identities
    }

    /// The first key that may sign letters.
    pub(crate) fn signer(&self) -> Result<&Identity, Failure> {
        self.identities.iter().find(|identity| identity.certificate.can_sign()).ok_or(Failure::NoKey)
    }

    /// The first certificate that letters may be sealed to.
    pub(crate) fn sealing_certificate(&self) -> Result<&Certificate, Failure> {
        let mut certificates = self.identities.iter().map(|identity| &identity.certificate);
        certificates.find(|certificate| certificate.can_encrypt()).ok_or(Failure::NoKey)
    }
}

/// The pass phrase, still in the memory that is wiped.
pub(crate) fn text(password: Option<&Zeroizing<String>>) -> Option<&str> {
    password.map(|password| password.as_str())
}
