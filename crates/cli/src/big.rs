//! Letters that are too big for memory: read by ranges from a file, written to files as they are read.

use std::cell::RefCell;
use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use sceau_smime::Error;
use sceau_smime::backend::{Promise, ready};
use sceau_smime::letter::BigLetter;
use sceau_smime::stream::{Memory, Sink, Source, View};
use zeroize::Zeroizing;

use crate::commands::open::part_file;
use crate::failure::Failure;
use crate::files;

/// Larger inputs are read by ranges. Some copies of a smaller one stay below 96 MiB.
pub(crate) const THRESHOLD: u64 = 8 * 1024 * 1024;

/// What a command is given.
pub(crate) enum Input {
    Small(Zeroizing<Vec<u8>>),
    Big(View),
}

/// Opens a file, or standard input for `-`. What comes from there and is too big for memory is parked in a file that has no
/// name and that nobody else can read, hidden under a key which is nowhere but in our memory.
pub(crate) fn input(path: &str) -> Result<Input, Failure> {
    if path == "-" {
        return standard_input();
    }
    let failed = |error: std::io::Error| Failure::file(path, &error);
    let file = File::open(path).map_err(failed)?;
    let about = file.metadata().map_err(failed)?;
    if about.is_file() && about.len() > THRESHOLD {
        return Ok(Input::Big(Rc::new(FileSource { file, length: about.len() })));
    }
    files::read(path).map(Input::Small)
}

impl Input {
    /// As a source, whatever its size.
    pub(crate) fn view(&self) -> View {
        match self {
            Self::Small(bytes) => Rc::new(Memory::new(bytes.to_vec())),
            Self::Big(view) => view.clone(),
        }
    }

    /// Whether it could be taken into memory all the same.
    pub(crate) fn fits(&self) -> bool {
        match self {
            Self::Small(_) => true,
            Self::Big(view) => view.len() <= files::MAX_INPUT,
        }
    }

    /// The octets, as far as they fit.
    pub(crate) fn into_memory(self, path: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let view = match self {
            Self::Small(bytes) => return Ok(bytes),
            Self::Big(view) if view.len() <= files::MAX_INPUT => view,
            Self::Big(_) => return Err(Failure::file(path, &std::io::Error::other("larger than 512 MiB"))),
        };
        let mut bytes = Zeroizing::new(Vec::new());
        let mut at = 0_u64;
        let mut window = Zeroizing::new(vec![0; sceau_smime::stream::WINDOW]);
        while at < view.len() {
            let read = ready(view.read_at(at, &mut window)).map_err(|error| Failure::about(path, &error))?;
            bytes.extend_from_slice(window.get(..read).unwrap_or_default());
            at = at.saturating_add(u64::try_from(read.max(1)).unwrap_or(u64::MAX));
        }
        Ok(bytes)
    }
}

fn standard_input() -> Result<Input, Failure> {
    let failed = |error: std::io::Error| Failure::file("standard input", &error);
    let mut stdin = std::io::stdin().lock();
    let mut first = Zeroizing::new(Vec::new());
    stdin.by_ref().take(THRESHOLD + 1).read_to_end(&mut first).map_err(failed)?;
    if u64::try_from(first.len()).is_ok_and(|length| length <= THRESHOLD) {
        return Ok(Input::Small(first));
    }
    park(&first, &mut stdin)
}

/// Parks what was read, and the rest.
#[cfg(unix)]
fn park(first: &[u8], rest: &mut impl Read) -> Result<Input, Failure> {
    use sceau_smime::stream::Veil;

    let folder = std::env::temp_dir();
    let failed = |error: std::io::Error| Failure::file(&folder.display().to_string(), &error);
    let mut file = files::nameless(&folder).map_err(failed)?;
    let veil = Veil::new(&mut files::randomness());
    let mut length = 0_u64;
    let mut input = first.chain(rest);
    let mut window = Zeroizing::new(vec![0; sceau_smime::stream::WINDOW]);
    loop {
        let read = input.read(&mut window).map_err(|error| Failure::file("standard input", &error))?;
        let Some(octets) = window.get_mut(..read).filter(|octets| !octets.is_empty()) else { break };
        veil.apply(length, octets);
        file.write_all(octets).map_err(failed)?;
        length = length.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
    }
    Ok(Input::Big(veil.over(Rc::new(FileSource { file, length }))))
}

/// Where a file cannot be without a name, everything has to fit in memory.
#[cfg(not(unix))]
fn park(first: &[u8], rest: &mut impl Read) -> Result<Input, Failure> {
    let failed = |error: std::io::Error| Failure::file("standard input", &error);
    let mut bytes = Zeroizing::new(first.to_vec());
    rest.take(files::MAX_INPUT).read_to_end(&mut bytes).map_err(failed)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > files::MAX_INPUT) {
        return Err(failed(std::io::Error::other("larger than 512 MiB")));
    }
    Ok(Input::Small(bytes))
}

/// A file, read at any place.
struct FileSource {
    file: File,
    length: u64,
}

impl Source for FileSource {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at<'a>(&'a self, offset: u64, buffer: &'a mut [u8]) -> Promise<'a, usize> {
        let mut read = || {
            let mut file = &self.file;
            file.seek(SeekFrom::Start(offset))?;
            file.read(buffer)
        };
        let read = read().map_err(|_: std::io::Error| Error::Storage);
        Box::pin(core::future::ready(read))
    }
}

/// A new file, removed again unless it is kept.
pub(crate) struct FileSink {
    file: BufWriter<File>,
    path: Option<PathBuf>,
    /// What the system said, which the library has no words for.
    fault: RefCell<Option<std::io::Error>>,
}

impl FileSink {
    pub(crate) fn create(path: &Path) -> Result<Self, Failure> {
        let file = File::create(path).map_err(|error| Failure::file(&path.display().to_string(), &error))?;
        Ok(Self { file: BufWriter::new(file), path: Some(path.to_owned()), fault: RefCell::new(None) })
    }

    /// Everything was written, and is right.
    pub(crate) fn keep(mut self) -> Result<(), Failure> {
        let flushed = self.file.flush();
        let path = self.path.as_deref().map(|path| path.display().to_string()).unwrap_or_default();
        flushed.map_err(|error| Failure::file(&path, &error))?;
        self.path = None;
        Ok(())
    }

    /// A failure to write, in the system's words.
    pub(crate) fn failure(&self, error: Error) -> Failure {
        match (self.fault.take(), &self.path) {
            (Some(fault), Some(path)) => Failure::file(&path.display().to_string(), &fault),
            _ => Failure::from(error),
        }
    }
}

impl Sink for FileSink {
    fn write<'a>(&'a mut self, bytes: &'a [u8]) -> Promise<'a, ()> {
        let written = self.file.write_all(bytes).map_err(|fault| {
            self.fault.replace(Some(fault));
            Error::Storage
        });
        Box::pin(core::future::ready(written))
    }
}

impl Drop for FileSink {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            // What cannot be removed is left behind; the failure that led here is told.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Standard output, where nothing can be taken back.
pub(crate) struct StandardOutput;

impl Sink for StandardOutput {
    fn write<'a>(&'a mut self, bytes: &'a [u8]) -> Promise<'a, ()> {
        let written = std::io::stdout().lock().write_all(bytes).map_err(|_| Error::Storage);
        Box::pin(core::future::ready(written))
    }
}

/// message.eml as it was protected, text.txt, parts/NN-name; nothing of it when the letter turns out to be another one than
/// the one that was judged.
pub(crate) fn write_out(folder: &Path, letter: &BigLetter) -> Result<(), Failure> {
    let parts = folder.join("parts");
    std::fs::create_dir_all(&parts).map_err(|error| Failure::file(&parts.display().to_string(), &error))?;
    let mut written = Written::default();
    let shown = letter.judged().letter();
    written.add(&folder.join("message.eml"), |sink| ready(letter.write_message(sink)))?;
    written.add(&folder.join("text.txt"), |sink| ready(sink.write(shown.text.as_bytes())))?;
    for (at, part) in shown.parts.iter().enumerate() {
        written.add(&parts.join(part_file(at, part)), |sink| ready(letter.write_part(at, sink)))?;
    }
    written.keep();
    Ok(())
}

/// Files that are removed together unless all of them could be written.
#[derive(Default)]
struct Written(Vec<PathBuf>);

impl Written {
    fn add(
        &mut self,
        path: &Path,
        write: impl FnOnce(&mut dyn Sink) -> Result<(), Error>,
    ) -> Result<(), Failure> {
        let mut sink = FileSink::create(path)?;
        write(&mut sink).map_err(|error| sink.failure(error))?;
        sink.keep()?;
        self.0.push(path.to_owned());
        Ok(())
    }

    fn keep(mut self) {
        self.0.clear();
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        for path in &self.0 {
            // What cannot be removed is left behind; the failure that led here is told.
            let _ = std::fs::remove_file(path);
        }
    }
}
