//! The relay as a process.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::trouble::{Trouble, told};

/// Where a process is to end itself.
#[derive(Debug)]
pub struct Place<'a> {
    /// Its name.
    pub name: &'a str,
    /// How many times it passes there before.
    pub before: usize,
}

/// The program as a relay, with a place to end at.
fn relay(program: &Path, place: Option<&Place<'_>>) -> Command {
    let mut command = Command::new(program);
    command.arg("relay").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    command.env_remove("SCEAU_FAIL_POINT");
    if let Some(Place { name, before }) = place {
        command.env("SCEAU_FAIL_POINT", format!("{name}:{before}"));
    }
    command
}

/// Runs a command of the relay to its end.
///
/// # Errors
/// When it cannot be started.
pub fn run(
    program: &Path,
    place: Option<&Place<'_>>,
    arguments: &[&str],
    folders: &[(&str, &Path)],
) -> Result<ExitStatus, Trouble> {
    let mut command = relay(program, place);
    command.args(arguments);
    for (name, folder) in folders {
        command.arg(name).arg(folder);
    }
    command.stdout(Stdio::null()).status().map_err(told("the relay could not be started"))
}

/// A serving relay.
#[derive(Debug)]
pub struct Serving {
    child: Child,
    /// `None` when it ended before it listened.
    pub address: Option<SocketAddr>,
}

impl Serving {
    /// Starts one over a data folder; `words` are further words of `serve`.
    ///
    /// # Errors
    /// When it cannot be started or says nothing.
    pub fn start(
        program: &Path,
        place: Option<&Place<'_>>,
        data: &Path,
        words: &[&str],
    ) -> Result<Self, Trouble> {
        let mut command = relay(program, place);
        command.arg("serve").args(words).arg("--data").arg(data);
        let mut child = command.spawn().map_err(told("the relay could not be started"))?;
        let out = child.stdout.take().ok_or_else(|| Trouble::new("the relay has no output"))?;
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line).map_err(told("the relay's output"))?;
        let address = line.trim().strip_prefix("listening on http://").and_then(|at| at.parse().ok());
        Ok(Self { child, address })
    }

    /// The number of its process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Stops it where it is, as a machine does that has no time for it.
    ///
    /// # Errors
    /// When it has ended.
    pub fn pause(&self) -> Result<(), Trouble> {
        self.signal(Signal::STOP)
    }

    /// Lets it go on.
    ///
    /// # Errors
    /// When it has ended.
    pub fn go_on(&self) -> Result<(), Trouble> {
        self.signal(Signal::CONT)
    }

    fn signal(&self, signal: Signal) -> Result<(), Trouble> {
        kill_process(Pid::from_child(&self.child), signal).map_err(told("the relay's process"))
    }

    /// Ends it, unless it has ended; whether it ended itself by `abort`.
    ///
    /// # Errors
    /// When nobody knows how it ended.
    pub fn end(mut self) -> Result<bool, Trouble> {
        // It may just be ending.
        let _ = self.child.kill();
        let status = self.child.wait().map_err(told("the relay"))?;
        Ok(is_abort(status))
    }

    /// Whether it has ended itself; does not wait for it.
    ///
    /// # Errors
    /// When nobody knows.
    pub fn has_ended(&mut self) -> Result<bool, Trouble> {
        Ok(self.child.try_wait().map_err(told("the relay"))?.is_some())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Of one that was ended nothing is left to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether a process ended itself by `abort`.
#[must_use]
pub fn is_abort(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt as _;
    status.signal() == Some(6)
}
