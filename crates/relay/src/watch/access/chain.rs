//! The chain: every row holds the hash of the one before, and SHA-256 over itself.

use sha2::{Digest as _, Sha256};

use crate::{
    fault::Fault,
    limits,
    store::{
        Tx,
        sql::{self, OptionalExtension as _, params},
    },
};

/// What every hash begins with: the name of this encoding.
const ENCODING: &[u8] = b"sceau access trace 1\0";
/// The hash before the first row.
pub(super) const START: [u8; 32] = [0; 32];
/// The columns of a row, as [`Row::read`] wants them.
pub(super) const COLUMNS: &str =
    "id, node, at, zone, author, action, request, answer, times, number, previous, hash";

/// A row of the trace as it stands in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) id: i64,
    pub(super) node: String,
    pub(super) at: i64,
    pub(super) zone: i64,
    pub(super) author: String,
    pub(super) action: String,
    pub(super) request: String,
    pub(super) answer: String,
    pub(super) times: i64,
    pub(super) number: Option<i64>,
    pub(super) previous: Option<Vec<u8>>,
    pub(super) hash: Option<Vec<u8>>,
}

impl Row {
    pub(super) fn read(row: &sql::Row<'_>) -> sql::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            node: row.get(1)?,
            at: row.get(2)?,
            zone: row.get(3)?,
            author: row.get(4)?,
            action: row.get(5)?,
            request: row.get(6)?,
            answer: row.get(7)?,
            times: row.get(8)?,
            number: row.get(9)?,
            previous: row.get(10)?,
            hash: row.get(11)?,
        })
    }

    /// SHA-256 over the name of the encoding and then, each after its length in octets (eight octets, the highest first):
    /// node, number, time, zone, author, action, request, answer, times, and the hash before. Numbers are in decimal.
    pub(super) fn digest(&self, number: i64, previous: &[u8]) -> Vec<u8> {
        let (number, at) = (number.to_string(), self.at.to_string());
        let (zone, times) = (self.zone.to_string(), self.times.to_string());
        let fields: [&[u8]; 10] = [
            self.node.as_bytes(),
            number.as_bytes(),
            at.as_bytes(),
            zone.as_bytes(),
            self.author.as_bytes(),
            self.action.as_bytes(),
            self.request.as_bytes(),
            self.answer.as_bytes(),
            times.as_bytes(),
            previous,
        ];
        let mut hash = Sha256::new_with_prefix(ENCODING);
        for field in fields {
            hash.update(u64::try_from(field.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(field);
        }
        hash.finalize().to_vec()
    }
}

/// Where a chain begins, after what was removed, and where it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ends {
    pub(super) removed: i64,
    pub(super) removed_hash: Vec<u8>,
    pub(super) linked: i64,
    pub(super) linked_hash: Vec<u8>,
}

impl Ends {
    pub(super) fn read(row: &sql::Row<'_>) -> sql::Result<Self> {
        Ok(Self {
            removed: row.get(0)?,
            removed_hash: row.get(1)?,
            linked: row.get(2)?,
            linked_hash: row.get(3)?,
        })
    }
}

/// Takes a node's chain for the transaction, beginning it if there is none: nobody else lengthens or shortens it.
pub(super) fn lock(tx: &Tx<'_>, node: &str) -> sql::Result<Ends> {
    tx.execute(
        "INSERT INTO access_chain (node, removed, removed_hash, linked, linked_hash) VALUES (?1, 0, ?2, 0, ?2)
         ON CONFLICT (node) DO NOTHING",
        params![node, START],
    )?;
    tx.query_row(
        "UPDATE access_chain SET linked = linked WHERE node = ?
         RETURNING removed, removed_hash, linked, linked_hash",
        [node],
        Ends::read,
    )
}

/// The number and the hash of the last row of a node's chain.
pub(super) fn end(tx: &Tx<'_>, node: &str) -> sql::Result<Option<(i64, Vec<u8>)>> {
    tx.query_row("SELECT linked, linked_hash FROM access_chain WHERE node = ?", [node], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })
    .optional()
}

/// Links a node's rows that wait for it, so many at a time; gives how many there were.
pub(super) fn link(tx: &Tx<'_>, node: &str) -> Result<usize, Fault> {
    let Ends { mut linked, linked_hash: mut hash, .. } = lock(tx, node)?;
    let waiting: Vec<Row> = tx
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM access_trace WHERE node = ? AND number IS NULL ORDER BY id LIMIT ?"
        ))?
        .query_map(params![node, limits::ACCESS_TRACE_LINKED], Row::read)?
        .collect::<Result<_, _>>()?;
    for row in &waiting {
        linked += 1;
        let next = row.digest(linked, &hash);
        tx.put(
            "UPDATE access_trace SET number = ?, previous = ?, hash = ? WHERE id = ?",
            params![linked, hash, next, row.id],
        )?;
        hash = next;
    }
    if !waiting.is_empty() {
        tx.put(
            "UPDATE access_chain SET linked = ?, linked_hash = ? WHERE node = ?",
            params![linked, hash, node],
        )?;
    }
    Ok(waiting.len())
}
