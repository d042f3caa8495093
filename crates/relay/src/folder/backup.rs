//! A hot backup: a snapshot of the database, then every blob it names (docs/design/backup.md).

use std::{
    collections::HashSet,
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use sceau_api::BlobId;

use super::{
    Error, about, blob_path, blobs_in_files, files,
    manifest::{BEGUN, Blobs, Database, MANIFEST, Manifest, database_file},
    origin::Origin,
    progress::Progress,
    read_only, single,
};
use crate::fail_point::fail_point;
use crate::store::{BLOBS, blobs::is_blob_id};

/// The database while it is being written.
const UNFINISHED: &str = "incoming.sqlite";

/// What a backup did.
#[derive(Debug)]
pub(crate) struct Done {
    /// Blobs in the backup, and their bytes.
    pub(crate) blobs: Blobs,
    /// Blobs that were not in it before.
    pub(crate) copied: u64,
    /// Where the seed lies.
    pub(crate) seed: PathBuf,
}

/// Where a backup's seed lies unless another place is named: beside the backup, not in it.
pub(crate) fn seed_beside(backup: &Path) -> PathBuf {
    let mut name = backup.file_name().unwrap_or_default().to_owned();
    name.push(".opaque.seed");
    backup.with_file_name(name)
}

/// Makes a backup in `to`, or brings an earlier one of the same relay up to date.
///
/// # Errors
/// When `to` is not a place for it, something cannot be read or written, or a blob is damaged. Until the very end an
/// earlier backup in `to` stays what it was.
pub(crate) fn backup(
    origin: &Origin,
    to: &Path,
    seed: Option<&Path>,
    now: i64,
    progress: &mut Progress,
) -> Result<Done, Error> {
    if single::is_one(to) {
        return single::backup(origin, to, seed, now, progress);
    }
    let relay = origin.fingerprint()?;
    let place = Place::take(origin, to, &relay)?;
    fail_point!("backup.begun");
    let seed = keep_seed(origin, &place.path, seed)?;
    // From here to the last copy the relay ends no blob, so that every blob of the snapshot is there.
    let kept = origin.keep_blobs()?;
    let (database, named) = place.snapshot(origin)?;
    let copied = place.copy_blobs(origin, &named, progress)?;
    drop(kept);
    let blobs = sum(&named);
    place.finish(&Manifest::new(relay, now, database, blobs), &named)?;
    Ok(Done { blobs, copied, seed })
}

/// How many blobs these are, and how large together.
pub(crate) fn sum(named: &[(BlobId, u64)]) -> Blobs {
    let count = u64::try_from(named.len()).unwrap_or(u64::MAX);
    Blobs { count, bytes: named.iter().fold(0_u64, |sum, (_, size)| sum.saturating_add(*size)) }
}

/// The seed is copied beside, never into, the backup: only both together allow guessing at pass phrases.
pub(crate) fn keep_seed(origin: &Origin, backup: &Path, to: Option<&Path>) -> Result<PathBuf, Error> {
    let to = to.map_or_else(|| seed_beside(backup), Path::to_owned);
    if absolute(&to)?.starts_with(absolute(backup)?) {
        return Err(Error::SeedWithin(to));
    }
    let from = origin.seed();
    let seed = fs::read(&from).map_err(about(&from))?;
    match fs::read(&to) {
        Ok(there) if there == seed => Ok(to),
        Ok(_) => Err(Error::OtherSeed(to)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            files::write(&to, &seed).map_err(|error| Error::SeedPlace { path: to.clone(), error })?;
            Ok(to)
        }
        Err(error) => Err(about(&to)(error)),
    }
}

/// The folder a backup is made in; nobody else's while this lives.
pub(crate) struct Place {
    pub(crate) path: PathBuf,
    _lock: File,
}

impl Place {
    /// Takes a folder that is new, empty, or a backup of this relay, finished or not.
    pub(crate) fn take(origin: &Origin, to: &Path, relay: &str) -> Result<Self, Error> {
        let path = absolute(to)?;
        if path.starts_with(absolute(origin.path())?) {
            return Err(Error::Within(to.to_owned()));
        }
        if path.exists() && !path.is_dir() {
            return Err(Error::NotAFolder(to.to_owned()));
        }
        let begun = path.join(BEGUN);
        if files::is_empty(&path).map_err(about(to))? {
            files::create_folder(&path).map_err(about(to))?;
            files::write(&begun, relay.as_bytes()).map_err(about(&begun))?;
            path.parent().map_or(Ok(()), files::sync_folder).map_err(about(to))?;
        }
        let owner = match Manifest::read(&path)? {
            Some(manifest) => manifest.relay,
            None if begun.is_file() => fs::read_to_string(&begun).map_err(about(&begun))?,
            None => return Err(Error::NotOurs(to.to_owned())),
        };
        if owner != relay {
            return Err(Error::OtherRelay(to.to_owned()));
        }
        let lock = File::open(&path).map_err(about(to))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path, _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(Error::Busy(to.to_owned())),
            Err(TryLockError::Error(error)) => Err(about(to)(error)),
        }
    }

    /// The database of one moment, durable under the name of its content, and the blobs it names.
    pub(crate) fn snapshot(&self, origin: &Origin) -> Result<(Database, Vec<(BlobId, u64)>), Error> {
        let unfinished = self.path.join(UNFINISHED);
        files::create(&unfinished).map_err(about(&unfinished))?;
        // Written into the empty file, which is its owner's only.
        origin.snapshot(&unfinished)?;
        fail_point!("backup.snapshot_written");
        let written = || -> io::Result<Database> {
            File::open(&unfinished)?.sync_all()?;
            let (sha256, bytes) = files::hash_of(&unfinished)?;
            fs::rename(&unfinished, self.path.join(database_file(&sha256)))?;
            fail_point!("backup.snapshot_named");
            Ok(Database { sha256, bytes })
        };
        let database = written().map_err(about(&unfinished))?;
        let named = blobs_in_files(&read_only(&self.path.join(database_file(&database.sha256)))?)?;
        Ok((database, named))
    }

    /// Copies what is not there yet; says how many. All that can be copied is, before a damaged one is an error.
    fn copy_blobs(
        &self,
        origin: &Origin,
        named: &[(BlobId, u64)],
        progress: &mut Progress,
    ) -> Result<u64, Error> {
        let to = self.path.join(BLOBS);
        files::create_folder(&to).map_err(about(&to))?;
        progress.of(sum(named));
        let (mut copied, mut damaged, mut touched) = (0, Vec::new(), HashSet::new());
        for (id, size) in named {
            match copy_blob(origin, &to, id, *size)? {
                Copied::New(shard) => {
                    copied += 1;
                    touched.insert(shard);
                    fail_point!("backup.blob_copied");
                }
                Copied::There => {}
                Copied::Damaged => damaged.push(format!("blob {id}")),
            }
            progress.blob(*size);
        }
        touched.insert(to);
        for folder in &touched {
            files::sync_folder(folder).map_err(about(folder))?;
        }
        damaged.is_empty().then_some(copied).ok_or(Error::Damaged(damaged))
    }

    /// Makes it a backup, and only then removes what the one before had more.
    fn finish(&self, manifest: &Manifest, named: &[(BlobId, u64)]) -> Result<(), Error> {
        let path = self.path.join(MANIFEST);
        let json = manifest.to_json().map_err(about(&path))?;
        // What the list speaks of is durable before it is.
        files::sync_folder(&self.path).map_err(about(&self.path))?;
        fail_point!("backup.before_list");
        files::write(&path, &json).map_err(about(&path))?;
        fail_point!("backup.listed");
        self.tidy(&manifest.database_file(), named).map_err(about(&self.path))
    }

    fn tidy(&self, database: &str, named: &[(BlobId, u64)]) -> io::Result<()> {
        files::remove(&self.path.join(BEGUN))?;
        for entry in fs::read_dir(&self.path)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name.starts_with("relay-") && !name.starts_with(database) {
                files::remove(&self.path.join(name))?;
            }
        }
        let named: HashSet<&str> = named.iter().map(|(id, _)| id.as_str()).collect();
        for shard in fs::read_dir(self.path.join(BLOBS))? {
            let shard = shard?.path();
            if !shard.is_dir() {
                continue;
            }
            for entry in fs::read_dir(shard)? {
                let entry = entry?;
                let name = entry.file_name().to_string_lossy().into_owned();
                let blob = BlobId(name.trim_end_matches(".part").to_owned());
                if is_blob_id(&blob) && !named.contains(name.as_str()) {
                    files::remove(&entry.path())?;
                }
            }
        }
        Ok(())
    }
}

/// What became of a blob.
enum Copied {
    /// It is new in this folder.
    New(PathBuf),
    There,
    Damaged,
}

/// A blob that has its name has it whole: it was renamed into place after its hash was right.
fn copy_blob(origin: &Origin, to: &Path, id: &BlobId, size: u64) -> Result<Copied, Error> {
    let Some(to) = blob_path(to, id) else { return Ok(Copied::Damaged) };
    if fs::metadata(&to).is_ok_and(|there| there.is_file() && there.len() == size) {
        return Ok(Copied::There);
    }
    let shard = to.parent().unwrap_or(&to).to_owned();
    files::create_folder(&shard).map_err(about(&shard))?;
    let whole = origin.copy_blob(id, &to)?;
    Ok(if whole { Copied::New(shard) } else { Copied::Damaged })
}

/// A path without links and dots, whether it is there or not.
pub(crate) fn absolute(path: &Path) -> Result<PathBuf, Error> {
    let whole = std::path::absolute(path).map_err(about(path))?;
    let mut missing = Vec::new();
    let mut there = whole.as_path();
    loop {
        match (fs::canonicalize(there), there.parent(), there.file_name()) {
            (Ok(found), ..) => return Ok(missing.iter().rev().fold(found, |path, name| path.join(name))),
            (Err(error), Some(parent), Some(name)) if error.kind() == io::ErrorKind::NotFound => {
                missing.push(name.to_owned());
                there = parent;
            }
            (Err(error), ..) => return Err(about(path)(error)),
        }
    }
}
