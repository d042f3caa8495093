//! Reading inputs and writing results; secrets go to new files that only their owner reads.

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::path::Path;

use sceau_smime::UnixTime;
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::output;

/// Largest input we take into memory.
pub(crate) const MAX_INPUT: u64 = 512 * 1024 * 1024;

/// Reads a file, or standard input for `-`.
pub(crate) fn read(path: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let failed = |error: std::io::Error| Failure::file(path, &error);
    let mut bytes = Zeroizing::new(Vec::new());
    let read = if path == "-" {
        std::io::stdin().lock().take(MAX_INPUT + 1).read_to_end(&mut bytes)
    } else {
        let file = std::fs::File::open(path).map_err(failed)?;
        file.take(MAX_INPUT + 1).read_to_end(&mut bytes)
    };
    read.map_err(failed)?;
    if u64::try_from(bytes.len()).is_ok_and(|len| len > MAX_INPUT) {
        return Err(Failure::file(path, &std::io::Error::other("larger than 512 MiB")));
    }
    Ok(bytes)
}

/// Writes a result that is not secret to a file, or to standard output without one.
pub(crate) fn write_public(path: Option<&str>, bytes: &[u8]) -> Result<(), Failure> {
    match path {
        None | Some("-") => output::bytes(bytes),
        Some(path) => std::fs::write(path, bytes).map_err(|error| Failure::file(path, &error)),
    }
}

/// Writes a secret to a new file that only its owner can read.
pub(crate) fn write_secret(path: &str, bytes: &[u8]) -> Result<(), Failure> {
    let mut file = private().create_new(true).open(path).map_err(|error| {
        if error.kind() == std::io::ErrorKind::AlreadyExists {
            Failure::exists(path)
        } else {
            Failure::file(path, &error)
        }
    })?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(|error| Failure::file(path, &error))
}

/// Replaces a private file as a whole: readers see the old content or the new one.
pub(crate) fn replace_private(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let shown = path.display().to_string();
    let failed = |error: std::io::Error| Failure::file(&shown, &error);
    let new = path.with_extension("new");
    // What an interrupted command left. Made anew, because only a file that must be new is private under WASI too.
    match std::fs::remove_file(&new) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let mut file = private().create_new(true).open(&new).map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(failed)?;
    std::fs::rename(&new, path).map_err(failed)
}

/// Refuses early, before a key is made in vain.
pub(crate) fn must_not_exist(path: &str) -> Result<(), Failure> {
    if Path::new(path).exists() { Err(Failure::exists(path)) } else { Ok(()) }
}

/// A file that only its owner could read, and that has no name any more.
#[cfg(unix)]
pub(crate) fn nameless(folder: &Path) -> std::io::Result<std::fs::File> {
    use rand_core::Rng;
    let mut random = [0; 16];
    randomness().fill_bytes(&mut random);
    let path = folder.join(format!("sceau-{}", hex::encode(random)));
    let file = private().read(true).create_new(true).open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options
}

/// PEM, or DER where the file name asks for it.
pub(crate) fn armoured(path: Option<&str>, label: &str, der: &[u8]) -> Vec<u8> {
    let wants_der = path.is_some_and(|path| {
        let extension = Path::new(path).extension().and_then(|e| e.to_str()).unwrap_or_default();
        matches!(extension, "der" | "crl" | "cer")
    });
    if wants_der { der.to_vec() } else { sceau_smime::pem::encode(label, der).into_bytes() }
}

/// The moment given with `--at`, or the machine's clock.
pub(crate) fn moment(at: Option<&str>) -> Result<UnixTime, Failure> {
    match at {
        Some(text) => UnixTime::from_rfc3339(text)
            .map_err(|_| Failure::usage(format!("--at {text}: not an RFC 3339 moment"))),
        None => Ok(clock()),
    }
}

#[expect(clippy::disallowed_methods, reason = "the command is where the clock is read")]
fn clock() -> UnixTime {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    UnixTime(since.ok().and_then(|d| i64::try_from(d.as_secs()).ok()).unwrap_or(0))
}

/// The system's source of randomness. It panics when the system has none, as it must.
pub(crate) fn randomness() -> impl rand_core::CryptoRng {
    rand_core::UnwrapErr(getrandom::SysRng)
}
