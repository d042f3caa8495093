//! The end of a program's token before its time.

use crate::{fault::Fault, relay::Relay, store::sql::params, watch::access::Action};

impl Relay {
    /// Ends the token of that id, now; what listens with it is closed at its next look. False when there is none.
    ///
    /// # Errors
    /// When the store fails.
    pub fn revoke_token(&self, id: &str) -> Result<bool, Fault> {
        self.store().write(self.now(), |tx| {
            let ended = tx.execute("DELETE FROM session WHERE token_id = ?", params![id])? > 0;
            if ended {
                self.administered(tx, Action::TokenRevoke, id, "done")?;
            }
            Ok(ended)
        })
    }
}
