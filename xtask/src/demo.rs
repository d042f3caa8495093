//! `./x demo`: a small practice on this machine.

mod practice;

use std::process::Child;
use std::time::Duration;

use crate::place::Place;
use crate::progress::Steps;
use crate::run::program;
use crate::trouble::{Trouble, trouble};
use crate::{build, setup};
use practice::Practice;

/// What may be asked of the demo.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    port: u16,
    fresh: bool,
}

const DEFAULT_PORT: u16 = 8080;
const USAGE: &str = "Usage: ./x demo [--port N] [--fresh]";
/// Revocation lists live a day; a demo that stays open renews its own well before.
const RENEWAL: Duration = Duration::from_secs(12 * 3600);
/// How often we look whether the relay still runs.
const GLANCE: Duration = Duration::from_millis(500);

impl Options {
    /// Reads the words after `demo`.
    pub(crate) fn parse(words: &[String]) -> Result<Self, Trouble> {
        let mut options = Self { port: DEFAULT_PORT, fresh: false };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--fresh" => options.fresh = true,
                "--port" => options.port = port(words.next())?,
                other => return Err(trouble(format!("'{other}' is not understood here"), USAGE)),
            }
        }
        Ok(options)
    }
}

fn port(word: Option<&String>) -> Result<u16, Trouble> {
    word.and_then(|w| w.parse().ok())
        .filter(|port| *port != 0)
        .ok_or_else(|| trouble("--port needs a number from 1 to 65535", USAGE))
}

/// Builds everything and serves it until Ctrl-C.
pub(crate) fn run(place: &Place, options: &Options) -> Result<(), Trouble> {
    let practice = Practice::at(place);
    let mut steps = Steps::new(4);
    steps.step("tools that build the page", || setup::for_build(place))?;
    steps.step("page", || build::page(place))?;
    steps.step("relay and command line", || practice.build_programs())?;
    steps.step("practice", || practice.prepare(options.fresh))?;
    steps.finish();
    serve(place, &practice, options.port)
}

fn serve(place: &Place, practice: &Practice, port: u16) -> Result<(), Trouble> {
    let mut relay = program(place, place.binary("sceau-relay")).into_command();
    relay.arg("serve").arg("--data").arg(practice.relay()).arg("--page").arg(place.dist());
    // Both loopbacks: `localhost` may mean either. The name, not the number, is what a browser calls a secure place.
    relay.args(["--listen", &format!("127.0.0.1:{port}"), "--listen", &format!("[::1]:{port}")]);
    relay.stderr(practice.log()?);
    let child = relay.spawn().map_err(|error| {
        trouble(format!("the relay did not start: {error}"), "Run ./x build, then try again.")
    })?;
    practice.welcome(port);
    watch(child, practice)
}

/// Ctrl-C reaches the relay too, since both are in the terminal's foreground.
fn watch(mut relay: Child, practice: &Practice) -> Result<(), Trouble> {
    let mut since_renewal = Duration::ZERO;
    loop {
        match relay.try_wait() {
            Ok(None) => {}
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => {
                return Err(trouble(
                    format!("the relay ended with {status}"),
                    "If the port is taken, try --port 8081.",
                ));
            }
            Err(error) => {
                return Err(trouble(format!("the relay is lost: {error}"), "Start ./x demo again."));
            }
        }
        std::thread::sleep(GLANCE);
        since_renewal += GLANCE;
        if since_renewal >= RENEWAL {
            since_renewal = Duration::ZERO;
            practice.renew_revocations()?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Options, Trouble> {
        Options::parse(&words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn options_are_read() {
        assert_eq!(parse(&[]).unwrap(), Options { port: 8080, fresh: false });
        assert_eq!(parse(&["--port", "9000", "--fresh"]).unwrap(), Options { port: 9000, fresh: true });
        assert!(parse(&["--port", "ninety"]).is_err());
        assert!(parse(&["--port", "0"]).is_err());
        assert!(parse(&["--prot"]).is_err());
    }
}
