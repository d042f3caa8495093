//! The `sceau` command: seal, open and judge letters; keys, authorities, certificates.
//!
//! Forms, codes and exit codes are a contract (docs/cli). Exit: 0 good, 1 a verdict that is not
//! good, 2 cannot be read or opened, 3 wrong usage.

mod args;
mod big;
mod commands;
#[cfg(test)]
mod documentation;
mod failure;
mod files;
mod keys;
mod lock;
mod output;
mod password;
mod shared;
mod trust;
#[cfg(target_os = "wasi")]
mod wasi;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Args, Command};
use crate::failure::{Failure, USAGE};

fn main() -> ExitCode {
    #[cfg(target_os = "wasi")]
    wasi::enter_the_folder();
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            let is_question = !error.use_stderr();
            // Nothing can be done when even this cannot be written.
            let _ = error.print();
            return if is_question { ExitCode::SUCCESS } else { ExitCode::from(USAGE) };
        }
    };
    let json = args.command.json();
    match run(args.command) {
        Ok(exit) => ExitCode::from(exit),
        Err(failure) => {
            output::failure(&failure, json);
            ExitCode::from(failure.exit)
        }
    }
}

fn run(command: Command) -> Result<u8, Failure> {
    match command {
        Command::Seal(args) => commands::seal::run(&args),
        Command::Open(args) => commands::open::open(&args),
        Command::Verify(args) => commands::open::verify(&args),
        Command::Chain(args) => commands::chain::run(&args),
        Command::Inspect(args) => commands::inspect::run(&args),
        Command::P12(args) => commands::p12::run(&args),
        Command::Key(args) => commands::key::run(&args.command),
        Command::Ca(args) => commands::ca::run(&args.command),
        Command::Receipt(args) => commands::receipt::run(&args.command),
    }
}
