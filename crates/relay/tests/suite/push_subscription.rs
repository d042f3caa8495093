//! Push subscriptions (RFC 8620 §7.2), their messages (RFC 8030, RFC 8291) and the relay's name on them (RFC 8292,
//! RFC 9749).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use p256::ecdsa::{Signature, VerifyingKey, signature::Verifier as _};
use sceau_relay::{Pusher, Relay, Scopes, TokenWish, limits};
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedReceiver;

use super::{
    push_service::{CREATED, PushService, Reply, Seen, UserAgent},
    storage::Folder,
    world::{ANNE, BRUNO, Member, NOW, World, letter},
};

const HOST: &str = "push.example";
const URL: &str = "https://push.example/s/1?x=y";

/// Calls a method as it stands, without an `accountId`.
async fn call(member: &Member<'_>, name: &str, arguments: Value) -> Value {
    let request = json!({"using": ["urn:ietf:params:jmap:core"], "methodCalls": [[name, arguments, "c"]]});
    let answer = member.post("/jmap/api", &request).await.json["methodResponses"][0].clone();
    assert!(answer[0] == name || answer[0] == "error", "{answer}");
    answer[1].clone()
}

async fn set(member: &Member<'_>, arguments: Value) -> Value {
    call(member, "PushSubscription/set", arguments).await
}

async fn get(member: &Member<'_>) -> Vec<Value> {
    call(member, "PushSubscription/get", json!({"ids": null})).await["list"].as_array().unwrap().clone()
}

/// Makes one named after its URL; gives its id.
async fn create(member: &Member<'_>, mut more: Value) -> String {
    let members = more.as_object_mut().unwrap();
    members.entry("url").or_insert(json!(URL));
    let name = members["url"].clone();
    members.entry("deviceClientId").or_insert(name);
    let answer = set(member, json!({"create": {"a": more}})).await;
    answer["created"]["a"]["id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

async fn update(member: &Member<'_>, id: &str, patch: Value) -> Value {
    set(member, json!({"update": {id: patch}})).await
}

async fn verify(member: &Member<'_>, id: &str, code: &Value) {
    let answer = update(member, id, json!({"verificationCode": code})).await;
    assert_eq!(answer["updated"], json!({id: null}), "{answer}");
}

/// A world with a task that pushes, run by hand.
struct Pushing {
    world: World,
    service: PushService,
    pusher: Pusher,
    sees: UnboundedReceiver<Seen>,
}

impl Pushing {
    fn new() -> Self {
        Self::over(World::new())
    }

    fn over(world: World) -> Self {
        let (service, sees) = PushService::new();
        let pusher = Pusher::new(world.relay.clone(), service.clone());
        Self { world, service, pusher, sees }
    }
}

/// Pushes what is due; gives the requests.
async fn pushed(pusher: &mut Pusher, sees: &mut UnboundedReceiver<Seen>) -> Vec<Seen> {
    pusher.push_due().await.unwrap();
    std::iter::from_fn(|| sees.try_recv().ok()).collect()
}

/// The one request that is due.
async fn pushed_one(pusher: &mut Pusher, sees: &mut UnboundedReceiver<Seen>) -> Seen {
    let mut all = pushed(pusher, sees).await;
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

/// Makes a subscription that has been verified.
async fn verified(
    member: &Member<'_>,
    more: Value,
    pusher: &mut Pusher,
    sees: &mut UnboundedReceiver<Seen>,
) -> String {
    let id = create(member, more).await;
    let code = pushed_one(pusher, sees).await.json()["verificationCode"].clone();
    verify(member, &id, &code).await;
    id
}

/// The types told to `member` by a push.
fn told(seen: &Seen, member: &Member<'_>) -> Vec<String> {
    let change = seen.json();
    assert_eq!(change["@type"], "StateChange");
    assert_eq!(change["changed"].as_object().unwrap().len(), 1, "{change}");
    change["changed"][&member.account].as_object().unwrap().keys().cloned().collect()
}

#[tokio::test]
async fn a_subscription_is_verified_and_then_told() {
    let Pushing { world, mut pusher, mut sees, .. } = Pushing::new();
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let id = create(&bruno, json!({})).await;
    let request = anne.letter_to("l-1", &[BRUNO]).await;
    anne.call("Letter/send", request).await;
    let seen = pushed_one(&mut pusher, &mut sees).await;
    assert_eq!((seen.host.as_str(), seen.port, seen.line.as_str()), (HOST, 443, "POST /s/1?x=y HTTP/1.1"));
    assert_eq!(
        (&seen.headers["content-type"], &seen.headers["host"]),
        (&"application/json".into(), &HOST.into())
    );
    assert_eq!((&seen.headers["ttl"], &seen.headers["urgency"]), (&"43200".into(), &"normal".into()));
    let told_code = seen.json();
    assert_eq!(
        (&told_code["@type"], &told_code["pushSubscriptionId"]),
        (&json!("PushVerification"), &json!(id))
    );
    assert_eq!(told_code.as_object().unwrap().len(), 3);
    let code = told_code["verificationCode"].clone();
    assert!(code.as_str().unwrap().len() >= 43);
    // Nothing more leaves until the client hands the code back.
    world.clock.advance(600);
    assert!(pushed(&mut pusher, &mut sees).await.is_empty());
    assert_eq!(get(&bruno).await[0]["verificationCode"], json!(null));
    let wrong = update(&bruno, &id, json!({"verificationCode": "x"})).await["notUpdated"][&id].clone();
    assert_eq!(
        (&wrong["type"], &wrong["properties"]),
        (&json!("invalidProperties"), &json!(["verificationCode"]))
    );
    assert!(pushed(&mut pusher, &mut sees).await.is_empty());
    verify(&bruno, &id, &code).await;
    assert_eq!(get(&bruno).await[0]["verificationCode"], code);
    // What happened since it was made.
    let seen = pushed_one(&mut pusher, &mut sees).await;
    assert_eq!(told(&seen, &bruno), ["Email", "EmailDelivery", "Mailbox", "Quota", "Thread"]);
    let state = bruno.call("Email/get", json!({"ids": []})).await["state"].clone();
    assert_eq!(seen.json()["changed"][&bruno.account]["Email"], state);
    assert!(pushed(&mut pusher, &mut sees).await.is_empty(), "once");
}

#[tokio::test]
async fn what_changes_meanwhile_is_told_together() {
    let Pushing { world, mut pusher, mut sees, .. } = Pushing::new();
    let anne = world.member(ANNE);
    verified(&anne, json!({}), &mut pusher, &mut sees).await;
    anne.import(&letter(ANNE, "1"), "inbox").await;
    let first = pushed_one(&mut pusher, &mut sees).await;
    for id in ["2", "3", "4"] {
        anne.import(&letter(ANNE, id), "inbox").await;
    }
    assert_eq!(pusher.push_due().await.unwrap(), Some(NOW + limits::PUSH_INTERVAL));
    assert!(sees.try_recv().is_err(), "not so soon after the last");
    world.clock.advance(limits::PUSH_INTERVAL);
    let second = pushed_one(&mut pusher, &mut sees).await;
    let state = anne.call("Email/get", json!({"ids": []})).await["state"].clone();
    assert_eq!(second.json()["changed"][&anne.account]["Email"], state);
    // The later one says no less, so that it may take the place of the earlier one.
    assert_eq!(second.headers["topic"], first.headers["topic"]);
    assert!(first.headers["topic"].len() <= 32, "RFC 8030 §5.4");
    world.clock.advance(limits::PUSH_INTERVAL);
    anne.call("Vault/set", json!({"update": {"keys": {"ifVersion": 0, "data": "AA=="}}})).await;
    let third = pushed_one(&mut pusher, &mut sees).await;
    assert_eq!(told(&third, &anne), ["Vault"]);
    assert_ne!(third.headers["topic"], first.headers["topic"]);
}

#[tokio::test]
async fn only_the_types_asked_for_are_told() {
    let Pushing { world, mut pusher, mut sees, .. } = Pushing::new();
    let anne = world.member(ANNE);
    let types = json!({"types": ["Vault", "Foo", "Mailbox"]});
    let id = verified(&anne, types, &mut pusher, &mut sees).await;
    assert_eq!(get(&anne).await[0]["types"], json!(["Foo", "Mailbox", "Vault"]));
    anne.import(&letter(ANNE, "1"), "inbox").await;
    assert_eq!(told(&pushed_one(&mut pusher, &mut sees).await, &anne), ["Mailbox"]);
    world.clock.advance(limits::PUSH_INTERVAL);
    update(&anne, &id, json!({"types": []})).await;
    anne.import(&letter(ANNE, "2"), "inbox").await;
    assert!(pushed(&mut pusher, &mut sees).await.is_empty(), "an empty list is no type");
    update(&anne, &id, json!({"types": ["Thread"]})).await;
    assert_eq!(told(&pushed_one(&mut pusher, &mut sees).await, &anne), ["Thread"]);
    world.clock.advance(limits::PUSH_INTERVAL);
    update(&anne, &id, json!({"types": null})).await;
    assert_eq!(get(&anne).await[0]["types"], json!(null));
    anne.call("Vault/set", json!({"update": {"keys": {"ifVersion": 0, "data": "AA=="}}})).await;
    assert_eq!(told(&pushed_one(&mut pusher, &mut sees).await, &anne), ["Vault"]);
}

#[tokio::test]
async fn with_keys_only_the_client_can_read() {
    let Pushing { world, mut pusher, mut sees, .. } = Pushing::new();
    let (anne, agent) = (world.member(ANNE), UserAgent::new());
    let id = create(&anne, json!({"keys": agent.keys()})).await;
    let seen = pushed_one(&mut pusher, &mut sees).await;
    assert_eq!(seen.headers["content-encoding"], "aes128gcm");
    assert_eq!(seen.headers["content-type"], "application/json");
    let verification = agent.open(&seen.body);
    assert_eq!(verification["pushSubscriptionId"], json!(id));
    verify(&anne, &id, &verification["verificationCode"]).await;
    anne.import(&letter(ANNE, "1"), "inbox").await;
    let long = pushed_one(&mut pusher, &mut sees).await;
    assert!(agent.open(&long.body)["changed"][&anne.account]["Email"].is_string());
    world.clock.advance(limits::PUSH_INTERVAL);
    anne.call("Vault/set", json!({"update": {"keys": {"ifVersion": 0, "data": "AA=="}}})).await;
    let short = pushed_one(&mut pusher, &mut sees).await;
    assert_eq!(short.body.len(), long.body.len(), "the length does not tell what changed");
}

#[tokio::test]
async fn the_relay_signs_with_the_key_its_session_names() {
    let Pushing { world, service, mut sees, .. } = Pushing::new();
    let anne = world.member(ANNE);
    let session = anne.get("/jmap/session").await.json;
    let key = session["capabilities"]["urn:ietf:params:jmap:webpush-vapid"]["applicationServerKey"].clone();
    let using = json!({"using": ["urn:ietf:params:jmap:webpush-vapid"], "methodCalls": []});
    assert_eq!(anne.post("/jmap/api", &using).await.json["sessionState"], session["state"]);
    create(&anne, json!({"url": "https://push.example:8443/s"})).await;
    let mut pusher = Pusher::new(world.relay.clone(), service)
        .with_contact(Some("mailto:keeper@exemple.fr".parse().unwrap()));
    let seen = pushed_one(&mut pusher, &mut sees).await;
    let (token, named) = seen.headers["authorization"].split_once(", k=").unwrap();
    assert_eq!(json!(named), key);
    let (signed, signature) = token.strip_prefix("vapid t=").unwrap().rsplit_once('.').unwrap();
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
    let signature = Signature::from_slice(&decode(signature)).unwrap();
    VerifyingKey::from_sec1_bytes(&decode(named)).unwrap().verify(signed.as_bytes(), &signature).unwrap();
    let claims: Value = serde_json::from_slice(&decode(signed.split_once('.').unwrap().1)).unwrap();
    let wanted = json!({"aud": "https://push.example:8443", "exp": NOW + 12 * 3_600, "sub": "mailto:keeper@exemple.fr"});
    assert_eq!(claims, wanted);
}

#[tokio::test]
async fn url_and_keys_are_never_told() {
    let world = World::new();
    let anne = world.member(ANNE);
    let more =
        json!({"deviceClientId": "d", "keys": UserAgent::new().keys(), "expires": "2026-11-24T00:00:00Z"});
    let id = create(&anne, more).await;
    let wanted = json!({"id": id, "deviceClientId": "d", "verificationCode": null, "expires": "2026-11-24T00:00:00Z", "types": null});
    let answer = call(&anne, "PushSubscription/get", json!({})).await;
    assert_eq!(answer, json!({"list": [wanted], "notFound": []}), "no account, no state");
    let some = json!({"ids": [id, "p77", "x"], "properties": ["types"]});
    let answer = call(&anne, "PushSubscription/get", some).await;
    assert_eq!(answer, json!({"list": [{"id": id, "types": null}], "notFound": ["p77", "x"]}));
    for name in ["url", "keys"] {
        let answer =
            call(&anne, "PushSubscription/get", json!({"ids": null, "properties": ["id", name]})).await;
        assert_eq!(answer["type"], "forbidden");
    }
    for (arguments, kind) in [
        (json!({"properties": ["secret"]}), "invalidArguments"),
        (json!({"ids": "p1"}), "invalidArguments"),
        (json!({"ids": [1]}), "invalidArguments"),
        (json!({"ids": vec!["p1"; 1_001]}), "requestTooLarge"),
    ] {
        assert_eq!(call(&anne, "PushSubscription/get", arguments.clone()).await["type"], kind, "{arguments}");
    }
}

#[tokio::test]
async fn every_wrong_property_is_named() {
    let world = World::new();
    let anne = world.member(ANNE);
    let sound = json!({"deviceClientId": "d", "url": URL});
    let (keys, long) = (UserAgent::new().keys(), "x".repeat(3_000));
    let point = keys["p256dh"].as_str().unwrap();
    for (name, values) in [
        ("deviceClientId", vec![json!(null), json!(""), json!(7), json!(long), json!("a\u{0}b")]),
        (
            "url",
            vec![
                json!(null),
                json!("http://push.example/"),
                json!("https://10.0.0.1/"),
                json!("x"),
                json!([]),
            ],
        ),
        (
            "keys",
            vec![
                json!({}),
                json!("x"),
                json!({"p256dh": point}),
                json!({"p256dh": point, "auth": "AA"}),
                json!({"p256dh": "AA", "auth": keys["auth"]}),
                json!({"p256dh": point, "auth": keys["auth"], "more": "AA"}),
                json!({"p256dh": point, "auth": [9]}),
                json!({"p256dh": format!("{point}!"), "auth": keys["auth"]}),
            ],
        ),
        ("verificationCode", vec![json!("x"), json!(1)]),
        (
            "expires",
            vec![
                json!("2026-11-23T08:30:00Z"),
                json!("tomorrow"),
                json!(5),
                json!("2027-01-01T00:00:00+01:00"),
            ],
        ),
        (
            "types",
            vec![json!("Email"), json!([1]), json!([""]), json!([long]), json!(vec!["Email"; 65]), json!({})],
        ),
        ("id", vec![json!("p1")]),
        ("colour", vec![json!("red")]),
    ] {
        for value in values {
            let mut create = sound.clone();
            create[name] = value.clone();
            let answer = set(&anne, json!({"create": {"a": create}})).await["notCreated"]["a"].clone();
            assert_eq!(answer["type"], "invalidProperties", "{name} {value}");
            assert_eq!(answer["properties"], json!([name]), "{name} {value}");
        }
    }
    let answer = set(&anne, json!({"create": {"a": {"types": 1}}})).await["notCreated"]["a"].clone();
    assert_eq!(answer["properties"], json!(["deviceClientId", "url", "types"]));
    assert!(get(&anne).await.is_empty());
    let padded = json!({"p256dh": format!("{point}="), "auth": keys["auth"]});
    create(&anne, json!({"keys": padded})).await;
}

#[tokio::test]
async fn what_cannot_change_does_not() {
    let Pushing { world, mut pusher, mut sees, .. } = Pushing::new();
    let anne = world.member(ANNE);
    let id = verified(&anne, json!({"deviceClientId": "d"}), &mut pusher, &mut sees).await;
    let code = get(&anne).await[0]["verificationCode"].clone();
    for (patch, kind) in [
        (json!({"url": URL}), "invalidProperties"),
        (json!({"keys": null}), "invalidProperties"),
        (json!({"deviceClientId": "e"}), "invalidProperties"),
        (json!({"id": "p9"}), "invalidProperties"),
        (json!({"verificationCode": null}), "invalidProperties"),
        (json!({"verificationCode": [code]}), "invalidProperties"),
        (json!({"expires": "2001-01-01T00:00:00Z"}), "invalidProperties"),
        (json!({"types": "Email"}), "invalidProperties"),
        (json!({"colour": 1}), "invalidProperties"),
        (json!({"types/0": "Email"}), "invalidPatch"),
        (json!({"keys/auth": "AA"}), "invalidPatch"),
        (json!({"types": ["Email"], "url": URL}), "invalidProperties"),
    ] {
        let answer = update(&anne, &id, patch.clone()).await;
        assert_eq!(answer["notUpdated"][&id]["type"], kind, "{patch}");
    }
    assert_eq!(get(&anne).await[0]["types"], json!(null), "all of a patch or nothing");
    let same = json!({"id": id, "deviceClientId": "d", "verificationCode": code});
    assert_eq!(update(&anne, &id, same).await["updated"], json!({id: null}));
}

#[tokio::test]
async fn a_set_as_a_whole_is_checked() {
    let world = World::new();
    let anne = world.member(ANNE);
    for (arguments, kind) in [
        (json!({"ifInState": "0"}), "invalidArguments"),
        (json!({"create": []}), "invalidArguments"),
        (json!({"create": {"a": 1}}), "invalidArguments"),
        (json!({"update": {"p1": 1}}), "invalidArguments"),
        (json!({"destroy": "p1"}), "invalidArguments"),
        (json!({"destroy": vec!["p1"; 501]}), "requestTooLarge"),
    ] {
        assert_eq!(set(&anne, arguments.clone()).await["type"], kind, "{arguments}");
    }
    let empty = set(&anne, json!({})).await;
    let lists = ["created", "updated", "destroyed", "notCreated", "notUpdated", "notDestroyed"];
    assert_eq!(empty.as_object().unwrap().len(), lists.len(), "no account, no states: {empty}");
    assert!(lists.iter().all(|name| empty[name] == json!(null)));
    // One can be put in the place of another; what is going is not changed.
    let first = create(&anne, json!({"deviceClientId": "d"})).await;
    let answer = set(
        &anne,
        json!({"create": {"a": {"deviceClientId": "d", "url": URL, "expires": null}}, "update": {first.clone(): {}}, "destroy": [first]}),
    )
    .await;
    assert_eq!(
        (&answer["destroyed"], &answer["notUpdated"][&first]["type"]),
        (&json!([first]), &json!("willDestroy"))
    );
    let second = answer["created"]["a"]["id"].clone();
    assert_eq!(answer["created"]["a"], json!({"id": second, "verificationCode": null, "types": null}));
    // By creation id, in a later call of the request.
    let request = json!({"using": ["urn:ietf:params:jmap:core"], "methodCalls": [
        ["PushSubscription/set", {"create": {"b": {"deviceClientId": "e", "url": URL}}}, "0"],
        ["PushSubscription/set", {"update": {"#b": {"types": ["Email"]}}}, "1"],
        ["PushSubscription/set", {"destroy": ["#b", "#c"]}, "2"]]});
    let answer = anne.post("/jmap/api", &request).await.json["methodResponses"].clone();
    assert_eq!(answer[1][1]["updated"], json!({"#b": null}));
    assert_eq!(answer[2][1]["destroyed"], json!(["#b"]));
    assert_eq!(answer[2][1]["notDestroyed"]["#c"]["type"], "notFound");
}

#[tokio::test]
async fn a_subscription_is_its_sessions_alone() {
    let Pushing { world, mut pusher, mut sees, .. } = Pushing::new();
    let (anne, again, bruno) = (world.member(ANNE), world.member(ANNE), world.member(BRUNO));
    let id = verified(&anne, json!({"deviceClientId": "d"}), &mut pusher, &mut sees).await;
    for other in [&again, &bruno] {
        assert!(get(other).await.is_empty());
        let answer = call(other, "PushSubscription/get", json!({"ids": [id]})).await;
        assert_eq!(answer, json!({"list": [], "notFound": [id]}));
        assert_eq!(update(other, &id, json!({"types": []})).await["notUpdated"][&id]["type"], "notFound");
        let answer = set(other, json!({"destroy": [id, "p", "p01", "s1", "p9223372036854775808"]})).await;
        assert_eq!(answer["notDestroyed"].as_object().unwrap().len(), 5);
        assert!(
            answer["notDestroyed"].as_object().unwrap().values().all(|error| error["type"] == "notFound")
        );
    }
    let answer = set(&anne, json!({"create": {"a": {"deviceClientId": "d", "url": URL}}})).await;
    let error = &answer["notCreated"]["a"];
    assert_eq!((&error["properties"], &error["existingId"]), (&json!(["deviceClientId"]), &json!(id)));
    create(&again, json!({"deviceClientId": "d"})).await;
    assert_eq!(pushed(&mut pusher, &mut sees).await.len(), 1, "the code of the second");
    // It ends with its session, and nothing is sent.
    anne.import(&letter(ANNE, "1"), "inbox").await;
    assert_eq!(anne.post("/auth/logout", &json!({})).await.status, 204);
    assert!(pushed(&mut pusher, &mut sees).await.is_empty());
}

#[tokio::test]
async fn nothing_is_sent_after_the_end() {
    let Pushing { world, mut pusher, mut sees, .. } = Pushing::new();
    let anne = world.member(ANNE);
    let expires = json!({"expires": "2026-11-23T08:40:00Z"});
    let id = create(&anne, expires).await;
    let seen = pushed_one(&mut pusher, &mut sees).await;
    assert_eq!(seen.headers["ttl"], "600", "no push service keeps it longer");
    verify(&anne, &id, &seen.json()["verificationCode"]).await;
    let longer = json!({"expires": "2026-11-23T08:50:00.5Z"});
    assert_eq!(
        update(&anne, &id, longer).await["updated"],
        json!({id.clone(): null}),
        "without a new verification"
    );
    world.clock.advance(1_199);
    anne.import(&letter(ANNE, "1"), "inbox").await;
    assert_eq!(pushed_one(&mut pusher, &mut sees).await.headers["ttl"], "1");
    anne.import(&letter(ANNE, "2"), "inbox").await;
    world.clock.advance(limits::PUSH_INTERVAL);
    assert!(pushed(&mut pusher, &mut sees).await.is_empty());
    assert!(get(&anne).await.is_empty());
    assert_eq!(update(&anne, &id, json!({"expires": null})).await["notUpdated"][&id]["type"], "notFound");
    let name = json!({"deviceClientId": URL, "expires": "2026-11-23T08:52:00Z"});
    create(&anne, name.clone()).await;
    world.clock.advance(120);
    create(&anne, json!({"deviceClientId": URL})).await;
    assert_eq!(get(&anne).await.len(), 1, "what is over holds no name");
    assert_eq!(pushed(&mut pusher, &mut sees).await.len(), 1);
    world.relay.sweep().unwrap();
    // Without an end of its own it ends with the session.
    let id = create(&anne, json!({"deviceClientId": "d"})).await;
    assert_eq!(get(&anne).await[1]["expires"], json!(null));
    let seen = pushed_one(&mut pusher, &mut sees).await;
    verify(&anne, &id, &seen.json()["verificationCode"]).await;
    anne.import(&letter(ANNE, "3"), "inbox").await;
    world.clock.advance(limits::SESSION_LIFETIME);
    assert!(pushed(&mut pusher, &mut sees).await.is_empty());
    world.relay.sweep().unwrap();
}

/// RFC 8620 §7.2: what ends with no session soon is given an end.
#[tokio::test]
async fn the_end_is_cut_for_a_token_that_lives_long() {
    let world = World::new();
    let wish = TokenWish { name: "phone".to_owned(), scopes: Scopes::READ, lifetime: 300 * 86_400 };
    let made = world.relay.create_token_of(ANNE, &wish).unwrap();
    let phone =
        Member { world: &world, address: ANNE.to_owned(), account: made.account_id.0, token: made.token };
    let latest = json!("2026-12-23T08:30:00Z");
    for asked in [json!(null), json!("2027-06-01T00:00:00Z")] {
        let one = json!({"deviceClientId": asked.to_string(), "url": URL, "expires": asked});
        let answer = set(&phone, json!({"create": {"a": one}})).await["created"]["a"].clone();
        assert_eq!(answer["expires"], latest);
        let id = answer["id"].as_str().unwrap();
        let soon = update(&phone, id, json!({"expires": "2026-11-30T00:00:00Z"})).await;
        assert_eq!(soon["updated"], json!({id: null}));
        let answer = update(&phone, id, json!({"expires": asked})).await;
        assert_eq!(answer["updated"], json!({id: {"expires": latest}}));
    }
    assert!(get(&phone).await.iter().all(|one| one["expires"] == latest));
}

#[tokio::test]
async fn number_and_rate_are_limited() {
    let world = World::new();
    let (anne, again) = (world.member(ANNE), world.member(ANNE));
    let most = limits::PUSH_SUBSCRIPTIONS;
    assert!(most <= limits::PUSH_CREATIONS);
    for at in 0..most {
        let member = if at % 2 == 0 { &anne } else { &again };
        create(member, json!({"deviceClientId": at.to_string()})).await;
    }
    let one = json!({"create": {"a": {"deviceClientId": "x", "url": URL}}});
    assert_eq!(
        set(&anne, one.clone()).await["notCreated"]["a"]["type"],
        "overQuota",
        "an account, not a session"
    );
    let ids: Vec<Value> = get(&anne).await.into_iter().map(|one| one["id"].clone()).collect();
    set(&anne, json!({"destroy": ids})).await;
    let mut made = most;
    while made < limits::PUSH_CREATIONS {
        create(&anne, json!({"deviceClientId": made.to_string()})).await;
        made += 1;
    }
    assert_eq!(set(&again, one.clone()).await["notCreated"]["a"]["type"], "rateLimit");
    world.clock.advance(limits::PUSH_CREATION_WINDOW - 1);
    assert_eq!(set(&again, one.clone()).await["notCreated"]["a"]["type"], "rateLimit");
    world.clock.advance(1);
    assert!(set(&again, one).await["created"]["a"]["id"].is_string());
}

#[tokio::test]
async fn a_push_that_fails_is_made_again_later() {
    let Pushing { world, service, mut pusher, mut sees } = Pushing::new();
    let anne = world.member(ANNE);
    verified(&anne, json!({}), &mut pusher, &mut sees).await;
    anne.import(&letter(ANNE, "1"), "inbox").await;
    service.reply(HOST, Reply::Head("429 Too Many Requests\r\nretry-after: 500\r\ncontent-length: 0"));
    assert_eq!(pushed(&mut pusher, &mut sees).await.len(), 1);
    assert_eq!(pusher.push_due().await.unwrap(), Some(NOW + 500));
    anne.import(&letter(ANNE, "2"), "inbox").await;
    world.clock.advance(499);
    assert!(pushed(&mut pusher, &mut sees).await.is_empty());
    let elsewhere = "302 Found\r\nlocation: https://other.example/\r\ncontent-length: 0";
    for reply in [Reply::Head("503 Busy"), Reply::Head(elsewhere), Reply::Endless, Reply::Head("no status")] {
        service.reply(HOST, reply.clone());
        let next = pusher.push_due().await.unwrap().unwrap();
        let now = NOW + limits::PUSH_RETRY_AFTER_LONGEST;
        assert!(next < now, "{reply:?}");
        while pushed(&mut pusher, &mut sees).await.is_empty() {
            world.clock.advance(1);
        }
    }
    service.reply(HOST, Reply::Nobody);
    world.clock.advance(limits::PUSH_RETRY_LONGEST * 2);
    assert!(pushed(&mut pusher, &mut sees).await.is_empty(), "nobody was there to see it");
    service.reply(HOST, CREATED);
    world.clock.advance(limits::PUSH_RETRY_LONGEST * 2);
    let seen = pushed_one(&mut pusher, &mut sees).await;
    let state = anne.call("Email/get", json!({"ids": []})).await["state"].clone();
    assert_eq!(seen.json()["changed"][&anne.account]["Email"], state, "what happened meanwhile as well");
    assert_eq!(get(&anne).await.len(), 1);
}

#[tokio::test]
async fn what_the_push_service_does_not_know_any_more_is_destroyed() {
    for gone in ["410 Gone\r\ncontent-length: 0", "404 Not Found\r\ncontent-length: 0"] {
        let Pushing { world, service, mut pusher, mut sees } = Pushing::new();
        let anne = world.member(ANNE);
        verified(&anne, json!({}), &mut pusher, &mut sees).await;
        anne.import(&letter(ANNE, "1"), "inbox").await;
        service.reply(HOST, Reply::Head(gone));
        assert_eq!(pushed(&mut pusher, &mut sees).await.len(), 1);
        assert!(get(&anne).await.is_empty());
        assert!(pushed(&mut pusher, &mut sees).await.is_empty());
    }
}

#[tokio::test]
async fn a_code_that_cannot_be_told_is_given_up() {
    let Pushing { world, service, mut pusher, mut sees } = Pushing::new();
    let anne = world.member(ANNE);
    service.reply(HOST, Reply::Head("500 Broken\r\ncontent-length: 0"));
    create(&anne, json!({})).await;
    assert_eq!(pushed(&mut pusher, &mut sees).await.len(), 1);
    world.clock.advance(limits::PUSH_VERIFICATION_GIVE_UP - 1);
    assert_eq!(pushed(&mut pusher, &mut sees).await.len(), 1);
    assert_eq!(get(&anne).await.len(), 1);
    world.clock.advance(limits::PUSH_RETRY_LONGEST);
    assert_eq!(pushed(&mut pusher, &mut sees).await.len(), 1);
    assert!(get(&anne).await.is_empty());
}

#[tokio::test]
async fn a_slow_push_service_holds_up_no_other() {
    let Pushing { world, service, pusher, mut sees } = Pushing::new();
    let anne = world.member(ANNE);
    service.reply("slow.example", Reply::Silence);
    let most = limits::PUSHES_TO_HOST;
    for at in 0..most + 4 {
        let member = world.member(&format!("m{at}@exemple.fr"));
        create(&member, json!({"url": format!("https://slow.example/{at}")})).await;
    }
    let task = tokio::spawn(pusher.run());
    for _ in 0..most {
        assert_eq!(sees.recv().await.unwrap().host, "slow.example");
    }
    create(&anne, json!({})).await;
    assert_eq!(sees.recv().await.unwrap().host, HOST);
    task.abort();
}

#[tokio::test]
async fn an_account_whose_hosts_are_slow_holds_up_no_other() {
    let Pushing { world, service, pusher, mut sees } = Pushing::new();
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let most = limits::PUSHES_OF_ACCOUNT;
    for at in 0..most + 4 {
        service.reply(&format!("slow{at}.example"), Reply::Silence);
        create(&bruno, json!({"url": format!("https://slow{at}.example/")})).await;
    }
    let task = tokio::spawn(pusher.run());
    for _ in 0..most {
        assert!(sees.recv().await.unwrap().host.starts_with("slow"));
    }
    create(&anne, json!({})).await;
    assert_eq!(sees.recv().await.unwrap().host, HOST);
    task.abort();
}

#[tokio::test]
async fn the_task_hears_of_changes() {
    let Pushing { world, pusher, mut sees, .. } = Pushing::new();
    let anne = world.member(ANNE);
    let task = tokio::spawn(pusher.run());
    let id = create(&anne, json!({})).await;
    let code = sees.recv().await.unwrap().json()["verificationCode"].clone();
    verify(&anne, &id, &code).await;
    anne.import(&letter(ANNE, "1"), "inbox").await;
    let seen = sees.recv().await.unwrap();
    assert!(told(&seen, &anne).contains(&"Email".to_owned()));
    task.abort();
}

#[tokio::test]
async fn of_two_tasks_one_pushes() {
    let Pushing { world, service, mut pusher, mut sees } = Pushing::new();
    let anne = world.member(ANNE);
    for at in 0..10 {
        verified(&anne, json!({"url": format!("https://push.example/{at}")}), &mut pusher, &mut sees).await;
    }
    let mut other = Pusher::new(world.relay.clone(), service);
    anne.import(&letter(ANNE, "1"), "inbox").await;
    let (first, second) = tokio::join!(pusher.push_due(), other.push_due());
    first.and(second).unwrap();
    let mut lines: Vec<String> = std::iter::from_fn(|| sees.try_recv().ok()).map(|seen| seen.line).collect();
    assert_eq!(lines.len(), 10);
    lines.sort();
    lines.dedup();
    assert_eq!(lines.len(), 10);
}

#[tokio::test]
async fn a_push_whose_relay_ends_is_made_again() {
    let Pushing { world, service, mut pusher, mut sees } = Pushing::new();
    let anne = world.member(ANNE);
    verified(&anne, json!({}), &mut pusher, &mut sees).await;
    anne.import(&letter(ANNE, "1"), "inbox").await;
    service.reply(HOST, Reply::Silence);
    let task = tokio::spawn(pusher.run());
    let first = sees.recv().await.unwrap();
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    service.reply(HOST, CREATED);
    let mut pusher = Pusher::new(world.relay.clone(), service);
    assert!(pushed(&mut pusher, &mut sees).await.is_empty(), "it may be under way elsewhere");
    world.clock.advance(limits::PUSH_CLAIM);
    let second = pushed_one(&mut pusher, &mut sees).await;
    assert_eq!(second.json(), first.json());
}

/// RFC 8620 §7.2: URL and keys are erased with it.
#[tokio::test]
async fn nothing_of_a_destroyed_subscription_stays_in_the_file() {
    let folder = Folder::new("erased");
    let clock = std::sync::Arc::new(sceau_relay::clock::ManualClock::at(NOW));
    let world = World::over(Relay::open_to_serve(&folder.0, None).unwrap(), clock);
    let anne = world.member(ANNE);
    let agent = UserAgent::new();
    let mark = |at: u32| format!("https://push.example/mark-{at}");
    let mut ids = Vec::new();
    for at in 0..5 {
        ids.push(create(&anne, json!({"url": mark(at), "keys": agent.keys()})).await);
    }
    set(&anne, json!({"destroy": ids[1..]})).await;
    assert_eq!(anne.post("/auth/logout", &json!({})).await.status, 204);
    drop(world);
    assert!(!folder.0.join("relay.sqlite-wal").exists(), "closed: all is in one file");
    let file = std::fs::read(folder.0.join("relay.sqlite")).unwrap();
    let has = |bytes: &[u8]| file.windows(bytes.len()).any(|window| window == bytes);
    assert!(has(ANNE.as_bytes()));
    for at in 0..5 {
        assert!(!has(mark(at).as_bytes()), "{at}");
    }
    assert!(!has(&[9; 16]), "auth");
}

#[tokio::test]
async fn what_is_owed_survives_a_restart_and_a_new_key_ends_it() {
    let folder = Folder::new("push");
    let relay = || Relay::open_to_serve(&folder.0, None).unwrap();
    let clock = || std::sync::Arc::new(sceau_relay::clock::ManualClock::at(NOW));
    let Pushing { world, mut pusher, mut sees, .. } = Pushing::over(World::over(relay(), clock()));
    let anne = world.member(ANNE);
    verified(&anne, json!({}), &mut pusher, &mut sees).await;
    anne.import(&letter(ANNE, "1"), "inbox").await;
    let (token, account) = (anne.token.clone(), anne.account.clone());
    let state = anne.get("/jmap/session").await.json["state"].clone();
    drop((pusher, world));
    let Pushing { world, mut pusher, mut sees, .. } = Pushing::over(World::over(relay(), clock()));
    let anne = Member { world: &world, address: ANNE.to_owned(), account, token };
    assert_eq!(anne.get("/jmap/session").await.json["state"], state);
    let seen = pushed_one(&mut pusher, &mut sees).await;
    assert!(told(&seen, &anne).contains(&"Email".to_owned()));
    anne.import(&letter(ANNE, "2"), "inbox").await;
    let (token, account) = (anne.token.clone(), anne.account.clone());
    drop((pusher, world));
    // RFC 9749 §5: the session resource changes, and what was made for the old key is destroyed.
    std::fs::remove_file(folder.0.join("vapid.pem")).unwrap();
    let Pushing { world, mut pusher, mut sees, .. } = Pushing::over(World::over(relay(), clock()));
    let anne = Member { world: &world, address: ANNE.to_owned(), account, token };
    assert_ne!(anne.get("/jmap/session").await.json["state"], state);
    assert!(pushed(&mut pusher, &mut sees).await.is_empty());
    world.relay.sweep().unwrap();
    assert!(get(&anne).await.is_empty());
}
