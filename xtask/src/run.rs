//! Other programs: started with our search path, in the work tree, their failure told as a sentence.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::place::Place;
use crate::trouble::{Trouble, trouble};

/// A program about to be run.
#[derive(Debug)]
pub(crate) struct Program {
    command: Command,
    shown: String,
}

/// A program by name or path, run in the work tree.
pub(crate) fn program(place: &Place, name: impl AsRef<OsStr>) -> Program {
    let mut command = Command::new(found(place, name.as_ref()));
    command.current_dir(place.root()).env("PATH", place.search_path());
    forget_outer_cargo(&mut command);
    Program { command, shown: name.as_ref().to_string_lossy().into_owned() }
}

/// Cargo, as the toolchain file says.
pub(crate) fn cargo(place: &Place, arguments: &[&str]) -> Program {
    program(place, "cargo").args(arguments)
}

impl Program {
    /// Adds arguments.
    pub(crate) fn args<S: AsRef<OsStr>>(mut self, arguments: &[S]) -> Self {
        for argument in arguments {
            self.shown.push(' ');
            self.shown.push_str(&argument.as_ref().to_string_lossy());
            self.command.arg(argument);
        }
        self
    }

    /// Sets a variable.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Writes its standard error to a file.
    pub(crate) fn complain_to(mut self, file: std::fs::File) -> Self {
        self.command.stderr(file);
        self
    }

    /// Runs elsewhere than in the work tree.
    pub(crate) fn within(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Runs to the end; its output goes where ours goes. `next` is what to do if it fails.
    pub(crate) fn run(mut self, next: &str) -> Result<(), Trouble> {
        let status = self.command.status().map_err(|error| self.not_started(&error))?;
        match status.success() {
            true => Ok(()),
            false => Err(trouble(format!("`{}` ended with {status}", self.shown), next)),
        }
    }

    /// Runs to the end and hands back what it printed; on failure shows it.
    pub(crate) fn read(mut self, next: &str) -> Result<String, Trouble> {
        let output = self.command.stdin(Stdio::null()).output().map_err(|error| self.not_started(&error))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(trouble(format!("`{}` ended with {}\n{said}", self.shown, output.status), next));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// The command itself, for those who keep the program running.
    pub(crate) fn into_command(self) -> Command {
        self.command
    }

    fn not_started(&self, error: &std::io::Error) -> Trouble {
        trouble(format!("`{}` could not be started: {error}", self.shown), "Run ./x setup, then try again.")
    }
}

/// Whether a program of that name is on our search path.
pub(crate) fn is_there(place: &Place, name: &str) -> bool {
    std::env::split_paths(&place.search_path()).any(|folder| folder.join(name).is_file())
}

/// `Command` looks a bare name up in *our* own PATH, not in the child's: look it up ourselves.
fn found(place: &Place, name: &OsStr) -> std::ffi::OsString {
    if Path::new(name).components().count() > 1 {
        return name.to_owned();
    }
    std::env::split_paths(&place.search_path())
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
        .map_or_else(|| name.to_owned(), Into::into)
}

/// `cargo run` tells us about ourselves in variables that build scripts watch; passed on, they would rebuild packages.
fn forget_outer_cargo(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let about_us = text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_");
        if about_us || ["CARGO", "LD_LIBRARY_PATH"].contains(&text.as_ref()) {
            command.env_remove(&name);
        }
    }
}
