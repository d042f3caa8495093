//! One archive of several files.

use std::collections::HashSet;
use std::io::Write as _;

use miniz_oxide::deflate::compress_to_vec;
use rawzip::time::UtcDateTime;
use rawzip::{CompressionMethod, DataDescriptorOutput, ZipArchiveWriter};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::name::safe_path;

/// How hard it is tried, of ten: more takes twice the time for a hundredth.
const LEVEL: u8 = 6;
/// What an entry takes beside its octets and its two names, at most: both headers, the descriptor and the time.
const AROUND_ENTRY: usize = 256;

/// Writes an archive of these files: each a name, which may be a path, and its octets. Names are made safe and different from
/// each other; all bear the time `modified`, in seconds since 1970.
///
/// # Errors
/// `Unwritable` when it would be larger than the format or the memory holds.
pub fn write(files: &[(&str, &[u8])], modified: i64) -> Result<Zeroizing<Vec<u8>>> {
    let names = different(files.iter().map(|(name, _)| *name));
    let packed: Vec<Zeroizing<Vec<u8>>> =
        files.iter().map(|(_, octets)| Zeroizing::new(compress_to_vec(octets, LEVEL))).collect();
    // All at once: what grows leaves copies behind.
    let length = names.iter().zip(&packed).fold(AROUND_ENTRY, |sum, (name, packed)| {
        sum.saturating_add(packed.len())
            .saturating_add(name.len().saturating_mul(2))
            .saturating_add(AROUND_ENTRY)
    });
    let mut archive = Zeroizing::new(Vec::new());
    archive.try_reserve_exact(length).map_err(|_| Error::Unwritable)?;
    let mut writer = ZipArchiveWriter::new(&mut *archive);
    for ((name, packed), (_, octets)) in names.iter().zip(&packed).zip(files) {
        add(&mut writer, name, packed, octets, modified).ok_or(Error::Unwritable)?;
    }
    writer.finish().map_err(|_| Error::Unwritable)?;
    Ok(archive)
}

fn add(
    writer: &mut ZipArchiveWriter<&mut Vec<u8>>,
    name: &str,
    packed: &[u8],
    octets: &[u8],
    modified: i64,
) -> Option<()> {
    let file = writer
        .new_file(name)
        .compression_method(CompressionMethod::DEFLATE)
        .last_modified(UtcDateTime::from_unix(modified));
    let (mut entry, _) = file.start().ok()?;
    entry.write_all(packed).ok()?;
    let length = u64::try_from(octets.len()).ok()?;
    entry.finish(DataDescriptorOutput::new(rawzip::crc32(octets), length)).ok()?;
    Some(())
}

/// Safe names, none of them like another, in capitals or not: `bio.pdf`, `bio (2).pdf`. A file never has the name of a folder.
fn different<'n>(names: impl Iterator<Item = &'n str>) -> Vec<String> {
    let names: Vec<String> = names.map(safe_path).collect();
    let mut taken: HashSet<String> = names.iter().flat_map(|name| folders(name)).collect();
    let mut different = Vec::with_capacity(names.len());
    // How often a name was met: the next number is looked for from there, or many of one name would take the square of their number.
    let mut met: std::collections::HashMap<String, usize> = std::collections::HashMap::new();
    for name in names {
        let times = met.entry(name.to_lowercase()).or_insert(1);
        let mut chosen = name.clone();
        while !taken.insert(chosen.to_lowercase()) {
            *times = times.saturating_add(1);
            chosen = numbered(&name, *times);
        }
        different.push(chosen);
    }
    different
}

/// The folders around a file, in small letters.
fn folders(name: &str) -> Vec<String> {
    let name = name.to_lowercase();
    name.match_indices('/').filter_map(|(at, _)| name.get(..at)).map(str::to_owned).collect()
}

fn numbered(name: &str, number: usize) -> String {
    let (folder, file) = name.rsplit_once('/').map_or(("", name), |(folder, file)| (folder, file));
    let (stem, ending) = match file.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() => (stem, format!(".{ending}")),
        _ => (file, String::new()),
    };
    let apart = if folder.is_empty() { "" } else { "/" };
    format!("{folder}{apart}{stem} ({number}){ending}")
}

#[cfg(test)]
mod tests {
    use super::different;

    #[test]
    fn names_become_different() {
        let names = ["bio.pdf", "Bio.PDF", "bio (2).pdf", "bio.pdf", "a", "a/b", "../a", "", ".x", ".x"];
        assert_eq!(
            different(names.into_iter()),
            [
                "bio.pdf",
                "Bio (2).PDF",
                "bio (2) (2).pdf",
                "bio (3).pdf",
                "a (2)",
                "a/b",
                "a (3)",
                "_",
                ".x",
                ".x (2)"
            ]
        );
    }
}
