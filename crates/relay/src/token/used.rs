//! The last use of a program's token, to the day: enough to see which are forgotten, too little to watch anybody by.

use crate::{fault::Fault, limits, relay::Relay, session::bearer::Bearer, store::sql::params};

/// Writes down that the token was used today, once a day.
pub(crate) fn note(relay: &Relay, bearer: &Bearer) -> Result<(), Fault> {
    let now = relay.now();
    let today = now - now.rem_euclid(limits::DAY);
    if !bearer.is_program || bearer.last_used_on.is_some_and(|last| last >= today) {
        return Ok(());
    }
    relay.store().write(now, |tx| {
        tx.prepare_cached("UPDATE session SET last_used_on = ? WHERE token_hash = ?")?
            .execute(params![today, bearer.token_hash])?;
        Ok(())
    })
}
