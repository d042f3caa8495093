//! Guessing pass phrases is slow, and does not keep their owners out.

use axum::http::StatusCode;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use opaque_ke::{ClientLogin, ClientLoginFinishParameters, CredentialResponse};
use sceau_relay::{RelaySuite, limits};
use serde_json::{Value, json};

use super::{
    opaque::{Rng, SLOTS, enrol, log_in},
    world::{ANNE, Answer, BRUNO, World},
};

const PASS: &str = "correct horse battery staple";
const HOME: &str = "192.0.2.10";
const ELSEWHERE: &str = "198.51.100.77";

async fn enrolled_at_home(world: &World, address: &str) {
    world.come_from(HOME);
    let code = world.relay.add_account(address, None, &[]).unwrap().unwrap().enrolment_code;
    assert_eq!(enrol(world, address, &code, PASS).await.status, StatusCode::OK);
}

/// A wrong guess: whether it was answered, and if not how long to wait.
async fn guess(world: &World, address: &str) -> Result<(), u64> {
    match log_in(world, address, SLOTS[0], "wrong").await {
        Err(None) => Ok(()),
        Err(Some(refused)) => {
            assert_eq!(refused.json["type"], "urn:sceau:problem:too_many_attempts");
            let wait = refused.json["retryAfter"].as_u64().unwrap();
            assert_eq!(refused.headers["retry-after"], *wait.to_string());
            Err(wait)
        }
        Ok(_) => panic!("a wrong pass phrase opens"),
    }
}

async fn opens(world: &World) -> bool {
    log_in(world, ANNE, SLOTS[0], PASS).await.is_ok()
}

/// Guesses from so many networks until each has to wait.
async fn botnet(world: &World, address: &str, networks: u16) {
    for at in 0..networks {
        world.come_from(&format!("203.0.{}.{}", at / 250, at % 250));
        while guess(world, address).await.is_ok() {}
    }
}

#[tokio::test]
async fn who_guesses_from_elsewhere_keeps_nobody_out() {
    let world = World::new();
    enrolled_at_home(&world, ANNE).await;
    world.come_from(ELSEWHERE);
    for _ in 0..limits::LOGIN_ATTEMPTS {
        assert_eq!(guess(&world, ANNE).await, Ok(()));
    }
    assert_eq!(guess(&world, ANNE).await, Err(900));
    world.come_from("198.51.100.78");
    assert!(opens(&world).await, "an attacker's count is its own");
}

#[tokio::test]
async fn many_networks_together_are_slow_and_the_known_ones_do_not_wait_for_them() {
    let world = World::new();
    enrolled_at_home(&world, ANNE).await;
    botnet(&world, ANNE, 12).await;
    world.come_from(ELSEWHERE);
    assert_eq!(guess(&world, ANNE).await, Err(120), "strangers wait for strangers");
    world.come_from(HOME);
    assert!(opens(&world).await, "from where it was opened before, it opens");
    world.come_from(ELSEWHERE);
    let recovery = log_in(&world, ANNE, SLOTS[1], &format!("r-{PASS}")).await;
    assert!(recovery.is_ok(), "the recovery code has a count of its own");
    assert!(opens(&world).await, "and what it opened is known from then on");
}

#[tokio::test]
async fn a_device_that_was_here_before_does_not_wait_for_strangers() {
    let world = World::new();
    enrolled_at_home(&world, ANNE).await;
    let given = with_device(&world, ANNE, PASS, None, true).await.unwrap();
    let device = given["deviceToken"].as_str().unwrap().to_owned();
    assert!(with_device(&world, ANNE, PASS, None, false).await.unwrap().get("deviceToken").is_none());
    botnet(&world, ANNE, 12).await;
    world.come_from(ELSEWHERE);
    assert!(with_device(&world, ANNE, PASS, Some("stolen"), false).await.is_err(), "one made up is none");
    assert!(with_device(&world, ANNE, PASS, Some(&device), false).await.is_ok());
    // Its own wrong guesses are counted all the same.
    for _ in 0..limits::LOGIN_ATTEMPTS {
        assert!(matches!(with_device(&world, ANNE, "wrong", Some(&device), false).await, Err(None)));
    }
    let refused = with_device(&world, ANNE, PASS, Some(&device), false).await.err().flatten().unwrap();
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    // Somebody else's device is nobody's.
    enrolled_at_home(&world, BRUNO).await;
    botnet(&world, BRUNO, 12).await;
    world.come_from("198.51.100.99");
    assert!(with_device(&world, BRUNO, PASS, Some(&device), false).await.is_err());
}

#[tokio::test]
async fn an_address_nobody_has_is_counted_like_one_somebody_has() {
    let world = World::new();
    enrolled_at_home(&world, ANNE).await;
    let mut answers = Vec::new();
    for address in [ANNE, "nobody@exemple.fr"] {
        let mut answered = Vec::new();
        for at in 0..12 {
            // Not the same networks for both: each network has a count for all addresses together.
            world.come_from(&format!("203.0.{}.{at}", 113 + answers.len()));
            let mut count = 0;
            let wait = loop {
                match guess(&world, address).await {
                    Ok(()) => count += 1,
                    Err(wait) => break wait,
                }
            };
            answered.push((count, wait));
        }
        answers.push(answered);
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn one_network_cannot_try_a_few_guesses_at_everybody() {
    let world = World::new();
    enrolled_at_home(&world, ANNE).await;
    world.come_from("2001:db8::1");
    let mut tried = 0;
    let wait = loop {
        // Another address of the same /64 each time, another account each time.
        world.come_from(&format!("2001:db8::{tried:x}"));
        match guess(&world, &format!("somebody{tried}@exemple.fr")).await {
            Ok(()) => tried += 1,
            Err(wait) => break wait,
        }
    };
    assert_eq!((tried, wait), (100, 9));
    world.come_from("2001:db8:0:1::1");
    assert!(opens(&world).await, "the next /64 is somebody else");
}

#[tokio::test]
async fn a_hospital_behind_one_address_signs_in() {
    let world = World::new();
    for at in 0..12 {
        enrolled_at_home(&world, &format!("doctor{at}@exemple.fr")).await;
    }
    for _ in 0..10 {
        for at in 0..12 {
            let address = format!("doctor{at}@exemple.fr");
            assert!(log_in(&world, &address, SLOTS[0], PASS).await.is_ok(), "what opens is no guess");
        }
    }
}

/// A log-in that shows a device's token, or asks for one.
async fn with_device(
    world: &World,
    address: &str,
    secret: &str,
    device: Option<&str>,
    remember: bool,
) -> Result<Value, Option<Box<Answer>>> {
    let started = ClientLogin::<RelaySuite>::start(&mut Rng, secret.as_bytes()).unwrap();
    let request = STANDARD.encode(started.message.serialize());
    let start = json!({"address": address, "slot": SLOTS[0], "request": request, "deviceToken": device});
    let answer = world.post("/auth/login/start", &start).await;
    if answer.status != 200 {
        return Err(Some(Box::new(answer)));
    }
    let response = STANDARD.decode(answer.json["response"].as_str().unwrap()).unwrap();
    let response = CredentialResponse::deserialize(&response).unwrap();
    let parameters = ClientLoginFinishParameters::default();
    let done = started.state.finish(&mut Rng, secret.as_bytes(), response, parameters).map_err(|_| None)?;
    let finalization = STANDARD.encode(done.message.serialize());
    let finish =
        json!({"loginId": answer.json["loginId"], "finalization": finalization, "rememberDevice": remember});
    let answer = world.post("/auth/login/finish", &finish).await;
    if answer.status == 200 { Ok(answer.json) } else { Err(Some(Box::new(answer))) }
}
