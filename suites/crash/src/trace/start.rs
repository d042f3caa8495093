//! Starting a process under the tracer.

use std::ffi::OsStr;
use std::io::BufReader;
use std::process::{Child, ChildStdout, Command, Stdio};

use super::CALLS;
use crate::trouble::{Trouble, told};

/// Octets of one write that are recorded; a longer one ends the suite.
const LONGEST_WRITE: &str = "1048576";

/// A process being recorded.
#[derive(Debug)]
pub struct Tracer {
    child: Child,
    /// What strace says of it.
    pub lines: BufReader<ChildStdout>,
}

/// Whether this machine has `strace` and lets us use it.
#[must_use]
pub fn is_there() -> bool {
    let tried = Command::new("strace").args(["-qq", "-e", "trace=none", "true"]).output();
    tried.is_ok_and(|output| output.status.success())
}

impl Tracer {
    /// Starts a program; its standard output is the tracer's, and what it logs is dropped.
    ///
    /// # Errors
    /// When strace is not there.
    pub fn start<A: AsRef<OsStr>>(
        program: &OsStr,
        arguments: impl IntoIterator<Item = A>,
    ) -> Result<Self, Trouble> {
        let mut child = Command::new("strace")
            // The filter in the kernel: only the calls asked for stop the process.
            .args(["-f", "-qq", "-y", "--seccomp-bpf", "-s", LONGEST_WRITE, "-o", "/dev/stdout", "-e"])
            .arg(format!("trace={CALLS}"))
            .arg(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .env("RUST_BACKTRACE", "0")
            .spawn()
            .map_err(told("strace could not be started"))?;
        let lines = child.stdout.take().ok_or_else(|| Trouble::new("strace has no output"))?;
        Ok(Self { child, lines: BufReader::with_capacity(1 << 20, lines) })
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// When it did not end well.
    pub fn finish(mut self) -> Result<(), Trouble> {
        let status = self.child.wait().map_err(told("strace"))?;
        if status.success() { Ok(()) } else { Err(Trouble(format!("the workload ended with {status}"))) }
    }
}
