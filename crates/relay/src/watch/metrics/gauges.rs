//! Figures that are read when somebody looks.

use prometheus_client::{
    metrics::{family::Family, gauge::Gauge},
    registry::Registry,
};

use super::{Labels, PREFIX, process};
use crate::watch::figures::Figures;

pub(super) struct Gauges {
    waiting: Gauge,
    overdue: Gauge,
    queued: Gauge,
    queued_for: Gauge,
    accounts: Gauge,
    emails: Gauge,
    blobs: Gauge,
    blob_bytes: Gauge,
    database: Gauge,
    free: Gauge,
    certificates: Family<Labels<2>, Gauge>,
    expiry: Family<Labels<1>, Gauge>,
    process: process::Gauges,
}

impl Gauges {
    pub(super) fn register(root: &mut Registry) -> Self {
        let process = process::Gauges::register(root);
        let registry = root.sub_registry_with_prefix(PREFIX);
        let mut gauge = |name: &str, help: &str| {
            let gauge = Gauge::default();
            registry.register(name, help, gauge.clone());
            gauge
        };
        let (certificates, expiry) = (Family::default(), Family::default());
        let gauges = Self {
            waiting: gauge("letters_waiting", "Letters accepted and not delivered yet"),
            overdue: gauge("oldest_waiting_seconds", "How long the oldest letter that is due has waited"),
            queued: gauge("queue_recipients", "Recipients that wait for another relay"),
            queued_for: gauge("queue_oldest_seconds", "How long the first of them has waited"),
            accounts: gauge("accounts", "Accounts"),
            emails: gauge("emails", "Emails in all accounts"),
            blobs: gauge("blobs", "Blobs kept"),
            blob_bytes: gauge("blob_bytes", "Octets of the blobs kept"),
            database: gauge("database_bytes", "Size of the database"),
            free: gauge("disk_free_bytes", "Room left on the disk of the blobs"),
            certificates: Family::clone(&certificates),
            expiry: Family::clone(&expiry),
            process,
        };
        registry.register("certificates", "Certificates by when they expire", certificates);
        registry.register(
            "certificate_expiry_timestamp_seconds",
            "When the next of them expires that has not yet",
            expiry,
        );
        gauges
    }

    pub(super) fn set(&self, figures: &Figures, now: i64) {
        self.waiting.set(figures.waiting);
        self.overdue.set(figures.overdue(now));
        self.queued.set(figures.queued);
        self.queued_for.set(figures.queued_for(now));
        self.accounts.set(figures.stock.accounts);
        self.emails.set(figures.stock.emails);
        self.blobs.set(figures.stock.blobs);
        self.blob_bytes.set(figures.stock.blob_bytes);
        self.database.set(whole(figures.database));
        self.free.set(whole(figures.free.unwrap_or(0)));
        for (kind, expiring) in figures.stock.expiring.kinds() {
            for (state, number) in expiring.states(now) {
                let labels = [("kind", kind.to_owned()), ("expires", state.to_owned())];
                self.certificates.get_or_create(&labels).set(number);
            }
            let next = expiring.next(now).unwrap_or(0);
            self.expiry.get_or_create(&[("kind", kind.to_owned())]).set(next);
        }
        self.process.set();
    }
}

/// No disk is larger than what a gauge counts.
fn whole(octets: u64) -> i64 {
    i64::try_from(octets).unwrap_or(i64::MAX)
}
