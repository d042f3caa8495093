//! A state becomes a folder that can be opened.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::{Disk, Node, State, Step};
use crate::trouble::{Trouble, told};

impl Disk {
    /// Writes a state into a new folder.
    ///
    /// # Errors
    /// When that cannot be written.
    pub fn write(&self, state: &State, to: &Path) -> Result<(), Trouble> {
        let mut contents: BTreeMap<usize, Vec<u8>> = BTreeMap::new();
        let mut names: BTreeMap<usize, BTreeMap<&str, Node>> = BTreeMap::new();
        let mut passed: BTreeMap<usize, usize> = BTreeMap::new();
        for step in self.steps.iter().take(state.cut) {
            let node = match step {
                Step::Write { node, .. }
                | Step::Truncate { node, .. }
                | Step::Move { folder: node, .. }
                | Step::Name { folder: node, .. } => node.0,
                Step::Sync { .. } | Step::SyncAll { .. } | Step::Mark(_) => continue,
            };
            let at = passed.entry(node).or_default();
            let octets = state.octets_of(node, *at);
            *at += 1;
            match step {
                _ if octets == 0 => {}
                Step::Name { name, node: Some(meant), .. } => {
                    names.entry(node).or_default().insert(name, *meant);
                }
                Step::Name { name, node: None, .. } => {
                    names.entry(node).or_default().remove(name.as_str());
                }
                Step::Truncate { length, .. } => {
                    contents.entry(node).or_default().resize(usize::try_from(*length).unwrap_or_default(), 0);
                }
                Step::Write { at, octets: all, .. } => {
                    let octets = all.get(..octets.min(all.len())).unwrap_or_default();
                    put(contents.entry(node).or_default(), *at, octets);
                }
                Step::Move { from, to, node: meant, .. } => {
                    let names = names.entry(node).or_default();
                    names.remove(from.as_str());
                    names.insert(to, *meant);
                }
                Step::Sync { .. } | Step::SyncAll { .. } | Step::Mark(_) => {}
            }
        }
        self.folder_to(0, to, &names, &contents)
    }

    fn folder_to(
        &self,
        folder: usize,
        to: &Path,
        names: &BTreeMap<usize, BTreeMap<&str, Node>>,
        contents: &BTreeMap<usize, Vec<u8>>,
    ) -> Result<(), Trouble> {
        fs::create_dir(to).map_err(told(to.display()))?;
        for (name, Node(node)) in names.get(&folder).into_iter().flatten() {
            let path = to.join(name);
            if self.folders.get(*node).copied().unwrap_or_default() {
                self.folder_to(*node, &path, names, contents)?;
            } else {
                let octets = contents.get(node).map(Vec::as_slice).unwrap_or_default();
                fs::write(&path, octets).map_err(told(path.display()))?;
            }
        }
        Ok(())
    }
}

impl State {
    /// How many octets of step number `at` of a node are there; of other steps than writes all or none.
    fn octets_of(&self, node: usize, at: usize) -> usize {
        let Some(kept) = self.kept.get(&node) else { return 0 };
        if at < kept.first && kept.without != Some(at) {
            usize::MAX
        } else if at == kept.first {
            kept.torn
        } else {
            0
        }
    }
}

fn put(content: &mut Vec<u8>, at: u64, octets: &[u8]) {
    let at = usize::try_from(at).unwrap_or_default();
    let end = at + octets.len();
    if content.len() < end {
        content.resize(end, 0);
    }
    if let Some(place) = content.get_mut(at..end) {
        place.copy_from_slice(octets);
    }
}
