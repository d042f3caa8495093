//! The relay driven by a client that nobody here wrote: the crate `jmap-client`, over HTTP, with a program's token.

mod ledger;
mod mail;
mod mailboxes;
mod push;
mod refused;
mod sending;
mod session;

use jmap_client::{
    Error,
    client::{Client, Credentials},
    core::{error::MethodErrorType, set::SetErrorType},
    mailbox::{Role, query::Filter},
};

use super::{
    socket::serve,
    world::{Member, World},
};

/// Signs in to a world served for it alone.
async fn connect(world: &World, credentials: impl Into<Credentials>) -> Result<Client, Error> {
    let host = serve(world).await;
    let client = Client::new().credentials(credentials).follow_redirects(["127.0.0.1"]);
    client.connect(&format!("http://{host}")).await
}

/// A member's client.
async fn client(member: &Member<'_>) -> Client {
    connect(member.world, member.token.as_str()).await.unwrap()
}

/// The id of the Mailbox with a role.
async fn mailbox(client: &Client, role: Role) -> String {
    let found = client.mailbox_query(Filter::role(role).into(), None::<Vec<_>>).await.unwrap();
    assert_eq!(found.ids().len(), 1);
    found.id(0).to_owned()
}

/// Imports a sealed letter; gives the Email's id.
async fn import(client: &Client, message: Vec<u8>, role: Role, keywords: &[&str]) -> String {
    let into = mailbox(client, role).await;
    let keywords = Some(keywords.iter().copied());
    client.email_import(message, [into], keywords, None).await.unwrap().take_id()
}

/// The kind of a method's error.
fn refused<T>(result: Result<T, Error>) -> MethodErrorType {
    match result {
        Err(Error::Method(error)) => error.p_type,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it was not refused"),
    }
}

/// The kind of a record's error.
fn not_set<T>(result: Result<T, Error>) -> SetErrorType {
    match result {
        Err(Error::Set(error)) => error.type_,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it was not refused"),
    }
}
