//! ZIP files: what is in them, one file of them, and several files put together.

use sceau_archive::{Archive, Entry, Error, Limits, Method, Oddity, write};
use sceau_protocol::{ArchiveEntry, ArchiveObstacle, ArchiveView, ReadingAnswer, Refusal};

use crate::{Answered, Buffers};

/// Entries told at most: what somebody reads through in a list.
const MAX_TOLD: usize = 1_000;

/// Lists the one buffer.
pub(crate) fn list(buffers: &Buffers) -> Answered {
    let archive = read(buffers)?;
    let entries = archive.entries.iter().zip(0_u32..).take(MAX_TOLD);
    let view = ArchiveView {
        entries: entries.map(|(entry, index)| told(entry, index)).collect(),
        has_more: archive.entries.len() > MAX_TOLD,
    };
    Ok((ReadingAnswer::List(view), Buffers::new()))
}

/// Takes one file out of the one buffer.
pub(crate) fn extract(entry: u32, buffers: &Buffers) -> Answered {
    let archive = read(buffers)?;
    let place = usize::try_from(entry).map_err(|_| Refusal::Damaged)?;
    let name = archive.entries.get(place).map(|entry| last_part(&entry.name)).ok_or(Refusal::Damaged)?;
    let mut octets = archive.extract(place, &mut |_| true).map_err(|error| refusal(&error))?;
    Ok((ReadingAnswer::File { name }, vec![std::mem::take(&mut *octets)]))
}

/// Packs the buffers under these names.
pub(crate) fn pack(names: &[String], modified: i64, buffers: &Buffers) -> Answered {
    if names.len() != buffers.len() {
        return Err(Refusal::Damaged);
    }
    let files: Vec<(&str, &[u8])> =
        names.iter().map(String::as_str).zip(buffers.iter().map(Vec::as_slice)).collect();
    let mut packed = write(&files, modified).map_err(|error| refusal(&error))?;
    Ok((ReadingAnswer::File { name: String::new() }, vec![std::mem::take(&mut *packed)]))
}

fn read(buffers: &Buffers) -> Result<Archive<'_>, Refusal> {
    let [file] = buffers.as_slice() else { return Err(Refusal::Damaged) };
    Archive::read(file, &Limits::default()).map_err(|error| refusal(&error))
}

fn told(entry: &Entry, index: u32) -> ArchiveEntry {
    const ODD: [Oddity; 6] = [
        Oddity::LeavesFolder,
        Oddity::NameChanged,
        Oddity::NameDamaged,
        Oddity::NameRepeated,
        Oddity::TwoNames,
        Oddity::GrowsTooMuch,
    ];
    ArchiveEntry {
        index,
        name: entry.name.clone(),
        size: entry.size,
        is_folder: entry.is_folder,
        obstacle: obstacle(entry),
        misleads: ODD.iter().any(|oddity| entry.is(*oddity)),
    }
}

fn obstacle(entry: &Entry) -> Option<ArchiveObstacle> {
    let limit = u64::try_from(Limits::default().file_octets).unwrap_or(u64::MAX);
    if entry.is_encrypted {
        Some(ArchiveObstacle::Encrypted)
    } else if matches!(entry.method, Method::Other(_)) {
        Some(ArchiveObstacle::Unsupported)
    } else if entry.size > limit {
        Some(ArchiveObstacle::TooLarge)
    } else if entry.is(Oddity::Overlaps) || entry.is(Oddity::NoData) || entry.is(Oddity::Link) {
        Some(ArchiveObstacle::Damaged)
    } else {
        None
    }
}

fn last_part(path: &str) -> String {
    path.rsplit('/').next().unwrap_or_default().to_owned()
}

fn refusal(error: &Error) -> Refusal {
    match error {
        Error::Encrypted => Refusal::Encrypted,
        Error::TooLarge { .. } | Error::TooManyEntries { .. } | Error::Unwritable => Refusal::TooLarge,
        _ => Refusal::Damaged,
    }
}

#[cfg(test)]
mod tests {
    use sceau_protocol::ReadingAsk;

    use super::*;
    use crate::answer;

    fn packed(files: &[(&str, &[u8])]) -> Vec<u8> {
        let names = files.iter().map(|(name, _)| (*name).to_owned()).collect();
        let ask = ReadingAsk::Pack { names, modified: 1_764_000_000 };
        let (answer, mut buffers) = answer(ask, files.iter().map(|(_, octets)| octets.to_vec()).collect());
        assert!(matches!(answer, ReadingAnswer::File { .. }), "{answer:?}");
        buffers.remove(0)
    }

    fn listed(zip: Vec<u8>) -> Vec<ArchiveEntry> {
        let (ReadingAnswer::List(view), _) = answer(ReadingAsk::List, vec![zip]) else { panic!("no list") };
        view.entries
    }

    #[test]
    fn what_was_packed_is_listed_and_taken_out() {
        let zip = packed(&[("bilan.pdf", b"%PDF"), ("bilan.pdf", b"autre")]);
        let entries = listed(zip.clone());
        assert_eq!(entries.len(), 2);
        assert!(entries[0].name == "bilan.pdf" && entries[1].name != entries[0].name, "{entries:?}");
        let (answer, buffers) = answer(ReadingAsk::Extract { entry: 1 }, vec![zip]);
        assert!(matches!(answer, ReadingAnswer::File { name } if name == entries[1].name));
        assert_eq!(buffers, [b"autre".to_vec()]);
    }

    #[test]
    fn what_is_no_archive_and_who_is_not_in_it_are_refused() {
        let refused = |ask, octets: &[u8]| answer(ask, vec![octets.to_vec()]).0;
        assert_eq!(refused(ReadingAsk::List, b"%PDF"), ReadingAnswer::Refused(Refusal::Damaged));
        let zip = packed(&[("a", b"b")]);
        assert_eq!(refused(ReadingAsk::Extract { entry: 9 }, &zip), ReadingAnswer::Refused(Refusal::Damaged));
    }
}
