//! Named places between two durable effects, where a suite can end the process as a power cut or `kill -9` would.
//!
//! Without the feature `fail-points` nothing of this is compiled. With it, the variable `SCEAU_FAIL_POINT` holds the name of
//! one place and how many times it is passed before: `blob.renamed:3`. docs/design/crash.md lists them.

/// Ends the process here when the suite asked for it.
macro_rules! fail_point {
    ($name:literal) => {
        #[cfg(feature = "fail-points")]
        $crate::fail_point::reached($name);
    };
}

pub(crate) use fail_point;

/// Counts the place, and aborts when it is the one and its turn has come: no destructor runs, no buffer is written.
#[cfg(feature = "fail-points")]
pub(crate) fn reached(name: &str) {
    use std::sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    };
    static ASKED: OnceLock<Option<(String, u64)>> = OnceLock::new();
    static PASSED: AtomicU64 = AtomicU64::new(0);
    let asked = ASKED.get_or_init(|| {
        let text = std::env::var("SCEAU_FAIL_POINT").ok()?;
        let (name, before) = text.split_once(':')?;
        Some((name.to_owned(), before.parse().ok()?))
    });
    if let Some((wanted, before)) = asked
        && wanted == name
        && PASSED.fetch_add(1, Ordering::SeqCst) == *before
    {
        std::process::abort();
    }
}
