//! Sealing, opening and failing, through JavaScript values.

use js_sys::{Array, JSON, Object, Reflect, Uint8Array};
use sceau_wasm::{Keys, Letter, TrustSettings, inspect, open, seal, verify};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

/// 2026-12-01T08:17:00Z, when the certificates of the test world are valid.
const NOW: f64 = 1_796_113_020.0;

macro_rules! world {
    ($file:literal) => {
        include_bytes!(concat!("../../../smime/tests/world/", $file))
    };
}

fn amelie() -> Keys {
    let mut keys = Keys::new();
    keys.add_key(world!("amelie.sign.key"), world!("amelie.sign.crt"), None).ok().unwrap();
    keys.add_key(world!("amelie.encrypt.key"), world!("amelie.encrypt.crt"), None).ok().unwrap();
    keys
}

fn bruno() -> Keys {
    let mut keys = Keys::new();
    keys.add_key(world!("bruno.encrypt.key"), world!("bruno.encrypt.crt"), None).ok().unwrap();
    keys
}

fn trust() -> TrustSettings {
    let mut trust = TrustSettings::new();
    trust.add_anchors(world!("ca.crt"), None).ok().unwrap();
    trust
}

fn options() -> JsValue {
    JSON::parse(&format!("{{\"now\": {NOW}, \"self\": [\"bruno.keller@cardio.example\"]}}")).unwrap()
}

fn set(object: &JsValue, key: &str, value: &JsValue) {
    Reflect::set(object, &key.into(), value).unwrap();
}

fn get(object: &JsValue, path: &[&str]) -> JsValue {
    path.iter().fold(object.clone(), |at, key| Reflect::get(&at, &(*key).into()).unwrap())
}

fn text(object: &JsValue, path: &[&str]) -> String {
    get(object, path).as_string().unwrap()
}

/// A letter from Amélie to Bruno with one file.
fn letter() -> JsValue {
    let letter = JSON::parse(
        "{\"from\": {\"name\": \"Amélie Roche\", \"email\": \"amelie.roche@cabinet.example\"},
          \"to\": [{\"name\": null, \"email\": \"bruno.keller@cardio.example\"}],
          \"subject\": \"Écho — été\", \"text\": \"Bonjour.\\n\",
          \"recipients\": [{\"address\": \"bruno.keller@cardio.example\"}]}",
    )
    .unwrap();
    set(&letter, "now", &NOW.into());
    let certificate = Uint8Array::from(world!("bruno.encrypt.crt").as_slice());
    set(&get(&letter, &["recipients", "0"]), "certificate", &certificate);
    let file = Object::new();
    set(&file, "name", &"bilan.bin".into());
    set(&file, "type", &"application/octet-stream".into());
    set(&file, "bytes", &Uint8Array::from([0, 13, 10, 255].as_slice()));
    set(&letter, "parts", &Array::of1(&file));
    letter
}

fn sealed() -> (Vec<u8>, JsValue) {
    let sealed: JsValue = seal(&amelie(), letter()).ok().unwrap();
    let eml = get(&sealed, &["outgoing", "0", "eml"]).dyn_into::<Uint8Array>().unwrap();
    (eml.to_vec(), sealed)
}

fn code_of(result: Result<Letter, sceau_wasm::Failure>) -> String {
    let error: JsValue = result.err().unwrap().into();
    assert!(error.is_instance_of::<js_sys::Error>());
    text(&error, &["code"])
}

#[wasm_bindgen_test]
fn a_letter_is_sealed_and_opened() {
    let (eml, sealed) = sealed();
    assert_eq!(text(&sealed, &["outgoing", "0", "rcptTo", "0"]), "bruno.keller@cardio.example");
    let opened = open(&eml, &bruno(), &trust(), options()).ok().unwrap();
    assert_eq!(opened.trust(), "sealed_signed");
    assert_eq!(opened.text(), "Bonjour.\n");
    assert_eq!(opened.part(0).ok().unwrap().to_vec(), [0, 13, 10, 255]);
    assert_eq!(opened.part(1).err().unwrap().code(), "no_such_part");
    let report = opened.report().ok().unwrap();
    assert_eq!(text(&report, &["trust"]), "sealed_signed");
    assert_eq!(text(&report, &["subject"]), "Écho — été");
    assert_eq!(text(&report, &["parts", "0", "name"]), "bilan.bin");
    assert_eq!(get(&report, &["parts", "0", "bytes"]).as_f64(), Some(4.0));
    assert_eq!(text(&report, &["layers", "0", "kind"]), "encrypted");
    assert_eq!(get(&report, &["warnings", "length"]).as_f64(), Some(0.0));
}

#[wasm_bindgen_test]
fn the_sender_reads_her_own_copy() {
    let (_, sealed) = sealed();
    let eml = get(&sealed, &["sent", "eml"]).dyn_into::<Uint8Array>().unwrap().to_vec();
    let opened = open(&eml, &amelie(), &trust(), options()).ok().unwrap();
    assert_eq!(opened.trust(), "sealed_signed");
}

#[wasm_bindgen_test]
fn without_trust_nothing_is_green() {
    let (eml, _) = sealed();
    let opened = open(&eml, &bruno(), &TrustSettings::new(), options()).ok().unwrap();
    assert_eq!(opened.trust(), "sealed_unverified");
}

#[wasm_bindgen_test]
fn failures_are_errors_with_a_code() {
    let (eml, _) = sealed();
    assert_eq!(code_of(open(&eml, &Keys::new(), &trust(), options())), "not_for_this_key");
    assert_eq!(code_of(open(&eml, &amelie(), &trust(), options())), "not_for_this_key");
    assert_eq!(code_of(open(&eml, &bruno(), &trust(), JsValue::NULL)), "bad_argument");
    let unknown = JSON::parse("{\"now\": 0, \"slef\": []}").unwrap();
    assert_eq!(code_of(open(&eml, &bruno(), &trust(), unknown)), "bad_argument");
    let misspelt = letter();
    set(&misspelt, "bbc", &Array::new());
    assert_eq!(seal(&amelie(), misspelt).err().unwrap().code(), "bad_argument");
    assert_eq!(seal(&Keys::new(), letter()).err().unwrap().code(), "no_key");
    assert_eq!(seal(&amelie(), JsValue::UNDEFINED).err().unwrap().code(), "bad_argument");
    let mut keys = Keys::new();
    let mismatch = keys.add_key(world!("amelie.sign.key"), world!("bruno.sign.crt"), None);
    assert_eq!(mismatch.err().unwrap().code(), "key_mismatch");
    assert_eq!(keys.size(), 0);
}

#[wasm_bindgen_test]
fn a_clear_mail_is_judged_and_inspected() {
    let mail = b"From: a@b.example\r\nSubject: x\r\n\r\nbonjour";
    let found = verify(mail, &trust(), options()).ok().unwrap();
    assert_eq!(found.trust(), "clear");
    let tree = inspect(mail).ok().unwrap();
    assert_eq!(text(&tree, &["kind"]), "mail");
    assert_eq!(text(&tree, &["tree", "type"]), "text/plain");
    assert_eq!(get(&tree, &["tree", "bytes"]).as_f64(), Some(7.0));
}
