//! Lists of mailboxes as people type them, and when two name the same mailbox.

use sceau_mime::{Address, Error, domain_to_ascii};

#[test]
fn typed_lists() {
    let anne = || Address::new("Anne Martin", "anne@b.example");
    let paul = || Address::bare("paul@c.example");
    for (text, expected) in [
        ("", vec![]),
        (" , ;\n", vec![]),
        ("paul@c.example", vec![paul()]),
        ("<paul@c.example>", vec![paul()]),
        ("Anne Martin <anne@b.example>, paul@c.example", vec![anne(), paul()]),
        ("Anne Martin <anne@b.example>; paul@c.example;", vec![anne(), paul()]),
        ("Anne Martin <anne@b.example>\npaul@c.example\n", vec![anne(), paul()]),
        ("\"Martin, Anne; Dr\" <anne@b.example>", vec![Address::new("Martin, Anne; Dr", "anne@b.example")]),
        ("\"Dr \\\"A\\\" Martin\" <anne@b.example>", vec![Address::new("Dr \"A\" Martin", "anne@b.example")]),
        ("Éloïse Nœuvéglise <e@b.example>", vec![Address::new("Éloïse Nœuvéglise", "e@b.example")]),
        ("=?utf-8?Q?=C3=89lo=C3=AFse?= <e@b.example>", vec![Address::new("Éloïse", "e@b.example")]),
        ("Équipe: Anne Martin <anne@b.example>, paul@c.example;", vec![anne(), paul()]),
        ("Équipe: anne@b.example;, paul@c.example", vec![Address::bare("anne@b.example"), paul()]),
        ("undisclosed-recipients:;", vec![]),
        ("élodie@santé.example", vec![Address::bare("élodie@santé.example")]),
    ] {
        assert_eq!(Address::parse_list(text), Ok(expected), "{text}");
    }
}

#[test]
fn what_is_no_address_is_named() {
    for (text, bad) in [
        ("paul", "paul"),
        ("paul@c.example, anne", "anne"),
        ("paul@", "paul@"),
        ("paul@c.example anne@b.example", "paul@c.example anne@b.example"),
        ("paul@c..example", "paul@c..example"),
    ] {
        let error = Address::parse_list(text).unwrap_err();
        let Error::BadAddress(found) = error else { panic!("{error:?}") };
        assert!(found.contains(bad) || bad.contains(&found), "{text}: {found}");
    }
}

#[test]
fn valid_and_invalid_mailboxes() {
    for email in
        ["a@b", "a.b+c@d-e.example", "\"a,b\"@c.example", "é@ü.example", "a@[192.0.2.1]", "o'neil@x.example"]
    {
        assert!(Address::bare(email).is_valid(), "{email}");
    }
    let long = format!("{}@b.example", "a".repeat(245));
    assert!(!Address::bare(long.clone()).is_valid(), "{}", long.len());
    assert!(Address::bare(&long[1..]).is_valid(), "{}", long.len() - 1);
    for email in [
        "",
        "a",
        "@",
        "a@",
        "@b",
        "a@b c",
        "a b@c",
        "a@b@c",
        "a@b..c",
        "a\"b@c",
        "\"a b\"@c",
        "\"a\",x@y,\"b\"@c",
        "\"\"@c",
        "\"\\\"@c",
        "\"a\nb\"@c",
        "a@b_c!",
    ] {
        assert!(!Address::bare(email).is_valid(), "{email}");
    }
}

#[test]
fn same_mailbox() {
    let same = |a: &str, b: &str| Address::bare(a).same_mailbox(&Address::bare(b));
    assert!(same("a@Santé.Example", "a@xn--sant-epa.example"));
    assert!(same("a@b.example", "a@B.EXAMPLE"));
    assert!(!same("A@b.example", "a@b.example"));
    assert!(!same("a@b.example", "a@c.example"));
    assert!(!same("a", "a"));
}

/// Samples of RFC 3492 §7.1 and well-known domains.
#[test]
fn punycode() {
    for (unicode, ascii) in [
        ("b.example", "b.example"),
        ("Bücher.example", "xn--bcher-kva.example"),
        ("münchen.de", "xn--mnchen-3ya.de"),
        ("例え.テスト", "xn--r8jz45g.xn--zckzah"),
        ("他们为什么不说中文", "xn--ihqwcrb4cv8a8dqg056pqjye"),
        ("3年b組金八先生", "xn--3b-ww4c5e180e575a65lsy2b"),
        ("ليهمابتكلموشعربي؟", "xn--egbpdaj6bu4bxfgehfvwxn"),
    ] {
        assert_eq!(domain_to_ascii(unicode).as_deref(), Some(ascii), "{unicode}");
    }
}
