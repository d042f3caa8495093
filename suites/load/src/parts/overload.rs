//! Three times as much as the relay can take: those accepted are served as usual, the others are told, nothing accepted is lost.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use sceau_crash::client::at;
use sceau_crash::trouble::{Trouble, told};
use serde_json::{Value, json};

use super::{Bench, WARM};
use crate::figures::{Times, ms, number, octets, rate, ratio};
use crate::letters::TWENTY_KB;
use crate::practice::Practice;
use crate::relay::Relay;
use crate::report::{Bound, Report};
use crate::senders::{Paced, Sender, clients, flat_out, paced};

/// Enough that no account's own limits are met before the relay's.
const PEOPLE: usize = 400;
const CLIENTS: usize = 24;
/// How much of what it can take is usual.
const USUAL: f64 = 0.7;
const TIMES: f64 = 3.0;
/// How often memory is looked at.
const LOOK: Duration = Duration::from_millis(100);
/// Recovery is told in steps of this.
const STEP: Duration = Duration::from_secs(1);
/// How long recovery may take.
const RECOVERY: f64 = 10.0;

pub(super) fn run(bench: &Bench, report: &mut Report) -> Result<(), Trouble> {
    let practice = Practice::new(&bench.place("overload")?.join("data"), None, PEOPLE)?;
    let relay = Relay::start(&practice.data)?;
    let clients = clients(&practice.people, |_| Some(relay.address), PEOPLE, 1, TWENTY_KB);
    let some = clients.get(..CLIENTS).unwrap_or_default();
    let (most, usual, over, after, memory) = bench.runtime.block_on(async {
        let flat = flat_out(some, Sender::submit, WARM, bench.time).await?;
        let most = rate(flat.times.count(), flat.lasted);
        let before = sent(&practice, &relay).await?;
        let (usual, usual_memory) = watched(&relay, paced(&clients, most * USUAL, bench.time)).await?;
        let (over, over_memory) = watched(&relay, paced(&clients, most * TIMES, bench.time)).await?;
        let after = paced(&clients, most * USUAL, bench.time.max(Duration::from_secs_f64(RECOVERY))).await?;
        let all = [&usual, &over, &after];
        let there = sent(&practice, &relay).await?.saturating_sub(before);
        let told = count(all, |paced| paced.times.count());
        let unanswered = count(all, |paced| paced.unanswered);
        let held = (told..=told + unanswered).contains(&there);
        report.must(held, format!("{told} were accepted, {unanswered} unanswered, {there} are there"));
        report.must(over.unanswered == 0, format!("{} had no answer under overload", over.unanswered));
        Ok::<_, Trouble>((most, usual, over, after, (usual_memory, over_memory)))
    })?;
    tables(report, most, [("usual", &usual), ("overload", &over), ("after it", &after)]);
    let normal = usual.times.p99();
    let more = ratio(over.times.p99().as_secs_f64(), normal.as_secs_f64());
    report.goal("p99 of the accepted, overload / usual", more, "×", Bound::AtMost(2.0));
    let grown = ratio(octets(memory.1), octets(memory.0));
    report.goal("memory, overload / usual", grown, "×", Bound::AtMost(1.5));
    let recovery = recovered(&after, normal * 2).as_secs_f64();
    report.goal("time until p99 is below twice the usual again", recovery, " s", Bound::AtMost(RECOVERY));
    Ok(())
}

/// Of all runs together.
fn count(all: [&Paced; 3], what: impl Fn(&Paced) -> usize) -> u64 {
    all.into_iter().map(|paced| u64::try_from(what(paced)).unwrap_or_default()).sum()
}

fn tables(report: &mut Report, most: f64, all: [(&str, &Paced); 3]) {
    let line = |(name, paced): (&str, &Paced)| {
        let came = paced.times.count() + paced.refused + paced.unanswered;
        let seconds = paced.lasted.as_secs_f64();
        vec![
            name.to_owned(),
            format!("{:.0}", number(came) / seconds),
            format!("{:.0}", number(paced.times.count()) / seconds),
            format!("{:.0}", number(paced.refused) / seconds),
            paced.unanswered.to_string(),
            ms(paced.times.p50()),
            ms(paced.times.p99()),
        ]
    };
    report.table(
        &format!("Overload: letters of 20 KB to 1 over SQLite, which takes {most:.0} a second at most"),
        &["", "come a second", "accepted", "refused", "without an answer", "p50 of the accepted", "p99"],
        &all.map(line),
    );
    let words: Vec<&str> = all.iter().flat_map(|(_, paced)| &paced.words).map(String::as_str).collect();
    if !words.is_empty() {
        report.note(&format!("What the others were told: `{}`.", words.join("`, `")));
    }
}

/// The most memory the relay had while something was done.
async fn watched(
    relay: &Relay,
    work: impl Future<Output = Result<Paced, Trouble>>,
) -> Result<(Paced, u64), Trouble> {
    let most = Mutex::new(0);
    let looking = async {
        loop {
            if let Ok(memory) = relay.memory() {
                let mut most = most.lock().unwrap_or_else(PoisonError::into_inner);
                *most = memory.max(*most);
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    tokio::select! {
        done = work => Ok((done?, *most.lock().unwrap_or_else(PoisonError::into_inner))),
        never = looking => never,
    }
}

/// From the beginning until no later step had a p99 above `bound`.
fn recovered(after: &Paced, bound: Duration) -> Duration {
    let step = |at: &Duration| at.as_secs() / STEP.as_secs();
    let mut steps: Vec<Times> = Vec::new();
    for (at, time) in after.at.iter().zip(after.times.each()) {
        let number = usize::try_from(step(at)).unwrap_or_default();
        steps.resize_with(steps.len().max(number + 1), Times::default);
        if let Some(times) = steps.get_mut(number) {
            times.add(time);
        }
    }
    let bad = steps.iter().rposition(|times| times.p99() > bound);
    STEP * bad.map_or(0, |bad| u32::try_from(bad + 1).unwrap_or(u32::MAX))
}

/// Emails in all Sent folders.
async fn sent(practice: &Practice, relay: &Relay) -> Result<u64, Trouble> {
    let counts = practice.people.iter().map(|person| async {
        let got = person.at(relay.address).call("Mailbox/get", json!({"ids": null})).await;
        let got = got.map_err(told("the mailboxes"))?;
        let is_sent = |mailbox: &&Value| at(mailbox, "/role") == "sent";
        let sent = at(&got, "/list").as_array().into_iter().flatten().find(is_sent);
        Ok::<_, Trouble>(sent.and_then(|mailbox| at(mailbox, "/totalEmails").as_u64()).unwrap_or_default())
    });
    // No more at once than it has places for.
    stream::iter(counts)
        .buffer_unordered(CLIENTS / 2)
        .try_fold(0, |all, one| async move { Ok(all + one) })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recovery_ends_with_the_last_slow_step() {
        let mut after = Paced::default();
        for (at, time) in [(100, 900), (1_200, 50), (2_500, 700), (3_100, 40)] {
            after.at.push(Duration::from_millis(at));
            after.times.add(Duration::from_millis(time));
        }
        assert_eq!(recovered(&after, Duration::from_millis(100)), Duration::from_secs(3));
        assert_eq!(recovered(&after, Duration::from_secs(1)), Duration::ZERO);
    }
}
