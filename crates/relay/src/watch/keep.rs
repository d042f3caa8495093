//! What happens by itself while the relay serves.

use std::time::Duration;

use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::{fault::Fault, limits, log, relay::Relay};

/// Writes what waits to be written down, anchors it, and takes samples, until the process ends.
pub(crate) async fn keep(relay: Relay) {
    let (mut seconds, mut hours) = (every(limits::ACCESS_TRACE_FLUSH), every(limits::ACCESS_TRACE_ANCHOR));
    let mut minutes = every(Duration::from_secs(limits::SAMPLE_SECONDS.unsigned_abs()));
    loop {
        let work: fn(&Relay) -> Result<(), Fault> = tokio::select! {
            _ = seconds.tick() => Relay::write_access_trace,
            _ = minutes.tick() => Relay::take_sample,
            _ = hours.tick() => Relay::anchor_access_trace,
        };
        if let Err(fault) = relay.blocking(work).await {
            log::line("watching_failed", &[("fault", &fault.to_string())]);
        }
    }
}

/// Sends spans to the collector, until the process ends.
pub(crate) async fn send_spans(relay: Relay) {
    let mut ticks = every(limits::SPANS_FLUSH);
    loop {
        ticks.tick().await;
        relay.send_spans().await;
    }
}

fn every(time: Duration) -> Interval {
    let mut ticks = interval(time);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
