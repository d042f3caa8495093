//! Bytes by their SHA-256. A blob is durable before its id is given out.

use std::{
    collections::{BTreeSet, HashMap},
    fs::{self, File, OpenOptions},
    io::{self, Cursor, Read, Seek as _, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use sceau_api::BlobId;
use sha2::{Digest as _, Sha256};

use crate::{fail_point::fail_point, random::generate_bytes};

/// A place for bytes.
pub trait Blobs: Send + Sync {
    /// Begins a blob.
    ///
    /// # Errors
    /// When nothing can be written.
    fn begin(&self) -> io::Result<Box<dyn BlobWriter + '_>>;

    /// The bytes of a blob and their number; `None` when it is not there.
    ///
    /// # Errors
    /// When it cannot be read.
    fn open(&self, id: &BlobId) -> io::Result<Option<(u64, Box<dyn Read + Send>)>>;

    /// At most `length` octets of a blob from `offset` on; `None` when it is not there. Beyond its end there is nothing.
    ///
    /// # Errors
    /// When it cannot be read.
    fn open_range(&self, id: &BlobId, offset: u64, length: u64) -> io::Result<Option<Box<dyn Read + Send>>> {
        let Some((_, mut reader)) = self.open(id)? else { return Ok(None) };
        io::copy(&mut (&mut reader).take(offset), &mut io::sink())?;
        Ok(Some(Box::new(reader.take(length))))
    }

    /// Removes a blob; one that is not there is no error.
    ///
    /// # Errors
    /// When it cannot be removed.
    fn remove(&self, id: &BlobId) -> io::Result<()>;

    /// All blobs, in no order.
    ///
    /// # Errors
    /// When they cannot be listed.
    fn list(&self) -> io::Result<Vec<BlobId>>;

    /// Octets there is still room for; `None` where nobody can say.
    ///
    /// # Errors
    /// When it cannot be told.
    fn free(&self) -> io::Result<Option<u64>> {
        Ok(None)
    }
}

/// A blob being written. Dropped before [`BlobWriter::finish`], it leaves nothing.
pub trait BlobWriter {
    /// Adds bytes.
    ///
    /// # Errors
    /// When they cannot be written.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Makes the blob durable and gives its id and size.
    ///
    /// # Errors
    /// When that fails; then nothing is kept.
    fn finish(self: Box<Self>) -> io::Result<(BlobId, u64)>;
}

/// The whole of a blob.
pub(crate) fn read_all(blobs: &dyn Blobs, id: &BlobId) -> io::Result<Option<Vec<u8>>> {
    let Some((size, mut reader)) = blobs.open(id)? else { return Ok(None) };
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    reader.read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// Whether `id` is a SHA-256 in lower-case hexadecimal; nothing else ever becomes a file name.
pub(crate) fn is_blob_id(id: &BlobId) -> bool {
    id.0.len() == 64 && id.0.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// A folder: `ab/abcd…` for finished blobs, `incoming/` for those being written.
#[derive(Debug)]
pub struct DiskBlobs {
    folder: PathBuf,
    /// Folders below it whose names are known to be durable. That one is there says nothing: another thread may just have
    /// made it, or an earlier process that was killed.
    durable: Mutex<BTreeSet<PathBuf>>,
}

impl DiskBlobs {
    const INCOMING: &str = "incoming";

    /// Opens (or makes) the folder, and clears what an earlier process left half written.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let incoming = folder.join(Self::INCOMING);
        if !incoming.is_dir() {
            fs::create_dir_all(&incoming)?;
            let whole = std::path::absolute(folder)?;
            whole.parent().map_or(Ok(()), |above| File::open(above)?.sync_all())?;
        }
        Ok(Self { folder: folder.to_owned(), durable: Mutex::default() })
    }

    /// Removes half-written files. Only the serving process may, and only before it serves.
    ///
    /// # Errors
    /// When a file cannot be removed.
    pub fn clear_incoming(folder: &Path) -> io::Result<()> {
        for entry in fs::read_dir(folder.join(Self::INCOMING))? {
            fs::remove_file(entry?.path())?;
            fail_point!("start.incoming_cleared");
        }
        Ok(())
    }

    /// Makes a folder below, durably; once it is, there is nothing to do.
    fn make_durable(&self, shard: &Path) -> io::Result<()> {
        let is_durable = self.durable.lock().unwrap_or_else(PoisonError::into_inner).contains(shard);
        if !is_durable {
            fs::create_dir_all(shard)?;
            fail_point!("blob.shard_made");
            File::open(&self.folder)?.sync_all()?;
            self.durable.lock().unwrap_or_else(PoisonError::into_inner).insert(shard.to_owned());
        }
        Ok(())
    }

    fn path(&self, id: &BlobId) -> io::Result<PathBuf> {
        let shard = id.0.get(..2).filter(|_| is_blob_id(id)).ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.folder.join(shard).join(&id.0))
    }
}

impl Blobs for DiskBlobs {
    fn free(&self) -> io::Result<Option<u64>> {
        let disk = rustix::fs::statvfs(&self.folder)?;
        Ok(disk.f_bavail.checked_mul(disk.f_frsize))
    }

    fn begin(&self) -> io::Result<Box<dyn BlobWriter + '_>> {
        let path = self.folder.join(Self::INCOMING).join(hex::encode(generate_bytes::<16>()));
        fail_point!("blob.begun");
        let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        fail_point!("blob.created");
        Ok(Box::new(DiskWriter { blobs: self, file, path, hash: Sha256::new(), size: 0, kept: false }))
    }

    fn open(&self, id: &BlobId) -> io::Result<Option<(u64, Box<dyn Read + Send>)>> {
        if !is_blob_id(id) {
            return Ok(None);
        }
        match File::open(self.path(id)?) {
            Ok(file) => Ok(Some((file.metadata()?.len(), Box::new(file)))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn open_range(&self, id: &BlobId, offset: u64, length: u64) -> io::Result<Option<Box<dyn Read + Send>>> {
        if !is_blob_id(id) {
            return Ok(None);
        }
        match File::open(self.path(id)?) {
            Ok(mut file) => {
                file.seek(SeekFrom::Start(offset))?;
                Ok(Some(Box::new(file.take(length))))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn remove(&self, id: &BlobId) -> io::Result<()> {
        match fs::remove_file(self.path(id)?) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn list(&self) -> io::Result<Vec<BlobId>> {
        let mut all = Vec::new();
        for shard in fs::read_dir(&self.folder)? {
            let shard = shard?.path();
            // A stranger's file is not ours to stumble over; `check` names it.
            if !shard.is_dir() {
                continue;
            }
            for entry in fs::read_dir(shard)? {
                let id = BlobId(entry?.file_name().to_string_lossy().into_owned());
                if is_blob_id(&id) {
                    all.push(id);
                }
            }
        }
        Ok(all)
    }
}

struct DiskWriter<'a> {
    blobs: &'a DiskBlobs,
    file: File,
    path: PathBuf,
    hash: Sha256,
    size: u64,
    kept: bool,
}

impl BlobWriter for DiskWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.hash.update(bytes);
        fail_point!("blob.written");
        self.size += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<(BlobId, u64)> {
        fail_point!("blob.whole");
        self.file.sync_all()?;
        fail_point!("blob.synced");
        let id = BlobId(hex::encode(self.hash.clone().finalize()));
        let target = self.blobs.path(&id)?;
        let shard = target.parent().ok_or(io::ErrorKind::InvalidInput)?;
        self.blobs.make_durable(shard)?;
        fail_point!("blob.shard_synced");
        fs::rename(&self.path, &target)?;
        self.kept = true;
        fail_point!("blob.renamed");
        File::open(shard)?.sync_all()?;
        fail_point!("blob.folder_synced");
        Ok((id, self.size))
    }
}

impl Drop for DiskWriter<'_> {
    fn drop(&mut self) {
        if !self.kept {
            // What cannot be removed now is removed at the next start.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Blobs that end with the process.
#[derive(Debug, Default)]
pub struct MemoryBlobs {
    blobs: Mutex<HashMap<BlobId, Vec<u8>>>,
}

impl Blobs for MemoryBlobs {
    fn begin(&self) -> io::Result<Box<dyn BlobWriter + '_>> {
        Ok(Box::new(MemoryWriter { blobs: self, bytes: Vec::new() }))
    }

    fn open(&self, id: &BlobId) -> io::Result<Option<(u64, Box<dyn Read + Send>)>> {
        let found = self.blobs.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned();
        Ok(found.map(|bytes| {
            let reader: Box<dyn Read + Send> = Box::new(Cursor::new(bytes.clone()));
            (u64::try_from(bytes.len()).unwrap_or(u64::MAX), reader)
        }))
    }

    fn remove(&self, id: &BlobId) -> io::Result<()> {
        self.blobs.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
        Ok(())
    }

    fn list(&self) -> io::Result<Vec<BlobId>> {
        Ok(self.blobs.lock().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect())
    }
}

struct MemoryWriter<'a> {
    blobs: &'a MemoryBlobs,
    bytes: Vec<u8>,
}

impl BlobWriter for MemoryWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn finish(self: Box<Self>) -> io::Result<(BlobId, u64)> {
        let id = BlobId(hex::encode(Sha256::digest(&self.bytes)));
        let size = u64::try_from(self.bytes.len()).unwrap_or(u64::MAX);
        self.blobs.blobs.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), self.bytes);
        Ok((id, size))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::ObjectBlobs;

    /// What every [`Blobs`] promises.
    fn suite(blobs: &dyn Blobs) {
        const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let abc = BlobId::from(ABC);
        assert!(blobs.open(&abc).unwrap().is_none());
        drop_unfinished(blobs, &abc);
        for _ in 0..2 {
            let mut writer = blobs.begin().unwrap();
            writer.write(b"a").unwrap();
            writer.write(b"bc").unwrap();
            assert_eq!(writer.finish().unwrap(), (abc.clone(), 3));
        }
        assert_eq!(blobs.list().unwrap(), std::slice::from_ref(&abc));
        assert_eq!(read_all(blobs, &abc).unwrap().unwrap(), b"abc");
        for (offset, length, expected) in
            [(0, 9, "abc"), (1, 1, "b"), (2, u64::MAX, "c"), (3, 1, ""), (9, 9, ""), (1, 0, "")]
        {
            let mut read = String::new();
            blobs.open_range(&abc, offset, length).unwrap().unwrap().read_to_string(&mut read).unwrap();
            assert_eq!(read, expected, "{offset}+{length}");
        }
        for wrong in ["", "../../etc/passwd", &ABC.to_uppercase(), &ABC[1..]] {
            assert!(blobs.open(&BlobId::from(wrong)).unwrap().is_none(), "{wrong}");
            assert!(blobs.open_range(&BlobId::from(wrong), 0, 1).unwrap().is_none(), "{wrong}");
        }
        blobs.remove(&abc).unwrap();
        blobs.remove(&abc).unwrap();
        assert!(blobs.open(&abc).unwrap().is_none());
        large(blobs);
    }

    /// One that takes more than one part of any storage, written in pieces of no particular size.
    fn large(blobs: &dyn Blobs) {
        let octets: Vec<u8> = (0..20_000_003_u32).map(|at| at.to_le_bytes()[at as usize % 4]).collect();
        let mut writer = blobs.begin().unwrap();
        for piece in octets.chunks(777_777) {
            writer.write(piece).unwrap();
        }
        let (id, size) = writer.finish().unwrap();
        assert_eq!((id.0, size), (hex::encode(Sha256::digest(&octets)), 20_000_003));
        let id = BlobId(hex::encode(Sha256::digest(&octets)));
        assert!(read_all(blobs, &id).unwrap().unwrap() == octets);
        let mut part = Vec::new();
        blobs.open_range(&id, 9_999_999, 5).unwrap().unwrap().read_to_end(&mut part).unwrap();
        assert_eq!(part, octets[9_999_999..10_000_004]);
        blobs.remove(&id).unwrap();
    }

    fn drop_unfinished(blobs: &dyn Blobs, id: &BlobId) {
        let mut writer = blobs.begin().unwrap();
        writer.write(b"abc").unwrap();
        drop(writer);
        assert!(blobs.open(id).unwrap().is_none());
    }

    #[test]
    fn memory_keeps_the_promises() {
        suite(&MemoryBlobs::default());
    }

    #[test]
    fn object_storage_keeps_the_promises() {
        suite(&ObjectBlobs::over(object_store::memory::InMemory::new()).unwrap());
        let folder =
            std::env::temp_dir().join(format!("sceau-objects-{}", hex::encode(generate_bytes::<8>())));
        fs::create_dir_all(&folder).unwrap();
        let local = object_store::local::LocalFileSystem::new_with_prefix(&folder).unwrap();
        suite(&ObjectBlobs::over(local.with_fsync(true)).unwrap());
        fs::remove_dir_all(folder).unwrap();
    }

    /// With a server that speaks S3, named by the environment as for the relay: `SCEAU_TEST_S3=s3://bucket`.
    #[test]
    fn s3_keeps_the_promises() {
        match std::env::var("SCEAU_TEST_S3") {
            Ok(bucket) => suite(&ObjectBlobs::open(&format!("{bucket}/unit")).unwrap()),
            Err(_) => eprintln!("skipped: SCEAU_TEST_S3 names no server"),
        }
    }

    #[test]
    fn disk_keeps_the_promises() {
        let folder = std::env::temp_dir().join(format!("sceau-blobs-{}", hex::encode(generate_bytes::<8>())));
        suite(&DiskBlobs::open(&folder).unwrap());
        let left: Vec<_> = fs::read_dir(folder.join(DiskBlobs::INCOMING)).unwrap().collect();
        assert!(left.is_empty(), "half-written files stay: {left:?}");
        fs::remove_dir_all(folder).unwrap();
    }
}
