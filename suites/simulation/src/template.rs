//! A data folder made once and copied for every relay: its schema, its secrets, its accounts.

use std::{fs, path::Path};

use sceau_crash::trouble::{Trouble, told};
use sceau_relay::{
    Relay, TokenWish,
    clock::ManualClock,
    queue::{Route, RouteTls},
};
use tempfile::TempDir;

use crate::plan::{BEGIN, PERSONS_EACH, RELAYS};

/// Where folders are made: in memory, where the machine has that.
const MEMORY: &str = "/dev/shm";
/// The files of a folder, without its blobs. SQLite's index of its log goes with a relay that is killed.
const FILES: [&str; 5] = ["relay.sqlite", "relay.sqlite-wal", "relay.sqlite-shm", "opaque.seed", "vapid.pem"];
/// Longer than any run.
const LIFETIME: i64 = 300 * 86_400;

/// Someone with an account.
#[derive(Clone)]
pub(crate) struct Resident {
    pub(crate) relay: usize,
    pub(crate) address: String,
    pub(crate) account: String,
    pub(crate) token: String,
}

/// The folders, and who lives there.
pub(crate) struct Template {
    folder: TempDir,
    pub(crate) residents: Vec<Resident>,
}

impl Template {
    /// Makes the folder of each relay.
    pub(crate) fn make() -> Result<Self, Trouble> {
        let folder = folder()?;
        let mut residents = Vec::new();
        for relay in 0..RELAYS {
            residents.extend(settle(&folder.path().join(relay.to_string()), relay)?);
        }
        Ok(Self { folder, residents })
    }

    /// Copies the folder of a relay.
    pub(crate) fn copy(&self, relay: usize, to: &Path) -> Result<(), Trouble> {
        fs::create_dir_all(to).map_err(told(to.display()))?;
        copy(&self.folder.path().join(relay.to_string()), to)
    }
}

/// Copies a folder's database and secrets, over what is there.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<(), Trouble> {
    for file in FILES {
        if from.join(file).is_file() {
            fs::copy(from.join(file), to.join(file)).map_err(told(file))?;
        } else if to.join(file).is_file() {
            fs::remove_file(to.join(file)).map_err(told(file))?;
        }
    }
    Ok(())
}

/// A folder for a run, gone with it.
pub(crate) fn folder() -> Result<TempDir, Trouble> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("sceau-simulation-");
    let memory = Path::new(MEMORY);
    let made = if memory.is_dir() { builder.tempdir_in(memory) } else { builder.tempdir() };
    made.map_err(told("no folder for a run"))
}

/// The name of a relay's host, and of the domain whose letters go there.
pub(crate) fn domain(relay: usize) -> String {
    format!("relais-{relay}.fr")
}

fn settle(folder: &Path, relay: usize) -> Result<Vec<Resident>, Trouble> {
    let opened = Relay::open_to_serve_at(folder, None, ManualClock::at(BEGIN)).map_err(told("a relay"))?;
    let wish = TokenWish { lifetime: LIFETIME, ..TokenWish::default() };
    let mut residents = Vec::new();
    for number in 0..PERSONS_EACH {
        let address = format!("personne-{number}@{}", domain(relay));
        let token = opened.create_token_of(&address, &wish).map_err(told("an account"))?;
        let (account, token) = (token.account_id.0, token.token);
        residents.push(Resident { relay, address, account, token });
    }
    for other in (0..RELAYS).filter(|other| *other != relay) {
        let (domain, host) = (domain(other), domain(other));
        // Without TLS: its handshakes would be drawn by chance nobody seeds.
        let route = Route { domain, host, port: 25, tls: RouteTls::Opportunistic, paused: false };
        opened.add_route(&route).map_err(told("a route"))?;
    }
    Ok(residents)
}
