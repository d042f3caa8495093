//! What happens to machines and between them.

use std::{sync::Arc, time::Duration};

use sceau_crash::{chance::Chance, trouble::Trouble};
use tokio::time::{Instant, sleep};

use crate::{
    net::{Ending, Place},
    plan::{Pace, Plan, RELAYS},
    run::World,
};

/// So many storms, with pauses, until all are over.
pub(crate) async fn storms(world: Arc<World>, plan: Plan, mut chance: Chance) -> Result<(), Trouble> {
    if plan.pace == Pace::Days {
        // Longer than an urgent letter lives, or than any does.
        let hours = if chance.one_in(2) { 27 } else { 125 };
        let until = Instant::now() + Duration::from_secs(hours * 3_600);
        world.net.part(Place::Relay(0), Place::Relay(1), until);
        world.trace.line(&format!("relays parted for {hours} h"));
    }
    for _ in 0..plan.storms {
        sleep(Duration::from_millis(plan.pause(&mut chance) / 2)).await;
        storm(&world, &mut chance, plan).await?;
    }
    Ok(())
}

async fn storm(world: &Arc<World>, chance: &mut Chance, plan: Plan) -> Result<(), Trouble> {
    let relay = chance.below(RELAYS);
    let while_it_lasts = Duration::from_millis(plan.pause(chance) / 2);
    match chance.below(10) {
        0..4 => kill(world, chance, relay, while_it_lasts).await,
        4 => stop(world, relay, while_it_lasts).await,
        5 => fill(world, relay, while_it_lasts).await,
        6 => break_blobs(world, relay, while_it_lasts).await,
        7 => squeeze(world, chance, relay, while_it_lasts).await,
        _ => {
            part(world, chance, relay, while_it_lasts);
            Ok(())
        }
    }
}

async fn kill(world: &World, chance: &mut Chance, relay: usize, away: Duration) -> Result<(), Trouble> {
    let ending = if chance.one_in(3) { Ending::Silence } else { Ending::Reset };
    let Some(machine) = world.machines.get(relay) else { return Ok(()) };
    let mut machine = machine.lock().await;
    machine.before_a_kill().await?;
    world.trace.line(&format!("relay {relay} is killed, {ending:?}"));
    world.count(|counts| counts.kills += 1);
    machine.kill(ending).await?;
    sleep(away).await;
    machine.start()?;
    world.trace.line(&format!("relay {relay} starts"));
    Ok(())
}

async fn stop(world: &World, relay: usize, away: Duration) -> Result<(), Trouble> {
    let Some(machine) = world.machines.get(relay) else { return Ok(()) };
    let mut machine = machine.lock().await;
    world.trace.line(&format!("relay {relay} is stopped"));
    world.count(|counts| counts.stops += 1);
    let left = machine.stop().await?;
    if left > 0 {
        world.wrong("does not stop", format!("relay {relay} has {left} sound lines"));
    }
    sleep(away).await;
    machine.start()
}

async fn fill(world: &World, relay: usize, time: Duration) -> Result<(), Trouble> {
    let Some(machine) = world.machines.get(relay) else { return Ok(()) };
    let machine = machine.lock().await;
    world.trace.line(&format!("the disk of relay {relay} is full"));
    world.count(|counts| counts.disks += 1);
    world.ail(relay, true);
    machine.fill(true)?;
    sleep(time).await;
    machine.fill(false)?;
    world.ail(relay, false);
    Ok(())
}

async fn break_blobs(world: &World, relay: usize, time: Duration) -> Result<(), Trouble> {
    let Some(machine) = world.machines.get(relay) else { return Ok(()) };
    let machine = machine.lock().await;
    world.trace.line(&format!("relay {relay} cannot write blobs"));
    world.count(|counts| counts.disks += 1);
    world.ail(relay, true);
    machine.break_blobs(true)?;
    sleep(time).await;
    machine.break_blobs(false)?;
    world.ail(relay, false);
    Ok(())
}

/// Somebody's mailbox is full for a while.
async fn squeeze(world: &World, chance: &mut Chance, relay: usize, time: Duration) -> Result<(), Trouble> {
    let there: Vec<&str> =
        world.residents.iter().filter(|one| one.relay == relay).map(|one| one.address.as_str()).collect();
    let Some(address) = chance.pick(&there) else { return Ok(()) };
    world.trace.line(&format!("{address} is squeezed"));
    let limit = u64::try_from(chance.below(4)).unwrap_or(0);
    world.limit(relay, address, Some(limit)).await?;
    sleep(time).await;
    world.limit(relay, address, None).await
}

fn part(world: &World, chance: &mut Chance, relay: usize, time: Duration) {
    let other = if chance.one_in(2) {
        Place::Relay(1 - relay)
    } else {
        Place::Person(chance.below(world.residents.len()))
    };
    world.trace.line(&format!("relay {relay} and {other:?} are parted for {} s", time.as_secs()));
    world.net.part(Place::Relay(relay), other, Instant::now() + time);
}
