//! `sceau-relay trace`: reads the access trace and verifies it.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Subcommand;
use jiff::{civil::Date, tz::TimeZone};

use super::{
    Action, Author, Entry, list,
    list::{Line, Wanted},
    verify,
};
use crate::{
    account,
    command::{Failure, complain, normal, print, print_json},
    fault::Fault,
    relay::Relay,
    store::Store,
};

/// The access trace: who did what, when.
#[derive(Subcommand)]
pub(crate) enum TraceCommand {
    /// Lists its rows, the oldest first: local time, author, action, request, answer, node and number.
    List {
        #[arg(long)]
        data: PathBuf,
        /// Of one account: its address, or its id when it has been removed.
        #[arg(long)]
        account: Option<String>,
        /// From that day on, as 2026-11-23, in this machine's time.
        #[arg(long)]
        since: Option<Date>,
        /// Up to and with that day.
        #[arg(long)]
        until: Option<Date>,
        /// One object per line.
        #[arg(long)]
        json: bool,
    },
    /// Hashes every row anew and names the first broken link of each chain: exit 0 when there is none, 1 when there is, 2
    /// when it could not look.
    Verify {
        #[arg(long)]
        data: PathBuf,
        #[arg(long)]
        json: bool,
    },
}

/// Runs one of them.
pub(crate) fn run(command: TraceCommand) -> ExitCode {
    let done = match command {
        TraceCommand::List { data, account, since, until, json } => {
            Relay::open(&data).map_err(Failure::from).and_then(|relay| {
                let wanted = wanted(&relay, account.as_deref(), since, until)?;
                show(&relay, &wanted, json).map(|()| true)
            })
        }
        TraceCommand::Verify { data, json } => {
            Relay::open(&data).map_err(Failure::from).and_then(|relay| look(&relay, json))
        }
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            complain(&failure);
            ExitCode::from(2)
        }
    }
}

fn wanted(
    relay: &Relay,
    account: Option<&str>,
    since: Option<Date>,
    until: Option<Date>,
) -> Result<Wanted, Failure> {
    let author = match account {
        Some(address) if address.contains('@') => {
            let address = normal(address)?;
            let found = relay.store().read::<_, Fault>(relay.now(), |tx| Ok(account::find(tx, &address)?))?;
            let row = found.ok_or("there is no such account; give the id of one that was removed, as a12")?;
            Some(account::wire_id(row))
        }
        other => other.map(str::to_owned),
    };
    let zone = TimeZone::system();
    let start = |day: Date| Ok::<_, Failure>(day.to_zoned_datetime(zone.clone())?.timestamp().as_second());
    let until = until.map(Date::tomorrow).transpose()?;
    Ok(Wanted { author, since: since.map(start).transpose()?, until: until.map(start).transpose()? })
}

fn show(relay: &Relay, wanted: &Wanted, json: bool) -> Result<(), Failure> {
    list::list(relay, wanted, |line: &Line| match json {
        true => print_json(&serde_json::to_value(line)?),
        false => print(&line.text()),
    })?;
    let about = wanted.author.clone().unwrap_or_else(|| "all".to_owned());
    record(relay, Action::TraceRead, &about, "done")
}

fn look(relay: &Relay, json: bool) -> Result<bool, Failure> {
    // What commands before this one left without a hash.
    relay.write_access_trace()?;
    let report = verify::verify(relay)?;
    let is_whole = report.broken.is_empty();
    if json {
        print_json(&serde_json::to_value(&report)?)?;
        return Ok(is_whole);
    }
    for broken in &report.broken {
        print(&format!("broken: {broken}"))?;
    }
    let rest = match report.unlinked {
        0 => String::new(),
        some => format!("; {some} are not linked yet"),
    };
    let verdict = if is_whole { "unbroken" } else { "not what was written" };
    print(&format!("{verdict}: {} rows were hashed{rest}", report.rows))?;
    Ok(is_whole)
}

/// Writes down that a backup was made.
pub(crate) fn record_backup(data: &Path) -> Result<(), Failure> {
    record_in(data, Action::Backup, |_| Ok(Some("all".to_owned())))
}

/// Writes down that an account's letters are about to be taken out.
pub(crate) fn record_export(data: &Path, address: &str) -> Result<(), Failure> {
    record_in(data, Action::AccountExport, |relay| {
        let found = relay.store().read::<_, Fault>(relay.now(), |tx| Ok(account::find(tx, address)?))?;
        Ok(found.map(account::wire_id))
    })
}

/// Where another version's relay keeps a data folder it stays as it is: a backup before an update must not be the update.
fn record_in(
    data: &Path,
    action: Action,
    request: impl FnOnce(&Relay) -> Result<Option<String>, Failure>,
) -> Result<(), Failure> {
    if !Store::is_current(data)? {
        return Ok(());
    }
    let relay = Relay::open(data)?;
    match request(&relay)? {
        Some(request) => record(&relay, action, &request, "done"),
        None => Ok(()),
    }
}

/// Writes down what a command did, by whoever runs it, and links it.
pub(crate) fn record(relay: &Relay, action: Action, request: &str, answer: &str) -> Result<(), Failure> {
    relay.trace_later(Entry::new(Author::operator(), action, request, answer));
    Ok(relay.write_access_trace()?)
}
