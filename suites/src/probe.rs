//! The fixed messages with which each program is asked what it can.

use crate::content::content;
use crate::layer::{Layer, Sealed, Signed, Way, signing_row};
use crate::random::Seeded;
use crate::recipe::{Form, Recipe, Writer, letter, our_agreement, own_scheme};
use crate::rows::{CIPHERS, CURVES, EC_SCHEMES, KDFS, METHODS, RSA, RSA_SCHEMES, WRAPS};

/// The smallest message that has this feature, on what every program knows: AES-256-CBC, RSAES-OAEP with SHA-256 or
/// ECDH on P-256, ECDSA on P-256.
#[must_use]
pub fn probe(row: &'static str, writer: Writer) -> Recipe {
    let base_way = Way::plain("rsa-2048", "rsa-oaep-sha256");
    let mut sealed = Sealed { cipher: "aes-256-cbc", recipients: vec![base_way.clone()], reader: 0 };
    let mut signed =
        Signed { key: "p-256", scheme: "ecdsa-sha256", detached: false, attributes: true, by_key_id: false };
    let mut stream = false;
    let ours = writer == Writer::Ours;
    let sign = if RSA_SCHEMES.contains(&row) {
        (signed.key, signed.scheme) = ("rsa-2048", row);
        true
    } else if EC_SCHEMES.contains(&row) {
        let own = [("ecdsa-sha384", "p-384"), ("ecdsa-sha512", "p-521")];
        let key = own.iter().find(|(scheme, _)| *scheme == row).map_or("p-256", |(_, key)| key);
        (signed.key, signed.scheme) = (if ours { key } else { "p-256" }, row);
        true
    } else if let Some(key) = CURVES.iter().find(|key| signing_row(key) == row) {
        (signed.key, signed.scheme) = (key, own_scheme(key));
        true
    } else {
        match row {
            "ed25519" => (signed.key, signed.scheme) = (row, row),
            "detached" => signed.detached = true,
            // With attributes nobody needs to hash it.
            "detached-nothing" => (signed.detached, signed.attributes) = (true, ours),
            "no-attributes" => signed.attributes = false,
            "signer-by-key-id" => signed.by_key_id = true,
            "stream-rsa-pss" => {
                (signed.key, signed.scheme) = ("rsa-2048", "rsa-pss-sha256");
                stream = true;
            }
            "stream-nothing" => stream = true,
            _ => {}
        }
        matches!(
            row,
            "ed25519"
                | "opaque"
                | "detached"
                | "detached-nothing"
                | "no-attributes"
                | "signer-by-key-id"
                | "stream-rsa-pss"
                | "stream-nothing"
        )
    };
    if row.starts_with("profile-") {
        return letter(row, "p-256", "rsa-2048", 100);
    }
    if !sign {
        stream = matches!(row, "stream" | "stream-aead");
        probe_envelope(row, ours, &mut sealed);
    }
    let layers = match row {
        "compressed" => vec![Layer::Compressed],
        _ if sign => vec![Layer::Signed(signed)],
        _ => vec![Layer::Sealed(sealed)],
    };
    let detached = row.starts_with("detached");
    let (content, is_letter) = match row {
        "detached-nothing" | "stream-nothing" => (Vec::new(), false),
        _ => content(700, detached, &mut Seeded::new(&["sceau suites", "probe", row])),
    };
    let form = if detached { Form::Mail } else { Form::Der };
    Recipe { layers, content, is_letter, form, inner_base64: detached, stream, profile: None }
}

fn probe_envelope(row: &'static str, ours: bool, sealed: &mut Sealed) {
    let plain_ecdh = Way::ecdh("p-256", "kdf-sha256", "wrap-aes-256");
    let mut way = Way::plain("rsa-2048", "rsa-oaep-sha256");
    match row {
        _ if CIPHERS.contains(&row) => sealed.cipher = row,
        _ if RSA.contains(&row) => way.key = row,
        _ if CURVES.contains(&row) && ours => way = our_agreement(row),
        _ if CURVES.contains(&row) => way = Way { key: row, ..plain_ecdh },
        "kdf-sha384" if ours => way = our_agreement("p-384"),
        "kdf-sha512" if ours => way = our_agreement("p-521"),
        _ if KDFS.contains(&row) => way = Way { kdf: row, ..plain_ecdh },
        _ if WRAPS.contains(&row) => way = Way { wrap: row, ..plain_ecdh },
        "ecdh" => way = plain_ecdh,
        "aead-ecdh" | "aead-kek" | "aead-password" => {
            sealed.cipher = "aes-256-gcm";
            way = match row {
                "aead-ecdh" => plain_ecdh,
                "aead-kek" => Way::plain("", "kek-256"),
                _ => Way::plain("", "password"),
            };
        }
        "stream-aead" => sealed.cipher = "aes-256-gcm",
        "cofactor" => way = Way { cofactor: true, ..plain_ecdh },
        "x25519" | "ml-kem-768" => way = Way::plain(row, row),
        "recipient-by-key-id" => way.by_key_id = true,
        _ if METHODS.contains(&row) && row.starts_with("rsa") => way.method = row,
        _ if METHODS.contains(&row) => way = Way::plain("", row),
        "several-wraps" => {
            let reader = Way::ecdh("p-384", "kdf-sha256", "wrap-aes-128");
            (sealed.recipients, sealed.reader) = (vec![plain_ecdh, reader], 1);
            return;
        }
        "several-recipients" => {
            sealed.recipients.push(Way::plain("", "kek-256"));
            return;
        }
        _ => {}
    }
    sealed.recipients = vec![way];
}
