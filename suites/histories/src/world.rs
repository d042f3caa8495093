//! The relays: processes of their own, one over a data folder or two over one database.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use sceau_crash::database::Database;
use sceau_crash::process::Serving;
use sceau_crash::trouble::{Trouble, told};
use sceau_relay::Relay;

use crate::record::Account;

/// Relays over one database of PostgreSQL.
const NODES: usize = 2;
/// What one relay and its data folder have and the other must have too.
const SECRETS: [&str; 2] = ["opaque.seed", "vapid.pem"];

/// Relays, and what they keep.
#[derive(Debug)]
pub struct World {
    program: PathBuf,
    nodes: Vec<Node>,
    database: Option<Database>,
    _folder: tempfile::TempDir,
}

/// One relay.
#[derive(Debug)]
struct Node {
    data: PathBuf,
    /// `None` while it is down.
    serving: Mutex<Option<Serving>>,
}

impl World {
    /// Starts them. `program` becomes a relay by the word `relay`; `server` is a server of PostgreSQL, for two nodes.
    ///
    /// # Errors
    /// When they do not start.
    pub fn start(program: &Path, server: Option<&str>) -> Result<Self, Trouble> {
        let folder = tempfile::tempdir().map_err(told("no folder"))?;
        let database = server.map(Database::new).transpose()?;
        let nodes = if database.is_some() { NODES } else { 1 };
        let node =
            |number: usize| Node { data: folder.path().join(number.to_string()), serving: Mutex::default() };
        let nodes: Vec<Node> = (0..nodes).map(node).collect();
        let world = Self { program: program.to_owned(), nodes, database, _folder: folder };
        world.prepare().map_err(told("the data folders"))?;
        for node in 0..world.nodes() {
            world.begin(node)?;
        }
        Ok(world)
    }

    /// Data folders: of several, each names the database, and the secrets of the first are those of all.
    fn prepare(&self) -> Result<(), Box<dyn std::error::Error>> {
        let Some(first) = self.nodes.first() else { return Ok(()) };
        for node in &self.nodes {
            fs::create_dir_all(&node.data)?;
            if let Some(database) = &self.database {
                let blobs = first.data.join("blobs");
                let text = format!("database = \"{}\"\nblobs = \"{}\"\n", database.url(), blobs.display());
                fs::write(node.data.join("store.toml"), text)?;
            }
        }
        drop(Relay::open(&first.data)?);
        for node in self.nodes.iter().skip(1) {
            for secret in SECRETS {
                fs::copy(first.data.join(secret), node.data.join(secret))?;
            }
        }
        Ok(())
    }

    /// How many relays there are.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.nodes.len()
    }

    /// Makes accounts, each with a token.
    ///
    /// # Errors
    /// When the store fails.
    pub fn accounts(&self, addresses: &[String]) -> Result<Vec<(Account, String)>, Trouble> {
        let Some(first) = self.nodes.first() else { return Ok(Vec::new()) };
        let relay = Relay::open(&first.data).map_err(told("the relay does not open"))?;
        let account = |address: &String| {
            let new = relay.create_token(address).map_err(told("no token"))?;
            Ok((Account { id: new.account_id.0, address: address.clone() }, new.token))
        };
        addresses.iter().map(account).collect()
    }

    /// Where a relay listens, unless it is down.
    #[must_use]
    pub fn address(&self, node: usize) -> Option<SocketAddr> {
        self.serving(node)?.as_ref()?.address
    }

    /// Starts a relay that is down.
    ///
    /// # Errors
    /// When it does not start.
    pub fn begin(&self, node: usize) -> Result<(), Trouble> {
        let Some(at) = self.nodes.get(node) else { return Ok(()) };
        let words = ["--listen", "127.0.0.1:0", "--rates", "off"];
        let serving = Serving::start(&self.program, None, &at.data, &words)?;
        if serving.address.is_none() {
            return Err(Trouble::new("the relay ended before it listened"));
        }
        if let Some(mut place) = self.serving(node) {
            *place = Some(serving);
        }
        Ok(())
    }

    /// Kills a relay: it has no time for anything.
    ///
    /// # Errors
    /// When nobody knows whether it ended.
    pub fn kill(&self, node: usize) -> Result<(), Trouble> {
        let serving = self.serving(node).and_then(|mut place| place.take());
        serving.map_or(Ok(()), |serving| serving.end().map(drop))
    }

    /// Stops a relay where it is; it goes on with [`World::go_on`].
    ///
    /// # Errors
    /// When it has ended.
    pub fn pause(&self, node: usize) -> Result<(), Trouble> {
        self.serving(node).and_then(|place| place.as_ref().map(Serving::pause)).unwrap_or(Ok(()))
    }

    /// Lets a relay go on.
    ///
    /// # Errors
    /// When it has ended.
    pub fn go_on(&self, node: usize) -> Result<(), Trouble> {
        self.serving(node).and_then(|place| place.as_ref().map(Serving::go_on)).unwrap_or(Ok(()))
    }

    fn serving(&self, node: usize) -> Option<MutexGuard<'_, Option<Serving>>> {
        Some(self.nodes.get(node)?.serving.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for node in 0..self.nodes() {
            // What cannot be ended is not there.
            let _ = self.kill(node);
        }
        if let Some(database) = &self.database {
            let _ = database.remove();
        }
    }
}
