//! A day's inbox fetched: fifty letters of 20 KB, found, described and downloaded; beside it the same by IMAP.

use std::time::Instant;

use sceau_crash::client::{Failed, Member, at};
use sceau_crash::database::Database;
use sceau_crash::trouble::{Trouble, told};
use serde_json::json;

use super::{Bench, name};
use crate::dovecot::{Dovecot, Imap};
use crate::figures::{Times, ms, ratio};
use crate::letters::TWENTY_KB;
use crate::practice::Practice;
use crate::relay::Relay;
use crate::report::Report;
use crate::senders::clients;

/// Letters of a day.
const LETTERS: usize = 50;
/// What a list shows of each.
const PROPERTIES: [&str; 9] =
    ["id", "blobId", "threadId", "mailboxIds", "keywords", "size", "receivedAt", "from", "subject"];

pub(super) fn run(bench: &Bench, report: &mut Report) -> Result<(), Trouble> {
    let mut rows = Vec::new();
    let peer = peer(bench);
    let other = peer.as_ref().map(Times::p50).unwrap_or_default().as_secs_f64();
    for database in bench.databases()? {
        let times = ours(bench, database.as_ref())?;
        let beside = match peer {
            Ok(_) => format!("{:.2}×", ratio(other, times.p50().as_secs_f64())),
            Err(_) => String::new(),
        };
        rows.push(vec![
            format!("ours over {}", name(database.as_ref())),
            ms(times.p50()),
            ms(times.p99()),
            beside,
        ]);
    }
    match &peer {
        Ok(times) => {
            rows.push(vec!["Dovecot, IMAP".to_owned(), ms(times.p50()), ms(times.p99()), String::new()])
        }
        Err(why) => report.note(&format!("Dovecot was not measured: {why}.")),
    }
    report.table(
        &format!("A day's inbox: {LETTERS} letters of 20 KB found, described and fetched"),
        &["what", "p50", "p99", "Dovecot / ours"],
        &rows,
    );
    Ok(())
}

fn ours(bench: &Bench, database: Option<&Database>) -> Result<Times, Trouble> {
    let place = bench.place(&format!("inbox-{}", name(database)))?;
    let practice = Practice::new(&place.join("data"), database.map(Database::url).as_deref(), 2)?;
    let relay = Relay::start(&practice.data)?;
    let reader = practice.people.get(1).ok_or_else(|| Trouble::new("nobody is there"))?;
    let sender = clients(&practice.people, |_| Some(relay.address), 1, 1, TWENTY_KB);
    bench.runtime.block_on(async {
        for sender in sender {
            for _ in 0..LETTERS {
                sender.submit().await.map_err(told("a submission"))?;
            }
        }
        let (end, mut times) = (Instant::now() + bench.time, Times::default());
        while Instant::now() < end {
            let begun = Instant::now();
            let read = day(&reader.at(relay.address)).await.map_err(told("the inbox"))?;
            times.add(begun.elapsed());
            if read != LETTERS {
                return Err(Trouble(format!("{read} letters instead of {LETTERS}")));
            }
        }
        Ok(times)
    })
}

/// What a client does that begins its day.
async fn day(member: &Member) -> Result<usize, Failed> {
    let inbox = member.mailbox("inbox").await?;
    let found = member
        .call("Email/query", json!({"filter": {"inMailbox": inbox}, "sort": [{"property": "receivedAt", "isAscending": false}]}))
        .await?;
    let got = member.call("Email/get", json!({"ids": at(&found, "/ids"), "properties": PROPERTIES})).await?;
    let mut read = 0;
    for email in at(&got, "/list").as_array().into_iter().flatten() {
        let octets = member.download(at(email, "/blobId").as_str().unwrap_or_default()).await?;
        read += usize::from(octets.len() > TWENTY_KB);
    }
    Ok(read)
}

/// The same of Dovecot: one connection, all of it asked for at once.
fn peer(bench: &Bench) -> Result<Times, Trouble> {
    let dovecot = Dovecot::start(&bench.place("inbox-dovecot")?)?;
    bench.runtime.block_on(async {
        dovecot.deliver(LETTERS, TWENTY_KB).await?;
        let (end, mut times) = (Instant::now() + bench.time, Times::default());
        while Instant::now() < end {
            let begun = Instant::now();
            let mut session = Imap::open(dovecot.imap, 0).await?;
            session.command("FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE)").await?;
            let read = session.command("FETCH 1:* (BODY.PEEK[])").await?;
            times.add(begun.elapsed());
            if read < LETTERS * TWENTY_KB {
                return Err(Trouble(format!("IMAP gave {read} octets")));
            }
        }
        Ok(times)
    })
}
