//! A run: clients, the proxy before the relay, and the count at the end.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::future::try_join_all;
use sceau_relay::{Relay, app};
use serde_json::json;
use tokio::net::TcpListener;

use super::Tally;
use super::proxy::proxy;
use super::relay::Serving;
use super::sender::{Sender, Told};
use crate::chance::Chance;
use crate::client::{Door, Member};
use crate::database::Database;
use crate::states::folder;
use crate::trouble::{Trouble, told};

/// Members, each with so many clients: fewer requests at once than the relay allows an account.
const MEMBERS: usize = 8;
/// See above.
const CLIENTS: usize = 4;

/// What is wanted.
#[derive(Debug, Clone)]
pub struct Options {
    /// Seed of what is sent and where it is cut.
    pub seed: u64,
    /// Submissions.
    pub count: u64,
    /// A server of PostgreSQL; SQLite without one.
    pub postgres: Option<String>,
}

/// Runs it.
///
/// # Errors
/// When it could not be run; duplicates and losses are in the tally.
pub fn run(options: &Options) -> Result<Tally, Trouble> {
    let folder = folder()?;
    let database = options.postgres.as_deref().map(Database::new).transpose()?;
    let url = database.as_ref().map(Database::url);
    let tally = over(options, &folder.path().join("data"), url.as_deref());
    if let Some(database) = database {
        database.remove()?;
    }
    tally
}

fn over(options: &Options, data: &Path, url: Option<&str>) -> Result<Tally, Trouble> {
    let serving = Serving::start(data, url)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(told("no runtime"))?;
    let members = members(&serving.relay)?;
    let connections = Arc::new(AtomicU64::new(0));
    let tally = runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(told("no address"))?;
        let through = listener.local_addr().map_err(told("no address"))?;
        let proxied = tokio::spawn(proxy(listener, serving.address, options.seed, connections.clone()));
        let all = send(options, &members, through, serving.address).await?;
        proxied.abort();
        let mut tally = count(&members, &all).await?;
        tally.connections = connections.load(Ordering::Relaxed);
        tally.database = if url.is_some() { "PostgreSQL" } else { "SQLite" };
        Ok(tally)
    });
    drop(members);
    serving.end();
    tally
}

/// Everybody, by the relay's router.
fn members(relay: &Relay) -> Result<Vec<Member>, Trouble> {
    let door = Arc::new(Door::Router(app(relay.clone())));
    let member = |number| {
        let address = format!("membre{number}@exemple.fr");
        let new = relay.create_token(&address).map_err(told("no token"))?;
        Ok(Member { door: door.clone(), address, account: new.account_id.0, token: new.token })
    };
    (0..MEMBERS).map(member).collect()
}

/// What each client was told, with her number.
async fn send(
    options: &Options,
    members: &[Member],
    through: SocketAddr,
    relay: SocketAddr,
) -> Result<Vec<(usize, Told)>, Trouble> {
    let addresses: Vec<String> = members.iter().map(|member| member.address.clone()).collect();
    let count = usize::try_from(options.count).unwrap_or(usize::MAX);
    let clients = MEMBERS * CLIENTS;
    let working = (0..clients).filter_map(|number| {
        let who = number % MEMBERS;
        let member = members.get(who)?;
        let over = |address| Member { door: Arc::new(Door::net(address)), ..member.clone() };
        let sender = Sender {
            who,
            name: format!("c{number}"),
            member: over(through),
            direct: over(relay),
            chance: Chance::new(options.seed, u64::MAX - u64::try_from(number).unwrap_or_default()),
        };
        let share = count / clients + usize::from(number < count % clients);
        let addresses = &addresses;
        Some(async move { Ok((sender.who, sender.work(share, addresses).await?)) })
    });
    try_join_all(working).await
}

/// Compares what was told with what is there.
async fn count(members: &[Member], all: &[(usize, Told)]) -> Result<Tally, Trouble> {
    let mut tally = Tally::default();
    let mut expected: BTreeMap<(usize, String), u64> = BTreeMap::new();
    let mut letters = BTreeSet::new();
    for (_, told) in all {
        tally.submissions += u64::try_from(told.sent.len()).unwrap_or_default();
        (tally.broken, tally.limited) = (tally.broken + told.broken, tally.limited + told.limited);
        tally.other += told.other;
        for (key, count) in &told.delivered {
            *expected.entry(key.clone()).or_default() += count;
        }
        for (_, letter) in &told.sent {
            tally.other += u64::from(!letters.insert(letter));
        }
    }
    tally.deliveries = expected.values().sum();
    for (number, member) in members.iter().enumerate() {
        received(&mut tally, member, number, &mut expected).await?;
        let told: Vec<&String> = all
            .iter()
            .filter(|(who, _)| *who == number)
            .flat_map(|(_, told)| told.sent.iter().map(|(email, _)| email))
            .collect();
        sent(&mut tally, member, &told).await?;
    }
    tally.losses += expected.values().sum::<u64>();
    Ok(tally)
}

/// Takes what is in an Inbox off what should be.
async fn received(
    tally: &mut Tally,
    member: &Member,
    number: usize,
    expected: &mut BTreeMap<(usize, String), u64>,
) -> Result<(), Trouble> {
    let inbox = member.mailbox("inbox").await.map_err(told("the mailboxes"))?;
    for email in member.emails(json!({"inMailbox": inbox})).await.map_err(told("the Inbox"))? {
        match expected.get_mut(&(number, email.blob)) {
            Some(left @ 1..) => *left -= 1,
            _ => tally.duplicates += 1,
        }
    }
    Ok(())
}

async fn sent(tally: &mut Tally, member: &Member, told_of: &[&String]) -> Result<(), Trouble> {
    let sent = member.mailbox("sent").await.map_err(told("the mailboxes"))?;
    let there = member.emails(json!({"inMailbox": sent})).await.map_err(told("what was sent"))?;
    let there: Vec<String> = there.into_iter().map(|email| email.id).collect();
    let (has, told_of): (BTreeSet<&String>, BTreeSet<&String>) =
        (there.iter().collect(), told_of.iter().copied().collect());
    tally.duplicates += u64::try_from(has.difference(&told_of).count()).unwrap_or_default();
    tally.losses += u64::try_from(told_of.difference(&has).count()).unwrap_or_default();
    Ok(())
}
