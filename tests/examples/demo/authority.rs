//! The demo's authority: its key in a folder of its own, used only through the `sceau` command.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::Trouble;

/// Where the authority lives, and the program that speaks for it.
pub(crate) struct Authority {
    /// `ca.p12`, `ca.pem` and `password`.
    pub(crate) folder: PathBuf,
    /// The `sceau` program.
    pub(crate) sceau: PathBuf,
}

impl Authority {
    /// SHA-256 of its certificate, as an enrolment letter prints it, without spaces.
    pub(crate) fn fingerprint(&self) -> Result<String, Trouble> {
        let pem = fs::read_to_string(self.folder.join("ca.pem"))?;
        let base64: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        Ok(hex::encode(Sha256::digest(STANDARD.decode(base64)?)))
    }

    /// Answers a PKCS#10 request with a certificate.
    pub(crate) fn issue(&self, request: &str, email: &str, usage: &str) -> Result<Vec<u8>, Trouble> {
        let csr = self.folder.join(format!("{email}-{usage}.csr"));
        let out = self.folder.join(format!("{email}-{usage}.pem"));
        fs::write(&csr, request)?;
        let words = ["ca", "issue", "--usage", usage, "--email", email].map(OsStr::new);
        let (key, password) = (self.folder.join("ca.p12"), self.folder.join("password"));
        let files = [("--ca", &key), ("--csr", &csr), ("--out", &out), ("--password-file", &password)];
        let options = files.iter().flat_map(|(name, path)| [OsStr::new(name), path.as_os_str()]);
        said(Command::new(&self.sceau).args(words).args(options))?;
        Ok(fs::read(out)?)
    }
}

/// Invites somebody at the relay; the one-time enrolment code.
pub(crate) fn invite(relay: &Path, data: &Path, address: &str, name: &str) -> Result<String, Trouble> {
    let mut command = Command::new(relay);
    command.args(["account", "add", address, "--name", name, "--json", "--data"]).arg(data);
    let answer: serde_json::Value = serde_json::from_slice(&said(&mut command)?)?;
    let code = answer.get("enrolmentCode").and_then(serde_json::Value::as_str);
    Ok(code.ok_or("the relay gave no enrolment code")?.to_owned())
}

fn said(command: &mut Command) -> Result<Vec<u8>, Trouble> {
    let output = command.output()?;
    match output.status.success() {
        true => Ok(output.stdout),
        false => Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)).into()),
    }
}
