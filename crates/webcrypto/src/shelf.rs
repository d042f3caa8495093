//! Imported keys, kept: importing costs as much as using.

use core::cell::RefCell;
use std::collections::BTreeMap;

use sceau_smime::{PrivateKey, PublicKey};
use web_sys::CryptoKey;

use crate::parameters::Import;
use crate::subtle::Subtle;

/// Most keys kept. A mailbox has some hundred correspondents; above this all are dropped and imported anew.
const MAX_KEYS: usize = 512;

/// What a key was imported as, and the key: it may only ever be used so.
type Name = (&'static str, String, Vec<u8>);

/// Keys by what they are and what they are for.
#[derive(Default)]
pub(crate) struct Shelf(RefCell<BTreeMap<Name, CryptoKey>>);

impl Shelf {
    /// Forgets every key.
    pub(crate) fn clear(&self) {
        self.0.borrow_mut().clear();
    }

    pub(crate) async fn public(
        &self,
        subtle: &Subtle,
        key: &PublicKey,
        import: &Import,
        usage: &'static str,
    ) -> Option<CryptoKey> {
        let name = (usage, import.name.clone(), key.spki_der().to_vec());
        if let Some(known) = self.get(&name) {
            return Some(known);
        }
        let held = subtle.import("spki", key.spki_der(), &import.object, &[usage]).await.ok()?;
        Some(self.put(name, held))
    }

    pub(crate) async fn private(
        &self,
        subtle: &Subtle,
        key: &PrivateKey,
        import: &Import,
        usage: &'static str,
    ) -> Option<CryptoKey> {
        let name = (usage, import.name.clone(), key.spki_der());
        if let Some(known) = self.get(&name) {
            return Some(known);
        }
        let held = subtle.import("pkcs8", &key.to_pkcs8_der().ok()?, &import.object, &[usage]).await.ok()?;
        Some(self.put(name, held))
    }

    fn get(&self, name: &Name) -> Option<CryptoKey> {
        self.0.borrow().get(name).cloned()
    }

    fn put(&self, name: Name, key: CryptoKey) -> CryptoKey {
        let mut keys = self.0.borrow_mut();
        if keys.len() >= MAX_KEYS {
            keys.clear();
        }
        keys.insert(name, key.clone());
        key
    }
}
