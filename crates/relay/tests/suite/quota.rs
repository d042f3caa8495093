//! Quotas (RFC 9425): what an account's letters take, and what happens when they take too much.

use sceau_relay::limits;
use serde_json::{Value, json};

use super::world::{ANNE, BRUNO, Member, World, letter};

async fn used(member: &Member<'_>) -> (u64, u64) {
    let list = member.call("Quota/get", json!({"ids": null})).await["list"].clone();
    (list[0]["used"].as_u64().unwrap(), list[1]["used"].as_u64().unwrap())
}

async fn import(member: &Member<'_>, id: &str) -> Value {
    let (blob, drafts) = (member.upload(&letter(ANNE, id)).await, member.mailbox("drafts").await);
    member
        .call("Email/import", json!({"emails": {"x": {"blobId": blob, "mailboxIds": {drafts: true}}}}))
        .await
}

fn size(id: &str) -> u64 {
    u64::try_from(letter(ANNE, id).len()).unwrap()
}

#[tokio::test]
async fn an_account_has_two_quotas() {
    let world = World::new();
    let anne = world.member(ANNE);
    let answer = anne.call("Quota/get", json!({"ids": null})).await;
    assert_eq!(
        answer["list"][0],
        json!({"id": "q1", "resourceType": "octets", "used": 0, "hardLimit": 62_500_000_000_u64, "scope": "account",
            "name": "octets", "types": ["Email"], "warnLimit": 45_000_000_000_u64, "softLimit": 50_000_000_000_u64,
            "description": "Octets of all letters."})
    );
    assert_eq!(
        (&answer["list"][1]["id"], &answer["list"][1]["resourceType"], &answer["list"][1]["softLimit"]),
        (&json!("q2"), &json!("count"), &json!(limits::QUOTA_LETTERS))
    );
    let some = anne.call("Quota/get", json!({"ids": ["q2", "q3", "e1"], "properties": ["used"]})).await;
    assert_eq!(some["list"], json!([{"id": "q2", "used": 0}]));
    assert_eq!(some["notFound"], json!(["q3", "e1"]));
    anne.fails("Quota/get", json!({"ids": null, "properties": ["size"]}), "invalidArguments").await;
    anne.fails("Quota/set", json!({}), "unknownMethod").await;
    let many: Vec<String> = (0..=limits::OBJECTS_IN_GET).map(|at| format!("q{at}")).collect();
    anne.fails("Quota/get", json!({"ids": many}), "requestTooLarge").await;
    let session = anne.get("/jmap/session").await.json;
    assert_eq!(session["capabilities"]["urn:ietf:params:jmap:quota"], json!({}));
}

#[tokio::test]
async fn letters_cards_and_held_blobs_count_and_count_no_more_when_they_are_gone() {
    let world = World::new();
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let held = anne.upload(&[7; 1_000]).await;
    let (blob, card) = (anne.upload(&letter(ANNE, "1")).await, anne.upload(&letter(ANNE, "card")).await);
    let drafts = anne.mailbox("drafts").await;
    let emails = json!({"x": {"blobId": blob, "cardBlobId": card, "heldBlobIds": [held, held], "mailboxIds": {drafts: true}}});
    let draft = anne.call("Email/import", json!({"emails": emails})).await["created"]["x"]["id"].clone();
    let first = size("1") + size("card") + 1_000;
    assert_eq!(used(&anne).await, (first, 1));
    let request = anne.letter_to("l-1", &[BRUNO, ANNE]).await;
    anne.call("Letter/send", request).await;
    let sent = size("l-1-copy") + size("l-1-card");
    let arrived = size("l-1") + size("l-1-card");
    assert_eq!(used(&anne).await, (first + sent + arrived, 3));
    assert_eq!(used(&bruno).await, (arrived, 1));
    anne.call("Email/set", json!({"destroy": [draft]})).await;
    assert_eq!(used(&anne).await, (sent + arrived, 2));
    let folder =
        anne.call("Mailbox/set", json!({"create": {"m": {"name": "x"}}})).await["created"]["m"]["id"].clone();
    let folder = folder.as_str().unwrap();
    let email = anne.emails("inbox").await.remove(0)["id"].as_str().unwrap().to_owned();
    anne.call("Email/set", json!({"update": {email: {"mailboxIds": {folder: true}}}})).await;
    assert_eq!(used(&anne).await, (sent + arrived, 2), "moving takes nothing");
    anne.call("Mailbox/set", json!({"destroy": [folder], "onDestroyRemoveEmails": true})).await;
    assert_eq!(used(&anne).await, (sent, 1));
}

#[tokio::test]
async fn the_state_changes_with_every_use() {
    let world = World::new();
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let state = async || anne.call("Quota/get", json!({"ids": []})).await["state"].clone();
    let before = state().await;
    import(&anne, "1").await;
    import(&anne, "2").await;
    let after = state().await;
    assert_ne!(before, after);
    let changes = anne.call("Quota/changes", json!({"sinceState": before})).await;
    assert_eq!(
        (&changes["updated"], &changes["updatedProperties"]),
        (&json!(["q1", "q2"]), &json!(["used"]))
    );
    assert_eq!((&changes["newState"], &changes["created"]), (&after, &json!([])));
    let (mut told, mut since) = (Vec::new(), before);
    loop {
        let one = anne.call("Quota/changes", json!({"sinceState": since, "maxChanges": 1})).await;
        told.extend(one["updated"].as_array().unwrap().clone());
        since = one["newState"].clone();
        if one["hasMoreChanges"] == json!(false) {
            break;
        }
    }
    assert_eq!((since, told), (after.clone(), vec![json!("q1"), json!("q2"), json!("q1"), json!("q2")]));
    assert!(world.relay.set_quota(ANNE, Some(1_000_000), None).unwrap());
    let changes = anne.call("Quota/changes", json!({"sinceState": after})).await;
    assert_eq!(changes["updatedProperties"], json!(null), "a limit changed as well");
    let nothing = anne.call("Quota/changes", json!({"sinceState": state().await})).await;
    assert_eq!((&nothing["updated"], &nothing["updatedProperties"]), (&json!([]), &json!(null)));
    anne.fails("Quota/changes", json!({"sinceState": "999"}), "cannotCalculateChanges").await;
    anne.fails("Quota/changes", json!({"sinceState": "0", "maxChanges": 0}), "invalidArguments").await;
    let foreign = json!({"sinceState": "0", "accountId": bruno.account});
    anne.fails("Quota/changes", foreign, "accountNotFound").await;
}

#[tokio::test]
async fn quotas_are_found_by_what_they_are() {
    let world = World::new();
    let anne = world.member(ANNE);
    import(&anne, "1").await;
    for (filter, ids) in [
        (json!(null), json!(["q1", "q2"])),
        (json!({"name": "OCT"}), json!(["q1"])),
        (json!({"resourceType": "count", "type": "Email"}), json!(["q2"])),
        (json!({"scope": "global"}), json!([])),
        (json!({"scope": "account"}), json!(["q1", "q2"])),
        (json!({"type": "Calendar"}), json!([])),
        (json!({"operator": "NOT", "conditions": [{"name": "octets"}]}), json!(["q2"])),
        (
            json!({"operator": "AND", "conditions": [{"name": "s"}, {"scope": "account"}]}),
            json!(["q1", "q2"]),
        ),
    ] {
        let found = anne.call("Quota/query", json!({"filter": filter, "calculateTotal": true})).await;
        assert_eq!(
            (&found["ids"], &found["total"]),
            (&ids, &json!(ids.as_array().unwrap().len())),
            "{filter}"
        );
    }
    for (sort, ids) in [
        (json!([{"property": "name"}]), json!(["q2", "q1"])),
        (json!([{"property": "used"}]), json!(["q2", "q1"])),
        (json!([{"property": "used", "isAscending": false}]), json!(["q1", "q2"])),
    ] {
        assert_eq!(anne.call("Quota/query", json!({"sort": sort})).await["ids"], ids, "{sort}");
    }
    anne.fails("Quota/query", json!({"sort": [{"property": "hardLimit"}]}), "unsupportedSort").await;
    anne.fails("Quota/query", json!({"filter": {"used": 1}}), "unsupportedFilter").await;
    anne.fails("Quota/query", json!({"anchor": "q7"}), "anchorNotFound").await;
    let state = anne.call("Quota/query", json!({})).await["queryState"].clone();
    let since = json!({"sinceQueryState": state});
    let told = anne.call("Quota/queryChanges", since).await;
    assert_eq!((&told["removed"], &told["added"]), (&json!([]), &json!([])));
    let mut deep = json!({"name": "x"});
    for _ in 0..40 {
        deep = json!({"operator": "NOT", "conditions": [deep]});
    }
    anne.fails("Quota/query", json!({"filter": deep}), "unsupportedFilter").await;
    let wide = json!({"operator": "OR", "conditions": vec![json!({"name": "x"}); 101]});
    anne.fails("Quota/query", json!({"filter": wide}), "unsupportedFilter").await;
}

#[tokio::test]
async fn an_account_at_its_limit_adds_nothing_and_can_do_everything_else() {
    let world = World::new();
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let draft = import(&anne, "1").await["created"]["x"]["id"].clone();
    world.relay.set_quota(ANNE, Some(size("1") * 4), Some(4)).unwrap();
    assert!(import(&anne, "2").await["created"]["x"].is_object(), "up to the limit");
    world.relay.set_quota(ANNE, None, Some(2)).unwrap();
    let refused = import(&anne, "3").await;
    assert_eq!(refused["notCreated"]["x"]["type"], "overQuota");
    let request = anne.letter_to("l-1", &[BRUNO]).await;
    anne.fails("Letter/send", request.clone(), "overQuota").await;
    assert!(anne.emails("sent").await.is_empty() && bruno.emails("inbox").await.is_empty(), "nothing of it");
    let reply = bruno.letter_to("l-2", &[ANNE]).await;
    let sent = bruno.call("Letter/send", reply).await;
    assert_eq!(sent["deliveryStatus"][ANNE]["delivered"], "no", "a quarter of two is none");
    world.relay.set_quota(ANNE, None, Some(4)).unwrap();
    for id in ["l-3", "l-4", "l-5"] {
        let reply = bruno.letter_to(id, &[ANNE]).await;
        let sent = bruno.call("Letter/send", reply).await;
        assert_eq!(sent["deliveryStatus"][ANNE]["delivered"], "yes", "{id}: into the reserve");
    }
    let reply = bruno.letter_to("l-6", &[ANNE, BRUNO]).await;
    let sent = bruno.call("Letter/send", reply).await["deliveryStatus"].clone();
    assert_eq!((&sent[ANNE]["delivered"], &sent[BRUNO]["delivered"]), (&json!("no"), &json!("yes")));
    assert!(sent[ANNE]["smtpReply"].as_str().unwrap().starts_with("552 5.2.2"), "told, not dropped: {sent}");
    let identity = anne.call("Identity/get", json!({"ids": null})).await["list"][0]["id"].clone();
    let submission = json!({"create": {"a": {"identityId": identity, "emailId": draft}}});
    let answer = anne.call("EmailSubmission/set", submission).await;
    assert_eq!(answer["notCreated"]["a"]["type"], "overQuota");
    let inbox = anne.emails("inbox").await;
    assert_eq!(anne.download(inbox[0]["blobId"].as_str().unwrap()).await.status, 200);
    let read = json!({"update": {inbox[0]["id"].as_str().unwrap(): {"keywords/$seen": true}}});
    assert_eq!(anne.call("Email/set", read).await["notUpdated"], json!(null));
    anne.call("Email/set", json!({"destroy": [inbox[0]["id"], inbox[1]["id"]]})).await;
    let mut last = request;
    last["onSuccessDestroyEmail"] = draft;
    assert_eq!(anne.call("Letter/send", last).await["undoStatus"], "final", "its draft makes room");
}

#[tokio::test]
async fn octets_are_a_limit_of_their_own() {
    let world = World::new();
    let anne = world.member(ANNE);
    world.relay.set_quota(ANNE, Some(size("1") + size("2")), None).unwrap();
    import(&anne, "1").await;
    assert!(import(&anne, "2").await["created"]["x"].is_object(), "exactly full");
    assert_eq!(import(&anne, "3").await["notCreated"]["x"]["type"], "overQuota");
    world.relay.set_quota(ANNE, Some(0), Some(u64::MAX)).unwrap();
    let quotas = anne.call("Quota/get", json!({"ids": null})).await["list"].clone();
    assert_eq!((&quotas[0]["softLimit"], &quotas[0]["hardLimit"]), (&json!(0), &json!(0)));
    assert_eq!(quotas[1]["hardLimit"], 9_007_199_254_740_991_u64, "no larger number is JMAP");
    assert!(!world.relay.set_quota(BRUNO, None, None).unwrap(), "nobody");
    assert!(world.relay.set_quota("nobody", None, None).is_err());
}
