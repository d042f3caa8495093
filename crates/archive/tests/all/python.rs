//! Archives exchanged with Python's `zipfile`.

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};

use sceau_archive::{Archive, Limits, Oddity, write};

use crate::reading::take;

/// Archives each way.
const ARCHIVES: usize = 400;

fn python(way: &str) -> Option<Child> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/all/python/zips.py");
    let found = Command::new("python3")
        .args([script, way, &ARCHIVES.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    if found.is_err() {
        eprintln!("SKIPPED: no python3 on the path, {ARCHIVES} archives not exchanged");
    }
    found.ok()
}

fn next(from: &mut impl Read) -> Vec<u8> {
    let mut length = [0; 4];
    from.read_exact(&mut length).unwrap();
    let mut octets = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap()];
    from.read_exact(&mut octets).unwrap();
    octets
}

fn files(from: &mut impl Read) -> Vec<(String, Vec<u8>)> {
    let count: usize = String::from_utf8(next(from)).unwrap().parse().unwrap();
    (0..count).map(|_| (String::from_utf8(next(from)).unwrap(), next(from))).collect()
}

#[test]
fn archives_of_python_are_read() {
    let Some(mut child) = python("write") else { return };
    let mut output = child.stdout.take().unwrap();
    for _ in 0..ARCHIVES {
        let octets = next(&mut output);
        let wanted = files(&mut output);
        let archive = Archive::read(&octets, &Limits::default()).unwrap();
        assert_eq!(archive.entries.len(), wanted.len());
        for (at, (name, data)) in wanted.iter().enumerate() {
            let entry = &archive.entries[at];
            assert_eq!((&entry.name, &take(&archive, at).unwrap()), (name, data));
            assert!(entry.oddities.iter().all(|oddity| *oddity == Oddity::GrowsTooMuch), "{entry:?}");
        }
    }
    assert!(child.wait().unwrap().success());
}

#[test]
fn archives_of_ours_are_read_by_python() {
    let Some(mut child) = python("read") else { return };
    let (mut input, mut output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let names = ["bio.pdf", "résultat été.hpr", "dossier/A", "日本語.txt", "BIO.pdf", "..\\x"];
    for at in 0..ARCHIVES {
        let data: Vec<Vec<u8>> = (0..at % 7).map(|file| vec![b'a'; file * at * 13]).collect();
        let given: Vec<(&str, &[u8])> = data
            .iter()
            .enumerate()
            .map(|(file, data)| (names[(at + file) % names.len()], data.as_slice()))
            .collect();
        let octets = write(&given, 1_795_428_720).unwrap();
        let archive = Archive::read(&octets, &Limits::default()).unwrap();
        let wanted: Vec<(String, Vec<u8>)> =
            archive.entries.iter().map(|entry| entry.name.clone()).zip(data.iter().cloned()).collect();
        input.write_all(&u32::try_from(octets.len()).unwrap().to_be_bytes()).unwrap();
        input.write_all(&octets).unwrap();
        input.flush().unwrap();
        assert_eq!(files(&mut output), wanted);
    }
    assert!(child.wait().unwrap().success());
}
