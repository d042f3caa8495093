//! Imported keys, kept: importing costs as much as using.

use core::cell::RefCell;
use std::collections::BTreeMap;

use sceau_smime::{PrivateKey, PublicKey};
use web_sys::CryptoKey;

use crate::parameters::Import;
use crate::subtle::Subtle;
use crate::words::Word;

/// Most public keys that are kept something of. A mailbox has some hundred correspondents; above this all are dropped and
/// imported anew.
const MAX_KEYS: usize = 512;

/// What a key is for, what it was imported as, and the key: it may only ever be used so.
type Held = (Word, Import, CryptoKey);

/// Keys by their SubjectPublicKeyInfo.
#[derive(Default)]
pub(crate) struct Shelf(RefCell<BTreeMap<Vec<u8>, Vec<Held>>>);

impl Shelf {
    /// Forgets every key.
    pub(crate) fn clear(&self) {
        self.0.borrow_mut().clear();
    }

    pub(crate) async fn public(
        &self,
        subtle: &Subtle,
        key: &PublicKey,
        import: Import,
        usage: Word,
    ) -> Option<CryptoKey> {
        let spki = key.spki_der();
        if let Some(known) = self.get(spki, import, usage) {
            return Some(known);
        }
        let held = subtle.import(Word::Spki, spki, &import.object(), Some(usage)).await.ok()?;
        Some(self.put(spki, (usage, import, held)))
    }

    pub(crate) async fn private(
        &self,
        subtle: &Subtle,
        key: &PrivateKey,
        import: Import,
        usage: Word,
    ) -> Option<CryptoKey> {
        let spki = key.spki_der();
        if let Some(known) = self.get(&spki, import, usage) {
            return Some(known);
        }
        let octets = key.to_pkcs8_der().ok()?;
        let held = subtle.import(Word::Pkcs8, &octets, &import.object(), Some(usage)).await.ok()?;
        Some(self.put(&spki, (usage, import, held)))
    }

    fn get(&self, spki: &[u8], import: Import, usage: Word) -> Option<CryptoKey> {
        let keys = self.0.borrow();
        let held = keys.get(spki)?.iter().find(|held| (held.0, held.1) == (usage, import));
        held.map(|(.., key)| key.clone())
    }

    fn put(&self, spki: &[u8], held: Held) -> CryptoKey {
        let mut keys = self.0.borrow_mut();
        if keys.len() >= MAX_KEYS {
            keys.clear();
        }
        let key = held.2.clone();
        keys.entry(spki.to_vec()).or_default().push(held);
        key
    }
}
