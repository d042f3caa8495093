//! The operator's port: what is counted, who may look, and that nothing of it says who wrote to whom.

use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
    sync::Arc,
};

use axum::{
    body::Body,
    http::{HeaderMap, Request, StatusCode, header},
};
use http_body_util::BodyExt as _;
use sceau_relay::{Relay, clock::ManualClock, operator, store::Store};
use serde_json::json;
use tower::ServiceExt as _;

use super::{
    storage::Folder,
    world::{ANNE, BRUNO, NOW, World, letter},
};

const TOKEN: &str = "a-token-of-thirty-two-letters-00";

struct Seen {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

async fn look(world: &World, token: Option<&str>, request: axum::http::request::Builder) -> Seen {
    let response =
        operator(world.relay.clone(), token).oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes().to_vec();
    Seen { status: parts.status, headers: parts.headers, text: String::from_utf8(bytes).unwrap() }
}

async fn metrics(world: &World) -> String {
    let seen = look(world, None, Request::get("/metrics")).await;
    assert_eq!(seen.status, StatusCode::OK);
    seen.text
}

/// The value of one series.
fn value(text: &str, series: &str) -> f64 {
    let line = text.lines().find(|line| line.strip_prefix(series).is_some_and(|rest| rest.starts_with(' ')));
    let line = line.unwrap_or_else(|| panic!("{series} is not in\n{text}"));
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

/// Letters sent, one to be delivered tomorrow; one request that fails, one upload that is refused.
async fn busy(world: &World) {
    let (anne, _bruno) = (world.member(ANNE), world.member(BRUNO));
    let now = anne.letter_to("l-1", &[BRUNO]).await;
    anne.call("Letter/send", now.clone()).await;
    anne.call("Letter/send", now).await;
    let mut later = anne.letter_to("l-2", &[BRUNO, ANNE]).await;
    later["sendAt"] = json!("2026-11-24T08:30:00Z");
    anne.call("Letter/send", later).await;
    anne.fails("Patient/secret@exemple.fr", json!({}), "unknownMethod").await;
    anne.fails("Email/get", json!({"ids": 7}), "invalidArguments").await;
    assert_eq!(anne.download("nothing").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_happened_is_counted() {
    let world = World::new();
    busy(&world).await;
    let text = metrics(&world).await;
    for (series, wanted) in [
        ("sceau_letters_accepted_total", 2.0),
        ("sceau_letter_recipients_total{outcome=\"delivered\"}", 1.0),
        ("sceau_letters_waiting", 1.0),
        ("sceau_oldest_waiting_seconds", 0.0),
        ("sceau_method_calls_total{method=\"Letter/send\",outcome=\"done\"}", 3.0),
        ("sceau_method_calls_total{method=\"unknown\",outcome=\"unknownMethod\"}", 1.0),
        ("sceau_method_calls_total{method=\"Email/get\",outcome=\"invalidArguments\"}", 1.0),
        ("sceau_http_requests_total{route=\"/jmap/download/\",method=\"GET\",status=\"404\"}", 1.0),
        ("sceau_accounts", 2.0),
        ("sceau_emails", 3.0),
        ("sceau_certificates{kind=\"published\",expires=\"week\"}", 0.0),
    ] {
        let got = value(&text, series);
        assert!((got - wanted).abs() < f64::EPSILON, "{series} is {got}");
    }
    for series in [
        "sceau_blobs",
        "sceau_blob_bytes",
        "sceau_database_bytes",
        "sceau_commits_total",
        "sceau_commit_members_count",
        "sceau_http_request_duration_seconds_count{route=\"/jmap/api\"}",
        "process_resident_memory_bytes",
        "process_open_fds",
        "process_max_fds",
    ] {
        assert!(value(&text, series) > 0.0, "{series}");
    }
    assert!(text.ends_with("# EOF\n"));
}

#[tokio::test]
async fn a_letter_that_is_late_shows_its_wait() {
    let world = World::new();
    busy(&world).await;
    world.clock.advance(86_400 + 90);
    assert!((value(&metrics(&world).await, "sceau_oldest_waiting_seconds") - 90.0).abs() < f64::EPSILON);
    world.relay.deliver_due().unwrap();
    world.clock.advance(10);
    let text = metrics(&world).await;
    assert!(value(&text, "sceau_oldest_waiting_seconds").abs() < f64::EPSILON);
    assert!(
        (value(&text, "sceau_letter_recipients_total{outcome=\"delivered\"}") - 3.0).abs() < f64::EPSILON
    );
}

#[tokio::test]
async fn open_event_sources_are_counted_until_they_close() {
    let world = World::new();
    let anne = world.member(ANNE);
    let path = "/jmap/eventsource/?types=*&closeafter=no&ping=0";
    let open = world.app().oneshot(anne.request("GET", path).body(Body::empty()).unwrap()).await.unwrap();
    let series = "sceau_open_streams{kind=\"event_source\"}";
    assert!((value(&metrics(&world).await, series) - 1.0).abs() < f64::EPSILON);
    drop(open);
    assert!(value(&metrics(&world).await, series).abs() < f64::EPSILON);
}

#[tokio::test]
async fn nothing_says_who_wrote_to_whom() {
    let world = World::new();
    busy(&world).await;
    world.relay.take_sample().unwrap();
    let pages = [metrics(&world).await, look(&world, None, Request::get("/")).await.text];
    for text in pages {
        for word in ["exemple", "@", "bruno", "[...]", "l-1", "secret"] {
            assert!(!text.contains(word), "{word} is in\n{text}");
        }
    }
}

#[tokio::test]
async fn the_page_is_in_both_languages_and_runs_nothing() {
    let world = World::new();
    busy(&world).await;
    for _ in 0..130 {
        world.relay.take_sample().unwrap();
        world.clock.advance(60);
    }
    let anne = world.member(ANNE);
    anne.import(&letter(BRUNO, "old"), "inbox").await;
    world.relay.take_sample().unwrap();
    let english = look(&world, None, Request::get("/").header(header::ACCEPT_LANGUAGE, "en-GB")).await;
    let french = look(&world, None, Request::get("/?lang=fr").header(header::ACCEPT_LANGUAGE, "en")).await;
    assert_eq!((english.status, french.status), (StatusCode::OK, StatusCode::OK));
    assert!(
        english.text.contains("<html lang=\"en\">") && english.text.contains("Letters delivered per hour")
    );
    assert!(french.text.contains("<html lang=\"fr\">") && french.text.contains("Lettres remises par heure"));
    assert_eq!(french.text.matches("<svg").count(), 5);
    for seen in [&english, &french] {
        let policy = seen.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'self';"), "{policy}");
        for word in ["<script", " style=", " onload", "http://", "https://"] {
            assert!(!seen.text.contains(word), "{word}");
        }
    }
    let style = look(&world, None, Request::get("/style.css")).await;
    assert_eq!(style.headers[header::CONTENT_TYPE], "text/css; charset=utf-8");
    assert_eq!(look(&world, None, Request::get("/jmap/session")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn deliveries_before_a_restart_are_told_by_the_rows() {
    let folder = Folder::new("watching-earlier");
    let serve = |at: i64| {
        std::fs::create_dir_all(&folder.0).unwrap();
        let clock = Arc::new(ManualClock::at(at));
        World::over(Relay::with_store(Store::open(&folder.0).unwrap(), clock.clone()), clock)
    };
    let before = serve(NOW);
    busy(&before).await;
    drop(before);
    let after = serve(NOW + 7_200);
    after.relay.take_sample().unwrap();
    let page = look(&after, None, Request::get("/?lang=en")).await.text;
    assert!(page.contains("1 within a day, 1 at most in an hour."), "{page}");
    assert!(page.contains("<th scope=\"row\">8:00</th><td>0</td><td>1</td>"), "{page}");
}

#[tokio::test]
async fn certificates_are_told_by_how_soon_they_expire() {
    let world = World::new();
    let hers = include_bytes!("anne.der");
    world.relay.add_account(ANNE, None, &[hers.to_vec()]).unwrap();
    world.relay.add_authority(hers, &[], &["exemple.fr".to_owned()]).unwrap();
    world.relay.add_authority(b"no certificate", &[], &["exemple.fr".to_owned()]).unwrap();
    // It expires on 2126-10-30.
    for (at, word) in
        [(NOW, "later"), (4_947_500_000, "month"), (4_948_700_000, "week"), (4_950_000_000, "expired")]
    {
        world.clock.advance(at - NOW);
        let text = metrics(&world).await;
        for kind in ["published", "authority"] {
            let series = format!("sceau_certificates{{kind=\"{kind}\",expires=\"{word}\"}}");
            assert!((value(&text, &series) - 1.0).abs() < f64::EPSILON, "{series} in {text}");
        }
        world.clock.advance(NOW - at);
    }
}

#[tokio::test]
async fn with_a_token_only_who_shows_it_may_look() {
    let world = World::new();
    let get = |name: &str| Request::get("/metrics").header(header::AUTHORIZATION, name);
    let refused = look(&world, Some(TOKEN), Request::get("/")).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert!(refused.headers.contains_key(header::WWW_AUTHENTICATE));
    let wrong = ["Bearer", "Bearer x", "Basic !", "Basic eDp5", "Digest x"];
    for name in wrong {
        assert_eq!(look(&world, Some(TOKEN), get(name)).await.status, StatusCode::UNAUTHORIZED, "{name}");
    }
    let session = format!("Bearer {}", world.member(ANNE).token);
    assert_eq!(look(&world, Some(TOKEN), get(&session)).await.status, StatusCode::UNAUTHORIZED);
    let basic = "Basic b3BlcmF0b3I6YS10b2tlbi1vZi10aGlydHktdHdvLWxldHRlcnMtMDA=";
    for right in [&format!("Bearer {TOKEN}"), basic] {
        assert_eq!(look(&world, Some(TOKEN), get(right)).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn without_a_token_another_name_for_this_machine_is_refused() {
    let world = World::new();
    let host = |name: &str| Request::get("/").header(header::HOST, name);
    for name in ["localhost:9090", "127.0.0.1:9090", "[::1]:9090", "localhost"] {
        assert_eq!(look(&world, None, host(name)).await.status, StatusCode::OK, "{name}");
    }
    for name in ["example.org:9090", "localhost.example.org", "10.0.0.1", "[::2]:1", ""] {
        assert_eq!(look(&world, None, host(name)).await.status, StatusCode::FORBIDDEN, "{name}");
    }
}

#[test]
fn the_operator_port_is_another_one_and_stays_on_this_machine() {
    let folder = Folder::new("watching");
    let serve = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sceau-relay"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(&folder.0).args(more);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    };
    let refused = serve(&["--operator", "0.0.0.0:0"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("--operator-token-file"));
    let mut relay = serve(&["--operator", "127.0.0.1:0"]).spawn().unwrap();
    let said = BufReader::new(relay.stdout.take().unwrap());
    let lines: Vec<String> = said.lines().take(2).map(Result::unwrap).collect();
    relay.kill().unwrap();
    relay.wait().unwrap();
    assert!(lines[0].starts_with("listening on http://127.0.0.1:"), "{lines:?}");
    assert!(lines[1].starts_with("operator on http://127.0.0.1:"), "{lines:?}");
}
