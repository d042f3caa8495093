//! Errors of requests and of methods, as the client understands them.

use jmap_client::{
    Error, URI,
    core::error::{JMAPError, MethodErrorType, ProblemType},
    email::query::{Comparator, Filter},
    mailbox::Role,
};
use sceau_relay::limits;

use super::{
    super::world::{ANNE, BRUNO, World, letter},
    client, import, refused,
};

#[tokio::test]
async fn requests_are_refused_as_a_whole() {
    let world = World::new();
    let client = client(&world.member(ANNE)).await;
    let mut request = client.build();
    request.add_capability(URI::Contacts);
    request.get_mailbox();
    let Err(Error::Problem(problem)) = request.send().await else { panic!("it was not refused") };
    assert!(matches!(problem.error(), ProblemType::JMAP(JMAPError::UnknownCapability)), "{problem}");
    let mut request = client.build();
    for _ in 0..=limits::CALLS_IN_REQUEST {
        request.get_mailbox();
    }
    let Err(Error::Problem(problem)) = request.send().await else { panic!("it was not refused") };
    assert!(matches!(problem.error(), ProblemType::JMAP(JMAPError::Limit)), "{problem}");
    assert_eq!((problem.status(), problem.limit()), (Some(400), Some("maxCallsInRequest")));
}

#[tokio::test]
async fn somebody_elses_account_is_not_found() {
    let world = World::new();
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let client = client(&anne).await;
    for account in [&*bruno.account, "a999999", ""] {
        let mut request = client.build().account_id(account);
        request.get_mailbox();
        assert_eq!(refused(request.send_get_mailbox().await), MethodErrorType::AccountNotFound);
        let mut request = client.build().account_id(account);
        request.set_email().destroy(["e1"]);
        assert_eq!(refused(request.send_set_email().await), MethodErrorType::AccountNotFound);
    }
}

#[tokio::test]
async fn methods_are_refused_for_what_is_wrong() {
    let world = World::new();
    let client = client(&world.member(ANNE)).await;
    let ids: Vec<String> = (0..=limits::OBJECTS_IN_GET).map(|at| format!("e{at}")).collect();
    let mut request = client.build();
    request.get_email().ids(&ids);
    assert_eq!(refused(request.send_get_email().await), MethodErrorType::RequestTooLarge);
    let mut request = client.build();
    request.set_email().if_in_state("x").destroy(["e1"]);
    assert_eq!(refused(request.send_set_email().await), MethodErrorType::StateMismatch);
    let changes = client.email_changes("nonsense", None).await;
    assert_eq!(refused(changes), MethodErrorType::CannotCalculateChanges);
    assert_eq!(refused(client.email_changes("0", Some(0)).await), MethodErrorType::InvalidArguments);
    for filter in
        [Filter::text("x"), Filter::subject("x"), Filter::body("x"), Filter::header("X", None::<String>)]
    {
        let found = client.email_query(Some(filter), None::<Vec<_>>).await;
        assert_eq!(refused(found), MethodErrorType::UnsupportedFilter);
    }
    let found = client.email_query(None::<Filter>, Some([Comparator::cc()])).await;
    assert_eq!(refused(found), MethodErrorType::UnsupportedSort);
    let mut request = client.build();
    request.query_email().anchor("e999999");
    assert_eq!(refused(request.send_query_email().await), MethodErrorType::AnchorNotFound);
}

#[tokio::test]
async fn a_reference_that_leads_nowhere_stops_its_own_call_only() {
    let world = World::new();
    let client = client(&world.member(ANNE)).await;
    import(&client, letter(ANNE, "1"), Role::Inbox, &[]).await;
    let mut request = client.build();
    request.query_email();
    let nowhere = request.last_result_reference("/nothing");
    request.get_email().ids_ref(nowhere);
    request.get_mailbox();
    let mut answers = request.send().await.unwrap().unwrap_method_responses();
    assert!(answers.pop().unwrap().unwrap_get_mailbox().is_ok());
    let wrong = answers.pop().unwrap().unwrap_get_email();
    assert_eq!(refused(wrong), MethodErrorType::InvalidResultReference);
    assert_eq!(answers.pop().unwrap().unwrap_query_email().unwrap().ids().len(), 1);
}
