//! Where a relay's rows and blobs lie when not in its data folder: `store.toml`, in that folder. So every command needs no more
//! than the folder, and a relay that shares its database with others has one like any other, for its secrets.

use std::{fs, io, path::Path};

use serde::Deserialize;

use super::{Blobs, Database, DiskBlobs, ObjectBlobs, SEED, Store, postgres::Postgres, sql::params};
use crate::{fault::Fault, limits, secret_file};

/// Its name in the data folder.
pub(crate) const FILE: &str = "store.toml";

/// Whether a data folder says so.
pub(crate) fn is_said(folder: &Path) -> bool {
    folder.join(FILE).is_file()
}

/// What the file says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Elsewhere {
    /// A database of PostgreSQL: `postgres://user:word@host/name`, or as libpq has it.
    database: String,
    /// Where all relays over that database find blobs: `s3://bucket/prefix`, or a folder they share.
    blobs: String,
    /// Blobs up to this size lie in the database.
    blobs_in_database: Option<usize>,
}

/// The store that the file in a data folder speaks of; `None` when there is no such file.
///
/// # Errors
/// When the file cannot be read or says something else, or what it speaks of cannot be reached.
pub(super) fn open(folder: &Path) -> Result<Option<Store>, Fault> {
    let Some(said) = read(folder)? else { return Ok(None) };
    let blobs: Box<dyn Blobs> = match said.blobs.contains("://") {
        true => Box::new(ObjectBlobs::open(&said.blobs)?),
        false => Box::new(DiskBlobs::open(Path::new(&said.blobs))?),
    };
    let store = Store::postgres(&said.database, blobs)?;
    Ok(Some(store.with_blobs_in_rows(Some(said.blobs_in_database.unwrap_or(limits::BLOB_IN_ROW)))))
}

/// The number of the schema of the database that the file in a data folder speaks of, which is not changed; `None` when there is
/// no such file.
pub(super) fn version(folder: &Path) -> Result<Option<usize>, Fault> {
    read(folder)?.map(|said| Postgres::version(&said.database)).transpose()
}

fn read(folder: &Path) -> Result<Option<Elsewhere>, Fault> {
    let text = match fs::read_to_string(folder.join(FILE)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        text => text?,
    };
    toml::from_str(&text).map(Some).map_err(|_| {
        // What is wrong would quote the file, which may hold a pass word.
        Fault::Setting("store.toml says: database = \"postgres://…\" and blobs = \"s3://…\" or a folder")
    })
}

impl Store {
    /// Whether other relays may use it at the same time.
    pub(crate) fn is_shared(&self) -> bool {
        matches!(self.database, Database::Postgres(_))
    }

    /// Makes sure that all relays over one database have the same secret in a file: pass phrases enrolled with one would not open
    /// with another.
    ///
    /// # Errors
    /// When it is another than that of the relay which was there first.
    pub(crate) fn must_share(&self, name: &str, secret: &[u8], now: i64) -> Result<(), Fault> {
        let digest = secret_file::fingerprint(secret);
        let known: Vec<u8> = self.write::<_, Fault>(now, |tx| {
            tx.execute(
                "INSERT INTO shared_secret (name, digest) VALUES (?, ?) ON CONFLICT DO NOTHING",
                params![name, digest],
            )?;
            Ok(tx.query_row("SELECT digest FROM shared_secret WHERE name = ?", [name], |row| row.get(0))?)
        })?;
        match known == digest {
            true => Ok(()),
            false if name == SEED => Err(Fault::Setting(
                "the database belongs to relays with another opaque.seed: copy theirs into the data folder",
            )),
            false => Err(Fault::Setting(
                "the database belongs to relays with another key for pushes: copy theirs into the data folder",
            )),
        }
    }
}
