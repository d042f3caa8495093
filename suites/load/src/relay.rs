//! The relay as a process: started, watched, stopped.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sceau_crash::trouble::{Trouble, told};

use crate::machine;

/// A serving relay; it ends with this.
pub(crate) struct Relay {
    child: Child,
    pub(crate) address: SocketAddr,
    /// From its start until it said where it listens.
    pub(crate) start: Duration,
}

impl Relay {
    /// Starts this program as `sceau-relay serve` on a data folder. Requests are not counted: the bench is one account's network.
    pub(crate) fn start(data: &Path) -> Result<Self, Trouble> {
        let program = std::env::current_exe().map_err(told("this program"))?;
        let begun = Instant::now();
        let mut child = Command::new(program)
            .args(["relay", "serve", "--rates", "off", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(told("the relay could not be started"))?;
        let out = child.stdout.take().ok_or_else(|| Trouble::new("the relay has no output"))?;
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line).map_err(told("the relay's output"))?;
        let address = line.trim().strip_prefix("listening on http://").and_then(|at| at.parse().ok());
        let address = address.ok_or_else(|| Trouble::new("the relay does not say where it listens"))?;
        Ok(Self { child, address, start: begun.elapsed() })
    }

    /// Octets of memory that are its own and in use.
    pub(crate) fn memory(&self) -> Result<u64, Trouble> {
        machine::memory(self.child.id())
    }

    /// Processor time it has used.
    pub(crate) fn processor(&self) -> Result<Duration, Trouble> {
        machine::processor(self.child.id())
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        // What it accepted is durable; it may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
