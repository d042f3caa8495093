//! ZIP files.

use sceau_archive::{Archive, Error, Limits, Oddity, safe_path, write};

/// Smaller than in earnest, so that a fuzzer sees the limits.
const LIMITS: Limits = Limits { entries: 200, file_octets: 256 * 1024 };
/// Files of one archive that are taken out and written again.
const TAKEN: usize = 20;

/// Names are safe, a file is as long as it was said to be and within the limit, nothing that lies over something else comes out,
/// and what came out goes into another archive and out of it again.
pub(crate) fn archive(data: &[u8]) {
    let Ok(archive) = Archive::read(data, &LIMITS) else { return };
    assert!(archive.entries.len() <= LIMITS.entries);
    let mut taken = Vec::new();
    for (at, entry) in archive.entries.iter().enumerate() {
        assert!(is_safe(&entry.name), "the name {:?} is not safe", entry.name);
        assert!(safe_path(&entry.name) == entry.name, "the name {:?} changes again", entry.name);
        if taken.len() >= TAKEN {
            continue;
        }
        let octets = archive.extract(at, &mut |_| true);
        let is_refused = entry.is(Oddity::Overlaps) || entry.is(Oddity::NoData) || entry.is_folder;
        assert!(!is_refused || octets.is_err(), "what lies over something else came out");
        if let Ok(octets) = octets {
            assert!(octets.len() <= LIMITS.file_octets && u64::try_from(octets.len()) == Ok(entry.size));
            taken.push((entry.name.clone(), octets));
        }
    }
    again(&taken.iter().map(|(name, octets)| (name.as_str(), octets.as_slice())).collect::<Vec<_>>());
}

fn again(files: &[(&str, &[u8])]) {
    let written = write(files, 0).unwrap_or_default();
    let archive = Archive::read(&written, &LIMITS);
    assert!(archive.is_ok(), "what was written is no archive");
    let Ok(archive) = archive else { return };
    assert!(archive.defects.is_empty() && archive.entries.len() == files.len());
    for (at, (_, octets)) in files.iter().enumerate() {
        let read: Result<_, Error> = archive.extract(at, &mut |_| true);
        assert!(read.is_ok_and(|read| read.as_slice() == *octets), "a file changed on its way");
    }
    let is_plain = |oddity: &Oddity| matches!(oddity, Oddity::Archive | Oddity::GrowsTooMuch);
    assert!(archive.entries.iter().all(|entry| entry.oddities.iter().all(is_plain)));
}

/// Below its folder on any machine, and to be seen.
fn is_safe(path: &str) -> bool {
    let is_plain = |part: &str| {
        !matches!(part, "" | "." | "..")
            && part.len() <= 255
            && !part.ends_with(['.', ' '])
            && !part.chars().any(|at| {
                at.is_control()
                    || "\\:*?\"<>|".contains(at)
                    || matches!(at, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
            })
            && !matches!(
                part.split('.').next().unwrap_or_default().to_ascii_lowercase().as_str(),
                "con" | "nul" | "com1"
            )
    };
    path.split('/').all(is_plain)
}
