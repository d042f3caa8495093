//! A message to be made: layers, content and how it is carried, drawn by chance from what the table allows.

use crate::layer::{Layer, Sealed, Signed, Way, signing_row};
use crate::random::Seeded;
use crate::world::ADDRESS;

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

const CIPHERS: &[&str] = &[
    "aes-128-cbc",
    "aes-192-cbc",
    "aes-256-cbc",
    "3des-cbc",
    "aes-128-gcm",
    "aes-192-gcm",
    "aes-256-gcm",
    "aes-256-ccm",
    "chacha20-poly1305",
    "aes-256-gcm-hkdf",
];
/// Those that we write.
const OUR_CIPHERS: &[&str] =
    &["aes-256-cbc", "aes-128-gcm", "aes-192-gcm", "aes-256-gcm", "chacha20-poly1305", "aes-256-gcm-hkdf"];
const METHODS: &[&str] = &[
    "rsa-pkcs1v15",
    "rsa-oaep-sha1",
    "rsa-oaep-sha256",
    "rsa-oaep-sha384",
    "rsa-oaep-sha512",
    "ecdh",
    "x25519",
    "ml-kem-768",
    "kek-128",
    "kek-192",
    "kek-256",
    "password",
];
const RSA: &[&str] = &["rsa-2048", "rsa-3072", "rsa-4096"];
const CURVES: &[&str] = &["p-256", "p-384", "p-521"];
const SIGNING_CURVES: &[&str] = &["sign-p-256", "sign-p-384", "sign-p-521"];
const KDFS: &[&str] = &["kdf-sha1", "kdf-sha224", "kdf-sha256", "kdf-sha384", "kdf-sha512"];
const WRAPS: &[&str] = &["wrap-aes-128", "wrap-aes-192", "wrap-aes-256"];
const RSA_SCHEMES: &[&str] = &[
    "rsa-pkcs1-sha256",
    "rsa-pkcs1-sha384",
    "rsa-pkcs1-sha512",
    "rsa-pss-sha256",
    "rsa-pss-sha384",
    "rsa-pss-sha512",
];
const EC_SCHEMES: &[&str] = &["ecdsa-sha256", "ecdsa-sha384", "ecdsa-sha512"];
const OTHERS: &[&str] = &[
    "ed25519",
    "opaque",
    "detached",
    "no-attributes",
    "signer-by-key-id",
    "recipient-by-key-id",
    "several-recipients",
    "cofactor",
    "aead-ecdh",
    "aead-kek",
    "aead-password",
    "compressed",
    "stream",
    "stream-rsa-pss",
    "stream-aead",
    "profile-default",
    "profile-compat",
];
/// Rows that say nothing of what we write, because we do not.
const NOT_OURS: &[&str] = &[
    "aes-128-cbc",
    "aes-192-cbc",
    "3des-cbc",
    "aes-256-ccm",
    "rsa-oaep-sha1",
    "rsa-oaep-sha384",
    "rsa-oaep-sha512",
    "kdf-sha1",
    "kdf-sha224",
    "wrap-aes-128",
    "wrap-aes-192",
    "no-attributes",
    "signer-by-key-id",
    "recipient-by-key-id",
    "cofactor",
    "compressed",
    "stream",
    "stream-rsa-pss",
    "stream-aead",
];

/// Every row of the table, in its order.
pub fn rows() -> impl Iterator<Item = &'static str> {
    [CIPHERS, METHODS, RSA, CURVES, SIGNING_CURVES, KDFS, WRAPS, RSA_SCHEMES, EC_SCHEMES, OTHERS]
        .into_iter()
        .flatten()
        .copied()
}

/// Whether the row says something when this side writes.
#[must_use]
pub fn applies(row: &str, writer: Writer) -> bool {
    match writer {
        Writer::Ours => !NOT_OURS.contains(&row),
        Writer::Theirs => !row.starts_with("profile-"),
    }
}

/// How often a way is drawn before it is given up that one fits the cipher.
const ATTEMPTS: usize = 100;
const DETACHED_BODY: usize = 76;
/// Where lengths of DER, blocks of ciphers and buffers of programs end.
const EDGES: &[usize] = &[
    0, 1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 48, 63, 64, 65, 111, 112, 113, 119, 120, 126, 127, 128, 129,
    239, 240, 254, 255, 256, 257, 511, 512, 513, 1023, 1024, 1025, 4095, 4096, 4097, 8191, 8192, 8193,
    16_383, 16_384, 16_385, 65_535, 65_536, 65_537,
];
const MEBIBYTE: usize = 1024 * 1024;
/// Above this, octets without a header could be taken for an endless header.
const BARE_BYTES: usize = 600;

/// Draws messages. `can` says of a row whether both sides can.
pub struct Chooser<'a> {
    /// Who writes.
    pub writer: Writer,
    /// Rows that count.
    pub can: &'a dyn Fn(&str) -> bool,
    /// Most octets of content.
    pub most_bytes: usize,
}

impl Chooser<'_> {
    /// One message; `None` when the table allows none.
    pub fn draw(&self, rng: &mut Seeded) -> Option<Recipe> {
        if self.writer == Writer::Ours && rng.one_in(8) {
            if let Some(recipe) = self.draw_profile(rng) {
                return Some(recipe);
            }
        }
        let layers = self.nested(rng)?;
        let detached = layers.iter().any(|layer| matches!(layer, Layer::Signed(it) if it.detached));
        let (content, is_letter) = content(self.size(rng), detached, rng);
        let pss = layers.iter().any(|layer| matches!(layer, Layer::Signed(it) if it.scheme.contains("pss")));
        let aead = layers.iter().any(|layer| matches!(layer, Layer::Sealed(it) if it.is_authenticated()));
        let may_stream = self.allows("stream")
            && (!pss || self.allows("stream-rsa-pss"))
            && (!aead || self.allows("stream-aead"));
        let outer_detached = matches!(layers.last(), Some(Layer::Signed(it)) if it.detached);
        let form = if outer_detached { Form::Mail } else { *rng.pick(&[Form::Der, Form::Pem, Form::Mail])? };
        Some(Recipe {
            layers,
            content,
            is_letter,
            form,
            inner_base64: detached || rng.one_in(2),
            stream: may_stream && rng.one_in(2),
            profile: None,
        })
    }

    fn allows(&self, row: &str) -> bool {
        applies(row, self.writer) && (self.can)(row)
    }

    fn among(&self, rows: &'static [&'static str], rng: &mut Seeded) -> Option<&'static str> {
        let allowed: Vec<&'static str> = rows.iter().copied().filter(|row| self.allows(row)).collect();
        rng.pick(&allowed).copied()
    }

    fn maybe(&self, row: &str, chances: usize, rng: &mut Seeded) -> bool {
        self.allows(row) && rng.one_in(chances)
    }

    /// Signed, sealed, signed then sealed, sealed then signed, triple wrapped, compressed somewhere.
    fn nested(&self, rng: &mut Seeded) -> Option<Vec<Layer>> {
        let mut layers = match rng.below(10) {
            0..=2 => vec![self.sealed(rng)?],
            3..=5 => vec![self.signed(rng)?],
            6 | 7 => vec![self.signed(rng)?, self.sealed(rng)?],
            8 => vec![self.sealed(rng)?, self.signed(rng)?],
            _ => vec![self.signed(rng)?, self.sealed(rng)?, self.signed(rng)?],
        };
        if self.maybe("compressed", 6, rng) {
            let at = rng.below(layers.len() + 1);
            layers.insert(at, Layer::Compressed);
        }
        Some(layers)
    }

    fn signed(&self, rng: &mut Seeded) -> Option<Layer> {
        let rsa = self.among(RSA, rng).zip(self.among(RSA_SCHEMES, rng));
        let curves: Vec<&'static str> =
            CURVES.iter().copied().filter(|key| self.allows(signing_row(key))).collect();
        let ec = rng.pick(&curves).copied().and_then(|key| Some((key, self.ecdsa(key, rng)?)));
        let edwards = self.allows("ed25519").then_some(("ed25519", "ed25519"));
        let choices: Vec<_> = [rsa, ec, edwards].into_iter().flatten().collect();
        let (key, scheme) = *rng.pick(&choices)?;
        let detached = match (self.allows("opaque"), self.allows("detached")) {
            (true, true) => rng.one_in(2),
            (opaque, detached) => detached && !opaque,
        };
        let attributes = !self.maybe("no-attributes", 8, rng);
        let by_key_id = self.maybe("signer-by-key-id", 3, rng);
        Some(Layer::Signed(Signed { key, scheme, detached, attributes, by_key_id }))
    }

    /// We sign with the hash that is as strong as the curve.
    fn ecdsa(&self, key: &str, rng: &mut Seeded) -> Option<&'static str> {
        match self.writer {
            Writer::Ours => Some(own_scheme(key)).filter(|row| self.allows(row)),
            Writer::Theirs => self.among(EC_SCHEMES, rng),
        }
    }

    fn sealed(&self, rng: &mut Seeded) -> Option<Layer> {
        let ciphers = if self.writer == Writer::Ours { OUR_CIPHERS } else { CIPHERS };
        let cipher = self.among(ciphers, rng)?;
        let several = self.maybe("several-recipients", 4, rng);
        let number = if several { 2 + rng.below(3) } else { 1 };
        let authenticated = !cipher.ends_with("-cbc");
        let fits = |way: &Way| !authenticated || way.inside_aead().is_none_or(|row| self.allows(row));
        let mut one = || (0..ATTEMPTS).find_map(|_| self.way(rng).filter(fits));
        let recipients = (0..number).map(|_| one()).collect::<Option<Vec<Way>>>()?;
        let recipients = distinct(recipients);
        let reader = rng.below(recipients.len());
        Some(Layer::Sealed(Sealed { cipher, recipients, reader }))
    }

    fn way(&self, rng: &mut Seeded) -> Option<Way> {
        let method = self.among(METHODS, rng)?;
        let mut way = match method {
            "ecdh" => self.agreement(rng)?,
            "x25519" | "ml-kem-768" => Way::plain(method, method),
            _ if method.starts_with("rsa") => Way::plain(self.among(RSA, rng)?, method),
            _ => Way::plain("", method),
        };
        way.by_key_id = !way.key.is_empty() && self.maybe("recipient-by-key-id", 3, rng);
        Some(way)
    }

    fn agreement(&self, rng: &mut Seeded) -> Option<Way> {
        let key = self.among(CURVES, rng)?;
        if self.writer == Writer::Ours {
            return Some(our_agreement(key));
        }
        let cofactor = self.maybe("cofactor", 2, rng);
        Some(Way { cofactor, ..Way::ecdh(key, self.among(KDFS, rng)?, self.among(WRAPS, rng)?) })
    }

    /// A whole letter of ours.
    pub fn draw_profile(&self, rng: &mut Seeded) -> Option<Recipe> {
        let profile = self.among(&["profile-default", "profile-compat"], rng)?;
        let key = self.among(if rng.one_in(2) { RSA } else { CURVES }, rng)?;
        let reader = self.among(if rng.one_in(2) { RSA } else { CURVES }, rng)?;
        let recipe = letter(profile, key, reader, self.size(rng));
        let all = recipe.layers.iter().flat_map(Layer::features).all(|row| self.allows(row));
        all.then_some(recipe)
    }

    fn size(&self, rng: &mut Seeded) -> usize {
        let size = match rng.below(100) {
            0 => MEBIBYTE - 1 + rng.below(3),
            1..=3 => rng.below(MEBIBYTE / 4),
            4..=49 => rng.pick(EDGES).copied().unwrap_or_default(),
            _ => rng.below(3_000),
        };
        size.min(self.most_bytes)
    }
}

/// The hash that is as strong as the curve.
fn own_scheme(key: &str) -> &'static str {
    match key {
        "p-256" => "ecdsa-sha256",
        "p-384" => "ecdsa-sha384",
        _ => "ecdsa-sha512",
    }
}

/// Nobody is named twice, and one shared key is enough: `openssl cms` takes no more.
fn distinct(ways: Vec<Way>) -> Vec<Way> {
    let mut kept: Vec<Way> = Vec::new();
    for way in ways {
        let both_shared = |one: &Way| one.kek_octets().is_some() && way.kek_octets().is_some();
        let same = |one: &Way| one.key == way.key && (one.method == way.method || !way.key.is_empty());
        let known = kept.iter().any(|one| same(one) || both_shared(one));
        if !known {
            kept.push(way);
        }
    }
    kept
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

/// Octets of this size: text in lines when it has to survive a mail, anything otherwise.
fn content(size: usize, seven_bit: bool, rng: &mut Seeded) -> (Vec<u8>, bool) {
    if size <= BARE_BYTES && rng.one_in(2) {
        return (text(size, rng), false);
    }
    let transfer = if seven_bit { "7bit" } else { "binary" };
    let head = format!(
        "From: {ADDRESS}\r\nSubject: essai\r\nContent-Type: text/plain; charset=us-ascii\r\n\
         Content-Transfer-Encoding: {transfer}\r\n\r\n"
    );
    let body = if seven_bit { text(size, rng) } else { octets(size, rng) };
    ([head.into_bytes(), body].concat(), true)
}

fn octets(size: usize, rng: &mut Seeded) -> Vec<u8> {
    let start = rng.below(256);
    let step = 1 + 2 * rng.below(64);
    (0..size).map(|at| u8::try_from((start + at * step + at / 251) % 256).unwrap_or_default()).collect()
}

/// Words in lines that end in CR LF; the last line may have no end.
fn text(size: usize, rng: &mut Seeded) -> Vec<u8> {
    let start = rng.below(26);
    let letter = |at: usize| match at % DETACHED_BODY {
        74 => b'\r',
        75 => b'\n',
        column if column % 9 == 8 => b' ',
        column => b'a' + u8::try_from((start + at / 7 + column) % 26).unwrap_or_default(),
    };
    let mut out: Vec<u8> = (0..size).map(letter).collect();
    // Half a line end is none.
    if let Some(last) = out.last_mut().filter(|last| **last == b'\r') {
        *last = b'x';
    }
    out
}

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
            "no-attributes" => signed.attributes = false,
            "signer-by-key-id" => signed.by_key_id = true,
            "stream-rsa-pss" => {
                (signed.key, signed.scheme) = ("rsa-2048", "rsa-pss-sha256");
                stream = true;
            }
            _ => {}
        }
        matches!(
            row,
            "ed25519" | "opaque" | "detached" | "no-attributes" | "signer-by-key-id" | "stream-rsa-pss"
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
    let detached = row == "detached";
    let (content, is_letter) = content(700, detached, &mut Seeded::new(&["sceau suites", "probe", row]));
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
        "several-recipients" => {
            sealed.recipients.push(Way::plain("", "kek-256"));
            return;
        }
        _ => {}
    }
    sealed.recipients = vec![way];
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
