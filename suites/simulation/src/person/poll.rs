//! Looking at what became of her letters: states only go forward, and time is told.

use sceau_crash::client::{Failed, at};
use serde_json::{Value, json};

use super::{Fate, Person, Sending, Undone, ledger::Seen};
use crate::machine::HOUSEKEEPING;

/// When the sender of an urgent letter is told that it waits, and of another, in seconds (docs/design/queue.md).
const DELAY: [i64; 2] = [1_800, 4 * 3_600];
/// When it is given up.
const GIVE_UP: [i64; 2] = [86_400, 5 * 86_400];
/// How the queue's own last word begins.
pub(crate) const EXPIRED: &str = "550 5.4.7";

impl Person {
    /// Looks at all her letters.
    pub(crate) async fn poll(&mut self) -> Result<(), Failed> {
        let asked = self.now();
        let letters = self.ask("Letter/get", json!({"ids": null})).await?;
        let up = self.world.up_since(self.relay);
        for letter in at(&letters, "/list").as_array().into_iter().flatten() {
            let id = at(letter, "/clientLetterId").as_str().unwrap_or_default();
            let Some(sending) = self.ledger.sendings.iter_mut().find(|sending| sending.id == id) else {
                self.world.wrong("not hers", format!("{} has a letter {id} she never sent", self.address));
                continue;
            };
            let wrong = look(sending, letter, asked, up);
            wrong.into_iter().for_each(|(kind, text)| self.world.wrong(kind, format!("{id}: {text}")));
        }
        Ok(())
    }

    /// Whether every letter that was taken has come to its end, as far as she saw.
    pub(crate) fn is_settled(&self) -> bool {
        let taken = |sending: &&Sending| matches!(sending.fate, Fate::Accepted(_)) || sending.undo.is_some();
        self.ledger.sendings.iter().filter(taken).all(Sending::is_settled)
    }
}

/// Compares a letter with what was known of it, and keeps what is known now. `asked` is when the question was put, `up` since
/// when the relay runs.
fn look(sending: &mut Sending, letter: &Value, asked: i64, up: i64) -> Vec<(&'static str, String)> {
    let mut wrong = Vec::new();
    if sending.fate == Fate::Refused {
        wrong.push(("refused and there", "she was told that it was not taken".to_owned()));
    }
    let undo = at(letter, "/undoStatus").as_str().unwrap_or_default().to_owned();
    match sending.undo.as_deref() {
        Some(before @ ("final" | "canceled")) if before != undo => {
            wrong.push(("goes back", format!("{before}, then {undo}")));
        }
        _ => {}
    }
    if sending.undone == Undone::Yes && undo != "canceled"
        || sending.undone == Undone::TooLate && undo == "canceled"
    {
        wrong.push(("undone otherwise", format!("{:?} was told, and it is {undo}", sending.undone)));
    }
    let recipients: Vec<&String> = sending.envelopes.iter().flat_map(|(_, to)| to).collect();
    for address in recipients {
        let status = letter.get("deliveryStatus").and_then(|all| all.get(address)).unwrap_or(&Value::Null);
        let now = seen(status);
        if undo != "canceled" {
            let before = sending.seen.get(address).cloned().unwrap_or_default();
            wrong.extend(judge(sending, address, &before, &now, (asked, up)));
        }
        sending.seen.insert(address.clone(), now);
    }
    sending.undo = Some(undo);
    wrong
}

fn seen(status: &Value) -> Seen {
    let text = |name: &str| status.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let is_delayed = status.get("delayedAt").is_some_and(|at| !at.is_null());
    Seen { delivered: text("delivered"), reply: text("smtpReply"), is_delayed }
}

/// One recipient: forward only, late told in time and not before, given up in time and not before.
fn judge(
    sending: &Sending,
    address: &str,
    before: &Seen,
    now: &Seen,
    (asked, up): (i64, i64),
) -> Option<(&'static str, String)> {
    let is_final = |seen: &Seen| matches!(seen.delivered.as_str(), "yes" | "no" | "unknown");
    if !is_final(now) && now.delivered != "queued" {
        return Some(("no state", format!("{address}: {now:?}")));
    }
    if is_final(before) && before.delivered != now.delivered || before.is_delayed && !now.is_delayed {
        return Some(("goes back", format!("{address}: {before:?}, then {now:?}")));
    }
    let kind = usize::from(!sending.is_urgent);
    let (delay, give_up) = (DELAY.get(kind).copied()?, GIVE_UP.get(kind).copied()?);
    // No sooner than that it was in the queue, and no later, if it was taken.
    let earliest = sending.send_at.unwrap_or(0).max(sending.first_sent);
    let latest = sending.send_at.unwrap_or(0).max(sending.told_at.unwrap_or(i64::MAX)).max(up);
    let slack = 2 * i64::try_from(HOUSEKEEPING.as_secs()).unwrap_or(0);
    let waited = asked.saturating_sub(latest);
    match () {
        () if now.delivered == "queued" && waited > delay + slack && !now.is_delayed => {
            Some(("no word of delay", format!("{address}: {now:?} after {waited} s")))
        }
        () if now.delivered == "queued" && waited > give_up + slack => {
            Some(("not given up", format!("{address}: {now:?} after {waited} s")))
        }
        () if now.is_delayed && asked.saturating_sub(earliest) + 5 < delay => {
            Some(("late too soon", format!("{address}: {now:?}")))
        }
        () if now.reply.starts_with(EXPIRED) && asked.saturating_sub(earliest) + 5 < give_up => {
            Some(("given up too soon", format!("{address}: {now:?}")))
        }
        () => None,
    }
}
