//! What a keeper's command takes from: a data folder with a database of its own, or one whose rows lie in PostgreSQL.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use sceau_api::BlobId;

use super::{DataFolder, Error, about, blob_path, files, fingerprint, octets_in_row};
use crate::store::{Kept, SEED, Store, Tx, elsewhere, keep_blobs_of, view_of};

/// Octets of a blob, and how many.
pub(crate) type Octets = (u64, Box<dyn Read + Send>);

/// Where it lies.
pub(crate) enum Origin {
    /// Database and blobs are in the folder.
    Own(DataFolder),
    /// They are where `store.toml` in the folder says.
    Shared { path: PathBuf, store: Box<Store> },
}

/// While this lives, no blob ends there.
pub(crate) enum Keeping<'a> {
    Own { _lock: File },
    Shared { _lock: Kept<'a> },
}

impl Origin {
    /// A data folder that a relay serves from.
    ///
    /// # Errors
    /// When it is none, or what it speaks of cannot be reached or is another version's.
    pub(crate) fn existing(path: &Path) -> Result<Self, Error> {
        if !elsewhere::is_said(path) {
            return DataFolder::existing(path).map(Self::Own);
        }
        Ok(Self::Shared { path: path.to_owned(), store: Box::new(open_shared(path)?) })
    }

    /// The data folder.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Own(folder) => &folder.path,
            Self::Shared { path, .. } => path,
        }
    }

    pub(crate) fn seed(&self) -> PathBuf {
        self.path().join(SEED)
    }

    /// Tells this relay from others: a digest of its seed, which is random enough for that to say nothing about it.
    pub(crate) fn fingerprint(&self) -> Result<String, Error> {
        fingerprint(&self.seed())
    }

    /// Has no blob end; waits for a relay that is about it.
    pub(crate) fn keep_blobs(&self) -> Result<Keeping<'_>, Error> {
        match self {
            Self::Own(folder) => {
                let lock = keep_blobs_of(&folder.path).map_err(about(&folder.path))?;
                Ok(Keeping::Own { _lock: lock })
            }
            Self::Shared { path, store } => {
                Ok(Keeping::Shared { _lock: store.keep_blobs().map_err(opening(path))? })
            }
        }
    }

    /// Writes every row, all of one moment, into a database in the empty file `into`. Rows that were deleted leave no trace in it.
    pub(crate) fn snapshot(&self, into: &Path) -> Result<(), Error> {
        match self {
            Self::Own(folder) => {
                let name = into.to_str().ok_or_else(|| about(into)(io::ErrorKind::InvalidFilename.into()))?;
                folder.read_only()?.execute("VACUUM INTO ?", [name])?;
                Ok(())
            }
            Self::Shared { path, store } => store.copy_into(into).map_err(opening(path)),
        }
    }

    /// Asks the rows, as they are at one moment.
    pub(crate) fn view<T>(&self, ask: impl FnOnce(&Tx<'_>) -> Result<T, Error>) -> Result<T, Error> {
        match self {
            Self::Own(folder) => {
                let mut db = folder.read_only()?;
                let view = db.transaction()?;
                view_of(&view, ask)
            }
            Self::Shared { store, .. } => store.read(0, ask),
        }
    }

    /// A blob that does not lie in a row; `None` when it is not there.
    pub(crate) fn blob(&self, id: &BlobId) -> Result<Option<Octets>, Error> {
        match self {
            Self::Own(folder) => {
                let Some(path) = blob_path(&folder.blobs(), id).filter(|path| path.is_file()) else {
                    return Ok(None);
                };
                let size = fs::metadata(&path).map_err(about(&path))?.len();
                Ok(Some((size, Box::new(File::open(&path).map_err(about(&path))?))))
            }
            Self::Shared { path, store } => store.blobs().open(id).map_err(about(path)),
        }
    }

    /// The octets of a blob that lies in a row.
    pub(crate) fn octets_in_row(&self, id: &BlobId) -> Result<Option<Vec<u8>>, Error> {
        match self {
            Self::Own(folder) => octets_in_row(&folder.read_only()?, id),
            Self::Shared { path, store } => store.octets_in_row(id).map_err(opening(path)),
        }
    }

    /// Copies a blob that does not lie in a row into the file `to` when its octets are what its name says.
    pub(crate) fn copy_blob(&self, id: &BlobId, to: &Path) -> Result<bool, Error> {
        match self.blob(id)? {
            Some((_, mut octets)) => files::keep(&mut octets, to, id.as_str()).map_err(about(to)),
            None => Ok(false),
        }
    }
}

/// The store of a data folder whose rows lie in PostgreSQL, which no command brings to another version's schema.
pub(crate) fn open_shared(path: &Path) -> Result<Store, Error> {
    if !Store::is_current(path).map_err(opening(path))? {
        return Err(Error::OtherSchema(path.to_owned()));
    }
    Store::open(path).map_err(opening(path))
}

/// The store of which `store.toml` in a data folder speaks, made ready when nothing is there yet.
///
/// # Errors
/// When it cannot be reached, or there are rows already.
pub(crate) fn open_new(path: &Path) -> Result<Store, Error> {
    if !Store::is_new(path).map_err(opening(path))? {
        // Of this version, it may still have no rows.
        let store = open_shared(path)?;
        return if store.has_no_rows().map_err(opening(path))? {
            Ok(store)
        } else {
            Err(Error::HasRows(path.to_owned()))
        };
    }
    Store::open(path).map_err(opening(path))
}

pub(crate) fn opening(path: &Path) -> impl FnOnce(crate::Fault) -> Error + use<'_> {
    move |fault| Error::Open { path: path.to_owned(), fault }
}
