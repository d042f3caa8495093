//! JMAP over a WebSocket (RFC 8887), by a client of its own over a real socket.

use futures::{SinkExt as _, StreamExt as _};
use sceau_relay::limits;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest as _},
};

use super::world::{ANNE, BRUNO, World, letter};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn serve(world: &World) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let app = world.app();
    tokio::spawn(async move { axum::serve(listener, app).await });
    host
}

async fn connect(host: &str, token: &str, protocol: Option<&str>) -> Result<Socket, u16> {
    let mut request = format!("ws://{host}/jmap/ws").into_client_request().unwrap();
    request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    if let Some(protocol) = protocol {
        request.headers_mut().insert("sec-websocket-protocol", protocol.parse().unwrap());
    }
    match connect_async(request).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(response)) => Err(response.status().as_u16()),
        Err(other) => panic!("{other}"),
    }
}

async fn say(socket: &mut Socket, message: Value) {
    socket.send(Message::text(message.to_string())).await.unwrap();
}

/// The next message, or the code the connection closes with.
async fn hear(socket: &mut Socket) -> Result<Value, u16> {
    match socket.next().await {
        Some(Ok(Message::Text(text))) => Ok(serde_json::from_str(&text).unwrap()),
        Some(Ok(Message::Close(Some(frame)))) => Err(frame.code.into()),
        other => panic!("{other:?}"),
    }
}

async fn ask(socket: &mut Socket, message: Value) -> Value {
    say(socket, message).await;
    hear(socket).await.unwrap()
}

fn echo(id: &str) -> Value {
    json!({"@type": "Request", "id": id, "using": ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:websocket"],
        "methodCalls": [["Core/echo", {"a": 1}, "c"]]})
}

#[tokio::test]
async fn requests_are_answered_in_their_order_with_their_ids() {
    let world = World::new();
    let anne = world.member(ANNE);
    let host = serve(&world).await;
    let session = anne.get("/jmap/session").await.json;
    let told = &session["capabilities"]["urn:ietf:params:jmap:websocket"];
    assert_eq!(told, &json!({"url": "/jmap/ws", "supportsPush": true}));
    let mut socket = connect(&host, &anne.token, Some("jmap")).await.unwrap();
    say(&mut socket, echo("R1")).await;
    say(&mut socket, echo("R2")).await;
    for id in ["R1", "R2"] {
        let answer = hear(&mut socket).await.unwrap();
        assert_eq!((&answer["@type"], &answer["requestId"]), (&json!("Response"), &json!(id)));
        assert_eq!(answer["methodResponses"], json!([["Core/echo", {"a": 1}, "c"]]));
        assert_eq!(answer["sessionState"], session["state"]);
    }
    let mut without = echo("");
    without.as_object_mut().unwrap().remove("id");
    assert!(ask(&mut socket, without).await.get("requestId").is_none());
}

#[tokio::test]
async fn what_is_no_request_is_told_and_the_next_is_answered() {
    let world = World::new();
    let anne = world.member(ANNE);
    let host = serve(&world).await;
    let mut socket = connect(&host, &anne.token, Some("jmap")).await.unwrap();
    let mut unknown = echo("R");
    unknown["using"] = json!(["urn:x"]);
    let mut many = echo("R");
    many["methodCalls"] = json!(vec![json!(["Core/echo", {}, "c"]); 33]);
    let twice = r#"{"@type":"Request","id":"R","using":[],"methodCalls":[],"methodCalls":[]}"#;
    for (text, code, id) in [
        ("{".to_owned(), "notJSON", json!(null)),
        ("[]".to_owned(), "notJSON", json!(null)),
        (twice.to_owned(), "notJSON", json!("R")),
        (json!({"id": "R"}).to_string(), "notRequest", json!("R")),
        (json!({"@type": "Answer", "id": "R"}).to_string(), "notRequest", json!("R")),
        (json!({"@type": "Request", "id": 7, "using": 1}).to_string(), "notRequest", json!(null)),
        (unknown.to_string(), "unknownCapability", json!("R")),
        (many.to_string(), "limit", json!("R")),
    ] {
        socket.send(Message::text(text.clone())).await.unwrap();
        let error = hear(&mut socket).await.unwrap();
        assert_eq!((&error["@type"], &error["requestId"]), (&json!("RequestError"), &id), "{text}");
        assert_eq!(error["type"], format!("urn:ietf:params:jmap:error:{code}"), "{text}");
        assert!(error["operation"].is_string() && error["status"] == 400, "{error}");
    }
    assert_eq!(ask(&mut socket, echo("R")).await["@type"], "Response");
}

#[tokio::test]
async fn changes_are_told_once_they_are_asked_for() {
    let world = World::new();
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let host = serve(&world).await;
    let mut socket = connect(&host, &anne.token, Some("jmap")).await.unwrap();
    anne.import(&letter(ANNE, "1"), "inbox").await;
    ask(&mut socket, echo("R")).await;
    say(&mut socket, json!({"@type": "WebSocketPushEnable", "dataTypes": ["Email", "Nothing"]})).await;
    ask(&mut socket, echo("R")).await;
    bruno.import(&letter(BRUNO, "0"), "inbox").await;
    anne.import(&letter(ANNE, "2"), "inbox").await;
    let change = hear(&mut socket).await.unwrap();
    let state = anne.call("Email/get", json!({"ids": []})).await["state"].clone();
    assert_eq!((&change["@type"], &change["pushState"]), (&json!("StateChange"), &state));
    assert_eq!(change["changed"], json!({anne.account.clone(): {"Email": state}}));
    say(&mut socket, json!({"@type": "WebSocketPushDisable"})).await;
    ask(&mut socket, echo("R")).await;
    anne.import(&letter(ANNE, "3"), "inbox").await;
    assert_eq!(ask(&mut socket, echo("R")).await["@type"], "Response", "nothing is told any more");
    let again = json!({"@type": "WebSocketPushEnable", "dataTypes": ["Email"], "pushState": state});
    let missed = ask(&mut socket, again).await;
    assert_ne!(missed["changed"][&anne.account]["Email"], state);
    for mut wrong in
        [json!({"dataTypes": "Email"}), json!({"dataTypes": [1]}), json!({"dataTypes": null, "pushState": 1})]
    {
        wrong["@type"] = json!("WebSocketPushEnable");
        assert_eq!(ask(&mut socket, wrong).await["@type"], "RequestError");
    }
}

#[tokio::test]
async fn hostile_frames_and_ended_sessions_close_the_connection() {
    let world = World::new();
    let anne = world.member(ANNE);
    let host = serve(&world).await;
    let mut binary = connect(&host, &anne.token, Some("jmap")).await.unwrap();
    binary.send(Message::binary(b"{}".to_vec())).await.unwrap();
    assert_eq!(hear(&mut binary).await, Err(1003));
    let mut large = connect(&host, &anne.token, Some("jmap")).await.unwrap();
    // The relay may close while this is still being written.
    let _ = large.send(Message::text(" ".repeat(10_000_001))).await;
    let ended = large.next().await;
    assert!(!matches!(ended, Some(Ok(Message::Text(_)))), "{ended:?}");
    let mut socket = connect(&host, &anne.token, Some("jmap")).await.unwrap();
    ask(&mut socket, echo("R")).await;
    assert_eq!(anne.post("/auth/logout", &json!({})).await.status, 204);
    say(&mut socket, echo("R")).await;
    assert_eq!(hear(&mut socket).await, Err(1008));
    assert_eq!(connect(&host, &anne.token, Some("jmap")).await.err(), Some(401));
}

#[tokio::test]
async fn a_connection_needs_the_subprotocol_a_token_and_a_place() {
    let world = World::new();
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let host = serve(&world).await;
    for protocol in [None, Some("xmpp")] {
        assert_eq!(connect(&host, &anne.token, protocol).await.err(), Some(400), "{protocol:?}");
    }
    assert_eq!(connect(&host, "nobody", Some("jmap")).await.err(), Some(401));
    assert_eq!(anne.get("/jmap/ws").await.status, 400, "no handshake");
    let mut open = Vec::new();
    for _ in 0..limits::CONCURRENT_SOCKETS {
        open.push(connect(&host, &anne.token, Some("jmap")).await.unwrap());
    }
    assert_eq!(connect(&host, &anne.token, Some("jmap")).await.err(), Some(400));
    assert!(connect(&host, &bruno.token, Some("jmap")).await.is_ok(), "places are an account's");
}
