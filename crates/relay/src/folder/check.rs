//! The scrub: every blob against its name, every reference against what it names.
//!
//! The rows are read in one snapshot, which is ended before the blobs are: a long read would keep the serving relay
//! from tidying its log. What was swept or added meanwhile is told from what is wrong by asking again at the end.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io,
    os::unix::fs::MetadataExt as _,
    path::Path,
};

use rusqlite::{Connection, ErrorCode, OptionalExtension as _};
use sceau_api::BlobId;
use serde::Serialize;

use super::{
    DataFolder, Error, about, blob_path, blobs_in_files, files, has_octets,
    manifest::Blobs,
    octets_in_row,
    progress::Progress,
    rows::{self, Link, RULES},
};
use crate::{account::wire_id, limits, store::blobs::is_blob_id};

/// Blobs in rows that are read at a time.
const ROWS_AT_A_TIME: u32 = 100;
/// The folder of half-written blobs.
const INCOMING: &str = "incoming";

/// What a scrub found.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    /// Nothing is wrong.
    pub(crate) clean: bool,
    /// Blobs read to their end.
    pub(crate) blobs: u64,
    /// Their bytes.
    pub(crate) bytes: u64,
    /// What is wrong.
    pub(crate) findings: Vec<Finding>,
    /// What is worth knowing and does no harm.
    pub(crate) notes: Vec<Note>,
}

/// One thing that is wrong.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum Finding {
    /// SQLite says so of its own file.
    Database { text: String },
    /// A row names something that is not there.
    Dangling { row: String, account: Option<String> },
    /// A row breaks a rule the schema cannot express.
    Row { row: String, wrong: &'static str, account: Option<String> },
    /// The bytes are not those the name stands for.
    BlobDamaged { blob: BlobId, accounts: Vec<String> },
    /// A row names a blob that has no file.
    BlobMissing { blob: BlobId, accounts: Vec<String> },
    /// The disk does not give the bytes.
    BlobUnreadable { blob: BlobId, error: String, accounts: Vec<String> },
    /// The row of a blob gives another size than its file has.
    BlobSize { blob: BlobId, row: u64, file: u64 },
    /// A row of a blob has no name a blob can have.
    BlobName { length: u64 },
    /// Something lies in the blob folder that is no blob, or lies where none is looked for.
    NoBlob { path: String },
}

/// One thing worth knowing.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum Note {
    /// No row names it; the relay removes it at its next start, or the next backup does.
    Unnamed { blob: BlobId },
    /// Uploads and copies that never ended; they are removed likewise.
    HalfWritten { files: u64 },
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let of = |accounts: &[String]| match accounts {
            [] => "no account refers to it".to_owned(),
            some => format!("of account {}", some.join(", ")),
        };
        let whose = |account: &Option<String>| {
            account.as_ref().map_or(String::new(), |id| format!(" (account {id})"))
        };
        match self {
            Self::Database { text } => write!(f, "database: {text}"),
            Self::Dangling { row, account } => write!(f, "{row}, is not there{}", whose(account)),
            Self::Row { row, wrong, account } => write!(f, "{row} {wrong}{}", whose(account)),
            Self::BlobDamaged { blob, accounts } => write!(f, "blob {blob} is damaged; {}", of(accounts)),
            Self::BlobMissing { blob, accounts } => write!(f, "blob {blob} is missing; {}", of(accounts)),
            Self::BlobUnreadable { blob, error, accounts } => {
                write!(f, "blob {blob} cannot be read ({error}); {}", of(accounts))
            }
            Self::BlobSize { blob, row, file } => {
                write!(f, "blob {blob} has {file} bytes, and its row says {row}")
            }
            Self::BlobName { length } => {
                write!(f, "a row of a blob has a name of {length} bytes that is none")
            }
            Self::NoBlob { path } => write!(f, "{path} in the blob folder is no blob"),
        }
    }
}

impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unnamed { blob } => {
                write!(
                    f,
                    "no row names blob {blob}; it is removed at the relay's next start, or by the next backup"
                )
            }
            Self::HalfWritten { files } => {
                write!(
                    f,
                    "{files} half-written files; they are removed at the relay's next start, or by the next backup"
                )
            }
        }
    }
}

/// Checks all of a data folder. `now` is the time by which an upload is old.
///
/// # Errors
/// When it cannot be looked at; what is wrong with it is no error but in the report.
pub(crate) fn check(folder: &DataFolder, now: i64, progress: &mut Progress) -> Result<Report, Error> {
    let mut scrub = Scrub {
        folder,
        now,
        links: Vec::new(),
        all: Blobs::default(),
        named: BTreeMap::new(),
        report: Report::default(),
    };
    scrub.sealed_database()?;
    match scrub.rows() {
        // Without rows there are still blobs, and their names say enough.
        Err(Error::Database(error)) if is_corrupt(&error) => {
            scrub.links.clear();
            scrub.named.clear();
            scrub.found(Finding::Database { text: error.to_string() });
        }
        other => other?,
    }
    progress.of(scrub.all);
    scrub.database_blobs(progress)?;
    scrub.blobs(progress)?;
    let mut report = scrub.report;
    report.clean = report.findings.is_empty();
    Ok(report)
}

fn is_corrupt(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

struct Scrub<'a> {
    folder: &'a DataFolder,
    now: i64,
    links: Vec<Link>,
    /// Number and size of all blobs, as the rows have it.
    all: Blobs,
    /// Blobs the snapshot names and no file was found for yet, with the sizes the rows give.
    named: BTreeMap<BlobId, u64>,
    report: Report,
}

impl Scrub<'_> {
    fn found(&mut self, finding: Finding) {
        self.report.findings.push(finding);
    }

    /// Whether the database of a backup is the one it was made with.
    fn sealed_database(&mut self) -> Result<(), Error> {
        let Some(backup) = &self.folder.backup else { return Ok(()) };
        let database = &self.folder.database;
        let (sha256, _) = files::hash_of(database).map_err(about(database))?;
        if sha256 != backup.database_sha256 {
            self.found(Finding::Database { text: "it is not what the backup was made of".to_owned() });
        }
        Ok(())
    }

    /// Everything the database alone can tell, of one moment.
    fn rows(&mut self) -> Result<(), Error> {
        let mut db = self.folder.read_only()?;
        let db = db.transaction()?;
        let mut statement = db.prepare("PRAGMA integrity_check")?;
        for text in statement.query_map([], |row| row.get::<_, String>(0))? {
            match text? {
                text if text == "ok" => {}
                text => self.found(Finding::Database { text }),
            }
        }
        self.links = rows::links(&db)?;
        self.references(&db)?;
        let schema: u32 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let known = |rule: &&rows::Rule| rule.since <= usize::try_from(schema).unwrap_or(usize::MAX);
        for rule in RULES.iter().filter(known) {
            for row in rule.broken(&db)? {
                self.found(Finding::Row { row: row.name, wrong: rule.wrong, account: row.account });
            }
        }
        self.all = db.query_row("SELECT count(*), coalesce(sum(size), 0) FROM blob", [], |row| {
            let number = |at| Ok::<_, rusqlite::Error>(u64::try_from(row.get::<_, i64>(at)?).unwrap_or(0));
            Ok(Blobs { count: number(0)?, bytes: number(1)? })
        })?;
        for (blob, size) in blobs_in_files(&db)? {
            if is_blob_id(&blob) {
                self.named.insert(blob, size);
            } else {
                self.found(Finding::BlobName { length: u64::try_from(blob.0.len()).unwrap_or(u64::MAX) });
            }
        }
        Ok(())
    }

    /// Blobs in rows; a database that cannot be read has said so already.
    fn database_blobs(&mut self, progress: &mut Progress) -> Result<(), Error> {
        match self.blobs_in_rows(progress) {
            Err(Error::Database(error)) if is_corrupt(&error) => {
                let text = error.to_string();
                if !self.report.findings.iter().any(|found| matches!(found, Finding::Database { .. })) {
                    self.found(Finding::Database { text });
                }
                Ok(())
            }
            other => other,
        }
    }

    /// Every blob that lies in the database, a few at a time: no read lasts long.
    fn blobs_in_rows(&mut self, progress: &mut Progress) -> Result<(), Error> {
        let db = self.folder.read_only()?;
        if !has_octets(&db)? {
            return Ok(());
        }
        let mut statement = db.prepare(
            "SELECT blob_octets.id, octets, size FROM blob_octets JOIN blob ON blob.id = blob_octets.id
             WHERE blob_octets.id > ? ORDER BY blob_octets.id LIMIT ?",
        )?;
        let mut last = String::new();
        loop {
            let rows = statement.query_map(rusqlite::params![last, ROWS_AT_A_TIME], |row| {
                Ok((BlobId(row.get(0)?), row.get::<_, Vec<u8>>(1)?, row.get::<_, i64>(2)?))
            })?;
            let some = rows.collect::<Result<Vec<_>, _>>()?;
            let Some((id, ..)) = some.last() else { return Ok(()) };
            last.clone_from(&id.0);
            for (id, octets, size) in some {
                self.octets(id, &octets, size, progress)?;
            }
        }
    }

    fn octets(&mut self, id: BlobId, octets: &[u8], size: i64, progress: &mut Progress) -> Result<(), Error> {
        let length = u64::try_from(octets.len()).unwrap_or(u64::MAX);
        self.report.blobs += 1;
        self.report.bytes = self.report.bytes.saturating_add(length);
        progress.blob(length);
        let row = u64::try_from(size).unwrap_or(0);
        if !is_blob_id(&id) {
            self.found(Finding::BlobName { length: u64::try_from(id.0.len()).unwrap_or(u64::MAX) });
        } else if files::sha256(octets) != id.0 {
            let accounts = self.accounts(&id)?;
            self.found(Finding::BlobDamaged { blob: id, accounts });
        } else if row != length {
            self.found(Finding::BlobSize { blob: id, row, file: length });
        }
        Ok(())
    }

    fn references(&mut self, db: &Connection) -> Result<(), Error> {
        let mut dangling = Vec::new();
        for link in &self.links {
            dangling.extend(link.dangling(db)?);
        }
        let mut statement = db.prepare("SELECT \"table\" FROM pragma_foreign_key_check")?;
        let told = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
        let named = dangling.len();
        for row in dangling {
            self.found(Finding::Dangling { row: row.name, account: row.account });
        }
        if told.len() > named {
            let tables: BTreeSet<String> = told.into_iter().collect();
            let tables = tables.into_iter().collect::<Vec<_>>().join(", ");
            self.found(Finding::Database { text: format!("rows of {tables} name rows that are not there") });
        }
        Ok(())
    }

    /// Every file of the blob folder, then every blob that had none.
    fn blobs(&mut self, progress: &mut Progress) -> Result<(), Error> {
        let folder = self.folder.blobs();
        let (mut unnamed, mut half) = (Vec::new(), 0);
        for shard in entries(&folder)? {
            let path = folder.join(&shard);
            if !path.is_dir() {
                self.found(Finding::NoBlob { path: shard });
            } else if shard == INCOMING {
                half += self.half_written(&path)?;
            } else {
                for name in entries(&path)? {
                    if self.is_cut_off_copy(&name) {
                        half += 1;
                        continue;
                    }
                    self.file(&shard, BlobId(name), &mut unnamed, progress)?;
                }
            }
        }
        if half > 0 {
            self.report.notes.push(Note::HalfWritten { files: half });
        }
        self.settle(unnamed)
    }

    /// Whether a backup that was cut off left a file of that name among its blobs.
    fn is_cut_off_copy(&self, name: &str) -> bool {
        let copy_of = name.strip_suffix(".part").filter(|_| self.folder.backup.is_some());
        copy_of.is_some_and(|id| is_blob_id(&id.into()))
    }

    fn half_written(&self, incoming: &Path) -> Result<u64, Error> {
        let mut old = 0;
        for name in entries(incoming)? {
            let path = incoming.join(name);
            old += u64::from(self.is_old(&path)?);
        }
        Ok(old)
    }

    /// Whether a file is older than an upload may be; one that is gone is not.
    fn is_old(&self, path: &Path) -> Result<bool, Error> {
        match fs::symlink_metadata(path) {
            Ok(metadata) => Ok(metadata.mtime() <= self.now - limits::UNREFERENCED_BLOB_LIFETIME),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(about(path)(error)),
        }
    }

    fn file(
        &mut self,
        shard: &str,
        id: BlobId,
        unnamed: &mut Vec<BlobId>,
        progress: &mut Progress,
    ) -> Result<(), Error> {
        let path = self.folder.blobs().join(shard).join(&id.0);
        let in_place = is_blob_id(&id) && id.0.starts_with(shard) && shard.len() == 2;
        match fs::symlink_metadata(&path) {
            Ok(metadata) if in_place && metadata.is_file() => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            _ => {
                self.found(Finding::NoBlob { path: format!("{shard}/{id}") });
                return Ok(());
            }
        }
        let read = File::open(&path).and_then(|mut file| files::hash(&mut file, |_| Ok(())));
        let size = match read {
            Ok((hash, size)) if hash == id.0 => Some(size),
            Ok((_, size)) => {
                self.report.bytes = self.report.bytes.saturating_add(size);
                let accounts = self.accounts(&id)?;
                self.found(Finding::BlobDamaged { blob: id.clone(), accounts });
                None
            }
            // Swept between the list and the reading.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => {
                let (error, accounts) = (error.to_string(), self.accounts(&id)?);
                self.found(Finding::BlobUnreadable { blob: id.clone(), error, accounts });
                None
            }
        };
        self.report.blobs += 1;
        self.report.bytes = self.report.bytes.saturating_add(size.unwrap_or(0));
        progress.blob(size.unwrap_or(0));
        match (self.named.remove(&id), size) {
            (Some(row), Some(file)) if row != file => self.found(Finding::BlobSize { blob: id, row, file }),
            (None, _) if self.is_old(&path)? => unnamed.push(id),
            _ => {}
        }
        Ok(())
    }

    /// The accounts whose rows refer to a blob now. A database that cannot be read names none.
    fn accounts(&self, blob: &BlobId) -> Result<Vec<String>, Error> {
        let mut accounts = BTreeSet::new();
        if !self.links.is_empty() {
            let db = self.folder.read_only()?;
            for link in &self.links {
                accounts.extend(link.accounts_of_blob(&db, blob)?);
            }
        }
        Ok(accounts.into_iter().map(wire_id).collect())
    }

    /// Asks again about what a serving relay may have changed meanwhile. It removes the row before the file and writes
    /// the file before the row: a row that is still there, and still without a file, has lost it.
    fn settle(&mut self, unnamed: Vec<BlobId>) -> Result<(), Error> {
        let missing = std::mem::take(&mut self.named);
        if self.links.is_empty() || (missing.is_empty() && unnamed.is_empty()) {
            return Ok(());
        }
        let db = self.folder.read_only()?;
        let has_row = |blob: &BlobId| -> Result<bool, Error> {
            let mut statement = db.prepare_cached("SELECT 1 FROM blob WHERE id = ?")?;
            Ok(statement.query_row([blob.as_str()], |_| Ok(())).optional()?.is_some())
        };
        for blob in missing.into_keys() {
            let file = blob_path(&self.folder.blobs(), &blob);
            let is_there = file.is_some_and(|path| path.exists()) || octets_in_row(&db, &blob)?.is_some();
            if has_row(&blob)? && !is_there {
                let accounts = self.accounts(&blob)?;
                self.found(Finding::BlobMissing { blob, accounts });
            }
        }
        for blob in unnamed {
            if !has_row(&blob)? {
                self.report.notes.push(Note::Unnamed { blob });
            }
        }
        Ok(())
    }
}

/// The names in a folder, in order; a folder that is not there has none.
fn entries(folder: &Path) -> Result<Vec<String>, Error> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(about(folder)(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        names.push(entry.map_err(about(folder))?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}
