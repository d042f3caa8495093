//! Archives of every kind, for changing them and as seeds of the fuzzer.

use crate::builder::{ENCRYPTED, File, UTF8, archive, archive_behind, deflated, end, end64, length, stored};

/// The archives, each with a name.
pub(crate) fn all() -> Vec<(&'static str, Vec<u8>)> {
    let text = b"Bonjour, bonjour, bonjour.".repeat(50);
    let files = [
        stored("dossier/", b""),
        deflated("dossier/lettre.txt", &text),
        stored("été.pdf", b"%PDF-1.7"),
        File { flags: 0, name: b"\x82.txt".to_vec(), ..deflated("", b"x") },
    ];
    let odd = [
        stored("../../nul", b"x"),
        File { flags: UTF8 | ENCRYPTED, ..stored("secret.pdf", b"x") },
        File { method: 12, ..stored("bzip2.txt", b"x") },
        File { mode: 0o120_777, ..stored("lien", b"/etc/passwd") },
        stored("dedans.zip", &archive(&files[1..2])),
    ];
    let own = sceau_archive::write(&[("a.txt", &text), ("b/c.txt", b"c")], 0).unwrap();
    vec![
        ("files", archive(&files)),
        ("behind-a-pdf", archive_behind(b"%PDF-1.7 and more", false, &files)),
        ("odd", archive(&odd)),
        ("written", own.to_vec()),
        ("overlapping", overlapping(20, &deflated("k", &[0; 5_000]))),
        ("zip64", zip64()),
    ]
}

/// Many entries, all of them the same octets.
pub(crate) fn overlapping(entries: u16, kernel: &File) -> Vec<u8> {
    let mut directory = Vec::new();
    for at in 0..entries {
        directory.extend(File { name: format!("{at:03}").into(), ..kernel.clone() }.central(0));
    }
    let local = kernel.local();
    let end = end(entries, length(&directory), length(&local));
    [local, directory, end].concat()
}

/// One file whose sizes and place stand in fields of 64 bits, and so do the directory's.
fn zip64() -> Vec<u8> {
    let field: Vec<u8> = [1_u64, 1, 0].iter().flat_map(|value| value.to_le_bytes()).collect();
    let extra = [&[1, 0][..], &[24, 0], &field].concat();
    let file =
        File { extra, size: u64::MAX, compressed: u64::MAX, offset: Some(u64::MAX), ..stored("a", b"a") };
    let (local, directory) = (file.local(), file.central(0));
    let at = length(&local);
    let tail = end64(1, length(&directory), at, at + length(&directory));
    [local, directory, tail, end(1, u64::MAX, u64::MAX)].concat()
}
