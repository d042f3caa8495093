//! Whether a letter was sealed for those for whom its author sealed it (gemSMIME_KOMLE §2.2.5.2): the signed list of
//! recipients against the envelope's, against the certificates it is sealed to, the addresses of the letter, and the reader.

use sceau_mime as mime;

use super::open::OpenRequest;
use super::peel::{Peel, Peeled};
use crate::cms::attributes::read_attributes;
use crate::cms::envelope::Envelope;
use crate::cms::recipient_emails::{RecipientEmail, read, same_certificate, same_list};
use crate::cms::signed_data::SignerIdentifier;
use crate::cms::verify::{CheckedSignature, Outcome};
use crate::verdict::Code;

/// A list as it was found.
#[derive(Debug, Default)]
enum Found {
    /// None.
    #[default]
    Nothing,
    /// One that can be read.
    List(Vec<RecipientEmail>),
    /// Something else.
    Unreadable,
}

/// Whom an envelope names, for everybody to see.
#[derive(Debug, Default)]
pub(super) struct NamedRecipients {
    claimed: Found,
    /// The certificates to which it is sealed.
    sealed_to: Vec<SignerIdentifier>,
}

impl NamedRecipients {
    pub(super) fn of(envelope: &Envelope<'_>) -> Self {
        let claimed = match envelope.unprotected().map(read_attributes) {
            None => Found::Nothing,
            Some(Err(_)) => Found::Unreadable,
            Some(Ok(attributes)) => Found::of(read(&attributes)),
        };
        let identifiers = envelope.recipients().iter().flat_map(|one| one.identifiers());
        Self { claimed, sealed_to: identifiers.cloned().collect() }
    }
}

impl Found {
    fn of<E>(read: Result<Option<Vec<RecipientEmail>>, E>) -> Self {
        match read {
            Ok(None) => Self::Nothing,
            Ok(Some(list)) => Self::List(list),
            Err(_) => Self::Unreadable,
        }
    }
}

/// The addresses that a signature says the letter is sealed for; empty without such a list.
pub(super) fn signed_addresses(checked: &CheckedSignature) -> Vec<String> {
    match signed_list(checked) {
        Found::List(list) => list.into_iter().map(|entry| entry.address).collect(),
        _ => Vec::new(),
    }
}

fn signed_list(checked: &CheckedSignature) -> Found {
    Found::of(read(checked.attributes.as_deref().unwrap_or_default()))
}

/// What the reader should know about the lists of the innermost envelope and the signatures in it.
pub(super) fn warnings(request: &OpenRequest<'_>, peeled: &Peeled, letter: &mime::Letter) -> Vec<Code> {
    let innermost = peeled.layers.iter().rposition(|layer| matches!(layer, Peel::Encrypted(_)));
    let inside = peeled.layers.iter().skip(innermost.map_or(0, |at| at.saturating_add(1)));
    let signatures = inside.filter_map(|layer| match layer {
        Peel::Signed(checked) => Some(checked.iter()),
        _ => None,
    });
    let right = signatures.flatten().find(|one| matches!(one.outcome, Outcome::Valid | Outcome::Legacy));
    let signed = right.map_or(Found::Nothing, signed_list);
    let envelope = innermost.and_then(|at| match peeled.layers.get(at) {
        Some(Peel::Encrypted(layer)) => Some(&layer.named),
        _ => None,
    });
    compare(&signed, envelope, request.own_addresses, letter)
}

fn compare(
    signed: &Found,
    envelope: Option<&NamedRecipients>,
    own: &[String],
    letter: &mime::Letter,
) -> Vec<Code> {
    let nothing = Found::Nothing;
    let claimed = envelope.map_or(&nothing, |named| &named.claimed);
    let list = match (signed, claimed) {
        (Found::Nothing, Found::Nothing) => return Vec::new(),
        (Found::Unreadable, _) => return vec![Code::RecipientEmailsUnreadable],
        (Found::Nothing, _) => return vec![Code::RecipientEmailsUnsigned],
        (Found::List(list), _) => list,
    };
    let mut codes = Vec::new();
    // A letter that is signed only has no envelope to differ from.
    if let Some(named) = envelope {
        if !matches!(claimed, Found::List(claimed) if same_list(list, claimed)) {
            codes.push(Code::RecipientEmailsDiffer);
        }
        if !seals_for(list, &named.sealed_to) {
            codes.push(Code::RecipientEmailsIncomplete);
        }
    }
    if !own.is_empty() && !list.iter().any(|entry| own.iter().any(|mine| is_same(mine, &entry.address))) {
        codes.push(Code::RecipientEmailsWithoutReader);
    }
    if !list.iter().all(|entry| is_named(letter, &entry.address)) {
        codes.push(Code::RecipientEmailsNotAddressed);
    }
    codes
}

/// One entry for each certificate, and the other way round (A_2115-02).
fn seals_for(list: &[RecipientEmail], sealed_to: &[SignerIdentifier]) -> bool {
    let listed = |one: &SignerIdentifier| list.iter().any(|entry| same_certificate(&entry.certificate, one));
    let sealed =
        |entry: &RecipientEmail| sealed_to.iter().any(|one| same_certificate(one, &entry.certificate));
    sealed_to.iter().all(listed) && list.iter().all(sealed)
}

/// Whether the letter has the address as a recipient's, or as its sender's, who is sealed for too.
fn is_named(letter: &mime::Letter, address: &str) -> bool {
    let people = [&letter.from, &letter.reply_to, &letter.to, &letter.cc, &letter.bcc];
    let mut people = people.into_iter().flatten().chain(&letter.sender);
    people.any(|one| is_same(&one.email, address))
}

fn is_same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other) || mime::Address::bare(one).same_mailbox(&mime::Address::bare(other))
}
