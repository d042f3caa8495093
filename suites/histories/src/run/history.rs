//! One history: its accounts, its clients, what goes wrong, and the last look.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use sceau_crash::chance::Chance;
use sceau_crash::trouble::Trouble;
use sceau_relay::clock::{Clock as _, SystemClock};
use tokio::time::sleep;

use super::faults::{self, Done};
use crate::client::{Client, Heard, Journal, Known, listen};
use crate::record::{AUDITOR, Account, History, Told};
use crate::world::World;

/// Accounts of a history.
pub(super) const ACCOUNTS: usize = 3;
/// Clients at work.
const CLIENTS: usize = 7;
/// Between two looks whether everybody who listens was told.
const LOOK: Duration = Duration::from_millis(20);
/// Looks: far longer than being told takes.
const LOOKS: usize = 1_500;

/// What the clients of an account share.
struct Side {
    account: Account,
    token: String,
    known: Arc<Known>,
}

/// What all clients share.
struct Stage {
    world: Arc<World>,
    journal: Arc<Journal>,
    sides: Vec<Side>,
    addresses: Arc<Vec<String>>,
}

/// Runs one; `number` and `seed` draw it.
pub(super) async fn run(
    world: &Arc<World>,
    accounts: &[(Account, String)],
    acts: usize,
    (seed, number): (u64, u64),
) -> Result<(History, Done), Trouble> {
    let mut chance = Chance::new(seed, number);
    let stage = Stage::new(world, accounts);
    let mut auditors = Vec::new();
    for (side, _) in accounts.iter().enumerate() {
        auditors.push(stage.client(AUDITOR, side, &mut chance)?);
    }
    for auditor in &mut auditors {
        begin(auditor).await;
    }
    let mut listeners = Vec::new();
    for side in 0..accounts.len() {
        let heard = Arc::new(Heard::default());
        let client = stage.client(CLIENTS + side, side, &mut chance)?;
        listeners.push((tokio::spawn(listen(client, Arc::clone(&heard))), heard));
    }
    let mut clients = Vec::new();
    for client in 0..CLIENTS {
        clients.push(stage.client(client, client % accounts.len(), &mut chance)?);
    }
    let plan = faults::plan(&mut chance, world.nodes());
    let working = join_all(clients.iter_mut().map(|client| client.work(acts)));
    let (_, done) = tokio::join!(working, faults::strike(world, &stage.journal, &plan));
    let mut history = History::default();
    for auditor in &mut auditors {
        auditor.wait_for_letters().await;
    }
    for (auditor, (task, heard)) in auditors.iter_mut().zip(listeners) {
        let last = auditor.audit().await;
        history.told.push(heard_all(&auditor.account, &heard, &last).await);
        task.abort();
    }
    history.ended = SystemClock.now();
    history.accounts = accounts.iter().map(|(account, _)| account.clone()).collect();
    history.records = stage.journal.take();
    history.records.sort_by_key(|record| record.begin);
    Ok((history, done?))
}

impl Stage {
    fn new(world: &Arc<World>, accounts: &[(Account, String)]) -> Self {
        let side = |(account, token): &(Account, String)| Side {
            account: account.clone(),
            token: token.clone(),
            known: Arc::default(),
        };
        let addresses = accounts.iter().map(|(account, _)| account.address.clone()).collect();
        Self {
            world: Arc::clone(world),
            journal: Arc::default(),
            sides: accounts.iter().map(side).collect(),
            addresses: Arc::new(addresses),
        }
    }

    fn client(&self, number: usize, side: usize, chance: &mut Chance) -> Result<Client, Trouble> {
        let side = self.sides.get(side).ok_or_else(|| Trouble::new("there is no such account"))?;
        let nodes = self.world.nodes();
        Ok(Client {
            number,
            account: side.account.clone(),
            token: side.token.clone(),
            addresses: Arc::clone(&self.addresses),
            home: number % nodes,
            is_patient: number >= CLIENTS,
            known: Arc::clone(&side.known),
            world: Arc::clone(&self.world),
            journal: Arc::clone(&self.journal),
            chance: Chance::new(chance.draw(), 0),
            lines: (0..nodes).map(|_| None).collect(),
            letters: 0,
        })
    }
}

/// What every client has to know before it can do anything.
async fn begin(auditor: &mut Client) {
    for kind in ["Mailbox", "Identity", "Email", "Thread", "Letter", "EmailSubmission"] {
        auditor.look_at_all(kind).await;
    }
}

/// Waits until a listener was told the last states; gives what it was told by then.
async fn heard_all(account: &Account, heard: &Heard, last: &[(String, u64)]) -> Told {
    for _ in 0..LOOKS {
        let states = heard.states();
        if last.iter().all(|(kind, state)| states.get(kind).is_some_and(|known| known >= state)) {
            break;
        }
        sleep(LOOK).await;
    }
    heard.told(account.id.clone())
}

/// Addresses of the accounts of a history.
pub(super) fn addresses(number: u64) -> Vec<String> {
    (0..ACCOUNTS).map(|account| format!("h{number}-{account}@exemple.fr")).collect()
}
