//! After the storms: the network heals, time passes, and everything is looked at.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, atomic::Ordering},
    time::Duration,
};

use sceau_crash::{client::at, trouble::Trouble};
use serde_json::json;
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, sleep_until},
};

use super::World;
use crate::{
    judge,
    machine::HOUSEKEEPING,
    person::{Person, Told, follow},
    plan::{Pace, Plan},
};

/// When those whose letters wait for days look at them, in minutes after the last act: around each limit.
const LOOKS: [u64; 9] = [35, 95, 160, 300, 380, 1_560, 1_700, 7_320, 7_560];
/// Longer than any wait between two attempts, twice, and the time a letter may still be held back for.
const SETTLES: Duration = Duration::from_secs(12 * 3_600);
/// Longer than any connection may go on.
const LINES_END: Duration = Duration::from_secs(3 * 3_600);

/// What each person was told by the event source.
pub(super) type AllTold = BTreeMap<usize, Arc<Told>>;

/// Lets people follow the event source, if the plan says so.
pub(super) fn follow_all(world: &Arc<World>, plan: Plan, followers: &mut JoinSet<()>) -> AllTold {
    let numbers = if plan.follows { 0..world.residents.len() } else { 0..0 };
    numbers
        .map(|number| {
            let told = Arc::new(Told::default());
            followers.spawn(follow(Arc::clone(world), number, Arc::clone(&told)));
            (number, told)
        })
        .collect()
}

/// Heals the world, waits, and judges.
pub(super) async fn to_the_end(
    world: &Arc<World>,
    plan: Plan,
    persons: &mut [Person],
    told: &AllTold,
    mut followers: JoinSet<()>,
) -> Result<(), Trouble> {
    if plan.pace == Pace::Days {
        wait_for_days(persons).await;
    }
    world.net.heal();
    world.trace.line("healed");
    were_told(world, persons, told).await;
    followers.shutdown().await;
    settle(world, persons).await;
    judge::judge(world, persons).await;
    persons.iter_mut().for_each(Person::leave);
    end(world).await
}

async fn wait_for_days(persons: &mut [Person]) {
    let begun = Instant::now();
    for minutes in LOOKS {
        sleep_until(begun + Duration::from_secs(minutes * 60)).await;
        for person in &mut *persons {
            // The network is still bad: what she does not see now she sees later.
            let _ = person.poll().await;
        }
    }
}

/// Whoever follows has heard of the last state.
async fn were_told(world: &World, persons: &[Person], told: &AllTold) {
    if told.is_empty() {
        return;
    }
    // Longer than a follower takes to notice that its line is dead and to come back.
    sleep(Duration::from_secs(600)).await;
    for person in persons {
        let Some(told) = told.get(&person.number) else { continue };
        let Some(answer) = person.surely("Email/get", json!({"ids": []})).await else { continue };
        // What has just changed may be on its way.
        sleep(Duration::from_secs(10)).await;
        let state: i64 = number(at(&answer, "/state").as_str());
        let heard = told.email.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if number(heard.as_deref()) < state {
            world.wrong("not told", format!("{} heard of {heard:?}, and it is {state}", person.address));
        }
    }
}

fn number(state: Option<&str>) -> i64 {
    state.and_then(|state| state.parse().ok()).unwrap_or(0)
}

/// Until every letter has come to its end.
async fn settle(world: &World, persons: &mut [Person]) {
    let until = Instant::now() + SETTLES;
    loop {
        for person in &mut *persons {
            while person.poll().await.is_err() && Instant::now() < until {
                sleep(Duration::from_secs(30)).await;
            }
        }
        if persons.iter().all(Person::is_settled) {
            break;
        }
        if Instant::now() >= until {
            return world.wrong(
                "not final",
                format!("letters wait {} h after the last fault", SETTLES.as_secs() / 3_600),
            );
        }
        sleep(Duration::from_secs(1_800)).await;
    }
    // What is final stays so.
    sleep(HOUSEKEEPING * 2).await;
    for person in persons {
        while person.poll().await.is_err() && Instant::now() < until + HOUSEKEEPING * 3 {
            sleep(Duration::from_secs(30)).await;
        }
    }
}

/// Every line ends, every relay stops, every folder is sound.
async fn end(world: &World) -> Result<(), Trouble> {
    sleep(LINES_END).await;
    for (number, machine) in world.machines.iter().enumerate() {
        let mut machine = machine.lock().await;
        let open = machine.open.load(Ordering::Relaxed);
        if open > 0 {
            world.wrong("never ends", format!("{open} lines of relay {number}"));
        }
        let left = machine.stop().await?;
        if left > 0 {
            world.wrong("does not stop", format!("relay {number} has {left} sound lines"));
        }
        match sceau_relay::findings(&machine.folder, world.time(Instant::now())) {
            Ok(findings) => findings.into_iter().for_each(|text| world.wrong("check", text)),
            Err(text) => world.wrong("check", text),
        }
    }
    Ok(())
}
