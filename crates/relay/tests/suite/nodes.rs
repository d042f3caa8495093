//! Two relays over one database of PostgreSQL. Without `SCEAU_TEST_POSTGRES` they have none, and say so.

use std::{collections::BTreeMap, sync::Arc};

use futures::StreamExt as _;
use sceau_relay::{Fault, Relay, clock::ManualClock};
use serde_json::{Value, json};

use super::{
    database::Shared,
    push::listen,
    storage::Folder,
    world::{ANNE, BRUNO, NOW, World},
};

/// Two relays over one new database.
fn two() -> Option<(World, World)> {
    let shared = Shared::new()?;
    let clock = Arc::new(ManualClock::at(NOW));
    Some((node(&shared, &clock), node(&shared, &clock)))
}

fn node(shared: &Shared, clock: &Arc<ManualClock>) -> World {
    World::over(Relay::with_store(shared.store(), clock.clone()), clock.clone())
}

#[tokio::test]
async fn what_one_accepts_the_other_shows_and_tells() {
    let Some((one, other)) = two() else { return };
    let (anne, bruno) = (one.member(ANNE), other.member(BRUNO));
    let mut source = listen(&bruno, "types=EmailDelivery&closeafter=no&ping=0", None).await;
    let sent = anne.call("Letter/send", anne.letter_to("l-1", &[BRUNO]).await).await;
    assert_eq!(sent["deliveryStatus"][BRUNO]["delivered"], "yes", "{sent}");
    let (_, _, told) = source.next().await.unwrap();
    assert!(told["changed"][&bruno.account]["EmailDelivery"].is_string(), "{told}");
    assert_eq!(bruno.emails("inbox").await.len(), 1);
}

/// An event's id says that everything before it was told: whoever goes on from it would miss what comes later with a lower one.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn changes_are_told_in_their_order_whichever_relay_made_them() {
    const EACH: usize = 30;
    const TYPES: [&str; 2] = ["Vault", "Mailbox"];
    let Some((one, other)) = two() else { return };
    let (here, there) = (one.member(ANNE), other.member(ANNE));
    let mut source = listen(&here, "types=Vault,Mailbox&closeafter=no&ping=0", None).await;
    for version in 0..EACH {
        let made = json!({"create": {"x": {"name": format!("M {version}"), "parentId": null}}});
        there.call("Mailbox/set", made).await;
        let written = json!({"update": {"keys": {"ifVersion": version, "data": "AA=="}}});
        here.call("Vault/set", written).await;
    }
    let mut last = BTreeMap::new();
    for kind in TYPES {
        last.insert(kind, number(&here.call(&format!("{kind}/get"), json!({"ids": []})).await["state"]));
    }
    let (mut known, mut before) = (BTreeMap::new(), 0);
    while known != last {
        let (_, id, told) = source.next().await.unwrap();
        for kind in TYPES {
            let Some(state) = told["changed"][&here.account].get(kind).map(number) else { continue };
            let is_new = known.insert(kind, state).is_none_or(|earlier| earlier < state);
            assert!(is_new && state > before, "{kind} {state} after event {before}");
        }
        before = id.parse().unwrap();
        assert_eq!(known.values().max(), Some(&before));
    }
}

fn number(state: &Value) -> u64 {
    state.as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_letter_for_later_goes_out_once_whichever_delivers() {
    let Some((one, other)) = two() else { return };
    let (anne, bruno) = (one.member(ANNE), other.member(BRUNO));
    let mut letter = anne.letter_to("l-1", &[BRUNO]).await;
    letter["sendAt"] = json!("2026-11-23T08:30:10Z");
    anne.call("Letter/send", letter).await;
    one.clock.advance(60);
    let both = [one.relay.clone(), other.relay.clone()]
        .map(|relay| std::thread::spawn(move || relay.deliver_due().unwrap()));
    for thread in both {
        thread.join().unwrap();
    }
    assert_eq!(bruno.emails("inbox").await.len(), 1);
}

/// Everything at once, from both sides, to one account and between two: what deadlocks would be is waited for, and nothing is
/// lost or counted twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn letters_that_cross_are_all_there_once() {
    const EACH: usize = 12;
    const AT_ONCE: usize = 8;
    let Some((one, other)) = two() else { return };
    let (one, other) = (Arc::new(one), Arc::new(other));
    let (anne, bruno) = (one.member(ANNE), other.member(BRUNO));
    let mut requests = Vec::new();
    for number in 0..EACH {
        requests.push((&anne, anne.letter_to(&format!("a-{number}"), &[BRUNO, ANNE]).await));
        requests.push((&bruno, bruno.letter_to(&format!("b-{number}"), &[ANNE, BRUNO]).await));
        // The same again, as after an answer that was lost.
        requests.push(requests[requests.len() - 2].clone());
    }
    let sending = requests.into_iter().map(|(from, letter)| from.call("Letter/send", letter));
    let sent: Vec<Value> = futures::stream::iter(sending).buffer_unordered(AT_ONCE).collect().await;
    assert!(sent.iter().all(|sent| sent["undoStatus"] == "final"), "{sent:?}");
    for (who, inbox, sent) in [(&anne, 2 * EACH, EACH), (&bruno, 2 * EACH, EACH)] {
        assert_eq!((who.emails("inbox").await.len(), who.emails("sent").await.len()), (inbox, sent));
        let list = who.call("Mailbox/get", json!({"ids": null})).await["list"].clone();
        let count = |role: &str| {
            list.as_array().unwrap().iter().find(|m| m["role"] == role).unwrap()["totalEmails"].clone()
        };
        assert_eq!((count("inbox"), count("sent")), (json!(inbox), json!(sent)));
    }
}

#[tokio::test]
async fn who_follows_a_relay_that_lost_its_database_is_cut_off_and_may_come_back() {
    let Some(shared) = Shared::new() else { return };
    let clock = Arc::new(ManualClock::at(NOW));
    let world = node(&shared, &clock);
    let bruno = world.member(BRUNO);
    let mut source = listen(&bruno, "types=EmailDelivery&closeafter=no&ping=0", None).await;
    shared.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    assert!(source.next().await.is_none(), "it may have missed something");
    let other = node(&shared, &clock);
    // Whoever comes back before the relay hears again is cut off once more when it does, and misses nothing either.
    for number in 0.. {
        let mut source = listen(&bruno, "types=EmailDelivery&closeafter=no&ping=0", None).await;
        let anne = other.member(ANNE);
        let letter = anne.letter_to(&format!("l-{number}"), &[BRUNO]).await;
        anne.call("Letter/send", letter).await;
        if source.next().await.is_some() {
            break;
        }
    }
}

#[test]
fn a_data_folder_may_say_that_its_rows_lie_elsewhere() {
    let Some(shared) = Shared::new() else { return };
    let (one, other) = (Folder::new("node-one"), Folder::new("node-other"));
    for folder in [&one, &other] {
        std::fs::create_dir_all(&folder.0).unwrap();
        let text =
            format!("database = \"{}\"\nblobs = \"{}\"\n", shared.place(), one.0.join("blobs").display());
        std::fs::write(folder.0.join("store.toml"), text).unwrap();
    }
    let first = Relay::open(&one.0).unwrap();
    let made = first.add_account(ANNE, None, &[]).unwrap().unwrap();
    assert!(!one.0.join("relay.sqlite").exists());
    // Its own seed is another one; with the same it is the same relay.
    let Err(Fault::Setting(words)) = Relay::open(&other.0) else { panic!("another seed was taken") };
    assert!(words.contains("opaque.seed"), "{words}");
    for secret in ["opaque.seed", "vapid.pem"] {
        std::fs::copy(one.0.join(secret), other.0.join(secret)).unwrap();
    }
    let second = Relay::open(&other.0).unwrap();
    assert_eq!(second.add_account(ANNE, None, &[]).unwrap().unwrap().account_id, made.account_id);
    std::fs::write(other.0.join("store.toml"), "database = 7").unwrap();
    assert!(matches!(Relay::open(&other.0), Err(Fault::Setting(_))));
}
