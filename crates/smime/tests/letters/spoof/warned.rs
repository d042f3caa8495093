//! Letters whose signature is good and whose look deceives: they stay confirmed and say so.

use sceau_smime::Trust;
use sceau_smime::letter::OpenRequest;

use super::forge::{Says, identity, mail, message, signed, trusting};
use crate::big::open;
use crate::world::{AMELIE, BRUNO, CHLOE, NOW, rng, world};

pub(super) struct Warned {
    name: &'static str,
    bytes: Vec<u8>,
    trust: sceau_smime::letter::TrustSettings,
    pub(super) code: &'static str,
}

/// Addresses that are not Amélie's and look like hers.
const LOOK_ALIKES: [&str; 8] = [
    "аmelie.roche@cabinet.example",
    "amelie.rосhe@cabinet.example",
    "αmelie.roche@cabinet.example",
    "ame1ie.roche@cabinet.example",
    "amelie.r0che@cabinet.example",
    "arnelie.roche@cabinet.example",
    "amelie.roche@xn--binet-3ve2j.example",
    "amelie.roche@cabınet.example",
];

pub(super) fn cases() -> Vec<Warned> {
    let w = world();
    let by_chloe = |name, head: &str, outside: &[(&str, &str)], code| Warned {
        name,
        bytes: mail(
            &signed(&message(&format!("{head}\r\nTo: {BRUNO}")), &w.chloe.sign),
            "signed-data",
            outside,
        ),
        trust: w.trust.clone(),
        code,
    };
    let mut cases = vec![
        by_chloe("another's name", &format!("From: Amelie Roche <{CHLOE}>"), &[], "display_name_differs"),
        by_chloe(
            "another's address as name",
            &format!("From: \"{AMELIE}\" <{CHLOE}>"),
            &[],
            "display_name_differs",
        ),
        by_chloe(
            "another's address as encoded-word name",
            &format!("From: =?utf-8?q?amelie=2Eroche=40cabinet=2Eexample?= <{CHLOE}>"),
            &[],
            "display_name_differs",
        ),
        by_chloe(
            "a name written backwards",
            &format!("From: \u{202e}ehcoR eilemA <{CHLOE}>"),
            &[],
            "display_name_differs",
        ),
        by_chloe(
            "another sender outside",
            &format!("From: {CHLOE}"),
            &[("From", AMELIE)],
            "outer_headers_differ",
        ),
    ];
    let authority = identity(&Says::authority("Autorité"), None);
    for address in LOOK_ALIKES {
        let names = vec![sceau_name(address)];
        let says = Says { names, ..Says::person("Amélie Roche", &[]) };
        cases.push(Warned {
            name: address,
            bytes: signed(
                &message(&format!("From: {address}\r\nTo: {BRUNO}")),
                &identity(&says, Some(&authority)),
            ),
            trust: trusting(&authority),
            code: "looks_like",
        });
    }
    cases
}

/// rfc822Name, or SmtpUTF8Mailbox beyond ASCII (RFC 9598 §3).
fn sceau_name(address: &str) -> Vec<u8> {
    use crate::beside::der;
    if address.is_ascii() {
        return super::forge::rfc822(address);
    }
    let oid = [6, 8, 0x2b, 6, 1, 5, 5, 7, 8, 9];
    der(0xa0, &[&oid, &der(0xa0, &[&der(0x0c, &[address.as_bytes()])])])
}

#[test]
fn deceptive_looks_are_told_and_change_no_verdict() {
    let w = world();
    let own = w.bruno.own();
    let known = [AMELIE.to_owned(), BRUNO.to_owned()];
    let cases = cases();
    for case in &cases {
        let mut request = OpenRequest::new(&case.bytes, &[], &own, &case.trust, NOW);
        request.known_addresses = &known;
        let found = open(&request, &mut rng()).unwrap();
        assert_eq!(found.trust(), Trust::Signed, "{}: {found:?}", case.name);
        assert!(found.has_code(case.code), "{}: {found:?}", case.name);
        assert_eq!(found.sender_name().is_none(), case.code == "looks_like", "{}", case.name);
        // Without contacts nobody is resembled.
        request.known_addresses = &[];
        assert!(!open(&request, &mut rng()).unwrap().has_code("looks_like"), "{}", case.name);
    }
    assert_eq!(cases.len(), 13);
}
