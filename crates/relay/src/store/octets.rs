//! The octets of blobs, wherever they lie: small ones in the database, so that they become durable with their row by one
//! commit, others in the blob store.

use std::io::{Cursor, Read};

use sceau_api::BlobId;
use sha2::{Digest as _, Sha256};

use super::{
    BlobWriter, Blobs, Store, Tx,
    sql::{OptionalExtension as _, params},
};
use crate::{fail_point::fail_point, fault::Fault, limits, watch::spans::Span};

/// Octets being read.
pub(crate) type Octets = Box<dyn Read + Send>;

/// A blob being made. Dropped before [`Store::keep_blob`], it leaves nothing.
pub(crate) struct NewBlob<'a> {
    blobs: &'a dyn Blobs,
    /// So large a blob in the database may be.
    in_row: usize,
    /// All of it, as long as it is small.
    small: Vec<u8>,
    large: Option<Box<dyn BlobWriter + 'a>>,
}

impl NewBlob<'_> {
    /// All of it so far, as long as it is small.
    pub(crate) fn in_memory(&self) -> Option<&[u8]> {
        self.large.is_none().then_some(&self.small)
    }

    /// Adds octets. Refused as on a full disk when they would use what [`limits::DISK_RESERVE`] keeps free.
    pub(crate) fn write(&mut self, octets: &[u8]) -> Result<(), Fault> {
        let left = self.blobs.free()?.map(|free| free.saturating_sub(count(octets.len())));
        if left.is_some_and(|left| left < limits::DISK_RESERVE) {
            return Err(Fault::Full);
        }
        if self.large.is_none() && self.small.len().saturating_add(octets.len()) <= self.in_row {
            self.small.extend_from_slice(octets);
            return Ok(());
        }
        let large = match &mut self.large {
            Some(large) => large,
            none => {
                let large = none.insert(self.blobs.begin()?);
                large.write(&std::mem::take(&mut self.small))?;
                large
            }
        };
        Ok(large.write(octets)?)
    }
}

impl Store {
    /// Begins a blob.
    pub(crate) fn begin_blob(&self) -> NewBlob<'_> {
        NewBlob { blobs: self.blobs(), in_row: self.in_row, small: Vec::new(), large: None }
    }

    /// Makes a blob durable, and with it what `also` does, which is told its id and size.
    pub(crate) fn keep_blob<E: From<Fault>>(
        &self,
        now: i64,
        new: NewBlob<'_>,
        also: impl Fn(&Tx<'_>, &BlobId) -> Result<(), E>,
    ) -> Result<(BlobId, u64), E> {
        let _span = Span::begin("blob");
        let NewBlob { small, large, .. } = new;
        let Some(large) = large else {
            let blob = BlobId(hex::encode(Sha256::digest(&small)));
            let size = count(small.len());
            self.write(now, |tx| {
                insert(tx, &blob, size)?;
                let sql = "INSERT INTO blob_octets (id, octets) VALUES (?, ?) ON CONFLICT DO NOTHING";
                tx.put(sql, params![blob.as_str(), small]).map_err(Fault::from)?;
                fail_point!("upload.octets_written");
                also(tx, &blob)
            })?;
            return Ok((blob, size));
        };
        // No sweep between the file and its row: the same bytes may just be ending their hour.
        let _kept = self.keep_blobs()?;
        let (blob, size) = large.finish().map_err(Fault::from)?;
        fail_point!("upload.before_row");
        self.write(now, |tx| {
            insert(tx, &blob, size)?;
            also(tx, &blob)
        })?;
        Ok((blob, size))
    }

    /// At most `length` octets of a blob from `offset` on; `None` when it is not there. Beyond its end there is nothing.
    pub(crate) fn open_blob(&self, id: &BlobId, offset: u64, length: u64) -> Result<Option<Octets>, Fault> {
        match self.octets_in_row(id)? {
            Some(octets) => {
                let mut octets = Cursor::new(octets);
                octets.set_position(offset);
                Ok(Some(Box::new(octets.take(length))))
            }
            None => Ok(self.blobs().open_range(id, offset, length)?),
        }
    }

    /// The whole of a blob; `None` when it is not there.
    pub(crate) fn read_blob(&self, id: &BlobId) -> Result<Option<Vec<u8>>, Fault> {
        match self.octets_in_row(id)? {
            Some(octets) => Ok(Some(octets)),
            None => Ok(super::blobs::read_all(self.blobs(), id)?),
        }
    }

    /// The octets of a blob that lies in the database.
    pub(crate) fn octets_in_row(&self, id: &BlobId) -> Result<Option<Vec<u8>>, Fault> {
        // What a blob is does not depend on the time.
        self.read(0, |tx| {
            let mut statement = tx.prepare_cached("SELECT octets FROM blob_octets WHERE id = ?")?;
            Ok(statement.query_row([id.as_str()], |row| row.get(0)).optional()?)
        })
    }
}

fn count(octets: usize) -> u64 {
    u64::try_from(octets).unwrap_or(u64::MAX)
}

fn insert(tx: &Tx<'_>, blob: &BlobId, size: u64) -> Result<(), Fault> {
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    let mut statement =
        tx.prepare_cached("INSERT INTO blob (id, size) VALUES (?, ?) ON CONFLICT DO NOTHING")?;
    statement.put(params![blob.as_str(), size])?;
    Ok(())
}
