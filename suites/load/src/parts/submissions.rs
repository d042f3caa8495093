//! Letters of 20 KB to one and to five recipients, beside what the databases do by themselves and beside mail servers.

use std::time::Duration;

use sceau_crash::database::Database;
use sceau_crash::trouble::Trouble;

use super::{Bench, WARM, name};
use crate::dovecot::Dovecot;
use crate::figures::{Times, ms, rate, ratio};
use crate::letters::TWENTY_KB;
use crate::postfix::Postfix;
use crate::practice::Practice;
use crate::reference::{self, Rows};
use crate::relay::Relay;
use crate::report::{Bound, Report};
use crate::senders::{Sender, clients, flat_out, paced};

/// People, and clients of theirs: fewer at once than an account may have.
const PEOPLE: usize = 400;
const CLIENTS: usize = 24;
/// Rows of the commits that are compared with.
const TOGETHER: usize = 100;
/// Recipients of a letter.
const RECIPIENTS: [usize; 2] = [1, 5];

/// What is said of each.
const COLUMNS: [&str; 7] =
    ["what", "a second", "p50", "p99", "p50 at half the rate", "p99 at half the rate", "processor each"];

/// One database's figures.
struct Side {
    name: &'static str,
    alone: Rows,
    one_by_one: Rows,
    /// Requests that ask the relay for nothing.
    nothing: Times,
    sent: Vec<Sent>,
}

/// Somebody else's mail server.
struct Peer {
    name: &'static str,
    does: &'static str,
    /// For each number of recipients, letters a second and the time of each.
    sent: Vec<(f64, Times)>,
}

/// Submissions to so many recipients.
struct Sent {
    recipients: usize,
    rate: f64,
    times: Times,
    /// With half as many as it can take.
    paced: Times,
    processor: Duration,
}

pub(super) fn run(bench: &Bench, report: &mut Report) -> Result<(), Trouble> {
    let databases = bench.databases()?;
    let sides: Vec<Side> =
        databases.iter().map(|database| side(bench, database.as_ref())).collect::<Result<_, _>>()?;
    let peers = match Dovecot::start(&bench.place("dovecot")?) {
        Ok(dovecot) => peers(bench, report, &dovecot)?,
        Err(why) => {
            report.note(&format!("Dovecot was not measured: {why}."));
            Vec::new()
        }
    };
    tables(bench, report, &sides, &peers);
    Ok(())
}

/// Dovecot, which delivers; and Postfix before it, which takes letters from their authors as the relay does.
fn peers(bench: &Bench, report: &mut Report, dovecot: &Dovecot) -> Result<Vec<Peer>, Trouble> {
    let delivered = RECIPIENTS.iter().map(|recipients| {
        let work = dovecot.flat_out(CLIENTS, *recipients, TWENTY_KB, (WARM, bench.time));
        bench.runtime.block_on(work).map(|times| (rate(times.count(), bench.time), times))
    });
    let delivered = delivered.collect::<Result<_, _>>()?;
    let mut peers = vec![Peer { name: "Dovecot", does: "LMTP", sent: delivered }];
    match Postfix::start(&bench.place("postfix")?, dovecot) {
        Ok(postfix) => {
            let submitted = RECIPIENTS.iter().map(|recipients| {
                let work = |time| postfix.flat_out(dovecot, CLIENTS, *recipients, TWENTY_KB, time);
                bench.runtime.block_on(work(WARM))?;
                bench.runtime.block_on(work(bench.time)).map(|done| (done.rate, done.times))
            });
            let sent = submitted.collect::<Result<_, Trouble>>()?;
            peers.push(Peer { name: "Postfix and Dovecot", does: "SMTP, LMTP, IMAP", sent });
        }
        Err(why) => report.note(&format!("Postfix was not measured: {why}.")),
    }
    Ok(peers)
}

fn side(bench: &Bench, database: Option<&Database>) -> Result<Side, Trouble> {
    let name = name(database);
    let place = bench.place(&format!("submissions-{name}"))?;
    let url = database.map(Database::url);
    let alone = |rows| match &url {
        None => reference::sqlite(&place, rows, bench.time),
        Some(url) => bench.runtime.block_on(reference::postgres(url, rows, bench.time)),
    };
    let (hundred, one_by_one) = (alone(TOGETHER)?, alone(1)?);
    let practice = Practice::new(&place.join("data"), url.as_deref(), PEOPLE)?;
    let relay = Relay::start(&practice.data)?;
    let sent = RECIPIENTS.iter().map(|recipients| submissions(bench, &practice, &relay, *recipients));
    let sent = sent.collect::<Result<_, _>>()?;
    let idlers = clients(&practice.people, |_| Some(relay.address), CLIENTS, 0, 0);
    let nothing = bench.runtime.block_on(flat_out(&idlers, Sender::ask_nothing, WARM, bench.time))?;
    Ok(Side { name, alone: hundred, one_by_one, nothing: nothing.times, sent })
}

fn submissions(
    bench: &Bench,
    practice: &Practice,
    relay: &Relay,
    recipients: usize,
) -> Result<Sent, Trouble> {
    let clients = clients(&practice.people, |_| Some(relay.address), CLIENTS, recipients, TWENTY_KB);
    let before = relay.processor()?;
    let all = bench.runtime.block_on(flat_out(&clients, Sender::submit, WARM, bench.time))?;
    let used = relay.processor()?.saturating_sub(before);
    let rate = rate(all.times.count(), all.lasted);
    let whole = WARM.saturating_add(bench.time).as_secs_f64() * rate;
    let processor = used.div_f64(whole.max(1.0));
    let paced = bench.runtime.block_on(paced(&clients, rate / 2.0, bench.time))?;
    Ok(Sent { recipients, rate, times: all.times, paced: paced.times, processor })
}

fn tables(bench: &Bench, report: &mut Report, sides: &[Side], peers: &[Peer]) {
    let mut rows = Vec::new();
    let short = |what: String, rate: f64, times: &Times| {
        let mut row = vec![what, format!("{rate:.0}"), ms(times.p50()), ms(times.p99())];
        row.resize(COLUMNS.len(), String::new());
        row
    };
    for side in sides {
        for (what, alone) in [("100 rows a commit", &side.alone), ("1 row a commit", &side.one_by_one)] {
            let what = format!("{} alone, rows of 20 KB, {what}", side.name);
            rows.push(short(what, alone.rate, &alone.commits));
        }
        let what = format!("ours over {}, a request that asks for nothing", side.name);
        rows.push(short(what, rate(side.nothing.count(), bench.time), &side.nothing));
        for sent in &side.sent {
            rows.push(vec![
                format!("ours over {}, to {}", side.name, sent.recipients),
                format!("{:.0}", sent.rate),
                ms(sent.times.p50()),
                ms(sent.times.p99()),
                ms(sent.paced.p50()),
                ms(sent.paced.p99()),
                ms(sent.processor),
            ]);
        }
    }
    for Peer { name, does, sent } in peers {
        for ((rate, times), recipients) in sent.iter().zip(RECIPIENTS) {
            rows.push(short(format!("{name}, {does}, to {recipients}"), *rate, times));
        }
    }
    report.table("Letters of 20 KB submitted", &COLUMNS, &rows);
    for side in sides {
        goals(report, side, peers);
    }
}

fn goals(report: &mut Report, side: &Side, peers: &[Peer]) {
    let Some(to_one) = side.sent.first() else { return };
    let what = format!("submissions to 1 / rows of {} alone, 100 a commit", side.name);
    report.goal(what, ratio(to_one.rate, side.alone.rate), "×", Bound::AtLeast(0.8));
    let commit = side.alone.commits.p50().as_secs_f64();
    let what = format!("p99 over {} at half the rate / median commit of 100 rows", side.name);
    report.goal(what, ratio(to_one.paced.p99().as_secs_f64(), commit), "×", Bound::AtMost(2.0));
    for peer in peers {
        for (sent, (other, _)) in side.sent.iter().zip(&peer.sent) {
            let what = format!("submissions to {} over {} / {}", sent.recipients, side.name, peer.name);
            report.goal(what, ratio(sent.rate, *other), "×", Bound::AtLeast(3.0));
        }
    }
}
