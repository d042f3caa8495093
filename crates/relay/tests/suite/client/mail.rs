//! Emails and Threads.

use jmap_client::{
    client::Client,
    core::{query, set::SetErrorType},
    email::{
        self, BodyProperty, Header, HeaderValue, Property,
        query::{Comparator, Filter},
    },
    mailbox::Role,
};

use super::{
    super::world::{ANNE, BRUNO, NOW, World, letter, letter_with},
    client, import, mailbox, not_set,
};

async fn found(client: &Client, filter: impl Into<query::Filter<Filter>>) -> Vec<String> {
    let sort = [Comparator::received_at()];
    client.email_query(Some(filter), Some(sort)).await.unwrap().take_ids()
}

async fn get(client: &Client, id: &str) -> email::Email {
    client.email_get(id, None::<Vec<Property>>).await.unwrap().unwrap()
}

#[tokio::test]
async fn an_email_shows_what_stands_outside() {
    let world = World::new();
    let client = client(&world.member(ANNE)).await;
    let headers = format!(
        "From: {ANNE}\r\nTo: {BRUNO}, c@exemple.fr\r\nDate: Mon, 23 Nov 2026 08:00:00 +0000\r\n\
        Subject: [...]\r\nMessage-ID: <1@exemple.fr>\r\nReferences: <0@exemple.fr>\r\n"
    );
    let message = letter_with(&headers, "1");
    let inbox = mailbox(&client, Role::Inbox).await;
    let imported =
        client.email_import(message.clone(), [&inbox], Some(["$seen"]), Some(NOW - 60)).await.unwrap();
    assert_eq!(imported.size(), message.len());
    let got = get(&client, imported.id().unwrap()).await;
    assert_eq!((got.subject(), got.preview(), got.has_attachment()), (Some("[...]"), Some(""), false));
    assert_eq!(got.message_id().unwrap(), ["1@exemple.fr"]);
    assert_eq!(got.references().unwrap(), ["0@exemple.fr"]);
    assert_eq!(got.from().unwrap()[0].email(), ANNE);
    let to: Vec<&str> = got.to().unwrap().iter().map(email::EmailAddress::email).collect();
    assert_eq!(to, [BRUNO, "c@exemple.fr"]);
    assert_eq!((got.received_at(), got.sent_at()), (Some(NOW - 60), Some(1_795_420_800)));
    assert_eq!((got.mailbox_ids(), got.keywords()), (vec![&*inbox], vec!["$seen"]));
    let attached = &got.attachments().unwrap()[0];
    assert_eq!(
        (attached.content_type(), attached.blob_id()),
        (Some("application/pkcs7-mime"), got.blob_id())
    );
    assert_eq!((got.text_body().unwrap().len(), got.html_body().unwrap().len()), (0, 0));
    assert_eq!(client.download(got.blob_id().unwrap()).await.unwrap(), message);
}

#[tokio::test]
async fn headers_and_parts_are_given_as_they_are_asked_for() {
    let world = World::new();
    let client = client(&world.member(ANNE)).await;
    let id = import(&client, letter(ANNE, "1"), Role::Inbox, &[]).await;
    let to = Header::as_grouped_addresses("To", false);
    let subjects = Header::as_text("Subject", true);
    let raw = Header::as_raw("From", false);
    let asked = [&to, &subjects, &raw].map(|header| Property::Header(header.clone()));
    let got = client.email_get(&id, Some(asked)).await.unwrap().unwrap();
    assert!(
        matches!(got.header(&to), Some(HeaderValue::AsGroupedAddresses(to)) if to[0].addresses()[0].email() == BRUNO)
    );
    assert!(matches!(got.header(&subjects), Some(HeaderValue::AsTextAll(all)) if all == &["[...]"]));
    assert!(matches!(got.header(&raw), Some(HeaderValue::AsText(from)) if from == &format!(" {ANNE}")));
    assert!(got.subject().is_none(), "nothing that was not asked for");
    let mut request = client.build();
    let wanted = request.get_email().ids([&id]).properties([Property::BodyStructure, Property::BodyValues]);
    wanted.arguments().body_properties([BodyProperty::Type, BodyProperty::Size]).fetch_all_body_values(true);
    let mut answer = request.send_get_email().await.unwrap();
    let got = answer.take_list().remove(0);
    let leaf = got.body_structure().unwrap();
    assert_eq!((leaf.content_type(), leaf.blob_id()), (Some("application/pkcs7-mime"), None));
    assert!(leaf.sub_parts().is_none() && leaf.size() > 0);
}

#[tokio::test]
async fn keywords_and_mailboxes_change() {
    let world = World::new();
    let client = client(&world.member(ANNE)).await;
    let id = import(&client, letter(ANNE, "1"), Role::Drafts, &["$draft"]).await;
    client.email_set_keyword(&id, "$flagged", true).await.unwrap();
    assert_eq!(get(&client, &id).await.keywords().len(), 2);
    client.email_set_keywords(&id, ["$seen", "urgent"]).await.unwrap();
    let got = get(&client, &id).await;
    let mut keywords = got.keywords();
    keywords.sort_unstable();
    assert_eq!(keywords, ["$seen", "urgent"]);
    let (inbox, drafts) = (mailbox(&client, Role::Inbox).await, mailbox(&client, Role::Drafts).await);
    client.email_set_mailbox(&id, &inbox, true).await.unwrap();
    assert_eq!(get(&client, &id).await.mailbox_ids().len(), 2);
    client.email_set_mailboxes(&id, [&drafts]).await.unwrap();
    assert_eq!(get(&client, &id).await.mailbox_ids(), [&drafts]);
    let nowhere = client.email_set_mailboxes(&id, ["m999999"]).await;
    assert_eq!(not_set(nowhere), SetErrorType::InvalidProperties);
    client.email_destroy(&id).await.unwrap();
    assert_eq!(not_set(client.email_destroy(&id).await), SetErrorType::NotFound);
}

#[tokio::test]
async fn emails_are_found_by_what_can_be_seen() {
    let world = World::new();
    let client = client(&world.member(ANNE)).await;
    let hers = import(&client, letter(ANNE, "1"), Role::Inbox, &["$seen"]).await;
    world.clock.advance(60);
    let his = import(&client, letter(BRUNO, "2"), Role::Drafts, &[]).await;
    let inbox = mailbox(&client, Role::Inbox).await;
    for (filter, expected) in [
        (Filter::in_mailbox(&inbox), vec![&hers]),
        (Filter::in_mailbox_other_than([&inbox]), vec![&his]),
        (Filter::before(NOW + 30), vec![&hers]),
        (Filter::after(NOW + 30), vec![&his]),
        (Filter::min_size(1), vec![&hers, &his]),
        (Filter::max_size(1), vec![]),
        (Filter::has_keyword("$seen"), vec![&hers]),
        (Filter::not_keyword("$seen"), vec![&his]),
        (Filter::all_in_thread_have_keyword("$seen"), vec![&hers]),
        (Filter::some_in_thread_have_keyword("$seen"), vec![&hers]),
        (Filter::none_in_thread_have_keyword("$seen"), vec![&his]),
        (Filter::has_attachment(false), vec![&hers, &his]),
        (Filter::from("bruno"), vec![&his]),
        (Filter::to("bruno@"), vec![&hers, &his]),
        (Filter::cc("x"), vec![]),
        (Filter::bcc("x"), vec![]),
    ] {
        let shown = format!("{filter:?}");
        assert_eq!(found(&client, filter).await.iter().collect::<Vec<_>>(), expected, "{shown}");
    }
    let both = query::Filter::and([Filter::min_size(1), Filter::from("anne")]);
    assert_eq!(found(&client, both).await, std::slice::from_ref(&hers));
    let either = query::Filter::or([Filter::from("bruno"), Filter::from("anne")]);
    assert_eq!(found(&client, either).await, [hers.clone(), his.clone()]);
    assert_eq!(found(&client, query::Filter::not([Filter::from("anne")])).await, [his]);
}

#[tokio::test]
async fn pages_are_read_in_order() {
    let world = World::new();
    let client = client(&world.member(ANNE)).await;
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(import(&client, letter(ANNE, &number.to_string()), Role::Inbox, &[]).await);
        world.clock.advance(1);
    }
    for sort in [
        Comparator::received_at(),
        Comparator::size(),
        Comparator::from(),
        Comparator::to(),
        Comparator::subject(),
        Comparator::sent_at(),
        Comparator::has_keyword("$seen"),
        Comparator::all_in_thread_have_keyword("$seen"),
        Comparator::some_in_thread_have_keyword("$seen"),
    ] {
        let shown = format!("{sort:?}");
        let sorted = client.email_query(None::<Filter>, Some([sort])).await.unwrap();
        assert_eq!(sorted.ids().len(), 5, "{shown}");
    }
    let mut request = client.build();
    let query = request.query_email().sort([Comparator::received_at().descending()]);
    query.anchor(&ids[3]).anchor_offset(1).limit(2).calculate_total(true);
    query.arguments().collapse_threads(true);
    let page = request.send_query_email().await.unwrap();
    assert_eq!(page.ids(), [ids[2].clone(), ids[1].clone()]);
    assert_eq!((page.total(), page.position(), page.can_calculate_changes()), (Some(5), 2, true));
}

#[tokio::test]
async fn what_changed_in_a_query_is_told() {
    let world = World::new();
    let client = client(&world.member(ANNE)).await;
    let first = import(&client, letter(ANNE, "1"), Role::Inbox, &[]).await;
    let second = import(&client, letter(ANNE, "2"), Role::Inbox, &[]).await;
    let flagged = || Some(Filter::has_keyword("$flagged"));
    let before = client.email_query(flagged(), Some([Comparator::received_at()])).await.unwrap();
    client.email_set_keyword(&second, "$flagged", true).await.unwrap();
    client.email_destroy(&first).await.unwrap();
    let told = client.email_query_changes(before.query_state(), flagged()).await.unwrap();
    assert_eq!(told.removed(), [first, second.clone()]);
    assert_eq!(
        told.added().iter().map(|item| (item.id(), item.index())).collect::<Vec<_>>(),
        [(&*second, 0)]
    );
    let mut request = client.build();
    request.query_mailbox();
    let before = request.send_query_mailbox().await.unwrap();
    let made = client.mailbox_create("Made", None::<String>, Role::None).await.unwrap().take_id();
    let mut request = client.build();
    request.query_mailbox_changes(before.query_state());
    let told = request.send_query_mailbox_changes().await.unwrap();
    assert_eq!((told.removed().len(), told.added().len(), told.added()[0].id()), (0, 1, &*made));
}

#[tokio::test]
async fn one_request_finds_reads_and_follows_threads() {
    let world = World::new();
    let client = client(&world.member(ANNE)).await;
    let first = import(&client, letter(ANNE, "1"), Role::Inbox, &[]).await;
    let headers = format!(
        "From: {BRUNO}\r\nTo: {ANNE}\r\nSubject: [...]\r\nMessage-ID: <2@exemple.fr>\r\nIn-Reply-To: <1@exemple.fr>\r\n"
    );
    let answer = import(&client, letter_with(&headers, "2"), Role::Inbox, &[]).await;
    let mut request = client.build();
    let asked = request.query_email().filter(Filter::from("bruno")).result_reference();
    let thread = request.get_email().ids_ref(asked).properties([Property::ThreadId]);
    let thread = thread.result_reference(Property::ThreadId);
    request.get_thread().ids_ref(thread);
    let mut answers = request.send().await.unwrap().unwrap_method_responses();
    let threads = answers.pop().unwrap().unwrap_get_thread().unwrap();
    assert_eq!(threads.list()[0].email_ids(), [first.clone(), answer.clone()]);
    let id = threads.list()[0].id().to_owned();
    assert_eq!(client.thread_get(&id).await.unwrap().unwrap().email_ids(), [first.clone(), answer]);
    let since = threads.state().to_owned();
    client.email_destroy(&first).await.unwrap();
    let mut request = client.build();
    request.changes_thread(&since);
    assert_eq!(request.send_changes_thread().await.unwrap().updated(), [id]);
    assert!(client.thread_get("t999999").await.unwrap().is_none());
}

#[tokio::test]
async fn changes_of_emails_come_in_pieces() {
    let world = World::new();
    let client = client(&world.member(ANNE)).await;
    let mut request = client.build();
    request.get_email().ids(["x"]);
    let mut since = request.send_get_email().await.unwrap().take_state();
    let mut ids = Vec::new();
    for number in 0..3 {
        ids.push(import(&client, letter(ANNE, &number.to_string()), Role::Inbox, &[]).await);
    }
    let (mut created, mut more) = (Vec::new(), true);
    while more {
        let mut changes = client.email_changes(&since, Some(1)).await.unwrap();
        assert_eq!(changes.total_changes(), 1);
        created.extend(changes.take_created());
        more = changes.has_more_changes();
        since = changes.take_new_state();
    }
    assert_eq!(created, ids);
    client.email_set_keyword(&ids[0], "$seen", true).await.unwrap();
    client.email_destroy(&ids[1]).await.unwrap();
    let changes = client.email_changes(&since, None).await.unwrap();
    assert_eq!((changes.updated(), changes.destroyed()), (&ids[..1], &ids[1..2]));
}

#[tokio::test]
async fn a_letter_that_is_not_sealed_is_refused() {
    let world = World::new();
    let client = client(&world.member(ANNE)).await;
    let inbox = mailbox(&client, Role::Inbox).await;
    let clear = format!("From: {ANNE}\r\nTo: {BRUNO}\r\nSubject: x\r\n\r\nin clear\r\n").into_bytes();
    let answer = client.email_import(clear, [&inbox], None::<Vec<String>>, None).await;
    assert_eq!(not_set(answer), SetErrorType::InvalidEmail);
    let nowhere =
        client.email_import(letter(ANNE, "1"), Vec::<String>::new(), None::<Vec<String>>, None).await;
    assert_eq!(not_set(nowhere), SetErrorType::InvalidProperties);
}
