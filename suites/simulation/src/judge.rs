//! What must be true in the end, whatever happened.

use std::collections::BTreeSet;

use serde_json::json;

use crate::{
    person::{Fate, Known, Person, Sending, Undone},
    run::World,
};

/// One thing that is wrong, in a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What kind it is, for counting.
    pub kind: &'static str,
    /// What exactly.
    pub text: String,
}

/// Reads every mailbox and compares it with what everybody was told.
pub(crate) async fn judge(world: &World, persons: &mut [Person]) {
    for person in &mut *persons {
        mailbox(world, person).await;
    }
    for sender in &*persons {
        for sending in &sender.ledger.sendings {
            letter(world, persons, sender, sending);
        }
    }
}

/// The copy that followed `/changes` is the mailbox, and what was done in it is there.
async fn mailbox(world: &World, person: &mut Person) {
    for _ in 0..40 {
        if person.sync().await.is_ok() {
            break;
        }
    }
    let Some(all) = person.read_all().await else { return };
    for (id, known) in &all {
        if person.mirror.emails.get(id) != Some(known) {
            let mirrored = person.mirror.emails.get(id);
            world.wrong("changes", format!("{} {id} is {known:?}, followed as {mirrored:?}", person.address));
        }
    }
    for id in person.mirror.emails.keys().filter(|id| !all.contains_key(*id)) {
        world.wrong("changes", format!("{} follows {id}, which is gone", person.address));
    }
    let ledger = &person.ledger;
    for id in ledger.destroyed.iter().filter(|id| all.contains_key(*id)) {
        world.wrong("destroyed and there", format!("{} {id}", person.address));
    }
    for (id, keywords) in &ledger.keywords {
        if let Some(known) = all.get(id).filter(|known| !known.keywords.is_superset(keywords)) {
            world.wrong(
                "lost update",
                format!("{} {id}: {keywords:?} of {:?}", person.address, known.keywords),
            );
        }
    }
    for (id, mailbox) in ledger.moved.iter().filter(|(id, _)| !ledger.maybe_moved.contains(*id)) {
        if let Some(known) = all.get(id).filter(|known| known.mailboxes != BTreeSet::from([mailbox.clone()]))
        {
            world.wrong(
                "lost update",
                format!("{} {id}: in {:?}, not in {mailbox}", person.address, known.mailboxes),
            );
        }
    }
    counts(world, person, all.values()).await;
}

/// Each Mailbox counts what is in it.
async fn counts<'a>(world: &World, person: &Person, all: impl Iterator<Item = &'a Known> + Clone) {
    let Some(got) = person.surely("Mailbox/get", json!({"ids": null})).await else { return };
    for mailbox in got.get("list").and_then(|list| list.as_array()).into_iter().flatten() {
        let id = mailbox.get("id").and_then(|id| id.as_str()).unwrap_or_default();
        let there = all.clone().filter(|known| known.mailboxes.contains(id)).count();
        if mailbox.get("totalEmails") != Some(&json!(there)) {
            world.wrong(
                "counts",
                format!("{} {id}: {:?} for {there}", person.address, mailbox.get("totalEmails")),
            );
        }
    }
}

/// One sending: taken or not, each recipient has it as often as the sender was told.
fn letter(world: &World, persons: &[Person], sender: &Person, sending: &Sending) {
    let was_taken = sending.undo.is_some();
    match sending.fate {
        Fate::Accepted(_) if !was_taken => {
            world.wrong("lost", format!("{} was taken and is not there", sending.id))
        }
        Fate::Refused if was_taken => world.wrong("refused and there", sending.id.clone()),
        _ => {}
    }
    let is_undone = sending.undo.as_deref() == Some("canceled");
    if sending.undone == Undone::Yes && !is_undone {
        world.wrong("undone otherwise", sending.id.clone());
    }
    world.count(|counts| {
        counts.letters += u64::from(was_taken);
        counts.undone += u64::from(is_undone);
    });
    // An undone letter takes its copy along.
    let copies = times(sender, &sending.copy);
    let wanted = usize::from(was_taken && !is_undone);
    if copies != wanted && !(is_undone && copies == 1 && !is_there(sender, &sending.copy)) {
        world.wrong("copies", format!("{} has {copies} copies in Sent, not {wanted}", sending.id));
    }
    for (message_id, to) in &sending.envelopes {
        for address in to {
            let Some(recipient) = persons.iter().find(|person| person.address == *address) else { continue };
            let has = times(recipient, message_id);
            recipient_of(world, sending, address, has, was_taken && !is_undone);
        }
    }
}

fn recipient_of(world: &World, sending: &Sending, address: &str, has: usize, was_sent: bool) {
    let seen = sending.seen.get(address).cloned().unwrap_or_default();
    let about = || format!("{} to {address}: there {has} times, {seen:?}", sending.id);
    if has > 1 {
        return world.wrong("twice", about());
    }
    match seen.delivered.as_str() {
        _ if !was_sent => {
            if has > 0 {
                world.wrong("not sent and there", about());
            }
        }
        "yes" | "unknown" if has == 0 => world.wrong("lost", about()),
        "yes" | "unknown" => world.count(|counts| counts.delivered += 1),
        "no" if has == 0 => world.count(|counts| counts.failed += 1),
        // The other side took it, and the last word was lost every time.
        "no" if is_elsewhere(world, sending, address) && world.net.has_hurt_smtp() => {
            world.count(|counts| counts.uncertain += 1);
        }
        "no" => world.wrong("refused and there", about()),
        _ => world.wrong("not final", about()),
    }
}

fn is_elsewhere(world: &World, sending: &Sending, address: &str) -> bool {
    let relay_of =
        |address: &str| world.residents.iter().find(|one| one.address == address).map(|one| one.relay);
    let number = sending.id.trim_start_matches('p').split('-').next().and_then(|number| number.parse().ok());
    let sender = number.and_then(|number: usize| world.residents.get(number)).map(|one| one.relay);
    relay_of(address) != sender
}

/// How many Emails of a person are, or were until she destroyed them, the letter with that Message-ID.
fn times(person: &Person, message_id: &str) -> usize {
    let message_id = format!("{message_id}@exemple.fr");
    let mut ids: BTreeSet<&String> = person.mirror.emails.keys().collect();
    ids.extend(&person.ledger.destroyed);
    ids.extend(&person.ledger.maybe_destroyed);
    ids.into_iter().filter(|id| person.mirror.ever.get(*id) == Some(&message_id)).count()
}

/// Whether it is there now.
fn is_there(person: &Person, message_id: &str) -> bool {
    let message_id = format!("{message_id}@exemple.fr");
    person.mirror.emails.values().any(|known| known.message_id == message_id)
}
