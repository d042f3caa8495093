//! What `jmap-client` offers and does not get, each with its reason. A line whose call succeeds fails the test.

use futures::StreamExt as _;
use jmap_client::{
    DataType, Error,
    client::Client,
    core::session::Capabilities,
    email::{self, query::Filter},
    mailbox::Role,
    principal::ACL,
};

use super::{
    super::world::{ANNE, BRUNO, Member, World, letter},
    client, import, mailbox,
};

/// Call, what the client says, why.
const LEDGER: [(&str, &str, &str); 20] = [
    ("blob_copy", "UnknownMethod", "a member has one account"),
    ("email_copy", "UnknownMethod", "a member has one account"),
    ("email_parse", "UnknownMethod", "the relay cannot open a letter"),
    ("search_snippet_get", "UnknownMethod", "the relay cannot open a letter"),
    ("email_create", "InvalidProperties", "the relay takes sealed letters only: Email/import"),
    ("identity_create", "UnknownMethod", "the client does not name the capability (RFC 8621 §1.3.2)"),
    ("identity_destroy", "UnknownMethod", "the client does not name the capability (RFC 8621 §1.3.2)"),
    ("identity_get", "UnknownMethod", "the client does not name the capability (RFC 8621 §1.3.2)"),
    ("identity_changes", "UnknownMethod", "the client does not name the capability (RFC 8621 §1.3.2)"),
    (
        "submission capability",
        "Empty",
        "the client takes extensions for a list, not an object (RFC 8621 §1.3.2)",
    ),
    ("get_push_subscription", "Parse", "the client wants a state, which there is not (RFC 8620 §7.2.1)"),
    ("email_set_keyword to false", "InvalidProperties", "a patch takes away by null (RFC 8620 §5.3)"),
    ("email_set_mailbox to false", "InvalidProperties", "a patch takes away by null (RFC 8620 §5.3)"),
    ("mailbox_update_acl", "Parse", "mailboxes are not shared; the client does not read the error"),
    ("vacation_response_get", "UnknownCapability", "an answer would have to be sealed"),
    ("sieve_script_create", "UnknownCapability", "a script would read what is sealed"),
    ("principal_get", "UnknownMethod", "accounts are made on the relay's machine"),
    ("domain_create", "UnknownMethod", "accounts are made on the relay's machine"),
    ("event_source of all types", "unknown variant `Letter`", "the client knows no types but its own"),
    ("enable_push_ws of all types", "did not match any variant", "the client knows no types but its own"),
];

#[tokio::test]
async fn what_the_client_does_not_get_is_written_down() {
    let world = World::new();
    let (anne, _bruno) = (world.member(ANNE), world.member(BRUNO));
    let client = client(&anne).await;
    for (call, expected, reason) in LEDGER {
        let error = attempt(&anne, &client, call).await.expect_err(&format!("{call} works, though {reason}"));
        assert!(format!("{error:?}").contains(expected), "{call}: {error:?}");
    }
}

async fn attempt(anne: &Member<'_>, client: &Client, call: &str) -> Result<(), Error> {
    let id = import(client, letter(ANNE, "x"), Role::Inbox, &[]).await;
    let inbox = mailbox(client, Role::Inbox).await;
    let nothing = || None::<Vec<String>>;
    match call {
        "blob_copy" => client.blob_copy(&anne.account, "0").await.map(drop),
        "email_copy" => client.email_copy(&anne.account, &id, [&inbox], nothing(), None).await.map(drop),
        "email_parse" => {
            let mut got = client.email_get(&id, None::<Vec<email::Property>>).await?.unwrap();
            client.email_parse(&got.take_blob_id(), None::<Vec<_>>, None::<Vec<_>>, None).await.map(drop)
        }
        "search_snippet_get" => client.search_snippet_get(Some(Filter::from("a")), [&id]).await.map(drop),
        "email_create" => {
            let mut request = client.build();
            request.set_email().create_with_id("x").mailbox_ids([&inbox]).subject("x");
            request.send_set_email().await?.created("x").map(drop)
        }
        "identity_create" => client.identity_create("B", BRUNO).await.map(drop),
        "identity_destroy" => client.identity_destroy("i1").await,
        "identity_get" => client.identity_get("i1", None).await.map(drop),
        "identity_changes" => client.identity_changes("0", 1).await.map(drop),
        "submission capability" => {
            let session = client.session();
            let account = session.account(&anne.account).unwrap();
            match account.capability("urn:ietf:params:jmap:submission") {
                Some(Capabilities::Submission(_)) => Ok(()),
                other => Err(Error::Internal(format!("{other:?}"))),
            }
        }
        "get_push_subscription" => {
            let mut request = client.build();
            request.get_push_subscription();
            request.send_get_push_subscription().await.map(drop)
        }
        "email_set_keyword to false" => client.email_set_keyword(&id, "$seen", false).await.map(drop),
        "email_set_mailbox to false" => client.email_set_mailbox(&id, &inbox, false).await.map(drop),
        "mailbox_update_acl" => client.mailbox_update_acl(&inbox, BRUNO, [ACL::ReadItems]).await.map(drop),
        "vacation_response_get" => client.vacation_response_get(None::<Vec<_>>).await.map(drop),
        "sieve_script_create" => client.sieve_script_create("x", b"keep;".to_vec(), true).await.map(drop),
        "principal_get" => client.principal_get("p", None::<Vec<_>>).await.map(drop),
        "domain_create" => client.domain_create("exemple.fr").await.map(drop),
        other => attempt_to_hear(anne, client, other).await,
    }
}

/// Has a letter sent, of which the client is told with types it does not know.
async fn attempt_to_hear(anne: &Member<'_>, client: &Client, call: &str) -> Result<(), Error> {
    match call {
        "event_source of all types" => {
            let mut events = client.event_source(None::<[DataType; 0]>, false, None, None).await?;
            let send = anne.letter_to("l-1", &[BRUNO]).await;
            anne.call("Letter/send", send).await;
            events.next().await.unwrap().map(drop)
        }
        "enable_push_ws of all types" => {
            let mut socket = client.connect_ws().await?;
            client.enable_push_ws(None::<[DataType; 0]>, None::<String>).await?;
            let mut request = client.build();
            request.get_mailbox();
            request.send_ws().await?;
            socket.next().await.unwrap()?;
            let send = anne.letter_to("l-2", &[BRUNO]).await;
            anne.call("Letter/send", send).await;
            socket.next().await.unwrap().map(drop)
        }
        other => panic!("{other} is not tried"),
    }
}
