//! What becomes of a subscription after a push: it was told, it waits, or it is gone.

use super::{claim::Push, post::Outcome};
use crate::{
    fault::Fault,
    limits, log,
    random::generate_bytes,
    relay::Relay,
    store::{
        Tx,
        sql::{self, OptionalExtension as _, params},
    },
};

/// Writes down the outcome of a push, unless its claim has ended; gives the end of the pause that follows.
pub(super) fn settle(relay: &Relay, push: &Push, outcome: &Outcome) -> Result<Option<i64>, Fault> {
    relay.store().write(relay.now(), |tx| {
        let found: Option<(i64, Option<i64>)> = tx
            .prepare_cached(
                "SELECT failures, failing_since FROM push_subscription WHERE id = ? AND claimed_until = ?",
            )?
            .query_row(params![push.row, push.claimed_until], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((failures, failing_since)) = found else { return Ok(None) };
        match outcome {
            Outcome::Accepted => accepted(tx, push).map(Some),
            Outcome::Gone => {
                log("push_gone", push, "");
                destroy(tx, push).map(|()| None)
            }
            Outcome::Failed { why, retry_after } => {
                let since = failing_since.unwrap_or(tx.now);
                if tx.now.saturating_sub(since) >= bound(push) {
                    log("push_given_up", push, why);
                    return Ok(destroy(tx, push).map(|()| None)?);
                }
                log("push_failed", push, why);
                let pause = pause(failures, *retry_after);
                failed(tx, push, since, pause).map(Some)
            }
        }
        .map_err(Fault::from)
    })
}

fn accepted(tx: &Tx<'_>, push: &Push) -> sql::Result<i64> {
    let next = tx.now.saturating_add(limits::PUSH_INTERVAL);
    match push.told {
        Some(told) => tx.execute(
            "UPDATE push_subscription SET told = ?, next_at = ?, claimed_until = 0, failures = 0, failing_since = NULL
             WHERE id = ?",
            params![told, next, push.row],
        )?,
        // What follows a verification is not held up: the client has waited already.
        None => tx.execute(
            "UPDATE push_subscription SET code_told = 1, claimed_until = 0, failures = 0, failing_since = NULL
             WHERE id = ?",
            [push.row],
        )?,
    };
    Ok(next)
}

fn failed(tx: &Tx<'_>, push: &Push, since: i64, pause: i64) -> sql::Result<i64> {
    let next = tx.now.saturating_add(pause);
    tx.execute(
        "UPDATE push_subscription SET next_at = ?, claimed_until = 0, failures = failures + 1, failing_since = ?
         WHERE id = ?",
        params![next, since, push.row],
    )?;
    Ok(next)
}

fn destroy(tx: &Tx<'_>, push: &Push) -> sql::Result<()> {
    tx.execute("DELETE FROM push_subscription WHERE id = ?", [push.row])?;
    Ok(())
}

/// How long a push is tried.
fn bound(push: &Push) -> i64 {
    if push.told.is_some() { limits::PUSH_GIVE_UP } else { limits::PUSH_VERIFICATION_GIVE_UP }
}

/// How long to wait after so many failures before this one: twice as long each time, up to a quarter more by chance so
/// that many do not come back at once, and not less than the push service asks for.
fn pause(failures: i64, retry_after: Option<i64>) -> i64 {
    let doubled = u32::try_from(failures).ok().and_then(|times| 1_i64.checked_shl(times.min(32)));
    let own = doubled.unwrap_or(i64::MAX).saturating_mul(limits::PUSH_RETRY_FIRST);
    let own = own.min(limits::PUSH_RETRY_LONGEST);
    let [dice] = generate_bytes::<1>();
    let jitter = own.saturating_mul(i64::from(dice)) / (4 * 255);
    let asked = retry_after.unwrap_or(0).min(limits::PUSH_RETRY_AFTER_LONGEST);
    own.saturating_add(jitter).max(asked)
}

fn log(event: &str, push: &Push, why: &str) {
    log::line(event, &[("subscription", super::id_of(push.row).as_str()), ("why", why)]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_an_hour_and_heed_what_is_asked() {
        for (failures, least) in
            [(0, 10), (1, 20), (5, 320), (8, 2_560), (9, 3_600), (40, 3_600), (i64::MAX, 3_600)]
        {
            for _ in 0..50 {
                let pause = pause(failures, None);
                assert!((least..=least + least / 4).contains(&pause), "{failures}: {pause}");
            }
        }
        assert_eq!(pause(0, Some(500)), 500);
        assert_eq!(pause(0, Some(i64::MAX)), limits::PUSH_RETRY_AFTER_LONGEST);
        assert!(pause(3, Some(1)) >= 80);
    }
}
