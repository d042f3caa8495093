//! The last look: when nobody works any more, at every relay, at everything, and at what happened since the beginning.

use std::time::Duration;

use sceau_crash::client::at;
use sceau_relay::clock::{Clock as _, SystemClock};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::client::Client;

/// Types that are looked at.
const KINDS: [&str; 6] = ["Email", "Mailbox", "Thread", "EmailSubmission", "Letter", "Quota"];
/// Of these every change is told.
const CHANGING: [&str; 5] = ["Email", "Mailbox", "Thread", "EmailSubmission", "Letter"];
/// Earlier states that changes are asked from, of each type.
const STATES: usize = 3;
/// Between two looks for letters that are due.
const PAUSE: Duration = Duration::from_millis(100);
/// Looks for them: longer than a relay sleeps that nobody woke.
const LOOKS: usize = 900;
/// Seconds ahead in which a letter is due soon.
const SOON: i64 = 60;

impl Client {
    /// Waits until no letter waits that is due soon.
    pub(super) async fn wait_for_letters(&mut self) {
        for _ in 0..LOOKS {
            let mut waiting = false;
            for kind in ["Letter", "EmailSubmission"] {
                let got = self.ask_until_told(&format!("{kind}/get"), &json!({"ids": null})).await;
                waiting |= got.is_none_or(|got| waits(&got));
            }
            if !waiting {
                return;
            }
            sleep(PAUSE).await;
        }
    }

    /// Looks at everything; the states of each type then.
    pub(super) async fn audit(&mut self) -> Vec<(String, u64)> {
        let mut states = Vec::new();
        for node in 0..self.world.nodes() {
            for kind in KINDS {
                let arguments = crate::client::get(kind, &Value::Null);
                let got = self.ask_at(Some(node), &format!("{kind}/get"), arguments).await;
                let state = got.and_then(|got| at(&got, "/state").as_str()?.parse().ok());
                states.extend(state.map(|state| (kind.to_owned(), state)));
            }
        }
        for kind in CHANGING {
            let mut since = vec!["0".to_owned()];
            since.extend((0..STATES).filter_map(|_| self.known.state(kind, &mut self.chance)));
            for since in since {
                self.changes(kind, since).await;
            }
        }
        states
    }
}

/// Whether one of these is about to go.
fn waits(got: &Value) -> bool {
    let soon = SystemClock.now() + SOON;
    let due = |object: &Value| {
        sceau_api::UtcDate(at(object, "/sendAt").as_str().unwrap_or_default().to_owned()).to_unix()
    };
    let list = at(got, "/list").as_array().into_iter().flatten();
    list.into_iter()
        .any(|object| at(object, "/undoStatus") == "pending" && due(object).is_some_and(|at| at <= soon))
}
