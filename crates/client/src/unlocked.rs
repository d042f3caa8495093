//! An account while it is open: what every operation on letters works with. Dropping it forgets everything opened.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

use futures::lock::Mutex;
use sceau_api::{AccountId, BlobId, State};
use sceau_protocol::{LastSignIn, UnixSeconds, WayIn};
use sceau_smime::UnixTime;
use sceau_smime::backend::Backend;

use crate::compose::Drafts;
use crate::failure::Result;
use crate::generator::Generator;
use crate::index::Index;
use crate::job::Job;
use crate::login::Entry;
use crate::opened::Opened;
use crate::relay::Relay;
use crate::trust::Authorities;
use crate::vault::{Keys, Vault};

/// An open account.
pub struct Unlocked {
    /// The way to the relay.
    pub relay: Rc<Relay>,
    /// The account at the relay.
    pub account: AccountId,
    /// Its address, in lower case.
    pub address: String,
    /// Its vault.
    pub vault: Vault,
    /// What is known of its letters.
    pub index: Index,
    /// The sign-in before this one.
    pub last_sign_in: Option<LastSignIn>,
    /// This machine's clock minus the relay's.
    pub clock_offset_seconds: i64,
    /// The way in that opened it.
    pub way: WayIn,
    /// Letters opened last, for their parts and for answers.
    pub(crate) opened: RefCell<Opened>,
    /// Drafts open in the page, and letters that can still be undone.
    pub(crate) drafts: RefCell<Drafts>,
    /// One draft is kept at a time: a second keeping must see what the first replaced.
    pub(crate) saving: Mutex<()>,
    /// Intermediates and revocation lists, as the relay hands them on.
    pub(crate) authorities: RefCell<Option<Rc<Authorities>>>,
    /// Blobs no key of this account opens.
    pub(crate) unreadable: RefCell<BTreeSet<BlobId>>,
    /// The state of Emails up to which everything was read into the index.
    pub(crate) read_up_to: RefCell<Option<State>>,
    /// Whether the index was read.
    pub(crate) index_loaded: Cell<bool>,
    /// The largest upload the relay takes, once it said so.
    pub(crate) most_octets: Cell<Option<u64>>,
}

impl Unlocked {
    /// Takes up an account: reads its vault and its index.
    ///
    /// # Errors
    /// `VaultDamaged`, or that the relay does not answer.
    pub async fn open(relay: Rc<Relay>, job: &Job, entry: Entry) -> Result<Self> {
        entry.vault.load(&relay, job).await?;
        let keys: Keys = entry.vault.get()?;
        let index = Index::new(entry.address.clone(), entry.account.clone(), keys.index_key()?);
        Ok(Self {
            relay,
            account: entry.account,
            address: entry.address,
            vault: entry.vault,
            index,
            last_sign_in: entry.last_sign_in,
            clock_offset_seconds: entry.clock_offset_seconds,
            way: entry.way,
            opened: RefCell::default(),
            drafts: RefCell::default(),
            saving: Mutex::new(()),
            authorities: RefCell::default(),
            unreadable: RefCell::default(),
            read_up_to: RefCell::default(),
            index_loaded: Cell::new(false),
            most_octets: Cell::new(None),
        })
    }

    /// The time, corrected by the offset measured at log-in.
    pub fn now(&self) -> UnixTime {
        UnixTime(self.now_seconds())
    }

    /// The same as a number.
    pub fn now_seconds(&self) -> UnixSeconds {
        self.relay.world().clock.now().saturating_sub(self.clock_offset_seconds)
    }

    /// A generator for one operation.
    ///
    /// # Errors
    /// When the machine has no randomness to give.
    pub fn rng(&self) -> Result<Generator> {
        Ok(Generator::seeded(&*self.relay.world().randomness)?)
    }

    /// What letters are worked on with.
    pub(crate) fn crypto(&self) -> &dyn Backend {
        &*self.relay.world().crypto
    }

    /// New keys may open what no key opened before.
    pub(crate) fn read_anew(&self) {
        self.unreadable.borrow_mut().clear();
        self.read_up_to.replace(None);
    }

    /// Reads the index, once.
    ///
    /// # Errors
    /// That the relay does not answer.
    pub async fn load_index(&self, job: &Job) -> Result<()> {
        if !self.index_loaded.get() {
            self.index.load(&self.relay, job, &self.vault).await?;
            self.index_loaded.set(true);
        }
        Ok(())
    }
}
