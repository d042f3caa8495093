//! Hearing what relays over the same database changed, this one as well: in one order, that of the commits.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures::{StreamExt as _, stream};
use sceau_api::{State, push::ObjectType};
use serde::{Deserialize, Serialize};
use tokio_postgres::AsyncMessage;

use super::{Postgres, address::Address};
use crate::{
    fault::Fault,
    limits, log,
    store::{Changed, Tell},
};

/// A change as it crosses the database: well below its 8,000 octets, whatever changed.
#[derive(Serialize, Deserialize)]
struct Payload {
    account: i64,
    states: BTreeMap<ObjectType, State>,
}

/// What is told of a change.
pub(super) fn payload(change: &Changed) -> String {
    let payload = Payload { account: change.account, states: change.states.clone() };
    // Numbers and names of types can always be written.
    serde_json::to_string(&payload).unwrap_or_default()
}

impl Postgres {
    /// Listens from now on, until the database is dropped.
    pub(super) fn listen(&self) -> Result<(), Fault> {
        let (address, tell) = (Arc::clone(&self.address), Arc::clone(&self.tell));
        let (ready, is_ready) = std::sync::mpsc::channel();
        self.background.spawn(async move {
            let mut wait = limits::LISTEN_AGAIN;
            loop {
                if listen(&address, &tell, &ready).await.is_ok() {
                    wait = limits::LISTEN_AGAIN;
                }
                // Whoever follows hears nothing now: cut off, they come back and ask, and do so again once it listens.
                tell.cut_off();
                log::line("listening_stopped", &[]);
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(LONGEST_WAIT);
            }
        });
        is_ready.recv_timeout(limits::BUSY_TIMEOUT).map_err(|_| Fault::Interrupted)
    }
}

/// The longest time between two tries to listen again.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// Listens until the connection ends.
async fn listen(
    address: &Address,
    tell: &Tell,
    ready: &std::sync::mpsc::Sender<()>,
) -> Result<(), tokio_postgres::Error> {
    let (client, mut connection) = address.connect().await?;
    let mut messages = stream::poll_fn(move |context| connection.poll_message(context));
    let listening = client.batch_execute("LISTEN sceau");
    tokio::pin!(listening);
    let mut is_listening = false;
    loop {
        tokio::select! {
            done = &mut listening, if !is_listening => {
                done?;
                is_listening = true;
                // What was told until now nobody heard. The first time nobody follows yet.
                tell.cut_off();
                let _ = ready.send(());
            }
            message = messages.next() => match message {
                Some(Ok(AsyncMessage::Notification(note))) => {
                    // Somebody else may use the channel for something else.
                    if let Ok(Payload { account, states }) = serde_json::from_str(note.payload()) {
                        tell.change(Changed { account, states });
                    }
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error),
                None => return Ok(()),
            },
        }
    }
}
