//! Telling other relays over the same database what changed, and hearing it from them.
//!
//! A word is said after its commit, on a connection of its own: within it, `NOTIFY` would hold one lock of the whole database until
//! the commit is on the disk, one commit after the other. A relay that ends or stands still in between does not say it; so each
//! relay also looks, every few seconds, at the accounts that are followed here.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures::{StreamExt as _, stream};
use tokio::{
    task::{JoinError, JoinSet},
    time::{MissedTickBehavior, interval},
};
use tokio_postgres::{AsyncMessage, Client, Error, Statement};

use super::{
    Postgres,
    address::{Address, Line},
    word::Word,
};
use crate::{
    fault::Fault,
    limits, log,
    store::{Changed, Tell},
};

/// The longest time between two tries to listen again.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

impl Postgres {
    /// Listens from now on, until the database is dropped.
    pub(super) fn listen(&self) -> Result<(), Fault> {
        let (address, tell, word) =
            (Arc::clone(&self.address), Arc::clone(&self.tell), Arc::clone(&self.word));
        let (ready, is_ready) = std::sync::mpsc::channel();
        self.background.spawn(async move {
            let mut wait = limits::LISTEN_AGAIN;
            loop {
                if let Ok(listening) = Listening::begin(&address, &tell, &word).await {
                    wait = limits::LISTEN_AGAIN;
                    // What was told until now nobody heard. The first time nobody follows yet.
                    tell.cut_off();
                    let _ = ready.send(());
                    let _ = listening.until_it_ends(&tell, &word).await;
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

/// A connection that listens.
struct Listening {
    client: Client,
    /// What says a word.
    say: Statement,
    /// Whoever hears; it ends with this.
    driver: JoinSet<Result<(), Error>>,
}

impl Listening {
    async fn begin(address: &Address, tell: &Arc<Tell>, word: &Arc<Word>) -> Result<Self, Error> {
        let (client, connection) = address.connect().await?;
        let mut driver = JoinSet::new();
        driver.spawn(hear(connection, Arc::clone(tell), Arc::clone(word)));
        // A word that is lost with the machine is found by looking.
        client.batch_execute("SET synchronous_commit = off; LISTEN sceau").await?;
        let say = client.prepare("SELECT pg_notify('sceau', $1)").await?;
        Ok(Self { client, say, driver })
    }

    /// Says this relay's words and looks for those of others that were never said, until the connection ends.
    async fn until_it_ends(mut self, tell: &Tell, word: &Word) -> Result<(), Error> {
        let mut looks = interval(limits::LOOK_FOR_UNTOLD);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut known = BTreeMap::new();
        loop {
            tokio::select! {
                ended = self.driver.join_next() => {
                    return ended.and_then(|ended: Result<_, JoinError>| ended.ok()).unwrap_or(Ok(()));
                }
                heard = word.next() => {
                    let said = self.client.execute(&self.say, &[&heard.text()]).await;
                    said.inspect_err(|_| word.put_back(heard))?;
                }
                _ = looks.tick() => look(&self.client, tell, &mut known).await?,
            }
        }
    }
}

/// Drives the connection and hears what others say, until it ends.
async fn hear(mut connection: Line, tell: Arc<Tell>, word: Arc<Word>) -> Result<(), Error> {
    let mut messages = stream::poll_fn(move |context| connection.poll_message(context));
    while let Some(message) = messages.next().await {
        if let AsyncMessage::Notification(note) = message?
            && let Some(heard) = word.of_others(note.payload())
        {
            heard.accounts.into_iter().for_each(|account| tell.change(Changed { account, states: None }));
        }
    }
    Ok(())
}

/// Tells of accounts that are followed here and changed since the last look, whoever changed them.
async fn look(client: &Client, tell: &Tell, known: &mut BTreeMap<i64, i64>) -> Result<(), Error> {
    let followed = tell.followed();
    let rows = client.query("SELECT id, modseq FROM account WHERE id = ANY($1)", &[&followed]).await?;
    let mut now = BTreeMap::new();
    for row in rows {
        let (account, counter): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        if known.get(&account) != Some(&counter) {
            tell.change(Changed { account, states: None });
        }
        now.insert(account, counter);
    }
    *known = now;
    Ok(())
}
