//! The process itself, under the names every Prometheus client uses, from `/proc`.

use std::{
    fs,
    sync::atomic::{AtomicU64, Ordering},
};

use prometheus_client::{
    metrics::{counter::Counter, gauge::Gauge},
    registry::Registry,
};
use rustix::{
    param::clock_ticks_per_second,
    process::{Resource, getrlimit},
};

pub(super) struct Gauges {
    cpu: Counter<f64, AtomicU64>,
    memory: Gauge,
    open: Gauge,
    most: Gauge,
}

impl Gauges {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let gauges = Self {
            cpu: Counter::default(),
            memory: Gauge::default(),
            open: Gauge::default(),
            most: Gauge::default(),
        };
        registry.register("process_cpu_seconds", "Processor time used", gauges.cpu.clone());
        registry.register("process_resident_memory_bytes", "Memory in use", gauges.memory.clone());
        registry.register("process_open_fds", "Files and connections open", gauges.open.clone());
        registry.register("process_max_fds", "How many may be", gauges.most.clone());
        gauges
    }

    /// Reads them anew; what cannot be read stays.
    pub(super) fn set(&self) {
        if let Some(seconds) = cpu_seconds() {
            self.cpu.inner().store(seconds.to_bits(), Ordering::Relaxed);
        }
        if let Some(bytes) = resident() {
            self.memory.set(bytes);
        }
        if let Ok(entries) = fs::read_dir("/proc/self/fd") {
            self.open.set(i64::try_from(entries.count()).unwrap_or(i64::MAX));
        }
        if let Some(most) = getrlimit(Resource::Nofile).current {
            self.most.set(i64::try_from(most).unwrap_or(i64::MAX));
        }
    }
}

/// User and system time; the second field of the line is a name in brackets, which may hold anything.
fn cpu_seconds() -> Option<f64> {
    let text = fs::read_to_string("/proc/self/stat").ok()?;
    let (_, rest) = text.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at)?.parse::<u32>().ok();
    let all = f64::from(ticks(11)?) + f64::from(ticks(12)?);
    let per_second = u32::try_from(clock_ticks_per_second()).ok()?;
    Some(all / f64::from(per_second.max(1)))
}

fn resident() -> Option<i64> {
    let text = fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: i64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1_024)
}
