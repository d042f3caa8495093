//! A data folder with members in it, over SQLite or over a database of PostgreSQL.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sceau_crash::client::{Door, Member};
use sceau_crash::trouble::{Trouble, told};
use sceau_relay::Relay;

/// Someone who has an account, without a way to her relay.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) address: String,
    account: String,
    token: String,
}

impl Person {
    /// With a connection of her own.
    pub(crate) fn at(&self, relay: SocketAddr) -> Member {
        let door = Arc::new(Door::net(relay));
        let (address, account, token) = (self.address.clone(), self.account.clone(), self.token.clone());
        Member { door, address, account, token }
    }

    /// Her token.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }
}

/// A folder, and who is in it.
pub(crate) struct Practice {
    pub(crate) data: PathBuf,
    pub(crate) people: Vec<Person>,
}

impl Practice {
    /// Makes `data` with so many people; its rows are in `database`, when one is named.
    pub(crate) fn new(data: &Path, database: Option<&str>, people: usize) -> Result<Self, Trouble> {
        if let Some(url) = database {
            fs::create_dir(data).map_err(told(data.display()))?;
            let blobs = data.join("blobs");
            let text = format!("database = {url:?}\nblobs = {:?}\n", blobs.display().to_string());
            fs::write(data.join("store.toml"), text).map_err(told("store.toml"))?;
        }
        let relay = Relay::open(data).map_err(told("the relay does not open"))?;
        let person = |number| {
            let address = format!("membre{number}@exemple.fr");
            let new = relay.create_token(&address).map_err(told("no token"))?;
            Ok(Person { address, account: new.account_id.0, token: new.token })
        };
        let people = (0..people).map(person).collect::<Result<_, Trouble>>()?;
        Ok(Self { data: data.to_owned(), people })
    }

    /// A second data folder over the same database.
    pub(crate) fn twin(&self, data: &Path) -> Result<(), Trouble> {
        fs::create_dir(data).map_err(told(data.display()))?;
        for name in ["store.toml", "opaque.seed", "vapid.pem"] {
            fs::copy(self.data.join(name), data.join(name)).map_err(told(name))?;
        }
        Ok(())
    }
}
