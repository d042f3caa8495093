//! An archive, listed.

use std::collections::HashMap;

use rawzip::{ZipArchive, ZipArchiveEntryWayfinder, ZipSliceArchive};

use crate::entry::{Entry, Oddity};
use crate::error::{Error, Result};
use crate::limits::Limits;

/// What is odd about an archive that was read all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defect {
    /// Something stands before it: it may be a PDF, a page or a program at the same time.
    DataBefore {
        /// Octets before the first entry.
        octets: u64,
    },
    /// Something follows it.
    DataAfter {
        /// Octets behind its end.
        octets: u64,
    },
    /// The directory goes on with something unknown, or ends too early. What came before was taken.
    Truncated,
    /// It has more or fewer entries than it says: other programs may show others.
    CountDiffers {
        /// What it says.
        claimed: u64,
    },
}

/// An untrusted archive, listed; its octets are the caller's.
#[derive(Clone)]
pub struct Archive<'a> {
    /// Its entries, in the order of its directory.
    pub entries: Vec<Entry>,
    /// What is odd about the whole.
    pub defects: Vec<Defect>,
    pub(crate) octets: ZipSliceArchive<&'a [u8]>,
    /// Where each entry stands, its header first.
    pub(crate) places: Vec<(u64, ZipArchiveEntryWayfinder)>,
    pub(crate) limits: Limits,
}

impl<'a> Archive<'a> {
    /// Lists an untrusted archive. Nothing is decompressed, and nothing of what it claims is allocated.
    ///
    /// # Errors
    /// `NotZip`, `TooManyEntries`.
    pub fn read(bytes: &'a [u8], limits: &Limits) -> Result<Self> {
        let octets = ZipArchive::from_slice(bytes).map_err(|_| Error::NotZip)?;
        let mut archive =
            Self { entries: Vec::new(), defects: Vec::new(), octets, places: Vec::new(), limits: *limits };
        archive.list()?;
        archive.note_surroundings();
        archive.note_ranges();
        archive.note_repetitions();
        Ok(archive)
    }

    /// Octets that all files claim to have together.
    #[must_use]
    pub fn claimed_octets(&self) -> u64 {
        self.entries.iter().fold(0, |sum, entry| sum.saturating_add(entry.size))
    }

    fn list(&mut self) -> Result<()> {
        let limit = self.limits.entries;
        for record in self.octets.entries() {
            let Ok(record) = record else {
                self.defects.push(Defect::Truncated);
                break;
            };
            if self.entries.len() >= limit {
                return Err(Error::TooManyEntries { limit });
            }
            self.entries.push(Entry::of(&record));
            self.places.push((record.local_header_offset(), record.wayfinder()));
        }
        // What is nothing but damage is no archive.
        let claims = !self.defects.is_empty() || self.octets.entries_hint() > 0;
        if self.entries.is_empty() && claims {
            return Err(Error::NotZip);
        }
        Ok(())
    }

    fn note_surroundings(&mut self) {
        let first = self.places.iter().map(|(start, _)| *start).min();
        let octets = first.unwrap_or(self.octets.directory_offset());
        if octets > 0 {
            self.defects.push(Defect::DataBefore { octets });
        }
        let claimed = self.octets.entries_hint();
        if u64::try_from(self.entries.len()) != Ok(claimed) {
            self.defects.push(Defect::CountDiffers { claimed });
        }
        let length = u64::try_from(self.octets.get_ref().len()).unwrap_or(u64::MAX);
        let octets = length.saturating_sub(self.octets.end_offset());
        if octets > 0 {
            self.defects.push(Defect::DataAfter { octets });
        }
    }

    /// Marks entries whose octets, headers included, are also those of others or of the directory: how a small archive holds
    /// the same octets thousands of times (Fifield, "A better zip bomb", 2019).
    fn note_ranges(&mut self) {
        let mut ranges = Vec::with_capacity(self.entries.len());
        for (at, (entry, (start, place))) in self.entries.iter_mut().zip(&self.places).enumerate() {
            let Ok(local) = self.octets.get_entry(*place) else {
                entry.note(true, Oddity::NoData);
                continue;
            };
            entry.compare_with(local.local_header().file_path().as_bytes(), local.data());
            let (_, end) = local.compressed_data_range();
            ranges.push((*start, end, at));
        }
        ranges.sort_unstable();
        let directory = self.octets.directory_offset();
        // The range so far that reaches farthest, and whose it is.
        let mut farthest: Option<(u64, usize)> = None;
        for (start, end, at) in ranges {
            let over = farthest.filter(|(reached, _)| *reached > start).map(|(_, before)| before);
            let both = [over, (over.is_some() || end > directory).then_some(at)];
            for at in both.into_iter().flatten() {
                if let Some(entry) = self.entries.get_mut(at) {
                    entry.note(true, Oddity::Overlaps);
                }
            }
            farthest = farthest.max(Some((end, at)));
        }
    }

    fn note_repetitions(&mut self) {
        let mut seen: HashMap<String, usize> = HashMap::with_capacity(self.entries.len());
        for entry in &self.entries {
            let times = seen.entry(entry.name.to_lowercase()).or_default();
            *times = times.saturating_add(1);
        }
        for entry in &mut self.entries {
            let is_repeated = seen.get(&entry.name.to_lowercase()).is_some_and(|times| *times > 1);
            entry.note(is_repeated, Oddity::NameRepeated);
        }
    }
}
