//! Moving SQLite's log into its file beside those who write, who would otherwise wait for it.

use std::{
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
};

use rusqlite::Connection;

use super::sqlite::{self, Writer};
use crate::fault::Fault;

/// The thread that does it, which ends with this.
pub(super) struct Checkpoints {
    wanted: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpoints {
    /// Begins a thread for the database in a file, with a connection of its own.
    pub(super) fn begin(file: &Path, writer: &Arc<Mutex<Writer>>) -> Result<Self, Fault> {
        let db = Connection::open(file)?;
        sqlite::prepare(&db)?;
        let (wanted, asked) = sync_channel(1);
        let writer = Arc::clone(writer);
        let thread = thread::Builder::new()
            .name("relay-checkpoint".to_owned())
            .spawn(move || whenever(&asked, &db, &writer))?;
        Ok(Self { wanted: Some(wanted), thread: Some(thread) })
    }

    /// Asks for one; the thread that is at it already will not hear of it.
    pub(super) fn want(&self) {
        if let Some(wanted) = &self.wanted {
            // Full: it was asked before.
            let _ = wanted.try_send(());
        }
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        drop(self.wanted.take());
        if let Some(thread) = self.thread.take() {
            // One that panicked moved nothing; SQLite does it at the next commit that finds the log long.
            let _ = thread.join();
        }
    }
}

fn whenever(asked: &Receiver<()>, db: &Connection, writer: &Mutex<Writer>) {
    while asked.recv().is_ok() {
        // Most of it while others write; then the few pages they added meanwhile, so that the log begins anew and does not grow.
        passive(db);
        let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
        writer.commit_open();
        passive(&writer.db);
    }
}

/// Moves what it can without waiting for anybody.
fn passive(db: &Connection) {
    // What fails here is tried again with the next one, and fails a commit when the disk is full.
    let _ = db.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
}
