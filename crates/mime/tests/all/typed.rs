//! Addresses as people type and paste them (RFC 5322 §3.4, RFC 6532).

use sceau_mime::{TypedAddress, WrongAddress, read_typed};

/// `name|address`, or what is wrong.
fn said(text: &str) -> Vec<String> {
    let say = |entry: TypedAddress| match entry {
        TypedAddress::Mailbox(found) => match found.name {
            Some(name) => format!("{name}|{}", found.email),
            None => found.email,
        },
        TypedAddress::Wrong(typed, wrong) => format!("{wrong:?}: {typed}"),
    };
    read_typed(text).into_iter().map(say).collect()
}

#[test]
fn what_people_type_is_read() {
    for (typed, read) in [
        ("", &[][..]),
        (" , ;\n ;", &[]),
        ("a@b.example", &["a@b.example"]),
        (
            "a@b.example, c@d.example;e@f.example\r\ng@h.example",
            &["a@b.example", "c@d.example", "e@f.example", "g@h.example"],
        ),
        ("Anne Roy <a@b.example>", &["Anne Roy|a@b.example"]),
        ("Dr. Anne  Roy<a@b.example>", &["Dr. Anne Roy|a@b.example"]),
        (
            "\"Roy, Anne (cardio)\" <a@b.example>, <c@d.example>",
            &["Roy, Anne (cardio)|a@b.example", "c@d.example"],
        ),
        (r#""Anne \"Ninon\" Roy" <a@b.example>"#, &["Anne \"Ninon\" Roy|a@b.example"]),
        ("a@b.example (Anne Roy)", &["Anne Roy|a@b.example"]),
        ("Anne (dite (Ninon\\)), 3) Roy <a@b.example>", &["Anne Roy|a@b.example"]),
        (
            "Équipe: a@b.example, Léa <l@b.example>; c@d.example",
            &["a@b.example", "Léa|l@b.example", "c@d.example"],
        ),
        ("Personne:;", &[]),
        ("Équipe: a@b.example,", &["a@b.example"]),
        ("mailto:a@b.example?subject=Bilan, MAILTO:o%27neil@b.example", &["a@b.example", "o'neil@b.example"]),
        ("Anne <mailto:a@b.example>", &["Anne|a@b.example"]),
        ("éloïse@santé.example", &["éloïse@santé.example"]),
        (
            "a@भारत.example, a@[192.0.2.1], a@[IPv6:2001:db8::1]",
            &["a@भारत.example", "a@[192.0.2.1]", "a@[IPv6:2001:db8::1]"],
        ),
        ("\"a,b\"@c.example, o'neil+tag=x@b.example", &["\"a,b\"@c.example", "o'neil+tag=x@b.example"]),
        ("a@localhost", &["a@localhost"]),
    ] {
        assert_eq!(said(typed), read, "{typed:?}");
    }
}

#[test]
fn what_is_wrong_is_said_and_left_as_it_was_typed() {
    for (typed, read) in [
        ("pas une adresse", "NoAt: pas une adresse"),
        ("Dr Roy <>", "NoAt: Dr Roy <>"),
        ("@b.example", "Local: @b.example"),
        ("a b@c.example", "Local: a b@c.example"),
        ("a@b@c.example", "Local: a@b@c.example"),
        (".a@b.example", "Local: .a@b.example"),
        ("a..b@c.example", "Local: a..b@c.example"),
        ("a:b@c.example: d@e.example", "Local: b@c.example: d@e.example"),
        ("a@", "Domain: a@"),
        ("a@-b.example", "Domain: a@-b.example"),
        ("a@b..example", "Domain: a@b..example"),
        ("a@b_c.example", "Domain: a@b_c.example"),
        ("a@b.example.", "Domain: a@b.example."),
        ("a@b example", "Domain: a@b example"),
        ("\"Roy <a@b.example>", "Unclosed: \"Roy <a@b.example>"),
        ("Roy (cardio <a@b.example>", "Unclosed: Roy (cardio <a@b.example>"),
        ("Roy cardio) <a@b.example>", "Unclosed: Roy cardio) <a@b.example>"),
        ("Roy <a@b.example", "Unclosed: Roy <a@b.example"),
        ("<a@b.example> Roy", "Name: <a@b.example> Roy"),
        ("a@b.example <c@d.example>", "Name: a@b.example <c@d.example>"),
        ("<a@b.example> <c@d.example>", "Name: <a@b.example> <c@d.example>"),
        ("https://b.example/", "NoAt: https://b.example/"),
        ("A: B: c@d.example;", "Local: A: B: c@d.example"),
    ] {
        let found = said(typed);
        assert!(
            found.iter().any(|one| one == read) || found == [read.replace("b@c", "a:b@c")],
            "{typed:?}: {found:?}"
        );
    }
    let long = format!("a@{}.example", "é".repeat(60));
    assert_eq!(read_typed(&long), [TypedAddress::Wrong(long.clone(), WrongAddress::Domain)]);
    let long = format!("{}@b.example", "a".repeat(250));
    assert_eq!(read_typed(&long), [TypedAddress::Wrong(long.clone(), WrongAddress::TooLong)]);
}

#[test]
fn one_wrong_entry_does_not_hide_the_others() {
    assert_eq!(
        said("a@b.example, rien; \"ouvert\nc@d.example"),
        ["a@b.example", "NoAt: rien", "Unclosed: \"ouvert", "c@d.example"]
    );
}
