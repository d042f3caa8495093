//! Imported keys, kept: importing costs as much as using.

use core::cell::RefCell;
use std::collections::HashMap;

use js_sys::{JSON, Object};
use sceau_smime::{PrivateKey, PublicKey};
use sha2::{Digest, Sha256};
use web_sys::CryptoKey;

use crate::subtle::Subtle;

/// Most keys kept. A mailbox has some hundred correspondents; above this all are dropped and imported anew.
const MAX_KEYS: usize = 512;

/// Keys by what they are and what they are for.
#[derive(Default)]
pub(crate) struct Shelf(RefCell<HashMap<[u8; 32], CryptoKey>>);

impl Shelf {
    /// Forgets every key.
    pub(crate) fn clear(&self) {
        self.0.borrow_mut().clear();
    }

    pub(crate) async fn public(
        &self,
        subtle: &Subtle,
        key: &PublicKey,
        import: &Object,
        usage: &str,
    ) -> Option<CryptoKey> {
        let name = name("public", key.spki_der(), import, usage);
        if let Some(known) = self.get(&name) {
            return Some(known);
        }
        let held = subtle.import("spki", key.spki_der(), import, &[usage]).await.ok()?;
        Some(self.put(name, held))
    }

    pub(crate) async fn private(
        &self,
        subtle: &Subtle,
        key: &PrivateKey,
        import: &Object,
        usage: &str,
    ) -> Option<CryptoKey> {
        let name = name("private", &key.spki_der(), import, usage);
        if let Some(known) = self.get(&name) {
            return Some(known);
        }
        let held = subtle.import("pkcs8", &key.to_pkcs8_der().ok()?, import, &[usage]).await.ok()?;
        Some(self.put(name, held))
    }

    fn get(&self, name: &[u8; 32]) -> Option<CryptoKey> {
        self.0.borrow().get(name).cloned()
    }

    fn put(&self, name: [u8; 32], key: CryptoKey) -> CryptoKey {
        let mut keys = self.0.borrow_mut();
        if keys.len() >= MAX_KEYS {
            keys.clear();
        }
        keys.insert(name, key.clone());
        key
    }
}

/// A key may only ever be used as it was imported, so that belongs to its name.
fn name(half: &str, spki: &[u8], import: &Object, usage: &str) -> [u8; 32] {
    let import = JSON::stringify(import).map(String::from).unwrap_or_default();
    let mut hash = Sha256::new();
    for part in [half, usage, &import] {
        hash.update(part);
        hash.update([0]);
    }
    hash.chain_update(spki).finalize().into()
}
