//! A message to be made: layers, content and how it is carried.

use crate::content::text;
use crate::layer::{Layer, Sealed, Signed, Way};
use crate::random::Seeded;

/// How a message is carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Bare, in DER.
    Der,
    /// Bare, in PEM.
    Pem,
    /// As a mail.
    Mail,
}

/// A message to be made.
#[derive(Debug, Clone)]
pub struct Recipe {
    /// Innermost first.
    pub layers: Vec<Layer>,
    /// What is inside.
    pub content: Vec<u8>,
    /// Whether the content is a letter with a From, not mere octets.
    pub is_letter: bool,
    /// How the outermost layer is carried.
    pub form: Form,
    /// Whether inner layers are carried in base64 instead of octets.
    pub inner_base64: bool,
    /// Whether the writer streams: BER with indefinite lengths.
    pub stream: bool,
    /// A letter of ours in this profile; its layers say what is expected of it.
    pub profile: Option<&'static str>,
}

/// Who writes decides what can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Writer {
    /// We write, the other program reads.
    Ours,
    /// The other program writes, we read.
    Theirs,
}

impl Recipe {
    /// Every row of the table that this message needs.
    #[must_use]
    pub fn features(&self) -> Vec<&'static str> {
        let mut all: Vec<&'static str> = self.layers.iter().flat_map(Layer::features).collect();
        all.extend(self.profile);
        if self.stream {
            all.push("stream");
            if all.iter().any(|row| row.starts_with("rsa-pss")) {
                all.push("stream-rsa-pss");
            }
            if self.layers.iter().any(|layer| matches!(layer, Layer::Sealed(it) if it.is_authenticated())) {
                all.push("stream-aead");
            }
            if self.content.is_empty() && self.layers.first().is_some_and(Layer::keeps_length) {
                all.push("stream-nothing");
            }
        }
        if self.content.is_empty() && self.layers.first().is_some_and(Layer::is_detached) {
            all.push("detached-nothing");
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    /// What we must say of the sender: confirmed when a signature covers everything shown and there is a From, inside or,
    /// where nothing inside says who wrote, outside.
    #[must_use]
    pub fn is_confirmed(&self) -> bool {
        let envelope = self.layers.iter().position(|layer| matches!(layer, Layer::Sealed(_)));
        let weak = |layer: &Layer| matches!(layer, Layer::Sealed(it) if it.cipher.starts_with("3des"));
        let inside = self.layers.get(..envelope.unwrap_or(self.layers.len())).unwrap_or_default();
        let signed = inside.iter().any(|layer| matches!(layer, Layer::Signed(_)));
        (self.is_letter || self.form == Form::Mail) && signed && !self.layers.iter().any(weak)
    }

    /// The nesting in a word, outermost first, for the count.
    #[must_use]
    pub fn nesting(&self) -> String {
        let names = self.layers.iter().rev().map(|layer| match layer {
            Layer::Signed(it) if it.detached => "detached",
            Layer::Signed(_) => "signed",
            Layer::Sealed(_) => "sealed",
            Layer::Compressed => "compressed",
        });
        names.collect::<Vec<_>>().join(" > ")
    }

    /// The whole recipe in a line, for whoever replays it.
    #[must_use]
    pub fn shown(&self) -> String {
        let layers: Vec<String> = self.layers.iter().map(Layer::words).collect();
        format!(
            "{} octets, {:?}, stream={}, inner_base64={}, {}: {}",
            self.content.len(),
            self.form,
            self.stream,
            self.inner_base64,
            self.profile.unwrap_or("layers"),
            layers.join(" | ")
        )
    }
}

/// The hash that is as strong as the curve.
pub(crate) fn own_scheme(key: &str) -> &'static str {
    match key {
        "p-256" => "ecdsa-sha256",
        "p-384" => "ecdsa-sha384",
        _ => "ecdsa-sha512",
    }
}

/// What we write for a key on a curve.
#[must_use]
pub fn our_agreement(key: &'static str) -> Way {
    let kdf = match key {
        "p-384" => "kdf-sha384",
        "p-521" => "kdf-sha512",
        _ => "kdf-sha256",
    };
    Way::ecdh(key, kdf, "wrap-aes-256")
}

/// A letter of ours: what its profile writes, as layers.
#[must_use]
pub fn letter(profile: &'static str, key: &'static str, reader: &'static str, bytes: usize) -> Recipe {
    let compat = profile == "profile-compat";
    let scheme = match key {
        _ if !key.starts_with("rsa") => own_scheme(key),
        _ if compat => "rsa-pkcs1-sha256",
        _ => "rsa-pss-sha256",
    };
    let way = match (reader.starts_with("rsa"), compat) {
        (false, _) => our_agreement(reader),
        (true, true) => Way::plain(reader, "rsa-pkcs1v15"),
        (true, false) => Way::plain(reader, "rsa-oaep-sha256"),
    };
    let cipher = if compat { "aes-256-cbc" } else { "aes-256-gcm" };
    let signed = Signed { key, scheme, detached: compat, attributes: true, by_key_id: false };
    Recipe {
        layers: vec![
            Layer::Signed(signed),
            Layer::Sealed(Sealed { cipher, recipients: vec![way], reader: 0 }),
        ],
        content: text(bytes, &mut Seeded::new(&[profile, key, reader])),
        is_letter: true,
        form: Form::Mail,
        inner_base64: compat,
        stream: false,
        profile: Some(profile),
    }
}
