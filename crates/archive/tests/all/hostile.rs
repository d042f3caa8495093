//! Whatever comes ends in an error or a bounded answer, never in a panic.

use allocation_counter::measure;
use sceau_archive::{Archive, Limits, safe_path};

use crate::samples;

/// Changes of each sample.
const MUTATIONS: usize = 4_000;
/// Room for one file in these tests.
const LIMITS: Limits = Limits { entries: 100, file_octets: 64 * 1024 };
/// What listing takes at most, as a multiple of the archive: an entry of 46 octets is some 200, with two names and a place, in
/// lists that were doubled a moment ago.
const LISTING: usize = 24;
/// What is there for the smallest archive too: the decoder's tables, and the room for one file.
const FLOOR: usize = 512 * 1024;

/// Xorshift: the same numbers in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(limit).unwrap()).unwrap()
    }
}

/// Whether every path is what `safe_path` promises, looked at anew.
fn is_safe(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    let plain = |part: &&str| {
        !part.is_empty()
            && *part != "."
            && *part != ".."
            && part.len() <= 255
            && !part.ends_with(['.', ' '])
            && !part.contains(['\\', ':', '\0', '*', '?', '"', '<', '>', '|', '\u{202e}', '\u{200b}', '\n'])
    };
    parts.len() <= 17 && parts.iter().all(plain)
}

fn is_bounded(octets: &[u8]) {
    let info = measure(|| {
        let Ok(archive) = Archive::read(octets, &LIMITS) else { return };
        assert!(archive.entries.len() <= LIMITS.entries);
        for (at, entry) in archive.entries.iter().enumerate() {
            assert!(is_safe(&entry.name), "{:?}", entry.name);
            assert_eq!(safe_path(&entry.name), entry.name);
            if let Ok(taken) = archive.extract(at, &mut |_| true) {
                assert_eq!(u64::try_from(taken.len()).unwrap(), entry.size);
                assert!(taken.len() <= LIMITS.file_octets);
            }
        }
    });
    let held = usize::try_from(info.bytes_max).unwrap();
    assert!(held <= LISTING * octets.len() + FLOOR, "{held} octets for {}", octets.len());
}

#[test]
fn every_beginning_of_every_sample_is_bounded() {
    for (_, sample) in samples::all() {
        (0..=sample.len()).for_each(|end| is_bounded(&sample[..end]));
    }
}

#[test]
fn changed_samples_are_bounded() {
    let mut random = Random(0x5cea_021b);
    for (_, sample) in samples::all() {
        for _ in 0..MUTATIONS {
            let mut octets = sample.clone();
            for _ in 0..=random.below(6) {
                let at = random.below(octets.len());
                match random.below(5) {
                    0 => octets[at] ^= 1 << random.below(8),
                    1 => octets[at] = [0, 0xff, 0x7f, 0x80][random.below(4)],
                    2 => drop(octets.drain(at..(at + random.below(20)).min(octets.len()))),
                    3 => octets.extend_from_within(at..(at + random.below(80)).min(octets.len())),
                    _ => drop(octets.splice(at..at, *b"PK\x05\x06")),
                }
                if octets.is_empty() {
                    break;
                }
            }
            is_bounded(&octets);
        }
    }
}

/// Names made of what names stumble over.
#[test]
fn made_up_names_become_safe() {
    const PIECES: [&str; 22] = [
        "..",
        ".",
        "/",
        "\\",
        "C:",
        "con",
        "nul",
        "lpt1",
        " ",
        "\0",
        "\u{202e}",
        "\u{200b}",
        "\u{ad}",
        "é",
        ":",
        "*",
        "\n",
        "com\u{b9}",
        "a",
        ".txt",
        "\u{fe0f}",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ];
    let mut random = Random(0x5cea_0a4e);
    for _ in 0..20_000 {
        let name: String = (0..=random.below(12)).map(|_| PIECES[random.below(PIECES.len())]).collect();
        let safe = safe_path(&name);
        assert!(is_safe(&safe), "{name:?} -> {safe:?}");
        assert_eq!(safe_path(&safe), safe, "{name:?}");
    }
}
