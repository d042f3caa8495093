//! What is told of changes: event source, WebSocket, push subscriptions.

use std::collections::BTreeSet;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use futures::StreamExt as _;
use jmap_client::{
    DataType, Error, PushObject, client::Client, client_ws::WebSocketMessage, core::set::SetErrorType,
    event_source::PushNotification, mailbox::Role, push_subscription::Keys,
};
use sceau_relay::Pusher;

use super::{
    super::{
        push_service::{PushService, UserAgent},
        world::{ANNE, World, letter},
    },
    client, import, not_set,
};

const URL: &str = "https://push.example/s/1";

/// The types told of an account; an error when it is something else.
fn told(notification: Option<Result<PushNotification, Error>>, account: &str) -> BTreeSet<String> {
    match notification.unwrap().unwrap() {
        PushNotification::StateChange(changes) => {
            changes.changes(account).unwrap().map(|(kind, _)| kind.to_string()).collect()
        }
        other => panic!("{other:?}"),
    }
}

fn set<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.map(str::to_owned).into()
}

#[tokio::test]
async fn the_event_source_tells_of_the_types_asked_for() {
    let world = World::new();
    let anne = world.member(ANNE);
    let client = client(&anne).await;
    let types = Some([DataType::Email, DataType::Mailbox]);
    let mut events = client.event_source(types, false, Some(300), None).await.unwrap();
    import(&client, letter(ANNE, "1"), Role::Inbox, &[]).await;
    assert_eq!(told(events.next().await, &anne.account), set(["Email", "Mailbox"]));
    import(&client, letter(ANNE, "2"), Role::Inbox, &[]).await;
    assert_eq!(told(events.next().await, &anne.account), set(["Email", "Mailbox"]));
}

#[tokio::test]
async fn the_event_source_ends_after_a_change_when_it_is_to() {
    let world = World::new();
    let anne = world.member(ANNE);
    let client = client(&anne).await;
    let mut events = client.event_source(Some([DataType::Thread]), true, None, None).await.unwrap();
    import(&client, letter(ANNE, "1"), Role::Inbox, &[]).await;
    let change = events.next().await.unwrap().unwrap();
    assert!(events.next().await.is_none());
    let PushNotification::StateChange(change) = change else { panic!("{change:?}") };
    let id = change.id().map(str::to_owned);
    import(&client, letter(ANNE, "2"), Role::Inbox, &[]).await;
    let types = Some([DataType::Thread]);
    let mut events = client.event_source(types, true, None, id.as_deref()).await.unwrap();
    assert_eq!(told(events.next().await, &anne.account), set(["Thread"]), "what was missed in between");
}

async fn ask(client: &Client) -> String {
    let mut request = client.build();
    request.get_mailbox();
    request.send_ws().await.unwrap()
}

#[tokio::test]
async fn requests_go_over_a_socket() {
    let world = World::new();
    let client = client(&world.member(ANNE)).await;
    let mut socket = client.connect_ws().await.unwrap();
    client.ws_ping().await.unwrap();
    for _ in 0..2 {
        let id = ask(&client).await;
        let WebSocketMessage::Response(answer) = socket.next().await.unwrap().unwrap() else { panic!() };
        assert_eq!(answer.request_id(), Some(&*id));
        let mailboxes = answer.unwrap_method_responses().remove(0).unwrap_get_mailbox().unwrap();
        assert!(mailboxes.list().len() >= 4);
    }
    let mut request = client.build();
    request.add_capability(jmap_client::URI::Sieve);
    request.send_ws().await.unwrap();
    let Some(Err(Error::Problem(problem))) = socket.next().await else { panic!("it was not refused") };
    assert_eq!((problem.status(), problem.request_id()), (Some(400), Some("2")));
}

#[tokio::test]
async fn changes_are_told_over_a_socket_while_they_are_wanted() {
    let world = World::new();
    let anne = world.member(ANNE);
    let client = client(&anne).await;
    let mut socket = client.connect_ws().await.unwrap();
    client.enable_push_ws(Some([DataType::Email]), None::<String>).await.unwrap();
    // An answer shows that the relay has read what came before it.
    ask(&client).await;
    assert!(matches!(socket.next().await, Some(Ok(WebSocketMessage::Response(_)))));
    import(&client, letter(ANNE, "1"), Role::Inbox, &[]).await;
    let Some(Ok(WebSocketMessage::PushNotification(PushObject::StateChange { changed }))) =
        socket.next().await
    else {
        panic!("no change was told")
    };
    assert_eq!(changed[&anne.account].keys().collect::<Vec<_>>(), [&DataType::Email]);
    client.disable_push_ws().await.unwrap();
    ask(&client).await;
    assert!(matches!(socket.next().await, Some(Ok(WebSocketMessage::Response(_)))));
    import(&client, letter(ANNE, "2"), Role::Inbox, &[]).await;
    ask(&client).await;
    let next = socket.next().await;
    assert!(matches!(next, Some(Ok(WebSocketMessage::Response(_)))), "no change is told any more: {next:?}");
}

fn keys(agent: &UserAgent) -> Keys {
    let keys = agent.keys();
    let octets = |name: &str| URL_SAFE_NO_PAD.decode(keys[name].as_str().unwrap()).unwrap();
    Keys::new(&octets("p256dh"), &octets("auth"))
}

#[tokio::test]
async fn a_push_subscription_is_verified_and_told() {
    let world = World::new();
    let anne = world.member(ANNE);
    let client = client(&anne).await;
    let (service, mut sees) = PushService::new();
    let mut pusher = Pusher::new(world.relay.clone(), service);
    let agent = UserAgent::new();
    let mut made = client.push_subscription_create("device", URL, Some(keys(&agent))).await.unwrap();
    let id = made.take_id();
    pusher.push_due().await.unwrap();
    let verification = agent.open(&sees.try_recv().unwrap().body);
    assert_eq!(verification["pushSubscriptionId"], *id);
    let wrong = client.push_subscription_verify(&id, "wrong").await;
    assert_eq!(not_set(wrong), SetErrorType::InvalidProperties);
    let code = verification["verificationCode"].as_str().unwrap();
    client.push_subscription_verify(&id, code).await.unwrap();
    client.push_subscription_update_types(&id, Some([DataType::Email])).await.unwrap();
    import(&client, letter(ANNE, "1"), Role::Inbox, &[]).await;
    pusher.push_due().await.unwrap();
    let change = agent.open(&sees.try_recv().unwrap().body);
    let types: Vec<_> = change["changed"][&anne.account].as_object().unwrap().keys().collect();
    assert_eq!(types, ["Email"]);
    client.push_subscription_destroy(&id).await.unwrap();
    assert_eq!(not_set(client.push_subscription_destroy(&id).await), SetErrorType::NotFound);
}
