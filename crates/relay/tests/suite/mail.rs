//! Mailboxes, Emails and Threads (RFC 8621), as far as the relay can see them.

use serde_json::{Value, json};

use super::world::{ANNE, BRUNO, Member, World, letter, letter_with};

fn numbered(id: &str, more: &str) -> Vec<u8> {
    letter_with(&format!("From: {ANNE}\r\nTo: Bruno <{BRUNO}>\r\nMessage-ID: <{id}@x>\r\n{more}"), id)
}

async fn ids(member: &Member<'_>, arguments: Value) -> Vec<String> {
    let answer = member.call("Email/query", arguments).await;
    answer["ids"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_new_account_has_its_mailboxes() {
    let world = World::new();
    let anne = world.member(ANNE);
    let answer = anne.call("Mailbox/get", json!({"ids": null})).await;
    let list = answer["list"].as_array().unwrap();
    let roles: Vec<&str> = list.iter().map(|mailbox| mailbox["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["inbox", "drafts", "sent", "archive", "trash"]);
    assert_eq!(
        (&list[0]["name"], &list[0]["totalEmails"], &list[0]["parentId"]),
        (&json!("Inbox"), &json!(0), &json!(null))
    );
    assert_eq!(
        (&list[0]["myRights"]["mayDelete"], &list[3]["myRights"]["mayDelete"]),
        (&json!(false), &json!(true))
    );
    let some =
        anne.call("Mailbox/get", json!({"ids": [list[1]["id"], "m999", "x"], "properties": ["name"]})).await;
    assert_eq!(some["list"], json!([{"id": list[1]["id"], "name": "Drafts"}]));
    assert_eq!(some["notFound"], json!(["m999", "x"]));
    anne.fails("Mailbox/get", json!({"ids": null, "properties": ["colour"]}), "invalidArguments").await;
}

#[tokio::test]
async fn an_email_shows_what_stands_outside_and_no_more() {
    let world = World::new();
    let anne = world.member(ANNE);
    let message =
        numbered("1", "Date: Mon, 23 Nov 2026 09:30:00 +0100\r\nSubject: [...]\r\nReferences: <0@x>\r\n");
    let id = anne.import(&message, "archive").await;
    let email = anne.call("Email/get", json!({"ids": [id]})).await["list"][0].clone();
    assert_eq!(
        (&email["subject"], &email["preview"], &email["hasAttachment"]),
        (&json!("[...]"), &json!(""), &json!(false))
    );
    assert_eq!(
        (&email["bodyValues"], &email["textBody"], &email["htmlBody"]),
        (&json!({}), &json!([]), &json!([]))
    );
    assert_eq!(email["attachments"][0]["type"], "application/pkcs7-mime");
    assert_eq!(email["attachments"][0]["name"], "smime.p7m");
    assert_eq!(email["from"], json!([{"name": null, "email": ANNE}]));
    assert_eq!(email["to"], json!([{"name": "Bruno", "email": BRUNO}]));
    assert_eq!(
        (&email["messageId"], &email["references"], &email["inReplyTo"]),
        (&json!(["1@x"]), &json!(["0@x"]), &json!(null))
    );
    assert_eq!(
        (&email["sentAt"], &email["receivedAt"]),
        (&json!("2026-11-23T09:30:00+01:00"), &json!("2026-11-23T08:30:00Z"))
    );
    assert_eq!(email["size"], json!(message.len()));
    assert!(email.get("headers").is_none() && email.get("bodyStructure").is_none());
    let properties = json!(["bodyStructure", "header:Message-ID:asMessageIds", "headers"]);
    let more = anne
        .call(
            "Email/get",
            json!({"ids": [id, id], "properties": properties, "bodyProperties": ["type", "partId"]}),
        )
        .await;
    assert_eq!(more["list"].as_array().unwrap().len(), 1, "an id twice is one Email");
    let email = &more["list"][0];
    assert_eq!(email["bodyStructure"], json!({"type": "application/pkcs7-mime", "partId": "1"}));
    assert_eq!(email["header:Message-ID:asMessageIds"], json!(["1@x"]));
    assert_eq!(email["headers"][0], json!({"name": "From", "value": format!(" {ANNE}")}));
    assert!(email.get("size").is_none());
    for wrong in ["colour", "header:From:asDate"] {
        anne.fails("Email/get", json!({"ids": [], "properties": [wrong]}), "invalidArguments").await;
    }
}

#[tokio::test]
async fn counts_and_states_follow_every_change() {
    let world = World::new();
    let anne = world.member(ANNE);
    let (inbox, trash) = (anne.mailbox("inbox").await, anne.mailbox("trash").await);
    let state = anne.call("Mailbox/get", json!({"ids": []})).await["state"].clone();
    let emails = anne.call("Email/get", json!({"ids": []})).await["state"].clone();
    let one = anne.import(&numbered("1", ""), "inbox").await;
    anne.import(&numbered("2", "In-Reply-To: <1@x>\r\n"), "inbox").await;
    let counts = |mailbox: Value| {
        ["totalEmails", "unreadEmails", "totalThreads", "unreadThreads"]
            .map(|name| mailbox[name].as_u64().unwrap())
    };
    let get = json!({"ids": [inbox]});
    assert_eq!(counts(anne.call("Mailbox/get", get.clone()).await["list"][0].clone()), [2, 2, 1, 1]);
    let changes = anne.call("Mailbox/changes", json!({"sinceState": state})).await;
    assert_eq!(
        (&changes["updated"], &changes["updatedProperties"][0]),
        (&json!([inbox]), &json!("totalEmails"))
    );
    let changes = anne.call("Email/changes", json!({"sinceState": emails})).await;
    assert_eq!(
        (changes["created"].as_array().unwrap().len(), &changes["hasMoreChanges"]),
        (2, &json!(false))
    );
    let update = json!({one.clone(): {"keywords/$SEEN": true, format!("mailboxIds/{trash}"): true, format!("mailboxIds/{inbox}"): null}});
    let before = changes["newState"].clone();
    let answer = anne.call("Email/set", json!({"ifInState": before, "update": update})).await;
    assert_eq!((&answer["updated"], &answer["oldState"]), (&json!({one.clone(): null}), &before));
    assert_eq!(counts(anne.call("Mailbox/get", get.clone()).await["list"][0].clone()), [1, 1, 1, 1]);
    let moved = anne.call("Email/get", json!({"ids": [one], "properties": ["keywords", "mailboxIds"]})).await;
    assert_eq!(
        moved["list"][0],
        json!({"id": one, "keywords": {"$seen": true}, "mailboxIds": {trash.clone(): true}})
    );
    let changes = anne.call("Email/changes", json!({"sinceState": before})).await;
    assert_eq!((&changes["updated"], &changes["created"]), (&json!([one]), &json!([])));
    let since = changes["newState"].clone();
    let answer = anne.call("Email/set", json!({"destroy": [one, "e999"]})).await;
    assert_eq!(
        (&answer["destroyed"], &answer["notDestroyed"]["e999"]["type"]),
        (&json!([one]), &json!("notFound"))
    );
    let changes = anne.call("Email/changes", json!({"sinceState": since})).await;
    assert_eq!(changes["destroyed"], json!([one]));
    anne.fails("Email/set", json!({"ifInState": before, "destroy": []}), "stateMismatch").await;
    anne.fails("Email/changes", json!({"sinceState": "999999"}), "cannotCalculateChanges").await;
    anne.fails("Email/changes", json!({"sinceState": before, "maxChanges": 0}), "invalidArguments").await;
}

#[tokio::test]
async fn wrong_updates_change_nothing() {
    let world = World::new();
    let anne = world.member(ANNE);
    let (id, inbox) = (anne.import(&letter(ANNE, "1"), "inbox").await, anne.mailbox("inbox").await);
    let bruno = world.member(BRUNO);
    let his = bruno.mailbox("inbox").await;
    for (patch, kind) in [
        (json!({"subject": "x"}), "invalidProperties"),
        (json!({"keywords": {"$seen": false}}), "invalidProperties"),
        (json!({"keywords/a b": true}), "invalidProperties"),
        (json!({"keywords/$seen": false}), "invalidProperties"),
        (json!({"keywords": {}, "keywords/$seen": true}), "invalidPatch"),
        (json!({"mailboxIds": {}}), "invalidProperties"),
        (json!({format!("mailboxIds/{inbox}"): null}), "invalidProperties"),
        (json!({"mailboxIds/m999": true}), "invalidProperties"),
        (json!({format!("mailboxIds/{his}"): true}), "invalidProperties"),
    ] {
        let answer = anne.call("Email/set", json!({"update": {id.clone(): patch}})).await;
        assert_eq!(answer["notUpdated"][&id]["type"], kind, "{patch}");
        assert_eq!(answer["oldState"], answer["newState"]);
    }
    let theirs = bruno
        .call("Email/set", json!({"update": {id.clone(): {"keywords/$seen": true}}, "destroy": [id]}))
        .await;
    assert_eq!(theirs["notUpdated"][&id]["type"], "willDestroy");
    assert_eq!(theirs["notDestroyed"][&id]["type"], "notFound");
    let create = json!({"create": {"a": {"mailboxIds": {inbox: true}, "subject": "x", "bodyStructure": {}}}});
    let answer = anne.call("Email/set", create).await;
    assert_eq!(answer["notCreated"]["a"]["type"], "invalidProperties");
    assert_eq!(answer["notCreated"]["a"]["properties"], json!(["bodyStructure", "subject"]));
}

#[tokio::test]
async fn queries_filter_sort_and_cut() {
    let world = World::new();
    let anne = world.member(ANNE);
    let (inbox, archive) = (anne.mailbox("inbox").await, anne.mailbox("archive").await);
    let mut all = Vec::new();
    for (id, role, more) in [
        ("1", "inbox", ""),
        ("2", "inbox", "Cc: Claire <c@d>\r\n"),
        ("3", "archive", "In-Reply-To: <1@x>\r\n"),
    ] {
        all.push(anne.import(&numbered(id, more), role).await);
        world.clock.advance(60);
    }
    let seen = json!({"update": {all[0].clone(): {"keywords/$seen": true}}});
    anne.call("Email/set", seen).await;
    let [one, two, three] = [&all[0], &all[1], &all[2]].map(|id| vec![id.clone()]);
    assert_eq!(ids(&anne, json!({})).await, [three.clone(), two.clone(), one.clone()].concat());
    let up = json!([{"property": "receivedAt", "isAscending": true}]);
    assert_eq!(ids(&anne, json!({"sort": up, "limit": 2})).await, all[..2]);
    for (filter, expected) in [
        (json!({"inMailbox": archive}), &three),
        (json!({"inMailboxOtherThan": [inbox]}), &three),
        (json!({"hasKeyword": "$seen"}), &one),
        (json!({"cc": "claire"}), &two),
        (json!({"before": "2026-11-23T08:31:00Z"}), &one),
        (json!({"after": "2026-11-23T08:32:00Z"}), &three),
        (json!({"operator": "AND", "conditions": [{"inMailbox": inbox}, {"notKeyword": "$seen"}]}), &two),
        (json!({"operator": "NOT", "conditions": [{"hasKeyword": "$seen"}, {"cc": "CLAIRE"}]}), &three),
        (json!({"noneInThreadHaveKeyword": "$seen"}), &two),
        (
            json!({"operator": "AND", "conditions": [{"someInThreadHaveKeyword": "$seen"}, {"inMailbox": archive}]}),
            &three,
        ),
        (json!({"hasAttachment": true}), &vec![]),
        (json!({"operator": "OR", "conditions": []}), &vec![]),
        (json!({"from": "' OR 1=1 --"}), &vec![]),
    ] {
        assert_eq!(ids(&anne, json!({"filter": filter})).await, *expected, "{filter}");
    }
    assert_eq!(ids(&anne, json!({"collapseThreads": true})).await, [three, two].concat());
    let total = anne.call("Email/query", json!({"calculateTotal": true, "limit": 1, "position": 1})).await;
    assert_eq!(
        (&total["total"], &total["position"], &total["canCalculateChanges"]),
        (&json!(3), &json!(1), &json!(true))
    );
    for word in ["text", "subject", "body", "header", "flavour"] {
        let value = if word == "header" { json!(["X"]) } else { json!("x") };
        anne.fails("Email/query", json!({"filter": {word: value}}), "unsupportedFilter").await;
    }
    anne.fails("Email/query", json!({"sort": [{"property": "colour"}]}), "unsupportedSort").await;
    anne.fails("Email/query", json!({"sort": [{"property": "size", "collation": "x"}]}), "unsupportedSort")
        .await;
    anne.fails("Email/query", json!({"anchor": "e999"}), "anchorNotFound").await;
}

#[tokio::test]
async fn threads_follow_the_outer_headers() {
    let world = World::new();
    let anne = world.member(ANNE);
    let first = anne.import(&numbered("1", ""), "inbox").await;
    world.clock.advance(1);
    let reply = anne.import(&numbered("2", "In-Reply-To: <1@x>\r\nReferences: <1@x>\r\n"), "inbox").await;
    anne.import(&numbered("3", ""), "inbox").await;
    let thread = anne.call("Email/get", json!({"ids": [reply]})).await["list"][0]["threadId"].clone();
    let got = anne.call("Thread/get", json!({"ids": [thread, "t999"]})).await;
    assert_eq!(
        (&got["list"], &got["notFound"]),
        (&json!([{"id": thread, "emailIds": [first, reply]}]), &json!(["t999"]))
    );
    anne.call("Email/set", json!({"destroy": [first, reply]})).await;
    assert_eq!(anne.call("Thread/get", json!({"ids": [thread]})).await["notFound"], json!([thread]));
    let changes = anne.call("Thread/changes", json!({"sinceState": got["state"]})).await;
    assert_eq!(changes["destroyed"], json!([thread]));
}

#[tokio::test]
async fn mailboxes_are_made_moved_and_destroyed() {
    let world = World::new();
    let anne = world.member(ANNE);
    let create = json!({"create": {"b": {"name": "Écho", "parentId": "#a"}, "a": {"name": "Examens"}, "c": {"name": "Inbox"},
        "d": {"name": "x", "role": "inbox"}, "e": {"name": "y", "totalEmails": 5}, "f": {"name": " "}, "g": {"name": "z", "parentId": "#g"}}});
    let answer = anne.call("Mailbox/set", create).await;
    let (a, b) = (answer["created"]["a"]["id"].clone(), answer["created"]["b"]["id"].clone());
    for wrong in ["c", "d", "e", "f", "g"] {
        assert_eq!(answer["notCreated"][wrong]["type"], "invalidProperties", "{wrong}");
    }
    let tree = anne.call("Mailbox/query", json!({"sortAsTree": true, "filter": {"hasAnyRole": false}})).await;
    assert_eq!(tree["ids"], json!([a, b]));
    let named = anne.call("Mailbox/query", json!({"filter": {"name": "éch"}})).await;
    assert_eq!(named["ids"], json!([b]));
    let pruned = anne.call("Mailbox/query", json!({"filterAsTree": true, "filter": {"name": "éch"}})).await;
    assert_eq!(pruned["ids"], json!([]));
    let (a, b) = (a.as_str().unwrap(), b.as_str().unwrap());
    let cycle = anne.call("Mailbox/set", json!({"update": {a: {"parentId": b}}})).await;
    assert_eq!(cycle["notUpdated"][a]["properties"], json!(["parentId"]));
    let parent = anne.call("Mailbox/set", json!({"destroy": [a]})).await;
    assert_eq!(parent["notDestroyed"][a]["type"], "mailboxHasChild");
    let email = anne.import(&letter(ANNE, "1"), "inbox").await;
    anne.call("Email/set", json!({"update": {email.clone(): {"mailboxIds": {b: true}}}})).await;
    let full = anne.call("Mailbox/set", json!({"destroy": [b]})).await;
    assert_eq!(full["notDestroyed"][b]["type"], "mailboxHasEmail");
    let gone = anne.call("Mailbox/set", json!({"destroy": [b, a], "onDestroyRemoveEmails": true})).await;
    assert_eq!(gone["destroyed"], json!([b, a]));
    assert_eq!(anne.call("Email/get", json!({"ids": [email]})).await["notFound"], json!([email]));
    let inbox = anne.mailbox("inbox").await;
    let needed = anne.call("Mailbox/set", json!({"destroy": [inbox], "update": {}})).await;
    assert_eq!(needed["notDestroyed"][&inbox]["type"], "forbidden");
    let renamed = anne.call("Mailbox/set", json!({"update": {inbox.clone(): {"name": "Arrivée"}}})).await;
    assert_eq!(renamed["updated"], json!({inbox: null}));
}

#[tokio::test]
async fn an_import_keeps_card_and_attachments_of_a_draft() {
    let world = World::new();
    let anne = world.member(ANNE);
    let drafts = anne.mailbox("drafts").await;
    let blob = anne.upload(&letter(ANNE, "draft")).await;
    let (card, held) = (anne.upload(&letter(ANNE, "card")).await, anne.upload(b"sealed attachment").await);
    let item = json!({"blobId": blob, "cardBlobId": card, "heldBlobIds": [held], "mailboxIds": {drafts.clone(): true},
        "keywords": {"$draft": true}, "receivedAt": "2020-01-01T00:00:00Z"});
    let state = anne.call("Email/get", json!({"ids": []})).await["state"].clone();
    let answer = anne.call("Email/import", json!({"ifInState": state, "emails": {"x": item}})).await;
    let id = answer["created"]["x"]["id"].clone();
    let email = anne.call("Email/get", json!({"ids": [id]})).await["list"][0].clone();
    assert_eq!((&email["cardBlobId"], &email["heldBlobIds"]), (&json!(card), &json!([held])));
    assert_eq!(
        (&email["keywords"], &email["receivedAt"]),
        (&json!({"$draft": true}), &json!("2020-01-01T00:00:00Z"))
    );
    anne.fails("Email/import", json!({"ifInState": state, "emails": {}}), "stateMismatch").await;
    for (name, value, kind) in [
        ("blobId", json!("0".repeat(64)), "invalidProperties"),
        ("heldBlobIds", json!(["0".repeat(64)]), "blobNotFound"),
        ("cardBlobId", json!(held), "invalidEmail"),
        ("mailboxIds", json!({}), "invalidProperties"),
        ("mailboxIds", json!({"m999": true}), "invalidProperties"),
        ("keywords", json!({"a b": true}), "invalidProperties"),
        ("receivedAt", json!("yesterday"), "invalidProperties"),
    ] {
        let mut wrong = item.clone();
        wrong[name] = value;
        let answer = anne.call("Email/import", json!({"emails": {"x": wrong}})).await;
        assert_eq!(answer["notCreated"]["x"]["type"], kind, "{name}");
    }
}

#[tokio::test]
async fn an_import_takes_the_place_of_an_email_or_changes_nothing() {
    let world = World::new();
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let drafts = anne.mailbox("drafts").await;
    let first = anne.import(&letter(ANNE, "1"), "drafts").await;
    let blob = anne.upload(&letter(ANNE, "2")).await;
    let item = |replaces: &str| json!({"x": {"blobId": blob, "mailboxIds": {drafts.clone(): true}, "replaces": replaces}});

    let foreign = bruno.import(&letter(BRUNO, "3"), "drafts").await;
    for other in [&*foreign, "e999", "nothing"] {
        let answer = anne.call("Email/import", json!({"emails": item(other)})).await;
        assert_eq!(answer["notCreated"]["x"]["properties"], json!(["replaces"]), "{other}");
    }
    assert_eq!(ids(&anne, json!({})).await, [&*first]);
    let answer = anne.call("Email/import", json!({"emails": item(&first)})).await;
    let second = answer["created"]["x"]["id"].as_str().unwrap();
    assert_eq!(ids(&anne, json!({})).await, [second]);
    let changes = anne.call("Email/changes", json!({"sinceState": answer["oldState"]})).await;
    assert_eq!((&changes["created"], &changes["destroyed"]), (&json!([second]), &json!([first])));
    assert_eq!(ids(&bruno, json!({})).await, [foreign]);
}
