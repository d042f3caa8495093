//! Backups and restoring that are cut off, and done again.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;

use sceau_relay::{Relay, findings};
use tokio::runtime::Runtime;

use crate::chance::Chance;
use crate::client::Member;
use crate::process::{self, Place, is_abort};
use crate::trouble::{Trouble, told};
use crate::workload::{Lane, MEMBERS, Mark, Marks};

/// Acts between two backups.
const ACTS: usize = 6;

/// Blobs in files of their own between two backups, and their size.
const LARGE: usize = 4;
/// See above.
const OCTETS: usize = 100_000;

/// A relay's folder, and what is made of it.
pub(super) struct Keeper<'a> {
    pub(super) program: &'a Path,
    pub(super) folder: &'a Path,
    pub(super) marks: &'a Marks,
}

impl Keeper<'_> {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn run(
        &self,
        place: Option<&Place<'_>>,
        words: [&str; 2],
        from: &str,
        to: &str,
    ) -> Result<bool, Trouble> {
        let [command, last] = words;
        let names = if command == "backup" { ["--data", last] } else { [last, "--data"] };
        let folders = [(names[0], self.path(from)), (names[1], self.path(to))];
        let folders = folders.each_ref().map(|(name, path)| (*name, path.as_path()));
        let status = process::run(self.program, place, &[command], &folders)?;
        match place {
            None if status.success() => Ok(true),
            None => Err(Trouble(format!("`{command}` does not work again after it was cut off"))),
            Some(_) => Ok(is_abort(status)),
        }
    }

    fn backup(&self, place: Option<&Place<'_>>) -> Result<bool, Trouble> {
        self.run(place, ["backup", "--to"], "data", "backup")
    }

    fn restore(&self, place: Option<&Place<'_>>, to: &str) -> Result<bool, Trouble> {
        self.run(place, ["restore", "--from"], "backup", to)
    }

    /// A backup is cut off while an earlier one is there: that one can be restored, and a new one made.
    pub(super) fn cut_backup(
        &self,
        runtime: &Runtime,
        place: &Place<'_>,
        members: &[Member],
        next: &AtomicU64,
        chance: &mut Chance,
    ) -> Result<bool, Trouble> {
        self.backup(None)?;
        self.work(runtime, members, next, chance)?;
        let ended = self.backup(Some(place))?;
        self.restore(None, "earlier")?;
        let wrong = findings(&self.path("earlier"), 0).map_err(Trouble)?;
        if let Some(wrong) = wrong.first() {
            return Err(Trouble(format!("after a backup that was cut off, the earlier one: {wrong}")));
        }
        self.backup(None)?;
        self.restore(None, "restored")?;
        Ok(ended)
    }

    /// A restore is cut off: it can be done again, unless all of it was done.
    pub(super) fn cut_restore(
        &self,
        runtime: &Runtime,
        place: &Place<'_>,
        members: &[Member],
        next: &AtomicU64,
        chance: &mut Chance,
    ) -> Result<bool, Trouble> {
        self.work(runtime, members, next, chance)?;
        self.backup(None)?;
        let ended = self.restore(Some(place), "restored")?;
        if !self.path("restored/relay.sqlite").exists() {
            self.restore(None, "restored")?;
        }
        Ok(ended)
    }

    fn work(
        &self,
        runtime: &Runtime,
        members: &[Member],
        next: &AtomicU64,
        chance: &mut Chance,
    ) -> Result<(), Trouble> {
        let relay = Relay::open(&self.path("data")).map_err(told("the relay does not open"))?;
        let door = std::sync::Arc::new(crate::client::Door::Router(sceau_relay::app(relay)));
        let members: Vec<Member> =
            members.iter().map(|member| Member { door: door.clone(), ..member.clone() }).collect();
        // Large enough to lie in a file of their own.
        if let Some(anne) = members.first() {
            for _ in 0..LARGE {
                runtime.block_on(anne.upload(chance.octets(OCTETS))).map_err(told("an upload"))?;
            }
        }
        let mut lane = Lane {
            house: None,
            members: &members,
            marks: self.marks,
            next,
            name: "between".to_owned(),
            who: 0,
            chance: Chance::new(chance.draw(), 0),
            drafts: Vec::new(),
            unanswered: Vec::new(),
        };
        runtime.block_on(lane.work(ACTS)).map_err(told("work between two backups"))
    }

    /// Members of a restored relay: their sessions ended with it.
    pub(super) fn admit_again(&self, data: &Path) -> Result<(), Trouble> {
        let relay = Relay::open(data).map_err(told("what was restored does not open"))?;
        let token = |address: &&str| {
            let new = relay.create_token(address).map_err(told("no token"))?;
            Ok::<_, Trouble>((new.account_id.0, new.token))
        };
        let known = MEMBERS.iter().map(token).collect::<Result<Vec<_>, _>>()?;
        self.marks.put(&Mark::Members(known))
    }
}
