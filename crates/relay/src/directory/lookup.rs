//! `Directory/lookup`.

use sceau_api::directory::{DirectoryLookup, DirectoryLookupResponse};

use super::entry;
use crate::{
    account,
    jmap::{Call, Outcome, answer},
    limits,
};

/// `Directory/lookup`.
pub(crate) fn lookup(call: &Call<'_>) -> Outcome {
    let request: DirectoryLookup = call.arguments()?;
    call.limit(request.addresses.len(), limits::LOOKUP_ADDRESSES)?;
    call.read(|tx| {
        let (mut list, mut not_found) = (Vec::new(), Vec::new());
        for given in &request.addresses {
            let account =
                account::normalise(given).map(|address| account::find(tx, &address)).transpose()?.flatten();
            match account {
                Some(account) => list.push(entry(tx, account)?),
                None => not_found.push(given.clone()),
            }
        }
        answer(&DirectoryLookupResponse { account_id: request.account_id.clone(), list, not_found })
    })
}
