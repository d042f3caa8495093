//! Header protection (RFC 9788): what each field was protected against, and what a reply may show outside.

use mail_parser::{HeaderForm, MessagePart};

use crate::address::Address;
use crate::compose::KeptInside;
use crate::letter::Letter;
use crate::order;

/// Fields that name people.
const ADDRESS_FIELDS: [&str; 6] = ["from", "sender", "reply-to", "to", "cc", "bcc"];
/// Fields that name letters.
const ID_FIELDS: [&str; 3] = ["message-id", "in-reply-to", "references"];

/// The sender's claim about the payload it stands on (RFC 9788 §2.1.1). A claim only: what was proven is
/// [`Layer`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hp {
    /// Made to be signed only: all fields stand outside too.
    Clear,
    /// Made to be sealed: some fields may be confidential.
    Cipher,
}

impl Hp {
    /// What the payload claims whose root this is.
    pub(crate) fn of(root: &MessagePart<'_>) -> Option<Self> {
        root.content_type()?.attribute("hp").and_then(Self::from_parameter)
    }

    fn from_parameter(value: &str) -> Option<Self> {
        match value.to_ascii_lowercase().as_str() {
            "clear" => Some(Self::Clear),
            "cipher" => Some(Self::Cipher),
            _ => None,
        }
    }
}

/// What the cryptographic layers around a payload have proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Layer {
    /// A valid signature covers the payload.
    pub signed: bool,
    /// The payload was encrypted.
    pub encrypted: bool,
}

/// How a field was protected (RFC 9788 §4.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Signed, but it stood outside too.
    Signed,
    /// Confidential, but not signed.
    Encrypted,
    /// Signed and confidential.
    Both,
    /// Not protected.
    None,
}

/// A field and how it was protected.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct HeaderState {
    /// Name as written.
    pub name: String,
    /// Decoded value.
    pub value: String,
    /// How it was protected.
    pub state: State,
}

impl Letter {
    /// Whether the fields of this payload are those of the letter: it says so (`hp`, RFC 9788 §4.1), or it is
    /// a complete message, From included, whose fields are covered because they are content.
    pub fn protects_headers(&self) -> bool {
        #[cfg(feature = "more")]
        if self.is_partly_protected() {
            return true;
        }
        self.hp.is_some() || !self.from.is_empty()
    }

    /// Whether it says that its fields are protected in the way of the drafts before RFC 9788 (`protected-headers="v1"`,
    /// draft-autocrypt-lamps-protected-headers): those that it has, which may be the subject alone.
    #[cfg(feature = "more")]
    pub fn is_partly_protected(&self) -> bool {
        let version = self.content_type.parameter("protected-headers");
        self.hp.is_none() && version.is_some_and(|version| version.eq_ignore_ascii_case("v1"))
    }
}

/// The fields of a letter, each with its protection: those of the payload, then those that stand only outside.
/// Fields that describe the MIME structure are left out.
///
/// `outer` is the message as it arrived, `inner` the payload within all layers, `layer` what was proven. A
/// field counts as confidential only if neither the sender's record (`HP-Outer`) nor the outer header section
/// shows the same value.
pub fn header_states(outer: &Letter, inner: &Letter, layer: Layer) -> Vec<HeaderState> {
    // A letter in the open is its own outside.
    let outside = if outer.headers.is_empty() { fields(inner) } else { fields(outer) };
    let protected = if inner.protects_headers() { fields(inner) } else { Vec::new() };
    let exposed = sorted(exposed_fields(outer, inner).iter().chain(&fields(outer)).map(folded));
    let names = sorted(protected.iter().map(|(name, _)| name.to_ascii_lowercase()));
    let inside = protected.iter().map(|field| {
        let confidential =
            layer.encrypted && inner.hp != Some(Hp::Clear) && exposed.binary_search(&folded(field)).is_err();
        HeaderState::new(field, state(layer.signed, confidential))
    });
    let only_outside =
        outside.iter().filter(|(name, _)| names.binary_search(&name.to_ascii_lowercase()).is_err());
    inside.chain(only_outside.map(|field| HeaderState::new(field, State::None))).collect()
}

/// What a reply must keep inside because the letter it answers did (RFC 9788 §6.1): addresses and message
/// identifiers that stood only in its sealed part. `outer` and `inner` as for [`header_states`].
pub fn kept_inside(outer: &Letter, inner: &Letter) -> KeptInside {
    let seen = exposed_fields(outer, inner);
    let (shown_addresses, shown_ids) = (sorted(addresses(&seen)), sorted(identifiers(&seen)));
    let hidden = |shown: &[String], it: &String| shown.binary_search(it).is_err();
    let inside = if inner.protects_headers() { fields(inner) } else { Vec::new() };
    KeptInside {
        addresses: addresses(&inside).into_iter().filter(|it| hidden(&shown_addresses, it)).collect(),
        ids: identifiers(&inside).into_iter().filter(|it| hidden(&shown_ids, it)).collect(),
    }
}

fn sorted<T: Ord>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut items = items.into_iter().collect();
    order::sort(&mut items);
    items
}

impl HeaderState {
    fn new((name, value): &(&str, &str), state: State) -> Self {
        Self { name: (*name).to_owned(), value: (*value).to_owned(), state }
    }
}

fn state(signed: bool, confidential: bool) -> State {
    match (signed, confidential) {
        (true, true) => State::Both,
        (true, false) => State::Signed,
        (false, true) => State::Encrypted,
        (false, false) => State::None,
    }
}

type Fields<'a> = Vec<(&'a str, &'a str)>;

/// Fields that are not about the MIME structure (RFC 9788 §1.1.1).
fn fields(letter: &Letter) -> Fields<'_> {
    letter
        .headers
        .iter()
        .map(|header| (header.name.as_str(), header.value.as_str()))
        .filter(|(name, _)| !is_structural(name))
        .collect()
}

fn is_structural(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with("content-") || name == "mime-version" || name == "hp-outer"
}

/// A field for comparing: names are equal without regard to case.
fn folded<'a>((name, value): &(&'a str, &'a str)) -> (String, &'a str) {
    (name.to_ascii_lowercase(), value)
}

/// What stood outside: as the sender recorded it, else as it arrived.
fn exposed_fields<'a>(outer: &'a Letter, inner: &'a Letter) -> Fields<'a> {
    match inner.hp {
        Some(Hp::Cipher) => {
            inner.hp_outer.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
        }
        Some(Hp::Clear) | None => fields(outer),
    }
}

fn values<'a>(fields: &Fields<'a>, names: &[&str]) -> Vec<&'a str> {
    let named = |(name, _): &&(&str, &str)| names.iter().any(|wanted| wanted.eq_ignore_ascii_case(name));
    fields.iter().filter(named).map(|(_, value)| *value).collect()
}

fn addresses(fields: &Fields<'_>) -> Vec<String> {
    let parse = |value: &str| {
        let parsed = HeaderForm::Addresses.parse(value.as_bytes());
        Address::from_list(parsed.value().as_address())
    };
    values(fields, &ADDRESS_FIELDS)
        .into_iter()
        .flat_map(parse)
        .map(|address| address.email)
        .filter(|email| email.contains('@'))
        .collect()
}

fn identifiers(fields: &Fields<'_>) -> Vec<String> {
    let trim = |id: &str| id.trim_matches(['<', '>']).to_owned();
    values(fields, &ID_FIELDS).into_iter().flat_map(str::split_whitespace).map(trim).collect()
}
