//! A backup in one file: a tar archive (POSIX.1-1988) of what a backup's folder holds, the list first.
//!
//! It is written anew each time. Whoever unpacks it with `tar` has the folder.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use sceau_api::BlobId;
use sha2::{Digest as _, Sha256};
use tar::{Archive, Builder, Entry, EntryType, Header};

use super::{
    Error, about,
    backup::{Done, Place, absolute, keep_seed, sum},
    blob_path, files,
    manifest::{MANIFEST, Manifest},
    origin::Origin,
    progress::Progress,
};
use crate::store::BLOBS;

/// How the name of such a file ends.
const EXTENSION: &str = "tar";
/// The archive while it is being written.
const UNFINISHED: &str = "incoming.tar";

/// Whether a backup to `path` is to be one file.
pub(crate) fn is_one(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == EXTENSION) && !path.is_dir()
}

/// Makes a backup in the file `to`. An earlier one of the same relay is replaced at the very end.
///
/// # Errors
/// As for a folder.
pub(crate) fn backup(
    origin: &Origin,
    to: &Path,
    seed: Option<&Path>,
    now: i64,
    progress: &mut Progress,
) -> Result<Done, Error> {
    let to = &absolute(to)?;
    let relay = origin.fingerprint()?;
    if to.exists() {
        let owner = manifest(to).map_err(|_| Error::NotOurs(to.clone()))?.relay;
        if owner != relay {
            return Err(Error::OtherRelay(to.clone()));
        }
    }
    let place = Place::take(origin, &beside(to), &relay)?;
    let seed = keep_seed(origin, to, seed)?;
    let kept = origin.keep_blobs()?;
    let (database, named) = place.snapshot(origin)?;
    let blobs = sum(&named);
    progress.of(blobs);
    let manifest = Manifest::new(relay, now, database, blobs);
    let whole = place.path.join(UNFINISHED);
    let mut archive = Builder::new(files::create(&whole).map_err(about(&whole))?);
    write_head(&mut archive, &place.path, &manifest).map_err(about(&whole))?;
    write_blobs(&mut archive, origin, &named, progress)?;
    drop(kept);
    archive.into_inner().and_then(|file| file.sync_all()).map_err(about(&whole))?;
    fs::rename(&whole, to).map_err(about(to))?;
    fs::remove_dir_all(&place.path).map_err(about(&place.path))?;
    to.parent().map_or(Ok(()), files::sync_folder).map_err(about(to))?;
    Ok(Done { blobs, copied: blobs.count, seed })
}

/// The folder to work in, removed at the end.
fn beside(to: &Path) -> PathBuf {
    let mut name = to.file_name().unwrap_or_default().to_owned();
    name.push(".making");
    to.with_file_name(name)
}

fn header(size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::Regular);
    header.set_mode(0o600);
    header.set_size(size);
    header
}

fn write_head(archive: &mut Builder<File>, work: &Path, manifest: &Manifest) -> io::Result<()> {
    let json = manifest.to_json()?;
    let length = u64::try_from(json.len()).unwrap_or(u64::MAX);
    archive.append_data(&mut header(length), MANIFEST, &*json)?;
    let name = manifest.database_file();
    let database = File::open(work.join(&name))?;
    archive.append_data(&mut header(manifest.database.bytes), name, database)
}

/// Every blob, hashed while it is written; all that are damaged are named at once.
fn write_blobs(
    archive: &mut Builder<File>,
    origin: &Origin,
    named: &[(BlobId, u64)],
    progress: &mut Progress,
) -> Result<(), Error> {
    let mut damaged = Vec::new();
    for (id, size) in named {
        let Some(name) = blob_path(Path::new(BLOBS), id) else {
            damaged.push("a blob whose name is none".to_owned());
            continue;
        };
        let Some((_, octets)) = origin.blob(id)?.filter(|(length, _)| length == size) else {
            damaged.push(format!("blob {id}"));
            continue;
        };
        let mut source = Hashing { octets: octets.take(*size), digest: Sha256::new() };
        archive.append_data(&mut header(*size), &name, &mut source).map_err(about(&name))?;
        if hex::encode(source.digest.finalize()) != id.0 {
            damaged.push(format!("blob {id}"));
        }
        progress.blob(*size);
    }
    damaged.is_empty().then_some(()).ok_or(Error::Damaged(damaged))
}

/// Hashes what is read through it.
struct Hashing {
    octets: io::Take<Box<dyn Read + Send>>,
    digest: Sha256,
}

impl Read for Hashing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.octets.read(buffer)?;
        self.digest.update(buffer.get(..read).unwrap_or_default());
        Ok(read)
    }
}

/// The list of a backup in one file, which is its first entry.
pub(crate) fn manifest(file: &Path) -> Result<Manifest, Error> {
    let none = || Error::NoBackup(file.to_owned());
    let mut archive = Archive::new(File::open(file).map_err(about(file))?);
    let mut entries = archive.entries().map_err(|_| none())?;
    let first = entries.next().and_then(Result::ok).filter(|entry| is_file_named(entry, Path::new(MANIFEST)));
    Manifest::read_from(first.ok_or_else(none)?, file)
}

fn is_file_named(entry: &Entry<'_, File>, name: &Path) -> bool {
    entry.header().entry_type() == EntryType::Regular && entry.path().is_ok_and(|path| path == name)
}

/// Unpacks a backup into the new folder `to`, unverified. Nothing but the names a backup has is ever made; where the
/// archive cannot be read any more it ends, and what is missing will be found missing.
pub(crate) fn unpack(file: &Path, to: &Path) -> Result<(), Error> {
    let manifest = manifest(file)?;
    files::create_folder(to).map_err(about(to))?;
    let mut archive = Archive::new(File::open(file).map_err(about(file))?);
    for entry in archive.entries().map_err(about(file))? {
        let Ok(mut entry) = entry else { return Ok(()) };
        let Some(name) = name_of(&entry, &manifest) else { continue };
        let path = to.join(name);
        let folder = path.parent().unwrap_or(to);
        files::create_folder(folder).map_err(about(folder))?;
        let mut made = files::create(&path).map_err(about(&path))?;
        match io::copy(&mut entry, &mut made) {
            Err(error) if has_no_room(&error) => return Err(about(&path)(error)),
            _ => made.sync_all().map_err(about(&path))?,
        }
    }
    Ok(())
}

/// Whether the new folder failed and not the archive.
fn has_no_room(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// Where an entry belongs; `None` for whatever no backup holds.
fn name_of(entry: &Entry<'_, File>, manifest: &Manifest) -> Option<PathBuf> {
    let path = entry.path().ok()?;
    let id = BlobId(path.file_name()?.to_str()?.to_owned());
    let names =
        [Some(MANIFEST.into()), Some(manifest.database_file().into()), blob_path(Path::new(BLOBS), &id)];
    names.into_iter().flatten().find(|name| is_file_named(entry, name))
}
