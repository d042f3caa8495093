//! The commands over a data folder.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Subcommand;

use super::{Error, backup, check::Report, export, origin::Origin, progress::Progress, restore};
use crate::{
    clock::{Clock as _, SystemClock},
    command::{Failure, complain, normal, print, print_json},
    watch::access::command as trace,
};

/// Commands a relay's keeper runs over its data folder; all but `restore` work beside a serving relay.
#[derive(Subcommand)]
pub(crate) enum FolderCommand {
    /// Reads every blob and every row and names what is wrong: exit 0 when clean, 1 when something is wrong, 2 when it
    /// could not look.
    Check {
        /// The relay's folder, or a backup.
        #[arg(long)]
        data: PathBuf,
        /// One object on standard output.
        #[arg(long)]
        json: bool,
    },
    /// Makes a backup while the relay serves, or brings an earlier one in the same folder up to date.
    Backup {
        #[arg(long)]
        data: PathBuf,
        /// A new or empty folder, or an earlier backup of this relay, of which only what is new is copied; or a file that
        /// ends in `.tar`, written anew.
        #[arg(long)]
        to: PathBuf,
        /// Where the seed is copied to, which is never in the backup itself; otherwise beside it, named
        /// `….opaque.seed`.
        #[arg(long)]
        seed: Option<PathBuf>,
    },
    /// Makes a data folder of a backup, verifying every byte.
    Restore {
        /// The folder or file of the backup.
        #[arg(long)]
        from: PathBuf,
        /// A new or empty folder; or one with nothing but `store.toml`, which names a new database and a place for blobs.
        #[arg(long)]
        data: PathBuf,
        /// The seed kept apart; otherwise looked for beside the backup.
        #[arg(long)]
        seed: Option<PathBuf>,
    },
    /// Takes one account's letters out, as the ciphertext they are, with a list of mailboxes and flags.
    Export {
        address: String,
        #[arg(long)]
        data: PathBuf,
        /// A new or empty folder.
        #[arg(long)]
        to: PathBuf,
    },
}

/// Runs one of them.
pub(crate) fn run(command: FolderCommand) -> Result<(), Failure> {
    match command {
        FolderCommand::Check { data, json } => {
            report(&look(&data)?, json)?;
            Ok(())
        }
        FolderCommand::Backup { data, to, seed } => make_backup(&data, &to, seed.as_deref()),
        FolderCommand::Restore { from, data, seed } => restore_backup(&from, &data, seed.as_deref()),
        FolderCommand::Export { address, data, to } => {
            let (address, origin) = (normal(&address)?, Origin::existing(&data)?);
            trace::record_export(&data, &address)?;
            let done =
                export::export(&origin, &address, &to, SystemClock.now(), &mut Progress::new("exported"))?;
            print(&format!("{} letters are in {}", done.letters, to.display()))
        }
    }
}

/// `check`, which has exit codes of its own.
pub(crate) fn check(data: &Path, json: bool) -> ExitCode {
    let told = look(data).map_err(Failure::from).and_then(|found| {
        report(&found, json)?;
        Ok(found.clean)
    });
    match told {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            complain(&failure);
            ExitCode::from(2)
        }
    }
}

fn look(data: &Path) -> Result<Report, Error> {
    super::look(data, SystemClock.now(), &mut Progress::new("checked"))
}

fn report(report: &Report, json: bool) -> Result<(), Failure> {
    if json {
        return print_json(&serde_json::to_value(report)?);
    }
    for finding in &report.findings {
        print(&format!("wrong: {finding}"))?;
    }
    for note in &report.notes {
        print(&format!("note: {note}"))?;
    }
    let read = format!("{} blobs of {} bytes were read", report.blobs, report.bytes);
    match report.findings.len() {
        0 => print(&format!("clean: {read}, and every reference leads somewhere")),
        1 => print(&format!("1 thing is wrong; {read}; restore what is damaged from a backup")),
        many => print(&format!("{many} things are wrong; {read}; restore what is damaged from a backup")),
    }
}

fn make_backup(data: &Path, to: &Path, seed: Option<&Path>) -> Result<(), Failure> {
    let origin = Origin::existing(data)?;
    let done = backup::backup(&origin, to, seed, SystemClock.now(), &mut Progress::new("backed up"))?;
    print(&format!(
        "the backup in {} is complete: the database and {} blobs of {} bytes, {} of them new",
        to.display(),
        done.blobs.count,
        done.blobs.bytes,
        done.copied
    ))?;
    trace::record_backup(data)?;
    print(&format!(
        "the seed is not in it but at {}: keep it in another place; only both together allow guessing at pass phrases, \
         and without it nobody can sign in",
        done.seed.display()
    ))
}

fn restore_backup(from: &Path, data: &Path, seed: Option<&Path>) -> Result<(), Failure> {
    let done = restore::restore(from, data, seed, &mut Progress::new("restored"))?;
    print(&format!(
        "restored in {} as of {}: the database and {} blobs of {} bytes; all sessions have ended",
        data.display(),
        done.taken_at,
        done.blobs.count,
        done.blobs.bytes
    ))?;
    if done.without_seed {
        print("no seed was found and nobody had enrolled: the relay makes one when it starts")?;
    }
    Ok(())
}
