//! `Letter/send`, `Letter/cancel`, `Letter/get`: all or nothing, once, undone until it leaves.

use serde_json::json;

use super::world::{ANNE, BRUNO, CLAIRE, NOW, World, letter};

#[tokio::test]
async fn a_letter_arrives_with_its_card_and_the_sender_keeps_a_copy() {
    let world = World::new();
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let request = anne.letter_to("l-1", &["BRUNO@exemple.fr"]).await;
    let answer = anne.call("Letter/send", request.clone()).await;
    assert_eq!(answer["undoStatus"], "final");
    assert_eq!(answer["sendAt"], "2026-11-23T08:30:00Z");
    assert_eq!(answer["deliveryStatus"][BRUNO]["delivered"], "yes");
    let inbox = bruno.emails("inbox").await;
    assert_eq!(inbox.len(), 1);
    assert_eq!(inbox[0]["blobId"], request["envelopes"][0]["blobId"]);
    assert_eq!(inbox[0]["cardBlobId"], request["envelopes"][0]["cardBlobId"]);
    assert_eq!(inbox[0]["keywords"], json!({}));
    let got = bruno.download(inbox[0]["blobId"].as_str().unwrap()).await;
    assert_eq!(got.bytes, letter(ANNE, "l-1"));
    let sent = anne.emails("sent").await;
    assert_eq!((sent.len(), &sent[0]["id"]), (1, &answer["emailId"]));
    assert_eq!(sent[0]["keywords"], json!({"$seen": true}));
    assert_eq!(sent[0]["blobId"], request["sentCopy"]["blobId"]);
}

#[tokio::test]
async fn an_unknown_recipient_stops_all_of_it() {
    let world = World::new();
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let request = anne.letter_to("l-1", &[BRUNO, "nobody@exemple.fr", "no address"]).await;
    let error = anne.fails("Letter/send", request, "invalidRecipients").await;
    assert_eq!(error["recipients"], json!(["no address"]));
    let request = anne.letter_to("l-1", &[BRUNO, "Nobody@exemple.fr"]).await;
    let error = anne.fails("Letter/send", request, "invalidRecipients").await;
    assert_eq!(error["recipients"], json!(["nobody@exemple.fr"]));
    assert!(anne.emails("sent").await.is_empty() && bruno.emails("inbox").await.is_empty());
}

#[tokio::test]
async fn each_envelope_goes_to_its_own_recipients() {
    let world = World::new();
    let (anne, bruno, claire) = (world.member(ANNE), world.member(BRUNO), world.member(CLAIRE));
    let mut request = anne.letter_to("l-1", &[BRUNO]).await;
    let bcc = anne.upload(&letter(ANNE, "bcc")).await;
    request["envelopes"].as_array_mut().unwrap().push(json!({"blobId": bcc, "rcptTo": [CLAIRE]}));
    let answer = anne.call("Letter/send", request.clone()).await;
    assert_eq!(answer["deliveryStatus"].as_object().unwrap().len(), 2);
    assert_eq!(bruno.emails("inbox").await[0]["blobId"], request["envelopes"][0]["blobId"]);
    let hers = claire.emails("inbox").await;
    assert_eq!((hers.len(), &hers[0]["blobId"], &hers[0]["cardBlobId"]), (1, &json!(bcc), &json!(null)));
    assert_eq!(bruno.download(&bcc).await.status, 404, "another envelope's blob");
}

#[tokio::test]
async fn repeating_has_one_effect_for_thirty_days() {
    let world = World::new();
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let request = anne.letter_to("l-1", &[BRUNO]).await;
    let first = anne.call("Letter/send", request.clone()).await;
    assert_eq!(anne.call("Letter/send", request.clone()).await, first);
    world.clock.advance(sceau_relay::limits::CLIENT_LETTER_ID_LIFETIME - 1);
    world.relay.sweep().unwrap();
    let (anne, bruno) = (world.member(&anne.address), world.member(&bruno.address));
    assert_eq!(anne.call("Letter/send", request.clone()).await, first);
    assert_eq!(bruno.emails("inbox").await.len(), 1);
    let mut other = request;
    other["envelopes"][0]["rcptTo"] = json!([ANNE]);
    anne.fails("Letter/send", other, "clientLetterIdReused").await;
}

#[tokio::test]
async fn the_same_request_at_once_is_one_letter() {
    let world = World::new();
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let request = anne.letter_to("l-1", &[BRUNO]).await;
    let calls = (0..4).map(|_| anne.call("Letter/send", request.clone()));
    let answers = futures::future::join_all(calls).await;
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    assert_eq!((bruno.emails("inbox").await.len(), anne.emails("sent").await.len()), (1, 1));
}

#[tokio::test]
async fn a_letter_waits_for_its_time_and_can_be_undone_until_then() {
    let world = World::new();
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    for (id, undo) in [("undone", true), ("sent", false)] {
        let mut request = anne.letter_to(id, &[BRUNO]).await;
        request["sendAt"] = json!("2026-11-23T08:30:10Z");
        let answer = anne.call("Letter/send", request).await;
        assert_eq!(
            (&answer["undoStatus"], &answer["deliveryStatus"][BRUNO]["delivered"]),
            (&json!("pending"), &json!("queued"))
        );
        if undo {
            let cancel = json!({"letterId": answer["letterId"]});
            let canceled = anne.call("Letter/cancel", cancel.clone()).await;
            assert_eq!(
                (&canceled["undoStatus"], &canceled["destroyedEmailId"]),
                (&json!("canceled"), &answer["emailId"])
            );
            assert_eq!(anne.call("Letter/cancel", cancel).await["undoStatus"], "canceled");
            assert!(anne.emails("sent").await.is_empty());
        }
    }
    assert_eq!(world.relay.deliver_due().unwrap(), Some(NOW + 10));
    assert!(bruno.emails("inbox").await.is_empty());
    world.clock.advance(10);
    assert_eq!(world.relay.deliver_due().unwrap(), None);
    assert_eq!(world.relay.deliver_due().unwrap(), None);
    let inbox = bruno.emails("inbox").await;
    assert_eq!((inbox.len(), &inbox[0]["messageId"]), (1, &json!(["sent@exemple.fr"])));
    let letters = anne.call("Letter/get", json!({"ids": null})).await["list"].clone();
    assert_eq!((&letters[0]["undoStatus"], &letters[1]["undoStatus"]), (&json!("final"), &json!("canceled")));
    assert_eq!(letters[0]["deliveryStatus"][BRUNO]["deliveredAt"], "2026-11-23T08:30:10Z");
    let late = json!({"letterId": letters[0]["id"]});
    anne.fails("Letter/cancel", late.clone(), "cannotUnsend").await;
    bruno.fails("Letter/cancel", late, "notFound").await;
}

#[tokio::test]
async fn at_its_time_a_letter_can_no_longer_be_undone() {
    let world = World::new();
    let (anne, _bruno) = (world.member(ANNE), world.member(BRUNO));
    let mut request = anne.letter_to("l-1", &[BRUNO]).await;
    request["sendAt"] = json!("2026-11-23T08:30:10Z");
    let answer = anne.call("Letter/send", request).await;
    world.clock.advance(10);
    anne.fails("Letter/cancel", json!({"letterId": answer["letterId"]}), "cannotUnsend").await;
}

#[tokio::test]
async fn the_draft_goes_with_the_sending() {
    let world = World::new();
    let (anne, _bruno) = (world.member(ANNE), world.member(BRUNO));
    let draft = anne.import(&letter(ANNE, "draft"), "drafts").await;
    let mut request = anne.letter_to("l-1", &[BRUNO]).await;
    request["onSuccessDestroyEmail"] = json!(draft);
    request["envelopes"][0]["rcptTo"] = json!(["nobody@exemple.fr"]);
    anne.fails("Letter/send", request.clone(), "invalidRecipients").await;
    assert_eq!(anne.emails("drafts").await.len(), 1, "a refused sending keeps the draft");
    request["envelopes"][0]["rcptTo"] = json!([BRUNO]);
    anne.call("Letter/send", request).await;
    assert!(anne.emails("drafts").await.is_empty());
}

#[tokio::test]
async fn malformed_sendings_are_refused_by_name() {
    let world = World::new();
    let (anne, _bruno) = (world.member(ANNE), world.member(BRUNO));
    let sound = anne.letter_to("l-1", &[BRUNO]).await;
    for (pointer, value, kind) in [
        ("/clientLetterId", json!(""), "invalidArguments"),
        ("/clientLetterId", json!("a b"), "invalidArguments"),
        ("/clientLetterId", json!("a".repeat(65)), "invalidArguments"),
        ("/envelopes", json!([]), "invalidArguments"),
        ("/envelopes/0/rcptTo", json!([]), "invalidArguments"),
        ("/envelopes/0/blobId", json!("0".repeat(64)), "blobNotFound"),
        ("/envelopes/0/blobId", json!("../../x"), "blobNotFound"),
        ("/sentCopy/cardBlobId", json!("0".repeat(64)), "blobNotFound"),
        ("/sentCopy", json!(null), "invalidArguments"),
    ] {
        let mut request = sound.clone();
        *request.pointer_mut(pointer).unwrap() = value;
        anne.fails("Letter/send", request, kind).await;
    }
    for wrong in ["tomorrow", "2027-11-23T08:30:10Z"] {
        let mut request = sound.clone();
        request["sendAt"] = json!(wrong);
        anne.fails("Letter/send", request, "invalidArguments").await;
    }
    let mut many = sound.clone();
    many["envelopes"] = json!(vec![sound["envelopes"][0].clone(); 101]);
    anne.fails("Letter/send", many, "invalidArguments").await;
    assert!(anne.emails("sent").await.is_empty());
}

#[tokio::test]
async fn another_members_upload_cannot_be_sent() {
    let world = World::new();
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let mut request = anne.letter_to("l-1", &[BRUNO]).await;
    request["envelopes"][0]["blobId"] = json!(bruno.upload(&letter(ANNE, "his")).await);
    anne.fails("Letter/send", request, "blobNotFound").await;
}
