//! Records that cannot be made, changed or destroyed, each with the error of a record (RFC 8620 §5.3, RFC 8621, RFC 9404 §4.1).

use serde_json::{Value, json};

use super::{
    super::world::{ANNE, BRUNO},
    Case, Own,
};

const SQL: &str = "x'); DELETE FROM email; --";
const NONE: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// A key as a JSON pointer has it (RFC 6901).
fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

fn create(name: &'static str, record: Value, error: &'static str) -> Case {
    Case::Record { name, arguments: json!({"create": {"a": record}}), at: "/notCreated/a".to_owned(), error }
}

fn update(name: &'static str, id: &str, patch: Value, error: &'static str) -> Case {
    let at = format!("/notUpdated/{}", escaped(id));
    Case::Record { name, arguments: json!({"update": {id: patch}}), at, error }
}

fn destroy(name: &'static str, id: &str, error: &'static str) -> Case {
    let at = format!("/notDestroyed/{}", escaped(id));
    Case::Record { name, arguments: json!({"destroy": [id]}), at, error }
}

/// Ids of no record: of another kind, another form, too large, a word of SQL, a path.
const NO_IDS: [&str; 12] =
    ["", "x", "e", "e-1", "e01", "e+1", "E1", "e1 ", "e9223372036854775808", "#none", SQL, "../e1"];

fn ids() -> Vec<Case> {
    let mut cases = Vec::new();
    for id in NO_IDS {
        for name in
            ["Email/set", "Mailbox/set", "EmailSubmission/set", "Identity/set", "PushSubscription/set"]
        {
            cases.push(destroy(name, id, "notFound"));
        }
        cases.push(update("Email/set", id, json!({"keywords/$seen": true}), "notFound"));
        cases.push(update("Mailbox/set", id, json!({"name": "x"}), "notFound"));
        cases.push(update("EmailSubmission/set", id, json!({"undoStatus": "canceled"}), "notFound"));
    }
    cases
}

fn mailboxes(own: &Own) -> Vec<Case> {
    let (name, wrong) = ("Mailbox/set", "invalidProperties");
    let mut cases: Vec<Case> = [
        json!({}),
        json!({"name": ""}),
        json!({"name": " \t"}),
        json!({"name": "a\u{0}b"}),
        json!({"name": "x".repeat(5_000)}),
        json!({"name": "x", "parentId": "m999999"}),
        json!({"name": "x", "parentId": SQL}),
        json!({"name": "x", "parentId": "#a"}),
        json!({"name": "x", "parentId": "#b"}),
        json!({"name": "x", "role": "inbox"}),
        json!({"name": "x", "role": "colour"}),
        json!({"name": "x", "role": SQL}),
        json!({"name": "x", "totalEmails": 7}),
        json!({"name": "x", "id": "m1"}),
        json!({"name": "x", "myRights": {}}),
        json!({"name": "x", "colour": "red"}),
    ]
    .into_iter()
    .map(|record| create(name, record, wrong))
    .collect();
    for patch in [
        json!({"name": null}),
        json!({"name": 7}),
        json!({"name": ""}),
        json!({"parentId": own.inbox}),
        json!({"parentId": 7}),
        json!({"role": "archive"}),
        json!({"sortOrder": -1}),
        json!({"sortOrder": 1.5}),
        json!({"sortOrder": 4_294_967_296_u64}),
        json!({"isSubscribed": "yes"}),
        json!({"totalEmails": 0}),
        json!({"id": "m999"}),
        json!({"colour": 1}),
    ] {
        cases.push(update(name, &own.inbox, patch, wrong));
    }
    cases.push(destroy(name, &own.inbox, "forbidden"));
    cases
}

fn emails(own: &Own) -> Vec<Case> {
    let (name, wrong) = ("Email/set", "invalidProperties");
    let mut cases = Vec::new();
    for patch in [
        json!({"keywords": 7}),
        json!({"keywords": ["$seen"]}),
        json!({"keywords": {"$seen": false}}),
        json!({"keywords": {"$seen": "yes"}}),
        json!({"keywords": {"": true}}),
        json!({"keywords": {"a b": true}}),
        json!({"keywords": {"a\"b": true}}),
        json!({"keywords": {SQL: true}}),
        json!({"keywords": {"x".repeat(300): true}}),
        json!({"keywords/$seen": false}),
        json!({"keywords/$seen": 1}),
        json!({"keywords/": true}),
        json!({"mailboxIds": {}}),
        json!({"mailboxIds": null}),
        json!({"mailboxIds": {"m999999": true}}),
        json!({"mailboxIds": {own.inbox.clone(): false}}),
        json!({"mailboxIds": {SQL: true}}),
        json!({"mailboxIds/m999999": true}),
        json!({format!("mailboxIds/{}", own.inbox): null}),
        json!({"subject": "x"}),
        json!({"subject/0": "x"}),
        json!({"receivedAt": "2026-01-01T00:00:00Z"}),
        json!({"id": "e999"}),
        json!({"colour": 1}),
        json!({"": 1}),
    ] {
        cases.push(update(name, &own.email, patch, wrong));
    }
    for patch in [
        json!({"keywords": {"$seen": true}, "keywords/$flagged": true}),
        json!({"mailboxIds": {own.inbox.clone(): true}, format!("mailboxIds/{}", own.inbox): true}),
        json!({"keywords/$seen/x": true}),
        json!({"keywords//": true}),
        json!({format!("mailboxIds/{}/x", own.inbox): true}),
        json!({"keywords/$seen": true, "keywords/$seen/x": true}),
        json!({"/keywords/$seen": true}),
    ] {
        cases.push(update(name, &own.email, patch, "invalidPatch"));
    }
    for record in [json!({}), json!({"subject": "x"}), json!({"mailboxIds": {own.inbox.clone(): true}})] {
        cases.push(create(name, record, wrong));
    }
    cases
}

fn imports(own: &Own) -> Vec<Case> {
    let sound = json!({"blobId": own.blob, "mailboxIds": {own.inbox.clone(): true}});
    let import = |member: &str, value: Value, error| {
        let mut email = sound.clone();
        email[member] = value;
        let arguments = json!({"emails": {"a": email}});
        Case::Record { name: "Email/import", arguments, at: "/notCreated/a".to_owned(), error }
    };
    let wrong = "invalidProperties";
    vec![
        import("blobId", json!(""), wrong),
        import("blobId", json!("x"), wrong),
        import("blobId", json!("../../etc/passwd"), wrong),
        import("blobId", json!(SQL), wrong),
        import("blobId", json!(NONE), wrong),
        import("blobId", json!("#none"), wrong),
        import("blobId", json!(own.blob.to_uppercase()), wrong),
        import("mailboxIds", json!({}), wrong),
        import("mailboxIds", json!({own.inbox.clone(): false}), wrong),
        import("mailboxIds", json!({"m999999": true}), wrong),
        import("mailboxIds", json!({SQL: true}), wrong),
        import("mailboxIds", json!({"#none": true}), wrong),
        import("keywords", json!({"a b": true}), wrong),
        import("keywords", json!({"$seen": false}), wrong),
        import("keywords", json!({SQL: true}), wrong),
        import("receivedAt", json!("yesterday"), wrong),
        import("receivedAt", json!("2026-02-30T00:00:00Z"), wrong),
        import("receivedAt", json!("2026-2-3T00:00:00Z"), wrong),
        import("receivedAt", json!("2026-02-03T00:00:00+01:00"), wrong),
        import("receivedAt", json!(SQL), wrong),
        import("replaces", json!("e999999"), wrong),
        import("replaces", json!(SQL), wrong),
        import("cardBlobId", json!(NONE), "blobNotFound"),
        import("heldBlobIds", json!([NONE]), "blobNotFound"),
        import("heldBlobIds", json!([SQL]), "blobNotFound"),
    ]
}

fn submissions(own: &Own) -> Vec<Case> {
    let (name, wrong) = ("EmailSubmission/set", "invalidProperties");
    let sound = json!({"identityId": own.identity, "emailId": own.email});
    let with = |member: &str, value: Value, error| {
        let mut submission = sound.clone();
        submission[member] = value;
        create(name, submission, error)
    };
    let envelope = |from: Value, to: Value| json!({"mailFrom": from, "rcptTo": to});
    let hers = || json!({"email": ANNE});
    let held = |value: Value| json!({"email": ANNE, "parameters": value});
    let his = || json!([{"email": BRUNO}]);
    vec![
        with("identityId", json!("i999999"), wrong),
        with("identityId", json!(SQL), wrong),
        with("emailId", json!("e999999"), wrong),
        with("emailId", json!(SQL), wrong),
        with("emailId", json!("#none"), wrong),
        with("undoStatus", json!("final"), wrong),
        with("sendAt", json!("2026-01-01T00:00:00Z"), wrong),
        with("colour", json!(1), wrong),
        with("envelope", envelope(json!({"email": BRUNO}), his()), "forbiddenMailFrom"),
        with("envelope", envelope(json!({"email": ""}), his()), "forbiddenMailFrom"),
        with("envelope", envelope(json!({"email": SQL}), his()), "forbiddenMailFrom"),
        with("envelope", envelope(hers(), json!([])), "noRecipients"),
        with("envelope", envelope(hers(), json!([{"email": ""}])), "invalidRecipients"),
        with("envelope", envelope(hers(), json!([{"email": SQL}])), "invalidRecipients"),
        with("envelope", envelope(hers(), json!([{"email": "a@b\r\nRCPT TO:<c@d>"}])), "invalidRecipients"),
        with("envelope", envelope(hers(), json!([{"email": "nobody@exemple.fr"}])), "invalidRecipients"),
        with("envelope", envelope(hers(), json!(vec![json!({"email": BRUNO}); 201])), "tooManyRecipients"),
        with("envelope", envelope(held(json!({"HOLDFOR": "x"})), his()), wrong),
        with("envelope", envelope(held(json!({"HOLDFOR": "-1"})), his()), wrong),
        with("envelope", envelope(held(json!({"HOLDFOR": null})), his()), wrong),
        with("envelope", envelope(held(json!({"HOLDFOR": "99999999999999999999"})), his()), wrong),
        with("envelope", envelope(held(json!({"HOLDUNTIL": "never"})), his()), wrong),
        with("envelope", envelope(held(json!({"SIZE": "1"})), his()), wrong),
    ]
}

fn pushes() -> Vec<Case> {
    let sound = json!({"deviceClientId": "d", "url": "https://push.example/1"});
    let with = |member: &str, value: Value| {
        let mut subscription = sound.clone();
        subscription[member] = value;
        create("PushSubscription/set", subscription, "invalidProperties")
    };
    vec![
        with("deviceClientId", json!("")),
        with("deviceClientId", json!(7)),
        with("deviceClientId", json!("a\u{0}")),
        with("url", json!("http://push.example/1")),
        with("url", json!("file:///etc/passwd")),
        with("url", json!("https://")),
        with("url", json!("https://user:word@push.example/")),
        with("url", json!(7)),
        with("url", json!(SQL)),
        with("keys", json!("x")),
        with("keys", json!({})),
        with("keys", json!({"p256dh": "AA", "auth": "AA"})),
        with("keys", json!({"p256dh": 7, "auth": "AA"})),
        with("expires", json!("yesterday")),
        with("expires", json!("2001-01-01T00:00:00Z")),
        with("expires", json!(7)),
        with("types", json!("Email")),
        with("types", json!([7])),
        with("types", json!([""])),
        with("verificationCode", json!("x")),
        with("id", json!("p1")),
        with("colour", json!(1)),
    ]
}

fn others(own: &Own) -> Vec<Case> {
    let upload = |data: Value, error| create("Blob/upload", json!({"data": data}), error);
    let wrong = "invalidProperties";
    let vault = |id: &str, update: Value, error| {
        let at = format!("/notUpdated/{}", escaped(id));
        Case::Record { name: "Vault/set", arguments: json!({"update": {id: update}}), at, error }
    };
    vec![
        upload(json!([{"data:asBase64": "&&&"}]), wrong),
        upload(json!([{"data:asBase64": "AA=A"}]), wrong),
        upload(json!([{}]), wrong),
        upload(json!([{"data:asText": "x", "data:asBase64": "AA=="}]), wrong),
        upload(json!([{"blobId": own.blob, "data:asText": "x"}]), wrong),
        upload(json!([{"blobId": own.blob, "offset": 999_999}]), wrong),
        upload(json!([{"blobId": own.blob, "length": 999_999}]), wrong),
        upload(json!([{"blobId": own.blob, "offset": u64::MAX, "length": u64::MAX}]), wrong),
        upload(json!([{"blobId": NONE}]), "blobNotFound"),
        upload(json!([{"blobId": SQL}]), "blobNotFound"),
        upload(json!([{"blobId": "#a"}]), "blobNotFound"),
        create("Identity/set", json!({"name": "x", "email": BRUNO}), "forbiddenFrom"),
        update("Identity/set", &own.identity, json!({"name": "x"}), "forbidden"),
        destroy("Identity/set", &own.identity, "forbidden"),
        vault("KEYS", json!({"ifVersion": 0, "data": "AA=="}), wrong),
        vault("", json!({"ifVersion": 0, "data": "AA=="}), wrong),
        vault("../keys", json!({"ifVersion": 0, "data": "AA=="}), wrong),
        vault(SQL, json!({"ifVersion": 0, "data": "AA=="}), wrong),
        vault("keys", json!({"ifVersion": 9, "data": "AA=="}), "stateMismatch"),
    ]
}

pub(super) fn cases(own: &Own) -> Vec<Case> {
    let groups = [ids(), mailboxes(own), emails(own), imports(own), submissions(own), pushes(), others(own)];
    groups.into_iter().flatten().collect()
}
