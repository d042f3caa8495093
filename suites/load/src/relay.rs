//! The relay as a process: started, and watched.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use sceau_crash::process::Serving;
use sceau_crash::trouble::{Trouble, told};

use crate::machine;

/// Requests are not counted: all of them come from one network.
const WORDS: [&str; 4] = ["--rates", "off", "--listen", "127.0.0.1:0"];

/// A serving relay; it ends with this.
pub(crate) struct Relay {
    serving: Serving,
    pub(crate) address: SocketAddr,
    /// From its start until it said where it listens.
    pub(crate) start: Duration,
}

impl Relay {
    /// Starts this program as `sceau-relay serve` on a data folder.
    pub(crate) fn start(data: &Path) -> Result<Self, Trouble> {
        Self::begin(data, &WORDS)
    }

    /// The same as one of several over a database, each of which keeps a trace of its own.
    pub(crate) fn start_as(node: &str, data: &Path) -> Result<Self, Trouble> {
        Self::begin(data, &[&WORDS[..], &["--node", node]].concat())
    }

    fn begin(data: &Path, words: &[&str]) -> Result<Self, Trouble> {
        let program = std::env::current_exe().map_err(told("this program"))?;
        let begun = Instant::now();
        let serving = Serving::start(&program, None, data, words)?;
        let start = begun.elapsed();
        let address =
            serving.address.ok_or_else(|| Trouble::new("the relay does not say where it listens"))?;
        Ok(Self { serving, address, start })
    }

    /// Octets of memory that are its own and in use.
    pub(crate) fn memory(&self) -> Result<u64, Trouble> {
        machine::memory(self.serving.id())
    }

    /// Processor time it has used.
    pub(crate) fn processor(&self) -> Result<Duration, Trouble> {
        machine::processor(self.serving.id())
    }
}
