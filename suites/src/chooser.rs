//! Draws messages by chance from what the table allows.

use crate::content::content;
use crate::layer::{Layer, Sealed, Signed, Way, signing_row};
use crate::random::Seeded;
use crate::recipe::{Form, Recipe, Writer, letter, our_agreement, own_scheme};
use crate::rows::{
    CIPHERS, CURVES, EC_SCHEMES, KDFS, METHODS, OUR_CIPHERS, RSA, RSA_SCHEMES, WRAPS, applies,
};

/// How often a way is drawn before it is given up that one fits the cipher.
const ATTEMPTS: usize = 100;
const MEBIBYTE: usize = 1024 * 1024;
/// Where lengths of DER, blocks of ciphers and buffers of programs end.
const EDGES: &[usize] = &[
    0, 1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 48, 63, 64, 65, 111, 112, 113, 119, 120, 126, 127, 128, 129,
    239, 240, 254, 255, 256, 257, 511, 512, 513, 1023, 1024, 1025, 4095, 4096, 4097, 8191, 8192, 8193,
    16_383, 16_384, 16_385, 65_535, 65_536, 65_537,
];
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
        if self.writer == Writer::Ours
            && rng.one_in(8)
            && let Some(recipe) = self.draw_profile(rng)
        {
            return Some(recipe);
        }
        let layers = self.nested(rng)?;
        let detached = layers.iter().any(Layer::is_detached);
        let beside = layers.first().is_some_and(Layer::is_detached);
        let least = usize::from(beside && !self.allows("detached-nothing"));
        let (content, is_letter) = content(self.size(rng).max(least), detached, rng);
        let pss = layers.iter().any(|layer| matches!(layer, Layer::Signed(it) if it.scheme.contains("pss")));
        let aead = layers.iter().any(|layer| matches!(layer, Layer::Sealed(it) if it.is_authenticated()));
        let nothing = content.is_empty() && layers.first().is_some_and(Layer::keeps_length);
        let may_stream = self.allows("stream")
            && (!pss || self.allows("stream-rsa-pss"))
            && (!aead || self.allows("stream-aead"))
            && (!nothing || self.allows("stream-nothing"));
        let outer_detached = layers.last().is_some_and(Layer::is_detached);
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
        let sealed = Sealed { cipher, recipients, reader };
        Some(Layer::Sealed(if self.allows("several-wraps") { sealed } else { sealed.with_one_wrap() }))
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
