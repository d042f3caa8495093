//! The relay as a process.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use crate::trouble::{Trouble, told};

/// Where a process is to end itself.
pub(super) struct Place<'a> {
    pub(super) name: &'a str,
    /// How many times it passes there before.
    pub(super) before: usize,
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
pub(super) fn run(
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
pub(super) struct Serving {
    child: Child,
    /// `None` when it ended before it listened.
    pub(super) address: Option<SocketAddr>,
}

impl Serving {
    pub(super) fn start(program: &Path, place: Option<&Place<'_>>, data: &Path) -> Result<Self, Trouble> {
        let mut command = relay(program, place);
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data);
        let mut child = command.spawn().map_err(told("the relay could not be started"))?;
        let out = child.stdout.take().ok_or_else(|| Trouble::new("the relay has no output"))?;
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line).map_err(told("the relay's output"))?;
        let address = line.trim().strip_prefix("listening on http://").and_then(|at| at.parse().ok());
        Ok(Self { child, address })
    }

    /// Ends it, unless it has ended; whether it ended itself by `abort`.
    pub(super) fn end(mut self) -> Result<bool, Trouble> {
        // It may just be ending.
        let _ = self.child.kill();
        let status = self.child.wait().map_err(told("the relay"))?;
        Ok(is_abort(status))
    }

    /// Waits until it has ended itself; not for ever.
    pub(super) fn has_ended(&mut self) -> Result<bool, Trouble> {
        Ok(self.child.try_wait().map_err(told("the relay"))?.is_some())
    }
}

/// Whether a process ended itself by `abort`.
pub(super) fn is_abort(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt as _;
    status.signal() == Some(6)
}
