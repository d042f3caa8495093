//! Blobs in object storage: S3 and what speaks its protocol, or a folder that several relays share.
//!
//! A blob is put together in a file without a name, since its name is its digest, and goes to its place whole: an object is
//! there entirely or not at all, and durable when the storage says so.

use std::{
    fs::File,
    io::{self, Read, Seek as _, SeekFrom, Write as _},
    sync::Arc,
};

use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, executor::block_on};
use object_store::{
    GetOptions, GetRange, ObjectStore, ObjectStoreExt as _, ObjectStoreScheme, PutPayload, WriteMultipart,
    aws::AmazonS3Builder, path::Path, prefix::PrefixStore,
};
use sceau_api::BlobId;
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;

use super::{
    background::Background,
    blobs::{BlobWriter, Blobs, is_blob_id},
};
use crate::{fault::Fault, limits};

/// Pieces that are read ahead of whoever reads a blob.
const PIECES_AHEAD: usize = 4;

/// Blobs in object storage.
pub struct ObjectBlobs {
    store: Arc<dyn ObjectStore>,
    background: Arc<Background>,
}

impl ObjectBlobs {
    /// Blobs at `s3://bucket/prefix`; keys, region and endpoint come from the environment (`AWS_ACCESS_KEY_ID`,
    /// `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT_URL`; plain HTTP to an endpoint only with `AWS_ALLOW_HTTP=true`).
    ///
    /// # Errors
    /// When the address is none of object storage, or the environment lacks something.
    pub fn open(url: &str) -> Result<Self, Fault> {
        let wrong = Fault::Setting("blobs lie in a folder or at s3://bucket/prefix");
        let Ok(parsed) = url.parse() else { return Err(wrong) };
        let (scheme, prefix) = ObjectStoreScheme::parse(&parsed).map_err(|_| wrong)?;
        if scheme != ObjectStoreScheme::AmazonS3 {
            return Err(Fault::Setting("of object storage, the relay knows S3 and what speaks its protocol"));
        }
        // Only the first provider of TLS counts; it is the same one everywhere.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let s3 = AmazonS3Builder::from_env().with_url(url).build();
        let s3 = s3.map_err(|_| Fault::Setting("the environment lacks what S3 needs, or has it wrong"))?;
        Self::over(PrefixStore::new(s3, prefix))
    }

    /// Blobs in any storage that `object_store` knows.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn over(store: impl ObjectStore) -> Result<Self, Fault> {
        Ok(Self { store: Arc::new(store), background: Arc::new(Background::new("objects")?) })
    }

    fn wait<T: Send + 'static>(
        &self,
        work: impl Future<Output = object_store::Result<T>> + Send + 'static,
    ) -> io::Result<T> {
        self.background.wait(work).map_err(interrupted)?.map_err(in_words)
    }
}

/// As [`super::blobs::DiskBlobs`] lays them out.
fn path(id: &BlobId) -> io::Result<Path> {
    let shard = id.0.get(..2).filter(|_| is_blob_id(id)).ok_or(io::ErrorKind::InvalidInput)?;
    Ok(Path::from(format!("{shard}/{id}")))
}

fn interrupted(_: Fault) -> io::Error {
    io::ErrorKind::Interrupted.into()
}

fn in_words(error: object_store::Error) -> io::Error {
    match error {
        object_store::Error::NotFound { .. } => io::ErrorKind::NotFound.into(),
        other => io::Error::other(other),
    }
}

impl Blobs for ObjectBlobs {
    fn begin(&self) -> io::Result<Box<dyn BlobWriter + '_>> {
        let writer =
            ObjectWriter { blobs: self, memory: Vec::new(), file: None, hash: Sha256::new(), size: 0 };
        Ok(Box::new(writer))
    }

    fn open(&self, id: &BlobId) -> io::Result<Option<(u64, Box<dyn Read + Send>)>> {
        self.get(id, GetOptions::default())
    }

    fn open_range(&self, id: &BlobId, offset: u64, length: u64) -> io::Result<Option<Box<dyn Read + Send>>> {
        if length == 0 {
            // No range at all, to a storage; what is there must still be told from what is not.
            let head = GetOptions { head: true, ..GetOptions::default() };
            return Ok(self.get(id, head)?.map(|_| -> Box<dyn Read + Send> { Box::new(io::empty()) }));
        }
        let range = GetRange::Bounded(offset..offset.saturating_add(length));
        let options = GetOptions { range: Some(range), ..GetOptions::default() };
        match self.get(id, options) {
            Ok(found) => Ok(found.map(|(_, reader)| reader)),
            // Beyond its end there is nothing; the storage calls that a range that cannot be.
            Err(error) => match self.open(id)? {
                None => Ok(None),
                Some((size, _)) if offset >= size => Ok(Some(Box::new(io::empty()))),
                Some(_) => Err(error),
            },
        }
    }

    fn remove(&self, id: &BlobId) -> io::Result<()> {
        let (store, path) = (Arc::clone(&self.store), path(id)?);
        match self.wait(async move { store.delete(&path).await }) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn list(&self) -> io::Result<Vec<BlobId>> {
        let store = Arc::clone(&self.store);
        let names = self.wait(async move {
            let names = store.list(None).map_ok(|object| object.location.filename().map(str::to_owned));
            names.try_collect::<Vec<_>>().await
        })?;
        Ok(names.into_iter().flatten().map(BlobId).filter(is_blob_id).collect())
    }
}

impl ObjectBlobs {
    fn get(&self, id: &BlobId, options: GetOptions) -> io::Result<Option<(u64, Box<dyn Read + Send>)>> {
        if !is_blob_id(id) {
            return Ok(None);
        }
        let (store, path) = (Arc::clone(&self.store), path(id)?);
        let found = match self.wait(async move { store.get_opts(&path, options).await }) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            found => found?,
        };
        let size = found.meta.size;
        let (sender, pieces) = mpsc::channel(PIECES_AHEAD);
        let mut stream = found.into_stream();
        self.background.spawn(async move {
            while let Some(piece) = stream.next().await {
                if sender.send(piece.map_err(in_words)).await.is_err() {
                    break;
                }
            }
        });
        let reader = PieceReader { pieces, piece: Bytes::new(), _background: Arc::clone(&self.background) };
        Ok(Some((size, Box::new(reader))))
    }
}

/// Reads the pieces of a blob as they arrive.
struct PieceReader {
    pieces: mpsc::Receiver<io::Result<Bytes>>,
    piece: Bytes,
    /// They come as long as this lives.
    _background: Arc<Background>,
}

impl Read for PieceReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match block_on(self.pieces.recv()) {
                Some(piece) => self.piece = piece?,
                None => return Ok(0),
            }
        }
        let length = buffer.len().min(self.piece.len());
        let taken = self.piece.split_to(length);
        buffer.get_mut(..length).unwrap_or_default().copy_from_slice(&taken);
        Ok(length)
    }
}

struct ObjectWriter<'a> {
    blobs: &'a ObjectBlobs,
    /// Its beginning.
    memory: Vec<u8>,
    /// All of it, once it is too large for memory.
    file: Option<File>,
    hash: Sha256,
    size: u64,
}

impl BlobWriter for ObjectWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hash.update(bytes);
        self.size += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if self.file.is_none() && self.memory.len().saturating_add(bytes.len()) <= limits::OBJECT_IN_MEMORY {
            self.memory.extend_from_slice(bytes);
            return Ok(());
        }
        let file = match &mut self.file {
            Some(file) => file,
            none => {
                let file = none.insert(tempfile::tempfile()?);
                file.write_all(&std::mem::take(&mut self.memory))?;
                file
            }
        };
        file.write_all(bytes)
    }

    fn finish(self: Box<Self>) -> io::Result<(BlobId, u64)> {
        let id = BlobId(hex::encode(self.hash.clone().finalize()));
        let (store, path) = (Arc::clone(&self.blobs.store), path(&id)?);
        match self.file {
            None => {
                let payload = PutPayload::from(self.memory);
                self.blobs.wait(async move { store.put(&path, payload).await })?;
            }
            Some(file) => {
                self.blobs.background.wait(send(store, path, file)).map_err(interrupted)??;
            }
        }
        Ok((id, self.size))
    }
}

/// Sends a large blob in parts; what was sent of one that fails is taken back.
async fn send(store: Arc<dyn ObjectStore>, path: Path, mut file: File) -> io::Result<()> {
    file.seek(SeekFrom::Start(0))?;
    let upload = store.put_multipart(&path).await.map_err(in_words)?;
    let mut parts = WriteMultipart::new_with_chunk_size(upload, limits::OBJECT_IN_MEMORY);
    loop {
        let (read, rest) = tokio::task::spawn_blocking(move || {
            let mut part = Vec::with_capacity(limits::OBJECT_IN_MEMORY);
            let limit = u64::try_from(limits::OBJECT_IN_MEMORY).unwrap_or(u64::MAX);
            let read = (&mut file).take(limit).read_to_end(&mut part).map(|_| part);
            (read, file)
        })
        .await
        .map_err(|_| io::Error::from(io::ErrorKind::Interrupted))?;
        file = rest;
        match read {
            Ok(part) if part.is_empty() => break,
            Ok(part) => {
                parts.wait_for_capacity(PARTS_AT_ONCE).await.map_err(in_words)?;
                parts.put(Bytes::from(part));
            }
            Err(error) => {
                // What cannot be taken back the storage ends by its own rule for parts left behind.
                let _ = parts.abort().await;
                return Err(error);
            }
        }
    }
    parts.finish().await.map_err(in_words)?;
    Ok(())
}

/// Parts of a blob under way at the same time.
const PARTS_AT_ONCE: usize = 2;
