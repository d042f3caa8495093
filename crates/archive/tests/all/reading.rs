//! Archives as programs write them.

use sceau_archive::{Archive, Defect, Error, Limits, Method, Oddity};

use crate::builder::{ENCRYPTED, File, UTF8, archive, archive_behind, crc32, deflated, end, stored};

pub(crate) fn list(octets: &[u8]) -> Archive<'_> {
    Archive::read(octets, &Limits::default()).unwrap()
}

pub(crate) fn take(archive: &Archive<'_>, at: usize) -> Result<Vec<u8>, Error> {
    archive.extract(at, &mut |_| true).map(|octets| octets.to_vec())
}

#[test]
fn files_are_listed_and_taken_out() {
    let text = "Résultats\r\n".repeat(5_000).into_bytes();
    let octets = archive(&[
        stored("dossier/", b""),
        stored("dossier/bio.pdf", b"%PDF-1.7"),
        deflated("dossier/texte.txt", &text),
        deflated("vide", b""),
    ]);
    let archive = list(&octets);
    assert_eq!(archive.defects, []);
    let names: Vec<&str> = archive.entries.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["dossier", "dossier/bio.pdf", "dossier/texte.txt", "vide"]);
    assert!(archive.entries.iter().all(|entry| entry.oddities.is_empty()), "{archive:?}");
    assert!(archive.entries[0].is_folder && !archive.entries[1].is_folder);
    assert_eq!((archive.entries[1].method, archive.entries[2].method), (Method::Stored, Method::Deflated));
    assert_eq!(archive.entries[2].size, 60_000);
    assert_eq!(archive.claimed_octets(), 60_008);
    assert_eq!(take(&archive, 0), Err(Error::Folder));
    assert_eq!(take(&archive, 1).unwrap(), b"%PDF-1.7");
    assert_eq!(take(&archive, 2).unwrap(), text);
    assert_eq!(take(&archive, 3).unwrap(), b"");
    assert_eq!(take(&archive, 4), Err(Error::NoSuchEntry));
}

#[test]
fn names_are_read_in_their_charset() {
    let unicode = |name: &str, raw: &[u8]| {
        let field = [&[1][..], &crc32(raw).to_le_bytes(), name.as_bytes()].concat();
        let length = u16::try_from(field.len()).unwrap().to_le_bytes();
        [&[0x75, 0x70][..], &length, &field].concat()
    };
    let raw = |name: &[u8], flags, extra| File { name: name.to_vec(), flags, extra, ..stored("", b"x") };
    for (file, name, is_damaged) in [
        (raw("été.txt".as_bytes(), UTF8, Vec::new()), "été.txt", false),
        (raw("été.txt".as_bytes(), 0, Vec::new()), "été.txt", false),
        (raw(b"\x82t\x82.txt", 0, Vec::new()), "été.txt", false),
        (raw(b"\x82t\x82.txt", UTF8, Vec::new()), "\u{fffd}t\u{fffd}.txt", true),
        (raw(b"_t_.txt", 0, unicode("été.txt", b"_t_.txt")), "été.txt", false),
        // The field belongs to a name that was changed since.
        (raw(b"_t_.txt", 0, unicode("faux.exe", b"autre")), "_t_.txt", false),
    ] {
        let octets = archive(&[file]);
        let archive = list(&octets);
        assert_eq!(archive.entries[0].name, name);
        assert_eq!(archive.entries[0].is(Oddity::NameDamaged), is_damaged, "{name}");
    }
}

#[test]
fn what_cannot_be_read_says_why() {
    let octets = archive(&[
        File { flags: UTF8 | ENCRYPTED, ..stored("secret.pdf", b"x") },
        File { method: 12, ..stored("bzip2.txt", b"x") },
        File { mode: 0o120_777, ..stored("lien", b"/etc/passwd") },
    ]);
    let archive = list(&octets);
    assert!(archive.entries[0].is_encrypted);
    assert_eq!(take(&archive, 0), Err(Error::Encrypted));
    assert_eq!(archive.entries[1].method, Method::Other(12));
    assert_eq!(take(&archive, 1), Err(Error::UnknownMethod { method: 12 }));
    assert!(archive.entries[2].is(Oddity::Link));
    assert_eq!(take(&archive, 2), Err(Error::Link));
}

#[test]
fn an_archive_may_stand_behind_something_else() {
    let pdf = b"%PDF-1.7\n1 0 obj <</Type/Catalog>> endobj\n%%EOF\n";
    let page = b"<!DOCTYPE html><script>alert(1)</script>";
    for before in [&pdf[..], page] {
        for is_counted in [true, false] {
            let octets =
                archive_behind(before, is_counted, &[stored("a.txt", b"a"), deflated("b.txt", b"b")]);
            let archive = list(&octets);
            let length = u64::try_from(before.len()).unwrap();
            assert_eq!(archive.defects, [Defect::DataBefore { octets: length }]);
            assert_eq!(
                (take(&archive, 0).unwrap(), take(&archive, 1).unwrap()),
                (b"a".to_vec(), b"b".to_vec())
            );
        }
    }
    let behind = [archive(&[stored("a.txt", b"a")]), b"<script>".to_vec()].concat();
    assert_eq!(list(&behind).defects, [Defect::DataAfter { octets: 8 }]);
}

#[test]
fn what_is_no_archive_is_told() {
    for octets in [&b""[..], b"PK", b"PK\x03\x04", b"%PDF-1.7", &end(3, 200, 0), &end(0, 0, 500)] {
        assert_eq!(Archive::read(octets, &Limits::default()).err(), Some(Error::NotZip), "{octets:?}");
    }
    let empty = end(0, 0, 0);
    assert_eq!(list(&empty).entries, []);
}

#[test]
fn taking_out_can_be_stopped() {
    let octets = archive(&[deflated("long.txt", &vec![b'a'; 5 << 20])]);
    let archive = list(&octets);
    let mut seen = Vec::new();
    let stopped = archive.extract(0, &mut |written| {
        seen.push(written);
        written < 2 << 20
    });
    assert_eq!(stopped.err(), Some(Error::Cancelled));
    assert_eq!(seen, [1 << 20, 2 << 20]);
}
