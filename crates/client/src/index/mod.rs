//! The sealed index (design section 5): what was read once needs no second opening, on any machine.
//!
//! Records lie in segments under the index key, append-only per device, each naming the hash of the one before; how
//! far each device has come stands in the manifest, a vault blob changed by compare-and-set. What the relay withholds
//! shows as a gap, and the letters concerned are read anew from their cards.

mod record;
mod words;

use std::cell::RefCell;
use std::collections::BTreeMap;

use futures::lock::Mutex;
use sceau_api::core::MethodErrorType;
use sceau_api::index_segment::{
    IndexSegment, SegmentAppend, SegmentAppendResponse, SegmentGet, SegmentGetResponse,
};
use sceau_api::{AccountId, Sealed};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub(crate) use record::names;
pub use record::{Record, Records, Verdict};
pub use words::{fold, words};

use crate::failure::{Error, Result};
use crate::generator::Generator;
use crate::job::Job;
use crate::relay::Relay;
use crate::secret::{Context, Key};
use crate::vault::{Head, Manifest, Vault};

/// What is inside a segment.
#[derive(Serialize, Deserialize)]
struct Segment {
    /// SHA-256 of this device's segment before, hexadecimal; empty for the first.
    previous: String,
    records: Vec<Record>,
}

/// Segments that should be there and are not, or are not what their device wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The device.
    pub device: String,
    /// The first counter that cannot be trusted.
    pub from: u64,
}

/// The index of an account.
pub struct Index {
    address: String,
    account: AccountId,
    key: Key,
    state: RefCell<State>,
    /// One segment is written at a time: counters are given in order.
    writing: Mutex<()>,
}

#[derive(Default)]
struct State {
    records: Records,
    heads: BTreeMap<String, Head>,
    gaps: Vec<Gap>,
    device: Option<String>,
}

/// Octets of a device's random name: a machine without memory is a new device at every sign-in.
const DEVICE_OCTETS: usize = 9;

impl Index {
    /// An index nothing was read of yet.
    pub fn new(address: String, account: AccountId, key: Key) -> Self {
        Self { address, account, key, state: RefCell::default(), writing: Mutex::new(()) }
    }

    /// Asks something of the records.
    pub fn with<T>(&self, ask: impl FnOnce(&Records) -> T) -> T {
        ask(&self.state.borrow().records)
    }

    /// What is missing, as far as the manifest tells.
    pub fn gaps(&self) -> Vec<Gap> {
        self.state.borrow().gaps.clone()
    }

    /// Reads all segments not read yet and compares with the manifest.
    ///
    /// # Errors
    /// That the relay does not answer. A damaged segment is a gap, not an error.
    pub async fn load(&self, relay: &Relay, job: &Job, vault: &Vault) -> Result<()> {
        loop {
            let ask = SegmentGet { account_id: self.account.clone(), after: self.counters() };
            let answer: SegmentGetResponse = relay.call_again(job, "IndexSegment/get", &ask).await?;
            let received = answer.list.len();
            for segment in answer.list {
                self.take(segment);
                job.step().await?;
            }
            if !answer.has_more || received == 0 {
                break;
            }
        }
        let manifest: Manifest = vault.get()?;
        self.state.borrow_mut().compare(&manifest);
        Ok(())
    }

    fn counters(&self) -> BTreeMap<String, u64> {
        self.state.borrow().heads.iter().map(|(name, head)| (name.clone(), head.counter)).collect()
    }

    fn take(&self, segment: IndexSegment) {
        let mut state = self.state.borrow_mut();
        let known = state.heads.get(&segment.device).cloned().unwrap_or_default();
        let opened = self.open(&segment).filter(|inside| {
            inside.previous == known.sha256 && segment.counter == known.counter.saturating_add(1)
        });
        let Some(inside) = opened else {
            state.gap(segment.device, segment.counter);
            return;
        };
        for record in inside.records {
            state.records.add(record);
        }
        let head = Head { counter: segment.counter, sha256: sha256(&segment.data.0) };
        state.heads.insert(segment.device, head);
    }

    fn open(&self, segment: &IndexSegment) -> Option<Segment> {
        let context = self.context(&segment.device, segment.counter);
        let plain = self.key.open(&context, &segment.data.0).ok()?;
        sceau_api::answer::read_octets(&plain)
    }

    fn context(&self, device: &str, counter: u64) -> Context {
        Context::of("sceau index segment")
            .and(self.address.as_bytes())
            .and(device.as_bytes())
            .and_number(counter)
    }

    /// Keeps records: in memory at once, then at the relay, then in the manifest.
    ///
    /// # Errors
    /// That the relay does not answer or has no room; the records stay usable in memory.
    pub async fn keep(&self, relay: &Relay, job: &Job, vault: &Vault, records: Vec<Record>) -> Result<()> {
        if records.is_empty() {
            return Ok(());
        }
        for record in &records {
            self.state.borrow_mut().records.add(record.clone());
        }
        let _alone = self.writing.lock().await;
        let mut rng = Generator::seeded(&*relay.world().randomness)?;
        let device = self.device(&mut rng);
        let last = self.state.borrow().heads.get(&device).cloned().unwrap_or_default();
        let counter = last.counter.saturating_add(1);
        let inside = Segment { previous: last.sha256, records };
        let plain = serde_json::to_vec(&inside).map_err(|_| Error::Defect { what: "JSON" })?;
        let sealed = self.key.seal(&self.context(&device, counter), &plain, &mut rng);
        let head = Head { counter, sha256: sha256(&sealed) };
        self.append(relay, job, &device, counter, sealed).await?;
        self.state.borrow_mut().heads.insert(device.clone(), head.clone());
        let enter = |manifest: &mut Manifest| {
            manifest.devices.insert(device.clone(), head.clone());
            Ok(())
        };
        vault.change(relay, job, enter).await
    }

    async fn append(
        &self,
        relay: &Relay,
        job: &Job,
        device: &str,
        counter: u64,
        sealed: Vec<u8>,
    ) -> Result<()> {
        let append = SegmentAppend {
            account_id: self.account.clone(),
            device: device.to_owned(),
            counter,
            data: Sealed(sealed),
        };
        let answer: Result<SegmentAppendResponse> =
            relay.call_again(job, "IndexSegment/append", &append).await;
        match answer {
            // Only this session writes under this name: the segment arrived, its answer was lost.
            Err(error) if next_counter(&error) == Some(counter.saturating_add(1)) => Ok(()),
            Err(error) => {
                // It may have arrived all the same: what this session writes next goes under another name.
                self.state.borrow_mut().device = None;
                Err(error)
            }
            Ok(_) => Ok(()),
        }
    }

    fn device(&self, rng: &mut Generator) -> String {
        let mut state = self.state.borrow_mut();
        state.device.get_or_insert_with(|| hex::encode(rng.array::<DEVICE_OCTETS>())).clone()
    }
}

impl State {
    fn gap(&mut self, device: String, from: u64) {
        if !self.gaps.iter().any(|gap| gap.device == device) {
            self.gaps.push(Gap { device, from });
        }
    }

    /// The manifest says how far each device came at least.
    fn compare(&mut self, manifest: &Manifest) {
        for (device, written) in &manifest.devices {
            let read = self.heads.get(device).cloned().unwrap_or_default();
            let replaced = read.counter == written.counter && read.sha256 != written.sha256;
            if read.counter < written.counter || replaced {
                self.gap(device.clone(), read.counter.saturating_add(1));
            }
        }
    }
}

fn next_counter(error: &Error) -> Option<u64> {
    match error {
        Error::Method(error) if error.kind == MethodErrorType::StateMismatch => {
            error.more.get("next")?.as_u64()
        }
        _ => None,
    }
}

fn sha256(octets: &[u8]) -> String {
    hex::encode(Sha256::digest(octets))
}
