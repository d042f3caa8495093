//! Hostile letters, each judged as it is and sealed once more: none is ever confirmed, and each says why. What codes they
//! carry stands in `codes.txt`, whose sentences in French and English the client's own test asks for.

mod certificates;
mod content;
mod forge;
mod from;
mod structure;
mod warned;

use std::collections::{BTreeMap, BTreeSet};

use sceau_smime::cms::envelope::{Sealing, To, seal};
use sceau_smime::cms::recipients::Transport;
use sceau_smime::letter::{Judged, OpenRequest, TrustSettings};
use sceau_smime::{Code, PathError, Trust};

use crate::big::open;
use crate::world::{NOW, rng, world};

/// One hostile letter.
struct Case {
    name: &'static str,
    /// The letter, a mail or CMS, for whoever opens files.
    bytes: Vec<u8>,
    trust: TrustSettings,
    /// What the report must say.
    code: &'static str,
    /// Whether it is a forgery to be told as such, and not only somebody unconfirmed.
    broken: bool,
    /// What it says once the mail around it is sealed too, and its fields no longer stand outside.
    inside: Option<&'static str>,
}

impl Case {
    fn unconfirmed(name: &'static str, bytes: Vec<u8>, code: &'static str) -> Self {
        Self { name, bytes, trust: world().trust.clone(), code, broken: false, inside: None }
    }

    fn broken(name: &'static str, bytes: Vec<u8>, code: &'static str) -> Self {
        Self { broken: true, ..Self::unconfirmed(name, bytes, code) }
    }

    /// A letter that lives from the fields outside.
    fn once_inside(self, code: &'static str) -> Self {
        Self { inside: Some(code), ..self }
    }

    fn trusting(self, trust: TrustSettings) -> Self {
        Self { trust, ..self }
    }
}

fn judged(bytes: &[u8], trust: &TrustSettings) -> Judged {
    let w = world();
    let own = w.bruno.own();
    open(&OpenRequest::new(bytes, w.bruno.keys(), &own, trust, NOW), &mut rng()).unwrap()
}

fn sealed(entity: &[u8], sealing: Sealing) -> Vec<u8> {
    let to = To { certificate: &world().bruno.encrypt.certificate, transport: Transport::RsaOaep };
    seal(entity.to_vec(), &[to], sealing, &mut rng()).unwrap().der
}

fn all() -> Vec<Case> {
    [from::cases(), structure::cases(), certificates::cases(), content::cases()]
        .into_iter()
        .flatten()
        .collect()
}

/// The form in which a letter is sealed once more.
const SEALED: &str = "sealed";

/// What is wrong with the verdict over one form of a letter.
fn fault(case: &Case, form: &str, found: &Judged, sealed: bool) -> Option<String> {
    let outside = case.inside.filter(|_| form == SEALED);
    let code = outside.unwrap_or(case.code);
    let expected = match (case.broken && outside.is_none(), sealed) {
        (true, _) => Trust::Broken,
        (false, true) => Trust::SealedUnverified,
        (false, false) => Trust::Clear,
    };
    let right = found.trust() == expected
        && found.has_code(code)
        && found.has_code("plain_text_only")
        && found.verified().is_none()
        && found.sender_name().is_none()
        && !found.may_render_html()
        && !found.may_follow_links()
        && !found.may_quote();
    (!right).then(|| format!("{} ({form}): {}", case.name, serde_json::to_string(found).unwrap()))
}

#[test]
fn no_hostile_letter_is_ever_confirmed() {
    let cases = all();
    let names: BTreeSet<&str> = cases.iter().map(|case| case.name).collect();
    assert_eq!(names.len(), cases.len(), "a name stands twice");
    let mut letters = 0;
    let mut faults = Vec::new();
    for case in &cases {
        let direct = judged(&case.bytes, &case.trust);
        let is_sealed = direct
            .layers()
            .iter()
            .any(|layer| matches!(layer, sceau_smime::letter::LayerReport::Encrypted(_)));
        faults.extend(fault(case, "as it is", &direct, is_sealed));
        let again = judged(&sealed(&case.bytes, Sealing::Aes256Gcm { derive: false }), &case.trust);
        faults.extend(fault(case, SEALED, &again, true));
        letters += 2;
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    println!("{} hostile letters in {letters} forms", cases.len());
    assert_eq!(cases.len(), 121);
}

/// Each code that a hostile letter carries is listed for the client's test of sentences, and is one of the stable codes.
#[test]
fn the_codes_of_hostile_letters_are_listed() {
    let used: BTreeSet<&str> =
        all().iter().map(|case| case.code).chain(warned::cases().iter().map(|case| case.code)).collect();
    let listed: BTreeSet<&str> = include_str!("codes.txt").lines().collect();
    assert_eq!(used, listed);
    let english: BTreeMap<&str, &str> = Code::ALL.iter().map(|code| (code.code(), code.text())).collect();
    for code in used {
        assert!(english.contains_key(code) || PathError::CODES.contains(&code), "{code}");
        assert!(english.get(code).is_none_or(|text| text.ends_with('.')), "{code}");
    }
}
