//! How to write to somebody: from what her program said in a verified letter, what her certificate says, and what the
//! directory says, in this order. A weaker way than our own is never taken silently: the choice says what is weaker in it,
//! and whether it is weaker than what was chosen before.

use serde::{Deserialize, Serialize};

use super::networks::is_short;
use super::seal::{Profile, Recipient};
use crate::cms::capabilities::Capabilities;
use crate::cms::content_cipher::Cipher;
use crate::cms::recipients::Transport;
use crate::error::{Error, Result};
use crate::key::KeySealing;
use crate::x509::Certificate;

/// Somebody a letter is to be sealed for, and all that is known of her program.
#[derive(Debug, Clone, Copy)]
pub struct Correspondent<'a> {
    /// Encryption certificate, already judged by the caller.
    pub certificate: &'a Certificate,
    /// The address it is used for.
    pub address: &'a str,
    /// What her program said in the newest letter of hers that was confirmed ([`super::Judged::sender_capabilities`]).
    pub letter: Option<Capabilities>,
    /// What the directory says, as far as the caller believes it.
    pub directory: Option<Listing>,
    /// How well letters to her were sealed before.
    pub before: Option<Level>,
}

/// An entry of a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// The network whose members' programs read there.
    pub network: Network,
    /// What the program reads, when the entry says so.
    pub capabilities: Option<Capabilities>,
}

/// A network of carers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Network {
    /// Our own: its members read with our program.
    Own,
    /// KIM.
    Kim,
    /// Direct.
    Direct,
    /// None of these.
    Other,
}

/// How well a letter is sealed, from weak to strong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// By a cipher that does not authenticate.
    Unauthenticated,
    /// By one that does.
    Authenticated,
    /// And under a key that a quantum computer does not open.
    PostQuantum,
}

/// Where a choice comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A confirmed letter of hers.
    Letter,
    /// Her certificate: its key, or smimeCapabilities in it (RFC 4262).
    Certificate,
    /// The directory.
    Directory,
    /// Nothing is known: what every program can read is taken.
    Nothing,
}

/// What is weaker in a choice than in a letter between ourselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weakness {
    /// AES-CBC: the cipher does not show changes (the signature inside does).
    NotAuthenticated,
    /// RSAES-PKCS1-v1_5.
    OldKeyTransport,
    /// AES-128.
    ShorterKey,
    /// Nothing is known of the program.
    UnknownProgram,
    /// A quantum computer could open it one day, though the caller wished otherwise.
    NotPostQuantum,
    /// Letters to her were sealed better before.
    WeakerThanBefore,
}

sceau_mime::stable_codes! {
    pub Weakness, "The stable code.":
    Self::NotAuthenticated => "not_authenticated",
    Self::OldKeyTransport => "old_key_transport",
    Self::ShorterKey => "shorter_key",
    Self::UnknownProgram => "unknown_program",
    Self::NotPostQuantum => "not_post_quantum",
    Self::WeakerThanBefore => "weaker_than_before",
}

/// How to write to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The class of copies hers belongs to.
    pub profile: Profile,
    /// The content cipher. Those who read short keys only get a copy of their own.
    pub cipher: Cipher,
    /// How the content key comes to her.
    pub transport: Transport,
    /// What the choice was made from.
    pub source: Source,
    /// What is weaker in it; empty for a letter as between ourselves.
    pub weaknesses: Vec<Weakness>,
}

impl Choice {
    /// How well it seals.
    #[must_use]
    pub fn level(&self) -> Level {
        match (self.cipher.is_authenticated(), self.transport) {
            (false, _) => Level::Unauthenticated,
            (true, Transport::Kem) => Level::PostQuantum,
            (true, _) => Level::Authenticated,
        }
    }

    /// Whether the writer has to be asked before it is taken: it is weaker than what she is used to with this person.
    #[must_use]
    pub fn needs_consent(&self) -> bool {
        self.weaknesses.contains(&Weakness::WeakerThanBefore)
    }
}

/// Chooses for one person. `post_quantum` says that the writer wishes for keys that no quantum computer opens; nobody who has
/// none is left out for it, but the choice says so.
///
/// # Errors
/// `WrongKeyKind` for a certificate that nothing can be sealed to; facts about its key.
pub fn choose(who: &Correspondent<'_>, post_quantum: bool) -> Result<Choice> {
    if !who.certificate.can_encrypt() {
        return Err(Error::WrongKeyKind);
    }
    let kind = who.certificate.public_key()?.kind();
    let (known, source) = knowledge(who);
    let network = who.directory.map_or(Network::Other, |listing| listing.network);
    let encapsulates = kind.sealing() == Some(KeySealing::Encapsulation);
    let (profile, source) = match network {
        _ if encapsulates => (post_quantum_profile()?, Source::Certificate),
        Network::Kim => (Profile::Kim, Source::Directory),
        Network::Direct => (Profile::Direct, Source::Directory),
        _ if known.aes256_gcm || known.aes128_gcm => (Profile::Default, source),
        _ => (Profile::Compat, source),
    };
    let oaep = !profile.is_for_older_programs() || known.rsa_oaep;
    let cipher = cipher_for(profile, &known);
    let mut choice =
        Choice { profile, cipher, transport: Transport::for_key(kind, oaep), source, weaknesses: Vec::new() };
    choice.weaknesses = weaknesses(&choice, who.before, post_quantum);
    Ok(choice)
}

/// [`choose`] for everybody, with the recipients as [`super::seal_for_all`] takes them.
///
/// # Errors
/// As [`choose`], for the first who cannot be sealed for.
pub fn choose_for_all(
    correspondents: &[Correspondent<'_>],
    post_quantum: bool,
) -> Result<Vec<(Recipient, Choice)>> {
    let one = |who: &Correspondent<'_>| {
        let choice = choose(who, post_quantum)?;
        let (known, source) = knowledge(who);
        let recipient = Recipient {
            certificate: who.certificate.clone(),
            address: who.address.to_owned(),
            capabilities: (source != Source::Nothing).then_some(known),
        };
        Ok((recipient, choice))
    };
    correspondents.iter().map(one).collect()
}

/// The newest word about what the program reads (RFC 8551 §2.7.1): its own first.
fn knowledge(who: &Correspondent<'_>) -> (Capabilities, Source) {
    let listed = || {
        let listing = who.directory?;
        listing.capabilities.or((listing.network == Network::Own).then(Capabilities::own))
    };
    let stated = || Capabilities::of_certificate(who.certificate);
    let letter = who.letter.map(|known| (known, Source::Letter));
    letter
        .or_else(|| stated().map(|known| (known, Source::Certificate)))
        .or_else(|| listed().map(|known| (known, Source::Directory)))
        .unwrap_or((Capabilities::default(), Source::Nothing))
}

#[cfg(feature = "pq")]
fn post_quantum_profile() -> Result<Profile> {
    Ok(Profile::Pq)
}

#[cfg(not(feature = "pq"))]
fn post_quantum_profile() -> Result<Profile> {
    Err(Error::WrongKeyKind)
}

/// What [`super::seal_for_all`] takes for her.
fn cipher_for(profile: Profile, known: &Capabilities) -> Cipher {
    match profile {
        Profile::Compat => Cipher::Aes256Cbc,
        Profile::Direct if is_short(known, profile) => Cipher::Aes128Cbc,
        Profile::Direct => Cipher::Aes256Cbc,
        Profile::Default if is_short(known, profile) => Cipher::Aes128Gcm,
        _ => Cipher::Aes256Gcm,
    }
}

fn weaknesses(choice: &Choice, before: Option<Level>, post_quantum: bool) -> Vec<Weakness> {
    let level = choice.level();
    let found = [
        (level == Level::Unauthenticated, Weakness::NotAuthenticated),
        (choice.transport == Transport::RsaPkcs1v15, Weakness::OldKeyTransport),
        (matches!(choice.cipher, Cipher::Aes128Cbc | Cipher::Aes128Gcm), Weakness::ShorterKey),
        (choice.source == Source::Nothing, Weakness::UnknownProgram),
        (post_quantum && level != Level::PostQuantum, Weakness::NotPostQuantum),
        (before.is_some_and(|before| level < before), Weakness::WeakerThanBefore),
    ];
    found.into_iter().filter(|(is_so, _)| *is_so).map(|(_, weakness)| weakness).collect()
}
