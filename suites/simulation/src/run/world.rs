//! What everybody in a run shares.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use sceau_crash::{
    chance::Chance,
    trouble::{Trouble, told},
};
use tempfile::TempDir;
use tokio::time::Instant;

use super::{Counts, MACHINES, NET, Options};
use crate::{
    judge::Finding,
    machine::{Machine, time_of},
    net::Net,
    plan::RELAYS,
    template::{self, Resident, Template},
    trace::Trace,
};

/// The world of one seed.
pub(crate) struct World {
    pub(crate) net: Net,
    pub(crate) trace: Trace,
    pub(crate) residents: Vec<Resident>,
    pub(crate) machines: Vec<Arc<tokio::sync::Mutex<Machine>>>,
    pub(crate) begun: Instant,
    /// Whose disk fails.
    ailing: Vec<AtomicBool>,
    /// When somebody last saw each disk fail.
    recovered: Vec<Mutex<Option<Instant>>>,
    findings: Mutex<Vec<Finding>>,
    counts: Mutex<Counts>,
    _folder: TempDir,
}

impl World {
    pub(super) fn new(
        options: &Options,
        seed: u64,
        template: &Template,
        trace: &Trace,
    ) -> Result<Self, Trouble> {
        let (begun, folder) = (Instant::now(), template::folder()?);
        let net = Net::new(Chance::new(seed, NET), trace.clone());
        let mut machines = Vec::new();
        for number in 0..RELAYS {
            let data = folder.path().join(number.to_string());
            template.copy(number, &data)?;
            let chance = Chance::new(seed, MACHINES + u64::try_from(number).unwrap_or(0));
            let machine = Machine::new(number, data, net.clone(), chance, begun).with_plant(options.plant);
            machines.push(Arc::new(tokio::sync::Mutex::new(machine)));
        }
        Ok(Self {
            net,
            trace: trace.clone(),
            residents: template.residents.clone(),
            machines,
            begun,
            ailing: (0..RELAYS).map(|_| AtomicBool::default()).collect(),
            recovered: (0..RELAYS).map(|_| Mutex::default()).collect(),
            findings: Mutex::default(),
            counts: Mutex::default(),
            _folder: folder,
        })
    }

    /// Writes down what is wrong.
    pub(crate) fn wrong(&self, kind: &'static str, text: impl Into<String>) {
        let text = text.into();
        self.trace.line(&format!("WRONG {kind}: {text}"));
        self.findings.lock().unwrap_or_else(PoisonError::into_inner).push(Finding { kind, text });
    }

    /// Counts.
    pub(crate) fn count(&self, what: impl FnOnce(&mut Counts)) {
        what(&mut self.counts.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// A moment on the relays' clocks.
    pub(crate) fn time(&self, moment: Instant) -> i64 {
        time_of(self.begun, moment)
    }

    /// The disk of a relay begins to fail, or ends to.
    pub(crate) fn ail(&self, relay: usize, is_ailing: bool) {
        if let (Some(flag), Some(last)) = (self.ailing.get(relay), self.recovered.get(relay)) {
            flag.store(is_ailing, Ordering::Relaxed);
            *last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        }
    }

    /// Whether the disk of a relay is well, and was in the last minutes.
    pub(crate) fn is_well(&self, relay: usize) -> bool {
        const RECENT: std::time::Duration = std::time::Duration::from_secs(300);
        let is_ailing = self.ailing.get(relay).is_some_and(|flag| flag.load(Ordering::Relaxed));
        let last =
            self.recovered.get(relay).and_then(|last| *last.lock().unwrap_or_else(PoisonError::into_inner));
        !is_ailing && last.is_none_or(|last| last.elapsed() > RECENT)
    }

    /// Since when a relay runs; from now on while somebody is about it.
    pub(crate) fn up_since(&self, relay: usize) -> i64 {
        let since = self.machines.get(relay).and_then(|machine| Some(machine.try_lock().ok()?.since));
        self.time(since.unwrap_or_else(Instant::now))
    }

    /// Limits how many Emails somebody may have.
    pub(crate) async fn limit(
        &self,
        relay: usize,
        address: &str,
        letters: Option<u64>,
    ) -> Result<(), Trouble> {
        let Some(machine) = self.machines.get(relay) else { return Ok(()) };
        let machine = machine.lock().await;
        let Some(relay) = machine.relay() else { return Ok(()) };
        relay.set_quota(address, None, letters).map(drop).map_err(told("a quota"))
    }

    /// What was found and counted.
    pub(super) async fn close(&self) -> (Vec<Finding>, Counts) {
        let findings = std::mem::take(&mut *self.findings.lock().unwrap_or_else(PoisonError::into_inner));
        let mut counts = *self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let net = self.net.counts();
        (counts.lines, counts.cuts, counts.stalls) = (net.lines, net.cuts, net.stalls);
        (findings, counts)
    }
}
