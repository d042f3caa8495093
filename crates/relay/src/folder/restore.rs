//! A backup becomes a data folder again, verified to the last byte.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use rusqlite::Connection;
use sceau_api::BlobId;

use super::{
    Error, about,
    backup::seed_beside,
    blob_path, blobs_in_files, files, fingerprint, lock_backup,
    manifest::{self, Blobs, Manifest},
    origin,
    progress::Progress,
    read_only, single,
};
use crate::{
    fail_point::fail_point,
    limits,
    store::{BLOBS, DATABASE, SEED, Store, change, elsewhere, migrate},
};

/// Everything is put together here, below the new folder; while it is there, the folder is not ready.
const UNFINISHED: &str = "restoring";

/// What a backup in one file is unpacked into, within it.
const UNPACKED: &str = "unpacked";

/// What was restored.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) blobs: Blobs,
    pub(crate) taken_at: String,
    /// Nobody had enrolled and no seed was found: the relay makes one at its first start.
    pub(crate) without_seed: bool,
}

/// Restores the backup in `from` into the new or empty folder `to`; or, when `to` holds a `store.toml` and nothing else, into the
/// database and the place for blobs that it names.
///
/// # Errors
/// When `from` is no whole backup (everything damaged or missing is named), `to` or that database is not empty, or the seed is not
/// the one of that relay. Then both are left as they were, but for blobs, which may lie there already.
pub(crate) fn restore(
    from: &Path,
    to: &Path,
    seed: Option<&Path>,
    progress: &mut Progress,
) -> Result<Done, Error> {
    let single = from.is_file();
    if single {
        single::manifest(from)?;
    } else if !manifest::is_there(from) {
        return Err(Error::NoBackup(from.to_owned()));
    }
    let _lock = lock_backup(from)?;
    let made = !to.exists();
    let shared = elsewhere::is_said(to);
    must_be_free(to, shared)?;
    // Before anything is cleared: a restore that was cut off when its rows were there is done.
    let store = shared.then(|| origin::open_new(to)).transpose()?;
    let aside = begin(to, shared)?;
    let unpacked = aside.join(UNPACKED);
    let store = store.as_ref();
    let outcome = if single {
        single::unpack(from, &unpacked).and_then(|()| {
            Restoring { backup: from, from: &unpacked, to, aside: &aside, single, store }.run(seed, progress)
        })
    } else {
        Restoring { backup: from, from, to, aside: &aside, single, store }.run(seed, progress)
    };
    if outcome.is_err() {
        // Best effort: the error of the restoring itself says more.
        let _ = fs::remove_dir_all(&aside);
        if made {
            let _ = fs::remove_dir(to);
        }
    }
    outcome
}

/// Refuses a folder with anything in it but what says where rows and blobs lie, those blobs, and what a restore left that was cut off.
fn must_be_free(to: &Path, shared: bool) -> Result<(), Error> {
    if to.exists() && !to.is_dir() {
        return Err(Error::NotAFolder(to.to_owned()));
    }
    let mut ours = Vec::new();
    if shared {
        ours.extend([elsewhere::FILE, BLOBS]);
    }
    if to.join(UNFINISHED).is_dir() {
        ours.extend([UNFINISHED, BLOBS, SEED]);
    }
    let is_free = files::holds_only(to, &ours).map_err(about(to))?;
    is_free.then_some(()).ok_or_else(|| Error::NotEmpty(to.to_owned()))
}

/// Makes the folder to work in. What an earlier restore left when it was cut off is cleared, but for blobs that lie where a
/// `store.toml` says.
fn begin(to: &Path, shared: bool) -> Result<PathBuf, Error> {
    let aside = to.join(UNFINISHED);
    if aside.is_dir() {
        files::remove(&to.join(SEED)).map_err(about(to))?;
        for folder in [Some(aside.clone()), (!shared).then(|| to.join(BLOBS))].into_iter().flatten() {
            if folder.exists() {
                fs::remove_dir_all(&folder).map_err(about(&folder))?;
            }
        }
    }
    files::create_folder(&aside).map_err(about(&aside))?;
    Ok(aside)
}

struct Restoring<'a> {
    /// The backup as it was named.
    backup: &'a Path,
    /// The folder with its files: the same, or what a single file was unpacked into.
    from: &'a Path,
    to: &'a Path,
    aside: &'a Path,
    single: bool,
    /// Where rows and blobs go when not into the folder.
    store: Option<&'a Store>,
}

impl Restoring<'_> {
    fn run(&self, seed: Option<&Path>, progress: &mut Progress) -> Result<Done, Error> {
        let manifest = Manifest::read(self.from)?.ok_or_else(|| Error::CutOff(self.backup.to_owned()))?;
        let database = self.database(&manifest)?;
        fail_point!("restore.database_copied");
        let db = read_only(&database)?;
        let (named, enrolled) = (blobs_in_files(&db)?, has_enrolled(&db)?);
        drop(db);
        let without_seed = !self.seed(&manifest, seed, enrolled)?;
        progress.of(manifest.blobs);
        self.blobs(&named, progress)?;
        fail_point!("restore.blobs_copied");
        settle(&database)?;
        fail_point!("restore.settled");
        match self.store {
            Some(store) => self.fill(store, &database, without_seed)?,
            None => self.put_in_place(&database, without_seed).map_err(about(self.to))?,
        }
        Ok(Done { blobs: manifest.blobs, taken_at: manifest.taken_at.0, without_seed })
    }

    /// The database, copied and the one the list speaks of.
    fn database(&self, manifest: &Manifest) -> Result<PathBuf, Error> {
        let from = self.from.join(manifest.database_file());
        let to = self.aside.join(DATABASE);
        if !from.is_file() {
            return Err(Error::Altered(from));
        }
        let whole = self.bring(&from, &to, &manifest.database.sha256)?;
        whole.then_some(to).ok_or(Error::Altered(from))
    }

    /// Puts a file where it belongs when its SHA-256 is `expected`. What was just unpacked is moved, not copied.
    fn bring(&self, from: &Path, to: &Path, expected: &str) -> Result<bool, Error> {
        let brought = if !self.single {
            files::copy(from, to, expected)
        } else if files::hash_of(from).map_err(about(from))?.0 == expected {
            fs::rename(from, to).map(|()| true)
        } else {
            Ok(false)
        };
        brought.map_err(about(from))
    }

    /// Copies the seed; false when there is none and none is needed.
    fn seed(&self, manifest: &Manifest, named: Option<&Path>, enrolled: bool) -> Result<bool, Error> {
        let beside = std::path::absolute(self.backup).map_err(about(self.backup))?;
        let from = named.map_or_else(|| seed_beside(&beside), Path::to_owned);
        if !from.exists() {
            let needed = enrolled || named.is_some();
            return if needed { Err(Error::NoSeed(from)) } else { Ok(false) };
        }
        if fingerprint(&from)? != manifest.relay {
            return Err(Error::WrongSeed(from));
        }
        let seed = fs::read(&from).map_err(about(&from))?;
        let to = self.aside.join(SEED);
        files::write(&to, &seed).map_err(about(&to))?;
        Ok(true)
    }

    /// Every blob, its bytes checked while they are copied, into the new folder or the store; all that are damaged are named at once.
    fn blobs(&self, named: &[(BlobId, u64)], progress: &mut Progress) -> Result<(), Error> {
        let (from, to) = (self.from.join(BLOBS), self.aside.join(BLOBS));
        if self.store.is_none() {
            files::create_folder(&to).map_err(about(&to))?;
        }
        let mut damaged = Vec::new();
        for (id, size) in named {
            let whole = match (blob_path(&from, id), blob_path(&to, id), self.store) {
                (Some(from), _, Some(store)) if from.is_file() => {
                    hand_over(&from, id, store).map_err(about(self.to))?
                }
                (Some(from), Some(to), None) if from.is_file() => {
                    let shard = to.parent().unwrap_or(&to);
                    files::create_folder(shard).map_err(about(shard))?;
                    self.bring(&from, &to, id.as_str())?
                }
                _ => false,
            };
            if !whole {
                damaged.push(format!("blob {id}"));
            }
            progress.blob(*size);
        }
        damaged.is_empty().then_some(()).ok_or(Error::BackupDamaged(damaged))
    }

    /// The rows last, all at once: without them a database is nobody's.
    fn fill(&self, store: &Store, database: &Path, without_seed: bool) -> Result<(), Error> {
        let seed = self.to.join(SEED);
        if !without_seed {
            fs::rename(self.aside.join(SEED), &seed).map_err(about(&seed))?;
            files::sync_folder(self.to).map_err(about(self.to))?;
        }
        let taken = store.take_from(database).map_err(origin::opening(self.to));
        // Where the line broke as it was to become durable, the rows may be there, and want their seed.
        let is_ours = taken.as_ref().copied().unwrap_or_else(|_| !matches!(store.has_no_rows(), Ok(true)));
        if !is_ours {
            files::remove(&seed).map_err(about(&seed))?;
        }
        if !taken? {
            return Err(Error::HasRows(self.to.to_owned()));
        }
        fs::remove_dir_all(self.aside).map_err(about(self.aside))
    }

    /// The database last: without it a folder is none.
    fn put_in_place(&self, database: &Path, without_seed: bool) -> io::Result<()> {
        let blobs = self.aside.join(BLOBS);
        for shard in fs::read_dir(&blobs)? {
            files::sync_folder(&shard?.path())?;
        }
        files::sync_folder(&blobs)?;
        fs::rename(&blobs, self.to.join(BLOBS))?;
        fail_point!("restore.blobs_in_place");
        if !without_seed {
            fs::rename(self.aside.join(SEED), self.to.join(SEED))?;
        }
        files::sync_folder(self.to)?;
        fail_point!("restore.seed_in_place");
        fs::rename(database, self.to.join(DATABASE))?;
        fail_point!("restore.database_in_place");
        fs::remove_dir_all(self.aside)?;
        files::sync_folder(self.to)?;
        self.to.parent().map_or(Ok(()), files::sync_folder)
    }
}

/// Writes a blob into the store; false when its octets are not what its name says.
fn hand_over(from: &Path, id: &BlobId, store: &Store) -> io::Result<bool> {
    let (mut file, mut writer) = (fs::File::open(from)?, store.blobs().begin()?);
    let (found, _) = files::hash(&mut file, |octets| writer.write(octets))?;
    // What is dropped unfinished leaves nothing.
    Ok(found == id.0 && writer.finish()?.0 == *id)
}

fn has_enrolled(db: &Connection) -> Result<bool, Error> {
    Ok(db.query_row("SELECT EXISTS (SELECT 1 FROM slot)", [], |row| row.get(0))?)
}

/// Makes the database of an earlier moment one that nobody mistakes for a later one: sessions end, since some may have
/// been ended since, and pushes go by a new key; numbers move on beyond all that may have been given out since, so that no id comes to
/// mean another thing, and no state hides what was lost.
fn settle(database: &Path) -> Result<(), Error> {
    let open = |fault| Error::Open { path: database.to_owned(), fault };
    let mut db = Connection::open(database)?;
    migrate::to_newest(&mut db).map_err(open)?;
    let tx = db.transaction()?;
    tx.execute_batch(
        "DELETE FROM push_subscription; DELETE FROM session; DELETE FROM login; DELETE FROM shared_secret;",
    )?;
    tx.execute(
        "INSERT INTO sqlite_sequence (name, seq) SELECT name, 0 FROM sqlite_schema
         WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%' AND name NOT IN (SELECT name FROM sqlite_sequence)",
        [],
    )?;
    tx.execute("UPDATE sqlite_sequence SET seq = seq + ?", [limits::RESTORED_NUMBERS])?;
    change::begin_anew(&tx, limits::RESTORED_NUMBERS)?;
    tx.commit()?;
    // One file, with everything in it.
    db.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()))?;
    db.close().map_err(|(_, error)| error)?;
    fs::File::open(database).and_then(|file| file.sync_all()).map_err(about(database))
}
