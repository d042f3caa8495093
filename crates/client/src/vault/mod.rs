//! The vault: sealed blobs at the relay, each versioned and changed by compare-and-set (design section 3).
//!
//! A blob is JSON under AES-256-GCM; its key comes from the vault key, its associated data are account, name and
//! version, so that the relay can neither swap two blobs nor pass an old one off as newer.

mod blobs;
mod key;

use std::cell::RefCell;
use std::collections::BTreeMap;

use sceau_api::auth::ChangedVaultItem;
use sceau_api::vault::{Item, Update, VaultGet, VaultGetResponse, VaultSet, VaultSetResponse};
use sceau_api::{AccountId, Sealed, VaultId};
use sceau_protocol::FailureCode;
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

pub use blobs::{
    Anchors, Contact, Contacts, Der, Head, KeyKind, Keys, Manifest, NewKey, OwnKey, PinnedAnchor, Settings,
};
pub use key::{VaultKey, Way};

use crate::failure::{Error, Result};
use crate::generator::Generator;
use crate::job::Job;
use crate::relay::Relay;
use crate::secret::{Context, Key};

/// A kind of blob: the name says where it lies.
pub trait Blob: Serialize + DeserializeOwned + Default {
    /// Its name at the relay.
    const ID: &'static str;
}

/// How often a change is made anew when another device was faster.
pub(crate) const ATTEMPTS: u32 = 5;

/// An unlocked vault. What it opened stays sealed in memory and is opened for each use.
pub struct Vault {
    address: String,
    account: AccountId,
    key: RefCell<VaultKey>,
    held: RefCell<BTreeMap<String, Held>>,
}

/// A blob as the relay keeps it.
#[derive(Clone)]
struct Held {
    version: u64,
    sealed: Vec<u8>,
}

impl Vault {
    /// A vault whose key is known and whose blobs were not read yet.
    pub fn unlocked(address: String, account: AccountId, key: VaultKey) -> Self {
        Self { address, account, key: RefCell::new(key), held: RefCell::default() }
    }

    /// Fetches all blobs.
    ///
    /// # Errors
    /// That the relay does not answer.
    pub async fn load(&self, relay: &Relay, job: &Job) -> Result<()> {
        let all = VaultGet::all(self.account.clone());
        let answer: VaultGetResponse = relay.call_again(job, "Vault/get", &all).await?;
        let mut held = self.held.borrow_mut();
        for item in answer.list {
            keep(&mut held, item);
        }
        Ok(())
    }

    /// A blob; its default when there is none yet.
    ///
    /// # Errors
    /// `VaultDamaged` when it does not open.
    pub fn get<B: Blob>(&self) -> Result<B> {
        match self.held.borrow().get(B::ID) {
            Some(held) => self.open(held),
            None => Ok(B::default()),
        }
    }

    /// Changes a blob by compare-and-set; `change` is applied anew when another device was faster.
    ///
    /// # Errors
    /// `VaultConflict` when others keep being faster, what `change` says, or that the relay does not answer.
    pub async fn change<B: Blob, T>(
        &self,
        relay: &Relay,
        job: &Job,
        mut change: impl FnMut(&mut B) -> Result<T>,
    ) -> Result<T> {
        for _ in 0..ATTEMPTS {
            let mut blob: B = self.get()?;
            let outcome = change(&mut blob)?;
            match self.store(relay, job, &blob).await {
                Ok(()) => return Ok(outcome),
                Err(error) if error.is_conflict() || error.is_lost_answer() => self.load(relay, job).await?,
                Err(error) => return Err(error),
            }
        }
        Err(Error::of(FailureCode::VaultConflict))
    }

    async fn store<B: Blob>(&self, relay: &Relay, job: &Job, blob: &B) -> Result<()> {
        let version = self.held.borrow().get(B::ID).map_or(0, |held| held.version);
        let mut rng = Generator::seeded(&*relay.world().randomness)?;
        let sealed = self.seal(blob, version.saturating_add(1), &mut rng)?;
        let id = VaultId::from(B::ID);
        let update = Update { if_version: version, data: Sealed(sealed.clone()) };
        let set =
            VaultSet { account_id: self.account.clone(), update: BTreeMap::from([(id.clone(), update)]) };
        let mut answer: VaultSetResponse = relay.call(job, "Vault/set", &set).await?;
        if let Some(refusal) = answer.not_updated.remove(&id) {
            return Err(refusal.into());
        }
        let now = answer.updated.remove(&id).ok_or(Error::Unexpected { what: "Vault/set" })?;
        self.held.borrow_mut().insert(B::ID.to_owned(), Held { version: now.version, sealed });
        Ok(())
    }

    /// Every blob held, sealed under another vault key, each as the change of the version held.
    ///
    /// # Errors
    /// `VaultDamaged` when one of them does not open.
    pub(crate) fn sealed_under(&self, key: &VaultKey, rng: &mut Generator) -> Result<Vec<ChangedVaultItem>> {
        let reseal = |(id, held): (&String, &Held)| {
            let damaged = || Error::VaultDamaged { blob: id.clone() };
            let plain = self
                .blob_key(id)
                .open(&self.context(id, held.version), &held.sealed)
                .map_err(|_| damaged())?;
            let context = self.context(id, held.version.saturating_add(1));
            let data = Sealed(key.blob_key(id).seal(&context, &plain, rng));
            let update = Update { if_version: held.version, data };
            Ok(ChangedVaultItem { id: VaultId::from(id.as_str()), update })
        };
        self.held.borrow().iter().map(reseal).collect()
    }

    /// The relay has taken what [`Vault::sealed_under`] made: from now on this key and these blobs are the vault's.
    pub(crate) fn take_up(&self, key: VaultKey, blobs: Vec<ChangedVaultItem>) {
        self.key.replace(key);
        let held = |item: ChangedVaultItem| {
            let version = item.update.if_version.saturating_add(1);
            (item.id.0, Held { version, sealed: item.update.data.0 })
        };
        self.held.borrow_mut().extend(blobs.into_iter().map(held));
    }

    /// Seals a first blob, whose version will be 1.
    pub(crate) fn seal_first<B: Blob>(&self, blob: &B, rng: &mut Generator) -> Result<Sealed> {
        self.seal(blob, 1, rng).map(Sealed)
    }

    fn seal<B: Blob>(&self, blob: &B, version: u64, rng: &mut Generator) -> Result<Vec<u8>> {
        let plain = serde_json::to_vec(blob).map_err(|_| Error::Defect { what: "JSON" })?;
        let plain = Zeroizing::new(plain);
        Ok(self.blob_key(B::ID).seal(&self.context(B::ID, version), &plain, rng))
    }

    fn open<B: Blob>(&self, held: &Held) -> Result<B> {
        let damaged = || Error::VaultDamaged { blob: B::ID.to_owned() };
        let context = self.context(B::ID, held.version);
        let plain = self.blob_key(B::ID).open(&context, &held.sealed).map_err(|_| damaged())?;
        sceau_api::answer::read_octets(&plain).ok_or_else(damaged)
    }

    fn blob_key(&self, id: &str) -> Key {
        self.key.borrow().blob_key(id)
    }

    fn context(&self, id: &str, version: u64) -> Context {
        Context::of("sceau vault blob").and(self.address.as_bytes()).and(id.as_bytes()).and_number(version)
    }
}

/// Keeps a blob, unless it is older than the one held: within a session the vault never goes back.
fn keep(held: &mut BTreeMap<String, Held>, item: Item) {
    let older = held.get(item.id.as_str()).is_some_and(|known| known.version > item.version);
    if !older {
        held.insert(item.id.0, Held { version: item.version, sealed: item.data.0 });
    }
}
