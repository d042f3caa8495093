//! How a letter comes to the relay: small ones by one request, large copies by uploads before it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use sceau_protocol::MailboxRole;
use serde_json::{Value, json};

use crate::letters_exchange::{DOCTOR, NURSE};
use crate::letters_refused::short;
use crate::office::{Fate, Office};

/// The calls of the request that hands a letter over, and how many blobs each one makes.
fn calls(body: &[u8]) -> Option<Vec<(String, usize)>> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let one = |call: &Value| {
        let made = call.pointer("/1/create").and_then(Value::as_object).map_or(0, serde_json::Map::len);
        Some((call.get(0)?.as_str()?.to_owned(), made))
    };
    let calls: Vec<_> = body.get("methodCalls")?.as_array()?.iter().filter_map(one).collect();
    calls.iter().any(|(name, _)| name == "Letter/send").then_some(calls)
}

/// What a letter with so much text was handed over by, and who has it then.
async fn handed_over(lines: usize) -> Vec<(String, usize)> {
    let office = Office::open();
    let nurse = office.enrol(NURSE.0, NURSE.1).await;
    let doctor = office.enrol(DOCTOR.0, DOCTOR.1).await;
    let seen = Rc::new(RefCell::new(Vec::new()));
    let requests = Rc::clone(&seen);
    office.wire.fate(move |request| {
        requests.borrow_mut().extend(calls(&request.body));
        Fate::Arrives
    });
    let mut content = short(NURSE);
    content.text = "Une ligne que rien ne presse, et d'autres après elle.\n".repeat(lines);
    doctor.write(content, &[]).await.unwrap();
    office.wire.repair();
    assert_eq!(nurse.rows(MailboxRole::Inbox).await.unwrap().len(), 1);
    assert_eq!(doctor.rows(MailboxRole::Sent).await.unwrap().len(), 1);
    let requests = seen.borrow();
    assert_eq!(requests.len(), 1, "{requests:?}");
    requests[0].clone()
}

#[tokio::test]
async fn a_small_letter_goes_by_one_request_with_its_copies_and_cards() {
    let expected = [("Blob/upload".to_owned(), 4), ("Letter/send".to_owned(), 0)];
    assert_eq!(handed_over(1).await, expected);
}

#[tokio::test]
async fn of_a_large_letter_the_cards_alone_go_with_it() {
    let expected = [("Blob/upload".to_owned(), 2), ("Letter/send".to_owned(), 0)];
    assert_eq!(handed_over(8_000).await, expected);
}

#[tokio::test]
async fn a_relay_that_takes_no_blobs_within_a_request_has_them_uploaded() {
    let office = Office::open();
    let nurse = office.enrol(NURSE.0, NURSE.1).await;
    let doctor = office.enrol(DOCTOR.0, DOCTOR.1).await;
    let refused = Rc::new(Cell::new(0));
    let (count, seen) = (Rc::clone(&refused), Rc::clone(&refused));
    let uploaded = Rc::new(Cell::new(0));
    let uploads = Rc::clone(&uploaded);
    office.wire.fate(move |request| {
        let hit = seen.get() > 0 && request.path.starts_with("/jmap/upload/");
        uploads.set(uploads.get() + u32::from(hit));
        Fate::Arrives
    });
    office.wire.change(move |request, response| {
        if calls(&request.body).is_some_and(|calls| calls.len() == 2) {
            count.set(count.get() + 1);
            let no = |call: &str| json!(["error", {"type": "unknownMethod"}, call]);
            let answer = json!({"methodResponses": [no("0"), no("1")], "sessionState": "0"});
            response.body = answer.to_string().into_bytes();
        }
    });
    doctor.write(short(NURSE), &[]).await.unwrap();
    office.wire.repair();
    assert_eq!((refused.get(), uploaded.get()), (1, 4));
    assert_eq!(nurse.rows(MailboxRole::Inbox).await.unwrap().len(), 1);
    assert_eq!(doctor.rows(MailboxRole::Sent).await.unwrap().len(), 1);
    assert!(doctor.rows(MailboxRole::Drafts).await.unwrap().is_empty());
}
