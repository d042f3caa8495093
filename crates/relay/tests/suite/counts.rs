//! Counts of Mailboxes and pages of queries, which the relay keeps and reads in part, beside the same worked out from
//! all Emails.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::world::{ANNE, Member, World, letter_with};

/// Numbers that look random and are the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % u64::try_from(limit).unwrap()).unwrap()
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

async fn list(anne: &Member<'_>, method: &str) -> Vec<Value> {
    let ids = match method {
        "Email/get" => anne.call("Email/query", json!({})).await["ids"].clone(),
        _ => Value::Null,
    };
    anne.call(method, json!({"ids": ids})).await["list"].as_array().unwrap().clone()
}

fn has(email: &Value, property: &str, name: &str) -> bool {
    email[property][name] == true
}

/// The counts of RFC 8621 §2, from all Emails.
fn expected(mailboxes: &[Value], emails: &[Value]) -> BTreeMap<String, [usize; 4]> {
    let trash =
        mailboxes.iter().find(|mailbox| mailbox["role"] == "trash").map(|m| m["id"].as_str().unwrap());
    let unread = |email: &&Value| !has(email, "keywords", "$seen") && !has(email, "keywords", "$draft");
    let trashed = |email: &Value| trash.is_some_and(|trash| has(email, "mailboxIds", trash));
    let mut all = BTreeMap::new();
    for mailbox in mailboxes {
        let id = mailbox["id"].as_str().unwrap();
        let here: Vec<&Value> = emails.iter().filter(|email| has(email, "mailboxIds", id)).collect();
        let threads: BTreeSet<&str> = here.iter().map(|email| email["threadId"].as_str().unwrap()).collect();
        let is_unread = |thread: &&&str| {
            let mut of_thread = emails.iter().filter(|email| email["threadId"] == ***thread);
            of_thread.any(|email| unread(&email) && trashed(email) == (Some(id) == trash))
        };
        let counts = [
            here.len(),
            here.iter().filter(|email| unread(email)).count(),
            threads.len(),
            threads.iter().filter(is_unread).count(),
        ];
        all.insert(id.to_owned(), counts);
    }
    all
}

fn told(mailboxes: &[Value]) -> BTreeMap<String, [usize; 4]> {
    let count = |mailbox: &Value, name: &str| usize::try_from(mailbox[name].as_u64().unwrap()).unwrap();
    let names = ["totalEmails", "unreadEmails", "totalThreads", "unreadThreads"];
    mailboxes
        .iter()
        .map(|mailbox| (mailbox["id"].as_str().unwrap().to_owned(), names.map(|name| count(mailbox, name))))
        .collect()
}

/// An Email that begins a Thread, or answers one of those before.
async fn import(anne: &Member<'_>, numbers: &mut Numbers, number: usize, mailboxes: &[Value]) {
    let mut headers = format!("From: {ANNE}\r\nMessage-ID: <{number}@exemple.fr>\r\n");
    if number > 0 && numbers.below(3) > 0 {
        headers.push_str(&format!("In-Reply-To: <{}@exemple.fr>\r\n", numbers.below(number)));
    }
    let blob = anne.upload(&letter_with(&headers, &number.to_string())).await;
    let mut places = json!({});
    for _ in 0..=numbers.below(2) {
        places[numbers.of(mailboxes)["id"].as_str().unwrap()] = json!(true);
    }
    let keywords = [json!({}), json!({"$seen": true}), json!({"$draft": true}), json!({"$flagged": true})];
    let date = format!("2026-11-{:02}T08:30:00Z", 1 + numbers.below(20));
    let email =
        json!({"blobId": blob, "mailboxIds": places, "keywords": numbers.of(&keywords), "receivedAt": date});
    let done = anne.call("Email/import", json!({"emails": {"x": email}})).await;
    assert!(done["created"]["x"].is_object(), "{done}");
}

async fn change(anne: &Member<'_>, numbers: &mut Numbers, emails: &[Value], mailboxes: &[Value]) {
    let id = numbers.of(emails)["id"].as_str().unwrap();
    let mailbox = numbers.of(mailboxes)["id"].as_str().unwrap();
    let value = |numbers: &mut Numbers| if numbers.below(2) == 0 { json!(true) } else { Value::Null };
    let patch = match numbers.below(4) {
        0 => json!({"keywords/$seen": value(numbers)}),
        1 => json!({"keywords/$flagged": value(numbers)}),
        2 => json!({"mailboxIds": {mailbox: true}}),
        _ => json!({format!("mailboxIds/{mailbox}"): value(numbers)}),
    };
    // Out of its last Mailbox it does not go; that is the relay's to say.
    anne.call("Email/set", json!({"update": {id: patch}})).await;
}

#[tokio::test]
async fn counts_are_those_of_all_emails_whatever_happened() {
    let world = World::new();
    let anne = world.member(ANNE);
    let mut numbers = Numbers(7);
    let made = anne.call("Mailbox/set", json!({"create": {"a": {"name": "a"}, "b": {"name": "b"}}})).await;
    assert_eq!(made["created"].as_object().unwrap().len(), 2);
    for number in 0..150 {
        let mailboxes = list(&anne, "Mailbox/get").await;
        import(&anne, &mut numbers, number, &mailboxes).await;
        let emails = list(&anne, "Email/get").await;
        for _ in 0..2 {
            change(&anne, &mut numbers, &emails, &mailboxes).await;
        }
        if numbers.below(4) == 0 {
            anne.call("Email/set", json!({"destroy": [numbers.of(&emails)["id"]]})).await;
        }
        match number {
            // Another Mailbox becomes Trash.
            50 | 100 => {
                let role = |role: &str| mailboxes.iter().find(|m| m["role"] == role).unwrap()["id"].clone();
                let (trash, archive) = (role("trash"), role("archive"));
                let none = json!({"update": {trash.as_str().unwrap(): {"role": null}}});
                anne.call("Mailbox/set", none).await;
                let done = json!({"update": {archive.as_str().unwrap(): {"role": "trash"}}});
                assert!(anne.call("Mailbox/set", done).await["updated"].is_object());
                let back = json!({"update": {trash.as_str().unwrap(): {"role": "archive"}}});
                anne.call("Mailbox/set", back).await;
            }
            120 => {
                let gone = mailboxes.iter().find(|mailbox| mailbox["name"] == "b").unwrap();
                let destroy = json!({"destroy": [gone["id"]], "onDestroyRemoveEmails": true});
                assert_eq!(anne.call("Mailbox/set", destroy).await["destroyed"], json!([gone["id"]]));
            }
            _ => {}
        }
        let (mailboxes, emails) = (list(&anne, "Mailbox/get").await, list(&anne, "Email/get").await);
        assert_eq!(told(&mailboxes), expected(&mailboxes, &emails), "after {number}");
    }
}

#[tokio::test]
async fn pages_of_a_query_are_the_parts_of_all_its_results() {
    let world = World::new();
    let anne = world.member(ANNE);
    let mut numbers = Numbers(11);
    let mailboxes = list(&anne, "Mailbox/get").await;
    for number in 0..60 {
        import(&anne, &mut numbers, number, &mailboxes).await;
    }
    let inbox = anne.mailbox("inbox").await;
    let filters = [
        Value::Null,
        json!({"inMailbox": inbox}),
        json!({"inMailbox": inbox, "notKeyword": "$seen"}),
        json!({"operator": "AND", "conditions": [{"inMailbox": inbox}, {"after": "2026-11-10T00:00:00Z"}]}),
        json!({"operator": "OR", "conditions": [{"inMailbox": inbox}, {"hasKeyword": "$flagged"}]}),
    ];
    let sorts = [
        Value::Null,
        json!([{"property": "receivedAt", "isAscending": false}]),
        json!([{"property": "receivedAt"}]),
        json!([{"property": "size"}, {"property": "receivedAt"}]),
    ];
    for (filter, sort, collapse) in filters
        .iter()
        .flat_map(|filter| sorts.iter().flat_map(move |sort| [false, true].map(|c| (filter, sort, c))))
    {
        let asked =
            json!({"filter": filter, "sort": sort, "collapseThreads": collapse, "calculateTotal": true});
        let all = anne.call("Email/query", asked.clone()).await["ids"].as_array().unwrap().clone();
        assert!(all.len() > 5, "{asked}");
        for (position, limit) in [(0, 5), (3, 7), (all.len() - 2, 10), (all.len() + 4, 3), (2, 0)] {
            let mut page = asked.clone();
            (page["position"], page["limit"]) = (json!(position), json!(limit));
            let page = anne.call("Email/query", page).await;
            let wanted: Vec<Value> = all.iter().skip(position).take(limit).cloned().collect();
            assert_eq!((&page["ids"], &page["total"]), (&json!(wanted), &json!(all.len())), "{asked}");
        }
        let mut anchored = asked.clone();
        (anchored["anchor"], anchored["limit"]) = (all[4].clone(), json!(3));
        assert_eq!(
            anne.call("Email/query", anchored).await["ids"],
            json!(all.iter().skip(4).take(3).collect::<Vec<_>>()),
            "{asked}"
        );
    }
}

#[tokio::test]
async fn what_answers_a_full_thread_begins_the_next() {
    let world = World::new();
    let anne = world.member(ANNE);
    let inbox = anne.mailbox("inbox").await;
    let limit = usize::try_from(sceau_relay::limits::THREAD_EMAILS).unwrap();
    let mut threads = Vec::new();
    for number in 0..limit + 3 {
        let headers = format!("From: {ANNE}\r\nMessage-ID: <{number}@x>\r\nIn-Reply-To: <0@x>\r\n");
        let blob = anne.upload(&letter_with(&headers, &number.to_string())).await;
        let emails = json!({"x": {"blobId": blob, "mailboxIds": {&inbox: true}}});
        let made = anne.call("Email/import", json!({"emails": emails})).await;
        threads.push(made["created"]["x"]["threadId"].as_str().unwrap().to_owned());
    }
    assert!(threads[..limit].iter().all(|thread| *thread == threads[0]));
    assert!(threads[limit..].iter().all(|thread| *thread == threads[limit] && *thread != threads[0]));
}
