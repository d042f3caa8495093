//! Histories, one after the other, each judged.

mod audit;
mod faults;
mod history;
mod tally;

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use sceau_crash::trouble::{Trouble, told};

use crate::judge::judge;
use crate::plant::{Plant, plant};
use crate::record::History;
use crate::world::World;

pub use faults::Done;
pub use tally::Tally;

/// Histories of the same relays: then new ones are made.
const PER_WORLD: usize = 10;

/// What is wanted.
#[derive(Debug, Clone)]
pub struct Options {
    /// This program: by the word `relay` it is one.
    pub program: PathBuf,
    /// Seed of what clients do and what goes wrong.
    pub seed: u64,
    /// The first history.
    pub from: u64,
    /// Histories.
    pub count: u64,
    /// What each client does in a history.
    pub acts: usize,
    /// A server of PostgreSQL, for two relays; one with SQLite without.
    pub postgres: Option<String>,
    /// A defect to be found.
    pub plant: Plant,
}

/// Runs them and judges each. `say` gets a sentence on everything that is wrong.
///
/// # Errors
/// When they could not be run; what was found is in the tally.
pub fn run(options: &Options, say: impl Fn(&str)) -> Result<Tally, Trouble> {
    let mut tally = Tally::default();
    play(options, |number, mut history, done| {
        plant(&mut history, options.plant);
        let findings = judge(&history);
        for finding in &findings {
            say(&format!("history {number}, seed {}: {finding}", options.seed));
        }
        tally.add(&history, done, &findings);
        ControlFlow::Continue(())
    })?;
    Ok(tally)
}

/// Runs them; `each` gets the number of each, what happened and what was done to the relays, and says whether it is enough.
///
/// # Errors
/// When they could not be run.
pub fn play(
    options: &Options,
    mut each: impl FnMut(u64, History, Done) -> ControlFlow<()>,
) -> Result<(), Trouble> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(told("no runtime"))?;
    let numbers: Vec<u64> = (options.from..options.from + options.count).collect();
    for numbers in numbers.chunks(PER_WORLD) {
        let world = Arc::new(World::start(&options.program, options.postgres.as_deref())?);
        for number in numbers {
            let accounts = world.accounts(&history::addresses(*number))?;
            let run = history::run(&world, &accounts, options.acts, (options.seed, *number));
            let (history, done) = runtime.block_on(run)?;
            if each(*number, history, done).is_break() {
                return Ok(());
            }
        }
    }
    Ok(())
}
