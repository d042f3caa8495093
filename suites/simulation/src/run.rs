//! One seed after the other, each in a thread and a world of its own.

mod settle;
mod tally;
mod world;

use std::{
    cell::Cell,
    panic,
    sync::{
        Arc, Once,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
};

use sceau_crash::{
    chance::Chance,
    trouble::{Trouble, told},
};
use sceau_relay::simulated::{self, Substitute};
use tokio::{runtime::Builder, task::JoinSet};

use crate::{
    judge::Finding,
    person::Person,
    plan::{Plan, Plant},
    template::Template,
    trace::Trace,
    weather,
};

pub use tally::Tally;
pub(crate) use world::World;

/// What is run.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The first seed.
    pub seed: u64,
    /// How many.
    pub count: u64,
    /// Threads, each with a seed of its own.
    pub jobs: usize,
    /// A defect put in on purpose.
    pub plant: Option<Plant>,
    /// Whether what happens is printed, line by line.
    pub is_shown: bool,
}

/// What a seed came to.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The seed.
    pub seed: u64,
    /// The digest of all that happened, and how many lines it is of.
    pub trace: (u64, u64),
    /// Seconds that passed on the relays' clocks.
    pub seconds: u64,
    /// What happened, counted.
    pub counts: Counts,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

/// What happened in a run.
#[derive(Debug, Default, Clone, Copy)]
pub struct Counts {
    /// Sendings that were taken.
    pub letters: u64,
    /// Recipients who have one.
    pub delivered: u64,
    /// Recipients who do not, and whose sender was told.
    pub failed: u64,
    /// Sendings that were undone.
    pub undone: u64,
    /// Recipients who have one though the sender was told otherwise: the last word was lost on the way.
    pub uncertain: u64,
    /// Connections.
    pub lines: u64,
    /// Of them, those that were cut.
    pub cuts: u64,
    /// Stalls and partitions.
    pub stalls: u64,
    /// Relays killed.
    pub kills: u64,
    /// Relays stopped.
    pub stops: u64,
    /// Disks that were full or failed for a while.
    pub disks: u64,
}

// Chance of a seed, by what it is drawn for.
const PLAN: u64 = 0;
const NET: u64 = 1;
const WEATHER: u64 = 2;
const RELAY: u64 = 3;
const MACHINES: u64 = 100;
const PERSONS: u64 = 200;

/// Runs all seeds; `each` is told of every one as it ends.
///
/// # Errors
/// When the machine cannot.
pub fn all(options: &Options, mut each: impl FnMut(&Outcome)) -> Result<Tally, Trouble> {
    let template = Template::make()?;
    let (next, mut tally) = (AtomicU64::new(0), Tally::default());
    let (sender, outcomes) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..options.jobs.max(1) {
            let (sender, template, next) = (sender.clone(), &template, &next);
            scope.spawn(move || {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= options.count {
                        return;
                    }
                    if sender.send(of_seed(options, options.seed + number, template)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        for outcome in outcomes {
            let outcome = outcome?;
            each(&outcome);
            tally.add(outcome);
        }
        Ok(tally)
    })
}

/// Runs one seed.
///
/// # Errors
/// As [`all`].
pub fn one(options: &Options) -> Result<Outcome, Trouble> {
    of_seed(options, options.seed, &Template::make()?)
}

fn of_seed(options: &Options, seed: u64, template: &Template) -> Result<Outcome, Trouble> {
    count_panics();
    let before = PANICS.get();
    let trace = Trace::new(options.is_shown);
    let mut chance = Chance::new(seed, RELAY);
    let log = trace.clone();
    let _simulated = simulated::begin(Substitute {
        danger_chance: Box::new(move |octets| {
            let drawn = chance.octets(octets.len());
            octets.copy_from_slice(&drawn);
        }),
        log: Box::new(move |text| log.line(text)),
    });
    let runtime = Builder::new_current_thread().enable_all().start_paused(true).build();
    let runtime = runtime.map_err(told("no runtime"))?;
    let mut outcome = runtime.block_on(live(options, seed, template, &trace))?;
    drop(runtime);
    let panics = PANICS.get() - before;
    if panics > 0 {
        outcome.findings.push(Finding { kind: "panics", text: format!("{panics} times") });
    }
    Ok(outcome)
}

async fn live(options: &Options, seed: u64, template: &Template, trace: &Trace) -> Result<Outcome, Trouble> {
    let plan = Plan::draw(&mut Chance::new(seed, PLAN));
    let world = Arc::new(World::new(options, seed, template, trace)?);
    trace.line(&format!("seed {seed}: {plan:?}"));
    for machine in &world.machines {
        machine.lock().await.start()?;
    }
    let mut followers = JoinSet::new();
    let told = settle::follow_all(&world, plan, &mut followers);
    let mut busy = JoinSet::new();
    for number in 0..world.residents.len() {
        let chance = Chance::new(seed, PERSONS + u64::try_from(number).unwrap_or(0));
        if let Some(person) = Person::new(&world, number, chance) {
            busy.spawn(person.work(plan));
        }
    }
    let storms = tokio::spawn(weather::storms(Arc::clone(&world), plan, Chance::new(seed, WEATHER)));
    let mut persons = Vec::new();
    while let Some(person) = busy.join_next().await {
        persons.extend(person.ok());
    }
    persons.sort_by_key(|person| person.number);
    storms.await.map_err(told_of_task)??;
    settle::to_the_end(&world, plan, &mut persons, &told, followers).await?;
    let (findings, counts) = world.close().await;
    let seconds = tokio::time::Instant::now().duration_since(world.begun).as_secs();
    Ok(Outcome { seed, trace: trace.digest(), seconds, counts, findings })
}

fn told_of_task(error: tokio::task::JoinError) -> Trouble {
    Trouble(format!("the weather: {error}"))
}

thread_local! {
    static PANICS: Cell<u64> = const { Cell::new(0) };
}

/// Tasks of the relay swallow their panics; here each is counted, on the thread of its seed.
fn count_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            PANICS.set(PANICS.get() + 1);
            usual(info);
        }));
    });
}
