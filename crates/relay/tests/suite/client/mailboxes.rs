//! Mailboxes.

use jmap_client::{
    client::Client,
    core::{
        query,
        set::{SetErrorType, SetObject as _},
    },
    mailbox::{
        Property, Role,
        query::{Comparator, Filter},
    },
};

use super::{
    super::world::{ANNE, World, letter},
    client, import, mailbox, not_set,
};

async fn names(
    client: &Client,
    filter: Option<Filter>,
    sort: Vec<query::Comparator<Comparator>>,
) -> Vec<String> {
    let found = client.mailbox_query(filter, Some(sort)).await.unwrap();
    let mut names = Vec::new();
    for id in found.ids() {
        let one = client.mailbox_get(id, Some([Property::Name])).await.unwrap().unwrap();
        names.push(one.name().unwrap().to_owned());
    }
    names
}

#[tokio::test]
async fn mailboxes_are_made_changed_and_ended() {
    let world = World::new();
    let client = client(&world.member(ANNE)).await;
    let nobody = None::<String>;
    let top = client.mailbox_create("Patients", nobody.clone(), Role::None).await.unwrap().take_id();
    let below = client.mailbox_create("2026", Some(&top), Role::None).await.unwrap().take_id();
    client.mailbox_rename(&top, "Dossiers").await.unwrap();
    client.mailbox_update_sort_order(&top, 7).await.unwrap();
    client.mailbox_subscribe(&top, true).await.unwrap();
    let got = client.mailbox_get(&top, None::<Vec<Property>>).await.unwrap().unwrap();
    assert_eq!((got.name(), got.parent_id(), got.role()), (Some("Dossiers"), None, Role::None));
    assert_eq!((got.sort_order(), got.is_subscribed(), got.total_emails()), (7, true, 0));
    let rights = got.my_rights().unwrap();
    assert!(rights.may_read_items() && rights.may_add_items() && rights.may_delete() && rights.may_rename());
    let child = client.mailbox_get(&below, Some([Property::ParentId])).await.unwrap().unwrap();
    assert_eq!(child.parent_id(), Some(&*top));
    assert_eq!(not_set(client.mailbox_destroy(&top, false).await), SetErrorType::MailboxHasChild);
    client.mailbox_move(&below, nobody).await.unwrap();
    client.mailbox_destroy(&top, false).await.unwrap();
    assert!(client.mailbox_get(&top, None::<Vec<Property>>).await.unwrap().is_none());
    assert_eq!(not_set(client.mailbox_destroy(&top, false).await), SetErrorType::NotFound);
    client.mailbox_update_role(&below, Role::Important).await.unwrap();
    assert_eq!(mailbox(&client, Role::Important).await, below);
}

#[tokio::test]
async fn mailboxes_are_found_in_order() {
    let world = World::new();
    let client = client(&world.member(ANNE)).await;
    let top = client.mailbox_create("Zoe", None::<String>, Role::None).await.unwrap().take_id();
    for name in ["b", "a", "c"] {
        client.mailbox_create(name, Some(&top), Role::None).await.unwrap();
    }
    let under = || Some(Filter::parent_id(Some(&top)));
    assert_eq!(names(&client, under(), vec![Comparator::name()]).await, ["a", "b", "c"]);
    assert_eq!(names(&client, under(), vec![Comparator::name().descending()]).await, ["c", "b", "a"]);
    assert_eq!(names(&client, Some(Filter::name("Zo")), vec![]).await, ["Zoe"]);
    let with_role = names(&client, Some(Filter::has_any_role(true)), vec![Comparator::sort_order()]).await;
    assert!(!with_role.contains(&"Zoe".to_owned()));
    assert!(with_role.len() >= 4, "{with_role:?}");
    let mut request = client.build();
    let query = request.query_mailbox();
    query.position(1).limit(1).calculate_total(true).filter(Filter::parent_id(Some(&top)));
    query.arguments().sort_as_tree(true).filter_as_tree(false);
    let page = request.send_query_mailbox().await.unwrap();
    assert_eq!((page.ids().len(), page.total(), page.position()), (1, Some(3), 1));
}

#[tokio::test]
async fn changes_of_mailboxes_are_told() {
    let world = World::new();
    let client = client(&world.member(ANNE)).await;
    let mut request = client.build();
    request.get_mailbox();
    let before = request.send_get_mailbox().await.unwrap().take_state();
    let made = client.mailbox_create("x", None::<String>, Role::None).await.unwrap().take_id();
    let changes = client.mailbox_changes(&before, 10).await.unwrap();
    assert_eq!((changes.created(), changes.has_more_changes()), (&[made.clone()][..], false));
    let then = changes.new_state().to_owned();
    import(&client, letter(ANNE, "1"), Role::Inbox, &[]).await;
    let changes = client.mailbox_changes(&then, 10).await.unwrap();
    assert_eq!(changes.updated(), [mailbox(&client, Role::Inbox).await]);
    let counts = changes.arguments().updated_properties().unwrap();
    assert!(counts.iter().all(Property::is_count), "{counts:?}");
    client.mailbox_destroy(&made, true).await.unwrap();
    assert_eq!(client.mailbox_changes(&then, 10).await.unwrap().destroyed(), [made]);
}

#[tokio::test]
async fn a_mailbox_with_letters_is_ended_only_when_it_is_meant() {
    let world = World::new();
    let client = client(&world.member(ANNE)).await;
    let id = client.mailbox_create("x", None::<String>, Role::None).await.unwrap().take_id();
    let mut email = client.email_import(letter(ANNE, "1"), [&id], None::<Vec<String>>, None).await.unwrap();
    assert_eq!(not_set(client.mailbox_destroy(&id, false).await), SetErrorType::MailboxHasEmail);
    client.mailbox_destroy(&id, true).await.unwrap();
    let gone = client.email_get(&email.take_id(), None::<Vec<jmap_client::email::Property>>).await.unwrap();
    assert!(gone.is_none());
}

#[tokio::test]
async fn several_changes_go_in_one_call_or_not_at_all() {
    let world = World::new();
    let client = client(&world.member(ANNE)).await;
    let mut request = client.build();
    let set = request.set_mailbox();
    let parent = set.create().name("a").create_id().unwrap();
    let child = set.create().name("b").parent_id_ref(&parent).create_id().unwrap();
    let mut answer = request.send_set_mailbox().await.unwrap();
    let parent = answer.created(&parent).unwrap().take_id();
    let child = answer.created(&child).unwrap().take_id();
    let got = client.mailbox_get(&child, Some([Property::ParentId])).await.unwrap().unwrap();
    assert_eq!(got.parent_id(), Some(&*parent));
    let mut request = client.build();
    request.set_mailbox().if_in_state("nonsense").update(&parent).name("c");
    assert_eq!(
        super::refused(request.send_set_mailbox().await),
        jmap_client::core::error::MethodErrorType::StateMismatch
    );
}
