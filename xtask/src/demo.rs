//! `./x demo`: a small practice on this machine.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::place::Place;
use crate::progress::Steps;
use crate::run::program;
use crate::trouble::{Trouble, trouble};
use crate::{build, checks, setup};

/// What may be asked of the demo.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    port: u16,
    fresh: bool,
}

const DEFAULT_PORT: u16 = 8080;
const USAGE: &str = "Usage: ./x demo [--port N] [--fresh]";

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
    word.and_then(|w| w.parse().ok()).ok_or_else(|| trouble("--port needs a number from 1 to 65535", USAGE))
}

/// Builds everything and serves it until Ctrl-C.
pub(crate) fn run(place: &Place, options: &Options) -> Result<(), Trouble> {
    let mut steps = Steps::new(3);
    steps.step("tools that build the page", || setup::for_build(place))?;
    steps.step("page", || build::page(place))?;
    steps.step("relay", || checks::programs(place).map(|()| crate::progress::Outcome::Done))?;
    let data = data_folder(place, options.fresh)?;
    serve(place, &data, options.port)
}

fn data_folder(place: &Place, fresh: bool) -> Result<PathBuf, Trouble> {
    let folder = place.at(".demo");
    let spoilt =
        |error| trouble(format!("{}: {error}", folder.display()), "Is the demo still running elsewhere?");
    if fresh && folder.exists() {
        fs::remove_dir_all(&folder).map_err(spoilt)?;
    }
    let data = folder.join("relay");
    fs::create_dir_all(&data).map_err(spoilt)?;
    Ok(data)
}

fn serve(place: &Place, data: &std::path::Path, port: u16) -> Result<(), Trouble> {
    let mut relay: Command = program(place, place.binary("sceau-relay")).into_command();
    relay.arg("serve").arg("--data").arg(data).arg("--page").arg(place.dist());
    relay.args(["--listen", &format!("127.0.0.1:{port}"), "--listen", &format!("[::1]:{port}")]);
    let status =
        relay.status().map_err(|error| trouble(format!("the relay did not start: {error}"), USAGE))?;
    match status.success() {
        true => Ok(()),
        false => {
            Err(trouble(format!("the relay ended with {status}"), "If the port is taken, try --port 8081."))
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
        assert!(parse(&["--prot"]).is_err());
    }
}
