//! Files, as carefully as the relay writes them: aside, synced, renamed, their folder synced.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::Path,
};

use sha2::{Digest as _, Sha256};

/// Bytes read at a time: no blob is ever in memory whole.
const PIECE: usize = 1 << 16;

/// SHA-256 in hexadecimal and number of all bytes, given on to `each` while they are read.
pub(crate) fn hash(
    source: &mut dyn Read,
    mut each: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<(String, u64)> {
    let (mut piece, mut digest, mut size) = (vec![0; PIECE], Sha256::new(), 0_u64);
    loop {
        let read = match source.read(&mut piece) {
            Ok(0) => return Ok((hex::encode(digest.finalize()), size)),
            Ok(read) => piece.get(..read).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        digest.update(read);
        each(read)?;
        size = size.saturating_add(u64::try_from(read.len()).unwrap_or(u64::MAX));
    }
}

/// SHA-256 of octets in hexadecimal: the name of a blob.
pub(crate) fn sha256(octets: &[u8]) -> String {
    hex::encode(Sha256::digest(octets))
}

/// SHA-256 in hexadecimal and size of a file.
pub(crate) fn hash_of(path: &Path) -> io::Result<(String, u64)> {
    hash(&mut File::open(path)?, |_| Ok(()))
}

/// Makes a folder and those above it, for their owner only.
pub(crate) fn create_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// A new file for its owner only; one that is there is no longer.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    remove(path)?;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Copies a file as [`keep`] does.
pub(crate) fn copy(from: &Path, to: &Path, expected: &str) -> io::Result<bool> {
    keep(&mut File::open(from)?, to, expected)
}

/// Writes what is read to a new file beside its place, and puts it there when its SHA-256 is `expected`; false when it is
/// another, or cannot be read. The folder is the caller's to sync.
pub(crate) fn keep(source: &mut dyn Read, to: &Path, expected: &str) -> io::Result<bool> {
    let aside = to.with_extension("part");
    let mut target = create(&aside)?;
    let mut written = Ok(());
    let copied = hash(source, |bytes| {
        target.write_all(bytes).map_err(|error| {
            let kind = error.kind();
            written = Err(error);
            kind.into()
        })
    });
    if written.is_err() || !copied.is_ok_and(|(found, _)| found == expected) {
        remove(&aside)?;
        return written.map(|()| false);
    }
    target.sync_all()?;
    fs::rename(aside, to)?;
    Ok(true)
}

/// Writes a small file so that it is there whole or not at all, durably.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let aside = path.with_extension("part");
    let mut file = create(&aside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&aside, path)?;
    path.parent().map_or(Ok(()), sync_folder)
}

/// Makes durable what was made, renamed and removed in a folder.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    // The parent of a name without one is the current folder.
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    File::open(path)?.sync_all()
}

/// Removes a file; one that is not there is no error.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Whether a folder has nothing in it; one that is not there has nothing either.
pub(crate) fn is_empty(path: &Path) -> io::Result<bool> {
    holds_only(path, &[])
}

/// Whether a folder has nothing in it but some of these; one that is not there has nothing.
pub(crate) fn holds_only(path: &Path, names: &[&str]) -> io::Result<bool> {
    let entries = match fs::read_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        entries => entries?,
    };
    for entry in entries {
        let name = entry?.file_name();
        if !names.iter().any(|known| name == *known) {
            return Ok(false);
        }
    }
    Ok(true)
}
