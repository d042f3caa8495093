//! Letters for other relays: one final state per recipient, tried again in time, never lost with a worker.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use futures::future::BoxFuture;
use sceau_relay::{
    limits,
    queue::{Attempt, Fate, Outbound, Parcel, Route, RouteTls, Verdict, Worker},
};
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::world::{ANNE, BRUNO, Member, NOW, World, letter};

const ZOE: &str = "zoe@ailleurs.fr";
const YVES: &str = "yves@ailleurs.fr";
const XAVIER: &str = "xavier@loin.fr";

pub(crate) fn route(domain: &str) -> Route {
    let host = format!("mx.{}", if domain == "*" { "partout.fr" } else { domain });
    Route { domain: domain.to_owned(), host, port: 25, tls: RouteTls::Required, paused: false }
}

/// A carrier that answers as it was told, and remembers what it was given.
#[derive(Default, Clone)]
struct Scripted {
    inner: Arc<Mutex<Script>>,
    go: Arc<Notify>,
}

#[derive(Default)]
struct Script {
    given: Vec<Parcel>,
    bodies: Vec<Vec<u8>>,
    /// By address; what is not here is taken.
    verdicts: HashMap<String, Verdict>,
    /// Hosts nobody reaches.
    unreachable: Vec<String>,
    /// Hosts that never answer, unless they are let go.
    stuck: Vec<String>,
}

impl Scripted {
    fn says(&self, address: &str, fate: Fate, reply: &str) {
        let verdict = Verdict { fate, reply: reply.to_owned() };
        self.inner.lock().unwrap().verdicts.insert(address.to_owned(), verdict);
    }

    fn given(&self) -> Vec<Parcel> {
        self.inner.lock().unwrap().given.clone()
    }

    fn count(&self) -> usize {
        self.inner.lock().unwrap().given.len()
    }

    fn worker(&self, world: &World) -> Worker {
        Worker::with_jitter(world.relay.clone(), self.clone(), || 0)
    }
}

impl Outbound for Scripted {
    fn deliver<'a>(&'a self, parcel: &'a Parcel) -> BoxFuture<'a, Attempt> {
        Box::pin(async move {
            let (mut pieces, mut body) = (parcel.content.pieces(), Vec::new());
            while let Some(piece) = pieces.recv().await {
                body.extend(piece.unwrap());
            }
            let stuck = {
                let mut script = self.inner.lock().unwrap();
                script.given.push(parcel.clone());
                script.bodies.push(body);
                script.stuck.contains(&parcel.route.host)
            };
            if stuck {
                self.go.notified().await;
            }
            let script = self.inner.lock().unwrap();
            if script.unreachable.contains(&parcel.route.host) {
                return Attempt::unreachable(parcel, "421 4.4.1 No answer");
            }
            let taken = Verdict { fate: Fate::Taken, reply: "250 2.0.0 Ok".to_owned() };
            let verdict = |address| script.verdicts.get(address).unwrap_or(&taken).clone();
            Attempt { verdicts: parcel.recipients.iter().map(verdict).collect(), is_host_well: true }
        })
    }
}

async fn status(member: &Member<'_>, address: &str) -> Value {
    let letters = member.call("Letter/get", json!({"ids": null})).await;
    letters["list"][0]["deliveryStatus"][address].clone()
}

async fn send(member: &Member<'_>, id: &str, to: &[&str]) -> Value {
    member.call("Letter/send", member.letter_to(id, to).await).await
}

#[tokio::test]
async fn without_a_route_nothing_leaves() {
    let world = World::new();
    let anne = world.member(ANNE);
    anne.fails("Letter/send", anne.letter_to("l-1", &[ZOE]).await, "invalidRecipients").await;
    world.relay.add_route(&route("loin.fr")).unwrap();
    anne.fails("Letter/send", anne.letter_to("l-1", &[ZOE]).await, "invalidRecipients").await;
    assert!(world.relay.queue(true).unwrap().is_empty());
}

#[tokio::test]
async fn the_route_for_all_does_not_lead_to_ones_own_domain() {
    let world = World::new();
    let (anne, carrier) = (world.member(ANNE), Scripted::default());
    world.relay.add_route(&route("*")).unwrap();
    let error =
        anne.fails("Letter/send", anne.letter_to("l-1", &["nobody@exemple.fr"]).await, "invalidRecipients");
    assert_eq!(error.await["recipients"], json!(["nobody@exemple.fr"]));
    send(&anne, "l-2", &[ZOE]).await;
    world.relay.add_route(&route("exemple.fr")).unwrap();
    send(&anne, "l-3", &["nobody@exemple.fr"]).await;
    carrier.worker(&world).round().await.unwrap();
    let mut hosts: Vec<String> = carrier.given().into_iter().map(|parcel| parcel.route.host).collect();
    hosts.sort();
    assert_eq!(hosts, ["mx.exemple.fr", "mx.partout.fr"]);
}

#[tokio::test]
async fn addresses_that_cannot_stand_in_a_command_have_no_route() {
    let world = World::new();
    let anne = world.member(ANNE);
    world.relay.add_route(&route("*")).unwrap();
    for wrong in ["zoé@ailleurs.fr", "z@[127.0.0.1]", "a..b@ailleurs.fr", "z\\@ailleurs.fr"] {
        anne.fails("Letter/send", anne.letter_to("l-1", &[wrong]).await, "invalidRecipients").await;
    }
}

#[tokio::test]
async fn here_at_once_elsewhere_by_the_queue_and_each_recipient_has_a_state() {
    let world = World::new();
    let (anne, bruno, carrier) = (world.member(ANNE), world.member(BRUNO), Scripted::default());
    world.relay.add_route(&route("*")).unwrap();
    carrier.says(ZOE, Fate::Delivered, "250 2.1.5 In her mailbox");
    carrier.says(YVES, Fate::Never, "550 5.1.1 No such user");
    let answer = send(&anne, "l-1", &[BRUNO, ZOE, YVES, XAVIER]).await;
    assert_eq!((&answer["undoStatus"], bruno.emails("inbox").await.len()), (&json!("final"), 1));
    assert_eq!(answer["deliveryStatus"][ZOE]["delivered"], "queued");
    assert_eq!(answer["deliveryStatus"][ZOE]["nextAttemptAt"], "2026-11-23T08:30:00Z");
    let before = anne.call("Letter/get", json!({"ids": []})).await["state"].clone();
    assert_eq!(carrier.worker(&world).round().await.unwrap(), None);
    let letters = anne.call("Letter/get", json!({"ids": null})).await;
    assert_ne!(letters["state"], before);
    let of = |address: &str| letters["list"][0]["deliveryStatus"][address].clone();
    assert_eq!((&of(BRUNO)["delivered"], &of(ZOE)["delivered"]), (&json!("yes"), &json!("yes")));
    assert_eq!(of(ZOE)["deliveredAt"], "2026-11-23T08:30:00Z");
    assert_eq!(
        (&of(YVES)["delivered"], &of(YVES)["smtpReply"]),
        (&json!("no"), &json!("550 5.1.1 No such user"))
    );
    assert_eq!((&of(XAVIER)["delivered"], &of(XAVIER)["nextAttemptAt"]), (&json!("unknown"), &json!(null)));
    assert!(world.relay.queue(true).unwrap().is_empty());
    let given = carrier.given();
    assert_eq!(given.len(), 2, "one per domain");
    assert!(given.iter().all(|parcel| parcel.mail_from == ANNE && parcel.envelope_id.len() == 32));
    assert_eq!(given[0].envelope_id, given[1].envelope_id, "one envelope");
    assert_eq!(carrier.inner.lock().unwrap().bodies[0], letter(ANNE, "l-1"));
}

#[tokio::test]
async fn a_letter_is_tried_by_the_ladder_told_of_when_late_and_given_up() {
    for (priority, late, over) in [
        ("urgent", limits::DELAY_URGENT, limits::GIVE_UP_URGENT),
        ("routine", limits::DELAY_ROUTINE, limits::GIVE_UP_ROUTINE),
    ] {
        let world = World::new();
        let (anne, carrier) = (world.member(ANNE), Scripted::default());
        world.relay.add_route(&route("*")).unwrap();
        carrier.says(ZOE, Fate::Later, "451 4.3.0 Not now");
        let mut request = anne.letter_to("l-1", &[ZOE]).await;
        request["priority"] = json!(priority);
        anne.call("Letter/send", request).await;
        let (worker, mut now, mut times, mut told) = (carrier.worker(&world), NOW, Vec::new(), None);
        while let Some(next) = worker.round().await.unwrap() {
            if carrier.count() > times.len() {
                times.push(now - NOW);
            }
            let token = world.member(ANNE);
            let state = status(&token, ZOE).await;
            assert_eq!(
                (&state["delivered"], &state["smtpReply"]),
                (&json!("queued"), &json!("451 4.3.0 Not now"))
            );
            if !state["delayedAt"].is_null() {
                told.get_or_insert(now - NOW);
            }
            world.clock.advance(next - now);
            now = next;
        }
        assert_eq!(times[..10], [0, 10, 40, 160, 460, 1_060, 1_960, 3_760, 7_360, 14_560], "{priority}");
        assert!(times[10..].windows(2).all(|two| two[1] - two[0] == 7_200));
        assert_eq!((told, now - NOW), (Some(late), over), "{priority}");
        let state = status(&world.member(ANNE), ZOE).await;
        assert_eq!(state["delivered"], "no");
        let reply = state["smtpReply"].as_str().unwrap();
        assert!(reply.starts_with("550 5.4.7 ") && reply.ends_with("451 4.3.0 Not now"), "{reply}");
    }
}

#[tokio::test]
async fn a_host_that_fails_is_left_alone_until_a_probe() {
    let world = World::new();
    let (anne, carrier) = (world.member(ANNE), Scripted::default());
    world.relay.add_route(&route("*")).unwrap();
    carrier.inner.lock().unwrap().unreachable.push("mx.partout.fr".to_owned());
    for at in 0..8 {
        send(&anne, &format!("l-{at}"), &[ZOE]).await;
    }
    let worker = carrier.worker(&world);
    worker.round().await.unwrap();
    // The fifth failure opens the breaker; up to three more were already on their way.
    let first = carrier.count();
    assert!((5..=8).contains(&first), "{first}");
    world.clock.advance(100);
    worker.round().await.unwrap();
    assert_eq!(carrier.count(), first, "left alone");
    send(&anne, "fresh", &[ZOE]).await;
    worker.round().await.unwrap();
    assert_eq!(carrier.count(), first, "new letters too");
    world.clock.advance(4 * 3_600);
    worker.round().await.unwrap();
    assert_eq!(carrier.count(), first + 1, "one probe");
    carrier.inner.lock().unwrap().unreachable.clear();
    world.clock.advance(4 * 3_600);
    worker.round().await.unwrap();
    assert_eq!(carrier.count(), first + 10, "all nine, the first of them a probe");
    assert!(world.relay.queue(true).unwrap().is_empty());
}

#[tokio::test]
async fn a_slow_host_holds_up_no_other() {
    let world = World::new();
    let (anne, carrier) = (world.member(ANNE), Scripted::default());
    world.relay.add_route(&route("ailleurs.fr")).unwrap();
    world.relay.add_route(&route("loin.fr")).unwrap();
    carrier.inner.lock().unwrap().stuck.push("mx.ailleurs.fr".to_owned());
    for at in 0..20 {
        send(&anne, &format!("slow-{at}"), &[ZOE]).await;
    }
    let worker = carrier.worker(&world);
    let running = tokio::spawn(worker.run());
    for at in 0..20 {
        send(&anne, &format!("fast-{at}"), &[XAVIER]).await;
    }
    let mut events = world.relay.queue(true).unwrap();
    while events.iter().any(|entry| entry.domain == "loin.fr") {
        tokio::task::yield_now().await;
        events = world.relay.queue(true).unwrap();
    }
    let slow = carrier.given().iter().filter(|parcel| parcel.route.host == "mx.ailleurs.fr").count();
    assert!(slow <= limits::HOST_CONNECTIONS, "{slow}");
    assert_eq!(events.len(), 20);
    running.abort();
}

#[tokio::test]
async fn work_of_a_node_that_died_goes_on_when_its_lease_ends() {
    let world = World::new();
    let (anne, carrier) = (world.member(ANNE), Scripted::default());
    world.relay.add_route(&route("*")).unwrap();
    carrier.inner.lock().unwrap().stuck.push("mx.partout.fr".to_owned());
    send(&anne, "l-1", &[ZOE]).await;
    let dying = tokio::spawn(carrier.worker(&world).run());
    while carrier.count() == 0 {
        tokio::task::yield_now().await;
    }
    dying.abort();
    carrier.inner.lock().unwrap().stuck.clear();
    let other = carrier.worker(&world);
    assert_eq!(other.round().await.unwrap(), Some(NOW + limits::LEASE), "still the other's");
    assert_eq!(carrier.count(), 1);
    world.clock.advance(limits::LEASE);
    other.round().await.unwrap();
    let given = carrier.given();
    assert_eq!(
        (given.len(), &given[0].envelope_id),
        (2, &given[1].envelope_id),
        "the same to whoever gets it twice"
    );
    assert_eq!(status(&anne, ZOE).await["delivered"], "unknown");
}

#[tokio::test]
async fn two_workers_share_the_work() {
    let world = World::new();
    let (anne, carrier) = (world.member(ANNE), Scripted::default());
    world.relay.add_route(&route("*")).unwrap();
    for at in 0..30 {
        send(&anne, &format!("l-{at}"), &[ZOE]).await;
    }
    let (one, two) = (carrier.worker(&world), carrier.worker(&world));
    let (first, second) = futures::join!(one.round(), two.round());
    first.and(second).unwrap();
    one.round().await.unwrap();
    let mut ids: Vec<String> = carrier.given().into_iter().map(|parcel| parcel.envelope_id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!((ids.len(), carrier.count()), (30, 30), "each once");
}

#[tokio::test]
async fn a_letter_for_elsewhere_can_be_undone_until_its_first_attempt() {
    let world = World::new();
    let (anne, carrier) = (world.member(ANNE), Scripted::default());
    world.relay.add_route(&route("*")).unwrap();
    carrier.says(ZOE, Fate::Later, "451 4.3.0 Not now");
    let answer = send(&anne, "undone", &[ZOE]).await;
    assert_eq!(answer["undoStatus"], "pending");
    anne.call("Letter/cancel", json!({"letterId": answer["letterId"]})).await;
    let worker = carrier.worker(&world);
    assert_eq!((worker.round().await.unwrap(), carrier.count()), (None, 0));
    let answer = send(&anne, "tried", &[ZOE]).await;
    worker.round().await.unwrap();
    anne.fails("Letter/cancel", json!({"letterId": answer["letterId"]}), "cannotUnsend").await;
    let mixed = send(&anne, "mixed", &[ANNE, ZOE]).await;
    anne.fails("Letter/cancel", json!({"letterId": mixed["letterId"]}), "cannotUnsend").await;
}

#[tokio::test]
async fn a_submission_goes_the_same_way() {
    let world = World::new();
    let (anne, carrier) = (world.member(ANNE), Scripted::default());
    world.relay.add_route(&route("*")).unwrap();
    carrier.says(ZOE, Fate::Later, "451 4.3.0 Not now");
    let email = anne.import(&letter(ANNE, "mine"), "sent").await;
    let identity = anne.call("Identity/get", json!({"ids": null})).await["list"][0]["id"].clone();
    let submit = |priority: &str| {
        let from = json!({"email": ANNE, "parameters": {"MT-PRIORITY": priority}});
        let envelope = json!({"mailFrom": from, "rcptTo": [{"email": ZOE}]});
        json!({"create": {"x": {"identityId": identity, "emailId": email, "envelope": envelope}}})
    };
    for wrong in ["10", "-10", "x", ""] {
        let answer = anne.call("EmailSubmission/set", submit(wrong)).await;
        assert_eq!(answer["notCreated"]["x"]["type"], "invalidProperties", "{wrong}");
    }
    for (priority, urgent) in [("3", false), ("4", true), ("-9", false)] {
        let created = anne.call("EmailSubmission/set", submit(priority)).await["created"]["x"].clone();
        assert_eq!(created["undoStatus"], "pending");
        assert_eq!(world.relay.queue(false).unwrap().pop().unwrap().urgent, urgent, "{priority}");
        let id = created["id"].as_str().unwrap().to_owned();
        let update = json!({"update": {id.clone(): {"undoStatus": "canceled"}}});
        assert_eq!(anne.call("EmailSubmission/set", update).await["updated"], json!({id: null}));
    }
    let id = anne.call("EmailSubmission/set", submit("0")).await["created"]["x"]["id"].clone();
    carrier.worker(&world).round().await.unwrap();
    let refused = anne.call("EmailSubmission/set", json!({"destroy": [id]})).await;
    assert_eq!(refused["notDestroyed"][id.as_str().unwrap()]["type"], "forbidden", "still on its way");
    let got = anne.call("EmailSubmission/get", json!({"ids": [id]})).await["list"][0].clone();
    assert_eq!(got["deliveryStatus"][ZOE]["smtpReply"], "451 4.3.0 Not now");
    carrier.says(ZOE, Fate::Taken, "250 2.0.0 Ok");
    world.clock.advance(10);
    carrier.worker(&world).round().await.unwrap();
    assert_eq!(anne.call("EmailSubmission/set", json!({"destroy": [id]})).await["destroyed"], json!([id]));
}

#[tokio::test]
async fn a_priority_nobody_knows_is_refused() {
    let world = World::new();
    let anne = world.member(ANNE);
    for wrong in [json!("soon"), json!(1), json!({})] {
        let mut request = anne.letter_to("l-1", &[ANNE]).await;
        request["priority"] = wrong;
        anne.fails("Letter/send", request, "invalidArguments").await;
    }
}

#[tokio::test]
async fn the_keeper_pauses_retries_and_gives_up() {
    let world = World::new();
    let (anne, carrier) = (world.member(ANNE), Scripted::default());
    world.relay.add_route(&route("*")).unwrap();
    world.relay.pause_route("*", true).unwrap();
    send(&anne, "l-1", &[ZOE]).await;
    let worker = carrier.worker(&world);
    worker.round().await.unwrap();
    assert_eq!(carrier.count(), 0, "paused");
    world.relay.pause_route("*", false).unwrap();
    carrier.says(ZOE, Fate::Later, "451 4.3.0 zoe is away");
    worker.round().await.unwrap();
    let entry = world.relay.queue(false).unwrap().remove(0);
    assert_eq!((entry.address, entry.last_reply.as_str(), entry.attempts), (None, "451 4.3.0", 1));
    assert!(world.relay.retry_queued(entry.id).unwrap() && !world.relay.retry_queued(99).unwrap());
    worker.round().await.unwrap();
    assert_eq!(carrier.count(), 2);
    assert!(world.relay.give_up_queued(entry.id).unwrap() && !world.relay.give_up_queued(entry.id).unwrap());
    let state = status(&anne, ZOE).await;
    assert_eq!((&state["delivered"], &state["nextAttemptAt"]), (&json!("no"), &json!(null)));
    assert!(!world.relay.retry_queued(entry.id).unwrap(), "its state is final");
}

#[tokio::test]
async fn a_letter_whose_route_went_away_waits_for_a_new_one() {
    let world = World::new();
    let (anne, carrier) = (world.member(ANNE), Scripted::default());
    world.relay.add_route(&route("*")).unwrap();
    send(&anne, "l-1", &[ZOE]).await;
    assert!(world.relay.remove_route("*").unwrap() && !world.relay.remove_route("*").unwrap());
    let worker = carrier.worker(&world);
    assert_eq!(worker.round().await.unwrap(), Some(NOW + 10));
    assert!(status(&anne, ZOE).await["smtpReply"].as_str().unwrap().starts_with("451 4.4.4 "));
    world.relay.add_route(&route("ailleurs.fr")).unwrap();
    world.clock.advance(10);
    worker.round().await.unwrap();
    assert_eq!(status(&anne, ZOE).await["delivered"], "unknown");
}

#[tokio::test]
async fn a_letter_keeps_its_bytes_while_it_waits() {
    let world = World::with_blobs_in_files();
    let (anne, carrier) = (world.member(ANNE), Scripted::default());
    world.relay.add_route(&route("*")).unwrap();
    carrier.says(ZOE, Fate::Later, "451 4.3.0 Not now");
    send(&anne, "l-1", &[ZOE]).await;
    carrier.worker(&world).round().await.unwrap();
    world.clock.advance(limits::UNREFERENCED_BLOB_LIFETIME + 1);
    world.relay.sweep().unwrap();
    carrier.says(ZOE, Fate::Taken, "250 2.0.0 Ok");
    carrier.worker(&world).round().await.unwrap();
    assert_eq!(carrier.inner.lock().unwrap().bodies[1], letter(ANNE, "l-1"));
    let before = world.relay.store().blobs().list().unwrap().len();
    world.relay.sweep().unwrap();
    assert!(world.relay.store().blobs().list().unwrap().len() < before, "let go once it is there");
}
