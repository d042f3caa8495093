//! Signing in, the session resource, blobs.

use jmap_client::{
    Error,
    client::Credentials,
    core::{error::ProblemType, session::Capabilities},
};
use sceau_relay::limits;

use super::{
    super::world::{ANNE, BRUNO, World},
    client, connect,
};

fn problem<T>(result: Result<T, Error>) -> (String, u32) {
    match result {
        Err(Error::Problem(problem)) => match problem.error() {
            ProblemType::Other(kind) => (kind.clone(), problem.status().unwrap()),
            ProblemType::JMAP(kind) => (format!("{kind:?}"), problem.status().unwrap()),
        },
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it was not refused"),
    }
}

#[tokio::test]
async fn a_token_signs_in_as_bearer_and_as_pass_word() {
    let world = World::new();
    let anne = world.member(ANNE);
    for credentials in [Credentials::bearer(&*anne.token), Credentials::basic(ANNE, &anne.token)] {
        let client = connect(&world, credentials).await.unwrap();
        assert_eq!(client.default_account_id(), anne.account);
        assert_eq!(client.session().username(), ANNE);
        assert!(client.is_session_updated());
        client.refresh_session().await.unwrap();
        assert_eq!(client.session().accounts().collect::<Vec<_>>(), [&anne.account]);
    }
}

#[tokio::test]
async fn wrong_tokens_are_told_from_others() {
    let world = World::new();
    let (anne, _bruno) = (world.member(ANNE), world.member(BRUNO));
    let refused = ("urn:sceau:problem:bad_credentials".to_owned(), 401);
    for credentials in [
        Credentials::bearer("x"),
        Credentials::basic(ANNE, "x"),
        Credentials::basic(BRUNO, &anne.token),
        Credentials::basic("", ""),
    ] {
        let answer = problem(connect(&world, credentials).await);
        assert!(answer == refused || answer.0 == "urn:sceau:problem:session_ended", "{answer:?}");
    }
}

#[tokio::test]
async fn the_session_is_understood() {
    let world = World::new();
    let anne = world.member(ANNE);
    let session = client(&anne).await.session();
    let core = session.core_capabilities().unwrap();
    assert_eq!(u64::try_from(core.max_objects_in_get()).unwrap(), limits::OBJECTS_IN_GET);
    assert_eq!(u64::try_from(core.max_calls_in_request()).unwrap(), limits::CALLS_IN_REQUEST);
    assert_eq!(u64::try_from(core.max_size_upload()).unwrap(), limits::UPLOAD_BYTES);
    let socket = session.websocket_capabilities().unwrap();
    assert!(socket.supports_push() && socket.url().starts_with("ws://127.0.0.1"), "{}", socket.url());
    for name in sceau_api::capability::ALL {
        assert!(session.has_capability(name), "{name}");
    }
    let account = session.account(&anne.account).unwrap();
    assert_eq!((account.name(), account.is_personal(), account.is_read_only()), (ANNE, true, false));
    match account.capability("urn:ietf:params:jmap:mail").unwrap() {
        Capabilities::Mail(mail) => {
            assert_eq!(mail.max_size_mailbox_name(), limits::MAILBOX_NAME_BYTES);
            assert!(mail.may_create_top_level_mailbox());
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn blobs_go_up_and_come_down() {
    let world = World::new();
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let (hers, his) = (client(&anne).await, client(&bruno).await);
    let bytes: Vec<u8> = (0..=255).cycle().take(200_000).collect();
    let mut sent = hers.upload(None, bytes.clone(), Some("application/x-odd")).await.unwrap();
    assert_eq!((sent.account_id(), sent.size()), (&*anne.account, bytes.len()));
    let id = sent.take_blob_id();
    assert_eq!(hers.download(&id).await.unwrap(), bytes);
    let not_found = ("urn:sceau:problem:not_found".to_owned(), 404);
    assert_eq!(problem(his.download(&id).await), not_found);
    assert_eq!(problem(his.upload(Some(&anne.account), b"x".to_vec(), None).await), not_found);
}
