//! A workload from its beginning to its end.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use futures::future::try_join_all;
use sceau_relay::{Relay, app, clock::ManualClock};

use super::lane::Lane;
use super::{Mark, Marks};
use crate::chance::Chance;
use crate::client::{Door, Member};
use crate::trouble::{Trouble, told};

/// The people of every workload.
pub const MEMBERS: [&str; 3] = ["anne@exemple.fr", "bruno@exemple.fr", "claire@exemple.fr"];
/// When every workload begins, in seconds.
pub const START: i64 = 1_795_422_600;

/// Lanes at once, at most.
const LANES: usize = 4;
/// Acts of a lane in one round, at most.
const ACTS: usize = 3;
/// Rounds, at most; the relay is opened anew before each.
const ROUNDS: usize = 2;
/// A long one has so many times the acts.
const LONGER: usize = 5;
/// One workload in so many is long enough for SQLite to move its log into the database by itself.
const LONG: usize = 100;

/// Does workload `number` of `seed` in `folder`, whose data folder is `folder/data`.
///
/// # Errors
/// When something answers in no way a relay may, or the folder fails.
pub fn run(folder: &Path, seed: u64, number: u64) -> Result<(), Trouble> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(told("no runtime"))?;
    let marks = Marks::new(folder)?;
    let mut chance = Chance::new(seed, number);
    let clock = Arc::new(ManualClock::at(START));
    marks.put(&Mark::Begin(number))?;
    let is_long = chance.one_in(LONG);
    let rounds = 1 + chance.below(ROUNDS);
    let mut members = Vec::new();
    let next = AtomicU64::new(1);
    for round in 0..rounds {
        let relay = Relay::open_to_serve_at(&folder.join("data"), None, clock.clone());
        let relay = relay.map_err(told("the relay does not open"))?;
        if round == 0 {
            members = admit(&relay, &marks)?;
        }
        let door = Arc::new(Door::Router(app(relay.clone())));
        let members: Vec<Member> =
            members.iter().map(|member| Member { door: door.clone(), ..Member::clone(member) }).collect();
        let acts = if is_long { ACTS * LONGER } else { 1 + chance.below(ACTS) };
        let mut lanes = Vec::new();
        for lane in 0..=chance.below(LANES) {
            lanes.push(Lane {
                house: Some((&relay, &clock)),
                members: &members,
                marks: &marks,
                next: &next,
                name: format!("w{number}r{round}l{lane}"),
                who: lane % MEMBERS.len(),
                chance: Chance::new(chance.draw(), 0),
                drafts: Vec::new(),
                unanswered: Vec::new(),
            });
        }
        let working = try_join_all(lanes.iter_mut().map(|lane| lane.work(acts)));
        runtime.block_on(working).map_err(told(format!("workload {number}")))?;
    }
    marks.put(&Mark::End(number))
}

/// Makes the accounts, and marks them.
///
/// # Errors
/// When the relay or the marks fail.
pub fn admit(relay: &Relay, marks: &Marks) -> Result<Vec<Member>, Trouble> {
    let door = Arc::new(Door::Router(app(relay.clone())));
    let mut members = Vec::new();
    for address in MEMBERS {
        let new = relay.create_token(address).map_err(told("no token"))?;
        let (account, token) = (new.account_id.0, new.token);
        members.push(Member { door: door.clone(), address: address.to_owned(), account, token });
    }
    let known = members.iter().map(|member| (member.account.clone(), member.token.clone()));
    marks.put(&Mark::Members(known.collect()))?;
    Ok(members)
}
