//! Identities and submissions, with their undoing.

use jmap_client::{
    URI,
    client::Client,
    core::{
        request::Request,
        set::{SetErrorType, SetObject as _},
    },
    email_submission::{
        Address, Delivered, EmailSubmission, UndoStatus,
        query::{Comparator, Filter},
    },
    mailbox::Role,
};

use super::{
    super::world::{ANNE, BRUNO, World, letter},
    client, import, mailbox, not_set,
};

/// A request that uses the capability of Identities, which the client does not name by itself.
fn sending(client: &Client) -> Request<'_> {
    let mut request = client.build();
    request.add_capability(URI::Submission);
    request
}

async fn identity(client: &Client) -> String {
    let mut request = sending(client);
    request.get_identity();
    let mut list = request.send_get_identity().await.unwrap().take_list();
    assert_eq!((list.len(), list[0].email()), (1, Some(client.session().username())));
    list.remove(0).take_id()
}

async fn received(client: &Client) -> usize {
    let inbox = mailbox(client, Role::Inbox).await;
    client.mailbox_get(&inbox, None::<Vec<_>>).await.unwrap().unwrap().total_emails()
}

async fn submission(client: &Client, id: &str) -> EmailSubmission {
    client.email_submission_get(id, None).await.unwrap().unwrap()
}

#[tokio::test]
async fn there_is_one_identity() {
    let world = World::new();
    let client = client(&world.member(ANNE)).await;
    let id = identity(&client).await;
    let mut request = sending(&client);
    request.get_identity().ids([&*id, "i999999"]);
    let mut got = request.send_get_identity().await.unwrap();
    assert_eq!(got.take_not_found(), ["i999999"]);
    let own = got.take_list().remove(0);
    assert_eq!((own.email(), own.may_delete()), (Some(ANNE), false));
    let mut request = sending(&client);
    request.changes_identity(got.state());
    assert_eq!(request.send_changes_identity().await.unwrap().total_changes(), 0);
    let mut request = sending(&client);
    let set = request.set_identity().destroy([&id]);
    let made = set.create().name("B").email(BRUNO).create_id().unwrap();
    let mut answer = request.send_set_identity().await.unwrap();
    assert_eq!(not_set(answer.created(&made)), SetErrorType::ForbiddenFrom);
    assert_eq!(not_set(answer.destroyed(&id)), SetErrorType::Forbidden);
}

#[tokio::test]
async fn a_letter_is_sent_and_arrives() {
    let world = World::new();
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let (hers, his) = (client(&anne).await, client(&bruno).await);
    let identity = identity(&hers).await;
    let email = import(&hers, letter(ANNE, "1"), Role::Drafts, &["$draft"]).await;
    let mut made = hers.email_submission_create(&email, &identity).await.unwrap();
    let got = submission(&hers, &made.take_id()).await;
    assert_eq!((got.email_id(), got.identity_id()), (Some(&*email), Some(&*identity)));
    assert_eq!((got.undo_status(), got.mail_from().unwrap().email()), (Some(&UndoStatus::Final), ANNE));
    assert_eq!(got.rcpt_to().unwrap()[0].email(), BRUNO, "the envelope of the outer To");
    assert_eq!(got.delivery_status_email(BRUNO).unwrap().delivered(), &Delivered::Yes);
    assert_eq!(received(&his).await, 1);
    let again = hers.email_submission_create_envelope(&email, &identity, ANNE, [BRUNO]).await.unwrap();
    assert_eq!(received(&his).await, 2);
    hers.email_submission_destroy(again.id().unwrap()).await.unwrap();
    assert!(hers.email_submission_get(again.id().unwrap(), None).await.unwrap().is_none());
}

#[tokio::test]
async fn a_letter_is_taken_back_until_it_is_sent() {
    let world = World::new();
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let (hers, his) = (client(&anne).await, client(&bruno).await);
    let identity = identity(&hers).await;
    let email = import(&hers, letter(ANNE, "1"), Role::Drafts, &[]).await;
    let held = || Address::new(ANNE).parameter("HOLDFOR", Some("60"));
    let mut kept = hers.email_submission_create_envelope(&email, &identity, held(), [BRUNO]).await.unwrap();
    let mut sent = hers.email_submission_create_envelope(&email, &identity, held(), [BRUNO]).await.unwrap();
    let (kept, sent) = (kept.take_id(), sent.take_id());
    assert_eq!(submission(&hers, &kept).await.undo_status(), Some(&UndoStatus::Pending));
    hers.email_submission_change_status(&kept, UndoStatus::Canceled).await.unwrap();
    world.clock.advance(60);
    world.relay.deliver_due().unwrap();
    assert_eq!(submission(&hers, &kept).await.undo_status(), Some(&UndoStatus::Canceled));
    assert_eq!(submission(&hers, &sent).await.undo_status(), Some(&UndoStatus::Final));
    assert_eq!(received(&his).await, 1);
    let late = hers.email_submission_change_status(&sent, UndoStatus::Canceled).await;
    assert_eq!(not_set(late), SetErrorType::CannotUnsend);
    for (filter, expected) in [
        (Filter::undo_status(UndoStatus::Canceled), vec![&kept]),
        (Filter::undo_status(UndoStatus::Final), vec![&sent]),
        (Filter::email_ids([&email]), vec![&kept, &sent]),
        (Filter::identity_ids([&identity]), vec![&kept, &sent]),
        (Filter::thread_ids(["t999999"]), vec![]),
    ] {
        let sort = [Comparator::sent_at(), Comparator::email_id()];
        let found = hers.email_submission_query(Some(filter), Some(sort)).await.unwrap();
        assert_eq!(found.ids().iter().collect::<Vec<_>>(), expected);
    }
    let changes = hers.email_submission_changes("0", 10).await.unwrap();
    assert_eq!(changes.created(), [kept, sent]);
}

#[tokio::test]
async fn what_follows_a_sending_is_done_with_it() {
    let world = World::new();
    let (anne, _bruno) = (world.member(ANNE), world.member(BRUNO));
    let client = client(&anne).await;
    let identity = identity(&client).await;
    let sent = mailbox(&client, Role::Sent).await;
    let moved = import(&client, letter(ANNE, "1"), Role::Drafts, &["$draft"]).await;
    let ended = import(&client, letter(ANNE, "2"), Role::Drafts, &["$draft"]).await;
    let mut request = client.build();
    let set = request.set_email_submission();
    let one = set.create().email_id(&moved).identity_id(&identity).create_id().unwrap();
    let two = set.create().email_id(&ended).identity_id(&identity).create_id().unwrap();
    let then = set.arguments();
    then.on_success_update_email(&one).keywords(["$seen"]).mailbox_ids([&sent]);
    then.on_success_destroy_email(&two);
    let answers = request.send().await.unwrap().unwrap_method_responses();
    assert_eq!(answers.len(), 2, "EmailSubmission/set and Email/set");
    let left = client.email_get(&moved, None::<Vec<_>>).await.unwrap().unwrap();
    assert_eq!((left.mailbox_ids(), left.keywords()), (vec![&*sent], vec!["$seen"]));
    assert!(client.email_get(&ended, None::<Vec<_>>).await.unwrap().is_none());
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused() {
    let world = World::new();
    let (anne, _bruno) = (world.member(ANNE), world.member(BRUNO));
    let client = client(&anne).await;
    let identity = identity(&client).await;
    let email = import(&client, letter(ANNE, "1"), Role::Drafts, &[]).await;
    for (from, to, expected) in [
        (BRUNO, vec![BRUNO], SetErrorType::ForbiddenMailFrom),
        (ANNE, vec![], SetErrorType::NoRecipients),
        (ANNE, vec!["x@nowhere.example"], SetErrorType::InvalidRecipients),
        (ANNE, vec![BRUNO; 201], SetErrorType::TooManyRecipients),
    ] {
        let answer = client.email_submission_create_envelope(&email, &identity, from, to).await;
        assert_eq!(not_set(answer), expected);
    }
    let unknown = client.email_submission_create("e999999", &identity).await;
    assert_eq!(not_set(unknown), SetErrorType::InvalidProperties);
}
