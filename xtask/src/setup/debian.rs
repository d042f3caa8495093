//! Debian packages: installed when we are root, otherwise named in one command.

use crate::place::Place;
use crate::run::{is_there, program};
use crate::trouble::{Trouble, trouble};

/// A package and the file on the machine that shows it is there.
pub(crate) struct Package {
    name: &'static str,
    shown_by: Sign,
}

enum Sign {
    Program(&'static str),
    File(&'static str),
    /// A module of Python, which Debian's own comes without.
    Module(&'static str),
}

const BINARYEN: Package = Package { name: "binaryen", shown_by: Sign::Program("wasm-opt") };
const BROTLI: Package = Package { name: "brotli", shown_by: Sign::Program("brotli") };
const CHROMIUM: Package = Package { name: "chromium", shown_by: Sign::Program("chromium") };
const DRIVER: Package = Package { name: "chromium-driver", shown_by: Sign::Program("chromedriver") };
const FIREFOX: Package = Package { name: "firefox-esr", shown_by: Sign::Program("firefox-esr") };
const OPENSSL: Package = Package { name: "openssl", shown_by: Sign::Program("openssl") };
/// The relay runs on it as well.
const DOVECOT_LMTP: Package =
    Package { name: "dovecot-lmtpd", shown_by: Sign::File("/usr/lib/dovecot/lmtp") };
const DOVECOT_IMAP: Package =
    Package { name: "dovecot-imapd", shown_by: Sign::File("/usr/lib/dovecot/imap") };
const POSTFIX: Package = Package { name: "postfix", shown_by: Sign::File("/usr/sbin/postfix") };
/// Without settings: installed with any, it would take letters from everywhere at once.
const NO_POSTFIX_OF_ITS_OWN: &str =
    "echo 'postfix postfix/main_mailer_type select No configuration' | debconf-set-selections";
const POSTGRES: Package = Package { name: "postgresql", shown_by: Sign::File("/usr/lib/postgresql") };
/// Letters are exchanged with its `email`.
const PYTHON: Package = Package { name: "python3", shown_by: Sign::Program("python3") };
/// Object storage for the tests comes as packages of Python.
const PYTHON_VENV: Package = Package { name: "python3-venv", shown_by: Sign::Module("ensurepip") };
/// Power cuts are worked out from the calls it sees.
const STRACE: Package = Package { name: "strace", shown_by: Sign::Program("strace") };
/// libFuzzer is written in C++, and so is nothing else here.
const CXX: Package = Package { name: "g++", shown_by: Sign::Program("c++") };
/// Bouncy Castle, and what compiles and runs the few lines of ours around it.
const BOUNCY_CASTLE: Package =
    Package { name: "libbcmail-java", shown_by: Sign::File("/usr/share/java/bcmail.jar") };
const JAVA: Package = Package { name: "openjdk-17-jdk-headless", shown_by: Sign::Program("javac") };
/// Without real fonts a bare Debian shows everything in DejaVu.
const INTER: Package =
    Package { name: "fonts-inter", shown_by: Sign::File("/usr/share/fonts/opentype/inter") };
/// Charter under its free name, for a letter's own text.
const CHARIS: Package =
    Package { name: "fonts-sil-charis", shown_by: Sign::File("/usr/share/fonts/truetype/charis") };

/// For building the page.
pub(crate) const BUILD: &[Package] = &[BINARYEN, BROTLI];
/// For testing it too.
pub(crate) const ALL: &[Package] =
    &[BINARYEN, BROTLI, OPENSSL, POSTGRES, PYTHON, PYTHON_VENV, CHROMIUM, DRIVER, FIREFOX, INTER, CHARIS];

/// For exchanging messages with other programs.
pub(crate) const SUITES: &[Package] = &[OPENSSL, BOUNCY_CASTLE, JAVA];

/// For measuring the relay beside a mail server.
pub(crate) const LOAD: &[Package] = &[POSTGRES, DOVECOT_LMTP, DOVECOT_IMAP, POSTFIX];

/// For recording what a relay does to its disk.
pub(crate) const CRASH: &[Package] = &[STRACE];

/// For fuzzing.
pub(crate) const FUZZ: &[Package] = &[CXX];

/// Makes sure the packages are there.
pub(crate) fn ensure(place: &Place, packages: &[Package]) -> Result<(), Trouble> {
    let missing: Vec<&str> = packages.iter().filter(|p| !p.is_there(place)).map(|p| p.name).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let mut command =
        format!("apt-get update && apt-get install -y --no-install-recommends {}", missing.join(" "));
    if missing.contains(&POSTFIX.name) {
        command = format!("{NO_POSTFIX_OF_ITS_OWN} && {command}");
    }
    if !is_there(place, "apt-get") {
        let what = format!("these programs are missing: {}", missing.join(", "));
        return Err(trouble(
            what,
            "Install them with your system's own package manager, then run this again.",
        ));
    }
    if !is_root(place) {
        let next = format!("As root: {command}\nThen run this again.");
        return Err(trouble(format!("Debian packages are missing: {}", missing.join(", ")), next));
    }
    println!("  apt-get install {}", missing.join(" "));
    install(place, &command)
}

impl Package {
    fn is_there(&self, place: &Place) -> bool {
        match self.shown_by {
            Sign::Program(name) => is_there(place, name),
            Sign::File(path) => std::path::Path::new(path).exists(),
            Sign::Module(name) => {
                is_there(place, "python3")
                    && program(place, "python3").args(&["-c", &format!("import {name}")]).read("").is_ok()
            }
        }
    }
}

fn install(place: &Place, command: &str) -> Result<(), Trouble> {
    program(place, "sh")
        .args(&["-c", &format!("({command}) >&2")])
        .env("DEBIAN_FRONTEND", "noninteractive")
        .run("Debian's packages could not be installed: see the lines above.")
}

fn is_root(place: &Place) -> bool {
    program(place, "id").args(&["-u"]).read("").is_ok_and(|uid| uid.trim() == "0")
}
