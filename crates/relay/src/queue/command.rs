//! The commands over routes and queue. They work beside a serving relay, which sees a change within a minute.

use std::path::{Path, PathBuf};

use clap::{Subcommand, ValueEnum};

use super::route::{self, EVERY, Route, RouteTls};
use crate::{
    command::{Failure, print, print_json},
    fault::Fault,
    relay::Relay,
    watch::access::{Action, command as trace},
};

/// Ways to other relays.
#[derive(Subcommand)]
pub(crate) enum RouteCommand {
    /// Sends letters for a domain to a host; replaces the domain's route if it has one.
    Add {
        /// The domain, or `*` for every one without a route of its own.
        domain: String,
        #[arg(long)]
        data: PathBuf,
        /// The host's name, as its certificate has it.
        #[arg(long)]
        host: String,
        /// 25, or 465 with `--tls implicit`, if not given.
        #[arg(long)]
        port: Option<u16>,
        #[arg(long, value_enum, default_value_t = Tls::Required)]
        tls: Tls,
    },
    /// Lists routes.
    List {
        #[arg(long)]
        data: PathBuf,
        #[arg(long)]
        json: bool,
    },
    /// Removes a route; letters on the way wait until there is one again, or their time ends.
    Remove {
        domain: String,
        #[arg(long)]
        data: PathBuf,
    },
    /// Sends nothing to a domain for now; letters wait.
    Pause {
        domain: String,
        #[arg(long)]
        data: PathBuf,
        /// Opens it again.
        #[arg(long)]
        resume: bool,
    },
}

/// How the connection is protected.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Tls {
    /// STARTTLS, with a certificate for the host's name.
    Required,
    /// TLS from the first byte.
    Implicit,
    /// Without TLS, or with anybody's, when the host has nothing better.
    DangerOpportunistic,
}

/// What waits for other relays.
#[derive(Subcommand)]
pub(crate) enum QueueCommand {
    /// Lists who waits.
    List {
        #[arg(long)]
        data: PathBuf,
        #[arg(long)]
        json: bool,
        /// With addresses and whole replies; otherwise domains and codes only.
        #[arg(long)]
        addresses: bool,
    },
    /// Tries one again now.
    Retry {
        id: i64,
        #[arg(long)]
        data: PathBuf,
    },
    /// Ends one; its sender sees that it was not delivered.
    GiveUp {
        id: i64,
        #[arg(long)]
        data: PathBuf,
    },
}

/// `sceau-relay route …`.
pub(crate) fn routes(command: RouteCommand) -> Result<(), Failure> {
    match command {
        RouteCommand::Add { domain, data, host, port, tls } => add(&domain, &data, &host, port, tls),
        RouteCommand::List { data, json } => list_routes(&data, json),
        RouteCommand::Remove { domain, data } => {
            let domain = domain_or_every(&domain)?;
            changed(&data, "there is no such route", |relay| relay.remove_route(&domain))
        }
        RouteCommand::Pause { domain, data, resume } => {
            let domain = domain_or_every(&domain)?;
            changed(&data, "there is no such route", |relay| relay.pause_route(&domain, !resume))
        }
    }
}

/// `sceau-relay queue …`.
pub(crate) fn queue(command: QueueCommand) -> Result<(), Failure> {
    let not_waiting = "nothing with this number waits";
    match command {
        QueueCommand::List { data, json, addresses } => list_queue(&data, json, addresses),
        QueueCommand::Retry { id, data } => changed(&data, not_waiting, |relay| relay.retry_queued(id)),
        QueueCommand::GiveUp { id, data } => changed(&data, not_waiting, |relay| relay.give_up_queued(id)),
    }
}

fn add(domain: &str, data: &Path, host: &str, port: Option<u16>, tls: Tls) -> Result<(), Failure> {
    let (tls, usual) = match tls {
        Tls::Required => (RouteTls::Required, 25),
        Tls::Implicit => (RouteTls::Implicit, 465),
        Tls::DangerOpportunistic => (RouteTls::Opportunistic, 25),
    };
    let host = route::normal_domain(host).ok_or_else(|| format!("{host} is no host name"))?;
    let port = port.unwrap_or(usual);
    if port == 0 {
        return Err("a host has no port 0".into());
    }
    let route = Route { domain: domain_or_every(domain)?, host, port, tls, paused: false };
    Ok(Relay::open(data)?.add_route(&route)?)
}

fn list_routes(data: &Path, json: bool) -> Result<(), Failure> {
    let relay = Relay::open(data)?;
    let routes = relay.store().read::<_, Fault>(relay.now(), |tx| Ok(route::list(tx)?))?;
    if json {
        return print_json(&serde_json::to_value(routes)?);
    }
    routes.iter().try_for_each(|route| print(&route.to_string()))
}

fn list_queue(data: &Path, json: bool, addresses: bool) -> Result<(), Failure> {
    let relay = Relay::open(data)?;
    let now = relay.now();
    let entries = relay.queue(addresses)?;
    let what = if addresses { "all, with addresses" } else { "all" };
    trace::record(&relay, Action::QueueList, what, "done")?;
    if json {
        return print_json(&serde_json::to_value(entries)?);
    }
    for entry in entries {
        let who = entry.address.as_ref().unwrap_or(&entry.domain);
        let waits = now.saturating_sub(entry.queued_at);
        print(&format!(
            "{}\t{who}\tfor {waits} s\t{} attempts\t{}",
            entry.id, entry.attempts, entry.last_reply
        ))?;
    }
    Ok(())
}

/// Changes something, and complains when nothing was there to change.
fn changed(
    data: &Path,
    missing: &'static str,
    change: impl FnOnce(&Relay) -> Result<bool, Fault>,
) -> Result<(), Failure> {
    change(&Relay::open(data)?)?.then_some(()).ok_or_else(|| missing.into())
}

fn domain_or_every(text: &str) -> Result<String, Failure> {
    if text == EVERY {
        return Ok(EVERY.to_owned());
    }
    route::normal_domain(text).ok_or_else(|| format!("{text} is no domain").into())
}
