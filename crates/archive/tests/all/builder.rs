//! Writes ZIP files octet by octet (APPNOTE §4.3), lies included. It shares no code with what reads them.

use miniz_oxide::deflate::compress_to_vec;

/// Set where the name is UTF-8 (APPNOTE §4.4.4, bit 11).
pub(crate) const UTF8: u16 = 1 << 11;
/// Set where a pass phrase is needed (bit 0).
pub(crate) const ENCRYPTED: u16 = 1;

/// One entry as it is written; every field may lie.
#[derive(Clone)]
pub(crate) struct File {
    pub(crate) name: Vec<u8>,
    /// The name at the file's own place, if it is another.
    pub(crate) local_name: Option<Vec<u8>>,
    pub(crate) data: Vec<u8>,
    pub(crate) method: u16,
    pub(crate) flags: u16,
    pub(crate) crc: u32,
    pub(crate) size: u64,
    pub(crate) compressed: u64,
    pub(crate) extra: Vec<u8>,
    /// Mode of Unix, with its kind.
    pub(crate) mode: u32,
    /// Where it is said to stand, if not where it does.
    pub(crate) offset: Option<u64>,
}

/// The checksum (APPNOTE §4.4.7), bit by bit.
pub(crate) fn crc32(octets: &[u8]) -> u32 {
    let mut crc = !0_u32;
    for octet in octets {
        crc ^= u32::from(*octet);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

pub(crate) fn length(octets: &[u8]) -> u64 {
    u64::try_from(octets.len()).unwrap()
}

/// A file that is stored.
pub(crate) fn stored(name: &str, octets: &[u8]) -> File {
    File {
        name: name.into(),
        local_name: None,
        data: octets.to_vec(),
        method: 0,
        flags: UTF8,
        crc: crc32(octets),
        size: length(octets),
        compressed: length(octets),
        extra: Vec::new(),
        mode: 0o100_644,
        offset: None,
    }
}

/// A file that is deflated.
pub(crate) fn deflated(name: &str, octets: &[u8]) -> File {
    let data = compress_to_vec(octets, 9);
    File { method: 8, compressed: length(&data), data, ..stored(name, octets) }
}

fn two(into: &mut Vec<u8>, value: u16) {
    into.extend_from_slice(&value.to_le_bytes());
}

fn four(into: &mut Vec<u8>, value: u32) {
    into.extend_from_slice(&value.to_le_bytes());
}

fn short(octets: &[u8]) -> u16 {
    u16::try_from(octets.len()).unwrap()
}

/// A size in four octets, or what says that it stands in a field of its own (§4.5.3).
fn size(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

impl File {
    /// What both headers have (§4.3.7, §4.3.12).
    fn common(&self, name: &[u8], into: &mut Vec<u8>) {
        two(into, 20);
        two(into, self.flags);
        two(into, self.method);
        four(into, 0x5a21_0000);
        four(into, self.crc);
        four(into, size(self.compressed));
        four(into, size(self.size));
        two(into, short(name));
        two(into, short(&self.extra));
    }

    /// The file at its own place.
    pub(crate) fn local(&self) -> Vec<u8> {
        let name = self.local_name.as_ref().unwrap_or(&self.name);
        let mut octets = b"PK\x03\x04".to_vec();
        self.common(name, &mut octets);
        [octets, name.clone(), self.extra.clone(), self.data.clone()].concat()
    }

    /// Its entry in the directory.
    pub(crate) fn central(&self, offset: u64) -> Vec<u8> {
        let mut octets = b"PK\x01\x02".to_vec();
        two(&mut octets, 3 << 8 | 20);
        self.common(&self.name, &mut octets);
        two(&mut octets, 0);
        two(&mut octets, 0);
        two(&mut octets, 0);
        four(&mut octets, self.mode << 16);
        four(&mut octets, size(self.offset.unwrap_or(offset)));
        [octets, self.name.clone(), self.extra.clone()].concat()
    }
}

/// The end of the directory (§4.3.16).
pub(crate) fn end(entries: u16, directory: u64, at: u64) -> Vec<u8> {
    let mut octets = b"PK\x05\x06".to_vec();
    two(&mut octets, 0);
    two(&mut octets, 0);
    two(&mut octets, entries);
    two(&mut octets, entries);
    four(&mut octets, size(directory));
    four(&mut octets, size(at));
    two(&mut octets, 0);
    octets
}

/// The end of the directory for large archives, and what points at it (§4.3.14, §4.3.15).
pub(crate) fn end64(entries: u64, directory: u64, at: u64, own: u64) -> Vec<u8> {
    let mut octets = b"PK\x06\x06".to_vec();
    octets.extend_from_slice(&44_u64.to_le_bytes());
    two(&mut octets, 45);
    two(&mut octets, 45);
    four(&mut octets, 0);
    four(&mut octets, 0);
    for value in [entries, entries, directory, at] {
        octets.extend_from_slice(&value.to_le_bytes());
    }
    octets.extend_from_slice(b"PK\x06\x07");
    four(&mut octets, 0);
    octets.extend_from_slice(&own.to_le_bytes());
    four(&mut octets, 1);
    octets
}

/// An archive of these files, behind `before`, whose octets the directory counts or not.
pub(crate) fn archive_behind(before: &[u8], is_counted: bool, files: &[File]) -> Vec<u8> {
    let base = if is_counted { 0 } else { length(before) };
    let (mut octets, mut directory) = (before.to_vec(), Vec::new());
    for file in files {
        directory.extend(file.central(length(&octets) - base));
        octets.extend(file.local());
    }
    let at = length(&octets) - base;
    let end = end(u16::try_from(files.len()).unwrap(), length(&directory), at);
    [octets, directory, end].concat()
}

/// An archive of these files.
pub(crate) fn archive(files: &[File]) -> Vec<u8> {
    archive_behind(&[], true, files)
}
