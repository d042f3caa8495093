//! How much an account and a network address may ask for in a time. Counted in memory, by each process for itself.

pub(crate) mod bucket;

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use sceau_api::ProblemCode;

use self::bucket::{Bucket, Rate};
use crate::{limits, network::NetworkAddress, problem::Denied, relay::Relay};

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Resource {
    /// HTTP requests, and those over a WebSocket.
    Requests,
    /// Octets uploaded.
    Octets,
    /// Recipients of sendings.
    Recipients,
}

/// For whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Who {
    Account(i64),
    /// An IPv4 address, or the first of a /64.
    Network(IpAddr),
    /// All those there is no room to count apart.
    Others,
}

impl Who {
    fn rate(self, what: Resource) -> Rate {
        match (self, what) {
            (Self::Account(_), Resource::Requests) => limits::ACCOUNT_REQUESTS,
            (Self::Account(_), Resource::Octets) => limits::ACCOUNT_OCTETS,
            (Self::Account(_), Resource::Recipients) => limits::ACCOUNT_RECIPIENTS,
            (_, Resource::Requests) => limits::NETWORK_REQUESTS,
            (_, Resource::Octets) => limits::NETWORK_OCTETS,
            (_, Resource::Recipients) => limits::NETWORK_RECIPIENTS,
        }
    }
}

/// The buckets of one process.
#[derive(Debug, Default)]
pub(crate) struct Rates(Mutex<HashMap<(Who, Resource), Bucket>>);

impl Rates {
    /// Takes `cost`, or says in how many seconds to come back.
    fn take(&self, who: Who, what: Resource, cost: u64, now: i64) -> Result<(), u64> {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut key = (who, what);
        if buckets.len() >= limits::BUCKETS && !buckets.contains_key(&key) {
            buckets.retain(|(who, what), bucket| !bucket.is_empty(who.rate(*what), now));
            if buckets.len() >= limits::BUCKETS {
                key = (Who::Others, what);
            }
        }
        buckets.entry(key).or_default().take(who.rate(what), cost, now)
    }
}

/// Who asks, as far as it is counted.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Asking {
    pub(crate) account: Option<i64>,
    pub(crate) network: NetworkAddress,
}

impl Relay {
    /// Takes `cost` from the buckets of an account and of its network, or refuses with the time to wait.
    pub(crate) fn take(&self, asking: Asking, what: Resource, cost: u64) -> Result<(), Denied> {
        self.wait(asking, what, cost).map_err(|seconds| Denied {
            retry_after: Some(seconds),
            ..Denied::new(ProblemCode::TooManyRequests)
        })
    }

    /// The same, with the seconds to wait for whoever has another form for them.
    pub(crate) fn wait(&self, asking: Asking, what: Resource, cost: u64) -> Result<(), u64> {
        if !self.doors().rates {
            return Ok(());
        }
        let network = asking.network.counted().map(Who::Network);
        for who in network.into_iter().chain(asking.account.map(Who::Account)) {
            self.rates().take(who, what, cost, self.now())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_addresses_takes_no_more_memory_than_its_limit() {
        let rates = Rates::default();
        for at in 0..=u32::try_from(limits::BUCKETS).unwrap() {
            let who = Who::Network(IpAddr::from(at.to_be_bytes()));
            rates.take(who, Resource::Recipients, 1, 0).unwrap();
        }
        assert_eq!(rates.0.lock().unwrap().len(), limits::BUCKETS + 1);
        // Those there is no room for are counted together, and the room comes back with time.
        assert!(rates.0.lock().unwrap().contains_key(&(Who::Others, Resource::Recipients)));
        rates.take(Who::Account(1), Resource::Requests, 1, 1_000).unwrap();
        assert_eq!(rates.0.lock().unwrap().len(), 1);
    }
}
