//! Clients at work until their relay is gone.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use futures::future::join_all;
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::chance::Chance;
use crate::client::{Door, Failed, Member};
use crate::trouble::Trouble;
use crate::workload::{Ended, Lane, MEMBERS, Mark, Marks};

/// Clients at once.
const LANES: usize = 6;
/// Acts of each; the relay is gone long before.
const ACTS: usize = 200;

/// Works until there is no answer any more; gives the submissions without an answer, with their act and member.
pub(super) fn load(
    runtime: &Runtime,
    address: SocketAddr,
    members: &[Member],
    marks: &Marks,
    next: &AtomicU64,
    chance: &mut Chance,
) -> Result<Vec<(u64, usize, Value)>, Trouble> {
    let members: Vec<Vec<Member>> = (0..LANES).map(|_| at(address, members)).collect();
    let lanes = members.iter().enumerate().map(|(number, members)| Lane {
        house: None,
        members,
        marks,
        next,
        name: format!("l{number}"),
        who: number % MEMBERS.len(),
        chance: Chance::new(chance.draw(), 0),
        drafts: Vec::new(),
        unanswered: Vec::new(),
    });
    let mut lanes: Vec<Lane<'_>> = lanes.collect();
    let ended = runtime.block_on(join_all(lanes.iter_mut().map(|lane| lane.work(ACTS))));
    for ended in ended {
        if let Err(Ended::Trouble(trouble)) = ended {
            return Err(trouble);
        }
    }
    let unanswered = |lane: Lane<'_>| {
        let who = lane.who;
        lane.unanswered.into_iter().map(move |(number, arguments)| (number, who, arguments))
    };
    Ok(lanes.into_iter().flat_map(unanswered).collect())
}

/// The same members, each with a connection of her own to an address.
pub(super) fn at(address: SocketAddr, members: &[Member]) -> Vec<Member> {
    let there = |member: &Member| Member { door: Arc::new(Door::net(address)), ..member.clone() };
    members.iter().map(there).collect()
}

/// Sends again what had no answer, twice: the second must be told what the first was.
pub(super) fn again(
    runtime: &Runtime,
    address: SocketAddr,
    members: &[Member],
    marks: &Marks,
    unanswered: &[(u64, usize, Value)],
) -> Result<(), Trouble> {
    let members = at(address, members);
    for (number, who, arguments) in unanswered {
        let Some(member) = members.get(*who) else { continue };
        let send = || member.call("Letter/send", arguments.clone());
        match runtime.block_on(async { Ok::<_, Failed>((send().await?, send().await?)) }) {
            Ok((first, second)) if first == second => marks.put(&Mark::Done(*number))?,
            Ok((first, second)) => {
                return Err(Trouble(format!("the same submission was answered {first} and then {second}")));
            }
            Err(failed) => return Err(Trouble(format!("a submission sent again: {failed}"))),
        }
    }
    Ok(())
}
