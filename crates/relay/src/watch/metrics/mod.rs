//! What is counted while the relay works: by adding to numbers in memory, never by a query.
//!
//! Labels are words of the program (routes, methods, error names), so that there are only so many series and nothing a caller
//! sent is among them. A module with figures of its own makes them and gives them to [`Metrics::add`].

mod gauges;
mod latency;
mod process;

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use prometheus_client::{
    encoding::text::encode,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Metric, Registry},
};

use super::figures::Figures;
use crate::{fault::Fault, letter::deliver::Tally, store::Commits};
use gauges::Gauges;
use latency::Latency;

pub(crate) use latency::Buckets;

/// What the names of the relay's figures begin with.
const PREFIX: &str = "sceau";

/// Label names and values: words of the program.
type Labels<const N: usize> = [(&'static str, String); N];

/// Every figure of a relay.
pub(crate) struct Metrics {
    registry: Mutex<Registry>,
    requests: Family<Labels<3>, Counter>,
    durations: Family<Labels<1>, Histogram>,
    calls: Family<Labels<2>, Counter>,
    accepted: Counter,
    recipients: Family<Labels<1>, Counter>,
    streams: Family<Labels<1>, Gauge>,
    gauges: Gauges,
    latency: Latency,
    failures: Counter,
}

/// A connection counted as long as it is open.
pub(crate) struct Open(Gauge);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// The numbers so far, for charts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Totals {
    pub(crate) accepted: u64,
    pub(crate) delivered: u64,
    pub(crate) undelivered: u64,
    /// Requests the relay itself failed at.
    pub(crate) failures: u64,
    pub(crate) latency: Buckets,
}

impl Metrics {
    pub(crate) fn new(commits: &Commits) -> Self {
        let mut root = Registry::default();
        let gauges = Gauges::register(&mut root);
        let metrics = Self {
            registry: Mutex::new(root),
            requests: Family::default(),
            durations: Family::new_with_constructor(latency::histogram),
            calls: Family::default(),
            accepted: Counter::default(),
            recipients: Family::default(),
            streams: Family::default(),
            gauges,
            latency: Latency::default(),
            failures: Counter::default(),
        };
        metrics.add("http_requests", "Requests answered", metrics.requests.clone());
        metrics.add("http_request_duration_seconds", "Time to the answer", metrics.durations.clone());
        metrics.add("method_calls", "JMAP method calls answered", metrics.calls.clone());
        metrics.add("letters_accepted", "Letters accepted for sending", metrics.accepted.clone());
        metrics.add("letter_recipients", "Recipients by what became of them", metrics.recipients.clone());
        metrics.add("open_streams", "Event sources and WebSockets open now", metrics.streams.clone());
        metrics.add("commits", "Commits of the database", commits.number.clone());
        metrics.add("commit_members", "Transactions that shared one commit", commits.members.clone());
        metrics
    }

    /// Adds a figure: of a module of the relay, under the relay's prefix.
    pub(crate) fn add(&self, name: &str, help: &str, metric: impl Metric) {
        let mut root = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        root.sub_registry_with_prefix(PREFIX).register(name, help, metric);
    }

    /// Counts one request and how long its answer took.
    pub(crate) fn request(&self, route: &'static str, method: &str, status: u16, took: Duration) {
        let labels = [("route", route.to_owned()), ("method", word(method)), ("status", status.to_string())];
        self.requests.get_or_create(&labels).inc();
        self.durations.get_or_create(&[("route", route.to_owned())]).observe(took.as_secs_f64());
        self.latency.observe(took);
        // One that had no place was not failed at, only put off.
        if status >= 500 && status != 503 {
            self.failures.inc();
        }
    }

    /// Counts one method call; `method` is a name the relay knows.
    pub(crate) fn call(&self, method: &'static str, outcome: &str) {
        self.calls.get_or_create(&[("method", method.to_owned()), ("outcome", outcome.to_owned())]).inc();
    }

    /// Counts a letter that was accepted, after its commit.
    pub(crate) fn accepted(&self) {
        self.accepted.inc();
    }

    /// Counts what became of a letter's recipients, after its commit.
    pub(crate) fn delivered(&self, tally: Tally) {
        self.recipients(true).inc_by(tally.delivered);
        self.recipients(false).inc_by(tally.undelivered);
    }

    fn recipients(&self, delivered: bool) -> Counter {
        let word = if delivered { "delivered" } else { "failed" };
        self.recipients.get_or_create_owned(&[("outcome", word.to_owned())])
    }

    /// Counts a connection that stays open, until what this gives is dropped.
    pub(crate) fn open(&self, kind: &'static str) -> Open {
        let gauge = self.streams.get_or_create_owned(&[("kind", kind.to_owned())]);
        gauge.inc();
        Open(gauge)
    }

    /// The numbers so far.
    pub(crate) fn totals(&self) -> Totals {
        Totals {
            accepted: self.accepted.get(),
            delivered: self.recipients(true).get(),
            undelivered: self.recipients(false).get(),
            failures: self.failures.get(),
            latency: self.latency.buckets(),
        }
    }

    /// All of it as text (OpenMetrics 1.0), with what was just read.
    pub(crate) fn text(&self, figures: &Figures, now: i64) -> Result<String, Fault> {
        self.gauges.set(figures, now);
        let mut text = String::new();
        let root = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        encode(&mut text, &root).map_err(|_| Fault::Damaged("figures"))?;
        Ok(text)
    }
}

/// Methods of HTTP as a label: those there are, so that nobody makes series by inventing some.
fn word(method: &str) -> String {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"];
    KNOWN.into_iter().find(|known| *known == method).unwrap_or("other").to_owned()
}
