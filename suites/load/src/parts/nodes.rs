//! Two relays over one database: what a request costs more than with one, and how much they wait for each other.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sceau_crash::database::Database;
use sceau_crash::trouble::Trouble;

use super::{Bench, WARM, connect};
use crate::figures::{ms, number, rate, ratio};
use crate::letters::TWENTY_KB;
use crate::practice::{Person, Practice};
use crate::relay::Relay;
use crate::report::{Bound, Report};
use crate::senders::{Sender, clients, flat_out};

/// Who has an account at the relays: as many as `idle` has connections.
const PEOPLE: usize = 5_000;
/// Those of a small place, where everybody writes to everybody all the time: what waiting for an account's row grows to.
const FEW: usize = 400;
const CLIENTS: usize = 24;
/// How often one relay and two are measured in turn: a machine's speed changes by more than what is looked for.
const ROUNDS: usize = 3;
/// How often the server is asked what its connections wait for.
const LOOK: Duration = Duration::from_millis(20);
/// What each connection of the database is about; those that are idle wait for nobody.
const ACTIVITY: &str = "SELECT count(*), count(*) FILTER (WHERE wait_event_type = 'Lock') FROM pg_stat_activity
    WHERE datname = current_database() AND state IN ('active', 'idle in transaction') AND pid <> pg_backend_pid()";

/// What was measured of so many relays.
struct Measured {
    rate: f64,
    p50: Duration,
    p99: Duration,
    /// Processor time of a submission, the relays' own.
    processor: Duration,
    /// Of a hundred looks at a connection, those at one that waited for a lock.
    waits: f64,
}

pub(super) fn run(bench: &Bench, report: &mut Report) -> Result<(), Trouble> {
    let Some(server) = &bench.postgres else {
        report.note("Two relays were not measured: they need PostgreSQL.");
        return Ok(());
    };
    let database = Database::new(server)?;
    let place = bench.place("nodes")?;
    let practice = Practice::new(&place.join("one"), Some(&database.url()), PEOPLE)?;
    practice.twin(&place.join("two"))?;
    let few = practice.people.get(..FEW).unwrap_or_default();
    let one = Relay::start_as("one", &practice.data)?;
    let two = Relay::start_as("two", &place.join("two"))?;
    let measured = |relays: &[&Relay]| measure(bench, &practice.people, &database, relays);
    let rounds = (0..ROUNDS).map(|_| Ok((measured(&[&one])?, measured(&[&one, &two])?)));
    let rounds = rounds.collect::<Result<Vec<_>, Trouble>>()?;
    let both_of_few = measure(bench, few, &database, &[&one, &two])?;
    let line = |name: &str, measured: &Measured| {
        vec![
            name.to_owned(),
            format!("{:.0}", measured.rate),
            ms(measured.p50),
            ms(measured.p99),
            ms(measured.processor),
            format!("{:.2} %", measured.waits),
        ]
    };
    report.table(
        &format!("Letters of 20 KB submitted to 1 of {PEOPLE} over PostgreSQL, by one relay and by two"),
        &["relays", "a second", "p50", "p99", "processor each", "waiting for a lock"],
        &rounds
            .iter()
            .flat_map(|(alone, both)| [line("one", alone), line("two", both)])
            .chain([line(&format!("two, to 1 of {FEW}"), &both_of_few)])
            .collect::<Vec<_>>(),
    );
    let all = |of: fn(&(Measured, Measured)) -> f64| rounds.iter().map(of).sum::<f64>();
    let (single, double) =
        (all(|(one, _)| one.processor.as_secs_f64()), all(|(_, two)| two.processor.as_secs_f64()));
    report.goal(
        "processor of a submission, two relays / one",
        ratio(double, single),
        "×",
        Bound::AtMost(1.15),
    );
    let waits = all(|(_, two)| two.waits) / number(ROUNDS);
    report.goal("connections that wait for a lock, two relays", waits, " %", Bound::AtMost(1.0));
    Ok(())
}

fn measure(
    bench: &Bench,
    people: &[Person],
    database: &Database,
    relays: &[&Relay],
) -> Result<Measured, Trouble> {
    let addresses: Vec<SocketAddr> = relays.iter().map(|relay| relay.address).collect();
    // Whom they write to is at the other as often as at the same.
    let at = |number: usize| addresses.iter().cycle().nth(number).copied();
    let clients = clients(people, at, CLIENTS, 1, TWENTY_KB);
    let processor = || relays.iter().map(|relay| relay.processor()).sum::<Result<Duration, Trouble>>();
    let before = processor()?;
    let seen = Arc::<Seen>::default();
    let measured = bench.runtime.block_on(async {
        let looking = tokio::spawn(look(connect(database).await?, seen.clone()));
        let measured = flat_out(&clients, Sender::submit, WARM, bench.time).await;
        looking.abort();
        measured
    })?;
    let used = processor()?.saturating_sub(before);
    let rate = rate(measured.times.count(), measured.lasted);
    let whole = (WARM + bench.time).as_secs_f64() * rate;
    Ok(Measured {
        rate,
        p50: measured.times.p50(),
        p99: measured.times.p99(),
        processor: used.div_f64(whole.max(1.0)),
        waits: seen.waiting(),
    })
}

/// Connections that were looked at.
#[derive(Default)]
struct Seen {
    all: AtomicU32,
    waiting: AtomicU32,
}

impl Seen {
    /// Of a hundred, those that waited for a lock.
    fn waiting(&self) -> f64 {
        let count = |number: &AtomicU32| f64::from(number.load(Ordering::Relaxed));
        100.0 * count(&self.waiting) / count(&self.all).max(1.0)
    }
}

/// Looks at the connections again and again, until it is dropped.
async fn look(client: tokio_postgres::Client, seen: Arc<Seen>) -> Result<(), tokio_postgres::Error> {
    loop {
        let row = client.query_one(ACTIVITY, &[]).await?;
        for (place, count) in [(&seen.all, row.get::<_, i64>(0)), (&seen.waiting, row.get(1))] {
            place.fetch_add(u32::try_from(count).unwrap_or_default(), Ordering::Relaxed);
        }
        tokio::time::sleep(LOOK).await;
    }
}
