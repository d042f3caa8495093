//! What was begun and what was told, in the order in which it happened.
//!
//! Each mark is one `write` to a file of its own, so that it has its place among the calls that a recording sees.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::Act;
use crate::trouble::{Trouble, told};

/// The file of marks in the folder of a workload.
const FILE: &str = "marks";

/// One mark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mark {
    /// A workload begins.
    Begin(u64),
    /// Its members have these tokens and accounts.
    Members(Vec<(String, String)>),
    /// An act begins.
    Act(u64, Act),
    /// It was told to be done.
    Done(u64),
    /// It was told to be refused: nothing of it happened.
    Refused(u64),
    /// A member was told a state.
    State(usize, u64),
    /// The clock moves on to this second.
    Clock(i64),
    /// The workload is over.
    End(u64),
}

/// Where marks are written.
pub struct Marks(Mutex<File>);

impl Marks {
    /// In the folder of a workload.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn new(folder: &Path) -> Result<Self, Trouble> {
        let path = folder.join(FILE);
        let file = OpenOptions::new().create(true).append(true).open(&path);
        Ok(Self(Mutex::new(file.map_err(told(path.display()))?)))
    }

    /// Writes one.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn put(&self, mark: &Mark) -> Result<(), Trouble> {
        let mut line = serde_json::to_string(mark).map_err(told("a mark"))?;
        line.push('\n');
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(line.as_bytes()).map_err(told("a mark could not be written"))
    }
}
