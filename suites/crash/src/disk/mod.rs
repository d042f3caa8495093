//! A disk as a list of steps, and what a power cut may leave of it.

mod cut;
mod write;

use std::sync::Arc;

use crate::workload::Mark;

pub use cut::{State, Way};

/// A file or a folder, whatever its names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node(usize);

/// What happens to a disk, or beside it.
#[derive(Debug, Clone)]
pub enum Step {
    /// Octets of a file.
    Write {
        /// Which.
        node: Node,
        /// From where on.
        at: u64,
        /// What.
        octets: Arc<[u8]>,
    },
    /// The length of a file.
    Truncate {
        /// Which.
        node: Node,
        /// How long it is now.
        length: u64,
    },
    /// A name in a folder comes to mean something else.
    Name {
        /// The folder.
        folder: Node,
        /// The name.
        name: String,
        /// What it means; `None`: nothing.
        node: Option<Node>,
    },
    /// A name in a folder becomes another one there, both at once.
    Move {
        /// The folder.
        folder: Node,
        /// The name it had.
        from: String,
        /// The name it has.
        to: String,
        /// What it means.
        node: Node,
    },
    /// Everything done before that step is durable.
    SyncAll {
        /// As for one.
        before: usize,
    },
    /// What was done to a file or folder before that step is durable.
    Sync {
        /// Which.
        node: Node,
        /// Steps from this one on are not meant: they were not done when the call began.
        before: usize,
    },
    /// What was begun or told.
    Mark(Mark),
}

/// Everything done in one workload.
#[derive(Debug, Default)]
pub struct Disk {
    /// In order.
    pub steps: Vec<Step>,
    folders: Vec<bool>,
}

impl Disk {
    /// An empty one, and its folder.
    #[must_use]
    pub fn new() -> (Self, Node) {
        let mut disk = Self::default();
        let root = disk.folder();
        (disk, root)
    }

    /// A new file.
    pub fn node(&mut self) -> Node {
        self.folders.push(false);
        Node(self.folders.len() - 1)
    }

    /// A new folder.
    pub fn folder(&mut self) -> Node {
        self.folders.push(true);
        Node(self.folders.len() - 1)
    }

    /// The marks before a cut.
    pub fn marks(&self, cut: usize) -> impl Iterator<Item = &Mark> {
        self.steps.iter().take(cut).filter_map(|step| match step {
            Step::Mark(mark) => Some(mark),
            _ => None,
        })
    }
}
