//! `./x memory`: letters larger than memory, sealed and opened natively and in a worker of Chromium, and what they take.

use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};

use crate::place::Place;
use crate::progress::{Outcome, Steps};
use crate::run::cargo;
use crate::trouble::{Trouble, trouble};
use crate::{browser, package, setup};

const NEXT: &str = "The letter was not handled: see above.";
/// The most a letter may take, in MiB, whatever its size.
const LIMIT: f64 = 96.0;
/// Letters, in MiB.
const NATIVE: u64 = 1024;
const IN_BROWSER: u64 = 256;
/// How often a program is asked what it has taken; the answer is the most it ever had.
const INTERVAL: Duration = Duration::from_millis(20);

/// Both, each with its figures; fails above the limit.
pub(crate) fn run(place: &Place, natively_only: bool) -> Result<(), Trouble> {
    let mut rows = Vec::new();
    let mut steps = Steps::new(if natively_only { 2 } else { 5 });
    steps.step("command", || {
        cargo(place, &["build", "--locked", "--release", "-p", "sceau-cli"]).run(NEXT).map(|()| Outcome::Done)
    })?;
    steps.step("natively", || {
        natively(place, &place.release_binary("sceau"), NATIVE, &mut rows).map(|()| Outcome::Done)
    })?;
    if !natively_only {
        steps.step("tools", || setup::for_package(place))?;
        steps.step("npm package", || package::build(place))?;
        steps.step("in Chromium's worker", || in_a_worker(place, &mut rows).map(|()| Outcome::Done))?;
    }
    print!("{}", table(&rows));
    steps.finish();
    match rows.iter().find(|row| row.taken > LIMIT) {
        None => Ok(()),
        Some(row) => Err(trouble(
            format!("{} took {:.1} MiB, more than {LIMIT:.0}", row.job, row.taken),
            "Something of the letter is kept: docs/design/big-letters.md says what may be.",
        )),
    }
}

/// One job and what it took, in MiB and seconds.
struct Row {
    job: String,
    letter: u64,
    taken: f64,
    seconds: f64,
}

fn table(rows: &[Row]) -> String {
    let mut lines = vec![format!("{:<26}{:>12}{:>14}{:>10}", "job", "letter MiB", "most MiB", "seconds")];
    for row in rows {
        let Row { job, letter, taken, seconds } = row;
        lines.push(format!("{job:<26}{letter:>12}{taken:>14.1}{seconds:>10.1}"));
    }
    lines.join("\n") + "\n"
}

/// Seals and opens a letter with the command, in a folder that is removed afterwards.
fn natively(place: &Place, sceau: &Path, letter: u64, rows: &mut Vec<Row>) -> Result<(), Trouble> {
    let folder = Folder::new(place.cache("memory"))?;
    let bench = Bench { sceau, folder: &folder.0 };
    bench.people()?;
    let expected = write_mail(&folder.0.join("mail.eml"), letter).map_err(|error| folder.lost(&error))?;
    for profile in ["default", "compat"] {
        let seal = format!("seal --from a.p12 --to b.pem --in mail.eml --out s.eml --profile {profile}");
        rows.push(bench.measured(&format!("seal {profile}"), letter, &seal)?);
        let open = "open --json --key b.p12 --trust ca.pem --out got s.eml";
        rows.push(bench.measured(&format!("open {profile}"), letter, open)?);
        let report = fs::read_to_string(folder.0.join("said")).map_err(|error| folder.lost(&error))?;
        if !report.contains("\"sealed_signed\"") || !report.contains(&expected) {
            return Err(trouble("the letter arrived as another one", NEXT));
        }
    }
    Ok(())
}

/// A mail with one file of base64, written line by line; the file's SHA-256.
fn write_mail(path: &Path, mebibytes: u64) -> std::io::Result<String> {
    let mut out = BufWriter::new(fs::File::create(path)?);
    out.write_all(
        b"From: <a@cabinet.example>\r\nTo: <b@cabinet.example>\r\nSubject: x\r\nMIME-Version: 1.0\r\n\
          Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nVoici.\r\n--b\r\n\
          Content-Type: image/png; name=\"r.png\"\r\nContent-Transfer-Encoding: base64\r\n\
          Content-Disposition: attachment\r\n\r\n",
    )?;
    let (mut whole, mut line) = (Sha256::new(), Sha256::digest(b"a line"));
    for _ in 0..mebibytes * 1024 * 1024 / 78 {
        line = Sha256::digest(line);
        let octets = [line.as_slice(), line.as_slice()].concat();
        let octets = octets.get(..57).unwrap_or_default();
        whole.update(octets);
        writeln!(out, "{}\r", STANDARD.encode(octets))?;
    }
    out.write_all(b"--b--\r\n")?;
    out.flush()?;
    Ok(hex::encode(whole.finalize()))
}

struct Bench<'a> {
    sceau: &'a Path,
    folder: &'a Path,
}

impl Bench<'_> {
    /// An authority, and two people with its certificates.
    fn people(&self) -> Result<(), Trouble> {
        self.run("ca new --name A --domain cabinet.example --out ca.p12 --danger-iterations 1000")?;
        fs::rename(self.folder.join("said"), self.folder.join("ca.pem"))
            .map_err(|error| self.lost(&error))?;
        for name in ["a", "b"] {
            let person = format!("--name {name} --email {name}@cabinet.example");
            self.run(&format!("key new {person} --csr {name}.csr --out new.p12 --danger-iterations 1000"))?;
            let issue = format!("--csr {name}.csr --email {name}@cabinet.example --out {name}.pem");
            self.run(&format!("ca issue --ca ca.p12 {issue}"))?;
            let certify = format!("--cert {name}.pem --cert ca.pem --out {name}.p12");
            self.run(&format!("key certify --key new.p12 {certify} --danger-iterations 1000"))?;
            fs::remove_file(self.folder.join("new.p12")).map_err(|error| self.lost(&error))?;
        }
        Ok(())
    }

    fn run(&self, arguments: &str) -> Result<(f64, f64), Trouble> {
        let said = fs::File::create(self.folder.join("said")).map_err(|error| self.lost(&error))?;
        let mut command = Command::new(self.sceau);
        let command = command.args(arguments.split(' ')).current_dir(self.folder).stdin(Stdio::null());
        let begin = Instant::now();
        let mut child = command
            .env("SCEAU_PASSWORD", "phrase")
            .stdout(said)
            .spawn()
            .map_err(|error| self.lost(&error))?;
        let mut most = 0.0_f64;
        let status = loop {
            most = most.max(peak(child.id()).unwrap_or_default());
            match child.try_wait().map_err(|error| self.lost(&error))? {
                Some(status) => break status,
                None => std::thread::sleep(INTERVAL),
            }
        };
        match status.success() {
            true => Ok((most, begin.elapsed().as_secs_f64())),
            false => Err(trouble(format!("`sceau {arguments}` ended with {status}"), NEXT)),
        }
    }

    fn measured(&self, job: &str, letter: u64, arguments: &str) -> Result<Row, Trouble> {
        let (taken, seconds) = self.run(arguments)?;
        if taken == 0.0 {
            return Err(trouble("this system does not say what a program takes", "Run it on Linux."));
        }
        Ok(Row { job: job.to_owned(), letter, taken, seconds })
    }

    fn lost(&self, error: &std::io::Error) -> Trouble {
        trouble(format!("{}: {error}", self.folder.display()), "Is the disk full?")
    }
}

/// The most memory that a running program ever had (`VmHWM`), in MiB.
fn peak(id: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes / 1024.0)
}

fn in_a_worker(place: &Place, rows: &mut Vec<Row>) -> Result<(), Trouble> {
    let said = browser::script(place, &["memory.mjs", &IN_BROWSER.to_string()])
        .env("SCEAU_PACKAGE", place.package("smime"))
        .read(NEXT)?;
    for line in said.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [job, _, taken, seconds] = fields.as_slice() else { continue };
        if let (Ok(taken), Ok(seconds)) = (taken.parse(), seconds.parse()) {
            rows.push(Row { job: format!("{job}, wasm memory"), letter: IN_BROWSER, taken, seconds });
        }
    }
    if rows.iter().filter(|row| row.job.ends_with("wasm memory")).count() == 3 {
        return Ok(());
    }
    Err(trouble(format!("the worker printed no figures:\n{said}"), NEXT))
}

/// A folder that is removed with everything in it.
struct Folder(PathBuf);

impl Folder {
    fn new(path: PathBuf) -> Result<Self, Trouble> {
        let folder = Self(path);
        folder.clear().and_then(|()| fs::create_dir_all(&folder.0)).map_err(|error| folder.lost(&error))?;
        Ok(folder)
    }

    fn clear(&self) -> std::io::Result<()> {
        if self.0.exists() { fs::remove_dir_all(&self.0) } else { Ok(()) }
    }

    fn lost(&self, error: &std::io::Error) -> Trouble {
        trouble(format!("{}: {error}", self.0.display()), "Is the disk full?")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is removed the next time.
        let _ = self.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_says_what_it_takes() {
        assert!(peak(std::process::id()).is_some_and(|taken| taken > 0.5));
        assert_eq!(peak(0), None);
    }

    #[test]
    fn figures_stand_in_columns() {
        let row = Row { job: "seal default".to_owned(), letter: 1024, taken: 12.34, seconds: 5.0 };
        let table = table(&[row]);
        let words: Vec<&str> = table.lines().nth(1).unwrap().split_whitespace().collect();
        assert_eq!(words, ["seal", "default", "1024", "12.3", "5.0"]);
    }
}
