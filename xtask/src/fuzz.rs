//! `./x fuzz`: every decoder under whatever a fuzzer makes up.

use std::fs;
use std::path::PathBuf;

use crate::place::Place;
use crate::progress::{Outcome, Steps};
use crate::run::program;
use crate::setup;
use crate::trouble::{Trouble, trouble};

/// The compiler: coverage and sanitizers are for nightly ones. libFuzzer comes with the crate.
const NIGHTLY: &str = "nightly-2026-10-15";

/// Seconds for each target unless told otherwise.
const SECONDS: u32 = 300;

/// Targets at a time.
const AT_ONCE: usize = 2;

/// One input may take this long: a container may ask for the greatest number of rounds we take, and the sanitizer
/// makes each several times as slow.
const TIMEOUT_SECONDS: u32 = 120;

/// Largest input made up, in octets.
const MAX_INPUT: u32 = 65_536;

/// Foreign files that are seeds, below `SCEAU_VECTORS`.
const FOREIGN: &[(&str, &[&str])] = &[
    ("ber", &["rustcrypto/cms", "rfc4134"]),
    ("content_info", &["rustcrypto/cms", "rfc4134", "lamps"]),
    ("signed_data", &["rustcrypto/cms", "rfc4134"]),
    ("enveloped_data", &["rustcrypto/cms", "rfc4134", "lamps/cht"]),
    ("auth_enveloped_data", &["kim/message", "lamps/cms-ml-kem"]),
    ("compressed_data", &["rustcrypto/cms", "rfc4134"]),
    ("digested_data", &["rustcrypto/cms", "rfc4134"]),
    ("encrypted_data", &["rustcrypto/cms", "rfc4134"]),
    ("authenticated_data", &["rustcrypto/cms"]),
    ("receipt", &["rfc4134"]),
    ("ocsp", &["rustcrypto/ocsp"]),
    ("letter", &["kim/message", "rfc4134"]),
    ("certificate", &["pkits/certs", "rfc4134"]),
    ("crl", &["pkits/crls"]),
    ("private_key", &["lamps/ml-kem-keys", "lamps/ml-dsa-keys", "rustcrypto/cms"]),
    ("pkcs12", &["rustcrypto/pkcs12"]),
    ("pem", &["lamps", "rfc9216"]),
    ("message", &["mail"]),
];

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    seconds: u32,
    targets: Vec<String>,
}

impl Options {
    /// `[--seconds N] [TARGET…]`
    pub(crate) fn parse(words: &[String]) -> Result<Self, Trouble> {
        let mut options = Self { seconds: SECONDS, targets: Vec::new() };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if word == "--seconds" {
                let number = words.next().and_then(|word| word.parse().ok());
                options.seconds =
                    number.ok_or_else(|| trouble("--seconds wants a number", "Such as --seconds 60."))?;
            } else {
                options.targets.push(word.clone());
            }
        }
        Ok(options)
    }
}

/// Builds the targets and runs them; the first finding stops everything.
pub(crate) fn run(place: &Place, options: &Options) -> Result<(), Trouble> {
    let known = targets(place)?;
    if let Some(unknown) = options.targets.iter().find(|target| !known.contains(target)) {
        return Err(trouble(
            format!("there is no target '{unknown}'"),
            format!("These are: {}", known.join(", ")),
        ));
    }
    if std::env::var_os("SCEAU_VECTORS").is_none() {
        println!("SCEAU_VECTORS is not set: the targets begin with our own seeds, without foreign ones.");
    }
    let wanted = if options.targets.is_empty() { &known } else { &options.targets };
    let mut steps = Steps::new(2 + wanted.len().div_ceil(AT_ONCE));
    steps.step("tools", || tools(place))?;
    steps.step("targets", || build(place))?;
    for pair in wanted.chunks(AT_ONCE) {
        steps.step(&pair.join(", "), || together(place, pair, options.seconds))?;
    }
    steps.finish();
    Ok(())
}

/// The names of the targets: one file each.
fn targets(place: &Place) -> Result<Vec<String>, Trouble> {
    let files = fs::read_dir(place.at("fuzz/fuzz_targets")).map_err(|error| {
        trouble(format!("fuzz/fuzz_targets could not be read: {error}"), "Restore it from git.")
    })?;
    let mut names: Vec<String> = files
        .flatten()
        .filter_map(|file| file.path().file_stem().map(|name| name.to_string_lossy().into_owned()))
        .collect();
    names.sort();
    Ok(names)
}

fn tools(place: &Place) -> Result<Outcome, Trouble> {
    program(place, "rustup")
        .args(&["toolchain", "install", NIGHTLY, "--profile", "minimal", "--no-self-update"])
        .run("rustup could not fetch the compiler: is the network there?")?;
    setup::for_fuzz(place)?;
    Ok(Outcome::Done)
}

fn build(place: &Place) -> Result<Outcome, Trouble> {
    cargo_fuzz(place, &["build"]).run("The targets do not build: see above.")?;
    Ok(Outcome::Done)
}

fn together(place: &Place, names: &[String], seconds: u32) -> Result<Outcome, Trouble> {
    let outcomes: Vec<Result<(), Trouble>> = std::thread::scope(|scope| {
        let running: Vec<_> =
            names.iter().map(|name| scope.spawn(move || one(place, name, seconds))).collect();
        running
            .into_iter()
            .map(|thread| {
                thread.join().unwrap_or_else(|_| Err(trouble("a target could not be run", "See above.")))
            })
            .collect()
    });
    outcomes.into_iter().collect::<Result<Vec<()>, Trouble>>()?;
    Ok(Outcome::Done)
}

fn one(place: &Place, name: &str, seconds: u32) -> Result<(), Trouble> {
    let corpus = place.at("fuzz/corpus").join(name);
    fs::create_dir_all(&corpus).map_err(|error| {
        trouble(format!("{} could not be made: {error}", corpus.display()), "Is the disk full?")
    })?;
    let limits = [
        format!("-max_total_time={seconds}"),
        format!("-timeout={TIMEOUT_SECONDS}"),
        format!("-max_len={MAX_INPUT}"),
        "-rss_limit_mb=4096".to_owned(),
        "-print_final_stats=1".to_owned(),
        "-verbosity=0".to_owned(),
        "-print_funcs=0".to_owned(),
    ];
    cargo_fuzz(place, &["run", name])
        .args(&[corpus])
        .args(&seeds(place, name))
        .args(&["--"])
        .args(&limits)
        .run("An input was found: it lies in fuzz/artifacts. Mend the decoder and keep the input in fuzz/findings.")
}

/// Our seeds, what was found before, and foreign files where they are.
fn seeds(place: &Place, name: &str) -> Vec<PathBuf> {
    let own = ["fuzz/seeds", "fuzz/findings"].map(|folder| place.at(folder).join(name));
    let vectors = std::env::var_os("SCEAU_VECTORS").map(PathBuf::from);
    let foreign = FOREIGN.iter().filter(|(target, _)| *target == name).flat_map(|(_, folders)| *folders);
    let foreign = vectors.iter().flat_map(|vectors| foreign.clone().map(|folder| vectors.join(folder)));
    own.into_iter().chain(foreign).filter(|folder| folder.is_dir()).collect()
}

fn cargo_fuzz(place: &Place, arguments: &[&str]) -> crate::run::Program {
    program(place, "rustup")
        .args(&["run", NIGHTLY, "cargo", "fuzz"])
        .args(arguments)
        .env("RUSTUP_TOOLCHAIN", NIGHTLY)
        .env("CARGO_TARGET_DIR", place.cache("fuzz"))
}

#[cfg(test)]
mod tests {
    use super::Options;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn options_are_read() {
        let all = Options::parse(&[]).unwrap();
        assert_eq!(all, Options { seconds: 300, targets: Vec::new() });
        let some = Options::parse(&words("ber --seconds 60 pem")).unwrap();
        assert_eq!(some, Options { seconds: 60, targets: words("ber pem") });
        assert!(Options::parse(&words("--seconds")).is_err());
        assert!(Options::parse(&words("--seconds soon")).is_err());
    }
}
