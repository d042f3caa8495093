//! The door: ciphertext only, and our own letters say no more outside than they must.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::world::{ANNE, AUTH_ENVELOPED, BRUNO, Member, SIGNED, WRAPPING, World, cms, letter, letter_with};

async fn refused(member: &Member<'_>, message: &[u8]) -> Value {
    let mut request = member.letter_to("l-1", &[BRUNO]).await;
    request["envelopes"][0]["blobId"] = json!(member.upload(message).await);
    member.fails("Letter/send", request, "letterRefused").await
}

fn wrapped(kind: &[u8]) -> Vec<u8> {
    let body = STANDARD.encode(cms(kind, b"x"));
    format!("From: {ANNE}\r\n{WRAPPING}\r\n{body}\r\n").into_bytes()
}

#[tokio::test]
async fn clear_letters_are_refused_with_a_reason() {
    let world = World::new();
    let (anne, _bruno) = (world.member(ANNE), world.member(BRUNO));
    let text = format!("From: {ANNE}\r\nContent-Type: text/plain\r\n\r\nBonjour\r\n");
    let signed = "MIME-Version: 1.0\r\nContent-Type: multipart/signed; boundary=x\r\n\r\n--x\r\n\r\nBonjour\r\n--x--\r\n";
    let pretender = format!("From: {ANNE}\r\n{WRAPPING}\r\n{}\r\n", STANDARD.encode("Bonjour"));
    let no_base64 = format!("From: {ANNE}\r\n{WRAPPING}\r\nBonjour, Docteur !\r\n");
    let twice = format!(
        "From: {ANNE}\r\nContent-Type: text/plain\r\n{WRAPPING}\r\n{}\r\n",
        STANDARD.encode(cms(AUTH_ENVELOPED, b"x"))
    );
    let quoted = format!(
        "From: {ANNE}\r\nContent-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nx\r\n"
    );
    for (message, reason) in [
        (text.into_bytes(), "not_sealed"),
        (format!("From: {ANNE}\r\n\r\nBonjour\r\n").into_bytes(), "not_sealed"),
        (format!("From: {ANNE}\r\n{signed}").into_bytes(), "not_sealed"),
        (wrapped(SIGNED), "not_sealed"),
        (pretender.into_bytes(), "not_cms"),
        (no_base64.into_bytes(), "not_cms"),
        (quoted.into_bytes(), "not_cms"),
        (twice.into_bytes(), "unreadable"),
        (b"\r\nno header".to_vec(), "unreadable"),
        (b"From: x".to_vec(), "unreadable"),
        (cms(AUTH_ENVELOPED, b"bare"), "unreadable"),
    ] {
        let error = refused(&anne, &message).await;
        assert_eq!(error["reason"], reason, "{}", String::from_utf8_lossy(&message));
        assert!(error["blobId"].is_string() && error["description"].is_string());
    }
    assert!(anne.emails("sent").await.is_empty());
}

#[tokio::test]
async fn our_own_letters_say_no_more_outside_than_they_must() {
    let world = World::new();
    let (anne, _bruno) = (world.member(ANNE), world.member(BRUNO));
    let from = format!("From: <{ANNE}>\r\n");
    for (headers, reason, header) in [
        (format!("{from}Bcc: {BRUNO}\r\n"), "header_not_allowed", json!("Bcc")),
        (format!("{from}X-Mailer: y\r\n"), "header_not_allowed", json!("X-Mailer")),
        (format!("{from}Reply-To: {ANNE}\r\n"), "header_not_allowed", json!("Reply-To")),
        (format!("{from}Subject: Bonjour\r\n"), "subject_not_hidden", json!(null)),
        (format!("From: Anne <{ANNE}>\r\n"), "name_not_hidden", json!(null)),
        (format!("{from}To: {BRUNO} (Bruno)\r\n"), "name_not_hidden", json!(null)),
        (
            format!("{from}To: {BRUNO}\r\nTo: Bruno <{BRUNO}>\r\nTo: {BRUNO}\r\n"),
            "name_not_hidden",
            json!(null),
        ),
        (format!("{from}Cc: \"Patients\": {BRUNO};\r\n"), "name_not_hidden", json!(null)),
        (format!("From: {BRUNO}\r\n"), "wrong_sender", json!(null)),
        (format!("From: {ANNE}, {BRUNO}\r\n"), "wrong_sender", json!(null)),
        ("To: x@y\r\n".to_owned(), "unreadable", json!(null)),
        (format!("{from}{from}"), "unreadable", json!(null)),
    ] {
        let error = refused(&anne, &letter_with(&headers, "x")).await;
        assert_eq!((&error["reason"], &error["header"]), (&json!(reason), &header), "{headers}");
    }
}

#[tokio::test]
async fn the_senders_copy_and_the_cards_pass_the_same_door() {
    let world = World::new();
    let (anne, _bruno) = (world.member(ANNE), world.member(BRUNO));
    let clear = anne.upload(format!("From: {ANNE}\r\n\r\nBonjour\r\n").as_bytes()).await;
    for pointer in ["/sentCopy/blobId", "/sentCopy/cardBlobId", "/envelopes/0/cardBlobId"] {
        let mut request = anne.letter_to("l-1", &[BRUNO]).await;
        *request.pointer_mut(pointer).unwrap() = json!(clear);
        let error = anne.fails("Letter/send", request, "letterRefused").await;
        assert_eq!(error["blobId"], json!(clear), "{pointer}");
    }
}

#[tokio::test]
async fn binary_and_mixed_case_wrappings_pass() {
    let world = World::new();
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let mut binary = format!(
        "FROM: {ANNE}\nCONTENT-TYPE: Application/X-PKCS7-MIME\nContent-Transfer-Encoding: BINARY\n\n"
    )
    .into_bytes();
    binary.extend(cms(AUTH_ENVELOPED, &[0, 13, 10, 255]));
    let mut request = anne.letter_to("l-1", &[BRUNO]).await;
    request["envelopes"][0]["blobId"] = json!(anne.upload(&binary).await);
    anne.call("Letter/send", request).await;
    let blob = bruno.emails("inbox").await[0]["blobId"].clone();
    assert_eq!(bruno.download(blob.as_str().unwrap()).await.bytes, binary);
}

#[tokio::test]
async fn what_is_imported_may_be_anybodys_but_not_clear() {
    let world = World::new();
    let anne = world.member(ANNE);
    let foreign = letter_with("From: x@ailleurs.fr\r\nSubject: Outside\r\nX-Mailer: y\r\n", "x");
    anne.import(&foreign, "inbox").await;
    let clear = anne.upload(b"From: x@y\r\n\r\nBonjour\r\n").await;
    let inbox = anne.mailbox("inbox").await;
    let emails = json!({"x": {"blobId": clear, "mailboxIds": {inbox: true}}});
    let answer = anne.call("Email/import", json!({"emails": emails})).await;
    assert_eq!(
        (&answer["created"], &answer["notCreated"]["x"]["type"]),
        (&json!(null), &json!("invalidEmail"))
    );
    assert_eq!(answer["notCreated"]["x"]["reason"], "not_sealed");
    assert_eq!(anne.emails("inbox").await.len(), 1);
}

#[tokio::test]
async fn submission_has_the_same_door() {
    let world = World::new();
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let identity = anne.call("Identity/get", json!({"ids": null})).await["list"][0]["id"].clone();
    let foreign = anne.import(&letter_with("From: x@ailleurs.fr\r\n", "x"), "inbox").await;
    let says_more =
        anne.import(&letter_with(&format!("From: {ANNE}\r\nX-Mailer: y\r\n"), "y"), "inbox").await;
    let sound = anne.import(&letter(ANNE, "z"), "drafts").await;
    let create = |email: &str| {
        json!({"identityId": identity, "emailId": email, "envelope": {
        "mailFrom": {"email": ANNE}, "rcptTo": [{"email": BRUNO}]}})
    };
    let set = json!({"create": {"a": create(&foreign), "b": create(&says_more), "c": create(&sound)}});
    let answer = anne.call("EmailSubmission/set", set).await;
    assert_eq!(answer["notCreated"]["a"]["type"], "forbiddenFrom");
    assert_eq!(
        (&answer["notCreated"]["b"]["type"], &answer["notCreated"]["b"]["header"]),
        (&json!("invalidEmail"), &json!("X-Mailer"))
    );
    assert_eq!(answer["created"]["c"]["undoStatus"], "final");
    assert_eq!(bruno.emails("inbox").await.len(), 1);
}
