//! Files put together are read again.

use sceau_archive::{MAX_NAME_OCTETS, Oddity, write};

use crate::reading::{list, take};

/// 23 November 2026, 10:12.
const TIME: i64 = 1_795_428_720;

#[test]
fn what_was_written_is_read_again() {
    let large: Vec<u8> = (0..200_000_u32).flat_map(|at| at.wrapping_mul(at).to_le_bytes()).collect();
    let long = format!("{}.pdf", "é".repeat(400));
    let files: Vec<(&str, &[u8])> = vec![
        ("bio.pdf", b"%PDF"),
        ("BIO.pdf", b"autre"),
        ("œdème (Éloïse).txt", "été".as_bytes()),
        ("../../etc/passwd", b"x"),
        ("C:\\nul", b""),
        ("dossier/bio.pdf", &large),
        (&long, b"long"),
    ];
    let octets = write(&files, TIME).unwrap();
    assert_eq!(octets, write(&files, TIME).unwrap(), "the same files give the same archive");
    let archive = list(&octets);
    assert_eq!(archive.defects, []);
    let names: Vec<&str> = archive.entries.iter().map(|entry| entry.name.as_str()).collect();
    let short = format!("{}.pdf", "é".repeat((MAX_NAME_OCTETS - 4) / 2));
    let wanted =
        ["bio.pdf", "BIO (2).pdf", "œdème (Éloïse).txt", "etc/passwd", "_nul", "dossier/bio.pdf", &short];
    assert_eq!(names, wanted);
    for (at, (_, written)) in files.iter().enumerate() {
        assert_eq!(archive.entries[at].oddities, [] as [Oddity; 0], "{:?}", archive.entries[at].name);
        assert_eq!(take(&archive, at).unwrap(), *written);
    }
}

#[test]
fn times_out_of_reach_are_written_as_the_nearest() {
    for time in [i64::MIN, -1, 0, i64::MAX] {
        let octets = write(&[("a", b"a")], time).unwrap();
        assert_eq!(take(&list(&octets), 0).unwrap(), b"a");
    }
    assert_eq!(list(&write(&[], 0).unwrap()).entries, []);
}

/// Names that all become one would cost the square of their number.
#[test]
fn ten_thousand_files_of_one_name_become_different() {
    let files = vec![("bio.pdf", &b""[..]); 10_000];
    let octets = write(&files, TIME).unwrap();
    let archive = list(&octets);
    assert_eq!(archive.entries.len(), 10_000);
    assert!(archive.entries.iter().all(|entry| !entry.is(Oddity::NameRepeated)));
    assert_eq!(archive.entries[9_999].name, "bio (10000).pdf");
}
