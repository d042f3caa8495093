//! Every place, and what brings a relay there.

/// What has to be done for a place to be passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// The first start on an empty folder.
    FirstStart,
    /// A start on a folder with things that are over or due.
    Start,
    /// Clients at work.
    Load,
    /// A backup, while an earlier one is there.
    Backup,
    /// A backup restored.
    Restore,
}

/// A place.
#[derive(Debug, Clone, Copy)]
pub struct Point {
    /// Its name in the relay.
    pub name: &'static str,
    /// What brings a relay there.
    pub when: When,
    /// It is passed at least so many times.
    pub times: usize,
}

const fn point(name: &'static str, when: When, times: usize) -> Point {
    Point { name, when, times }
}

/// All of them; a test compares them with the relay's sources.
pub const POINTS: &[Point] = &[
    point("migrate.step_done", When::FirstStart, 4),
    point("migrate.step_committed", When::FirstStart, 4),
    point("seed.written", When::FirstStart, 1),
    point("seed.linked", When::FirstStart, 1),
    point("start.incoming_cleared", When::Start, 3),
    point("start.orphan_removed", When::Start, 3),
    point("sweep.expired", When::Start, 1),
    point("sweep.expired_committed", When::Start, 1),
    point("sweep.row_removed", When::Start, 4),
    point("sweep.rows_committed", When::Start, 1),
    point("sweep.file_removed", When::Start, 4),
    point("deliver.due", When::Start, 3),
    point("deliver.marked", When::Start, 3),
    point("deliver.recipient_done", When::Start, 6),
    point("deliver.done", When::Start, 3),
    point("deliver.committed", When::Start, 3),
    point("blob.begun", When::Load, 4),
    point("blob.created", When::Load, 4),
    point("blob.written", When::Load, 4),
    point("blob.whole", When::Load, 4),
    point("blob.synced", When::Load, 4),
    point("blob.shard_made", When::Load, 4),
    point("blob.shard_synced", When::Load, 4),
    point("blob.renamed", When::Load, 4),
    point("blob.folder_synced", When::Load, 4),
    point("upload.before_row", When::Load, 4),
    point("upload.octets_written", When::Load, 30),
    point("upload.row_written", When::Load, 30),
    point("upload.kept", When::Load, 30),
    point("commit.begun", When::Load, 30),
    point("commit.member_done", When::Load, 40),
    point("commit.left_to_others", When::Load, 3),
    point("commit.before", When::Load, 30),
    point("commit.before_shared", When::Load, 3),
    point("commit.after", When::Load, 30),
    point("commit.after_shared", When::Load, 3),
    point("commit.told", When::Load, 40),
    point("send.admitted", When::Load, 10),
    point("send.copy_inserted", When::Load, 10),
    point("send.recorded", When::Load, 10),
    point("record.letter_written", When::Load, 5),
    point("record.recipient_done", When::Load, 5),
    point("send.draft_destroyed", When::Load, 2),
    point("send.delivered", When::Load, 5),
    point("send.committed", When::Load, 10),
    point("import.inserted", When::Load, 5),
    point("import.replaced", When::Load, 2),
    point("email.destroyed", When::Load, 2),
    point("backup.begun", When::Backup, 1),
    point("backup.snapshot_written", When::Backup, 1),
    point("backup.snapshot_named", When::Backup, 1),
    point("backup.blob_copied", When::Backup, 4),
    point("backup.before_list", When::Backup, 1),
    point("backup.listed", When::Backup, 1),
    point("restore.database_copied", When::Restore, 1),
    point("restore.blobs_copied", When::Restore, 1),
    point("restore.settled", When::Restore, 1),
    point("restore.blobs_in_place", When::Restore, 1),
    point("restore.seed_in_place", When::Restore, 1),
    point("restore.database_in_place", When::Restore, 1),
];
