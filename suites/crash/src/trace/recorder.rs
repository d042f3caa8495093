//! Lines become steps of a disk.

use std::collections::HashMap;
use std::sync::Arc;

use super::line::{self, Call, Line};
use crate::disk::{Disk, Node, Step};
use crate::trouble::Trouble;
use crate::workload::Mark;

/// A workload, recorded.
#[derive(Debug)]
pub struct Recording {
    /// Its number.
    pub number: u64,
    /// Everything it did, in order.
    pub disk: Disk,
}

/// What of its durable effects a store is said not to have: the recording then is that of a store with that defect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Plant {
    /// Nothing is left out.
    #[default]
    Nothing,
    /// Folders of blobs are never synced.
    FolderSync,
    /// Blobs are never synced.
    BlobSync,
    /// The database is never synced, as with `synchronous=OFF`.
    DatabaseSync,
}

/// Reads lines, one after the other.
pub struct Recorder {
    /// The folder of all workloads.
    root: String,
    plant: Plant,
    /// Calls of which only the first half has come, with the number of steps before it.
    begun: HashMap<u32, (Vec<u8>, usize)>,
    open: Option<Open>,
}

/// The workload being recorded.
struct Open {
    number: u64,
    folder: String,
    disk: Disk,
    /// What each path names now.
    names: HashMap<String, Node>,
    /// Where each open file stands; `None`: always at its end.
    positions: HashMap<i64, Option<u64>>,
    lengths: HashMap<Node, u64>,
    plant: Plant,
}

impl Recorder {
    /// For workloads in folders below `root`, which is named by numbers.
    #[must_use]
    pub fn new(root: &str, plant: Plant) -> Self {
        Self { root: format!("{root}/"), plant, begun: HashMap::new(), open: None }
    }

    /// Reads a line; gives the workload that it ends.
    ///
    /// # Errors
    /// When a call has no picture here.
    pub fn line(&mut self, text: &[u8]) -> Result<Option<Recording>, Trouble> {
        let now = self.open.as_ref().map_or(0, |open| open.disk.steps.len());
        match line::line(text)? {
            Line::Other => Ok(None),
            Line::Begun { pid, text } => {
                self.begun.insert(pid, (text.to_vec(), now));
                Ok(None)
            }
            Line::Resumed { pid, rest } => {
                let Some((mut text, begun)) = self.begun.remove(&pid) else { return Ok(None) };
                text.extend(rest);
                self.call(&line::call(&text)?, begun)
            }
            Line::Whole { call, .. } => self.call(&call, now),
        }
    }

    fn call(&mut self, call: &Call<'_>, begun: usize) -> Result<Option<Recording>, Trouble> {
        if call.result < 0 {
            return Ok(None);
        }
        if let Some(mark) = self.mark(call)? {
            return Ok(self.marked(mark));
        }
        if let Some(open) = &mut self.open {
            open.call(call, begun)?;
        }
        Ok(None)
    }

    /// A mark, when that is what is written.
    fn mark(&self, call: &Call<'_>) -> Result<Option<Mark>, Trouble> {
        let [to, text, ..] = call.arguments.as_slice() else { return Ok(None) };
        let is_ours = |path: &str| path.starts_with(&self.root) && path.ends_with("/marks");
        if call.name != "write" || !line::file(to).is_some_and(|(_, path)| is_ours(path)) {
            return Ok(None);
        }
        let text = line::string(text).ok_or_else(|| Trouble::new("a mark is too long"))?;
        let mark = serde_json::from_slice(&text);
        mark.map(Some).map_err(|error| Trouble(format!("a mark cannot be read: {error}")))
    }

    fn marked(&mut self, mark: Mark) -> Option<Recording> {
        match mark {
            Mark::Begin(number) => {
                let folder = format!("{}{number}", self.root);
                let (disk, root) = Disk::new();
                let names = HashMap::from([(folder.clone(), root)]);
                let (positions, lengths, plant) = (HashMap::new(), HashMap::new(), self.plant);
                self.open = Some(Open { number, folder, disk, names, positions, lengths, plant });
                None
            }
            Mark::End(_) => self.open.take().map(|open| Recording { number: open.number, disk: open.disk }),
            mark => {
                if let Some(open) = &mut self.open {
                    open.disk.steps.push(Step::Mark(mark));
                }
                None
            }
        }
    }
}

impl Open {
    fn call(&mut self, call: &Call<'_>, begun: usize) -> Result<(), Trouble> {
        let arguments = call.arguments.as_slice();
        match (call.name, arguments) {
            ("openat", [_, _, flags, ..]) => self.opened(call, flags),
            ("lseek", [file, ..]) => {
                if let (Some((number, _)), Ok(to)) = (line::file(file), u64::try_from(call.result))
                    && let Some(Some(position)) = self.positions.get_mut(&number)
                {
                    *position = to;
                }
                Ok(())
            }
            ("write", [file, text, ..]) => self.write_on(call, file, text),
            ("pwrite64", [file, text, _, at]) => {
                let at = number(at).ok_or_else(|| unread(call))?;
                self.write(call, file, text, at)
            }
            ("ftruncate", [file, length]) => match self.watched(file) {
                Some(node) => {
                    let length = number(length).ok_or_else(|| unread(call))?;
                    self.truncate(node, length);
                    Ok(())
                }
                None => Ok(()),
            },
            ("fsync" | "fdatasync", [file]) => self.synced(file, begun),
            ("syncfs", [file]) => {
                let is_ours = line::file(file).is_some_and(|(_, path)| path.starts_with(&self.folder));
                if is_ours && self.plant == Plant::Nothing {
                    self.disk.steps.push(Step::SyncAll { before: begun });
                }
                Ok(())
            }
            ("rename", [from, to]) => self.renamed(call, from, to),
            ("linkat", [_, from, _, to, _]) => self.linked(call, from, to),
            ("unlink" | "rmdir", [path]) | ("unlinkat", [_, path, _]) => self.unlinked(call, path),
            ("mkdir", [path, _]) => self.folder_made(call, path),
            ("mmap", _) => self.mapped(call),
            _ => self.refuse(call),
        }
    }

    /// Whether a path is one of this workload's that a disk would keep: the shared memory of SQLite is not.
    fn is_ours(&self, path: &str) -> bool {
        let below = path.strip_prefix(&self.folder).and_then(|rest| rest.strip_prefix('/'));
        below.is_some_and(|rest| rest != "marks" && !rest.ends_with("-shm"))
    }

    fn watched(&self, file: &[u8]) -> Option<Node> {
        let (_, path) = line::file(file)?;
        self.names.get(path).copied()
    }

    fn path(&self, call: &Call<'_>, text: &[u8]) -> Result<Option<String>, Trouble> {
        let path = line::string(text).and_then(|path| String::from_utf8(path).ok());
        let path = path.ok_or_else(|| unread(call))?;
        Ok(self.is_ours(&path).then_some(path))
    }

    fn opened(&mut self, call: &Call<'_>, flags: &[u8]) -> Result<(), Trouble> {
        let has = |flag: &str| flags.split(|&octet| octet == b'|').any(|one| one == flag.as_bytes());
        let path = call.behind.strip_prefix(b"<").and_then(|path| path.strip_suffix(b">"));
        let Some(path) =
            path.and_then(|path| std::str::from_utf8(path).ok()).filter(|path| self.is_ours(path))
        else {
            return Ok(());
        };
        self.positions.insert(call.result, if has("O_APPEND") { None } else { Some(0) });
        match self.names.get(path).copied() {
            Some(node) if has("O_TRUNC") => self.truncate(node, 0),
            Some(_) => {}
            None if has("O_CREAT") => {
                let node = self.disk.node();
                let path = path.to_owned();
                self.name(call, &path, Some(node))?;
            }
            None => return Err(unread(call)),
        }
        Ok(())
    }

    fn write_on(&mut self, call: &Call<'_>, file: &[u8], text: &[u8]) -> Result<(), Trouble> {
        let Some((number, path)) = line::file(file).filter(|(_, path)| self.is_ours(path)) else {
            return Ok(());
        };
        let position =
            *self.positions.get(&number).ok_or_else(|| Trouble(format!("{path} was opened unseen")))?;
        let end = || self.watched(file).and_then(|node| self.lengths.get(&node).copied()).unwrap_or_default();
        let at = position.unwrap_or_else(end);
        self.write(call, file, text, at)?;
        let moved = position.map(|at| at + u64::try_from(call.result).unwrap_or_default());
        self.positions.insert(number, moved);
        Ok(())
    }

    fn write(&mut self, call: &Call<'_>, file: &[u8], text: &[u8], at: u64) -> Result<(), Trouble> {
        let Some(node) = self.watched(file) else { return Ok(()) };
        let mut octets = line::string(text).ok_or_else(|| unread(call))?;
        octets.truncate(usize::try_from(call.result).unwrap_or_default());
        let length = self.lengths.entry(node).or_default();
        *length = (*length).max(at + u64::try_from(octets.len()).unwrap_or_default());
        self.disk.steps.push(Step::Write { node, at, octets: Arc::from(octets) });
        Ok(())
    }

    fn truncate(&mut self, node: Node, length: u64) {
        self.lengths.insert(node, length);
        self.disk.steps.push(Step::Truncate { node, length });
    }

    fn synced(&mut self, file: &[u8], begun: usize) -> Result<(), Trouble> {
        let (Some(node), Some((_, path))) = (self.watched(file), line::file(file)) else { return Ok(()) };
        if !self.is_planted(path) {
            self.disk.steps.push(Step::Sync { node, before: begun });
        }
        Ok(())
    }

    fn is_planted(&self, path: &str) -> bool {
        let below = path.strip_prefix(&self.folder).unwrap_or_default();
        match self.plant {
            Plant::Nothing => false,
            Plant::FolderSync => {
                below.rsplit('/').next().is_some_and(|name| name.len() == 2) && below.contains("/blobs/")
            }
            Plant::BlobSync => below.contains("/incoming/"),
            Plant::DatabaseSync => below.contains("relay.sqlite"),
        }
    }

    fn renamed(&mut self, call: &Call<'_>, from: &[u8], to: &[u8]) -> Result<(), Trouble> {
        let (Some(from), Some(to)) = (self.path(call, from)?, self.path(call, to)?) else { return Ok(()) };
        let node = self.names.get(&from).copied().ok_or_else(|| unread(call))?;
        if folder_of(&from) == folder_of(&to) {
            return self.moved(call, from, to, node);
        }
        self.name(call, &to, Some(node))?;
        self.name(call, &from, None)
    }

    /// Within one folder both names change at once.
    fn moved(&mut self, call: &Call<'_>, from: String, to: String, node: Node) -> Result<(), Trouble> {
        let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        let folder = self.names.get(folder_of(&to)).copied().ok_or_else(|| unread(call))?;
        self.disk.steps.push(Step::Move { folder, from: name(&from), to: name(&to), node });
        self.names.remove(&from);
        self.names.insert(to, node);
        Ok(())
    }

    fn linked(&mut self, call: &Call<'_>, from: &[u8], to: &[u8]) -> Result<(), Trouble> {
        let (Some(from), Some(to)) = (self.path(call, from)?, self.path(call, to)?) else { return Ok(()) };
        let node = self.names.get(&from).copied().ok_or_else(|| unread(call))?;
        self.name(call, &to, Some(node))
    }

    fn unlinked(&mut self, call: &Call<'_>, path: &[u8]) -> Result<(), Trouble> {
        let Some(path) = self.path(call, path)? else { return Ok(()) };
        self.name(call, &path, None)
    }

    fn folder_made(&mut self, call: &Call<'_>, path: &[u8]) -> Result<(), Trouble> {
        let Some(path) = self.path(call, path)? else { return Ok(()) };
        let node = self.disk.folder();
        self.name(call, &path, Some(node))
    }

    /// A name comes to mean a file or folder, or nothing.
    fn name(&mut self, call: &Call<'_>, path: &str, node: Option<Node>) -> Result<(), Trouble> {
        let (folder, name) = path.rsplit_once('/').ok_or_else(|| unread(call))?;
        let folder = self.names.get(folder).copied().ok_or_else(|| unread(call))?;
        match node {
            Some(node) => self.names.insert(path.to_owned(), node),
            None => self.names.remove(path),
        };
        self.disk.steps.push(Step::Name { folder, name: name.to_owned(), node });
        Ok(())
    }

    /// What is written by way of memory is not seen; only SQLite's shared memory may be.
    fn mapped(&self, call: &Call<'_>) -> Result<(), Trouble> {
        let file = call.arguments.get(4).copied().and_then(line::file);
        let flags = [call.arguments.get(2), call.arguments.get(3)];
        let has = |flag: &[u8]| {
            flags.into_iter().flatten().any(|text| text.split(|&octet| octet == b'|').any(|one| one == flag))
        };
        match file {
            Some((_, path)) if self.is_ours(path) && has(b"PROT_WRITE") && has(b"MAP_SHARED") => {
                Err(unread(call))
            }
            _ => Ok(()),
        }
    }

    /// A call without a picture, when it is about a file of ours.
    fn refuse(&self, call: &Call<'_>) -> Result<(), Trouble> {
        let names_ours = |argument: &&[u8]| {
            line::file(argument).is_some_and(|(_, path)| self.is_ours(path))
                || line::string(argument)
                    .and_then(|path| String::from_utf8(path).ok())
                    .is_some_and(|path| self.is_ours(&path))
        };
        let whole = matches!(call.name, "sync" | "io_uring_setup");
        if whole || call.arguments.iter().any(names_ours) { Err(unread(call)) } else { Ok(()) }
    }
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn number(text: &[u8]) -> Option<u64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn unread(call: &Call<'_>) -> Trouble {
    let arguments: Vec<_> = call
        .arguments
        .iter()
        .map(|text| String::from_utf8_lossy(text.get(..text.len().min(120)).unwrap_or_default()))
        .collect();
    Trouble(format!(
        "the recording has no picture of {}({}) = {}; add one to suites/crash/src/trace/recorder.rs",
        call.name,
        arguments.join(", "),
        call.result
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;
    use crate::disk::Way;

    /// The disk of a few lines.
    fn disk(lines: &[&str]) -> Disk {
        let mut recorder = Recorder::new("/r", Plant::Nothing);
        let begin = r#"1 write(9</r/3/marks>, "{\"Begin\":3}\n", 12) = 12"#;
        let end = r#"1 write(9</r/3/marks>, "{\"End\":3}\n", 10) = 10"#;
        let mut ended = None;
        for line in [&[begin], lines, &[end]].concat() {
            ended = ended.or(recorder.line(line.as_bytes()).unwrap());
        }
        ended.unwrap().disk
    }

    /// What a way leaves of it at its end: files with their content.
    fn left(disk: &Disk, way: Way) -> Vec<(String, String)> {
        let place = tempfile::tempdir().unwrap();
        let to = place.path().join("disk");
        disk.write(&disk.state(disk.steps.len(), way, &mut Chance::new(1, 1)), &to).unwrap();
        let files = std::fs::read_dir(&to).unwrap().map(|entry| entry.unwrap().path());
        let name = |path: &std::path::Path| path.file_name().unwrap().to_str().unwrap().to_owned();
        let mut files: Vec<_> =
            files.map(|path| (name(&path), std::fs::read_to_string(&path).unwrap_or_default())).collect();
        files.sort();
        files
    }

    const MADE: &str = r#"1 openat(AT_FDCWD</x>, "/r/3/a", O_WRONLY|O_CREAT|O_APPEND, 0666) = 5</r/3/a>"#;

    #[test]
    fn names_and_contents_are_durable_apart() {
        let disk = disk(&[
            MADE,
            r#"1 write(5</r/3/a>, "one", 3) = 3"#,
            "1 fsync(5</r/3/a>) = 0",
            "1 fsync(6</r/3>) = 0",
            r#"1 write(5</r/3/a>, "two", 3) = 3"#,
            r#"1 rename("/r/3/a", "/r/3/b") = 0"#,
        ]);
        let file = |name: &str, content: &str| vec![(name.to_owned(), content.to_owned())];
        assert_eq!(left(&disk, Way::Nothing), file("a", "one"));
        assert_eq!(left(&disk, Way::Names), file("b", "one"));
        assert_eq!(left(&disk, Way::Contents), file("a", "onetwo"));
        assert_eq!(left(&disk, Way::Everything), file("b", "onetwo"));
    }

    #[test]
    fn a_sync_covers_what_returned_before_it_began() {
        let lines = [
            MADE,
            "1 fsync(6</r/3>) = 0",
            r#"1 write(5</r/3/a>, "one", 3) = 3"#,
            "2 fsync(5</r/3/a> <unfinished ...>",
            r#"1 write(5</r/3/a>, "two", 3) = 3"#,
            "2 <... fsync resumed>) = 0",
        ];
        assert_eq!(left(&disk(&lines), Way::Nothing), [("a".to_owned(), "one".to_owned())]);
    }

    #[test]
    fn what_has_no_picture_ends_the_suite() {
        let mut recorder = Recorder::new("/r", Plant::Nothing);
        recorder.line(br#"1 write(9</r/3/marks>, "{\"Begin\":3}\n", 12) = 12"#).unwrap();
        recorder.line(MADE.as_bytes()).unwrap();
        for line in [
            "1 fallocate(5</r/3/a>, 0, 0, 9) = 0",
            "1 mmap(NULL, 9, PROT_READ|PROT_WRITE, MAP_SHARED, 5</r/3/a>, 0) = 0x7f",
            "1 sync() = 0",
        ] {
            assert!(recorder.line(line.as_bytes()).is_err(), "{line}");
        }
        assert!(recorder.line(b"1 fallocate(5</elsewhere>, 0, 0, 9) = 0").is_ok());
    }
}
