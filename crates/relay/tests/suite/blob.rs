//! Blobs within method calls (RFC 9404).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sceau_relay::limits;
use serde_json::{Value, json};

use super::world::{ANNE, BRUNO, Member, World, letter};

const FOX: &str = "The quick brown fox jumped over the lazy dog.";
/// Two octets that are no UTF-8 among text.
const HALF_TEXT: &[u8] = b"The quick brown fox jumped over the \x81\x81 dog.";

async fn made(member: &Member<'_>, data: Value) -> Value {
    let answer = member.call("Blob/upload", json!({"create": {"b": {"data": data}}})).await;
    assert_eq!(answer["notCreated"], json!(null), "{answer}");
    answer["created"]["b"].clone()
}

async fn refused(member: &Member<'_>, object: Value) -> Value {
    let answer = member.call("Blob/upload", json!({"create": {"b": object}})).await;
    assert_eq!(answer["created"], json!(null), "{answer}");
    answer["notCreated"]["b"].clone()
}

async fn got(member: &Member<'_>, blob: &str, arguments: Value) -> Value {
    let mut arguments = arguments;
    arguments["ids"] = json!([blob]);
    member.call("Blob/get", arguments).await["list"][0].clone()
}

#[tokio::test]
async fn the_session_says_what_blobs_may_be() {
    let world = World::new();
    let anne = world.member(ANNE);
    let session = anne.get("/jmap/session").await.json;
    let blob = "urn:ietf:params:jmap:blob";
    assert_eq!(session["capabilities"][blob], json!({}));
    assert_eq!(
        session["accounts"][&anne.account]["accountCapabilities"][blob],
        json!({"maxSizeBlobSet": 120_000_000, "maxDataSources": 64, "supportedTypeNames": ["Email", "Mailbox", "Thread"],
            "supportedDigestAlgorithms": ["sha-256", "sha"]})
    );
}

#[tokio::test]
async fn pieces_of_earlier_blobs_make_new_ones() {
    let world = World::new();
    let anne = world.member(ANNE);
    let pieces = json!([
        {"data:asText": "How"}, {"blobId": "#b4", "offset": 3, "length": 7}, {"data:asText": "was t"},
        {"blobId": "#b4", "length": 1, "offset": 1}, {"data:asBase64": "YXQ/"}]);
    let answers = anne
        .calls(&[
            (
                "Blob/upload",
                json!({"create": {"b4": {"data": [{"data:asText": FOX}], "type": "text/plain"}}}),
            ),
            ("Blob/upload", json!({"create": {"cat": {"data": pieces}}})),
            ("Blob/get", json!({"ids": ["#cat"], "properties": ["data:asText", "size"]})),
        ])
        .await;
    let first = &answers[0].1["created"]["b4"];
    assert_eq!((&first["type"], &first["size"]), (&json!("text/plain"), &json!(FOX.len())));
    assert_eq!(answers[1].1["created"]["cat"]["type"], json!(null));
    let found = &answers[2].1["list"][0];
    assert_eq!(
        (&found["data:asText"], &found["size"]),
        (&json!("How quick was that?"), &json!(19)),
        "{answers:?}"
    );
    assert_eq!(found["id"], answers[1].1["created"]["cat"]["id"]);
    assert_eq!(anne.download(found["id"].as_str().unwrap()).await.bytes, b"How quick was that?");
    assert_eq!(made(&anne, json!([])).await["size"], 0);
}

#[tokio::test]
async fn a_blob_made_in_a_request_becomes_a_letter_in_the_same() {
    let world = World::new();
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let inbox = anne.mailbox("inbox").await;
    let object = |id: &str| json!({"data": [{"data:asBase64": STANDARD.encode(letter(ANNE, id))}]});
    let send = json!({"clientLetterId": "l-1", "sentCopy": {"blobId": "#copy", "cardBlobId": "#card"},
        "envelopes": [{"blobId": "#main", "cardBlobId": "#card", "rcptTo": [BRUNO]}]});
    let calls = [
        (
            "Blob/upload",
            json!({"create": {"copy": object("copy"), "card": object("card"), "main": object("main")}}),
        ),
        (
            "Email/import",
            json!({"emails": {"e": {"blobId": "#main", "cardBlobId": "#card", "heldBlobIds": ["#copy"], "mailboxIds": {inbox: true}}}}),
        ),
        ("Letter/send", send),
    ];
    let answers = anne.calls(&calls).await;
    assert_eq!(answers[1].1["notCreated"], json!(null), "{answers:?}");
    assert_eq!(answers[2].0, "Letter/send", "{answers:?}");
    let again = anne.calls(&calls).await;
    assert_eq!(again[2].1["letterId"], answers[2].1["letterId"], "the same bytes are the same letter");
    let received = bruno.emails("inbox").await;
    assert_eq!(received.len(), 1);
    assert_eq!(received[0]["blobId"], answers[0].1["created"]["main"]["id"]);
    let unknown =
        json!({"emails": {"e": {"blobId": "#none", "mailboxIds": {anne.mailbox("inbox").await: true}}}});
    let answer = anne.call("Email/import", unknown).await;
    assert_eq!(answer["notCreated"]["e"]["notFound"], json!(["#none"]));
}

#[tokio::test]
async fn sources_that_are_none_are_refused_alone() {
    let world = World::new();
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let (hers, his) = (anne.upload(b"hers").await, bruno.upload(b"his own").await);
    for data in [
        json!([{}]),
        json!(["text"]),
        json!([{"data:asText": "a", "data:asBase64": "AA=="}]),
        json!([{"data:asText": "a", "offset": 1}]),
        json!([{"data:asText": 7}]),
        json!([{"data:asBase64": "AA"}]),
        json!([{"data:asBase64": "A A="}]),
        json!([{"data:asText": "a", "more": 1}]),
        json!([{"blobId": hers, "offset": 5}]),
        json!([{"blobId": hers, "length": 5}]),
        json!([{"blobId": hers, "offset": 1, "length": u64::MAX}]),
        json!([{"blobId": hers, "offset": -1}]),
        json!(vec![json!({"data:asText": "a"}); 65]),
        json!("text"),
    ] {
        let error = refused(&anne, json!({"data": data})).await;
        assert_eq!(
            (&error["type"], &error["properties"]),
            (&json!("invalidProperties"), &json!(["data"])),
            "{data}"
        );
    }
    for object in [json!({}), json!({"data": [], "size": 7}), json!({"data": [], "type": 7})] {
        assert_eq!(refused(&anne, object.clone()).await["type"], "invalidProperties", "{object}");
    }
    for blob in [his.as_str(), "#b", "#none", "../x", ""] {
        let error = refused(&anne, json!({"data": [{"blobId": blob}]})).await;
        assert_eq!(
            (&error["type"], &error["notFound"]),
            (&json!("blobNotFound"), &json!([blob])),
            "somebody else's, a neighbour's or nobody's"
        );
    }
    let mixed = json!({"create": {"good": {"data": [{"data:asText": "a"}]}, "bad": {"data": 1}}});
    let answer = anne.call("Blob/upload", mixed).await;
    assert_eq!(
        (&answer["created"]["good"]["size"], answer["notCreated"]["bad"].is_object()),
        (&json!(1), true)
    );
    anne.fails("Blob/upload", json!({"create": {"b": []}}), "invalidArguments").await;
    anne.fails("Blob/upload", json!({}), "invalidArguments").await;
    let full = json!(vec![json!({"data:asText": "a"}); 64]);
    assert_eq!(made(&anne, full).await["size"], 64);
}

#[tokio::test]
async fn short_requests_cannot_make_long_work() {
    let world = World::new();
    let anne = world.member(ANNE);
    let large = anne.upload(&vec![b'x'; 11_000_000]).await;
    let copies = |count: usize| json!({"data": vec![json!({"blobId": large}); count]});
    let error = refused(&anne, copies(11)).await;
    assert_eq!(error["type"], "tooLarge", "121 million octets are more than maxSizeBlobSet");
    anne.fails("Blob/upload", json!({"create": {"a": copies(6), "b": copies(5)}}), "requestTooLarge").await;
    anne.fails("Blob/get", json!({"ids": [large], "properties": ["data"]}), "requestTooLarge").await;
    let digest = got(&anne, &large, json!({"properties": ["digest:sha-256"]})).await;
    assert!(digest["digest:sha-256"].is_string(), "nothing of it is carried: {digest}");
    let hash = ("Blob/get", json!({"ids": [large], "properties": ["digest:sha"]}));
    let answers = anne.calls(&vec![hash; 11]).await;
    assert_eq!((answers[9].0.as_str(), answers[10].0.as_str()), ("Blob/get", "error"));
    let part = got(&anne, &large, json!({"offset": 10_999_999, "length": 1})).await;
    assert_eq!(part["data:asText"], "x");
    let many: serde_json::Map<String, Value> =
        (0..=limits::OBJECTS_IN_SET).map(|at| (format!("b{at}"), json!({"data": []}))).collect();
    anne.fails("Blob/upload", json!({"create": many}), "requestTooLarge").await;
    let small: serde_json::Map<String, Value> =
        (0..400).map(|at| (format!("b{at}"), json!({"data": []}))).collect();
    let answers = anne.calls(&vec![("Blob/upload", json!({"create": small})); 5]).await;
    assert_eq!(answers[4].1["type"], "requestTooLarge", "every blob is two syncs to disk");
}

#[tokio::test]
async fn octets_come_as_text_where_they_are_text() {
    let world = World::new();
    let anne = world.member(ANNE);
    let blob = anne.upload(HALF_TEXT).await;
    let size = HALF_TEXT.len();
    let base64 = STANDARD.encode(HALF_TEXT);
    assert_eq!(
        got(&anne, &blob, json!({})).await,
        json!({"id": blob, "size": size, "data:asBase64": base64, "isEncodingProblem": true})
    );
    assert_eq!(
        got(&anne, &blob, json!({"properties": ["data:asText", "size"]})).await,
        json!({"id": blob, "size": size, "data:asText": null, "isEncodingProblem": true})
    );
    assert_eq!(
        got(&anne, &blob, json!({"properties": ["data:asBase64", "isEncodingProblem", "isTruncated"]})).await,
        json!({"id": blob, "data:asBase64": base64, "isEncodingProblem": false, "isTruncated": false})
    );
    assert_eq!(
        got(&anne, &blob, json!({"offset": 0, "length": 5})).await,
        json!({"id": blob, "size": size, "data:asText": "The q"}),
        "the size is the whole blob's"
    );
    assert_eq!(
        got(&anne, &blob, json!({"offset": 20, "length": 100})).await,
        json!({"id": blob, "size": size, "data:asBase64": STANDARD.encode(&HALF_TEXT[20..]), "isEncodingProblem": true,
            "isTruncated": true})
    );
    for (range, text, truncated) in [
        (json!({"offset": 38}), " dog.", json!(null)),
        (json!({"offset": 43}), "", json!(null)),
        (json!({"offset": 44}), "", json!(true)),
        (json!({"offset": u64::MAX, "length": u64::MAX}), "", json!(true)),
        (json!({"offset": 38, "length": 0}), "", json!(null)),
    ] {
        let found = got(&anne, &blob, range.clone()).await;
        assert_eq!((&found["data:asText"], &found["isTruncated"]), (&json!(text), &truncated), "{range}");
    }
}

#[tokio::test]
async fn digests_are_of_the_range() {
    let world = World::new();
    let anne = world.member(ANNE);
    let blob = anne.upload(FOX.as_bytes()).await;
    let properties = json!(["digest:sha", "digest:sha-256"]);
    let found = got(&anne, &blob, json!({"properties": properties, "offset": 4, "length": 9})).await;
    // "quick bro", by openssl.
    assert_eq!(found["digest:sha"], "QiRAPtfyX8K6tm1iOAtZ87Xj3Ww=");
    assert_eq!(found["digest:sha-256"], "gdg9INW7lwHK6OQ9u0dwDz2ZY/gubi0En0xlFpKt0OA=");
    assert_eq!(found.as_object().unwrap().len(), 3, "no data was asked for: {found}");
    let whole = got(&anne, &blob, json!({"properties": ["digest:sha-256"]})).await;
    assert_eq!(whole["digest:sha-256"], STANDARD.encode(hex_octets(&blob)), "a blob's id is its digest");
    for unknown in ["digest:md5", "digest:SHA-256", "digest:", "name", ""] {
        anne.fails("Blob/get", json!({"ids": [blob], "properties": [unknown]}), "invalidArguments").await;
    }
}

fn hex_octets(text: &str) -> Vec<u8> {
    text.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

#[tokio::test]
async fn only_ones_own_blobs_are_found() {
    let world = World::new();
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let (hers, his) = (anne.upload(b"hers").await, bruno.upload(b"his").await);
    let asked = json!({"ids": [hers, hers, his, "#none", "../../etc/passwd", ""], "properties": ["size"]});
    let answer = anne.call("Blob/get", asked).await;
    assert_eq!(answer["list"], json!([{"id": hers, "size": 4}]));
    assert_eq!(answer["notFound"], json!([his, "#none", "../../etc/passwd", ""]));
    anne.fails("Blob/get", json!({"ids": null}), "invalidArguments").await;
    let many: Vec<String> = (0..=limits::OBJECTS_IN_GET).map(|at| at.to_string()).collect();
    anne.fails("Blob/get", json!({"ids": many}), "requestTooLarge").await;
    anne.fails("Blob/lookup", json!({"typeNames": [], "ids": many}), "requestTooLarge").await;
    world.clock.advance(limits::UNREFERENCED_BLOB_LIFETIME);
    assert_eq!(
        anne.call("Blob/get", json!({"ids": [hers]})).await["notFound"],
        json!([hers]),
        "its hour is over"
    );
}

#[tokio::test]
async fn a_blob_tells_what_refers_to_it() {
    let world = World::new();
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let loose = anne.upload(b"loose").await;
    let request = anne.letter_to("l-1", &[BRUNO, ANNE]).await;
    let blob = |path: &str| request.pointer(path).unwrap().as_str().unwrap().to_owned();
    let (main, copy, card) =
        (blob("/envelopes/0/blobId"), blob("/sentCopy/blobId"), blob("/sentCopy/cardBlobId"));
    anne.call("Letter/send", request.clone()).await;
    let (sent, inbox) = (anne.emails("sent").await.remove(0), anne.emails("inbox").await.remove(0));
    let lookup =
        json!({"typeNames": ["Mailbox", "Thread", "Email"], "ids": [main, copy, card, loose, "not-a-blob"]});
    let answer = anne.call("Blob/lookup", lookup.clone()).await;
    let of = |emails: &[&Value]| {
        let list = |member: &str| {
            let mut ids: Vec<&Value> = emails.iter().map(|email| &email[member]).collect();
            ids.sort_by_key(|id| id.as_str());
            ids.dedup();
            json!(ids)
        };
        let mut mailboxes: Vec<String> = emails
            .iter()
            .flat_map(|email| email["mailboxIds"].as_object().unwrap().keys().cloned())
            .collect();
        mailboxes.sort();
        json!({"Email": list("id"), "Thread": list("threadId"), "Mailbox": mailboxes})
    };
    let list = answer["list"].as_array().unwrap();
    assert_eq!(list[0], json!({"id": main, "matchedIds": of(&[&inbox])}));
    assert_eq!(list[1], json!({"id": copy, "matchedIds": of(&[&sent])}));
    assert_eq!(list[2], json!({"id": card, "matchedIds": of(&[&sent, &inbox])}));
    assert_eq!(list[3]["matchedIds"], json!({"Email": [], "Mailbox": [], "Thread": []}));
    assert_eq!(answer["notFound"], json!(["not-a-blob"]));
    let his = bruno.call("Blob/lookup", lookup).await;
    assert_eq!(his["notFound"], json!([copy, loose, "not-a-blob"]));
    let theirs = bruno.emails("inbox").await.remove(0);
    assert_eq!(his["list"][0]["matchedIds"], of(&[&theirs]), "his own Emails, not hers");
    let only = anne.call("Blob/lookup", json!({"typeNames": ["Email"], "ids": [main]})).await;
    assert_eq!(only["list"][0]["matchedIds"], json!({"Email": [inbox["id"]]}));
    for unknown in ["Letter", "email", "", "*"] {
        anne.fails("Blob/lookup", json!({"typeNames": [unknown], "ids": []}), "unknownDataType").await;
    }
    anne.fails("Blob/lookup", json!({"typeNames": null, "ids": []}), "invalidArguments").await;
}
