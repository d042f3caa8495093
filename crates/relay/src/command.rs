//! The command line of `sceau-relay` (design section 6, harness contract).

use std::{
    ffi::OsString,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use der::{Decode as _, Document, Encode as _, pem::PemLabel as _};
use serde_json::Value;
use x509_cert::{Certificate, crl::CertificateList};

use crate::{
    account, authority, directory,
    fault::Fault,
    folder::{self, command::FolderCommand},
    queue::{
        self,
        command::{QueueCommand, RouteCommand},
    },
    relay::Relay,
    serve::{self, settings::Flags},
    token::{self, command::TokenCommand},
    watch::access::{
        Action,
        command::{self as trace, TraceCommand},
    },
};

#[derive(Parser)]
#[command(name = "sceau-relay", about = "Stores and forwards sealed letters", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves until it is stopped; prints `listening on URL` per address.
    Serve(Box<Flags>),
    /// Accounts: add, list, limit, remove.
    #[command(subcommand)]
    Account(AccountCommand),
    /// Bearer tokens for programs: create, list, revoke.
    #[command(subcommand)]
    Token(TokenCommand),
    /// Authorities the relay proposes.
    #[command(subcommand)]
    Authority(AuthorityCommand),
    /// Revocation lists.
    #[command(subcommand)]
    Crl(CrlCommand),
    /// Ways to other relays.
    #[command(subcommand)]
    Route(RouteCommand),
    /// What waits for other relays.
    #[command(subcommand)]
    Queue(QueueCommand),
    /// The access trace: who did what, when.
    #[command(subcommand)]
    Trace(TraceCommand),
    #[command(flatten)]
    Folder(FolderCommand),
}

#[derive(Subcommand)]
enum AccountCommand {
    /// Adds an account, or renews the code of one that never enrolled; prints the one-time enrolment code.
    Add {
        address: String,
        #[arg(long)]
        data: PathBuf,
        #[arg(long)]
        name: Option<String>,
        /// Certificates to publish, PEM or DER.
        #[arg(long)]
        cert: Vec<PathBuf>,
        #[arg(long)]
        json: bool,
    },
    /// Lists accounts.
    List {
        #[arg(long)]
        data: PathBuf,
        #[arg(long)]
        json: bool,
    },
    /// Sets what an account's letters may take; what is not given is the default limit.
    Quota {
        address: String,
        #[arg(long)]
        data: PathBuf,
        /// Octets of all its letters.
        #[arg(long)]
        octets: Option<u64>,
        /// Their number.
        #[arg(long)]
        letters: Option<u64>,
    },
    /// Removes an account with everything in it.
    Remove {
        address: String,
        #[arg(long)]
        data: PathBuf,
    },
}

#[derive(Subcommand)]
enum AuthorityCommand {
    /// Adds an authority.
    Add {
        cert: PathBuf,
        #[arg(long)]
        data: PathBuf,
        /// A mail domain it speaks for; may be given several times.
        #[arg(long, required = true)]
        domain: Vec<String>,
        /// Certificates between it and people.
        #[arg(long)]
        intermediate: Vec<PathBuf>,
    },
}

#[derive(Subcommand)]
enum CrlCommand {
    /// Adds or replaces a revocation list.
    Add {
        file: PathBuf,
        #[arg(long)]
        data: PathBuf,
    },
}

/// Why a command failed, in a sentence.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Runs the program: exit code 0, 1 when the command failed, 3 for wrong usage. `check` has its own: 1 when something
/// is wrong, 2 when it could not look.
#[must_use]
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            let wrong = error.use_stderr();
            let _ = error.print();
            return ExitCode::from(if wrong { 3 } else { 0 });
        }
    };
    let outcome = match arguments.command {
        Command::Serve(flags) => return serve::command::run(*flags),
        Command::Account(command) => account(command),
        Command::Token(command) => token::command::run(command),
        Command::Authority(AuthorityCommand::Add { cert, data, domain, intermediate }) => {
            add_authority(&data, &cert, &domain, &intermediate)
        }
        Command::Crl(CrlCommand::Add { file, data }) => add_crl(&data, &file),
        Command::Route(command) => queue::command::routes(command),
        Command::Queue(command) => queue::command::queue(command),
        Command::Trace(command) => return trace::run(command),
        Command::Folder(FolderCommand::Check { data, json }) => return folder::command::check(&data, json),
        Command::Folder(command) => folder::command::run(command),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            complain(&failure);
            ExitCode::FAILURE
        }
    }
}

fn account(command: AccountCommand) -> Result<(), Failure> {
    match command {
        AccountCommand::Add { address, data, name, cert, json } => {
            add_account(&data, &address, name.as_deref(), &cert, json)
        }
        AccountCommand::List { data, json } => list_accounts(&data, json),
        AccountCommand::Quota { address, data, octets, letters } => {
            let is_set = Relay::open(&data)?.set_quota(&normal(&address)?, octets, letters)?;
            is_set.then_some(()).ok_or_else(|| "there is no such account".into())
        }
        AccountCommand::Remove { address, data } => {
            let (relay, address) = (Relay::open(&data)?, normal(&address)?);
            let removed = relay.store().write::<_, Fault>(relay.now(), |tx| {
                let Some(row) = account::find(tx, &address)? else { return Ok(false) };
                relay.administered(tx, Action::AccountRemove, &account::wire_id(row), "done")?;
                account::remove::remove(tx, &address)
            })?;
            removed.then_some(()).ok_or_else(|| "there is no such account".into())
        }
    }
}

fn add_account(
    data: &Path,
    address: &str,
    name: Option<&str>,
    files: &[PathBuf],
    json: bool,
) -> Result<(), Failure> {
    let address = normal(address)?;
    let mut certificates = Vec::new();
    for file in files {
        let der = read_certificate(file)?;
        if !directory::certificate::names(&der, &address) {
            return Err(format!("the certificate in {} does not name {address}", file.display()).into());
        }
        certificates.push(der);
    }
    let added = Relay::open(data)?.add_account(&address, name, &certificates)?;
    let added = added.ok_or("this account has enrolled already; remove it first to begin anew")?;
    if json { print_json(&serde_json::to_value(added)?) } else { print(&added.enrolment_code) }
}

fn list_accounts(data: &Path, json: bool) -> Result<(), Failure> {
    let relay = Relay::open(data)?;
    let entries = relay.store().read(relay.now(), account::list::list)?;
    trace::record(&relay, Action::AccountList, "all", "done")?;
    if json {
        return print_json(&serde_json::to_value(entries)?);
    }
    for entry in entries {
        let state = if entry.enrolled { "enrolled" } else { "waiting" };
        print(&format!("{}\t{}\t{}\t{} certificates", entry.address, entry.name, state, entry.certificates))?;
    }
    Ok(())
}

fn add_authority(data: &Path, file: &Path, domains: &[String], between: &[PathBuf]) -> Result<(), Failure> {
    let certificate = read_certificate(file)?;
    let between = between.iter().map(|file| read_certificate(file)).collect::<Result<Vec<_>, _>>()?;
    print(&Relay::open(data)?.add_authority(&certificate, &between, domains)?)
}

fn add_crl(data: &Path, file: &Path) -> Result<(), Failure> {
    let list = read_der(file, CertificateList::<x509_cert::certificate::Rfc5280>::PEM_LABEL)?;
    let relay = Relay::open(data)?;
    let added = relay.store().write::<_, Fault>(relay.now(), |tx| {
        let added = authority::crl::add(tx, &list)?;
        relay.administered(tx, Action::CrlAdd, "", if added { "done" } else { "refused" })?;
        Ok(added)
    })?;
    added.then_some(()).ok_or_else(|| "no authority here issued this revocation list".into())
}

pub(crate) fn normal(address: &str) -> Result<String, Failure> {
    account::normalise(address).ok_or_else(|| format!("{address} is no mail address").into())
}

fn read_certificate(file: &Path) -> Result<Vec<u8>, Failure> {
    let der = read_der(file, Certificate::PEM_LABEL)?;
    let wrong = |_| format!("{} holds no certificate", file.display());
    Ok(Certificate::from_der(&der).map_err(wrong)?.to_der()?)
}

/// The first object of a file, PEM with that label or DER.
fn read_der(file: &Path, label: &str) -> Result<Vec<u8>, Failure> {
    let bytes = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let Ok(text) = std::str::from_utf8(&bytes) else { return Ok(bytes) };
    let Some(start) = text.find(&format!("-----BEGIN {label}-----")) else { return Ok(bytes) };
    let end = format!("-----END {label}-----");
    let pem = text.get(start..).and_then(|rest| rest.get(..rest.find(&end)? + end.len()));
    let pem = pem.ok_or_else(|| format!("{} is cut short", file.display()))?;
    Ok(Document::from_pem(pem).map_err(|error| format!("{}: {error}", file.display()))?.1.into_vec())
}

pub(crate) fn print_json(value: &Value) -> Result<(), Failure> {
    print(&value.to_string())
}

/// One line on standard output, flushed: whoever waits for it may be a program.
pub(crate) fn print(line: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

#[expect(clippy::print_stderr, reason = "a command tells its user why it failed")]
pub(crate) fn complain(failure: &Failure) {
    eprintln!("sceau-relay: {failure}");
}
