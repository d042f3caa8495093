//! Structured lines on standard error: what happened, never to whom, never content.

use std::{
    io::Write as _,
    sync::atomic::{AtomicU64, Ordering},
};

use crate::random::generate_bytes;

/// Numbers operations: a random start per process, then counted, so that a number names one log line.
#[derive(Debug)]
pub(crate) struct Operations {
    process: String,
    next: AtomicU64,
}

impl Operations {
    pub(crate) fn new() -> Self {
        Self { process: hex::encode(generate_bytes::<4>()), next: AtomicU64::new(1) }
    }

    pub(crate) fn next(&self) -> String {
        format!("{}-{}", self.process, self.next.fetch_add(1, Ordering::Relaxed))
    }
}

/// Writes one line: `event` and its members as `name=value`, values without spaces.
///
/// Members are numbers, statuses and route templates: whatever a caller sends stays out.
pub(crate) fn line(event: &str, members: &[(&str, &str)]) {
    let mut text = format!("event={event}");
    for (name, value) in members {
        text.push(' ');
        text.push_str(name);
        text.push('=');
        text.extend(value.chars().map(|c| if c.is_whitespace() || c.is_control() { '_' } else { c }));
    }
    #[cfg(feature = "simulation")]
    if crate::simulated::log(&text) {
        return;
    }
    // A log that is full or that nobody reads any more is no reason to stop serving.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
