//! `./x bench`: what takes how long, natively and in a worker of Chromium, in one run. `./x bench smime` and `./x bench mime`:
//! beside others. `./x bench relay`: the relay under load.

mod beside;
mod goals;
mod mime;
mod page;
mod relay;
mod smime;
mod tables;

use std::path::Path;

use crate::build::WASM_FLAGS;
use crate::place::Place;
use crate::progress::{Outcome, Steps};
use crate::run::{cargo, program};
use crate::trouble::{Trouble, trouble};
use crate::{browser, checks, setup};

const NEXT: &str = "See above; the measurements are in crates/smime/benches and tests/browser/bench.mjs.";
const NATIVE: &[&str] = &["bench", "--locked", "-p", "sceau-smime", "--bench", "letters"];

/// What to measure.
pub(crate) fn run(place: &Place, rest: &[String]) -> Result<(), Trouble> {
    match rest.split_first() {
        None => own(place),
        Some((word, rest)) if word == "smime" => beside::run(place, &smime::SMIME, rest),
        Some((word, rest)) if word == "relay" => relay::run(place, rest),
        Some((word, rest)) if word == "mime" => beside::run(place, &mime::MIME, rest),
        Some((word, _)) => Err(trouble(format!("'{word}' is not understood here"), "See ./x help.")),
    }
}

/// The same jobs twice: by the native library, and by the same code compiled for the page.
fn own(place: &Place) -> Result<(), Trouble> {
    let (mut native, mut worker) = (Vec::new(), Vec::new());
    let mut steps = Steps::new(4);
    steps.step("tools", || setup::for_test(place))?;
    steps.step("programs", || compiled(place))?;
    steps.step("natively", || measured(&mut native, natively(place)))?;
    steps.step("in Chromium's worker", || measured(&mut worker, in_a_worker(place)))?;
    print!("{}", table(&native, &worker)?);
    steps.finish();
    Ok(())
}

fn compiled(place: &Place) -> Result<Outcome, Trouble> {
    checks::programs(place)?;
    cargo(place, NATIVE).args(&["--no-run"]).run(NEXT)?;
    library(place)
}

fn measured(rows: &mut Vec<Row>, found: Result<Vec<Row>, Trouble>) -> Result<Outcome, Trouble> {
    *rows = found?;
    Ok(Outcome::Done)
}

fn library(place: &Place) -> Result<Outcome, Trouble> {
    let options = ["--locked", "--profile", "wasm-release", "--target", "wasm32-unknown-unknown"];
    cargo(place, &["build", "-p", "sceau-wasm"])
        .args(&options)
        .env(WASM_FLAGS, place.wasm_flags())
        .run(NEXT)?;
    let module = place.wasm_module("sceau_wasm");
    program(place, "wasm-bindgen")
        .args(&["--target", "no-modules", "--no-typescript", "--out-name", "bench", "--out-dir"])
        .args(&[place.cache("bench").as_path(), module.as_path()])
        .run(NEXT)?;
    Ok(Outcome::Done)
}

fn natively(place: &Place) -> Result<Vec<Row>, Trouble> {
    rows(&cargo(place, NATIVE).read(NEXT)?)
}

fn in_a_worker(place: &Place) -> Result<Vec<Row>, Trouble> {
    let folder = place.cache("bench");
    let said = browser::script(place, &["bench.mjs"])
        .args(&[Path::new(&folder.join("bench.js")), &folder.join("bench_bg.wasm")])
        .read(NEXT)?;
    rows(&said)
}

/// One measurement as both programs print it.
#[derive(Debug, PartialEq)]
struct Row {
    operation: String,
    keys: String,
    bytes: u64,
    /// Median, least and most, in milliseconds.
    times: [f64; 3],
}

/// Lines that are no measurement are those of the tools around.
fn rows(said: &str) -> Result<Vec<Row>, Trouble> {
    let found: Vec<Row> = said.lines().filter_map(Row::read).collect();
    if found.is_empty() { Err(trouble("no measurement was printed", NEXT)) } else { Ok(found) }
}

impl Row {
    fn read(line: &str) -> Option<Self> {
        let fields: Vec<&str> = line.split('\t').collect();
        let [operation, keys, bytes, median, least, most] = fields.as_slice() else { return None };
        let time = |text: &str| text.parse().ok();
        Some(Self {
            operation: (*operation).to_owned(),
            keys: (*keys).to_owned(),
            bytes: bytes.parse().ok()?,
            times: [time(median)?, time(least)?, time(most)?],
        })
    }

    fn figures(&self) -> String {
        let [median, least, most] = self.times;
        let range = format!("({least:.1} to {most:.1})");
        format!("{median:>9.1}  {range:<22}")
    }
}

fn table(native: &[Row], worker: &[Row]) -> Result<String, Trouble> {
    let heading =
        format!("{:<10}{:<9}{:>10}  {:<33}  {}", "job", "keys", "input", "natively", "Chromium's worker");
    let mut lines = vec!["Milliseconds: the median of 5 runs (least to most)".to_owned(), heading];
    for (row, other) in native.iter().zip(worker) {
        if (&row.operation, &row.keys) != (&other.operation, &other.keys) {
            return Err(trouble("the two programs did not measure the same jobs", NEXT));
        }
        let (job, input) = (format!("{:<10}{:<9}", row.operation, row.keys), size(row.bytes));
        lines.push(format!("{job}{input:>10}  {}  {}", row.figures(), other.figures()).trim_end().to_owned());
    }
    lines.push("`list 1000` with RSA: 50 cards opened, their time times 20.".to_owned());
    Ok(lines.join("\n") + "\n")
}

fn size(bytes: u64) -> String {
    const MEBIBYTE: u64 = 1024 * 1024;
    match bytes {
        0..MEBIBYTE => format!("{} KiB", bytes / 1024),
        _ => format!("{}.{} MiB", bytes / MEBIBYTE, bytes % MEBIBYTE * 10 / MEBIBYTE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_both_programs_stand_side_by_side() {
        let native = rows("   Compiling x\nseal\tp256\t20480\t1.2\t1.1\t1.5\n").unwrap();
        let worker = rows("seal\tp256\t20480\t9.0\t8.0\t10.0\n").unwrap();
        let table = table(&native, &worker).unwrap();
        let row = table.lines().nth(2).unwrap();
        let words: Vec<&str> = row.split_whitespace().collect();
        assert_eq!(
            words,
            ["seal", "p256", "20", "KiB", "1.2", "(1.1", "to", "1.5)", "9.0", "(8.0", "to", "10.0)"]
        );
    }

    #[test]
    fn different_jobs_are_not_compared() {
        let native = rows("seal\tp256\t20480\t1.2\t1.1\t1.5\n").unwrap();
        let worker = rows("open\tp256\t20480\t9.0\t8.0\t10.0\n").unwrap();
        assert!(table(&native, &worker).is_err());
        assert!(rows("nothing\n").is_err());
    }
}
