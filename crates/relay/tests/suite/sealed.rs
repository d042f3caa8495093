//! Vault, sealed index, directory.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;

use super::world::{ANNE, BRUNO, World};

#[tokio::test]
async fn the_vault_changes_by_compare_and_set() {
    let world = World::new();
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let put = |id: &str, version: u64, text: &str| json!({"update": {id: {"ifVersion": version, "data": STANDARD.encode(text)}}});
    let first = anne.call("Vault/set", put("keys", 0, "one")).await;
    assert_eq!((&first["updated"], &first["notUpdated"]), (&json!({"keys": {"version": 1}}), &json!({})));
    assert_ne!(first["oldState"], first["newState"]);
    for stale in [0, 2, 9] {
        let answer = anne.call("Vault/set", put("keys", stale, "stale")).await;
        assert_eq!(answer["notUpdated"]["keys"], json!({"type": "stateMismatch", "version": 1}));
    }
    assert_eq!(anne.call("Vault/set", put("keys", 1, "two")).await["updated"]["keys"]["version"], 2);
    let got = anne.call("Vault/get", json!({"ids": ["keys", "settings"]})).await;
    assert_eq!(got["list"], json!([{"id": "keys", "version": 2, "data": STANDARD.encode("two")}]));
    assert_eq!(got["notFound"], json!(["settings"]));
    assert_eq!(bruno.call("Vault/get", json!({"ids": null})).await["list"], json!([]));
    let wrong = anne.call("Vault/set", put("Keys!", 0, "x")).await;
    assert_eq!(wrong["notUpdated"]["Keys!"]["type"], "invalidProperties");
    let large = anne.call("Vault/set", put("keys", 2, &"x".repeat(1_000_001))).await;
    assert_eq!(large["notUpdated"]["keys"]["type"], "tooLarge");
    anne.fails(
        "Vault/set",
        json!({"update": {"keys": {"ifVersion": 2, "data": "not base64"}}}),
        "invalidArguments",
    )
    .await;
}

#[tokio::test]
async fn a_vault_has_room_for_so_many_blobs() {
    let world = World::new();
    let anne = world.member(ANNE);
    let all: serde_json::Map<_, _> =
        (0..65).map(|at| (format!("b-{at:02}"), json!({"ifVersion": 0, "data": "AA=="}))).collect();
    let answer = anne.call("Vault/set", json!({"update": all})).await;
    assert_eq!(answer["updated"].as_object().unwrap().len(), 64);
    assert_eq!(answer["notUpdated"]["b-64"]["type"], "overQuota");
}

#[tokio::test]
async fn index_segments_only_grow_and_are_counted_per_device() {
    let world = World::new();
    let anne = world.member(ANNE);
    let append = |device: &str, counter: u64| json!({"device": device, "counter": counter, "data": "AA=="});
    for (device, counter) in [("d1", 1), ("d1", 2), ("d2", 1)] {
        assert_eq!(anne.call("IndexSegment/append", append(device, counter)).await["counter"], counter);
    }
    let repeated = anne.call("IndexSegment/append", append("d1", 2)).await;
    assert_eq!((&repeated["counter"], &repeated["oldState"]), (&json!(2), &repeated["newState"]));
    let mut other = append("d1", 2);
    other["data"] = json!("AQ==");
    anne.fails("IndexSegment/append", other, "stateMismatch").await;
    for wrong in [0, 1, 4] {
        let error = anne.fails("IndexSegment/append", append("d1", wrong), "stateMismatch").await;
        assert_eq!(error["next"], 3);
    }
    let all = anne.call("IndexSegment/get", json!({})).await;
    assert_eq!((all["list"].as_array().unwrap().len(), &all["hasMore"]), (3, &json!(false)));
    let rest = anne.call("IndexSegment/get", json!({"after": {"d1": 1, "d2": 1}})).await;
    assert_eq!(rest["list"], json!([{"device": "d1", "counter": 2, "data": "AA=="}]));
    anne.fails("IndexSegment/append", append("a b", 1), "invalidArguments").await;
    anne.fails("IndexSegment/append", json!({"device": "d", "counter": 1, "data": ""}), "invalidArguments")
        .await;
    let large = json!({"device": "d", "counter": 1, "data": STANDARD.encode(vec![0; 1_000_001])});
    anne.fails("IndexSegment/append", large, "requestTooLarge").await;
}

#[tokio::test]
async fn long_indexes_come_in_pieces() {
    let world = World::new();
    let anne = world.member(ANNE);
    let data = STANDARD.encode(vec![0; 1_000_000]);
    for counter in 1..=9 {
        anne.call("IndexSegment/append", json!({"device": "d", "counter": counter, "data": data})).await;
    }
    let first = anne.call("IndexSegment/get", json!({})).await;
    assert_eq!((first["list"].as_array().unwrap().len(), &first["hasMore"]), (8, &json!(true)));
    let rest = anne.call("IndexSegment/get", json!({"after": {"d": 8}})).await;
    assert_eq!((&rest["list"][0]["counter"], &rest["hasMore"]), (&json!(9), &json!(false)));
}

#[tokio::test]
async fn the_directory_finds_people_with_and_without_accents() {
    let world = World::new();
    world.relay.add_account(ANNE, Some("Dr Éloïse Nœuvéglise"), &[]).unwrap();
    world.relay.add_account(BRUNO, Some("Laboratoire Bruno"), &[]).unwrap();
    let anne = world.member(ANNE);
    for (text, expected) in [
        ("noeuv elo", vec![ANNE]),
        ("ÉLOÏSE", vec![ANNE]),
        ("exemple.fr", vec![ANNE, BRUNO]),
        ("%", vec![]),
        ("", vec![ANNE, BRUNO]),
    ] {
        let answer = anne.call("Directory/query", json!({"text": text})).await;
        let found: Vec<&str> =
            answer["list"].as_array().unwrap().iter().map(|one| one["address"].as_str().unwrap()).collect();
        assert_eq!(found, expected, "{text}");
    }
    assert_eq!(
        anne.call("Directory/query", json!({"text": "", "limit": 1})).await["list"].as_array().unwrap().len(),
        1
    );
    let answer =
        anne.call("Directory/lookup", json!({"addresses": ["BRUNO@exemple.fr", "x@y", "junk"]})).await;
    assert_eq!(answer["list"], json!([{"address": BRUNO, "name": "Laboratoire Bruno", "certificates": []}]));
    assert_eq!(answer["notFound"], json!(["x@y", "junk"]));
}

#[tokio::test]
async fn only_ones_own_certificates_are_published() {
    let world = World::new();
    let (anne, bruno) = (world.member(ANNE), world.member(BRUNO));
    let hers = STANDARD.encode(include_bytes!("anne.der"));
    let published = anne.call("Directory/publish", json!({"certificates": [hers]})).await;
    assert_eq!(published["entry"]["certificates"], json!([hers]));
    let seen = bruno.call("Directory/lookup", json!({"addresses": [ANNE]})).await;
    assert_eq!(seen["list"][0]["certificates"], json!([hers]));
    let error = bruno.fails("Directory/publish", json!({"certificates": [hers]}), "invalidArguments").await;
    assert_eq!(error["index"], 0);
    anne.fails("Directory/publish", json!({"certificates": ["AAAA"]}), "invalidArguments").await;
    let cleared = anne.call("Directory/publish", json!({"certificates": []})).await;
    assert_eq!(cleared["entry"]["certificates"], json!([]));
}

#[tokio::test]
async fn authorities_are_proposed() {
    let world = World::new();
    let anne = world.member(ANNE);
    let before = anne.call("Authority/get", json!({"ids": null})).await;
    assert_eq!(before["list"], json!([]));
    let id = world
        .relay
        .add_authority(b"certificate", &[b"between".to_vec()], &["Exemple.FR".to_owned()])
        .unwrap();
    let after = anne.call("Authority/get", json!({"ids": [id, "x"]})).await;
    assert_eq!(
        after["list"],
        json!([{"id": id, "certificate": STANDARD.encode("certificate"),
        "intermediates": [STANDARD.encode("between")], "domains": ["exemple.fr"], "crl": null}])
    );
    assert_eq!(after["notFound"], json!(["x"]));
    assert_ne!(before["state"], after["state"]);
}
