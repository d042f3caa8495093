//! One command at a time on an authority's state.

use std::fs::{File, OpenOptions};
use std::path::Path;

use crate::failure::Failure;

/// Held until it is dropped.
pub(crate) struct Lock {
    #[cfg(not(target_os = "wasi"))]
    _file: File,
    #[cfg(target_os = "wasi")]
    path: std::path::PathBuf,
}

/// The state file itself is replaced on every change, so a file of its own is locked; the system lets go of it even
/// when the command is killed.
#[cfg(not(target_os = "wasi"))]
impl Lock {
    pub(crate) fn take(state: &Path) -> Result<Self, Failure> {
        let path = state.with_extension("lock");
        let failed = |error: std::io::Error| Failure::file(&path.display().to_string(), &error);
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
        file.lock().map_err(failed)?;
        Ok(Self { _file: file })
    }
}

/// WASI locks no file: whoever makes the file holds the lock, and removes it.
#[cfg(target_os = "wasi")]
impl Lock {
    /// How long another command may hold it: ten times the slowest opening of a container.
    const PATIENCE: std::time::Duration = std::time::Duration::from_mins(1);
    /// How long until we look again.
    const PAUSE: std::time::Duration = std::time::Duration::from_millis(20);

    pub(crate) fn take(state: &Path) -> Result<Self, Failure> {
        let path = state.with_extension("held");
        let mut waited = std::time::Duration::ZERO;
        loop {
            let made: std::io::Result<File> = OpenOptions::new().create_new(true).write(true).open(&path);
            match made {
                Ok(_) => return Ok(Self { path }),
                Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                    return Err(Failure::file(&path.display().to_string(), &error));
                }
                Err(_) if waited >= Self::PATIENCE => return Err(held(&path)),
                Err(_) => std::thread::sleep(Self::PAUSE),
            }
            waited += Self::PAUSE;
        }
    }
}

#[cfg(target_os = "wasi")]
fn held(path: &Path) -> Failure {
    let shown = path.display();
    let text = format!("{shown}: another command works with this authority. If none does, remove the file.");
    Failure::unreadable(crate::failure::OwnCause::FileError, text)
}

#[cfg(target_os = "wasi")]
impl Drop for Lock {
    fn drop(&mut self) {
        // A file that stays is told by the next command.
        let _ = std::fs::remove_file(&self.path);
    }
}
