//! Blobs get their rows and blobs end: never both at a time, or the same bytes could be given a row and lose their file.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use super::postgres::Locked;
use crate::fault::Fault;

/// Locked, shared, by whoever copies blobs; alone by whoever ends them. The file stays empty.
const ENDING: &str = "blobs.lock";

/// Keeps the two apart where one process has the database for itself.
#[derive(Default)]
pub(super) struct Ending {
    /// Shared while a blob gets its row, alone while unreferenced ones end.
    here: RwLock<()>,
    /// The same between processes, when others can reach the blobs.
    elsewhere: Option<PathBuf>,
}

/// While this lives, no blob ends.
pub(crate) enum Kept<'a> {
    Here { _lock: RwLockReadGuard<'a, ()> },
    Postgres { _lock: Box<Locked<'a>> },
}

/// While this lives, blobs may be ended.
pub(crate) enum Ended<'a> {
    Here { _lock: RwLockWriteGuard<'a, ()>, _elsewhere: Option<File> },
    Postgres { _lock: Box<Locked<'a>> },
}

impl Ending {
    /// Of the blobs in a data folder.
    pub(super) fn of_folder(folder: &Path) -> Self {
        Self { elsewhere: Some(folder.join(ENDING)), ..Self::default() }
    }

    pub(super) fn keep(&self) -> Kept<'_> {
        Kept::Here { _lock: self.here.read().unwrap_or_else(PoisonError::into_inner) }
    }

    pub(super) fn end(&self) -> Result<Option<Ended<'_>>, Fault> {
        let here = self.here.write().unwrap_or_else(PoisonError::into_inner);
        let elsewhere = self.elsewhere.as_deref().map(ending_file).transpose()?;
        match elsewhere.as_ref().map(File::try_lock) {
            None | Some(Ok(())) => Ok(Some(Ended::Here { _lock: here, _elsewhere: elsewhere })),
            Some(Err(TryLockError::WouldBlock)) => Ok(None),
            Some(Err(TryLockError::Error(error))) => Err(error.into()),
        }
    }
}

/// While the file lives, no process ends blobs of that data folder; waits for one that is about it. The lock goes with
/// its process, however that ends.
pub(crate) fn keep_blobs_of(folder: &Path) -> io::Result<File> {
    let file = ending_file(&folder.join(ENDING))?;
    file.lock_shared()?;
    Ok(file)
}

fn ending_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).truncate(false).write(true).open(path)
}
