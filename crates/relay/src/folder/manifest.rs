//! What a backup holds. Written last: a folder without it is no backup.
//!
//! It gives the database's SHA-256; the database names the blobs, and a blob's name is its SHA-256. So everything in a
//! backup hangs on these few lines.

use std::{fs::File, io::Read, path::Path};

use sceau_api::UtcDate;
use serde::{Deserialize, Serialize};

use super::{Error, about};
use crate::limits;

/// The file's name in a backup.
pub(crate) const MANIFEST: &str = "sceau-backup.json";
/// Stands in a folder whose first backup has begun; holds the relay's fingerprint.
pub(crate) const BEGUN: &str = "sceau-backup.begun";
/// The form this program writes and reads.
const FORMAT: u32 = 1;

/// The list itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Manifest {
    format: u32,
    /// Which relay it is of: a digest of its seed.
    pub(crate) relay: String,
    /// When its moment was.
    pub(crate) taken_at: UtcDate,
    pub(crate) database: Database,
    pub(crate) blobs: Blobs,
}

/// The database of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Database {
    pub(crate) sha256: String,
    pub(crate) bytes: u64,
}

/// How many blobs the database names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Blobs {
    pub(crate) count: u64,
    pub(crate) bytes: u64,
}

impl Manifest {
    pub(crate) fn new(relay: String, now: i64, database: Database, blobs: Blobs) -> Self {
        Self { format: FORMAT, relay, taken_at: UtcDate::from_unix(now), database, blobs }
    }

    /// Reads a backup's list; `None` when it has none.
    pub(crate) fn read(backup: &Path) -> Result<Option<Self>, Error> {
        let path = backup.join(MANIFEST);
        if !path.exists() {
            return Ok(None);
        }
        let file = File::open(&path).map_err(about(&path))?;
        Self::read_from(file, &path).map(Some)
    }

    /// Reads a list; `path` is what an error is about.
    pub(crate) fn read_from(file: impl Read, path: &Path) -> Result<Self, Error> {
        let mut text = String::new();
        let damaged = || Error::Manifest(path.to_owned());
        file.take(limits::MANIFEST_BYTES).read_to_string(&mut text).map_err(|_| damaged())?;
        let manifest: Self = serde_json::from_str(&text).map_err(|_| damaged())?;
        let digests = [&manifest.relay, &manifest.database.sha256];
        let sound = digests.iter().all(|digest| is_digest(digest)) && manifest.format == FORMAT;
        sound.then_some(manifest).ok_or_else(damaged)
    }

    /// The name of the database's file: another for other content, so that a new one never replaces the last good one.
    pub(crate) fn database_file(&self) -> String {
        database_file(&self.database.sha256)
    }

    /// As it is written.
    pub(crate) fn to_json(&self) -> Result<Vec<u8>, std::io::Error> {
        let mut text = serde_json::to_vec_pretty(self)?;
        text.push(b'\n');
        Ok(text)
    }
}

/// Whether a folder is a backup, finished or not.
pub(crate) fn is_there(folder: &Path) -> bool {
    folder.join(MANIFEST).exists() || folder.join(BEGUN).exists()
}

/// What the file of a database with that SHA-256 is called.
pub(crate) fn database_file(sha256: &str) -> String {
    format!("relay-{sha256}.sqlite")
}

/// Whether a text is a SHA-256 in lower-case hexadecimal; only such a one becomes part of a file name.
fn is_digest(text: &str) -> bool {
    crate::store::blobs::is_blob_id(&text.into())
}
