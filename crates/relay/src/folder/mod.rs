//! What the relay's keeper does with a data folder: check it, back it up, restore it, take one account's letters out.
//!
//! All of it works beside a serving relay, over a connection that can only read (docs/design/backup.md).

pub(crate) mod backup;
pub(crate) mod check;
pub(crate) mod command;
pub(crate) mod export;
mod files;
mod manifest;
pub(crate) mod origin;
mod progress;
pub(crate) mod restore;
mod rows;
mod shared;
mod single;

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use manifest::Manifest;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};
use sceau_api::BlobId;

use crate::{
    limits, secret_file,
    store::{self, BLOBS, DATABASE, migrate},
};

/// Why a keeper's command could not be done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{} holds no relay.sqlite; name the folder the relay serves from", .0.display())]
    NoRelay(PathBuf),
    #[error("the database that store.toml in {} names has the schema of another version of this program; use that version", .0.display())]
    OtherSchema(PathBuf),
    #[error("the database that store.toml in {} names has rows already; name a new one", .0.display())]
    HasRows(PathBuf),
    #[error("{} was written by a newer version of this program (schema {found}, this one knows {known}); use that version", path.display())]
    Newer { path: PathBuf, found: usize, known: usize },
    #[error("{}: {error}", path.display())]
    File { path: PathBuf, error: io::Error },
    #[error("database: {0}")]
    Database(#[from] rusqlite::Error),
    #[error("{0}")]
    Store(#[from] crate::Fault),
    #[error("{}: {fault}", path.display())]
    Open { path: PathBuf, fault: crate::Fault },
    #[error("{} is a file; name a folder, or for a backup a file that ends in .tar", .0.display())]
    NotAFolder(PathBuf),
    #[error("{} lies within the data folder and would be lost with it; name a folder elsewhere", .0.display())]
    Within(PathBuf),
    #[error("{} is neither empty nor a backup; nothing was changed in it", .0.display())]
    NotOurs(PathBuf),
    #[error("{} is the backup of another relay; nothing was changed in it", .0.display())]
    OtherRelay(PathBuf),
    #[error("another command is working on {}; wait until it has ended", .0.display())]
    Busy(PathBuf),
    #[error("{} is not empty; name a new or an empty folder", .0.display())]
    NotEmpty(PathBuf),
    #[error("{} is no backup: it holds no sceau-backup.json", .0.display())]
    NoBackup(PathBuf),
    #[error("{} is a backup that was cut off; run `backup` again to complete it", .0.display())]
    CutOff(PathBuf),
    #[error("{} cannot be read as a list of what a backup holds; the backup is damaged", .0.display())]
    Manifest(PathBuf),
    #[error("{} is damaged: it is not what the backup was made of", .0.display())]
    Altered(PathBuf),
    #[error("damaged or missing, so that nothing was finished: {}; `check` says whom it concerns", list(.0))]
    Damaged(Vec<String>),
    #[error(
        "the backup is damaged, nothing was restored: {}; take an earlier backup, or fetch these files from another copy",
        list(.0)
    )]
    BackupDamaged(Vec<String>),
    #[error("{} is another seed; move it away, or name another file with --seed", .0.display())]
    OtherSeed(PathBuf),
    #[error(
        "{} cannot be written ({error}); name a file for the seed with --seed, in another place than the backup",
        path.display()
    )]
    SeedPlace { path: PathBuf, error: io::Error },
    #[error("{} lies within the backup; the seed must lie elsewhere, since only both together allow guessing at pass phrases", .0.display())]
    SeedWithin(PathBuf),
    #[error("the seed is not at {}: without it nobody who enrolled can sign in or read anything; name it with --seed", .0.display())]
    NoSeed(PathBuf),
    #[error("{} is not the seed of the relay this backup was made of", .0.display())]
    WrongSeed(PathBuf),
    #[error("there is no such account")]
    NoAccount,
}

impl From<store::sql::Error> for Error {
    fn from(error: store::sql::Error) -> Self {
        Self::Store(error.into())
    }
}

fn list(names: &[String]) -> String {
    names.join(", ")
}

/// Says which file an error is about.
fn about(path: &Path) -> impl FnOnce(io::Error) -> Error + use<'_> {
    move |error| Error::File { path: path.to_owned(), error }
}

/// A relay's data folder, or a backup of one, which is there.
#[derive(Debug)]
pub(crate) struct DataFolder {
    path: PathBuf,
    database: PathBuf,
    backup: Option<OfBackup>,
}

/// What is known of a folder that is a backup.
#[derive(Debug)]
struct OfBackup {
    /// The SHA-256 its database must have.
    database_sha256: String,
    /// Nobody changes the backup while this lives.
    _lock: File,
}

impl DataFolder {
    /// A folder with a database in it; whether that can be read shows later.
    pub(crate) fn existing(path: &Path) -> Result<Self, Error> {
        let (path, database) = (path.to_owned(), path.join(DATABASE));
        if database.is_file() { Ok(Self { path, database, backup: None }) } else { Err(Error::NoRelay(path)) }
    }

    /// A data folder or a backup: what can be looked at.
    pub(crate) fn or_backup(path: &Path) -> Result<Self, Error> {
        if !manifest::is_there(path) {
            return Self::existing(path);
        }
        let lock = lock_backup(path)?;
        let manifest = Manifest::read(path)?.ok_or_else(|| Error::CutOff(path.to_owned()))?;
        let database = path.join(manifest.database_file());
        let backup = Some(OfBackup { database_sha256: manifest.database.sha256, _lock: lock });
        Ok(Self { path: path.to_owned(), database, backup })
    }

    fn blobs(&self) -> PathBuf {
        self.path.join(BLOBS)
    }

    /// A connection that can only read.
    fn read_only(&self) -> Result<Connection, Error> {
        read_only(&self.database)
    }
}

/// While the file lives, a backup stays as it is: only readers share it.
fn lock_backup(path: &Path) -> Result<File, Error> {
    let lock = File::open(path).map_err(about(path))?;
    match lock.try_lock_shared() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(Error::Busy(path.to_owned())),
        Err(TryLockError::Error(error)) => Err(about(path)(error)),
    }
}

/// Opens a database for reading; one of a newer schema is refused.
fn read_only(path: &Path) -> Result<Connection, Error> {
    let db = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    db.busy_timeout(limits::BUSY_TIMEOUT)?;
    let found: u32 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let (found, known) = (usize::try_from(found).unwrap_or(usize::MAX), migrate::STEPS.len());
    (found <= known).then_some(db).ok_or_else(|| Error::Newer { path: path.to_owned(), found, known })
}

/// What `check` finds wrong with a data folder or a backup, a sentence each; `now` is the time by which an upload is old.
///
/// # Errors
/// A sentence, when it cannot be looked at.
pub fn findings(data: &Path, now: i64) -> Result<Vec<String>, String> {
    let told = |error: Error| error.to_string();
    let report = look(data, now, &mut progress::Progress::quiet()).map_err(told)?;
    Ok(report.findings.iter().map(ToString::to_string).collect())
}

/// Checks a data folder, wherever its rows lie, or a backup.
fn look(data: &Path, now: i64, progress: &mut progress::Progress) -> Result<check::Report, Error> {
    match store::elsewhere::is_said(data) {
        true => shared::check(data, progress),
        false => check::check(&DataFolder::or_backup(data)?, now, progress),
    }
}

fn fingerprint(seed: &Path) -> Result<String, Error> {
    let bytes = fs::read(seed).map_err(about(seed))?;
    Ok(hex::encode(secret_file::fingerprint(&bytes)))
}

/// Where a blob lies below a folder of blobs; `None` when that is no blob's id.
fn blob_path(blobs: &Path, id: &BlobId) -> Option<PathBuf> {
    let sound = store::blobs::is_blob_id(id);
    Some(blobs.join(id.0.get(..2).filter(|_| sound)?).join(&id.0))
}

/// Whether a database keeps small blobs in its rows: those of schema 5 and later do.
fn has_octets(db: &Connection) -> Result<bool, Error> {
    let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'blob_octets')";
    Ok(db.query_row(sql, [], |row| row.get(0))?)
}

/// The octets of a blob that lies in the database.
fn octets_in_row(db: &Connection, id: &BlobId) -> Result<Option<Vec<u8>>, Error> {
    if !has_octets(db)? {
        return Ok(None);
    }
    let mut statement = db.prepare_cached("SELECT octets FROM blob_octets WHERE id = ?")?;
    Ok(statement.query_row([id.as_str()], |row| row.get(0)).optional()?)
}

/// The blobs a database names that lie in files, with their sizes, in the order of their ids.
fn blobs_in_files(db: &Connection) -> Result<Vec<(BlobId, u64)>, Error> {
    let elsewhere = match has_octets(db)? {
        true => "WHERE NOT EXISTS (SELECT 1 FROM blob_octets WHERE blob_octets.id = blob.id)",
        false => "",
    };
    let mut statement = db.prepare(&format!("SELECT id, size FROM blob {elsewhere} ORDER BY id"))?;
    let rows = statement.query_map([], |row| {
        let size: i64 = row.get(1)?;
        Ok((BlobId(row.get(0)?), u64::try_from(size).unwrap_or(0)))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
