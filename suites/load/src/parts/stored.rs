//! A mailbox from a thousand letters to a million: how long the relay takes to start, how long a page takes, how much a letter
//! takes on the disk.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use futures::future::try_join_all;
use sceau_crash::client::{Failed, Member, at};
use sceau_crash::database::Database;
use sceau_crash::trouble::{Trouble, told};
use serde_json::{Map, Value, json};

use super::{Bench, connect, name};
use crate::figures::{self, Times, kb, ms, number, ratio};
use crate::letters::{Letters, ONE_KB};
use crate::practice::{Person, Practice};
use crate::relay::Relay;
use crate::report::{Bound, Report};

/// Letters of one request that fills.
const AT_A_TIME: usize = 100;
/// Such requests at once: as many as an account may have.
const LANES: usize = 8;
/// Starts and pages of which the median is taken.
const STARTS: usize = 5;
const PAGES: usize = 200;
/// Letters of a page.
const PAGE: usize = 50;

/// What was measured with so many letters.
struct Row {
    letters: usize,
    start: Duration,
    first: Times,
    deep: Times,
    counts: Times,
    octets: f64,
}

pub(super) fn run(bench: &Bench, report: &mut Report) -> Result<(), Trouble> {
    for database in bench.databases()? {
        let most = if database.is_some() { bench.letters_postgres } else { bench.letters };
        let rows = grow(bench, database.as_ref(), most)?;
        table(report, name(database.as_ref()), &rows);
    }
    Ok(())
}

fn grow(bench: &Bench, database: Option<&Database>, most: usize) -> Result<Vec<Row>, Trouble> {
    let place = bench.place(&format!("stored-{}", name(database)))?;
    let practice = Practice::new(&place.join("data"), database.map(Database::url).as_deref(), 1)?;
    let person = practice.people.first().ok_or_else(|| Trouble::new("nobody is there"))?;
    let empty = size(bench, &practice.data, database)?;
    let (mut rows, mut there) = (vec![row(bench, &practice, database, 0, 0)?], 0);
    let steps = [1_000, 10_000, 100_000, 1_000_000].into_iter().filter(|step| *step <= most);
    for letters in steps {
        fill(bench, &practice, person, there, letters)?;
        there = letters;
        rows.push(row(bench, &practice, database, letters, empty)?);
    }
    Ok(rows)
}

/// Imports letters until there are so many.
fn fill(bench: &Bench, practice: &Practice, person: &Person, from: usize, to: usize) -> Result<(), Trouble> {
    let relay = Relay::start(&practice.data)?;
    let letters = Letters::new(&person.address, ONE_KB);
    bench.runtime.block_on(async {
        let inbox = person.at(relay.address).mailbox("inbox").await.map_err(told("the mailboxes"))?;
        let lanes = (0..LANES).map(|lane| {
            let (member, letters, inbox) = (person.at(relay.address), &letters, &inbox);
            async move {
                for begin in (from + lane * AT_A_TIME..to).step_by(LANES * AT_A_TIME) {
                    let numbers = begin..to.min(begin + AT_A_TIME);
                    import(&member, letters, inbox, numbers).await.map_err(told("letters to store"))?;
                }
                Ok::<_, Trouble>(())
            }
        });
        try_join_all(lanes).await.map(drop)
    })
}

/// Uploads and imports letters, by one request for each.
async fn import(
    member: &Member,
    letters: &Letters,
    inbox: &str,
    numbers: std::ops::Range<usize>,
) -> Result<(), Failed> {
    let (mut blobs, count) = (Map::new(), numbers.len());
    for number in numbers {
        let octets = letters.make(u64::try_from(number).unwrap_or_default());
        let text = String::from_utf8_lossy(&octets).into_owned();
        blobs.insert(format!("b{number}"), json!({"data": [{"data:asText": text}]}));
    }
    let made = member.call("Blob/upload", json!({"create": blobs})).await?;
    let mut emails = Map::new();
    for (name, blob) in at(&made, "/created").as_object().into_iter().flatten() {
        let email = json!({"blobId": at(blob, "/id"), "mailboxIds": {inbox: true}});
        emails.insert(name.clone(), email);
    }
    let done = member.call("Email/import", json!({"emails": emails})).await?;
    let created = at(&done, "/created").as_object().map_or(0, Map::len);
    if created == count { Ok(()) } else { Err(Failed::Refused(at(&done, "/notCreated").to_string())) }
}

fn row(
    bench: &Bench,
    practice: &Practice,
    database: Option<&Database>,
    letters: usize,
    empty: u64,
) -> Result<Row, Trouble> {
    let mut starts = Times::default();
    for _ in 0..STARTS {
        starts.add(Relay::start(&practice.data)?.start);
    }
    let relay = Relay::start(&practice.data)?;
    let person = practice.people.first().ok_or_else(|| Trouble::new("nobody is there"))?;
    let member = person.at(relay.address);
    let (first, deep, counts) = bench.runtime.block_on(async {
        let first = pages(&member, 0, letters).await?;
        let deep = pages(&member, (letters / 2).min(500), letters).await?;
        Ok::<_, Trouble>((first, deep, mailboxes(&member, letters).await?))
    })?;
    let grown = size(bench, &practice.data, database)?.saturating_sub(empty);
    let octets = figures::octets(grown) / number(letters.max(1));
    Ok(Row { letters, start: starts.p50(), first, deep, counts, octets })
}

/// Pages of the Inbox from a position on, newest first, with what a list shows.
async fn pages(member: &Member, position: usize, letters: usize) -> Result<Times, Trouble> {
    let inbox = member.mailbox("inbox").await.map_err(told("the mailboxes"))?;
    let query = json!({
        "filter": {"inMailbox": inbox}, "sort": [{"property": "receivedAt", "isAscending": false}],
        "position": position, "limit": PAGE,
    });
    let mut times = Times::default();
    for _ in 0..PAGES {
        let begun = Instant::now();
        let found = member.call("Email/query", query.clone()).await.map_err(told("a page"))?;
        let properties = ["id", "blobId", "keywords", "size", "receivedAt", "from", "subject"];
        let ids = json!({"ids": at(&found, "/ids"), "properties": properties});
        let got = member.call("Email/get", ids).await.map_err(told("a page"))?;
        times.add(begun.elapsed());
        let shown = at(&got, "/list").as_array().map_or(0, Vec::len);
        if shown != PAGE.min(letters.saturating_sub(position)) {
            return Err(Trouble(format!("a page of {shown} of {letters} letters")));
        }
    }
    Ok(times)
}

/// All Mailboxes with their counts.
async fn mailboxes(member: &Member, letters: usize) -> Result<Times, Trouble> {
    let mut times = Times::default();
    for _ in 0..PAGES {
        let begun = Instant::now();
        let got = member.call("Mailbox/get", json!({"ids": null})).await.map_err(told("the mailboxes"))?;
        times.add(begun.elapsed());
        let counted = |mailbox: &Value| at(mailbox, "/totalEmails").as_u64();
        let all: u64 = at(&got, "/list").as_array().into_iter().flatten().filter_map(counted).sum();
        if usize::try_from(all) != Ok(letters) {
            return Err(Trouble(format!("{all} letters are counted, {letters} are there")));
        }
    }
    Ok(times)
}

/// Octets of the folder, or of the database.
fn size(bench: &Bench, data: &Path, database: Option<&Database>) -> Result<u64, Trouble> {
    match database {
        None => folder(data).map_err(told(data.display())),
        Some(database) => bench.runtime.block_on(async {
            let client = connect(database).await?;
            let row = client.query_one("SELECT pg_database_size(current_database())", &[]).await;
            let octets: i64 = row.map_err(told("PostgreSQL"))?.get(0);
            Ok(u64::try_from(octets).unwrap_or_default())
        }),
    }
}

fn folder(folder: &Path) -> std::io::Result<u64> {
    let mut octets = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let about = entry.metadata()?;
        octets += if about.is_dir() { self::folder(&entry.path())? } else { about.len() };
    }
    Ok(octets)
}

fn table(report: &mut Report, name: &str, rows: &[Row]) {
    let line = |row: &Row| {
        let size = if row.letters == 0 { String::new() } else { kb(row.octets) };
        vec![
            row.letters.to_string(),
            ms(row.start),
            ms(row.first.p50()),
            ms(row.first.p99()),
            ms(row.deep.p50()),
            ms(row.counts.p50()),
            size,
        ]
    };
    report.table(
        &format!("Letters of 1 KB in one mailbox, {name}"),
        &[
            "letters",
            "start",
            "first page, p50",
            "p99",
            "page in the middle (500 at most), p50",
            "counts, p50",
            "each on the disk",
        ],
        &rows.iter().map(line).collect::<Vec<_>>(),
    );
    report.note(&chart(rows));
    let (Some(empty), Some(first), Some(last)) = (rows.first(), rows.get(1), rows.last()) else { return };
    let starts = ratio(last.start.as_secs_f64(), empty.start.as_secs_f64());
    report.goal(
        format!("start with {} letters over {name} / empty", last.letters),
        starts,
        "×",
        Bound::AtMost(2.0),
    );
    let pages = ratio(last.first.p50().as_secs_f64(), first.first.p50().as_secs_f64());
    let what = format!("a page of {} letters over {name} / of {}", last.letters, first.letters);
    report.goal(what, pages, "×", Bound::AtMost(1.5));
}

/// The first page's time as bars: the same length, whatever the number of letters.
fn chart(rows: &[Row]) -> String {
    let longest = rows.iter().map(|row| row.first.p50()).max().unwrap_or_default().as_secs_f64();
    let bar = |row: &Row| {
        let eighths = ratio(row.first.p50().as_secs_f64() * 40.0, longest);
        let blocks = "█".chars().cycle().take_while({
            let mut left = eighths;
            move |_| {
                left -= 1.0;
                left >= 0.0
            }
        });
        format!("{:>9}  {} {}", row.letters, blocks.collect::<String>(), ms(row.first.p50()))
    };
    let bars: Vec<String> = rows.iter().filter(|row| row.letters > 0).map(bar).collect();
    format!("```text\nletters    first page, p50\n{}\n```", bars.join("\n"))
}
