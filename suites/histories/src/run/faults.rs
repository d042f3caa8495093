//! What goes wrong on purpose.

use std::sync::Arc;
use std::time::Duration;

use sceau_crash::chance::Chance;
use sceau_crash::trouble::{Trouble, told};
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::client::Journal;
use crate::world::World;

/// Faults of a history, at most.
const FAULTS: usize = 3;
/// Moments before the first fault and between two, at most; a history has a few hundred.
const BETWEEN: usize = 240;
/// Moments that a relay is down or paused, at most.
const LASTS: usize = 80;
/// Looks at the journal.
const LOOK: Duration = Duration::from_millis(5);
/// Looks after which a fault is over whatever happened: with one relay nothing may.
const LOOKS: usize = 100;

/// A fault of one relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fault {
    node: usize,
    is_kill: bool,
    /// Moments before it.
    after: u64,
    /// Moments that it lasts.
    lasts: u64,
}

/// What was done to the relays.
#[derive(Debug, Clone, Copy, Default)]
pub struct Done {
    /// Kills.
    pub kills: u64,
    /// Pauses.
    pub pauses: u64,
}

/// One fault or several, one after the other.
#[must_use]
pub(super) fn plan(chance: &mut Chance, nodes: usize) -> Vec<Fault> {
    let moments = |chance: &mut Chance, most| u64::try_from(1 + chance.below(most)).unwrap_or(1);
    let count = 1 + chance.below(FAULTS);
    let fault = |_| Fault {
        node: chance.below(nodes),
        is_kill: chance.one_in(2),
        after: moments(chance, BETWEEN),
        lasts: moments(chance, LASTS),
    };
    (0..count).map(fault).collect()
}

/// Does what is planned; ends with all relays running.
///
/// # Errors
/// When a relay does not start again.
pub(super) async fn strike(world: &Arc<World>, journal: &Journal, plan: &[Fault]) -> Result<Done, Trouble> {
    let mut done = Done::default();
    for fault in plan {
        wait(journal, fault.after).await;
        let node = fault.node;
        if fault.is_kill {
            done.kills += 1;
            within(world, move |world| world.kill(node)).await?;
        } else {
            done.pauses += 1;
            world.pause(node)?;
        }
        wait(journal, fault.lasts).await;
        if fault.is_kill {
            within(world, move |world| world.begin(node)).await?;
        } else {
            world.go_on(node)?;
        }
    }
    Ok(done)
}

/// Until so much has happened, or nothing does.
async fn wait(journal: &Journal, moments: u64) {
    let until = journal.moments() + moments;
    for _ in 0..LOOKS {
        if journal.moments() >= until {
            return;
        }
        sleep(LOOK).await;
    }
}

/// Starting and ending a process takes a while.
async fn within(
    world: &Arc<World>,
    work: impl FnOnce(&World) -> Result<(), Trouble> + Send + 'static,
) -> Result<(), Trouble> {
    let world = Arc::clone(world);
    spawn_blocking(move || work(&world)).await.map_err(told("a relay"))?
}
