//! Ways in: enrolment, log-in, change, log-out, and what is refused.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use opaque_ke::ClientLogin;
use sceau_relay::RelaySuite;
use serde_json::{Value, json};

use super::{
    opaque::{Rng, SLOTS, begin_registration, end_registration, enrol, log_in},
    world::{ANNE, Answer, BRUNO, Member, World},
};

const PASS: &str = "correct horse battery staple";

async fn enrolled(world: &World) -> Answer {
    let code = world.relay.add_account(ANNE, Some("Anne"), &[]).unwrap().unwrap().enrolment_code;
    let answer = enrol(world, ANNE, &code, PASS).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.json);
    answer
}

fn member<'a>(world: &'a World, signed_in: &Value) -> Member<'a> {
    let text = |name: &str| signed_in[name].as_str().unwrap().to_owned();
    Member { world, address: ANNE.to_owned(), account: text("accountId"), token: text("token") }
}

#[tokio::test]
async fn enrolment_opens_both_ways_in_and_fills_the_vault() {
    let world = World::new();
    let first = enrolled(&world).await.json;
    assert_eq!(first["lastSignIn"], json!(null));
    assert_eq!(first["serverTime"], "2026-11-23T08:30:00Z");
    assert_eq!(first["wrap"], STANDARD.encode("wrap of passphrase 1"));
    let vault = member(&world, &first).call("Vault/get", json!({"ids": null})).await;
    assert_eq!(vault["list"], json!([{"id": "keys", "version": 1, "data": STANDARD.encode("sealed keys")}]));
    for (slot, secret) in [(SLOTS[0], PASS.to_owned()), (SLOTS[1], format!("r-{PASS}"))] {
        let again = log_in(&world, &ANNE.to_uppercase(), slot, &secret).await;
        let again = again.unwrap_or_else(|_| panic!("{slot} does not open"));
        assert_eq!((&again["slot"], &again["slotVersion"]), (&json!(slot), &json!(1)));
        assert_eq!(again["lastSignIn"]["at"], "2026-11-23T08:30:00Z");
        assert_eq!(member(&world, &again).get("/jmap/session").await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_code_is_good_once_and_for_its_time() {
    let world = World::new();
    let code = world.relay.add_account(ANNE, None, &[]).unwrap().unwrap().enrolment_code;
    let wrong = enrol(&world, ANNE, "0000-0000-0000-0000", PASS).await;
    assert_eq!(
        (wrong.status, &wrong.json["type"]),
        (StatusCode::UNAUTHORIZED, &json!("urn:sceau:problem:bad_credentials"))
    );
    let other = enrol(&world, "nobody@exemple.fr", &code, PASS).await;
    assert_eq!((other.status, &other.json["type"]), (wrong.status, &wrong.json["type"]));
    assert_eq!(enrol(&world, ANNE, &code.to_lowercase(), PASS).await.status, StatusCode::OK);
    assert_eq!(enrol(&world, ANNE, &code, PASS).await.status, StatusCode::UNAUTHORIZED);
    assert!(world.relay.add_account(ANNE, None, &[]).unwrap().is_none());
    let late = world.relay.add_account("late@exemple.fr", None, &[]).unwrap().unwrap().enrolment_code;
    world.clock.advance(sceau_relay::limits::ENROLMENT_CODE_LIFETIME);
    assert_eq!(enrol(&world, "late@exemple.fr", &late, PASS).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_incomplete_enrolment_changes_nothing() {
    let world = World::new();
    let code = world.relay.add_account(ANNE, None, &[]).unwrap().unwrap().enrolment_code;
    let (state, slots) = begin_registration(&[(SLOTS[0], PASS)]);
    let start = json!({"address": ANNE, "code": code, "slots": slots});
    let started = world.post("/auth/enrol/start", &start).await;
    let records = end_registration(state, &started.json);
    let finish = json!({"address": ANNE, "code": code, "slots": records});
    assert_eq!(world.post("/auth/enrol/finish", &finish).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(enrol(&world, ANNE, &code, PASS).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_wrong_pass_phrase_and_an_unknown_address_look_the_same() {
    let world = World::new();
    enrolled(&world).await;
    let mut lengths = Vec::new();
    for address in [ANNE, "nobody@exemple.fr"] {
        // OPAQUE's client notices by itself: nothing to finish with.
        assert!(matches!(log_in(&world, address, SLOTS[0], "wrong").await, Err(None)), "{address}");
        let (_, slots) = begin_registration(&[(SLOTS[0], "x")]);
        let request = json!({"address": address, "slot": "passphrase", "request": slots[0]["request"]});
        let answer = world.post("/auth/login/start", &request).await;
        // A registration message is no log-in message: refused alike as well.
        lengths.push((answer.status, answer.json["type"].clone(), answer.bytes.len()));
    }
    assert_eq!(lengths[0], lengths[1]);
}

#[tokio::test]
async fn a_forged_last_message_is_refused_and_a_log_in_is_used_once() {
    let world = World::new();
    enrolled(&world).await;
    let forged = json!({"loginId": "00", "finalization": STANDARD.encode([0; 64])});
    let answer = world.post("/auth/login/finish", &forged).await;
    assert_eq!(answer.json["type"], "urn:sceau:problem:bad_credentials");
    assert!(answer.json["operation"].as_str().is_some_and(|number| answer.headers["x-operation"] == *number));
    assert_eq!(answer.headers["www-authenticate"], "Bearer");
}

#[tokio::test]
async fn guessing_is_limited_per_way_in_for_known_and_unknown_addresses() {
    let world = World::new();
    enrolled(&world).await;
    for address in [ANNE, "nobody@exemple.fr"] {
        for _ in 0..sceau_relay::limits::LOGIN_ATTEMPTS {
            assert!(matches!(log_in(&world, address, SLOTS[0], "wrong").await, Err(None)));
        }
        let Err(Some(refused)) = log_in(&world, address, SLOTS[0], PASS).await else { panic!("not refused") };
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(refused.json["type"], "urn:sceau:problem:too_many_attempts");
        assert_eq!(
            (&refused.json["retryAfter"], &refused.headers["retry-after"]),
            (&json!(900), &"900".parse().unwrap())
        );
    }
    let other_way = log_in(&world, ANNE, SLOTS[1], &format!("r-{PASS}")).await;
    assert!(other_way.is_ok(), "the recovery code is not locked by guesses of the pass phrase");
    world.clock.advance(sceau_relay::limits::LOGIN_WINDOW);
    assert!(log_in(&world, ANNE, SLOTS[0], PASS).await.is_ok());
}

#[tokio::test]
async fn codes_cannot_be_guessed_either() {
    let world = World::new();
    let code = world.relay.add_account(ANNE, None, &[]).unwrap().unwrap().enrolment_code;
    for _ in 0..sceau_relay::limits::LOGIN_ATTEMPTS {
        assert_eq!(enrol(&world, ANNE, "wrong", PASS).await.status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(enrol(&world, ANNE, "wrong", PASS).await.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(enrol(&world, ANNE, &code, PASS).await.status, StatusCode::TOO_MANY_REQUESTS);
    world.clock.advance(sceau_relay::limits::LOGIN_WINDOW);
    assert_eq!(enrol(&world, ANNE, &code, PASS).await.status, StatusCode::OK);
}

#[tokio::test]
async fn sessions_end_by_log_out_by_time_and_by_a_change_elsewhere() {
    let world = World::new();
    let first = enrolled(&world).await.json;
    let second = log_in(&world, ANNE, SLOTS[0], PASS).await.unwrap_or_else(|_| panic!("log-in"));
    let (first, second) = (member(&world, &first), member(&world, &second));
    assert_eq!(first.post("/auth/logout", &json!({})).await.status, StatusCode::NO_CONTENT);
    let refused = first.get("/jmap/session").await;
    assert_eq!(
        (refused.status, &refused.json["type"]),
        (StatusCode::UNAUTHORIZED, &json!("urn:sceau:problem:session_ended"))
    );
    assert_eq!(second.get("/jmap/session").await.status, StatusCode::OK);
    world.clock.advance(sceau_relay::limits::SESSION_LIFETIME);
    for path in ["/jmap/session", "/jmap/eventsource/?types=*&closeafter=no&ping=0"] {
        assert_eq!(second.get(path).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    let call = json!({"using": [], "methodCalls": []});
    assert_eq!(second.post("/jmap/api", &call).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(second.try_upload(b"x").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_change_replaces_record_wrap_and_vault_together_and_ends_other_sessions() {
    let world = World::new();
    let other = enrolled(&world).await.json;
    let fresh = log_in(&world, ANNE, SLOTS[0], PASS).await.unwrap_or_else(|_| panic!("log-in"));
    let (other, fresh) = (member(&world, &other), member(&world, &fresh));
    let (state, slots) = begin_registration(&[(SLOTS[0], "a new one")]);
    let started = fresh.post("/auth/change/start", &json!({"slots": slots})).await;
    assert_eq!(started.json["slots"][0]["version"], 2);
    let slots = end_registration(state, &started.json);
    let stale = json!({"slots": slots, "vault": [{"id": "keys", "ifVersion": 7, "data": "AA=="}]});
    let refused = fresh.post("/auth/change/finish", &stale).await;
    assert_eq!(
        (refused.status, &refused.json["type"]),
        (StatusCode::CONFLICT, &json!("urn:sceau:problem:version_conflict"))
    );
    assert!(
        log_in(&world, ANNE, SLOTS[0], PASS).await.is_ok(),
        "a refused change must leave the old pass phrase"
    );
    let sound = json!({"slots": slots, "vault": [{"id": "keys", "ifVersion": 1, "data": "AA=="}]});
    let changed = fresh.post("/auth/change/finish", &sound).await;
    assert_eq!(changed.json["slots"], json!([{"slot": "passphrase", "version": 2}]));
    assert_eq!(other.get("/jmap/session").await.status, StatusCode::UNAUTHORIZED);
    let vault = fresh.call("Vault/get", json!({"ids": ["keys"]})).await;
    assert_eq!(vault["list"][0]["version"], 2);
    assert!(matches!(log_in(&world, ANNE, SLOTS[0], PASS).await, Err(None)));
    let again = log_in(&world, ANNE, SLOTS[0], "a new one").await.unwrap_or_else(|_| panic!("log-in"));
    assert_eq!(
        (&again["slotVersion"], &again["wrap"]),
        (&json!(2), &json!(STANDARD.encode("wrap of passphrase 2")))
    );
}

#[tokio::test]
async fn stretching_is_kept_per_way_in_and_weak_or_endless_ones_are_refused() {
    let world = World::new();
    enrolled(&world).await;
    let fresh = log_in(&world, ANNE, SLOTS[0], PASS).await.unwrap_or_else(|_| panic!("log-in"));
    let fresh = member(&world, &fresh);
    let recommended = json!({"memoryKib": 65_536, "passes": 3, "lanes": 1});
    assert_eq!(
        stretching(&world, ANNE, SLOTS[0]).await,
        recommended,
        "what a client without the member used"
    );
    for wrong in [
        json!({"memoryKib": 65_535, "passes": 3, "lanes": 1}),
        json!({"memoryKib": 65_536, "passes": 1_000, "lanes": 1}),
    ] {
        let refused = change_with(&fresh, &wrong).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
    let stronger = json!({"memoryKib": 131_072, "passes": 4, "lanes": 2});
    assert_eq!(change_with(&fresh, &stronger).await.status, StatusCode::OK);
    assert_eq!(stretching(&world, ANNE, SLOTS[0]).await, stronger);
    assert_eq!(stretching(&world, ANNE, SLOTS[1]).await, recommended, "the other way in is as it was");
    assert_eq!(stretching(&world, "nobody@exemple.fr", SLOTS[0]).await, recommended);
}

/// What the relay says of a way in before it is opened.
async fn stretching(world: &World, address: &str, slot: &str) -> Value {
    let started = ClientLogin::<RelaySuite>::start(&mut Rng, b"any").unwrap();
    let request = STANDARD.encode(started.message.serialize());
    let answer =
        world.post("/auth/login/start", &json!({"address": address, "slot": slot, "request": request})).await;
    answer.json["stretching"].clone()
}

async fn change_with(member: &Member<'_>, stretching: &Value) -> Answer {
    let (state, slots) = begin_registration(&[(SLOTS[0], "a new one")]);
    let started = member.post("/auth/change/start", &json!({"slots": slots})).await;
    let mut slots = end_registration(state, &started.json);
    slots[0]["stretching"] = stretching.clone();
    member.post("/auth/change/finish", &json!({"slots": slots})).await
}

#[tokio::test]
async fn a_change_needs_a_fresh_log_in() {
    let world = World::new();
    let session = enrolled(&world).await.json;
    let (_, slots) = begin_registration(&[(SLOTS[0], "a new one")]);
    world.clock.advance(sceau_relay::limits::FRESH_LOGIN);
    let late = member(&world, &session).post("/auth/change/start", &json!({"slots": slots})).await;
    assert_eq!(
        (late.status, &late.json["type"]),
        (StatusCode::FORBIDDEN, &json!("urn:sceau:problem:fresh_login_needed"))
    );
    let by_token = world.member(ANNE).post("/auth/change/start", &json!({"slots": slots})).await;
    assert_eq!(by_token.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn another_sites_page_is_refused() {
    let world = World::new();
    for (name, value, allowed) in [
        ("origin", "https://evil.example", false),
        ("origin", "null", false),
        ("origin", "http://localhost:8080", true),
        ("sec-fetch-site", "cross-site", false),
        ("sec-fetch-site", "same-site", false),
        ("sec-fetch-site", "same-origin", true),
    ] {
        let request = Request::post("/auth/login/start")
            .header("content-type", "application/json")
            .header("host", "localhost:8080")
            .header(name, value)
            .body(Body::from("{}"))
            .unwrap();
        let expected = if allowed { StatusCode::BAD_REQUEST } else { StatusCode::FORBIDDEN };
        assert_eq!(world.send(request).await.status, expected, "{name}: {value}");
    }
}

#[tokio::test]
async fn programs_send_a_token_by_basic_and_browsers_may_not() {
    let world = World::new();
    world.relay.add_account(BRUNO, None, &[]).unwrap();
    world.relay.add_account(ANNE, None, &[]).unwrap();
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let status = async |user: &str, token: &str, more: Option<(&str, &str)>| {
        let pair = STANDARD.encode(format!("{user}:{token}"));
        let mut request =
            Request::get("/jmap/session").header(header::AUTHORIZATION, format!("Basic {pair}"));
        request = request.header(header::HOST, "relay.example");
        if let Some((name, value)) = more {
            request = request.header(name, value);
        }
        world.send(request.body(Body::empty()).unwrap()).await.status
    };
    assert_eq!(status(ANNE, &anne.token, None).await, StatusCode::OK);
    assert_eq!(status("Anne@Exemple.FR", &anne.token, None).await, StatusCode::OK);
    let sent_on = ("referer", "http://relay.example/.well-known/jmap");
    assert_eq!(status(ANNE, &anne.token, Some(sent_on)).await, StatusCode::OK);
    for (user, token) in
        [(ANNE, &bruno.token), (BRUNO, &anne.token), (ANNE, &String::new()), ("", &anne.token)]
    {
        assert_eq!(status(user, token, None).await, StatusCode::UNAUTHORIZED, "{user}");
    }
    for own in [
        ("cookie", "a=b"),
        ("origin", "http://localhost"),
        ("referer", "/"),
        ("referer", "http://relay.example/"),
        ("referer", "http://other.example/.well-known/jmap"),
        ("sec-fetch-site", "same-origin"),
    ] {
        assert_eq!(status(ANNE, &anne.token, Some(own)).await, StatusCode::UNAUTHORIZED, "{own:?}");
    }
    for malformed in ["Basic", "Basic !", "Basic YQ==", "Basic /w==", "Digest a"] {
        let request = Request::get("/jmap/session").header(header::AUTHORIZATION, malformed);
        let answer = world.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{malformed}");
    }
}
