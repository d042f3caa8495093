//! Files of the data folder that only their owner may read.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use sha2::{Digest as _, Sha256};

use crate::{fail_point::fail_point, random::generate_bytes};

/// Tells one secret from others: a digest, of which nothing can be told about what is random enough.
pub(crate) fn fingerprint(secret: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update("sceau relay\0").chain_update(secret).finalize().into()
}

/// Makes a file with this content, durably; false when there is one already, which is left alone.
///
/// Written aside, then linked: two processes that begin together agree on one.
pub(crate) fn create(path: &Path, content: &[u8]) -> io::Result<bool> {
    // Not the number of this process: in a container it is always the same, and a file left by a killed one would stop
    // every later start.
    let aside = path.with_extension(format!("new-{}", hex::encode(generate_bytes::<8>())));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
    file.write_all(content)?;
    file.sync_all()?;
    fail_point!("seed.written");
    let linked = fs::hard_link(&aside, path);
    fail_point!("seed.linked");
    fs::remove_file(&aside)?;
    match linked {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
        other => other?,
    }
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(true)
}
