//! The vault key and its wraps, one per way in.

use sceau_api::auth::Slot;

use crate::failure::{Error, Result};
use crate::generator::Generator;
use crate::opaque::ExportKey;
use crate::secret::{Context, Key};

/// The random key everything in the vault hangs on.
#[derive(Clone, Debug)]
pub struct VaultKey(Key);

impl VaultKey {
    /// A new vault.
    pub fn generate(rng: &mut Generator) -> Self {
        Self(Key::generate(rng))
    }

    /// The key that seals one blob.
    pub(crate) fn blob_key(&self, id: &str) -> Key {
        self.0.derive_child(&format!("sceau/vault/blob/{id}"))
    }

    /// Seals the vault key under what a way in yields: AEAD(HKDF(export key), VK), bound to account, slot, version.
    pub fn wrap(&self, way: &Way<'_>, export_key: &ExportKey, rng: &mut Generator) -> Vec<u8> {
        way.key(export_key).seal(&way.context(), self.0.expose(), rng)
    }

    /// Opens a wrap.
    ///
    /// # Errors
    /// `VaultDamaged` when the wrap is not the one made for this account, slot, version and secret.
    pub fn unwrap(wrap: &[u8], way: &Way<'_>, export_key: &ExportKey) -> Result<Self> {
        let damaged = || Error::VaultDamaged { blob: format!("wrap {}", way.slot) };
        let key = way.key(export_key).open(&way.context(), wrap).map_err(|_| damaged())?;
        Key::read(&key).map(Self).ok_or_else(damaged)
    }
}

/// A way in: whose, which, and the version of its record.
#[derive(Clone, Copy, Debug)]
pub struct Way<'a> {
    /// The account's address, in lower case.
    pub address: &'a str,
    /// Which slot.
    pub slot: &'a Slot,
    /// The record's version.
    pub version: u64,
}

impl Way<'_> {
    fn key(&self, export_key: &ExportKey) -> Key {
        Key::derive(export_key, &format!("sceau/vault/wrap/{}", self.slot))
    }

    fn context(&self) -> Context {
        Context::of("sceau vault wrap")
            .and(self.address.as_bytes())
            .and(self.slot.as_str().as_bytes())
            .and_number(self.version)
    }
}
