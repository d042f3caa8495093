//! Archives that are to fill the memory, or to be taken for something else.

use allocation_counter::measure;
use miniz_oxide::deflate::compress_to_vec;
use sceau_archive::{Archive, Defect, Error, Limits, Oddity};

use crate::builder::{File, archive, crc32, deflated, end, end64, length, stored};
use crate::reading::{list, take};
use crate::samples::overlapping;

const MIB: usize = 1024 * 1024;

/// What taking out may hold beside what comes out: room that was doubled, the old one beside it, and the decoder's tables.
const TIMES: usize = 4;
const FLOOR: usize = 2 * MIB;

/// The most octets that are held at one time.
fn peak(run: impl FnOnce()) -> usize {
    usize::try_from(measure(run).bytes_max).unwrap()
}

/// As in 42.zip: files of nothing but zeros.
#[test]
fn flat_bombs_stop_at_the_limit() {
    let limits = Limits { file_octets: 4 * MIB, ..Limits::default() };
    let honest = deflated("zeros", &vec![0; 8 * MIB]);
    let lying = File { size: 1_000, ..honest.clone() };
    let at_limit = deflated("limite", &vec![0; 4 * MIB]);
    let octets = archive(&[honest, lying, at_limit]);
    let archive = Archive::read(&octets, &limits).unwrap();
    assert!(archive.entries[0].is(Oddity::GrowsTooMuch));
    for (at, wanted) in [(0, Error::TooLarge { limit: 4 * MIB }), (1, Error::SizeDiffers)] {
        let held = peak(|| assert_eq!(take(&archive, at), Err(wanted)));
        assert!(held < 2 * MIB, "{held} octets for nothing");
    }
    let held = peak(|| assert_eq!(archive.extract(2, &mut |_| true).unwrap().len(), 4 * MIB));
    assert!(held < TIMES * 4 * MIB + FLOOR, "{held}");
}

/// A header that claims much and brings little: nothing is allocated for what it claims.
#[test]
fn claims_are_not_allocated() {
    let small = deflated("petit", b"petit");
    for claim in [200 * MIB, 256 * MIB, 257 * MIB, 4_000 * MIB] {
        let octets = archive(&[File { size: u64::try_from(claim).unwrap(), ..small.clone() }]);
        let archive = list(&octets);
        assert!(archive.entries[0].is(Oddity::GrowsTooMuch));
        let held = peak(|| assert!(take(&archive, 0).is_err()));
        assert!(held < FLOOR, "{held} octets for a claim of {claim}");
    }
}

/// Fifield's simplest: all entries name the same octets.
#[test]
fn overlapping_entries_are_refused() {
    const ENTRIES: u16 = 200;
    let bomb = overlapping(ENTRIES, &deflated("k", &vec![0; MIB]));
    let archive = list(&bomb);
    assert_eq!(archive.claimed_octets(), u64::from(ENTRIES) << 20);
    assert!(archive.entries.iter().all(|entry| entry.is(Oddity::Overlaps) && entry.is(Oddity::TwoNames)));
    assert_eq!(take(&archive, 7), Err(Error::Overlaps));
}

/// The same by quoting: the first file's stored block holds the second one's header.
#[test]
fn quoted_headers_are_refused() {
    let inner = stored("dedans", b"noyau");
    let quoted = inner.local();
    let mut outer = stored("dehors", &quoted);
    outer.crc = crc32(&quoted);
    let header = outer.local().len() - quoted.len();
    let mut second = inner;
    second.offset = Some(u64::try_from(header).unwrap());
    let mut directory = outer.central(0);
    directory.extend(second.central(0));
    let local = outer.local();
    let end = end(2, length(&directory), length(&local));
    let octets = [local, directory, end].concat();
    let archive = list(&octets);
    assert!(archive.entries.iter().all(|entry| entry.is(Oddity::Overlaps)), "{archive:?}");
    assert!(archive.entries[0].is(Oddity::Archive), "it begins as an archive does");
    assert_eq!(take(&archive, 0), Err(Error::Overlaps));
    // A neighbour that touches nobody is as good as ever.
    let fine = crate::builder::archive(&[stored("a", b"a"), stored("b", b"b")]);
    assert!(list(&fine).entries.iter().all(|entry| !entry.is(Oddity::Overlaps)));
}

/// Octets that reach into the directory.
#[test]
fn entries_over_the_directory_are_refused() {
    let octets = archive(&[File { compressed: 60, size: 60, ..stored("a", b"a") }]);
    let archive = list(&octets);
    assert!(archive.entries[0].is(Oddity::Overlaps));
    assert_eq!(take(&archive, 0), Err(Error::Overlaps));
}

/// Archives within each other, ten times; nobody looks into them.
#[test]
fn nested_archives_are_files() {
    let mut octets = archive(&[deflated("zeros", &vec![0; MIB])]);
    for _ in 0..10 {
        octets = archive(&[deflated("suite.zip", &octets), stored("stored.bin", &octets)]);
    }
    let archive = list(&octets);
    assert_eq!(archive.entries.len(), 2);
    assert!(archive.entries.iter().all(|entry| entry.is(Oddity::Archive)));
    let inner = take(&archive, 1).unwrap();
    assert_eq!(list(&inner).entries[0].name, "suite.zip");
}

/// An archive that holds itself, as far as its directory says (Cox, "Zip files all the way down", 2010): the octets that
/// it names are its own, so that it lies over its directory.
#[test]
fn an_archive_that_names_itself_is_refused() {
    let own = archive(&[stored("r.zip", &[])]);
    let length = u64::try_from(own.len()).unwrap();
    let quine = archive(&[File { compressed: length - 35, size: length - 35, ..stored("r.zip", &[]) }]);
    let archive = list(&quine);
    assert!(archive.entries[0].is(Oddity::Archive));
    assert_eq!(take(&archive, 0), Err(Error::Overlaps));
}

#[test]
fn huge_directories_are_refused() {
    let file = stored("a", b"");
    let many = |count: usize| {
        let directory = file.central(0).repeat(count);
        let local = file.local();
        let end = end(u16::try_from(count).unwrap_or(u16::MAX), length(&directory), length(&local));
        [local, directory, end].concat()
    };
    let limit = Limits::ENTRIES;
    let (below, above) = (many(limit), many(limit + 1));
    assert_eq!(list(&below).entries.len(), limit);
    let wanted = Some(Error::TooManyEntries { limit });
    assert_eq!(Archive::read(&above, &Limits::default()).err(), wanted);
    let huge = many(500_000);
    let held = peak(|| assert_eq!(Archive::read(&huge, &Limits::default()).err(), wanted));
    assert!(held < huge.len(), "{held} octets for {}", huge.len());
}

/// Sizes, counts and places of 64 bits that are not so.
#[test]
fn lies_of_zip64_are_refused() {
    for (entries, directory, at, own) in [
        (u64::MAX, 50, 36, 87),
        (1, u64::MAX, 36, 87),
        (1, 50, u64::MAX, 87),
        (1, 50, 36, u64::MAX),
        (1, 50, u64::MAX - 10, 0),
        (0, 0, 0, 0),
    ] {
        let file = stored("a.txt", b"a");
        let (local, central) = (file.local(), file.central(0));
        let tail = [end64(entries, directory, at, own), end(u16::MAX, u64::MAX, u64::MAX)].concat();
        let octets = [local, central, tail].concat();
        let held = peak(|| {
            if let Ok(archive) = Archive::read(&octets, &Limits::default()) {
                assert!(archive.entries.len() <= 1, "{archive:?}");
                drop(take(&archive, 0));
            }
        });
        assert!(held < FLOOR, "{held} octets");
    }
    let zip64 = |sizes: [u64; 3]| {
        let field: Vec<u8> = sizes.iter().flat_map(|size| size.to_le_bytes()).collect();
        let extra = [&[1, 0][..], &[24, 0], &field].concat();
        File { extra, size: u64::MAX, compressed: u64::MAX, offset: Some(u64::MAX), ..stored("a.txt", b"a") }
    };
    for sizes in [[u64::MAX; 3], [1, u64::MAX, 0], [u64::MAX, 1, 0], [1, 1, u64::MAX], [1, 1, u64::MAX - 40]]
    {
        let octets = archive(&[zip64(sizes)]);
        let archive = list(&octets);
        assert!(take(&archive, 0).is_err(), "{sizes:?}");
    }
    let honest = archive(&[zip64([1, 1, 0])]);
    assert_eq!(take(&list(&honest), 0).unwrap(), b"a");
}

#[test]
fn damage_is_told() {
    let text = b"Bonjour, bonjour, bonjour.".repeat(50);
    let wrong_crc = File { crc: 7, ..deflated("crc", &text) };
    let too_long = File { size: 2_000, ..deflated("long", &text) };
    let too_short = File { size: 3, ..deflated("court", &text) };
    let no_deflate = File { data: vec![0xff; 40], compressed: 40, ..deflated("ff", &text) };
    let mut cut = compress_to_vec(&text, 6);
    cut.truncate(10);
    let truncated = File { compressed: 10, data: cut, ..deflated("coupe", &text) };
    let stored_long = File { size: 9, ..stored("stored", b"12345678") };
    let octets = archive(&[wrong_crc, too_long, too_short, no_deflate, truncated, stored_long]);
    let archive = list(&octets);
    let found: Vec<Error> = (0..6).map(|at| take(&archive, at).unwrap_err()).collect();
    let (damaged, differs) = (Error::Damaged, Error::SizeDiffers);
    assert_eq!(found, [damaged, differs, differs, damaged, damaged, differs]);
}

#[test]
fn repeated_and_doubtful_names_are_told() {
    let octets = archive(&[
        stored("bio.pdf", b"un"),
        stored("BIO.pdf", b"deux"),
        stored("../bio.pdf", b"trois"),
        stored("rapport\u{202e}fdp.exe", b"MZ"),
        File { local_name: Some(b"autre.exe".to_vec()), ..stored("photo.jpg", b"MZ") },
        stored("a.7z", b"7z"),
    ]);
    let archive = list(&octets);
    let oddities = |at: usize| archive.entries[at].oddities.clone();
    assert_eq!(oddities(0), [Oddity::NameRepeated]);
    assert_eq!(oddities(1), [Oddity::NameRepeated]);
    assert_eq!(oddities(2), [Oddity::LeavesFolder, Oddity::NameRepeated]);
    assert_eq!(oddities(3), [Oddity::NameChanged]);
    assert_eq!(oddities(4), [Oddity::TwoNames]);
    assert_eq!(oddities(5), [Oddity::Archive]);
    // A count that is not so: other programs stop earlier.
    let mut fewer = octets.clone();
    let at = fewer.len() - 14;
    fewer[at..at + 4].copy_from_slice(&[2, 0, 2, 0]);
    assert_eq!(list(&fewer).defects, [Defect::CountDiffers { claimed: 2 }]);
    assert_eq!(list(&fewer).entries.len(), 6);
}
