//! Who follows an account hears what changed.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use tokio::sync::broadcast::{self, Receiver, Sender, error::RecvError, error::TryRecvError};

use super::Changed;

/// How many unread changes a slow event source may be behind before it is told all states again.
const CHANGES_BUFFERED: usize = 256;

/// The channel of changes.
pub(super) struct Tell {
    sender: RwLock<Sender<Changed>>,
    /// Accounts that somebody follows, and how many do.
    followed: Mutex<BTreeMap<i64, usize>>,
}

impl Default for Tell {
    fn default() -> Self {
        Self { sender: RwLock::new(broadcast::channel(CHANGES_BUFFERED).0), followed: Mutex::default() }
    }
}

impl Tell {
    /// Tells one change to whoever listens.
    pub(super) fn change(&self, change: Changed) {
        // Nobody listening is no error.
        let _ = self.sender.read().unwrap_or_else(PoisonError::into_inner).send(change);
    }

    /// Hears of every change from now on.
    pub(super) fn listen(&self) -> Receiver<Changed> {
        self.sender.read().unwrap_or_else(PoisonError::into_inner).subscribe()
    }

    /// Hears of every change of an account from now on.
    pub(super) fn follow(self: Arc<Self>, account: i64) -> Follow {
        self.with_followed(|followed| *followed.entry(account).or_default() += 1);
        Follow { changes: self.listen(), account, tell: self }
    }

    /// Accounts that somebody follows.
    pub(super) fn followed(&self) -> Vec<i64> {
        self.with_followed(|followed| followed.keys().copied().collect())
    }

    /// Changes may have been missed: whoever listens is cut off and has to ask anew.
    pub(super) fn cut_off(&self) {
        *self.sender.write().unwrap_or_else(PoisonError::into_inner) = broadcast::channel(CHANGES_BUFFERED).0;
    }

    fn with_followed<T>(&self, work: impl FnOnce(&mut BTreeMap<i64, usize>) -> T) -> T {
        work(&mut self.followed.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The changes of one account, as long as somebody wants to hear of them.
pub(crate) struct Follow {
    changes: Receiver<Changed>,
    account: i64,
    tell: Arc<Tell>,
}

impl Follow {
    /// The next change; with no states when they are to be looked up. `None` once some may have been missed for good.
    pub(crate) async fn next(&mut self) -> Option<Changed> {
        loop {
            match self.changes.recv().await {
                Ok(change) if change.account == self.account => {
                    return Some(if change.states.is_some() { change } else { self.at_once(change) });
                }
                Ok(_) => {}
                // Too far behind to know what changed.
                Err(RecvError::Lagged(_)) => return Some(Changed { account: self.account, states: None }),
                Err(RecvError::Closed) => return None,
            }
        }
    }

    /// One look finds what all changes did that wait by now.
    fn at_once(&mut self, change: Changed) -> Changed {
        while let Ok(_) | Err(TryRecvError::Lagged(_)) = self.changes.try_recv() {}
        change
    }
}

impl Drop for Follow {
    fn drop(&mut self) {
        self.tell.with_followed(|followed| {
            if let Some(count) = followed.get_mut(&self.account) {
                *count -= 1;
                if *count == 0 {
                    followed.remove(&self.account);
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn change(account: i64) -> Changed {
        Changed { account, states: Some(BTreeMap::new()) }
    }

    fn to_look_up(account: i64) -> Changed {
        Changed { account, states: None }
    }

    #[tokio::test]
    async fn whoever_follows_an_account_hears_of_no_other() {
        let tell = Arc::<Tell>::default();
        let mut follow = Arc::clone(&tell).follow(1);
        tell.change(change(2));
        tell.change(change(1));
        assert_eq!(follow.next().await.map(|change| change.account), Some(1));
        tell.cut_off();
        assert!(follow.next().await.is_none());
    }

    #[tokio::test]
    async fn what_is_to_be_looked_up_is_looked_up_once() {
        let tell = Arc::<Tell>::default();
        let mut follow = Arc::clone(&tell).follow(1);
        for account in [1, 2, 1, 1] {
            tell.change(to_look_up(account));
        }
        assert!(follow.next().await.is_some_and(|change| change.states.is_none()));
        tell.change(change(1));
        assert!(
            follow.next().await.is_some_and(|change| change.states.is_some()),
            "the others were of one look"
        );
    }

    #[tokio::test]
    async fn an_account_is_followed_until_the_last_one_goes() {
        let tell = Arc::<Tell>::default();
        let (one, other) = (Arc::clone(&tell).follow(1), Arc::clone(&tell).follow(1));
        let _third = Arc::clone(&tell).follow(3);
        drop(one);
        assert_eq!(tell.followed(), [1, 3]);
        drop(other);
        assert_eq!(tell.followed(), [3]);
    }
}
