//! The client's side of OPAQUE. The suite's key stretching is the identity: it never leaves the client.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use opaque_ke::{
    ClientLogin, ClientLoginFinishParameters, ClientRegistration, ClientRegistrationFinishParameters,
    CredentialResponse, RegistrationResponse,
};
use rand_core_06::{CryptoRng, RngCore, impls};
use sceau_relay::RelaySuite;
use serde_json::{Value, json};

use super::world::{Answer, World};

#[derive(Clone, Copy)]
pub(crate) struct Rng;

impl RngCore for Rng {
    fn next_u32(&mut self) -> u32 {
        impls::next_u32_via_fill(self)
    }
    fn next_u64(&mut self) -> u64 {
        impls::next_u64_via_fill(self)
    }
    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        getrandom::fill(bytes).unwrap();
    }
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core_06::Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl CryptoRng for Rng {}

pub(crate) const SLOTS: [&str; 2] = ["passphrase", "recovery"];

pub(crate) struct Registering(Vec<(String, String, ClientRegistration<RelaySuite>)>);

/// First messages for slots and their pass phrases.
pub(crate) fn begin_registration(slots: &[(&str, &str)]) -> (Registering, Value) {
    let mut states = Vec::new();
    let mut messages = Vec::new();
    for (slot, secret) in slots {
        let started = ClientRegistration::<RelaySuite>::start(&mut Rng, secret.as_bytes()).unwrap();
        messages.push(json!({"slot": slot, "request": STANDARD.encode(started.message.serialize())}));
        states.push(((*slot).to_owned(), (*secret).to_owned(), started.state));
    }
    (Registering(states), json!(messages))
}

/// Last messages, each with a wrap that names its version.
pub(crate) fn end_registration(registering: Registering, answer: &Value) -> Value {
    let records = registering.0.into_iter().zip(answer["slots"].as_array().unwrap()).map(|((slot, secret, state), given)| {
        assert_eq!(given["slot"], slot);
        let response = STANDARD.decode(given["response"].as_str().unwrap()).unwrap();
        let response = RegistrationResponse::deserialize(&response).unwrap();
        let parameters = ClientRegistrationFinishParameters::default();
        let done = state.finish(&mut Rng, secret.as_bytes(), response, parameters).unwrap();
        let wrap = STANDARD.encode(format!("wrap of {slot} {}", given["version"]));
        json!({"slot": slot, "version": given["version"], "record": STANDARD.encode(done.message.serialize()), "wrap": wrap})
    });
    Value::Array(records.collect())
}

/// Enrols with both slots; the recovery code is `r-` and the pass phrase.
pub(crate) async fn enrol(world: &World, address: &str, code: &str, pass_phrase: &str) -> Answer {
    let recovery = format!("r-{pass_phrase}");
    let (state, slots) = begin_registration(&[(SLOTS[0], pass_phrase), (SLOTS[1], &recovery)]);
    let start = json!({"address": address, "code": code, "slots": slots});
    let started = world.post("/auth/enrol/start", &start).await;
    if started.status != 200 {
        return started;
    }
    let slots = end_registration(state, &started.json);
    let vault = json!([{"id": "keys", "data": STANDARD.encode("sealed keys")}]);
    world
        .post(
            "/auth/enrol/finish",
            &json!({"address": address, "code": code, "slots": slots, "vault": vault}),
        )
        .await
}

/// Logs in; `Err` is the answer that stopped it, or `None` when OPAQUE itself said no.
pub(crate) async fn log_in(
    world: &World,
    address: &str,
    slot: &str,
    secret: &str,
) -> Result<Value, Option<Box<Answer>>> {
    let started = ClientLogin::<RelaySuite>::start(&mut Rng, secret.as_bytes()).unwrap();
    let request =
        json!({"address": address, "slot": slot, "request": STANDARD.encode(started.message.serialize())});
    let answer = world.post("/auth/login/start", &request).await;
    if answer.status != 200 {
        return Err(Some(Box::new(answer)));
    }
    let response = STANDARD.decode(answer.json["response"].as_str().unwrap()).unwrap();
    let response = CredentialResponse::deserialize(&response).unwrap();
    let parameters = ClientLoginFinishParameters::default();
    let Ok(done) = started.state.finish(&mut Rng, secret.as_bytes(), response, parameters) else {
        return Err(None);
    };
    let finish =
        json!({"loginId": answer.json["loginId"], "finalization": STANDARD.encode(done.message.serialize())});
    let answer = world.post("/auth/login/finish", &finish).await;
    if answer.status == 200 { Ok(answer.json) } else { Err(Some(Box::new(answer))) }
}
