//! Someone who follows the event source, and comes back when it breaks.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::http::{Request, header};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use sceau_crash::client::at;
use serde_json::Value;
use tokio::time::{sleep, timeout};

use super::of_person;
use crate::{run::World, template::Resident};

/// How long an answer may take to begin, and the stream to say something: it is pinged more often.
const PATIENCE: Duration = Duration::from_secs(90);
/// Seconds between pings.
const PING: u64 = 30;

/// What was told so far.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// The last state of Emails.
    pub(crate) email: Mutex<Option<String>>,
}

/// Follows until it is dropped.
pub(crate) async fn follow(world: Arc<World>, number: usize, told: Arc<Told>) {
    let Some(resident) = world.residents.get(number).cloned() else { return };
    let mut last = "0".to_owned();
    loop {
        // However it ended, she comes back.
        let _ = once(&world, number, &resident, &told, &mut last).await;
        sleep(Duration::from_secs(5)).await;
    }
}

async fn once(
    world: &World,
    number: usize,
    resident: &Resident,
    told: &Told,
    last: &mut String,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let way = of_person(&world.net, number, resident.relay);
    let stream = timeout(PATIENCE, way.line()).await??;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let talk = async {
        let request = Request::get(format!("/jmap/eventsource/?types=*&closeafter=no&ping={PING}"))
            .header(header::HOST, "relay")
            .header(header::AUTHORIZATION, format!("Bearer {}", resident.token))
            .header("last-event-id", last.as_str())
            .body(Empty::<Bytes>::new())?;
        let answer = timeout(PATIENCE, sender.send_request(request)).await??;
        read(answer.into_body(), world, number, &resident.account, told, last).await
    };
    tokio::select! {
        biased;
        done = talk => done,
        done = connection => Ok(done?),
    }
}

async fn read(
    mut body: Incoming,
    world: &World,
    number: usize,
    account: &str,
    told: &Told,
    last: &mut String,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let (mut ahead, mut event) = (Vec::new(), Event::default());
    while let Some(frame) = timeout(PATIENCE, body.frame()).await? {
        ahead.extend(frame?.into_data().unwrap_or_default());
        while let Some(end) = ahead.iter().position(|octet| *octet == b'\n') {
            let line: Vec<u8> = ahead.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line).trim_end().to_owned();
            match line.split_once(':') {
                Some(("id", id)) => id.trim().clone_into(&mut event.id),
                Some(("data", data)) => event.data.push_str(data),
                // An event counts when it is whole.
                None if line.is_empty() => {
                    let Event { id, data } = std::mem::take(&mut event);
                    if !id.is_empty() {
                        *last = id;
                        hear(world, number, account, told, &data)?;
                    }
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// An event that is coming.
#[derive(Default)]
struct Event {
    id: String,
    data: String,
}

fn hear(world: &World, number: usize, account: &str, told: &Told, data: &str) -> serde_json::Result<()> {
    let data: Value = serde_json::from_str(data.trim())?;
    if let Some(state) = at(&data, &format!("/changed/{account}/Email")).as_str() {
        world.trace.line(&format!("person {number} hears of {state}"));
        *told.email.lock().unwrap_or_else(PoisonError::into_inner) = Some(state.to_owned());
    }
    Ok(())
}
