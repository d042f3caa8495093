//! Guessing is slow, and nobody can keep an owner out by guessing. Why this is so: docs/design/doors.md.
//!
//! An attempt is counted for its way in and the network it comes from; for that network as a whole; and, when the account
//! was never opened from there, for the account. A device that shows the token of an earlier log-in has a count of its own
//! and no other. Addresses nobody has are counted the same way.

use sceau_api::ProblemCode;
use sha2::{Digest as _, Sha256};

use super::known;
use crate::{
    limits,
    network::NetworkAddress,
    problem::Denied,
    rate::bucket::{Bucket, Rate},
    store::{
        Tx,
        sql::{self, params},
    },
};

/// Who tries what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attempt<'a> {
    /// The address, normalised.
    pub(crate) address: &'a str,
    /// The slot, or `enrol`.
    pub(crate) way: &'a str,
    pub(crate) network: NetworkAddress,
    /// The token a device got at an earlier log-in, as it claims.
    pub(crate) device: Option<&'a str>,
}

/// Under which keys an attempt was counted. Hashed, so that addresses never tried to enrol leave no list.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counted {
    pub(crate) own: Vec<u8>,
    pub(crate) network: Option<Vec<u8>>,
    pub(crate) account: Option<Vec<u8>>,
}

/// Counts an attempt, or refuses it. A guess is already a guess when the first message is answered, since the client
/// learns from that answer whether the pass phrase was right.
pub(crate) fn count(tx: &Tx<'_>, attempt: &Attempt<'_>) -> Result<Counted, Denied> {
    let counted = keys(tx, attempt)?;
    take(tx, Some(&counted.own), limits::OWN_ATTEMPTS, limits::LOGIN_WINDOW)?;
    take(tx, counted.network.as_ref(), limits::NETWORK_ATTEMPTS, limits::NETWORK_ATTEMPT)?;
    take(tx, counted.account.as_ref(), limits::STRANGERS_ATTEMPTS, limits::STRANGERS_ATTEMPT)?;
    Ok(counted)
}

/// An attempt that opened was no guess: what it took is given back, and the wrong ones before it are forgotten.
pub(crate) fn succeeded(tx: &Tx<'_>, counted: &Counted) -> sql::Result<()> {
    tx.prepare_cached("DELETE FROM attempt WHERE key = ?")?.execute(params![counted.own])?;
    give_back(tx, counted.network.as_ref(), limits::NETWORK_ATTEMPTS, limits::NETWORK_ATTEMPT)?;
    give_back(tx, counted.account.as_ref(), limits::STRANGERS_ATTEMPTS, limits::STRANGERS_ATTEMPT)
}

fn keys(tx: &Tx<'_>, attempt: &Attempt<'_>) -> sql::Result<Counted> {
    let Attempt { address, way, network, device } = *attempt;
    let device = device.map_or(Ok(None), |token| known::device(tx, address, token))?;
    if let Some(device) = device {
        let own = key(&[b"device", &device, way.as_bytes()]);
        return Ok(Counted { own, network: None, account: None });
    }
    let place = network.neighbourhood().map(|place| place.to_string()).unwrap_or_default();
    let own = key(&[b"own", address.as_bytes(), way.as_bytes(), place.as_bytes()]);
    let whole = network.counted().map(|place| key(&[b"network", place.to_string().as_bytes()]));
    let is_stranger = !known::is_known(tx, address, network)?;
    let account = is_stranger.then(|| key(&[b"account", address.as_bytes(), way.as_bytes()]));
    Ok(Counted { own, network: whole, account })
}

fn key(parts: &[&[u8]]) -> Vec<u8> {
    let hash = parts.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part).chain_update([0]));
    hash.finalize().to_vec()
}

fn take(tx: &Tx<'_>, key: Option<&Vec<u8>>, rate: Rate, cost: i64) -> Result<(), Denied> {
    let Some(key) = key else { return Ok(()) };
    let mut bucket = read(tx, key)?;
    bucket.take(rate, cost.unsigned_abs(), tx.now).map_err(|seconds| Denied {
        retry_after: Some(seconds),
        ..Denied::new(ProblemCode::TooManyAttempts)
    })?;
    Ok(write(tx, key, bucket)?)
}

fn give_back(tx: &Tx<'_>, key: Option<&Vec<u8>>, rate: Rate, cost: i64) -> sql::Result<()> {
    let Some(key) = key else { return Ok(()) };
    let mut bucket = read(tx, key)?;
    bucket.give_back(rate, cost.unsigned_abs(), tx.now);
    write(tx, key, bucket)
}

/// Reads a count and keeps others from it until the transaction ends: two attempts at once are two.
fn read(tx: &Tx<'_>, key: &[u8]) -> sql::Result<Bucket> {
    tx.prepare_cached(
        "INSERT INTO attempt (key, taken, at) VALUES (?, 0, ?)
         ON CONFLICT (key) DO UPDATE SET taken = attempt.taken RETURNING taken, at",
    )?
    .query_row(params![key, tx.now], |row| {
        let (taken, at): (i64, i64) = (row.get(0)?, row.get(1)?);
        Ok(Bucket { taken: taken.unsigned_abs(), at })
    })
}

/// Keeps a count that was read.
fn write(tx: &Tx<'_>, key: &[u8], bucket: Bucket) -> sql::Result<()> {
    let taken = i64::try_from(bucket.taken).unwrap_or(i64::MAX);
    tx.prepare_cached("UPDATE attempt SET taken = ?, at = ? WHERE key = ?")?
        .execute(params![taken, bucket.at, key])?;
    Ok(())
}
