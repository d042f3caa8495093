//! A folder to work in, and how programs are run in it.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// The pass phrase of every container made here.
pub(crate) const PASSWORD: &str = "phrase d'essai";

/// The command under test: ours, or the one that SCEAU_BIN names, such as the npm package's `bin/sceau.mjs`.
pub(crate) fn program() -> std::ffi::OsString {
    std::env::var_os("SCEAU_BIN").unwrap_or_else(|| env!("CARGO_BIN_EXE_sceau").into())
}

/// A temporary folder in which commands run.
pub(crate) struct Bench {
    folder: tempfile::TempDir,
}

/// What a command gave.
pub(crate) struct Run {
    pub(crate) exit: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            exit: output.status.code().expect("ended by a signal"),
            stdout: output.stdout,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.stdout)
            .unwrap_or_else(|e| panic!("{e}: {} {}", self.text(), self.stderr))
    }

    #[track_caller]
    pub(crate) fn expect(self, exit: i32) -> Self {
        let shown = String::from_utf8_lossy(&self.stdout);
        assert_eq!(self.exit, exit, "stdout: {shown}\nstderr: {}", self.stderr);
        self
    }
}

impl Bench {
    pub(crate) fn new() -> Self {
        let bench = Self { folder: tempfile::tempdir().unwrap() };
        bench.write("password.txt", format!("{PASSWORD}\n").as_bytes());
        bench
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    /// Runs `sceau` with arguments separated by spaces; the pass phrase is in the variable.
    pub(crate) fn sceau(&self, arguments: &str) -> Run {
        self.run(self.command(arguments).env("SCEAU_PASSWORD", PASSWORD))
    }

    /// Runs `sceau` without any pass phrase in the air.
    pub(crate) fn sceau_bare(&self, arguments: &str) -> Run {
        self.run(self.command(arguments).env_remove("SCEAU_PASSWORD"))
    }

    /// The same with each argument by itself.
    pub(crate) fn sceau_words(&self, words: &[String]) -> Run {
        self.run(Command::new(program()).args(words).env_remove("SCEAU_PASSWORD"))
    }

    /// Containers are closed with few rounds, or the tests would do little else than derive keys.
    pub(crate) fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(program());
        command.args(arguments.split(' '));
        if ["key new", "key certify", "ca new"].iter().any(|form| arguments.starts_with(form)) {
            command.args(["--danger-iterations", "1000"]);
        }
        command
    }

    pub(crate) fn run(&self, command: &mut Command) -> Run {
        let command = command.current_dir(self.folder.path()).stdin(Stdio::null());
        Run::of(command.output().unwrap_or_else(|e| panic!("{command:?}: {e}")))
    }

    /// Runs the `openssl` program, which must succeed.
    #[track_caller]
    pub(crate) fn openssl(&self, arguments: &str) -> Run {
        let run = self.run(Command::new("openssl").args(arguments.split(' ')));
        run.expect(0)
    }

    /// An authority for `clinique.example` in ca.p12 and ca.pem.
    pub(crate) fn authority(&self) {
        let run = self.sceau("ca new --name Autorité --domain clinique.example --out ca.p12");
        self.write("ca.pem", &run.expect(0).stdout);
    }

    /// Keys in NAME.p12 whose certificates, in NAME.pem, the authority issued.
    pub(crate) fn person(&self, name: &str, more: &str) {
        let email = format!("{name}@clinique.example");
        let new =
            format!("key new --name {name} --email {email} --csr {name}.csr --out {name}-new.p12{more}");
        self.sceau(&new).expect(0);
        self.sceau(&format!("ca issue --ca ca.p12 --csr {name}.csr --email {email} --out {name}.pem"))
            .expect(0);
        let files = format!("--cert {name}.pem --cert ca.pem --out {name}.p12");
        self.sceau(&format!("key certify --key {name}-new.p12 {files}")).expect(0);
    }
}

/// The codes in a list of reasons or warnings.
pub(crate) fn codes(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|note| note["code"].as_str().unwrap()).collect()
}
